//! The worked draws of 7.4, the drawing rules of 7.3, and the judge of INV-32.

use std::collections::BTreeSet;

use proptest::prelude::*;
use reference_model::{Address, Call, SemanticVersion, assignment_exists, draw};

use crate::support::{C, DEPLOY, Registry, account, context, mpc};

const TRANSACTION: [u8; 32] = {
    let mut bytes = [0; 32];
    let mut place = 0;
    while place < 32 {
        bytes[place] = place as u8;
        place += 1;
    }
    bytes
};

fn everywhere(eligible: &[bool], k: usize) -> Vec<Vec<bool>> {
    eligible.iter().map(|is_eligible| vec![*is_eligible; k]).collect()
}

/// Nodes at positions 0, 1, …; those that are not eligible have reserved everything.
fn roster(eligible: &[bool]) -> (Registry, Vec<Address>) {
    let mut registry = Registry::new();
    let mut nodes = Vec::new();
    for (position, is_eligible) in eligible.iter().enumerate() {
        let node = account(u8::try_from(position + 1).expect("a small roster"));
        registry.node(0, node, mpc(100));
        if !is_eligible {
            registry.reserve(0, node, mpc(100));
        }
        nodes.push(node);
    }
    assert_eq!(registry.model.roster, nodes);
    (registry, nodes)
}

/// The engines in return data without keys, all with one endpoint.
fn engines(return_data: &[u8]) -> Vec<Address> {
    let tail = b"\0\0\0\0\x16https://zk.example.org";
    let entries = return_data[4..].chunks_exact(21 + tail.len());
    entries
        .map(|entry| {
            assert_eq!(&entry[21..], tail);
            entry[..21].try_into().expect("21 bytes")
        })
        .collect()
}

fn v1(number_of_nodes: i32) -> Call {
    let total_stakes = mpc(4);
    Call::RequestZkComputationNodesV1 { zk_contract: C, number_of_nodes, total_stakes }
}

#[test]
fn six_nodes_of_which_one_is_not_eligible_are_drawn_as_worked_out() {
    let eligible = [true, true, false, true, true, true];

    let drawn = draw(&TRANSACTION, &C, 4, &everywhere(&eligible, 4));
    assert_eq!(drawn.drawn, [5, 4, 4, 2, 5, 2, 3, 2, 0]);
    assert!(drawn.scanned.is_empty());

    let (mut registry, n) = roster(&eligible);
    let effects = registry.call(0, DEPLOY, v1(4)).expect("5 are eligible");
    assert_eq!(engines(&effects.return_data.expect("engines")), [n[5], n[4], n[3], n[0]]);
    assert_eq!(registry.model.computations[&C].nodes, [n[5], n[4], n[3], n[0]]);
}

#[test]
fn nodes_make_room_for_each_other_as_worked_out() {
    let (mut registry, n) = roster(&[true; 5]);
    for (node, jurisdiction) in n.iter().zip([1, 1, 2, 2, 3]) {
        let call = Call::UpdateServerJurisdiction { jurisdiction };
        registry.call(0, *node, call).expect("a jurisdiction");
        let version = SemanticVersion { major: 4, minor: 9, patch: 0 };
        let call = Call::UpdateNodeProtocolVersion { supported_protocol_version: version };
        registry.call(0, *node, call).expect("a version");
    }

    let effects = registry.call(
        0,
        DEPLOY,
        Call::RequestZkComputationNodesV2 {
            zk_contract: C,
            number_of_nodes: 4,
            total_stakes: mpc(4),
            jurisdictions: vec![vec![1, 2], vec![1, 2], vec![1], vec![1]],
            required_protocol_version: SemanticVersion { major: 4, minor: 9, patch: 0 },
        },
    );

    let return_data = effects.expect("an assignment exists").return_data.expect("engines");
    assert_eq!(engines(&return_data), [n[2], n[3], n[0], n[1]]);

    let (one, two, none) = (vec![true; 4], vec![true, true, false, false], vec![false; 4]);
    let accepts = [one.clone(), one, two.clone(), two, none];
    let drawn = draw(&TRANSACTION, &C, 4, &accepts);
    assert_eq!(drawn.drawn, [0, 3, 3, 2, 1]);
    assert_eq!(drawn.slots, [Some(2), Some(3), Some(0), Some(1)]);
}

