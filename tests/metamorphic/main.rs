//! Relations between runs, on hundreds of random histories: what must come out of a history that was
//! changed in a way that must not matter, or must matter so and no other.
//!
//! Each relation is held against the contract on all of [`tape::TAPES`], and against engines that
//! break it on purpose, each of which it must find.
//!
//! M-13, native and WASM, is `tests/wasm_agreement`.
//!
//! Source: `registry.md` 12, last paragraph.

mod amounts;
mod bystanders;
mod bytes;
mod calls;
mod draws;
mod inserted;
mod lists;
mod tape;
mod times;
mod wrong;

use tape::{Make, TAPES, Tape, native};

/// A relation: what it finds otherwise than it must be, in one history; none if the history has
/// nothing to hold it against.
///
/// Returns how often it was held.
type Relation = fn(&Tape, Make) -> Result<usize, String>;

/// An engine that breaks a relation, with its name.
type Broken = (&'static str, Make);

/// Holds the relation against the contract on every history, and against all that break it.
fn check(id: &str, relation: Relation, least: usize, broken: &[Broken]) {
    let mut held = 0;
    for tape in TAPES.iter() {
        match relation(tape, native) {
            Ok(times) => held += times,
            Err(what) => panic!("{id}, seed {}: {what}", tape.seed),
        }
    }
    assert!(held >= least, "{id}: held {held} times only");
    for (name, make) in broken {
        let found = TAPES.iter().any(|tape| relation(tape, *make).is_err());
        assert!(found, "{id}: {name} is not found");
    }
    let engines = if broken.len() == 1 { "engine" } else { "engines" };
    let (histories, broken) = (TAPES.len(), broken.len());
    println!(
        "relation {id}: held {held} times on {histories} histories, {broken} broken {engines} found"
    );
}

/// Makes a test of each relation, and the list of their ids.
macro_rules! relations {
    ($($id:literal $test:ident: $relation:path, least $least:literal, found: $($broken:path),+;)+) => {
        const IDS: &[&str] = &[$($id),+];

        $(#[test]
        fn $test() {
            check($id, $relation, $least, &[$((stringify!($broken), $broken)),+]);
        })+
    };
}

relations! {
    "M-01" m_01_renaming_nodes_renames_the_outcome:
        bytes::renamed, least 200,
        found: wrong::favouring_low_addresses;
    "M-02" m_02_shifting_all_times_shifts_the_outcome:
        times::shifted, least 200,
        found: wrong::knowing_the_date, wrong::paying_by_the_date;
    "M-03" m_03_scaling_all_amounts_scales_the_outcome:
        amounts::scaled, least 200,
        found: wrong::refusing_large_amounts, wrong::paying_a_unit_more,
            wrong::extending_for_a_unit_less;
    "M-04" m_04_associating_in_two_parts_is_associating_the_sum:
        calls::in_two_parts, least 1_500,
        found: wrong::failing_odd_amounts;
    "M-05" m_05_refused_calls_change_nothing_wherever_they_come:
        inserted::refused_calls, least 20_000,
        found: wrong::writing_when_refusing, wrong::paying_by_the_number_of_calls;
    "M-06" m_06_extra_sweeps_change_no_later_outcome:
        inserted::sweeps, least 15_000,
        found: wrong::clearing_reserves_when_sweeping, wrong::paying_by_the_number_of_calls;
    "M-07" m_07_done_without_list_is_done_with_all_successes:
        calls::done_with_successes, least 1_000,
        found: wrong::failing_the_last;
    "M-08" m_08_the_order_of_lists_is_irrelevant:
        lists::shuffled, least 1_000,
        found: wrong::failing_the_last, wrong::blaming_by_the_last,
            wrong::reading_first_codes_only;
    "M-09" m_09_accounts_outside_the_roster_never_affect_a_draw:
        bystanders::with_bystanders, least 800,
        found: wrong::drawing_by_all_nodes, wrong::drawing_by_all_stake,
            wrong::drawing_by_the_disabled, wrong::drawing_by_the_resigned,
            wrong::paying_by_all_nodes;
    "M-10" m_10_asking_for_more_is_never_answered_with_more:
        draws::harder, least 1_000,
        found: wrong::ignoring_high_versions, wrong::taking_odd_stakes_for_small,
            wrong::ignoring_single_codes;
    "M-11" m_11_raising_a_reserve_never_brings_its_node_into_a_selection:
        draws::with_more_reserve, least 3_000,
        found: wrong::clearing_raised_reserves, wrong::drawing_by_all_reserves;
    "M-12" m_12_a_re_request_is_an_end_and_a_request:
        calls::re_requested_in_two, least 1_000,
        found: wrong::failing_the_last, wrong::drawing_again_otherwise;
    "encode and decode" encoding_and_decoding_the_state_in_the_middle_changes_nothing:
        bytes::restored, least 200,
        found: wrong::remembering_calls, wrong::paying_by_the_number_of_calls;
}

#[test]
fn every_relation_of_the_specification_is_checked() {
    for number in 1..=12 {
        let id = format!("M-{number:02}");
        assert!(IDS.contains(&id.as_str()), "{id} is not");
    }
}
