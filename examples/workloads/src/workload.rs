//! The requests, and the answers that are right.

use std::{borrow::Cow, sync::LazyLock};

use serde_json::Value;

use crate::model::Dynamic;

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The body, read and written again.
    Json,
    /// Parameters of the path.
    Path,
    /// A query.
    Query,
    /// An urlencoded form.
    Form,
    /// Files, counted.
    Multipart,
}

/// One kind of request.
#[derive(Debug)]
pub struct Workload {
    /// What it is called: `json small`.
    pub name: &'static str,
    /// What it asks for.
    pub kind: Kind,
    /// Path and query.
    pub target: &'static str,
    /// The body of a `POST`; none is a `GET`.
    pub body: Option<Cow<'static, [u8]>>,
    /// JSON that says the same as the body of the right answer.
    pub answer: Cow<'static, [u8]>,
}

/// All of them.
pub static WORKLOADS: LazyLock<Vec<Workload>> = LazyLock::new(|| {
    [jsons(), paths(), queries(), forms(), multiparts()].into_iter().flatten().collect()
});

/// What stands between the parts of the multipart bodies.
const BOUNDARY: &str = "----wirepath7d1e0f9a2b3c";

const QUERY_MANY: &str = "/query/many?q=search&page=1&limit=20&sort=date&order=desc&filter=active&category=tech\
    &subcategory=mobile&brand=test&min_price=0&max_price=999&rating=4&verified=true&in_stock=true&shipping=fast&color=blue";

impl Workload {
    /// The one of this name; spaces may be written as dashes.
    pub fn find(name: &str) -> Option<&'static Self> {
        WORKLOADS.iter().find(|it| it.name == name || it.name.replace(' ', "-") == name)
    }

    /// The type of the body.
    pub fn content_type(&self) -> String {
        match self.kind {
            Kind::Json | Kind::Path | Kind::Query => "application/json".to_owned(),
            Kind::Form => "application/x-www-form-urlencoded".to_owned(),
            Kind::Multipart => format!("multipart/form-data; boundary={BOUNDARY}"),
        }
    }

    /// The request as it is on the wire, with the headers that load generators send.
    pub fn request(&self, host: &str) -> Vec<u8> {
        let method = if self.body.is_some() { "POST" } else { "GET" };
        let mut head = format!(
            "{method} {} HTTP/1.1\r\nhost: {host}\r\nuser-agent: wirepath-load/{}\r\naccept: */*\r\n",
            self.target,
            env!("CARGO_PKG_VERSION"),
        );
        if let Some(body) = &self.body {
            head += &format!(
                "content-type: {}\r\ncontent-length: {}\r\n",
                self.content_type(),
                body.len()
            );
        }
        head += "\r\n";
        let mut request = head.into_bytes();
        request.extend_from_slice(self.body.as_deref().unwrap_or_default());
        request
    }

    /// Whether this is the right answer's body, however it is written: `100` is `100.0`, and the order of names is free.
    pub fn is_right(&self, body: &[u8]) -> bool {
        let read = |text| serde_json::from_slice::<Dynamic>(text).ok();
        *body == *self.answer
            || read(body).zip(read(&self.answer)).is_some_and(|(one, other)| same(&one, &other))
    }
}

fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || one.as_f64() == other.as_f64()
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(name, one)| other.get(name).is_some_and(|other| same(one, other)))
        }
        _ => one == other,
    }
}

fn jsons() -> Vec<Workload> {
    let json = |name, target, body: Cow<'static, [u8]>| Workload {
        name,
        kind: Kind::Json,
        target,
        answer: body.clone(),
        body: Some(body),
    };
    vec![
        json("json small", "/json/small", include_bytes!("../data/json-small.json").into()),
        json("json medium", "/json/medium", include_bytes!("../data/json-medium.json").into()),
        json("json large", "/json/large", include_bytes!("../data/json-large.json").into()),
        json("json very large", "/json/very-large", very_large().into_bytes().into()),
    ]
}

/// 2,000 times the small body, and 50,000 characters of padding.
fn very_large() -> String {
    let items = vec![include_str!("../data/json-small.json"); 2_000].join(",");
    let description = "Very large dataset for performance testing".repeat(10);
    let padding = "Y".repeat(50_000);
    format!(
        r#"{{"data":[{items}],"total":1000,"page":1,"metadata":{{"timestamp":"2024-01-01T00:00:00Z","version":"1.0.0","description":"{description}"}},"payload":"{padding}"}}"#
    )
}

fn get(kind: Kind, name: &'static str, target: &'static str, answer: &'static str) -> Workload {
    Workload { name, kind, target, body: None, answer: answer.as_bytes().into() }
}

