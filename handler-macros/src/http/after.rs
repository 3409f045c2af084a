//! `#[on_response]` and `#[on_error]`.

use quote::{quote, quote_spanned};
use syn::{ItemFn, spanned::Spanned};

use super::{
    Attribute,
    args::Args,
    expand::{Expanded, Signature, last_segment, local, no_route},
};
use crate::args::Errors;

/// Expands either.
pub(super) fn expand(
    attribute: Attribute,
    args: &Args,
    function: &ItemFn,
    signature: &Signature<'_>,
    errors: &mut Errors,
) -> Expanded {
    let name = &function.sig.ident;
    let types = signature.arguments.iter().map(|argument| argument.ty).collect::<Vec<_>>();
    let types = match types.split_last() {
        Some((last, before)) if last_segment(last).is_some_and(|it| it.ident == "Response") => {
            before
        }
        _ => {
            let message = "the last argument is the response: `response: Response`";
            errors.at(&function.sig.inputs, message);
            &*types
        }
    };
    let values = (0..types.len()).map(|at| local(&format!("__{at}"))).collect::<Vec<_>>();
    let checks = quote!(true #(&& __p::from_head::<#types>())*);
    let needs = types.iter().map(|ty| {
        quote_spanned! {ty.span()=>
            <#ty as __p::Checked<{ __p::EXTRACT }, __CHECKED>>::Wants: __p::Needs<__S>,
        }
    });
    let (head, state, response) = (local("__head"), local("__state"), local("__response"));
    let at = name.span();
    let called = quote_spanned!(at=> #name(#(#values,)* #response));
    let (order, no_route) = (args.order, no_route(at));
    let (only_errors, title) = match attribute {
        Attribute::Error => (true, "What becomes of responses that are errors"),
        _ => (false, "What becomes of every response"),
    };
    let items = quote! {
        const __CHECKED: ::core::primitive::bool = #checks;

        // An answer on its way out, as everywhere.
        #[allow(clippy::result_large_err)]
        impl<__S: ::core::marker::Send + ::core::marker::Sync + 'static> __p::Handler<__S> for #name
        where
            #(#needs)*
        {
            #no_route

            fn middleware() -> ::core::option::Option<__p::Box<dyn __p::Middleware<__S>>> {
                ::core::option::Option::Some(__p::after::<#only_errors, __S, _, _>(
                    |#head: __p::Head<'_>, #state: &__p::Arc<__S>| {
                        #(
                            let #values = __p::hold::<{ __p::EXTRACT }, __CHECKED, #types, __p::AnyState, __S>(
                                #head, &**#state,
                            )?;
                        )*
                        ::core::result::Result::Ok(move |#response: __p::Response| {
                            __p::answering(#called)
                        })
                    }
                ))
            }
        }
    };
    Expanded {
        described: quote!(),
        role: quote!(Role::middleware(#order)),
        title: title.to_owned(),
        items,
    }
}
