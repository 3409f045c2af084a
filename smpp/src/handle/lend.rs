//! Handles that are lent to requests, and given back when they are through.

use std::{cell::Cell, sync::Arc};

use super::Session;

thread_local! {
    /// What was given back last on this thread. It keeps the memory of one session that may be over; a handle keeps no
    /// connection.
    static BACK: Cell<Option<Session>> = const { Cell::new(None) };
}

impl Session {
    /// Clones the handle; without touching its reference count if one was given back on this thread. A session's messages
    /// come in runs, and two atomic operations a message are a tenth of what a message costs.
    #[inline]
    pub(crate) fn lend(&self) -> Self {
        let back = BACK.try_with(Cell::take).ok().flatten();
        back.filter(|back| Arc::ptr_eq(&back.link, &self.link)).unwrap_or_else(|| self.clone())
    }

    /// Drops the handle, or keeps it for the next one who [`lend`](Self::lend)s it.
    #[inline]
    pub(crate) fn give_back(self) {
        // While the thread ends there is no place to keep it, and it is dropped.
        let _ = BACK.try_with(|back| back.set(Some(self)));
    }
}
