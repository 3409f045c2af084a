//! The attributes of HTTP, and `routes!`.

mod after;
mod args;
mod expand;
mod hook;
mod middleware;
mod route;
mod routes;
mod template;

pub(crate) use self::{expand::attribute, routes::expand as routes};

/// Which attribute stands on the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attribute {
    /// `#[get]` and the like, with the method.
    Method(&'static str),
    Route,
    Sse,
    Middleware,
    Response,
    Error,
    Startup,
    Shutdown,
}

/// All of them, as they are written.
const NAMES: &[(&str, Attribute)] = &[
    ("get", Attribute::Method("GET")),
    ("head", Attribute::Method("HEAD")),
    ("post", Attribute::Method("POST")),
    ("put", Attribute::Method("PUT")),
    ("patch", Attribute::Method("PATCH")),
    ("delete", Attribute::Method("DELETE")),
    ("options", Attribute::Method("OPTIONS")),
    ("route", Attribute::Route),
    ("sse", Attribute::Sse),
    ("middleware", Attribute::Middleware),
    ("on_response", Attribute::Response),
    ("on_error", Attribute::Error),
    ("on_startup", Attribute::Startup),
    ("on_shutdown", Attribute::Shutdown),
];

impl Attribute {
    /// The attribute that a path names by its last segment.
    pub(crate) fn named_by(path: &syn::Path) -> Option<(&'static str, Self)> {
        let last = &path.segments.last()?.ident;
        NAMES.iter().find(|(name, _)| last == name).copied()
    }
}
