//! What a step may do to nodes and computations: scores, bans, engines, ends.
//!
//! Eligibility is the contract's own function, asked about the state before the call; whether a
//! complete assignment exists is found out here, by another method than the contract's.
//!
//! Source: `registry.md` 6 to 9 and 12.

use pbc_contract_common::address::Address;
use zk_node_registry::rules::eligibility::{Demand, RequiredVersion, eligibility};
use zk_node_registry::rules::units::{Timestamp, TokenAmount};
use zk_node_registry::{
    Computation, Jurisdiction, NodeJurisdictions, Pending, ZkNode, ZkNodeTokens,
};

use super::facts::Facts;
use super::ghosts::Ghosts;
use super::state::is_sound;
use super::step::{Delivery, Step};
use super::{Property, Violation};
use crate::call::Call;

fn of_node(
    property: Property,
    account: &Address,
    found: impl ToString,
    expected: impl ToString,
) -> Violation {
    let place = format!("zk_nodes[{account:x}]");
    Violation { property, place, found: found.to_string(), expected: expected.to_string() }
}

fn of_work(
    property: Property,
    contract: &Address,
    found: impl ToString,
    expected: impl ToString,
) -> Violation {
    let place = format!("computations[{contract:x}]");
    Violation { property, place, found: found.to_string(), expected: expected.to_string() }
}

/// Below saturation, allocations started less those counted are those that run.
pub fn inv_14(step: &Step<'_>, ghosts: &Ghosts, found: &mut Vec<Violation>) {
    let written = step.before.nodes.iter().map(|(account, _)| account);
    let written = written.chain(step.before.tokens.iter().map(|(account, _)| account));
    for account in written {
        let Some(node) = step.after.zk_nodes.get(account) else { continue };
        let allocated = node.score.allocated_score;
        let running =
            step.after.staked_tokens.get(account).map_or(0, |tokens| tokens.running() as i64);
        let started = ghosts.account(account).map_or(0, |ghost| ghost.started);
        let is = started - i64::from(allocated);
        if allocated < i32::MAX && is != running {
            let is = format!("{started} started, {allocated} counted, {running} running");
            let violation =
                of_node(Property::INV_14, account, is, format!("{running} not counted"));
            if !found.contains(&violation) {
                found.push(violation);
            }
        }
    }
}

/// The three counters of a node never fall, and no node record vanishes with them.
pub fn inv_15(step: &Step<'_>, _: &Ghosts, found: &mut Vec<Violation>) {
    for (account, before) in &step.before.nodes {
        let Some(before) = before else { continue };
        let counters = |node: &ZkNode| {
            [node.score.allocated_score, node.score.failure_score, node.score.success_score]
        };
        let Some(after) = step.after.zk_nodes.get(account) else {
            found.push(of_node(Property::INV_15, account, "the record is gone", "a record"));
            continue;
        };
        let (was, is) = (counters(before), counters(after));
        if was.iter().zip(is).any(|(was, is)| is < *was) {
            let is = format!("allocated, failure, success {is:?}");
            found.push(of_node(Property::INV_15, account, is, format!("{was:?} or more")));
        }
    }
}

/// A public key is there exactly if the last enrolment came through callback 30 (ghost; the state
/// shows the rest).
pub fn inv_16(step: &Step<'_>, ghosts: &Ghosts, found: &mut Vec<Violation>) {
    for (account, _) in &step.before.nodes {
        let Some(node) = step.after.zk_nodes.get(account) else { continue };
        let asked = ghosts.account(account).is_some_and(|ghost| ghost.asked_for_key);
        if node.public_key.is_some() != asked {
            let is = if asked { "no public key" } else { "a public key" };
            found.push(of_node(Property::INV_16, account, is, "as the last enrolment left it"));
        }
    }
}

/// A ban is never lifted (the state shows the rest).
pub fn inv_17(step: &Step<'_>, _: &Ghosts, found: &mut Vec<Violation>) {
    for (account, before) in &step.before.nodes {
        let was_disabled = before.as_ref().is_some_and(|node| node.is_disabled);
        let is_disabled = step.after.zk_nodes.get(account).is_some_and(|node| node.is_disabled);
        if was_disabled && !is_disabled {
            found.push(of_node(Property::INV_17, account, "no longer disabled", "a ban for good"));
        }
    }
}

