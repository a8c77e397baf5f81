//! Random histories, with faults, against any registry: made from seeds, checked after each step,
//! shrunk when something is wrong.
//!
//! - [`make`] makes the [`History`] of a seed; [`History::to_text`] and [`History::parse`] keep it.
//! - [`run`] delivers a history to a registry that a [`Maker`] makes, with every invariant checked
//!   after each step, and tells the first [`Failure`] with its step. [`native`] makes the real
//!   registry; [`Engines`] those of any [`Engine`](crate::engine::Engine); whoever has another
//!   implementation of [`Registry`](crate::invariants::Registry) writes a `Maker`.
//! - [`Witness`] is for whoever has a second opinion, such as a reference model.
//! - [`Driver`] and [`Generator`] are the parts, for those who have a loop of their own.
//!
//! ```
//! use zkreg::fuzz::{self, Rigour};
//!
//! let maker = fuzz::native();
//! let history = fuzz::make(7, &maker, 100);
//! let ran = fuzz::run(&maker, &history, Rigour::default(), &mut ());
//! assert!(ran.failure.is_none() && ran.tally.actions() > 0);
//! ```
//!
//! Any part of the steps of a history is a history: steps say when they happen, and callbacks that
//! are not under way are left out. So lists of steps can be cut, joined and permuted freely, and a
//! proptest strategy over seeds and lengths shrinks well.
//!
//! Not here: rules of the registry. Files, terminals and exit status are the command's.

pub mod campaign;
pub mod cast;
pub mod corpus;
mod driver;
mod evidence;
mod generate;
pub mod glance;
mod history;
pub mod report;
mod shrink;
mod story;
pub mod table;
mod tally;
mod witness;

pub use self::driver::{Begun, Driver, Engines, Maker, Rigour, Told, UnderWay, native};
pub use self::evidence::Evidence;
pub use self::generate::Generator;
pub use self::history::{Deed, History, NoHistory, Origin, Start, Step};
pub use self::shrink::{shrink, shrink_within};
pub use self::story::Story;
pub use self::table::Place;
pub use self::tally::Tally;
pub use self::witness::{Breach, Objection, Scene, Witness};

/// What must not be, and at which step of a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The index of the step in the history; `None` if it was there before the first, the number of
    /// steps if it showed at the end.
    pub step: Option<usize>,
    /// What is wrong.
    pub breaches: Vec<Breach>,
}

/// How a history went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// What was called and answered, up to the failure.
    pub tally: Tally,
    /// The first thing that went wrong.
    pub failure: Option<Failure>,
}

/// The first `length` steps of the history of `seed`, as they are made for the registries of
/// `maker`; the same for all that answer alike. A registry that goes wrong ends it.
pub fn make<M: Maker>(seed: u64, maker: &M, length: usize) -> History {
    let (start, mut generator) = Generator::of(seed);
    let mut steps = Vec::new();
    if let Some(mut driver) = Driver::begin(maker, &start, Rigour::STEPS, &mut ()).driver {
        for _ in 0..length {
            let step = generator.next(&driver);
            let told = driver.step(&step, &mut ());
            steps.push(step);
            if told.is_some_and(|told| !told.breaches.is_empty()) {
                break;
            }
        }
    }
    History { start, steps }
}

/// Delivers a history, up to the first step at which something is wrong.
pub fn run<M: Maker>(
    maker: &M,
    history: &History,
    rigour: Rigour,
    witness: &mut dyn Witness,
) -> Ran {
    let mut ran = Ran::default();
    let begun = Driver::begin(maker, &history.start, rigour, witness);
    begun.places.iter().for_each(|place| ran.tally.count(*place));
    if !begun.breaches.is_empty() {
        ran.failure = Some(Failure { step: None, breaches: begun.breaches });
        return ran;
    }
    let Some(mut driver) = begun.driver else { return ran };
    for (index, step) in history.steps.iter().enumerate() {
        let Some(told) = driver.step(step, witness) else { continue };
        if let Some(place) = told.place {
            ran.tally.count(place);
        }
        if !told.breaches.is_empty() {
            ran.failure = Some(Failure { step: Some(index), breaches: told.breaches });
            return ran;
        }
    }
    let breaches = driver.end(witness);
    if !breaches.is_empty() {
        ran.failure = Some(Failure { step: Some(history.steps.len()), breaches });
    }
    ran
}

#[cfg(test)]
mod tests;
