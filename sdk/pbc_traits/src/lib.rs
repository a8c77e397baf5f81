//! How Partisia contracts code calls (RPC, big-endian), state (little-endian) and types (ABI).
//!
//! Every decoder is written once, over a [`Source`]: a slice whose end is known ([`Decoder`]), the
//! same with the rules of a host's loader ([`StrictDecoder`]), or any [`std::io::Read`]
//! ([`Reader`]). The published reading methods, `rpc_read_from` and `state_read_from`, go through
//! it and panic where it gives an error.
//!
//! Contracts use the traits alone, as the official crate has nothing else; the rest is for hosts and
//! for what the derives write.
//!
//! Not here: addresses, contexts, events and collections (`pbc_contract_common`), derives.
//!
//! Source: `pbc-formats.md` 1.3, 2.1 and 2.2.

#![forbid(unsafe_code)]
// There is no error value on wasm32: see `ending`.
#![cfg_attr(target_arch = "wasm32", allow(unreachable_code, unreachable_pub))]

#[cfg(target_arch = "wasm32")]
mod ending;
mod error;
mod int;
mod rpc;
mod source;
mod state;
mod type_spec;

#[cfg(target_arch = "wasm32")]
pub use ending::Ending as DecodeError;
pub use error::Cause;
#[cfg(not(target_arch = "wasm32"))]
pub use error::DecodeError;
pub use int::{ReadInt, WriteInt};
pub use rpc::{ReadRPC, WriteRPC};
pub use source::{Decoder, Reader, Source, Step, StrictDecoder};
pub use state::ReadWriteState;
#[cfg(feature = "abi")]
pub use type_spec::CreateTypeSpec;
pub use type_spec::{SpecWriter, TypeTable};

/// What the derives' output calls. Not part of the SDK's interface.
#[doc(hidden)]
pub mod derive {
    #[cfg(target_arch = "wasm32")]
    pub use crate::ending::decoding;
    #[cfg(not(target_arch = "wasm32"))]
    pub use crate::error::decoding;
    pub use crate::error::{fail, written};
    pub use crate::rpc::{read as read_rpc, rpc_field};
    pub use crate::source::min_of;
    pub use crate::state::{is_packed, read as read_state, state_field};
    #[cfg(feature = "abi")]
    pub use crate::type_spec::{describe, write_name, EnumRecord, StructRecord};
}
