//! What must hold in wirepath for any octets that a peer could send.
//!
//! Each function panics where its property does not hold. The fuzz targets call them with whatever the fuzzer invents, the
//! property tests of wirepath-smpp with generated PDUs, and this crate's own tests with the committed seeds, so that a
//! finding stays found without a fuzzer.

pub mod agreement;
pub mod config;
pub mod exclusions;
pub mod frames;
pub mod http;
pub mod link;
mod octets;
pub mod pdu;
pub mod reassembly;
pub mod receipt;
pub mod records;
pub mod routing;
pub mod session;
pub mod text;
pub mod udh;

pub use octets::Octets;

/// What must hold: panics where it does not.
pub type Property = fn(&[u8]);

/// The targets by name, as in `fuzz/seeds/<name>/`.
pub const TARGETS: &[(&str, Property)] = &[
    ("pdu_decode", pdu_decode),
    ("receipt", receipt::any_octets),
    ("frame_split", frames::any_cuts),
    ("session", session::any_operations),
    ("config", config::any_file),
    ("routing", routing::any_rules),
    ("text", text::any_octets),
    ("udh", udh::any_octets),
    ("reassembly", reassembly::any_octets),
    ("records", records::any_octets),
    ("http_percent", http::percent::any_octets),
    ("http_route", http::route::any_octets),
    ("http_multipart", http::multipart::any_octets),
    ("http_pairs", http::pairs::any_octets),
    ("http_forwarded", http::forwarded::any_octets),
    ("http_problem", http::problem::any_octets),
    ("http_heads", http::heads::any_octets),
];

/// All that is asked of one PDU: it reads back, and smpp34 reads the same where it is right.
pub fn pdu_decode(data: &[u8]) {
    let Some(frame) = frames::framed(data) else { return };
    pdu::reads_back(&frame);
    agreement::with_smpp34(&frame);
}
