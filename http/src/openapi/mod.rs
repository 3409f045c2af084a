//! OpenAPI 3.1, of the handlers' own types (cargo feature `openapi`).
//!
//! [`Routes::openapi`](crate::Routes::openapi) serves the document of a list of routes. It says of each route what its function's
//! signature says: the path and its parameters with their types, the fields of a [`Query`](crate::Query) each as a parameter, the
//! body, what is returned, and the [problems](crate::protocol::problem) that the extractors answer with. The first paragraph of the
//! function's documentation is the summary, the rest the description; `tags = "orders"` in the attribute groups it.
//!
//! ```
//! use schemars::JsonSchema;
//! use wirepath_http::{Json, Query, Refusal, get, openapi::OpenApi, post, routes, testing::Client};
//!
//! #[derive(serde::Deserialize, serde::Serialize, JsonSchema)]
//! struct Order {
//!     item: String,
//!     count: u32,
//! }
//!
//! #[derive(serde::Deserialize, JsonSchema)]
//! struct Page {
//!     /// How many orders.
//!     limit: Option<u8>,
//! }
//!
//! /// Places an order.
//! ///
//! /// It is sent at once.
//! #[post("/orders", tags = "orders")]
//! async fn place(Json(order): Json<Order>) -> Result<Json<Order>, Refusal> {
//!     Ok(Json(order))
//! }
//!
//! /// The latest orders.
//! #[get("/orders", tags = "orders")]
//! async fn list(Query(_page): Query<Page>) -> Json<Vec<Order>> {
//!     Json(Vec::new())
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let api = OpenApi::new("Orders", "1.0").docs("/docs");
//! let client = Client::new(routes![place, list].openapi("/openapi.json", api), ());
//! let document: serde_json::Value = client.get("/openapi.json").send().await.json();
//! assert_eq!(document["paths"]["/orders"]["post"]["summary"], "Places an order.");
//! assert_eq!(document["paths"]["/orders"]["get"]["parameters"][0]["name"], "limit");
//! assert!(client.get("/docs").send().await.text().contains("Orders"));
//! # }
//! ```
//!
//! The types in [`Json`](crate::Json), [`Form`](crate::Form), [`Query`](crate::Query) and [`Path`](crate::Path) tell their schemas
//! by [`schemars::JsonSchema`], which follows the attributes of serde. One that does not have it breaks no build: its place is in
//! the document without a schema, and [`Document::without_schema`] names it, as it does whatever says nothing of itself.
//!
//! # What the attribute adds
//!
//! | in the attribute | in the document |
//! |---|---|
//! | `tags = "orders"`, `tags = ["orders", "shop"]` | groups of operations |
//! | `answers = [201, 404, 503]` | these statuses, in place of `2XX`, and of `default` where one is above 399 |
//! | `produces = "text/csv"` | the media types of the answer, and 406 |
//! | `hidden` | nothing: the route is served and not described |
//! | `describe = some::function` | what that `fn(&mut Operation<'_>)` adds last: headers, parts of a form, bodies that a handler reads itself |
//!
//! `#[deprecated]` on the function is there as well, with its note.
//!
//! # What types add
//!
//! What a type of your own takes or answers it says by [`DescribeInput`] or [`DescribeOutput`]: an error of yours in
//! `Result<_, Error>` too. [`Created`](crate::reply::Created) and [`Accepted`](crate::reply::Accepted) are 201 and 202 at compile
//! time, in the answer and in the document. How who asks shows who it is, and limits, come from the configuration:
//! [`OpenApi::around`].
//!
//! axum's extractors and replies, the routes of an axum router and middleware are not in the document, nor is what the server
//! answers whatever the route is: 404, 405, 431, 500, 503 and 504.
//!
//! The document is made once, at the start; the routes that it describes cost nothing more for it.

mod answers;
mod describe;
mod document;
mod input;
mod operation;
mod output;
pub(crate) mod page;
mod paths;
mod probe;
mod problems;
mod schemas;
mod security;
mod surroundings;

#[cfg(feature = "files")]
pub(crate) use self::output::file;
pub(crate) use self::paths::Described;
#[doc(hidden)]
pub use self::probe::{
    Asked, BareInput, BareOutput, OfNoKind, OfNoParameter, WithoutSchema, WithoutSchemaReturned,
    unnamed,
};
pub use self::{
    describe::{DescribeInput, DescribeOutput},
    document::{Document, OpenApi},
    operation::Operation,
    security::SecurityScheme,
};
/// The crate that schemas are made with.
pub use schemars;
