//! A token bucket that takes the time as an argument.

#[cfg(feature = "rates")]
mod table;

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

#[cfg(feature = "rates")]
pub use self::table::RateTable;

/// One token in the bucket's unit. A rate of `r` tokens a second adds exactly `r` units each
/// nanosecond, so the arithmetic is in whole numbers and nothing is ever rounded away.
const TOKEN: i64 = 1_000_000_000;

/// A token bucket: `rate` tokens a second, at most `burst` saved up.
///
/// It reads no clock: each call takes the current [`Instant`], so it runs the same in a test with
/// manual time. A clock that steps back is treated as one that stands still.
///
/// Over any span of `s` seconds it grants at most `burst + rate × s` tokens. A request for more than
/// `burst` at once waits for a full bucket and leaves it in debt, so the long-run rate still holds.
///
/// # Examples
///
/// ```
/// use std::num::NonZeroU32;
/// use std::time::{Duration, Instant};
/// use wirepath_runtime::rate::TokenBucket;
///
/// let start = Instant::now();
/// let mut bucket = TokenBucket::new(NonZeroU32::new(2).unwrap(), start);
/// assert!(bucket.try_take(start, 2)); // one second's worth may go at once
/// assert!(!bucket.try_take(start, 1));
/// assert_eq!(bucket.next_at(start, 1), start + Duration::from_millis(500));
/// ```
#[derive(Clone, Debug)]
pub struct TokenBucket {
    rate: NonZeroU32,
    burst: NonZeroU32,
    /// In units of 1/[`TOKEN`]; below zero while a large request is being paid off.
    credit: i64,
    /// The time up to which `credit` is counted.
    counted_to: Instant,
}

impl TokenBucket {
    /// A full bucket of `rate` tokens a second with a burst of one second's worth.
    pub fn new(rate: NonZeroU32, now: Instant) -> Self {
        Self::with_burst(rate, rate, now)
    }

    /// A full bucket of `rate` tokens a second that saves up to `burst` tokens.
    pub fn with_burst(rate: NonZeroU32, burst: NonZeroU32, now: Instant) -> Self {
        Self { rate, burst, credit: capacity(burst), counted_to: now }
    }

    /// A bucket for a rate as configuration writes it, where 0 means unlimited: then there is none.
    ///
    /// ```
    /// use std::time::Instant;
    /// use wirepath_runtime::rate::TokenBucket;
    ///
    /// assert!(TokenBucket::per_second(0, Instant::now()).is_none());
    /// assert!(TokenBucket::per_second(50, Instant::now()).is_some());
    /// ```
    pub fn per_second(rate: u32, now: Instant) -> Option<Self> {
        NonZeroU32::new(rate).map(|rate| Self::new(rate, now))
    }

    /// Tokens added each second.
    pub fn rate(&self) -> NonZeroU32 {
        self.rate
    }

    /// The most tokens that can be saved up.
    pub fn burst(&self) -> NonZeroU32 {
        self.burst
    }

    /// Takes `n` tokens if they are there, and says whether it did. Takes all of them or none.
    pub fn try_take(&mut self, now: Instant, n: u32) -> bool {
        self.refill(now);
        if self.credit < self.needed(n) {
            return false;
        }
        self.credit -= i64::from(n) * TOKEN;
        true
    }

    /// The earliest time, not before `now`, at which [`try_take`](Self::try_take) of `n` tokens will
    /// succeed if nothing is taken in between.
    pub fn next_at(&self, now: Instant, n: u32) -> Instant {
        let missing = self.needed(n).saturating_sub(self.credit_at(now));
        let Ok(missing) = u64::try_from(missing) else { return now };
        if missing == 0 {
            return now;
        }
        // `counted_to` may lie ahead of `now` if the clock stepped back: time starts to count there.
        let wait = Duration::from_nanos(missing.div_ceil(u64::from(self.rate.get())));
        self.counted_to.max(now) + wait
    }

    /// Changes rate and burst, for a configuration that was reloaded. What was saved up stays, up to
    /// the new burst; a bucket does not become full by being changed.
    pub fn set_rate(&mut self, now: Instant, rate: NonZeroU32, burst: NonZeroU32) {
        self.refill(now);
        self.rate = rate;
        self.burst = burst;
        self.credit = self.credit.min(capacity(burst));
    }

    fn needed(&self, n: u32) -> i64 {
        i64::from(n.min(self.burst.get())) * TOKEN
    }

    fn credit_at(&self, now: Instant) -> i64 {
        let elapsed = now.saturating_duration_since(self.counted_to).as_nanos();
        let elapsed = i64::try_from(elapsed).unwrap_or(i64::MAX);
        let earned = elapsed.saturating_mul(i64::from(self.rate.get()));
        self.credit.saturating_add(earned).min(capacity(self.burst))
    }

