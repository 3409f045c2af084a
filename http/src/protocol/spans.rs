//! Where the parameters stand in a path.

/// Where the parameters stand in a path: offsets, so that they can be kept beside the path without borrowing from it.
///
/// There is room for [`Spans::MAX`], in place: nothing is allocated, and copying is cheap.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
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
        let (from, to) = *self.spans.get(..self.len.into())?.get(place)?;
        path.get(from.into()..to.into())
    }

    /// Adds `part`, which is a part of `path`; `None` if it is not, or if there is no room.
    #[inline]
    pub(crate) fn push(&mut self, path: &str, part: &str) -> Option<()> {
        let from = part.as_ptr().addr().checked_sub(path.as_ptr().addr())?;
        let to = from.checked_add(part.len()).filter(|to| *to <= path.len())?;
        let place = self.spans.get_mut(usize::from(self.len))?;
        *place = (from.try_into().ok()?, to.try_into().ok()?);
        self.len += 1;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_parts_and_only_so_many() {
        let path = "/a/b";
        let mut spans = Spans::default();
        spans.push(path, &path[3..]).unwrap();
        assert_eq!((spans.of(path, 0), spans.of(path, 1)), (Some("b"), None));
        assert_eq!(spans.push(&path[1..], path), None);
        assert_eq!(spans.push(&path[..2], &path[1..]), None);
        for _ in 1..Spans::MAX {
            spans.push(path, path).unwrap();
        }
        assert_eq!(spans.push(path, path), None);
        assert_eq!(spans.len(), Spans::MAX);
        // Another path than it was made for: no panic.
        assert_eq!(spans.of("/é", 0), None);
    }
}
