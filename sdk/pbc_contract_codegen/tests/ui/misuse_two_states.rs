use pbc_contract_codegen::state;

#[state]
struct State {}

#[state]
struct Another {}

fn main() {}
