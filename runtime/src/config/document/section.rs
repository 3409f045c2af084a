//! A document, or a part of one, loaded into types.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::{Document, Entry, Node, Value};
use crate::config::{ConfigError, Problem, ProblemKind, de};

/// A document, or the part of one that stands under a key.
#[derive(Clone)]
pub struct Section<'a> {
    pub(super) document: &'a Document,
    pub(super) file: &'a Arc<str>,
    pub(super) node: &'a Node,
    /// Where it stands in the document: empty, or a dotted path.
    pub(super) path: String,
    pub(super) ignored: &'a [&'a str],
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

pub(in crate::config) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
