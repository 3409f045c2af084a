//! The body of a response that is made while it is sent.

use std::{
    future::{Future, poll_fn},
    io,
    pin::{Pin, pin},
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::Body as _;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    task::consume_budget,
};

use super::wire::Wire;
use crate::{
    Body,
    protocol::h1::{Sent, chunk, last_chunk},
};

/// A body on its way out, piece by piece.
pub(super) struct Sending {
    body: Body,
    sent: Sent,
    trailers: bool,
    /// The end of a chunk that went out as it was.
    owes_crlf: bool,
}

impl Sending {
    pub(super) fn new(body: Body, sent: Sent, trailers: bool) -> Self {
        Self { body, sent, trailers, owes_crlf: false }
    }

    /// Sends all of it. What is in the outbox then is the last of it.
    pub(super) async fn run<T: AsyncRead + AsyncWrite + Unpin + 'static>(
        mut self,
        wire: &mut Wire<T>,
    ) -> io::Result<()> {
        poll_fn(|cx| self.poll(wire, cx)).await
    }

    fn poll<T: AsyncRead + AsyncWrite + Unpin + 'static>(
        &mut self,
        wire: &mut Wire<T>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            if wire.outbox.is_full() {
                ready!(wire.outbox.poll_flush(&mut wire.stream, cx))?;
            }
            if std::mem::take(&mut self.owes_crlf) {
                wire.outbox.text().extend_from_slice(b"\r\n");
            }
            // Each piece is a part of this task's share of the thread.
            ready!(pin!(consume_budget()).poll(cx));
            let frame = match Pin::new(&mut self.body).poll_frame(cx) {
                Poll::Ready(Some(frame)) => frame.map_err(io::Error::other)?,
                Poll::Ready(None) => return Poll::Ready(self.end(wire, None)),
                Poll::Pending => {
                    if let Poll::Ready(Err(error)) = wire.outbox.poll_flush(&mut wire.stream, cx) {
                        return Poll::Ready(Err(error));
                    }
                    // It may be made of the request's.
                    ready!(wire.poll_intake(cx))?;
                    continue;
                }
            };
            match frame.into_data() {
                Ok(data) => self.add(wire, data)?,
                Err(frame) => {
                    let trailers = frame.into_trailers().ok().filter(|_| self.trailers);
                    return Poll::Ready(self.end(wire, trailers));
                }
            }
        }
    }

    fn add<T>(&mut self, wire: &mut Wire<T>, data: Bytes) -> io::Result<()> {
        match &mut self.sent {
            _ if data.is_empty() => return Ok(()),
            Sent::Length(left) => match left.checked_sub(data.len() as u64) {
                Some(rest) => *left = rest,
                None => return Err(io::Error::other("a body is longer than it said")),
            },
            Sent::Chunks => {
                chunk(wire.outbox.text(), data.len());
                self.owes_crlf = true;
            }
            Sent::Nothing | Sent::UntilClose => {}
        }
        wire.outbox.push(data);
        Ok(())
    }

    fn end<T>(&mut self, wire: &mut Wire<T>, trailers: Option<HeaderMap>) -> io::Result<()> {
        match self.sent {
            Sent::Length(1..) => Err(io::Error::other("a body is shorter than it said")),
            Sent::Chunks => {
                last_chunk(wire.outbox.text(), trailers.as_ref());
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
