//! What stands in the parentheses of an attribute of HTTP.

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Expr, ExprLit, Ident, Lit, LitInt, LitStr, Path, Token, Type, bracketed,
    ext::IdentExt,
    parse::{ParseStream, Parser},
    punctuated::Punctuated,
};

use super::Attribute;
use crate::{
    args::{Errors, root},
    command,
};

/// The methods that can be named.
const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];

/// An attribute's arguments.
#[derive(Default)]
pub(super) struct Args {
    /// The path.
    pub(super) path: Option<LitStr>,
    /// `methods = […]`, those that there are.
    pub(super) methods: Vec<Ident>,
    /// `state = …`.
    pub(super) state: Option<Type>,
    /// `produces = "…"`, or several in brackets.
    pub(super) produces: Vec<LitStr>,
    /// `tags = "…"`, or several in brackets.
    pub(super) tags: Vec<LitStr>,
    /// `answers = …`, or several in brackets: statuses.
    pub(super) answers: Vec<LitInt>,
    /// `describe = some::function`.
    pub(super) describe: Option<Path>,
    /// `hidden`.
    pub(super) hidden: bool,
    /// `timeout_ms = …`: milliseconds.
    pub(super) timeout_ms: Option<Expr>,
    /// `max_body_bytes = …`.
    pub(super) max_body_bytes: Option<Expr>,
    /// `order = …`.
    pub(super) order: i32,
    /// `crate = some::path`.
    pub(super) root: Option<Path>,
    /// True if something could not be read: what is missing may have been in there.
    pub(super) garbled: bool,
}