#[test]
fn three_eligible_of_five_do_not_make_four() {
    let eligible = [true, true, true, false, false];

    let drawn = draw(&TRANSACTION, &C, 4, &everywhere(&eligible, 4));
    assert_eq!((drawn.drawn.len(), drawn.scanned.len()), (64, 0), "an empty scan");

    let (mut registry, _) = roster(&eligible);
    assert_eq!(registry.call(0, DEPLOY, v1(4)), Err("not_enough_nodes"));
    let feasible = registry.model.draw_is_feasible(&v1(4), &context(0, DEPLOY));
    assert_eq!(feasible, Some(false));
}

#[test]
fn three_eligible_of_a_thousand_are_found_by_the_scan_as_worked_out() {
    let eligible: Vec<bool> = (0..1_000).map(|p| [7, 500, 999].contains(&p)).collect();

    let drawn = draw(&TRANSACTION, &C, 2, &everywhere(&eligible, 2));

    assert_eq!(drawn.drawn.len(), 32);
    assert_eq!(drawn.scanned, [999, 500]);
    assert_eq!(drawn.slots, [Some(999), Some(500)]);
}

/// Worked out apart from this crate: the scan draws 5, 5, 3, 0, 0 out of 7, 6, 5, 4 and 3 that
/// are left, and each time the last one takes the place of the one that is drawn.
#[test]
fn the_scan_fills_a_gap_with_the_last_of_the_rest() {
    let few = [7, 100, 101, 102, 300, 500, 700, 999];
    let eligible: Vec<bool> = (0..1_000).map(|p| few.contains(&p)).collect();

    let drawn = draw(&TRANSACTION, &C, 6, &everywhere(&eligible, 6));

    assert_eq!(drawn.drawn.len(), 96);
    assert_eq!(drawn.scanned, [700, 999, 102, 7, 300]);
    assert_eq!(drawn.slots, [500, 700, 999, 102, 7, 300].map(Some));
}

#[test]
fn an_empty_roster_is_not_drawn_from() {
    let drawn = draw(&TRANSACTION, &C, 3, &[]);

    assert!(drawn.drawn.is_empty() && drawn.scanned.is_empty());
    assert_eq!(drawn.slots, [None; 3]);
}

/// A complete assignment by plain search: slot by slot, every position that is left.
fn search(k: usize, accepts: &[Vec<bool>], used: &mut Vec<usize>) -> bool {
    let slot = used.len();
    if slot == k {
        return true;
    }
    (0..accepts.len()).any(|position| {
        if used.contains(&position) || !accepts[position][slot] {
            return false;
        }
        used.push(position);
        let found = search(k, accepts, used);
        used.pop();
        found
    })
}

fn small_problem() -> impl Strategy<Value = (usize, Vec<Vec<bool>>)> {
    (1usize..=5, 0usize..=7).prop_flat_map(|(k, n)| {
        let accepts = prop::collection::vec(prop::collection::vec(prop::bool::weighted(0.4), k), n);
        (Just(k), accepts)
    })
}

proptest! {
    #[test]
    fn a_draw_fills_all_slots_exactly_when_an_assignment_exists(
        (k, accepts) in small_problem(),
        transaction in any::<[u8; 32]>(),
    ) {
        let exists = search(k, &accepts, &mut Vec::new());
        prop_assert_eq!(assignment_exists(k, &accepts), exists);

        let drawn = draw(&transaction, &C, k, &accepts);
        prop_assert_eq!(drawn.slots.iter().all(Option::is_some), exists);
        let placed: Vec<usize> = drawn.slots.iter().flatten().copied().collect();
        prop_assert_eq!(placed.iter().collect::<BTreeSet<_>>().len(), placed.len(), "distinct");
        for (slot, position) in drawn.slots.iter().enumerate() {
            prop_assert!(position.is_none_or(|position| accepts[position][slot]));
        }
    }
}
