//! A parsed document: a tree of nodes that know where they stand.
//!
//! The tree is built from the parser's events and not from typed scalars, for three reasons: a text
//! must stay as it was written until a type is asked for (`password: 0042`), a variable's value must
//! not be able to look like YAML, and every error must know its line.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_saphyr::Budget;
use serde_saphyr::budget::{BudgetBreach, EnforcingPolicy, check_yaml_budget};
use serde_saphyr::granit_parser::{
    Event, Options, Parser, ScalarStyle, ScanError, Span, StrInput, Tag,
};
use zeroize::Zeroizing;

use super::de;
use super::expand::{ExpandError, expand, variables};
use super::{ConfigError, Env, Problem, ProblemKind};

const MAX_BYTES: usize = 1 << 20;
const MAX_DEPTH: usize = 32;
const MAX_NODES: usize = 20_000;
const MAX_ALIASES: usize = 1_000;
/// All values together, after expansion and with aliases followed.
const MAX_EXPANDED: usize = 4 * MAX_BYTES;

/// A position: line and column, both from 1.
pub(super) type Position = (usize, usize);

#[derive(Clone)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) position: Position,
}

#[derive(Clone)]
pub(super) enum Value {
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

#[derive(Clone)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) position: Position,
    pub(super) value: Node,
}

#[derive(Clone)]
pub(super) struct Scalar {
    /// After expansion.
    pub(super) text: Zeroizing<String>,
    /// Not quoted: may stand for a number, a boolean or nothing.
    pub(super) plain: bool,
    /// Whether a variable contributed to `text`.
    pub(super) expanded: bool,
    /// An expansion that failed is an error only where the value is used: a section that nobody
    /// loads needs no variables.
    pub(super) failed: Option<ExpandError>,
}

impl Scalar {
    pub(super) fn is_null(&self) -> bool {
        self.plain
            && (self.text.is_empty()
                || (!self.expanded && matches!(&**self.text, "~" | "null" | "Null" | "NULL")))
    }
}

impl Node {
    pub(super) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(scalar) if scalar.is_null())
    }

    fn null() -> Self {
        let text = Zeroizing::default();
        let scalar = Scalar { text, plain: true, expanded: false, failed: None };
        Self { value: Value::Scalar(scalar), position: (1, 1) }
    }

    fn get(&self, key: &str) -> Option<&Entry> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }

    /// Lists and mappings within each other, this node included.
    fn depth(&self) -> usize {
        match &self.value {
            Value::Scalar(_) => 0,
            Value::List(items) => 1 + items.iter().map(Self::depth).max().unwrap_or(0),
            Value::Map(entries) => {
                1 + entries.iter().map(|entry| entry.value.depth()).max().unwrap_or(0)
            }
        }
    }

    /// Nodes and octets of text in this tree.
    fn size(&self) -> (usize, usize) {
        let add = |(n, b): (usize, usize), node: &Self| {
            let (nodes, bytes) = node.size();
            (n + nodes, b + bytes)
        };
        match &self.value {
            Value::Scalar(scalar) => (1, scalar.text.len()),
            Value::List(items) => items.iter().fold((1, 0), add),
            Value::Map(entries) => entries
                .iter()
                .fold((1, 0), |(n, b), entry| add((n + 1, b + entry.key.len()), &entry.value)),
        }
    }
}

/// A YAML document, parsed and expanded, not yet loaded into a type.
///
/// It has no `Debug` output of its content: that may hold secrets.
pub struct Document {
    file: Arc<str>,
    root: Node,
    /// Names in `${…}`.
    variables: BTreeSet<String>,
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Document").field("file", &self.file).finish_non_exhaustive()
    }
}

impl Document {
    /// Parses a document. `file` is the name for errors.
    ///
    /// # Errors
    ///
    /// If the text is not well-formed YAML, holds a key twice, holds more than one document, or goes
    /// beyond the [limits](crate::config). A variable that is not set is reported when the section
    /// that uses it is [loaded](Section::load).
    pub fn parse(text: &str, file: &str, env: &Env) -> Result<Self, ConfigError> {
        let file = Arc::from(file);
        match parse(text, env) {
            Ok((root, variables)) => Ok(Self { file, root, variables }),
            Err(problem) => Err(problem.in_file(&file).into()),
        }
    }

