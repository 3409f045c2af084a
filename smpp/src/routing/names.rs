//! Prefixes that are no numbers, in order.

/// Prefixes that are no numbers, each with a value: a sorted list.
#[derive(Clone, Debug)]
pub(super) struct Names<T>(Vec<Name<T>>);

#[derive(Clone, Debug)]
struct Name<T> {
    octets: Box<[u8]>,
    /// The place of the longest one that it starts with.
    shorter: Option<usize>,
    value: T,
}

impl<T> Names<T> {
    /// Of different prefixes, in their order.
    pub(super) fn build(names: impl IntoIterator<Item = (Box<[u8]>, T)>) -> Self {
        let mut list: Vec<Name<T>> = Vec::new();
        for (octets, value) in names {
            let mut shorter = list.len().checked_sub(1);
            while let Some(name) = shorter.and_then(|at| list.get(at)) {
                if octets.starts_with(&name.octets) {
                    break;
                }
                shorter = name.shorter;
            }
            list.push(Name { octets, shorter, value });
        }
        list.shrink_to_fit();
        Self(list)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The place of the longest one that an address starts with.
    pub(super) fn longest(&self, address: &[u8]) -> Option<usize> {
        let behind = self.0.partition_point(|name| *name.octets <= *address);
        // Whatever the address starts with, the nearest before it starts with too, or is it.
        let mut at = behind.checked_sub(1)?;
        loop {
            let name = self.0.get(at)?;
            if address.starts_with(&name.octets) {
                return Some(at);
            }
            at = name.shorter?;
        }
    }

    /// What is at a place, and the place of the next shorter one.
    pub(super) fn get(&self, place: usize) -> Option<(&T, Option<usize>)> {
        self.0.get(place).map(|name| (&name.value, name.shorter))
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let octets = self.0.iter().map(|name| name.octets.len());
        self.0.capacity() * size_of::<Name<T>>() + octets.sum::<usize>()
    }
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}
