//! The problems that operations refer to.

use std::collections::BTreeSet;

use http::StatusCode;
use serde_json::{Map, Value, json};

/// The problems that operations refer to; their schema comes among the named ones.
pub(super) fn problems(paths: &Value, named: &mut Map<String, Value>) -> Map<String, Value> {
    let mut used = BTreeSet::new();
    references(paths, &mut used);
    if used.is_empty() {
        return Map::new();
    }
    let mut name = "Problem".to_owned();
    while named.contains_key(&name) {
        name.push('_');
    }
    let schema = json!({"$ref": format!("#/components/schemas/{name}")});
    named.insert(name, problem());
    let each = used.into_iter().map(|name| {
        let status = name.strip_prefix("Problem").and_then(|it| it.parse::<StatusCode>().ok());
        let description = status.and_then(|it| it.canonical_reason()).unwrap_or("Why it failed");
        let mut answer = json!({"description": description, "content": {
            "application/problem+json": {"schema": schema},
            "text/plain": {"schema": {"type": "string"}},
        }});
        if let Some((header, schema)) = status.and_then(header) {
            answer["headers"] = json!({header: {"schema": schema}});
        }
        (name, answer)
    });
    each.collect()
}

/// The header that comes with a status.
fn header(status: StatusCode) -> Option<(&'static str, Value)> {
    match status {
        StatusCode::UNAUTHORIZED => Some(("WWW-Authenticate", json!({"type": "string"}))),
        StatusCode::TOO_MANY_REQUESTS => {
            Some(("Retry-After", json!({"type": "integer", "minimum": 0})))
        }
        _ => None,
    }
}

fn references(value: &Value, used: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, used)),
        Value::Object(members) => members.values().for_each(|member| references(member, used)),
        Value::String(text) => {
            let name = text.strip_prefix("#/components/responses/");
            used.extend(name.map(str::to_owned));
        }
        _ => {}
    }
}

/// RFC 9457, with the entries of `errors` as [`FieldProblem`](crate::protocol::problem::FieldProblem) writes them.
fn problem() -> Value {
    json!({
        "type": "object",
        "description": "Why a request failed (RFC 9457).",
        "properties": {
            "type": {"type": "string", "format": "uri-reference"},
            "title": {"type": "string"},
            "status": {"type": "integer", "minimum": 100, "maximum": 999},
            "detail": {"type": "string"},
            "instance": {"type": "string", "format": "uri-reference"},
            "errors": {
                "type": "array",
                "description": "What is wrong, each with its place.",
                "items": {
                    "type": "object",
                    "properties": {
                        "detail": {"type": "string"},
                        "pointer": {
                            "type": "string",
                            "format": "json-pointer",
                            "description": "Where in the body, as RFC 6901 writes it; empty for all of it.",
                        },
                        "parameter": {"type": "string"},
                        "in": {"enum": ["path", "query", "header", "cookie"]},
                    },
                    "required": ["detail"],
                },
            },
            "errors_omitted": {
                "type": "integer",
                "minimum": 1,
                "description": "How many more there were.",
            },
        },
        "required": ["title", "status"],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{
        Problem,
        problem::{FieldProblem, MAX_ERRORS},
    };

    /// Names that the schema has at a pointer.
    fn names(pointer: &str) -> Vec<String> {
        let schema = problem();
        let found = schema.pointer(pointer).and_then(Value::as_object).unwrap();
        found.keys().cloned().collect()
    }

    #[test]
    fn every_member_of_a_problem_is_in_its_schema() {
        let mut whole = Problem::new(StatusCode::UNPROCESSABLE_ENTITY)
            .kind("urn:x")
            .detail("why")
            .instance("/orders/1")
            .error(FieldProblem::parameter("query", "limit", "too much"));
        for _ in 0..=MAX_ERRORS {
            whole = whole.error(FieldProblem::new("/count", "too small"));
        }
        let mut text = bytes::BytesMut::new();
        whole.write_json(&mut text);
        let written: Value = serde_json::from_slice(&text).unwrap();
        let known = names("/properties");
        assert_eq!(written.as_object().unwrap().len(), known.len());
        assert!(written.as_object().unwrap().keys().all(|key| known.contains(key)), "{written}");
        let known = names("/properties/errors/items/properties");
        for error in written["errors"].as_array().unwrap() {
            assert!(error.as_object().unwrap().keys().all(|key| known.contains(key)), "{error}");
        }
    }
}
