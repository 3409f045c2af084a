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
