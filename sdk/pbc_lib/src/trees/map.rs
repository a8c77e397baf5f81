//! An ordered map from keys to bytes: a B+ tree whose clones share every node that neither of them
//! has written since. Nodes that nobody shares are written in place.

use std::fmt;
use std::sync::Arc;

use super::key::{Hex, Key};
use super::node::{Inserted, Node, Part, Probe, Value};
use super::TreeEntry;

/// The entries of one tree, in byte order of their keys.
#[derive(Clone, Default)]
pub(super) struct Map {
    /// `None` if there is no entry.
    root: Option<Arc<Node>>,
    len: usize,
}

impl Map {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) fn get(&self, key: &[u8]) -> Option<&[u8]> {
        self.root.as_ref()?.get(Probe::new(key)).map(|value| &**value)
    }

    /// Gives `key` a value and returns the one it had.
    #[inline]
    pub(super) fn insert(&mut self, key: &[u8], value: Value) -> Option<Value> {
        let Some(root) = &mut self.root else {
            self.root = Some(Arc::new(Node::single(key, value)));
            self.len = 1;
            return None;
        };
        let Inserted { old, split } = Arc::make_mut(root).insert(Probe::new(key), value);
        self.len += usize::from(old.is_none());
        if let Some((key, right)) = split {
            self.grow(key, right);
        }
        old
    }

    /// Puts a new root above the halves of the old one.
    #[cold]
    fn grow(&mut self, key: Key, right: Arc<Node>) {
        let left = self.root.take().expect("invariant: there is a root to split");
        self.root = Some(Arc::new(Node::above(left, key, right)));
    }

    /// Removes `key` and returns the value it had.
    pub(super) fn remove(&mut self, key: &[u8]) -> Option<Value> {
        self.get(key)?; // Nothing is copied for a key that is not there.
        let root = self.root.as_mut()?;
        let old = Arc::make_mut(root).remove(Probe::new(key));
        self.len -= 1;
        if root.size() == 0 {
            self.root = None;
        } else if let Some(child) = root.only_child() {
            *root = child;
        }
        old
    }

    /// The first entry, or the first after `after`.
    pub(super) fn next(&self, after: Option<&[u8]>) -> Option<TreeEntry<'_>> {
        let root = self.root.as_deref()?;
        match after {
            Some(after) => first_after(root, Probe::new(after)),
            None => self.iter().next(),
        }
    }

    pub(super) fn iter(&self) -> Iter<'_> {
        Iter { path: self.root.as_deref().map(|root| (root, 0)).into_iter().collect() }
    }
}

fn first_after<'a>(node: &'a Node, probe: Probe<'_>) -> Option<TreeEntry<'a>> {
    let index = node.first_after(probe);
    match node.at(index)? {
        Part::Entry(key, value) => Some((key, value)),
        Part::Child(child) => {
            first_after(child, probe).or_else(|| Iter { path: vec![(node, index + 1)] }.next())
        }
    }
}

/// Entries in order.
pub(super) struct Iter<'a> {
    /// The nodes from the top down to where the iteration is, each with the part that comes next.
    path: Vec<(&'a Node, usize)>,
}

impl<'a> Iterator for Iter<'a> {
    type Item = TreeEntry<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (node, index) = self.path.last_mut()?;
            let part = node.at(*index);
            *index += 1;
            match part {
                Some(Part::Entry(key, value)) => return Some((key, value)),
                Some(Part::Child(child)) => self.path.push((child, 0)),
                None => {
                    self.path.pop();
                }
            }
        }
    }
}

/// Equal if the entries are.
impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        let same_root = match (&self.root, &other.root) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (a, b) => a.is_none() && b.is_none(),
        };
        same_root || self.len == other.len && self.iter().eq(other.iter())
    }
}

impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|(key, value)| (Hex(key), Hex(value)))).finish()
    }
}
