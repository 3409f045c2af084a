//! The access log: an event for each request.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Uri};
use http_body::{Frame, SizeHint};

use super::visit::Visit;
use crate::{Body, BodyError, handler::Methods};

/// The longest path that is logged, in octets.
const MAX_PATH: usize = 1_024;

/// Logs a request that has come to its end. The query is left out: that is where tokens are.
pub(super) fn log(visit: &Visit, status: u16, octets: u64, took: Duration) {
    let path = visit.uri.as_ref().map_or("", Uri::path);
    let path = path.get(..path.floor_char_boundary(MAX_PATH)).unwrap_or_default();
    let id = visit.id.as_ref().and_then(|id: &HeaderValue| id.to_str().ok()).unwrap_or_default();
    tracing::info!(
        target: "wirepath::access",
        method = Methods::name_of(&visit.method),
        path,
        route = visit.route.as_ref().map_or("", |route| &*route.pattern),
        status,
        octets,
        micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        client = visit.client.map(tracing::field::display),
        request_id = id,
        "answered"
    );
}

/// A body whose length is known when it has come to its end, or nobody wants more of it. Then the request is logged.
pub(super) struct Counted {
    body: Body,
    octets: u64,
    status: u16,
    visit: Box<Visit>,
}

impl Counted {
    pub(super) fn new(body: Body, status: u16, visit: Box<Visit>) -> Self {
        Self { body, octets: 0, status, visit }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        log(&self.visit, self.status, self.octets, self.visit.started.elapsed());
    }
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            let length = frame.data_ref().map_or(0, Bytes::len);
            self.octets = self.octets.saturating_add(length as u64);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
