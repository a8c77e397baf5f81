//! The contract of `tests/vectors/calls.json`, to be built as a module: a foreign contract with a
//! field and an argument of each kind.

extern crate pbc_lib as _;

#[path = "../../sdk/calls_contract.rs"]
mod contract;

pub use contract::*;
