use pbc_contract_codegen::{action, callback, init, state};
use pbc_contract_common::context::{CallbackContext, ContractContext};

#[state]
struct State {}

#[action(shortname = 53)]
fn decimal(context: ContractContext, state: State) -> State {
    state
}

#[action(shortname = 0x0_1)]
fn underscore(context: ContractContext, state: State) -> State {
    state
}

#[action(shortname = 0x01u32)]
fn suffix(context: ContractContext, state: State) -> State {
    state
}

#[action(shortname = 0x80)]
fn unfinished(context: ContractContext, state: State) -> State {
    state
}

#[action(shortname = 0x0180)]
fn goes_on(context: ContractContext, state: State) -> State {
    state
}

#[action(shortname = 0x8000)]
fn redundant(context: ContractContext, state: State) -> State {
    state
}

#[action(shortname = 0xffffffff10)]
fn too_large(context: ContractContext, state: State) -> State {
    state
}

#[action(shortname = 0xffffffffff0f)]
fn too_long(context: ContractContext, state: State) -> State {
    state
}

#[action(shortname = "01")]
fn text(context: ContractContext, state: State) -> State {
    state
}

#[action(0x01)]
fn unnamed(context: ContractContext, state: State) -> State {
    state
}

#[action(shortname = 0x01, shortname = 0x02)]
fn twice(context: ContractContext, state: State) -> State {
    state
}

#[action(number = 0x01)]
fn unknown(context: ContractContext, state: State) -> State {
    state
}

#[action(shortname = 0x01, zk = true)]
fn zero_knowledge(context: ContractContext, state: State) -> State {
    state
}

#[init(shortname = 0x01)]
fn init_with_number(context: ContractContext) -> State {
    State {}
}

#[callback]
fn callback_without(context: ContractContext, callback: CallbackContext, state: State) -> State {
    state
}

#[callback(zk = false)]
fn callback_still_without(
    context: ContractContext,
    callback: CallbackContext,
    state: State,
) -> State {
    state
}

fn main() {}
