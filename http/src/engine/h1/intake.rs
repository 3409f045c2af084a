//! The body of the request in progress.

use std::task::Context;

use bytes::Bytes;
use http::HeaderMap;
use http_body::Frame;

use crate::{
    Body, BodyError,
    body::pipe::{Demand, Source, pipe},
    protocol::h1::{Chunks, Fault, Framing, Piece},
};

/// Octets of a body nobody reads that are passed over, so that the connection can be kept.
pub(super) const PASSED_OVER: u64 = 256 << 10;

/// The part of a body that has not been taken from the connection yet.
pub(super) struct Intake {
    source: Source,
    left: Left,
    /// The client waits to be told to send it.
    pub(super) expects: bool,
}

enum Left {
    Length(u64),
    Chunks(Chunks),
}

/// What a look at the octets that were read gave.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    Data(Bytes),
    More,
    End(Option<HeaderMap>),
}

impl Intake {
    /// The body behind a head, and what is still to be taken in of it. What has been read already is the body, as it is.
    #[inline]
    pub(super) fn of(
        framing: Framing,
        read: &mut Bytes,
        expects: bool,
        limit: usize,
    ) -> (Body, Option<Self>) {
        match framing {
            Framing::Length(0) => (Body::empty(), None),
            _ => Self::of_some(framing, read, expects, limit),
        }
    }

    #[inline(never)]
    fn of_some(
        framing: Framing,
        read: &mut Bytes,
        expects: bool,
        limit: usize,
    ) -> (Body, Option<Self>) {
        let length = match framing {
            Framing::Length(length) => {
                let is_here = usize::try_from(length).ok().filter(|length| *length <= read.len());
                if let Some(length) = is_here.filter(|length| *length <= limit) {
                    return (Body::from(read.split_to(length)), None);
                }
                Some(length)
            }
            Framing::Chunked => None,
        };
        let (source, drawn) = pipe(length);
        let left = length.map_or_else(|| Left::Chunks(Chunks::new()), Left::Length);
        (Body::drawn(drawn, limit), Some(Self { source, left, expects }))
    }

    /// Takes the next piece from what was read.
    pub(super) fn take(&mut self, read: &mut Bytes) -> Result<Taken, Fault> {
        match &mut self.left {
            Left::Length(0) => Ok(Taken::End(None)),
            Left::Length(_) if read.is_empty() => Ok(Taken::More),
            Left::Length(left) => {
                let count = usize::try_from(*left).unwrap_or(usize::MAX).min(read.len());
                *left -= count as u64;
                Ok(Taken::Data(read.split_to(count)))
            }
            Left::Chunks(chunks) => Ok(match chunks.next(read)? {
                Piece::Data(data) => Taken::Data(data),
                Piece::More => Taken::More,
                Piece::End(trailers) => Taken::End(trailers),
            }),
        }
    }

    /// Whether all of it has been taken, without a look at more.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.left, Left::Length(0))
    }

    /// Whether the client may go on with something that nobody can tell from a request, or with more than is worth reading: it
    /// waits to be told to send the body, and is not, or the body is long.
    pub(super) fn costs_the_connection(&self) -> bool {
        let is_long = matches!(self.left, Left::Length(left) if left > PASSED_OVER);
        self.expects || is_long && self.is_given_up()
    }

    pub(super) fn is_given_up(&self) -> bool {
        self.source.is_given_up()
    }

    pub(super) fn demand(&self, cx: &Context<'_>) -> Demand {
        self.source.demand(cx)
    }

    pub(super) fn give(&self, data: Bytes, cx: &Context<'_>) {
        self.source.give(Ok(Frame::data(data)), cx);
    }

    pub(super) fn fail(&self, fault: Fault, cx: &Context<'_>) {
        self.source.give(Err(BodyError::Broken(fault.into())), cx);
    }

    pub(super) fn end(&self, trailers: Option<HeaderMap>, cx: &Context<'_>) {
        self.source.end(trailers.map(Frame::trailers), cx);
    }
}
