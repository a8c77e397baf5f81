//! Delivers the steps of a history to a registry, and checks everything after each of them.
//!
//! The driver is the chain as far as the registry can see it: a clock, senders, hashes of
//! transactions as [`crate::chain`] has them, and the callbacks under way. It does not deliver what
//! the registry sends to others; the steps say how those answer.

use pbc_contract_common::address::{Address, AddressType};
use pbc_lib::{Failure, Trees};

use super::cast;
use super::history::{Deed, Origin, Start, Step};
use super::table::{Outcome, Place};
use super::witness::{Breach, Scene, Witness};
use crate::chain::hashes::{self, Repeats, TransactionHash};
use crate::chain::{CallResult, EngineContract, Kind, Results};
use crate::engine::{Engine, NativeEngine};
use crate::invariants::probes::{self, Probe};
use crate::invariants::{Answer, Checker, Delivery, Facts, Registry, TreeKey};

/// Makes registries, as often as histories begin.
pub trait Maker {
    /// What it makes.
    type Registry: Registry;

    /// Creates one: the delivery is a call of `create`.
    ///
    /// # Errors
    ///
    /// The refusal, or that it broke down.
    fn create(&self, delivery: &Delivery) -> Result<Self::Registry, Failure>;

    /// The one that has this state.
    fn restore(&self, root: Vec<u8>, trees: Trees) -> Self::Registry;
}

/// Makes registries that engines run: each gets an engine of its own.
#[derive(Clone, Debug)]
pub struct Engines<F>(pub F);

impl<F: Fn() -> Box<dyn Engine>> Maker for Engines<F> {
    type Registry = EngineContract;

    fn create(&self, delivery: &Delivery) -> Result<EngineContract, Failure> {
        let created = EngineContract::create(&delivery.context(), &delivery.rpc, self.0());
        created.map(|(contract, _)| contract)
    }

    fn restore(&self, root: Vec<u8>, trees: Trees) -> EngineContract {
        EngineContract::restore(root, trees, self.0())
    }
}

/// Makes the registry that is linked into this program.
pub fn native() -> impl Maker<Registry = EngineContract> + Clone + Sync {
    let engine = NativeEngine::of("zk_node_registry");
    Engines(move || Box::new(engine.clone()) as Box<dyn Engine>)
}

/// How much is tried besides what every step is checked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rigour {
    /// Of how many steps one is followed by trying what only trying shows
    /// ([`probes::PROBED`]); 0 for none, 1 for each. Which ones depends on their hashes alone.
    pub probe_one_of: u8,
    /// Whether the whole state is compared and probed at the end.
    pub whole_at_end: bool,
}

impl Default for Rigour {
    fn default() -> Rigour {
        Rigour { probe_one_of: 32, whole_at_end: true }
    }
}

impl Rigour {
    /// What every step shows, and nothing besides.
    pub const STEPS: Rigour = Rigour { probe_one_of: 0, whole_at_end: false };
    /// Everything after every step.
    pub const FULL: Rigour = Rigour { probe_one_of: 1, whole_at_end: true };
}

/// A callback under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnderWay {
    /// Shortname and arguments.
    pub rpc: Vec<u8>,
    /// Whoever called when the registry asked for it.
    pub sender: Address,
    /// The hash that it will see.
    pub transaction: TransactionHash,
    /// Whether it came already and will come once more.
    pub again: bool,
}

/// A registry in the middle of its history.
#[derive(Clone, Debug)]
pub struct Driver<R> {
    registry: R,
    checker: Checker,
    rigour: Rigour,
    start: i64,
    now: i64,
    height: i64,
    repeats: Repeats,
    under_way: Vec<UnderWay>,
    last: Option<Delivery>,
}

/// What became of a step.
#[derive(Clone, Debug)]
pub struct Told {
    /// What the registry was called with.
    pub delivery: Delivery,
    /// What it answered.
    pub answer: Answer,
    /// Where this stands in the table.
    pub place: Option<Place>,
    /// What must not be.
    pub breaches: Vec<Breach>,
}

