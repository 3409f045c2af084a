//! The text of a receipt.
//!
//! Nearly all of them have the keys of appendix B in its order and spelling. [`in_order`] recognises
//! those by comparing prefixes; what it does not take goes to [`scan`], which is general. For every
//! text that `in_order` takes, `scan` finds the same.

use super::{Span, Spans};

pub(super) fn parse(body: &[u8]) -> Option<Spans> {
    in_order(body).or_else(|| scan(body)).filter(is_receipt)
}

/// The rule in the documentation of the module.
fn is_receipt(spans: &Spans) -> bool {
    let other = [spans.sub, spans.dlvrd, spans.submit_date, spans.done_date, spans.err];
    let others = other.into_iter().filter(|span| !span.is_missing()).count();
    let has_stat = !spans.stat.is_missing();
    if spans.id.is_missing() { has_stat && others >= 2 } else { has_stat || others >= 1 }
}

/// The canonical form, with or without counts, with or without a text.
fn in_order(body: &[u8]) -> Option<Spans> {
    let mut cursor = Cursor { body, at: 0 };
    let mut spans = Spans { id: cursor.field(b"id:")?, ..Spans::default() };
    if let Some(sub) = cursor.field(b" sub:") {
        spans.sub = sub;
        spans.dlvrd = cursor.field(b" dlvrd:")?;
    }
    spans.submit_date = cursor.field(b" submit date:")?;
    spans.done_date = cursor.field(b" done date:")?;
    spans.stat = cursor.field(b" stat:")?;
    spans.err = cursor.field(b" err:")?;
    if cursor.literal(b" text:") || cursor.literal(b" Text:") {
        spans.text = text(body, cursor.at);
        return Some(spans);
    }
    (cursor.at == body.len()).then_some(spans)
}

/// A place in a body that is being read.
struct Cursor<'a> {
    body: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    /// Steps over these octets, if they come next.
    #[inline]
    fn literal(&mut self, literal: &[u8]) -> bool {
        let found = self.rest().starts_with(literal);
        if found {
            self.at += literal.len();
        }
        found
    }

    /// Steps over this key and its value, which must not be empty.
    #[inline]
    fn field(&mut self, key: &[u8]) -> Option<Span> {
        if !self.literal(key) {
            return None;
        }
        let value = self.value();
        (!value.is_missing()).then_some(value)
    }

    /// Steps over a value; missing if there is none right here.
    #[inline]
    fn value(&mut self) -> Span {
        let start = self.at;
        let rest = self.rest();
        self.at += rest.iter().position(|&octet| ends_value(octet)).unwrap_or(rest.len());
        if self.at > start { Span::new(start, self.at) } else { Span::MISSING }
    }

    fn skip_while(&mut self, matches: fn(u8) -> bool) {
        let rest = self.rest();
        self.at += rest.iter().position(|&octet| !matches(octet)).unwrap_or(rest.len());
    }

    #[inline]
    fn rest(&self) -> &[u8] {
        self.body.get(self.at..).unwrap_or_default()
    }
}

fn ends_value(octet: u8) -> bool {
    octet <= b' ' || matches!(octet, b',' | b';')
}

fn is_blank(octet: u8) -> bool {
    octet <= b' '
}

/// The rest of the body, without the NULs that some peers end it with.
fn text(body: &[u8], start: usize) -> Span {
    let rest = body.get(start..).unwrap_or_default();
    let len = rest.iter().rposition(|&octet| octet != 0).map_or(0, |last| last + 1);
    Span::new(start, start + len)
}

#[derive(Copy, Clone, PartialEq, Eq)]
enum Key {
    Id,
    Sub,
    Dlvrd,
    SubmitDate,
    DoneDate,
    Stat,
    Err,
    Text,
}

/// The keys as peers spell them, upper and lower case aside.
const KEYS: &[(&[u8], Key)] = &[
    (b"id:", Key::Id),
    (b"sub:", Key::Sub),
    (b"dlvrd:", Key::Dlvrd),
    (b"dlvd:", Key::Dlvrd),
    (b"submit date:", Key::SubmitDate),
    (b"submit_date:", Key::SubmitDate),
    (b"submitdate:", Key::SubmitDate),
    (b"done date:", Key::DoneDate),
    (b"done_date:", Key::DoneDate),
    (b"donedate:", Key::DoneDate),
    (b"stat:", Key::Stat),
    (b"status:", Key::Stat),
    (b"err:", Key::Err),
    (b"error:", Key::Err),
    (b"text:", Key::Text),
];

