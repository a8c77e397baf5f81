//! Relations between calls: two that are one, and lists in another order.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use zk_node_registry::{EngineStatus, ZkNodeScoreStatus};
use zkreg::call::Call;
use zkreg::chain::{EngineContract, Results};
use zkreg::invariants::{Delivery, Facts, Registry};

use crate::tape::{Make, Tape, code, facts, same, sent};

/// A tape as it is played, step by step, with the registry before each step.
fn at_each_step(
    tape: &Tape,
    make: Make,
    mut look: impl FnMut(&EngineContract, &Delivery) -> Result<usize, String>,
) -> Result<usize, String> {
    let mut registry = tape.begin(make);
    let mut held = 0;
    for (index, delivery) in tape.deliveries.iter().enumerate() {
        held += look(&registry, delivery).map_err(|what| format!("step {index}: {what}"))?;
        // Its answer is the affair of others.
        let _ = registry.deliver(delivery);
    }
    Ok(held)
}

/// The same moment, another call.
fn instead(delivery: &Delivery, call: &Call) -> Delivery {
    Delivery { rpc: call.encode(), ..delivery.clone() }
}

/// M-04: associating `x`, then `y`, is associating `x + y` once the callbacks are in.
pub(crate) fn in_two_parts(tape: &Tape, make: Make) -> Result<usize, String> {
    at_each_step(tape, make, |registry, delivery| {
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
    at_each_step(tape, make, |registry, delivery| {
        let work = facts(registry).computations.remove(&delivery.sender);
        let (Some(work), None) = (work, &delivery.callback) else { return Ok(0) };
        let status = |engine| EngineStatus { engine, status: ZkNodeScoreStatus::Success {} };
        let engines_status = work.nodes.into_iter().map(status).collect();
        let (mut one, mut two) = (registry.clone(), registry.clone());
        let short = one.deliver(&instead(delivery, &Call::DoneV1 {}));
        let long = two.deliver(&instead(delivery, &Call::DoneV2 { engines_status }));
        same("answer", code(&short), code(&long))?;
        same("events", short.as_deref().map(sent).ok(), long.as_deref().map(sent).ok())?;
        same("trees", one.trees(), two.trees())?;
        Ok(1)
    })
}

/// M-08: the order of a status list, and of codes in a jurisdiction list, is irrelevant; but that of
/// two things wrong with a status list, the first is told.
pub(crate) fn shuffled(tape: &Tape, make: Make) -> Result<usize, String> {
    let mut chance = ChaCha8Rng::seed_from_u64(tape.seed);
    at_each_step(tape, make, |registry, delivery| {
        let Some(mut call) = Call::decode(&delivery.rpc) else { return Ok(0) };
        match &mut call {
            Call::DoneV2 { engines_status } => engines_status.shuffle(&mut chance),
            Call::RequestNodesV2 { jurisdictions, .. }
            | Call::RequestNodes { jurisdictions, .. } => {
                for list in &mut jurisdictions.node_jurisdictions {
                    list.list.shuffle(&mut chance);
                }
            }
            Call::ReRequest { engines_status, jurisdictions, .. } => {
                engines_status.shuffle(&mut chance);
                for list in &mut jurisdictions.node_jurisdictions {
                    list.list.shuffle(&mut chance);
                }
            }
            _ => return Ok(0),
        }
        let (mut one, mut two) = (registry.clone(), registry.clone());
        let answers = [one.deliver(delivery), two.deliver(&instead(delivery, &call))];
        let kind =
            |code: String| if code.starts_with("status_") { "status".to_owned() } else { code };
        let [plain, mixed] = answers.each_ref().map(|answer| kind(code(answer)));
        same("answer", plain, mixed)?;
        let [plain, mixed] = answers.each_ref().map(|answer| answer.as_deref().map(sent).ok());
        same("events", plain, mixed)?;
        same("trees", one.trees(), two.trees())?;
        Ok(usize::from(call.encode() != delivery.rpc))
    })
}

/// M-12: 1b is 12, then 18 or 19 under the same hash, up to the planned end, if all are taken.
pub(crate) fn re_requested_in_two(tape: &Tape, make: Make) -> Result<usize, String> {
    at_each_step(tape, make, |registry, delivery| {
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
            false => Call::RequestNodes {
                number_of_nodes,
                total_stakes,
                jurisdictions,
                required_ee_version,
            },
        };
        let (mut one, mut two) = (registry.clone(), registry.clone());
        let again = one.deliver(delivery);
        let end = two.deliver(&instead(delivery, &Call::DoneV2 { engines_status }));
        let anew = two.deliver(&instead(delivery, &request));
        let (Ok(again), Ok(_), Ok(anew)) = (again, end, anew) else { return Ok(0) };
        same("events", sent(&again), sent(&anew))?;
        same("state", without_ends(facts(&one)), without_ends(facts(&two)))?;
        Ok(1)
    })
}

fn without_ends(mut facts: Facts) -> Facts {
    facts.computations.values_mut().for_each(|work| work.allocation_end = None);
    facts
}
