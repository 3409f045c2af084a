//! hyper's server, for a client that has said all.

use std::{
    cell::RefCell,
    convert::Infallible,
    io,
    pin::{Pin, pin},
    rc::Rc,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::{
    body::Incoming,
    rt::{Read, ReadBufCursor, Write},
    server::conn::http1,
    service::service_fn,
};

use super::Request;

/// The requests that hyper has read to their end, up to the first one that it has not.
pub(super) fn served(octets: &[u8]) -> Vec<Request> {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let service = service_fn(|request: http::Request<Incoming>| {
        let seen = Rc::clone(&seen);
        async move {
            let (head, body) = request.into_parts();
            let method = head.method.as_str().as_bytes().to_vec();
            let mut answer = http::Response::new(Empty::<Bytes>::new());
            match body.collect().await {
                Ok(body) => {
                    let body = body.to_bytes().to_vec();
                    seen.borrow_mut().push(Request { method, body });
                }
                Err(_) => *answer.status_mut() = http::StatusCode::BAD_REQUEST,
            }
            Ok::<_, Infallible>(answer)
        }
    });
    let client = Client { octets, patience: 100 };
    let mut connection = pin!(http1::Builder::new().serve_connection(client, service));
    let mut cx = Context::from_waker(Waker::noop());
    // Nothing here waits for another task, and it ends once the client's patience does.
    let ended = (0..=octets.len() + 100).any(|_| connection.as_mut().poll(&mut cx).is_ready());
    assert!(ended, "hyper does not end: {octets:?}");
    seen.take()
}

struct Client<'a> {
    octets: &'a [u8],
    /// How often it is still waited for: hyper ends what a client is gone from.
    patience: u32,
}

impl Read for Client<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let (now, later) = self.octets.split_at(self.octets.len().min(buffer.remaining()));
        match (now, self.patience.checked_sub(1)) {
            ([], Some(patience)) => {
                self.patience = patience;
                Poll::Pending
            }
            _ => {
                buffer.put_slice(now);
                self.octets = later;
                Poll::Ready(Ok(()))
            }
        }
    }
}

impl Write for Client<'_> {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(octets.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn all_that_is_well_is_served() {
        let get = "GET / HTTP/1.1\r\n\r\n";
        let post = "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n";
        let served = super::served([get, post, post, get].concat().as_bytes());
        let bodies: Vec<_> = served.into_iter().map(|request| request.body).collect();
        assert_eq!(bodies, [&b""[..], b"a", b"a", b""]);
    }
}
