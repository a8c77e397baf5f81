//! The contract once more, from the same sources, with every mutant in it and none of them active.
//!
//! For the engine it is a contract of its own, `mutated_registry`. [`activate`] makes the hooks of
//! this thread behave as one [`Mutant`]; everything that judges them (reference model, invariants,
//! simulator) is linked to the real contract.

#![allow(clippy::all, unused_parens, unused_braces, unused_variables, unused_mut)]
#![allow(rustdoc::all, unreachable_code, missing_docs)] // the copy has its module headers as comment

#[macro_use]
extern crate pbc_contract_codegen;
extern crate pbc_lib as _;

use std::cell::Cell;

include!(concat!(env!("OUT_DIR"), "/contract/lib.rs"));

/// One deviation from the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// Its number in this build, from 1.
    pub number: usize,
    /// Its name, which is stable.
    pub id: &'static str,
    /// The source below `contract/src` that it changes.
    pub file: &'static str,
    /// The line of the change in that source.
    pub line: usize,
    /// What it does wrong, in words.
    pub what: &'static str,
    /// The properties that must notice it, such as `INV-05`.
    pub breaks: &'static [&'static str],
    /// What happens before the random part of its histories, if random calls do not lead there.
    pub opening: Option<&'static str>,
}

/// All mutants, in the order of `records/`.
pub const MUTANTS: &[Mutant] = include!(concat!(env!("OUT_DIR"), "/table.rs"));

thread_local! {
    static ACTIVE: Cell<usize> = const { Cell::new(0) };
}

/// Makes the contract of this thread behave as `mutant`; without one, as the real contract.
pub fn activate(mutant: Option<&Mutant>) {
    ACTIVE.set(mutant.map_or(0, |mutant| mutant.number));
}

/// Whether the mutant of this number is active on this thread.
fn active(number: usize) -> bool {
    ACTIVE.get() == number
}
