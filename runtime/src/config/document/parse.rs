//! From text to tree, by the events of the parser.

use std::collections::{BTreeSet, HashMap};

use serde_saphyr::{
    Budget,
    budget::{BudgetBreach, EnforcingPolicy, check_yaml_budget},
    granit_parser::{Event, Options, Parser, ScalarStyle, ScanError, Span, StrInput, Tag},
};
use zeroize::Zeroizing;

use super::{Entry, Node, Position, Scalar, Value, join};
use crate::config::{
    Env, Problem, ProblemKind,
    expand::{expand, variables},
};

pub(super) const MAX_BYTES: usize = 1 << 20;
const MAX_DEPTH: usize = 32;
const MAX_NODES: usize = 20_000;
const MAX_ALIASES: usize = 1_000;
/// All values together, after expansion and with aliases followed.
const MAX_EXPANDED: usize = 4 * MAX_BYTES;

pub(super) fn parse(text: &str, env: &Env) -> Result<(Node, BTreeSet<String>), Problem> {
    if text.len() > MAX_BYTES {
        return Err(Problem::new(ProblemKind::TooLarge("more than 1 MiB")));
    }
    let masked = mask(text);
    let (original, text) = (text, masked.as_str());
    check_budget(text)?;
    let mut options = Options::default();
    options.set_emit_comments(false);
    let mut builder = Builder {
        events: Parser::with_options(StrInput::new(text), options),
        masked: text != original,
        env,
        anchors: HashMap::new(),
        variables: BTreeSet::new(),
        depth: 0,
        nodes: 0,
        bytes: 0,
    };
    let root = builder.document()?;
    Ok((root, builder.variables))
}

/// The characters that end a plain value within `{…}` or `[…]`.
const FLOW: [char; 5] = ['{', '}', '[', ']', ','];

/// Where `FLOW[i]` goes while the text is parsed: a private-use plane that no configuration needs.
const MASK: u32 = 0xF_5000;

/// Hides the braces of `${…}` from the parser, so that `{port: ${PORT}}` needs no quotes. One
/// character stands for one character: lines and columns stay true.
fn mask(text: &str) -> Zeroizing<String> {
    let mut masked = Zeroizing::new(String::with_capacity(text.len() * 2));
    // A text that has these characters of its own is parsed as it is.
    if text.chars().any(|c| unmasked(c).is_some()) {
        masked.push_str(text);
        return masked;
    }
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        masked.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(['}', '\n']).filter(|&end| rest[end..].starts_with('}'));
        // Without a brace on the same line, only `${` itself is passed over.
        let length = end.map_or(2, |end| end + 1);
        masked.extend(rest[..length].chars().map(|c| match FLOW.iter().position(|f| *f == c) {
            Some(i) if end.is_some() => char::from_u32(MASK + i as u32).unwrap_or(c),
            _ => c,
        }));
        rest = &rest[length..];
    }
    masked.push_str(rest);
    masked
}

fn unmasked(c: char) -> Option<char> {
    let index = u32::from(c).checked_sub(MASK)?;
    FLOW.get(index as usize).copied()
}

fn unmask(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.chars().map(|c| unmasked(c).unwrap_or(c)).collect())
}

fn check_budget(text: &str) -> Result<(), Problem> {
    let mut budget = Budget::default();
    budget.max_reader_input_bytes = Some(MAX_BYTES);
    budget.max_depth = MAX_DEPTH;
    budget.max_nodes = MAX_NODES;
    budget.max_events = 4 * MAX_NODES;
    budget.max_aliases = MAX_ALIASES;
    budget.max_anchors = MAX_ALIASES;
    budget.max_total_scalar_bytes = 4 * MAX_BYTES; // masked characters are four octets
    let report =
        check_yaml_budget(text, budget, EnforcingPolicy::AllContent).map_err(|e| syntax(&e))?;
    match report.breached {
        None => Ok(()),
        Some(BudgetBreach::Depth { .. }) => {
            Err(Problem::new(ProblemKind::TooLarge("nested more than 32 levels deep")))
        }
        Some(_) => {
            Err(Problem::new(ProblemKind::TooLarge("more than 20,000 nodes or 1,000 aliases")))
        }
    }
}

fn syntax(error: &ScanError) -> Problem {
    let mark = error.marker();
    Problem::new(ProblemKind::Syntax(error.info())).at((mark.line(), mark.col() + 1))
}

fn malformed(position: Position, message: &str) -> Problem {
    Problem::new(ProblemKind::Syntax(message.to_owned())).at(position)
}

fn position(span: &Span) -> Position {
    (span.start.line().max(1), span.start.col() + 1)
}

struct Builder<'t, 'e> {
    events: Parser<'t, StrInput<'t>>,
    /// Whether the text was changed by [`mask`].
    masked: bool,
    env: &'e Env,
    anchors: HashMap<usize, Node>,
    variables: BTreeSet<String>,
    depth: usize,
    nodes: usize,
    bytes: usize,
}

