//! The simulator has no rules of its own: it refuses what the contract refuses, in its words.

use std::collections::BTreeSet;

use pbc_contract_common::address::Address;
use registry_tests::calls::*;
use registry_tests::stories::name;
use registry_tests::*;
use zk_node_registry::{Pending, Settings};
use zkreg::chain::{Mail, Outcome};
use zkreg::engine::NativeEngine;
use zkreg::world::{Start, World};

/// Every code with which a call of somebody can be refused.
///
/// Source: registry.md 4.5, without callbacks, loading and import.
const CODES: [&str; 54] = [
    "already_registered",
    "amount_negative",
    "amount_not_positive",
    "balance_overflow",
    "caller_not_account",
    "computation_exists",
    "duplicate_node",
    "endpoint_control_character",
    "endpoint_empty",
    "endpoint_not_https",
    "endpoint_too_long",
    "expiration_in_past",
    "expiration_mismatch",
    "insufficient_free",
    "invalid_address_type",
    "invalid_discriminant",
    "invalid_length",
    "invalid_utf8",
    "jurisdiction_lists_mismatch",
    "jurisdiction_out_of_range",
    "list_too_long",
    "malformed_shortname",
    "minimum_negative",
    "no_computation",
    "no_expiration",
    "no_stake_entry",
    "node_at_capacity",
    "node_count_mismatch",
    "node_count_out_of_range",
    "node_disabled",
    "node_expired",
    "node_insufficient_free",
    "node_outside_jurisdiction",
    "node_resigned",
    "node_understaked",
    "node_unknown",
    "node_version_too_low",
    "not_a_served_contract",
    "not_enough_nodes",
    "not_expired",
    "not_registered",
    "not_voting",
    "not_zk_contract_deploy",
    "nothing_free",
    "open_allocations",
    "stake_token_not_contract",
    "status_node_foreign",
    "status_node_missing",
    "status_node_repeated",
    "total_stakes_below_minimum",
    "trailing_bytes",
    "truncated",
    "unknown_action",
    "version_negative",
];

/// A registry in which every reason to refuse a call is at hand. Z1 works with N1 and N2, and Z2
/// with N9. N5 has resigned, N6 is disabled, N7 has too little stake; the stake of N8 and N9 has
/// expired, and that of N2 will; N10 has 1,000 pending amounts.
fn with_every_obstacle() -> Registry {
    let mut registry = Registry::with(Settings {
        stake_token: token(),
        require_block_producer: false,
        min_node_stake: 10,
        min_total_stakes: 10,
    });
    for n in 1..=10 {
        registry.enrol(node(n));
        registry.stake(node(n), if n == 7 { 9 } else { 100 });
    }
    registry.take(zk(1), 20, &[node(1), node(2)]);
    registry.accept(node(5), resign());
    registry.accept(voting(), disable(node(6)));
    let soon = registry.now + 1;
    registry.take(zk(2), 100, &[node(9)]);
    registry.accept(node(8), expire(Some(soon)));
    registry.accept(node(9), expire(Some(soon)));
    registry.accept(node(2), expire(Some(soon + DAY)));
    let now = registry.now;
    registry.edit_tokens(node(10), |tokens| {
        tokens.pending_unlock =
            (0..1_000).map(|n| Pending { amount: 1, unlock_time: now - n }).collect();
    });
    registry.now = soon;
    registry
}

