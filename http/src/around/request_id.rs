//! An id for each request.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use http::{HeaderName, HeaderValue};
use wirepath_runtime::state::Nothing;

use crate::{Extract, Head, Refusal, Request, StatusCode};

/// Where the id is, in requests and responses.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is taken from a client.
const MAX: usize = 128;

/// The id of a request, if [`Around::request_ids`](crate::config::Around) is on: for logs, and for requests to others.
///
/// 500 where it is not on; take `Option<RequestId>` to do without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// 1 to 128 letters, digits and `-_.:/+=@`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Extract for RequestId {
    type Needs = Nothing;

    fn extract(head: Head<'_>, _: Nothing) -> Result<Self, Refusal> {
        let is_on = head.extensions().get::<Given>().is_some();
        let id = head.headers().get(HEADER).filter(|_| is_on);
        id.and_then(|id| id.to_str().ok()).map(|id| Self(Arc::from(id))).ok_or_else(|| {
            let detail = "this request has no id";
            Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
        })
    }
}

/// Says in a request that the id in its head is the one that it has here, not only what a client wrote.
#[derive(Clone, Copy)]
struct Given;

/// Makes ids that no other process makes: 64 random bits for the process, and a number. They are unique, and not secret.
#[derive(Debug)]
pub(super) struct Ids {
    process: u64,
    next: AtomicU64,
}

impl Ids {
    pub(super) fn new() -> Self {
        // The one source of random numbers that the standard library has.
        Self { process: RandomState::new().hash_one(0_u8), next: AtomicU64::new(1) }
    }

    /// The id of a request, which has it in its head from here on.
    pub(super) fn of(&self, request: &mut Request) -> HeaderValue {
        request.extensions_mut().insert(Given);
        if let Some(id) = request.headers().get(&HEADER)
            && is_sane(id.as_bytes())
        {
            let id = id.clone();
            // One of them: who else reads the head is to see the same.
            request.headers_mut().insert(HEADER, id.clone());
            return id;
        }
        let id = format!("{:016x}{:016x}", self.process, self.next.fetch_add(1, Relaxed));
        // Hexadecimal digits can stand in a header: the fallback is never taken.
        let id = HeaderValue::try_from(id).unwrap_or(HeaderValue::from_static("0"));
        request.headers_mut().insert(HEADER, id.clone());
        id
    }
}

/// Nothing that a log, a shell or a page could take for something else.
pub(crate) fn is_sane(id: &[u8]) -> bool {
    let fits = |octet: &u8| octet.is_ascii_alphanumeric() || b"-_.:/+=@".contains(octet);
    (1..=MAX).contains(&id.len()) && id.iter().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sane_ones_are_taken_and_others_made() {
        let ids = Ids::new();
        let long = "x".repeat(MAX + 1);
        for (sent, is_taken) in
            [("a-1", true), ("", false), ("a b", false), ("\"x\"", false), (&long, false)]
        {
            let mut request = Request::default();
            request.headers_mut().insert(HEADER, sent.parse().unwrap());
            request.headers_mut().append(HEADER, "second".parse().unwrap());
            let id = ids.of(&mut request);
            assert_eq!(id == sent, is_taken, "{sent}");
            let all: Vec<_> = request.headers().get_all(HEADER).iter().collect();
            assert_eq!(all, [&id]);
            assert!(is_sane(id.as_bytes()));
        }
    }

    #[test]
    fn no_two_are_alike() {
        let (one, other) = (Ids::new(), Ids::new());
        let ids = [&one, &one, &other].map(|ids| ids.of(&mut Request::default()));
        assert!(ids[0] != ids[1] && ids[0] != ids[2] && ids[1] != ids[2]);
        assert_eq!(ids[0].len(), 32);
    }
}
