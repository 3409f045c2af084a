//! Where the parameters of a path stand in it.

/// How many are kept without an allocation.
const INLINE: usize = 6;

/// Where the parameters stand in a request's path, by octets. It borrows nothing, so it moves along with the request.
///
/// Bounded by the path: the server takes none above 65,534 octets, which is also why places fit in 16 bits.
#[derive(Debug, Clone, Default)]
pub struct Captures {
    count: u8,
    first: [(u16, u16); INLINE],
    /// Those after the sixth.
    more: Vec<(u16, u16)>,
}

impl Captures {
    /// Where the parts stand in `path`, whose slices they are.
    pub(crate) fn of<'p>(path: &'p str, parts: impl Iterator<Item = &'p str>) -> Self {
        let mut captures = Self::default();
        for part in parts {
            let start = (part.as_ptr() as usize).saturating_sub(path.as_ptr() as usize);
            let end = start.saturating_add(part.len());
            if let (Ok(start), Ok(end)) = (u16::try_from(start), u16::try_from(end)) {
                captures.push((start, end));
            }
        }
        captures
    }

    fn push(&mut self, place: (u16, u16)) {
        match self.first.get_mut(usize::from(self.count)) {
            Some(slot) => *slot = place,
            None => self.more.push(place),
        }
        self.count = self.count.saturating_add(1);
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        usize::from(self.count)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// One of them, still encoded.
    #[inline]
    #[must_use]
    pub fn get<'p>(&self, path: &'p str, at: usize) -> Option<&'p str> {
        if at >= self.len() {
            return None;
        }
        let (start, end) = match self.first.get(at) {
            Some(place) => *place,
            None => *self.more.get(at - INLINE)?,
        };
        path.get(usize::from(start)..usize::from(end))
    }

    /// All of them, in order.
    pub fn iter<'p>(&self, path: &'p str) -> impl Iterator<Item = &'p str> {
        (0..self.len()).filter_map(move |at| self.get(path, at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_fit_inline() {
        let path = "/a/b/c/d/e/f/g/hh";
        let parts = path.split('/').skip(1);
        let captures = Captures::of(path, parts.clone());
        assert_eq!(captures.len(), 8);
        assert_eq!(captures.iter(path).collect::<Vec<_>>(), parts.collect::<Vec<_>>());
        assert_eq!(captures.get(path, 7), Some("hh"));
        assert_eq!(captures.get(path, 8), None);
    }
}