    /// Reads and parses a file.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or is not UTF-8, and as [`parse`](Self::parse).
    pub fn read(path: impl AsRef<Path>, env: &Env) -> Result<Self, ConfigError> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let refuse = |kind| Problem::new(kind).in_file(&Arc::from(name.as_str()));
        let bytes =
            read_bounded(path).map_err(|error| refuse(ProblemKind::Read(Arc::new(error))))?;
        let text = std::str::from_utf8(&bytes).map_err(|error| {
            let line = 1 + bytes[..error.valid_up_to()].iter().filter(|b| **b == b'\n').count();
            refuse(ProblemKind::Syntax("not UTF-8".to_owned())).at((line, 1))
        })?;
        Self::parse(text, &name, env)
    }

    /// The name of the file.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The whole document.
    pub fn root(&self) -> Section<'_> {
        Section {
            document: self,
            file: &self.file,
            node: &self.root,
            path: String::new(),
            ignored: &[],
        }
    }
}

fn read_bounded(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    File::open(path)?.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A document, or the part of one that stands under a key.
#[derive(Clone)]
pub struct Section<'a> {
    document: &'a Document,
    file: &'a Arc<str>,
    node: &'a Node,
    /// Where it stands in the document: empty, or a dotted path.
    path: String,
    ignored: &'a [&'a str],
}

impl std::fmt::Debug for Section<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Section")
            .field("file", self.file)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl<'a> Section<'a> {
    /// The part under a key, if the key is there.
    pub fn section(&self, key: &str) -> Option<Self> {
        let entry = self.node.get(key)?;
        Some(Self {
            document: self.document,
            file: self.file,
            node: &entry.value,
            path: join(&self.path, key),
            ignored: &[],
        })
    }

    /// The keys, in the order of the document; none if this is no mapping.
    pub fn keys(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let entries: &'a [Entry] = match &self.node.value {
            Value::Map(entries) => entries,
            _ => &[],
        };
        entries.iter().map(|entry| entry.key.as_str())
    }

    /// Whether a key is there and has a value. The key may be a path such as `server.port`.
    pub fn has(&self, key: &str) -> bool {
        matches!(self.find(key), (node, true) if !node.is_null())
    }

    /// Whether a key is there, with a value or without one: what is written and empty, as a `${…}` may turn out to be, can be
    /// told from what is left out.
    ///
    /// ```
    /// use wirepath_runtime::config::{Document, Env};
    ///
    /// let env = Env::from_iter([("NETWORKS", "")]);
    /// let document = Document::parse("allowed: ${NETWORKS}", "c.yaml", &env)?;
    /// assert!(document.root().mentions("allowed") && !document.root().has("allowed"));
    /// assert!(!document.root().mentions("denied"));
    /// # Ok::<(), wirepath_runtime::config::ConfigError>(())
    /// ```
    pub fn mentions(&self, key: &str) -> bool {
        self.find(key).1
    }

    /// Whether the document uses an environment variable in a `${…}`, here or in another section.
    pub fn refers_to(&self, variable: &str) -> bool {
        self.document.variables.contains(variable)
    }

    /// The same section, with some of its own keys left to others to load.
    #[must_use]
    pub fn ignoring(mut self, keys: &'a [&'a str]) -> Self {
        self.ignored = keys;
        self
    }

    /// Loads the section into a type.
    ///
    /// Structs take their known keys from the type; `#[serde(flatten)]` gives that up, and with it the
    /// errors for unknown keys.
    ///
    /// # Errors
    ///
    /// All unknown keys, all variables that are not set, and the first value that does not fit its
    /// type.
    pub fn load<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        let mut problems = Vec::new();
        self.failed_expansions(self.node, &self.path, &mut problems);
        ConfigError::check(problems)?;
        de::load(self.file, self.node, &self.path, self.ignored)
    }

    /// A problem with the value of a key, for checks that a type cannot express. The key is a path
    /// within this section, such as `server.port` or `binds[0].name`; its position, or that of the
    /// nearest key above it that is in the document, goes into the error.
    pub fn problem(&self, key: &str, message: impl Into<String>) -> Problem {
        let (node, _) = self.find(key);
        Problem::new(ProblemKind::InvalidValue { message: message.into(), found: None })
            .in_file(self.file)
            .at(node.position)
            .with_key(if key.is_empty() { self.path.clone() } else { join(&self.path, key) })
    }

    /// The node of a path, or the deepest one on the way to it; and whether it is the path's own.
    fn find(&self, path: &str) -> (&'a Node, bool) {
        let mut node = self.node;
        for part in path.split(['.', '[']).filter(|part| !part.is_empty()) {
            let next = match (&node.value, part.strip_suffix(']')) {
                (Value::List(items), Some(index)) => {
                    index.parse::<usize>().ok().and_then(|index| items.get(index))
                }
                _ => node.get(part).map(|entry| &entry.value),
            };
            match next {
                Some(next) => node = next,
                None => return (node, false),
            }
        }
        (node, true)
    }

    fn failed_expansions(&self, node: &Node, path: &str, problems: &mut Vec<Problem>) {
        match &node.value {
            Value::Scalar(scalar) => {
                if let Some(error) = &scalar.failed {
                    problems.push(
                        Problem::new(ProblemKind::Expand(error.clone()))
                            .in_file(self.file)
                            .at(node.position)
                            .with_key(path),
                    );
                }
            }
            Value::List(items) => {
                for (i, item) in items.iter().enumerate() {
                    self.failed_expansions(item, &format!("{path}[{i}]"), problems);
                }
            }
            Value::Map(entries) => {
                for entry in entries {
                    let ignored = path == self.path && self.ignored.contains(&entry.key.as_str());
                    if !ignored {
                        self.failed_expansions(&entry.value, &join(path, &entry.key), problems);
                    }
                }
            }
        }
    }
}

pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn parse(text: &str, env: &Env) -> Result<(Node, BTreeSet<String>), Problem> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::{Password, Secret};
    use proptest::prelude::*;
    use serde::Deserialize;
    use std::collections::BTreeMap;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default)]
    struct Config {
        server: Server,
        peers: Vec<Peer>,
        options: BTreeMap<String, String>,
        password: Secret,
    }

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default)]
    struct Server {
        host: String,
        port: u16,
        timer_ms: u64,
        lenient: bool,
        ratio: f64,
        mode: Mode,
        tls: Option<Tls>,
    }

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Mode {
        #[default]
        Pace,
        Reject,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Tls {
        cert_path: String,
        key_path: String,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Peer {
        name: String,
        password: Password,
    }

    fn load_with(text: &str, env: &Env) -> Result<Config, ConfigError> {
        Document::parse(text, "c.yaml", env)?.root().load()
    }

    fn load(text: &str) -> Result<Config, ConfigError> {
        load_with(text, &Env::empty())
    }

    fn error(text: &str) -> String {
        load(text).unwrap_err().to_string()
    }

    #[test]
    fn values_of_every_type() {
        let config = load(
            "server:\n  host: smsc.example\n  port: '2775'\n  timer_ms: 5000\n  lenient: true\n  \
             ratio: 0.5\n  mode: reject\noptions: {cost: 007, note: yes}\n",
        )
        .unwrap();
        assert_eq!(config.server.host, "smsc.example");
        assert_eq!(config.server.port, 2775);
        assert_eq!(config.server.timer_ms, 5000);
        assert!(config.server.lenient);
        assert_eq!(config.server.ratio, 0.5);
        assert_eq!(config.server.mode, Mode::Reject);
        assert_eq!(config.options["cost"], "007");
        assert_eq!(config.options["note"], "yes");
    }

    #[test]
    fn an_empty_document_and_empty_keys_are_defaults() {
        for text in
            ["", "# only a comment\n", "server:\n", "server: ~\n", "server:\n  port:\n", "---\n"]
        {
            assert_eq!(load(text).unwrap(), Config::default(), "{text:?}");
        }
    }

    #[test]
    fn an_unknown_key_has_its_place_and_a_suggestion() {
        let error = load("server:\n  tls:\n    cert_pth: a\n    cert_path: b\n    key_path: c\n")
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown key `server.tls.cert_pth` at c.yaml:3:5; did you mean `cert_path`?"
        );
        assert_eq!(error.file(), Some("c.yaml"));
        assert_eq!((error.line(), error.column()), (Some(3), Some(5)));
        assert_eq!(error.key(), Some("server.tls.cert_pth"));
        assert_eq!(error.suggestion(), Some("cert_path"));
    }

    #[test]
    fn without_a_near_key_the_known_ones_are_listed() {
        assert_eq!(
            error("colour: red\n"),
            "unknown key `colour` at c.yaml:1:1; the known keys are server, peers, options, password"
        );
    }

    #[test]
    fn all_unknown_keys_are_reported_and_what_stopped_the_loading() {
        let error = load("servr: 1\nserver:\n  prot: 1\n  host: x\n  port: many\n").unwrap_err();
        let lines: Vec<_> =
            error.problems().iter().map(|p| (p.line().unwrap(), p.key().unwrap())).collect();
        assert_eq!(lines, [(1, "servr"), (3, "server.prot"), (5, "server.port")]);
        assert_eq!(error.to_string().lines().count(), 3);
    }

    #[test]
    fn type_errors_name_value_and_expectation() {
        assert_eq!(
            error("server:\n  port: 70000\n"),
            "invalid value `70000` for `server.port` at c.yaml:2:9: expected a whole number from 0 to 65535"
        );
        assert_eq!(
            error("server:\n  mode: rejct\n"),
            "invalid value `rejct` for `server.mode` at c.yaml:2:9: expected `pace` or `reject`; did you mean `reject`?"
        );
        assert_eq!(
            error("server: {lenient: maybe}\n"),
            "invalid value `maybe` for `server.lenient` at c.yaml:1:19: expected `true` or `false`"
        );
        assert_eq!(
            error("server: [1]\n"),
            "invalid value for `server` at c.yaml:1:9: expected a mapping of keys to values, found a list"
        );
        assert_eq!(
            error("peers: 7\n"),
            "invalid value `7` for `peers` at c.yaml:1:8: expected a list"
        );
        assert_eq!(
            error("server: {tls: {cert_path: x}}\n"),
            "missing key `server.tls.key_path` at c.yaml:1:15"
        );
        assert_eq!(
            error("peers:\n  - name: [a]\n"),
            "invalid value for `peers[0].name` at c.yaml:2:11: expected a text, found a list"
        );
    }

    #[test]
    fn a_long_value_is_cut() {
        let message = error(&format!("server: {{port: {}}}\n", "9".repeat(10_000)));
        assert!(message.len() < 200, "{message}");
    }

    #[test]
    fn duplicate_keys_are_errors() {
        assert_eq!(
            error("server:\n  port: 1\n  port: 2\n"),
            "duplicate key `server.port` at c.yaml:3:3"
        );
        assert_eq!(error("server: {}\nserver: {}\n"), "duplicate key `server` at c.yaml:2:1");
    }

    #[test]
    fn a_secret_is_never_repeated() {
        let broken = "$argon2id$v=19$m=8,t=1,p=1$hunter2hunter2";
        for text in [
            format!("peers: [{{name: a, password: '{broken}'}}]\n"),
            "password: [hunter2]\n".to_owned(),
            "password: {hunter2: hunter2}\n".to_owned(),
            "peers: [{name: a, password: {x: hunter2}}]\n".to_owned(),
            "pasword: hunter2\n".to_owned(),
        ] {
            let error = load(&text).unwrap_err();
            assert!(!error.to_string().contains("hunter2"), "{error}");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
        // Under a name that says nothing, refused by the type that wraps the secret.
        #[derive(Debug, Deserialize)]
        struct Plain {
            #[serde(rename = "x")]
            _x: Password,
        }
        let text = format!("x: '{broken}'\n");
        let error = Document::parse(&text, "c.yaml", &Env::empty())
            .unwrap()
            .root()
            .load::<Plain>()
            .unwrap_err();
        assert_eq!((error.key(), error.line()), (Some("x"), Some(1)));
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        let config = load("password: hunter2\n").unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
        assert!(config.password.matches(b"hunter2"));
    }

    #[test]
    fn secrets_are_taken_as_written() {
        assert!(load("password: 0042\n").unwrap().password.matches(b"0042"));
        assert!(load("password: 1e3\n").unwrap().password.matches(b"1e3"));
        assert!(load("password: \"~\"\n").unwrap().password.matches(b"~"));
    }

    #[test]
    fn a_variable_cannot_bring_in_structure() {
        for value in [
            "x\nport: 1",
            "{a: b}",
            "[1]",
            "a: b",
            "# no",
            "*alias",
            "&a",
            "!t",
            "'",
            "\"",
            "~",
            "null",
        ] {
            let env = Env::from_iter([("V", value)]);
            let config = load_with("server:\n  host: ${V}\n  port: 2\n", &env).unwrap();
            assert_eq!(config.server.host, value);
            assert_eq!(config.server.port, 2);
        }
    }

    #[test]
    fn variables_fill_typed_values_and_lines_stay_true() {
        let env = Env::from_iter([("LINES", "a\nb\nc"), ("PORT", "x")]);
        let error = load_with("server:\n  host: ${LINES}\n  port: ${PORT}\n", &env).unwrap_err();
        assert_eq!(
            error.to_string(),
            "invalid value `x` for `server.port` at c.yaml:3:9: expected a whole number from 0 to 65535"
        );
        let env = Env::empty();
        assert_eq!(load_with("server: {port: '${P:-7}'}\n", &env).unwrap().server.port, 7);
        assert_eq!(load_with("server: {port: ${P:-7}}\n", &env).unwrap().server.port, 7);
        assert_eq!(
            load_with("options: {a: ${A:-[x, {y}, b: ${H:-}z}\n", &env).unwrap().options["a"],
            "[x, {y"
        );
        let error = load_with("server: {tls: '', host: ${H:-}}\n", &env).unwrap_err();
        assert_eq!((error.key(), error.column()), (Some("server.tls"), Some(15)));
    }

    #[test]
    fn hiding_braces_from_the_parser_leaves_no_trace() {
        let load = |text: &str| load(text).map(|config| config.options);
        for (text, expected) in [
            ("options: {a: ${A:-[x]}, b: '${A:-{}'}", [("a", "[x]"), ("b", "{")]),
            ("options: {a: '\u{F5000}', b: \"${A:-\\n}\"}", [("a", "\u{F5000}"), ("b", "\n")]),
            ("options: {a: $${A}, b: $}", [("a", "${A}"), ("b", "$")]),
            ("options:\n  a: |-\n    ${A:-x,\n    y}\n  b: z\n", [("a", "x,\ny"), ("b", "z")]),
        ] {
            let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
            assert_eq!(load(text).unwrap(), BTreeMap::from(expected), "{text}");
        }
        assert_eq!(load("options: {${A}: x}").unwrap()["${A}"], "x");
    }

    #[test]
    fn an_unset_variable_is_named_with_its_place() {
        let error = load("server:\n  host: ${HOST}\n  port: ${PORT}\n").unwrap_err();
        assert_eq!(
            error.problems()[0].to_string(),
            "in `server.host` at c.yaml:2:9: environment variable `HOST` is not set; set it, or write `${HOST:-default}`"
        );
        assert_eq!(error.problems()[1].environment_variable(), Some("PORT"));
    }

    #[test]
    fn a_section_needs_only_its_own_variables() {
        let document =
            Document::parse("a: {port: 1}\nb: {port: '${NONE}'}\n", "c.yaml", &Env::empty())
                .unwrap();
        assert_eq!(document.root().section("a").unwrap().load::<Server>().unwrap().port, 1);
        let error = document.root().section("b").unwrap().load::<Server>().unwrap_err();
        assert_eq!(error.key(), Some("b.port"));
        assert!(document.root().refers_to("NONE") && !document.root().refers_to("OTHER"));
        assert!(document.root().ignoring(&["a", "b"]).load::<Server>().is_ok());
    }

    #[test]
    fn anchors_aliases_and_merge_keys() {
        let config = load("server: &s {host: h, port: 1}\noptions: {a: &x one, b: *x}\n").unwrap();
        assert_eq!(config.options["b"], "one");
        let document = Document::parse(
            "base: &b {host: h, port: 1}\nserver: {<<: *b, port: 2}\n",
            "c.yaml",
            &Env::empty(),
        )
        .unwrap();
        let server: Server = document.root().section("server").unwrap().load().unwrap();
        assert_eq!((server.host.as_str(), server.port), ("h", 2));
    }

    #[test]
    fn documents_are_bounded() {
        let bomb = (1..9).fold("a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned(), |text, i| {
            let before = i - 1;
            text + &format!("a{i}: &a{i} [{}]\n", vec![format!("*a{before}"); 9].join(","))
        });
        for text in [
            bomb,
            format!("a: &a {}x{}\nb: [[*a]]\n", "[".repeat(30), "]".repeat(30)),
            "[".repeat(40) + &"]".repeat(40),
            format!("[{}]", "1,".repeat(30_000)),
            "x".repeat(MAX_BYTES + 1),
        ] {
            let error = Document::parse(&text, "c.yaml", &Env::empty()).unwrap_err();
            assert!(matches!(error.problems()[0].kind(), ProblemKind::TooLarge(_)), "{error}");
        }
        let env = Env::from_iter([("BIG", "x".repeat(100_000))]);
        let error =
            Document::parse(&format!("[{}]", "'${BIG}',".repeat(100)), "c.yaml", &env).unwrap_err();
        assert!(matches!(error.problems()[0].kind(), ProblemKind::TooLarge(_)), "{error}");
    }

    #[test]
    fn what_is_not_one_plain_document_is_refused() {
        for text in [
            "a: 1\n---\nb: 2\n",
            "a: &a [*a]\n",
            "? [a]\n: b\n",
            "a: !include x\n",
            "a: *none\n",
            "a: [\n",
            "a: 'x\n",
            "<<: 1\n",
        ] {
            let error = Document::parse(text, "c.yaml", &Env::empty()).unwrap_err();
            assert!(
                matches!(error.problems()[0].kind(), ProblemKind::Syntax(_)),
                "{text:?}: {error}"
            );
            assert!(error.line().is_some(), "{error}");
        }
    }

    #[test]
    fn files_that_cannot_be_read_are_named() {
        let directory = tempfile::tempdir().unwrap();
        let missing = directory.path().join("none.yaml");
        let error = Document::read(&missing, &Env::empty()).unwrap_err();
        assert!(error.to_string().contains("none.yaml"), "{error}");
        let latin1 = directory.path().join("latin1.yaml");
        std::fs::write(&latin1, b"a: 1\nb: \xe9\n").unwrap();
        assert_eq!(Document::read(&latin1, &Env::empty()).unwrap_err().line(), Some(2));
    }

    #[test]
    fn a_problem_of_ones_own_finds_its_line() {
        let document =
            Document::parse("peers:\n  - name: a\n  - name: b\n", "c.yaml", &Env::empty()).unwrap();
        let problem = document.root().problem("peers[1].name", "is taken");
        assert_eq!(
            problem.to_string(),
            "invalid value for `peers[1].name` at c.yaml:3:11: is taken"
        );
        assert_eq!(document.root().problem("peers[1].password", "is missing").line(), Some(3));
        assert!(document.root().has("peers[0].name"));
        assert!(!document.root().has("peers[2].name"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in r"([a\-:{}\[\],&*!|>'%@#~<\x22$ \n]|\PC){0,80}") {
            let _ = load(&text);
        }

        #[test]
        fn any_value_of_a_variable_arrives_as_it_is(value in r"\PC{1,40}") {
            let env = Env::from_iter([("V", value.clone())]);
            prop_assert_eq!(load_with("server: {host: '${V}'}", &env).unwrap().server.host, value.clone());
            prop_assert_eq!(load_with("server:\n  host: ${V}\n", &env).unwrap().server.host, value);
        }
    }
}
