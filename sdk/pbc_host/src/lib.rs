//! The formats around a call of a Partisia contract, for hosts: what goes in, what comes out, and
//! the files that describe and carry a contract.
//!
//! Every decoder is total: it gives an error for bytes that it would not have written itself.
//!
//! Not here: running a hook, which is `pbc_lib::invoke`; delivering what it sends, which is the
//! chain's.
//!
//! Source: `pbc-formats.md` 2.3, 2.4, 3 and 5; `registry.md` 4.5.

#![forbid(unsafe_code)]

mod abi;
mod call;
mod pbc_file;
mod result;
mod state;

pub use abi::{
    AbiError, BinderInvocation, ChainComponent, ContractAbi, Function, FunctionKind, Named,
    NamedType, Simple, TypeSpec, Variant, Version,
};
pub use call::{encode_callback_context, encode_context, leb128, split_rpc};
pub use pbc_file::{PbcFile, PbcFileError};
pub use result::{Callback, Group, Interaction, ResultBuffer, ResultError, Sections};
pub use state::{StateError, load_state};
