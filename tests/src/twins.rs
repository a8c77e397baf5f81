//! Two engines that must agree, call by call, and the fewest steps that show where they do not.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use pbc_lib::{Export, Failure, Trees};
use zkreg::engine::Engine;
use zkreg::fuzz::{Driver, Engines, Generator, History, Rigour, Story, run, shrink};
use zkreg::json::{self, Layout};

/// Runs each call on both engines and notes where they differ first; answers as the first one does.
/// A clone notes into the same place.
#[derive(Clone)]
pub struct Twins<A, B> {
    first: A,
    second: B,
    seen: Rc<RefCell<Seen>>,
}

#[derive(Default)]
struct Seen {
    calls: usize,
    difference: Option<String>,
}

/// A difference, and how to see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// In words.
    pub difference: String,
    /// The shortest list of steps found that shows it, as a scenario. If none can say it, a comment
    /// with the reason, and the history.
    pub scenario: String,
    /// The state from which the scenario starts, as JSON, if it is no fresh registry.
    pub state: Option<String>,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n\n{}", self.difference, self.scenario)?;
        self.state.iter().try_for_each(|state| write!(f, "\nfrom the state\n{state}\n"))
    }
}

impl<A: Engine + Clone + 'static, B: Engine + Clone + 'static> Twins<A, B> {
    /// Both, without any call so far.
    pub fn new(first: A, second: B) -> Twins<A, B> {
        Twins { first, second, seen: Rc::default() }
    }

    /// How many calls there were.
    pub fn calls(&self) -> usize {
        self.seen.borrow().calls
    }

    /// How the engines differed first, if they did.
    pub fn difference(&self) -> Option<String> {
        self.seen.borrow().difference.clone()
    }

    /// Lets the first `length` steps of the history of `seed` happen. If the engines differ, the
    /// fewest steps that show it.
    pub fn try_seed(&self, seed: u64, length: usize) -> Option<Shown> {
        let (start, mut generator) = Generator::of(seed);
        let mut history = History { start, steps: Vec::new() };
        let begun = Driver::begin(&self.maker(), &history.start, Rigour::STEPS, &mut ());
        if let Some(mut driver) = begun.driver {
            while self.difference().is_none() && history.steps.len() < length {
                let step = generator.next(&driver);
                let told = driver.step(&step, &mut ());
                let breaches = told.map(|told| told.breaches).unwrap_or_default();
                assert!(breaches.is_empty(), "seed {seed}: the first engine: {breaches:?}");
                history.steps.push(step);
            }
        }
        self.difference().map(|_| self.shortest(&history))
    }

    fn shortest(&self, history: &History) -> Shown {
        let shrunk = shrink(history, &mut |candidate| self.differs(candidate).is_some());
        let difference = self.differs(&shrunk).expect("it did so while it was shrunk");
        let first = || Box::new(self.first.clone()) as Box<dyn Engine>;
        match Story::of(&shrunk, None, &[], &first) {
            Ok(Story { scenario, state }) => {
                let state = state.map(|(image, _)| json::export_to_string(&image, Layout::Compact));
                Shown { difference, scenario: scenario.to_string(), state }
            }
            Err(reason) => {
                let scenario =
                    format!("# No scenario can say this: {reason}\n{}", shrunk.to_text());
                Shown { difference, scenario, state: None }
            }
        }
    }

    /// How the engines differ on this history, if they do.
    fn differs(&self, history: &History) -> Option<String> {
        let twins = Twins::new(self.first.clone(), self.second.clone());
        run(&twins.maker(), history, Rigour::STEPS, &mut ());
        twins.difference()
    }

    fn maker(&self) -> Engines<impl Fn() -> Box<dyn Engine> + use<A, B>> {
        let twins = self.clone();
        Engines(move || Box::new(twins.clone()) as Box<dyn Engine>)
    }
}

impl<A: Engine, B: Engine> Engine for Twins<A, B> {
    fn invoke(
        &mut self,
        export: Export,
        input: &[u8],
        trees: &mut Trees,
    ) -> Result<Vec<u8>, Failure> {
        let mut others = trees.clone();
        let first = self.first.invoke(export, input, trees);
        let second = self.second.invoke(export, input, &mut others);
        let mut seen = self.seen.borrow_mut();
        if seen.difference.is_none() {
            seen.calls += 1;
            let (ours, theirs) = (trees.operations(), others.operations());
            seen.difference = if first != second {
                Some(format!("{export}: the answers differ:\n{first:02x?}\n{second:02x?}"))
            } else if *trees != others {
                Some(format!("{export}: the trees differ:\n{trees:?}\n{others:?}"))
            } else if ours != theirs {
                Some(format!("{export}: the tree operations differ:\n{ours:?}\n{theirs:?}"))
            } else {
                None
            };
        }
        first
    }
}
