//! Room that the connections of a thread share, for as long as one of them is polled.

use std::{
    cell::Cell,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, ReadBuf};

/// Octets of one read.
const READ: usize = 64 << 10;

/// Octets of room that is kept for the next one to write.
const KEPT: usize = 64 << 10;

thread_local! {
    static TO_READ: Cell<Box<[u8]>> = Cell::default();
    static TO_WRITE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Reads what there is behind what is there already; how many octets.
pub(super) fn poll_read<T: AsyncRead + Unpin>(
    stream: &mut T,
    into: &mut Bytes,
    cx: &mut Context<'_>,
) -> Poll<io::Result<usize>> {
    let mut room = TO_READ.take();
    if room.is_empty() {
        room = vec![0; READ].into_boxed_slice();
    }
    let mut octets = ReadBuf::new(&mut room);
    let polled = Pin::new(stream).poll_read(cx, &mut octets);
    let octets = octets.filled();
    let count = octets.len();
    if into.is_empty() {
        *into = Bytes::copy_from_slice(octets);
    } else if count > 0 {
        let mut whole = BytesMut::from(std::mem::take(into));
        whole.extend_from_slice(octets);
        *into = whole.freeze();
    }
    TO_READ.set(room);
    ready!(polled)?;
    Poll::Ready(Ok(count))
}

/// Room for a response.
pub(super) fn to_write() -> Vec<u8> {
    TO_WRITE.take()
}

/// Gives it back.
pub(super) fn written(mut room: Vec<u8>) {
    room.clear();
    if (1..=KEPT).contains(&room.capacity()) {
        TO_WRITE.set(room);
    }
}
