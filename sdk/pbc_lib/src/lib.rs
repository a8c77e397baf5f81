//! What a Partisia contract needs of its host: trees, entry points and failure.
//!
//! On wasm32 trees and failure go to the host's imports. On every other target this crate is the
//! host: [`Trees`] holds the content of trees, [`entries`] finds the hooks of a linked contract,
//! and [`invoke`] runs one, as a value in and a value out. The choice is by target, never by
//! feature: `abi` only adds the description of a contract.
//!
//! Not here: the formats around a call, such as the result buffer and the ABI (`pbc_host`).
//!
//! Source: `pbc-formats.md` 2.4 to 2.6 and 5, `registry.md` 4.5.

#[cfg(feature = "abi")]
#[doc(hidden)]
pub mod abi;
mod argument;
pub mod avl;
#[cfg(any(target_arch = "wasm32", test))]
#[allow(unsafe_code)]
mod blocks;
mod call;
#[allow(unsafe_code)]
mod raw;

#[cfg(not(target_arch = "wasm32"))]
mod entry;
#[cfg(not(target_arch = "wasm32"))]
mod failure;
#[cfg(not(target_arch = "wasm32"))]
mod invoke;
#[cfg(not(target_arch = "wasm32"))]
mod trees;
#[cfg(target_arch = "wasm32")]
#[allow(unsafe_code)]
mod wasm;

pub use argument::Argument;
#[doc(hidden)]
pub use call::Call;
#[cfg(not(target_arch = "wasm32"))]
pub use entry::{
    entries, state_type, Entry, Export, ExportError, StateEntry, Wrapper, ENTRIES, STATES,
};
#[cfg(not(target_arch = "wasm32"))]
pub use failure::Failure;
#[cfg(not(target_arch = "wasm32"))]
pub use invoke::{invoke, with_trees};
#[cfg(not(target_arch = "wasm32"))]
#[doc(hidden)]
pub use linkme;
#[cfg(not(target_arch = "wasm32"))]
pub use trees::{Change, HostCall, NoSuchTree, TreeEntry, TreeOperations, Trees};
