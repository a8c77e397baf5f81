//! A history as the registry got it: with the hash of every transaction, so that calls can be put in
//! and taken out and the others keep theirs.

use std::sync::LazyLock;

use pbc_host::Group;
use pbc_lib::{Failure, Trees};
use zkreg::call::Call;
use zkreg::chain::EngineContract;
use zkreg::engine::{Engine, NativeEngine};
use zkreg::fuzz::{self, Driver, Rigour};
use zkreg::image::Image;
use zkreg::invariants::{Answer, Delivery, Facts, Registry};

/// How many random histories each relation is held against, and how long they are.
const HISTORIES: u64 = 300;
const STEPS: usize = 80;

/// What a registry is called with, from a state on.
#[derive(Clone)]
pub(crate) struct Tape {
    pub(crate) seed: u64,
    pub(crate) root: Vec<u8>,
    pub(crate) trees: Trees,
    pub(crate) deliveries: Vec<Delivery>,
}

/// Makes the engine under test; each registry gets one of its own.
pub(crate) type Make = fn() -> Box<dyn Engine>;

/// The contract itself.
pub(crate) fn native() -> Box<dyn Engine> {
    Box::new(NativeEngine::of("zk_node_registry"))
}

/// The histories, the same for every relation.
pub(crate) static TAPES: LazyLock<Vec<Tape>> = LazyLock::new(|| {
    let tapes: Vec<Tape> = (0..HISTORIES).filter_map(Tape::of_seed).collect();
    assert!(tapes.len() > 200, "hundreds of histories, not {}", tapes.len());
    tapes
});

impl Tape {
    fn of_seed(seed: u64) -> Option<Tape> {
        let maker = fuzz::native();
        let history = fuzz::make(seed, &maker, STEPS);
        let begun = Driver::begin(&maker, &history.start, Rigour::STEPS, &mut ());
        let mut driver = begun.driver?;
        let registry = driver.registry();
        let (root, trees) = (registry.root().to_vec(), Registry::trees(registry).clone());
        let told = history.steps.iter().filter_map(|step| driver.step(step, &mut ()));
        let deliveries = told.map(|told| told.delivery).collect();
        Some(Tape { seed, root, trees, deliveries })
    }

    /// The registry when it begins.
    pub(crate) fn begin(&self, make: Make) -> EngineContract {
        EngineContract::restore(self.root.clone(), self.trees.clone(), make())
    }

    /// Delivers everything, and returns what was answered, and the registry then.
    pub(crate) fn run(&self, make: Make) -> (Vec<Answer>, EngineContract) {
        let mut registry = self.begin(make);
        let answers = self.deliveries.iter().map(|it| registry.deliver(it)).collect();
        (answers, registry)
    }

    /// The tape with every call that can be read changed by `change`.
    pub(crate) fn map_calls(&self, change: impl Fn(&mut Call)) -> Tape {
        let deliveries = self.deliveries.iter().map(|delivery| {
            let mut changed = delivery.clone();
            if let Some(mut call) = Call::decode(&delivery.rpc) {
                change(&mut call);
                changed.rpc = call.encode();
            }
            changed
        });
        Tape { deliveries: deliveries.collect(), ..self.clone() }
    }

    /// Plays the tape, and shows the registry before each step, with the step. Returns how often
    /// what was looked for has held.
    pub(crate) fn at_each_step(
        &self,
        make: Make,
        mut look: impl FnMut(&EngineContract, &Delivery) -> Result<usize, String>,
    ) -> Result<usize, String> {
        let mut registry = self.begin(make);
        let mut held = 0;
        for (index, delivery) in self.deliveries.iter().enumerate() {
            held += look(&registry, delivery).map_err(|what| format!("step {index}: {what}"))?;
            // Its answer is the affair of others.
            let _ = registry.deliver(delivery);
        }
        Ok(held)
    }
}

/// The same moment, another call by the same sender.
pub(crate) fn instead(delivery: &Delivery, call: &Call) -> Delivery {
    Delivery { rpc: call.encode(), callback: None, ..delivery.clone() }
}

/// `accepted`, the code of a refusal, or that it broke down.
pub(crate) fn code(answer: &Answer) -> String {
    match answer {
        Ok(_) => "accepted".to_owned(),
        Err(Failure::Refused { code, .. }) => code.to_string(),
        Err(Failure::Trap { message }) => format!("trap: {message}"),
    }
}

/// The records of a registry as values.
pub(crate) fn facts(registry: &EngineContract) -> Facts {
    let mut found = Vec::new();
    let facts = Facts::read(registry.root(), Registry::trees(registry), &mut found);
    assert_eq!(found, [], "a state that can be read");
    facts.expect("a root state")
}

/// The same, from bytes, and checked: what can be stored again.
///
/// # Errors
///
/// What is wrong with the state.
pub(crate) fn image(root: &[u8], trees: &Trees) -> Result<Image, String> {
    Image::load(root, trees).map_err(|error| format!("{error:?}"))
}

/// The answers with everything that is sent changed by `change`.
pub(crate) fn map_sent(answers: &[Answer], change: impl Fn(&mut Group)) -> Vec<Answer> {
    let mut changed = answers.to_vec();
    changed.iter_mut().flatten().flatten().for_each(change);
    changed
}

/// What came of a call, for comparison: its code, and the bytes of what is sent and returned.
pub(crate) fn outcome(answer: &Answer) -> String {
    let mut sent = Vec::new();
    answer.iter().flatten().for_each(|group| group.encode(&mut sent));
    format!("{} {}", code(answer), hex::encode(sent))
}

/// That two are the same.
///
/// # Errors
///
/// What is different, with its place.
pub(crate) fn same<T: PartialEq + std::fmt::Debug>(
    place: impl std::fmt::Display,
    one: T,
    other: T,
) -> Result<(), String> {
    if one == other { Ok(()) } else { Err(format!("{place}: {one:?} is not {other:?}")) }
}

/// That the same calls were answered alike, in code and in what is sent.
///
/// # Errors
///
/// The first that was not.
pub(crate) fn same_answers(tape: &Tape, one: &[Answer], other: &[Answer]) -> Result<(), String> {
    same("steps", one.len(), other.len())?;
    for (index, (one, other)) in one.iter().zip(other).enumerate() {
        let rpc = hex::encode(&tape.deliveries[index].rpc);
        same(format_args!("step {index}, {rpc}"), outcome(one), outcome(other))?;
    }
    Ok(())
}
