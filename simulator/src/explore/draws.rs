//! The hashes of transactions by which nodes are drawn.
//!
//! A draw looks at the hash only through the order in which positions of the roster come up for the
//! first time. So one hash for each order of each roster of up to 3 nodes stands for all hashes.
//! They are found by asking the registry itself for all its nodes: the engines are in the order of
//! the draw.

use std::collections::BTreeMap;

use pbc_contract_common::address::Address;
use pbc_traits::{Decoder, ReadRPC};
use zk_node_registry::{Collaborators, EngineInformation};

use super::small::UNIT;
use crate::call::Call;
use crate::chain::{EngineContract, TransactionHash};
use crate::invariants::{Delivery, Registry};

/// An order of positions, and a hash that draws them in it.
pub(super) type Draw = (Vec<usize>, TransactionHash);

/// For each contract, and each number of nodes in the roster, one hash for every order.
#[derive(Clone, Debug, Default)]
pub(super) struct Draws {
    hashes: BTreeMap<(Address, usize), Vec<Draw>>,
}

/// How many hashes are tried until all orders were seen: of 6 orders the last comes up after 15 on
/// average.
const MOST_TRIES: u32 = 10_000;

impl Draws {
    /// The hashes for `contracts`, on rosters of 1 to `most` nodes, which `registry` makes.
    pub(super) fn found(
        contracts: &[Address],
        own: Address,
        around: &Collaborators,
        registry: impl Fn(usize) -> EngineContract,
        most: usize,
    ) -> Draws {
        let mut draws = Draws::default();
        for nodes in 1..=most {
            let fresh = registry(nodes);
            for contract in contracts {
                let mut seen: BTreeMap<Vec<usize>, TransactionHash> = BTreeMap::new();
                let orders = (1..=nodes).product::<usize>();
                for number in 0..MOST_TRIES {
                    let mut hash = [0; 32];
                    hash[28..].copy_from_slice(&number.to_be_bytes());
                    let order = order(&fresh, own, around, contract, nodes, hash);
                    seen.entry(order).or_insert(hash);
                    if seen.len() == orders {
                        break;
                    }
                }
                draws.hashes.insert((*contract, nodes), seen.into_iter().collect());
            }
        }
        draws
    }

    /// The hashes for a request of `contract` when `members` nodes are in the roster, each with the
    /// order in which it draws their positions.
    pub(super) fn of(&self, contract: &Address, members: usize) -> &[Draw] {
        let hashes = self.hashes.get(&(*contract, members.max(1)));
        hashes.map_or(&[], Vec::as_slice)
    }
}

/// The order in which `hash` draws the positions of all `nodes` for `contract`.
fn order(
    registry: &EngineContract,
    own: Address,
    around: &Collaborators,
    contract: &Address,
    nodes: usize,
    hash: TransactionHash,
) -> Vec<usize> {
    let count = i32::try_from(nodes).expect("invariant: a small world has few nodes");
    let call = Call::RequestNodesV1 {
        zk_contract: *contract,
        number_of_nodes: count,
        total_stakes: i64::from(count) * UNIT,
    };
    let mut branch = registry.clone();
    let delivery = Delivery {
        registry: own,
        sender: around.zk_contract_deploy,
        now: 0,
        height: 1,
        transaction: hash,
        callback: None,
        rpc: call.encode(),
    };
    let groups = branch.deliver(&delivery).unwrap_or_default();
    let data = groups.into_iter().next().and_then(|group| group.return_data).unwrap_or_default();
    let engines: Vec<EngineInformation> =
        Vec::rpc_decode(&mut Decoder::new(&data)).unwrap_or_default();
    let roster = crate::world::Records::new(registry.root(), Registry::trees(registry)).roster();
    engines
        .iter()
        .filter_map(|engine| roster.iter().position(|member| *member == engine.identity))
        .collect()
}
