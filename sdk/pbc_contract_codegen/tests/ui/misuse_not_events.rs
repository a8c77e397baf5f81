use pbc_contract_codegen::{action, init, state};
use pbc_contract_common::context::ContractContext;

#[state]
struct State {}

#[init]
fn create(_context: ContractContext) -> State {
    State {}
}

#[action(shortname = 0x01)]
fn not_events(_context: ContractContext, state: State) -> (State, Vec<u8>) {
    (state, vec![])
}

fn main() {}
