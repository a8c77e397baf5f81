//! What `tests/npm` decodes: a state and its trees that the contract produced, and what they hold.
//!
//! `UPDATE_EXPECT=1 cargo test -p registry_tests --test npm_fixtures` rewrites the file.

use std::path::Path;
use std::{env, fs};

use pbc_contract_common::address::Address;
use pbc_traits::{Decoder, ReadWriteState};
use registry_tests::registry::producer_info;
use registry_tests::{DAY, Registry, calls, mpc, node, zk};
use serde_json::{Value, json};
use zk_node_registry::{Computation, RegistryState, ZkNode, ZkNodeTokens};

/// Three producers with stake, one computation that runs and one that has ended.
fn lived_in() -> Registry {
    let mut registry = Registry::deployed();
    for n in 1..=3 {
        let who = node(n);
        let events = registry.accept(who, calls::register(&format!("https://{who:x}.example")));
        let answer = [(true, producer_info(who, n as u8 + 1, 208))];
        registry.callback(&events[0], true, &answer).expect("the operator is a producer");
        registry.stake(who, mpc(100_000));
    }
    registry.accept(node(1), calls::protocol_version((4, 10, 0)));
    registry.accept(node(2), calls::ee_version(3));
    registry.accept(node(2), calls::reserve(mpc(80_000)));
    registry.accept(node(3), calls::expire(Some(registry.now + 30 * DAY)));
    let nodes = registry.draw(zk(1), 2, mpc(20_000));
    registry.draw(zk(2), 3, mpc(30_000));
    registry.now += DAY;
    registry.accept(zk(1), calls::done_v2(&calls::successes(&nodes)));
    registry
}

fn text(address: &Address) -> Value {
    Value::String(format!("{address:x}"))
}

fn decode<T: ReadWriteState>(bytes: &[u8]) -> T {
    T::state_decode(&mut Decoder::new(bytes)).expect("the contract wrote it")
}

fn units(amount: i64) -> Value {
    Value::String(amount.to_string())
}

fn option(value: Option<Value>) -> Value {
    match value {
        Some(value) => json!({ "isSome": true, "innerValue": value }),
        None => json!({ "isSome": false }),
    }
}

fn tokens(tokens: ZkNodeTokens) -> Value {
    let pending = tokens.pending_unlock.iter().map(|pending| {
        json!({ "amount": units(pending.amount), "unlock_time": units(pending.unlock_time) })
    });
    json!({
        "allocated_tokens": tokens
            .allocated_tokens
            .iter()
            .map(|(contract, amount)| json!({ "key": text(contract), "value": units(*amount) }))
            .collect::<Vec<_>>(),
        "expiration_timestamp": option(tokens.expiration_timestamp.map(units)),
        "free_tokens": units(tokens.free_tokens),
        "pending_unlock": pending.collect::<Vec<_>>(),
        "reserved_tokens": units(tokens.reserved_tokens),
        "incoming_tokens": units(tokens.incoming_tokens),
        "outgoing_tokens": units(tokens.outgoing_tokens),
    })
}

fn node_record(node: ZkNode) -> Value {
    json!({
        "identity": text(&node.identity),
        "is_disabled": node.is_disabled,
        "public_key": option(node.public_key.map(|key| hex::encode(key.bytes).into())),
        "rest_endpoint": { "rest_endpoint": node.rest_endpoint.rest_endpoint },
        "score": {
            "allocated_score": node.score.allocated_score,
            "failure_score": node.score.failure_score,
            "success_score": node.score.success_score,
        },
        "server_jurisdiction": { "value": node.server_jurisdiction.value },
        "supported_ee_version": node.supported_ee_version,
        "supported_protocol_version": option(node.supported_protocol_version.map(|version| {
            json!({ "major": version.major, "minor": version.minor, "patch": version.patch })
        })),
        "is_resigned": node.is_resigned,
    })
}

fn computation(computation: Computation) -> Value {
    json!({
        "nodes": computation.nodes.iter().map(text).collect::<Vec<_>>(),
        "share": units(computation.share),
        "total_stakes": units(computation.total_stakes),
        "allocation_end": option(computation.allocation_end.map(units)),
    })
}

/// Key and value of an entry, from their bytes.
type Show<'a> = &'a dyn Fn(&[u8], &[u8]) -> (Value, Value);

/// State and trees in the form in which the npm package shows values.
fn decoded(registry: &Registry) -> Value {
    let tree = |id: i32, show: Show<'_>| {
        let entries = registry.trees.iter(id).map(|(key, value)| {
            let (key, value) = show(key, value);
            json!({ "key": key, "value": value })
        });
        json!({ "treeId": id, "map": entries.collect::<Vec<_>>() })
    };
    let account = |bytes: &[u8]| text(&decode(bytes));
    let number = |bytes: &[u8]| json!(decode::<u32>(bytes));
    let RegistryState { collaborators, settings, .. } = decode(&registry.state);
    json!({
        "collaborators": {
            "bp_orchestration": text(&collaborators.bp_orchestration),
            "voting": text(&collaborators.voting),
            "zk_contract_deploy": text(&collaborators.zk_contract_deploy),
        },
        "settings": {
            "stake_token": text(&settings.stake_token),
            "require_block_producer": settings.require_block_producer,
            "min_node_stake": units(settings.min_node_stake),
            "min_total_stakes": units(settings.min_total_stakes),
        },
        "staked_tokens": tree(0, &|key, value| (account(key), tokens(decode(value)))),
        "zk_nodes": tree(1, &|key, value| (account(key), node_record(decode(value)))),
        "computations": tree(2, &|key, value| (account(key), computation(decode(value)))),
        "roster": tree(3, &|key, value| (number(key), account(value))),
        "roster_position": tree(4, &|key, value| (account(key), number(value))),
    })
}

#[test]
fn the_fixture_is_what_the_contract_produces() {
    let registry = lived_in();
    let fixture = json!({
        "state": hex::encode(&registry.state),
        "trees": hex::encode(registry.trees.to_snapshot()),
        "decoded": decoded(&registry),
    });
    let mut text = serde_json::to_string_pretty(&fixture).expect("JSON");
    text.push('\n');

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("npm/state.json");
    if env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, &text).expect("the file can be written");
    }
    let kept = fs::read_to_string(&path).expect("the file can be read");
    assert!(kept == text, "UPDATE_EXPECT=1 rewrites it; see the difference");
}
