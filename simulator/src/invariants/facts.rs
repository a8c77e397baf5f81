//! A registry state as values, and how one call changes it.
//!
//! Facts are read from the bytes strictly, but not judged: broken invariants are found later. What
//! a call has written is read anew; the rest is not looked at, so that a step costs what it
//! changed.

use std::collections::BTreeMap;

use pbc_contract_common::address::Address;
use pbc_host::load_state;
use pbc_lib::Trees;
use pbc_traits::ReadWriteState;
use zk_node_registry::{Collaborators, Computation, RegistryState, Settings, ZkNode, ZkNodeTokens};

use super::{Property, Violation};
use zkreg_engine::trees::{COMPUTATIONS, ROSTER, ROSTER_POSITION, STAKED_TOKENS, ZK_NODES};

/// All that a registry knows, tree by tree, the roster in both directions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
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
    pub roster: BTreeMap<u32, Address>,
    /// The position of each of them.
    pub roster_position: BTreeMap<Address, u32>,
}

/// A key of a tree: the id of the tree, and the bytes of the key.
pub type TreeKey = (i32, Vec<u8>);

/// What the records that a call wrote were before, each once; none if they were absent.
#[derive(Clone, Debug, Default)]
pub struct Before {
    pub(super) tokens: Vec<(Address, Option<ZkNodeTokens>)>,
    pub(super) nodes: Vec<(Address, Option<ZkNode>)>,
    pub(super) computations: Vec<(Address, Option<Computation>)>,
    pub(super) roster: Vec<(u32, Option<Address>)>,
    pub(super) positions: Vec<(Address, Option<u32>)>,
}

impl Facts {
    /// A registry with no record in it.
    pub fn empty(collaborators: Collaborators, settings: Settings) -> Facts {
        Facts {
            collaborators,
            settings,
            staked_tokens: BTreeMap::new(),
            zk_nodes: BTreeMap::new(),
            computations: BTreeMap::new(),
            roster: BTreeMap::new(),
            roster_position: BTreeMap::new(),
        }
    }

    /// The facts in a root state and its trees; what is wrong with the bytes goes to `found`, and
    /// the record is left out. `None` if the root cannot be read.
    pub fn read(root: &[u8], trees: &Trees, found: &mut Vec<Violation>) -> Option<Facts> {
        let state: RegistryState = match load_state(root) {
            Ok(state) => state,
            Err(error) => {
                found.push(unreadable("root state".to_owned(), &error));
                return None;
            }
        };
        let mut facts = Facts::empty(state.collaborators, state.settings);
        let keys: Vec<TreeKey> = trees
            .ids()
            .flat_map(|id| trees.iter(id).map(move |(key, _)| (id, key.to_vec())))
            .collect();
        facts.update(trees, keys.iter().map(|(tree, key)| (*tree, key.as_slice())), found);
        Some(facts)
    }

    /// Reads the entries anew that a call has `written`, and returns what they were before. What
    /// cannot be read is taken as absent, and goes to `found`.
    pub fn update<'a>(
        &mut self,
        trees: &Trees,
        written: impl Iterator<Item = (i32, &'a [u8])>,
        found: &mut Vec<Violation>,
    ) -> Before {
        let mut before = Before::default();
        for (tree, key) in written {
            let value = trees.get(tree, key);
            let entry = Entry { tree, key, value };
            match tree {
                STAKED_TOKENS => {
                    entry.take(&mut self.staked_tokens, &mut before.tokens, found);
                }
                ZK_NODES => entry.take(&mut self.zk_nodes, &mut before.nodes, found),
                COMPUTATIONS => {
                    entry.take(&mut self.computations, &mut before.computations, found);
                }
                ROSTER => entry.take(&mut self.roster, &mut before.roster, found),
                ROSTER_POSITION => {
                    entry.take(&mut self.roster_position, &mut before.positions, found);
                }
                _ => found.push(Violation {
                    property: Property::INV_22,
                    place: format!("tree {tree}"),
                    found: "it belongs to nothing".to_owned(),
                    expected: "the trees 0 to 4".to_owned(),
                }),
            }
        }
        before
    }
}

/// An entry as it is now.
struct Entry<'a> {
    tree: i32,
    key: &'a [u8],
    value: Option<&'a [u8]>,
}

impl Entry<'_> {
    fn take<K: ReadWriteState + Ord + Copy, V: ReadWriteState>(
        &self,
        map: &mut BTreeMap<K, V>,
        before: &mut Vec<(K, Option<V>)>,
        found: &mut Vec<Violation>,
    ) {
        let Some(key) = read::<K>(self.key, found, || format!("key of tree {}", self.tree)) else {
            return;
        };
        let value = self.value.and_then(|bytes| {
            read(bytes, found, || format!("tree {}[{}]", self.tree, hex::encode(self.key)))
        });
        let old = match value {
            Some(value) => map.insert(key, value),
            None => map.remove(&key),
        };
        // The first write of a key holds what was there before the call.
        if before.iter().all(|(known, _)| *known != key) {
            before.push((key, old));
        }
    }
}

/// A value that is written as it was read (INV-23).
fn read<T: ReadWriteState>(
    bytes: &[u8],
    found: &mut Vec<Violation>,
    place: impl Fn() -> String,
) -> Option<T> {
    match load_state::<T>(bytes) {
        Ok(value) => {
            let mut again = Vec::with_capacity(bytes.len());
            value.state_write_to(&mut again).expect("invariant: a vector takes all bytes");
            if again != bytes {
                found.push(Violation {
                    property: Property::INV_23,
                    place: place(),
                    found: hex::encode(bytes),
                    expected: hex::encode(again),
                });
            }
            Some(value)
        }
        Err(error) => {
            found.push(unreadable(place(), &error));
            None
        }
    }
}

fn unreadable(place: String, error: &pbc_host::StateError) -> Violation {
    let path = if error.path.is_empty() { String::new() } else { format!("{}: ", error.path) };
    Violation {
        property: Property::INV_23,
        place,
        found: format!("{path}{}", error.error),
        expected: "bytes that a registry writes".to_owned(),
    }
}
