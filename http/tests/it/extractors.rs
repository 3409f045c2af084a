//! What handlers take and return: ours, and axum's.

use serde::{Deserialize, Serialize};
use wirepath_http::{
    Body, Extract, Form, FromRef, Head, HeaderMap, Html, Json, Nothing, Path, Peer, Query, Refusal,
    Reply, Request, Response, State, StatusCode, get, header, post, put, routes, testing::Client,
};

#[derive(Debug, Serialize, Deserialize, PartialEq)]
struct Item {
    id: u64,
    name: String,
}

#[post("/json")]
async fn json(Json(item): Json<Item>) -> Json<Item> {
    Json(item)
}

#[post("/form")]
async fn form(Form(item): Form<Item>) -> Json<Item> {
    Json(item)
}

#[get("/query")]
async fn query(Query(item): Query<Item>) -> Json<Item> {
    Json(item)
}

#[get("/path/{id}/{name}")]
async fn path(Path(item): Path<Item>) -> Json<Item> {
    Json(item)
}

#[post("/text")]
async fn text(text: String) -> String {
    text.to_uppercase()
}

fn client() -> Client<impl wirepath_http::Serve> {
    Client::new(routes![json, form, query, path, text], ())
}

#[tokio::test]
async fn ours_read_what_is_there() {
    let item = || Item { id: 7, name: "a b".to_owned() };
    let client = client();
    for asking in [
        client.post("/json").json(&item()),
        client
            .post("/json")
            .header("content-type", "application/x+json")
            .body(r#"{"id":7,"name":"a b"}"#),
        client.post("/form").form("id=7&name=a+b"),
        client.get("/query?name=a%20b&id=7"),
        client.get("/path/7/a%20b"),
    ] {
        let answer = asking.send().await;
        assert_eq!(answer.status(), 200, "{answer:?}");
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.json::<Item>(), item());
    }
    let answer = client.post("/text").body("abc").send().await;
    assert_eq!(
        (answer.text(), answer.header("content-type")),
        ("ABC", "text/plain; charset=utf-8")
    );
}

#[tokio::test]
async fn ours_refuse_what_is_not() {
    let client = client();
    for (status, asking) in [
        (415, client.post("/json").body("{}")),
        (400, client.post("/json").header("content-type", "application/json").body("{\"id\":")),
        (422, client.post("/json").header("content-type", "application/json").body("{\"id\":7}")),
        (415, client.post("/form").body("id=7&name=a")),
        (422, client.post("/form").form("id=x&name=a")),
        (422, client.get("/query?id=7")),
        (422, client.get("/path/x/y")),
        (400, client.post("/text").body(b"\xFF".as_slice())),
    ] {
        let answer = asking.send().await;
        assert_eq!(answer.status(), status, "{answer:?}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
}

#[post("/axum")]
async fn of_axum(
    axum::extract::Query(item): axum::extract::Query<Item>,
    headers: HeaderMap,
    axum::Json(body): axum::Json<Item>,
) -> Result<axum::Json<(Item, Item, usize)>, axum::http::StatusCode> {
    Ok(axum::Json((item, body, headers.len())))
}

#[get("/unnamed")]
async fn unnamed() -> impl axum::response::IntoResponse {
    (StatusCode::CREATED, [("x-a", "b")], "made")
}

#[put("/mixed/{id}")]
async fn mixed(id: u8, uri: axum::extract::RawQuery, body: wirepath_http::Json<u8>) -> String {
    format!("{id} {:?} {}", uri.0, body.0)
}

#[tokio::test]
async fn those_of_axum_work_too() {
    let client = Client::new(routes![of_axum, unnamed, mixed], ());
    let answer =
        client.post("/axum?id=1&name=q").json(&Item { id: 2, name: "b".into() }).send().await;
    assert_eq!(answer.status(), 200);
    let (query, body, headers): (Item, Item, usize) = answer.json();
    assert_eq!((query.id, body.id, headers), (1, 2, 1));
    assert_eq!(client.post("/axum?id=1").json(&1).send().await.status(), 400);

    let answer = client.get("/unnamed").send().await;
    assert_eq!((answer.status(), answer.header("x-a")), (StatusCode::CREATED, "b"));
    let answer = client.put("/mixed/3?q").json(&4).send().await;
    assert_eq!(answer.text(), "3 Some(\"q\") 4");
}

#[get("/of/{id}/{name}")]
async fn path_of_axum(
    axum::extract::Path((id, name)): axum::extract::Path<(u8, String)>,
    matched: axum::extract::MatchedPath,
    peer: axum::extract::ConnectInfo<std::net::SocketAddr>,
) -> String {
    format!("{id} {name} {} {}", matched.as_str(), peer.0)
}

#[tokio::test]
async fn those_of_axum_that_look_at_the_route() {
    let routes = routes![].mount("/v1", routes![path_of_axum]);
    let client = Client::new(routes, ()).from_peer(([192, 0, 2, 1], 9).into());
    let answer = client.get("/v1/of/7/a%20b").send().await;
    assert_eq!(answer.text(), "7 a b /v1/of/{id}/{name} 192.0.2.1:9");
    assert_eq!(client.get("/v1/of/x/y").send().await.status(), 400);
}

#[derive(Clone)]
struct App {
    name: &'static str,
}

impl FromRef<App> for &'static str {
    fn from_ref(app: &App) -> Self {
        app.name
    }
}

/// An extractor of axum's kind, for one state only.
struct Named(String);

impl axum::extract::FromRequestParts<App> for Named {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        _: &mut axum::http::request::Parts,
        app: &App,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self(app.name.to_owned()))
    }
}

