//! Stands in for a ZK contract where a registry is tried out: only a contract may report an end,
//! and this one reports what its owner tells it to.
//!
//! It knows nothing of the registry but the call `12`, and does no work.
//!
//! Source: `registry.md` 4.3 and 9.1.

#[macro_use]
extern crate pbc_contract_codegen;
extern crate pbc_lib as _;

use create_type_spec_derive::CreateTypeSpec;
use pbc_contract_common::address::{Address, Shortname};
use pbc_contract_common::context::ContractContext;
use pbc_contract_common::events::EventGroup;
use read_write_rpc_derive::ReadWriteRPC;
use read_write_state_derive::ReadWriteState;

/// The registry's `notify_zk_computation_done_v2`.
const DONE: u32 = 0x12;

/// Whose contract it is.
#[state]
pub struct StandIn {
    /// Who created it, and alone may call it.
    pub owner: Address,
}

/// How a node has done its work.
#[derive(ReadWriteRPC, ReadWriteState, CreateTypeSpec, Clone, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct EngineStatus {
    /// The node.
    pub engine: Address,
    /// 00 failure, 01 success.
    pub status: u8,
}

/// Creates it for the sender.
#[init]
pub fn create(context: ContractContext) -> StandIn {
    StandIn { owner: context.sender }
}

/// Tells `registry` that the computation of this contract has ended.
///
/// # Panics
///
/// If the sender is not the owner.
#[action(shortname = 0x01)]
pub fn report(
    context: ContractContext,
    state: StandIn,
    registry: Address,
    engines_status: Vec<EngineStatus>,
) -> (StandIn, Vec<EventGroup>) {
    assert!(context.sender == state.owner, "not_owner");
    let mut done = EventGroup::builder();
    done.call(registry, Shortname::from_u32(DONE)).argument(engines_status).done();
    (state, vec![done.build()])
}
