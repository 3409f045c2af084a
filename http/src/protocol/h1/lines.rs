//! A head that was looked over, and not taken apart.

use std::{num::NonZeroU32, ops::Range};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, Method, Request, Uri, Version, header::CONTENT_TYPE, request::Parts,
};

use super::field::{cut, field, lines, shared};
use crate::protocol::problem::Form;

/// The lines of a head. All of it is well, and nothing of it is made before somebody asks: many handlers look at a path, or at
/// one field.
#[derive(Debug)]
pub struct Lines {
    /// From the first line to the empty one.
    pub(super) octets: Bytes,
    pub(super) method: Method,
    pub(super) target: Target,
    pub(super) version: Version,
    pub(super) hosts: Hosts,
    /// The first value of `Content-Type`, which whatever reads a body asks for; empty if there is none.
    pub(super) content_type: Place,
    /// By all lines of `Accept`.
    pub(super) form: Form,
}

/// Where something stands in a head.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Place {
    start: u32,
    length: u32,
}

impl Place {
    /// That of a part; nothing if it is none, or further behind than heads are long.
    pub(super) fn of(part: &[u8], octets: &[u8]) -> Self {
        let start = part.as_ptr().addr().wrapping_sub(octets.as_ptr().addr());
        match (u32::try_from(start), u32::try_from(part.len())) {
            (Ok(start), Ok(length)) => Self { start, length },
            _ => Self::default(),
        }
    }

    /// The same, with so many octets in front.
    pub(super) fn behind(self, octets: u32) -> Self {
        Self { start: self.start.saturating_add(octets), ..self }
    }

    #[inline]
    fn all(self) -> Option<Range<usize>> {
        let start = self.start as usize;
        (self.length > 0).then(|| start..start + self.length as usize)
    }
}

/// Where the target stands in a head: small, for it is moved with each request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    pub(super) start: u32,
    /// Where its path ends, if it is a path and a query in octets that need no second look.
    pub(super) path_end: Option<NonZeroU32>,
    pub(super) end: u32,
}

impl Target {
    fn all(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    #[inline]
    fn path(self) -> Option<Range<usize>> {
        Some(self.start as usize..self.path_end?.get() as usize)
    }

    #[inline]
    fn query(self) -> Option<Range<usize>> {
        // Behind the `?`.
        Some(self.path_end?.get() as usize + 1..self.end as usize)
    }
}

/// How often a head has the field `Host`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Hosts {
    /// Not at all.
    #[default]
    None,
    /// Once, and it is a host.
    One,
    /// Once, and it is none.
    Bad,
    /// More than once.
    Several,
}

impl Lines {
    /// The method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// HTTP/1.0 or 1.1.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// What names the host.
    #[must_use]
    pub fn hosts(&self) -> Hosts {
        self.hosts
    }

    /// How the client wants to read of a problem.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// The path, and the query behind `?`; `None` for a target that is more than these, or has octets that are rarely there:
    /// [`parts`](Self::parts) has those.
    #[must_use]
    #[inline]
    pub fn path_and_query(&self) -> Option<(&str, Option<&str>)> {
        Some((self.path()?, self.query()))
    }

    /// The path of such a target.
    #[inline]
    pub(crate) fn path(&self) -> Option<&str> {
        std::str::from_utf8(self.path_octets()?).ok()
    }

    /// The query of such a target.
    #[inline]
    pub(crate) fn query(&self) -> Option<&str> {
        std::str::from_utf8(self.octets.get(self.target.query()?)?).ok()
    }

    #[inline]
    pub(crate) fn path_octets(&self) -> Option<&[u8]> {
        self.octets.get(self.target.path()?)
    }

    /// Whether [`path_and_query`](Self::path_and_query) has them.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        self.target.path_end.is_some()
    }

    /// The first value of a field, as it came.
    #[must_use]
    #[inline]
    pub fn value(&self, name: &HeaderName) -> Option<&[u8]> {
        if let Some(place) = self.content_type.all()
            && *name == CONTENT_TYPE
        {
            return self.octets.get(place);
        }
        let fields = lines(&self.octets).skip(1).filter_map(|line| cut(line.ok()?.text));
        let mut fields = fields.filter(|(own, _)| own.eq_ignore_ascii_case(name.as_ref()));
        fields.next().map(|(_, value)| value)
    }

    /// Everything, with the fields in a map; in one whose room is used again.
    #[must_use]
    pub fn parts(&self, mut spare: HeaderMap) -> Parts {
        spare.clear();
        // That they are well is known: nothing is left out.
        for line in lines(&self.octets).skip(1).flatten() {
            if let Ok((name, value)) = field(&self.octets, line.text) {
                spare.append(name, value);
            }
        }
        let (mut parts, ()) = Request::new(()).into_parts();
        let target = self.octets.get(self.target.all()).unwrap_or_default();
        parts.uri = Uri::from_maybe_shared(shared(&self.octets, target)).unwrap_or_default();
        parts.method = self.method.clone();
        parts.version = self.version;
        parts.headers = spare;
        parts
    }

    /// The octets, as they came.
    #[must_use]
    pub fn into_octets(self) -> Bytes {
        self.octets
    }
}
