//! M-03: all amounts multiplied.

use pbc_host::Group;
use zkreg::call::Call;
use zkreg::image::Image;
use zkreg::invariants::Registry;

use crate::tape::{Make, Tape, image, map_sent, same, same_answers};

/// By how much all amounts are multiplied.
const FACTOR: i64 = 7;
/// Amounts beyond this are brought back to it: multiplied, all of them together must fit.
const MOST: i64 = i64::MAX / FACTOR / 1_000;

/// M-03: with all amounts and minimums multiplied, everything is the same, multiplied. Total stakes
/// are made divisible first, as shares are rounded.
pub(crate) fn scaled(tape: &Tape, make: Make) -> Result<usize, String> {
    let even = even(tape)?;
    let multiplied = multiplied(&even)?;
    let (answers, registry) = even.run(make);
    let (others, other) = multiplied.run(make);
    same_answers(&even, &map_sent(&answers, multiply_sent), &others)?;
    let mut state = image(registry.root(), Registry::trees(&registry))?;
    multiply_state(&mut state);
    same("state", state, image(other.root(), Registry::trees(&other))?)?;
    Ok(1)
}

/// The tape with amounts that can be multiplied, and totals that can be divided.
fn even(tape: &Tape) -> Result<Tape, String> {
    let mut start = image(&tape.root, &tape.trees)?;
    for tokens in start.staked_tokens.values_mut() {
        tokens.free_tokens = tokens.free_tokens.min(MOST);
    }
    for work in start.computations.values_mut() {
        work.total_stakes = work.nodes.iter().map(|_| work.share).sum();
    }
    let (root, trees) = start.store();
    let even = tape.map_calls(|call| {
        let nodes = nodes_of(call);
        amounts(call, &mut |amount, is_total| {
            let bounded = (*amount).clamp(-MOST, MOST);
            *amount = match nodes.filter(|_| is_total && bounded > 0) {
                Some(nodes) => (bounded / nodes).max(1) * nodes,
                None => bounded,
            };
        });
    });
    Ok(Tape { root, trees, ..even })
}

fn multiplied(tape: &Tape) -> Result<Tape, String> {
    let mut start = image(&tape.root, &tape.trees)?;
    multiply_state(&mut start);
    let (root, trees) = start.store();
    Ok(Tape { root, trees, ..tape.map_calls(multiply_call) })
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

fn multiply_call(call: &mut Call) {
    amounts(call, &mut |amount, _| *amount *= FACTOR);
}

/// Multiplies the amounts in what the registry sends.
///
/// Source: `registry.md` 10.2.
fn multiply_sent(group: &mut Group) {
    if let Some(callback) = &mut group.callback {
        let mut call = Call::decode(&callback.payload).expect("a callback of the registry");
        multiply_call(&mut call);
        callback.payload = call.encode();
    }
    for interaction in &mut group.interactions {
        let payload = &mut interaction.payload;
        match payload.first() {
            // A transfer, or one from somebody: the amount comes last.
            Some(0x01 | 0x03) => {
                let amount = payload.last_chunk_mut::<16>().expect("an amount");
                let units = u128::from_be_bytes(*amount) * u128::from(FACTOR.unsigned_abs());
                *amount = units.to_be_bytes();
            }
            // An extension: the total stakes are the second of four numbers.
            Some(0x13) => {
                let total = payload[9..].first_chunk_mut::<8>().expect("four numbers");
                *total = (i64::from_be_bytes(*total) * FACTOR).to_be_bytes();
            }
            _ => {}
        }
    }
}

fn multiply_state(state: &mut Image) {
    state.settings.min_node_stake *= FACTOR;
    state.settings.min_total_stakes *= FACTOR;
    for tokens in state.staked_tokens.values_mut() {
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
    for work in state.computations.values_mut() {
        work.share *= FACTOR;
        work.total_stakes *= FACTOR;
    }
}
