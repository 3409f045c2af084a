//! `routes![a, path::b]`: from a list of names to one concrete type.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{parse::Parser, spanned::Spanned};

use crate::{
    args::Errors,
    expand::{Root, display},
    handlers::{parse, without_repeats},
};

/// Expands the list.
pub(crate) fn expand(root: Root, tokens: TokenStream) -> TokenStream {
    let (given, paths) = match parse.parse2(tokens) {
        Ok(parsed) => parsed,
        Err(error) => return error.to_compile_error(),
    };
    let private = root.private(given);
    let mut errors = Errors::default();
    let paths = without_repeats(paths, &mut errors);
    let errors = errors.into_tokens();

    let count = paths.len();
    let roles =
        paths.iter().map(|path| quote_spanned!(path.span()=> <#path as __p::Descriptor>::ROLE));
    // One constant a route, not one a pair: lists of routes are long.
    let distinct = paths.iter().enumerate().skip(1).map(|(at, path)| {
        let message = format!(
            "two routes for the same method and path: `{}` and one before it",
            display(path)
        );
        quote_spanned! {path.span()=>
            const _: () = ::core::assert!(__p::distinct(&__ROLES, #at), #message);
        }
    });
    // What is no route is an error in the constant, which makes one of the chain, and rustc reports such an error once.
    let end = quote!(__p::End<{ __ROLES.len() }>);
    // The parentheses keep rustc from taking the name of a function for a constant, with an error of its own.
    let chain = paths.iter().rfold(end, |rest, path| quote!(__p::Chain<(#path), #rest>));
    quote! {{
        #errors
        use #private as __p;
        const __ROLES: [__p::Role; #count] = [#(#roles),*];
        #(#distinct)*
        __p::routes::<_, #chain>()
    }}
}
