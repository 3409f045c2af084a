//! Queries and forms agree with the crates that others read them with.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use wirepath_http::protocol::pairs::{self, MAX_PAIRS, Pairs};

#[derive(Debug, PartialEq, Deserialize)]
struct Typed {
    a: Option<String>,
    b: Option<i32>,
    #[serde(default)]
    c: Vec<String>,
    d: Option<bool>,
    e: Option<f64>,
    f: Option<Choice>,
    g: Option<Vec<u8>>,
}

#[derive(Debug, PartialEq, Deserialize)]
enum Choice {
    One,
    Two,
}

/// The target: any octets as a form; then, with the octets shortened to a few letters, many pairs of few names.
pub fn any_octets(data: &[u8]) {
    agrees(data);
    let few = |octet: &u8| match octet % 16 {
        0..=3 => b'&',
        4..=6 => b'=',
        7 => b'+',
        8 => b'1',
        other => b'a' + other - 9,
    };
    agrees(&data.iter().map(few).collect::<Vec<_>>());
}

/// # Panics
///
/// If another crate reads something else where both read.
fn agrees(octets: &[u8]) {
    let Ok(text) = std::str::from_utf8(octets) else {
        assert!(pairs::form::<Value>(octets).is_err());
        return;
    };
    let Ok(all) = Pairs::query(text) else {
        let lossy = form_urlencoded::parse(octets);
        let odd = lossy.into_iter().any(|(name, _)| name.contains(char::REPLACEMENT_CHARACTER));
        let many = form_urlencoded::parse(octets).count() > MAX_PAIRS;
        assert!(odd || many, "{text:?} is refused");
        return;
    };
    for (ours, theirs) in all.iter().zip(form_urlencoded::parse(octets)) {
        assert_eq!(ours.0, theirs.0, "{text:?}");
        if let Ok(value) = ours.1 {
            assert_eq!(value, theirs.1, "{text:?}");
        }
    }
    assert_eq!(all.len(), form_urlencoded::parse(octets).count(), "{text:?}");
    // The rest reads values that are not UTF-8 with replacements, which is not done here.
    if all.iter().any(|(_, value)| value.is_err()) {
        return;
    }
    let ours: BTreeMap<String, String> = all.deserialize().unwrap_or_default();
    assert_eq!(ours, serde_urlencoded::from_bytes(octets).unwrap_or_default(), "{text:?}");
    let ours = all.deserialize::<Value>().ok();
    assert_eq!(ours, serde_html_form::from_bytes(octets).ok(), "{text:?}");
    let ours: BTreeMap<String, Vec<String>> = all.deserialize().unwrap_or_default();
    assert_eq!(ours, serde_html_form::from_bytes(octets).unwrap_or_default(), "{text:?}");
    let ours = all.deserialize::<Typed>();
    let theirs = serde_html_form::from_bytes::<Typed>(octets);
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => assert_eq!(ours, theirs, "{text:?}"),
        (Err(error), Err(_)) => {
            assert!(error.name().is_some() && !error.is_handlers_fault(), "{error}")
        }
        (Err(_), Ok(theirs)) => assert!(theirs.e.is_some_and(|e| !e.is_finite()), "{text:?}"),
        (Ok(ours), Err(error)) => panic!("{text:?} is {ours:?} here, and there {error}"),
    }
}
