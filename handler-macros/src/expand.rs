//! From an annotated function to the function and the handler beside it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{ItemFn, Path, ReturnType, ext::IdentExt, parse_quote, spanned::Spanned};

use crate::{
    args::{self, Args, Errors},
    attribute::Attribute,
    check::{self, Expected, Signature},
    target::{self, Target},
};

/// The crate that the user reached the macro through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Root {
    /// `wirepath-smpp`, alone.
    Smpp,
    /// `wirepath`, which has the former as a module.
    Facade,
    /// `wirepath-http`, alone.
    Http,
    /// `wirepath`, which has that as a module too.
    FacadeHttp,
}

impl Root {
    /// Where the functions are that the expansion calls; `given` is the argument `crate = …`.
    pub(crate) fn private(self, given: Option<Path>) -> Path {
        let root = given.unwrap_or_else(|| match self {
            Self::Smpp => parse_quote!(::wirepath_smpp),
            Self::Facade => parse_quote!(::wirepath::smpp),
            Self::Http => parse_quote!(::wirepath_http),
            Self::FacadeHttp => parse_quote!(::wirepath::http),
        });
        parse_quote!(#root::__private)
    }
}

/// Expands an attribute.
pub(crate) fn attribute(
    attribute: Attribute,
    root: Root,
    args: TokenStream,
    item: TokenStream,
) -> TokenStream {
    let mut errors = Errors::default();
    let span = args::span_or_call_site(&args);
    let args = Args::parse(args, &mut errors);
    let mut function = match syn::parse2::<ItemFn>(item.clone()) {
        Ok(function) => function,
        Err(error) => return not_a_function(item, error),
    };
    if let Some(error) = check::receiver(&function) {
        // In an `impl` nothing can stand beside the function, and outside of one rustc has a word on `self` of its own.
        return error.to_compile_error();
    }
    let target = match attribute {
        Attribute::Bind => target::bind(&args, &mut errors),
        Attribute::Pdu => target::pdu(&args, span, &mut errors),
        Attribute::Session => target::session(&args, span, &mut errors),
        Attribute::Route => target::route(&args, &mut errors),
    };
    let expected = match &target {
        Some(target) => Expected { subject: target.subject, silent: target.silent.as_deref() },
        None if attribute == Attribute::Session => {
            Expected { subject: "Session", silent: Some("an event") }
        }
        None => Expected { subject: "the command's PDU", silent: None },
    };
    let signature = check::signature(&function, expected, &mut errors);
    let private = root.private(args.root);
    let handler = match &target {
        Some(target) if errors.is_empty() => handler(attribute, &function, target, &signature),
        _ => stub(&function),
    };
    let beside = beside(&private, &function, target.as_ref(), &handler);
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

pub(crate) fn not_a_function(item: TokenStream, error: syn::Error) -> TokenStream {
    // If it is an item at all, the mistake is to have annotated it; if it is none, rustc could say no more than syn does.
    match syn::parse2::<syn::Item>(item) {
        Ok(item) => {
            let error = syn::Error::new_spanned(&item, "a handler is an `async fn`");
            let error = error.to_compile_error();
            quote!(#item #error)
        }
        Err(_) => error.to_compile_error(),
    }
}

/// What stands beside the function: the struct and its `impl`s. In the latter `__p` is `__private`.
fn beside(
    private: &Path,
    function: &ItemFn,
    target: Option<&Target>,
    handler: &TokenStream,
) -> TokenStream {
    let (name, vis) = (&function.sig.ident, &function.vis);
    let cfg = function.attrs.iter().filter(|it| check::is_cfg(it)).collect::<Vec<_>>();
    let text = name.unraw().to_string();
    let title = target.map_or("nothing yet", |target| &target.title);
    let doc = format!(
        " The handler for {title}, for `handlers!` to list. It calls the function of the same name."
    );
    let on = target.map_or_else(|| quote!(On::UNKNOWN), |target| target.on.clone());
    quote! {
        #(#cfg)*
        #[doc = #doc]
        #[allow(non_camel_case_types, missing_debug_implementations)]
        #vis struct #name {}

        #(#cfg)*
        const _: () = {
            use #private as __p;

            impl __p::Descriptor for #name {
                const ON: __p::On = __p::#on;
                const NAME: &'static ::core::primitive::str = #text;
            }

            #handler
        };
    }
}

fn handler(
    attribute: Attribute,
    function: &ItemFn,
    target: &Target,
    signature: &Signature<'_>,
) -> TokenStream {
    let name = &function.sig.ident;
    let types = &signature.arguments;
    // The function's name stands among these: with a span of the macro's own they cannot be it.
    let local = |name: &str| Ident::new(name, Span::mixed_site());
    let (request, state, command) = (local("__request"), local("__state"), local("__command"));
    let values = (0..types.len()).map(|at| local(&format!("__{at}"))).collect::<Vec<_>>();
    let (subject_type, extracted_types) = types.split_first().expect("checked: a first argument");
    let (subject, extracted) = values.split_first().expect("as many as types");
    let output = match (&signature.output, &function.sig.output) {
        (Some(output), _) => output.to_token_stream(),
        (None, ReturnType::Default) => quote!(()),
        (None, ReturnType::Type(..)) => quote!(_),
    };
    let key = &target.key;
    let key = quote!({ __p::#key.key() });

    // What rustc says of the future, it says at the function's name.
    let at = name.span();
    let called = quote_spanned!(at=> #name(#(#values),*));
    // What holds of the arguments holds of the outcome: the error is in the constant, and rustc reports it once.
    let fits = |check: TokenStream| match &signature.output {
        None if matches!(function.sig.output, ReturnType::Type(..)) => quote!(true),
        _ => check,
    };
    let (fits, take_command, reply) = match (attribute, &target.silent) {
        (Attribute::Bind, _) => (
            Some(fits(quote!(__p::verdict::<#output>()))),
            None,
            quote!(__p::deciding::<__FITS, #output, _>(#called)),
        ),
        (Attribute::Route, _) => (
            Some(fits(quote!(__p::way::<#output>()))),
            None,
            quote!(__p::routing::<__FITS, #output, _>(#called)),
        ),
        (_, Some(_)) => (None, None, quote_spanned!(at=> __p::silently(#called))),
        (_, None) => (
            Some(fits(quote!(__p::answer::<#key, #output>()))),
            // It says which response to write.
            Some(quote!(let #command = __p::command(&#request);)),
            quote!(__p::replying::<__FITS, #key, #output, _>(#command, #called)),
        ),
    };
    let fits = fits.map(|fits| quote!(const __FITS: ::core::primitive::bool = #fits;));
    let call = quote_spanned!(at=> ::core::result::Result::Ok(#reply));
    let accepted = accepted(at);

    // A type that is no extractor is an error in the constant, which makes one of everything that names the constant, and
    // rustc reports such an error once.
    let checked = (!extracted.is_empty()).then(|| {
        quote! {
            const __EXTRACTORS: ::core::primitive::bool =
                true #(&& __p::extractor::<#extracted_types>())*;
        }
    });
    let needs = extracted_types.iter().map(|ty| {
        quote_spanned!(ty.span()=> <#ty as __p::Checked<__EXTRACTORS>>::Needs: __p::Needs<__S>,)
    });
    quote! {
        #checked
        #fits

        impl<__S> __p::Handler<__S> for #name
        where
            #(#needs)*
        {
            fn accept(
                #request: __p::Request,
                #state: &__S,
            ) -> #accepted {
                #take_command
                #(
                    let #extracted =
                        __p::argument::<__EXTRACTORS, #extracted_types, __S>(&#request, #state)?;
                )*
                let #subject = __p::subject::<#key, #subject_type>(#request)?;
                #call
            }
        }
    }
}

/// What stands in for a handler with mistakes in it: something for `handlers!` to name, so that they are not reported there
/// once more.
fn stub(function: &ItemFn) -> TokenStream {
    let name = &function.sig.ident;
    let accepted = accepted(name.span());
    quote! {
        impl<__S> __p::Handler<__S> for #name {
            fn accept(
                _: __p::Request,
                _: &__S,
            ) -> #accepted {
                ::core::result::Result::Ok(async { __p::Response::Silent })
            }
        }
    }
}

/// What `accept` returns. The future has no name, so an argument's type may be private to the user's module.
fn accepted(at: Span) -> TokenStream {
    quote_spanned! {at=>
        ::core::result::Result<
            impl ::core::future::Future<Output = __p::Response> + ::core::marker::Send + use<__S>,
            __p::Response,
        >
    }
}

/// A path as a user wrote it, without the spaces that tokens are printed with.
pub(crate) fn display(path: &Path) -> String {
    let tokens = path.to_token_stream().to_string();
    let tokens = tokens.replace(" :: ", "::").replace(":: ", "::");
    tokens.replace(" < ", "<").replace(" >", ">").replace(" ,", ",")
}
