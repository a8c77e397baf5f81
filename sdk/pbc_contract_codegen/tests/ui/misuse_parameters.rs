use pbc_contract_codegen::{action, callback, init, state};
use pbc_contract_common::context::{CallbackContext, ContractContext};

#[state]
struct State {}

#[init]
fn without_context() -> State {
    State {}
}

#[action(shortname = 0x01)]
fn without_state(context: ContractContext) -> State {
    State {}
}

#[callback(shortname = 0x01)]
fn without_callback_context(context: ContractContext, state: State) -> State {
    state
}

#[action(shortname = 0x02)]
fn tuple(context: ContractContext, state: State, pair: (u8, u8)) -> State {
    state
}

#[action(shortname = 0x03)]
fn reference(context: ContractContext, state: State, text: &str) -> State {
    state
}

#[action(shortname = 0x04)]
fn slice(context: ContractContext, state: State, bytes: [u8]) -> State {
    state
}

#[action(shortname = 0x05)]
fn opaque(context: ContractContext, state: State, value: impl Clone) -> State {
    state
}

#[action(shortname = 0x06)]
fn nameless(context: ContractContext, state: State, _: u8) -> State {
    state
}

#[action(shortname = 0x07)]
fn pattern(context: ContractContext, state: State, [a, b]: [u8; 2]) -> State {
    state
}

#[action(shortname = 0x08)]
fn bound(context: ContractContext, state: State, all @ _: u8) -> State {
    state
}

#[action(shortname = 0x09)]
fn with_self(&self, state: State) -> State {
    state
}

#[action(shortname = 0x0a)]
fn generic<T>(context: ContractContext, state: State, value: T) -> State {
    state
}

#[action(shortname = 0x0b)]
async fn asynchronous(context: ContractContext, state: State) -> State {
    state
}

#[action(shortname = 0x0c)]
unsafe fn dangerous(context: ContractContext, state: State) -> State {
    state
}

#[action(shortname = 0x0d)]
fn returns_nothing(context: ContractContext, state: State) {}

#[action(shortname = 0x0e)]
fn returns_one_tuple(context: ContractContext, state: State) -> (State,) {
    (state,)
}

#[action(shortname = 0x0f)]
fn returns_other(context: ContractContext, state: State) -> (State, u8) {
    (state, 1)
}

fn main() {}
