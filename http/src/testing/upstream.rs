//! What answers the clients of handlers under test.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use http::{HeaderMap, Method, Response, StatusCode};
use serde::de::DeserializeOwned;

use crate::{
    Body, Http, Refusal, Reply, Request,
    client::{Failure, Pool, Transport},
    config::ClientConfig,
};

/// Answers the requests of a client, in process, with what a test has put there, and keeps what was sent. Clones are the same.
///
/// ```
/// use wirepath_http::{Http, StatusCode, client::ClientError, post, routes, testing::{Client, Upstream}};
///
/// #[post("/orders")]
/// async fn order(http: Http, item: String) -> Result<StatusCode, ClientError> {
///     let stock = http.client("stock").put("/reserved").json(&[item]).send().await?;
///     Ok(stock.status())
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let stock = Upstream::new();
/// stock.add_response("/reserved", StatusCode::SERVICE_UNAVAILABLE);
/// stock.add_response("/reserved", StatusCode::CREATED);
///
/// let client = Client::new(routes![order], ()).upstream("stock", &stock);
/// assert_eq!(client.post("/orders").body("tea").send().await.status(), 201);
///
/// // `PUT` is safe to repeat, so the first answer was not the last word.
/// let sent = stock.sent_requests();
/// assert_eq!(sent.len(), 2);
/// assert_eq!(sent[1].method(), "PUT");
/// assert_eq!(sent[1].json::<Vec<String>>(), ["tea"]);
/// # }
/// ```
///
/// Where nothing is put for a path, 501 is answered, with a text that says so.
#[derive(Clone, Debug, Default)]
pub struct Upstream(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    canned: Vec<Canned>,
    sent: VecDeque<Sent>,
}

/// The answers at one path, in their order.
#[derive(Debug)]
struct Canned {
    method: Option<Method>,
    path: String,
    left: VecDeque<Outcome>,
}

#[derive(Clone, Debug)]
enum Outcome {
    Answer { status: StatusCode, headers: HeaderMap, body: Bytes },
    Refused,
    Broken,
    Silent,
}

impl Upstream {
    /// Requests that are kept, at most: after that, the oldest go.
    pub const MAX_SENT: usize = 10_000;

    /// One that has no answers yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts an answer to requests of any method at a path: whatever a handler could return. Several at one path are given one
    /// after the other, and the last one for good.
    ///
    /// The path is the whole of it, with that of the base URL in front. Without a query it is for every query.
    ///
    /// # Panics
    ///
    /// If the answer's body is one that is streamed and has no end yet.
    #[track_caller]
    pub fn add_response(&self, path: &str, answer: impl Reply) {
        self.add(None, path, canned(answer));
    }

    /// As [`add_response`](Self::add_response), to requests of one method.
    ///
    /// # Panics
    ///
    /// As [`add_response`](Self::add_response).
    #[track_caller]
    pub fn add_response_to(&self, method: Method, path: &str, answer: impl Reply) {
        self.add(Some(method), path, canned(answer));
    }

    /// Refuses connections for requests at a path: nothing of them is sent.
    pub fn refuse_connection(&self, path: &str) {
        self.add(None, path, Outcome::Refused);
    }

    /// Breaks the connection once a request at a path was sent.
    pub fn break_connection(&self, path: &str) {
        self.add(None, path, Outcome::Broken);
    }

    /// Never answers requests at a path. With tokio's time paused, their timeout is over at once.
    pub fn stay_silent(&self, path: &str) {
        self.add(None, path, Outcome::Silent);
    }

    /// What was sent, the oldest first, repetitions too.
    #[must_use]
    pub fn sent_requests(&self) -> Vec<Sent> {
        self.held().sent.iter().cloned().collect()
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // A test that panicked leaves lists that are whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, method: Option<Method>, path: &str, outcome: Outcome) {
        let canned = &mut self.held().canned;
        let place = canned.iter_mut().find(|it| it.method == method && it.path == path);
        match place {
            Some(place) => place.left.push_back(outcome),
            None => {
                let (path, left) = (path.to_owned(), VecDeque::from([outcome]));
                canned.push(Canned { method, path, left });
            }
        }
    }

