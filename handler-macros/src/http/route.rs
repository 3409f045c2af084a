//! `#[get]` and the like, and `#[route]`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{GenericArgument, ItemFn, LitStr, PathArguments, ReturnType, Type, spanned::Spanned};

use super::{
    Attribute,
    args::Args,
    expand::{Argument, Expanded, Signature, accepted, last_segment, local, mentions},
    template::{self, Parameter},
};
use crate::{args::Errors, check};

/// What an argument is.
enum Taken {
    /// A parameter of the path: which one.
    Parameter(usize),
    /// An extractor.
    Extractor,
}

/// Expands the attribute of a route.
pub(super) fn expand(
    attribute: Attribute,
    args: &Args,
    span: Span,
    function: &ItemFn,
    signature: &Signature<'_>,
    errors: &mut Errors,
) -> Expanded {
    let methods = methods(attribute, args, span, errors);
    let parameters = match &args.path {
        Some(path) => template(path, signature, errors),
        None => {
            if !args.garbled {
                errors.at_span(span, "a path is missing: \"/orders/{id}\"");
            }
            Vec::new()
        }
    };
    let taken = signature.arguments.iter().map(|argument| taken(argument, &parameters));
    let taken = taken.collect::<Vec<_>>();
    let items = handler(attribute, args, function, signature, &taken, parameters.len());
    let path = args.path.as_ref().map(LitStr::value).unwrap_or_default();
    let title = format!(
        "The route `{} {path}`",
        methods.iter().map(Ident::to_string).collect::<Vec<_>>().join(", ")
    );
    let (timeout_ms, max_body_bytes) = (args.timeout_ms.iter(), args.max_body_bytes.iter());
    let role = quote! {
        Role::route(#path, __p::Methods::NONE #(.and(__p::Methods::#methods))*)
            #(.timeout_ms(#timeout_ms))*
            #(.max_body_bytes(#max_body_bytes))*
    };
    let described = described(attribute, args, function, signature, &taken);
    Expanded { role, described, title, items }
}

/// What the types say in an OpenAPI document: the runtime crate makes a function of it, or nothing.
fn described(
    attribute: Attribute,
    args: &Args,
    function: &ItemFn,
    signature: &Signature<'_>,
    taken: &[Taken],
) -> TokenStream {
    if args.hidden {
        return quote!(__p::describe! { hidden });
    }
    let docs = documentation(&function.attrs);
    let deprecated = deprecated(&function.attrs).into_iter();
    let (mut parameters, mut inputs) = (Vec::new(), Vec::new());
    for (Argument { ty, name }, taken) in signature.arguments.iter().zip(taken) {
        match taken {
            Taken::Parameter(_) => parameters.push(quote!((#name, #ty))),
            Taken::Extractor => inputs.push(ty),
        }
    }
    let output = returned(attribute, function, signature);
    let Args { tags, produces, answers, .. } = args;
    let by_hand = args.describe.iter();
    quote! {
        __p::describe! {
            docs #docs
            deprecated [#(#deprecated)*]
            tags [#(#tags),*]
            parameters [#(#parameters),*]
            inputs [#(#inputs),*]
            output (#output)
            produces [#(#produces),*]
            answers [#(#answers),*]
            by_hand [#(#by_hand)*]
        }
    }
}

/// What is returned: a type, an error beside it, a stream, or something without a name.
fn returned(attribute: Attribute, function: &ItemFn, signature: &Signature<'_>) -> TokenStream {
    let (value, error) = match &function.sig.output {
        ReturnType::Type(_, ty) => match result(ty) {
            Some((value, error)) if check::is_nameable(error) => (Some(value), Some(error)),
            _ => (signature.output.as_ref(), None),
        },
        ReturnType::Default => (signature.output.as_ref(), None),
    };
    let error = error.into_iter();
    match value.filter(|value| check::is_nameable(value)) {
        _ if matches!(attribute, Attribute::Sse) => quote!(events #([#error])*),
        Some(value) => quote!([#value] #([#error])*),
        None => quote!(unnamed #([#error])*),
    }
}

/// The two types of a `Result`. Under another name it is taken as a whole.
fn result(ty: &Type) -> Option<(&Type, &Type)> {
    let segment = last_segment(ty).filter(|segment| segment.ident == "Result")?;
    let PathArguments::AngleBracketed(inner) = &segment.arguments else { return None };
    let mut types = inner.args.iter();
    match (types.next(), types.next(), types.next()) {
        (Some(GenericArgument::Type(value)), Some(GenericArgument::Type(error)), None) => {
            Some((value, error))
        }
        _ => None,
    }
}

/// What `#[deprecated]` says, if it is there: its note, or nothing.
fn deprecated(attributes: &[syn::Attribute]) -> Option<String> {
    let attribute = attributes.iter().find(|it| it.path().is_ident("deprecated"))?;
    let mut note = String::new();
    if let syn::Meta::NameValue(meta) = &attribute.meta
        && let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &meta.value
    {
        note = text.value();
    }
    // Mistakes in it are rustc's to report.
    let _ = attribute.parse_nested_meta(|meta| {
        let value = meta.value()?.parse::<LitStr>()?.value();
        if meta.path.is_ident("note") {
            note = value;
        }
        Ok(())
    });
    Some(note)
}

/// What stands in the function's documentation, without the blank in front of each line.
fn documentation(attributes: &[syn::Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    });
    let lines = lines.map(|line| line.strip_prefix(' ').unwrap_or(&line).to_owned());
    lines.collect::<Vec<_>>().join("\n")
}

fn methods(attribute: Attribute, args: &Args, span: Span, errors: &mut Errors) -> Vec<Ident> {
    match attribute {
        Attribute::Method(method) => vec![Ident::new(method, Span::call_site())],
        Attribute::Sse => vec![Ident::new("GET", Span::call_site())],
        _ => {
            if args.methods.is_empty() && !args.garbled && errors.is_empty() {
                errors.at_span(span, "the methods are missing: `methods = [GET]`");
            }
            args.methods.clone()
        }
    }
}

/// Reads the path, and holds it against the arguments.
fn template(path: &LitStr, signature: &Signature<'_>, errors: &mut Errors) -> Vec<Parameter> {
    let parameters = match template::parameters(&path.value()) {
        Ok(parameters) => parameters,
        Err(message) => {
            errors.at(path, message);
            return Vec::new();
        }
    };
    // These take whatever parameters there are, or look at the whole request.
    const TAKERS: &[&str] = &["Path", "RawPathParams", "Request", "Parts"];
    if signature.arguments.iter().any(|argument| mentions(argument.ty, TAKERS)) {
        for argument in &signature.arguments {
            arity(argument.ty, &parameters, errors);
        }
        return parameters;
    }
    for parameter in &parameters {
        let is_taken =
            signature.arguments.iter().any(|it| it.name.as_ref() == Some(&parameter.name));
        if !is_taken {
            let Parameter { name, shown } = parameter;
            let message = format!(
                "`{shown}` has no parameter: add `{name}: …` to the arguments, `_{name}: …` if it is not used, or take `Path<…>`"
            );
            errors.at(path, message);
        }
    }
    parameters
}

/// A `Path<(A, B)>` has as many types as the path has parameters.
fn arity(ty: &Type, parameters: &[Parameter], errors: &mut Errors) {
    let Some(segment) = last_segment(ty).filter(|segment| segment.ident == "Path") else { return };
    let PathArguments::AngleBracketed(inner) = &segment.arguments else { return };
    let Some(GenericArgument::Type(Type::Tuple(tuple))) = inner.args.first() else { return };
    if tuple.elems.len() != parameters.len() {
        let message = format!(
            "the path has {} here: {}",
            match parameters.len() {
                0 => "no parameters".to_owned(),
                1 => "one parameter".to_owned(),
                many => format!("{many} parameters"),
            },
            match parameters.len() {
                0 => "take none".to_owned(),
                _ => format!(
                    "as many types for {}",
                    parameters
                        .iter()
                        .map(|it| format!("`{}`", it.shown))
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
            }
        );
        errors.at(tuple, message);
    }
}

fn taken(argument: &Argument<'_>, parameters: &[Parameter]) -> Taken {
    let at = parameters.iter().position(|it| Some(&it.name) == argument.name.as_ref());
    at.map_or(Taken::Extractor, Taken::Parameter)
}

/// The constants that say what the types are, and the `impl` that is made with them.
fn handler(
    attribute: Attribute,
    args: &Args,
    function: &ItemFn,
    signature: &Signature<'_>,
    taken: &[Taken],
    own: usize,
) -> TokenStream {
    let name = &function.sig.ident;
    // The state that axum's extractors look at; and the `impl`'s, for which it may be any.
    let (generics, state, looked_at, captured) = match &args.state {
        Some(state) => (quote!(), quote!(#state), quote!(#state), quote!(use<>)),
        None => (quote!(<__S>), quote!(__S), quote!(__p::AnyState), quote!(use<__S>)),
    };
    let values = (0..taken.len()).map(|at| local(&format!("__{at}"))).collect::<Vec<_>>();
    let kinds = (0..taken.len()).map(|at| local(&format!("__KIND_{at}"))).collect::<Vec<_>>();
    let each = || signature.arguments.iter().zip(taken).zip(values.iter().zip(&kinds));
    let extractors = || each().filter(|((_, taken), _)| matches!(taken, Taken::Extractor));

    let mut constants = TokenStream::new();
    for ((argument, _), (_, kind)) in extractors() {
        constants.extend(kind_of(argument.ty, kind, &looked_at));
    }
    let last = kinds.len().saturating_sub(1);
    for (at, ((argument, taken), (_, kind))) in each().enumerate() {
        if at < last && matches!(taken, Taken::Extractor) {
            let message =
                "this takes the body, which only the last argument can: put it at the end";
            constants.extend(quote_spanned! {argument.ty.span()=>
                const _: () = ::core::assert!(!__p::takes_body(#kind), #message);
            });
        }
    }
    let checks = each().map(|((argument, taken), (_, kind))| {
        let ty = argument.ty;
        match taken {
            Taken::Parameter(_) => quote!(__p::parameter::<#ty>()),
            Taken::Extractor => quote!(__p::extractor::<{ #kind }, #ty, #looked_at>()),
        }
    });
    let checks = quote!(true #(&& #checks)*);
    let needs = extractors().map(|((argument, _), (_, kind))| {
        let ty = argument.ty;
        quote_spanned! {ty.span()=>
            <#ty as __p::Checked<{ #kind }, __CHECKED, #looked_at>>::Wants: __p::Needs<#state>,
        }
    });
    let (call, accepted) = (local("__call"), accepted(name.span(), &captured));
    let held = each().map(|((argument, taken), (value, kind))| {
        let ty = argument.ty;
        match taken {
            // Counted from the last: a prefix that the route is mounted at may have some too.
            Taken::Parameter(at) => {
                let place = own - 1 - at;
                quote!(let #value = __p::param::<__CHECKED, #ty, #state>(&#call, #place)?;)
            }
            Taken::Extractor => quote! {
                let #value = __p::hold::<{ #kind }, __CHECKED, #ty, #looked_at, #state>(
                    __p::head(&#call),
                    __p::state(&#call),
                )?;
            },
        }
    });
    let (seen, rest) = (local("__seen"), local("__rest"));
    let finished = extractors().map(|((argument, _), (value, kind))| {
        let ty = argument.ty;
        quote! {
            let #value = match __p::finish::<{ #kind }, __CHECKED, #ty, #looked_at, _>(
                #value, &#seen, &mut #rest,
            ).await {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(response) => return __p::refused(response),
            };
        }
    });
    let level = extractors().map(|(_, (_, kind))| quote!(#kind)).collect::<Vec<_>>();
    let types = signature.arguments.iter().map(|argument| argument.ty);
    let octets = quote!(#(::core::mem::size_of::<#types>()),*);
    let see = match args.state {
        Some(_) => quote!(own_state),
        None => quote!(any_state),
    };
    let (reply, reply_constants) = match attribute {
        // Most streams have no name outside of the signature.
        Attribute::Sse => (quote!(__p::events), TokenStream::new()),
        _ => reply(signature),
    };
    let produces = match attribute {
        Attribute::Sse => vec![LitStr::new("text/event-stream", Span::call_site())],
        _ => args.produces.clone(),
    };
    let acceptable =
        (!produces.is_empty()).then(|| quote!(__p::acceptable(&#call, &[#(#produces),*])?;));
    // What rustc says of the future, it says at the function's name.
    let called = quote_spanned!(name.span()=> #name(#(#values),*).await);
    let future = quote_spanned! {name.span()=>
        async move {
            #(#finished)*
            __p::done(#rest, #seen);
            #reply(#called)
        }
    };
    quote! {
        #constants
        const __CHECKED: ::core::primitive::bool = #checks;
        const __LEVEL: ::core::primitive::u8 = __p::level(&[#(#level),*], &[#octets]);
        #reply_constants

        impl #generics __p::Handler<#state> for #name
        where
            #(#needs)*
        {
            fn accept(#call: __p::Call<'_, #state>) -> #accepted {
                #acceptable
                #(#held)*
                let #seen = __p::#see(&#call);
                let mut #rest = __p::keep::<__LEVEL, #state>(#call);
                ::core::result::Result::Ok(__p::place::<__LEVEL, _>(#future))
            }
        }
    }
}

/// The constant that says which kind of argument a type is.
pub(super) fn kind_of(ty: &Type, kind: &Ident, looked_at: &TokenStream) -> TokenStream {
    let probe = quote_spanned!(ty.span()=> __p::Probe::<#ty, #looked_at>);
    quote! {
        const #kind: ::core::primitive::u8 = {
            #[allow(unused_imports)]
            use __p::{NoBody as _, NoExtract as _, NoParts as _, NoRequest as _};
            __p::argument_kind(#probe::EXTRACT, #probe::BODY, #probe::PARTS, #probe::REQUEST)
        };
    }
}

/// The function that makes a response of what the handler returns, and the constants that it needs.
fn reply(signature: &Signature<'_>) -> (TokenStream, TokenStream) {
    // What has no name outside of the signature is axum's to judge.
    let Some(output) = &signature.output else {
        return (quote!(__p::respond_unnamed), TokenStream::new());
    };
    let probe = quote_spanned!(output.span()=> __p::Probe::<#output>);
    let constants = quote! {
        const __REPLY: ::core::primitive::u8 = {
            #[allow(unused_imports)]
            use __p::{NoReply as _, NoResponse as _};
            __p::reply_kind(#probe::REPLY, #probe::RESPONSE)
        };
        const __FITS: ::core::primitive::bool = __p::answer::<{ __REPLY }, #output>();
    };
    (quote!(__p::respond::<{ __REPLY }, __FITS, #output>), constants)
}
