//! Scenarios that begin with a registry that has a history.

use std::fmt;

use pbc_contract_common::address::Address;
use zk_node_registry::rules::units::Timestamp;

use super::Replay;
use crate::engine::Engine;
use crate::image::Image;
use crate::name::Name;
use crate::scenario::Scenario;
use crate::step::{Fact, Step};
use crate::world::{Start, World};

/// A scenario says what the settings are, but the state from which it starts has some already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateHasSettings {
    /// The line that says so.
    pub line: usize,
}

impl fmt::Display for StateHasSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the state has its settings already")
    }
}

impl std::error::Error for StateHasSettings {}

impl<'s> Replay<'s> {
    /// Prepares `scenario` on a fresh chain with the registry `image` on it.
    ///
    /// The scenario begins when it says so, else at `as_of`, else when all others do. The registry
    /// holds as many tokens as it has credited; contracts with a computation that is under way have
    /// the deadline that the registry knows of.
    ///
    /// # Errors
    ///
    /// [`StateHasSettings`] if the scenario gives settings.
    pub fn resume(
        scenario: &'s Scenario,
        image: &Image,
        as_of: Option<Timestamp>,
        engine: Box<dyn Engine>,
    ) -> Result<Replay<'s>, StateHasSettings> {
        let mut start = Start::default();
        start.origin = as_of.map_or(start.origin, Timestamp::millis);
        bind_contracts(&mut start, image);
        for (line, step) in scenario.steps() {
            match step {
                Step::Given(
                    Fact::MinNodeStake(_) | Fact::MinTotalStakes(_) | Fact::BlockProducers { .. },
                ) => return Err(StateHasSettings { line }),
                Step::Given(fact) => start.learn(fact),
                _ => {}
            }
        }
        let (root, trees) = image.store();
        let mut world = World::resume(&start, root, trees, engine);
        fund(&mut world, image);
        for (contract, work) in &image.computations {
            if let Some(served) = world.served_mut(&name(contract)) {
                served.set_deadline(work.allocation_end);
            }
        }
        let mut replay = Replay::on(world, scenario);
        let pending = image.staked_tokens.iter().filter(|(_, it)| !it.pending_unlock.is_empty());
        replay.holders.extend(pending.map(|(account, _)| *account));
        Ok(replay)
    }
}

/// The contracts around the registry have their usual names and the addresses that it knows.
fn bind_contracts(start: &mut Start, image: &Image) {
    let around = [
        ("token", image.settings.stake_token),
        ("producers", image.collaborators.bp_orchestration),
        ("deploy", image.collaborators.zk_contract_deploy),
        ("voting", image.collaborators.voting),
    ];
    for (name, address) in around {
        let name = name.parse().expect("invariant: the contracts have names");
        start.addresses.insert(name, address);
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
