//! Runs exported entry points, bytes in and bytes out, and reads what a registry has written.
//!
//! An engine knows no type and no rule, keeps nothing between two calls, and never unwinds into
//! its caller. The native engine calls the linked hooks; `zkreg` has others, which run the built
//! module. The same input gives the same bytes on all of them.
//!
//! A crate of its own, so that tests which need one call at a time, and no chain, are built in
//! seconds: what mutants of the source go through.
//!
//! Not here: the chain around a call.

#![forbid(unsafe_code)]

mod native;
mod records;
pub mod trees;

use pbc_contract_common::address::Address;
use pbc_lib::{Export, Failure, Trees};

pub use self::native::NativeEngine;
pub use self::records::Records;

/// Runs exported entry points. An engine moves bytes; it knows no type and no rule.
pub trait Engine {
    /// Calls `export` (`init`, `action_0b`, …) and returns the sections of its result buffer.
    /// Never unwinds.
    ///
    /// # Errors
    ///
    /// `trees` are then as they were.
    /// - [`Failure::Refused`] with `unknown_action` if the contract has no such entry point.
    /// - [`Failure::Refused`], with code and message, if the contract refuses the call.
    /// - [`Failure::Trap`] if it fails in any other way: a bug, never counted as a refusal.
    fn invoke(
        &mut self,
        export: Export,
        input: &[u8],
        trees: &mut Trees,
    ) -> Result<Vec<u8>, Failure>;

    /// The operators of WASM that the last call has carried out, or a bound on them; none of an
    /// engine that does not count.
    fn counted(&self) -> Option<u64> {
        None
    }
}

/// The refusal of a call whose entry point does not exist, in the same words on every engine.
pub fn unknown_action(export: Export) -> Failure {
    Failure::Refused {
        code: "unknown_action".into(),
        message: format!("the contract has no entry point {export}"),
    }
}

/// The 21 bytes of `address`, its type first.
pub fn bytes_of(address: &Address) -> [u8; 21] {
    let mut bytes = [0; 21];
    bytes[0] = address.address_type as u8;
    bytes[1..].copy_from_slice(&address.identifier);
    bytes
}
