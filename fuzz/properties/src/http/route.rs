//! Templates and the table of them: the way that matchit takes, and what a reader of the documentation expects.

use std::{cmp::Reverse, collections::BTreeMap};

use wirepath_http::protocol::{Params, Table, Template};

use crate::Octets;

/// What segments are made of here: few, so that much is shared.
const SEGMENTS: [&str; 13] = [
    "a",
    "b",
    "ab",
    "abc",
    "{x}",
    "{y}",
    "a{x}",
    "ab{y}",
    "é",
    "",
    "a b",
    "abcdefgh1",
    "abcdefgh2",
];

const PATHS: [&str; 12] =
    ["a", "b", "ab", "abc", "abcd", "x", "%C3%A9", "", "a%20b", "a%2Fb", "abcdefgh1", "abcdefgh2"];

/// The target: templates and paths from the octets, and the octets as the text of one.
pub fn any_octets(data: &[u8]) {
    parses(&super::text(data));
    let mut octets = Octets::new(data);
    let mut table = Table::new();
    let mut tree = matchit::Router::new();
    for _ in 0..octets.next_u8() % 24 {
        let mut text = path(&mut octets, &SEGMENTS);
        match octets.next_u8() % 4 {
            0 => text.push_str("/{*r}"),
            1 => text.push_str("/{*s}"),
            2 => text.push('/'),
            _ => {}
        }
        let Ok(template) = Template::parse(&text) else { continue };
        let known = tree.insert(template.pattern(), template.to_string()).is_ok();
        assert_eq!(table.insert(template).is_ok(), known, "{text}");
    }
    while !octets.is_empty() {
        agrees(&table, &tree, &path(&mut octets, &PATHS));
    }
    agrees(&table, &tree, &super::text(data));
}

fn path(octets: &mut Octets<'_>, segments: &[&str]) -> String {
    let mut text = String::new();
    for _ in 0..octets.next_u8() % 6 {
        let segment = segments.get(usize::from(octets.next_u8()) % segments.len());
        text.push('/');
        text.push_str(segment.copied().unwrap_or_default());
    }
    text
}

/// # Panics
///
/// If a template is not what its own pattern says.
fn parses(text: &str) {
    let Ok(template) = Template::parse(text) else {
        assert!(!Template::parse(text).is_err_and(|error| error.to_string().is_empty()));
        return;
    };
    let again = Template::parse(&template.pattern());
    let again =
        again.unwrap_or_else(|error| panic!("{text:?} has a pattern that is none: {error}"));
    assert!(again.names().eq(template.names()), "{text:?}");
    assert!(matchit::Router::new().insert(template.pattern(), ()).is_ok(), "{text:?}");
}

/// # Panics
///
/// If the table, matchit and the model do not find the same.
fn agrees(table: &Table, tree: &matchit::Router<String>, path: &str) {
    let found = table.at(path);
    let ours = found.as_ref().and_then(|found| {
        let params = table.params(found, path);
        let template = table.template(found.route)?;
        Some((
            template.to_string(),
            params.deserialize::<BTreeMap<String, String>>().ok(),
            values(params),
        ))
    });
    let theirs = tree.at(path).ok();
    let model = model(table, path);
    let template = ours.as_ref().map(|(template, _, _)| template.as_str());
    assert_eq!(template, theirs.as_ref().map(|found| found.value.as_str()), "{path:?}");
    assert_eq!(template, model.map(Template::as_str), "{path:?}");
    let (Some(ours), Some(theirs), Some(model)) = (ours, theirs, model) else { return };
    let expected: Vec<_> =
        theirs.params.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
    assert_eq!(ours.2, expected, "{path:?}");
    let spans = model.matches(path).unwrap_or_default();
    assert_eq!(values(Params::of(model, &spans, path)), expected, "{path:?}");
    let decode = |(name, value): (String, String)| {
        Some((name, percent_encoding::percent_decode_str(&value).decode_utf8().ok()?.into_owned()))
    };
    assert_eq!(ours.1, expected.into_iter().map(decode).collect(), "{path:?}");
}

fn values(params: Params<'_, '_>) -> Vec<(String, String)> {
    params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The best of all templates that match by themselves: in each segment a literal goes before a parameter, of parameters the
/// one with the longer literal in front, and both before a catch-all.
fn model<'t>(table: &'t Table, path: &str) -> Option<&'t Template> {
    let rank = |segment: &str| match segment.find('{') {
        None => (0, Reverse(0)),
        Some(_) if segment.starts_with("{*") => (2, Reverse(0)),
        Some(before) => (1, Reverse(before)),
    };
    let rank = |template: &&Template| template.pattern().split('/').map(rank).collect::<Vec<_>>();
    table.templates().filter(|template| template.matches(path).is_some()).min_by_key(rank)
}