/// How a history began.
#[derive(Debug)]
pub struct Begun<R> {
    /// The registry, if it was created.
    pub driver: Option<Driver<R>>,
    /// The outcomes of creating it.
    pub places: Vec<Place>,
    /// What must not be.
    pub breaches: Vec<Breach>,
}

impl<R: Registry> Driver<R> {
    /// Makes the registry with which a history begins.
    pub fn begin<M: Maker<Registry = R>>(
        maker: &M,
        start: &Start,
        rigour: Rigour,
        witness: &mut dyn Witness,
    ) -> Begun<R> {
        let mut begun = Begun { driver: None, places: Vec::new(), breaches: Vec::new() };
        let registry = match &start.origin {
            Origin::Created(calls) => create(maker, start.now, calls, witness, &mut begun),
            Origin::Stored(image) => {
                let (root, trees) = image.store();
                Some(maker.restore(root, trees))
            }
        };
        let Some(registry) = registry else { return begun };
        witness.begins(registry.root(), registry.trees());
        match Checker::begin(registry.root(), registry.trees()) {
            Ok((checker, found)) => {
                begun.breaches.extend(found.into_iter().map(Breach::Property));
                begun.driver = Some(Driver {
                    registry,
                    checker,
                    rigour,
                    start: start.now,
                    now: start.now,
                    height: 1,
                    repeats: Repeats::default(),
                    under_way: Vec::new(),
                    last: None,
                });
            }
            Err(found) => begun.breaches.extend(found.into_iter().map(Breach::Property)),
        }
        begun
    }

    /// Carries out one step. `None` if there is nothing to deliver: an empty call, which never
    /// reaches a contract, or a callback that is not under way.
    pub fn step(&mut self, step: &Step, witness: &mut dyn Witness) -> Option<Told> {
        self.move_clock(step.at);
        let delivery = self.delivery(&step.deed)?;
        let answer = self.registry.deliver(&delivery);
        let written = self.registry.written();
        let mut breaches = self.check(&delivery, &answer, &written);
        let outcome = Outcome::of(&answer);
        let place = outcome.and_then(|outcome| Place::of(&delivery, outcome));
        let is_possible = place.is_some_and(|place| place.unreachable().is_none());
        if let (false, Some(outcome)) = (is_possible, outcome) {
            let action = super::table::action_of(&delivery).name;
            breaches.push(Breach::Outcome { action, outcome: outcome.to_string() });
        }
        let scene = Scene {
            delivery: &delivery,
            answer: &answer,
            root: self.registry.root(),
            trees: self.registry.trees(),
            written: &written,
            facts: self.checker.facts(),
        };
        breaches.extend(witness.saw(&scene).into_iter().map(Breach::Objection));
        self.remember(&delivery, &answer);
        self.last = Some(delivery.clone());
        Some(Told { delivery, answer, place, breaches })
    }

    /// What must not be, seen at the end: the whole state, and what trying shows of everybody.
    pub fn end(&self, witness: &mut dyn Witness) -> Vec<Breach> {
        let mut found = Vec::new();
        if self.rigour.whole_at_end {
            found = self.checker.recheck(self.registry.root(), self.registry.trees());
            if let Some(last) = &self.last {
                let probe = Probe::new(&self.registry, &self.checker, last);
                probes::everywhere(&probe, &mut found);
            }
        }
        let objections = witness.ends(self.registry.root(), self.registry.trees());
        let found = found.into_iter().map(Breach::Property);
        found.chain(objections.into_iter().map(Breach::Objection)).collect()
    }

    /// The registry.
    pub fn registry(&self) -> &R {
        &self.registry
    }

    /// Its checker.
    pub fn checker(&self) -> &Checker {
        &self.checker
    }

    /// Its records, as values.
    pub fn facts(&self) -> &Facts {
        self.checker.facts()
    }

    /// The callbacks under way, the oldest first.
    pub fn under_way(&self) -> &[UnderWay] {
        &self.under_way
    }

    /// When the history began, in milliseconds since 1970.
    pub fn start(&self) -> i64 {
        self.start
    }

