use pbc_contract_codegen::{action, init, state};
use pbc_contract_common::context::ContractContext;

#[state]
struct State {}

#[init]
fn create(_context: ContractContext) -> State {
    State {}
}

#[action(shortname = 0x05)]
fn first(_context: ContractContext, state: State) -> State {
    state
}

#[action(shortname = 0x0005)]
fn second(_context: ContractContext, state: State) -> State {
    state
}

fn main() {}
