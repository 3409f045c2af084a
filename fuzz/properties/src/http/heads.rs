//! Where the requests of a connection are: what looks at their heads, a model of it, and hyper.

mod model;
mod server;

use wirepath_http::protocol::Framing;

use self::{model::model, server::served};

/// A request: its method, and what its body holds. Chunks are put together, and trailers left out.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Request {
    method: Vec<u8>,
    body: Vec<u8>,
}

/// The target: octets as what a client sends. The first says how long the pieces are that it comes in.
///
/// # Panics
///
/// If the pieces make a difference, if something else is refused than the model says, or if hyper has other requests than the
/// model.
pub fn any_octets(data: &[u8]) {
    let (size, octets) = data.split_first().map_or((1, data), |(size, rest)| (*size, rest));
    let (requests, bad) = model(octets);
    for piece in [octets.len(), usize::from(size), 1] {
        assert_eq!(refused(octets, piece.max(1)), bad, "in pieces of {piece}: {octets:?}");
    }
    let passed = match bad {
        // As the engine does it.
        Some(at) => [octets.get(..at).unwrap_or_default(), b"\r\0\r\n\r\n"].concat(),
        None => octets.to_vec(),
    };
    let served = served(&passed);
    // hyper refuses more, and answers nothing behind that.
    let same = requests.get(..served.len()).unwrap_or(&requests);
    assert_eq!(served, same, "{octets:?}");
}

/// Which octet is refused.
fn refused(octets: &[u8], piece: usize) -> Option<usize> {
    let (mut framing, mut before) = (Framing::default(), 0);
    for piece in octets.chunks(piece) {
        if let Err(at) = framing.look(piece) {
            return Some(before + at);
        }
        before += piece.len();
    }
    None
}
