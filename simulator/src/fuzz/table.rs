//! What each action can answer, as data: the rows of the specification, and the decoding codes that
//! its arguments can give.
//!
//! A pair of an action and an outcome is a [`Place`]. Histories count how often they come to each;
//! one that is never reached is a gap, unless [`UNREACHABLE`] says why nobody can reach it.
//!
//! Source: `registry.md` 4.3 to 4.5; `contract/README.md` has the same table, and a test compares.

use std::fmt;

use pbc_lib::Failure;

use crate::call::FIRST_CALLBACK;
use crate::invariants::{Answer, Delivery};

/// A row: what an action, a callback or the creation can answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action {
    /// Its number in hex digits, [`CREATE`], or [`OTHER`].
    pub name: &'static str,
    /// Whether there is an accepted call of it.
    pub can_be_accepted: bool,
    /// Its codes, in the order of the specification.
    pub codes: &'static [&'static str],
    /// The decoding codes that its arguments can give.
    pub decoding: &'static [&'static str],
}

/// The name of creation in the table.
pub const CREATE: &str = "ffffffff0f";
/// The name for calls of nothing that there is.
pub const OTHER: &str = "other";

const TRUNCATED: &str = "truncated";
const TRAILING: &str = "trailing_bytes";
const LENGTH: &str = "invalid_length";
const UTF8: &str = "invalid_utf8";
const ADDRESS: &str = "invalid_address_type";
const DISCRIMINANT: &str = "invalid_discriminant";

/// No arguments.
const NOTHING: &[&str] = &[TRAILING];
/// Numbers, and options of them.
const NUMBERS: &[&str] = &[TRUNCATED, TRAILING];
/// A text, and perhaps numbers.
const TEXT: &[&str] = &[TRUNCATED, TRAILING, LENGTH, UTF8];
/// Addresses and numbers.
const ADDRESSES: &[&str] = &[TRUNCATED, TRAILING, ADDRESS];
/// Lists of numbers, and numbers.
const LISTS: &[&str] = &[TRUNCATED, TRAILING, LENGTH];
/// Lists, addresses and numbers.
const ADDRESS_LISTS: &[&str] = &[TRUNCATED, TRAILING, LENGTH, ADDRESS];
/// Lists of statuses, and the others.
const STATUSES: &[&str] = &[TRUNCATED, TRAILING, LENGTH, ADDRESS, DISCRIMINANT];
/// An address and a text.
const ADDRESS_AND_TEXT: &[&str] = &[TRUNCATED, TRAILING, LENGTH, UTF8, ADDRESS];

const fn row(
    name: &'static str,
    codes: &'static [&'static str],
    decoding: &'static [&'static str],
) -> Action {
    Action { name, can_be_accepted: true, codes, decoding }
}

