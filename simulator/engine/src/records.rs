//! The registry's records as the contract crate's own types.

use pbc_contract_common::address::Address;
use pbc_host::load_state;
use pbc_lib::Trees;
use pbc_traits::ReadWriteState;
use zk_node_registry::{Collaborators, Computation, RegistryState, Settings, ZkNode, ZkNodeTokens};

use crate::bytes_of;
use crate::trees::{COMPUTATIONS, ROSTER, STAKED_TOKENS, ZK_NODES};

/// The state of one registry, decoded record by record.
///
/// It is the state of a registry that runs, so that a record which cannot be decoded is a bug.
/// State from elsewhere is checked before a registry runs on it.
#[derive(Clone, Copy, Debug)]
pub struct Records<'a> {
    root: &'a [u8],
    trees: &'a Trees,
}

impl<'a> Records<'a> {
    /// The records of the registry with this root state and these trees.
    pub fn new(root: &'a [u8], trees: &'a Trees) -> Records<'a> {
        Records { root, trees }
    }

    /// The contracts around the registry, and what the deployer chose.
    pub fn terms(&self) -> (Collaborators, Settings) {
        let RegistryState { collaborators, settings, .. } = decode(self.root);
        (collaborators, settings)
    }

    /// The tokens of `account`.
    pub fn tokens(&self, account: &Address) -> Option<ZkNodeTokens> {
        self.record(STAKED_TOKENS, account)
    }

    /// The node of `account`.
    pub fn node(&self, account: &Address) -> Option<ZkNode> {
        self.record(ZK_NODES, account)
    }

    /// The work of the contract `served`.
    pub fn computation(&self, served: &Address) -> Option<Computation> {
        self.record(COMPUTATIONS, served)
    }

    /// Everybody's tokens, ascending by address bytes.
    pub fn all_tokens(&self) -> impl Iterator<Item = (Address, ZkNodeTokens)> + use<'a> {
        self.all(STAKED_TOKENS)
    }

    /// All nodes, ascending by address bytes.
    pub fn all_nodes(&self) -> impl Iterator<Item = (Address, ZkNode)> + use<'a> {
        self.all(ZK_NODES)
    }

    /// All work, ascending by the bytes of the served contract.
    pub fn all_computations(&self) -> impl Iterator<Item = (Address, Computation)> + use<'a> {
        self.all(COMPUTATIONS)
    }

    /// The nodes that may be drawn, by position.
    pub fn roster(&self) -> Vec<Address> {
        let mut members: Vec<(u32, Address)> = self.all(ROSTER).collect();
        members.sort_unstable_by_key(|(position, _)| *position);
        members.into_iter().map(|(_, account)| account).collect()
    }

    fn record<T: ReadWriteState>(&self, tree: i32, key: &Address) -> Option<T> {
        self.trees.get(tree, &bytes_of(key)).map(decode)
    }

    fn all<K, V>(&self, tree: i32) -> impl Iterator<Item = (K, V)> + use<'a, K, V>
    where
        K: ReadWriteState,
        V: ReadWriteState,
    {
        self.trees.iter(tree).map(|(key, value)| (decode(key), decode(value)))
    }
}

fn decode<T: ReadWriteState>(bytes: &[u8]) -> T {
    load_state(bytes).expect("invariant: the registry writes what it can read")
}
