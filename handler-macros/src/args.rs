//! What stands in an attribute's parentheses, and the list of mistakes.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    LitInt, LitStr, Path, Token,
    ext::IdentExt,
    parse::{ParseStream, Parser},
    spanned::Spanned,
};

/// The mistakes found so far. Nothing stops at the first one: they are all reported at once.
#[derive(Debug, Default)]
pub(crate) struct Errors(Vec<syn::Error>);

impl Errors {
    /// Adds a mistake, spanned on the tokens that make it.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl std::fmt::Display) {
        self.0.push(syn::Error::new_spanned(tokens, message));
    }

    /// Adds a mistake at a place that has no tokens of its own.
    pub(crate) fn at_span(&mut self, span: Span, message: impl std::fmt::Display) {
        self.0.push(syn::Error::new(span, message));
    }

    pub(crate) fn push(&mut self, error: syn::Error) {
        self.0.push(error);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One `compile_error!` for each mistake.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.0.iter().map(syn::Error::to_compile_error).collect()
    }
}

/// What a handler attribute is for: its argument without a key.
pub(crate) enum Word {
    Name(LitStr),
    Number(LitInt),
}

impl ToTokens for Word {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Name(name) => name.to_tokens(tokens),
            Self::Number(number) => number.to_tokens(tokens),
        }
    }
}

/// An attribute's arguments.
#[derive(Default)]
pub(crate) struct Args {
    /// The words without a key.
    pub(crate) words: Vec<Word>,
    /// `crate = some::path`.
    pub(crate) root: Option<Path>,
    /// True if something could not be read: what is missing may have been in there.
    pub(crate) garbled: bool,
}

impl Args {
    /// Reads the arguments. A mistake costs its own argument and no other.
    pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Self::default();
        let parser = |input: ParseStream<'_>| {
            while !input.is_empty() {
                if let Err(error) = args.argument(input, errors) {
                    errors.push(error);
                    args.garbled = true;
                    skip_to_comma(input)?;
                }
                if input.is_empty() {
                    break;
                }
                if !input.peek(Token![,]) {
                    errors.push(input.error("expected `,`"));
                    args.garbled = true;
                    skip_to_comma(input)?;
                }
                input.parse::<Option<Token![,]>>()?;
            }
            Ok(())
        };
        if let Err(error) = parser.parse2(tokens) {
            errors.push(error);
        }
        args
    }

    fn argument(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        let lookahead = input.lookahead1();
        if lookahead.peek(LitStr) {
            self.words.push(Word::Name(input.parse()?));
        } else if lookahead.peek(LitInt) {
            self.words.push(Word::Number(input.parse()?));
        } else if lookahead.peek(Token![crate]) {
            let key = input.parse()?;
            let path = root(input, key)?;
            if self.root.replace(path).is_some() {
                errors.at(key, "`crate` is given twice");
            }
        } else if input.peek(syn::Ident::peek_any) {
            let key = input.call(syn::Ident::parse_any)?;
            let message = if input.peek(Token![=]) {
                format!("unknown argument `{key}`: there is `crate = …` only")
            } else {
                format!("expected a string: write \"{key}\"")
            };
            return Err(syn::Error::new(key.span(), message));
        } else {
            return Err(lookahead.error());
        }
        Ok(())
    }
}

/// The rest of `crate = some::path`.
pub(crate) fn root(input: ParseStream<'_>, _key: Token![crate]) -> syn::Result<Path> {
    input.parse::<Token![=]>()?;
    input.call(Path::parse_mod_style)
}

fn skip_to_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

/// The span of a whole list of arguments, or of the attribute if it has none.
pub(crate) fn span_or_call_site(tokens: &TokenStream) -> Span {
    if tokens.is_empty() { Span::call_site() } else { tokens.span() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    fn root_of(tokens: TokenStream) -> Option<String> {
        parse(tokens).0.root.map(|path| path.to_token_stream().to_string())
    }

    fn parse(tokens: TokenStream) -> (Args, Vec<String>) {
        let mut errors = Errors::default();
        let args = Args::parse(tokens, &mut errors);
        (args, errors.0.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn words_and_the_crate_in_any_order() {
        for tokens in [
            quote!("submit_sm", crate = a::b),
            quote!(crate = a::b, "submit_sm"),
            quote!(crate = a::b, "submit_sm",),
        ] {
            let (args, errors) = parse(tokens);
            assert_eq!(errors, Vec::<String>::new());
            assert_eq!(args.words.len(), 1);
            assert_eq!(args.root.unwrap().segments.len(), 2);
        }
    }

    #[test]
    fn the_crate_can_be_this_one_or_a_rooted_path() {
        assert_eq!(root_of(quote!(crate = crate)).unwrap(), "crate");
        assert_eq!(root_of(quote!(crate = ::x::y)).unwrap(), ":: x :: y");
    }

    #[test]
    fn every_mistake_is_found() {
        let (args, errors) = parse(quote!(window = 3, crate = a, "x", submit_sm, crate = b, +));
        assert_eq!(args.words.len(), 1);
        assert_eq!(
            errors,
            [
                "unknown argument `window`: there is `crate = …` only",
                "expected a string: write \"submit_sm\"",
                "`crate` is given twice",
                "expected one of: string literal, integer literal, `crate`",
            ]
        );
    }

    #[test]
    fn a_missing_comma_is_one_mistake() {
        let (args, errors) = parse(quote!("a" "b" "c"));
        assert_eq!(args.words.len(), 1);
        assert_eq!(errors, ["expected `,`"]);
    }
}
