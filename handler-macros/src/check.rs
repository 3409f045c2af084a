//! What can be said of a function without knowing its types.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{FnArg, ItemFn, ReturnType, Type, spanned::Spanned};

use crate::{args::Errors, attribute::Attribute};

/// The parts of a handler's signature that its expansion is made of.
pub(crate) struct Signature<'a> {
    /// The types of the arguments.
    pub(crate) arguments: Vec<&'a Type>,
    /// The type that is returned, if it can be named.
    pub(crate) output: Option<&'a Type>,
}

/// What the checks have to know of the attribute.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected<'a> {
    /// The first argument's type, as a hint.
    pub(crate) subject: &'a str,
    /// What there is no reply to: then nothing can be returned.
    pub(crate) silent: Option<&'a str>,
}

/// Checks a function's signature and takes it apart.
pub(crate) fn signature<'a>(
    function: &'a ItemFn,
    expected: Expected<'_>,
    errors: &mut Errors,
) -> Signature<'a> {
    let sig = &function.sig;
    qualifiers(function, errors);
    if !sig.generics.params.is_empty() {
        let message = "a handler cannot be generic: `handlers!` names one function";
        errors.at(&sig.generics, message);
    }
    if let Some(variadic) = &sig.variadic {
        errors.at(variadic, "a handler cannot be variadic");
    } else if sig.inputs.is_empty() {
        errors.at_span(
            sig.paren_token.span.join(),
            format!(
                "the first argument is missing: what it is called with, `{}`",
                expected.subject
            ),
        );
    }
    let arguments = sig.inputs.iter().filter_map(|input| argument(input, errors)).collect();
    let output = match &sig.output {
        ReturnType::Default => None,
        ReturnType::Type(_, output) => Some(&**output),
    };
    if let (Some(what), Some(output)) = (expected.silent, output)
        && !is_unit(output)
    {
        errors.at(output, format!("there is no reply to {what}: return nothing"));
    }
    Signature { arguments, output: output.filter(|output| is_nameable(output)) }
}

pub(crate) fn qualifiers(function: &ItemFn, errors: &mut Errors) {
    let sig = &function.sig;
    if let Some(token) = &sig.constness {
        errors.at(token, "a handler cannot be `const`: write `async fn`");
    } else if sig.asyncness.is_none() {
        errors.at(sig.fn_token, "a handler is an `async fn`");
    }
    if let Some(token) = &sig.unsafety {
        errors.at(token, "a handler cannot be `unsafe`");
    }
    if let Some(abi) = &sig.abi {
        errors.at(abi, "a handler cannot be `extern`");
    }
    for attribute in &function.attrs {
        if let Some(name) = Attribute::named_by(attribute.path()) {
            let message = format!(
                "a function is one handler: move `#[{name}]` to another one that calls this"
            );
            errors.at(attribute, message);
        }
    }
}

pub(crate) fn argument<'a>(input: &'a FnArg, errors: &mut Errors) -> Option<&'a Type> {
    let FnArg::Typed(input) = input else { return None };
    for attribute in &input.attrs {
        if attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr") {
            errors.at(attribute, "an argument of a handler cannot be conditional");
        }
    }
    match &*input.ty {
        Type::Reference(reference)
            if reference.lifetime.as_ref().is_none_or(|it| it.ident != "static") =>
        {
            let ty = reference.elem.to_token_stream();
            errors.at(&input.ty, format!("a handler owns its arguments: take `{ty}` by value"));
        }
        ty if !is_nameable(ty) => {
            errors.at(ty, "the type of a handler's argument has to be named: `impl` names none");
        }
        _ => {}
    }
    Some(&input.ty)
}

/// True for attributes that decide whether an item is there at all; they go to everything that stands beside it.
pub(crate) fn is_cfg(attribute: &syn::Attribute) -> bool {
    attribute.path().is_ident("cfg")
}

fn is_unit(ty: &Type) -> bool {
    matches!(ty, Type::Tuple(tuple) if tuple.elems.is_empty())
}

/// False if the type has an `impl Trait` or a `!` in it, which cannot be written outside of the signature.
pub(crate) fn is_nameable(ty: &Type) -> bool {
    fn names(tokens: TokenStream) -> bool {
        tokens.into_iter().all(|token| match token {
            TokenTree::Ident(ident) => ident != "impl",
            TokenTree::Group(group) => names(group.stream()),
            TokenTree::Punct(_) | TokenTree::Literal(_) => true,
        })
    }
    !matches!(ty, Type::Never(_)) && names(ty.to_token_stream())
}

/// A `self` argument: then the function is a method, and no struct can stand beside it.
pub(crate) fn receiver(function: &ItemFn) -> Option<syn::Error> {
    let receiver = function.sig.receiver()?;
    Some(syn::Error::new(
        receiver.span(),
        "a handler is a free function: take what `self` would hold as `State<…>`",
    ))
}
