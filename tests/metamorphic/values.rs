//! Relations about numbers: all times shifted, all amounts multiplied.

use zk_node_registry::{Pending, RegistryState};
use zkreg::call::Call;
use zkreg::chain::Results;
use zkreg::invariants::{Delivery, Facts};

use crate::tape::{Make, Tape, facts, same, same_codes};

/// By how much all times are shifted, in milliseconds: no whole number of days.
const SHIFT: i64 = 1_234_567_890_123;
/// By how much all amounts are multiplied.
const FACTOR: i64 = 7;
/// Amounts beyond this are left out: multiplied, they would not fit.
const MOST: i64 = i64::MAX / FACTOR / 1_000;

/// Whether the registry of a tape begins without records.
fn begins_empty(tape: &Tape) -> bool {
    tape.trees.ids().all(|tree| tape.trees.is_empty(tree))
}

/// M-02: with all times later, everything is the same, later.
pub(crate) fn shifted(tape: &Tape, make: Make) -> Result<usize, String> {
    // What overflows does so at another place when it is shifted.
    let fits = |time: i64| (0..i64::MAX / 4).contains(&time);
    let all_fit = tape.deliveries.iter().all(|it| times_of(it).into_iter().all(fits));
    if !begins_empty(tape) || !all_fit {
        return Ok(0);
    }
    let later = tape.map_calls(|call, _| match call {
        Call::AssociateTokensWithExpiration { token_amount, expiration_timestamp } => {
            let expiration_timestamp = expiration_timestamp + SHIFT;
            Call::AssociateTokensWithExpiration { token_amount, expiration_timestamp }
        }
        Call::SetExpirationForAssociation { expiration_timestamp } => {
            let expiration_timestamp = expiration_timestamp.map(|time| time + SHIFT);
            Call::SetExpirationForAssociation { expiration_timestamp }
        }
        other => other,
    });
    let deliveries = later.deliveries.iter().map(|delivery| Delivery {
        now: delivery.now + SHIFT,
        callback: delivery.callback.as_ref().map(|told| told_later(told, delivery)),
        ..delivery.clone()
    });
    let later = Tape { deliveries: deliveries.collect(), ..later.clone() };
    let (answers, registry) = tape.run(make);
    let (others, other) = later.run(make);
    same_codes(tape, &answers, &others)?;
    same("state", state_later(facts(&registry)), facts(&other))?;
    Ok(1)
}

/// The times that are said in a delivery.
fn times_of(delivery: &Delivery) -> Vec<i64> {
    let mut times = vec![delivery.now];
    match Call::decode(&delivery.rpc) {
        Some(Call::AssociateTokensWithExpiration { expiration_timestamp, .. }) => {
            times.push(expiration_timestamp);
        }
        Some(Call::SetExpirationForAssociation { expiration_timestamp }) => {
            times.extend(expiration_timestamp);
        }
        Some(Call::OnContractStatus { .. } | Call::OnDeadlineExtended { .. }) => {
            let results = delivery.callback.iter().flat_map(|told| &told.results);
            let data = results.filter_map(|it| it.return_data.as_slice().try_into().ok());
            times.extend(data.map(i64::from_be_bytes));
        }
        _ => {}
    }
    times
}

fn told_later(told: &Results, delivery: &Delivery) -> Results {
    let mut told = told.clone();
    let is_time = matches!(
        Call::decode(&delivery.rpc),
        Some(Call::OnContractStatus { .. } | Call::OnDeadlineExtended { .. })
    );
    for result in told.results.iter_mut().filter(|_| is_time) {
        if let Ok(time) = result.return_data.as_slice().try_into() {
            result.return_data = (i64::from_be_bytes(time) + SHIFT).to_be_bytes().to_vec();
        }
    }
    told
}

fn state_later(mut facts: Facts) -> Facts {
    for tokens in facts.staked_tokens.values_mut() {
        tokens.expiration_timestamp = tokens.expiration_timestamp.map(|time| time + SHIFT);
        let later = |it: &mut Pending| it.unlock_time += SHIFT;
        tokens.pending_unlock.iter_mut().for_each(later);
    }
    for work in facts.computations.values_mut() {
        work.allocation_end = work.allocation_end.map(|time| time + SHIFT);
    }
    facts
}

