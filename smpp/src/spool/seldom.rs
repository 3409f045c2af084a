//! Lines of the log that a peer can provoke, kept few.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts how often something happened, and says when to tell of it: the first time, the second, the fourth and so on, so that
/// no peer can fill a log.
#[derive(Debug)]
pub(super) struct Seldom(AtomicU64);

impl Seldom {
    pub(super) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// It has happened once more. If that is to be told: how often it has since the program started.
    pub(super) fn times(&self) -> Option<u64> {
        let times = self.0.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        times.is_power_of_two().then_some(times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_times_are_twenty_lines() {
        let seldom = Seldom::new();
        let told: Vec<_> = (0..1_000_000).filter_map(|_| seldom.times()).collect();
        assert_eq!(told[..5], [1, 2, 4, 8, 16]);
        assert_eq!(told.len(), 20);
    }
}
