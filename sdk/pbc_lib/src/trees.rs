//! The content of a contract's AVL trees, held by the host.
//!
//! Keys and values are bytes in state format. A tree lists its keys in byte order.
//!
//! Invariants:
//! - A clone is independent and costs a few words for each tree: content is shared until written.
//! - Between [`Trees::begin_call`] and [`Trees::roll_back`] every write is logged, so that it can
//!   be undone in place; no second reference to the content is needed for that.
//!
//! Source: `pbc-formats.md` 2.5 and 2.6.

mod imports;
mod key;
mod map;
mod node;
mod operations;
mod snapshot;

use std::fmt;
use std::sync::Arc;

use key::Key;
use map::Map;
pub use operations::{HostCall, TreeOperations};

/// A contract's AVL trees.
#[derive(Default)]
pub struct Trees {
    /// By rising id.
    trees: Vec<Tree>,
    /// The writes of the call that is running, or of the last one that succeeded.
    changes: Vec<Change>,
    /// While a call runs, the number of trees there were before it.
    trees_before_call: Option<usize>,
    operations: TreeOperations,
    trace: Option<Vec<HostCall>>,
}

#[derive(Clone)]
struct Tree {
    id: i32,
    map: Map,
}

/// Key and value of an entry.
pub type TreeEntry<'a> = (&'a [u8], &'a [u8]);

/// A write to a tree.
#[derive(Clone, Debug)]
pub struct Change {
    tree: i32,
    key: Key,
    before: Option<Arc<[u8]>>,
}

impl Change {
    /// The id of the tree.
    pub fn tree(&self) -> i32 {
        self.tree
    }

    /// The key that was inserted, replaced or removed.
    pub fn key(&self) -> &[u8] {
        self.key.as_slice()
    }

    /// The value just before the write; `None` if the key was absent.
    pub fn before(&self) -> Option<&[u8]> {
        self.before.as_deref()
    }
}

/// No tree has this id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSuchTree(
    /// The id that was asked for.
    pub i32,
);

impl fmt::Display for NoSuchTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no tree {}", self.0)
    }
}

impl std::error::Error for NoSuchTree {}

/// Content, for the one who looks on: nothing here counts as an operation of the contract. An id
/// that no tree has is an empty tree to readers, and writers leave it alone.
impl Trees {
    /// No trees.
    pub const fn new() -> Self {
        Trees {
            trees: Vec::new(),
            changes: Vec::new(),
            trees_before_call: None,
            operations: TreeOperations::new(),
            trace: None,
        }
    }

    /// Makes an empty tree and returns its id: 0, then the largest plus 1.
    pub fn create(&mut self) -> i32 {
        let id = self.trees.last().map_or(0, |last| last.id + 1);
        self.trees.push(Tree { id, map: Map::default() });
        id
    }

    /// Whether there is a tree with this id.
    pub fn contains(&self, tree: i32) -> bool {
        self.index(tree).is_some()
    }

    /// The value of `key`.
    pub fn get(&self, tree: i32, key: &[u8]) -> Option<&[u8]> {
        self.map(tree)?.get(key)
    }

    /// Gives `key` a value, in place of the one it may have. False if there is no such tree.
    pub fn insert(&mut self, tree: i32, key: &[u8], value: &[u8]) -> bool {
        self.write(tree, key, Some(value)).is_some()
    }

    /// Removes `key`, if it is there. False if there is no such tree.
    pub fn remove(&mut self, tree: i32, key: &[u8]) -> bool {
        self.write(tree, key, None).is_some()
    }

    /// The number of keys of a tree.
    pub fn len(&self, tree: i32) -> usize {
        self.map(tree).map_or(0, Map::len)
    }

    /// Whether a tree has no keys.
    pub fn is_empty(&self, tree: i32) -> bool {
        self.len(tree) == 0
    }

    /// The first entry, or the one after the key `after`, which may be absent.
    pub fn next(&self, tree: i32, after: Option<&[u8]>) -> Option<TreeEntry<'_>> {
        self.map(tree)?.next(after)
    }

    /// The entries of a tree in byte order of their keys.
    pub fn iter(&self, tree: i32) -> impl Iterator<Item = TreeEntry<'_>> {
        self.map(tree).into_iter().flat_map(Map::iter)
    }

    /// The ids of the trees, rising.
    pub fn ids(&self) -> impl Iterator<Item = i32> + '_ {
        self.trees.iter().map(|tree| tree.id)
    }

    #[inline]
    fn index(&self, tree: i32) -> Option<usize> {
        // Ids have no gaps unless a snapshot has.
        let guess = usize::try_from(tree).ok()?;
        if self.trees.get(guess).is_some_and(|found| found.id == tree) {
            return Some(guess);
        }
        self.trees.binary_search_by_key(&tree, |found| found.id).ok()
    }

    #[inline]
    fn map(&self, tree: i32) -> Option<&Map> {
        self.index(tree).map(|index| &self.trees[index].map)
    }

    #[inline]
    fn write(&mut self, tree: i32, key: &[u8], value: Option<&[u8]>) -> Option<()> {
        let index = self.index(tree)?;
        let map = &mut self.trees[index].map;
        let before = match value {
            Some(value) => map.insert(key, value.into()),
            None => map.remove(key),
        };
        if self.trees_before_call.is_some() && (value.is_some() || before.is_some()) {
            self.changes.push(Change { tree, key: Key::new(key), before });
        }
        Some(())
    }
}

/// Calls: all or nothing.
impl Trees {
    /// Notes the point to which [`Trees::roll_back`] returns, and forgets the last call's changes.
    #[inline]
    pub fn begin_call(&mut self) {
        self.changes.clear();
        self.trees_before_call = Some(self.trees.len());
    }

    /// Keeps what the call has written.
    #[inline]
    pub fn commit_call(&mut self) {
        self.trees_before_call = None;
    }

    /// Undoes what the call has written.
    pub fn roll_back(&mut self) {
        let Some(trees) = self.trees_before_call.take() else {
            return;
        };
        while let Some(Change { tree, key, before }) = self.changes.pop() {
            let index = self.index(tree).expect("invariant: trees are never removed in a call");
            let map = &mut self.trees[index].map;
            match before {
                Some(before) => map.insert(key.as_slice(), before),
                None => map.remove(key.as_slice()),
            };
        }
        self.trees.truncate(trees);
    }

    /// What the last call wrote if it succeeded, and nothing if it failed: in the order written, a
    /// key once for each write. The first of them holds the value from before the call.
    pub fn last_changes(&self) -> &[Change] {
        &self.changes
    }
}

/// A snapshot of the content: it has the counters, but not the changes or the trace.
impl Clone for Trees {
    fn clone(&self) -> Self {
        Trees {
            trees: self.trees.clone(),
            changes: Vec::new(),
            trees_before_call: None,
            operations: self.operations,
            trace: None,
        }
    }
}

/// Equal if ids and content are.
impl PartialEq for Trees {
    fn eq(&self, other: &Self) -> bool {
        let pairs = || self.trees.iter().zip(&other.trees);
        self.trees.len() == other.trees.len()
            && pairs().all(|(a, b)| a.id == b.id && a.map == b.map)
    }
}

impl Eq for Trees {}

/// The content, in hex.
impl fmt::Debug for Trees {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.trees.iter().map(|tree| (tree.id, &tree.map))).finish()
    }
}
