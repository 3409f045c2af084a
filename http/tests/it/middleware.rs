//! Guards, wraps and hooks.

use std::sync::{Arc, Mutex};

use wirepath_http::{
    HeaderMap, Method, Request, Response, State, StatusCode, get, middleware, middleware::Next,
    on_shutdown, on_startup, routes, testing::Client,
};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<&'static str>>>);

impl Log {
    fn push(&self, line: &'static str) {
        self.0.lock().unwrap().push(line);
    }

    fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

#[get("/")]
async fn root(State(log): State<Log>) -> &'static str {
    log.push("root");
    "root"
}

#[middleware]
async fn guard(headers: HeaderMap, State(log): State<Log>) -> Result<(), StatusCode> {
    log.push("guard");
    if headers.contains_key("x-key") { Ok(()) } else { Err(StatusCode::UNAUTHORIZED) }
}

#[middleware(order = -1)]
async fn outer(State(log): State<Log>, mut request: Request, next: Next) -> Response {
    log.push("outer");
    if request.method() == Method::PATCH {
        *request.method_mut() = Method::GET;
    }
    let mut response = next.run(request).await;
    response.headers_mut().insert("x-outer", "1".parse().unwrap());
    log.push("outer again");
    response
}

#[middleware(order = 1)]
async fn last(State(log): State<Log>, method: Method) -> Option<&'static str> {
    log.push("last");
    (method == Method::PUT).then_some("from the last")
}

#[tokio::test]
async fn they_run_in_their_order_whatever_the_list_says() {
    let log = Log::default();
    let client = Client::new(routes![root, last, guard, outer], log.clone());
    let answer = client.get("/").header("x-key", "k").send().await;
    assert_eq!((answer.text(), answer.header("x-outer")), ("root", "1"));
    assert_eq!(log.take(), ["outer", "guard", "last", "root", "outer again"]);

    let answer = client.get("/").send().await;
    assert_eq!((answer.status(), answer.header("x-outer")), (StatusCode::UNAUTHORIZED, "1"));
    assert_eq!(log.take(), ["outer", "guard", "outer again"]);

    let answer = client.put("/").header("x-key", "k").send().await;
    assert_eq!(answer.text(), "from the last");
    // What a middleware makes of a request is what is routed.
    let answer = client.request(Method::PATCH, "/").header("x-key", "k").send().await;
    assert_eq!(answer.text(), "root");
}

#[tokio::test]
async fn they_run_for_404_and_405_too() {
    let log = Log::default();
    let client = Client::new(routes![root, outer], log.clone());
    for (asking, status) in [(client.get("/none"), 404), (client.delete("/"), 405)] {
        let answer = asking.send().await;
        assert_eq!((answer.status().as_u16(), answer.header("x-outer")), (status, "1"));
        assert_eq!(log.take(), ["outer", "outer again"]);
    }
}

#[middleware]
async fn broken() -> Option<Response> {
    panic!("on purpose");
}

#[tokio::test]
async fn a_panic_in_one_is_500() {
    let client = Client::new(routes![root, broken], Log::default());
    assert_eq!(client.get("/").send().await.status(), 500);
}

#[on_startup]
async fn open(State(log): State<Log>) {
    log.push("open");
}

#[on_startup]
async fn fail() -> Result<(), std::io::Error> {
    Err(std::io::Error::other("no database"))
}

#[on_shutdown]
async fn close(State(log): State<Log>) -> Result<(), std::io::Error> {
    log.push("close");
    Ok(())
}

#[tokio::test]
async fn hooks_are_found_in_their_order() {
    let log = Log::default();
    let router = routes![close, open, root].mount("/v1", routes![fail]);
    let router = router.with_state(Arc::new(log.clone())).unwrap();
    let mut outcomes = Vec::new();
    for (name, hook) in router.startup().chain(router.shutdown()) {
        outcomes.push((name, hook.await.err().map(|error| error.to_string())));
    }
    let no_database = Some("no database".to_owned());
    assert_eq!(outcomes, [("open", None), ("fail", no_database), ("close", None)]);
    assert_eq!(log.take(), ["open", "close"]);
}

#[tokio::test]
async fn in_axum_all_of_it_is_the_same() {
    use axum::body::Body;
    use tower_service::Service;

    let log = Log::default();
    let router = routes![root, outer].with_state(Arc::new(log.clone())).unwrap();
    let mut axum = axum::Router::new()
        .route("/theirs", axum::routing::get(async || "theirs"))
        .fallback_service(router.into_axum());
    for (path, status) in [("/", 200), ("/theirs", 200), ("/none", 404)] {
        let request = axum::http::Request::get(path).body(Body::empty()).unwrap();
        assert_eq!(axum.call(request).await.unwrap().status(), status, "{path}");
    }
    assert_eq!(log.take(), ["outer", "root", "outer again", "outer", "outer again"]);
}