/// No record for an address that nobody has heard of (ghost).
pub fn inv_18(step: &Step<'_>, ghosts: &Ghosts, found: &mut Vec<Violation>) {
    let tokens = step.before.tokens.iter().map(|(account, _)| account);
    let tokens = tokens.filter(|account| step.after.staked_tokens.contains_key(account));
    let nodes = step.before.nodes.iter().map(|(account, _)| account);
    let nodes = nodes.filter(|account| step.after.zk_nodes.contains_key(account));
    for account in tokens.chain(nodes) {
        if ghosts.account(account).is_none() {
            let is = "a record of somebody who never asked for one";
            found.push(of_node(Property::INV_18, account, is, "no record"));
        }
    }
}

/// The planned end never falls within one computation, re-requests included.
pub fn inv_21(step: &Step<'_>, _: &Ghosts, found: &mut Vec<Violation>) {
    for (contract, before) in &step.before.computations {
        let (Some(before), Some(after)) = (before, step.after.computations.get(contract)) else {
            continue;
        };
        if after.allocation_end < before.allocation_end {
            let is = format!("the end {:?}", after.allocation_end);
            let expected = format!("{:?} or later", before.allocation_end);
            found.push(of_work(Property::INV_21, contract, is, expected));
        }
    }
}

/// What a request asks of its nodes.
struct Request<'a> {
    served: Address,
    nodes: usize,
    demand: Demand,
    lists: Option<&'a NodeJurisdictions>,
}

impl<'a> Request<'a> {
    /// What `call` asks for; `None` if it is no request, or one whose numbers no request can have.
    fn of(call: &'a Call, delivery: &Delivery, facts: &Facts) -> Option<Request<'a>> {
        use RequiredVersion::{Any, ExecutionEngine, Protocol};
        let served = call.request_for(delivery.sender)?;
        let (nodes, total, version, lists) = match call {
            Call::RequestNodesV1 { number_of_nodes, total_stakes, .. } => {
                (usize::try_from(*number_of_nodes).ok()?, total_stakes, Any, None)
            }
            Call::RequestNodesV2 {
                number_of_nodes,
                total_stakes,
                jurisdictions,
                required_protocol_version,
                ..
            } => {
                let nodes = usize::try_from(*number_of_nodes).ok()?;
                (nodes, total_stakes, Protocol(*required_protocol_version), Some(jurisdictions))
            }
            Call::RequestListedFor {
                total_stakes, required_protocol_version, zk_nodes, ..
            } => (zk_nodes.len(), total_stakes, Protocol(*required_protocol_version), None),
            Call::RequestListed { total_stakes, required_ee_version, zk_nodes } => {
                (zk_nodes.len(), total_stakes, ExecutionEngine(*required_ee_version), None)
            }
            Call::RequestNodes {
                number_of_nodes,
                total_stakes,
                jurisdictions,
                required_ee_version,
            }
            | Call::ReRequest {
                number_of_nodes,
                total_stakes,
                jurisdictions,
                required_ee_version,
                ..
            } => {
                let nodes = usize::try_from(*number_of_nodes).ok()?;
                let version = ExecutionEngine(*required_ee_version);
                (nodes, total_stakes, version, Some(jurisdictions))
            }
            _ => return None,
        };
        let k = i64::try_from(nodes).ok().filter(|nodes| *nodes > 0)?;
        let share = total / k + i64::from(total % k > 0);
        let demand = Demand {
            share: TokenAmount::from_units(share)?,
            version,
            least_stake: facts.settings.least_stake(),
            now: Timestamp::from_millis(delivery.now),
        };
        Some(Request { served, nodes, demand, lists })
    }

    fn list(&self, slot: usize) -> &'a [Jurisdiction] {
        let slot = u8::try_from(slot).unwrap_or(u8::MAX);
        self.lists.map_or(&[], |lists| lists.of_slot(slot))
    }

    fn accepts(&self, slot: usize, node: Option<&ZkNode>, tokens: Option<&ZkNodeTokens>) -> bool {
        eligibility(node, tokens, &self.demand, self.list(slot)).is_ok()
    }
}

/// The tokens of an account once `ended` has released it: what a re-request sees.
fn released(
    tokens: Option<&ZkNodeTokens>,
    ended: Option<&Address>,
    now: Timestamp,
) -> Option<ZkNodeTokens> {
    let mut tokens = tokens.filter(|tokens| is_sound(tokens))?.clone();
    if let Some(contract) = ended
        && let Some(share) = tokens.allocated_tokens.remove(contract)
    {
        tokens = tokens.swept(now);
        // Releases of the same time are one entry (D-06): it decides whether there is room for more.
        let unlock_time = now.millis();
        match tokens.pending_unlock.iter_mut().find(|it| it.unlock_time == unlock_time) {
            Some(entry) => entry.amount = entry.amount.saturating_add(share),
            None => tokens.pending_unlock.push(Pending { amount: share, unlock_time }),
        }
    }
    Some(tokens)
}