impl Args {
    /// Reads the arguments. A mistake costs its own argument and no other.
    pub(super) fn parse(attribute: Attribute, tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Self::default();
        let mut seen = Vec::new();
        let parser = |input: ParseStream<'_>| {
            while !input.is_empty() {
                if let Err(error) = args.argument(attribute, input, &mut seen, errors) {
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

    fn argument(
        &mut self,
        attribute: Attribute,
        input: ParseStream<'_>,
        seen: &mut Vec<String>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        if input.peek(LitStr) {
            return self.word(attribute, input.parse()?, errors);
        }
        if !input.peek(Ident::peek_any) {
            return Err(input.error(expected(attribute)));
        }
        let crate_key = input.peek(Token![crate]).then(|| input.fork().parse());
        let key = input.call(Ident::parse_any)?;
        let name = key.to_string();
        let is_flag = FLAGS.contains(&&*name) && keys(attribute).contains(&&*name);
        if !input.peek(Token![=]) && !is_flag {
            return Err(syn::Error::new(key.span(), expected(attribute)));
        }
        if !keys(attribute).contains(&&*name) {
            return Err(syn::Error::new(key.span(), unknown(&name, keys(attribute))));
        }
        if seen.contains(&name) {
            errors.at(&key, format!("`{name}` is given twice"));
        }
        match &*name {
            "crate" => {
                if let Some(key) = crate_key {
                    self.root = Some(root(input, key?)?);
                }
            }
            "methods" => {
                input.parse::<Token![=]>()?;
                self.methods = methods(input, errors)?;
            }
            "produces" => {
                input.parse::<Token![=]>()?;
                self.produces = produces(input, errors)?;
            }
            "tags" => {
                input.parse::<Token![=]>()?;
                self.tags = texts(input, "a route without tags has no `tags = …`", errors)?;
            }
            "answers" => {
                input.parse::<Token![=]>()?;
                self.answers = statuses(input, errors)?;
            }
            "describe" => {
                input.parse::<Token![=]>()?;
                self.describe = Some(input.call(Path::parse_mod_style)?);
            }
            "hidden" => self.hidden = true,
            "timeout_ms" => {
                input.parse::<Token![=]>()?;
                let timeout = input.parse::<Expr>()?;
                if is_zero(&timeout) {
                    errors.at(&timeout, "a handler has one millisecond at least");
                }
                self.timeout_ms = Some(timeout);
            }
            "max_body_bytes" => {
                input.parse::<Token![=]>()?;
                self.max_body_bytes = Some(input.parse()?);
            }
            "state" => {
                input.parse::<Token![=]>()?;
                self.state = Some(input.parse()?);
            }
            _ => {
                input.parse::<Token![=]>()?;
                let minus: Option<Token![-]> = input.parse()?;
                let order = input.parse::<LitInt>()?.base10_parse::<i32>()?;
                self.order = if minus.is_some() { -order } else { order };
            }
        }
        seen.push(name);
        Ok(())
    }

    fn word(&mut self, attribute: Attribute, word: LitStr, errors: &mut Errors) -> syn::Result<()> {
        if !matches!(attribute, Attribute::Method(_) | Attribute::Route | Attribute::Sse) {
            return Err(syn::Error::new(word.span(), expected(attribute)));
        }
        if self.path.is_some() {
            errors.at(&word, "a route has one path: write a second function for this one");
        } else {
            self.path = Some(word);
        }
        Ok(())
    }
}

fn is_zero(value: &Expr) -> bool {
    matches!(value, Expr::Lit(ExprLit { lit: Lit::Int(int), .. }) if int.base10_digits() == "0")
}

/// Those that stand alone.
const FLAGS: &[&str] = &["hidden"];

/// Those of a route.
const ROUTE: &[&str] = &[
    "methods",
    "state",
    "timeout_ms",
    "max_body_bytes",
    "produces",
    "tags",
    "answers",
    "describe",
    "hidden",
    "crate",
];

fn unknown(name: &str, keys: &[&str]) -> String {
    let shown = |key: &str| match FLAGS.contains(&key) {
        true => format!("`{key}`"),
        false => format!("`{key} = …`"),
    };
    match command::nearest(name, keys.iter().copied()) {
        Some(near) => format!("unknown argument `{name}`: did you mean {}?", shown(near)),
        None => {
            let known = keys.iter().map(|key| shown(key)).collect::<Vec<_>>().join(", ");
            format!("unknown argument `{name}`: there is {known}")
        }
    }
}

fn keys(attribute: Attribute) -> &'static [&'static str] {
    match attribute {
        Attribute::Route => ROUTE,
        // The method is its name.
        Attribute::Method(_) => ROUTE.get(1..).unwrap_or_default(),
        Attribute::Sse => &["state", "tags", "describe", "hidden", "crate"],
        Attribute::Middleware | Attribute::Response | Attribute::Error => &["order", "crate"],
        Attribute::Startup | Attribute::Shutdown => &["crate"],
    }
}

fn expected(attribute: Attribute) -> &'static str {
    match attribute {
        Attribute::Route | Attribute::Method(_) | Attribute::Sse => {
            "expected a path in quotes, such as \"/orders/{id}\""
        }
        Attribute::Middleware => {
            "a middleware stands in front of every path: there is `order = …` only, the lowest outermost"
        }
        Attribute::Response | Attribute::Error => {
            "this is for the responses of every path: there is `order = …` only, the lowest outermost"
        }
        Attribute::Startup | Attribute::Shutdown => "this attribute takes no arguments",
    }
}

/// The list behind `methods =`. What is unknown is left out.
fn methods(input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Vec<Ident>> {
    let list;
    let bracket = bracketed!(list in input);
    let given = Punctuated::<Ident, Token![,]>::parse_terminated(&list)?;
    if given.is_empty() {
        errors.at_span(bracket.span.join(), "a route is for one method at least");
    }
    let mut known: Vec<Ident> = Vec::new();
    for method in given {
        let name = method.to_string();
        let upper = name.to_ascii_uppercase();
        if !METHODS.contains(&&*name) {
            let message = if METHODS.contains(&&*upper) {
                format!("unknown method `{name}`: did you mean `{upper}`?")
            } else {
                match nearest(&upper) {
                    Some(near) => format!("unknown method `{name}`: did you mean `{near}`?"),
                    None => format!("unknown method `{name}`: there are {}", METHODS.join(", ")),
                }
            };
            errors.at(&method, message);
        } else if known.contains(&method) {
            errors.at(&method, format!("`{name}` is given twice"));
        } else {
            known.push(method);
        }
    }
    Ok(known)
}

/// What is behind `produces =`: a media type, or a list of them.
fn produces(input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Vec<LitStr>> {
    let given = texts(input, "a route produces one media type at least", errors)?;
    for kind in &given {
        if !is_media_type(&kind.value()) {
            let message = "expected a media type without parameters, such as \"application/json\"";
            errors.at(kind, message);
        }
    }
    Ok(given)
}

/// A text, or a list of them with one at least.
fn texts(input: ParseStream<'_>, empty: &str, errors: &mut Errors) -> syn::Result<Vec<LitStr>> {
    if input.peek(LitStr) {
        return Ok(vec![input.parse()?]);
    }
    let list;
    let bracket = bracketed!(list in input);
    let given = Punctuated::<LitStr, Token![,]>::parse_terminated(&list)?;
    if given.is_empty() {
        errors.at_span(bracket.span.join(), empty);
    }
    Ok(given.into_iter().collect())
}

/// What is behind `answers =`: a status, or a list of them. What is none is left out.
fn statuses(input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Vec<LitInt>> {
    let given = if input.peek(LitInt) {
        vec![input.parse()?]
    } else {
        let list;
        let bracket = bracketed!(list in input);
        let given = Punctuated::<LitInt, Token![,]>::parse_terminated(&list)?;
        if given.is_empty() {
            errors.at_span(bracket.span.join(), "a route answers one status at least");
        }
        given.into_iter().collect()
    };
    let mut known: Vec<(u16, LitInt)> = Vec::new();
    for status in given {
        match status.base10_parse::<u16>() {
            Ok(code) if known.iter().any(|(other, _)| *other == code) => {
                errors.at(&status, format!("`{code}` is given twice"));
            }
            Ok(code @ 100..=599) => known.push((code, status)),
            _ => errors.at(&status, "expected a status from 100 to 599, such as 201"),
        }
    }
    Ok(known.into_iter().map(|(_, status)| status).collect())
}

/// `type/subtype` of tokens (RFC 9110 §8.3.1).
fn is_media_type(text: &str) -> bool {
    let is_token = |text: &str| {
        let is_ours =
            |octet: u8| octet.is_ascii_alphanumeric() || b"!#$%&'+-.^_`|~".contains(&octet);
        !text.is_empty() && text.bytes().all(is_ours)
    };
    text.split_once('/').is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype))
}

fn nearest(name: &str) -> Option<&'static str> {
    let distance = |known: &str| strsim::damerau_levenshtein(name, known);
    METHODS.iter().copied().min_by_key(|known| distance(known)).filter(|near| distance(near) <= 2)
}

fn skip_to_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}
