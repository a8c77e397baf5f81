//! Relations between calls: two that are one.

use pbc_contract_common::address::Address;
use rand::seq::IteratorRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use zk_node_registry::{EngineStatus, NodeJurisdictions, ZkNodeScoreStatus};
use zkreg::call::Call;
use zkreg::chain::{EngineContract, Results};
use zkreg::invariants::{Delivery, Facts, Registry};

use crate::tape::{Make, Tape, facts, instead, outcome, same};

/// M-04: associating `x`, then `y`, is associating `x + y` once the callbacks are in.
pub(crate) fn in_two_parts(tape: &Tape, make: Make) -> Result<usize, String> {
    tape.at_each_step(make, |registry, delivery| {
        let Some(Call::AssociateTokens { token_amount }) = Call::decode(&delivery.rpc) else {
            return Ok(0);
        };
        if token_amount < 2 {
            return Ok(0);
        }
        let halves = [token_amount / 2, token_amount - token_amount / 2];
        let mut one = registry.clone();
        if !associated(&mut one, delivery, &[token_amount])? {
            return Ok(0);
        }
        let mut two = registry.clone();
        same("taken", true, associated(&mut two, delivery, &halves)?)?;
        same("state", facts(&one), facts(&two))?;
        Ok(1)
    })
}

/// Whether all of these amounts were taken; then their callbacks came, the last first.
fn associated(
    registry: &mut EngineContract,
    delivery: &Delivery,
    amounts: &[i64],
) -> Result<bool, String> {
    let mut callbacks = Vec::new();
    for token_amount in amounts {
        let call = Call::AssociateTokens { token_amount: *token_amount };
        match registry.deliver(&instead(delivery, &call)) {
            Ok(groups) => callbacks.extend(groups.into_iter().filter_map(|it| it.callback)),
            Err(_) => return Ok(false),
        }
    }
    for callback in callbacks.into_iter().rev() {
        let told = Some(Results { success: true, results: Vec::new() });
        let answer = Delivery { callback: told, rpc: callback.payload, ..delivery.clone() };
        registry.deliver(&answer).map_err(|failure| failure.to_string())?;
    }
    Ok(true)
}

/// M-07: 05 is 12 with a success for every engine.
pub(crate) fn done_with_successes(tape: &Tape, make: Make) -> Result<usize, String> {
    tape.at_each_step(make, |registry, delivery| {
        let work = facts(registry).computations.remove(&delivery.sender);
        let (Some(work), None) = (work, &delivery.callback) else { return Ok(0) };
        let status = |engine| EngineStatus { engine, status: ZkNodeScoreStatus::Success {} };
        let engines_status = work.nodes.into_iter().map(status).collect();
        let (mut one, mut two) = (registry.clone(), registry.clone());
        let short = one.deliver(&instead(delivery, &Call::DoneV1 {}));
        let long = two.deliver(&instead(delivery, &Call::DoneV2 { engines_status }));
        same("answer", outcome(&short), outcome(&long))?;
        same("trees", one.trees(), two.trees())?;
        Ok(1)
    })
}

/// M-12: 1b is 12, then 18 or 19 under the same hash, up to the planned end, if all are taken.
/// Histories have few that are taken, so at some steps one is made up.
pub(crate) fn re_requested_in_two(tape: &Tape, make: Make) -> Result<usize, String> {
    let mut chance = ChaCha8Rng::seed_from_u64(tape.seed);
    tape.at_each_step(make, |registry, delivery| {
        let mut held = in_two_calls(registry, delivery)?;
        if chance.random_ratio(1, 4)
            && let Some((sender, call)) = likely_re_request(&facts(registry), &mut chance)
        {
            let delivery = Delivery { sender, ..delivery.clone() };
            held += in_two_calls(registry, &instead(&delivery, &call))?;
        }
        Ok(held)
    })
}

fn in_two_calls(registry: &EngineContract, delivery: &Delivery) -> Result<usize, String> {
    let Some(Call::ReRequest {
        engines_status,
        number_of_nodes,
        total_stakes,
        jurisdictions,
        required_ee_version,
        specific_nodes: zk_nodes,
    }) = Call::decode(&delivery.rpc)
    else {
        return Ok(0);
    };
    let is_listed = !zk_nodes.is_empty();
    if is_listed && !jurisdictions.node_jurisdictions.is_empty() {
        return Ok(0);
    }
    let request = match is_listed {
        true => Call::RequestListed { total_stakes, required_ee_version, zk_nodes },
        false => {
            Call::RequestNodes { number_of_nodes, total_stakes, jurisdictions, required_ee_version }
        }
    };
    let (mut one, mut two) = (registry.clone(), registry.clone());
    let again = one.deliver(delivery);
    let end = two.deliver(&instead(delivery, &Call::DoneV2 { engines_status }));
    let anew = two.deliver(&instead(delivery, &request));
    if again.is_err() || end.is_err() || anew.is_err() {
        return Ok(0);
    }
    same("answer", outcome(&again), outcome(&anew))?;
    same("state", without_ends(facts(&one)), without_ends(facts(&two)))?;
    Ok(1)
}

/// A re-request of some contract for few nodes and little stake, which should be taken.
fn likely_re_request(facts: &Facts, chance: &mut ChaCha8Rng) -> Option<(Address, Call)> {
    let (holder, work) = facts.computations.iter().choose_stable(chance)?;
    let engines_status = work.nodes.iter().map(|engine| EngineStatus {
        engine: *engine,
        status: if chance.random() {
            ZkNodeScoreStatus::Success {}
        } else {
            ZkNodeScoreStatus::Failure {}
        },
    });
    let engines_status = engines_status.collect();
    let nodes = chance.random_range(1..=3);
    let specific_nodes = match chance.random() {
        true => facts.roster.values().copied().choose_multiple(chance, nodes),
        false => Vec::new(),
    };
    let nodes = if specific_nodes.is_empty() { nodes } else { specific_nodes.len() };
    let call = Call::ReRequest {
        engines_status,
        number_of_nodes: i32::try_from(nodes).ok()?,
        total_stakes: facts.settings.min_total_stakes.max(1),
        jurisdictions: NodeJurisdictions::anywhere(),
        required_ee_version: 0,
        specific_nodes,
    };
    Some((*holder, call))
}

fn without_ends(mut facts: Facts) -> Facts {
    facts.computations.values_mut().for_each(|work| work.allocation_end = None);
    facts
}
