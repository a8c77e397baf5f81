//! From the bytes of a state to an image, strictly.

use std::collections::BTreeMap;
use std::fmt;

use pbc_contract_common::address::Address;
use pbc_host::{StateError, load_state};
use pbc_lib::Trees;
use pbc_traits::ReadWriteState;
use zk_node_registry::{RegistryState, Settings};

use super::check;
use super::{Image, ROOT_BYTES};
use crate::invariants::Facts;
use zkreg_engine::trees::{COMPUTATIONS, ROSTER, ROSTER_POSITION, STAKED_TOKENS, TREES, ZK_NODES};

/// Why bytes are not the state of a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// They cannot be decoded, or no registry would have encoded them so.
    Malformed {
        /// The part that is wrong, such as `zk_nodes[00a1…].score`; empty for the whole.
        path: String,
        /// What is wrong with it.
        cause: String,
    },
    /// They break an invariant that loading checks.
    Invariant {
        /// Such as `INV-08`.
        id: &'static str,
        /// The part that breaks it; empty for the whole.
        path: String,
        /// The values that do not fit.
        values: String,
    },
}

impl LoadError {
    /// The stable code.
    ///
    /// Source: registry.md 4.5.
    pub const fn code(&self) -> &'static str {
        match self {
            LoadError::Malformed { .. } => "state_malformed",
            LoadError::Invariant { .. } => "state_invariant",
        }
    }

    fn malformed(path: String, cause: impl Into<String>) -> LoadError {
        LoadError::Malformed { path, cause: cause.into() }
    }

    fn of_root(error: &StateError) -> LoadError {
        LoadError::malformed(error.path.clone(), cause(error))
    }
}

/// `state_invariant: INV-01: staked_tokens[00a1…].free_tokens: -1 is below 0`
impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code();
        match self {
            LoadError::Malformed { path, cause } if path.is_empty() => {
                write!(f, "{code}: {cause}")
            }
            LoadError::Malformed { path, cause } => write!(f, "{code}: {path}: {cause}"),
            LoadError::Invariant { id, path, values } if path.is_empty() => {
                write!(f, "{code}: {id}: {values}")
            }
            LoadError::Invariant { id, path, values } => {
                write!(f, "{code}: {id}: {path}: {values}")
            }
        }
    }
}

impl std::error::Error for LoadError {}

impl Image {
    /// The registry whose root state is `state` and whose records are in `trees`.
    ///
    /// Storing the image gives the same bytes again.
    ///
    /// # Errors
    ///
    /// All of the first kind that occurs: [`LoadError::Invariant`] for a root of another length,
    /// [`LoadError::Malformed`] for what cannot be decoded, [`LoadError::Invariant`] for the rest.
    pub fn load(state: &[u8], trees: &Trees) -> Result<Image, Vec<LoadError>> {
        let root = load_root(state).map_err(|error| vec![error])?;

        let mut errors = wrong_trees(trees);
        let facts = Facts {
            collaborators: root.collaborators,
            settings: root.settings,
            staked_tokens: records(trees, STAKED_TOKENS, &mut errors),
            zk_nodes: records(trees, ZK_NODES, &mut errors),
            computations: records(trees, COMPUTATIONS, &mut errors),
            roster: entries(trees, ROSTER, u32::to_string, &mut errors),
            roster_position: records(trees, ROSTER_POSITION, &mut errors),
        };
        if !errors.is_empty() {
            return Err(errors);
        }

        check::broken_invariants(&facts, &mut errors);
        if !errors.is_empty() {
            return Err(errors);
        }
        let Facts { collaborators, settings, staked_tokens, zk_nodes, computations, .. } = facts;
        let roster = facts.roster.into_values().collect();
        Ok(Image { collaborators, settings, staked_tokens, zk_nodes, computations, roster })
    }
}

fn load_root(state: &[u8]) -> Result<RegistryState, LoadError> {
    if state.len() != ROOT_BYTES {
        return Err(LoadError::Invariant {
            id: "INV-22",
            path: String::new(),
            values: format!("the root state has {} bytes, not {ROOT_BYTES}", state.len()),
        });
    }
    let root: RegistryState = load_state(state).map_err(|error| LoadError::of_root(&error))?;
    let ids = state.len() - TREES.len() * size_of::<i32>();
    for ((id, name), bytes) in (0_i32..).zip(TREES).zip(state[ids..].chunks(size_of::<i32>())) {
        if bytes != id.to_le_bytes() {
            let cause = format!("tree id {}, not {id}", hex::encode(bytes));
            return Err(LoadError::malformed(name.to_owned(), cause));
        }
    }
    check_minimums(&root.settings)?;
    Ok(root)
}

/// `create` refuses negative minimums, and settings never change.
fn check_minimums(settings: &Settings) -> Result<(), LoadError> {
    let minimums = [
        ("settings.min_node_stake", settings.min_node_stake),
        ("settings.min_total_stakes", settings.min_total_stakes),
    ];
    match minimums.into_iter().find(|(_, minimum)| *minimum < 0) {
        None => Ok(()),
        Some((path, minimum)) => Err(LoadError::Invariant {
            id: "INV-22",
            path: path.to_owned(),
            values: format!("{minimum} is below 0"),
        }),
    }
}

fn wrong_trees(trees: &Trees) -> Vec<LoadError> {
    let missing = (0_i32..).zip(TREES).filter(|(id, _)| !trees.contains(*id));
    let missing = missing
        .map(|(id, name)| LoadError::malformed(name.to_owned(), format!("there is no tree {id}")));
    let known = |id: &i32| usize::try_from(*id).is_ok_and(|id| id < TREES.len());
    let foreign = trees.ids().filter(|id| !known(id));
    let foreign = foreign
        .map(|id| LoadError::malformed(String::new(), format!("tree {id} belongs to nothing")));
    missing.chain(foreign).collect()
}

fn records<V: ReadWriteState>(
    trees: &Trees,
    tree: i32,
    errors: &mut Vec<LoadError>,
) -> BTreeMap<Address, V> {
    entries(trees, tree, |address| format!("{address:x}"), errors)
}

/// The entries of one tree that can be decoded; what is wrong with the others goes to `errors`.
fn entries<K: ReadWriteState + Ord, V: ReadWriteState>(
    trees: &Trees,
    tree: i32,
    show: impl Fn(&K) -> String,
    errors: &mut Vec<LoadError>,
) -> BTreeMap<K, V> {
    let name = usize::try_from(tree).ok().and_then(|id| TREES.get(id)).copied().unwrap_or_default();
    let mut entries = BTreeMap::new();
    if !trees.contains(tree) {
        return entries;
    }
    for (key, value) in trees.iter(tree) {
        let key: K = match load_state(key) {
            Ok(key) => key,
            Err(error) => {
                let path = format!("{name}[key {}]", hex::encode(key));
                errors.push(LoadError::malformed(path, cause(&error)));
                continue;
            }
        };
        match load_state(value) {
            Ok(value) => {
                entries.insert(key, value);
            }
            Err(error) => {
                let dot =
                    if error.path.is_empty() || error.path.starts_with('[') { "" } else { "." };
                let path = format!("{name}[{}]{dot}{}", show(&key), error.path);
                errors.push(LoadError::malformed(path, cause(&error)));
            }
        }
    }
    entries
}

fn cause(error: &StateError) -> String {
    match error.error.code() {
        "state_malformed" => error.error.to_string(),
        code => format!("{code}: {}", error.error),
    }
}
