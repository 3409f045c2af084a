//! How fast a connection gets on, and when it is too slow. Pure: the time is an argument.
//!
//! A timer for each request would be two operations on the timer wheel for each. Instead a connection has one, which fires
//! at most once in `header_timeout` or `request_timeout`, whichever is shorter, and looks at counters. Requests touch the
//! counters, and the clock only if a handler is not ready at once.

use std::{
    hint::cold_path,
    sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed},
    time::Duration,
};

/// What the requests of a connection leave behind for its timer.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// Requests that began.
    began: AtomicU32,
    /// Requests in progress: one, or with HTTP/2 several.
    in_progress: AtomicU32,
    /// Reads that had something to read.
    reads: AtomicU32,
    /// `reads` as the last request ended: more than that, without a request, is the beginning of a head.
    reads_before: AtomicU32,
    /// When the request in progress turned out to take time, in milliseconds since the connection began, plus one; 0 if
    /// there is none such. HTTP/1 only: HTTP/2 has a timer for each.
    pending_since: AtomicU64,
    /// The request in progress has to be answered 504.
    expired: AtomicBool,
    /// Bodies of responses that take long, on their way.
    lasting: AtomicU32,
    /// Those of them that gave something, and were asked for nothing since: the client does not keep up.
    unread: AtomicU32,
    /// How often they were asked.
    asked: AtomicU32,
    /// It is no HTTP any more.
    upgraded: AtomicBool,
    /// HTTP/2: requests are in progress at the same time, on several threads maybe.
    is_h2: bool,
}

impl Pace {
    pub(super) fn of(is_h2: bool) -> Self {
        Self { is_h2, ..Self::default() }
    }

    pub(super) fn read(&self) {
        add(&self.reads, 1);
    }

    pub(super) fn begin(&self) {
        self.count(&self.began, 1);
        self.count(&self.in_progress, 1);
    }

    /// Where requests come one by one, they are in one task: nothing has to be locked for them.
    #[inline]
    fn count(&self, counter: &AtomicU32, number: u32) {
        match self.is_h2 {
            true => {
                cold_path();
                counter.fetch_add(number, Relaxed);
            }
            false => add(counter, number),
        }
    }

    pub(super) fn pending(&self, since: Duration) {
        let since = u64::try_from(since.as_millis()).unwrap_or(u64::MAX - 1);
        self.pending_since.store(since + 1, Relaxed);
    }

    pub(super) fn end(&self) {
        self.count(&self.in_progress, 1_u32.wrapping_neg());
        self.reads_before.store(self.reads.load(Relaxed), Relaxed);
        self.pending_since.store(0, Relaxed);
        self.expired.store(false, Relaxed);
    }

    /// The body of a response takes long.
    pub(super) fn lasts(&self) {
        self.lasting.fetch_add(1, Relaxed);
    }

    /// It was asked for more, for the first time since it gave something if `gave`.
    pub(super) fn asked(&self, gave: bool) {
        self.asked.fetch_add(1, Relaxed);
        if gave {
            self.unread.fetch_sub(1, Relaxed);
        }
    }

    /// It gave something.
    pub(super) fn gave(&self) {
        self.unread.fetch_add(1, Relaxed);
    }

    /// It is on its way no more.
    pub(super) fn sent(&self) {
        self.lasting.fetch_sub(1, Relaxed);
        self.reads_before.store(self.reads.load(Relaxed), Relaxed);
    }

    pub(super) fn upgrade(&self) {
        self.upgraded.store(true, Relaxed);
    }

    #[inline]
    pub(super) fn is_upgraded(&self) -> bool {
        self.upgraded.load(Relaxed)
    }

    pub(super) fn is_expired(&self) -> bool {
        self.expired.load(Relaxed)
    }
}

/// Adds to a counter that one task alone changes.
#[inline]
fn add(counter: &AtomicU32, number: u32) {
    counter.store(counter.load(Relaxed).wrapping_add(number), Relaxed);
}

/// The limits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) header: Duration,
    pub(super) request: Duration,
    pub(super) idle: Duration,
}

/// What the timer saw the last time. All times are since the connection began.
#[derive(Debug, Default)]
pub(super) struct Watch {
    began: u32,
    /// When there last was a request, or a long response that got on.
    active: Duration,
    asked: u32,
    /// What HTTP/2 reads between requests need not be a head: acknowledgements, windows, pings.
    is_h2: bool,
    /// When it was asked to end, if no request has come since.
    ending: Option<Duration>,
}