/// Each engine was eligible for its slot when chosen, and its reserve is free afterwards.
pub fn inv_30(step: &Step<'_>, _: &Ghosts, found: &mut Vec<Violation>) {
    let (Some(call), Some((contract, computation))) = (step.call, step.requested()) else { return };
    let Some(request) = Request::of(call, step.delivery, step.after) else { return };
    let ended = step.ended().map(|(contract, _)| contract);
    for (slot, account) in computation.nodes.iter().enumerate() {
        let tokens = released(step.tokens_before(account), ended.as_ref(), step.now());
        // The jurisdiction is for INV-31.
        let node = step.node_before(account);
        let answer = eligibility(node, tokens.as_ref(), &request.demand, &[]);
        if let Err(reason) = answer {
            let is = format!("the engine of slot {slot}, {account:x}, {reason}");
            found.push(of_work(Property::INV_30, &contract, is, "an eligible node"));
        }
        let after = step.after.staked_tokens.get(account);
        if after.is_some_and(|it| it.free_tokens < it.reserved_tokens) {
            let is = format!("less than is reserved is free of {account:x}");
            found.push(of_work(Property::INV_30, &contract, is, "the reserve"));
        }
    }
}

/// Engines are distinct, as many as asked for, and each is in the jurisdictions of its slot; listed
/// ones are those that were listed.
pub fn inv_31(step: &Step<'_>, _: &Ghosts, found: &mut Vec<Violation>) {
    let (Some(call), Some((contract, computation))) = (step.call, step.requested()) else { return };
    let Some(request) = Request::of(call, step.delivery, step.after) else { return };
    let Computation { nodes, share, .. } = computation;
    if nodes.len() != request.nodes || *share != request.demand.share.units() {
        let is = format!("{} engines with {share} units each", nodes.len());
        let expected = format!("{} with {}", request.nodes, request.demand.share);
        found.push(of_work(Property::INV_31, &contract, is, expected));
    }
    for (slot, account) in nodes.iter().enumerate() {
        if nodes[..slot].contains(account) {
            let is = format!("{account:x} twice");
            found.push(of_work(Property::INV_31, &contract, is, "distinct engines"));
        }
        let jurisdiction = step.node_before(account).map(|node| node.server_jurisdiction);
        let list = request.list(slot);
        if !list.is_empty() && !jurisdiction.is_some_and(|it| list.contains(&it)) {
            let is = format!("the engine of slot {slot} is in {jurisdiction:?}");
            found.push(of_work(Property::INV_31, &contract, is, "one of the slot's list"));
        }
    }
    let listed = match call {
        Call::RequestListedFor { zk_nodes, .. } | Call::RequestListed { zk_nodes, .. } => zk_nodes,
        Call::ReRequest { specific_nodes, .. } if !specific_nodes.is_empty() => specific_nodes,
        _ => return,
    };
    if listed != nodes {
        found.push(of_work(Property::INV_31, &contract, "other engines", "those listed, in order"));
    }
}

/// A request that was refused with `not_enough_nodes`: no complete assignment exists.
pub fn inv_32(facts: &Facts, delivery: &Delivery, call: &Call, found: &mut Vec<Violation>) {
    let Some(request) = Request::of(call, delivery, facts) else { return };
    let ended = call.ends(delivery.sender);
    let accepting: Vec<Vec<usize>> = facts
        .zk_nodes
        .iter()
        .map(|(account, node)| {
            let tokens = facts.staked_tokens.get(account);
            let tokens = released(tokens, ended.as_ref(), request.demand.now);
            let slots = 0..request.nodes;
            slots.filter(|slot| request.accepts(*slot, Some(node), tokens.as_ref())).collect()
        })
        .collect();
    if assignment_exists(&accepting, request.nodes) {
        let is = "refused with not_enough_nodes, but an assignment exists";
        found.push(of_work(Property::INV_32, &request.served, is, "engines"));
    }
}