/// The key that these octets begin with, and how long it is.
fn key(octets: &[u8]) -> Option<(Key, usize)> {
    let begins = |name: &[u8]| {
        octets.split_at_checked(name.len()).is_some_and(|(head, _)| head.eq_ignore_ascii_case(name))
    };
    KEYS.iter().find(|(name, _)| begins(name)).map(|&(name, key)| (key, name.len()))
}

/// Whether these octets are the beginning of a key, and the body ends in the middle of it.
fn is_cut_key(octets: &[u8]) -> bool {
    let ends_in = |name: &[u8]| {
        name.split_at_checked(octets.len())
            .is_some_and(|(head, _)| head.eq_ignore_ascii_case(octets))
    };
    KEYS.iter().any(|(name, _)| ends_in(name))
}

/// Any order, any spelling of [`KEYS`], anything unknown between.
fn scan(body: &[u8]) -> Option<Spans> {
    let mut cursor = Cursor { body, at: 0 };
    cursor.skip_while(is_blank);
    key(cursor.rest())?;
    let mut spans = Spans::default();
    while !cursor.rest().is_empty() {
        let Some((key, len)) = key(cursor.rest()) else {
            // A word that means nothing here, such as the time of a date with a blank in it.
            let _ = cursor.value();
            cursor.skip_while(ends_value);
            continue;
        };
        cursor.at += len;
        let slot = match key {
            Key::Id => &mut spans.id,
            Key::Sub => &mut spans.sub,
            Key::Dlvrd => &mut spans.dlvrd,
            Key::SubmitDate => &mut spans.submit_date,
            Key::DoneDate => &mut spans.done_date,
            Key::Stat => &mut spans.stat,
            Key::Err => &mut spans.err,
            Key::Text => {
                spans.text = text(body, cursor.at);
                break;
            }
        };
        let value = value_after_blanks(&mut cursor);
        if slot.is_missing() {
            *slot = value;
        }
        cursor.skip_while(ends_value);
    }
    Some(spans)
}

/// The value of a key: right behind it, or after blanks, where the next key may stand instead.
///
/// `err: te` at the end of a body that was cut off is taken for an empty `err` and half a `text:`,
/// for that is what the whole body would have said.
fn value_after_blanks(cursor: &mut Cursor<'_>) -> Span {
    let before = cursor.at;
    cursor.skip_while(is_blank);
    let skipped = cursor.at > before;
    if skipped && (key(cursor.rest()).is_some() || is_cut_key(cursor.rest())) {
        return Span::MISSING;
    }
    cursor.value()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_ways_agree(
            id in "[^ ,;\x00-\x20]{1,20}",
            counts: bool,
            date in "[0-9]{10}",
            stat in "[A-Z:]{1,8}",
            err in "(id:|[0-9A-F]){1,4}",
            text in prop::option::of(".{0,30}"),
        ) {
            let counts = if counts { " sub:001 dlvrd:001" } else { "" };
            let text = text.map(|text| format!(" text:{text}")).unwrap_or_default();
            let body = format!(
                "id:{id}{counts} submit date:{date} done date:{date} stat:{stat} err:{err}{text}"
            );
            let fast = in_order(body.as_bytes());
            prop_assert!(fast.is_some());
            prop_assert!(fast == scan(body.as_bytes()));
        }

        #[test]
        fn both_ways_agree_on_near_misses(
            words in prop::collection::vec(
                prop::sample::select(vec![
                    "id:1", " sub:", "001", " dlvrd:1", " submit date:", "2401010000", " done date:",
                    "0", " stat:", "DELIVRD", " err:", " text:", "x", " ", ",", "\0", "Text:",
                ]),
                0..20,
            ),
        ) {
            let body = words.concat();
            if let Some(fast) = in_order(body.as_bytes()) {
                prop_assert!(Some(fast) == scan(body.as_bytes()));
            }
        }
    }
}