    fn refill(&mut self, now: Instant) {
        self.credit = self.credit_at(now);
        self.counted_to = self.counted_to.max(now);
    }
}

/// At most 2³² × 10⁹, which an `i64` holds twice over.
fn capacity(burst: NonZeroU32) -> i64 {
    i64::from(burst.get()) * TOKEN
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn nz(n: u32) -> NonZeroU32 {
        NonZeroU32::new(n).unwrap()
    }

    #[test]
    fn a_burst_of_one_second_then_the_rate() {
        let start = Instant::now();
        let mut bucket = TokenBucket::new(nz(10), start);
        assert_eq!((0..20).filter(|_| bucket.try_take(start, 1)).count(), 10);
        let later = start + Duration::from_millis(100);
        assert!(!bucket.try_take(later - Duration::from_nanos(1), 1));
        assert!(bucket.try_take(later, 1));
        assert!(!bucket.try_take(later, 1));
    }

    #[test]
    fn a_rate_that_does_not_divide_a_second_does_not_drift() {
        let start = Instant::now();
        let mut bucket = TokenBucket::with_burst(nz(3), nz(1), start);
        let mut now = start;
        for _ in 0..3_000 {
            assert!(bucket.try_take(now, 1));
            now = bucket.next_at(now, 1);
        }
        // Each wait is rounded up to a whole nanosecond: the thousand seconds are out by at most that.
        let over = now - start - Duration::from_secs(1_000);
        assert!(over < Duration::from_nanos(3_000), "{over:?}");
    }

    #[test]
    fn more_than_the_burst_waits_for_a_full_bucket_and_is_paid_off() {
        let start = Instant::now();
        let mut bucket = TokenBucket::with_burst(nz(1), nz(2), start);
        assert!(bucket.try_take(start, 5));
        assert_eq!(bucket.next_at(start, 1), start + Duration::from_secs(4));
        assert_eq!(bucket.next_at(start, 5), start + Duration::from_secs(5));
    }

    #[test]
    fn a_clock_that_steps_back_earns_nothing() {
        let start = Instant::now() + Duration::from_secs(10);
        let mut bucket = TokenBucket::new(nz(1), start);
        assert!(bucket.try_take(start, 1));
        let back = start - Duration::from_secs(5);
        assert!(!bucket.try_take(back, 1));
        assert_eq!(bucket.next_at(back, 1), start + Duration::from_secs(1));
    }

    #[test]
    fn the_largest_rate_does_not_overflow() {
        let start = Instant::now();
        let mut bucket = TokenBucket::new(NonZeroU32::MAX, start);
        assert!(bucket.try_take(start, u32::MAX));
        let later = start + Duration::from_secs(60 * 60 * 24 * 365);
        assert!(bucket.try_take(later, u32::MAX));
        assert!(!bucket.try_take(later, u32::MAX));
    }

    #[test]
    fn a_change_of_rate_keeps_what_was_saved() {
        let start = Instant::now();
        let mut bucket = TokenBucket::new(nz(10), start);
        assert!(bucket.try_take(start, 8));
        bucket.set_rate(start, nz(100), nz(100));
        assert!(bucket.try_take(start, 2));
        assert!(!bucket.try_take(start, 1));
    }

    proptest! {
        #[test]
        fn it_never_grants_more_than_the_rate(
            rate in 1u32..5_000,
            burst in 1u32..5_000,
            steps in prop::collection::vec((0u64..2_000_000_000, 1u32..6_000), 1..200),
        ) {
            let start = Instant::now();
            let mut bucket = TokenBucket::with_burst(nz(rate), nz(burst), start);
            let mut now = start;
            let mut granted = 0u128;
            for (wait, n) in steps {
                now += Duration::from_nanos(wait);
                if bucket.try_take(now, n) {
                    granted += u128::from(n);
                    let earned = (now - start).as_nanos() * u128::from(rate);
                    let allowed = u128::from(burst.max(n)) * 1_000_000_000 + earned;
                    prop_assert!(granted * 1_000_000_000 <= allowed);
                }
            }
        }

        #[test]
        fn next_at_is_the_first_moment_that_works(
            rate in 1u32..1_000_000,
            burst in 1u32..100_000,
            first in 1u32..100_000,
            n in 1u32..100_000,
            wait in 0u64..10_000_000_000,
        ) {
            let start = Instant::now();
            let mut bucket = TokenBucket::with_burst(nz(rate), nz(burst), start);
            bucket.try_take(start, first);
            let now = start + Duration::from_nanos(wait);
            let at = bucket.next_at(now, n);
            prop_assert!(at >= now);
            if at > now {
                prop_assert!(!bucket.clone().try_take(at - Duration::from_nanos(1), n));
            }
            prop_assert!(bucket.try_take(at, n));
        }
    }
}
