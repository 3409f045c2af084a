//! Room that the connections of a thread share, for as long as one of them is polled.

use std::{
    cell::Cell,
    io,
    ops::Deref,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, ReadBuf};

use crate::protocol::h1::{Answer, Front, Sent};

/// Octets of one read.
const READ: usize = 64 << 10;

/// Octets of room that is kept for the next one to write.
const KEPT: usize = 64 << 10;

thread_local! {
    static TO_READ: Cell<Box<[u8]>> = Cell::default();
    static TO_WRITE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    static FRONT: Cell<Option<Box<Front>>> = const { Cell::new(None) };
}

/// What one read gave, in that room: for as long as nothing else is read on the thread.
pub(super) struct Fresh {
    room: Box<[u8]>,
    count: usize,
}

/// Reads what there is.
#[inline(always)]
pub(super) fn poll_read<T: AsyncRead + Unpin>(
    stream: &mut T,
    cx: &mut Context<'_>,
) -> Poll<io::Result<Fresh>> {
    let mut fresh = Fresh { room: TO_READ.take(), count: 0 };
    if fresh.room.is_empty() {
        fresh.room = new_room();
    }
    let mut octets = ReadBuf::new(&mut fresh.room);
    ready!(Pin::new(stream).poll_read(cx, &mut octets))?;
    fresh.count = octets.filled().len();
    Poll::Ready(Ok(fresh))
}

#[cold]
#[inline(never)]
fn new_room() -> Box<[u8]> {
    vec![0; READ].into_boxed_slice()
}

impl Deref for Fresh {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.room.get(..self.count).unwrap_or_default()
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        // A thread that ends has no room any more.
        let _ = TO_READ.try_with(|room| room.set(std::mem::take(&mut self.room)));
    }
}

/// Room for a response.
pub(super) fn to_write() -> Vec<u8> {
    TO_WRITE.take()
}

/// Writes the head of a response; what has to follow, and whether the connection may be kept then.
#[inline(always)]
pub(super) fn write(answer: &Answer<'_>, out: &mut Vec<u8>) -> (Sent, bool) {
    let mut front = FRONT.take().unwrap_or_default();
    let written = answer.write(out, &mut front);
    FRONT.set(Some(front));
    written
}

/// Gives it back.
pub(super) fn written(mut room: Vec<u8>) {
    room.clear();
    if (1..=KEPT).contains(&room.capacity()) {
        TO_WRITE.set(room);
    }
}
