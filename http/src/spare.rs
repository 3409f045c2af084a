//! Maps of headers, used again.

use std::cell::Cell;

use http::HeaderMap;

/// Room for so many is kept, and no more.
const KEPT: usize = 32;

thread_local! {
    static FIELDS: Cell<HeaderMap> = Cell::new(HeaderMap::new());
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
