//! Where the parameters stand in a path.

use std::ops::Range;

/// Where the parameters stand in a path: offsets, so that they can be kept beside the path without borrowing from it.
///
/// There is room for [`Spans::MAX`], in place: nothing is allocated, and copying is cheap.
#[derive(Copy, Clone, Debug, Default)]
pub struct Spans {
    spans: [(u16, u16); Self::MAX],
    len: u8,
}

impl Spans {
    /// How many parameters a template may have.
    pub const MAX: usize = 16;

    /// The longest path that is looked at, in octets. Longer ones match nothing; the `http` crate, which hyper reads
    /// requests with, refuses them before.
    pub const MAX_PATH: usize = u16::MAX as usize;

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len.into()
    }

    /// True if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The parameter at this place as it was sent: percent-encoded.
    #[must_use]
    #[inline]
    pub fn of<'a>(&self, path: &'a str, place: usize) -> Option<&'a str> {
        path.get(self.range(place)?)
    }

    /// Where it stands.
    #[inline]
    pub(crate) fn range(&self, place: usize) -> Option<Range<usize>> {
        let (from, to) = *self.spans.get(..self.len.into())?.get(place)?;
        Some(from.into()..to.into())
    }

    /// Adds one; `None` if there is no room, or if the path is too long for it.
    #[inline]
    pub(crate) fn push(&mut self, from: usize, to: usize) -> Option<()> {
        let place = self.spans.get_mut(usize::from(self.len))?;
        *place = (from.try_into().ok()?, to.try_into().ok()?);
        self.len += 1;
        Some(())
    }

    /// Takes back what was added after the first so many.
    #[inline]
    pub(crate) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(u8::try_from(len).unwrap_or(u8::MAX));
    }
}

/// What is behind the length is left over from other ways that were tried.
impl PartialEq for Spans {
    fn eq(&self, other: &Self) -> bool {
        self.spans.get(..self.len()) == other.spans.get(..other.len())
    }
}

impl Eq for Spans {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_many() {
        let mut spans = Spans::default();
        assert!(spans.is_empty());
        for place in 0..Spans::MAX {
            spans.push(place, place + 1).unwrap();
        }
        assert_eq!(spans.push(0, 1), None);
        assert_eq!(spans.of("/a/b", 1), Some("a"));
        // Another path than it was made for is no panic.
        assert_eq!((spans.of("/é", 1), spans.of("/", 5), spans.of("/", 99)), (None, None, None));
        let mut one = Spans::default();
        one.push(0, 1).unwrap();
        spans.truncate(1);
        assert_eq!((spans.len(), spans), (1, one));
        assert_eq!(one.push(0, Spans::MAX_PATH + 1), None);
    }
}
