use pbc_traits::ReadRPC;

use super::*;
use crate::fixtures::address;

fn nodes(count: i64) -> NodeCount {
    NodeCount::from_wire(count).expect("1 to 16")
}

fn slots(of: &[u8]) -> Slots {
    of.iter().copied().fold(Slots::NONE, Slots::with)
}

/// The transaction and the contract of the worked draws, registry.md 7.4.
fn worked_chance() -> Chance {
    let transaction: Vec<u8> = (0..32).collect();
    let transaction = Hash::rpc_read_from(&mut transaction.as_slice());
    Chance::of(&transaction, ServedContract::at(address(0x03, 0x11)).expect("a ZK contract"))
}

/// Draws `count` nodes; `accepting` tells the slots of the node at each position.
fn drawn(count: i64, members: u32, accepting: impl Fn(u32) -> Slots) -> Result<Vec<u32>, Shortage> {
    draw(members, nodes(count), &mut worked_chance(), |position| (position, accepting(position)))
}

#[test]
fn the_first_words_are_those_of_the_specification() {
    let mut chance = worked_chance();
    let words: Vec<u32> = (0..9).map(|_| chance.word()).collect();

    let specified = [
        0x84fc2333, 0x75cc05d4, 0xa858de3c, 0x1a769950, 0xe0830f1f, 0x236e4b2e, 0x45293499,
        0x613af8b8, 0xbc757066,
    ];
    assert_eq!(words, specified);
}

#[test]
fn a_draw_passes_over_repeated_and_ineligible_nodes() {
    let all_but_n3 = |position| {
        if position == 2 {
            Slots::NONE
        } else {
            Slots::all(nodes(4))
        }
    };

    assert_eq!(drawn(4, 6, all_but_n3), Ok(vec![5, 4, 3, 0]));
}

#[test]
fn a_placed_node_moves_when_a_later_one_fits_its_slot_only() {
    let jurisdictions = [1, 1, 2, 2, 3];
    let lists: [&[i32]; 4] = [&[1, 2], &[1, 2], &[1], &[1]];
    let accepting = |position: u32| {
        let jurisdiction = &jurisdictions[position as usize];
        let fits = (0_u8..).zip(lists).filter(|(_, list)| list.contains(jurisdiction));
        fits.fold(Slots::NONE, |slots, (slot, _)| slots.with(slot))
    };

    assert_eq!(drawn(4, 5, accepting), Ok(vec![2, 3, 0, 1]));
}

#[test]
fn a_draw_that_cannot_be_met_says_how_far_it_came() {
    let first_three = |position| {
        if position < 3 {
            Slots::all(nodes(4))
        } else {
            Slots::NONE
        }
    };

    assert_eq!(drawn(4, 5, first_three), Err(Shortage { placed: 3, eligible: 3 }));
}

#[test]
fn the_scan_finds_the_few_eligible_nodes_that_draws_miss() {
    let few = |position| {
        let eligible = [7, 500, 999].contains(&position);
        if eligible {
            Slots::all(nodes(2))
        } else {
            Slots::NONE
        }
    };

    assert_eq!(drawn(2, 1_000, few), Ok(vec![999, 500]));
}

#[test]
fn an_empty_roster_has_nobody() {
    let nobody = |_| unreachable!("nobody is asked");

    assert_eq!(drawn(1, 0, nobody), Err(Shortage { placed: 0, eligible: 0 }));
}

#[test]
fn every_candidate_is_asked_at_most_once() {
    let mut asked = Vec::new();
    let mut chance = worked_chance();
    let shortage = draw(40, nodes(16), &mut chance, |position| {
        asked.push(position);
        ((), Slots::NONE)
    });

    asked.sort_unstable();
    assert_eq!(asked, (0..40).collect::<Vec<_>>());
    assert_eq!(shortage, Err(Shortage { placed: 0, eligible: 0 }));
}

