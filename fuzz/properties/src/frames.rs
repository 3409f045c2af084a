//! Cutting the stream.

use bytes::{Bytes, BytesMut};
use wirepath_smpp::{Frame, FrameError, Header};

use crate::Octets;

/// What a listener allows.
const MAX: usize = 64 * 1024 - 1;

/// `data` as one PDU: its `command_length` is set right, so that no input is wasted on a wrong one.
#[must_use]
pub fn framed(data: &[u8]) -> Option<Frame> {
    let mut octets = data.get(..data.len().min(MAX))?.to_vec();
    let length = u32::try_from(octets.len()).ok()?;
    octets.first_chunk_mut::<4>()?.copy_from_slice(&length.to_be_bytes());
    Frame::from_bytes(Bytes::from(octets))
}

/// Splits a stream that arrives whole.
///
/// # Panics
///
/// If a frame is not the octets that stood there.
#[must_use]
pub fn whole(stream: &[u8], max: usize) -> (Vec<Frame>, Option<FrameError>) {
    let mut buffer = BytesMut::from(stream);
    let mut frames = Vec::new();
    let mut at = 0;
    loop {
        match Frame::split(&mut buffer, max) {
            Ok(Some(frame)) => {
                let length = frame.as_bytes().len();
                assert!((Header::LEN..=max).contains(&length));
                assert_eq!(&stream[at..at + length], &frame.as_bytes()[..]);
                assert_eq!(frame.header().length as usize, length);
                assert_eq!(Header::peek(&frame.header().to_bytes()), Some(frame.header()));
                assert!(!format!("{frame:?}").is_empty());
                at += length;
                frames.push(frame);
            }
            Ok(None) => {
                assert_eq!(buffer, &stream[at..], "what is left stays in the buffer");
                return (frames, None);
            }
            Err(error) => return (frames, Some(error)),
        }
    }
}

/// Splits a stream that arrives in pieces of these lengths, then the rest.
#[must_use]
pub fn in_pieces(
    stream: &[u8],
    max: usize,
    cuts: impl IntoIterator<Item = usize>,
) -> (Vec<Frame>, Option<FrameError>) {
    let mut buffer = BytesMut::new();
    let mut frames = Vec::new();
    let mut rest = stream;
    let mut cuts = cuts.into_iter();
    while !rest.is_empty() {
        let cut = cuts.next().unwrap_or(rest.len()).min(rest.len());
        let (piece, left) = rest.split_at(cut);
        rest = left;
        buffer.extend_from_slice(piece);
        loop {
            match Frame::split(&mut buffer, max) {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => return (frames, Some(error)),
            }
        }
    }
    (frames, None)
}

/// The frames, and whether the stream broke and on what length, are the same however it was cut.
///
/// # Panics
///
/// If they are not.
pub fn same_frames(stream: &[u8], max: usize, cuts: impl IntoIterator<Item = usize>) {
    let (frames, error) = whole(stream, max);
    let (again, found) = in_pieces(stream, max, cuts);
    assert_eq!(frames, again);
    // The sequence number may not have arrived when the length is seen to be wrong.
    assert_eq!(error.map(|e| (e.length, e.max)), found.map(|e| (e.length, e.max)));
    if let (Some(error), Some(found)) = (error, found) {
        assert!(found.sequence == error.sequence || found.sequence == 0);
    }
}

/// The target: first the maximum, then how many cuts and the cuts, then the stream.
pub fn any_cuts(data: &[u8]) {
    let mut octets = Octets::new(data);
    let max = Header::LEN + usize::from(octets.next_u16());
    let count = usize::from(octets.next_u8() % 32);
    let cuts: Vec<usize> = (0..count).map(|_| usize::from(octets.next_u8())).collect();
    let stream = octets.take(usize::MAX);
    // A cut of nothing is a read of nothing; the loop must still come to an end.
    same_frames(stream, max, cuts);
    same_frames(stream, MAX, std::iter::repeat(1));
}
