//! Where a request comes from: W3C Trace Context, and the request's id.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
};

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::around::{REQUEST_ID, is_sane};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// What is passed on of a request that is being answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Trace {
    /// The trace's number and its flags.
    parent: Option<([u8; 32], [u8; 2])>,
    states: Vec<HeaderValue>,
    request_id: Option<HeaderValue>,
}

impl Trace {
    /// Of the headers of a request; `None` if they say nothing of it.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut parents = headers.get_all(TRACEPARENT).iter();
        let parent = match (parents.next(), parents.next()) {
            (Some(one), None) => parse(one.as_bytes()),
            // Two of them are none (W3C Trace Context §3.2.2).
            _ => None,
        };
        // Whatever else a client has made up stays here.
        let request_id = headers.get(REQUEST_ID).filter(|id| is_sane(id.as_bytes())).cloned();
        if parent.is_none() && request_id.is_none() {
            return None;
        }
        // What belongs to a trace that is not known is not passed on (§3.3).
        let states = match parent {
            Some(_) => headers.get_all(TRACESTATE).iter().cloned().collect(),
            None => Vec::new(),
        };
        Some(Self { parent, states, request_id })
    }
}

/// The trace's number and the flags of a `traceparent`: `00-<32 digits>-<16 digits>-<2 digits>`, with more behind that in a
/// later version (§3.2.2).
fn parse(text: &[u8]) -> Option<([u8; 32], [u8; 2])> {
    let (head, rest) = text.split_at_checked(55)?;
    let mut fields = head.split(|octet| *octet == b'-');
    let (version, trace) = (fields.next()?, fields.next()?);
    let (span, flags) = (fields.next()?, fields.next()?);
    let is_hex = |field: &[u8]| field.iter().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'));
    let is_zero = |field: &[u8]| field.iter().all(|it| *it == b'0');
    let is_whole = match version {
        b"ff" => false,
        b"00" => rest.is_empty(),
        _ => rest.is_empty() || rest.first() == Some(&b'-'),
    };
    let is_right = fields.next().is_none()
        && version.len() == 2
        && span.len() == 16
        && [version, trace, span, flags].into_iter().all(is_hex)
        && !is_zero(trace)
        && !is_zero(span);
    if !is_whole || !is_right {
        return None;
    }
    Some((trace.try_into().ok()?, flags.try_into().ok()?))
}

/// Writes the headers of a request that is sent, where they are not set yet: in a trace that goes on, or in one of its own.
pub(super) fn write(
    trace: Option<&Trace>,
    headers: &mut HeaderMap,
    mut random: impl FnMut() -> u64,
) {
    if let Some(id) = trace.and_then(|trace| trace.request_id.as_ref()) {
        headers.entry(REQUEST_ID).or_insert_with(|| id.clone());
    }
    if headers.contains_key(TRACEPARENT) {
        return;
    }
    // Zero is no number (§3.2.2.3, §3.2.2.4).
    let span = random().max(1);
    let text = match trace.and_then(|trace| trace.parent.as_ref()) {
        Some((number, flags)) => {
            let (number, flags) = (number.escape_ascii(), flags.escape_ascii());
            format!("00-{number}-{span:016x}-{flags}")
        }
        None => format!("00-{:016x}{:016x}-{span:016x}-00", random(), random().max(1)),
    };
    let Ok(value) = HeaderValue::try_from(text) else { return };
    headers.insert(TRACEPARENT, value);
    for state in trace.into_iter().flat_map(|trace| &trace.states) {
        headers.append(TRACESTATE, state.clone());
    }
}

/// Any number.
pub(super) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    fn sent(before: &HeaderMap) -> HeaderMap {
        let mut after = HeaderMap::new();
        write(Trace::of(before).as_ref(), &mut after, || 0xab);
        after
    }

    #[test]
    fn a_trace_goes_on_under_a_span_of_its_own() {
        let after = sent(&headers(&[
            ("traceparent", PARENT),
            ("tracestate", "a=1"),
            ("tracestate", "b=2"),
            ("x-request-id", "r-7"),
        ]));
        assert_eq!(after["traceparent"], "00-0af7651916cd43dd8448eb211c80319c-00000000000000ab-01");
        assert_eq!(after.get_all("tracestate").iter().collect::<Vec<_>>(), ["a=1", "b=2"]);
        assert_eq!(after["x-request-id"], "r-7");
    }

    #[test]
    fn without_one_a_trace_begins() {
        for before in [
            headers(&[]),
            headers(&[("tracestate", "a=1")]),
            headers(&[("traceparent", PARENT), ("traceparent", PARENT)]),
        ] {
            let after = sent(&before);
            let began = "00-00000000000000ab00000000000000ab-00000000000000ab-00";
            assert_eq!(after["traceparent"], began);
            assert!(!after.contains_key("tracestate") && !after.contains_key("x-request-id"));
        }
    }

    #[test]
    fn only_a_sane_id_goes_on() {
        let long = "x".repeat(129);
        for (id, goes_on) in
            [("r-7", true), ("", false), ("a b", false), ("<x>", false), (&*long, false)]
        {
            let after = sent(&headers(&[("x-request-id", id)]));
            assert_eq!(after.contains_key("x-request-id"), goes_on, "{id}");
        }
    }

    #[test]
    fn what_the_caller_has_set_stays() {
        let before = headers(&[("traceparent", PARENT), ("x-request-id", "r-7")]);
        let mut after = headers(&[("traceparent", "own"), ("x-request-id", "own")]);
        write(Trace::of(&before).as_ref(), &mut after, || 1);
        assert_eq!(
            (&after["traceparent"], &after["x-request-id"]),
            (&"own".parse().unwrap(), &"own".parse().unwrap())
        );
    }

    #[test]
    fn what_is_no_traceparent() {
        assert!(parse(PARENT.as_bytes()).is_some());
        assert!(parse(PARENT.replacen("00", "cc", 1).as_bytes()).is_some());
        assert!(parse(format!("{}-more", PARENT.replacen("00", "cc", 1)).as_bytes()).is_some());
        for text in [
            String::new(),
            PARENT.to_uppercase(),
            PARENT.replacen("00", "ff", 1),
            format!("{PARENT}-more"),
            format!("{}more", PARENT.replacen("00", "cc", 1)),
            PARENT.replace("0af7651916cd43dd8448eb211c80319c", &"0".repeat(32)),
            PARENT.replace("b7ad6b7169203331", &"0".repeat(16)),
            PARENT.replace('-', "_"),
            PARENT[..54].to_owned(),
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }
}
