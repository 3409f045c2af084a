//! The templates by segment: a tree to look paths up in.

use super::{
    spans::Spans,
    tag::{same, tag},
    template::{Segment, Template},
};

/// So many literals are looked through one by one.
const FEW: usize = 32;

/// What may follow in a path: literals, then parameters, then a catch-all.
///
/// A node is reached by one way only, and the way says how far into the path it is. So a look-up, which goes back where a
/// better start led nowhere, visits each node once at most.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    /// The tags of the literals, sorted.
    tags: Vec<u64>,
    /// The literals, in the order of their tags.
    literals: Vec<(String, Self)>,
    /// By the literal before them, the longest first.
    parameters: Vec<(String, Self)>,
    /// The route whose catch-all begins here.
    rest: Option<usize>,
    /// The route that ends here.
    route: Option<usize>,
}

impl Tree {
    /// Adds a route. That it conflicts with none is for the caller to know.
    pub(super) fn insert(&mut self, template: &Template, route: usize) {
        let mut node = self;
        for segment in template.segments() {
            node = match segment {
                Segment::Literal(literal) => node.literal_mut(literal),
                Segment::Parameter { before } => node.parameter_mut(before),
                Segment::Rest => {
                    node.rest = Some(route);
                    return;
                }
            };
        }
        node.route = Some(route);
    }

    fn literal_mut(&mut self, literal: &str) -> &mut Self {
        let wanted = tag(literal.as_bytes());
        let from = self.tags.partition_point(|tag| *tag < wanted);
        let known = self.literals.iter().position(|(text, _)| text == literal);
        let place = known.unwrap_or_else(|| {
            self.tags.insert(from, wanted);
            self.literals.insert(from, (literal.to_owned(), Self::default()));
            from
        });
        &mut self.literals[place].1
    }

    fn parameter_mut(&mut self, before: &str) -> &mut Self {
        let known = self.parameters.iter().position(|(text, _)| text == before);
        let place = known.unwrap_or_else(|| {
            let longer = |(text, _): &(String, Self)| text.len() > before.len();
            let place = self.parameters.iter().take_while(|one| longer(one)).count();
            self.parameters.insert(place, (before.to_owned(), Self::default()));
            place
        });
        &mut self.parameters[place].1
    }

    /// The route of a path, and where its parameters stand. `from` is the place behind a slash.
    pub(super) fn find(&self, path: &[u8], from: usize, spans: &mut Spans) -> Option<usize> {
        let rest = path.get(from..)?;
        // Segments are short: a loop beats a search, and sees what is encoded.
        let mut is_encoded = false;
        let len = rest.iter().position(|octet| {
            is_encoded |= *octet == b'%';
            *octet == b'/'
        });
        let part = rest.get(..len.unwrap_or(rest.len()))?;
        let behind = len.map(|len| from + len + 1);
        if let Some(node) = self.literal(part)
            && let Some(route) = node.follow(path, behind, spans)
        {
            return Some(route);
        }
        for (before, node) in &self.parameters {
            let value = match before.is_empty() {
                true => Some(part),
                false => part.strip_prefix(before.as_bytes()),
            };
            let Some(value) = value else { continue };
            // Nothing is a value before a slash, but not at the end: as matchit has it.
            if value.is_empty() && behind.is_none() {
                continue;
            }
            let end = from + part.len();
            let held = spans.len();
            spans.push(end - value.len(), end, is_encoded)?;
            if let Some(route) = node.follow(path, behind, spans) {
                return Some(route);
            }
            spans.truncate(held);
        }
        if rest.is_empty() {
            return None;
        }
        let route = self.rest?;
        spans.push(from, path.len(), memchr::memchr(b'%', rest).is_some())?;
        Some(route)
    }

    #[inline]
    fn follow(&self, path: &[u8], behind: Option<usize>, spans: &mut Spans) -> Option<usize> {
        match behind {
            None => self.route,
            Some(from) => self.find(path, from, spans),
        }
    }

    #[inline]
    fn literal(&self, part: &[u8]) -> Option<&Self> {
        let wanted = tag(part);
        let from = match self.tags.len() {
            // So few are looked through before half of them is found.
            ..=FEW => self.tags.iter().position(|tag| *tag == wanted)?,
            _ => self.tags.partition_point(|tag| *tag < wanted),
        };
        let alike =
            self.tags.iter().zip(&self.literals).skip(from).take_while(|(tag, _)| **tag == wanted);
        let mut alike = alike.map(|(_, literal)| literal);
        alike.find(|(text, _)| same(text.as_bytes(), part)).map(|(_, node)| node)
    }
}