/// Every row, in the order of the specification: creation, actions, callbacks, and what is none of
/// these.
#[rustfmt::skip]
pub const ACTIONS: [Action; 32] = [
    row(CREATE, &["stake_token_not_contract", "minimum_negative"], ADDRESSES),
    row("00", &[
        "caller_not_account", "endpoint_empty", "endpoint_too_long", "endpoint_control_character",
        "endpoint_not_https", "already_registered",
    ], TEXT),
    row("01", &[
        "not_registered", "endpoint_empty", "endpoint_too_long", "endpoint_control_character",
        "endpoint_not_https",
    ], TEXT),
    row("0c", &["not_registered", "version_negative"], NUMBERS),
    row("0d", &["not_registered", "jurisdiction_out_of_range"], NUMBERS),
    row("1a", &["not_registered", "version_negative"], NUMBERS),
    row("11", &["not_registered", "open_allocations"], NOTHING),
    row("10", &["not_voting", "node_unknown"], ADDRESSES),
    row("0a", &["caller_not_account", "amount_not_positive", "balance_overflow"], NUMBERS),
    row("15", &[
        "caller_not_account", "amount_not_positive", "expiration_in_past", "expiration_mismatch",
        "balance_overflow",
    ], NUMBERS),
    row("0b", &["amount_not_positive", "no_stake_entry", "insufficient_free"], NUMBERS),
    row("13", &["amount_negative", "no_stake_entry"], NUMBERS),
    row("06", &["no_stake_entry"], NOTHING),
    row("17", &["expiration_in_past", "no_stake_entry"], NUMBERS),
    row("16", &["no_stake_entry", "no_expiration", "not_expired", "nothing_free"], ADDRESSES),
    row("04", &[
        "not_zk_contract_deploy", "not_a_served_contract", "node_count_out_of_range",
        "amount_not_positive", "total_stakes_below_minimum", "computation_exists",
        "not_enough_nodes",
    ], ADDRESSES),
    row("08", &[
        "not_zk_contract_deploy", "list_too_long", "not_a_served_contract",
        "node_count_out_of_range", "amount_not_positive", "total_stakes_below_minimum",
        "jurisdiction_lists_mismatch", "jurisdiction_out_of_range", "version_negative",
        "computation_exists", "not_enough_nodes",
    ], ADDRESS_LISTS),
    row("14", &[
        "not_zk_contract_deploy", "list_too_long", "not_a_served_contract", "amount_not_positive",
        "total_stakes_below_minimum", "version_negative", "node_count_out_of_range",
        "duplicate_node", "computation_exists", "node_unknown", "node_resigned", "node_disabled",
        "node_version_too_low", "node_outside_jurisdiction", "node_understaked", "node_expired",
        "node_at_capacity", "node_insufficient_free",
    ], ADDRESS_LISTS),
    row("18", &[
        "not_a_served_contract", "list_too_long", "amount_not_positive",
        "total_stakes_below_minimum", "version_negative", "node_count_out_of_range",
        "duplicate_node", "computation_exists", "node_unknown", "node_resigned", "node_disabled",
        "node_version_too_low", "node_outside_jurisdiction", "node_understaked", "node_expired",
        "node_at_capacity", "node_insufficient_free",
    ], ADDRESS_LISTS),
    row("19", &[
        "not_a_served_contract", "list_too_long", "node_count_out_of_range", "amount_not_positive",
        "total_stakes_below_minimum", "jurisdiction_lists_mismatch", "jurisdiction_out_of_range",
        "version_negative", "computation_exists", "not_enough_nodes",
    ], LISTS),
    row("1b", &[
        "no_computation", "list_too_long", "node_count_out_of_range", "amount_not_positive",
        "total_stakes_below_minimum", "jurisdiction_lists_mismatch", "jurisdiction_out_of_range",
        "version_negative", "node_count_mismatch", "duplicate_node", "status_node_foreign",
        "status_node_repeated", "status_node_missing", "node_unknown", "node_resigned",
        "node_disabled", "node_version_too_low", "node_outside_jurisdiction", "node_understaked",
        "node_expired", "node_at_capacity", "node_insufficient_free", "not_enough_nodes",
    ], STATUSES),
    row("05", &["no_computation"], NOTHING),
    row("12", &[
        "no_computation", "list_too_long", "status_node_foreign", "status_node_repeated",
        "status_node_missing",
    ], STATUSES),
    row("20", &["not_zk_contract_deploy", "no_computation"], ADDRESSES),
    row("07", &["no_computation"], ADDRESSES),
    row("0e", &["no_computation"], ADDRESSES),
    row("30", &["callback_data_invalid"], ADDRESS_AND_TEXT),
    row("31", &["callback_unexpected"], ADDRESSES),
    row("32", &["callback_unexpected"], ADDRESSES),
    row("33", &[], ADDRESSES),
    row("34", &[], ADDRESSES),
    Action {
        name: OTHER,
        can_be_accepted: false,
        codes: &["malformed_shortname", "unknown_action"],
        decoding: &[],
    },
];

/// A pair that nobody can reach, with the proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreachable {
    /// The action.
    pub action: &'static str,
    /// Its outcomes.
    pub outcomes: &'static [&'static str],
    /// Why.
    pub proof: &'static str,
}

const NO_LISTS: &str = "the call has no jurisdiction lists, so every slot takes every jurisdiction \
                        (registry.md 7.1: \"places 14·14 and 18·13 never occur\")";
const OWN_BYTES: &str = "only the chain delivers callbacks, with the bytes that the registry asked \
                         for; every callback that it asks for is decoded here when it does, and one \
                         that cannot be is a breach";

/// The pairs that nobody can reach.
#[rustfmt::skip]
pub const UNREACHABLE: [Unreachable; 7] = [
    Unreachable { action: "14", outcomes: &["node_outside_jurisdiction"], proof: NO_LISTS },
    Unreachable { action: "18", outcomes: &["node_outside_jurisdiction"], proof: NO_LISTS },
    Unreachable { action: "30", outcomes: ADDRESS_AND_TEXT, proof: OWN_BYTES },
    Unreachable { action: "31", outcomes: ADDRESSES, proof: OWN_BYTES },
    Unreachable { action: "32", outcomes: ADDRESSES, proof: OWN_BYTES },
    Unreachable { action: "33", outcomes: ADDRESSES, proof: OWN_BYTES },
    Unreachable { action: "34", outcomes: ADDRESSES, proof: OWN_BYTES },
];

