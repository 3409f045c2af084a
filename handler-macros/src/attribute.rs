//! The attributes themselves.

use syn::Path;

/// Which attribute stands on the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attribute {
    Bind,
    Pdu,
    Session,
    Route,
}

impl Attribute {
    /// The attribute that a path names by its last segment.
    pub(crate) fn named_by(path: &Path) -> Option<&'static str> {
        let last = &path.segments.last()?.ident;
        ["on_bind", "on_pdu", "on_session", "route_message"].into_iter().find(|name| last == name)
    }
}
