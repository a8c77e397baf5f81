//! The invariants that loading checks: a state that breaks one was not written by a registry.
//!
//! Other breaches are findings (`oddities`). Sums are over unbounded integers.
//!
//! Source: `registry.md` 4.5, row `state_invariant`; 12.1.

use std::collections::{BTreeMap, BTreeSet};

use pbc_contract_common::address::Address;
use zk_node_registry::rules::roster::belongs_in_roster;
use zk_node_registry::{Computation, Settings, ZkNode, ZkNodeTokens};

use super::load::LoadError;

/// The records as they are stored, the roster in both directions.
pub(super) struct Stored {
    pub(super) staked_tokens: BTreeMap<Address, ZkNodeTokens>,
    pub(super) zk_nodes: BTreeMap<Address, ZkNode>,
    pub(super) computations: BTreeMap<Address, Computation>,
    pub(super) roster: BTreeMap<u32, Address>,
    pub(super) roster_position: BTreeMap<Address, u32>,
}

/// Everything of a record together, free, allocated, pending, incoming and outgoing: `W + I + O`.
pub(crate) fn whole(tokens: &ZkNodeTokens) -> i128 {
    let allocated = tokens.allocated_tokens.values().copied();
    let pending = tokens.pending_unlock.iter().map(|pending| pending.amount);
    let rest = [tokens.free_tokens, tokens.incoming_tokens, tokens.outgoing_tokens];
    allocated.chain(pending).chain(rest).map(i128::from).sum()
}

/// Whether `total` are the stakes of `k` shares: `k (share − 1) < total ≤ k × share` (INV-09).
pub(crate) fn total_fits(total: i64, share: i64, nodes: usize) -> bool {
    let (total, share) = (i128::from(total), i128::from(share));
    i128::try_from(nodes).is_ok_and(|nodes| nodes * (share - 1) < total && total <= nodes * share)
}

/// Notes each place that breaks an invariant, ascending by tree and key.
pub(super) fn broken_invariants(settings: &Settings, stored: &Stored, errors: &mut Vec<LoadError>) {
    let mut broken = Broken(errors);
    for (account, tokens) in &stored.staked_tokens {
        broken.by_tokens(&format!("staked_tokens[{account:x}]"), tokens);
    }
    for (account, node) in &stored.zk_nodes {
        broken.by_score(&format!("zk_nodes[{account:x}].score"), node);
    }
    for (contract, computation) in &stored.computations {
        broken.by_computation(&format!("computations[{contract:x}]"), computation);
    }
    broken.by_allocations(stored);
    // Views of the contract are for records without negative amounts and sums out of range.
    if broken.0.is_empty() {
        broken.by_roster(settings, stored);
    }
}

struct Broken<'a>(&'a mut Vec<LoadError>);

