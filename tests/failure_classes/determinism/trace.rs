//! A random history of one registry, made from a start value.

use std::fmt::Write;

use pbc_contract_common::address::Address;
use pbc_host::Group;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use registry_tests::calls::*;
use registry_tests::registry::engines;
use registry_tests::*;

/// The operators and contracts of a history.
const NODES: u16 = 8;
const CONTRACTS: u16 = 3;

/// `steps` random calls and callbacks, one a line with what came of it, then all bytes of the state.
/// The first line says the start value, from which the whole can be had again.
pub(super) fn history(start_value: u64, steps: usize) -> String {
    let mut chance = ChaCha8Rng::seed_from_u64(start_value);
    let mut registry = Registry::with_nodes(NODES, 1_000);
    let mut under_way: Vec<Group> = Vec::new();
    let mut told = format!("start value {start_value}\n");
    for _ in 0..steps {
        registry.now += chance.random_range(0..2 * DAY);
        let is_callback = !under_way.is_empty() && chance.random_ratio(1, 3);
        let (what, outcome) = if is_callback {
            let group = under_way.swap_remove(chance.random_range(0..under_way.len()));
            let success = chance.random_ratio(2, 3);
            let deadline = registry.now + chance.random_range(-5..40) * DAY;
            let answer = [(success, deadline.to_be_bytes().to_vec())];
            let payload = group.callback.as_ref().expect("only those are kept").payload.clone();
            (
                format!("callback {}", hex::encode(payload)),
                registry.callback(&group, success, &answer),
            )
        } else {
            let (sender, call) = any_call(&mut chance, &registry);
            (format!("{sender:x} {}", hex::encode(&call.0)), registry.call(sender, &call))
        };
        let result = match &outcome {
            Ok(events) if events.iter().any(|group| group.return_data.is_some()) => {
                let chosen = engines(events);
                chosen.iter().map(|engine| format!("{engine:x} ")).collect()
            }
            Ok(events) => format!("accepted, {} calls", events.len()),
            Err(failure) => failure.to_string(),
        };
        under_way
            .extend(outcome.unwrap_or_default().into_iter().filter(|it| it.callback.is_some()));
        writeln!(told, "{what}: {result}").expect("writing to a string succeeds");
    }
    told + &bytes(&registry)
}

/// All bytes of a state, in two lines.
pub(super) fn bytes(registry: &Registry) -> String {
    format!("{}\n{}\n", hex::encode(&registry.state), hex::encode(registry.trees.to_snapshot()))
}

fn any_call(chance: &mut ChaCha8Rng, registry: &Registry) -> (Address, Rpc) {
    let who = node(chance.random_range(1..=NODES));
    let served = zk(chance.random_range(1..=CONTRACTS));
    let amount = chance.random_range(0..200);
    let nodes = chance.random_range(1..=4);
    let working = registry.computation(served).map(|work| work.nodes).unwrap_or_default();
    let statuses: Vec<_> =
        working.iter().map(|node| (*node, if chance.random() { S } else { F })).collect();
    let listed: Vec<Address> =
        (1..=NODES).map(node).collect::<Vec<_>>().choose_multiple(chance, 2).copied().collect();
    match chance.random_range(0..16) {
        0 => (who, associate(amount)),
        1 => (who, disassociate(amount)),
        2 => (who, reserve(amount)),
        3 => (who, unlock()),
        4 => (who, expire(chance.random_bool(0.2).then_some(registry.now + amount * DAY))),
        5 => (stranger(), send_expired_home(who)),
        6 => (who, jurisdiction(chance.random_range(0..3))),
        7 if chance.random_ratio(1, 4) => (who, resign()),
        7 => (who, register("https://again.example")),
        8 => (served, request_listed_ee(amount, 0, &listed)),
        9 => (served, request_ee(nodes, amount, &[&[1, 2]], 0)),
        10 => (served, re_request(&statuses, nodes, amount, &[], 0, &[])),
        11 => (served, done_v1()),
        12 => (served, done_v2(&statuses)),
        13 => (stranger(), check_status(served)),
        14 => (deploy(), deleted(served)),
        _ => (served, request_ee(nodes, amount, &[], 0)),
    }
}
