//! Addresses, keys, contexts, events and collections of Partisia contracts.
//!
//! Not here: the traits that code them (`pbc_traits`), the macros (`pbc_contract_codegen`), and
//! what holds the content of trees (`pbc_lib`).
//!
//! Source: `pbc-formats.md` 1.5 to 1.9.

#![forbid(unsafe_code)]
// A decoding error ends the call on wasm32, so there is no value of it: see `pbc_traits`.
#![cfg_attr(target_arch = "wasm32", allow(unreachable_code))]

pub mod address;
pub mod avl_tree_map;
pub mod context;
pub mod events;
mod keys;
pub mod shortname;
pub mod signature;
pub mod sorted_vec_map;
#[cfg(feature = "abi")]
mod type_spec;

pub use keys::{BlsPublicKey, BlsSignature, Hash, PublicKey, U256};
