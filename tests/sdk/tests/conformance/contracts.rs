//! Calls as a host makes them: several contracts in one process, refusals and traps as values,
//! roll-back, trees that are installed and restored.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use pbc_contract_common::address::{Address, AddressType};
use pbc_contract_common::avl_tree_map::AvlTreeMap;
use pbc_host::{ResultBuffer, load_state};
use pbc_lib::{Entry, Export, Failure, Trees, invoke, with_trees};

/// A contract as its author lints it: nothing that the macros add may trip these.
#[deny(
    warnings,
    missing_docs,
    unsafe_code,
    unreachable_pub,
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::panic,
    clippy::as_conversions,
    clippy::indexing_slicing
)]
#[allow(
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::needless_pass_by_value,
    unreachable_pub
)]
pub mod counter {
    use create_type_spec_derive::CreateTypeSpec;
    use pbc_contract_common::avl_tree_map::AvlTreeMap;
    use pbc_contract_common::context::{CallbackContext, ContractContext};
    use pbc_contract_common::events::EventGroup;
    use read_write_rpc_derive::ReadWriteRPC;
    use read_write_state_derive::ReadWriteState;

    /// How far to count.
    #[derive(ReadWriteRPC, ReadWriteState, CreateTypeSpec)]
    #[repr(C)]
    pub struct Step {
        /// By how much.
        pub by: u32,
        /// In which direction.
        pub direction: Direction,
    }

    /// Where to.
    #[derive(ReadWriteRPC, ReadWriteState, CreateTypeSpec)]
    pub enum Direction {
        /// Up.
        #[discriminant(1)]
        Up {},
        /// Down, no lower than this.
        #[discriminant(2)]
        Down {
            /// The least count.
            floor: u32,
        },
    }

    /// How the count is written.
    #[derive(ReadWriteRPC, ReadWriteState, PartialEq)]
    #[repr(u8)]
    pub enum Style {
        /// As digits.
        Digits = 0,
        /// As words.
        Words = 3,
    }

    /// The count and its history.
    #[state]
    pub struct Counter {
        /// The count.
        pub count: u32,
        /// What it was, by number of the call.
        pub history: AvlTreeMap<u32, u32>,
    }

    /// Starts at `count`.
    #[init]
    pub fn create(_context: ContractContext, count: u32) -> Counter {
        Counter { count, history: AvlTreeMap::new() }
    }

    /// Takes a step.
    #[action(shortname = 0x01)]
    pub fn step(
        _context: ContractContext,
        mut state: Counter,
        step: Step,
    ) -> (Counter, Vec<EventGroup>) {
        let call = u32::try_from(state.history.len()).expect("few calls");
        state.history.insert(call, state.count);
        state.count = match step.direction {
            Direction::Up {} => state.count.saturating_add(step.by),
            Direction::Down { floor } => state.count.saturating_sub(step.by).max(floor),
        };
        (state, vec![])
    }

    /// Notes the end of a group of calls.
    #[callback(shortname = 0x01)]
    pub fn ended(
        _context: ContractContext,
        callback: CallbackContext,
        mut state: Counter,
    ) -> Counter {
        state.count += u32::from(callback.success);
        state
    }
}

/// A contract that fails in every way, with the shortnames of the other one.
#[allow(unreachable_pub)]
mod failing {
    use super::{AvlTreeMap, resume_unwind};
    use pbc_contract_common::context::ContractContext;

    #[state]
    pub struct State {
        pub tree: AvlTreeMap<u8, u8>,
    }

    #[init]
    pub fn create(_context: ContractContext) -> State {
        let mut tree = AvlTreeMap::new();
        tree.insert(1, 1);
        State { tree }
    }

    #[action(shortname = 0x01)]
    pub fn fail(_context: ContractContext, mut state: State, how: u8) -> State {
        state.tree.insert(1, 2);
        state.tree.insert(2, 2);
        state.tree.remove(&1);
        let mut made_in_vain = AvlTreeMap::<u8, u8>::new();
        made_in_vain.insert(1, 1);
        match how {
            0 => resume_unwind(Box::new(("too_low", "too_low: 3 of 4".to_string()))),
            1 => resume_unwind(Box::new(("too_low", "without its code".to_string()))),
            2 => resume_unwind(Box::new(77_u64)),
            3 => panic!("number {how}"),
            _ => state,
        }
    }

    #[action(shortname = 0x02)]
    pub fn get(_context: ContractContext, state: State) -> State {
        assert!(state.tree.contains_key(&1), "the tree has a key");
        state
    }
}

fn hook(module: &str, export: Export) -> &'static Entry {
    let contract = format!("{}::{module}", module_path!());
    let entries = pbc_lib::entries(&contract);
    entries.into_iter().find(|entry| entry.export == export).expect("a hook")
}

const CONTEXT: [u8; 122] = [0; 122];

fn state_of(sections: &[u8]) -> Vec<u8> {
    ResultBuffer::decode_sections(sections).expect("sections").state.expect("a state")
}

#[test]
#[cfg_attr(miri, ignore = "miri links no hooks")]
fn contracts_in_one_process_are_told_apart_by_their_module() {
    let names = |module: &str| {
        let entries = pbc_lib::entries(&format!("{}::{module}", module_path!()));
        entries.iter().map(|entry| format!("{} {}", entry.export, entry.function)).collect()
    };
    let counter: Vec<String> = names("counter");
    assert_eq!(counter, ["init create", "action_01 step", "callback_01 ended"]);
    let failing: Vec<String> = names("failing");
    assert_eq!(failing, ["init create", "action_01 fail", "action_02 get"]);
    assert!(pbc_lib::entries(module_path!()).is_empty());
}