    /// The time of the last step, in milliseconds since 1970.
    pub fn now(&self) -> i64 {
        self.now
    }

    fn move_clock(&mut self, at: i64) {
        if at != self.now {
            self.repeats.clear();
            self.now = at;
            self.height += 1;
        }
    }

    fn delivery(&mut self, deed: &Deed) -> Option<Delivery> {
        let registry = cast::registry();
        let (now, height) = (self.now, self.height);
        match deed {
            Deed::Call { rpc, .. } if rpc.is_empty() => None,
            Deed::Call { sender, rpc } => {
                let by_account = sender.address_type == AddressType::Account;
                let kind = if by_account { Kind::Transaction } else { Kind::Interaction };
                let transaction = self.repeats.hash(&kind, now, sender, &registry, rpc);
                let (sender, rpc) = (*sender, rpc.clone());
                Some(Delivery { registry, sender, now, height, transaction, callback: None, rpc })
            }
            Deed::Callback { rpc, success, results, again } => {
                let place = self.under_way.iter().position(|it| it.rpc == *rpc)?;
                let UnderWay { sender, transaction, .. } = if *again {
                    self.under_way[place].again = true;
                    self.under_way[place].clone()
                } else {
                    self.under_way.remove(place)
                };
                let result = |(succeeded, data): &(bool, Vec<u8>)| CallResult {
                    succeeded: *succeeded,
                    return_data: data.clone(),
                };
                let results = results.iter().map(result).collect();
                let callback = Some(Results { success: *success, results });
                let rpc = rpc.clone();
                Some(Delivery { registry, sender, now, height, transaction, callback, rpc })
            }
        }
    }

    fn check(&mut self, delivery: &Delivery, answer: &Answer, written: &[TreeKey]) -> Vec<Breach> {
        let (root, trees) = (self.registry.root(), self.registry.trees());
        let mut found = self.checker.step(delivery, answer, root, trees, written);
        let lot = delivery.transaction[0];
        let one_of = self.rigour.probe_one_of;
        if found.is_empty() && one_of > 0 && lot.is_multiple_of(one_of) {
            let probe = Probe::new(&self.registry, &self.checker, delivery);
            probes::after(&probe, delivery, &mut found);
        }
        found.into_iter().map(Breach::Property).collect()
    }

    /// Remembers the callbacks that an answer asks for.
    fn remember(&mut self, delivery: &Delivery, answer: &Answer) {
        for (number, group) in answer.iter().flatten().enumerate() {
            if let Some(callback) = &group.callback {
                self.under_way.push(UnderWay {
                    rpc: callback.payload.clone(),
                    sender: delivery.sender,
                    transaction: hashes::event(&delivery.transaction, number, None),
                    again: false,
                });
            }
        }
    }
}

fn create<M: Maker>(
    maker: &M,
    now: i64,
    calls: &[Vec<u8>],
    witness: &mut dyn Witness,
    begun: &mut Begun<M::Registry>,
) -> Option<M::Registry> {
    let (registry, sender) = (cast::registry(), cast::deployer());
    let mut repeats = Repeats::default();
    for rpc in calls {
        let transaction = repeats.hash(&Kind::Deployment, now, &sender, &registry, rpc);
        let rpc = rpc.clone();
        let delivery =
            Delivery { registry, sender, now, height: 1, transaction, callback: None, rpc };
        let created = maker.create(&delivery);
        let answer = created.as_ref().map(|_| ());
        let objections = witness.created(&delivery, answer);
        begun.breaches.extend(objections.into_iter().map(Breach::Objection));
        match Outcome::of_creation(&created) {
            Some(outcome) => match Place::of_creation(outcome) {
                Some(place) => begun.places.push(place),
                None => begun.breaches.push(Breach::Outcome {
                    action: super::table::CREATE,
                    outcome: outcome.to_string(),
                }),
            },
            None => begun.breaches.push(Breach::Outcome {
                action: super::table::CREATE,
                outcome: "a trap".to_owned(),
            }),
        }
        if let Ok(registry) = created {
            return Some(registry);
        }
    }
    None
}