impl<'t> Builder<'t, '_> {
    fn document(&mut self) -> Result<Node, Problem> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(root.unwrap_or_else(Node::null)),
                Event::DocumentStart(..) if root.is_some() => {
                    return Err(malformed(
                        position(&span),
                        "expected one document, found a second",
                    ));
                }
                Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
                event => root = Some(self.node(event, &span, "")?),
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'t>, Span), Problem> {
        match self.events.next() {
            Some(next) => next.map_err(|error| syntax(&error)),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    /// Recurses at most [`MAX_DEPTH`] deep, which the budget has checked.
    fn node(&mut self, event: Event<'t>, span: &Span, path: &str) -> Result<Node, Problem> {
        let position = position(span);
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let text_tag = check_tag(tag.as_deref(), position)?;
                let plain = style == ScalarStyle::Plain && !text_tag;
                (self.scalar(&text, plain), anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                check_tag(tag.as_deref(), position)?;
                (self.within(|builder| builder.list(path))?, anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                check_tag(tag.as_deref(), position)?;
                (self.within(|builder| builder.map(path))?, anchor)
            }
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).cloned().ok_or_else(|| {
                    malformed(position, "an alias to a node that is not complete here")
                })?;
                // The parser's own limit knows nothing of what an alias stands for.
                if self.depth + node.depth() > MAX_DEPTH {
                    let kind = ProblemKind::TooLarge("nested more than 32 levels deep");
                    return Err(Problem::new(kind).at(position));
                }
                let (nodes, bytes) = node.size();
                self.count(nodes, bytes, position)?;
                return Ok(node);
            }
            _ => return Err(malformed(position, "expected a value")),
        };
        let node = Node { value, position };
        let bytes = match &node.value {
            Value::Scalar(scalar) => scalar.text.len(),
            _ => 0,
        };
        self.count(1, bytes, position)?;
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn within<T>(
        &mut self,
        build: impl FnOnce(&mut Self) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        self.depth += 1;
        let built = build(self);
        self.depth -= 1;
        built
    }

    fn scalar(&mut self, written: &str, plain: bool) -> Value {
        let written = self.written(written);
        self.variables.extend(variables(&written).map(str::to_owned));
        let (text, expanded, failed) = match expand(&written, self.env) {
            Ok(text) => (Zeroizing::new(text.into_owned()), written.contains("${"), None),
            Err(error) => (Zeroizing::default(), true, Some(error)),
        };
        Value::Scalar(Scalar { text, plain, expanded, failed })
    }

    /// The text as the document has it.
    fn written(&self, text: &str) -> Zeroizing<String> {
        if self.masked { unmask(text) } else { Zeroizing::new(text.to_owned()) }
    }

    fn list(&mut self, path: &str) -> Result<Value, Problem> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::List(items)),
                (event, span) => {
                    let path = format!("{path}[{}]", items.len());
                    items.push(self.node(event, &span, &path)?);
                }
            }
        }
    }

    fn map(&mut self, path: &str) -> Result<Value, Problem> {
        let mut index: HashMap<String, ()> = HashMap::new();
        let mut entries = Vec::new();
        let mut merged = Vec::new();
        loop {
            let (event, span) = self.next()?;
            let position = position(&span);
            let key = match event {
                Event::MappingEnd => break,
                Event::Scalar(key, style, anchor, _) => {
                    if anchor != 0 {
                        let text = self.written(&key);
                        let plain = style == ScalarStyle::Plain;
                        let scalar = Scalar { text, plain, expanded: false, failed: None };
                        let node = Node { value: Value::Scalar(scalar), position };
                        self.anchors.insert(anchor, node);
                    }
                    if &*key == "<<" && style == ScalarStyle::Plain {
                        let (event, span) = self.next()?;
                        let node = self.node(event, &span, path)?;
                        merged.extend(merge_sources(node)?);
                        continue;
                    }
                    self.written(&key).to_string()
                }
                _ => return Err(malformed(position, "a key must be plain text")),
            };
            let path = join(path, &key);
            if index.insert(key.clone(), ()).is_some() {
                return Err(Problem::new(ProblemKind::DuplicateKey).at(position).with_key(path));
            }
            let (event, span) = self.next()?;
            let value = self.node(event, &span, &path)?;
            entries.push(Entry { key, position, value });
        }
        // A mapping's own keys win over merged ones, and earlier sources over later ones.
        for entry in merged {
            if index.insert(entry.key.clone(), ()).is_none() {
                entries.push(entry);
            }
        }
        Ok(Value::Map(entries))
    }

    fn count(&mut self, nodes: usize, bytes: usize, position: Position) -> Result<(), Problem> {
        self.nodes = self.nodes.saturating_add(nodes);
        self.bytes = self.bytes.saturating_add(bytes);
        if self.nodes > MAX_NODES {
            let kind = ProblemKind::TooLarge("more than 20,000 nodes once aliases are followed");
            return Err(Problem::new(kind).at(position));
        }
        if self.bytes > MAX_EXPANDED {
            let kind = ProblemKind::TooLarge("more than 4 MiB once variables are expanded");
            return Err(Problem::new(kind).at(position));
        }
        Ok(())
    }
}

/// The entries that `<<` brings in: from a mapping, or from each mapping of a list.
fn merge_sources(node: Node) -> Result<Vec<Entry>, Problem> {
    match node.value {
        Value::Map(entries) => Ok(entries),
        Value::List(items) => {
            let mut all = Vec::new();
            for item in items {
                match item.value {
                    Value::Map(entries) => all.extend(entries),
                    _ => return Err(malformed(item.position, "`<<` can merge mappings only")),
                }
            }
            Ok(all)
        }
        Value::Scalar(_) => Err(malformed(node.position, "`<<` can merge mappings only")),
    }
}

/// Whether the tag says that the value is text. Types come from what is loaded, so the other tags of
/// YAML's core schema say nothing new; a tag of someone's own has a meaning that we do not know.
fn check_tag(tag: Option<&Tag>, position: Position) -> Result<bool, Problem> {
    match tag {
        None => Ok(false),
        Some(tag) if tag.is_yaml_core_schema() => Ok(tag.core_suffix() == Some("str")),
        Some(_) => Err(malformed(position, "tags such as `!name` are not supported")),
    }
}
