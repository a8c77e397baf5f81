//! How much of a registry an audit looks at: everything, or some nodes with their work.

use std::collections::BTreeSet;

use pbc_contract_common::address::Address;

use super::rule::Rule;
use crate::image::Image;
use crate::invariants::Property;
use crate::json::parse_address;

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The registry as a whole, or the document.
    Whole,
    /// An account: its tokens and its node.
    Account(Address),
    /// The work for a served contract.
    Computation(Address),
}

impl Subject {
    /// The subject of a place such as `stakedTokens[00a1…].freeTokens`.
    pub(super) fn of(place: &str, image: &Image) -> Subject {
        let bracket = place.split_once('[').and_then(|(tree, rest)| {
            let (key, _) = rest.split_once(']')?;
            Some((tree, key))
        });
        match bracket {
            Some(("computations", key)) => {
                parse_address(key).map_or(Subject::Whole, Subject::Computation)
            }
            Some(("roster", key)) => {
                let position = key.parse().ok().and_then(|place: usize| image.roster.get(place));
                position.copied().map_or(Subject::Whole, Subject::Account)
            }
            Some((_, key)) => parse_address(key).map_or(Subject::Whole, Subject::Account),
            None => Subject::Whole,
        }
    }
}

/// The records that are looked at.
pub(super) struct Extent<'a> {
    image: &'a Image,
    /// Some accounts and their work, if it is not everything.
    some: Option<(BTreeSet<Address>, BTreeSet<Address>)>,
}

impl<'a> Extent<'a> {
    pub(super) fn everything(image: &'a Image) -> Extent<'a> {
        Extent { image, some: None }
    }

    /// These accounts, and the computations to which they have allocations or which list them.
    pub(super) fn of(image: &'a Image, accounts: impl Iterator<Item = Address>) -> Extent<'a> {
        let accounts: BTreeSet<Address> = accounts.collect();
        let tokens = accounts.iter().filter_map(|account| image.staked_tokens.get(account));
        let allocated = tokens.flat_map(|tokens| tokens.allocated_tokens.keys().copied());
        let lists = image.computations.iter().filter_map(|(contract, computation)| {
            let is_theirs = computation.nodes.iter().any(|node| accounts.contains(node));
            is_theirs.then_some(*contract)
        });
        let contracts = allocated.chain(lists).collect();
        Extent { image, some: Some((accounts, contracts)) }
    }

    /// Whether it is everything.
    pub(super) fn is_everything(&self) -> bool {
        self.some.is_none()
    }

    pub(super) fn covers(&self, subject: &Subject) -> bool {
        let Some((accounts, contracts)) = &self.some else { return true };
        match subject {
            Subject::Whole => false,
            Subject::Account(account) => accounts.contains(account),
            Subject::Computation(contract) => contracts.contains(contract),
        }
    }

    fn account(&self, account: &Address) -> bool {
        self.covers(&Subject::Account(*account))
    }

    /// The computations that are looked at.
    pub(super) fn computations(&self) -> impl Iterator<Item = &'a Address> {
        let contracts = self.image.computations.keys();
        contracts.filter(|contract| self.covers(&Subject::Computation(**contract)))
    }

    /// What `rule` looks at, counted.
    pub(super) fn looked_at(&self, rule: Rule) -> Vec<(usize, &'static str)> {
        let image = self.image;
        let tokens = || image.staked_tokens.iter().filter(|(account, _)| self.account(account));
        let records = (tokens().count(), "token record");
        let nodes = image.zk_nodes.keys().filter(|account| self.account(account)).count();
        let nodes = (nodes, "node");
        let allocations = || {
            let allocations = tokens().map(|(_, tokens)| tokens.allocated_tokens.len()).sum();
            (allocations, "allocation")
        };
        let pending = || {
            let pending = tokens().map(|(_, tokens)| tokens.pending_unlock.len()).sum();
            (pending, "pending amount")
        };
        let computations = || (self.computations().count(), "computation");
        match rule {
            Rule::Invariant(property) => match property {
                Property::INV_02 => vec![allocations(), pending()],
                Property::INV_08 | Property::INV_09 => vec![allocations(), computations()],
                Property::INV_10 => vec![computations()],
                Property::INV_11 => vec![pending()],
                Property::INV_13 | Property::INV_16 | Property::INV_17 => vec![nodes],
                Property::INV_18 | Property::INV_20 => vec![records, nodes],
                Property::INV_19 => {
                    let roster = image.roster.iter().filter(|account| self.account(account));
                    vec![(roster.count(), "member"), nodes]
                }
                Property::INV_22 => vec![(4, "setting"), (3, "collaborator")],
                Property::INV_23 => vec![records, nodes, computations()],
                _ => vec![records],
            },
            Rule::Score | Rule::Node => vec![nodes],
            Rule::Clock | Rule::Unlocks => vec![pending()],
            Rule::Orphan => vec![computations()],
            Rule::Overdue | Rule::Ends => {
                let ended = self.computations().filter(|contract| {
                    image.computations.get(contract).is_some_and(|it| it.planned_end().is_some())
                });
                vec![(ended.count(), "known end")]
            }
            Rule::Expires | Rule::InFlight => vec![records],
            Rule::Document => vec![(1, "document")],
        }
    }
}
