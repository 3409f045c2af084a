//! What a type is, asked at compile time.
//!
//! An argument of a handler may be an extractor of ours or of axum's, with the body or without, and a reply likewise. The
//! macros know its type and not its traits. They ask a [`Probe`] of it for constants: where the type has the trait, the
//! inherent constant is found; where not, the one of the trait in scope, which says no.

use std::{future::Future, marker::PhantomData};

use axum::{
    extract::{FromRequest, FromRequestParts},
    response::IntoResponse,
};

use crate::{Extract, ReadBody, Reply};

/// A state that nothing is in. axum's extractors that do not look at the state are extractors for this one too.
#[derive(Debug, Clone, Copy, Default)]
pub struct AnyState;

/// Asked about `T`, in an application whose state is `S` as far as axum's extractors go.
#[derive(Debug)]
pub struct Probe<T, S = AnyState>(PhantomData<(T, S)>);

impl<T: Extract, S> Probe<T, S> {
    /// It is one of our extractors.
    pub const EXTRACT: bool = true;
}

impl<T: ReadBody, S> Probe<T, S> {
    /// It is one of our extractors that take the body.
    pub const BODY: bool = true;
}

impl<T: FromRequestParts<S>, S> Probe<T, S> {
    /// It is one of axum's extractors.
    pub const PARTS: bool = true;
}

impl<T: FromRequest<S>, S> Probe<T, S> {
    /// It is one of axum's extractors that take the body.
    pub const REQUEST: bool = true;
}

impl<T: Reply, S> Probe<T, S> {
    /// It is one of our replies.
    pub const REPLY: bool = true;
}

impl<T: IntoResponse, S> Probe<T, S> {
    /// It is one of axum's responses.
    pub const RESPONSE: bool = true;
}

macro_rules! no {
    ($($name:ident::$constant:ident;)*) => {$(
        /// The answer where the type has not the trait.
        pub trait $name {
            /// No.
            const $constant: bool = false;
        }

        impl<T, S> $name for Probe<T, S> {}
    )*};
}

no! {
    NoExtract::EXTRACT;
    NoBody::BODY;
    NoParts::PARTS;
    NoRequest::REQUEST;
    NoReply::REPLY;
    NoResponse::RESPONSE;
}

/// The kinds of arguments. Ours go first: they cost less.
pub(crate) mod kind {
    pub(crate) const EXTRACT: u8 = 0;
    pub(crate) const BODY: u8 = 1;
    pub(crate) const PARTS: u8 = 2;
    pub(crate) const REQUEST: u8 = 3;
    pub(crate) const NONE: u8 = 4;
}

/// The kinds of replies.
pub(crate) mod reply {
    pub(crate) const OURS: u8 = 0;
    pub(crate) const AXUM: u8 = 1;
    pub(crate) const NONE: u8 = 2;
}

/// Which kind of argument a type is, of what its probe says.
#[must_use]
pub const fn argument_kind(extract: bool, body: bool, parts: bool, request: bool) -> u8 {
    if extract {
        kind::EXTRACT
    } else if body {
        kind::BODY
    } else if parts {
        kind::PARTS
    } else if request {
        kind::REQUEST
    } else {
        kind::NONE
    }
}

/// Which kind of reply a type is, of what its probe says.
#[must_use]
pub const fn reply_kind(ours: bool, axum: bool) -> u8 {
    if ours {
        reply::OURS
    } else if axum {
        reply::AXUM
    } else {
        reply::NONE
    }
}

/// Whether this kind of argument takes the body.
#[must_use]
pub const fn takes_body(argument: u8) -> bool {
    argument == kind::BODY || argument == kind::REQUEST
}

/// What the future of a handler has to keep of the request, of the kinds of its extractors; and, of the octets of its arguments,
/// whether it is moved about.
#[must_use]
pub const fn level(kinds: &[u8], octets: &[usize]) -> u8 {
    let (mut level, mut at) = (super::rest::NOTHING, 0);
    while at < kinds.len() {
        level = match kinds[at] {
            kind::BODY if level == super::rest::NOTHING => super::rest::REQUEST,
            kind::PARTS | kind::REQUEST => super::rest::ALL,
            _ => level,
        };
        at += 1;
    }
    let (mut all, mut at) = (0_usize, 0);
    while at < octets.len() {
        all = all.saturating_add(octets[at]);
        at += 1;
    }
    if level == super::rest::NOTHING && all > super::rest::MOVED {
        return super::rest::LARGE;
    }
    level
}

/// Nothing to await.
pub(crate) fn at_once<T>(value: T) -> impl Future<Output = T> {
    std::future::ready(value)
}
