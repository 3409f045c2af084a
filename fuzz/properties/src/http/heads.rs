//! The requests of a connection: how we read them, a model of it, and hyper.

mod model;
mod server;

use bytes::{Buf, Bytes};
use wirepath_http::{
    HeaderMap,
    protocol::h1::{Chunks, Framing, Limits, Piece, Reader},
};

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
/// If the pieces make a difference, or if we read requests that the model, or hyper, does not: those are what is smuggled.
pub fn any_octets(data: &[u8]) {
    let (size, octets) = data.split_first().map_or((1, data), |(size, rest)| (*size, rest));
    let (ours, end) = requests(octets, octets.len().max(1));
    for piece in [usize::from(size).max(1), 1] {
        let in_pieces = requests(octets, piece);
        assert_eq!(in_pieces.0, ours, "in pieces of {piece}: {octets:?}");
        assert_eq!(in_pieces.1, end, "in pieces of {piece}: {octets:?}");
    }
    let modelled = model(octets);
    assert_eq!(modelled.get(..ours.len()), Some(&*ours), "{octets:?}");
    if end == End::More {
        assert_eq!(modelled.len(), ours.len(), "{octets:?}");
    }
    let by_hyper = served(octets);
    assert_eq!(by_hyper.get(..ours.len()), Some(&*ours), "{octets:?}");
}

/// Why there are no more requests.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// The next one has not come to its end.
    More,
    /// It is refused.
    Fault,
    /// None is to come on this connection, or nothing that is HTTP.
    Last,
}

/// What we read, as the engine does it.
fn requests(octets: &[u8], piece: usize) -> (Vec<Request>, End) {
    let heads = Reader::default();
    let mut reader = Client { heads, coming: octets, piece, read: Bytes::new() };
    let mut requests = Vec::new();
    loop {
        match reader.request() {
            Ok((request, is_last)) => {
                requests.push(request);
                if is_last {
                    return (requests, End::Last);
                }
            }
            Err(end) => return (requests, end),
        }
    }
}

struct Client<'a> {
    heads: Reader,
    coming: &'a [u8],
    piece: usize,
    read: Bytes,
}

impl Client<'_> {
    fn more(&mut self) -> Result<(), End> {
        let (piece, rest) = self.coming.split_at(self.piece.min(self.coming.len()));
        if piece.is_empty() {
            return Err(End::More);
        }
        self.read = [&self.read, piece].concat().into();
        self.coming = rest;
        Ok(())
    }

    fn request(&mut self) -> Result<(Request, bool), End> {
        let limits = Limits { octets: 1 << 20 };
        let head = loop {
            let mut rest = &*self.read;
            let head = self.heads.read(&mut rest, limits).map_err(|_| End::Fault)?;
            self.read.advance(self.read.len() - rest.len());
            match head {
                Some(head) => break head,
                None => self.more()?,
            }
        };
        if head.upgrades {
            return Err(End::Last);
        }
        let body = match head.framing {
            Framing::Length(length) => {
                while (self.read.len() as u64) < length {
                    self.more()?;
                }
                let length = usize::try_from(length).map_err(|_| End::More)?;
                self.read.split_to(length).to_vec()
            }
            Framing::Chunked => self.chunks()?,
        };
        let method = head.lines.parts(HeaderMap::new()).method.as_str().as_bytes().to_vec();
        Ok((Request { method, body }, !head.persists))
    }

    fn chunks(&mut self) -> Result<Vec<u8>, End> {
        let (mut chunks, mut body) = (Chunks::new(), Vec::new());
        loop {
            match chunks.next(&mut self.read).map_err(|_| End::Fault)? {
                Piece::Data(data) => body.extend_from_slice(&data),
                Piece::More => self.more()?,
                Piece::End(_) => return Ok(body),
            }
        }
    }
}
