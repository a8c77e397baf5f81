//! What a call can be about: the records of a registry, and the time.

use std::collections::BTreeMap;

use pbc_contract_common::address::{Address, AddressType};
use zk_node_registry::rules::stake::PENDING_PERIOD_MS;
use zk_node_registry::{Collaborators, Computation, Settings, ZkNode, ZkNodeTokens};
use zkreg::image::Image;
use zkreg::invariants::Facts;

use crate::cast::{self, OPERATORS};

/// A registry at one time, as those see it who make up calls.
#[derive(Clone, Copy, Debug)]
pub struct Stage<'a> {
    /// The contracts around the registry.
    pub collaborators: &'a Collaborators,
    /// What the deployer chose.
    pub settings: &'a Settings,
    /// The tokens of each account.
    pub staked_tokens: &'a BTreeMap<Address, ZkNodeTokens>,
    /// The node of each account.
    pub zk_nodes: &'a BTreeMap<Address, ZkNode>,
    /// The work of each served contract.
    pub computations: &'a BTreeMap<Address, Computation>,
    /// The production time of the block, in milliseconds since 1970.
    pub now: i64,
}

impl<'a> Stage<'a> {
    /// A state at the time `now`, in milliseconds since 1970.
    pub fn of_image(image: &'a Image, now: i64) -> Stage<'a> {
        let Image { collaborators, settings, staked_tokens, zk_nodes, computations, .. } = image;
        Stage { collaborators, settings, staked_tokens, zk_nodes, computations, now }
    }

    /// The facts of a [`Checker`](zkreg::invariants::Checker) at the time `now`, in milliseconds
    /// since 1970.
    pub fn of_facts(facts: &'a Facts, now: i64) -> Stage<'a> {
        let Facts { collaborators, settings, staked_tokens, zk_nodes, computations, .. } = facts;
        Stage { collaborators, settings, staked_tokens, zk_nodes, computations, now }
    }

    /// The operators: those of the cast, then the first others of the state, 16 at most.
    pub fn operators(&self) -> Vec<Address> {
        let mut operators: Vec<Address> =
            OPERATORS.iter().map(|name| cast::address(name)).collect();
        for account in self.zk_nodes.keys().chain(self.staked_tokens.keys()) {
            if operators.len() < 16
                && account.address_type == AddressType::Account
                && !operators.contains(account)
            {
                operators.push(*account);
            }
        }
        operators
    }

    /// When something becomes free, in milliseconds since 1970, ascending.
    pub fn unlocks(&self) -> Vec<i64> {
        let delay = i64::try_from(PENDING_PERIOD_MS).unwrap_or(i64::MAX);
        let pending = self.staked_tokens.values().flat_map(|tokens| &tokens.pending_unlock);
        let mut times: Vec<i64> =
            pending.map(|pending| pending.unlock_time.saturating_add(delay)).collect();
        times.sort_unstable();
        times.dedup();
        times
    }
}
