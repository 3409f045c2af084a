//! How fast to send to an SMSC that says when it is too much.
//!
//! `ESME_RTHROTTLED` and `ESME_RMSGQFUL` mean slow down, not fail (SMPP 3.4 §5.1.3): whoever goes on as before is answered
//! with more of them, and by some SMSCs with a closed session.
//!
//! ```text
//!             refused: ¾ of what was accepted in the last second, at most once a second
//!             ┌─────────────────────────────────────────────────────────────────────────┐
//!   as configured ──▶ slowed ──▶ a tenth faster each second without a refusal ──▶ as configured
//! ```

use std::{
    num::NonZeroU32,
    time::{Duration, Instant},
};

use wirepath_runtime::rate::TokenBucket;

/// The time over which refusals count as one, and after which a slowed pace gets faster: a whole window is refused at once.
const STEP: Duration = Duration::from_secs(1);

/// The pace of one bind: its configured rate, and what the SMSC has made of it.
///
/// Takes the time as an argument. One small value a bind; it allocates nothing.
///
/// # Examples
///
/// ```
/// use std::time::{Duration, Instant};
/// use wirepath_smpp::protocol::pace::Pace;
///
/// let start = Instant::now();
/// let mut pace = Pace::new(0, start); // no rate configured
/// for _ in 0..100 {
///     assert!(pace.try_take(start));
///     pace.accepted(start);
/// }
/// pace.refused(start + Duration::from_millis(500));
/// assert_eq!(pace.slowed_to().map(|rate| rate.get()), Some(75));
/// ```
#[derive(Clone, Debug)]
pub struct Pace {
    configured: Option<NonZeroU32>,
    bucket: Option<TokenBucket>,
    slowed: Option<Slowed>,
    /// Messages that the SMSC accepted in this second and in the one before it.
    accepted: [u32; 2],
    second: Instant,
}

/// A pace that the SMSC has asked for.
#[derive(Clone, Copy, Debug)]
struct Slowed {
    rate: NonZeroU32,
    /// What was too much.
    too_much: NonZeroU32,
    /// The refusal that counted last.
    refused_at: Instant,
    /// That refusal, or the last step up.
    since: Instant,
}

impl Pace {
    /// A pace of `max_msg_per_sec` messages a second with a burst of one second; 0 is unlimited.
    #[must_use]
    pub fn new(max_msg_per_sec: u32, now: Instant) -> Self {
        Self {
            configured: NonZeroU32::new(max_msg_per_sec),
            bucket: TokenBucket::per_second(max_msg_per_sec, now),
            slowed: None,
            accepted: [0; 2],
            second: now,
        }
    }

    /// Changes the configured rate; a pace that is slowed below it stays slowed.
    pub fn configure(&mut self, max_msg_per_sec: u32, now: Instant) {
        self.configured = NonZeroU32::new(max_msg_per_sec);
        match self.slowed {
            Some(slowed) if self.configured.is_none_or(|max| slowed.rate < max) => {}
            _ => self.restore(now),
        }
    }

    /// Takes the right to send a message now, and says whether it was there.
    pub fn try_take(&mut self, now: Instant) -> bool {
        self.speed_up(now);
        match &mut self.bucket {
            Some(bucket) => bucket.try_take(now, 1),
            None => true,
        }
    }

    /// The earliest time, not before `now`, at which [`try_take`](Self::try_take) will succeed if nothing is taken in between.
    #[must_use]
    pub fn next_at(&self, now: Instant) -> Instant {
        self.bucket.as_ref().map_or(now, |bucket| bucket.next_at(now, 1))
    }

    /// The SMSC accepted a message.
    pub fn accepted(&mut self, now: Instant) {
        self.turn_second(now);
        let [this, _] = &mut self.accepted;
        *this = this.saturating_add(1);
    }

    /// The SMSC refused a message with `ESME_RTHROTTLED` or `ESME_RMSGQFUL`. Of the refusals within a second the first counts.
    pub fn refused(&mut self, now: Instant) {
        if self.slowed.is_some_and(|slowed| now.saturating_duration_since(slowed.refused_at) < STEP)
        {
            return;
        }
        self.turn_second(now);
        let [this, before] = self.accepted;
        let limit = self.slowed.map(|slowed| slowed.rate).or(self.configured);
        let was = NonZeroU32::new(this.max(before)).unwrap_or(NonZeroU32::MIN);
        // Less than it was, whatever it was; never nothing at all, or it would never be known when the SMSC has time again.
        let was = limit.map_or(was, |limit| was.min(limit));
        let rate = NonZeroU32::new(was.get() - was.get().div_ceil(4)).unwrap_or(NonZeroU32::MIN);
        self.slowed = Some(Slowed { rate, too_much: was, refused_at: now, since: now });
        self.set_rate(rate, now);
    }

    /// The rate that the SMSC has slowed this pace to, in messages a second.
    #[must_use]
    pub fn slowed_to(&self) -> Option<NonZeroU32> {
        self.slowed.map(|slowed| slowed.rate)
    }

    /// A tenth more, and at least one, for each second without a refusal.
    fn speed_up(&mut self, now: Instant) {
        while let Some(slowed) = self.slowed {
            let since = slowed.since + STEP;
            if since > now {
                return;
            }
            let more = (slowed.rate.get() / 10).max(1);
            let rate = slowed.rate.saturating_add(more);
            // With no rate configured, twice what was too much is as good as none.
            let limit = self.configured.unwrap_or(slowed.too_much.saturating_mul(TWICE));
            if rate >= limit {
                self.restore(now);
                return;
            }
            self.slowed = Some(Slowed { rate, since, ..slowed });
            self.set_rate(rate, now);
        }
    }

