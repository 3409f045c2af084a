//! Lines of the log that a peer can provoke, kept few.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

/// Counts how often something happened, and says when to tell of it: the first time, the second, the fourth and so on, so that
/// no peer can fill a log.
///
/// ```
/// use wirepath_runtime::seldom::Seldom;
///
/// static STRAYS: Seldom = Seldom::new();
/// let told: Vec<_> = (0..10).filter_map(|_| STRAYS.times()).collect();
/// assert_eq!(told, [1, 2, 4, 8]);
/// ```
#[derive(Debug, Default)]
pub struct Seldom(AtomicU64);

impl Seldom {
    /// It has not happened yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// It has happened once more. If that is to be told: how often it has since the program started.
    pub fn times(&self) -> Option<u64> {
        let times = self.0.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        times.is_power_of_two().then_some(times)
    }
}

/// Counts what comes in floods, each with an end, and says when to tell of it: at once, and then each ten seconds at most.
///
/// ```
/// use wirepath_runtime::seldom::Spaced;
///
/// static REFUSED: Spaced = Spaced::new();
/// let told: Vec<_> = (0..10_000).filter_map(|_| REFUSED.times()).collect();
/// assert_eq!(told[0], 1);
/// ```
#[derive(Debug)]
pub struct Spaced(Mutex<Since>);

#[derive(Debug)]
struct Since {
    told: Option<Instant>,
    times: u64,
}

impl Default for Spaced {
    fn default() -> Self {
        Self::new()
    }
}

impl Spaced {
    const APART: Duration = Duration::from_secs(10);

    /// It has not happened yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Mutex::new(Since { told: None, times: 0 }))
    }

    /// It has happened once more. If that is to be told: how often it has since it was told last, this time included.
    pub fn times(&self) -> Option<u64> {
        let mut since = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        since.times = since.times.saturating_add(1);
        let now = Instant::now();
        if since.told.is_some_and(|told| now.saturating_duration_since(told) < Self::APART) {
            return None;
        }
        since.told = Some(now);
        Some(std::mem::take(&mut since.times))
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

    #[tokio::test(start_paused = true)]
    async fn of_a_flood_each_ten_seconds_are_a_line_and_all_of_it_is_counted() {
        let spaced = Spaced::new();
        let mut told = Vec::new();
        for _ in 0..25_000 {
            told.extend(spaced.times());
            tokio::time::advance(Duration::from_millis(1)).await;
        }
        assert_eq!(told, [1, 10_000, 10_000]);
        // The next one is told at once, however long that was ago.
        tokio::time::advance(Duration::from_secs(3_600)).await;
        assert_eq!(spaced.times(), Some(5_000));
    }
}
