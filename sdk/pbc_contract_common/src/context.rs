//! What a hook is told about its call.
//!
//! Source: `pbc-formats.md` 1.6 and 2.3.

use pbc_traits::{Decoder, ReadRPC};
#[cfg(not(feature = "test_examples"))]
use read_write_rpc_derive::ReadRPC;
use read_write_rpc_derive::ReadWriteRPC;

use crate::address::Address;
use crate::Hash;

/// The circumstances of a call: 122 bytes.
#[derive(ReadWriteRPC, Eq, PartialEq, Debug)]
pub struct ContractContext {
    /// The contract that is called.
    pub contract_address: Address,
    /// Who calls. In a callback, who started the chain of events.
    pub sender: Address,
    /// The height of the block: never a time.
    pub block_time: i64,
    /// The time of the block in milliseconds since 1970.
    pub block_production_time: i64,
    /// The hash of the transaction or event that calls.
    pub current_transaction: Hash,
    /// The hash of the transaction that started the chain of events.
    pub original_transaction: Hash,
}

/// What became of the calls of an event group.
#[cfg_attr(not(feature = "test_examples"), derive(ReadRPC))]
#[cfg_attr(feature = "test_examples", derive(ReadWriteRPC))]
pub struct CallbackContext {
    /// Whether all of them succeeded.
    pub success: bool,
    /// Their results, in the order of the calls.
    pub results: Vec<ExecutionResult>,
}

/// What became of one call.
#[cfg_attr(not(feature = "test_examples"), derive(ReadRPC))]
#[cfg_attr(feature = "test_examples", derive(ReadWriteRPC))]
pub struct ExecutionResult {
    /// Whether it succeeded.
    pub succeeded: bool,
    /// What it returned, in the format of calls.
    pub return_data: Vec<u8>,
}

impl ExecutionResult {
    /// The value at the start of the return data. Panics if it is not there; what follows it is
    /// ignored.
    pub fn get_return_data<T: ReadRPC>(&self) -> T {
        T::rpc_decode(&mut Decoder::new(&self.return_data))
            .unwrap_or_else(|error| panic!("return data: {}: {error}", error.code()))
    }
}
