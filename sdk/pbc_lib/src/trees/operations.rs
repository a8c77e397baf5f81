//! What a contract asked of its trees, counted and told as the imports of wasm.

/// How often a contract called each import, and how many bytes went with it.
///
/// Source: `pbc-formats.md` 2.6, *Host calls per operation*.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TreeOperations {
    /// Calls of `avl_new`.
    pub new: u64,
    /// Calls of `avl_get`.
    pub get: u64,
    /// Calls of `avl_get_size`.
    pub get_size: u64,
    /// Calls of `avl_get_next`.
    pub get_next: u64,
    /// Calls of `avl_get_next_size`.
    pub get_next_size: u64,
    /// Calls of `avl_insert`.
    pub insert: u64,
    /// Calls of `avl_remove`.
    pub remove: u64,
    /// Calls of `avl_len`.
    pub len: u64,
    /// Bytes of keys and values that the contract received.
    pub bytes_read: u64,
    /// Bytes of keys and values that the contract inserted.
    pub bytes_written: u64,
}

impl TreeOperations {
    pub(super) const fn new() -> Self {
        TreeOperations {
            new: 0,
            get: 0,
            get_size: 0,
            get_next: 0,
            get_next_size: 0,
            insert: 0,
            remove: 0,
            len: 0,
            bytes_read: 0,
            bytes_written: 0,
        }
    }

    /// All calls of imports.
    pub fn total(&self) -> u64 {
        let reads = self.get + self.get_size + self.get_next + self.get_next_size + self.len;
        reads + self.new + self.insert + self.remove
    }
}

/// One call of an import: what was asked and what came back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the parameters of the imports, named as in `pbc-formats.md` 2.5
pub enum HostCall {
    /// `avl_new`: the id of the new tree.
    New { tree: i32 },
    /// `avl_get`: the value, if the key is there.
    Get { tree: i32, key: Vec<u8>, value: Option<Vec<u8>> },
    /// `avl_get_size`: the length of the value, if the key is there.
    GetSize { tree: i32, key: Vec<u8>, size: Option<usize> },
    /// `avl_insert`.
    Insert { tree: i32, key: Vec<u8>, value: Vec<u8> },
    /// `avl_remove`.
    Remove { tree: i32, key: Vec<u8> },
    /// `avl_len`: the number of keys.
    Len { tree: i32, entries: usize },
    /// `avl_get_next`: the entry after the key `after`, its key then its value, if there is one.
    GetNext { tree: i32, after: Option<Vec<u8>>, entry: Option<Vec<u8>> },
    /// `avl_get_next_size`: the length of that entry.
    GetNextSize { tree: i32, after: Option<Vec<u8>>, size: Option<usize> },
}
