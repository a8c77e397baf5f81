//! What one state shows: a function for each invariant, over the records in a [`Scope`].
//!
//! A check of one record looks at the records that belong to it as well, so that after a step the
//! records that it wrote suffice, with those that [`Scope::of_step`] adds.
//!
//! Loading a state refuses what breaks some of these ([`crate::image`]); others are oddities that a
//! registry can live with. This module only finds.
//!
//! Source: `registry.md` 12.1; limits and rules are the contract's own functions.

use std::collections::BTreeSet;

use pbc_contract_common::address::{Address, AddressType};
use zk_node_registry::rules::node::check_endpoint;
use zk_node_registry::rules::roster::belongs_in_roster;
use zk_node_registry::rules::stake::MAX_RECORD_ENTRIES;
use zk_node_registry::rules::units::MAX_NODES;
use zk_node_registry::{Computation, ZkNode, ZkNodeTokens};

use super::facts::{Before, Facts};
use super::{Property, Violation};

/// The records to look at: ascending, each once.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Accounts: their token and node records, and their places in the roster.
    pub accounts: Vec<Address>,
    /// Served contracts: their computations.
    pub contracts: Vec<Address>,
    /// Positions of the roster.
    pub positions: Vec<u32>,
}

/// A check of one invariant.
pub type StateCheck = fn(&Facts, &Scope, &mut Vec<Violation>);

/// Every invariant that a single state shows, in the order of the specification. INV-22 and INV-23
/// are about bytes; [`super::bytes`] has them.
pub const STATE_CHECKS: [(Property, StateCheck); 15] = [
    (Property::INV_01, inv_01),
    (Property::INV_02, inv_02),
    (Property::INV_03, inv_03),
    (Property::INV_04, inv_04),
    (Property::INV_08, inv_08),
    (Property::INV_09, inv_09),
    (Property::INV_10, inv_10),
    (Property::INV_11, inv_11),
    (Property::INV_13, inv_13),
    (Property::INV_16, inv_16),
    (Property::INV_17, inv_17),
    (Property::INV_18, inv_18),
    (Property::INV_19, inv_19),
    (Property::INV_20, inv_20),
    (Property::INV_22, inv_22),
];

impl Scope {
    /// All records.
    pub fn whole(facts: &Facts) -> Scope {
        let accounts = facts.staked_tokens.keys().chain(facts.zk_nodes.keys());
        let accounts = accounts.chain(facts.roster_position.keys());
        let unique: BTreeSet<Address> = accounts.copied().collect();
        Scope {
            accounts: unique.into_iter().collect(),
            contracts: facts.computations.keys().copied().collect(),
            positions: facts.roster.keys().copied().collect(),
        }
    }

    /// One account.
    pub fn account(account: Address) -> Scope {
        Scope { accounts: vec![account], ..Scope::default() }
    }

    /// One served contract.
    pub fn contract(contract: Address) -> Scope {
        Scope { contracts: vec![contract], ..Scope::default() }
    }

    /// The records that a step wrote, and those whose invariants they are part of.
    pub fn of_step(before: &Before, after: &Facts) -> Scope {
        let mut scope = Scope::default();
        for (account, old) in &before.tokens {
            scope.accounts.push(*account);
            let new = after.staked_tokens.get(account);
            for tokens in old.iter().chain(new) {
                scope.contracts.extend(tokens.allocated_tokens.keys());
            }
        }
        for (contract, old) in &before.computations {
            scope.contracts.push(*contract);
            let new = after.computations.get(contract);
            for computation in old.iter().chain(new) {
                scope.accounts.extend(&computation.nodes);
            }
        }
        scope.accounts.extend(before.nodes.iter().map(|(account, _)| *account));
        for (position, old) in &before.roster {
            scope.positions.push(*position);
            scope.accounts.extend(old.iter().chain(after.roster.get(position)));
        }
        scope.accounts.extend(before.positions.iter().map(|(account, _)| *account));
        scope.accounts.sort_unstable();
        scope.accounts.dedup();
        scope.contracts.sort_unstable();
        scope.contracts.dedup();
        scope.positions.sort_unstable();
        scope.positions.dedup();
        scope
    }

