//! The field `Date` (RFC 9110 §6.6.1).

use std::{
    cell::Cell,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use httpdate::fmt_http_date;

/// `Sun, 06 Nov 1994 08:49:37 GMT`.
const LENGTH: usize = 29;

thread_local! {
    static LAST: Cell<(u64, [u8; LENGTH])> = const { Cell::new((0, [0; LENGTH])) };
}

/// Now, written once a second.
pub(super) fn now() -> [u8; LENGTH] {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
    let (second, text) = LAST.get();
    if second == since { text } else { written(since) }
}

#[cold]
fn written(since: u64) -> [u8; LENGTH] {
    let text = fmt_http_date(UNIX_EPOCH + Duration::from_secs(since));
    let text = <[u8; LENGTH]>::try_from(text.as_bytes()).unwrap_or([b' '; LENGTH]);
    LAST.set((since, text));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_as_http_has_it() {
        assert_eq!(&written(784_111_777), b"Sun, 06 Nov 1994 08:49:37 GMT");
        let text = now();
        assert!(httpdate::parse_http_date(std::str::from_utf8(&text).unwrap()).is_ok());
    }
}
