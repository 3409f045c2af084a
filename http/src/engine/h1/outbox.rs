//! What is to be written.

use std::{
    any::Any,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use tokio::{io::AsyncWrite, net::TcpStream};

use super::room;

/// Octets of a body that are copied behind their head. More than that goes out as it is.
const COPIED: usize = 8 << 10;

/// Octets that wait before more is added.
const FULL: usize = 32 << 10;

/// Text, and a long piece of a body behind it. It holds 32 KiB and one response's head and piece at most; nothing, once all
/// is written.
#[derive(Default)]
pub(super) struct Outbox {
    text: Vec<u8>,
    /// Octets of the text that are written.
    written: usize,
    tail: Bytes,
    /// Something was written that the stream may still hold: TLS does.
    is_held: bool,
}

impl Outbox {
    /// Whether all is with the system.
    pub(super) fn is_empty(&self) -> bool {
        self.is_written() && !self.is_held
    }

    fn is_written(&self) -> bool {
        self.text.is_empty() && self.tail.is_empty()
    }

    /// Whether it has to be written before more is added.
    pub(super) fn is_full(&self) -> bool {
        !self.tail.is_empty() || self.text.len() >= FULL
    }

    /// Where to add text. It must not be full.
    pub(super) fn text(&mut self) -> &mut Vec<u8> {
        if self.text.capacity() == 0 {
            self.text = room::to_write();
        }
        &mut self.text
    }

    /// Adds a piece of a body. It must not be full.
    pub(super) fn push(&mut self, piece: Bytes) {
        if piece.len() <= COPIED {
            self.text().extend_from_slice(&piece);
        } else {
            self.tail = piece;
        }
    }

    /// Writes all of it.
    #[inline(always)]
    pub(super) fn poll_flush<T: AsyncWrite + Unpin + 'static>(
        &mut self,
        stream: &mut T,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        match self.is_empty() || self.is_taken(stream) {
            true => Poll::Ready(Ok(())),
            false => self.poll_write(stream, cx),
        }
    }

    /// Whether a socket takes all of it at once, as it does nearly always: nobody has to be told then when there is room again.
    #[inline(always)]
    fn is_taken<T: 'static>(&mut self, stream: &T) -> bool {
        let Some(socket) = (stream as &dyn Any).downcast_ref::<TcpStream>() else { return false };
        let text = self.text.get(self.written..).unwrap_or_default();
        if text.is_empty() || !self.tail.is_empty() {
            return false;
        }
        // An error shows again where it is told.
        if let Ok(count @ 1..) = socket.try_write(text) {
            self.advance(count);
        }
        self.is_empty()
    }

    fn poll_write<T: AsyncWrite + Unpin>(
        &mut self,
        stream: &mut T,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while !self.is_written() {
            let text = self.text.get(self.written..).unwrap_or_default();
            let stream = Pin::new(&mut *stream);
            let count = ready!(match (text.is_empty(), self.tail.is_empty()) {
                (false, false) if stream.is_write_vectored() => {
                    let parts = [IoSlice::new(text), IoSlice::new(&self.tail)];
                    stream.poll_write_vectored(cx, &parts)
                }
                (false, _) => stream.poll_write(cx, text),
                (true, _) => stream.poll_write(cx, &self.tail),
            })?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.is_held = true;
            self.advance(count);
        }
        ready!(Pin::new(stream).poll_flush(cx))?;
        self.is_held = false;
        Poll::Ready(Ok(()))
    }

    #[inline(always)]
    fn advance(&mut self, count: usize) {
        let left = self.text.len().saturating_sub(self.written);
        if count < left {
            self.written += count;
            return;
        }
        if count > left {
            self.tail.advance((count - left).min(self.tail.len()));
        }
        self.written = 0;
        room::written(std::mem::take(&mut self.text));
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::AsyncReadExt;

    use super::*;

    /// Takes all at once, and passes it on when it is asked a second time.
    #[derive(Default)]
    struct Holds {
        held: usize,
        passed_on: usize,
        is_asked: bool,
    }

    impl AsyncWrite for Holds {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            octets: &[u8],
        ) -> Poll<io::Result<usize>> {
            self.held += octets.len();
            Poll::Ready(Ok(octets.len()))
        }

        fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            if !std::mem::replace(&mut self.is_asked, true) {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            self.passed_on += std::mem::take(&mut self.held);
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn what_the_stream_holds_is_not_forgotten() {
        let (mut outbox, mut stream) = (Outbox::default(), Holds::default());
        outbox.text().extend_from_slice(b"head");
        poll_fn(|cx| outbox.poll_flush(&mut stream, cx)).await.unwrap();
        assert_eq!((stream.held, stream.passed_on), (0, 4));
    }

    #[tokio::test]
    async fn text_and_pieces_go_out_in_order_however_little_is_taken_at_once() {
        for room in [1, 3, 7, 100_000] {
            let (mut near, mut far) = tokio::io::duplex(room);
            let (short, long) = (Bytes::from("short"), Bytes::from(vec![b'x'; COPIED + 1]));
            let sending = async {
                let mut outbox = Outbox::default();
                outbox.text().extend_from_slice(b"head");
                outbox.push(short.clone());
                assert!(!outbox.is_full());
                outbox.push(long.clone());
                assert!(outbox.is_full());
                poll_fn(|cx| outbox.poll_flush(&mut near, cx)).await.unwrap();
                assert!(outbox.is_empty());
                drop(near);
            };
            let mut got = Vec::new();
            let (_, read) = tokio::join!(sending, far.read_to_end(&mut got));
            read.unwrap();
            assert_eq!(got, [b"head", &short[..], &long[..]].concat());
        }
    }

    #[tokio::test]
    async fn what_a_socket_does_not_take_at_once_it_takes_later() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        // Less than what is written at once.
        socket.set_send_buffer_size(4 << 10).unwrap();
        let near = socket.connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut far, _) = listener.accept().await.unwrap();
        let all: Vec<u8> = (0..=u8::MAX).cycle().take(8 << 20).collect();
        let sending = async {
            let (mut outbox, mut near) = (Outbox::default(), near);
            for text in all.chunks(FULL - 1) {
                outbox.text().extend_from_slice(text);
                poll_fn(|cx| outbox.poll_flush(&mut near, cx)).await.unwrap();
                assert!(outbox.is_empty());
            }
        };
        let mut got = Vec::new();
        let (_, read) = tokio::join!(sending, far.read_to_end(&mut got));
        read.unwrap();
        assert!(got == all);
    }
}
