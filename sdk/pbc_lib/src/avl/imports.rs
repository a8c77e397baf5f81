//! Trees in the host of a wasm module.
//!
//! An `abi` build only describes the contract, outside of any chain: it has no imports, and trees
//! trap.

#[cfg(not(feature = "abi"))]
mod linked {
    #[link(wasm_import_module = "pbc")]
    extern "C" {
        pub(super) fn avl_new() -> i32;
        pub(super) fn avl_get(tree: i32, key: *const u8, key_length: usize, value: *mut u8) -> i32;
        pub(super) fn avl_insert(
            tree: i32,
            key: *const u8,
            key_length: usize,
            value: *const u8,
            value_length: usize,
        );
        pub(super) fn avl_remove(tree: i32, key: *const u8, key_length: usize);
        pub(super) fn avl_get_size(tree: i32, key: *const u8, key_length: usize) -> usize;
        pub(super) fn avl_len(tree: i32) -> usize;
        pub(super) fn avl_get_next(
            tree: i32,
            key: *const u8,
            key_length: usize,
            entry: *mut u8,
        ) -> i32;
        pub(super) fn avl_get_next_size(tree: i32, key: *const u8, key_length: usize) -> usize;
    }
}

#[cfg(feature = "abi")]
mod linked {
    macro_rules! absent {
        ($($name:ident($($type:ty),*) $(-> $result:ty)?;)*) => {$(
            pub(super) unsafe fn $name($(_: $type),*) $(-> $result)? {
                panic!("an abi build has no trees")
            }
        )*};
    }

    absent! {
        avl_new() -> i32;
        avl_get(i32, *const u8, usize, *mut u8) -> i32;
        avl_insert(i32, *const u8, usize, *const u8, usize);
        avl_remove(i32, *const u8, usize);
        avl_get_size(i32, *const u8, usize) -> usize;
        avl_len(i32) -> usize;
        avl_get_next(i32, *const u8, usize, *mut u8) -> i32;
        avl_get_next_size(i32, *const u8, usize) -> usize;
    }
}

/// What the size queries answer when there is nothing.
const ABSENT: usize = u32::MAX as usize;

pub(super) fn new() -> i32 {
    // SAFETY: the import has no requirements.
    unsafe { linked::avl_new() }
}

pub(super) fn get<R>(
    tree: i32,
    key: &[u8],
    size: Option<usize>,
    read: impl FnOnce(&[u8]) -> R,
) -> Option<R> {
    value(tree, key, size).map(|value| read(&value))
}

fn value(tree: i32, key: &[u8], size: Option<usize>) -> Option<Vec<u8>> {
    let size = match size {
        Some(size) => size,
        None => size_of_value(tree, key)?,
    };
    let mut value = vec![0; size];
    // SAFETY: the key is a slice. The host writes as many bytes as the value has: those it has
    // just told, or those that every value of the type has.
    let found = unsafe { linked::avl_get(tree, key.as_ptr(), key.len(), value.as_mut_ptr()) };
    (found != 0).then_some(value)
}

pub(super) fn contains_key(tree: i32, key: &[u8]) -> bool {
    size_of_value(tree, key).is_some()
}

fn size_of_value(tree: i32, key: &[u8]) -> Option<usize> {
    // SAFETY: the key is a slice.
    let size = unsafe { linked::avl_get_size(tree, key.as_ptr(), key.len()) };
    (size != ABSENT).then_some(size)
}

pub(super) fn insert(tree: i32, key: &[u8], value: &[u8]) {
    // SAFETY: key and value are slices.
    unsafe { linked::avl_insert(tree, key.as_ptr(), key.len(), value.as_ptr(), value.len()) }
}

pub(super) fn remove(tree: i32, key: &[u8]) {
    // SAFETY: the key is a slice.
    unsafe { linked::avl_remove(tree, key.as_ptr(), key.len()) }
}

pub(super) fn len(tree: i32) -> usize {
    // SAFETY: the import has no requirements.
    unsafe { linked::avl_len(tree) }
}

pub(super) fn next<R>(
    tree: i32,
    after: Option<&[u8]>,
    size: Option<usize>,
    read: impl FnOnce(&[u8]) -> R,
) -> Option<R> {
    let (key, key_length) =
        after.map_or((std::ptr::null(), ABSENT), |key| (key.as_ptr(), key.len()));
    let size = match size {
        Some(size) => size,
        // SAFETY: the key is a slice, or the mark of the start.
        None => match unsafe { linked::avl_get_next_size(tree, key, key_length) } {
            ABSENT => return None,
            size => size,
        },
    };
    let mut entry = vec![0; size];
    // SAFETY: as before. The host writes as many bytes as the entry has: those it has just told,
    // or those that every entry of the types has.
    let found = unsafe { linked::avl_get_next(tree, key, key_length, entry.as_mut_ptr()) };
    (found != 0).then(|| read(&entry))
}

pub(super) fn with_buffer<R>(use_buffer: impl FnOnce(&mut Vec<u8>) -> R) -> R {
    use_buffer(&mut Vec::new())
}
