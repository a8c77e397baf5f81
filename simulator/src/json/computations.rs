//! The work of served contracts, as the allocations show it.
//!
//! The allocations are what counts: a computation that does not fit them is corrected, one that is
//! missing is made.
//!
//! Source: `registry.md` 11.2, the rows about `computations`.

use std::collections::{BTreeMap, BTreeSet};

use pbc_contract_common::address::Address;
use zk_node_registry::{Computation, ZkNodeTokens};

use super::error::ImportCode;
use super::read::{Entry, Notes};
use crate::image::{Oddity, total_fits};

/// For each served contract the accounts with an allocation to it, and the amounts.
type Shares = BTreeMap<Address, BTreeMap<Address, i64>>;

/// The computations of `staked_tokens`: made from the allocations alone if the document has none,
/// otherwise those of the document, corrected where they do not fit.
pub(super) fn computations(
    staked_tokens: &BTreeMap<Address, ZkNodeTokens>,
    listed: Option<BTreeMap<Address, Entry<Computation>>>,
    notes: &mut Notes,
) -> BTreeMap<Address, Computation> {
    let mut shares = shares(staked_tokens);
    let has_computations = listed.is_some();
    let mut computations = BTreeMap::new();
    for (contract, entry) in listed.unwrap_or_default() {
        let path = format!("computations[{contract:x}]");
        match shares.remove(&contract) {
            Some(amounts) => {
                computations.insert(contract, fit(entry.value, &amounts, &path, notes));
            }
            None => {
                let nodes = entry.value.nodes.len();
                notes.finding(Oddity::ComputationDropped { nodes }.at(path));
            }
        }
    }
    for (contract, amounts) in shares {
        let path = format!("computations[{contract:x}]");
        if has_computations {
            notes.finding(Oddity::ComputationMade { nodes: amounts.len() }.at(&path));
        }
        let computation = Computation {
            nodes: amounts.keys().copied().collect(),
            share: largest(&amounts),
            total_stakes: sum(&amounts, &path, notes),
            allocation_end: None,
        };
        computations.insert(contract, computation);
    }
    computations
}

fn shares(staked_tokens: &BTreeMap<Address, ZkNodeTokens>) -> Shares {
    let mut shares = Shares::new();
    for (account, tokens) in staked_tokens {
        for (contract, amount) in tokens.allocated_tokens.iter() {
            shares.entry(*contract).or_default().insert(*account, *amount);
        }
    }
    shares
}

fn fit(
    mut computation: Computation,
    amounts: &BTreeMap<Address, i64>,
    path: &str,
    notes: &mut Notes,
) -> Computation {
    let mut rest: BTreeSet<Address> = amounts.keys().copied().collect();
    let listed = computation.nodes.iter().copied().filter(|node| rest.remove(node));
    let mut nodes: Vec<Address> = listed.collect();
    nodes.extend(rest);
    if nodes != computation.nodes {
        let (listed, kept) = (computation.nodes.len(), nodes.len());
        notes.finding(Oddity::NodesCorrected { listed, kept }.at(format!("{path}.nodes")));
        computation.nodes = nodes;
    }

    let stored = computation.share;
    if amounts.values().any(|amount| *amount != stored) {
        computation.share = largest(amounts);
    }
    let share = computation.share;
    if share != stored {
        notes.finding(Oddity::ShareCorrected { stored, share }.at(format!("{path}.share")));
    }

    let stored = computation.total_stakes;
    if !total_fits(stored, share, computation.nodes.len()) {
        computation.total_stakes = sum(amounts, path, notes);
    }
    let total = computation.total_stakes;
    if total != stored {
        let oddity = Oddity::TotalStakesCorrected { stored, total };
        notes.finding(oddity.at(format!("{path}.totalStakes")));
    }
    computation
}

fn largest(amounts: &BTreeMap<Address, i64>) -> i64 {
    amounts.values().copied().max().unwrap_or_default()
}

/// The sum; one that is out of range is noted.
fn sum(amounts: &BTreeMap<Address, i64>, path: &str, notes: &mut Notes) -> i64 {
    let sum: i128 = amounts.values().copied().map(i128::from).sum();
    i64::try_from(sum).unwrap_or_else(|_| {
        let message = format!("the allocations add up to {sum}, which does not fit in 64 bits");
        notes.error(ImportCode::OutOfRange, format!("{path}.totalStakes"), message);
        i64::MAX
    })
}
