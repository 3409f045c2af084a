//! What an attribute makes a function the handler for.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{LitInt, spanned::Spanned};

use crate::{
    args::{Args, Errors, Word},
    command,
};

/// What a handler is for.
#[derive(Debug)]
pub(crate) struct Target {
    /// The `On`, behind `__private`.
    pub(crate) on: TokenStream,
    /// The `On` whose key its types are looked up by: vendors' commands share one.
    pub(crate) key: TokenStream,
    /// For the documentation of the struct.
    pub(crate) title: String,
    /// The first argument's type, as a hint.
    pub(crate) subject: &'static str,
    /// What there is no reply to.
    pub(crate) silent: Option<String>,
}

/// `#[on_bind]`.
pub(crate) fn bind(args: &Args, errors: &mut Errors) -> Option<Target> {
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

/// `#[route_message]`.
pub(crate) fn route(args: &Args, errors: &mut Errors) -> Option<Target> {
    for word in &args.words {
        let message = "`#[route_message]` is for every message: `message.submit_sm()` and the like tell them apart";
        errors.at(word, message);
    }
    Some(Target {
        on: quote!(On::ROUTE),
        key: quote!(On::ROUTE),
        title: "the ways of messages".to_owned(),
        subject: "Message",
        silent: None,
    })
}

/// `#[on_session(…)]`.
pub(crate) fn session(args: &Args, span: Span, errors: &mut Errors) -> Option<Target> {
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

/// `#[on_pdu(…)]`.
pub(crate) fn pdu(args: &Args, span: Span, errors: &mut Errors) -> Option<Target> {
    let Some(word) = only_word(args, "a command", errors) else {
        if !args.garbled {
            errors.at_span(
                span,
                "a command is missing: a name such as \"submit_sm\", a vendor's number, or \"*\"",
            );
        }
        return None;
    };
    match command_target(word) {
        Ok(target) => Some(target),
        Err(message) => {
            errors.at(word, message);
            None
        }
    }
}

/// The target that a word in `#[on_pdu(…)]` means; if it means none, what to write instead.
fn command_target(word: &Word) -> Result<Target, String> {
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
