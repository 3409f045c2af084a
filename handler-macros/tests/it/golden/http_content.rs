#[sse("/events/{id}")]
async fn events(id: u64) -> impl Stream<Item = Event> {
    stream::iter([Event::data(id.to_string())])
}

#[get("/rows", produces = ["text/csv", "application/json"])]
async fn rows(accepts: Accepts) -> String {
    String::new()
}

#[on_response(order = 2)]
async fn seen(uri: Uri, response: Response) -> Response {
    response
}

#[on_error]
async fn failed(response: Response) -> Response {
    response
}

/// Places an order.
///
/// At once.
#[deprecated(since = "2.0.0", note = "use `/v2/orders`")]
#[post("/orders", tags = ["orders", "shop"], answers = [201, 409], describe = documents::place)]
async fn place(order: Json<Order>) -> Result<(StatusCode, Json<Order>), Refusal> {
    Err(Refusal::new(StatusCode::CONFLICT, "taken"))
}

#[get("/health", hidden)]
async fn health() {}

#[sse("/news")]
async fn news() -> Result<impl Stream<Item = Event>, Refusal> {
    Ok(stream::empty())
}
