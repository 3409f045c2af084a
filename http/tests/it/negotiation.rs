//! What the client takes, and what it sends: 406 and 415.

use wirepath_http::{
    Accepts, Form, Html, Json, Refusal, Reply, Response, get, post, route, routes, testing::Client,
};

#[get("/rows", produces = "text/csv")]
async fn rows() -> ([(wirepath_http::HeaderName, wirepath_http::HeaderValue); 1], &'static str) {
    let kind = wirepath_http::HeaderValue::from_static("text/csv");
    ([(wirepath_http::header::CONTENT_TYPE, kind)], "a,b\n")
}

#[route("/number/{number}", methods = [GET, PUT], produces = ["application/json", "text/html"])]
async fn number(number: u8, accepts: Accepts) -> Result<Response, Refusal> {
    Ok(match accepts.best(&["application/json", "text/html"])? {
        "text/html" => Html(format!("<b>{number}</b>")).reply(),
        _ => Json(number).reply(),
    })
}

#[post("/json")]
async fn json(Json(number): Json<u8>) -> String {
    number.to_string()
}

#[post("/form")]
async fn form(Form(pairs): Form<Vec<(String, String)>>) -> String {
    pairs.len().to_string()
}

fn client() -> Client<impl wirepath_http::Serve> {
    Client::new(routes![rows, number, json, form], ())
}

#[tokio::test]
async fn a_client_that_takes_nothing_of_it_is_answered_406() {
    let client = client();
    for (path, accept, status) in [
        ("/rows", "text/csv", 200),
        ("/rows", "text/*;q=0.1", 200),
        ("/rows", "*/*", 200),
        ("/rows", "text/html", 406),
        ("/rows", "text/csv;q=0, */*", 406),
        ("/number/1", "text/html", 200),
        ("/number/1", "text/csv", 406),
        // Before the arguments are looked at.
        ("/number/x", "text/csv", 406),
        ("/number/x", "*/*", 422),
    ] {
        let answer = client.get(path).header("accept", accept).send().await;
        assert_eq!(answer.status().as_u16(), status, "{path} {accept}");
    }
    assert_eq!(client.get("/rows").send().await.text(), "a,b\n");
    let answer = client.get("/number/1").header("accept", "text/csv").send().await;
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert!(answer.text().contains("application/json, text/html"), "{}", answer.text());
}

#[tokio::test]
async fn what_the_client_likes_best() {
    let client = client();
    for (accept, expected) in [
        ("", "1"),
        ("text/html, application/json;q=0.9", "<b>1</b>"),
        ("text/html;q=0.5, application/json;q=0.9", "1"),
    ] {
        let asking = client.get("/number/1").header("accept", accept);
        assert_eq!(asking.send().await.text(), expected, "{accept}");
    }
}

#[tokio::test]
async fn a_body_of_another_type_is_415_in_the_words_that_the_client_takes() {
    let client = client();
    for (path, kind, status) in [
        ("/json", "application/json", 200),
        ("/json", "application/vnd.x+json; charset=utf-8", 200),
        ("/json", "text/json", 415),
        ("/json", "application/x-www-form-urlencoded", 415),
        ("/form", "application/x-www-form-urlencoded", 200),
        ("/form", "application/json", 415),
        ("/form", "multipart/form-data; boundary=x", 415),
    ] {
        let answer = client.post(path).header("content-type", kind).body("1").send().await;
        assert_eq!(answer.status().as_u16(), status, "{path} {kind}");
    }
    let bare = || client.post("/json").body("1");
    assert_eq!(bare().send().await.header("content-type"), "application/problem+json");
    let answer = bare().header("accept", "text/plain").send().await;
    assert_eq!(
        (answer.status().as_u16(), answer.header("content-type")),
        (415, "text/plain; charset=utf-8")
    );
    assert!(answer.text().contains("application/json"), "{}", answer.text());
}