/// What came of a call: acceptance, or a refusal with a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// The call was accepted.
    Accepted,
    /// It was refused with this code.
    Refused(&'a str),
}

impl<'a> Outcome<'a> {
    /// The outcome of an answer; `None` if the registry broke down.
    pub fn of(answer: &'a Answer) -> Option<Outcome<'a>> {
        Outcome::of_creation(answer)
    }

    /// The outcome of creating a registry; `None` if it broke down.
    pub fn of_creation<R>(created: &'a Result<R, Failure>) -> Option<Outcome<'a>> {
        match created {
            Ok(_) => Some(Outcome::Accepted),
            Err(Failure::Refused { code, .. }) => Some(Outcome::Refused(code)),
            Err(Failure::Trap { .. }) => None,
        }
    }
}

impl fmt::Display for Outcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Outcome::Accepted => ACCEPTED,
            Outcome::Refused(code) => code,
        })
    }
}

/// How acceptance is called in the table.
pub const ACCEPTED: &str = "accepted";

/// A pair of an action and an outcome that it can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    row: u8,
    column: u8,
}

impl Action {
    /// Its outcomes, in the order of the table.
    pub fn outcomes(&self) -> impl Iterator<Item = &'static str> + use<> {
        let accepted = self.can_be_accepted.then_some(ACCEPTED);
        accepted.into_iter().chain(self.codes.iter().copied()).chain(self.decoding.iter().copied())
    }
}

/// The row for what a delivery calls.
pub fn action_of(delivery: &Delivery) -> &'static Action {
    &ACTIONS[row_of(delivery)]
}

fn row_of(delivery: &Delivery) -> usize {
    let shortname = delivery.rpc.first().copied().unwrap_or(u8::MAX);
    let is_callback = delivery.callback.is_some();
    let fits = |name: &str| {
        u8::from_str_radix(name, 16)
            .is_ok_and(|number| number == shortname && (number >= FIRST_CALLBACK) == is_callback)
    };
    ACTIONS.iter().position(|action| fits(action.name)).unwrap_or(ACTIONS.len() - 1)
}

impl Place {
    /// The most outcomes that an action has.
    const COLUMNS: usize = 32;
    /// How many numbers there are for places.
    pub const COUNT: usize = ACTIONS.len() * Place::COLUMNS;

    /// The place of an outcome of a delivery; `None` if it is not in the row.
    pub fn of(delivery: &Delivery, outcome: Outcome<'_>) -> Option<Place> {
        Place::in_row(row_of(delivery), outcome)
    }

    /// The place of an outcome of creation; `None` if it is not in the row.
    pub fn of_creation(outcome: Outcome<'_>) -> Option<Place> {
        Place::in_row(0, outcome)
    }

    /// The place of `outcome` in the row of `action`, both as the table spells them.
    pub fn named(action: &str, outcome: &str) -> Option<Place> {
        let row = ACTIONS.iter().position(|it| it.name == action)?;
        let outcome =
            if outcome == ACCEPTED { Outcome::Accepted } else { Outcome::Refused(outcome) };
        Place::in_row(row, outcome)
    }

    fn in_row(row: usize, outcome: Outcome<'_>) -> Option<Place> {
        let action = ACTIONS.get(row)?;
        let column = match outcome {
            Outcome::Accepted => action.can_be_accepted.then_some(0)?,
            Outcome::Refused(code) => {
                let column = action.outcomes().position(|it| it == code)?;
                if column == 0 && action.can_be_accepted {
                    return None; // no code is spelled like acceptance
                }
                column
            }
        };
        Some(Place { row: row.try_into().ok()?, column: column.try_into().ok()? })
    }

    /// All places, in the order of the table.
    pub fn all() -> impl Iterator<Item = Place> {
        (0_u8..).zip(&ACTIONS).flat_map(|(row, action)| {
            (0_u8..).zip(action.outcomes()).map(move |(column, _)| Place { row, column })
        })
    }

    /// A number below [`Place::COUNT`], for tables.
    pub fn index(self) -> usize {
        usize::from(self.row) * Place::COLUMNS + usize::from(self.column)
    }

