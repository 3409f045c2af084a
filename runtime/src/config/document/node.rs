//! The tree: nodes that know where they stand.

use zeroize::Zeroizing;

use crate::config::expand::ExpandError;

/// A position: line and column, both from 1.
pub(in crate::config) type Position = (usize, usize);

#[derive(Clone)]
pub(in crate::config) struct Node {
    pub(in crate::config) value: Value,
    pub(in crate::config) position: Position,
}

#[derive(Clone)]
pub(in crate::config) enum Value {
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

#[derive(Clone)]
pub(in crate::config) struct Entry {
    pub(in crate::config) key: String,
    pub(in crate::config) position: Position,
    pub(in crate::config) value: Node,
}

#[derive(Clone)]
pub(in crate::config) struct Scalar {
    /// After expansion.
    pub(in crate::config) text: Zeroizing<String>,
    /// Not quoted: may stand for a number, a boolean or nothing.
    pub(in crate::config) plain: bool,
    /// Whether a variable contributed to `text`.
    pub(in crate::config) expanded: bool,
    /// An expansion that failed is an error only where the value is used: a section that nobody
    /// loads needs no variables.
    pub(in crate::config) failed: Option<ExpandError>,
}

impl Scalar {
    pub(in crate::config) fn is_null(&self) -> bool {
        self.plain
            && (self.text.is_empty()
                || (!self.expanded && matches!(&**self.text, "~" | "null" | "Null" | "NULL")))
    }
}

impl Node {
    pub(in crate::config) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(scalar) if scalar.is_null())
    }

    pub(super) fn null() -> Self {
        let text = Zeroizing::default();
        let scalar = Scalar { text, plain: true, expanded: false, failed: None };
        Self { value: Value::Scalar(scalar), position: (1, 1) }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Entry> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }

    /// Lists and mappings within each other, this node included.
    pub(super) fn depth(&self) -> usize {
        match &self.value {
            Value::Scalar(_) => 0,
            Value::List(items) => 1 + items.iter().map(Self::depth).max().unwrap_or(0),
            Value::Map(entries) => {
                1 + entries.iter().map(|entry| entry.value.depth()).max().unwrap_or(0)
            }
        }
    }

    /// Nodes and octets of text in this tree.
    pub(super) fn size(&self) -> (usize, usize) {
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
