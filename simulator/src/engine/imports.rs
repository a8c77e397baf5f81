//! The imports of module `pbc`, as every engine for WASM offers them.
//!
//! Whatever a module passes is checked here: bytes outside its memory and trees that do not exist
//! end the call. Trees count and tell their calls themselves, as they do natively.
//!
//! Source: `pbc-formats.md` 2.5.

use std::fmt;
use std::ops::Range;

use pbc_lib::Trees;

/// The module that all imports come from.
pub(super) const MODULE: &str = "pbc";

/// The length that stands for "absent", "at the end" and "before the first".
const NONE: i32 = -1;

/// The longest message that is kept of a module that stops, in bytes.
const MESSAGE_LIMIT: usize = 64 * 1024;

/// What a running module reaches of the host.
#[derive(Debug, Default)]
pub(super) struct Host<M> {
    /// The memory that the module exports, once it is known.
    pub(super) memory: Option<M>,
    pub(super) trees: Trees,
    /// What the module said last before it stopped.
    pub(super) exit: Option<String>,
}

/// Why an import ends the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stop(String);

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Stop {}

impl wasmi::errors::HostError for Stop {}

impl Stop {
    pub(super) fn because(text: impl fmt::Display) -> Stop {
        Stop(text.to_string())
    }
}

/// The bytes at `start`, `length` of them.
fn range(memory: &[u8], start: i32, length: i32) -> Result<Range<usize>, Stop> {
    let (start, length) = (start as u32 as usize, length as u32 as usize);
    match start.checked_add(length) {
        Some(end) if end <= memory.len() => Ok(start..end),
        _ => Err(Stop(format!("{length} bytes at {start} are not within the memory"))),
    }
}

fn part(memory: &[u8], start: i32, length: i32) -> Result<&[u8], Stop> {
    Ok(&memory[range(memory, start, length)?])
}

fn put(memory: &mut [u8], to: i32, parts: [&[u8]; 2]) -> Result<(), Stop> {
    let [first, second] = parts;
    let length = i32::try_from(first.len() + second.len()).map_err(Stop::because)?;
    let range = range(memory, to, length)?;
    let (left, right) = memory[range].split_at_mut(first.len());
    left.copy_from_slice(first);
    right.copy_from_slice(second);
    Ok(())
}

fn size(length: usize) -> Result<i32, Stop> {
    i32::try_from(length).map_err(Stop::because)
}

/// One function an import, over the memory of the module.
impl<M> Host<M> {
    pub(super) fn exit(&mut self, memory: &mut [u8], at: i32, length: i32) -> Result<(), Stop> {
        let message = part(memory, at, length)?;
        let kept = &message[..message.len().min(MESSAGE_LIMIT)];
        self.exit = Some(String::from_utf8_lossy(kept).into_owned());
        Ok(())
    }

    pub(super) fn memmove(
        &mut self,
        memory: &mut [u8],
        to: i32,
        from: i32,
        length: i32,
    ) -> Result<i32, Stop> {
        let source = range(memory, from, length)?;
        let target = range(memory, to, length)?;
        memory.copy_within(source, target.start);
        Ok(to)
    }

    pub(super) fn avl_new(&mut self, _memory: &mut [u8]) -> Result<i32, Stop> {
        Ok(self.trees.avl_new())
    }

    pub(super) fn avl_get(
        &mut self,
        memory: &mut [u8],
        tree: i32,
        key: i32,
        key_length: i32,
        to: i32,
    ) -> Result<i32, Stop> {
        let key = part(memory, key, key_length)?;
        match self.trees.avl_get(tree, key).map_err(Stop::because)? {
            Some(value) => put(memory, to, [value, &[]]).map(|()| 1),
            None => Ok(0),
        }
    }

    pub(super) fn avl_get_size(
        &mut self,
        memory: &mut [u8],
        tree: i32,
        key: i32,
        key_length: i32,
    ) -> Result<i32, Stop> {
        let key = part(memory, key, key_length)?;
        let found = self.trees.avl_get_size(tree, key).map_err(Stop::because)?;
        found.map_or(Ok(NONE), size)
    }