impl Broken<'_> {
    fn note(&mut self, id: &'static str, path: String, values: impl Into<String>) {
        self.0.push(LoadError::Invariant { id, path, values: values.into() });
    }

    fn by_tokens(&mut self, path: &str, tokens: &ZkNodeTokens) {
        let amounts = [
            ("free_tokens", tokens.free_tokens),
            ("reserved_tokens", tokens.reserved_tokens),
            ("incoming_tokens", tokens.incoming_tokens),
            ("outgoing_tokens", tokens.outgoing_tokens),
        ];
        for (field, amount) in amounts {
            if amount < 0 {
                self.note("INV-01", format!("{path}.{field}"), format!("{amount} is below 0"));
            }
        }
        for (contract, amount) in tokens.allocated_tokens.iter() {
            if *amount < 1 {
                let path = format!("{path}.allocated_tokens[{contract:x}]");
                self.note("INV-02", path, format!("{amount} is below 1"));
            }
        }
        let mut times = BTreeSet::new();
        for (index, pending) in tokens.pending_unlock.iter().enumerate() {
            let path = format!("{path}.pending_unlock[{index}]");
            if pending.amount < 1 {
                self.note(
                    "INV-02",
                    format!("{path}.amount"),
                    format!("{} is below 1", pending.amount),
                );
            }
            if !times.insert(pending.unlock_time) {
                let values = format!("{} occurs twice", pending.unlock_time);
                self.note("INV-11", format!("{path}.unlock_time"), values);
            }
        }
        let whole = whole(tokens);
        if whole > i128::from(i64::MAX) {
            self.note("INV-03", path.to_owned(), format!("everything together is {whole}"));
        }
        if tokens.is_empty() {
            self.note("INV-04", path.to_owned(), "the record is empty");
        }
    }

    fn by_score(&mut self, path: &str, node: &ZkNode) {
        let score = &node.score;
        let counters = [score.allocated_score, score.failure_score, score.success_score];
        let [allocated, failure, success] = counters.map(i64::from);
        if counters.iter().any(|counter| *counter < 0) || allocated != success + failure {
            let values = format!("{allocated} allocated, {success} success, {failure} failure");
            self.note("INV-13", path.to_owned(), values);
        }
    }

    fn by_computation(&mut self, path: &str, computation: &Computation) {
        if computation.nodes.is_empty() {
            self.note("INV-10", format!("{path}.nodes"), "there is no node");
        }
        let mut nodes = BTreeSet::new();
        for (index, node) in computation.nodes.iter().enumerate() {
            if !nodes.insert(node) {
                self.note(
                    "INV-10",
                    format!("{path}.nodes[{index}]"),
                    format!("{node:x} occurs twice"),
                );
            }
        }
        let amounts = [("share", computation.share), ("total_stakes", computation.total_stakes)];
        for (field, amount) in amounts {
            if amount < 1 {
                self.note("INV-09", format!("{path}.{field}"), format!("{amount} is below 1"));
            }
        }
    }

    /// An allocation and its place in the computation stand and fall together.
    fn by_allocations(&mut self, stored: &Stored) {
        for (contract, computation) in &stored.computations {
            for (index, node) in computation.nodes.iter().enumerate() {
                let tokens = stored.staked_tokens.get(node);
                if !tokens.is_some_and(|tokens| tokens.allocated_tokens.contains_key(contract)) {
                    let path = format!("computations[{contract:x}].nodes[{index}]");
                    self.note("INV-08", path, format!("{node:x} has no allocation to it"));
                }
            }
        }
        let engines: BTreeSet<(&Address, &Address)> = stored
            .computations
            .iter()
            .flat_map(|(contract, work)| work.nodes.iter().map(move |node| (contract, node)))
            .collect();
        for (account, tokens) in &stored.staked_tokens {
            for contract in tokens.allocated_tokens.keys() {
                if !engines.contains(&(contract, account)) {
                    let path = format!("staked_tokens[{account:x}].allocated_tokens[{contract:x}]");
                    self.note("INV-08", path, "it is no node of that computation");
                }
            }
        }
    }

    fn by_roster(&mut self, settings: &Settings, stored: &Stored) {
        for (expected, (position, account)) in (0_u32..).zip(&stored.roster) {
            if *position != expected {
                let values = format!("there is no position {expected}");
                self.note("INV-19", format!("roster[{position}]"), values);
                break;
            }
            let inverse = stored.roster_position.get(account);
            if inverse != Some(position) {
                let back = inverse.map_or("none".to_owned(), u32::to_string);
                let values = format!("{account:x} has position {back} in roster_position");
                self.note("INV-19", format!("roster[{position}]"), values);
            }
        }
        for (account, position) in &stored.roster_position {
            let tokens = stored.staked_tokens.get(account);
            let path = || format!("roster_position[{account:x}]");
            if stored.roster.get(position) != Some(account) {
                self.note("INV-19", path(), format!("it is not at position {position}"));
            }
            if !belongs_in_roster(stored.zk_nodes.get(account), tokens, settings) {
                self.note("INV-19", path(), "it is not a member by its records");
            }
        }
        for (account, node) in &stored.zk_nodes {
            let tokens = stored.staked_tokens.get(account);
            if belongs_in_roster(Some(node), tokens, settings)
                && !stored.roster_position.contains_key(account)
            {
                let path = format!("zk_nodes[{account:x}]");
                self.note("INV-19", path, "it is a member by its records and not in the roster");
            }
        }
    }
}