    pub(crate) async fn answer(&self, request: Request) -> Result<Response<Body>, Failure> {
        let (head, body) = request.into_parts();
        let target = head.uri.path_and_query().map_or("/", |it| it.as_str()).to_owned();
        let outcome = self.held().outcome(&head.method, &target);
        if matches!(outcome, Some(Outcome::Refused)) {
            let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
            return Err(Failure::NotSent(refused.into()));
        }
        let body = body.read().await.map_err(Failure::Body)?;
        let sent = Sent { method: head.method.clone(), target, headers: head.headers, body };
        let nothing = format!("this test has put no answer for {} {}", sent.method, sent.target);
        {
            let mut held = self.held();
            if held.sent.len() == Self::MAX_SENT {
                held.sent.pop_front();
            }
            held.sent.push_back(sent);
        }
        match outcome {
            Some(Outcome::Answer { status, headers, body }) => {
                let body = if head.method == Method::HEAD { Bytes::new() } else { body };
                let mut response = Response::new(Body::from(body));
                (*response.status_mut(), *response.headers_mut()) = (status, headers);
                Ok(response)
            }
            Some(Outcome::Silent) => {
                std::future::pending::<()>().await;
                Err(Failure::Broken("it was silent for good".into()))
            }
            Some(Outcome::Broken | Outcome::Refused) => {
                let reset = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
                Err(Failure::Broken(reset.into()))
            }
            None => Ok(Refusal::new(StatusCode::NOT_IMPLEMENTED, nothing).reply()),
        }
    }
}

impl Held {
    /// What comes of a request: one for its method and query rather than one for any.
    fn outcome(&mut self, method: &Method, target: &str) -> Option<Outcome> {
        let path = target.split_once('?').map_or(target, |(path, _)| path);
        let fit = |it: &Canned| {
            let of_method = it.method.as_ref().is_none_or(|own| own == method);
            let fits = of_method && (it.path == target || it.path == path);
            fits.then_some((it.path == target, it.method.is_some()))
        };
        let best = self.canned.iter_mut().max_by_key(|it| fit(it))?;
        fit(best)?;
        match best.left.len() {
            0 | 1 => best.left.front().cloned(),
            _ => best.left.pop_front(),
        }
    }
}

#[track_caller]
fn canned(answer: impl Reply) -> Outcome {
    let (head, body) = answer.reply().into_parts();
    let mut reading = std::pin::pin!(body.read());
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    match reading.as_mut().poll(&mut cx) {
        std::task::Poll::Ready(Ok(body)) => {
            Outcome::Answer { status: head.status, headers: head.headers, body }
        }
        std::task::Poll::Ready(Err(error)) => panic!("the answer's body cannot be read: {error}"),
        std::task::Poll::Pending => panic!("the answer's body has to be there at once"),
    }
}

/// A request that was sent.
#[derive(Clone, Debug)]
pub struct Sent {
    method: Method,
    target: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Sent {
    /// The method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The path, with the query.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The headers; what hyper adds on a connection is not among them.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// A header's value, empty if it is not there.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The body as text.
    ///
    /// # Panics
    ///
    /// If it is not UTF-8.
    #[must_use]
    #[track_caller]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body of UTF-8")
    }

    /// The body as JSON.
    ///
    /// # Panics
    ///
    /// If it is not that.
    #[must_use]
    #[track_caller]
    pub fn json<T: DeserializeOwned>(&self) -> T {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("{error}: {:?}", self.body),
        }
    }
}

/// Clients that are answered in process, each by an [`Upstream`], with the defaults of a configuration and `http://<name>.test`
/// as their base URL: for state that holds an [`Http`].
///
/// # Panics
///
/// If a name cannot stand in a URL.
#[must_use]
#[track_caller]
pub fn http<'u>(upstreams: impl IntoIterator<Item = (&'u str, &'u Upstream)>) -> Http {
    upstreams.into_iter().fold(Http::of(BTreeMap::new()), |http, (name, upstream)| {
        let host: String = name.chars().map(|it| if it == '_' { '-' } else { it }).collect();
        match format!("http://{host}.test").parse() {
            Ok(base_url) => http_with(&http, name, &ClientConfig::new(base_url), upstream),
            Err(error) => panic!("`{name}`: {error}"),
        }
    })
}

/// As [`http()`], for one more client, with a configuration of the test's own. Its TLS files are not looked at.
///
/// # Panics
///
/// If the configuration has a value that one in a file could not have.
#[must_use]
#[track_caller]
pub fn http_with(http: &Http, name: &str, config: &ClientConfig, upstream: &Upstream) -> Http {
    let mut pools = http.pools();
    match Pool::over(name, config, Transport::Canned(upstream.clone())) {
        Ok(pool) => drop(pools.insert(name.into(), Arc::new(pool))),
        Err(error) => panic!("{error}"),
    }
    Http::of(pools)
}
