//! From an annotated function to the function and the handler beside it.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{
    Attribute as SynAttribute, ItemFn, LitInt, Path, Type, ext::IdentExt, parse_quote,
    spanned::Spanned,
};

use crate::{
    args::{self, Args, Errors, Word},
    check::{self, Expected, Signature},
    command,
};

/// Which attribute stands on the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attribute {
    Bind,
    Pdu,
    Session,
}

impl Attribute {
    /// The attribute that a path names by its last segment.
    pub(crate) fn named_by(path: &Path) -> Option<&'static str> {
        let last = &path.segments.last()?.ident;
        ["on_bind", "on_pdu", "on_session"].into_iter().find(|name| last == name)
    }
}

/// The crate that the user reached the macro through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Root {
    /// `wirepath-smpp`, alone.
    Smpp,
    /// `wirepath`, which has the former as a module.
    Facade,
}

impl Root {
    /// Where the functions are that the expansion calls; `given` is the argument `crate = …`.
    pub(crate) fn private(self, given: Option<Path>) -> Path {
        let root = given.unwrap_or_else(|| match self {
            Self::Smpp => parse_quote!(::wirepath_smpp),
            Self::Facade => parse_quote!(::wirepath::smpp),
        });
        parse_quote!(#root::__private)
    }
}

/// What a handler is for.
#[derive(Debug)]
struct Target {
    /// The `On`, behind `__private`.
    on: TokenStream,
    /// The `On` whose key its types are looked up by: vendors' commands share one.
    key: TokenStream,
    /// For the documentation of the struct.
    title: String,
    /// The first argument's type, as a hint.
    subject: &'static str,
    /// What there is no reply to.
    silent: Option<String>,
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
        Attribute::Bind => bind(&args, &mut errors),
        Attribute::Pdu => pdu(&args, span, &mut errors),
        Attribute::Session => session(&args, span, &mut errors),
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
    let beside = match &target {
        Some(target) if errors.is_empty() => {
            handler(attribute, &private, &function, target, &signature)
        }
        _ => stub(&private, &function, target.as_ref()),
    };
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

fn not_a_function(item: TokenStream, error: syn::Error) -> TokenStream {
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

fn bind(args: &Args, errors: &mut Errors) -> Option<Target> {
    for word in &args.words {
        errors.at(word, "`#[on_bind]` is for every bind: `bind.kind()` tells them apart");
    }
    Some(Target {
        on: quote!(On::BIND),
        key: quote!(On::BIND),
        title: "binds".to_owned(),
        subject: "Bind",
        silent: None,
    })
}

fn session(args: &Args, span: proc_macro2::Span, errors: &mut Errors) -> Option<Target> {
    let word = only_word(args, "an event", errors);
    let Some(word) = word else {
        if !args.garbled {
            errors.at_span(span, "an event is missing: \"bound\" or \"unbound\"");
        }
        return None;
    };
    let event = match word {
        Word::Name(name) => name.value(),
        Word::Number(_) => String::new(),
    };
    let on = match &*event {
        "bound" => quote!(On::BOUND),
        "unbound" => quote!(On::UNBOUND),
        _ => {
            errors.at(word, "a session has the events \"bound\" and \"unbound\"");
            return None;
        }
    };
    Some(Target {
        key: on.clone(),
        on,
        title: format!("`{event}` sessions"),
        subject: "Session",
        silent: Some("an event".to_owned()),
    })
}

fn pdu(args: &Args, span: proc_macro2::Span, errors: &mut Errors) -> Option<Target> {
    let Some(word) = only_word(args, "a command", errors) else {
        if !args.garbled {
            errors.at_span(
                span,
                "a command is missing: a name such as \"submit_sm\", a vendor's number, or \"*\"",
            );
        }
        return None;
    };
    match target(word) {
        Ok(target) => Some(target),
        Err(message) => {
            errors.at(word, message);
            None
        }
    }
}

/// The target that a word in `#[on_pdu(…)]` means; if it means none, what to write instead.
fn target(word: &Word) -> Result<Target, String> {
    let on = |id: u32| {
        let id = LitInt::new(&format!("{id:#010x}"), word.span());
        quote!(On::command(#id))
    };
    match word {
        Word::Name(name) if name.value() == "*" => Ok(Target {
            on: quote!(On::ANY),
            key: quote!(On::ANY),
            title: "every command that has no other".to_owned(),
            subject: "RequestPdu",
            silent: None,
        }),
        Word::Name(name) => {
            let name = name.value();
            let command = command::by_name(&name)?;
            Ok(Target {
                on: on(command.id),
                key: on(command.id),
                title: format!("`{name}`"),
                subject: command.subject,
                silent: (!command.answered).then(|| format!("`{name}`")),
            })
        }
        Word::Number(number) => {
            let id = number.base10_parse::<u32>().map_err(|error| error.to_string())?;
            command::by_number(id)?;
            Ok(Target {
                on: on(id),
                key: quote!(On::VENDOR),
                title: format!("the vendor's command {id:#010x}"),
                subject: "Frame",
                silent: None,
            })
        }
    }
}

fn only_word<'a>(args: &'a Args, what: &str, errors: &mut Errors) -> Option<&'a Word> {
    let (first, more) = args.words.split_first()?;
    for word in more {
        errors.at(word, format!("a handler is for {what}: write a second function for this one"));
    }
    Some(first)
}

/// The struct and its two `impl`s.
fn handler(
    attribute: Attribute,
    p: &Path,
    function: &ItemFn,
    target: &Target,
    signature: &Signature<'_>,
) -> TokenStream {
    let name = &function.sig.ident;
    let cfg = cfgs(function);
    let descriptor = descriptor(p, function, target);

    let types = &signature.arguments;
    let values = (0..types.len()).map(|at| format_ident!("__{at}")).collect::<Vec<_>>();
    let (subject_ty, extracted_tys) = types.split_first().expect("checked: a first argument");
    let (subject, extracted) = values.split_first().expect("as many as types");
    let unit = parse_quote!(());
    let inferred = parse_quote!(_);
    let output: &Type = match (&signature.output, &function.sig.output) {
        (Some(output), _) => output,
        (None, syn::ReturnType::Default) => &unit,
        (None, _) => &inferred,
    };

    let key = &target.key;
    let key = quote!({ #p::#key.key() });
    let call = quote_spanned!(name.span()=> #name(#(#values),*).await);
    let mut call_ty = quote!((#(#types,)*));
    let mut call_values = quote!((#(#values,)*));
    let mut command = None;
    let reply = match (attribute, &target.silent) {
        (Attribute::Bind, _) => quote!(#p::bind_reply::<#output>(#call)),
        (_, Some(_)) => quote!(#p::silent(#call)),
        (_, None) => {
            // The command goes along: it says which response to write.
            call_ty = quote!((#p::CommandId, #call_ty));
            call_values = quote!((__command, #call_values));
            command = Some(quote!(let __command = #p::command(&__request);));
            quote!(#p::reply::<#key, #output>(__command, #call))
        }
    };
    // On the function's name, so that a future that is not `Send` is reported there.
    let run = quote_spanned! {name.span()=>
        async fn run(#call_values: Self::Call) -> #p::Response
    };

    quote! {
        #descriptor
        #(#cfg)*
        impl<__S> #p::Handler<__S> for #name
        where
            #(<#extracted_tys as #p::Extract>::Needs: #p::Needs<__S>,)*
        {
            type Call = #call_ty;

            fn accept(
                __request: #p::Request,
                __state: &__S,
            ) -> ::core::result::Result<Self::Call, #p::Response> {
                #command
                #(let #extracted = #p::argument::<#extracted_tys, __S>(&__request, __state)?;)*
                let #subject = #p::subject::<#key, #subject_ty>(__request)?;
                ::core::result::Result::Ok(#call_values)
            }

            #run {
                #reply
            }
        }
    }
}

/// The struct and its `Descriptor`.
fn descriptor(p: &Path, function: &ItemFn, target: &Target) -> TokenStream {
    let (name, vis, cfg) = (&function.sig.ident, &function.vis, cfgs(function));
    let text = name.unraw().to_string();
    let doc = format!(
        "The handler for {}, as `handlers!` names it. It calls the function [`{text}`](fn@{text}).",
        target.title
    );
    let on = &target.on;
    quote! {
        #(#cfg)*
        #[doc = #doc]
        #[allow(non_camel_case_types, missing_debug_implementations)]
        #vis struct #name {}

        #(#cfg)*
        impl #p::Descriptor for #name {
            const ON: #p::On = #p::#on;
            const NAME: &'static str = #text;
        }
    }
}

/// What stands beside a function with mistakes in it: something for `handlers!` to name, so that they are not reported
/// there once more.
fn stub(p: &Path, function: &ItemFn, target: Option<&Target>) -> TokenStream {
    let unknown = Target {
        on: quote!(On::UNKNOWN),
        key: quote!(On::UNKNOWN),
        title: "nothing yet".to_owned(),
        subject: "",
        silent: None,
    };
    let descriptor = descriptor(p, function, target.unwrap_or(&unknown));
    let (name, cfg) = (&function.sig.ident, cfgs(function));
    quote! {
        #descriptor
        #(#cfg)*
        impl<__S> #p::Handler<__S> for #name {
            type Call = ();

            fn accept(_: #p::Request, _: &__S) -> ::core::result::Result<(), #p::Response> {
                ::core::result::Result::Ok(())
            }

            async fn run(_: ()) -> #p::Response {
                #p::Response::Silent
            }
        }
    }
}

fn cfgs(function: &ItemFn) -> Vec<&SynAttribute> {
    function.attrs.iter().filter(|attribute| check::is_cfg(attribute)).collect()
}

/// A path as a user wrote it, without the spaces that tokens are printed with.
pub(crate) fn display(path: &Path) -> String {
    path.to_token_stream().to_string().replace(" :: ", "::").replace(":: ", "::")
}
