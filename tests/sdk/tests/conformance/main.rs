//! The SDK does what the conformance vectors, the formats and models of its collections say.

// The other way to bring in the macros, which must work as well as `use`; `contracts` relies on it.
#[macro_use]
extern crate pbc_contract_codegen;

#[path = "../../calls_contract.rs"]
mod contract;

mod abi;
mod absent;
mod calls;
mod contracts;
mod decoding;
mod integers;
mod properties;
mod semantics;
mod trees;
mod types;
