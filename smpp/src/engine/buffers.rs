//! The two buffers of a session: they grow with the traffic and are given back when it ends.

use bytes::{Buf, BytesMut};

use crate::protocol::{Frame, FrameError, Header};

/// What a read asks for at first, in octets.
const SMALL: usize = 4 * 1024;

/// What a read asks for at most: a burst of some 700 short messages. Below 64 KiB, for a block of that size that is given back makes
/// some allocators tidy up all that they have, block after block.
const LARGE: usize = 60 * 1024;

/// What has been read and not been served.
#[derive(Debug)]
pub(super) struct Input {
    buffer: BytesMut,
    /// What the next read asks for: doubled by every read that fills it.
    want: usize,
    /// The session has little to say: keep no buffer between its messages.
    is_idle: bool,
    at_end: bool,
}

impl Input {
    pub(super) fn new(buffer: BytesMut) -> Self {
        Self { buffer, want: SMALL, is_idle: true, at_end: false }
    }

    /// What has been read, for another session on the same octets.
    pub(super) fn into_buffer(self) -> BytesMut {
        self.buffer
    }

    pub(super) fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// The peer has closed its side.
    pub(super) fn at_end(&self) -> bool {
        self.at_end
    }

    /// The header of the frame at the front, if all of the frame is there.
    #[inline]
    pub(super) fn peek(&self, max: usize) -> Result<Option<Header>, FrameError> {
        Frame::peek(&self.buffer, max)
    }

    pub(super) fn has_frame(&self, max: usize) -> bool {
        // An error counts: it will be answered.
        !matches!(self.peek(max), Ok(None))
    }

    /// Takes the frame off whose header `peek` has seen.
    #[inline]
    pub(super) fn next(&mut self, header: Header) -> Option<Frame> {
        Frame::split_peeked(&mut self.buffer, header)
    }

    /// Room for the next read.
    pub(super) fn space(&mut self) -> &mut BytesMut {
        // Back to the front of the block if nobody holds a part of it. Else it is used up first, or one short PDU that a
        // handler keeps would hold a block of its own.
        let is_roomy = self.buffer.try_reclaim(self.want)
            || self.buffer.capacity() - self.buffer.len() >= self.want / 4;
        if !is_roomy {
            self.buffer.reserve(self.want);
        }
        &mut self.buffer
    }

    pub(super) fn read(&mut self, octets: usize) {
        self.at_end = octets == 0;
        if octets >= self.want {
            self.want = (self.want * 2).min(LARGE);
            self.is_idle = false;
        }
    }

    pub(super) fn read_nothing(&mut self) {
        if self.is_idle && self.buffer.is_empty() {
            self.buffer = BytesMut::new();
        }
    }

    pub(super) fn shrink(&mut self) {
        self.is_idle = true;
        self.want = SMALL;
        self.read_nothing();
    }
}

/// What has been encoded and not been written.
#[derive(Debug, Default)]
pub(super) struct Output {
    buffer: BytesMut,
}

impl Output {
    pub(super) fn len(&self) -> usize {
        self.buffer.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// Where to encode to.
    #[inline]
    pub(super) fn buffer(&mut self) -> &mut BytesMut {
        &mut self.buffer
    }

    /// Moves everything out of `queue` to the end.
    pub(super) fn append(&mut self, queue: &mut BytesMut) {
        if self.buffer.is_empty() {
            // They change places, so neither is allocated anew.
            std::mem::swap(&mut self.buffer, queue);
            queue.clear();
        } else {
            self.buffer.extend_from_slice(queue);
            queue.clear();
        }
    }

    pub(super) fn pending(&self) -> &[u8] {
        &self.buffer
    }

    pub(super) fn wrote(&mut self, octets: usize) {
        match octets >= self.buffer.len() {
            true => self.buffer.clear(),
            false => self.buffer.advance(octets),
        }
    }

    pub(super) fn shrink(&mut self) {
        if self.buffer.is_empty() {
            self.buffer = BytesMut::new();
        }
    }
}
