//! When a request is sent again. Pure: the time and random numbers are arguments.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode, header::RETRY_AFTER};
use wirepath_runtime::backoff::Backoff;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempt {
    /// Nothing was sent.
    NotSent,
    /// Something may have been.
    Broken,
    /// An answer, and how long it asks to wait.
    Answered(StatusCode, Option<Duration>),
}

/// What is left to be tried.
#[derive(Clone, Debug)]
pub(super) struct Retries {
    left: u32,
    /// Done twice it is as if it was done once.
    is_idempotent: bool,
    backoff: Backoff,
}

impl Retries {
    pub(super) fn new(left: u32, is_idempotent: bool) -> Self {
        Self { left, is_idempotent, backoff: Backoff::new(FIRST, LONGEST) }
    }

    /// How long to wait before it is sent again, if it is and `remaining` is enough for that.
    pub(super) fn wait(
        &mut self,
        attempt: Attempt,
        remaining: Duration,
        random: u64,
    ) -> Option<Duration> {
        let (is_safe, asked) = match attempt {
            Attempt::NotSent => (true, None),
            Attempt::Broken => (self.is_idempotent, None),
            Attempt::Answered(
                StatusCode::BAD_GATEWAY
                | StatusCode::SERVICE_UNAVAILABLE
                | StatusCode::GATEWAY_TIMEOUT,
                asked,
            ) => (self.is_idempotent, asked),
            Attempt::Answered(..) => (false, None),
        };
        if !is_safe {
            return None;
        }
        self.left = self.left.checked_sub(1)?;
        let wait = self.backoff.next_delay(random).max(asked.unwrap_or_default());
        (wait < remaining).then_some(wait)
    }
}

/// How long `Retry-After` asks to wait (RFC 9110 §10.2.3): seconds, or until a date.
pub(super) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    // One that is past asks for nothing.
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(3_600);
    const ANY: u64 = 0;

    fn answered(status: u16) -> Attempt {
        Attempt::Answered(StatusCode::from_u16(status).unwrap(), None)
    }

    #[test]
    fn only_what_is_safe_is_repeated() {
        for (attempt, idempotent, other) in [
            (Attempt::NotSent, true, true),
            (Attempt::Broken, true, false),
            (answered(502), true, false),
            (answered(503), true, false),
            (answered(504), true, false),
            (answered(500), false, false),
            (answered(429), false, false),
            (answered(200), false, false),
        ] {
            for (is_idempotent, expected) in [(true, idempotent), (false, other)] {
                let wait = Retries::new(1, is_idempotent).wait(attempt, LONG, ANY);
                assert_eq!(wait.is_some(), expected, "{attempt:?} {is_idempotent}");
            }
        }
    }

    #[test]
    fn waits_double_and_come_to_an_end() {
        let mut retries = Retries::new(9, true);
        let mut next = || retries.wait(Attempt::Broken, LONG, ANY).map(|wait| wait.as_millis());
        let waits: Vec<_> = std::iter::from_fn(&mut next).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
        assert_eq!(Retries::new(0, true).wait(Attempt::NotSent, LONG, ANY), None);
    }

    #[test]
    fn what_the_server_asks_is_kept_to_or_it_is_left() {
        let asks = |seconds| {
            Attempt::Answered(StatusCode::SERVICE_UNAVAILABLE, Some(Duration::from_secs(seconds)))
        };
        let wait = |seconds, remaining| {
            Retries::new(1, true).wait(asks(seconds), Duration::from_secs(remaining), ANY)
        };
        assert_eq!(wait(3, 5), Some(Duration::from_secs(3)));
        assert_eq!(wait(0, 5), Some(FIRST));
        assert_eq!(wait(5, 5), None);
        assert_eq!(wait(u64::MAX, 5), None);
    }

    #[test]
    fn both_forms_of_retry_after() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        for (text, expected) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Sun, 06 Nov 1994 08:49:47 GMT", Some(10)),
            ("Sun, 06 Nov 1994 08:49:27 GMT", Some(0)),
            ("-1", None),
            ("soon", None),
            ("99999999999999999999999", None),
            ("", None),
        ] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            assert_eq!(retry_after(&headers, now), expected.map(Duration::from_secs), "{text}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
