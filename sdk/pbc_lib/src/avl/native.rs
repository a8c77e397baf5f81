//! Trees in this process.

use std::cell::Cell;

use crate::invoke::with_current;
use crate::trees::NoSuchTree;

thread_local! {
    /// The buffer that was lent last, for its memory.
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

fn known<T>(result: Result<T, NoSuchTree>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

pub(super) fn new() -> i32 {
    with_current(|trees| trees.avl_new())
}

#[inline]
pub(super) fn get<R>(
    tree: i32,
    key: &[u8],
    size: Option<usize>,
    read: impl FnOnce(&[u8]) -> R,
) -> Option<R> {
    with_current(|trees| {
        let value = match size {
            Some(_) => trees.avl_get(tree, key),
            None => trees.avl_get_sized(tree, key),
        };
        known(value).map(read)
    })
}

#[inline]
pub(super) fn contains_key(tree: i32, key: &[u8]) -> bool {
    known(with_current(|trees| trees.avl_get_size(tree, key))).is_some()
}

#[inline]
pub(super) fn insert(tree: i32, key: &[u8], value: &[u8]) {
    known(with_current(|trees| trees.avl_insert(tree, key, value)));
}

#[inline]
pub(super) fn remove(tree: i32, key: &[u8]) {
    known(with_current(|trees| trees.avl_remove(tree, key)));
}

#[inline]
pub(super) fn len(tree: i32) -> usize {
    known(with_current(|trees| trees.avl_len(tree)))
}

pub(super) fn next<R>(
    tree: i32,
    after: Option<&[u8]>,
    size: Option<usize>,
    read: impl FnOnce(&[u8]) -> R,
) -> Option<R> {
    with_buffer(|entry| {
        let found = with_current(|trees| {
            if size.is_none() && known(trees.avl_get_next_size(tree, after)).is_none() {
                return false;
            }
            let Some((key, value)) = known(trees.avl_get_next(tree, after)) else {
                return false;
            };
            entry.extend_from_slice(key);
            entry.extend_from_slice(value);
            true
        });
        found.then(|| read(entry))
    })
}

#[inline]
pub(super) fn with_buffer<R>(use_buffer: impl FnOnce(&mut Vec<u8>) -> R) -> R {
    let mut buffer = BUFFER.take();
    buffer.clear();
    let result = use_buffer(&mut buffer);
    BUFFER.set(buffer);
    result
}
