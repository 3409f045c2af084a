//! From a request to its answer, by hand.

use std::convert::Infallible;

use hyper::{Method, Request, StatusCode, Uri, body::Incoming};
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use workloads::model::{
    Day, Deep, Dynamic, Few, Health, Id, Many, Medium, Number, Person, Post, Profile, Small, Unique,
};

use super::answer::{Answer, body, count, json, refused};

pub(super) async fn handle(request: Request<Incoming>) -> Result<Answer, Infallible> {
    let is_get = *request.method() == Method::GET;
    let is_post = *request.method() == Method::POST;
    // For as long as the path is looked at, the request cannot be read.
    let path = request.uri().path();
    if is_get {
        let found = match path {
            "/health" => Ok(json(&Health::OK)),
            "/query/few" => query::<Few>(request.uri()).map(|it| json(&it)),
            "/query/medium" => query::<Medium>(request.uri()).map(|it| json(&it)),
            "/query/many" => query::<Many>(request.uri()).map(|it| json(&it)),
            _ => parameters(path),
        };
        return Ok(found.unwrap_or_else(refused));
    }
    if !is_post {
        return Ok(refused(StatusCode::METHOD_NOT_ALLOWED));
    }
    let answer = match path {
        "/json/small" => json_body::<Small>(request).await.map(|it| json(&it)),
        "/json/medium" | "/json/large" | "/json/very-large" => {
            json_body::<Dynamic>(request).await.map(|it| json(&it))
        }
        "/urlencoded/simple" => body(request).await.and_then(|body| {
            let read = serde_urlencoded::from_bytes::<Person>(&body);
            read.map(|it| json(&it)).map_err(|_| StatusCode::UNPROCESSABLE_ENTITY)
        }),
        "/urlencoded/complex" => body(request).await.and_then(|body| {
            let read = serde_html_form::from_bytes::<Profile>(&body);
            read.map(|it| json(&it)).map_err(|_| StatusCode::UNPROCESSABLE_ENTITY)
        }),
        "/multipart/small" | "/multipart/medium" | "/multipart/large" => {
            count(request).await.map(|it| json(&it))
        }
        _ => Err(StatusCode::NOT_FOUND),
    };
    Ok(answer.unwrap_or_else(refused))
}

fn parameters(path: &str) -> Result<Answer, StatusCode> {
    let rest = path.strip_prefix("/path/").ok_or(StatusCode::NOT_FOUND)?;
    let (kind, rest) = rest.split_once('/').ok_or(StatusCode::NOT_FOUND)?;
    match kind {
        "simple" => Ok(json(&Id { id: one(rest)? })),
        "multiple" => {
            let [user_id, post_id] = several(rest)?;
            Ok(json(&Post { user_id, post_id }))
        }
        "deep" => {
            let [org, team, project, resource, id] = several(rest)?;
            Ok(json(&Deep { org, team, project, resource, id }))
        }
        "int" => Ok(json(&Number { id: parsed(rest)? })),
        "uuid" => Ok(json(&Unique { uuid: parsed(rest)? })),
        "date" => Ok(json(&Day { date: parsed(rest)? })),
        _ => Err(StatusCode::NOT_FOUND),
    }
}

fn one(segment: &str) -> Result<String, StatusCode> {
    match percent_decode_str(segment).decode_utf8() {
        Ok(_) if segment.contains('/') => Err(StatusCode::NOT_FOUND),
        Ok(text) => Ok(text.into_owned()),
        Err(_) => Err(StatusCode::BAD_REQUEST),
    }
}

fn several<const N: usize>(rest: &str) -> Result<[String; N], StatusCode> {
    let mut segments = rest.split('/');
    let mut found = [const { String::new() }; N];
    for place in &mut found {
        *place = one(segments.next().ok_or(StatusCode::NOT_FOUND)?)?;
    }
    match segments.next() {
        None => Ok(found),
        Some(_) => Err(StatusCode::NOT_FOUND),
    }
}

fn parsed<T: std::str::FromStr>(segment: &str) -> Result<T, StatusCode> {
    let text = percent_decode_str(segment).decode_utf8().map_err(|_| StatusCode::BAD_REQUEST)?;
    text.parse().map_err(|_| StatusCode::UNPROCESSABLE_ENTITY)
}

fn query<T: DeserializeOwned>(uri: &Uri) -> Result<T, StatusCode> {
    let query = uri.query().unwrap_or_default();
    serde_urlencoded::from_str(query).map_err(|_| StatusCode::UNPROCESSABLE_ENTITY)
}

async fn json_body<T: DeserializeOwned>(request: Request<Incoming>) -> Result<T, StatusCode> {
    let body = body(request).await?;
    serde_json::from_slice(&body).map_err(|_| StatusCode::UNPROCESSABLE_ENTITY)
}
