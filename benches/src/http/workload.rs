//! What is asked, and what the answer has to be.

/// One kind of request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Workload {
    pub(super) name: &'static str,
    pub(super) method: &'static str,
    pub(super) target: &'static str,
    pub(super) content_type: &'static str,
    pub(super) body: &'static str,
    pub(super) answer: &'static str,
}

const JSON: &str =
    r#"{"id":12345,"name":"test_item","active":true,"count":42,"tags":["tag1","tag2","tag3"]}"#;

/// Of the fourteen, those that the shape of the server decides.
pub(super) const WORKLOADS: &[Workload] = &[
    Workload {
        name: "path simple",
        method: "GET",
        target: "/path/simple/test123",
        content_type: "",
        body: "",
        answer: r#"{"id":"test123"}"#,
    },
    Workload {
        name: "query few",
        method: "GET",
        target: "/query/few?q=search&page=1&limit=20",
        content_type: "",
        body: "",
        answer: r#"{"q":"search","page":1,"limit":20}"#,
    },
    Workload {
        name: "form simple",
        method: "POST",
        target: "/urlencoded/simple",
        content_type: "application/x-www-form-urlencoded",
        body: "name=John+Doe&email=john%40example.com&age=30&city=New+York",
        answer: r#"{"name":"John Doe","email":"john@example.com","age":30,"city":"New York"}"#,
    },
    Workload {
        name: "json small",
        method: "POST",
        target: "/json/small",
        content_type: "application/json",
        body: JSON,
        answer: JSON,
    },
];

impl Workload {
    /// The request as it is on the wire.
    pub(super) fn request(&self) -> Vec<u8> {
        let mut text = format!(
            "{} {} HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: wirepath-load\r\naccept: */*\r\n",
            self.method, self.target
        );
        if !self.body.is_empty() {
            let (content_type, length) = (self.content_type, self.body.len());
            text += &format!("content-type: {content_type}\r\ncontent-length: {length}\r\n");
        }
        text += "\r\n";
        text += self.body;
        text.into_bytes()
    }
}
