//! What a client of HTTP could send: requests, paths, queries, forms, header lines, forms in parts.

pub mod forwarded;
pub mod heads;
pub mod multipart;
pub mod pairs;
pub mod percent;
pub mod problem;
pub mod route;

/// The text in any octets: fuzzers find more in it than in octets that are refused as a whole.
fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}