    fn tokens<'a>(
        &'a self,
        facts: &'a Facts,
    ) -> impl Iterator<Item = (&'a Address, &'a ZkNodeTokens)> {
        self.accounts.iter().filter_map(|account| facts.staked_tokens.get_key_value(account))
    }

    fn nodes<'a>(&'a self, facts: &'a Facts) -> impl Iterator<Item = (&'a Address, &'a ZkNode)> {
        self.accounts.iter().filter_map(|account| facts.zk_nodes.get_key_value(account))
    }

    fn computations<'a>(
        &'a self,
        facts: &'a Facts,
    ) -> impl Iterator<Item = (&'a Address, &'a Computation)> {
        self.contracts.iter().filter_map(|contract| facts.computations.get_key_value(contract))
    }
}

/// Everything of a record together, free, allocated, pending, incoming and outgoing: `W + I + O`.
pub(crate) fn whole(tokens: &ZkNodeTokens) -> i128 {
    total(tokens) + i128::from(tokens.incoming_tokens) + i128::from(tokens.outgoing_tokens)
}

/// Free, allocated and pending: `W`, over unbounded integers.
pub(crate) fn total(tokens: &ZkNodeTokens) -> i128 {
    let allocated = tokens.allocated_tokens.values().copied();
    let pending = tokens.pending_unlock.iter().map(|pending| pending.amount);
    allocated.chain(pending).chain([tokens.free_tokens]).map(i128::from).sum()
}

/// Whether `total` are the stakes of `k` shares: `k (share − 1) < total ≤ k × share` (INV-09).
pub(crate) fn total_fits(total: i64, share: i64, nodes: usize) -> bool {
    let (total, share) = (i128::from(total), i128::from(share));
    i128::try_from(nodes).is_ok_and(|nodes| nodes * (share - 1) < total && total <= nodes * share)
}

/// Whether the contract's views can look at a record: they are for amounts that it could store.
pub(super) fn is_sound(tokens: &ZkNodeTokens) -> bool {
    let amounts = [tokens.free_tokens, tokens.reserved_tokens, tokens.incoming_tokens];
    let pending = tokens.pending_unlock.iter().map(|pending| pending.amount);
    amounts
        .into_iter()
        .chain([tokens.outgoing_tokens])
        .chain(tokens.allocated_tokens.values().copied())
        .chain(pending)
        .all(|amount| amount >= 0)
        && whole(tokens) <= i128::from(i64::MAX)
}

fn broken(
    property: Property,
    place: String,
    found: impl Into<String>,
    expected: impl Into<String>,
) -> Violation {
    Violation { property, place, found: found.into(), expected: expected.into() }
}

/// Free, reserved, incoming and outgoing tokens are 0 or more.
pub fn inv_01(facts: &Facts, scope: &Scope, found: &mut Vec<Violation>) {
    for (account, tokens) in scope.tokens(facts) {
        let amounts = [
            ("free_tokens", tokens.free_tokens),
            ("reserved_tokens", tokens.reserved_tokens),
            ("incoming_tokens", tokens.incoming_tokens),
            ("outgoing_tokens", tokens.outgoing_tokens),
        ];
        for (field, amount) in amounts.into_iter().filter(|(_, amount)| *amount < 0) {
            let place = format!("staked_tokens[{account:x}].{field}");
            let is = format!("{amount} is below 0");
            found.push(broken(Property::INV_01, place, is, "0 or more"));
        }
    }
}

/// Every allocation and every pending amount is above 0.
pub fn inv_02(facts: &Facts, scope: &Scope, found: &mut Vec<Violation>) {
    for (account, tokens) in scope.tokens(facts) {
        let mut check = |amount: i64, place: &dyn Fn() -> String| {
            if amount < 1 {
                let place = format!("staked_tokens[{account:x}].{}", place());
                let is = format!("{amount} is below 1");
                found.push(broken(Property::INV_02, place, is, "1 or more"));
            }
        };
        for (contract, amount) in tokens.allocated_tokens.iter() {
            check(*amount, &|| format!("allocated_tokens[{contract:x}]"));
        }
        for (index, pending) in tokens.pending_unlock.iter().enumerate() {
            check(pending.amount, &|| format!("pending_unlock[{index}].amount"));
        }
    }
}

/// `W + I + O` fits into an `i64`.
pub fn inv_03(facts: &Facts, scope: &Scope, found: &mut Vec<Violation>) {
    for (account, tokens) in scope.tokens(facts) {
        let whole = whole(tokens);
        if whole > i128::from(i64::MAX) {
            let place = format!("staked_tokens[{account:x}]");
            let is = format!("everything together is {whole}");
            found.push(broken(Property::INV_03, place, is, format!("at most {}", i64::MAX)));
        }
    }
}

