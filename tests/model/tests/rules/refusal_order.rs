//! The order of refusals of each row of 4.3.
//!
//! A row is a call that is accepted, and a fault for each code in the order of 4.3. Every fault
//! alone must give its code. Of every two faults the earlier one must win: it is put in first, so
//! that the later one is surely in place, and an earlier one that it covered up would be seen.

mod faults;
mod requests;
mod rows;

use std::collections::BTreeSet;

use reference_model::{Call, Context, Model};

/// A call, and the state and context that it meets.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) model: Model,
    pub(crate) call: Call,
    pub(crate) context: Context,
}

/// One code, and what brings it about.
type Fault = (&'static str, fn(&mut Case));

/// A row of 4.3.
struct Row {
    name: &'static str,
    accepted: Case,
    faults: Vec<Fault>,
    /// Pairs that no call can violate both.
    never_together: Vec<(&'static str, &'static str)>,
}

fn outcome(case: &Case) -> Option<&'static str> {
    let mut model = case.model.clone();
    let refusal = model.apply(&case.call, &case.context).err()?;
    assert_eq!(model, case.model, "refused: nothing changes");
    Some(refusal.code)
}

#[test]
fn every_fault_alone_gives_its_code() {
    for row in rows::all() {
        assert_eq!(outcome(&row.accepted), None, "{}", row.name);
        for (code, put_in) in &row.faults {
            let mut case = row.accepted.clone();
            put_in(&mut case);
            assert_eq!(outcome(&case), Some(*code), "{}", row.name);
        }
    }
}

#[test]
fn of_every_two_faults_the_earlier_one_is_reported() {
    for row in rows::all() {
        for (later_place, (later, put_in_later)) in row.faults.iter().enumerate() {
            for (earlier, put_in_earlier) in &row.faults[..later_place] {
                if row.never_together.contains(&(earlier, later)) {
                    continue;
                }
                let mut case = row.accepted.clone();
                put_in_earlier(&mut case);
                put_in_later(&mut case);
                let found = outcome(&case);
                assert_eq!(found, Some(*earlier), "{}: {earlier}, {later}", row.name);
            }
        }
    }
}

/// The places of 4.5, counted: how many codes each row has.
#[test]
fn every_row_has_as_many_codes_as_the_specification_counts() {
    let counted: Vec<(&str, usize)> =
        rows::all().iter().map(|row| (row.name, row.faults.len())).collect();
    // 14 and 18 without `node_outside_jurisdiction` (7.1: they have no lists); 1b·1 to 22, and
    // 1b·1 to 13 with 23.
    let expected = [
        ("00", 6),
        ("01", 5),
        ("0c", 2),
        ("0d", 2),
        ("1a", 2),
        ("11", 2),
        ("10", 2),
        ("0a", 3),
        ("15", 5),
        ("0b", 3),
        ("13", 2),
        ("06", 1),
        ("17", 2),
        ("16", 4),
        ("04", 7),
        ("08", 11),
        ("14", 18 - 1),
        ("18", 17 - 1),
        ("19", 10),
        ("1b, listed", 22),
        ("1b, drawn", 12),
        ("05", 1),
        ("12", 5),
        ("20", 2),
        ("07", 1),
        ("0e", 1),
    ];
    assert_eq!(counted, expected);
}

/// All codes of 4.5 that a call can get, but for creation, callbacks and decoding.
#[test]
fn all_codes_of_the_actions_are_reached() {
    let rows = rows::all();
    let codes: BTreeSet<&str> =
        rows.iter().flat_map(|row| row.faults.iter().map(|(code, _)| *code)).collect();
    assert_eq!(codes.len(), 44, "{codes:?}");
}