fn paths() -> Vec<Workload> {
    let path = |name, target, answer| get(Kind::Path, name, target, answer);
    vec![
        path("path simple", "/path/simple/test123", r#"{"id":"test123"}"#),
        path(
            "path multiple",
            "/path/multiple/user456/post789",
            r#"{"user_id":"user456","post_id":"post789"}"#,
        ),
        path(
            "path deep",
            "/path/deep/acme/engineering/backend/api/item123",
            r#"{"org":"acme","team":"engineering","project":"backend","resource":"api","id":"item123"}"#,
        ),
        path("path int", "/path/int/42", r#"{"id":42}"#),
        path(
            "path uuid",
            "/path/uuid/550e8400-e29b-41d4-a716-446655440000",
            r#"{"uuid":"550e8400-e29b-41d4-a716-446655440000"}"#,
        ),
        path("path date", "/path/date/2024-01-15", r#"{"date":"2024-01-15"}"#),
    ]
}

fn queries() -> Vec<Workload> {
    let query = |name, target, answer| get(Kind::Query, name, target, answer);
    vec![
        query(
            "query few",
            "/query/few?q=search&page=1&limit=20",
            r#"{"q":"search","page":1,"limit":20}"#,
        ),
        query(
            "query medium",
            "/query/medium?category=electronics&tags=phone,smart&min_price=100&max_price=1000&sort=price&order=asc&page=1&limit=20",
            r#"{"category":"electronics","tags":"phone,smart","min_price":100.0,"max_price":1000.0,"sort":"price","order":"asc","page":1,"limit":20}"#,
        ),
        query(
            "query many",
            QUERY_MANY,
            r#"{"q":"search","page":"1","limit":"20","sort":"date","order":"desc","filter":"active","category":"tech","subcategory":"mobile","brand":"test","min_price":"0","max_price":"999","rating":"4","verified":"true","in_stock":"true","shipping":"fast","color":"blue"}"#,
        ),
    ]
}

fn forms() -> Vec<Workload> {
    let form = |name, target, body: &'static [u8], answer: &'static str| Workload {
        name,
        kind: Kind::Form,
        target,
        body: Some(body.into()),
        answer: answer.as_bytes().into(),
    };
    vec![
        form(
            "form simple",
            "/urlencoded/simple",
            include_bytes!("../data/url-simple.txt"),
            r#"{"name":"John Doe","email":"john@example.com","age":30,"city":"New York"}"#,
        ),
        form(
            "form complex",
            "/urlencoded/complex",
            include_bytes!("../data/url-complex.txt"),
            r#"{"name":"John Doe","email":"john@example.com","age":30,"city":"New York","country":"USA","phone":"+1234567890","address":"123 Main St","zip":"10001","interests":["tech","sports","music"],"company":"TestCorp","position":"Engineer","department":"Engineering","salary":100000,"start_date":"2020-01-15","active":true,"verified":true,"newsletter":true,"terms":true}"#,
        ),
    ]
}

fn multiparts() -> Vec<Workload> {
    let multipart = |name, target, files: usize, octets: usize| Workload {
        name,
        kind: Kind::Multipart,
        target,
        body: Some(multipart_body(files, octets / files).into()),
        answer: format!(r#"{{"files_received":{files},"total_bytes":{octets}}}"#)
            .into_bytes()
            .into(),
    };
    vec![
        multipart("multipart small", "/multipart/small", 1, 1_024),
        multipart("multipart medium", "/multipart/medium", 2, 10_240),
        multipart("multipart large", "/multipart/large", 5, 102_400),
    ]
}

/// So many files of so many octets each: every octet there is, over and over.
fn multipart_body(files: usize, octets: usize) -> Vec<u8> {
    let data: Vec<u8> = (0..=u8::MAX).cycle().take(octets).collect();
    let mut body = Vec::new();
    for file in 1..=files {
        let head = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file{file}\"; filename=\"file{file}.bin\"\r\n\
             content-type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(&data);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_as_long_as_they_are_known_to_be() {
        let length = |name| Workload::find(name).unwrap().body.as_ref().unwrap().len();
        assert_eq!(length("json-small"), 86);
        assert_eq!(length("json medium"), 1_217);
        assert_eq!(length("json large"), 23_686);
        assert_eq!(length("json very large"), 224_548);
        assert_eq!((length("form simple"), length("form complex")), (59, 316));
        assert_eq!(WORKLOADS.len(), 18);
    }

    #[test]
    fn an_answer_is_right_however_it_is_written() {
        let medium = Workload::find("json medium").unwrap();
        let value: Value = serde_json::from_slice(&medium.answer).unwrap();
        assert!(medium.is_right(value.to_string().as_bytes()));
        let less = value.to_string().replace("99.99", "99.98");
        assert!(!medium.is_right(less.as_bytes()) && !medium.is_right(b"null"));
        let few = Workload::find("query few").unwrap();
        assert!(few.is_right(br#"{"limit": 20.0, "q": "search", "page": 1}"#));
        assert!(!few.is_right(br#"{"limit": 20, "q": "search"}"#));
    }
}
