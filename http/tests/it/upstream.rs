//! Clients by name, against canned answers: what is repeated, what goes along, what their failures are answered with.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use tokio::time::Instant;
use wirepath_http::{
    Body, HeaderValue, Http, Method, Reply, StatusCode,
    client::{ClientError, Waiting},
    config::ClientConfig,
    get, routes,
    testing::{self, Client, Upstream},
};

fn canned() -> (Upstream, Http) {
    let api = Upstream::new();
    let http = testing::http([("api", &api)]);
    (api, http)
}

#[tokio::test(start_paused = true)]
async fn what_is_repeated() {
    for (method, status, tries) in [
        (Method::GET, 503, 3),
        (Method::DELETE, 502, 3),
        (Method::PUT, 504, 3),
        (Method::POST, 503, 1),
        (Method::PATCH, 503, 1),
        (Method::GET, 500, 1),
        (Method::GET, 429, 1),
    ] {
        let (api, http) = canned();
        api.add_response("/", StatusCode::from_u16(status).unwrap());
        let answer =
            http.client("api").request(method.clone(), "/").body("x").send().await.unwrap();
        assert_eq!(answer.status(), status);
        let sent = api.sent_requests();
        assert_eq!(sent.len(), tries, "{method} {status}");
        assert!(sent.iter().all(|sent| sent.text() == "x"));
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_not_sent_is_repeated_for_any_method() {
    let (api, http) = canned();
    api.refuse_connection("/");
    api.refuse_connection("/");
    api.add_response("/", "at last");
    let answer = http.client("api").post("/").body("x").send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "at last");

    api.break_connection("/broken");
    let post = || http.client("api").post("/broken");
    assert!(matches!(post().send().await.unwrap_err(), ClientError::Broken { .. }));
    assert_eq!(api.sent_requests().len(), 2);
    assert!(post().idempotent().send().await.is_err());
    assert_eq!(api.sent_requests().len(), 5);
    assert!(post().idempotent().retries(0).send().await.is_err());
    assert_eq!(api.sent_requests().len(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_streamed_body_is_sent_once() {
    let (api, http) = canned();
    api.add_response("/", StatusCode::SERVICE_UNAVAILABLE);
    let body = Body::boxed(http_body_util::Full::new(Bytes::from_static(b"x")));
    assert_eq!(http.client("api").put("/").body(body).send().await.unwrap().status(), 503);
    assert_eq!(api.sent_requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_kept_to_within_the_time() {
    let later = |seconds: &'static str| {
        let header = (wirepath_http::header::RETRY_AFTER, HeaderValue::from_static(seconds));
        (StatusCode::SERVICE_UNAVAILABLE, [header], "later").reply()
    };
    let (api, http) = canned();
    api.add_response("/", later("3"));
    api.add_response("/", "done");
    let started = Instant::now();
    let answer = http.client("api").get("/").send().await.unwrap();
    assert_eq!((answer.status(), started.elapsed()), (StatusCode::OK, Duration::from_secs(3)));

    api.add_response("/late", later("6"));
    let started = Instant::now();
    let answer = http.client("api").get("/late").send().await.unwrap();
    assert_eq!(answer.status(), 503);
    assert_eq!(started.elapsed(), Duration::ZERO);
    assert_eq!(answer.text().await.unwrap(), "later");
}

#[tokio::test(start_paused = true)]
async fn the_time_is_over_for_all_attempts_together() {
    let (api, http) = canned();
    api.stay_silent("/");
    let started = Instant::now();
    let request = http.client("api").get("/").timeout(Duration::from_millis(700));
    let error = request.send().await.unwrap_err();
    assert!(matches!(error, ClientError::TimedOut { waiting: Waiting::Head, .. }), "{error}");
    assert_eq!(started.elapsed(), Duration::from_millis(700));
    assert_eq!(error.answer_status(), 504);
}

#[tokio::test(start_paused = true)]
async fn places_are_bounded_and_given_back() {
    let api = Upstream::new();
    let mut config = ClientConfig::new("http://api.test".parse().unwrap());
    config.max_in_flight = 1;
    let http = testing::http_with(&testing::http([]), "api", &config, &api);
    api.add_response("/", "body");
    let first = http.client("api").get("/").send().await.unwrap();
    let error = http.client("api").get("/").send().await.unwrap_err();
    assert!(matches!(error, ClientError::TimedOut { waiting: Waiting::Place, .. }), "{error}");
    assert_eq!(first.text().await.unwrap(), "body");
    drop(http.client("api").get("/").send().await.unwrap());
    assert_eq!(http.client("api").get("/").send().await.unwrap().status(), 200);
}

#[get("/through")]
async fn through(http: Http) -> Result<String, ClientError> {
    http.client("api").get("/there").send().await?.error_for_status()?.text().await
}

#[get("/lost")]
async fn lost(http: Http) -> Result<String, ClientError> {
    http.client("apy").get("/").send().await?.text().await
}

#[tokio::test]
async fn a_trace_goes_through_a_handler() {
    let api = Upstream::new();
    api.add_response("/there", "there");
    let client = Client::new(routes![through], ()).upstream("api", &api);
    let answer = client
        .get("/through")
        .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        .header("x-request-id", "r-7")
        .header("authorization", "Bearer theirs")
        .send()
        .await;
    assert_eq!(answer.text(), "there");
    let sent = &api.sent_requests()[0];
    let parent = sent.header("traceparent");
    assert!(parent.starts_with("00-0af7651916cd43dd8448eb211c80319c-"), "{parent}");
    assert!(parent.ends_with("-01") && !parent.contains("b7ad6b7169203331"), "{parent}");
    assert_eq!((sent.header("x-request-id"), sent.header("authorization")), ("r-7", ""));
}

#[tokio::test(start_paused = true)]
async fn what_a_handler_answers_that_fails() {
    let api = Upstream::new();
    let client = Client::new(routes![through, lost], ()).upstream("api", &api);
    api.add_response("/there", StatusCode::NOT_FOUND);
    api.refuse_connection("/there");
    let answer = client.get("/through").send().await;
    assert_eq!(answer.status(), 502);
    assert!(!answer.text().contains("api"), "{}", answer.text());
    assert_eq!(client.get("/through").send().await.status(), 502);
    assert_eq!(client.get("/lost").send().await.status(), 500);
    // Without any client too.
    assert_eq!(Client::new(routes![lost], ()).get("/lost").send().await.status(), 500);
    let slow = Upstream::new();
    slow.stay_silent("/there");
    let client = Client::new(routes![through], ()).upstream("api", &slow);
    assert_eq!(client.get("/through").send().await.status(), 504);
}

#[tokio::test]
async fn no_value_of_a_body_is_in_an_error() {
    let (api, http) = canned();
    for (body, expected) in [
        (
            r#"{"pin": "secret"}"#,
            "its JSON does not fit the type that it is read as: line 1, column 16",
        ),
        (r#"{"pin": 1, "secret"}"#, "it is not JSON: line 1, column 20"),
        (r#"{"pin": 1, "secret"#, "it ends within its JSON: line 1, column 18"),
    ] {
        let path = format!("/{}", body.len());
        api.add_response(&path, body);
        let answer = http.client("api").get(&path).send().await.unwrap();
        let error = answer.json::<BTreeMap<String, u8>>().await.unwrap_err().to_string();
        assert_eq!(error, format!("client `api`: the answer's body cannot be read: {expected}"));
    }
}

#[tokio::test]
async fn paths_stay_below_the_base() {
    let (api, http) = canned();
    for path in ["//evil.test/", "http://evil.test/", "/../x", "/a b"] {
        let error = http.client("api").get(path).send().await.unwrap_err();
        assert!(matches!(error, ClientError::Path { .. }), "{path}: {error}");
    }
    assert!(api.sent_requests().is_empty());
}
