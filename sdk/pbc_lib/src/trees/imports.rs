//! The imports of wasm on these trees. Each counts as an operation and, if wanted, is told.
//!
//! Both engines come through here: natively by `AvlTreeMap`, in wasm by the imports themselves.

use super::{HostCall, Map, NoSuchTree, TreeEntry, TreeOperations, Trees};

/// Adds a call to the trace, if there is one.
macro_rules! tell {
    ($trees:expr, $call:expr) => {
        if let Some(trace) = &mut $trees.trace {
            trace.push($call);
        }
    };
}

/// What the contract asks for. Every call counts, also one that fails later.
///
/// All but `avl_new` give [`NoSuchTree`], which is a trap of the call, for an unknown id.
impl Trees {
    /// The import `avl_new`: makes a tree.
    pub fn avl_new(&mut self) -> i32 {
        self.operations.new += 1;
        let tree = self.create();
        tell!(self, HostCall::New { tree });
        tree
    }

    /// The import `avl_get`: the value of `key`.
    #[inline]
    pub fn avl_get(&mut self, tree: i32, key: &[u8]) -> Result<Option<&[u8]>, NoSuchTree> {
        self.operations.get += 1;
        let index = self.index(tree).ok_or(NoSuchTree(tree))?;
        let value = self.trees[index].map.get(key);
        self.operations.bytes_read += bytes(value);
        let owned = || value.map(<[u8]>::to_vec);
        tell!(self, HostCall::Get { tree, key: key.to_vec(), value: owned() });
        Ok(value)
    }

    /// The import `avl_get_size`: the length of the value of `key`.
    #[inline]
    pub fn avl_get_size(&mut self, tree: i32, key: &[u8]) -> Result<Option<usize>, NoSuchTree> {
        self.operations.get_size += 1;
        let size = self.known(tree)?.get(key).map(<[u8]>::len);
        tell!(self, HostCall::GetSize { tree, key: key.to_vec(), size });
        Ok(size)
    }

    /// `avl_get_size`, then, if the key is there, `avl_get`, by a single look-up.
    #[inline]
    pub(crate) fn avl_get_sized(
        &mut self,
        tree: i32,
        key: &[u8],
    ) -> Result<Option<&[u8]>, NoSuchTree> {
        if self.trace.is_some() {
            return match self.avl_get_size(tree, key)? {
                Some(_) => self.avl_get(tree, key),
                None => Ok(None),
            };
        }
        self.operations.get_size += 1;
        let index = self.index(tree).ok_or(NoSuchTree(tree))?;
        let value = self.trees[index].map.get(key);
        self.operations.get += u64::from(value.is_some());
        self.operations.bytes_read += bytes(value);
        Ok(value)
    }

    /// The import `avl_insert`: gives `key` a value.
    #[inline]
    pub fn avl_insert(&mut self, tree: i32, key: &[u8], value: &[u8]) -> Result<(), NoSuchTree> {
        self.operations.insert += 1;
        self.operations.bytes_written += (key.len() + value.len()) as u64;
        let owned = || (key.to_vec(), value.to_vec());
        tell!(self, {
            let (key, value) = owned();
            HostCall::Insert { tree, key, value }
        });
        self.write(tree, key, Some(value)).ok_or(NoSuchTree(tree))
    }

    /// The import `avl_remove`: removes `key`, if it is there.
    #[inline]
    pub fn avl_remove(&mut self, tree: i32, key: &[u8]) -> Result<(), NoSuchTree> {
        self.operations.remove += 1;
        tell!(self, HostCall::Remove { tree, key: key.to_vec() });
        self.write(tree, key, None).ok_or(NoSuchTree(tree))
    }

    /// The import `avl_len`: the number of keys.
    pub fn avl_len(&mut self, tree: i32) -> Result<usize, NoSuchTree> {
        self.operations.len += 1;
        let entries = self.known(tree)?.len();
        tell!(self, HostCall::Len { tree, entries });
        Ok(entries)
    }

    /// The import `avl_get_next`: the first entry, or the one after the key `after`.
    pub fn avl_get_next(
        &mut self,
        tree: i32,
        after: Option<&[u8]>,
    ) -> Result<Option<TreeEntry<'_>>, NoSuchTree> {
        self.operations.get_next += 1;
        let index = self.index(tree).ok_or(NoSuchTree(tree))?;
        let found = self.trees[index].map.next(after);
        if let Some((key, value)) = found {
            self.operations.bytes_read += (key.len() + value.len()) as u64;
        }
        tell!(self, {
            let after = after.map(<[u8]>::to_vec);
            let entry = found.map(|(key, value)| [key, value].concat());
            HostCall::GetNext { tree, after, entry }
        });
        Ok(found)
    }

    /// The import `avl_get_next_size`: the length of that entry, key and value.
    pub fn avl_get_next_size(
        &mut self,
        tree: i32,
        after: Option<&[u8]>,
    ) -> Result<Option<usize>, NoSuchTree> {
        self.operations.get_next_size += 1;
        let next = self.known(tree)?.next(after);
        let size = next.map(|(key, value)| key.len() + value.len());
        tell!(self, HostCall::GetNextSize { tree, after: after.map(<[u8]>::to_vec), size });
        Ok(size)
    }

    /// What the contract has asked for since creation or the last reset, rolled back or not.
    pub fn operations(&self) -> TreeOperations {
        self.operations
    }

    /// Starts counting anew.
    pub fn reset_operations(&mut self) {
        self.operations = TreeOperations::new();
    }

    /// Notes every call of an import from now on.
    pub fn start_trace(&mut self) {
        self.trace = Some(Vec::new());
    }

    /// The calls noted since the start of the trace, which ends.
    pub fn take_trace(&mut self) -> Vec<HostCall> {
        self.trace.take().unwrap_or_default()
    }

    #[inline]
    fn known(&self, tree: i32) -> Result<&Map, NoSuchTree> {
        self.map(tree).ok_or(NoSuchTree(tree))
    }
}

fn bytes(value: Option<&[u8]>) -> u64 {
    value.map_or(0, |value| value.len() as u64)
}
