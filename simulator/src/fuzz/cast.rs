//! Who can appear in a history: the names that scenarios have for them, and their addresses.

use pbc_contract_common::address::Address;
use zk_node_registry::{Collaborators, Settings};

use crate::name::Name;
use crate::names::address_of;
use crate::world::Start as WorldStart;

/// The people and contracts of a history, by address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cast {
    /// `n1`, `n2`, …: accounts that register, associate and are chosen.
    pub operators: Vec<Address>,
    /// `zk-1`, `zk-2`, …: contracts that are served.
    pub contracts: Vec<Address>,
    /// `pub-1`: a public contract that is served.
    pub public: Address,
    /// `x`: an account without any role.
    pub stranger: Address,
    /// `sys-1`: a system contract, which is never served.
    pub system: Address,
}

/// The address of a name that this module knows to be one.
pub(super) fn known(name: &str) -> Address {
    address_of(&name_of(name))
}

pub(super) fn name_of(name: &str) -> Name {
    name.parse().expect("invariant: a name of this module is one")
}

/// The address of the registry in every history.
pub fn registry() -> Address {
    known("registry")
}

/// Who creates the registry.
pub fn deployer() -> Address {
    known("deployer")
}

/// The contracts around the registry, those of mainnet.
pub fn collaborators() -> Collaborators {
    WorldStart::default().collaborators()
}

/// The settings with these minimums, in units; the stake token is that of mainnet.
pub fn settings(
    require_block_producer: bool,
    min_node_stake: i64,
    min_total_stakes: i64,
) -> Settings {
    WorldStart { require_block_producer, min_node_stake, min_total_stakes, ..WorldStart::default() }
        .settings()
}

impl Cast {
    /// So many operators and ZK contracts, and the others.
    pub fn of(operators: usize, contracts: usize) -> Cast {
        Cast {
            operators: (1..=operators).map(|n| known(&format!("n{n}"))).collect(),
            contracts: (1..=contracts).map(|n| known(&format!("zk-{n}"))).collect(),
            public: known("pub-1"),
            stranger: known("x"),
            system: known("sys-1"),
        }
    }

    /// The names of all of them, each with its address.
    pub fn names(&self) -> impl Iterator<Item = (Name, Address)> {
        let numbered = |what: &'static str, addresses: &[Address]| {
            let addresses: Vec<Address> = addresses.to_vec();
            (1..).zip(addresses).map(move |(n, address)| (name_of(&format!("{what}{n}")), address))
        };
        let others = [("pub-1", self.public), ("x", self.stranger), ("sys-1", self.system)];
        numbered("n", &self.operators)
            .chain(numbered("zk-", &self.contracts))
            .chain(others.map(|(name, address)| (name_of(name), address)))
    }
}