/// A call that is refused with each of the codes; some with several.
fn refused_calls(registry: &Registry) -> Vec<(&'static str, Address, Rpc)> {
    let later = registry.now + 3 * DAY;
    let engines = [node(1), node(2)];
    let statuses = successes(&engines);
    let listed = |nodes: &[u16]| {
        let nodes: Vec<Address> = nodes.iter().copied().map(node).collect();
        request_listed_ee(10, 0, &nodes)
    };
    let again = |nodes, lists: &[&[i32]], listed: &[Address]| {
        re_request(&statuses, nodes, 20, lists, 0, listed)
    };
    let endpoint = |bytes: &[u8]| {
        let Rpc(mut call) = rpc(0x01).arg(u32::try_from(bytes.len()).expect("short"));
        call.extend(bytes);
        Rpc(call)
    };
    let with_a_byte_more = Rpc([done_v1().0, vec![0]].concat());
    vec![
        ("caller_not_account", zk(1), register("https://z1.example")),
        ("caller_not_account", deploy(), associate(1)),
        ("not_registered", stranger(), update_endpoint("https://x.example")),
        ("not_registered", node(5), resign()),
        ("not_zk_contract_deploy", stranger(), request_v1(zk(3), 1, 10)),
        ("not_zk_contract_deploy", zk(1), deleted(zk(1))),
        ("not_voting", node(2), disable(node(1))),
        ("not_a_served_contract", deploy(), request_v1(node(1), 1, 10)),
        ("not_a_served_contract", stranger(), request_ee(1, 10, &[], 0)),
        ("no_computation", zk(3), done_v1()),
        ("no_computation", stranger(), check_status(zk(3))),
        ("endpoint_empty", stranger(), register("")),
        ("endpoint_too_long", stranger(), register(&format!("https://{}", "a".repeat(505)))),
        ("endpoint_control_character", stranger(), register("https://a\0")),
        ("endpoint_not_https", node(1), update_endpoint("http://n1.example")),
        ("already_registered", node(1), register("https://n1.example")),
        ("amount_not_positive", node(1), associate(0)),
        ("amount_not_positive", zk(3), request_ee(1, -1, &[], 0)),
        ("amount_negative", node(1), reserve(-1)),
        ("expiration_in_past", node(1), expire(Some(registry.now))),
        ("expiration_mismatch", node(2), associate_until(1, later)),
        ("balance_overflow", node(1), associate(i64::MAX)),
        ("no_stake_entry", stranger(), unlock()),
        ("insufficient_free", node(1), disassociate(91)),
        ("no_expiration", stranger(), send_expired_home(node(1))),
        ("not_expired", stranger(), send_expired_home(node(2))),
        ("nothing_free", stranger(), send_expired_home(node(9))),
        ("version_negative", node(1), protocol_version((0, -1, 0))),
        ("version_negative", zk(3), request_ee(1, 10, &[], -1)),
        ("jurisdiction_out_of_range", node(1), jurisdiction(1_000)),
        ("jurisdiction_out_of_range", zk(3), request_ee(1, 10, &[&[0]], 0)),
        ("list_too_long", zk(3), listed(&[1; 65])),
        ("node_count_out_of_range", zk(3), request_ee(17, 20, &[], 0)),
        ("node_count_out_of_range", zk(3), listed(&[])),
        ("total_stakes_below_minimum", zk(3), request_ee(1, 9, &[], 0)),
        ("jurisdiction_lists_mismatch", zk(3), request_ee(3, 20, &[&[1], &[2]], 0)),
        ("node_count_mismatch", zk(1), again(2, &[], &[node(3)])),
        ("duplicate_node", zk(3), listed(&[3, 4, 3])),
        ("open_allocations", node(1), resign()),
        ("computation_exists", zk(1), listed(&[3])),
        ("computation_exists", deploy(), request_v1(zk(2), 1, 10)),
        ("status_node_foreign", zk(1), done_v2(&successes(&[node(1), node(3)]))),
        ("status_node_repeated", zk(1), done_v2(&successes(&[node(1), node(1)]))),
        ("status_node_missing", zk(1), done_v2(&successes(&[node(1)]))),
        ("node_unknown", voting(), disable(stranger())),
        ("node_unknown", zk(3), listed(&[3, 11])),
        ("node_resigned", zk(3), listed(&[5])),
        ("node_disabled", zk(3), listed(&[6])),
        ("node_version_too_low", zk(3), request_listed_ee(10, 4, &[node(3)])),
        ("node_outside_jurisdiction", zk(1), again(1, &[&[208]], &[node(3)])),
        ("node_understaked", zk(3), listed(&[7])),
        ("node_expired", zk(3), listed(&[8])),
        ("node_at_capacity", zk(3), listed(&[10])),
        ("node_insufficient_free", zk(3), request_listed_ee(101, 0, &[node(3)])),
        ("not_enough_nodes", zk(3), request_ee(16, 20, &[], 0)),
        ("not_enough_nodes", zk(1), again(16, &[], &[])),
        ("malformed_shortname", node(1), Rpc(vec![0x86, 0x00])),
        ("unknown_action", node(1), rpc(0x31).arg(node(1)).arg(1_i64)),
        ("unknown_action", node(1), rpc(0x02)),
        ("truncated", node(1), rpc(0x0a).arg(1_i32)),
        ("trailing_bytes", zk(1), with_a_byte_more),
        ("invalid_length", zk(1), rpc(0x12).arg(u32::MAX)),
        ("invalid_discriminant", zk(1), rpc(0x12).arg(1_u32).arg(node(1)).arg(2_u8)),
        ("invalid_utf8", node(1), endpoint(&[0xff, 0xfe])),
        ("invalid_address_type", stranger(), Rpc([vec![0x16, 7], vec![0; 20]].concat())),
    ]
}

fn engine() -> Box<NativeEngine> {
    Box::new(NativeEngine::of("zk_node_registry"))
}

#[test]
fn j11_the_simulator_refuses_what_the_contract_refuses_and_says_the_same() {
    let mut registry = with_every_obstacle();
    let start = Start { origin: registry.now, ..Start::default() };
    let (state, trees) = (registry.state.clone(), registry.trees.clone());
    let mut world = World::resume(&start, state.clone(), trees.clone(), engine());
    let mut seen = BTreeSet::new();

    for (code, sender, call) in refused_calls(&registry) {
        let message = registry.refuse(sender, call.clone(), code);

        let from = world.address(&name(&format!("{sender:x}")));
        let outcome = world.send(from, world.registry_address(), call.0.clone(), None);

        let Outcome::Refused { code: said, message: reason } = &outcome else {
            panic!("{code}: {outcome:?}");
        };
        assert_eq!((said.as_str(), reason), (code, &message));
        assert_eq!(world.registry(), (&state[..], &trees), "{code}");
        let to_the_sender = |mail: &Mail| mail.event.to == sender;
        assert!(
            world.mail().all(to_the_sender),
            "{code}: a contract learns of it, and nobody else"
        );
        world.run().expect("nobody answers without end");
        seen.insert(code);
    }

    // Creation, too, is the contract's own.
    let with_account: Start =
        Start { addresses: [(name("token"), node(1))].into(), ..Start::default() };
    let with_minimum = Start { min_total_stakes: -1, ..Start::default() };
    for (start, code) in
        [(with_account, "stake_token_not_contract"), (with_minimum, "minimum_negative")]
    {
        let refused = World::start(&start, engine()).expect_err("the settings are not valid");
        assert_eq!(refused.code(), Some(code));
        seen.insert(code);
    }
    assert_eq!(seen, CODES.into());
}
