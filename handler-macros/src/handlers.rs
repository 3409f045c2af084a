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
    let p = root.private(given);
    let mut errors = Errors::default();
    let paths = without_repeats(paths, &mut errors);
    let errors = errors.into_tokens();

    let on = paths.iter().map(|path| quote_spanned!(path.span()=> <#path as #p::Descriptor>::ON));
    let count = paths.len();
    let distinct = paths.iter().enumerate().flat_map(|(at, path)| {
        let p = &p;
        paths.iter().enumerate().take(at).map(move |(earlier_at, earlier)| {
            let message = format!(
                "two handlers for the same command: `{}` and `{}`",
                display(earlier),
                display(path)
            );
            quote_spanned! {path.span()=>
                const _: () = ::core::assert!(#p::distinct(__ON[#earlier_at], __ON[#at]), #message);
            }
        })
    });
    let chain = paths.iter().rfold(quote!(#p::End), |rest, path| quote!(#p::Chain<#path, #rest>));
    quote! {{
        #errors
        const __ON: [#p::On; #count] = [#(#on),*];
        #(#distinct)*
        #p::handlers::<_, #chain>()
    }}
}

fn parse(input: ParseStream<'_>) -> syn::Result<(Option<Path>, Vec<Path>)> {
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
fn without_repeats(paths: Vec<Path>, errors: &mut Errors) -> Vec<Path> {
    let mut kept: Vec<Path> = Vec::with_capacity(paths.len());
    for path in paths {
        if kept.contains(&path) {
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
