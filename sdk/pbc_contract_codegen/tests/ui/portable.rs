//! What must compile: each form that the interface allows.

#![deny(warnings)]

use create_type_spec_derive::{create_type_spec_for_generic, CreateTypeSpec};
use pbc_contract_codegen::{action, callback, init, state};
use pbc_contract_common::address::Address;
use pbc_contract_common::context::{CallbackContext, ContractContext};
use pbc_contract_common::events::EventGroup;
use pbc_contract_common::shortname::Shortname;
use pbc_contract_common::sorted_vec_map::SortedVecMap;
use pbc_traits::{ReadRPC, ReadWriteState, WriteRPC};
use read_write_rpc_derive::{ReadRPC, ReadWriteRPC, WriteRPC};
use read_write_state_derive::ReadWriteState;

#[derive(ReadRPC, WriteRPC, ReadWriteState, CreateTypeSpec, Clone)]
#[repr(C)]
pub struct Wrap<T> {
    inner: T,
}

create_type_spec_for_generic! { Wrap<u32> }

#[derive(ReadWriteRPC, ReadWriteState, CreateTypeSpec)]
pub enum Status {
    #[discriminant(0)]
    Pending {},
    #[discriminant(255)]
    Active { since: i64, bytes: [u8; 4] },
}

#[derive(ReadWriteRPC, ReadWriteState, PartialEq)]
pub enum Plain {
    A = 0,
    B = 255,
}

#[derive(ReadWriteRPC, ReadWriteState, CreateTypeSpec)]
pub struct Empty {}

#[state]
pub struct State {
    map: SortedVecMap<Address, Wrap<u32>>,
    status: Status,
    empty: Empty,
}

#[init(zk = false)]
fn create(context: ContractContext, mut count: u32, status: Status) -> State {
    let mut map = SortedVecMap::new();
    count += 1;
    map.insert(context.sender, Wrap { inner: count });
    State { map, status, empty: Empty {} }
}

#[action]
fn by_name(_context: ContractContext, state: State) -> (State, Vec<EventGroup>) {
    (state, vec![])
}

#[action(shortname = 0x8001, zk = false)]
pub fn by_number(
    _context: ContractContext,
    state: State,
    _text: std::string::String,
    _bytes: [u8; 32],
    _list: Vec<Wrap<u64>>,
) -> State {
    state
}

#[callback(shortname = 0x20)]
fn ended(_context: ContractContext, _callback: CallbackContext, state: State) -> State {
    state
}

// An action and a callback may share a number.
#[action(shortname = 0x20)]
fn same_number(_context: ContractContext, state: State) -> (State, std::vec::Vec<EventGroup>) {
    let mut group = EventGroup::builder();
    for (address, _) in state.map.iter() {
        group.call(*address, Shortname::from_u32(1)).done();
    }
    group.with_callback(SHORTNAME_ENDED).done();
    (state, vec![group.build()])
}

fn main() {
    let plain = [Plain::A, Plain::B].map(|value| {
        let mut bytes = vec![];
        value.rpc_write_to(&mut bytes).unwrap();
        bytes[0]
    });
    assert_eq!(plain, [0, 255]);
    assert!(<Wrap<u32> as ReadWriteState>::SERIALIZABLE_BY_COPY);
    let _: Wrap<u8> = ReadRPC::rpc_read_from(&mut &[1][..]);
}
