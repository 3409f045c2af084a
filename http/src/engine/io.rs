//! A connection's octets, on their way into hyper.

use std::{
    future::{Future, poll_fn},
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Buf, Bytes, BytesMut};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use smallvec::SmallVec;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};

use super::{connection::Session, heads::Heads};

/// A stream of which something was read already.
pub(super) struct Io<T> {
    /// What was read.
    before: Bytes,
    stream: TokioIo<Heads<T>>,
    session: Arc<Session>,
    /// When what it was upgraded to is over.
    over: Option<Over>,
}

/// See [`Io::is_over`].
type Over = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What a connection that was upgraded has to say goodbye once the server drains.
const GOODBYE: Duration = Duration::from_secs(1);

/// Octets of an answer that are copied together.
const SMALL: usize = 1_024;

/// How every HTTP/2 connection starts (RFC 9113 §3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Reads as much as it takes to tell HTTP/2 by prior knowledge from HTTP/1, and gives that back.
pub(super) async fn sniff<T: AsyncRead + Unpin>(stream: &mut T) -> io::Result<(bool, Bytes)> {
    let mut start = BytesMut::with_capacity(PREFACE.len());
    loop {
        // It has room for no more than the preface, so nothing behind it is held back.
        let read = stream.take((PREFACE.len() - start.len()) as u64).read_buf(&mut start).await?;
        let is_like = PREFACE.starts_with(&start);
        if read == 0 || !is_like || start.len() == PREFACE.len() {
            return Ok((is_like && start.len() == PREFACE.len(), start.freeze()));
        }
    }
}

impl<T> Io<T> {
    pub(super) fn new(stream: T, before: Bytes, session: Arc<Session>) -> Self {
        let mut heads = Heads::new(stream, session.is_h2);
        let mut before = BytesMut::from(before);
        heads.lines.look(&mut before);
        Self { before: before.freeze(), stream: TokioIo::new(heads), session, over: None }
    }

    /// Whether what it was upgraded to has had its time: nobody else looks after that.
    #[cold]
    fn is_over(&mut self, cx: &mut Context<'_>) -> bool {
        let over = self.over.get_or_insert_with(|| {
            let signal = Arc::clone(&self.session.signal);
            Box::pin(async move {
                signal.requested().await;
                tokio::select! {
                    () = tokio::time::sleep(GOODBYE) => {}
                    () = signal.forced() => {}
                }
            })
        });
        let is_over = over.as_mut().poll(cx).is_ready();
        if is_over {
            *over = Box::pin(poll_fn(|_| Poll::Ready(())));
        }
        is_over
    }
}

impl<T: AsyncRead + Unpin> Read for Io<T> {
    #[inline]
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.session.pace.is_upgraded() && this.is_over(cx) {
            return Poll::Ready(Ok(()));
        }
        let lines = &mut this.stream.inner_mut().lines;
        if lines.is_upgrade() && this.session.pace.is_answered() {
            lines.answer(this.session.pace.is_upgraded());
        }
        if !this.before.is_empty() {
            let count = this.before.len().min(buffer.remaining());
            buffer.put_slice(&this.before[..count]);
            this.before.advance(count);
            this.session.pace.read();
            // What is behind it goes into the same room: with so little in its buffer hyper would make it twice as large, for as
            // long as the connection lasts.
            return match Pin::new(&mut this.stream).poll_read(cx, buffer) {
                Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
                Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(())),
            };
        }
        let polled = Pin::new(&mut this.stream).poll_read(cx, buffer);
        if polled.is_ready() {
            this.session.pace.read();
        }
        polled
    }
}

impl<T: AsyncWrite + Unpin> Write for Io<T> {
    #[inline]
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.session.pace.is_upgraded() && self.is_over(cx) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
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
        if self.session.pace.is_upgraded() && self.is_over(cx) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        // The head and the body of a small answer: a copy and one plain write cost the system less than a list of parts.
        let total: usize = octets.iter().map(|part| part.len()).sum();
        if total <= SMALL && octets.len() > 1 {
            let mut whole: SmallVec<[u8; SMALL]> = SmallVec::new();
            for part in octets {
                whole.extend_from_slice(part);
            }
            return Pin::new(&mut self.stream).poll_write(cx, &whole);
        }
        Pin::new(&mut self.stream).poll_write_vectored(cx, octets)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::*;

    async fn sniffed(pieces: &[&[u8]]) -> (bool, Vec<u8>) {
        let (mut near, mut far) = tokio::io::duplex(64);
        let sending = async {
            for piece in pieces {
                near.write_all(piece).await.unwrap();
                tokio::task::yield_now().await;
            }
            drop(near);
        };
        let reading = async {
            let (is_h2, start) = sniff(&mut far).await.unwrap();
            let mut all = start.to_vec();
            far.read_to_end(&mut all).await.unwrap();
            (is_h2, all)
        };
        tokio::join!(sending, reading).1
    }

    #[tokio::test]
    async fn http2_is_told_by_its_preface_and_nothing_is_lost() {
        for (pieces, is_h2) in [
            (&[PREFACE, b"more"] as &[&[u8]], true),
            (&[&PREFACE[..3], &PREFACE[3..]], true),
            (&[&PREFACE[..10]], false),
            (&[b"GET / HTTP/1.1\r\n\r\n"], false),
            (&[b"P", b"UT / HTTP/1.1\r\n\r\n"], false),
            (&[], false),
        ] {
            assert_eq!(sniffed(pieces).await, (is_h2, pieces.concat()), "{pieces:?}");
        }
    }
}
