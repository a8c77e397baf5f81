//! M-08: lists in another order.

use std::collections::BTreeSet;

use pbc_contract_common::address::{Address, AddressType};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use zk_node_registry::{EngineStatus, NodeJurisdictions};
use zkreg::call::Call;
use zkreg::chain::EngineContract;
use zkreg::invariants::{Delivery, Registry};

use crate::draws::came_to_nodes;
use crate::tape::{Make, Tape, code, facts, instead, outcome, same};

/// What can be wrong with a status list: nothing, no status for an engine, two for one, one for
/// somebody else, and both of these.
const FAULTS: [fn(&mut Vec<EngineStatus>); 5] = [
    |_| (),
    |statuses| _ = statuses.pop(),
    |statuses| statuses.extend(statuses.first().cloned()),
    |statuses| statuses.extend(statuses.first().cloned().map(of_a_stranger)),
    |statuses| {
        let first = statuses.first().cloned();
        statuses.extend(first.clone().map(of_a_stranger).into_iter().chain(first));
    },
];

fn of_a_stranger(status: EngineStatus) -> EngineStatus {
    let engine = Address { address_type: AddressType::Account, identifier: [0xb0; 20] };
    EngineStatus { engine, ..status }
}

/// M-08: the order of a status list, and of codes in a jurisdiction list, is irrelevant. Histories
/// have few status lists with something wrong, so some are spoilt.
pub(crate) fn shuffled(tape: &Tape, make: Make) -> Result<usize, String> {
    let mut chance = ChaCha8Rng::seed_from_u64(tape.seed);
    tape.at_each_step(make, |registry, delivery| {
        let Some(call) = Call::decode(&delivery.rpc) else { return Ok(0) };
        let has_statuses = lists_of(&mut call.clone()).0.is_some();
        let faults = if has_statuses { &FAULTS[..] } else { &FAULTS[..1] };
        let mut held = 0;
        for spoil in faults {
            let mut plain = call.clone();
            lists_of(&mut plain).0.into_iter().for_each(spoil);
            let mut mixed = plain.clone();
            mix(&mut mixed, &mut chance);
            if mixed != plain {
                held += in_any_order(registry, delivery, [&plain, &mixed])?;
            }
        }
        Ok(held)
    })
}

fn mix(call: &mut Call, chance: &mut ChaCha8Rng) {
    let (statuses, jurisdictions) = lists_of(call);
    if let Some(statuses) = statuses {
        statuses.shuffle(chance);
    }
    for codes in jurisdictions.into_iter().flat_map(|it| &mut it.node_jurisdictions) {
        codes.list.shuffle(chance);
    }
}

/// Holds it against two calls, and returns 1 if their lists had a say, 0 if they were refused before.
fn in_any_order(
    registry: &EngineContract,
    moment: &Delivery,
    calls: [&Call; 2],
) -> Result<usize, String> {
    let [mut one, mut two] = [registry.clone(), registry.clone()];
    let plain = one.deliver(&instead(moment, calls[0]));
    let mixed = two.deliver(&instead(moment, calls[1]));
    // Of a stranger and a second status, the first in the list is told.
    let either = ["status_node_foreign", "status_node_repeated"];
    let is_either = [&plain, &mixed].iter().all(|it| either.contains(&code(it).as_str()));
    if !(is_either && has_both_faults(registry, moment.sender, calls[0])) {
        same("answer", outcome(&plain), outcome(&mixed))?;
    }
    same("trees", one.trees(), two.trees())?;
    Ok(usize::from(came_to_nodes(&plain) || code(&plain).starts_with("status_")))
}

/// The lists of a call whose order is irrelevant.
fn lists_of(call: &mut Call) -> (Option<&mut Vec<EngineStatus>>, Option<&mut NodeJurisdictions>) {
    match call {
        Call::DoneV2 { engines_status } => (Some(engines_status), None),
        Call::RequestNodesV2 { jurisdictions, .. } | Call::RequestNodes { jurisdictions, .. } => {
            (None, Some(jurisdictions))
        }
        Call::ReRequest { engines_status, jurisdictions, .. } => {
            (Some(engines_status), Some(jurisdictions))
        }
        _ => (None, None),
    }
}

/// Whether a status list has a node that is no engine, and an engine twice.
fn has_both_faults(registry: &EngineContract, holder: Address, call: &Call) -> bool {
    let work = facts(registry).computations.remove(&holder);
    let mut call = call.clone();
    let (Some(work), (Some(statuses), _)) = (work, lists_of(&mut call)) else { return false };
    let (engines, others): (Vec<_>, Vec<_>) =
        statuses.iter().map(|it| it.engine).partition(|it| work.nodes.contains(it));
    let distinct: BTreeSet<_> = engines.iter().collect();
    !others.is_empty() && distinct.len() < engines.len()
}
