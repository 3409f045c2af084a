//! From a method and a path to a handler.

use std::sync::Arc;

use wirepath_http::{
    HeaderMap, Json, MatchedPath, Method, State, StatusCode, delete, get, options, route, routes,
    testing::Client,
};

#[get("/")]
async fn root() -> &'static str {
    "root"
}

#[get("/orders/{id}")]
async fn order(id: u64, State(shop): State<&'static str>) -> String {
    format!("{shop} {id}")
}

#[delete("/orders/{number}")]
async fn cancel(number: u32) -> StatusCode {
    if number == 7 { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}

#[route("/both", methods = [PUT, POST])]
async fn both(method: Method) -> String {
    method.to_string()
}

#[get("/files/{*rest}")]
async fn file(rest: String, matched: MatchedPath) -> String {
    format!("{rest} by {}", matched.as_str())
}

#[get("/a/{one}/{two}/{three}")]
async fn reordered(three: String, _one: u8, two: char) -> String {
    format!("{three} {two}")
}

#[options("/own")]
async fn own_options() -> &'static str {
    "mine"
}

fn client() -> Client<impl wirepath_http::Serve> {
    Client::new(routes![root, order, cancel, both, file, reordered, own_options], "shop")
}

#[tokio::test]
async fn each_finds_its_own() {
    let client = client();
    for (method, path, expected) in [
        (Method::GET, "/", "root"),
        (Method::GET, "/orders/12?x=y", "shop 12"),
        (Method::PUT, "/both", "PUT"),
        (Method::POST, "/both", "POST"),
        (Method::GET, "/files/a/b.txt", "a/b.txt by /files/{*rest}"),
        (Method::GET, "/a/1/x/caf%C3%A9", "café x"),
        (Method::OPTIONS, "/own", "mine"),
    ] {
        let answer = client.request(method, path).send().await;
        assert_eq!((answer.status(), answer.text()), (StatusCode::OK, expected), "{path}");
    }
    assert_eq!(client.delete("/orders/7").send().await.status(), 204);
    assert_eq!(client.delete("/orders/8").send().await.status(), 404);
}

#[tokio::test]
async fn head_is_answered_by_get() {
    let answer = client().request(Method::HEAD, "/orders/1").send().await;
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn what_is_not_there_is_a_problem() {
    let answer = client().get("/nowhere").send().await;
    assert_eq!(answer.status(), 404);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let problem: serde_json::Value = answer.json();
    assert_eq!(problem["status"], 404);
    let answer = client().get("/nowhere").header("accept", "text/plain").send().await;
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    assert!(answer.text().contains("nothing at this path"));
}

#[tokio::test]
async fn other_methods_are_named_in_allow() {
    let client = client();
    let answer = client.post("/orders/1").send().await;
    assert_eq!(answer.status(), 405);
    assert_eq!(answer.header("allow"), "GET, HEAD, DELETE, OPTIONS");
    let answer = client.request("PURGE".parse().unwrap(), "/both").send().await;
    assert_eq!(answer.status(), 405);
    assert_eq!(answer.header("allow"), "POST, PUT, OPTIONS");
    let answer = client.request(Method::OPTIONS, "/both").send().await;
    assert_eq!(
        (answer.status(), answer.header("allow")),
        (StatusCode::NO_CONTENT, "POST, PUT, OPTIONS")
    );
}

#[tokio::test]
async fn a_parameter_that_does_not_parse_is_422() {
    for path in ["/orders/x", "/orders/-1", "/orders/18446744073709551616", "/orders/%FF"] {
        let answer = client().get(path).send().await;
        assert_eq!(answer.status(), 422, "{path}");
        assert_eq!(answer.json::<serde_json::Value>()["errors"][0]["parameter"], "id", "{path}");
    }
}

#[get("/status")]
async fn status() -> &'static str {
    "up"
}

#[tokio::test]
async fn mounted_routes_have_the_prefix() {
    let routes =
        routes![status].mount("/v1", routes![root, order]).mount("/t/{tenant}", routes![cancel]);
    let client = Client::new(routes, "shop");
    for (path, expected) in [("/status", "up"), ("/v1", "root"), ("/v1/orders/3", "shop 3")] {
        assert_eq!(client.get(path).send().await.text(), expected);
    }
    assert_eq!(client.get("/orders/3").send().await.status(), 404);
    assert_eq!(client.delete("/t/a/orders/7").send().await.status(), 204);
}

#[test]
fn mounted_routes_that_clash_do_not_start() {
    let clash = routes![order].mount("", routes![order]).with_state(Arc::new("shop"));
    let text = clash.unwrap_err().to_string();
    assert_eq!(text, "the route `order` at `/orders/{id}`: another route has that method and path");
}

#[get("/panic")]
async fn panics() {
    panic!("on purpose");
}

#[tokio::test]
async fn a_panic_is_500() {
    let answer = Client::new(routes![panics], ()).get("/panic").send().await;
    assert_eq!(answer.status(), 500);
    assert!(!answer.text().contains("purpose"), "the client is not told");
}

#[get("/headers")]
async fn headers(headers: HeaderMap) -> Json<usize> {
    Json(headers.len())
}

#[tokio::test]
async fn heads_are_there() {
    let client = Client::new(routes![headers], ());
    let answer = client.get("/headers").header("a", "1").header("b", "2").send().await;
    assert_eq!(answer.json::<usize>(), 2);
}
