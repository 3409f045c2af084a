//! HTTP for wirepath: annotated `async fn`s on axum's extractors and responses, at less than hyper's cost.
//!
//! ```
//! use wirepath_http::{Json, State, StatusCode, get, post, routes, testing::Client};
//!
//! #[derive(Clone)]
//! struct Shop(&'static str);
//!
//! #[get("/orders/{id}")]
//! async fn order(id: u64, State(shop): State<Shop>) -> String {
//!     format!("order {id} at {}", shop.0)
//! }
//!
//! #[post("/sum")]
//! async fn sum(Json(numbers): Json<Vec<u32>>) -> Result<Json<u32>, StatusCode> {
//!     numbers.iter().try_fold(0, |sum: u32, it| sum.checked_add(*it)).map(Json).ok_or(StatusCode::CONFLICT)
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let client = Client::new(routes![order, sum], Shop("the corner"));
//! assert_eq!(client.get("/orders/7").send().await.text(), "order 7 at the corner");
//! assert_eq!(client.post("/sum").json(&[1, 2, 3]).send().await.text(), "6");
//! assert_eq!(client.get("/sum").send().await.status(), 405);
//! # }
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | [`protocol`] | pure: templates, parameters, queries, forwarded addresses, problems |
//! | [`handler`] | what the attributes make of functions, and how a request finds its own |
//! | [`extract`] | what handlers take: ours, and how axum's are served |
//! | [`reply`] | what handlers return |
//! | [`router`] | [`Routes`], and what answers requests |
//! | [`mod@middleware`] | what stands in front of all routes |
//! | [`around`] | what stands around all requests of a listener: ids, logs, metrics, CORS, compression, rate limits, authentication |
//! | [`engine`] | listeners, connections, deadlines |
//! | `client` | clients by name, with one pool each (cargo feature `client`) |
//! | `openapi` | the OpenAPI document of the routes (cargo feature `openapi`) |
//! | [`config`] | `http.yaml` |
//! | `testing` | requests without a socket |
//!
//! # What costs what
//!
//! A request whose handler takes and returns types of this crate meets no box, no lock and no `dyn` of ours. axum's
//! extractors and responses work as they are, and cost what they cost there: a map of extensions, a boxed body. Middleware is
//! boxed, for applications that have some. [`Router::into_axum`] gives an `axum::Router` to whoever wants one.

