//! Answers: where they end, and whether they are right.

use std::ops::Range;

use workloads::Workload;

/// Looks at the answers of one connection to one workload.
///
/// The first one is read with care. Those that are the same octets but for their date need no second look, and so cost the
/// generator next to nothing.
pub(super) struct Judge {
    workload: &'static Workload,
    known: Option<Known>,
}

/// What a look at the octets so far has found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// There is more to come.
    More,
    Right,
    Wrong(String),
}

/// An answer that was right.
struct Known {
    octets: Vec<u8>,
    /// Where its date stands.
    date: Range<usize>,
    body: usize,
}

impl Known {
    /// Whether this is how an answer begins that is the same.
    fn starts_with(&self, octets: &[u8]) -> bool {
        let end = octets.len();
        let is_same = |part: Range<usize>| {
            octets.get(part.clone()).is_some_and(|it| self.octets.get(part) == Some(it))
        };
        // A date that ends early is of another length, and so is all of it.
        let date = octets.get(self.date.start.min(end)..self.date.end.min(end));
        is_same(0..end.min(self.date.start))
            && date.is_some_and(|date| !date.contains(&b'\r'))
            && (end <= self.date.end || is_same(self.date.end..end))
    }
}

impl Judge {
    pub(super) fn new(workload: &'static Workload) -> Self {
        Self { workload, known: None }
    }

    /// Looks at all that has come.
    pub(super) fn look(&mut self, octets: &[u8]) -> Look {
        if let Some(known) = self.known.as_ref().filter(|known| known.starts_with(octets)) {
            return if octets.len() == known.octets.len() { Look::Right } else { Look::More };
        }
        match self.read(octets) {
            Ok(Some(known)) => {
                self.known = Some(known);
                Look::Right
            }
            Ok(None) => Look::More,
            Err(why) => Look::Wrong(why),
        }
    }

    pub(super) fn workload(&self) -> &'static Workload {
        self.workload
    }

    /// The last answer's body.
    pub(super) fn body(&self) -> &[u8] {
        self.known.as_ref().and_then(|known| known.octets.get(known.body..)).unwrap_or_default()
    }

    fn read(&self, octets: &[u8]) -> Result<Option<Known>, String> {
        let mut headers = [httparse::EMPTY_HEADER; 32];
        let mut head = httparse::Response::new(&mut headers);
        let body = match head.parse(octets).map_err(|error| format!("no HTTP: {error}"))? {
            httparse::Status::Complete(body) => body,
            httparse::Status::Partial => return Ok(None),
        };
        let value = |name: &str| {
            head.headers.iter().find(|it| it.name.eq_ignore_ascii_case(name)).map(|it| it.value)
        };
        let length =
            value("content-length").and_then(|it| std::str::from_utf8(it).ok()?.parse().ok());
        let length: usize = length.ok_or("an answer without content-length")?;
        let rest = octets.get(body..).unwrap_or_default();
        if rest.len() < length {
            return Ok(None);
        }
        if head.code != Some(200) {
            return Err(format!("status {}", head.code.unwrap_or_default()));
        }
        let is_json = value("content-type").is_some_and(|it| {
            it.starts_with(b"application/json") || it.starts_with(b"Application/JSON")
        });
        if !is_json {
            return Err("an answer that is not application/json".to_owned());
        }
        if rest.len() > length || !self.workload.is_right(rest) {
            return Err("an answer with another body".to_owned());
        }
        // Both point into `octets`.
        let date = value("date").map_or(body..body, |date| {
            let start = (date.as_ptr() as usize).saturating_sub(octets.as_ptr() as usize);
            start..start + date.len()
        });
        Ok(Some(Known { octets: octets.to_vec(), date, body }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge() -> Judge {
        Judge::new(Workload::find("path int").unwrap())
    }

    fn answer(date: &str, body: &str) -> Vec<u8> {
        let length = body.len();
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\ncontent-length: {length}\r\ndate: {date}\r\n\r\n{body}"
        )
        .into_bytes()
    }

    #[test]
    fn an_answer_is_whole_at_its_end_and_right_with_another_date() {
        let mut judge = judge();
        for date in ["Sun, 22 Nov 2026 01:00:00 GMT", "Sun, 22 Nov 2026 01:00:01 GMT", "now"] {
            let octets = answer(date, r#"{"id":42}"#);
            for end in 0..octets.len() {
                assert_eq!(judge.look(&octets[..end]), Look::More, "{date}: {end}");
            }
            assert_eq!(judge.look(&octets), Look::Right);
            assert_eq!(judge.body(), br#"{"id":42}"#);
        }
    }

    #[test]
    fn what_is_wrong_is_said_before_and_after_an_answer_that_was_right() {
        let mut judge = judge();
        let bad: Vec<Vec<u8>> = vec![
            answer("d", r#"{"id":43}"#),
            answer("d", "null"),
            [answer("d", r#"{"id":42}"#), b"x".to_vec()].concat(),
            b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n".to_vec(),
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec(),
            b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n42".to_vec(),
            b"220 mail\r\n".to_vec(),
        ];
        for _ in 0..2 {
            for octets in &bad {
                let look = judge.look(octets);
                assert!(matches!(look, Look::Wrong(_)), "{look:?}: {octets:?}");
            }
            assert_eq!(judge.look(&answer("d", r#"{"id":42}"#)), Look::Right);
        }
    }
}
