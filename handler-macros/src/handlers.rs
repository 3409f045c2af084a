//! `handlers![a, path::b]`: from a list of names to one concrete type.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{
    Path, Token,
    parse::{ParseStream, Parser},
    spanned::Spanned,
};

use crate::{
    args::{self, Errors},
    expand::{Root, display},
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
    let on = paths.iter().map(|path| quote_spanned!(path.span()=> <#path as __p::Descriptor>::ON));
    let distinct = paths.iter().enumerate().flat_map(|(at, path)| {
        paths[..at].iter().enumerate().map(move |(earlier_at, earlier)| {
            let (earlier, later) = (display(earlier), display(path));
            let message = format!("two handlers for the same command: `{earlier}` and `{later}`");
            quote_spanned! {path.span()=>
                const _: () = ::core::assert!(__p::distinct(__ON[#earlier_at], __ON[#at]), #message);
            }
        })
    });
    // What is no handler is an error in the constant, which makes one of the chain, and rustc reports such an error once.
    let end = quote!(__p::End<{ __ON.len() }>);
    // The parentheses keep rustc from taking the name of a function for a constant, with an error of its own.
    let chain = paths.iter().rfold(end, |rest, path| quote!(__p::Chain<(#path), #rest>));
    quote! {{
        #errors
        use #private as __p;
        const __ON: [__p::On; #count] = [#(#on),*];
        #(#distinct)*
        __p::handlers::<_, #chain>()
    }}
}

pub(crate) fn parse(input: ParseStream<'_>) -> syn::Result<(Option<Path>, Vec<Path>)> {
    let mut given = None;
    if input.peek(Token![crate]) && input.peek2(Token![=]) {
        let key = input.parse()?;
        given = Some(args::root(input, key)?);
        if !input.is_empty() {
            input.parse::<Token![;]>()?;
        }
    }
    let paths = input.parse_terminated(<Path as syn::parse::Parse>::parse, Token![,])?;
    Ok((given, paths.into_iter().collect()))
}

/// Leaves out what stands in the list already.
pub(crate) fn without_repeats(paths: Vec<Path>, errors: &mut Errors) -> Vec<Path> {
    let mut kept: Vec<Path> = Vec::with_capacity(paths.len());
    for path in paths {
        if kept.iter().any(|it| display(it) == display(&path)) {
            errors.at(path.to_token_stream(), format!("`{}` is listed twice", display(&path)));
        } else {
            kept.push(path);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(tokens: TokenStream) -> (Option<String>, Vec<String>) {
        let (given, paths) = parse.parse2(tokens).unwrap();
        (given.as_ref().map(display), paths.iter().map(display).collect())
    }

    #[test]
    fn lists() {
        assert_eq!(read(quote!()), (None, vec![]));
        assert_eq!(read(quote!(a)), (None, vec!["a".to_owned()]));
        assert_eq!(
            read(quote!(a, b::c, crate::d,)),
            (None, vec!["a".to_owned(), "b::c".to_owned(), "crate::d".to_owned()])
        );
        assert_eq!(read(quote!(crate = x::y; a)), (Some("x::y".to_owned()), vec!["a".to_owned()]));
        assert_eq!(read(quote!(crate = x)), (Some("x".to_owned()), vec![]));
    }

    #[test]
    fn a_repeat_is_a_mistake_of_its_own() {
        let mut errors = Errors::default();
        let kept = without_repeats(
            vec![syn::parse_quote!(a), syn::parse_quote!(b), syn::parse_quote!(a)],
            &mut errors,
        );
        assert_eq!(kept.len(), 2);
        assert!(errors.into_tokens().to_string().contains("`a` is listed twice"));
    }
}
