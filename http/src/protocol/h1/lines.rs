//! A head that was looked over, and not taken apart.

use std::{cell::Cell, fmt, num::NonZeroU32, ops::Range};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, Method, Request, Uri, Version, header::CONTENT_TYPE, request::Parts,
};

use super::field::{cut, field, lines, shared};
use crate::protocol::problem::Form;

/// The lines of a head. All of it is well, and nothing of it is made before somebody asks: many handlers look at a path, or at
/// one field.
///
/// It is a pointer, and so is moved fast, to room that the thread uses again.
pub struct Lines(Option<Box<Room>>);

/// A head, and what was found in it; its room is used again.
pub(super) struct Room {
    /// From the first line to the empty one.
    pub(super) octets: Vec<u8>,
    pub(super) method: Method,
    pub(super) target: Target,
    pub(super) version: Version,
    pub(super) hosts: Hosts,
    /// The first value of `Content-Type`, which whatever reads a body asks for; empty if there is none.
    pub(super) content_type: Place,
    /// By all lines of `Accept`.
    pub(super) form: Form,
}

/// Of nothing.
static NONE: Room = Room {
    octets: Vec::new(),
    method: Method::GET,
    target: Target { start: 0, path_end: None, end: 0 },
    version: Version::HTTP_11,
    hosts: Hosts::None,
    content_type: Place { start: 0, length: 0 },
    form: Form::Json,
};

/// Octets of a head, at most, whose room is kept for the next one.
const KEPT: usize = 4 << 10;

thread_local! {
    static SPARE: Cell<Option<Box<Room>>> = const { Cell::new(None) };
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
    /// Lines with these octets, of which everything else is still to be said.
    #[inline(always)]
    pub(super) fn of(octets: &[u8], say: impl FnOnce(&mut Room)) -> Self {
        let mut read = SPARE.take().unwrap_or_else(fresh);
        read.octets.extend_from_slice(octets);
        say(&mut read);
        Self(Some(read))
    }

    #[inline(always)]
    fn read(&self) -> &Room {
        self.0.as_deref().unwrap_or(&NONE)
    }

    #[inline]
    fn target(&self) -> Target {
        self.read().target
    }

    fn octets(&self) -> &[u8] {
        &self.read().octets
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.read().method
    }

    /// HTTP/1.0 or 1.1.
    #[must_use]
    pub fn version(&self) -> Version {
        self.read().version
    }

    /// What names the host.
    #[must_use]
    pub fn hosts(&self) -> Hosts {
        self.read().hosts
    }

    /// How the client wants to read of a problem.
    #[must_use]
    pub fn form(&self) -> Form {
        self.read().form
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
        std::str::from_utf8(self.octets().get(self.target().query()?)?).ok()
    }

    #[inline]
    pub(crate) fn path_octets(&self) -> Option<&[u8]> {
        self.octets().get(self.target().path()?)
    }

    /// Whether [`path_and_query`](Self::path_and_query) has them.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        self.target().path_end.is_some()
    }

    /// The first value of a field, as it came.
    #[must_use]
    #[inline]
    pub fn value(&self, name: &HeaderName) -> Option<&[u8]> {
        if let Some(place) = self.read().content_type.all()
            && *name == CONTENT_TYPE
        {
            return self.octets().get(place);
        }
        let fields = lines(self.octets()).skip(1).filter_map(|line| cut(line.ok()?.text));
        let mut fields = fields.filter(|(own, _)| own.eq_ignore_ascii_case(name.as_ref()));
        fields.next().map(|(_, value)| value)
    }

    /// Everything, with the fields in a map; in one whose room is used again.
    #[must_use]
    pub fn parts(&self, mut spare: HeaderMap) -> Parts {
        spare.clear();
        let octets = Bytes::copy_from_slice(self.octets());
        // That they are well is known: nothing is left out.
        for line in lines(&octets).skip(1).flatten() {
            if let Ok((name, value)) = field(&octets, line.text) {
                spare.append(name, value);
            }
        }
        let (mut parts, ()) = Request::new(()).into_parts();
        let target = octets.get(self.target().all()).unwrap_or_default();
        parts.uri = Uri::from_maybe_shared(shared(&octets, target)).unwrap_or_default();
        parts.method = self.method().clone();
        parts.version = self.version();
        parts.headers = spare;
        parts
    }
}

/// Without the target and the fields, which may be secret.
impl fmt::Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lines")
            .field("method", self.method())
            .field("version", &self.version())
            .field("octets", &self.octets().len())
            .finish_non_exhaustive()
    }
}

impl Drop for Lines {
    #[inline]
    fn drop(&mut self) {
        if let Some(mut read) = self.0.take().filter(|read| read.octets.capacity() <= KEPT) {
            read.octets.clear();
            // A thread that ends has no room any more.
            let _ = SPARE.try_with(|spare| spare.set(Some(read)));
        }
    }
}

#[cold]
#[inline(never)]
fn fresh() -> Box<Room> {
    Box::new(Room { octets: Vec::new(), method: Method::GET, ..NONE })
}
