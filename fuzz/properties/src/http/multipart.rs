//! Forms of parts are read alike however they are cut, and what was written comes back.

use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http_body::Frame;
use wirepath_http::{Body, Multipart, ReadBody, Request};

use crate::Octets;

/// A part: its name, its file's name, and what it holds.
type Part = (Option<String>, Option<String>, Vec<u8>);

/// What a form was read as: its parts, and the status of the refusal if there was one.
type Form = (Vec<Part>, Option<u16>);

/// The target: octets as a form, and as what a form is written with.
///
/// # Panics
///
/// If the pieces that a form comes in make a difference, or if a form that was written does not read back.
pub fn any_octets(data: &[u8]) {
    let (size, rest) = data.split_first().map_or((1, data), |(size, rest)| (*size, rest));
    let pieces = usize::from(size).max(1);
    alike(rest, pieces);
    reads_back(rest, pieces);
}

/// The octets as the body of a form whose boundary is `b`.
fn alike(data: &[u8], pieces: usize) {
    let whole = read("b", data, usize::MAX);
    let cut = read("b", data, pieces);
    assert_eq!(whole.0.len(), cut.0.len(), "in pieces of {pieces}: {data:?}");
    assert_eq!(whole, cut, "in pieces of {pieces}: {data:?}");
}

/// The octets as what parts hold; none of them can hold the boundary.
fn reads_back(data: &[u8], pieces: usize) {
    const BOUNDARY: &str = "=_wirepath";

    let mut octets = Octets::new(data);
    let count = usize::from(octets.next_u8() % 5);
    let mut parts: Vec<Part> = Vec::new();
    let mut body = Vec::new();
    for at in 0..count {
        let length = usize::from(octets.next_u8());
        let data = octets.take(length).to_vec();
        let delimiter = format!("--{BOUNDARY}");
        if data.windows(delimiter.len()).any(|window| window == delimiter.as_bytes()) {
            return;
        }
        let (name, file) = (format!("f{at}"), (at % 2 == 0).then(|| format!("{at}.bin")));
        let suffix = file.as_ref().map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
        body.extend_from_slice(
            format!(
                "{delimiter}\r\nContent-Disposition: form-data; name=\"{name}\"{suffix}\r\n\r\n"
            )
            .as_bytes(),
        );
        body.extend_from_slice(&data);
        body.extend_from_slice(b"\r\n");
        parts.push((Some(name), file, data));
    }
    body.extend_from_slice(format!("--{BOUNDARY}--").as_bytes());
    assert_eq!(read(BOUNDARY, &body, pieces), (parts, None), "{body:?}");
}

/// Reads a form to its end, or to its refusal.
fn read(boundary: &str, body: &[u8], pieces: usize) -> Form {
    let pieces = body.chunks(pieces).map(Bytes::copy_from_slice).collect::<Vec<_>>().into_iter();
    let mut request = Request::new(Body::boxed(Pieces(pieces)));
    if let Ok(value) = format!("multipart/form-data; boundary=\"{boundary}\"").parse() {
        request.headers_mut().insert(http::header::CONTENT_TYPE, value);
    }
    at_once(async move {
        let mut parts = Vec::new();
        let mut form = match Multipart::read(&mut request.into()).await {
            Ok(form) => form,
            Err(refusal) => return (parts, Some(refusal.status().as_u16())),
        };
        loop {
            let mut field = match form.next().await {
                Ok(Some(field)) => field,
                Ok(None) => return (parts, None),
                Err(refusal) => return (parts, Some(refusal.status().as_u16())),
            };
            let (name, file) =
                (field.name().map(str::to_owned), field.file_name().map(str::to_owned));
            match field.bytes().await {
                Ok(data) => parts.push((name, file, data.to_vec())),
                Err(refusal) => return (parts, Some(refusal.status().as_u16())),
            }
        }
    })
}

/// A body in pieces, all of which are there.
struct Pieces(std::vec::IntoIter<Bytes>);

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(self.0.next().map(|piece| Ok(Frame::data(piece))))
    }
}

/// Runs what waits for nothing but its own turn.
fn at_once<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
    }
}
