//! A connection's octets, on their way into hyper.

use std::{
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

use super::{at_drain::AtDrain, connection::Session};

/// A stream of which something was read already.
pub(super) struct Io<T> {
    /// What was read.
    before: Bytes,
    stream: TokioIo<T>,
    session: Arc<Session>,
    /// Once it was upgraded.
    goodbye: Option<Box<Goodbye>>,
}

/// When what a connection was upgraded to is over. One task may read it and another one write it, and both have to see that.
struct Goodbye {
    reads: AtDrain,
    writes: AtDrain,
    is_over: bool,
}

impl Goodbye {
    fn new(session: &Session) -> Self {
        let end = || {
            let signal = Arc::clone(&session.signal);
            AtDrain::new(async move {
                signal.requested().await;
                tokio::select! {
                    () = tokio::time::sleep(GOODBYE) => {}
                    () = signal.forced() => {}
                }
            })
        };
        Self { reads: end(), writes: end(), is_over: false }
    }
}

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
        Self { before, stream: TokioIo::new(stream), session, goodbye: None }
    }

    /// Whether what it was upgraded to has had its time: nobody else looks after that.
    #[cold]
    fn is_over(&mut self, cx: &mut Context<'_>, side: fn(&mut Goodbye) -> &mut AtDrain) -> bool {
        let session = &self.session;
        let goodbye = self.goodbye.get_or_insert_with(|| Box::new(Goodbye::new(session)));
        if !goodbye.is_over {
            goodbye.is_over = side(goodbye).poll(&session.plan.draining, cx).is_ready();
        }
        goodbye.is_over
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
        if this.session.pace.is_upgraded() && this.is_over(cx, |goodbye| &mut goodbye.reads) {
            return Poll::Ready(Ok(()));
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
        if self.session.pace.is_upgraded() && self.is_over(cx, |goodbye| &mut goodbye.writes) {
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
        if self.session.pace.is_upgraded() && self.is_over(cx, |goodbye| &mut goodbye.writes) {
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
    use std::{
        sync::atomic::{AtomicBool, Ordering::Relaxed},
        task::{Wake, Waker},
    };

    use tokio::{io::AsyncWriteExt, sync::Semaphore, time::Instant};
    use wirepath_runtime::shutdown::Shutdown;

    use super::{super::connection::Plan, *};
    use crate::{Connected, config::ServerConfig};

    #[derive(Default)]
    struct Woken(AtomicBool);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Relaxed);
        }
    }

    /// Neither a task that reads nor another one that writes is forgotten.
    #[tokio::test(start_paused = true)]
    async fn a_drain_ends_reads_and_writes_of_two_tasks() {
        let config = ServerConfig::on("127.0.0.1:0".parse().unwrap());
        let (plan, tasks) = (Arc::new(Plan::new(&config, None, None)), Shutdown::new());
        let place = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
        let (connected, now) = (Connected::default(), Instant::now());
        let session = Session::new(connected, Arc::clone(&plan), &tasks, place, now, false);
        session.pace.upgrade();
        let (near, _far) = tokio::io::duplex(8);
        let mut io = Io::new(near, Bytes::new(), Arc::new(session));
        let (reader, writer) = (Arc::new(Woken::default()), Arc::new(Woken::default()));
        let mut both = || {
            let (read_waker, write_waker) =
                (Waker::from(Arc::clone(&reader)), Waker::from(Arc::clone(&writer)));
            let (mut room, io) = ([0; 8], &mut io);
            let mut room = hyper::rt::ReadBuf::new(&mut room);
            let read = Pin::new(&mut *io)
                .poll_read(&mut Context::from_waker(&read_waker), room.unfilled());
            let written = Pin::new(io).poll_write(&mut Context::from_waker(&write_waker), &[0; 8]);
            (read.map(|read| read.is_ok()), written.map(|written| written.is_ok()))
        };
        let woken = || (reader.0.swap(false, Relaxed), writer.0.swap(false, Relaxed));
        // What is written once fills the other end.
        assert_eq!(both(), (Poll::Pending, Poll::Ready(true)));
        assert_eq!((both(), woken()), ((Poll::Pending, Poll::Pending), (false, false)));
        plan.draining.store(true, Relaxed);
        tasks.trigger();
        assert_eq!(woken(), (true, true));
        assert_eq!(both(), (Poll::Pending, Poll::Pending));
        tokio::time::sleep(GOODBYE).await;
        assert_eq!(woken(), (true, true));
        assert_eq!(both(), (Poll::Ready(true), Poll::Ready(false)));
    }

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
