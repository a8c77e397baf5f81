use pbc_contract_codegen::{init, state};
use pbc_contract_common::context::ContractContext;

#[state]
struct State {}

#[init]
fn create(_context: ContractContext) -> State {
    State {}
}

#[init]
fn create_again(_context: ContractContext) -> State {
    State {}
}

fn main() {}
