//! Through the HTTP interface.

use wirepath::http::{
    StatusCode,
    testing::{Answer, Client},
};

use super::*;
use crate::workload::WORKLOADS;

async fn get(path: &str) -> Answer {
    Client::new(routes(), ()).get(path).send().await
}

async fn post(path: &str, content_type: &str, body: &str) -> Answer {
    let client = Client::new(routes(), ());
    client.post(path).header("content-type", content_type).body(body.to_owned()).send().await
}

#[tokio::test]
async fn every_workload_has_its_right_answer() {
    let client = Client::new(routes(), ());
    for workload in WORKLOADS.iter() {
        let asking = match &workload.body {
            None => client.get(workload.target),
            Some(body) => {
                let asking = client.post(workload.target);
                asking.header("content-type", &workload.content_type()).body(body.to_vec())
            }
        };
        let answer = asking.send().await;
        assert_eq!(answer.status(), StatusCode::OK, "{}: {}", workload.name, answer.text());
        assert_eq!(answer.header("content-type"), "application/json", "{}", workload.name);
        assert!(workload.is_right(answer.body()), "{}: {}", workload.name, answer.text());
    }
}

#[tokio::test]
async fn fields_come_in_the_order_that_is_theirs() {
    for name in ["query many", "query medium", "form complex", "path deep", "json small"] {
        let workload = crate::Workload::find(name).unwrap();
        let answer = match &workload.body {
            None => get(workload.target).await,
            Some(body) => {
                let body = std::str::from_utf8(body).unwrap();
                post(workload.target, &workload.content_type(), body).await
            }
        };
        assert_eq!(answer.body(), &*workload.answer, "{name}");
    }
}

#[tokio::test]
async fn what_is_not_of_its_type_is_refused() {
    for path in [
        "/path/int/forty-two",
        "/path/int/9223372036854775808",
        "/path/uuid/550e8400",
        "/path/date/2024-02-30",
        "/path/date/today",
        "/query/few?page=first",
        "/query/medium?min_price=cheap",
    ] {
        assert_eq!(get(path).await.status(), StatusCode::UNPROCESSABLE_ENTITY, "{path}");
    }
    assert_eq!(get("/query/few").await.text(), r#"{"q":null,"page":null,"limit":null}"#);
    assert_eq!(
        get("/query/few?q=a+b%26c").await.text(),
        r#"{"q":"a b&c","page":null,"limit":null}"#
    );
}

#[tokio::test]
async fn bodies_are_really_read() {
    let json = "application/json";
    assert_eq!(post("/json/small", json, r#"{"id":-1}"#).await.status(), 422);
    assert_eq!(post("/json/medium", json, r#"{\"id\":1}"#).await.status(), 400);
    assert_eq!(post("/json/large", json, "[1, 2").await.status(), 400);
    assert_eq!(post("/json/very-large", "text/plain", "1").await.status(), 415);
    let form = "application/x-www-form-urlencoded";
    assert_eq!(
        post("/urlencoded/simple", form, "name=A&email=b&age=old&city=c").await.status(),
        422
    );
    assert_eq!(post("/urlencoded/complex", form, "name=A").await.status(), 422);
}

#[tokio::test]
async fn only_files_are_counted_and_all_of_them() {
    let body = "--x\r\ncontent-disposition: form-data; name=\"note\"\r\n\r\nno file\r\n\
                --x\r\ncontent-disposition: form-data; name=\"a\"; filename=\"a\"\r\n\r\nabc\r\n\
                --x\r\ncontent-disposition: form-data; name=\"b\"; filename=\"b\"\r\n\r\nde\r\n--x--\r\n";
    let multipart = "multipart/form-data; boundary=x";
    let answer = post("/multipart/small", multipart, body).await;
    assert_eq!(answer.text(), r#"{"files_received":2,"total_bytes":5}"#);
    let cut = body.split("de\r\n").next().unwrap();
    assert_eq!(post("/multipart/large", multipart, cut).await.status(), 400);
}

#[tokio::test]
async fn health_says_so() {
    assert_eq!(get("/health").await.text(), r#"{"status":"ok"}"#);
}
