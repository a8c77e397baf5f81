//! The counts of small depths, what the search finds in registries that are broken on purpose, and
//! that the scenario of a way leads where the way leads.

use pbc_host::load_state;
use pbc_lib::{Export, Failure, Trees};
use pbc_traits::ReadWriteState;
use zk_node_registry::{Computation, ZkNode};

use super::*;
use crate::engine::NativeEngine;
use crate::invariants::Registry;
use crate::replay::{Mismatch, Replay};
use zkreg_engine::trees::{COMPUTATIONS, ZK_NODES};

fn native() -> Box<dyn Engine> {
    Box::new(NativeEngine::of("zk_node_registry"))
}

fn limits(depth: usize, jobs: usize) -> Limits {
    Limits { depth, states: usize::MAX, jobs }
}

fn small(nodes: usize, contracts: usize) -> Size {
    Size { nodes, contracts }
}

fn counts(explored: &Explored) -> Vec<(usize, u64, u64)> {
    let level = |level: &Level| (level.points, level.transitions, level.refused);
    explored.levels.iter().map(level).collect()
}

#[test]
fn a_small_depth_has_so_many_states_and_nothing_is_broken_there() {
    let explored = explore(small(2, 2), &limits(3, 2), &native, &mut |_| ());
    assert_eq!(explored.broken, None);
    assert_eq!(
        counts(&explored),
        [(1, 94, 56), (12, 1_095, 679), (157, 14_068, 9_018), (1_370, 0, 0)]
    );
    let of_three = explore(small(3, 2), &limits(2, 2), &native, &mut |_| ());
    assert_eq!(of_three.broken, None);
    assert_eq!(counts(&of_three), [(1, 146, 77), (12, 1_595, 863), (159, 0, 0)]);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let of = |jobs| explore(small(2, 1), &limits(2, jobs), &native, &mut |_| ());
    let one = of(1);
    assert!(one.states() > 64, "more than one chunk");
    assert_eq!(one, of(3));
}

#[test]
fn a_search_ends_when_enough_states_are_known() {
    let limits = Limits { depth: usize::MAX, states: 100, jobs: 2 };
    let explored = explore(small(2, 1), &limits, &native, &mut |_| ());
    let expanded: usize = explored.levels.iter().map(|level| level.expanded).sum();
    assert!(explored.states() >= 100 && expanded < explored.states());
    assert!(!explored.is_complete);
}

/// A registry of which something is wrong: what it is called with, or what it writes.
struct Wrong {
    right: Box<dyn Engine>,
    input: fn(Export, &mut Vec<u8>),
    output: fn(Export, &[u8], &mut Trees),
    refuse: fn(Export, &[u8]) -> bool,
}

impl Engine for Wrong {
    fn invoke(
        &mut self,
        export: Export,
        input: &[u8],
        trees: &mut Trees,
    ) -> Result<Vec<u8>, Failure> {
        if (self.refuse)(export, input) {
            return Err(Failure::refused("nothing_free", "because"));
        }
        let mut input = input.to_vec();
        (self.input)(export, &mut input);
        let sections = self.right.invoke(export, &input, trees)?;
        (self.output)(export, &input, trees);
        Ok(sections)
    }
}

fn wrong() -> Wrong {
    Wrong { right: native(), input: |_, _| (), output: |_, _, _| (), refuse: |_, _| false }
}

/// Where the hash of the transaction is in the input of an action.
///
/// Source: `pbc-formats.md` 2.3.
const TRANSACTION: usize = 58;
/// Where the success flag of a callback is in its input.
///
/// Source: `pbc-formats.md` 2.3.
const SUCCESS: usize = 122;
/// Where what the one call returned is: behind the flag, the number of results, the flag of the
/// first, and its length.
const END: usize = SUCCESS + 1 + 4 + 1 + 4;

fn without_restore() -> Box<dyn Engine> {
    let input = |export, input: &mut Vec<u8>| {
        if export == Export::Callback(0x32) {
            input[SUCCESS] = 1;
        }
    };
    Box::new(Wrong { input, ..wrong() })
}

