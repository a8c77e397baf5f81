//! How a world begins.

use std::collections::BTreeMap;

use pbc_contract_common::address::Address;
use pbc_traits::{Decoder, ReadRPC};
use zk_node_registry::rules::settings::{DEFAULT_MIN_NODE_STAKE, DEFAULT_MIN_TOTAL_STAKES};
use zk_node_registry::{Collaborators, Settings};

use crate::name::Name;
use crate::names::Names;
use crate::neighbours::{Producer, Producers, Token};
use crate::step::{Fact, Origin};

/// What is there before the first step.
///
/// Unless it is said otherwise: the settings of deployments, the collaborators of mainnet, nobody
/// holds tokens and nobody produces blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// What the moment 0 is, in milliseconds since 1970.
    pub origin: i64,
    /// Whether only block producers can register.
    pub require_block_producer: bool,
    /// The least stake of a node, in units; 0 for none.
    pub min_node_stake: i64,
    /// The least stakes of a request, in units; 0 for none.
    pub min_total_stakes: i64,
    /// The addresses of names that have not their own.
    pub addresses: BTreeMap<Name, Address>,
    /// Balances at the stake token, in units.
    pub balances: BTreeMap<Name, u128>,
    /// What the registry may take of them, in units.
    pub approvals: BTreeMap<Name, u128>,
    /// Who produces blocks.
    pub producers: BTreeMap<Name, Producing>,
}

/// What matters of a block producer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Producing {
    /// ISO 3166-1 numeric code of where its server is; 0 if unknown.
    pub jurisdiction: i32,
}

/// The addresses of the collaborators and of the stake token on mainnet.
///
/// Source: `registry.md` 3.3 and 10.1.
const MAINNET: [(&str, &str); 4] = [
    ("token", "01615beb1c2bf57e45fcd1c4e67ef35b8735a685b1"),
    ("producers", "04203b77743ad0ca831df9430a6be515195733ad91"),
    ("deploy", "018bc1ccbb672b87710327713c97d43204905082cb"),
    ("voting", "04c5f00d7c6d70c3d0919fd7f81c7b9bfe16063620"),
];

impl Default for Start {
    fn default() -> Start {
        Start {
            origin: Origin::DEFAULT.millis(),
            require_block_producer: true,
            min_node_stake: DEFAULT_MIN_NODE_STAKE,
            min_total_stakes: DEFAULT_MIN_TOTAL_STAKES,
            addresses: BTreeMap::new(),
            balances: BTreeMap::new(),
            approvals: BTreeMap::new(),
            producers: BTreeMap::new(),
        }
    }
}

impl Start {
    /// The start that these facts describe; of two that contradict each other the later holds.
    pub fn of<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> Start {
        let mut start = Start::default();
        facts.into_iter().for_each(|fact| start.learn(fact));
        start
    }

    /// Takes `fact` into account.
    pub fn learn(&mut self, fact: &Fact) {
        match fact {
            Fact::Clock(origin) => self.origin = origin.millis(),
            Fact::MinNodeStake(amount) => self.min_node_stake = amount.units(),
            Fact::MinTotalStakes(amount) => self.min_total_stakes = amount.units(),
            Fact::BlockProducers { required } => self.require_block_producer = *required,
            Fact::Produces { who, jurisdiction } => {
                let jurisdiction = jurisdiction.unwrap_or_default();
                self.producers.insert(who.clone(), Producing { jurisdiction });
            }
            Fact::Holds { who, amount, approved } => {
                let units = tokens(amount.units());
                self.balances.insert(who.clone(), units);
                if *approved {
                    self.approvals.insert(who.clone(), units);
                }
            }
            Fact::Approved { who, amount } => {
                self.approvals.insert(who.clone(), tokens(amount.units()));
            }
            Fact::Address { who, address } => {
                let address = Address::rpc_decode(&mut Decoder::new(address))
                    .expect("invariant: the address of a fact has a valid type");
                self.addresses.insert(who.clone(), address);
            }
        }
    }

    /// The names that are bound from the start.
    pub(super) fn names(&self) -> Names {
        let mut names = Names::default();
        for (name, address) in MAINNET {
            let address = names.address(&known(address));
            names.bind(known(name), address);
        }
        for (name, address) in &self.addresses {
            names.bind(name.clone(), *address);
        }
        names.resolve(&known("registry"));
        names
    }

    /// The registry, the stake token, BP orchestration, the deploy contract and voting.
    pub(super) fn contracts(&self) -> [Address; 5] {
        let names = self.names();
        ["registry", "token", "producers", "deploy", "voting"]
            .map(|name| names.address(&known(name)))
    }

    /// Who deploys the registry.
    pub(super) fn deployer(&self) -> Address {
        self.names().address(&known("deployer"))
    }

    /// What the registry is created with: the contracts around it.
    pub fn collaborators(&self) -> Collaborators {
        let [_, _, bp_orchestration, zk_contract_deploy, voting] = self.contracts();
        Collaborators { bp_orchestration, voting, zk_contract_deploy }
    }

    /// What the registry is created with: the settings.
    pub fn settings(&self) -> Settings {
        let [_, stake_token, ..] = self.contracts();
        Settings {
            stake_token,
            require_block_producer: self.require_block_producer,
            min_node_stake: self.min_node_stake,
            min_total_stakes: self.min_total_stakes,
        }
    }

    pub(super) fn tokens(&self, names: &Names, registry: &Address) -> Token {
        let mut token = Token::new();
        for (name, units) in &self.balances {
            token.set_balance(&names.address(name), *units);
        }
        for (name, units) in &self.approvals {
            token.approve(&names.address(name), registry, *units);
        }
        token
    }

    pub(super) fn producers(&self, names: &Names) -> Producers {
        let mut producers = Producers::default();
        for (name, Producing { jurisdiction }) in &self.producers {
            let account = names.address(name);
            let producer = Producer::made_up(&account, name.as_str(), *jurisdiction);
            producers.set(account, producer);
        }
        producers
    }
}

fn known(name: &str) -> Name {
    name.parse().expect("invariant: a name of this module is one")
}

fn tokens(units: i64) -> u128 {
    u128::try_from(units).expect("invariant: a fact has no negative holdings")
}
