//! How a scenario begins: on a fresh chain, or with a registry that has a history.

use std::collections::BTreeSet;
use std::fmt;

use pbc_contract_common::address::Address;
use pbc_lib::Failure;
use zk_node_registry::EngineInformation;
use zk_node_registry::rules::units::Timestamp;

use super::Replay;
use super::guard::Guard;
use crate::engine::Engine;
use crate::image::Image;
use crate::log::Story;
use crate::name::Name;
use crate::scenario::Scenario;
use crate::step::{Fact, Step};
use crate::world::{Start, World};

/// Why a scenario cannot begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CannotBegin {
    /// The registry refuses to be created with the settings given.
    Refused(Failure),
    /// The registry and the contracts around it do not have five different addresses.
    ContractsNotDistinct,
    /// The scenario gives settings, but the state from which it starts has some already.
    StateHasSettings {
        /// The line that does.
        line: usize,
    },
}

impl fmt::Display for CannotBegin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CannotBegin::Refused(failure) => {
                write!(f, "the registry cannot be created: {failure}")
            }
            CannotBegin::ContractsNotDistinct => f.write_str(
                "two of registry, token, producers, deploy and voting have the same address",
            ),
            CannotBegin::StateHasSettings { line } => {
                write!(f, "line {line}: the state has its settings already")
            }
        }
    }
}

impl std::error::Error for CannotBegin {}

impl<'s> Replay<'s> {
    /// Prepares `scenario` on a fresh chain: the registry is deployed, nothing has been played.
    ///
    /// # Errors
    ///
    /// [`CannotBegin::Refused`], [`CannotBegin::ContractsNotDistinct`].
    pub fn start(
        scenario: &'s Scenario,
        engine: Box<dyn Engine>,
    ) -> Result<Replay<'s>, CannotBegin> {
        let facts = scenario.steps().filter_map(|(_, step)| match step {
            Step::Given(fact) => Some(fact),
            _ => None,
        });
        let start = Start::of(facts);
        let (guard, engine) = Guard::around(engine);
        let world = World::start(&start, engine).map_err(CannotBegin::Refused)?;
        check_distinct(&start, &world)?;
        Ok(Replay { guard: Some(guard), ..Replay::on(world, scenario) })
    }

    /// Prepares `scenario` on a fresh chain with the registry `image` on it.
    ///
    /// The scenario begins when it says so, else at `as_of`, else when all others do. The registry
    /// holds as many tokens as it has credited; contracts with a computation that is under way have
    /// its engines, who owe nothing that is known, and the deadline that the registry knows of.
    ///
    /// # Errors
    ///
    /// [`CannotBegin::StateHasSettings`], [`CannotBegin::ContractsNotDistinct`].
    pub fn resume(
        scenario: &'s Scenario,
        image: &Image,
        as_of: Option<Timestamp>,
        engine: Box<dyn Engine>,
    ) -> Result<Replay<'s>, CannotBegin> {
        let facts = scenario.steps().filter_map(|(line, step)| match step {
            Step::Given(fact) => Some((line, fact)),
            _ => None,
        });
        Replay::resume_with(scenario, facts, image, as_of, engine)
    }

    /// Prepares the calls of a log, on the registry `image` that was read at `as_of`, or on a fresh
    /// one. Dates are shown as such, and calls are compared with what the log says of them.
    ///
    /// # Errors
    ///
    /// [`CannotBegin::Refused`], [`CannotBegin::ContractsNotDistinct`].
    pub fn recorded(
        story: &'s Story,
        image: Option<&Image>,
        as_of: Option<Timestamp>,
        engine: Box<dyn Engine>,
    ) -> Result<Replay<'s>, CannotBegin> {
        let Story { scenario, facts, records, .. } = story;
        let mut replay = match image {
            Some(image) => {
                let facts = facts.iter().map(|fact| (0, fact));
                Replay::resume_with(scenario, facts, image, as_of, engine)?
            }
            None => {
                let start = Start::of(facts);
                let (guard, engine) = Guard::around(engine);
                let world = World::start(&start, engine).map_err(CannotBegin::Refused)?;
                check_distinct(&start, &world)?;
                Replay { guard: Some(guard), ..Replay::on(world, scenario) }
            }
        };
        replay.records = Some(records);
        replay.world.show_dates();
        Ok(replay)
    }

    fn resume_with<'f>(
        scenario: &'s Scenario,
        facts: impl Iterator<Item = (usize, &'f Fact)>,
        image: &Image,
        as_of: Option<Timestamp>,
        engine: Box<dyn Engine>,
    ) -> Result<Replay<'s>, CannotBegin> {
        let mut start = Start::default();
        start.origin = as_of.map_or(start.origin, Timestamp::millis);
        start.addresses.extend(image.contracts_around());
        for (line, fact) in facts {
            match fact {
                Fact::MinNodeStake(_) | Fact::MinTotalStakes(_) | Fact::BlockProducers { .. } => {
                    return Err(CannotBegin::StateHasSettings { line });
                }
                fact => start.learn(fact),
            }
        }
        let (root, trees) = image.store();
        let (guard, engine) = Guard::around(engine);
        let mut world = World::resume(&start, root, trees, engine);
        check_distinct(&start, &world)?;
        fund(&mut world, image);
        for (contract, work) in &image.computations {
            if let Some(served) = world.served_mut(&name(contract)) {
                served.set_deadline(work.allocation_end);
                served
                    .set_engines(work.nodes.iter().map(|node| information(node, image)).collect());
            }
        }
        let mut replay = Replay { guard: Some(guard), ..Replay::on(world, scenario) };
        let pending = image.staked_tokens.iter().filter(|(_, it)| !it.pending_unlock.is_empty());
        replay.holders.extend(pending.map(|(account, _)| *account));
        Ok(replay)
    }
}

/// One address is one contract: of two, the later would be there in place of the earlier.
fn check_distinct(start: &Start, world: &World) -> Result<(), CannotBegin> {
    let around = start.collaborators();
    let all = BTreeSet::from([
        world.registry_address(),
        start.settings().stake_token,
        around.bp_orchestration,
        around.zk_contract_deploy,
        around.voting,
    ]);
    if all.len() == 5 { Ok(()) } else { Err(CannotBegin::ContractsNotDistinct) }
}

/// What the registry would tell of `node` now.
fn information(node: &Address, image: &Image) -> EngineInformation {
    let record = image.zk_nodes.get(node);
    EngineInformation {
        identity: *node,
        public_key: record.and_then(|record| record.public_key.clone()),
        rest_endpoint: record.map(|it| it.rest_endpoint.rest_endpoint.clone()).unwrap_or_default(),
    }
}

/// Gives the registry the tokens that it has credited.
fn fund(world: &mut World, image: &Image) {
    let credited = image.staked_tokens.values().map(|tokens| tokens.total().units());
    let units = credited.filter_map(|units| u128::try_from(units).ok()).sum();
    let registry = world.registry_address();
    world.token_mut().set_balance(&registry, units);
}

/// The name that an address has by itself.
fn name(address: &Address) -> Name {
    format!("{address:x}").parse().expect("invariant: the hex digits of an address are a name")
}
