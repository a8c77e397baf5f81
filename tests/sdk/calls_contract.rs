//! The contract of `vectors/calls.json` and `vectors/abi.json`, written from its description there.

#![allow(missing_docs, unreachable_pub)] // as a crate of its own it would be all public

use create_type_spec_derive::CreateTypeSpec;
use pbc_contract_codegen::{action, callback, init, state};
use pbc_contract_common::address::{Address, Shortname};
use pbc_contract_common::avl_tree_map::AvlTreeMap;
use pbc_contract_common::context::{CallbackContext, ContractContext};
use pbc_contract_common::events::EventGroup;
use pbc_contract_common::sorted_vec_map::{SortedVecMap, SortedVecSet};
use pbc_contract_common::{BlsPublicKey, Hash, PublicKey};
use read_write_rpc_derive::ReadWriteRPC;
use read_write_state_derive::ReadWriteState;

/// A stake and since when.
#[derive(ReadWriteRPC, ReadWriteState, CreateTypeSpec, Clone, Debug, PartialEq)]
#[repr(C)]
pub struct Stake {
    pub amount: u64,
    pub since: i64,
}

/// Where a node is in its life.
#[derive(ReadWriteRPC, ReadWriteState, CreateTypeSpec, Clone, Debug, PartialEq)]
pub enum NodeStatus {
    #[discriminant(0)]
    Pending {},
    #[discriminant(1)]
    Active { since: i64, stake: Stake },
    #[discriminant(5)]
    Removed { reason: String },
}

/// A node.
#[derive(ReadWriteRPC, ReadWriteState, CreateTypeSpec, Clone, Debug)]
#[repr(C)]
pub struct NodeInfo {
    pub owner: Address,
    pub key: PublicKey,
    pub bls: BlsPublicKey,
    pub endpoint: String,
    pub status: NodeStatus,
    pub region: Option<u8>,
}

/// One field of each kind.
#[state]
pub struct RegistryState {
    pub admin: Address,
    pub counter: u64,
    pub signed: i64,
    pub maybe: Option<u32>,
    pub maybe_addr: Option<Address>,
    pub blob: Vec<u8>,
    pub nums: Vec<u64>,
    pub balances: SortedVecMap<Address, u64>,
    pub names: SortedVecMap<u8, String>,
    pub flags: SortedVecSet<u16>,
    pub nodes: AvlTreeMap<Address, NodeInfo>,
    pub index: AvlTreeMap<u64, Stake>,
    pub stake: Stake,
    pub status: NodeStatus,
    pub digest: Hash,
    pub raw20: [u8; 20],
    pub on: bool,
    pub title: String,
    pub big: u128,
    pub bigs: i128,
}

#[init]
pub fn initialize(context: ContractContext, title: String, counter: u64) -> RegistryState {
    RegistryState {
        admin: context.sender,
        counter,
        signed: context.block_production_time,
        maybe: None,
        maybe_addr: Some(context.contract_address),
        blob: vec![1, 2, 3],
        nums: vec![1, 256],
        balances: SortedVecMap::new(),
        names: SortedVecMap::new(),
        flags: SortedVecSet::new(),
        nodes: AvlTreeMap::new(),
        index: AvlTreeMap::new(),
        stake: Stake { amount: 7, since: -2 },
        status: NodeStatus::Pending {},
        digest: context.current_transaction,
        raw20: [0xab; 20],
        on: true,
        title,
        big: 1,
        bigs: -1,
    }
}

#[action(shortname = 0x01)]
pub fn register(
    context: ContractContext,
    mut state: RegistryState,
    node: NodeInfo,
    amount: u64,
) -> RegistryState {
    assert!(amount > 0, "Amount must be positive");
    state.balances.insert(context.sender, amount);
    state.names.insert(3, node.endpoint.clone());
    state.flags.insert(513);
    state.nodes.insert(node.owner, node);
    let since = context.block_time;
    state.index.insert(state.counter, Stake { amount, since });
    state.counter += 1;
    state
}

#[action(shortname = 0x03)]
pub fn call_out(
    context: ContractContext,
    state: RegistryState,
    target: Address,
    amount: u64,
) -> (RegistryState, Vec<EventGroup>) {
    let mut calls = EventGroup::builder();
    calls
        .call(target, Shortname::from_u32(0x42))
        .argument(context.sender)
        .argument(amount)
        .with_cost(1000)
        .done();
    calls
        .call(target, Shortname::from_u32(1))
        .argument(vec![1_u8, 2])
        .with_cost_from_contract(500)
        .done();
    calls.call(target, Shortname::from_u32(300)).done();
    calls.ping(target, Some(5));
    calls.ping(target, None);
    calls.with_callback(SHORTNAME_ON_DONE).argument(amount).with_cost(777).done();
    let mut answer = EventGroup::builder();
    answer.return_data(amount);
    (state, vec![calls.build(), answer.build()])
}

#[action(shortname = 0x05)]
pub fn drop_node(
    _context: ContractContext,
    mut state: RegistryState,
    who: Address,
) -> RegistryState {
    let node = state.nodes.get(&who).expect("a known node");
    state.title = node.endpoint;
    state.nodes.remove(&who);
    let index: u64 = state.index.iter().map(|(key, stake)| key + stake.amount).sum();
    state.counter = index + state.nodes.len() as u64;
    state
}

#[action(shortname = 0x8001)]
#[allow(clippy::too_many_arguments, clippy::many_single_char_names)]
pub fn set_many(
    _context: ContractContext,
    state: RegistryState,
    a: u8,
    b: u16,
    c: u32,
    d: u64,
    e: u128,
    f: i8,
    g: i16,
    h: i32,
    i: i64,
    j: i128,
    k: bool,
    s: String,
    o: Option<u32>,
    v: Vec<u16>,
    arr: [u8; 4],
    addr: Address,
    hash: Hash,
    status: NodeStatus,
    vs: Vec<Stake>,
    oo: Option<Option<bool>>,
) -> RegistryState {
    let all = (a, b, c, d, e, f, g, h, i, j, k);
    let title = format!("{all:?} {s} {o:?} {v:?} {arr:?} {addr} {hash:?} {status:?} {vs:?} {oo:?}");
    RegistryState { title, ..state }
}

#[action]
pub fn touch(
    _context: ContractContext,
    mut state: RegistryState,
) -> (RegistryState, Vec<EventGroup>) {
    state.counter += 1;
    (state, vec![])
}

#[callback(shortname = 0x20)]
pub fn on_done(
    _context: ContractContext,
    callback: CallbackContext,
    mut state: RegistryState,
    amount: u64,
) -> RegistryState {
    let returned: u64 = callback.results.first().expect("a result").get_return_data();
    state.counter = amount + returned;
    state
}