/// What to do now that the timer fired.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Look again then.
    Again(Duration),
    /// Answer 504, and look again then.
    Expire(Duration),
    /// A head that does not come to its end, or none at all: no answer would be read. Or the client does not let it end.
    Close,
    /// Nothing has been asked for long: close when it is polite.
    Idle(Duration),
}

impl Limits {
    /// How often the timer fires while something goes on.
    pub(super) fn period(&self) -> Duration {
        self.header.min(self.request)
    }
}

impl Watch {
    pub(super) fn of(is_h2: bool) -> Self {
        Self { is_h2, ..Self::default() }
    }

    /// Looks at what happened since.
    pub(super) fn look(&mut self, pace: &Pace, limits: &Limits, now: Duration) -> Verdict {
        let again = now + limits.period();
        let began = pace.began.load(Relaxed);
        let is_new = began != self.began;
        self.began = began;
        if is_new {
            self.ending = None;
        }
        if pace.in_progress.load(Relaxed) > 0 {
            self.active = now;
            return match pace.pending_since.load(Relaxed).checked_sub(1) {
                Some(since) => {
                    let due = Duration::from_millis(since) + limits.request;
                    if now < due {
                        return Verdict::Again(again.min(due));
                    }
                    pace.expired.store(true, Relaxed);
                    Verdict::Expire(again)
                }
                None => Verdict::Again(again),
            };
        }
        if pace.lasting.load(Relaxed) > 0 {
            let asked = pace.asked.load(Relaxed);
            let is_stuck = pace.unread.load(Relaxed) > 0 && asked == self.asked;
            self.asked = asked;
            if !is_stuck || is_new {
                self.active = now;
            }
            return match now.saturating_sub(self.active) >= limits.idle {
                true => Verdict::Close,
                false => Verdict::Again(again),
            };
        }
        if is_new {
            self.active = now;
            return Verdict::Again(again);
        }
        let reads = pace.reads.load(Relaxed);
        let is_head = !self.is_h2 && reads != pace.reads_before.load(Relaxed);
        if began == 0 || is_head {
            // Since the last look, a period ago, no request began. A head may have `header`, which may be longer.
            if now.saturating_sub(self.active) >= limits.header {
                return Verdict::Close;
            }
            return Verdict::Again(again);
        }
        if now.saturating_sub(self.active) < limits.idle {
            return Verdict::Again(again);
        }
        // It was asked politely before: answers that nobody reads hold it, or a client that does not say goodbye.
        match now.saturating_sub(*self.ending.get_or_insert(now)) >= limits.header {
            true => Verdict::Close,
            false => Verdict::Idle(again),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        header: Duration::from_secs(10),
        request: Duration::from_secs(30),
        idle: Duration::from_secs(25),
    };

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn nothing_at_all_is_closed() {
        let (pace, mut watch) = (Pace::default(), Watch::default());
        assert_eq!(watch.look(&pace, &LIMITS, at(10)), Verdict::Close);
    }

    #[test]
    fn a_head_that_trickles_is_closed() {
        let (pace, mut watch) = (Pace::default(), Watch::default());
        pace.read();
        pace.begin();
        pace.end();
        assert_eq!(watch.look(&pace, &LIMITS, at(10)), Verdict::Again(at(20)));
        pace.read();
        assert_eq!(watch.look(&pace, &LIMITS, at(20)), Verdict::Close);
    }

    #[test]
    fn a_request_that_takes_too_long_expires_when_it_is_due() {
        let (pace, mut watch) = (Pace::default(), Watch::default());
        pace.begin();
        pace.pending(at(4));
        assert_eq!(watch.look(&pace, &LIMITS, at(10)), Verdict::Again(at(20)));
        assert_eq!(watch.look(&pace, &LIMITS, at(20)), Verdict::Again(at(30)));
        assert_eq!(watch.look(&pace, &LIMITS, at(30)), Verdict::Again(at(34)));
        assert!(!pace.is_expired());
        assert_eq!(watch.look(&pace, &LIMITS, at(34)), Verdict::Expire(at(44)));
        assert!(pace.is_expired());
        pace.end();
        assert!(!pace.is_expired());
    }

    #[test]
    fn an_idle_connection_is_closed_later() {
        let (pace, mut watch) = (Pace::default(), Watch::default());
        pace.begin();
        pace.end();
        assert_eq!(watch.look(&pace, &LIMITS, at(10)), Verdict::Again(at(20)));
        assert_eq!(watch.look(&pace, &LIMITS, at(20)), Verdict::Again(at(30)));
        assert_eq!(watch.look(&pace, &LIMITS, at(30)), Verdict::Again(at(40)));
        assert_eq!(watch.look(&pace, &LIMITS, at(40)), Verdict::Idle(at(50)));
    }

    #[test]
    fn a_client_that_does_not_let_an_idle_connection_end_is_closed() {
        let (pace, mut watch) = (Pace::default(), Watch::of(true));
        pace.begin();
        pace.end();
        assert_eq!(watch.look(&pace, &LIMITS, at(10)), Verdict::Again(at(20)));
        assert_eq!(watch.look(&pace, &LIMITS, at(40)), Verdict::Idle(at(50)));
        pace.read();
        assert_eq!(watch.look(&pace, &LIMITS, at(50)), Verdict::Close);
        // A request that came while it was asked to end counts.
        let mut watch = Watch::of(true);
        assert_eq!(watch.look(&pace, &LIMITS, at(10)), Verdict::Again(at(20)));
        assert_eq!(watch.look(&pace, &LIMITS, at(40)), Verdict::Idle(at(50)));
        pace.begin();
        pace.end();
        assert_eq!(watch.look(&pace, &LIMITS, at(50)), Verdict::Again(at(60)));
        assert_eq!(watch.look(&pace, &LIMITS, at(80)), Verdict::Idle(at(90)));
        // So does one that was in progress at the next look.
        pace.begin();
        assert_eq!(watch.look(&pace, &LIMITS, at(90)), Verdict::Again(at(100)));
        pace.end();
        assert_eq!(watch.look(&pace, &LIMITS, at(100)), Verdict::Again(at(110)));
        assert_eq!(watch.look(&pace, &LIMITS, at(120)), Verdict::Idle(at(130)));
        assert_eq!(watch.look(&pace, &LIMITS, at(130)), Verdict::Close);
    }

    #[test]
    fn what_http2_reads_between_requests_is_no_head() {
        let (pace, mut watch) = (Pace::default(), Watch::of(true));
        pace.read();
        assert_eq!(watch.look(&pace, &LIMITS, at(10)), Verdict::Close);
        pace.begin();
        pace.end();
        assert_eq!(watch.look(&pace, &LIMITS, at(10)), Verdict::Again(at(20)));
        pace.read();
        assert_eq!(watch.look(&pace, &LIMITS, at(30)), Verdict::Again(at(40)));
        assert_eq!(watch.look(&pace, &LIMITS, at(40)), Verdict::Idle(at(50)));
    }

    #[test]
    fn a_response_may_take_its_time_while_it_is_read() {
        let (pace, mut watch) = (Pace::default(), Watch::default());
        pace.begin();
        pace.lasts();
        pace.end();
        // HTTP/2 reads while it sends: that is no head.
        for second in 1..10 {
            pace.read();
            pace.gave();
            pace.asked(true);
            assert_eq!(
                watch.look(&pace, &LIMITS, at(second * 10)),
                Verdict::Again(at(second * 10 + 10))
            );
        }
        // Nor is one that waits for its source.
        for second in 10..20 {
            assert_eq!(
                watch.look(&pace, &LIMITS, at(second * 10)),
                Verdict::Again(at(second * 10 + 10))
            );
        }
        pace.sent();
        assert_eq!(watch.look(&pace, &LIMITS, at(200)), Verdict::Again(at(210)));
        assert_eq!(watch.look(&pace, &LIMITS, at(220)), Verdict::Idle(at(230)));
    }

    #[test]
    fn a_response_that_nobody_reads_is_closed_after_the_idle_time() {
        let (pace, mut watch) = (Pace::default(), Watch::default());
        pace.begin();
        pace.lasts();
        pace.end();
        pace.gave();
        assert_eq!(watch.look(&pace, &LIMITS, at(10)), Verdict::Again(at(20)));
        assert_eq!(watch.look(&pace, &LIMITS, at(20)), Verdict::Again(at(30)));
        assert_eq!(watch.look(&pace, &LIMITS, at(30)), Verdict::Again(at(40)));
        assert_eq!(watch.look(&pace, &LIMITS, at(40)), Verdict::Close);
    }

    #[test]
    fn a_short_time_for_requests_does_not_shorten_that_for_heads() {
        let limits = Limits { request: Duration::from_secs(1), ..LIMITS };
        let (pace, mut watch) = (Pace::default(), Watch::default());
        pace.read();
        for second in 1..10 {
            assert_eq!(watch.look(&pace, &limits, at(second)), Verdict::Again(at(second + 1)));
        }
        assert_eq!(watch.look(&pace, &limits, at(10)), Verdict::Close);
    }
}