/// No stored token record is empty.
pub fn inv_04(facts: &Facts, scope: &Scope, found: &mut Vec<Violation>) {
    for (account, _) in scope.tokens(facts).filter(|(_, tokens)| tokens.is_empty()) {
        let place = format!("staked_tokens[{account:x}]");
        found.push(broken(Property::INV_04, place, "the record is empty", "no record"));
    }
}

/// A node has an allocation exactly where it is an engine.
pub fn inv_08(facts: &Facts, scope: &Scope, found: &mut Vec<Violation>) {
    for (contract, computation) in scope.computations(facts) {
        for (index, node) in computation.nodes.iter().enumerate() {
            let tokens = facts.staked_tokens.get(node);
            if !tokens.is_some_and(|tokens| tokens.allocated_tokens.contains_key(contract)) {
                let place = format!("computations[{contract:x}].nodes[{index}]");
                let is = format!("{node:x} has no allocation to it");
                found.push(broken(Property::INV_08, place, is, "an allocation of the share"));
            }
        }
    }
    for (account, tokens) in scope.tokens(facts) {
        for contract in tokens.allocated_tokens.keys() {
            let computation = facts.computations.get(contract);
            if !computation.is_some_and(|it| it.nodes.contains(account)) {
                let place = format!("staked_tokens[{account:x}].allocated_tokens[{contract:x}]");
                let is = "it is no node of that computation";
                found.push(broken(Property::INV_08, place, is, "no allocation"));
            }
        }
    }
}

/// Each amount allocated is the share, and the shares cover the stakes tightly.
pub fn inv_09(facts: &Facts, scope: &Scope, found: &mut Vec<Violation>) {
    shares_are_positive(facts, scope, found);
    for (contract, computation) in scope.computations(facts) {
        let Computation { share, total_stakes: total, nodes, .. } = computation;
        if *share < 1 || *total < 1 {
            continue;
        }
        for node in nodes {
            let tokens = facts.staked_tokens.get(node);
            let amount = tokens.and_then(|tokens| tokens.allocated_tokens.get(contract));
            if let Some(amount) = amount.filter(|amount| *amount != share) {
                let place = format!("staked_tokens[{node:x}].allocated_tokens[{contract:x}]");
                let is = format!("{amount} units");
                found.push(broken(Property::INV_09, place, is, format!("the share, {share}")));
            }
        }
        if !total_fits(*total, *share, nodes.len()) {
            let place = format!("computations[{contract:x}].total_stakes");
            let is = format!("{total} units are not the stakes of {} shares", nodes.len());
            found.push(broken(Property::INV_09, place, is, format!("shares of {share}")));
        }
    }
}

/// The part of INV-09 without which no registry can run.
pub(crate) fn shares_are_positive(facts: &Facts, scope: &Scope, found: &mut Vec<Violation>) {
    for (contract, computation) in scope.computations(facts) {
        let amounts = [("share", computation.share), ("total_stakes", computation.total_stakes)];
        for (field, amount) in amounts.into_iter().filter(|(_, amount)| *amount < 1) {
            let place = format!("computations[{contract:x}].{field}");
            let is = format!("{amount} is below 1");
            found.push(broken(Property::INV_09, place, is, "1 or more"));
        }
    }
}

/// The nodes of a computation are distinct, 1 to 16, each active and with a token record.
pub fn inv_10(facts: &Facts, scope: &Scope, found: &mut Vec<Violation>) {
    engines_are_distinct(facts, scope, found);
    for (contract, computation) in scope.computations(facts) {
        let nodes = computation.nodes.len();
        let limit = usize::from(MAX_NODES);
        if nodes > limit {
            let place = format!("computations[{contract:x}].nodes");
            let is = format!("{nodes} nodes");
            found.push(broken(Property::INV_10, place, is, format!("at most {limit}")));
        }
        for (index, node) in computation.nodes.iter().enumerate() {
            let lacks = if !facts.staked_tokens.contains_key(node) {
                "token record"
            } else if !facts.zk_nodes.get(node).is_some_and(ZkNode::is_active) {
                "active node"
            } else {
                continue;
            };
            let place = format!("computations[{contract:x}].nodes[{index}]");
            let is = format!("{node:x} has no {lacks}");
            found.push(broken(Property::INV_10, place, is, "one"));
        }
    }
    // A node that resigns leaves its computations behind: they are of other records.
    for (account, tokens) in scope.tokens(facts) {
        if facts.zk_nodes.get(account).is_some_and(ZkNode::is_active) {
            continue;
        }
        let mut unseen = tokens.allocated_tokens.keys().filter(|contract| {
            scope.contracts.binary_search(contract).is_err()
                && facts.computations.get(contract).is_some_and(|it| it.nodes.contains(account))
        });
        if let Some(contract) = unseen.next() {
            let place = format!("computations[{contract:x}].nodes");
            let is = format!("{account:x} has no active node");
            found.push(broken(Property::INV_10, place, is, "one"));
        }
    }
}

