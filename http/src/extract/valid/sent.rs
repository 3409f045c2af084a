//! What a mistake's place was called by the client.

use std::collections::BTreeMap;

use garde::error::Path;
use serde_json::Value;

use crate::protocol::{pairs, pointer, problem::FieldProblem};

/// What was sent, to find the names in that garde does not know.
pub(super) enum Sent {
    Json(Value),
    /// Names and values, as an object.
    Form(Value),
    Query(Value),
}

/// A step on the way to a value, as garde writes it.
#[derive(serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    /// Into a newtype, which is no step in what was sent.
    None,
    Key,
    Index,
}

impl Sent {
    pub(super) fn json(octets: &[u8]) -> Self {
        Self::Json(serde_json::from_slice(octets).unwrap_or_default())
    }

    pub(super) fn form(octets: &[u8]) -> Self {
        Self::Form(names(pairs::form(octets).unwrap_or_default()))
    }

    pub(super) fn query(text: &str) -> Self {
        Self::Query(names(pairs::query(text).unwrap_or_default()))
    }

    /// A mistake, with its place in what was sent.
    pub(super) fn problem(&self, path: &Path, message: &str) -> FieldProblem {
        let steps = steps(path);
        let message = message.to_owned();
        match self {
            Self::Json(sent) => FieldProblem::new(pointer_to(&along(sent, &steps)), message),
            Self::Form(sent) => {
                let steps = flat(&steps);
                FieldProblem::new(pointer_to(&along(sent, steps)), message)
            }
            Self::Query(sent) => {
                let tokens = along(sent, flat(&steps));
                let (name, behind) = tokens.split_first().unwrap_or((&"", &[]));
                let message = match behind.first() {
                    // One that is there several times: which of them, counted from 0 as pointers do.
                    Some(place) => format!("value {place}: {message}"),
                    None => message,
                };
                FieldProblem::parameter("query", (*name).to_owned(), message)
            }
        }
    }
}

/// What is there several times is an array.
fn names(pairs: BTreeMap<String, Value>) -> Value {
    pairs.into_iter().collect()
}

/// garde shows the steps through serde alone: its text does not tell a dot in a key from one between keys.
fn steps(path: &Path) -> Vec<(Kind, String)> {
    let steps = serde_json::to_value(path).and_then(serde_json::from_value);
    let mut steps: Vec<(Kind, String)> = steps.unwrap_or_default();
    steps.retain(|(kind, _)| !matches!(kind, Kind::None));
    steps
}

/// Pairs do not nest: what stands before the last name is a struct that was flattened.
fn flat(steps: &[(Kind, String)]) -> &[(Kind, String)] {
    let last = steps.iter().rposition(|(kind, _)| matches!(kind, Kind::Key));
    steps.get(last.unwrap_or_default()..).unwrap_or_default()
}

fn pointer_to(tokens: &[&str]) -> String {
    let mut text = String::new();
    tokens.iter().for_each(|token| pointer::push(&mut text, token));
    text
}

/// Follows the steps through what was sent, and says what each was called there. What is not there keeps its name in Rust.
fn along<'a>(sent: &'a Value, steps: &'a [(Kind, String)]) -> Vec<&'a str> {
    let (mut tokens, mut at) = (Vec::with_capacity(steps.len()), Some(sent));
    for (place, (kind, token)) in steps.iter().enumerate() {
        match kind {
            Kind::None => {}
            // Into a newtype: its rules have it as the first of one.
            Kind::Index if at.is_some_and(|value| !value.is_array()) => {}
            Kind::Index => {
                tokens.push(&**token);
                at = at.and_then(|value| value.get(token.parse::<usize>().ok()?));
            }
            Kind::Key => {
                let token = token.strip_prefix("r#").unwrap_or(token);
                match at.and_then(|value| member(value, token)) {
                    Some((name, value)) => {
                        tokens.push(name);
                        at = Some(value);
                    }
                    // Flattened: the next name stands here already.
                    None if next_is_here(at, steps.get(place + 1)) => {}
                    None => {
                        tokens.push(token);
                        at = None;
                    }
                }
            }
        }
    }
    tokens
}

fn next_is_here(at: Option<&Value>, next: Option<&(Kind, String)>) -> bool {
    match (at, next) {
        (Some(value), Some((Kind::Key, token))) => member(value, token).is_some(),
        _ => false,
    }
}

/// The member of that name, or of one that differs in case, `_` and `-` alone: what `rename_all` does to names.
fn member<'a>(value: &'a Value, token: &str) -> Option<(&'a str, &'a Value)> {
    let object = value.as_object()?;
    let same = |(name, _): &(&String, &Value)| bare(name).eq(bare(token));
    let found = object.get_key_value(token).or_else(|| object.iter().find(same));
    found.map(|(name, value)| (&**name, value))
}

fn bare(name: &str) -> impl Iterator<Item = char> {
    name.chars().filter(|it| !matches!(it, '_' | '-')).map(|it| it.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(sent: &str, path: &Path) -> String {
        let problem = Sent::json(sent.as_bytes()).problem(path, "bad");
        problem.pointer().unwrap().to_owned()
    }

    #[test]
    fn names_are_those_that_were_sent() {
        let price = || Path::new("items").join(1_usize).join("unit_price");
        for (sent, pointer) in [
            (r#"{"items":[0,{"unitPrice":1}]}"#, "/items/1/unitPrice"),
            (r#"{"Items":[0,{"unit-price":1}]}"#, "/Items/1/unit-price"),
            (r#"{"items":[0,{"UNIT_PRICE":1,"unit_price":2}]}"#, "/items/1/unit_price"),
            // It was left out, or what is there is not what garde has seen.
            (r#"{"items":[0,{}]}"#, "/items/1/unit_price"),
            (r#"{"items":[]}"#, "/items/1/unit_price"),
            ("[]", "/items/1/unit_price"),
            ("not JSON", "/items/1/unit_price"),
        ] {
            assert_eq!(json(sent, &price()), pointer, "{sent}");
        }
    }

    #[test]
    fn pointers_are_escaped_and_newtypes_are_no_step() {
        let path = Path::new("by_name").join("a/b~c.d").join(garde::error::NoKey::default());
        assert_eq!(json(r#"{"byName":{"a/b~c.d":0}}"#, &path), "/byName/a~1b~0c.d");
        assert_eq!(json("{}", &Path::empty()), "");
        assert_eq!(json(r#"{"price":0}"#, &Path::new("price").join(0_usize)), "/price");
        assert_eq!(json(r#"{"type":0}"#, &Path::new("r#type")), "/type");
    }

    #[test]
    fn what_is_flattened_is_no_step() {
        let path = Path::new("page").join("limit");
        assert_eq!(json(r#"{"limit":0}"#, &path), "/limit");
        assert_eq!(json(r#"{"page":{"limit":0},"limit":1}"#, &path), "/page/limit");
        let form = Sent::form(b"perPage=0").problem(&Path::new("page").join("per_page"), "bad");
        assert_eq!(form.pointer(), Some("/perPage"));
    }
}
