//! Where the parameters stand in a path.

/// Where the parameters stand in a path: offsets, so that they can be kept beside the path without borrowing from it.
///
/// There is room for [`Spans::MAX`], in place: nothing is allocated, and copying is cheap.
#[derive(Copy, Clone, Debug, Default)]
pub struct Spans {
    spans: [(u16, u16); Self::MAX],
    len: u8,
    /// A bit for each that has a `%`: who looks for the slash behind it sees that, too.
    encoded: u16,
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
        let (from, to) = *self.spans.get(..self.len.into())?.get(place)?;
        path.get(from.into()..to.into())
    }

    /// Whether the parameter at this place may have something encoded.
    #[inline]
    pub(crate) fn is_encoded(&self, place: usize) -> bool {
        place >= Self::MAX || self.encoded >> place & 1 == 1
    }

    /// Adds one; `None` if there is no room, or if the path is too long for it.
    #[inline]
    pub(crate) fn push(&mut self, from: usize, to: usize, is_encoded: bool) -> Option<()> {
        let place = self.spans.get_mut(usize::from(self.len))?;
        *place = (from.try_into().ok()?, to.try_into().ok()?);
        let bit = 1 << self.len;
        self.encoded = if is_encoded { self.encoded | bit } else { self.encoded & !bit };
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
            spans.push(place, place + 1, place % 2 == 1).unwrap();
        }
        assert_eq!(spans.push(0, 1, false), None);
        assert_eq!(spans.of("/a/b", 1), Some("a"));
        // Another path than it was made for is no panic.
        assert_eq!((spans.of("/é", 1), spans.of("/", 5), spans.of("/", 99)), (None, None, None));
        assert_eq!([0, 1, 99].map(|place| spans.is_encoded(place)), [false, true, true]);
        let mut one = Spans::default();
        one.push(0, 1, false).unwrap();
        spans.truncate(1);
        assert_eq!((spans.len(), spans), (1, one));
        assert_eq!(one.push(0, Spans::MAX_PATH + 1, false), None);
    }
}