fn lifting_bans() -> Box<dyn Engine> {
    let output = |export, _: &[u8], trees: &mut Trees| {
        let key = trees.last_changes().first().map(|change| change.key().to_vec());
        if let (Export::Action(0x00), Some(key)) = (export, key)
            && let Some(node) = trees.get(ZK_NODES, &key)
        {
            let node: ZkNode = load_state(node).expect("the registry wrote it");
            let lifted = ZkNode { is_disabled: false, ..node };
            let mut bytes = Vec::new();
            lifted.state_write_to(&mut bytes).expect("a vector takes all bytes");
            trees.insert(ZK_NODES, &key, &bytes);
        }
    };
    Box::new(Wrong { output, ..wrong() })
}

fn change_computations(trees: &mut Trees, change: impl Fn(&mut Computation)) {
    let works: Vec<(Vec<u8>, Vec<u8>)> =
        trees.iter(COMPUTATIONS).map(|(key, work)| (key.to_vec(), work.to_vec())).collect();
    for (key, work) in works {
        let mut work: Computation = load_state(&work).expect("the registry wrote it");
        change(&mut work);
        let mut bytes = Vec::new();
        work.state_write_to(&mut bytes).expect("a vector takes all bytes");
        trees.insert(COMPUTATIONS, &key, &bytes);
    }
}

/// Whatever end a contract names when it is asked is stored.
fn believing() -> Box<dyn Engine> {
    let output = |export, input: &[u8], trees: &mut Trees| {
        let named = input.get(END..END + 8).and_then(|bytes| bytes.try_into().ok());
        let (Export::Callback(0x33), Some(named), 1) = (export, named, input[SUCCESS]) else {
            return;
        };
        let named = i64::from_be_bytes(named);
        change_computations(trees, |work| work.allocation_end = Some(named));
    };
    Box::new(Wrong { output, ..wrong() })
}

/// Whoever has more than 2 MPC does not get them out at once.
fn keeping_much() -> Box<dyn Engine> {
    let refuse = |export, input: &[u8]| {
        let amount = input.last_chunk().map_or(0, |bytes| i64::from_be_bytes(*bytes));
        export == Export::Action(0x0b) && amount == 30_000
    };
    Box::new(Wrong { refuse, ..wrong() })
}

/// A computation that covers more than was asked for.
fn overstate(trees: &mut Trees) {
    change_computations(trees, |work| work.total_stakes += 1);
}

/// Overstates what is asked for by 04, and by no other request.
fn overstating_04() -> Box<dyn Engine> {
    let output = |export, _: &[u8], trees: &mut Trees| {
        if export == Export::Action(0x04) {
            overstate(trees);
        }
    };
    Box::new(Wrong { output, ..wrong() })
}

/// Overstates what is asked for in a transaction that no scenario has.
fn overstating_rarely() -> Box<dyn Engine> {
    let output = |export, input: &[u8], trees: &mut Trees| {
        if export == Export::Action(0x04) && input[TRANSACTION..][..32] == [0; 32] {
            overstate(trees);
        }
    };
    Box::new(Wrong { output, ..wrong() })
}

/// The verdicts of the replay that went wrong.
fn mismatches(broken: &Broken, engine: EngineFactory<'_>) -> Vec<Mismatch> {
    // From a file, as `zkreg replay` has it.
    let scenario: Scenario = broken.scenario.to_string().parse().expect("it can be read");
    let replay = Replay::start(&scenario, engine()).expect("it begins");
    replay.filter_map(|played| played.verdict.err()).collect()
}

#[track_caller]
fn finds(engine: fn() -> Box<dyn Engine>, size: Size, turns: usize, what: &str) {
    let explored = explore(size, &limits(turns, 2), &engine, &mut |_| ());
    let broken = explored.broken.expect("something is broken");
    assert_eq!(broken.turns, turns, "{}", broken.scenario);
    assert!(broken.what.iter().any(|line| line.contains(what)), "{:?}", broken.what);
    assert!(broken.scenario_fails);
    assert_ne!(mismatches(&broken, &engine), [], "{}", broken.scenario);
    assert_eq!(mismatches(&broken, &native), [], "the real one does it: {}", broken.scenario);
}

#[test]
fn a_failed_transfer_that_restores_nothing_is_found_in_two_turns() {
    finds(without_restore, small(1, 1), 2, "INV-05");
}

#[test]
fn a_ban_that_a_new_registration_lifts_is_found_in_three_turns() {
    finds(lifting_bans, small(1, 1), 3, "INV-17");
}

#[test]
fn an_earlier_end_that_is_believed_is_found_in_three_turns() {
    finds(believing, small(1, 1), 3, "INV-21");
}