#[test]
#[cfg_attr(miri, ignore = "miri links no hooks")]
fn each_contract_works_on_the_trees_it_is_given() {
    let (mut first, mut second) = (Trees::new(), Trees::new());
    let count = [&CONTEXT[..], &5_u32.to_be_bytes()].concat();
    let sections = invoke(hook("counter", Export::Init), &count, &mut first).expect("a counter");
    invoke(hook("failing", Export::Init), &CONTEXT, &mut second).expect("a state");
    assert_eq!((first.len(0), second.len(0)), (0, 1));

    let up = [0, 0, 0, 3, 1];
    let input = [&CONTEXT[..], &state_of(&sections), &up].concat();
    let sections = invoke(hook("counter", Export::Action(1)), &input, &mut first).expect("a step");

    let counter: counter::Counter = load_state(&state_of(&sections)).expect("a state");
    assert_eq!(counter.count, 8);
    let history = with_trees(&mut first, || counter.history.get(&0));
    assert_eq!(history, Some(5));
    assert_eq!(first.last_changes().len(), 1);
}

#[test]
#[cfg_attr(miri, ignore = "miri links no hooks")]
fn a_call_that_fails_leaves_the_trees_as_they_were() {
    let mut trees = Trees::new();
    let sections = invoke(hook("failing", Export::Init), &CONTEXT, &mut trees).expect("a state");
    let state = state_of(&sections);
    let before = trees.clone();
    let mut fail = |how: u8| {
        let input = [&CONTEXT[..], &state, &[how]].concat();
        let outcome = invoke(hook("failing", Export::Action(1)), &input, &mut trees);
        if outcome.is_err() {
            assert_eq!(trees, before, "way {how}");
        }
        outcome
    };
    let trap = |message: &str| Err(Failure::Trap { message: message.to_string() });

    // The message may have the code in front; it is the same either way.
    assert_eq!(fail(0), Err(Failure::refused("too_low", "3 of 4")));
    assert_eq!(fail(1), Err(Failure::refused("too_low", "without its code")));
    assert_eq!(fail(2), trap("a panic without a message"));
    assert_eq!(fail(3), trap("number 3"));

    fail(4).expect("a call that succeeds");
    assert_ne!(trees, before);
    assert_eq!(trees.get(0, &[1]), None);
    assert_eq!(trees.get(0, &[2]), Some(&[2][..]));
}

#[test]
#[cfg_attr(miri, ignore = "miri links no hooks")]
fn an_unknown_tree_traps_the_call_and_not_the_host() {
    let mut trees = Trees::new();
    let input = [&CONTEXT[..], &(-3_i32).to_le_bytes()].concat();
    let outcome = invoke(hook("failing", Export::Action(2)), &input, &mut trees);
    assert_eq!(outcome, Err(Failure::Trap { message: "there is no tree -3".to_string() }));

    trees.create();
    let input = [&CONTEXT[..], &0_i32.to_le_bytes()].concat();
    let outcome = invoke(hook("failing", Export::Action(2)), &input, &mut trees);
    assert_eq!(outcome, Err(Failure::Trap { message: "the tree has a key".to_string() }));
}

#[test]
fn failures_print_code_and_message() {
    let refused = Failure::refused("too_low", "3 of 4");
    assert_eq!(
        (refused.to_string().as_str(), refused.code()),
        ("too_low: 3 of 4", Some("too_low"))
    );
    let trap = Failure::Trap { message: "number 3".to_string() };
    assert_eq!((trap.to_string().as_str(), trap.code()), ("trap: number 3", None));
}

#[test]
fn installed_trees_nest_and_come_back_when_the_closure_unwinds() {
    let (mut outer, mut inner) = (Trees::new(), Trees::new());
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        with_trees(&mut outer, || {
            let mut map = AvlTreeMap::<u8, u8>::new();
            map.insert(1, 1);
            with_trees(&mut inner, || {
                AvlTreeMap::<u8, u8>::new();
                AvlTreeMap::<u8, u8>::new();
            });
            map.insert(2, 2);
            resume_unwind(Box::new("out"));
        })
    }));
    assert!(unwound.is_err());
    assert_eq!((outer.ids().count(), outer.len(0)), (1, 2));
    assert_eq!(inner.ids().count(), 2);
}

#[test]
fn a_tree_map_needs_no_ceremony_in_a_unit_test() {
    let mut map = AvlTreeMap::<Address, String>::new();
    let address = Address { address_type: AddressType::Account, identifier: [1; 20] };
    assert_eq!(map.get(&address), None);
    map.insert(address, "one".to_string());
    map.insert(address, "two".to_string());
    assert_eq!(map.get(&address).as_deref(), Some("two"));
    assert_eq!(map.iter().collect::<Vec<_>>(), [(address, "two".to_string())]);
    assert_eq!((map.len(), map.contains_key(&address)), (1, true));
    map.remove(&address);
    assert!(map.is_empty());
}

#[test]
#[cfg_attr(miri, ignore = "miri links no hooks")]
fn threads_have_trees_of_their_own() {
    let counts: Vec<usize> = std::thread::scope(|scope| {
        let worker = |entries: u8| {
            move || {
                let mut trees = Trees::new();
                let sections =
                    invoke(hook("failing", Export::Init), &CONTEXT, &mut trees).expect("a state");
                for _ in 0..entries {
                    let input = [&CONTEXT[..], &state_of(&sections), &[9]].concat();
                    invoke(hook("failing", Export::Action(1)), &input, &mut trees).expect("a call");
                }
                trees.ids().count()
            }
        };
        let threads = [1, 5, 9].map(|entries| scope.spawn(worker(entries)));
        threads.map(|thread| thread.join().expect("a thread that ends")).into()
    });
    assert_eq!(counts, [2, 6, 10]);
}
