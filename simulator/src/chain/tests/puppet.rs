//! A contract that sends what it is told to send, and notes what it sees.

// A contract's items are public, and its hooks ask for a feature that this crate does not have.
#![allow(unexpected_cfgs, unreachable_pub, missing_docs)]

use pbc_contract_codegen::{action, callback, init, state};
use pbc_contract_common::Hash;
use pbc_contract_common::address::{Address, Shortname, ShortnameCallback};
use pbc_contract_common::avl_tree_map::AvlTreeMap;
use pbc_contract_common::context::{CallbackContext, ContractContext};
use pbc_contract_common::events::EventGroup;
use read_write_rpc_derive::ReadWriteRPC;
use read_write_state_derive::ReadWriteState;

pub(super) const SEND: u8 = 0x01;
pub(super) const REFUSE: u8 = 0x02;
pub(super) const NOTE: u8 = 0x03;
pub(super) const PANIC: u8 = 0x04;
pub(super) const BACK: u8 = 0x20;

/// The mark of a callback that is refused.
pub(super) const REFUSED_MARK: u8 = 0xee;

#[state]
pub struct State {
    pub notes: Vec<Note>,
    /// How often each mark was noted.
    pub counts: AvlTreeMap<u8, u64>,
}

/// What a puppet saw in one call or callback.
#[derive(ReadWriteState, Clone, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Note {
    pub mark: u8,
    pub sender: Address,
    pub height: i64,
    pub time: i64,
    pub current: Hash,
    pub original: Hash,
    pub success: bool,
    pub results: Vec<Vec<u8>>,
}

/// A group to be sent.
#[derive(ReadWriteRPC, Clone, Debug)]
pub struct Sending {
    pub calls: Vec<Calling>,
    pub callback: Option<Back>,
    pub returns: Option<u64>,
}

/// A call to be made of a puppet.
#[derive(ReadWriteRPC, Clone, Debug)]
pub struct Calling {
    pub dest: Address,
    pub shortname: u32,
    pub mark: u8,
    pub groups: Vec<Sending>,
    pub cost: Option<u64>,
}

/// The arguments of a note.
#[derive(ReadWriteRPC, Clone, Debug)]
pub struct Noting {
    pub mark: u8,
    pub groups: Vec<Sending>,
}

/// The arguments of a callback.
#[derive(ReadWriteRPC, Clone, Debug)]
pub struct Back {
    pub mark: u8,
    pub groups: Vec<Sending>,
    pub cost: Option<u64>,
}

impl Noting {
    pub(super) fn plain(mark: u8) -> Noting {
        Noting { mark, groups: Vec::new() }
    }
}

impl Back {
    pub(super) fn plain(mark: u8) -> Back {
        Back { mark, groups: Vec::new(), cost: None }
    }
}

#[init]
pub fn create(_context: ContractContext) -> State {
    State { notes: Vec::new(), counts: AvlTreeMap::new() }
}

#[action(shortname = 0x01)]
pub fn send(
    _context: ContractContext,
    state: State,
    groups: Vec<Sending>,
) -> (State, Vec<EventGroup>) {
    (state, built(groups))
}

/// Refuses the call, after it has changed everything.
#[action(shortname = 0x02)]
pub fn refuse(context: ContractContext, mut state: State) -> State {
    state.take_down(REFUSED_MARK, context, true, Vec::new());
    refused()
}

#[action(shortname = 0x03)]
pub fn note(
    context: ContractContext,
    mut state: State,
    noting: Noting,
) -> (State, Vec<EventGroup>) {
    state.take_down(noting.mark, context, true, Vec::new());
    (state, built(noting.groups))
}

#[action(shortname = 0x04)]
pub fn panics(context: ContractContext, mut state: State) -> State {
    state.take_down(REFUSED_MARK, context, true, Vec::new());
    panic!("a bug")
}

#[callback(shortname = 0x20)]
pub fn back(
    context: ContractContext,
    callback_context: CallbackContext,
    mut state: State,
    back: Back,
) -> (State, Vec<EventGroup>) {
    let results = callback_context.results.into_iter().map(|result| result.return_data).collect();
    state.take_down(back.mark, context, callback_context.success, results);
    if back.mark == REFUSED_MARK {
        refused()
    }
    (state, built(back.groups))
}

impl State {
    fn take_down(
        &mut self,
        mark: u8,
        context: ContractContext,
        success: bool,
        results: Vec<Vec<u8>>,
    ) {
        let count = self.counts.get(&mark).unwrap_or_default();
        self.counts.insert(mark, count + 1);
        self.notes.push(Note {
            mark,
            sender: context.sender,
            height: context.block_time,
            time: context.block_production_time,
            current: context.current_transaction,
            original: context.original_transaction,
            success,
            results,
        });
    }
}

fn refused() -> ! {
    std::panic::resume_unwind(Box::new(("told_to", String::from("as told"))))
}

fn built(groups: Vec<Sending>) -> Vec<EventGroup> {
    groups.into_iter().map(built_group).collect()
}

fn built_group(sending: Sending) -> EventGroup {
    let mut group = EventGroup::builder();
    for Calling { dest, shortname, mark, groups, cost } in sending.calls {
        let shortname = Shortname::from_u32(shortname);
        let call = group.call(dest, shortname);
        let call = match shortname.as_u32() {
            number if number == u32::from(SEND) => call.argument(groups),
            number if number == u32::from(NOTE) => call.argument(Noting { mark, groups }),
            _ => call,
        };
        match cost {
            Some(cost) => call.with_cost(cost).done(),
            None => call.done(),
        }
    }
    if let Some(back) = sending.callback {
        let cost = back.cost;
        let callback = group.with_callback(ShortnameCallback::from_u32(BACK.into())).argument(back);
        match cost {
            Some(cost) => callback.with_cost(cost).done(),
            None => callback.done(),
        }
    }
    if let Some(number) = sending.returns {
        group.return_data(number);
    }
    group.build()
}
