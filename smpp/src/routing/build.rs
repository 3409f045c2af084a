//! How a prefix table is laid out.

use std::collections::VecDeque;

use super::PrefixTable;
use super::trie::{Entry, LENGTH_SHIFT, MAX_LABEL, NONE, Nibbles, Node};

/// So many prefixes and what leads to them take about half a kilobyte.
const FEW: usize = 16;

/// The prefixes on their way into a table.
///
/// A look-up goes from node to node, and what it costs is the memory that it waits for. So the upper nodes, which all look-ups
/// share, are laid out level by level; but below a node of few prefixes everything is laid out at once, and its entries too: what
/// a look-up has left to do there is in a page or two.
pub(super) struct Builder<T> {
    /// The nibbles of all of them, one after the other.
    nibbles: Vec<u8>,
    keys: Vec<Key<T>>,
}

/// Where a prefix lies among the nibbles, and its value until it moves into the table.
struct Key<T> {
    start: usize,
    end: usize,
    value: Option<T>,
}

/// The keys of a node that is to be: they share their first `depth` nibbles.
struct Task {
    /// Where the node is to be.
    at: usize,
    first: usize,
    end: usize,
    depth: usize,
    shorter: u32,
}

/// The nodes that are to be, in their order.
#[derive(Default)]
struct Tasks {
    of_many: VecDeque<Task>,
    of_few: Vec<Task>,
}

impl Tasks {
    fn add(&mut self, task: Task) {
        match task.end - task.first {
            0..=FEW => self.of_few.push(task),
            _ => self.of_many.push_back(task),
        }
    }

    fn next(&mut self) -> Option<Task> {
        self.of_few.pop().or_else(|| self.of_many.pop_front())
    }
}

impl<T> Default for Builder<T> {
    fn default() -> Self {
        Self { nibbles: Vec::new(), keys: Vec::new() }
    }
}

impl<T> Builder<T> {
    pub(super) fn add(&mut self, prefix: &[u8], value: T) {
        let start = self.nibbles.len();
        self.nibbles.extend(Nibbles::new(prefix));
        self.keys.push(Key { start, end: self.nibbles.len(), value: Some(value) });
    }

    pub(super) fn finish(mut self) -> PrefixTable<T> {
        if self.keys.is_empty() {
            return PrefixTable::default();
        }
        let of = |key: &Key<T>| &self.nibbles[key.start..key.end];
        // Stable: of equal ones the first stays first.
        self.keys.sort_by(|a, b| of(a).cmp(of(b)));
        self.keys.dedup_by(|later, first| of(later) == of(first));

        let mut nodes = vec![Node::default()];
        let mut entries = Vec::with_capacity(self.keys.len());
        let mut tasks = Tasks::default();
        tasks.add(Task { at: 0, first: 0, end: self.keys.len(), depth: 0, shorter: NONE });
        while let Some(task) = tasks.next() {
            let at = task.at;
            nodes[at] = self.node(task, &mut nodes, &mut entries, &mut tasks);
        }
        nodes.shrink_to_fit();
        PrefixTable { nodes, entries }
    }

    /// The node of some keys. Room for its children is made at the end of `nodes`, and their tasks are queued.
    fn node(
        &mut self,
        task: Task,
        nodes: &mut Vec<Node>,
        entries: &mut Vec<Entry<T>>,
        tasks: &mut Tasks,
    ) -> Node {
        let Task { mut first, end, mut depth, mut shorter, .. } = task;
        let keys = &mut self.keys[..end];
        // Sorted: what the first and the last share, all share.
        let tail = |key: &Key<T>, depth: usize| &self.nibbles[key.start + depth..key.end];
        let shared = tail(&keys[first], depth)
            .iter()
            .zip(tail(&keys[end - 1], depth))
            .take(MAX_LABEL)
            .take_while(|(a, b)| a == b);
        let (mut label, mut length) = (0, 0_u32);
        for (&nibble, _) in shared {
            label |= u32::from(nibble) << (4 * length);
            length += 1;
        }
        depth += length as usize;
        let mut node = Node {
            label: label | length << LENGTH_SHIFT,
            first_child: index(nodes.len()),
            entry: NONE,
            children: 0,
        };
        if let Some(key) = keys.get_mut(first)
            && key.end - key.start == depth
            && let Some(value) = key.value.take()
        {
            node.entry = index(entries.len());
            entries.push(Entry { shorter, value });
            shorter = node.entry;
            first += 1;
        }
        while first < end {
            let nibble = tail(&keys[first], depth)[0];
            let same = keys[first..].partition_point(|key| tail(key, depth)[0] == nibble);
            node.children |= 1 << nibble;
            let at = nodes.len();
            nodes.push(Node::default());
            tasks.add(Task { at, first, end: first + same, depth: depth + 1, shorter });
            first += same;
        }
        node
    }
}

fn index(of: usize) -> u32 {
    match u32::try_from(of) {
        Ok(index) if index != NONE => index,
        _ => panic!("a prefix table has less than 2^32 nodes"),
    }
}
