//! Statuses, errors and parameters of types.

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
    assert_eq!((&parameter["in"], &parameter["name"]), (&json!("header"), &json!("Last-Event-ID")));
    let more = &paths["/more"]["get"]["responses"];
    assert_eq!(keys(more), ["200", "406", "default"]);
    assert!(more["200"]["content"]["text/event-stream"].is_object());
    assert_eq!(Client::new(routes, ()).post("/orders").send().await.status(), 409);
}

#[derive(Serialize, JsonSchema)]
struct Tick {
    count: u8,
}

#[sse("/ticks", describe = tick)]
async fn ticks() -> impl Stream<Item = Event> {
    stream::iter([Event::data(r#"{"count":1}"#)])
}

fn tick(operation: &mut Operation<'_>) {
    operation.events::<Tick>();
}

#[derive(Deserialize, JsonSchema)]
struct Tags {
    tags: Vec<String>,
}

#[post("/tags")]
async fn tags(Form(form): Form<Tags>) -> String {
    form.tags.join(" ")
}

#[post("/text", produces = "text/markdown")]
async fn text(body: String) -> wirepath_http::Response {
    body.reply()
}

#[test]
fn bodies_and_events_are_as_they_can_be_sent() {
    let routes: Routes<(), _> = routes![ticks, tags, text];
    let document = of(&routes);
    let paths = &document["paths"];
    let events = &paths["/ticks"]["get"]["responses"]["200"]["content"]["text/event-stream"];
    let data = &events["schema"]["properties"]["data"];
    assert_eq!(data["contentSchema"], json!({"$ref": "#/components/schemas/Tick"}));
    // A list without items is no list in a form.
    let form = &paths["/tags"]["post"]["requestBody"];
    let form = &form["content"]["application/x-www-form-urlencoded"]["schema"];
    assert_eq!(form["properties"]["tags"]["minItems"], 1);
    // An empty text is none.
    let text = &paths["/text"]["post"];
    assert_eq!(text["requestBody"]["required"], false);
    assert_eq!(keys(&text["responses"]["2XX"]["content"]), ["text/markdown"]);
}

struct Tenant;

impl wirepath_http::Extract for Tenant {
    type Needs = wirepath_http::Nothing;

    fn extract(_: wirepath_http::Head<'_>, _: Self::Needs) -> Result<Self, Refusal> {
        Ok(Self)
    }
}

#[get("/silent")]
async fn silent(
    _method: wirepath_http::Method,
    _tenant: Tenant,
    _page: axum::extract::Query<Page>,
) -> Result<Own, std::convert::Infallible> {
    Ok(Own)
}

#[test]
fn what_says_nothing_of_itself_is_named() {
    let routes: Routes<(), _> = routes![silent, place, find];
    let document = routes.document(&OpenApi::new("Shop", "1"));
    let named = document.without_schema().iter().map(|it| it.split_once("::").unwrap());
    let silent = named.clone().filter(|(route, _)| route.starts_with("GET /silent: "));
    let types = silent.map(|(_, ty)| ty.split('<').next().unwrap());
    let types = types.map(|ty| ty.rsplit("::").next().unwrap()).collect::<Vec<_>>();
    assert_eq!(types, ["Tenant", "Query", "Own", "Infallible"]);
    // `Plain`, which is an error's.
    assert_eq!(named.count(), types.len() + 1);
}
