#![deny(warnings)]
//! What is private in the user's module stays so, and names of ours do not get in the way.

use futures_util::Stream;
use wirepath_http::{
    Event, Json, Path, Query, Request, Response, Sse, State, StatusCode, get, middleware, middleware::Next,
    on_error, on_response, on_shutdown, on_startup, post, route, routes, sse,
};

#[derive(Clone)]
struct Db;

#[derive(serde::Deserialize, serde::Serialize)]
struct Private {
    id: u8,
}

#[get("/a/{id}")]
async fn a(id: u8, State(_db): State<Db>) -> Json<Private> {
    Json(Private { id })
}

#[post("/b/{x}/{y}")]
async fn b(Path((_x, _y)): Path<(u8, String)>, Query(_query): Query<Private>, Json(private): Json<Private>) -> Result<StatusCode, Json<Private>> {
    Err(Json(private))
}

#[route("/c/v{version}/{*rest}", methods = [GET, PUT], state = Db)]
async fn c(_version: u8, rest: String, axum::extract::RawQuery(_): axum::extract::RawQuery, _body: axum::body::Bytes) -> String {
    rest
}

#[get("/unnamed")]
async fn unnamed() -> impl axum::response::IntoResponse {
    "x"
}

#[get("/produces", produces = ["application/json", "text/csv"])]
async fn produces() {}

#[sse("/events/{id}")]
async fn events(_id: u8, State(_db): State<Db>) -> Result<Sse<impl Stream<Item = Result<Event, std::io::Error>>>, StatusCode> {
    Ok(Sse::new(futures_util::stream::empty()))
}

#[middleware(order = -1)]
async fn around(State(_db): State<Db>, request: Request, next: Next) -> Response {
    next.run(request).await
}

#[middleware]
async fn guard() -> Option<StatusCode> {
    None
}

#[on_response(order = 2)]
async fn seen(State(_db): State<Db>, response: Response) -> Response {
    response
}

#[on_error]
async fn failed(response: Response) -> StatusCode {
    response.status()
}

#[on_startup]
async fn open(State(_db): State<Db>) -> Result<(), std::io::Error> {
    Ok(())
}

#[on_shutdown]
async fn close() {}

mod admin {
    use wirepath_http::delete;

    #[delete("/a/{number}")]
    pub(crate) async fn remove(_number: u8) {}
}

fn main() {
    let all = routes![a, b, c, unnamed, produces, events, around, guard, seen, failed, open, close, admin::remove];
    let router = all.with_state(std::sync::Arc::new(Db));
    assert!(router.is_ok());
}
