//! The invariant library: every property is broken once, by exactly what breaks it, and the real
//! contract breaks none.

mod answers;
mod broken;
mod states;
mod steps;
mod story;
mod tried;
mod valid;

use std::collections::BTreeSet;

use zkreg::invariants::{Property, Violation};

/// The properties that are broken, each once.
fn ids(found: &[Violation]) -> BTreeSet<Property> {
    found.iter().map(|violation| violation.property).collect()
}

/// A hand-made breach: which property it is about, all that it breaks, and how it is made. Where
/// more than one property breaks, the others follow from it.
type Case = (Property, &'static [Property], fn() -> Vec<Violation>);

#[track_caller]
fn check(cases: &[Case]) {
    for (number, (property, breaks, make)) in cases.iter().enumerate() {
        let found = make();
        let expected: BTreeSet<Property> = breaks.iter().copied().collect();
        assert_eq!(ids(&found), expected, "case {number}, for {property}: {found:#?}");
        assert!(expected.contains(property), "case {number} is about {property}");
    }
}

#[test]
fn every_property_is_broken_by_some_case() {
    let cases = [states::CASES, steps::CASES, answers::CASES, tried::CASES].concat();
    let broken: BTreeSet<Property> = cases.iter().map(|(property, ..)| *property).collect();
    for property in Property::ALL {
        assert!(broken.contains(property), "nothing breaks {property}, {}", property.name());
    }
}

#[test]
fn a_broken_state_breaks_exactly_what_it_should() {
    check(states::CASES);
}

#[test]
fn a_broken_step_breaks_exactly_what_it_should() {
    check(steps::CASES);
}

#[test]
fn a_wrong_answer_breaks_exactly_what_it_should() {
    check(answers::CASES);
}

#[test]
fn what_is_refused_on_a_branch_breaks_exactly_what_it_should() {
    check(tried::CASES);
}

#[test]
fn properties_have_ids_names_and_statements() {
    let ids: Vec<&str> = Property::ALL.iter().map(|property| property.id()).collect();
    let numbered = (1..=33).map(|n| format!("INV-{n:02}"));
    let expected: Vec<String> = numbered.chain((1..=14).map(|n| format!("T-{n:02}"))).collect();
    assert_eq!(ids, expected);
    for property in Property::ALL {
        assert!(property.statement().ends_with('.') && !property.name().is_empty());
    }
}