#[get("/named", state = App)]
async fn named(Named(name): Named, State(part): State<&'static str>) -> String {
    format!("{name} {part}")
}

/// One of ours.
struct Lucky;

impl Extract for Lucky {
    type Needs = Nothing;

    fn extract(head: Head<'_>, _: Nothing) -> Result<Self, Refusal> {
        match head.params().get("number") {
            Some("7") => Ok(Self),
            _ => Err(Refusal::new(StatusCode::IM_A_TEAPOT, "not lucky")),
        }
    }
}

#[get("/lucky/{number}")]
async fn lucky(_number: u8, lucky: Option<Lucky>) -> &'static str {
    if lucky.is_some() { "yes" } else { "no" }
}

#[tokio::test]
async fn those_of_the_users_own() {
    let client = Client::new(routes![named, lucky], App { name: "app" });
    assert_eq!(client.get("/named").send().await.text(), "app app");
    assert_eq!(client.get("/lucky/7").send().await.text(), "yes");
    assert_eq!(client.get("/lucky/8").send().await.text(), "no");
}

#[get("/{which}")]
async fn replies(which: String, peer: Option<Peer>) -> Result<Response, Refusal> {
    Ok(match &*which {
        "empty" => ().reply(),
        "page" => Html("<p>").reply(),
        "none" => None::<String>.reply(),
        "pair" => (StatusCode::ACCEPTED, Json(1)).reply(),
        "headers" => {
            let name = header::CONTENT_TYPE;
            ([(name, header::HeaderValue::from_static("text/csv"))], "a,b").reply()
        }
        "peer" => peer.map(|Peer(peer)| peer.to_string()).reply(),
        _ => return Err(Refusal::new(StatusCode::CONFLICT, "no such reply")),
    })
}

#[tokio::test]
async fn replies_of_all_kinds() {
    let client = Client::new(routes![replies], ()).from_peer(([192, 0, 2, 1], 9).into());
    for (which, status, content_type, text) in [
        ("empty", 204, "", ""),
        ("page", 200, "text/html; charset=utf-8", "<p>"),
        ("pair", 202, "application/json", "1"),
        ("headers", 200, "text/csv", "a,b"),
        ("peer", 200, "text/plain; charset=utf-8", "192.0.2.1:9"),
    ] {
        let answer = client.get(&format!("/{which}")).send().await;
        assert_eq!(answer.status(), status, "{which}");
        assert_eq!((answer.header("content-type"), answer.text()), (content_type, text), "{which}");
    }
    assert_eq!(client.get("/none").send().await.status(), 404);
    assert_eq!(client.get("/other").send().await.status(), 409);
}

#[post("/stream")]
async fn stream(request: Request) -> Body {
    request.into_body()
}

#[tokio::test]
async fn a_body_can_go_out_as_it_came() {
    let client = Client::new(routes![stream], ());
    assert_eq!(client.post("/stream").body("abc").send().await.text(), "abc");
}
