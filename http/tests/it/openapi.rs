//! The OpenAPI document of handlers' own types.

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

mod said {
    use super::*;

    /// The old list.
    #[deprecated(note = "use /v2/orders")]
    #[get("/orders")]
    async fn old() -> &'static str {
        "old"
    }

    #[get("/secret", hidden)]
    async fn secret() {}

    #[post("/jobs", answers = [202, 409, 503])]
    async fn start() -> Result<(StatusCode, Json<u8>), Refusal> {
        Ok((StatusCode::ACCEPTED, Json(1)))
    }

    #[delete("/jobs/{id}", answers = [204, 404])]
    async fn stop(_id: u8) -> StatusCode {
        StatusCode::NO_CONTENT
    }

    #[post("/photos", describe = photo)]
    async fn photos(_octets: Bytes) {}

    fn photo(operation: &mut Operation<'_>) {
        operation.body("image/png", json!({}));
        operation.parameter("header", "x-album", false, json!({"type": "string"}));
        operation.answer_header(
            "204",
            "x-place",
            json!({"type": "integer", "description": "Where."}),
        );
        operation.set("x-cost", json!(3));
    }

    #[tokio::test]
    async fn what_the_attribute_says_is_in_the_document() {
        let routes: Routes<(), _> = routes![old, secret, start, stop, photos];
        let document = of(&routes);
        let paths = &document["paths"];
        assert_eq!(keys(paths), ["/jobs", "/jobs/{id}", "/orders", "/photos"]);
        let old = &paths["/orders"]["get"];
        assert_eq!((&old["deprecated"], &old["summary"]), (&json!(true), &json!("The old list.")));
        assert_eq!(old["description"], "Deprecated: use /v2/orders");
        let start = &paths["/jobs"]["post"]["responses"];
        assert_eq!(keys(start), ["202", "409", "503"]);
        assert!(start["202"]["content"]["application/json"].is_object());
        assert_eq!(start["409"], json!({"$ref": "#/components/responses/Problem409"}));
        let stop = &paths["/jobs/{id}"]["delete"]["responses"];
        assert_eq!(keys(stop), ["204", "404", "422"]);
        assert_eq!(stop["404"], json!({"description": "Not Found"}));
        let photos = &paths["/photos"]["post"];
        assert!(photos["requestBody"]["content"]["image/png"].is_object());
        assert_eq!(photos["parameters"][0]["name"], "x-album");
        let place = &photos["responses"]["204"]["headers"]["x-place"];
        assert_eq!(*place, json!({"schema": {"type": "integer"}, "description": "Where."}));
        assert_eq!(photos["x-cost"], 3);
        // Hidden and deprecated routes are served.
        let client = Client::new(routes, ());
        assert_eq!(client.get("/secret").send().await.status(), 204);
        assert_eq!(client.get("/orders").send().await.text(), "old");
    }
}

mod types {
    use super::*;

    #[derive(Debug)]
    enum Mistake {
        Taken,
    }

    impl axum::response::IntoResponse for Mistake {
        fn into_response(self) -> axum::response::Response {
            Refusal::new(StatusCode::CONFLICT, format!("{self:?}")).into_response()
        }
    }

    impl DescribeOutput for Mistake {
        fn describe(operation: &mut Operation<'_>) {
            operation.refuses(&[409]);
        }
    }

    struct Own;

    impl Reply for Own {
        fn reply(self) -> wirepath_http::Response {
            "own".reply()
        }
    }

    #[post("/orders")]
    async fn place() -> Result<Created<Json<Order>>, Mistake> {
        Err(Mistake::Taken)
    }

    #[get("/orders")]
    async fn find(
        page: Option<Query<Page>>,
        accepts: Accepts,
    ) -> Result<String, (StatusCode, Json<Plain>)> {
        let _ = (page.map(|Query(page)| page.limit), accepts);
        Ok(String::new())
    }

    #[get("/own")]
    async fn own() -> Own {
        Own
    }

    #[get("/events")]
    async fn events(_last: LastEventId) -> Sse<impl Stream<Item = Event>> {
        Sse::new(stream::iter([Event::data("a")]))
    }

