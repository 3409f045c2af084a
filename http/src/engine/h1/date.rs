//! The field `Date` (RFC 9110 §6.6.1).

use std::{
    cell::Cell,
    time::{Duration, UNIX_EPOCH},
};

use httpdate::fmt_http_date;

/// `date: Sun, 06 Nov 1994 08:49:37 GMT` and the end of the line.
const LENGTH: usize = 37;

const EPOCH: [u8; LENGTH] = *b"date: Thu, 01 Jan 1970 00:00:00 GMT\r\n";

thread_local! {
    static LAST: Cell<(u64, [u8; LENGTH])> = const { Cell::new((0, EPOCH)) };
}

/// The line for now, written once a second.
pub(super) fn line() -> [u8; LENGTH] {
    let since = seconds();
    let (second, text) = LAST.get();
    if second == since { text } else { written(since) }
}

/// Since 1970, by the clock that the system sets with each tick, some milliseconds at most behind the one that it computes when
/// it is asked: that takes 35 ns, and is asked with each response.
#[cfg(target_os = "linux")]
fn seconds() -> u64 {
    let now = nix::time::ClockId::CLOCK_REALTIME_COARSE.now();
    now.ok().and_then(|now| u64::try_from(now.tv_sec()).ok()).unwrap_or_default()
}

#[cfg(not(target_os = "linux"))]
fn seconds() -> u64 {
    UNIX_EPOCH.elapsed().unwrap_or_default().as_secs()
}

#[cold]
fn written(since: u64) -> [u8; LENGTH] {
    let text = fmt_http_date(UNIX_EPOCH + Duration::from_secs(since));
    let text = format!("date: {text}\r\n");
    // Such a date has that length until the year 10000.
    let text = text.as_bytes().try_into().unwrap_or(EPOCH);
    LAST.set((since, text));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_as_http_has_it() {
        assert_eq!(&written(784_111_777), b"date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
        let line = line();
        let date = std::str::from_utf8(&line).unwrap().strip_prefix("date: ").unwrap();
        assert!(httpdate::parse_http_date(date.trim_end()).is_ok());
    }
}
