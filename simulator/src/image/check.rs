//! The invariants that loading checks: a state that breaks one was not written by a registry.
//!
//! What an invariant is, [`crate::invariants`] says; here is only which ones, and in which order.
//! Other breaches are findings (`oddities`).
//!
//! Source: `registry.md` 4.5, row `state_invariant`; 12.1.

use super::load::LoadError;
use crate::invariants::state::{
    StateCheck, engines_are_distinct, inv_01, inv_02, inv_03, inv_04, inv_08, inv_11, inv_13,
    inv_19, shares_are_positive,
};
use crate::invariants::{Facts, Scope, Violation};

/// Notes each place that breaks an invariant, ascending by tree and key.
pub(super) fn broken_invariants(facts: &Facts, errors: &mut Vec<LoadError>) {
    let mut broken = Vec::new();
    let mut run = |checks: &[StateCheck], scope: &Scope| {
        checks.iter().for_each(|check| check(facts, scope, &mut broken));
    };
    for account in facts.staked_tokens.keys() {
        run(&[inv_01, inv_02, inv_11, inv_03, inv_04], &Scope::account(*account));
    }
    for account in facts.zk_nodes.keys() {
        run(&[inv_13], &Scope::account(*account));
    }
    for contract in facts.computations.keys() {
        run(&[engines_are_distinct, shares_are_positive], &Scope::contract(*contract));
    }
    let whole = Scope::whole(facts);
    run(&[inv_08], &whole);
    // Views of the contract are for records without negative amounts and sums out of range.
    if broken.is_empty() {
        inv_19(facts, &whole, &mut broken);
    }
    errors.extend(broken.into_iter().map(|Violation { property, place, found, .. }| {
        LoadError::Invariant { id: property.id(), path: place, values: found }
    }));
}
