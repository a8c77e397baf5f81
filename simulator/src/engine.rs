//! Runs exported entry points: bytes in, bytes out.
//!
//! An engine knows no type and no rule, keeps nothing between two calls, and never unwinds into
//! its caller. The native engine calls the linked hooks, the others run the built module, compiled
//! or interpreted and counted; the same input gives the same bytes on all of them.

mod code;
mod failure;
mod imports;
mod metered;
mod wasm;

pub use self::code::{Code, CodeError};
pub use self::failure::CALL_CODES;
pub use self::metered::MeteredEngine;
pub use self::wasm::{INSTRUCTION_LIMIT, MEMORY_LIMIT, WasmEngine};
pub use zkreg_engine::{Engine, NativeEngine, unknown_action};

#[cfg(test)]
mod tests;
