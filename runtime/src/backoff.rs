//! How long to wait before trying again: exponential, with jitter, and random numbers as an argument.

use std::time::Duration;

/// Delays that double from a first one up to a longest one, each shortened at random by up to half.
///
/// The jitter keeps those apart that failed together: a thousand clients of a server that restarts do not come back in the
/// same instant. It only shortens, so no delay is ever longer than the longest. Like the rest of this crate it reads no clock,
/// and no random numbers either: each call takes one, so it runs the same in a test.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use wirepath_runtime::backoff::Backoff;
///
/// let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(60));
/// assert_eq!(backoff.next_delay(0), Duration::from_millis(500));
/// assert_eq!(backoff.next_delay(0), Duration::from_secs(1));
/// assert!(backoff.next_delay(u64::MAX) < Duration::from_millis(1_001)); // half of two seconds
/// backoff.reset();
/// assert_eq!(backoff.next_delay(0), Duration::from_millis(500));
/// ```
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    /// Delays since the last success.
    failures: u32,
}

impl Backoff {
    /// Delays from `first` to `longest`; a `longest` below `first` counts as `first`.
    #[must_use]
    pub fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest: longest.max(first), failures: 0 }
    }

    /// The same after so many failures: for what keeps their number itself.
    #[must_use]
    pub fn failed(mut self, failures: u32) -> Self {
        self.failures = failures;
        self
    }

    /// How long to wait now: the next delay, less a share of its half that is `random` out of [`u64::MAX`].
    pub fn next_delay(&mut self, random: u64) -> Duration {
        let factor = 1_u32.checked_shl(self.failures).unwrap_or(u32::MAX);
        self.failures = self.failures.saturating_add(1);
        let delay = self.first.saturating_mul(factor).min(self.longest);
        // The upper half of the random number is as random as all of it, and fits the division.
        let share = Duration::from_nanos(
            u64::try_from((delay.as_nanos() / 2).saturating_mul(u128::from(random >> 32)) >> 32)
                .unwrap_or(u64::MAX),
        );
        delay.saturating_sub(share)
    }

    /// Failures in a row: delays since the last [`reset`](Self::reset).
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// Begins again with the first delay: it went well.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn delays_double_up_to_the_longest_and_stay_there() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(60));
        let delays: Vec<u64> = (0..9).map(|_| backoff.next_delay(0).as_secs()).collect();
        assert_eq!(delays, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        for _ in 0..100 {
            assert_eq!(backoff.next_delay(0), Duration::from_secs(60));
        }
        assert_eq!(backoff.failures(), 109);
    }

    #[test]
    fn a_longest_below_the_first_is_the_first() {
        let mut backoff = Backoff::new(Duration::from_secs(5), Duration::from_secs(1));
        assert_eq!(backoff.next_delay(0), Duration::from_secs(5));
        assert_eq!(backoff.next_delay(0), Duration::from_secs(5));
    }

    proptest! {
        #[test]
        fn a_delay_is_between_half_and_all_of_itself(
            first in 1_u64..10_000_000_000,
            times in 1_u64..100_000,
            before in 0_usize..40,
            random: u64,
        ) {
            let first = Duration::from_nanos(first);
            let mut backoff = Backoff::new(first, first.saturating_mul(u32::try_from(times).unwrap()));
            let mut whole = backoff.clone();
            for _ in 0..before {
                backoff.next_delay(random);
                whole.next_delay(0);
            }
            let (delay, whole) = (backoff.next_delay(random), whole.next_delay(0));
            prop_assert!(delay <= whole && delay >= whole / 2, "{delay:?} of {whole:?}");
        }
    }
}