    /// The action, as the table spells it.
    pub fn action(self) -> &'static str {
        ACTIONS[usize::from(self.row)].name
    }

    /// The outcome, as the table spells it.
    pub fn outcome(self) -> &'static str {
        let action = &ACTIONS[usize::from(self.row)];
        action.outcomes().nth(usize::from(self.column)).expect("invariant: places are in the table")
    }

    /// Why nobody can reach it, if that is so.
    pub fn unreachable(self) -> Option<&'static str> {
        let (action, outcome) = (self.action(), self.outcome());
        let found =
            UNREACHABLE.iter().find(|it| it.action == action && it.outcomes.contains(&outcome));
        found.map(|it| it.proof)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.action(), self.outcome())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Call;
    use crate::engine::CALL_CODES;

    /// The rows between two marks of `contract/README.md`: number and codes.
    fn documented() -> Vec<(String, Vec<String>)> {
        let rows = include_str!("../../../contract/README.md").lines();
        let rows = rows.filter(|line| line.starts_with("| `"));
        rows.map(|row| {
            let mut quoted = row.split('`').skip(1).step_by(2).map(str::to_owned);
            let number = quoted.next().expect("a shortname");
            (number, quoted.skip(1).collect())
        })
        .collect()
    }

    #[test]
    fn the_table_is_that_of_the_contract() {
        let ours = ACTIONS[..ACTIONS.len() - 1].iter().map(|action| {
            let codes = action.codes.iter().map(|code| (*code).to_owned());
            (action.name.to_owned(), codes.collect::<Vec<String>>())
        });
        assert_eq!(ours.collect::<Vec<_>>(), documented());
    }

    #[test]
    fn the_decoding_codes_are_those_of_the_argument_types() {
        for (shortname, name) in Call::ALL {
            let (_, function) = crate::host::by_shortname(crate::rpc::abi(), *shortname)
                .unwrap_or_else(|| panic!("{name} is in the ABI"));
            let mut codes = vec![TRAILING];
            let specs = function.arguments.iter();
            specs.for_each(|argument| arguments::codes(&argument.spec, &mut codes));
            codes.sort_unstable();
            codes.dedup();
            let row = ACTIONS.iter().find(|row| row.name == format!("{shortname:02x}")).unwrap();
            let mut ours = row.decoding.to_vec();
            ours.sort_unstable();
            assert_eq!(ours, codes, "{name}");
        }
    }

    #[test]
    fn every_code_of_a_call_is_somewhere_in_the_table() {
        for code in CALL_CODES {
            let found = ACTIONS.iter().any(|row| row.outcomes().any(|it| it == code));
            assert!(found, "{code}");
        }
    }

    #[test]
    fn places_have_numbers_and_names_of_their_own() {
        let mut indices: Vec<usize> = Place::all().map(Place::index).collect();
        indices.dedup();
        assert_eq!(indices.len(), Place::all().count());
        assert!(indices.iter().all(|index| *index < Place::COUNT));
        for place in Place::all() {
            assert_eq!(Place::named(place.action(), place.outcome()), Some(place), "{place}");
        }
        assert_eq!(Place::named("0b", "node_unknown"), None);
        assert_eq!(Place::named(OTHER, ACCEPTED), None);
    }

    #[test]
    fn what_is_unreachable_is_in_the_table() {
        for it in UNREACHABLE {
            for outcome in it.outcomes {
                let place = Place::named(it.action, outcome).expect("a pair of the table");
                assert!(place.unreachable().is_some());
            }
        }
    }

    /// What can be wrong with the bytes of an argument, by its type.
    mod arguments {
        use pbc_host::{NamedType, Simple, TypeSpec};

        use super::*;

        pub(super) fn codes(spec: &TypeSpec, found: &mut Vec<&'static str>) {
            match spec {
                TypeSpec::Simple(Simple::Bool) => found.push(TRUNCATED),
                TypeSpec::Simple(Simple::String) => found.extend([TRUNCATED, LENGTH, UTF8]),
                TypeSpec::Simple(Simple::Address) => found.extend([TRUNCATED, ADDRESS]),
                TypeSpec::Simple(_) => found.push(TRUNCATED),
                TypeSpec::Vec(of) => {
                    found.extend([TRUNCATED, LENGTH]);
                    codes(of, found);
                }
                TypeSpec::Option(of) => {
                    found.push(TRUNCATED);
                    codes(of, found);
                }
                TypeSpec::Named(index) => match &crate::rpc::abi().types[usize::from(*index)] {
                    NamedType::Struct { fields, .. } => {
                        fields.iter().for_each(|field| codes(&field.spec, found));
                    }
                    NamedType::Enum { .. } => found.extend([TRUNCATED, DISCRIMINANT]),
                },
                other => panic!("an argument of type {other:?}"),
            }
        }
    }
}