    fn restore(&mut self, now: Instant) {
        self.slowed = None;
        match self.configured {
            Some(rate) => self.set_rate(rate, now),
            None => self.bucket = None,
        }
    }

    fn set_rate(&mut self, rate: NonZeroU32, now: Instant) {
        // A slowed pace does not save up a second's worth: the burst would be the next thing that is too much.
        let burst = match self.slowed {
            Some(_) => NonZeroU32::new(rate.get() / 10).unwrap_or(NonZeroU32::MIN),
            None => rate,
        };
        match &mut self.bucket {
            Some(bucket) => bucket.set_rate(now, rate, burst),
            None => self.bucket = Some(TokenBucket::with_burst(rate, burst, now)),
        }
    }

    fn turn_second(&mut self, now: Instant) {
        let [this, _] = self.accepted;
        let elapsed = now.saturating_duration_since(self.second);
        if elapsed >= 2 * STEP {
            self.accepted = [0; 2];
            self.second = now;
        } else if elapsed >= STEP {
            self.accepted = [0, this];
            self.second += STEP;
        }
    }
}

const TWICE: NonZeroU32 = NonZeroU32::MIN.saturating_add(1);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Sends as fast as it may for so many milliseconds to an SMSC that takes `capacity` a second and refuses the rest; says how
    /// many were taken and how many refused.
    fn run(pace: &mut Pace, start: Instant, millis: u64, capacity: u32) -> (u32, u32) {
        let mut smsc = TokenBucket::with_burst(
            NonZeroU32::new(capacity).unwrap(),
            NonZeroU32::new(capacity.div_ceil(10)).unwrap(),
            start,
        );
        let (mut taken, mut refused) = (0, 0);
        for millis in 0..millis {
            let now = start + Duration::from_millis(millis);
            // A window of 64.
            for _ in 0..64 {
                if !pace.try_take(now) {
                    break;
                }
                if smsc.try_take(now, 1) {
                    taken += 1;
                    pace.accepted(now);
                } else {
                    refused += 1;
                    pace.refused(now);
                }
            }
        }
        (taken, refused)
    }

    #[test]
    fn an_smsc_of_less_is_used_well_and_refuses_little() {
        let start = Instant::now();
        let mut pace = Pace::new(0, start);
        // The first seconds find out what it takes.
        run(&mut pace, start, 60_000, 200);
        let (taken, refused) = run(&mut pace, start + Duration::from_secs(60), 120_000, 200);
        assert!(taken > 120 * 200 * 7 / 10, "{taken} taken");
        assert!(refused < taken / 20, "{refused} refused of {taken}");
    }

    #[test]
    fn the_configured_rate_comes_back() {
        let start = Instant::now();
        let mut pace = Pace::new(100, start);
        for _ in 0..100 {
            assert!(pace.try_take(start));
            pace.accepted(start);
        }
        pace.refused(start);
        assert_eq!(pace.slowed_to().unwrap().get(), 75);
        let later = start + Duration::from_secs(4);
        assert!(pace.try_take(later));
        assert_eq!(pace.slowed_to(), None, "75, 82, 90, 99, 100");
        assert_eq!(pace.next_at(later), later);
    }

    #[test]
    fn refusals_of_one_second_are_one() {
        let start = Instant::now();
        let mut pace = Pace::new(0, start);
        for _ in 0..64 {
            assert!(pace.try_take(start));
            pace.accepted(start);
        }
        for millis in 0..999 {
            pace.refused(start + Duration::from_millis(millis));
        }
        assert_eq!(pace.slowed_to().unwrap().get(), 48);
        pace.refused(start + STEP);
        assert_eq!(pace.slowed_to().unwrap().get(), 36);
    }

    #[test]
    fn a_pace_never_comes_to_a_halt() {
        let start = Instant::now();
        let mut pace = Pace::new(0, start);
        for second in 0..100 {
            pace.refused(start + second * STEP);
        }
        assert_eq!(pace.slowed_to().unwrap().get(), 1);
        assert!(pace.try_take(start + 101 * STEP));
    }

    #[test]
    fn a_rate_that_is_configured_anew_holds_at_once() {
        let start = Instant::now();
        let mut pace = Pace::new(0, start);
        pace.configure(10, start);
        assert_eq!((0..20).filter(|_| pace.try_take(start)).count(), 10);
        let mut pace = Pace::new(1_000, start);
        for _ in 0..1_000 {
            assert!(pace.try_take(start));
            pace.accepted(start);
        }
        pace.refused(start);
        pace.configure(10, start);
        assert_eq!(pace.slowed_to(), None, "10 is less than the SMSC takes");
        assert!(!pace.try_take(start));
    }

    proptest! {
        #[test]
        fn it_is_never_faster_than_configured(
            max in 1_u32..1_000,
            steps in prop::collection::vec((0_u64..400, any::<bool>()), 1..400),
        ) {
            let start = Instant::now();
            let mut pace = Pace::new(max, start);
            let (mut now, mut taken) = (start, 0_u128);
            for (millis, is_refused) in steps {
                now += Duration::from_millis(millis);
                while pace.try_take(now) {
                    taken += 1;
                    pace.accepted(now);
                }
                if is_refused {
                    pace.refused(now);
                }
                let earned = (now - start).as_nanos() * u128::from(max);
                prop_assert!(taken * 1_000_000_000 <= earned + u128::from(max) * 1_000_000_000);
            }
        }
    }
}
