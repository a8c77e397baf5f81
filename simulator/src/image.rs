//! A registry taken apart: its records as values, outside any call.
//!
//! Auditors and tools look at an image, imports make one, and a chain starts from one. Loading is
//! strict: it takes only bytes that a registry could have written, so that storing an image gives
//! the bytes from which it was loaded. What is odd but no obstacle is left to
//! [`findings`](Image::findings).
//!
//! Not here: JSON ([`crate::json`]), and any rule of the registry. Whether an account belongs into
//! the roster, say, is asked of the contract.
//!
//! Source: `registry.md` 3.1, 3.2, 4.5 (`state_malformed`, `state_invariant`) and 12.1.

mod check;
mod finding;
mod load;
mod oddities;

use std::collections::BTreeMap;

use pbc_contract_common::address::Address;
use pbc_contract_common::avl_tree_map::AvlTreeMap;
use pbc_lib::Trees;
use pbc_traits::ReadWriteState;
use zk_node_registry::rules::roster::belongs_in_roster;
use zk_node_registry::{Collaborators, Computation, RegistryState, Settings, ZkNode, ZkNodeTokens};

use crate::invariants::{Facts, STATE_CHECKS, Scope, Violation};
use crate::name::Name;

pub use self::finding::{Finding, Oddity};
pub use self::load::LoadError;
pub(crate) use zkreg_engine::trees::TREES;

/// The length of every root state, in bytes.
///
/// Source: registry.md 3.1.
pub const ROOT_BYTES: usize = 121;

/// All that a registry knows, as values. Equal images are stored as equal bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The contracts around the registry.
    pub collaborators: Collaborators,
    /// What the deployer chose.
    pub settings: Settings,
    /// The tokens of each account.
    pub staked_tokens: BTreeMap<Address, ZkNodeTokens>,
    /// The node of each account.
    pub zk_nodes: BTreeMap<Address, ZkNode>,
    /// The work of each served contract.
    pub computations: BTreeMap<Address, Computation>,
    /// The nodes that may be drawn, by position.
    pub roster: Vec<Address>,
}

impl Image {
    /// A registry with no record in it.
    pub fn empty(collaborators: Collaborators, settings: Settings) -> Image {
        Image {
            collaborators,
            settings,
            staked_tokens: BTreeMap::new(),
            zk_nodes: BTreeMap::new(),
            computations: BTreeMap::new(),
            roster: Vec::new(),
        }
    }

    /// The contracts around the registry: their usual names, and the addresses that it knows.
    pub fn contracts_around(&self) -> [(Name, Address); 4] {
        [
            ("token", self.settings.stake_token),
            ("producers", self.collaborators.bp_orchestration),
            ("deploy", self.collaborators.zk_contract_deploy),
            ("voting", self.collaborators.voting),
        ]
        .map(|(name, address)| {
            (name.parse().expect("invariant: the contracts have names"), address)
        })
    }

    /// The root state, of [`ROOT_BYTES`] bytes, and the trees, with the ids 0 to 4.
    ///
    /// The image is taken at its word: an impossible one gives bytes that cannot be loaded.
    ///
    /// # Panics
    ///
    /// If the roster has 2^32 members or more, which no memory holds.
    pub fn store(&self) -> (Vec<u8>, Trees) {
        let mut trees = Trees::new();
        let root = pbc_lib::with_trees(&mut trees, || {
            let mut state = RegistryState {
                collaborators: self.collaborators.clone(),
                settings: self.settings.clone(),
                staked_tokens: AvlTreeMap::new(),
                zk_nodes: AvlTreeMap::new(),
                computations: AvlTreeMap::new(),
                roster: AvlTreeMap::new(),
                roster_position: AvlTreeMap::new(),
            };
            for (account, tokens) in &self.staked_tokens {
                state.staked_tokens.insert(*account, tokens.clone());
            }
            for (account, node) in &self.zk_nodes {
                state.zk_nodes.insert(*account, node.clone());
            }
            for (contract, computation) in &self.computations {
                state.computations.insert(*contract, computation.clone());
            }
            for (position, account) in (0_u32..).zip(&self.roster) {
                state.roster.insert(position, *account);
                state.roster_position.insert(*account, position);
            }
            let mut root = Vec::with_capacity(ROOT_BYTES);
            state.state_write_to(&mut root).expect("invariant: writing to a vector succeeds");
            root
        });
        trees.reset_operations();
        (root, trees)
    }

    /// What this state breaks of the invariants that a single state shows, in the order of the
    /// specification.
    ///
    /// Source: registry.md 12.1.
    pub fn violations(&self) -> Vec<Violation> {
        let facts = Facts {
            collaborators: self.collaborators.clone(),
            settings: self.settings.clone(),
            staked_tokens: self.staked_tokens.clone(),
            zk_nodes: self.zk_nodes.clone(),
            computations: self.computations.clone(),
            roster: (0_u32..).zip(self.roster.iter().copied()).collect(),
            roster_position: self.roster.iter().copied().zip(0_u32..).collect(),
        };
        let scope = Scope::whole(&facts);
        let mut found = Vec::new();
        STATE_CHECKS.iter().for_each(|(_, check)| check(&facts, &scope, &mut found));
        found
    }

    /// The accounts that belong into the roster by their records, ascending.
    ///
    /// Source: registry.md 7.2.
    pub fn members(&self) -> Vec<Address> {
        let belongs = |account: &Address, node| {
            belongs_in_roster(Some(node), self.staked_tokens.get(account), &self.settings)
        };
        let members = self.zk_nodes.iter().filter(|(account, node)| belongs(account, node));
        members.map(|(account, _)| *account).collect()
    }
}
