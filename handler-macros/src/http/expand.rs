//! From an annotated function to the function and the handler beside it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{FnArg, ItemFn, Pat, ReturnType, Type, ext::IdentExt};

use super::{Attribute, after, args::Args, hook, middleware, route};
use crate::{
    args::{Errors, span_or_call_site},
    check,
    expand::{Root, not_a_function},
};

/// Expands an attribute.
pub(crate) fn attribute(
    attribute: Attribute,
    root: Root,
    args: TokenStream,
    item: TokenStream,
) -> TokenStream {
    let mut errors = Errors::default();
    let span = span_or_call_site(&args);
    let args = Args::parse(attribute, args, &mut errors);
    let mut function = match syn::parse2::<ItemFn>(item.clone()) {
        Ok(function) => function,
        Err(error) => return not_a_function(item, error),
    };
    if let Some(error) = check::receiver(&function) {
        return error.to_compile_error();
    }
    let signature = signature(&function, &mut errors);
    let private = root.private(args.root.clone());
    let expanded = match attribute {
        Attribute::Method(_) | Attribute::Route | Attribute::Sse => {
            route::expand(attribute, &args, span, &function, &signature, &mut errors)
        }
        Attribute::Middleware => middleware::expand(&args, &function, &signature, &mut errors),
        Attribute::Response | Attribute::Error => {
            after::expand(attribute, &args, &function, &signature, &mut errors)
        }
        Attribute::Startup | Attribute::Shutdown => hook::expand(attribute, &function, &signature),
    };
    let expanded = match errors.is_empty() {
        true => expanded,
        false => stub(&function, expanded),
    };
    let beside = beside(&private, &function, &expanded);
    if !errors.is_empty() {
        // What has been said once is not left for rustc to say again.
        function.sig.constness = None;
        function.sig.variadic = None;
        function.attrs.retain(|it| Attribute::named_by(it.path()).is_none());
    }
    let errors = errors.into_tokens();
    quote! {
        #function
        #beside
        #errors
    }
}

/// What an attribute makes of a function.
pub(super) struct Expanded {
    /// The `Role`, behind `__private`.
    pub(super) role: TokenStream,
    /// What is added to the `Descriptor`.
    pub(super) described: TokenStream,
    /// For the documentation of the struct.
    pub(super) title: String,
    /// The `impl`s, in which `__p` is `__private`.
    pub(super) items: TokenStream,
}

/// An argument of a function.
pub(super) struct Argument<'a> {
    pub(super) ty: &'a Type,
    /// Its name, if it has one, without the underscore that says that it is not used.
    pub(super) name: Option<String>,
}

/// The parts of a function's signature that its expansion is made of.
pub(super) struct Signature<'a> {
    pub(super) arguments: Vec<Argument<'a>>,
    /// The type that is returned; `None` if it cannot be named outside of the signature.
    pub(super) output: Option<Type>,
}

fn signature<'a>(function: &'a ItemFn, errors: &mut Errors) -> Signature<'a> {
    let sig = &function.sig;
    check::qualifiers(function, errors);
    for attribute in &function.attrs {
        if let Some((name, _)) = Attribute::named_by(attribute.path()) {
            let hint = "a function is one handler: for several methods write `#[route(\"/…\", methods = [GET, …])]`, for another \
                        path move";
            errors.at(attribute, format!("{hint} `#[{name}]` to a function that calls this one"));
        }
    }
    if !sig.generics.params.is_empty() {
        errors.at(&sig.generics, "a handler cannot be generic: `routes!` names one function");
    }
    if let Some(variadic) = &sig.variadic {
        errors.at(variadic, "a handler cannot be variadic");
    }
    let arguments = sig.inputs.iter().filter_map(|input| {
        let ty = check::argument(input, errors)?;
        let FnArg::Typed(input) = input else { return None };
        let name = match &*input.pat {
            Pat::Ident(pat) => Some(pat.ident.unraw().to_string()),
            _ => None,
        };
        Some(Argument { ty, name: name.map(|name| name.trim_start_matches('_').to_owned()) })
    });
    let arguments = arguments.collect();
    let output = match &sig.output {
        ReturnType::Default => Some(syn::parse_quote!(())),
        ReturnType::Type(_, output) if check::is_nameable(output) => Some((**output).clone()),
        ReturnType::Type(..) => None,
    };
    Signature { arguments, output }
}

/// What stands beside the function: the struct and its `impl`s.
fn beside(private: &syn::Path, function: &ItemFn, expanded: &Expanded) -> TokenStream {
    let Expanded { role, described, title, items } = expanded;
    let (name, vis) = (&function.sig.ident, &function.vis);
    let cfg = function.attrs.iter().filter(|it| check::is_cfg(it)).collect::<Vec<_>>();
    let text = name.unraw().to_string();
    let doc = format!(" {title}, for `routes!` to list. It calls the function of the same name.");
    // A route that clients should leave goes on being served.
    let deprecated = function.attrs.iter().any(|it| it.path().is_ident("deprecated"));
    let allow = deprecated.then(|| quote!(#[allow(deprecated)]));
    quote! {
        #(#cfg)*
        #[doc = #doc]
        #[allow(non_camel_case_types, missing_debug_implementations)]
        #vis struct #name {}

        #(#cfg)*
        #allow
        const _: () = {
            use #private as __p;

            impl __p::Descriptor for #name {
                const ROLE: __p::Role = __p::#role;
                const NAME: &'static ::core::primitive::str = #text;

                #described
            }

            #items
        };
    }
}

/// What stands in for a handler with mistakes in it: something for `routes!` to name, so that they are not reported there
/// once more.
fn stub(function: &ItemFn, expanded: Expanded) -> Expanded {
    let name = &function.sig.ident;
    let accept = no_route(name.span());
    let items = quote!(impl<__S> __p::Handler<__S> for #name { #accept });
    Expanded { role: quote!(Role::UNKNOWN), described: quote!(), items, ..expanded }
}

/// The part of a `Handler` that is for routes, where there is none.
pub(super) fn no_route(at: Span) -> TokenStream {
    let accepted = accepted(at, &quote!(use<__S>));
    quote! {
        fn accept(_: __p::Call<'_, __S>) -> #accepted {
            ::core::result::Result::Ok(async { __p::no_route() })
        }
    }
}

/// What `accept` returns. The future has no name, so an argument's type may be private to the user's module.
pub(super) fn accepted(at: Span, captured: &TokenStream) -> TokenStream {
    quote_spanned! {at=>
        ::core::result::Result<
            impl ::core::future::Future<Output = __p::Leaving> + ::core::marker::Send + #captured,
            __p::Leaving,
        >
    }
}

/// A name of the macro's own: the function's name stands among these, and cannot be one of them.
pub(super) fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// The last segment of a type's path.
pub(super) fn last_segment(ty: &Type) -> Option<&syn::PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}

/// Whether a name stands anywhere in a type.
pub(super) fn mentions(ty: &Type, names: &[&str]) -> bool {
    fn any(tokens: TokenStream, names: &[&str]) -> bool {
        tokens.into_iter().any(|token| match token {
            proc_macro2::TokenTree::Ident(ident) => names.iter().any(|name| ident == name),
            proc_macro2::TokenTree::Group(group) => any(group.stream(), names),
            _ => false,
        })
    }
    any(ty.to_token_stream(), names)
}
