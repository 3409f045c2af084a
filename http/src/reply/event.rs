//! One event of a stream.

use std::{fmt::Display, time::Duration};

use bytes::{BufMut, Bytes, BytesMut};
use serde::Serialize;

/// A server-sent event (HTML Living Standard §9.2).
///
/// Texts may hold anything. Data with several lines is sent as several, and arrives as it was but for the kind of its line
/// breaks. A name or an id is one line: what is behind a line break, or behind a NUL, is left out.
///
/// ```
/// use wirepath_http::Event;
///
/// let event = Event::data("two\nlines").name("note").id(7);
/// assert_eq!(event.to_string(), "event: note\nid: 7\ndata: two\ndata: lines\n\n");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Event {
    name: Option<String>,
    id: Option<String>,
    retry: Option<Duration>,
    comment: Option<String>,
    data: Option<String>,
}

impl Event {
    /// With text.
    #[must_use]
    pub fn data(text: impl Into<String>) -> Self {
        Self { data: Some(text.into()), ..Self::default() }
    }

    /// With a value as JSON.
    ///
    /// # Errors
    ///
    /// If the value cannot be written as JSON: maps need keys that are texts.
    pub fn json(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        serde_json::to_string(value).map(Self::data)
    }

    /// A line that clients pass over.
    #[must_use]
    pub fn comment(text: impl Into<String>) -> Self {
        Self { comment: Some(text.into()), ..Self::default() }
    }

    /// What it is called: browsers give it to the listeners of that name, `message` if there is none.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// What the client sends as `Last-Event-ID` when it comes back: see [`LastEventId`](crate::LastEventId).
    #[must_use]
    pub fn id(mut self, id: impl Display) -> Self {
        self.id = Some(id.to_string());
        self
    }

    /// How long the client waits before it comes back, in whole milliseconds.
    #[must_use]
    pub fn retry(mut self, after: Duration) -> Self {
        self.retry = Some(after);
        self
    }

    /// As it goes out.
    pub(super) fn write(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(64 + self.data.as_ref().map_or(0, String::len));
        for line in self.comment.iter().flat_map(|text| lines(text)) {
            field(&mut out, "", line);
        }
        if let Some(name) = &self.name {
            field(&mut out, "event", one_line(name));
        }
        if let Some(id) = &self.id {
            field(&mut out, "id", one_line(id));
        }
        if let Some(after) = self.retry {
            field(&mut out, "retry", &after.as_millis().to_string());
        }
        for line in self.data.iter().flat_map(|text| lines(text)) {
            field(&mut out, "data", line);
        }
        out.put_u8(b'\n');
        out.freeze()
    }
}

/// As it goes out.
impl Display for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.write()))
    }
}

fn field(out: &mut BytesMut, name: &str, value: &str) {
    for part in [name, ": ", value, "\n"] {
        out.put_slice(part.as_bytes());
    }
}

/// Lines end as clients see them end: with CR, LF or both.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

fn one_line(text: &str) -> &str {
    text.split(['\r', '\n', '\0']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_as_clients_see_them_end() {
        for (text, expected) in [
            ("", "data: \n\n"),
            ("a", "data: a\n\n"),
            ("a\r\nb\rc\nd", "data: a\ndata: b\ndata: c\ndata: d\n\n"),
            ("a\n\nevent: forged", "data: a\ndata: \ndata: event: forged\n\n"),
            ("\n", "data: \ndata: \n\n"),
        ] {
            assert_eq!(Event::data(text).to_string(), expected, "{text:?}");
        }
    }

    #[test]
    fn nothing_can_be_forged_with_a_name_or_an_id() {
        let event = Event::data("x").name("a\ndata: y").id("1\0\r\n\r\n");
        assert_eq!(event.to_string(), "event: a\nid: 1\ndata: x\n\n");
        assert_eq!(Event::comment("a\nb").to_string(), ": a\n: b\n\n");
        let event = Event::json(&[1]).unwrap().retry(Duration::from_millis(1_500));
        assert_eq!(event.to_string(), "retry: 1500\ndata: [1]\n\n");
    }
}
