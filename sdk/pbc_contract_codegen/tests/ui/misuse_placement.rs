use pbc_contract_codegen::{action, callback, init, state};

#[state]
enum StateEnum {
    A {},
}

#[state]
fn state_function() {}

#[state]
struct StateTuple(u8);

#[state]
struct StateGeneric<T> {
    inner: T,
}

#[state(zk = false)]
struct StateWithArguments {}

#[init]
struct InitStruct {}

#[action(shortname = 0x01)]
mod action_module {}

#[callback(shortname = 0x01)]
const CALLBACK_CONSTANT: u8 = 1;

fn main() {}
