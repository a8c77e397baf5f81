//! Failure and memory on wasm32.
//!
//! Source: `pbc-formats.md` 2.4, *Failure* and *Other exports*, and 2.5.

mod memory;

use std::panic::PanicHookInfo;

#[cfg(not(feature = "abi"))]
mod linked {
    #[link(wasm_import_module = "pbc")]
    extern "C" {
        pub(super) fn exit(message: *const u8, length: usize);
        #[link_name = "memmove"]
        pub(super) fn host_memmove(to: *mut u8, from: *const u8, length: usize) -> *mut u8;
    }

    /// Copies by the host's cheap import. Overlapping is fine.
    ///
    /// # Safety
    ///
    /// As for C's `memcpy`.
    #[no_mangle]
    unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, length: usize) -> *mut u8 {
        host_memmove(to, from, length)
    }

    /// Copies by the host's cheap import. Overlapping is fine.
    ///
    /// # Safety
    ///
    /// As for C's `memmove`.
    #[no_mangle]
    unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, length: usize) -> *mut u8 {
        host_memmove(to, from, length)
    }

    /// Hands a message to the host, as a panic does.
    ///
    /// # Safety
    ///
    /// `length` bytes at `message` must be there.
    #[no_mangle]
    unsafe extern "C" fn wasm_exit(message: *const u8, length: usize) {
        exit(message, length);
    }
}

/// Lets a panic hand `<file>:<line>: <message>` to the host before it traps.
pub(crate) fn install_panic_hook() {
    std::panic::set_hook(Box::new(tell));
}

fn tell(panic: &PanicHookInfo<'_>) {
    let payload = panic.payload();
    let message = payload
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or_default();
    let (file, line) = panic.location().map_or(("", 0), |place| (place.file(), place.line()));
    let text = format!("{file}:{line}: {message}");
    exit(&text);
}

#[cfg(not(feature = "abi"))]
fn exit(text: &str) {
    // SAFETY: pointer and length are those of a string.
    unsafe { linked::exit(text.as_ptr(), text.len()) }
}

/// An `abi` build has no imports.
#[cfg(feature = "abi")]
fn exit(_text: &str) {}

#[cfg(feature = "abi")]
pub use describe::{allocate, function_index, generate_to_pointer};

/// How a tool drives an `abi` build.
///
/// Source: `pbc-formats.md` 3.3.
#[cfg(feature = "abi")]
mod describe {
    use pbc_traits::SpecWriter;

    use crate::abi::{generate, Function};

    /// The index of `describe` in the module's table of functions.
    pub fn function_index(describe: fn() -> Function) -> u32 {
        describe as usize as u32
    }

    /// Memory for a tool to write a list of `u32` into. It is never freed.
    pub fn allocate(size: u32) -> *mut u8 {
        let words = Vec::<u32>::with_capacity(size.div_ceil(4) as usize);
        std::mem::ManuallyDrop::new(words).as_mut_ptr().cast()
    }

    /// Writes the ABI of the functions whose indices lie at `functions`, and returns its length
    /// in the upper half and its address in the lower.
    pub fn generate_to_pointer(state: SpecWriter, length: u32, functions: *const u32) -> u64 {
        let indices: &[u32] = if length == 0 {
            &[]
        } else {
            // SAFETY: the tool has written the list into memory from `allocate`.
            unsafe { std::slice::from_raw_parts(functions, length as usize) }
        };
        let functions = indices
            .iter()
            .map(|index| {
                // SAFETY: the index comes from `function_index`; on wasm32 it is the pointer.
                let describe: fn() -> Function = unsafe { std::mem::transmute(*index as usize) };
                describe()
            })
            .collect();
        let abi = generate(state, functions).unwrap_or_else(|error| panic!("{error}")).leak();
        (abi.len() as u64) << 32 | abi.as_ptr() as usize as u64
    }
}