#[test]
fn a_node_that_fits_the_first_slot_only_moves_the_one_that_fits_both() {
    let mut assignment = Assignment::of(nodes(2));

    assert!(assignment.offer("both", slots(&[0, 1])));
    assert!(assignment.offer("first only", slots(&[0])));

    assert_eq!(assignment.complete(), Some(vec!["first only", "both"]));
}

#[test]
fn a_whole_chain_of_nodes_moves_for_the_last_one() {
    let mut assignment = Assignment::of(nodes(4));
    assert!(assignment.offer("a", slots(&[0, 1])));
    assert!(assignment.offer("b", slots(&[1, 2])));
    assert!(assignment.offer("c", slots(&[2, 3])));

    assert!(assignment.offer("d", slots(&[0])));

    assert_eq!(assignment.complete(), Some(vec!["d", "a", "b", "c"]));
}

#[test]
fn a_node_for_which_nobody_can_move_is_left_out() {
    let mut assignment = Assignment::of(nodes(3));
    assert!(assignment.offer("a", slots(&[0])));
    assert!(assignment.offer("b", slots(&[0, 1])));

    assert!(!assignment.offer("c", slots(&[0, 1])));

    assert_eq!(assignment.placed(), 2);
    assert!(!assignment.is_complete());
}

#[test]
fn an_assignment_is_complete_exactly_if_one_exists() {
    // Every way to accept 3 slots for 4 nodes, against trying all orders.
    for accepting in 0..8_u16.pow(4) {
        let of = |node: u32| Slots((accepting >> (3 * node)) & 0b111);
        let mut assignment = Assignment::of(nodes(3));
        for node in 0..4 {
            assignment.offer(node, of(node));
        }

        let fits = |a: u32, b: u32, c: u32| {
            let distinct = a != b && b != c && a != c;
            distinct && of(a).contains(0) && of(b).contains(1) && of(c).contains(2)
        };
        let exists = (0..64).any(|way| fits(way % 4, way / 4 % 4, way / 16));
        assert_eq!(assignment.is_complete(), exists, "slots accepted: {accepting:o}");
    }
}

#[test]
fn chance_is_below_its_bound_and_reaches_every_number() {
    for bound in 1..20 {
        let mut chance = worked_chance();
        let mut reached: Vec<u32> = (0..1_000).map(|_| chance.uniform(bound)).collect();
        reached.sort_unstable();
        reached.dedup();
        assert_eq!(reached, (0..bound).collect::<Vec<_>>());
    }
}

#[test]
fn slots_are_sixteen_bits() {
    assert!(Slots::all(nodes(16)).contains(15));
    assert!(!Slots::all(nodes(15)).contains(15));
    assert!(Slots::NONE.is_empty());
}

#[test]
fn a_word_that_would_favour_small_numbers_is_drawn_again() {
    // Of 2^32 words, the last 2^31 - 1 would give the smallest numbers a second time.
    let bound = (1_u32 << 31) + 1;
    let mut words = worked_chance();
    let fair: Vec<u32> =
        std::iter::repeat_with(|| words.word()).filter(|word| *word < bound).take(100).collect();

    let mut chance = worked_chance();
    let numbers: Vec<u32> = (0..100).map(|_| chance.uniform(bound)).collect();

    assert_eq!(numbers, fair);
    assert!(words.next_block > 100 / 8 + 1, "some words were refused");
}

#[test]
fn the_first_word_that_is_not_fair_is_drawn_again() {
    // For a bound above 2^31 the fair words are those below it, so that this bound is the first that
    // is not.
    let mut words = worked_chance();
    let mut chance = worked_chance();
    let bound = loop {
        let word = words.word();
        if word > 1 << 31 {
            break word;
        }
        chance.word();
    };
    let next = std::iter::repeat_with(|| words.word()).find(|word| *word < bound);

    assert_eq!(Some(chance.uniform(bound)), next);
}
