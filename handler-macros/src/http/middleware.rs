//! `#[middleware]`.

use quote::{quote, quote_spanned};
use syn::{ItemFn, Type, spanned::Spanned};

use super::{
    args::Args,
    expand::{Expanded, Signature, last_segment, local, no_route},
};
use crate::args::Errors;

/// Expands it.
pub(super) fn expand(
    args: &Args,
    function: &ItemFn,
    signature: &Signature<'_>,
    errors: &mut Errors,
) -> Expanded {
    let name = &function.sig.ident;
    let types = signature.arguments.iter().map(|argument| argument.ty).collect::<Vec<_>>();
    let (types, wraps) = match types.split_last() {
        Some((last, before)) if is(last, "Next") => match before.split_last() {
            Some((request, before)) if is(request, "Request") => (before, true),
            _ => {
                errors.at(last, "a middleware that wraps ends with two arguments: `request: Request, next: Next`");
                (before, true)
            }
        },
        _ => (&*types, false),
    };
    let values = (0..types.len()).map(|at| local(&format!("__{at}"))).collect::<Vec<_>>();
    let checks = quote!(true #(&& __p::from_head::<#types>())*);
    let needs = types.iter().map(|ty| {
        quote_spanned! {ty.span()=>
            <#ty as __p::Checked<{ __p::EXTRACT }, __CHECKED>>::Wants: __p::Needs<__S>,
        }
    });
    let (head, state) = (local("__head"), local("__state"));
    let held = quote! {
        #(
            let #values = __p::hold::<{ __p::EXTRACT }, __CHECKED, #types, __p::AnyState, __S>(
                #head, &**#state,
            )?;
        )*
    };
    let at = name.span();
    let made = if wraps {
        let (request, next) = (local("__request"), local("__next"));
        let called = quote_spanned!(at=> #name(#(#values,)* #request, #next));
        quote!(__p::wrap::<__S, _, _>(|#head: __p::Head<'_>, #state: &__p::Arc<__S>| {
            #held
            ::core::result::Result::Ok(move |#request: __p::Request, #next: __p::Next| {
                __p::answering(#called)
            })
        }))
    } else {
        let called = quote_spanned!(at=> #name(#(#values),*));
        quote!(__p::guard::<__FITS, __S, _, _, _>(|#head: __p::Head<'_>, #state: &__p::Arc<__S>| {
            #held
            ::core::result::Result::Ok(#called)
        }))
    };
    let (order, no_route) = (args.order, no_route(at));
    // As with arguments: the error is in the constant, and rustc reports it once.
    let verdict = (!wraps).then(|| {
        let fits = match &signature.output {
            Some(output) => quote!(__p::verdict::<#output>()),
            None => quote!(true),
        };
        quote!(const __FITS: ::core::primitive::bool = #fits;)
    });
    let items = quote! {
        const __CHECKED: ::core::primitive::bool = #checks;
        #verdict

        // An answer on its way out, as everywhere.
        #[allow(clippy::result_large_err)]
        impl<__S: ::core::marker::Send + ::core::marker::Sync + 'static> __p::Handler<__S> for #name
        where
            #(#needs)*
        {
            #no_route

            fn middleware() -> ::core::option::Option<__p::Box<dyn __p::Middleware<__S>>> {
                ::core::option::Option::Some(#made)
            }
        }
    };
    Expanded {
        described: quote!(),
        role: quote!(Role::middleware(#order)),
        title: "A middleware".to_owned(),
        items,
    }
}

fn is(ty: &Type, name: &str) -> bool {
    last_segment(ty).is_some_and(|segment| segment.ident == name)
}
