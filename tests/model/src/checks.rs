//! Checks of arguments that several actions share: the groups of 4.1 and the limits of section 2.

use std::collections::BTreeSet;

use crate::call::EngineStatus;
use crate::constants::{MAX_ENDPOINT_BYTES, MAX_JURISDICTIONS, MAX_LIST, MAX_NODES};
use crate::refusal::{Refusal, refuse, require};
use crate::state::{Address, Computation, Model, SemanticVersion, can_be_served, is_account};

/// What a valid endpoint starts with, in lower case.
const SCHEME: &str = "https://";

/// `caller_not_account`
pub(crate) fn caller_is_account(sender: &Address) -> Result<(), Refusal> {
    require(is_account(sender), "caller_not_account")
}

/// `not_a_served_contract`
pub(crate) fn serves(contract: &Address) -> Result<(), Refusal> {
    require(can_be_served(contract), "not_a_served_contract")
}

/// The group *endpoint*, by the definition of a valid endpoint at the end of 4.3.
pub(crate) fn endpoint(text: &str) -> Result<(), Refusal> {
    require(!text.is_empty(), "endpoint_empty")?;
    require(text.len() <= MAX_ENDPOINT_BYTES, "endpoint_too_long")?;
    require(!text.chars().any(char::is_control), "endpoint_control_character")?;
    let is_https = text.starts_with(SCHEME) && text.len() > SCHEME.len();
    require(is_https, "endpoint_not_https")
}

/// `version_negative`, for the three numbers of a protocol version.
pub(crate) fn protocol_version(version: &SemanticVersion) -> Result<(), Refusal> {
    require(version.major >= 0 && version.minor >= 0 && version.patch >= 0, "version_negative")
}

/// `version_negative`, for an EE version.
pub(crate) fn ee_version(version: i32) -> Result<(), Refusal> {
    require(version >= 0, "version_negative")
}

/// `list_too_long`, for a list of nodes or statuses.
pub(crate) fn list_length<T>(list: &[T]) -> Result<(), Refusal> {
    require(list.len() <= MAX_LIST, "list_too_long")
}

/// `list_too_long`, for jurisdictions: the outer list, then each inner one.
pub(crate) fn jurisdictions_length(lists: &[Vec<i32>]) -> Result<(), Refusal> {
    list_length(lists)?;
    require(lists.iter().all(|list| list.len() <= MAX_JURISDICTIONS), "list_too_long")
}

/// `node_count_out_of_range`: `k` from 1 to 16.
pub(crate) fn node_count(k: i128) -> Result<usize, Refusal> {
    match usize::try_from(k) {
        Ok(k) if (1..=MAX_NODES).contains(&k) => Ok(k),
        _ => refuse("node_count_out_of_range"),
    }
}

/// The group *jurisdictions*: none, one or `k` lists, and codes from 1 to 999.
pub(crate) fn jurisdictions(lists: &[Vec<i32>], k: usize) -> Result<(), Refusal> {
    let fits = lists.is_empty() || lists.len() == 1 || lists.len() == k;
    require(fits, "jurisdiction_lists_mismatch")?;
    let in_range = lists.iter().flatten().all(|code| (1..=999).contains(code));
    require(in_range, "jurisdiction_out_of_range")
}

/// `duplicate_node`
pub(crate) fn distinct(nodes: &[Address]) -> Result<(), Refusal> {
    let different: BTreeSet<&Address> = nodes.iter().collect();
    require(different.len() == nodes.len(), "duplicate_node")
}

/// The group *statuses*: foreign and repeated while reading from the front, then missing.
pub(crate) fn statuses(list: &[EngineStatus], computation: &Computation) -> Result<(), Refusal> {
    let mut judged = BTreeSet::new();
    for entry in list {
        require(computation.nodes.contains(&entry.engine), "status_node_foreign")?;
        require(judged.insert(entry.engine), "status_node_repeated")?;
    }
    let all_judged = computation.nodes.iter().all(|node| judged.contains(node));
    require(all_judged, "status_node_missing")
}

impl Model {
    /// `not_zk_contract_deploy`
    pub(crate) fn sender_is_deploy(&self, sender: &Address) -> Result<(), Refusal> {
        require(*sender == self.collaborators.zk_contract_deploy, "not_zk_contract_deploy")
    }

    /// `not_registered`
    pub(crate) fn sender_is_registered(&self, sender: &Address) -> Result<(), Refusal> {
        require(self.is_active(sender), "not_registered")
    }

    /// The group *stakes*.
    pub(crate) fn stakes(&self, total_stakes: i64) -> Result<(), Refusal> {
        require(total_stakes >= 1, "amount_not_positive")?;
        let least = self.settings.min_total_stakes;
        require(total_stakes >= least, "total_stakes_below_minimum")
    }

    /// `no_computation`, or the computation.
    pub(crate) fn computation_of(&self, contract: &Address) -> Result<&Computation, Refusal> {
        match self.computations.get(contract) {
            Some(computation) => Ok(computation),
            None => refuse("no_computation"),
        }
    }

    /// `computation_exists`
    pub(crate) fn has_no_computation(&self, contract: &Address) -> Result<(), Refusal> {
        require(!self.computations.contains_key(contract), "computation_exists")
    }
}
