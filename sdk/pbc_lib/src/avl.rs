//! The trees of the contract that is running, as `AvlTreeMap` uses them. Keys and values are in
//! state format.
//!
//! On wasm32 each function is one or two imports of the host; elsewhere it works on the trees of
//! this thread and counts the imports that wasm would have called. An id that no tree has panics.
//!
//! Source: `pbc-formats.md` 2.5 and 2.6.

#[cfg(target_arch = "wasm32")]
#[allow(unsafe_code)]
mod imports;
#[cfg(not(target_arch = "wasm32"))]
mod native;

#[cfg(target_arch = "wasm32")]
use imports as host;
#[cfg(not(target_arch = "wasm32"))]
use native as host;

/// Makes a tree and returns its id.
#[inline]
pub fn new() -> i32 {
    host::new()
}

/// What `read` makes of the value of `key`. `size` is the length of every value, if they have one:
/// it saves the query for it.
#[inline]
pub fn get<R>(
    tree: i32,
    key: &[u8],
    size: Option<usize>,
    read: impl FnOnce(&[u8]) -> R,
) -> Option<R> {
    host::get(tree, key, size, read)
}

/// Whether `key` has a value.
#[inline]
pub fn contains_key(tree: i32, key: &[u8]) -> bool {
    host::contains_key(tree, key)
}

/// Gives `key` a value, in place of the one it may have.
#[inline]
pub fn insert(tree: i32, key: &[u8], value: &[u8]) {
    host::insert(tree, key, value);
}

/// Removes `key`, if it is there.
#[inline]
pub fn remove(tree: i32, key: &[u8]) {
    host::remove(tree, key);
}

/// The number of keys.
#[inline]
pub fn len(tree: i32) -> usize {
    host::len(tree)
}

/// What `read` makes of the first entry, or of the one after the key `after`: key bytes, then
/// value bytes. `size` is the length of every entry, if they have one.
#[inline]
pub fn next<R>(
    tree: i32,
    after: Option<&[u8]>,
    size: Option<usize>,
    read: impl FnOnce(&[u8]) -> R,
) -> Option<R> {
    host::next(tree, after, size, read)
}

/// Lends `use_buffer` an empty buffer to encode into.
#[inline]
pub fn with_buffer<R>(use_buffer: impl FnOnce(&mut Vec<u8>) -> R) -> R {
    host::with_buffer(use_buffer)
}
