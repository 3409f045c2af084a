//! Replays the committed seeds through the properties, without a fuzzer.

mod http;
mod records;
mod replay;

/// The octets that wirepath-smpp's own tests hold to values.
#[path = "../../../../smpp/src/protocol/pdu/golden/vectors.rs"]
mod vectors;
