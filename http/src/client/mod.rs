//! Clients by name: what the key `clients` of the configuration names, from inside handlers and beside them.
//!
//! ```
//! use wirepath_http::{Http, Json, client::ClientError, get, routes, testing::{Client, Upstream}};
//!
//! #[derive(serde::Deserialize, serde::Serialize)]
//! struct User { name: String }
//!
//! #[get("/greet/{id}")]
//! async fn greet(id: u64, http: Http) -> Result<String, ClientError> {
//!     let user: User = http.client("users").get(&format!("/users/{id}")).send().await?.error_for_status()?.json().await?;
//!     Ok(format!("hello {}", user.name))
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let users = Upstream::new();
//! users.add_response("/users/7", Json(User { name: "Ada".to_owned() }));
//! let client = Client::new(routes![greet], ()).upstream("users", &users);
//! assert_eq!(client.get("/greet/7").send().await.text(), "hello Ada");
//! assert_eq!(client.get("/greet/8").send().await.status(), 502);
//! # }
//! ```
//!
//! An [`Http`] is the handle on all of them: an argument of a handler or of a guard, `RunningHttp::http` of a running
//! application, or one made by [`Http::new`]. Each client has one pool of connections for as long as the handle lives. Their
//! tasks run in the runtime that the handle was made in, whichever thread asks.
//!
//! # What is repeated
//!
//! A request is repeated up to `retries` times, after a wait that doubles from 100 ms up to 5 s with jitter, and only where it
//! cannot be done twice:
//!
//! | what came of it | repeated |
//! |---|---|
//! | no connection could be made: nothing was sent | any method |
//! | the connection broke | `GET`, `HEAD`, `OPTIONS`, `TRACE`, `PUT`, `DELETE`, and what is [`idempotent`](ClientRequest::idempotent) |
//! | 502, 503 or 504 | the same |
//! | no answer within the time | none: the time is over |
//!
//! A body that is streamed cannot be sent again, so such a request is not repeated. A `Retry-After` is kept to. All of it is
//! within the request's timeout: a wait that would go beyond is not begun, and the answer that is there is given.
//!
//! # What goes along
//!
//! Out of a handler, the `traceparent` (W3C Trace Context) of the request that it answers is passed on under a span of its
//! own, with its `tracestate` and its `x-request-id`. Where there is none, a `traceparent` is made, not sampled.
//!
//! Redirects are not followed, proxies of the environment are not used, and bodies come as they are, compressed or not.
//!
//! # Metrics
//!
//! | name | kind | labels |
//! |---|---|---|
//! | `wirepath_http_client_requests_total` | counter | `client`, `result`: the status, or `connect`, `broken`, `timeout`, `body` |
//! | `wirepath_http_client_seconds` | histogram, to the head of the answer | `client` |
//! | `wirepath_http_client_retries_total` | counter | `client` |

mod connect;
mod error;
mod flow;
mod http;
mod named;
mod pool;
mod request;
mod response;
mod retry;
mod send;
mod trace;
mod transport;

pub use self::{
    error::{BadClient, ClientError, Waiting},
    http::Http,
    named::Client,
    request::ClientRequest,
    response::ClientResponse,
};
#[cfg(any(test, feature = "testing"))]
pub(crate) use self::{
    pool::Pool,
    transport::{Failure, Transport},
};
