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
use crate::image::Oddity;
use crate::invariants::state::total_fits;

/// An allocation: the served contract, the account, the amount.
type Share = (Address, Address, i64);

/// The computations of `staked_tokens`: made from the allocations alone if the document has none,
/// otherwise those of the document, corrected where they do not fit.
pub(super) fn computations(
    staked_tokens: &BTreeMap<Address, ZkNodeTokens>,
    listed: Option<BTreeMap<Address, Entry<Computation>>>,
    notes: &mut Notes,
) -> BTreeMap<Address, Computation> {
    let has_computations = listed.is_some();
    let mut listed = listed.unwrap_or_default();
    let mut computations = BTreeMap::new();
    for shares in shares(staked_tokens).chunk_by(|(one, ..), (other, ..)| one == other) {
        let Some((contract, ..)) = shares.first() else { continue };
        let path = format!("computations[{contract:x}]");
        let computation = match listed.remove(contract) {
            Some(entry) => fit(entry.value, shares, &path, notes),
            None => {
                if has_computations {
                    notes.finding(Oddity::ComputationMade { nodes: shares.len() }.at(&path));
                }
                Computation {
                    nodes: nodes(shares).collect(),
                    share: largest(shares),
                    total_stakes: sum(shares, &path, notes),
                    allocation_end: None,
                }
            }
        };
        computations.insert(*contract, computation);
    }
    for (contract, entry) in listed {
        let nodes = entry.value.nodes.len();
        notes.finding(
            Oddity::ComputationDropped { nodes }.at(format!("computations[{contract:x}]")),
        );
    }
    computations
}

/// All allocations, ascending by contract, then by account. One list, so that many contracts with
/// one node each take little room.
fn shares(staked_tokens: &BTreeMap<Address, ZkNodeTokens>) -> Vec<Share> {
    let count = staked_tokens.values().map(ZkNodeTokens::running).sum();
    let mut shares = Vec::with_capacity(count);
    for (account, tokens) in staked_tokens {
        let allocations = tokens.allocated_tokens.iter();
        shares.extend(allocations.map(|(contract, amount)| (*contract, *account, *amount)));
    }
    shares.sort_unstable();
    shares
}

fn nodes(shares: &[Share]) -> impl Iterator<Item = Address> {
    shares.iter().map(|(_, account, _)| *account)
}

fn amounts(shares: &[Share]) -> impl Iterator<Item = i64> {
    shares.iter().map(|(.., amount)| *amount)
}

fn fit(
    mut computation: Computation,
    shares: &[Share],
    path: &str,
    notes: &mut Notes,
) -> Computation {
    let mut rest: BTreeSet<Address> = nodes(shares).collect();
    let listed = computation.nodes.iter().copied().filter(|node| rest.remove(node));
    let mut fitting: Vec<Address> = listed.collect();
    fitting.extend(rest);
    if fitting != computation.nodes {
        let (listed, kept) = (computation.nodes.len(), fitting.len());
        notes.finding(Oddity::NodesCorrected { listed, kept }.at(format!("{path}.nodes")));
        computation.nodes = fitting;
    }

    let stored = computation.share;
    if amounts(shares).any(|amount| amount != stored) {
        computation.share = largest(shares);
    }
    let share = computation.share;
    if share != stored {
        notes.finding(Oddity::ShareCorrected { stored, share }.at(format!("{path}.share")));
    }

    let stored = computation.total_stakes;
    if !total_fits(stored, share, computation.nodes.len()) {
        computation.total_stakes = sum(shares, path, notes);
    }
    let total = computation.total_stakes;
    if total != stored {
        let oddity = Oddity::TotalStakesCorrected { stored, total };
        notes.finding(oddity.at(format!("{path}.totalStakes")));
    }
    computation
}

fn largest(shares: &[Share]) -> i64 {
    amounts(shares).max().unwrap_or_default()
}

/// The sum; one that is out of range is noted.
fn sum(shares: &[Share], path: &str, notes: &mut Notes) -> i64 {
    let sum: i128 = amounts(shares).map(i128::from).sum();
    i64::try_from(sum).unwrap_or_else(|_| {
        let message = format!("the allocations add up to {sum}, which does not fit in 64 bits");
        notes.error(ImportCode::OutOfRange, format!("{path}.totalStakes"), message);
        i64::MAX
    })
}