pub mod around;
mod arrived;
mod body;
#[cfg(feature = "client")]
pub mod client;
pub mod config;
mod connected;
pub mod engine;
pub mod extract;
pub mod handler;
mod leaving;
pub mod middleware;
#[cfg(feature = "openapi")]
pub mod openapi;
pub mod protocol;
pub mod reply;
pub mod router;
mod spare;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use around::RequestId;
pub use arrived::Arrived;
pub use body::{Body, BodyError};
#[cfg(feature = "client")]
pub use client::Http;
pub use connected::Connected;
pub use engine::{ListenError, Server};
#[cfg(feature = "multipart")]
pub use extract::Multipart;
#[cfg(feature = "validate")]
pub use extract::Valid;
pub use extract::{
    Accepts, ClientIp, Drain, Extract, Form, Json, LastEventId, MatchedPath, Path, Peer, Query,
    ReadBody,
};
pub use handler::{BoxError, Head, Methods};
pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, Version, header};
pub use leaving::Leaving;
pub use reply::{Event, Html, Refusal, Reply, Sse};
pub use router::{IntoRoutes, Router, Routes, Serve, shared};
/// Makes a function the handler for `DELETE` at a path: as [`get`](macro@get).
pub use wirepath_macros::delete;
/// Makes a function the handler for `GET` at a path; `HEAD` is answered by it too.
///
/// ```
/// use wirepath_http::{Json, Query, State, get};
///
/// #[derive(serde::Deserialize)]
/// struct Page { after: Option<u64> }
///
/// #[get("/users/{id}/files/{*path}")]
/// async fn file(id: u64, path: String, Query(page): Query<Page>) -> Json<(u64, String, Option<u64>)> {
///     Json((id, path, page.after))
/// }
/// ```
///
/// `{name}` is a segment of the path, or its end; `{*name}` is the rest of it. Each is an argument of that name (`_name` if
/// it is not used), of a type that serde reads from one text: a number, a `String`, a date, a UUID. 422 if it cannot be read.
/// [`Path`] takes all of them at once instead.
///
/// The other arguments are extractors: [`Query`], [`State`], [`HeaderMap`], [`Method`], [`Uri`], [`Peer`], [`ClientIp`],
/// [`MatchedPath`], one of your own ([`Extract`]), and, at the end, one that takes the body: [`Json`], [`Form`], `Bytes`,
/// `String`, [`Body`], [`Request`] ([`ReadBody`]). Any of axum's will do as well; one that needs a state of yours is told
/// which: `#[get("/…", state = AppState)]`.
///
/// What is returned is a [`Reply`], or whatever axum has as `IntoResponse`. `produces = "text/csv"`, or several in brackets, says
/// of what media type that is: a client that takes none of them is answered 406.
///
/// `timeout_ms = 30_000` and `max_body_bytes = 1 << 20` stand in place of the listener's `request_timeout_ms` and
/// `max_body_bytes`, for this route alone: more than that, or less.
///
/// For the document of the feature `openapi`, and nothing else, there are `tags = "orders"`, `answers = [201, 404]`,
/// `describe = some::function` and `hidden`: see `wirepath_http::openapi`.
///
/// The function stays as it is and can be called, by tests for one. Beside it stands a type of the same name for
/// [`routes!`](crate::routes) to list; one `use` imports both. `crate = some::path` says where this crate is, if it is not
/// `::wirepath_http`.
pub use wirepath_macros::get;
/// Makes a function the handler for `HEAD` at a path, in place of the one that answers `GET`: as [`get`](macro@get).
pub use wirepath_macros::head;
/// Makes a function stand in front of all routes, and of what is answered where there is none: 404 and 405.
///
/// A guard says whether a request goes on: `None` or `Ok(())` lets it, anything else is the answer. Its arguments are
/// extractors of this crate that do not take the body.
///
/// ```
/// use wirepath_http::{HeaderMap, State, StatusCode, middleware};
/// use wirepath_runtime::secret::Secret;
///
/// #[middleware]
/// async fn bearer(headers: HeaderMap, State(token): State<Secret>) -> Result<(), StatusCode> {
///     let given = headers.get("authorization").and_then(|it| it.as_bytes().strip_prefix(b"Bearer "));
///     if given.is_some_and(|given| token.matches(given)) { Ok(()) } else { Err(StatusCode::UNAUTHORIZED) }
/// }
/// ```
///
/// One that ends with `request: Request, next: Next` wraps what comes after: see [`middleware::Next`].
///
/// `order = 3` puts it behind those of a lower number; 0 if it is left out, and then as the list has them.
pub use wirepath_macros::middleware;
/// Makes a function change, or look at, each response that is an error: those with a status of 400 or above, whoever made
/// them. For anything else as [`on_response`](macro@on_response).
///
/// ```
/// use wirepath_http::{Html, Method, Reply, Response, StatusCode, get, on_error, routes, testing::Client};
///
/// #[on_error]
/// async fn page(method: Method, response: Response) -> Response {
///     match (method, response.status()) {
///         (Method::GET, StatusCode::NOT_FOUND) => (StatusCode::NOT_FOUND, Html("<h1>Not here")).reply(),
///         _ => response,
///     }
/// }
///
/// #[get("/")]
/// async fn root() {}
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let client = Client::new(routes![root, page], ());
/// assert_eq!(client.get("/none").send().await.text(), "<h1>Not here");
/// assert_eq!(client.get("/").send().await.status(), 204);
/// # }
/// ```
///
/// A panic in a handler is there as 500. What the server answers by itself is not: 504 for a handler that takes too long, and
/// what is no HTTP.
pub use wirepath_macros::on_error;
/// Makes a function change, or look at, each response of any route, and of what is answered where there is none.
///
/// ```
/// use wirepath_http::{HeaderValue, Response, Uri, on_response};
///
/// #[on_response]
/// async fn framed(uri: Uri, mut response: Response) -> Response {
///     if uri.path() != "/widget" {
///         response.headers_mut().insert("x-frame-options", HeaderValue::from_static("DENY"));
///     }
///     response
/// }
/// ```
///
/// It ends with the response; before it stand extractors of this crate that do not take the body, which see the request, and
/// may refuse it as those of a guard do. It is a [`middleware`](macro@middleware), in the same order: the lower its `order`,
/// the later it sees the response. [`on_error`](macro@on_error) is for errors alone.
pub use wirepath_macros::on_response;
/// Makes a function run at the end, once all requests are drained. What it returns as an error is logged.
///
/// It takes [`State`] alone, as one under [`on_startup`](macro@on_startup) does.
pub use wirepath_macros::on_shutdown;
/// Makes a function run at the start, before the first connection is accepted. An error stops the start.
///
/// ```
/// use wirepath_http::{State, on_startup};
///
/// # #[derive(Clone)] struct Db;
/// # impl Db { async fn migrate(&self) -> Result<(), std::io::Error> { Ok(()) } }
/// #[on_startup]
/// async fn migrate(State(db): State<Db>) -> Result<(), std::io::Error> {
///     db.migrate().await
/// }
/// ```
pub use wirepath_macros::on_startup;
/// Makes a function the handler for `OPTIONS` at a path, in place of the answer that names the path's methods: as [`get`](macro@get).
pub use wirepath_macros::options;
/// Makes a function the handler for `PATCH` at a path: as [`get`](macro@get).
pub use wirepath_macros::patch;
/// Makes a function the handler for `POST` at a path: as [`get`](macro@get).
pub use wirepath_macros::post;
/// Makes a function the handler for `PUT` at a path: as [`get`](macro@get).
pub use wirepath_macros::put;
/// Makes a function the handler for several methods at a path: `#[route("/orders/{id}", methods = [PUT, PATCH])]`. For
/// anything else as [`get`](macro@get).
pub use wirepath_macros::route;
/// Lists routes, and what stands around them: what [`Routes`] describes.
///
/// The list names functions under [`get`](macro@get) and the like, [`middleware`](macro@middleware), [`on_startup`](macro@on_startup)
/// and [`on_shutdown`](macro@on_shutdown), by path where they are elsewhere. It becomes one concrete type, so that the compiler
/// resolves the way from a route's number to its function, and two routes for one method and path do not compile. What is not
/// in the list gets no request, and if it is private, rustc warns that it is never used.
///
/// A first `crate = some::path;` says where this crate is, for macros that write the list for someone else.
pub use wirepath_macros::routes;
/// Makes a function that returns a stream of [`Event`]s the handler for `GET` at a path.
///
/// ```
/// use futures_util::{Stream, StreamExt, stream};
/// use wirepath_http::{Event, Refusal, StatusCode, sse};
///
/// #[sse("/ticks/{count}")]
/// async fn ticks(count: u64) -> Result<impl Stream<Item = Result<Event, serde_json::Error>>, Refusal> {
///     if count > 100 {
///         return Err(Refusal::new(StatusCode::FORBIDDEN, "that is too many"));
///     }
///     Ok(stream::iter(0..count).map(|tick| Event::json(&tick)))
/// }
/// ```
///
/// It returns the stream, an [`Sse`] with it to say more, or a `Result` of either. What the stream gives are [`Event`]s or
/// `Result<Event, E>`s. The path and the arguments are as with [`get`](macro@get); [`LastEventId`] says where to take up again. A
/// client that does not take `text/event-stream` is answered 406.
pub use wirepath_macros::sse;
pub use wirepath_runtime::state::{FromRef, Nothing, Part, State};

/// A request: its head, and a [`Body`].
pub type Request = http::Request<Body>;

/// A response: its head, and a [`Body`].
pub type Response = http::Response<Body>;

/// What the macros' output calls. Not for anyone else: it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use crate::__describe as describe;
    #[cfg(feature = "openapi")]
    pub use crate::openapi::{
        Asked, OfNoKind, OfNoParameter, Operation, WithoutSchema, WithoutSchemaReturned, unnamed,
    };
    pub use crate::{
        Leaving, Request, Response,
        handler::{call::*, content::*, *},
        middleware::{Middleware, Next, after, guard, wrap},
        router::routes,
    };
    pub use std::{boxed::Box, sync::Arc};
    pub use wirepath_runtime::state::Needs;
}
