//! Relations between runs, on hundreds of random histories: what must come out of a history that was
//! changed in a way that must not matter, or must matter so and no other.
//!
//! Each relation is held against the contract on all of [`tape::TAPES`], and against an engine that
//! breaks it on purpose, which it must find.
//!
//! M-13, native and WASM, is `tests/wasm_agreement`.
//!
//! Source: `registry.md` 12, last paragraph.

mod bytes;
mod calls;
mod draws;
mod inserted;
mod tape;
mod values;
mod wrong;

use tape::{Make, TAPES, Tape, native};

/// A relation: what it finds otherwise than it must be, in one history; none if the history has
/// nothing to hold it against.
///
/// Returns how often it was held.
type Relation = fn(&Tape, Make) -> Result<usize, String>;

/// Holds the relation against the contract on every history, and against one that breaks it.
fn check(relation: Relation, least: usize, broken: Make) {
    let mut held = 0;
    for tape in TAPES.iter() {
        match relation(tape, native) {
            Ok(times) => held += times,
            Err(what) => panic!("seed {}: {what}", tape.seed),
        }
    }
    assert!(held >= least, "held {held} times only");
    let found = TAPES.iter().any(|tape| relation(tape, broken).is_err());
    assert!(found, "an engine that breaks it is not found");
}

#[test]
fn m_01_renaming_nodes_renames_the_outcome() {
    check(bytes::renamed, 200, wrong::favouring_low_addresses);
}

#[test]
fn m_02_shifting_all_times_shifts_the_outcome() {
    check(values::shifted, 100, wrong::knowing_the_date);
}

#[test]
fn m_03_scaling_all_amounts_scales_the_outcome() {
    check(values::scaled, 100, wrong::refusing_large_amounts);
}

#[test]
fn m_04_associating_in_two_parts_is_associating_the_sum() {
    check(calls::in_two_parts, 200, wrong::failing_odd_amounts);
}

#[test]
fn m_05_refused_calls_change_nothing_wherever_they_come() {
    check(inserted::refused_calls, 2_000, wrong::writing_when_refusing);
}

#[test]
fn m_06_extra_sweeps_change_no_later_outcome() {
    check(inserted::sweeps, 500, wrong::clearing_reserves_when_sweeping);
}

#[test]
fn m_07_done_without_list_is_done_with_all_successes() {
    check(calls::done_with_successes, 50, wrong::failing_the_last);
}

#[test]
fn m_08_the_order_of_lists_is_irrelevant() {
    check(calls::shuffled, 50, wrong::failing_the_last);
}

#[test]
fn m_09_accounts_outside_the_roster_never_affect_a_draw() {
    check(draws::with_bystanders, 100, wrong::drawing_by_all_records);
}

#[test]
fn m_10_asking_for_more_is_never_answered_with_more() {
    check(draws::harder, 50, wrong::ignoring_high_versions);
}

#[test]
fn m_11_raising_a_reserve_never_brings_its_node_into_a_selection() {
    check(draws::with_more_reserve, 50, wrong::clearing_raised_reserves);
}

#[test]
fn m_12_a_re_request_is_an_end_and_a_request() {
    check(calls::re_requested_in_two, 10, wrong::failing_the_last);
}

#[test]
fn encoding_and_decoding_the_state_in_the_middle_changes_nothing() {
    check(bytes::restored, 200, wrong::remembering_calls);
}
