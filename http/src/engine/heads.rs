//! Refuses what requests are smuggled with, before hyper sees it.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::protocol::Framing;

/// A stream whose requests are looked at. Where one must not be, hyper is given something in its place that it answers 400, in
/// the order of the requests, and then the end.
pub(super) struct Heads<T> {
    stream: T,
    pub(super) framing: Framing,
    /// What hyper has still to be given before the end, once something was refused.
    last: Option<&'static [u8]>,
}

/// Behind a CR hyper takes an LF alone, in a head, in the size of a chunk, its extension and a trailer; at a head it looks once
/// there is an empty line.
const LAST: &[u8] = b"\r\0\r\n\r\n";

impl<T> Heads<T> {
    pub(super) fn new(stream: T, is_h2: bool) -> Self {
        let mut framing = Framing::default();
        if is_h2 {
            framing.off();
        }
        Self { stream, framing, last: None }
    }

    /// Looks at what was read already, and gives what hyper may have of it.
    pub(super) fn first(&mut self, octets: Bytes) -> Bytes {
        let Err(at) = self.framing.look(&octets) else { return octets };
        self.refuse();
        let mut first = BytesMut::from(octets.get(..at).unwrap_or_default());
        first.extend_from_slice(self.last.replace(b"").unwrap_or_default());
        first.freeze()
    }

    #[cold]
    fn refuse(&mut self) {
        metrics::counter!("wirepath_http_refused_heads_total").increment(1);
        self.last = Some(LAST);
    }

    /// As much of what is given at last as there is room for; nothing is the end.
    #[cold]
    fn give(&mut self, buffer: &mut ReadBuf<'_>) {
        let octets = self.last.unwrap_or_default();
        let (now, later) = octets.split_at(octets.len().min(buffer.remaining()));
        buffer.put_slice(now);
        self.last = Some(later);
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Heads<T> {
    #[inline]
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.last.is_some() {
            this.give(buffer);
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(cx, buffer))?;
        let read = buffer.filled().get(before..).unwrap_or_default();
        if let Err(at) = this.framing.look(read) {
            buffer.set_filled(before + at);
            this.refuse();
            this.give(buffer);
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Heads<T> {
    #[inline]
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, octets)
    }

    #[inline]
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    #[inline]
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, octets)
    }
}

#[cfg(test)]
mod tests;