/// The part of INV-10 without which no registry can run.
pub(crate) fn engines_are_distinct(facts: &Facts, scope: &Scope, found: &mut Vec<Violation>) {
    for (contract, computation) in scope.computations(facts) {
        if computation.nodes.is_empty() {
            let place = format!("computations[{contract:x}].nodes");
            found.push(broken(Property::INV_10, place, "there is no node", "1 or more"));
        }
        for (index, node) in computation.nodes.iter().enumerate() {
            if computation.nodes[..index].contains(node) {
                let place = format!("computations[{contract:x}].nodes[{index}]");
                let is = format!("{node:x} occurs twice");
                found.push(broken(Property::INV_10, place, is, "each node once"));
            }
        }
    }
}

/// Pending times of a record are distinct.
pub fn inv_11(facts: &Facts, scope: &Scope, found: &mut Vec<Violation>) {
    for (account, tokens) in scope.tokens(facts) {
        let mut times = BTreeSet::new();
        for (index, pending) in tokens.pending_unlock.iter().enumerate() {
            if !times.insert(pending.unlock_time) {
                let place =
                    format!("staked_tokens[{account:x}].pending_unlock[{index}].unlock_time");
                let is = format!("{} occurs twice", pending.unlock_time);
                found.push(broken(Property::INV_11, place, is, "each time once"));
            }
        }
    }
}

/// `allocated = success + failure`, all 0 or more.
pub fn inv_13(facts: &Facts, scope: &Scope, found: &mut Vec<Violation>) {
    for (account, node) in scope.nodes(facts) {
        let score = &node.score;
        let counters = [score.allocated_score, score.failure_score, score.success_score];
        let [allocated, failure, success] = counters.map(i64::from);
        if counters.iter().any(|counter| *counter < 0) || allocated != success + failure {
            let place = format!("zk_nodes[{account:x}].score");
            let is = format!("{allocated} allocated, {success} success, {failure} failure");
            let expected = format!("{} allocated", success + failure);
            found.push(broken(Property::INV_13, place, is, expected));
        }
    }
}

/// `identity` is the key, an account. Ghosts know about the public key.
pub fn inv_16(facts: &Facts, scope: &Scope, found: &mut Vec<Violation>) {
    for (account, node) in scope.nodes(facts) {
        let place = || format!("zk_nodes[{account:x}].identity");
        if node.identity != *account {
            let is = format!("{:x}", node.identity);
            found.push(broken(Property::INV_16, place(), is, "the key of the record"));
        }
        if node.identity.address_type != AddressType::Account {
            let is = format!("{:x}", node.identity);
            found.push(broken(Property::INV_16, place(), is, "an account"));
        }
    }
}

/// A resigned node has no allocation. Steps show that a ban is never lifted.
pub fn inv_17(facts: &Facts, scope: &Scope, found: &mut Vec<Violation>) {
    for (account, _) in scope.nodes(facts).filter(|(_, node)| node.is_resigned) {
        let running = facts.staked_tokens.get(account).map_or(0, ZkNodeTokens::running);
        if running > 0 {
            let place = format!("zk_nodes[{account:x}].is_resigned");
            let is = format!("a resigned node with {running} open allocations");
            found.push(broken(Property::INV_17, place, is, "none"));
        }
    }
}

