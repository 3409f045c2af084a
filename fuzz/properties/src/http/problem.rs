//! Problem bodies read back, and `Accept` chooses one of them.

use bytes::BytesMut;
use http::StatusCode;
use serde_json::Value;
use wirepath_http::protocol::{
    accept,
    problem::{FieldProblem, Form, Problem},
};

use crate::Octets;

/// The target: texts for every member, and a header line.
///
/// # Panics
///
/// If the JSON does not read back as it was meant, or if the text has more lines than things to say.
pub fn any_octets(data: &[u8]) {
    let mut octets = Octets::new(data);
    let status = StatusCode::from_u16(100 + octets.next_u16() % 900).unwrap_or_default();
    let mut next = || {
        let length = usize::from(octets.next_u8() % 32);
        super::text(octets.take(length))
    };
    let [kind, title, detail, name, value] = [next(), next(), next(), next(), next()];
    let problem = Problem::new(status)
        .kind(kind.clone())
        .title(title.clone())
        .detail(detail.clone())
        .error(FieldProblem::new(value.clone(), name.clone()))
        .error(FieldProblem::parameter("query", name.clone(), value.clone()))
        .extension(name.clone(), value.clone());
    let mut body = BytesMut::new();
    problem.write(Form::Json, &mut body);
    let read: Value = serde_json::from_slice(&body).unwrap_or_default();
    assert_eq!(read["type"], kind);
    assert_eq!(read["title"], title);
    assert_eq!(read["status"], status.as_u16());
    assert_eq!(read["detail"], detail);
    assert_eq!(read["errors"][0]["pointer"], value);
    assert_eq!(read["errors"][1]["parameter"], name);
    let text = problem.to_text();
    assert!(text.ends_with('\n') && text.split('\n').count() == 5, "{text:?}");
    assert!(text.chars().all(|c| c == '\n' || !c.is_ascii_control()), "{text:?}");

    let offers = ["application/problem+json", "text/plain"];
    let best = accept::best([data], &offers);
    assert!(best.is_none_or(|place| place < offers.len()));
    // What is there as one line is the same in two.
    let lines = data.split(|octet| *octet == b',');
    assert_eq!(best, accept::best(lines, &offers));
}
