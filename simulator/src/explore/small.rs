//! Small worlds: a few nodes, a few ZK contracts, and all that can happen there.
//!
//! All nodes of a world are alike when it begins, and so are its contracts, so that states which
//! differ only in who is who need to be looked at once. Amounts are whole MPC, few enough that a
//! node is soon below the minimum, and its purse soon empty.

use std::fmt;
use std::str::FromStr;

use pbc_contract_common::address::Address;
use pbc_lib::Trees;
use zk_node_registry::Collaborators;
use zk_node_registry::rules::units::UNITS_PER_MPC;

use super::EngineFactory;
use super::draws::Draws;
use crate::name::Name;
use crate::names::{address_of, bytes_of};
use crate::scenario::Scenario;
use crate::step::{Fact, Step};
use crate::world::{Start, World};

/// The unit in which a small world counts: 1 MPC.
pub(super) const UNIT: i64 = UNITS_PER_MPC;
/// What a node can have at the registry, everything together: then its purse is empty.
pub(super) const PURSE: i64 = 3 * UNIT;
/// How many transfers can be under way at a time.
pub(super) const MOST_TRANSFERS: usize = 2;
/// How many questions to a ZK contract (07 and 0e) can be under way at a time.
pub(super) const MOST_QUESTIONS: usize = 1;
/// The EE version of the nodes. Requests ask for 0, and scenarios for anything up to this.
pub(super) const EE_VERSION: i32 = 1_000;
/// The gas of a call that extends a computation: 1 to 182 days for any request here.
pub(super) const EXTENSION_GAS: i64 = 29;

/// How many nodes and contracts a small world has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// 1 to 3.
    pub nodes: usize,
    /// 1 or 2.
    pub contracts: usize,
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.nodes, self.contracts)
    }
}

impl FromStr for Size {
    type Err = String;

    /// Reads `2x2`: nodes, then contracts.
    fn from_str(text: &str) -> Result<Size, String> {
        let size = text.split_once('x').and_then(|(nodes, contracts)| {
            Some(Size { nodes: nodes.parse().ok()?, contracts: contracts.parse().ok()? })
        });
        size.filter(|it| (1..=3).contains(&it.nodes) && (1..=2).contains(&it.contracts))
            .ok_or_else(|| "write 1 to 3 nodes and 1 or 2 contracts, such as `2x2`".to_owned())
    }
}

/// A small world when it begins.
#[derive(Clone, Debug)]
pub(super) struct SmallWorld {
    pub(super) size: Size,
    /// `n1`, `n2`, …
    pub(super) nodes: Vec<Address>,
    /// `zk-1`, `zk-2`
    pub(super) contracts: Vec<Address>,
    /// Somebody without any role, `carl`.
    pub(super) stranger: Address,
    pub(super) registry: Address,
    pub(super) around: Collaborators,
    /// What has happened before, as the lines of a scenario.
    pub(super) prelude: Vec<String>,
    pub(super) root: Vec<u8>,
    pub(super) trees: Trees,
    pub(super) now: i64,
    pub(super) draws: Draws,
}

/// The name of node number `index`, from 0.
pub(super) fn node_name(index: usize) -> String {
    format!("n{}", index + 1)
}

/// The name of contract number `index`, from 0.
pub(super) fn contract_name(index: usize) -> String {
    format!("zk-{}", index + 1)
}

pub(super) fn address(name: &str) -> Address {
    let name: Name = name.parse().expect("invariant: a name of this module is one");
    address_of(&name)
}

impl SmallWorld {
    /// The world as the registry that `engine` runs makes it.
    pub(super) fn new(size: Size, engine: EngineFactory<'_>) -> SmallWorld {
        let mut small = SmallWorld::bare(size, engine);
        small.draws = Draws::found(
            &small.contracts,
            small.registry,
            &small.around,
            |nodes| {
                let few = SmallWorld::bare(Size { nodes, ..size }, engine);
                few.restored(engine)
            },
            size.nodes,
        );
        small
    }

    fn bare(size: Size, engine: EngineFactory<'_>) -> SmallWorld {
        let prelude = prelude(size);
        let (world, start) = play(&prelude, engine);
        let (root, trees) = world.registry();
        SmallWorld {
            size,
            nodes: (0..size.nodes).map(|index| address(&node_name(index))).collect(),
            contracts: (0..size.contracts).map(|index| address(&contract_name(index))).collect(),
            stranger: address("carl"),
            registry: world.registry_address(),
            around: start.collaborators(),
            root: root.to_vec(),
            trees: trees.clone(),
            now: world.now(),
            prelude,
            draws: Draws::default(),
        }
    }

    fn restored(&self, engine: EngineFactory<'_>) -> crate::chain::EngineContract {
        crate::chain::EngineContract::restore(self.root.clone(), self.trees.clone(), engine())
    }

    /// Whose address these bytes are: of a node, the stranger, or one of the contracts around.
    pub(super) fn anybody(&self, bytes: &[u8]) -> Address {
        let Collaborators { bp_orchestration, voting, zk_contract_deploy } = self.around;
        let others = [self.stranger, bp_orchestration, voting, zk_contract_deploy];
        let all = self.nodes.iter().chain(&self.contracts).chain(&others);
        *all.clone()
            .find(|it| bytes_of(it) == bytes)
            .expect("invariant: nobody else calls in a small world")
    }

    /// Which of the nodes has this address.
    pub(super) fn node(&self, address: &Address) -> Option<usize> {
        self.nodes.iter().position(|it| it == address)
    }

    /// Which of the contracts has this address.
    pub(super) fn contract(&self, address: &Address) -> Option<usize> {
        self.contracts.iter().position(|it| it == address)
    }
}

/// How a small world begins: its nodes are registered, up to date, and have two thirds of their
/// purse here.
fn prelude(size: Size) -> Vec<String> {
    let mut lines: Vec<String> = [
        "given settings block-producers not required",
        "given settings min-node-stake 2",
        "given settings min-total-stakes 1",
    ]
    .map(str::to_owned)
    .into();
    let names: Vec<String> = (0..size.nodes).map(node_name).collect();
    lines.extend(names.iter().map(|name| format!("given {name} holds 3 approved")));
    for name in &names {
        lines.push(format!("0d {name} register https://a.example"));
        lines.push(format!("0d {name} version 4.10.0"));
        lines.push(format!("0d {name} ee-version {EE_VERSION}"));
        lines.push(format!("0d {name} associate 2"));
    }
    lines
}

fn play(lines: &[String], engine: EngineFactory<'_>) -> (World, Start) {
    let text = lines.join("\n");
    let scenario: Scenario = text.parse().expect("invariant: the prelude can be read");
    let facts: Vec<&Fact> = scenario
        .steps()
        .filter_map(|(_, step)| match step {
            Step::Given(fact) => Some(fact),
            _ => None,
        })
        .collect();
    let start = Start::of(facts);
    let mut world = World::start(&start, engine()).expect("invariant: init takes these settings");
    for (_, step) in scenario.steps() {
        if let Step::Call(call) = step {
            world
                .perform(&call.actor, &call.action)
                .expect("invariant: the prelude can be carried out");
        }
    }
    (world, start)
}
