//! Requests that have come and have to wait for their turn.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::protocol::{Frame, Header};

/// Requests that a session holds back at most. Above this its peer is not read from.
const MOST: usize = 4_096;

/// Octets that a session holds back at most, but for the last PDU that went in.
const MOST_OCTETS: usize = 256 * 1024;

/// The requests of a session that wait for a rate, for a place among the handlers, or for a layer to get ready. They are
/// taken off the input, so that the answers and the `enquire_link`s behind them are seen in time.
#[derive(Debug, Default)]
pub(super) struct Held {
    frames: VecDeque<Frame>,
    octets: usize,
}

impl Held {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// No more is to go in.
    pub(super) fn is_full(&self) -> bool {
        self.frames.len() >= MOST || self.octets >= MOST_OCTETS
    }

    /// The header of the request whose turn is next.
    #[inline]
    pub(super) fn front(&self) -> Option<Header> {
        self.frames.front().map(Frame::header)
    }

    pub(super) fn push(&mut self, frame: Frame) {
        self.octets += frame.as_bytes().len();
        // A frame holds the whole block that it was read into, and what else was in that block counts nowhere.
        let alone = Frame::from_bytes(Bytes::copy_from_slice(frame.as_bytes()));
        self.frames.push_back(alone.unwrap_or(frame));
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<Frame> {
        let frame = self.frames.pop_front()?;
        self.octets -= frame.as_bytes().len();
        Some(frame)
    }

    /// Gives memory back while nothing is held.
    pub(super) fn shrink(&mut self) {
        if self.frames.is_empty() {
            self.frames = VecDeque::new();
        }
    }
}