/// Whether all slots can be filled, each by another node that accepts it: Kuhn's algorithm, slot by
/// slot, depth first.
fn assignment_exists(accepting: &[Vec<usize>], slots: usize) -> bool {
    fn place(
        slot: usize,
        accepting: &[Vec<usize>],
        tried: &mut [bool],
        slot_of: &mut [Option<usize>],
    ) -> bool {
        for node in 0..accepting.len() {
            if !accepting[node].contains(&slot) || std::mem::replace(&mut tried[node], true) {
                continue;
            }
            let moves = slot_of[node].is_none_or(|held| place(held, accepting, tried, slot_of));
            if moves {
                slot_of[node] = Some(slot);
                return true;
            }
        }
        false
    }
    let mut slot_of = vec![None; accepting.len()];
    (0..slots).all(|slot| place(slot, accepting, &mut vec![false; accepting.len()], &mut slot_of))
}

/// Whoever has reserved everything gets no new allocation.
pub fn t_04(step: &Step<'_>, ghosts: &Ghosts, found: &mut Vec<Violation>) {
    let Some((contract, computation)) = step.requested() else { return };
    let reserved = |it: &&Address| ghosts.account(it).is_some_and(|it| it.has_reserved_all);
    if let Some(account) = computation.nodes.iter().find(reserved) {
        let is = format!("{account:x} is an engine, and has reserved everything");
        found.push(of_work(Property::T_04, &contract, is, "another engine"));
    }
}

/// An allocation is scored once, at its end.
pub fn t_10(step: &Step<'_>, _: &Ghosts, found: &mut Vec<Violation>) {
    let ended = step.ended().map(|(_, computation)| computation);
    for (account, before) in &step.before.nodes {
        let counted =
            |node: Option<&ZkNode>| node.map_or(0, |it| i64::from(it.score.allocated_score));
        let rise = counted(step.after.zk_nodes.get(account)) - counted(before.as_ref());
        let ends = ended.is_some_and(|it| it.nodes.contains(account));
        if rise > 0 && !ends {
            let is = format!("{rise} more allocations counted");
            found.push(of_node(Property::T_10, account, is, "the end of an allocation"));
        }
    }
    let Some(call) = step.call else { return };
    let about = match call {
        Call::CheckContractStatus { zk_contract: contract }
        | Call::ExtendDeadline { contract_address: contract } => Some(*contract),
        call => call.ends(step.delivery.sender),
    };
    if let Some(contract) = about.filter(|it| step.computation_before(it).is_none()) {
        let is = "a message about no work was accepted";
        found.push(of_work(Property::T_10, &contract, is, "no_computation"));
    }
}

/// A node once disabled is never chosen again.
pub fn t_12(step: &Step<'_>, ghosts: &Ghosts, found: &mut Vec<Violation>) {
    let Some((contract, computation)) = step.requested() else { return };
    let banned = |it: &&Address| ghosts.account(it).is_some_and(|it| it.is_banned);
    if let Some(account) = computation.nodes.iter().find(banned) {
        let is = format!("{account:x} is an engine, and was disabled");
        found.push(of_work(Property::T_12, &contract, is, "another engine"));
    }
}

/// Reports about the end change nothing but the planned end.
pub fn t_13(step: &Step<'_>, _: &Ghosts, found: &mut Vec<Violation>) {
    let is_about_the_end = matches!(
        step.call,
        Some(
            Call::CheckContractStatus { .. }
                | Call::ExtendDeadline { .. }
                | Call::OnContractStatus { .. }
                | Call::OnDeadlineExtended { .. }
        )
    );
    if !is_about_the_end {
        return;
    }
    for (contract, before) in &step.before.computations {
        let without_end = |it: &Computation| Computation { allocation_end: None, ..it.clone() };
        let before = before.as_ref().map(without_end);
        let after = step.after.computations.get(contract).map(without_end);
        if before != after {
            let (is, expected) = (format!("{after:?}"), format!("{before:?}"));
            found.push(of_work(Property::T_13, contract, is, expected));
        }
    }
    for (account, before, after) in step.written_tokens() {
        if before != after {
            found.push(Violation {
                property: Property::T_13,
                place: format!("staked_tokens[{account:x}]"),
                found: format!("{after:?}"),
                expected: "no change".to_owned(),
            });
        }
    }
    for (account, before) in &step.before.nodes {
        let after = step.after.zk_nodes.get(account);
        if before.as_ref() != after {
            found.push(of_node(Property::T_13, account, format!("{after:?}"), "no change"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assignment_is_found_where_a_greedy_choice_fails() {
        assert!(assignment_exists(&[vec![0, 1], vec![0]], 2));
        assert!(!assignment_exists(&[vec![0], vec![0]], 2));
        assert!(!assignment_exists(&[vec![0, 1]], 2));
        assert!(assignment_exists(&[vec![1], vec![], vec![0, 1], vec![2, 0]], 3));
    }
}
