//! Runs histories of one mutant until somebody notices it.
//!
//! Each history goes to the mutant and to the reference model at once, and the invariant library
//! watches the mutant. It is killed by the first difference of any kind. The hunt goes on until each
//! property that the record names has noticed it as well: after a difference the model takes the
//! mutant's word.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use mutated_registry::{Mutant, activate};
use registry_tests::History;
use zkreg::chain::EngineContract;
use zkreg::engine::NativeEngine;
use zkreg::invariants::probes::PROBED;
use zkreg::invariants::{Findings, Property, WatchedEngine};

use crate::{openings, views};

/// The contract of this crate, as the table of entry points has it.
pub(crate) const MUTATED: &str = "mutated_registry";

/// Steps of one history, besides its opening.
const STEPS: usize = 400;

/// The views are compared once in so many steps.
const VIEWS_EVERY: usize = 8;

/// What a hunt has found.
#[derive(Debug, Default)]
pub(crate) struct Hunt {
    /// Calls and callbacks delivered so far.
    pub(crate) actions: u64,
    /// After how many of them the mutant was noticed first, and by what: `model: …`, the ids of
    /// properties, `view: …`, `panic: …`.
    pub(crate) killed: Option<(u64, Vec<String>)>,
    /// After how many each property noticed it.
    pub(crate) properties: BTreeMap<Property, u64>,
}

/// The properties that a record names.
///
/// # Panics
///
/// If a record names one that does not exist: a mistake in `records/`.
pub(crate) fn named(mutant: &Mutant) -> BTreeSet<Property> {
    let property = |id: &&str| {
        let known = Property::ALL.iter().find(|property| property.id() == *id);
        *known.unwrap_or_else(|| panic!("`{}` names {id}, which is no property", mutant.id))
    };
    mutant.breaks.iter().map(property).collect()
}

impl Hunt {
    /// Hunts a mutant over at most `limit` actions. With `all` it goes through all of them, to see
    /// which properties notice it at all.
    pub(crate) fn of(mutant: &Mutant, limit: u64, all: bool) -> Hunt {
        activate(Some(mutant));
        let wanted = named(mutant);
        let mut hunt = Hunt::default();
        for seed in 0.. {
            let is_over = hunt.killed.is_some() && hunt.lacks(&wanted).is_empty() && !all;
            if is_over || hunt.actions >= limit {
                break;
            }
            let probes = all || hunt.lacks(&wanted).iter().any(|it| PROBED.contains(it));
            let stop =
                |hunt: &Hunt| !all && hunt.killed.is_some() && hunt.lacks(&wanted).is_empty();
            hunt.go_through(seed, mutant.opening, probes, &stop);
        }
        activate(None);
        hunt
    }

    /// Histories in which no mutant is active: what is found in them is a mistake of the hunters.
    pub(crate) fn of_nothing(histories: u64) -> Hunt {
        activate(None);
        let mut hunt = Hunt::default();
        let openings = openings::ALL.iter().map(|opening| Some(opening.0)).chain([None]);
        for (seed, opening) in (0..histories).zip(openings.cycle()) {
            hunt.go_through(seed, opening, true, &|_| false);
        }
        hunt
    }

    /// Which of these properties have not noticed the mutant.
    pub(crate) fn lacks(&self, wanted: &BTreeSet<Property>) -> Vec<Property> {
        wanted.iter().filter(|it| !self.properties.contains_key(it)).copied().collect()
    }

    /// One history, until `stop` says so.
    fn go_through(
        &mut self,
        seed: u64,
        opening: Option<&str>,
        probes: bool,
        stop: &dyn Fn(&Hunt) -> bool,
    ) {
        let (engine, findings) = WatchedEngine::new(NativeEngine::of(MUTATED));
        let before = self.actions;
        // A mutant can leave a state that nothing can read. The history ends there.
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            if let Some(difference) = opening.and_then(openings::at_creation) {
                self.notice(vec![difference]);
            }
            let mut history = History::doubtful(engine, seed);
            self.look(&mut history, &findings, before);
            if let Some(opening) = opening {
                openings::play(opening, &mut history, &findings);
                self.look(&mut history, &findings, before);
            }
            for step in 0..STEPS {
                if stop(self) {
                    return;
                }
                let answer = history.step();
                self.look(&mut history, &findings, before);
                if let Err(difference) = &answer {
                    self.notice(vec![format!("model: {difference}")]);
                    return;
                }
                let was_taken = matches!(&answer, Ok((_, answer)) if answer == "accepted");
                if probes && was_taken {
                    self.probe(&history, &findings);
                }
                if step % VIEWS_EVERY == 0
                    && let Some(difference) = views::difference(&history)
                {
                    self.notice(vec![format!("view: {difference}")]);
                }
            }
        }));
        if let Err(payload) = outcome {
            self.actions = before + findings.steps() as u64;
            self.note(&findings, Vec::new());
            let text = payload.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
            self.notice(vec![format!("panic: {}", text.unwrap_or("of another kind"))]);
        }
    }

    /// Notes what the last steps have shown.
    fn look<E>(&mut self, history: &mut History<E>, findings: &Findings, before: u64)
    where
        E: zkreg::engine::Engine + Clone,
    {
        self.actions = before + findings.steps() as u64;
        let difference = history.take_difference();
        let by_model = difference.map(|it| format!("model: {}", it.fields.join(", ")));
        self.note(findings, by_model.into_iter().collect());
    }

    fn note(&mut self, findings: &Findings, mut by: Vec<String>) {
        let broken: BTreeSet<Property> =
            findings.take().iter().map(|violation| violation.property).collect();
        for property in broken {
            self.properties.entry(property).or_insert(self.actions);
            by.push(property.id().to_owned());
        }
        if !by.is_empty() {
            self.notice(by);
        }
    }

    fn notice(&mut self, by: Vec<String>) {
        let actions = self.actions;
        self.killed.get_or_insert((actions, by));
    }

    /// Tries what only trying shows on a branch of the mutant.
    fn probe<E>(&mut self, history: &History<E>, findings: &Findings)
    where
        E: zkreg::engine::Engine + Clone,
    {
        let registry = history.registry();
        let (root, trees) = (registry.state.clone(), registry.trees.clone());
        let engine = Box::new(NativeEngine::of(MUTATED));
        let contract = EngineContract::restore(root, trees, engine);
        let broken: BTreeSet<Property> =
            findings.probe(&contract).iter().map(|violation| violation.property).collect();
        for property in broken {
            self.properties.entry(property).or_insert(self.actions);
            self.notice(vec![property.id().to_owned()]);
        }
    }
}
