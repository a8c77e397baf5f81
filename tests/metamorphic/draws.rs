//! Relations about who is chosen.

use pbc_contract_common::address::{Address, AddressType};
use zk_node_registry::{RestEndpoint, SemanticVersion};
use zkreg::call::Call;
use zkreg::chain::EngineContract;
use zkreg::invariants::{Delivery, Facts, Registry};

use crate::tape::{Make, Tape, code, facts, same, same_codes};

/// M-09: accounts that are not in the roster change no answer. Some only register, others only have
/// tokens under way.
pub(crate) fn with_bystanders(tape: &Tape, make: Make) -> Result<usize, String> {
    let (answers, _) = tape.run(make);
    let mut other = tape.begin(make);
    let Some(first) = tape.deliveries.first() else { return Ok(0) };
    let members = facts(&other).roster.len();
    for number in 0..4 {
        let sender = bystander(number);
        let rest_endpoint = RestEndpoint { rest_endpoint: "https://b.example".to_owned() };
        let call = match number % 2 {
            0 => Call::RegisterAsZkNode { rest_endpoint },
            _ => Call::AssociateTokens { token_amount: 1_000_000 },
        };
        let delivery = Delivery { sender, callback: None, rpc: call.encode(), ..first.clone() };
        other.deliver(&delivery).map_err(|failure| format!("a bystander: {failure}"))?;
    }
    same("roster", members, facts(&other).roster.len())?;
    let mut requests = 0;
    let mut others = Vec::new();
    let mut plain = tape.begin(make);
    for (index, delivery) in tape.deliveries.iter().enumerate() {
        others.push(other.deliver(delivery));
        // Its answer is compared at the end.
        let _ = plain.deliver(delivery);
        let Some(served) = requested(delivery) else { continue };
        let engines = |registry| facts(registry).computations.remove(&served).map(|it| it.nodes);
        same(format_args!("engines of step {index}"), engines(&plain), engines(&other))?;
        requests += usize::from(others[index].is_ok());
    }
    same_codes(tape, &answers, &others)?;
    Ok(requests)
}

fn bystander(number: u8) -> Address {
    Address { address_type: AddressType::Account, identifier: [0xb0 + number; 20] }
}

/// The contract for which a delivery asks for nodes.
fn requested(delivery: &Delivery) -> Option<Address> {
    Call::decode(&delivery.rpc)?.request_for(delivery.sender)
}

/// Holds a relation at each request of a tape: the registry before it, and the request.
fn at_requests(
    tape: &Tape,
    make: Make,
    mut look: impl FnMut(&EngineContract, &Delivery, Call) -> Result<usize, String>,
) -> Result<usize, String> {
    let mut registry = tape.begin(make);
    let mut held = 0;
    for (index, delivery) in tape.deliveries.iter().enumerate() {
        if let (Some(call), None) = (Call::decode(&delivery.rpc), &delivery.callback)
            && call.request_for(delivery.sender).is_some()
        {
            let looked = look(&registry, delivery, call);
            held += looked.map_err(|what| format!("step {index}: {what}"))?;
        }
        // Its answer is the affair of others.
        let _ = registry.deliver(delivery);
    }
    Ok(held)
}

/// M-10: who gets too few nodes gets none by asking for a higher version of the same major, for more
/// stake, or in fewer countries.
pub(crate) fn harder(tape: &Tape, make: Make) -> Result<usize, String> {
    at_requests(tape, make, |registry, delivery, call| {
        if code(&registry.clone().deliver(delivery)) != "not_enough_nodes" {
            return Ok(0);
        }
        let mut held = 0;
        for harder in harder_than(&call) {
            let delivery = Delivery { rpc: harder.encode(), ..delivery.clone() };
            let answer = code(&registry.clone().deliver(&delivery));
            if answer == "accepted" {
                return Err(format!("{harder:?} is accepted, {call:?} is not"));
            }
            held += 1;
        }
        Ok(held)
    })
}

fn harder_than(call: &Call) -> Vec<Call> {
    let mut harder = Vec::new();
    let mut with = |change: &dyn Fn(&mut Call)| {
        let mut call = call.clone();
        change(&mut call);
        harder.push(call);
    };
    with(&|call| match call {
        Call::RequestNodesV2 {
            required_protocol_version: SemanticVersion { minor, .. }, ..
        } => {
            *minor = minor.saturating_add(100);
        }
        Call::RequestNodes { required_ee_version, .. }
        | Call::ReRequest { required_ee_version, .. } => {
            *required_ee_version = required_ee_version.saturating_add(100);
        }
        _ => {}
    });
    with(&|call| match call {
        Call::RequestNodesV1 { total_stakes, .. }
        | Call::RequestNodesV2 { total_stakes, .. }
        | Call::RequestNodes { total_stakes, .. }
        | Call::ReRequest { total_stakes, .. } => *total_stakes = total_stakes.saturating_add(17),
        _ => {}
    });
    with(&|call| match call {
        Call::RequestNodesV2 { jurisdictions, .. }
        | Call::RequestNodes { jurisdictions, .. }
        | Call::ReRequest { jurisdictions, .. } => {
            for list in &mut jurisdictions.node_jurisdictions {
                if list.list.len() > 1 {
                    list.list.pop();
                }
            }
        }
        _ => {}
    });
    harder
}

/// M-11: raising the reserve of a node that is not chosen does not get it chosen.
pub(crate) fn with_more_reserve(tape: &Tape, make: Make) -> Result<usize, String> {
    at_requests(tape, make, |registry, delivery, _| {
        let served = requested(delivery);
        let engines = |facts: Facts| {
            served.and_then(|it| facts.computations.get(&it).cloned()).map(|it| it.nodes)
        };
        let before = facts(registry);
        let mut plain = registry.clone();
        let taken = plain.deliver(delivery).is_ok();
        let chosen = if taken { engines(facts(&plain)).unwrap_or_default() } else { Vec::new() };
        let mut held = 0;
        for (account, tokens) in &before.staked_tokens {
            if chosen.contains(account) {
                continue;
            }
            let mut raised = registry.clone();
            let new_reserved = tokens.reserved_tokens.saturating_add(10);
            let reserve = Delivery {
                sender: *account,
                rpc: Call::SetReservedTokens { new_reserved }.encode(),
                ..delivery.clone()
            };
            raised.deliver(&reserve).map_err(|failure| format!("a reserve: {failure}"))?;
            let is_chosen = raised.deliver(delivery).is_ok()
                && engines(facts(&raised)).unwrap_or_default().contains(account);
            if is_chosen {
                return Err(format!("{account:x} is chosen with a reserve of {new_reserved}"));
            }
            held += 1;
        }
        Ok(held)
    })
}