    #[sse("/more")]
    async fn more() -> Result<impl Stream<Item = Event>, Refusal> {
        Ok(stream::iter([Event::data("a")]))
    }

    #[tokio::test]
    async fn statuses_and_errors_are_those_of_the_types() {
        let routes: Routes<(), _> = routes![place, find, own, events, more];
        let document = of(&routes);
        let paths = &document["paths"];
        assert_eq!(keys(&paths["/orders"]["post"]["responses"]), ["201", "409"]);
        let find = &paths["/orders"]["get"];
        assert_eq!(keys(&find["responses"]), ["200", "406", "default"]);
        assert!(find["responses"]["default"]["content"]["application/json"].is_object());
        let parameters = find["parameters"].as_array().unwrap();
        assert_eq!(parameters.len(), 3);
        assert!(parameters.iter().all(|it| it["required"] == false));
        assert_eq!(keys(&paths["/own"]["get"]["responses"]), ["default"]);
        let parameter = &paths["/events"]["get"]["parameters"][0];
        assert_eq!(
            (&parameter["in"], &parameter["name"]),
            (&json!("header"), &json!("Last-Event-ID"))
        );
        let more = &paths["/more"]["get"]["responses"];
        assert_eq!(keys(more), ["200", "406", "default"]);
        assert!(more["200"]["content"]["text/event-stream"].is_object());
        assert_eq!(Client::new(routes, ()).post("/orders").send().await.status(), 409);
    }
}

mod security {
    use super::*;

    #[get("/me")]
    async fn me(caller: Caller) -> String {
        caller.name().to_owned()
    }

    #[get("/health")]
    async fn health() {}

    #[get("/greeting")]
    async fn greeting(caller: Option<Caller>) -> String {
        caller.map_or_else(String::new, |it| it.name().to_owned())
    }

    fn around() -> Around {
        let auth = Auth::new().api_key("shop", "0123456789abcdef", &[]);
        let auth = auth.open(["/health", "/greeting", "/openapi.json"]);
        Around::new().auth(auth).rate_limit(RateLimit::new(RateKey::Address, 100))
    }

    #[tokio::test]
    async fn who_may_ask_is_what_the_configuration_says() {
        let api = OpenApi::new("Shop", "1");
        let routes = routes![me, health, greeting].openapi("/openapi.json", api);
        let client = Client::new(routes.openapi_around(&around()), ()).around(&around()).unwrap();
        let document: Value = client.get("/openapi.json").send().await.json();
        assert!(!document.to_string().contains("0123456789abcdef"));
        let schemes = &document["components"]["securitySchemes"];
        let scheme = json!({"type": "apiKey", "in": "header", "name": "x-api-key"});
        assert_eq!(*schemes, json!({"apiKey": scheme}));
        let paths = &document["paths"];
        assert_eq!(paths["/me"]["get"]["security"], json!([{"apiKey": []}]));
        assert_eq!(keys(&paths["/me"]["get"]["responses"]), ["200", "401", "429"]);
        assert_eq!(paths["/health"]["get"].get("security"), None);
        assert_eq!(keys(&paths["/health"]["get"]["responses"]), ["204", "429"]);
        assert_eq!(paths["/greeting"]["get"]["security"], json!([{"apiKey": []}, {}]));
        let problems = &document["components"]["responses"];
        assert!(problems["Problem401"]["headers"]["WWW-Authenticate"].is_object());
        assert!(problems["Problem429"]["headers"]["Retry-After"].is_object());
        assert_eq!(client.get("/me").send().await.status(), 401);
        assert_eq!(client.get("/health").send().await.status(), 204);
    }

    #[test]
    fn schemes_of_ones_own() {
        let routes: Routes<(), _> = routes![health];
        let api = OpenApi::new("Shop", "1").secured("hook", SecurityScheme::bearer(""));
        let document = routes.document(&api).value().clone();
        let health = &document["paths"]["/health"]["get"];
        assert_eq!(health["security"], json!([{"hook": []}]));
        assert!(health["responses"]["401"].is_object());
        let scheme = &document["components"]["securitySchemes"]["hook"];
        assert_eq!(*scheme, json!({"type": "http", "scheme": "bearer"}));
    }
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
