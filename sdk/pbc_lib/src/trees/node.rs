//! A node of the tree behind a [`Map`](super::map::Map): keys and values, or keys and children.
//!
//! Invariants:
//! - Keys rise strictly within a node and from child to child.
//! - An inner node has one key less than children. `keys[i]` is at most every key below
//!   `children[i + 1]` and above every key below `children[i]`.
//! - No node is empty, and all leaves are equally deep.

use std::sync::Arc;

use arrayvec::ArrayVec;

use super::key::Key;

/// Most entries of a leaf, and most children of an inner node.
const CAPACITY: usize = 16;
/// A node with fewer than this is merged with a neighbour, if both fit in one.
const SPARSE: usize = CAPACITY / 4;

/// The value of an entry.
pub(super) type Value = Arc<[u8]>;

/// A node.
#[derive(Clone)]
pub(super) enum Node {
    Leaf(Leaf),
    Inner(Inner),
}

/// Entries.
#[derive(Clone, Default)]
pub(super) struct Leaf {
    keys: Keys,
    values: ArrayVec<Value, CAPACITY>,
}

/// Children, and the keys that divide them.
#[derive(Clone, Default)]
pub(super) struct Inner {
    keys: Keys,
    children: ArrayVec<Arc<Node>, CAPACITY>,
}

/// Rising keys. Their first bytes lie close together, as numbers of the same order: they decide
/// nearly every comparison.
#[derive(Clone, Default)]
struct Keys {
    prefixes: ArrayVec<u64, CAPACITY>,
    keys: ArrayVec<Key, CAPACITY>,
}

/// A key that is looked for.
#[derive(Clone, Copy)]
pub(super) struct Probe<'a> {
    prefix: u64,
    key: &'a [u8],
}

impl<'a> Probe<'a> {
    #[inline]
    pub(super) fn new(key: &'a [u8]) -> Self {
        let prefix = match key.first_chunk() {
            Some(prefix) => u64::from_be_bytes(*prefix),
            None => {
                let mut padded = [0; 8];
                padded[..key.len()].copy_from_slice(key);
                u64::from_be_bytes(padded)
            }
        };
        Probe { prefix, key }
    }
}

impl Keys {
    /// The place of the key, or the place where it belongs.
    #[inline]
    fn search(&self, probe: Probe<'_>) -> Result<usize, usize> {
        let start = self.prefixes.partition_point(|prefix| *prefix < probe.prefix);
        let same = self.prefixes[start..].iter().take_while(|prefix| **prefix == probe.prefix);
        let end = start + same.count();
        self.keys[start..end]
            .binary_search_by(|key| key.as_slice().cmp(probe.key))
            .map(|offset| start + offset)
            .map_err(|offset| start + offset)
    }

    fn insert(&mut self, index: usize, probe: Probe<'_>) {
        self.prefixes.insert(index, probe.prefix);
        self.keys.insert(index, Key::new(probe.key));
    }

    fn push(&mut self, key: Key) {
        self.prefixes.push(Probe::new(key.as_slice()).prefix);
        self.keys.push(key);
    }

    fn remove(&mut self, index: usize) {
        self.prefixes.remove(index);
        self.keys.remove(index);
    }

    fn split_off(&mut self, index: usize) -> Keys {
        Keys {
            prefixes: self.prefixes.drain(index..).collect(),
            keys: self.keys.drain(index..).collect(),
        }
    }

    fn append(&mut self, mut other: Keys) {
        self.prefixes.extend(other.prefixes.drain(..));
        self.keys.extend(other.keys.drain(..));
    }
}

/// What became of an insertion.
pub(super) struct Inserted {
    /// The value that was replaced.
    pub(super) old: Option<Value>,
    /// The right half of the node, if it had to be split, and the key that divides them.
    pub(super) split: Option<(Key, Arc<Node>)>,
}

impl Node {
    /// A leaf with one entry.
    pub(super) fn single(key: &[u8], value: Value) -> Node {
        let mut leaf = Leaf::default();
        leaf.keys.insert(0, Probe::new(key));
        leaf.values.push(value);
        Node::Leaf(leaf)
    }

    /// A node above two others.
    pub(super) fn above(left: Arc<Node>, key: Key, right: Arc<Node>) -> Node {
        let mut inner = Inner::default();
        inner.keys.push(key);
        inner.children.push(left);
        inner.children.push(right);
        Node::Inner(inner)
    }

    /// The value of a key.
    #[inline]
    pub(super) fn get(&self, probe: Probe<'_>) -> Option<&Value> {
        let mut node = self;
        loop {
            match node {
                Node::Leaf(leaf) => {
                    return leaf.keys.search(probe).ok().map(|index| &leaf.values[index]);
                }
                Node::Inner(inner) => node = &inner.children[inner.child(probe)],
            }
        }
    }

    /// Gives a key a value. Nodes that others share are copied.
    pub(super) fn insert(&mut self, probe: Probe<'_>, value: Value) -> Inserted {
        match self {
            Node::Leaf(leaf) => leaf.insert(probe, value),
            Node::Inner(inner) => inner.insert(probe, value),
        }
    }

    /// Removes a key that is there. Nodes that others share are copied.
    pub(super) fn remove(&mut self, probe: Probe<'_>) -> Option<Value> {
        match self {
            Node::Leaf(leaf) => {
                let index = leaf.keys.search(probe).ok()?;
                leaf.keys.remove(index);
                Some(leaf.values.remove(index))
            }
            Node::Inner(inner) => {
                let index = inner.child(probe);
                let value = Arc::make_mut(&mut inner.children[index]).remove(probe)?;
                inner.tidy(index);
                Some(value)
            }
        }
    }

