//! The OpenAPI document of handlers' own types.

mod said;
mod security;
mod types;

use bytes::Bytes;
use futures_util::{Stream, stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wirepath_http::{
    Accepts, Event, Form, Json, LastEventId, Path, Query, Refusal, Routes, Sse, StatusCode,
    around::Caller,
    config::{Around, Auth, RateKey, RateLimit},
    delete, get,
    openapi::{DescribeOutput, OpenApi, Operation, SecurityScheme},
    post,
    reply::{Created, Reply},
    route, routes, sse,
    testing::Client,
};

#[derive(Serialize, Deserialize, JsonSchema)]
struct Order {
    /// What is ordered.
    item: String,
    #[serde(default)]
    count: u32,
}

#[derive(Deserialize, JsonSchema)]
struct Page {
    /// The order behind which to begin.
    after: Option<u64>,
    limit: u8,
    #[serde(default)]
    tag: Vec<String>,
}

/// No schema.
#[derive(Serialize, Deserialize)]
struct Plain {
    count: u32,
}

/// Places an order.
///
/// It is sent
/// at once.
#[post("/orders", tags = ["orders", "shop"])]
async fn place(Json(order): Json<Order>) -> Result<(StatusCode, Json<Order>), Refusal> {
    Ok((StatusCode::CREATED, Json(order)))
}

#[get("/orders")]
async fn list(Query(page): Query<Page>) -> Json<Vec<Order>> {
    let item = format!("{:?} {:?}", page.after, page.tag);
    Json(vec![Order { item, count: page.limit.into() }])
}

#[get("/orders/{id}")]
async fn read(id: u64) -> Option<Json<Order>> {
    (id == 1).then(|| Json(Order { item: String::new(), count: 1 }))
}

#[delete("/orders/{order}")]
async fn cancel(_order: u64) -> StatusCode {
    StatusCode::NO_CONTENT
}

#[route("/orders/{id}/note", methods = [PUT, PATCH])]
async fn note(Path(_id): Path<u16>, _text: String) {}

#[get("/files/{*path}", produces = ["text/csv", "application/json"])]
async fn file(_path: String) -> Json<Order> {
    Json(Order { item: String::new(), count: 0 })
}

#[post("/plain")]
async fn plain(Json(plain): Json<Plain>) -> Json<Plain> {
    Json(plain)
}

#[post("/search")]
async fn search(Form(order): Form<Order>) -> String {
    format!("{} {}", order.item, order.count)
}

#[post("/raw")]
async fn raw(octets: Bytes) -> impl axum::response::IntoResponse {
    octets
}

#[sse("/events")]
async fn events() -> impl Stream<Item = Event> {
    stream::iter([Event::data("a")])
}

fn document() -> Value {
    let routes: Routes<(), _> = routes![place, list, read, cancel, note, file, search, raw, events];
    let document = routes.document(&OpenApi::new("Shop", "1.2.3")).value().clone();
    assert_eq!(document["openapi"], "3.1.1");
    document
}

#[test]
fn a_body_and_what_is_answered() {
    let document = document();
    let place = &document["paths"]["/orders"]["post"];
    assert_eq!(place["summary"], "Places an order.");
    assert_eq!(place["description"], "It is sent\nat once.");
    assert_eq!(place["tags"], json!(["orders", "shop"]));
    assert_eq!(place["operationId"], "place");
    let schema = &place["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(*schema, json!({"$ref": "#/components/schemas/Order"}));
    let statuses = place["responses"].as_object().unwrap().keys().collect::<Vec<_>>();
    assert_eq!(statuses, ["2XX", "400", "413", "415", "422", "default"]);
    // What is written always has its count, what is read may leave it out.
    let written = &place["responses"]["2XX"]["content"]["application/json"]["schema"];
    assert_eq!(*written, json!({"$ref": "#/components/schemas/OrderWritten"}));
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["Order"]["required"], json!(["item"]));
    assert_eq!(schemas["OrderWritten"]["required"], json!(["item", "count"]));
    assert_eq!(schemas["Order"]["properties"]["item"]["description"], "What is ordered.");
    assert_eq!(schemas["Order"]["properties"]["count"]["maximum"], u32::MAX);
    let problem = &document["components"]["responses"]["Problem422"];
    let schema = &problem["content"]["application/problem+json"]["schema"];
    assert_eq!(*schema, json!({"$ref": "#/components/schemas/Problem"}));
}

#[test]
fn the_fields_of_a_query_are_parameters() {
    let document = document();
    let parameters = document["paths"]["/orders"]["get"]["parameters"].as_array().unwrap();
    let of = |name: &str| parameters.iter().find(|it| it["name"] == name).unwrap();
    assert_eq!(parameters.len(), 3);
    assert!(parameters.iter().all(|it| it["in"] == "query"));
    assert_eq!(of("after")["required"], false);
    assert_eq!(of("after")["schema"]["type"], "integer");
    assert_eq!(of("after")["description"], "The order behind which to begin.");
    assert_eq!(of("limit")["required"], true);
    assert_eq!(of("limit")["schema"]["maximum"], 255);
    assert_eq!(of("tag")["schema"]["items"], json!({"type": "string"}));
}

#[test]
fn paths_and_their_parameters() {
    let document = document();
    let paths = document["paths"].as_object().unwrap();
    // Two templates that differ in a name are one to OpenAPI.
    let names = paths.keys().map(String::as_str).collect::<Vec<_>>();
    let expected = [
        "/events",
        "/files/{path}",
        "/orders",
        "/orders/{id}",
        "/orders/{id}/note",
        "/raw",
        "/search",
    ];
    assert_eq!(names, expected);
    let parameter = &paths["/orders/{id}"]["delete"]["parameters"][0];
    assert_eq!((&parameter["name"], &parameter["in"]), (&json!("id"), &json!("path")));
    assert_eq!(parameter["schema"]["format"], "uint64");
    assert!(paths["/orders/{id}"]["get"]["responses"]["404"].is_object());
    let note = &paths["/orders/{id}/note"];
    assert_eq!(note["put"]["parameters"][0]["schema"]["maximum"], 65535);
    assert_eq!(note["put"]["responses"]["204"]["description"], "Done, and nothing to say");
    assert_eq!(note["put"]["operationId"], "note");
    assert_eq!(note["patch"]["operationId"], "note_patch");
    let kinds = &paths["/files/{path}"]["get"]["responses"]["200"]["content"];
    assert_eq!(kinds.as_object().unwrap().len(), 2);
    assert_eq!(kinds["text/csv"], json!({}));
    assert!(kinds["application/json"]["schema"].is_object());
    assert!(paths["/files/{path}"]["get"]["responses"]["406"].is_object());
    let form = &paths["/search"]["post"]["requestBody"]["content"];
    assert!(form["application/x-www-form-urlencoded"]["schema"]["$ref"].is_string());
    assert!(paths["/raw"]["post"]["responses"]["default"].is_object());
    let events = &paths["/events"]["get"]["responses"]["200"]["content"];
    assert!(events["text/event-stream"].is_object());
}

#[test]
fn a_type_without_a_schema_breaks_nothing_and_is_named() {
    let routes: Routes<(), _> = routes![plain, read];
    let document = routes.document(&OpenApi::new("Shop", "1"));
    let kind = "it::openapi::Plain";
    assert_eq!(
        document.without_schema(),
        [format!("POST /plain: {kind}"), format!("POST /plain: {kind}")]
    );
    let plain = &document.value()["paths"]["/plain"]["post"];
    assert_eq!(plain["requestBody"]["content"]["application/json"], json!({"schema": {}}));
    assert!(plain["responses"]["415"].is_object());
    assert_eq!(plain["responses"]["200"]["content"]["application/json"], json!({"schema": {}}));
}

#[cfg(feature = "validate")]
#[test]
fn a_validated_body_is_described_as_the_body() {
    use garde::Validate;
    use wirepath_http::Valid;

    #[derive(Deserialize, JsonSchema, Validate)]
    struct Count {
        #[garde(range(min = 1))]
        #[schemars(range(min = 1))]
        count: u8,
    }

    #[post("/counts")]
    async fn count(Valid(Json(count)): Valid<Json<Count>>) -> String {
        count.count.to_string()
    }

    let routes: Routes<(), _> = routes![count];
    let document = routes.document(&OpenApi::new("Shop", "1")).value().clone();
    let count = &document["components"]["schemas"]["Count"]["properties"]["count"];
    assert_eq!(count["minimum"], 1);
    assert!(document["paths"]["/counts"]["post"]["responses"]["422"].is_object());
}

#[tokio::test]
async fn the_document_and_its_page_are_served() {
    let api = OpenApi::new("Shop <1>", "1").server("/").description("Orders.").docs("/docs");
    let routes = routes![list].openapi("/openapi.json", api).mount("/{tenant}", routes![read]);
    let client = Client::new(routes, ());
    let answer = client.get("/openapi.json").send().await;
    assert_eq!(answer.header("content-type"), "application/json");
    let document: Value = answer.json();
    assert_eq!(document["info"]["title"], "Shop <1>");
    assert_eq!(document["servers"], json!([{"url": "/"}]));
    // What is mounted later is there, with its prefix; the document itself is not.
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.keys().collect::<Vec<_>>(), ["/orders", "/{tenant}/orders/{id}"]);
    let parameters = paths["/{tenant}/orders/{id}"]["get"]["parameters"].as_array().unwrap();
    let names = parameters.iter().map(|it| it["name"].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(names, ["tenant", "id"]);
    let page = client.get("/docs").send().await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'self'"), "{policy}");
    assert!(page.text().contains("<title>Shop &lt;1></title>"));
    assert!(page.text().contains("src=\"docs/page.js\""), "{}", page.text());
    for (path, kind) in [("/docs/page.js", "text/javascript"), ("/docs/page.css", "text/css")] {
        let part = client.get(path).send().await;
        assert!(part.header("content-type").starts_with(kind), "{path}");
        assert_eq!(part.header("x-content-type-options"), "nosniff");
    }
    // The routes around it answer as ever.
    assert_eq!(client.get("/a/orders/1").send().await.status(), 200);
    assert_eq!(client.get("/orders?limit=1").send().await.status(), 200);
    assert_eq!(client.post("/openapi.json").send().await.status(), 405);
}

fn of<L: wirepath_http::handler::Dispatch<()>>(routes: &Routes<(), L>) -> Value {
    routes.document(&OpenApi::new("Shop", "1")).value().clone()
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn what_there_is_to_say_of_an_api() {
    let routes: Routes<(), _> = routes![list];
    let api = OpenApi::new("Shop", "1")
        .contact("Us", "https://shop.example")
        .license("Apache 2.0", "Apache-2.0")
        .tag("orders", "What was ordered.")
        .edit(|document| document["x-own"] = json!(true));
    let document = routes.document(&api);
    let value = document.value();
    assert_eq!(value["info"]["contact"]["url"], "https://shop.example");
    assert_eq!(value["info"]["license"]["identifier"], "Apache-2.0");
    assert_eq!(value["tags"][0]["name"], "orders");
    assert_eq!(value["x-own"], true);
    // However often it is made.
    assert_eq!(routes.document(&api).to_string(), document.to_string());
}

#[cfg(feature = "files")]
#[test]
fn files_are_described() {
    let files = wirepath_http::router::Files::new(".");
    let routes: Routes<(), _> = routes![list].files("/assets", files);
    let document = of(&routes);
    assert_eq!(keys(&document["paths"]), ["/assets/{path}", "/orders"]);
    let responses = &document["paths"]["/assets/{path}"]["get"]["responses"];
    assert_eq!(keys(responses), ["200", "206", "304", "307", "404", "412", "416"]);
}
