//! Milliseconds since 1970, as records keep them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Rounded down; what lies before 1970 is 1970.
pub(super) fn floor_ms(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(MAX))
        .min(MAX)
}

/// A duration, rounded up.
pub(super) fn duration_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(MAX).min(MAX)
}

/// The time that a record means.
pub(super) fn from_ms(ms: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(ms.min(MAX))
}

/// The year 10,000: what fits every platform's clock, and the exact numbers of a Lua script.
pub(super) const MAX: u64 = 253_402_300_800_000;

/// What a store calls now.
#[derive(Clone, Copy, Debug)]
pub(super) enum Clock {
    /// The wall: what outlives a process means the time of day.
    #[cfg_attr(not(feature = "store-embedded"), allow(dead_code))]
    // what lives in memory needs none
    Wall,
    /// The wall at the start, and tokio's clock from there: it stands still, and leaps, where a test pauses it.
    Paused { wall: SystemTime, start: tokio::time::Instant },
}

impl Clock {
    pub(super) fn pausable() -> Self {
        // The start first: what is due now is due, and not a moment later.
        let start = tokio::time::Instant::now();
        Self::Paused { wall: SystemTime::now(), start }
    }

    pub(super) fn now_ms(self) -> u64 {
        floor_ms(match self {
            Self::Wall => SystemTime::now(),
            Self::Paused { wall, start } => wall + start.elapsed(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_and_bounds() {
        assert_eq!(floor_ms(UNIX_EPOCH + Duration::from_nanos(1_999_999)), 1);
        assert_eq!(floor_ms(UNIX_EPOCH - Duration::from_millis(7)), 0);
        assert_eq!(duration_ms(Duration::from_nanos(1_000_001)), 2);
        assert_eq!(duration_ms(Duration::MAX), MAX);
        assert_eq!(floor_ms(from_ms(u64::MAX)), MAX);
    }
}
