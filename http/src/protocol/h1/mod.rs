//! HTTP/1.1 on the wire (RFC 9112). Pure: octets in, octets out.
//!
//! It reads strictly where the RFC lets a server choose, for what one server takes and the proxy in front of it reads otherwise
//! is what requests are smuggled with: a line ends with CRLF and with nothing else (§2.2), a body has a length or chunks and
//! never both (§6.1), and chunks are the only coding (§7).

mod answer;
mod chunks;
mod fault;
mod field;
mod front;
mod head;
mod lines;

pub use self::{
    answer::{Answer, Fields, Sent, chunk, last_chunk},
    chunks::{Chunks, Piece},
    fault::Fault,
    front::Front,
    head::{Framing, Head, Limits, Reader},
    lines::{Hosts, Lines},
};