/// M-03: with all amounts and minimums multiplied, everything is the same, multiplied. Total stakes
/// are made divisible first, as shares are rounded.
pub(crate) fn scaled(tape: &Tape, make: Make) -> Result<usize, String> {
    if !begins_empty(tape) {
        return Ok(0);
    }
    let even = tape.map_calls(|mut call, _| {
        let nodes = nodes_of(&call);
        amounts(&mut call, &mut |amount, is_total| {
            let bounded = (*amount).clamp(-MOST, MOST);
            *amount = match nodes.filter(|_| is_total && bounded > 0) {
                Some(nodes) => (bounded / nodes).max(1) * nodes,
                None => bounded,
            };
        });
        call
    });
    let multiplied = even.map_calls(|mut call, _| {
        amounts(&mut call, &mut |amount, _| *amount *= FACTOR);
        call
    });
    let root = scaled_root(&tape.root)?;
    let multiplied = Tape { root, ..multiplied };
    let (answers, registry) = even.run(make);
    let (others, other) = multiplied.run(make);
    same_codes(&even, &answers, &others)?;
    let state = state_scaled(facts(&registry));
    same("state", state, facts(&other))?;
    Ok(1)
}

/// How many nodes a request asks for, if that is a number that requests can have.
fn nodes_of(call: &Call) -> Option<i64> {
    let nodes = match call {
        Call::RequestNodesV1 { number_of_nodes, .. }
        | Call::RequestNodesV2 { number_of_nodes, .. }
        | Call::RequestNodes { number_of_nodes, .. }
        | Call::ReRequest { number_of_nodes, .. } => i64::from(*number_of_nodes),
        Call::RequestListedFor { zk_nodes, .. } | Call::RequestListed { zk_nodes, .. } => {
            i64::try_from(zk_nodes.len()).ok()?
        }
        _ => return None,
    };
    (1..=16).contains(&nodes).then_some(nodes)
}

/// Changes every amount of a call, and says whether it is that of all nodes together.
fn amounts(call: &mut Call, change: &mut dyn FnMut(&mut i64, bool)) {
    match call {
        Call::AssociateTokens { token_amount }
        | Call::AssociateTokensWithExpiration { token_amount, .. }
        | Call::DisassociateTokens { token_amount } => change(token_amount, false),
        Call::SetReservedTokens { new_reserved } => change(new_reserved, false),
        Call::OnAssociated { amount, .. } => change(amount, false),
        Call::OnDisassociated { amount, cut, .. } => {
            change(amount, false);
            change(cut, false);
        }
        Call::RequestNodesV1 { total_stakes, .. }
        | Call::RequestNodesV2 { total_stakes, .. }
        | Call::RequestListedFor { total_stakes, .. }
        | Call::RequestListed { total_stakes, .. }
        | Call::RequestNodes { total_stakes, .. }
        | Call::ReRequest { total_stakes, .. } => change(total_stakes, true),
        _ => {}
    }
}

/// The same root with its minimums multiplied.
fn scaled_root(root: &[u8]) -> Result<Vec<u8>, String> {
    use pbc_traits::ReadWriteState;
    let mut state: RegistryState =
        pbc_host::load_state(root).map_err(|error| format!("{error:?}"))?;
    state.settings.min_node_stake *= FACTOR;
    state.settings.min_total_stakes *= FACTOR;
    let mut bytes = Vec::new();
    state.state_write_to(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}

fn state_scaled(mut facts: Facts) -> Facts {
    facts.settings.min_node_stake *= FACTOR;
    facts.settings.min_total_stakes *= FACTOR;
    for tokens in facts.staked_tokens.values_mut() {
        let allocated: Vec<_> =
            tokens.allocated_tokens.iter().map(|(contract, share)| (*contract, *share)).collect();
        for (contract, share) in allocated {
            tokens.allocated_tokens.insert(contract, share * FACTOR);
        }
        tokens.free_tokens *= FACTOR;
        tokens.reserved_tokens *= FACTOR;
        tokens.incoming_tokens *= FACTOR;
        tokens.outgoing_tokens *= FACTOR;
        tokens.pending_unlock.iter_mut().for_each(|it| it.amount *= FACTOR);
    }
    for work in facts.computations.values_mut() {
        work.share *= FACTOR;
        work.total_stakes *= FACTOR;
    }
    facts
}
