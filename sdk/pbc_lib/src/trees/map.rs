//! An ordered map from keys to bytes whose clones share what they have in common.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;
use std::sync::Arc;

use super::key::{Hex, Key};

/// The entries of one tree, in byte order of their keys.
#[derive(Clone, Default, PartialEq)]
pub(super) struct Map {
    entries: Arc<BTreeMap<Key, Arc<[u8]>>>,
}

impl Map {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    #[inline]
    pub(super) fn get(&self, key: &[u8]) -> Option<&[u8]> {
        self.entries.get(key).map(|value| &**value)
    }

    /// Gives `key` a value and returns the one it had.
    #[inline]
    pub(super) fn insert(&mut self, key: Key, value: Arc<[u8]>) -> Option<Arc<[u8]>> {
        Arc::make_mut(&mut self.entries).insert(key, value)
    }

    /// Removes `key` and returns the value it had.
    pub(super) fn remove(&mut self, key: &[u8]) -> Option<Arc<[u8]>> {
        if !self.entries.contains_key(key) {
            return None;
        }
        Arc::make_mut(&mut self.entries).remove(key)
    }

    /// The first entry, or the first after `after`.
    pub(super) fn next(&self, after: Option<&[u8]>) -> Option<(&[u8], &[u8])> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut entries = self.entries.range::<[u8], _>((start, Bound::Unbounded));
        entries.next().map(|(key, value)| (key.as_slice(), &**value))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.entries.iter().map(|(key, value)| (key.as_slice(), &**value))
    }
}

impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|(key, value)| (Hex(key), Hex(value)))).finish()
    }
}
