//! One visit to a point: what is broken there, and where each turn leads.

use std::borrow::Cow;

use pbc_contract_common::address::Address;
use pbc_lib::Failure;

use super::exits::{self, Stuck};
use super::point::Point;
use super::sights::{Seen, Sights};
use super::small::SmallWorld;
use super::turns::{self, Turn};
use crate::call::Call;
use crate::chain::EngineContract;
use crate::invariants::probes::{self, Probe};
use crate::invariants::{Answer, Checker, Delivery, Registry, Violation};

/// Where a turn leads, and what it shows.
pub(super) struct Taken {
    /// The point after it; none if nothing has changed.
    pub(super) next: Option<Point>,
    /// The code with which the registry refused it, if it did.
    pub(super) refused: Option<Cow<'static, str>>,
    pub(super) sights: Sights,
    pub(super) broken: Vec<Violation>,
}

/// What is wrong with a point.
#[derive(Clone, Debug)]
pub(super) enum Fault {
    /// An invariant of the state, or something cannot be done that must be possible.
    Broken(Vec<Violation>),
    /// A node does not get its tokens out.
    Stuck(Stuck),
}

/// What is wrong with `point`, of which `found` is known already.
pub(super) fn inspect(
    world: &SmallWorld,
    point: &Point,
    mut found: Vec<Violation>,
) -> Option<Fault> {
    let now = delivery(world, point, world.stranger, Vec::new());
    probes::everywhere(&Probe::new(&point.registry, &point.checker, &now), &mut found);
    if !found.is_empty() {
        return Some(Fault::Broken(found));
    }
    exits::stuck(world, point).map(Fault::Stuck)
}

/// A call at `point`, as the registry gets it.
pub(super) fn delivery(
    world: &SmallWorld,
    point: &Point,
    sender: Address,
    rpc: Vec<u8>,
) -> Delivery {
    Delivery {
        registry: world.registry,
        sender,
        now: point.now,
        height: 1,
        transaction: [0; 32],
        callback: None,
        rpc,
    }
}

/// Takes turns at a point, each from there.
pub(super) struct Visit<'a> {
    world: &'a SmallWorld,
    point: &'a Point,
    /// A copy that a refused call has left as it was.
    spare: Option<EngineContract>,
    /// The checker for calls that are refused: they leave it as it was.
    refusing: Checker,
}

impl<'a> Visit<'a> {
    pub(super) fn new(world: &'a SmallWorld, point: &'a Point) -> Visit<'a> {
        Visit { world, point, spare: None, refusing: point.checker.clone() }
    }

    /// Takes one turn.
    pub(super) fn take(&mut self, turn: &Turn) -> Taken {
        let (point, world) = (self.point, self.world);
        match turn {
            Turn::Clock(now) => {
                let next = Some(Point { now: *now, ..point.clone() });
                Taken { next, refused: None, sights: Sights::default(), broken: Vec::new() }
            }
            Turn::Call { sender, rpc, hash } => {
                let delivery =
                    Delivery { transaction: *hash, ..delivery(world, point, *sender, rpc.clone()) };
                self.deliver(turn, &delivery, None)
            }
            Turn::Answer { place, reply } => {
                let under_way = &point.under_way[*place];
                let callback = turns::results(point, under_way, *reply);
                let callback = Some(callback.unwrap_or_else(turns::failure));
                let call = delivery(world, point, under_way.starter, under_way.callback.clone());
                self.deliver(turn, &Delivery { callback, ..call }, Some(*place))
            }
        }
    }

    fn deliver(&mut self, turn: &Turn, delivery: &Delivery, answers: Option<usize>) -> Taken {
        let point = self.point;
        let mut registry = self.spare.take().unwrap_or_else(|| point.registry.clone());
        let answer: Answer = registry.deliver(delivery);
        let written = registry.written();
        let trees = Registry::trees(&registry);
        let refused = match &answer {
            Err(Failure::Refused { code, .. }) => Some(code.clone()),
            _ => None,
        };
        if refused.is_some() && answers.is_none() && written.is_empty() {
            let broken = self.refusing.step(delivery, &answer, registry.root(), trees, &written);
            let world = self.world;
            let seen = Seen { world, before: point, turn, delivery, call: None, after: None };
            let sights = seen.sights(&answer);
            if broken.is_empty() {
                self.spare = Some(registry);
            }
            return Taken { next: None, refused, sights, broken };
        }
        let mut checker = point.checker.clone();
        let broken = checker.step(delivery, &answer, registry.root(), trees, &written);
        let mut under_way = point.under_way.clone();
        if let Some(place) = answers {
            under_way.remove(place);
        }
        let mut next = Point { registry, checker, now: point.now, under_way };
        if let Ok(groups) = &answer {
            next.remember(delivery.sender, groups);
        }
        let call = Call::decode(&delivery.rpc);
        let (world, after) = (self.world, Some(&next));
        let seen = Seen { world, before: point, turn, delivery, call, after };
        let sights = seen.sights(&answer);
        Taken { next: Some(next), refused, sights, broken }
    }
}
