//! The templates by segment: a tree to look paths up in.

use super::{
    spans::Spans,
    tag::{Segment, same, tag},
    template::{self, Template},
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
                template::Segment::Literal(literal) => node.literal_mut(literal),
                template::Segment::Parameter { before } => node.parameter_mut(before),
                template::Segment::Rest => {
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

    /// The route of a path, and where its parameters stand. `from` is the place behind a slash. What is pushed on a way that
    /// led nowhere is for the caller to take back.
    pub(super) fn find(&self, path: &[u8], from: usize, spans: &mut Spans) -> Option<usize> {
        let (mut node, mut from) = (self, from);
        loop {
            let segment = Segment::at(path, from);
            let end = from + segment.len;
            let part = path.get(from..end)?;
            let behind = (!segment.is_last).then_some(end + 1);
            let literal = node.literal(part, segment.tag);
            // Where there is one way to go, it is gone right here.
            let next = match (literal, &*node.parameters, node.rest) {
                (Some(next), [], None) => next,
                (None, [(before, next)], None) if before.is_empty() => {
                    if part.is_empty() && segment.is_last {
                        return None;
                    }
                    spans.push(from, end)?;
                    next
                }
                _ => return node.fork(path, from, &segment, literal, spans),
            };
            from = match behind {
                Some(behind) => behind,
                None => return next.route,
            };
            node = next;
        }
    }

    /// The same where a path may go several ways, or none.
    #[inline(never)]
    fn fork(
        &self,
        path: &[u8],
        from: usize,
        segment: &Segment,
        literal: Option<&Self>,
        spans: &mut Spans,
    ) -> Option<usize> {
        let end = from + segment.len;
        let part = path.get(from..end)?;
        let follow = |node: &Self, spans: &mut Spans| match segment.is_last {
            true => node.route,
            false => node.find(path, end + 1, spans),
        };
        let held = spans.len();
        if let Some(route) = literal.and_then(|node| follow(node, spans)) {
            return Some(route);
        }
        for (before, node) in &self.parameters {
            spans.truncate(held);
            let value = match before.is_empty() {
                true => Some(part),
                false => part.strip_prefix(before.as_bytes()),
            };
            let Some(value) = value else { continue };
            // Nothing is a value before a slash, but not at the end: as matchit has it.
            if value.is_empty() && segment.is_last {
                continue;
            }
            spans.push(end - value.len(), end)?;
            if let Some(route) = follow(node, spans) {
                return Some(route);
            }
        }
        spans.truncate(held);
        let route = self.rest.filter(|_| from < path.len())?;
        spans.push(from, path.len())?;
        Some(route)
    }

    #[inline(always)]
    fn literal(&self, part: &[u8], wanted: u64) -> Option<&Self> {
        let from = match self.tags.len() {
            // So few are looked through before half of them is found.
            ..=FEW => self.tags.iter().position(|tag| *tag == wanted)?,
            _ => self.tags.partition_point(|tag| *tag < wanted),
        };
        let (text, node) = self.literals.get(from)?;
        match self.tags.get(from) == Some(&wanted) {
            false => None,
            true if same(text.as_bytes(), part) => Some(node),
            true => self.another(part, wanted),
        }
    }

    /// The same where several have one tag.
    #[cold]
    #[inline(never)]
    fn another(&self, part: &[u8], wanted: u64) -> Option<&Self> {
        let from = self.tags.partition_point(|tag| *tag < wanted);
        let alike = self.tags.iter().zip(&self.literals).skip(from);
        let mut alike = alike.take_while(|(tag, _)| **tag == wanted).map(|(_, literal)| literal);
        alike.find(|(text, _)| same(text.as_bytes(), part)).map(|(_, node)| node)
    }
}