    /// Entries of a leaf, or children of an inner node.
    pub(super) fn size(&self) -> usize {
        match self {
            Node::Leaf(leaf) => leaf.values.len(),
            Node::Inner(inner) => inner.children.len(),
        }
    }

    /// The only child of this node, if it has just one.
    pub(super) fn only_child(&self) -> Option<Arc<Node>> {
        match self {
            Node::Inner(inner) if inner.children.len() == 1 => inner.children.first().cloned(),
            _ => None,
        }
    }

    /// The child or the entry at `index`.
    pub(super) fn at(&self, index: usize) -> Option<Part<'_>> {
        match self {
            Node::Leaf(leaf) => {
                let value = leaf.values.get(index)?;
                Some(Part::Entry(leaf.keys.keys[index].as_slice(), value))
            }
            Node::Inner(inner) => inner.children.get(index).map(|child| Part::Child(child)),
        }
    }

    /// The first child or entry that may hold a key above the one looked for.
    pub(super) fn first_after(&self, probe: Probe<'_>) -> usize {
        match self {
            Node::Leaf(leaf) => {
                leaf.keys.search(probe).map_or_else(|index| index, |index| index + 1)
            }
            Node::Inner(inner) => inner.child(probe),
        }
    }

    /// Moves what is in `other`, whose keys are from `key` on, behind what is here.
    fn append(&mut self, key: Key, other: Node) {
        match (self, other) {
            (Node::Leaf(left), Node::Leaf(mut right)) => {
                left.keys.append(right.keys);
                left.values.extend(right.values.drain(..));
            }
            (Node::Inner(left), Node::Inner(mut right)) => {
                left.keys.push(key);
                left.keys.append(right.keys);
                left.children.extend(right.children.drain(..));
            }
            _ => unreachable!("invariant: all leaves are equally deep"),
        }
    }
}

/// A part of a node.
pub(super) enum Part<'a> {
    Child(&'a Node),
    Entry(&'a [u8], &'a [u8]),
}

impl Leaf {
    fn insert(&mut self, probe: Probe<'_>, value: Value) -> Inserted {
        let index = match self.keys.search(probe) {
            Ok(index) => {
                let old = Some(std::mem::replace(&mut self.values[index], value));
                return Inserted { old, split: None };
            }
            Err(index) => index,
        };
        if !self.values.is_full() {
            self.keys.insert(index, probe);
            self.values.insert(index, value);
            return Inserted { old: None, split: None };
        }

        // Keys that come in order leave full leaves behind.
        let at = if index == CAPACITY { CAPACITY - 1 } else { CAPACITY / 2 };
        let mut right =
            Leaf { keys: self.keys.split_off(at), values: self.values.drain(at..).collect() };
        let (half, index) = if index > at { (&mut right, index - at) } else { (self, index) };
        half.keys.insert(index, probe);
        half.values.insert(index, value);
        let key = right.keys.keys[0].clone();
        Inserted { old: None, split: Some((key, Arc::new(Node::Leaf(right)))) }
    }
}

impl Inner {
    /// The child below which a key is, or belongs.
    #[inline]
    fn child(&self, probe: Probe<'_>) -> usize {
        self.keys.search(probe).map_or_else(|index| index, |index| index + 1)
    }

    fn insert(&mut self, probe: Probe<'_>, value: Value) -> Inserted {
        let index = self.child(probe);
        let Inserted { old, split } = Arc::make_mut(&mut self.children[index]).insert(probe, value);
        let split = split.and_then(|(key, child)| self.add(index, key, child));
        Inserted { old, split }
    }

    /// Adds a child behind the one at `index`. Gives the right half if this node is full.
    fn add(&mut self, index: usize, key: Key, child: Arc<Node>) -> Option<(Key, Arc<Node>)> {
        if !self.children.is_full() {
            self.keys.insert(index, Probe::new(key.as_slice()));
            self.children.insert(index + 1, child);
            return None;
        }

        let at = CAPACITY / 2;
        let mut right =
            Inner { keys: self.keys.split_off(at), children: self.children.drain(at..).collect() };
        let middle = self.keys.keys.pop().expect("invariant: half a node has keys");
        self.keys.prefixes.pop();
        let split = if index < at {
            self.add(index, key, child)
        } else {
            right.add(index - at, key, child)
        };
        debug_assert!(split.is_none(), "half a node is not full");
        Some((middle, Arc::new(Node::Inner(right))))
    }

    /// Removes the child at `index` if it is empty, and merges it with a neighbour if it is
    /// sparse.
    fn tidy(&mut self, index: usize) {
        let size = self.children[index].size();
        if size == 0 {
            self.children.remove(index);
            if !self.keys.keys.is_empty() {
                self.keys.remove(index.saturating_sub(1));
            }
            return;
        }
        if size >= SPARSE || self.children.len() == 1 {
            return;
        }
        let left = index.saturating_sub(1);
        if self.children[left].size() + self.children[left + 1].size() > CAPACITY {
            return;
        }
        let key = self.keys.keys[left].clone();
        self.keys.remove(left);
        let right = Arc::unwrap_or_clone(self.children.remove(left + 1));
        Arc::make_mut(&mut self.children[left]).append(key, right);
    }
}
