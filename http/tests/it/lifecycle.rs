//! What becomes of responses on their way out.

use std::sync::{Arc, Mutex};

use wirepath_http::{
    Extract, Head, HeaderValue, Method, Nothing, Refusal, Response, State, StatusCode, Uri, get,
    middleware, on_error, on_response, routes, testing::Client,
};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

#[get("/")]
async fn root() -> &'static str {
    "root"
}

#[get("/panics")]
async fn panics() {
    panic!("on purpose");
}

#[middleware]
async fn guard(uri: Uri) -> Option<StatusCode> {
    (uri.path() == "/closed").then_some(StatusCode::FORBIDDEN)
}

#[on_response(order = -1)]
async fn marked(State(log): State<Log>, uri: Uri, mut response: Response) -> Response {
    log.0.lock().unwrap().push(format!("{} {}", uri.path(), response.status().as_u16()));
    response.headers_mut().insert("x-seen", HeaderValue::from_static("1"));
    response
}

#[on_error(order = -2)]
async fn told(method: Method, response: Response) -> (StatusCode, String) {
    (response.status(), format!("{method} failed"))
}

#[tokio::test]
async fn responses_are_seen_whoever_made_them_and_errors_once_more() {
    let log = Log::default();
    let client = Client::new(routes![root, panics, guard, marked, told], log.clone());
    for (path, status, text) in [
        ("/", 200, "root"),
        ("/none", 404, "GET failed"),
        ("/closed", 403, "GET failed"),
        ("/panics", 500, "GET failed"),
    ] {
        let answer = client.get(path).send().await;
        assert_eq!((answer.status().as_u16(), answer.text()), (status, text), "{path}");
        // The outer one has made another response of it.
        assert_eq!(answer.header("x-seen"), if status == 200 { "1" } else { "" }, "{path}");
    }
    assert_eq!(client.post("/").send().await.text(), "POST failed");
    assert_eq!(log.take(), ["/ 200", "/none 404", "/closed 403", "/panics 500", "/ 405"]);
}

/// Nobody has it.
struct Ticket;

impl Extract for Ticket {
    type Needs = Nothing;

    fn extract(_: Head<'_>, _: Nothing) -> Result<Self, Refusal> {
        Err(Refusal::new(StatusCode::UNAUTHORIZED, "no ticket"))
    }
}

#[on_response]
async fn stamped(_ticket: Ticket, response: Response) -> Response {
    response
}

#[tokio::test]
async fn an_argument_that_is_refused_is_the_answer() {
    let client = Client::new(routes![root, stamped], ());
    assert_eq!(client.get("/").send().await.status(), StatusCode::UNAUTHORIZED);
}
