//! Runs exported entry points: bytes in, bytes out.
//!
//! An engine knows no type and no rule, keeps nothing between two calls, and never unwinds into
//! its caller. The native engine calls the linked hooks, the others run the built module, compiled
//! or interpreted and counted; the same input gives the same bytes on all of them.

mod code;
mod failure;
mod imports;
mod metered;
mod native;
mod wasm;

use pbc_lib::{Export, Failure, Trees};

pub use self::code::{Code, CodeError};
pub use self::failure::CALL_CODES;
pub use self::metered::MeteredEngine;
pub use self::native::NativeEngine;
pub use self::wasm::{INSTRUCTION_LIMIT, MEMORY_LIMIT, WasmEngine};

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
}

/// The refusal of a call whose entry point does not exist, in the same words on every engine.
pub fn unknown_action(export: Export) -> Failure {
    Failure::Refused {
        code: "unknown_action".into(),
        message: format!("the contract has no entry point {export}"),
    }
}

#[cfg(test)]
mod tests;