    pub(super) fn avl_insert(
        &mut self,
        memory: &mut [u8],
        tree: i32,
        key: i32,
        key_length: i32,
        value: i32,
        value_length: i32,
    ) -> Result<(), Stop> {
        let key = part(memory, key, key_length)?;
        let value = part(memory, value, value_length)?;
        self.trees.avl_insert(tree, key, value).map_err(Stop::because)
    }

    pub(super) fn avl_remove(
        &mut self,
        memory: &mut [u8],
        tree: i32,
        key: i32,
        key_length: i32,
    ) -> Result<(), Stop> {
        let key = part(memory, key, key_length)?;
        self.trees.avl_remove(tree, key).map_err(Stop::because)
    }

    pub(super) fn avl_len(&mut self, _memory: &mut [u8], tree: i32) -> Result<i32, Stop> {
        size(self.trees.avl_len(tree).map_err(Stop::because)?)
    }

    pub(super) fn avl_get_next(
        &mut self,
        memory: &mut [u8],
        tree: i32,
        key: i32,
        key_length: i32,
        to: i32,
    ) -> Result<i32, Stop> {
        let after = after(memory, key, key_length)?;
        match self.trees.avl_get_next(tree, after).map_err(Stop::because)? {
            Some((key, value)) => put(memory, to, [key, value]).map(|()| 1),
            None => Ok(0),
        }
    }

    pub(super) fn avl_get_next_size(
        &mut self,
        memory: &mut [u8],
        tree: i32,
        key: i32,
        key_length: i32,
    ) -> Result<i32, Stop> {
        let after = after(memory, key, key_length)?;
        let found = self.trees.avl_get_next_size(tree, after).map_err(Stop::because)?;
        found.map_or(Ok(NONE), size)
    }
}

/// The key to go on from; none for the first entry.
fn after(memory: &[u8], key: i32, length: i32) -> Result<Option<&[u8]>, Stop> {
    if (key, length) == (0, NONE) { Ok(None) } else { part(memory, key, length).map(Some) }
}

/// Offers all imports by `$linker`, whose callers are `$caller`: `$linked` is called with the result
/// of each, and `$error` makes an error of the engine of a [`Stop`].
macro_rules! link_imports {
    ($linker:expr, $caller:ty, $error:expr, $linked:expr) => {
        $crate::engine::imports::link_imports! { @each $linker, $caller, $error, $linked;
            "exit" exit(at, length) -> (),
            "memmove" memmove(to, from, length) -> i32,
            "avl_new" avl_new() -> i32,
            "avl_get" avl_get(tree, key, key_length, to) -> i32,
            "avl_get_size" avl_get_size(tree, key, key_length) -> i32,
            "avl_insert" avl_insert(tree, key, key_length, value, value_length) -> (),
            "avl_remove" avl_remove(tree, key, key_length) -> (),
            "avl_len" avl_len(tree) -> i32,
            "avl_get_next" avl_get_next(tree, key, key_length, to) -> i32,
            "avl_get_next_size" avl_get_next_size(tree, key, key_length) -> i32,
        }
    };
    (@each $linker:expr, $caller:ty, $error:expr, $linked:expr;
        $($name:literal $method:ident($($argument:ident),*) -> $result:ty,)*) => {
        $($linked($linker.func_wrap(
            $crate::engine::imports::MODULE,
            $name,
            |mut caller: $caller, $($argument: i32),*| -> Result<$result, _> {
                let Some(memory) = caller.data().host.memory else {
                    return Err($error($crate::engine::imports::Stop::because(
                        "an import was called before the module was ready",
                    )));
                };
                let (memory, data) = memory.data_and_store_mut(&mut caller);
                data.host.$method(memory, $($argument),*).map_err($error)
            },
        ).map(|_| ()));)*
    };
}

pub(super) use link_imports;