/// Only accounts have records. Ghosts know who was invited.
pub fn inv_18(facts: &Facts, scope: &Scope, found: &mut Vec<Violation>) {
    let strange = scope.accounts.iter().filter(|it| it.address_type != AddressType::Account);
    for account in strange {
        for (tree, is_there) in [
            ("staked_tokens", facts.staked_tokens.contains_key(account)),
            ("zk_nodes", facts.zk_nodes.contains_key(account)),
        ] {
            if is_there {
                let place = format!("{tree}[{account:x}]");
                found.push(broken(Property::INV_18, place, "no account", "the key of an account"));
            }
        }
    }
}

/// The roster and its inverse have no gaps and hold exactly the members of 7.2.
pub fn inv_19(facts: &Facts, scope: &Scope, found: &mut Vec<Violation>) {
    let length = facts.roster.len();
    let last = facts.roster.last_key_value().map(|(position, _)| *position);
    if last.is_some_and(|last| usize::try_from(last).ok() != length.checked_sub(1)) {
        let gap = (0_u32..).zip(facts.roster.keys()).find(|(expected, key)| expected != *key);
        if let Some((expected, position)) = gap {
            let is = format!("there is no position {expected}");
            let place = format!("roster[{position}]");
            found.push(broken(Property::INV_19, place, is, "no gaps"));
        }
    }
    for position in &scope.positions {
        let Some(account) = facts.roster.get(position) else { continue };
        let inverse = facts.roster_position.get(account);
        if inverse != Some(position) {
            let back = inverse.map_or("none".to_owned(), u32::to_string);
            let is = format!("{account:x} has position {back} in roster_position");
            let place = format!("roster[{position}]");
            found.push(broken(Property::INV_19, place, is, format!("{position}")));
        }
    }
    if facts.settings.min_node_stake < 0 {
        return; // INV-22
    }
    for account in &scope.accounts {
        let tokens = facts.staked_tokens.get(account);
        let node = facts.zk_nodes.get(account);
        if tokens.is_some_and(|tokens| !is_sound(tokens)) {
            continue;
        }
        let belongs = belongs_in_roster(node, tokens, &facts.settings);
        let position = facts.roster_position.get(account);
        let place = || format!("roster_position[{account:x}]");
        if let Some(position) = position {
            if facts.roster.get(position) != Some(account) {
                let is = format!("it is not at position {position}");
                found.push(broken(Property::INV_19, place(), is, "the inverse of the roster"));
            }
            if !belongs {
                let is = "it is not a member by its records";
                found.push(broken(Property::INV_19, place(), is, "no position"));
            }
        } else if belongs {
            let is = "it is a member by its records and not in the roster";
            let place = format!("zk_nodes[{account:x}]");
            found.push(broken(Property::INV_19, place, is, "a position"));
        }
    }
}

/// A token record has at most 1,000 entries, and endpoints are valid.
pub fn inv_20(facts: &Facts, scope: &Scope, found: &mut Vec<Violation>) {
    for (account, tokens) in scope.tokens(facts) {
        let entries = tokens.running() + tokens.pending_unlock.len();
        if entries > MAX_RECORD_ENTRIES {
            let place = format!("staked_tokens[{account:x}]");
            let is = format!("{entries} allocations and pending entries");
            let limit = format!("at most {MAX_RECORD_ENTRIES}");
            found.push(broken(Property::INV_20, place, is, limit));
        }
    }
    for (account, node) in scope.nodes(facts) {
        if let Err(rejection) = check_endpoint(&node.rest_endpoint.rest_endpoint) {
            let place = format!("zk_nodes[{account:x}].rest_endpoint");
            let is = format!("{}: {}", rejection.code(), rejection.message());
            found.push(broken(Property::INV_20, place, is, "a valid endpoint"));
        }
    }
}

/// Settings are such as `create` accepts; steps show that they never change.
pub fn inv_22(facts: &Facts, _: &Scope, found: &mut Vec<Violation>) {
    let settings = &facts.settings;
    let minimums = [
        ("settings.min_node_stake", settings.min_node_stake),
        ("settings.min_total_stakes", settings.min_total_stakes),
    ];
    for (place, minimum) in minimums.into_iter().filter(|(_, minimum)| *minimum < 0) {
        let is = format!("{minimum} is below 0");
        found.push(broken(Property::INV_22, place.to_owned(), is, "0 or more"));
    }
    if settings.stake_token.address_type == AddressType::Account {
        let is = format!("{:x} is not a contract", settings.stake_token);
        let place = "settings.stake_token".to_owned();
        found.push(broken(Property::INV_22, place, is, "a token contract"));
    }
}