#[test]
fn what_only_04_does_wrong_is_shown_by_a_scenario_with_04() {
    for nodes in 1..=3 {
        finds(overstating_04, small(nodes, 1), 1, "INV-09");
    }
}

#[test]
fn a_scenario_that_does_not_show_what_was_found_says_so() {
    let explored = explore(small(1, 1), &limits(1, 1), &overstating_rarely, &mut |_| ());
    assert!(explored.json().contains("\"scenarioFails\":false"));
    let broken = explored.broken.expect("something is broken");
    assert!(!broken.scenario_fails);
    assert_eq!(mismatches(&broken, &overstating_rarely), []);
}

#[test]
fn who_cannot_get_out_is_found_where_it_begins() {
    finds(keeping_much, small(1, 1), 1, "n1 does not get all its tokens out");
}

#[test]
fn the_scenario_of_a_way_leads_where_the_way_leads() {
    let world = SmallWorld::new(small(2, 2), &native);
    let search = Search::run(&world, &limits(2, 1), &native, sights::all().len(), &mut |_| ());
    let last = u32::try_from(search.points() - 1).expect("few");
    assert!(last > 100);
    for point in (0..=last).rev().step_by(5) {
        let mut story = Story::begin(&world, &native);
        let reached = tell(&world, &search.way_to(point), Keep::Nodes, &native, &mut story);
        let (root, trees) = story.world().registry();
        assert_eq!(root, reached.registry.root());
        assert_eq!(trees, Registry::trees(&reached.registry), "{}", story.scenario(&[]));
    }
}

/// The contract for which a turn draws nodes, who asks for them, and how.
fn draw(turn: &Turn) -> Option<(Address, Address, &[u8])> {
    let Turn::Call { sender, rpc, .. } = turn else { return None };
    let served = turns::draws_for(*sender, &Call::decode(rpc)?)?;
    Some((served, *sender, rpc))
}

#[test]
fn a_request_that_draws_and_is_taken_is_sent_once_for_each_order_of_the_draw() {
    let world = SmallWorld::new(small(3, 2), &native);
    let search = Search::run(&world, &limits(1, 1), &native, sights::all().len(), &mut |_| ());
    let mut taken = 0;
    for point in 0..u32::try_from(search.points()).expect("few") {
        let mut story = Story::begin(&world, &native);
        let point = tell(&world, &search.way_to(point), Keep::Nodes, &native, &mut story);
        let turns = turns::turns(&world, &point, true);
        for turn in &turns {
            let Some((served, ..)) = draw(turn) else { continue };
            if Visit::new(&world, &point).take(turn).refused.is_none() {
                let orders = world.draws.of(&served, point.checker.facts().roster.len());
                let sent = turns.iter().filter(|other| draw(other) == draw(turn));
                assert_eq!(sent.count(), orders.len(), "{turn:?}");
                taken += 1;
            }
        }
    }
    assert!(taken > 100, "only {taken} were taken");
}

#[test]
fn points_that_differ_in_names_and_time_alone_have_one_key() {
    let world = SmallWorld::new(small(2, 2), &native);
    let (first, found) = Point::first(&world, &native);
    assert_eq!(found, []);
    let later = Point { now: first.now + 5, ..first.clone() };
    assert_eq!(first.key(&world), later.key(&world));

    let reserve = Call::SetReservedTokens { new_reserved: 1 }.encode();
    let mut keys = world.nodes.iter().map(|node| {
        let turn = Turn::Call { sender: *node, rpc: reserve.clone(), hash: [0; 32] };
        let taken = Visit::new(&world, &first).take(&turn);
        taken.next.expect("it is taken").key(&world)
    });
    let (one, other) = (keys.next(), keys.next());
    assert_ne!(one, Some(first.key(&world)));
    assert_eq!(one, other);
}

#[test]
fn a_packed_point_is_the_same_point() {
    let world = SmallWorld::new(small(2, 2), &native);
    let search = Search::run(&world, &limits(1, 1), &native, sights::all().len(), &mut |_| ());
    for point in 0..u32::try_from(search.points()).expect("few") {
        let mut story = Story::begin(&world, &native);
        let point = tell(&world, &search.way_to(point), Keep::Nodes, &native, &mut story);
        let (again, found) = Point::unpack(&point.pack(&world), &world, &native);
        assert_eq!(found, []);
        assert_eq!(again.key(&world), point.key(&world));
        assert_eq!(again.pack(&world), point.pack(&world));
        assert_eq!(again.checker.facts(), point.checker.facts());
    }
}
