//! Relations about who is chosen.

use pbc_contract_common::address::Address;
use zk_node_registry::SemanticVersion;
use zkreg::call::Call;
use zkreg::chain::EngineContract;
use zkreg::invariants::{Answer, Delivery, Facts, Registry};

use crate::tape::{Make, Tape, code, facts, instead};

/// Holds a relation at each request of a tape for nodes that are to be drawn: the registry before it,
/// and the request.
fn at_draws(
    tape: &Tape,
    make: Make,
    mut look: impl FnMut(&EngineContract, &Delivery, &Call) -> Result<usize, String>,
) -> Result<usize, String> {
    tape.at_each_step(make, |registry, delivery| match Call::decode(&delivery.rpc) {
        Some(call) if is_drawn(&call) => look(registry, delivery, &call),
        _ => Ok(0),
    })
}

/// Whether it asks for nodes that are to be drawn.
pub(crate) fn is_drawn(call: &Call) -> bool {
    match call {
        Call::RequestNodesV1 { .. } | Call::RequestNodesV2 { .. } | Call::RequestNodes { .. } => {
            true
        }
        Call::ReRequest { specific_nodes, .. } => specific_nodes.is_empty(),
        _ => false,
    }
}

/// Whether nothing but the nodes decided about a request: it got them, or there were not enough.
pub(crate) fn came_to_nodes(answer: &Answer) -> bool {
    ["accepted", "not_enough_nodes"].contains(&code(answer).as_str())
}

/// M-10: who gets too few nodes gets none by asking for a higher version of the same major, for more
/// stake, or in fewer countries.
pub(crate) fn harder(tape: &Tape, make: Make) -> Result<usize, String> {
    at_draws(tape, make, |registry, delivery, call| {
        let answer = |call: &Call| code(&registry.clone().deliver(&instead(delivery, call)));
        let Some(call) = for_too_many(call, answer) else { return Ok(0) };
        let harder = [with_higher_version, with_more_stake, with_fewer_codes].map(|make_harder| {
            let mut harder = call.clone();
            make_harder(&mut harder);
            harder
        });
        let mut held = 0;
        for harder in harder.iter().filter(|it| **it != call) {
            if answer(harder) == "accepted" {
                return Err(format!("{harder:?} is accepted, {call:?} is not"));
            }
            held += 1;
        }
        Ok(held)
    })
}

/// The request, for more nodes if need be, so that there are just not enough.
fn for_too_many(call: &Call, answer: impl Fn(&Call) -> String) -> Option<Call> {
    let mut call = call.clone();
    loop {
        match answer(&call).as_str() {
            "not_enough_nodes" => return Some(call),
            "accepted" => match &mut call {
                Call::RequestNodesV1 { number_of_nodes, .. }
                | Call::RequestNodesV2 { number_of_nodes, .. }
                | Call::RequestNodes { number_of_nodes, .. }
                | Call::ReRequest { number_of_nodes, .. } => *number_of_nodes += 1,
                _ => return None,
            },
            _ => return None,
        }
    }
}

fn with_higher_version(call: &mut Call) {
    match call {
        Call::RequestNodesV2 {
            required_protocol_version: SemanticVersion { minor, .. }, ..
        } => *minor = minor.saturating_add(100),
        Call::RequestNodes { required_ee_version, .. }
        | Call::ReRequest { required_ee_version, .. } => {
            *required_ee_version = required_ee_version.saturating_add(100);
        }
        _ => {}
    }
}

fn with_more_stake(call: &mut Call) {
    match call {
        Call::RequestNodesV1 { total_stakes, .. }
        | Call::RequestNodesV2 { total_stakes, .. }
        | Call::RequestNodes { total_stakes, .. }
        | Call::ReRequest { total_stakes, .. } => *total_stakes = total_stakes.saturating_add(17),
        _ => {}
    }
}

fn with_fewer_codes(call: &mut Call) {
    match call {
        Call::RequestNodesV2 { jurisdictions, .. }
        | Call::RequestNodes { jurisdictions, .. }
        | Call::ReRequest { jurisdictions, .. } => {
            let lists = jurisdictions.node_jurisdictions.iter_mut().map(|it| &mut it.list);
            for list in lists.filter(|it| it.len() > 1) {
                list.pop();
            }
        }
        _ => {}
    }
}

/// M-11: raising the reserve of a node that is not chosen, by little or by all there is, does not get
/// it chosen.
pub(crate) fn with_more_reserve(tape: &Tape, make: Make) -> Result<usize, String> {
    at_draws(tape, make, |registry, delivery, call| {
        let Some(served) = call.request_for(delivery.sender) else { return Ok(0) };
        let mut plain = registry.clone();
        let answer = plain.deliver(delivery);
        if !came_to_nodes(&answer) {
            return Ok(0);
        }
        let chosen = if answer.is_ok() { engines(&plain, served) } else { Vec::new() };
        let Facts { roster, staked_tokens, .. } = facts(registry);
        let mut held = 0;
        for account in roster.values().filter(|it| !chosen.contains(it)) {
            let reserved = staked_tokens[account].reserved_tokens;
            for new_reserved in [reserved.saturating_add(10), i64::MAX] {
                if new_reserved == reserved {
                    continue;
                }
                let reserve = instead(delivery, &Call::SetReservedTokens { new_reserved });
                let mut raised = registry.clone();
                raised
                    .deliver(&Delivery { sender: *account, ..reserve })
                    .map_err(|failure| format!("a reserve: {failure}"))?;
                if raised.deliver(delivery).is_ok() && engines(&raised, served).contains(account) {
                    return Err(format!("{account:x} is chosen with a reserve of {new_reserved}"));
                }
                held += 1;
            }
        }
        Ok(held)
    })
}

/// The nodes that work for a contract.
fn engines(registry: &EngineContract, served: Address) -> Vec<Address> {
    facts(registry).computations.remove(&served).map(|work| work.nodes).unwrap_or_default()
}
