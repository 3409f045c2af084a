//! Room that the requests of a thread use again.

use std::cell::Cell;

use http::HeaderMap;

/// Room for so many is kept, and no more.
const KEPT: usize = 32;

/// Octets of a text that goes out of such room, at most.
pub(crate) const TEXT: usize = 8 << 10;

thread_local! {
    static FIELDS: Cell<HeaderMap> = Cell::new(HeaderMap::new());
    static WRITTEN: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// An empty map, with room if there is one to be had.
#[inline]
pub(crate) fn fields() -> HeaderMap {
    FIELDS.take()
}

/// Gives a map for the next one who needs it.
#[inline]
pub(crate) fn give(mut fields: HeaderMap) {
    if (1..=KEPT).contains(&fields.capacity()) {
        fields.clear();
        FIELDS.set(fields);
    }
}

/// Room to write an answer in: a vector that grows from nothing is moved several times.
#[inline]
pub(crate) fn text() -> Vec<u8> {
    WRITTEN.take()
}

/// Gives it back.
#[inline]
pub(crate) fn give_text(mut text: Vec<u8>) {
    if text.capacity() <= 2 * TEXT {
        text.clear();
        WRITTEN.set(text);
    }
}
