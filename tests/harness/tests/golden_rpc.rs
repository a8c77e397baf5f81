//! The bytes of every call, callback and answer, as wallets and the live registry write them.
//!
//! Source: registry.md 15.

use std::collections::BTreeMap;

use pbc_contract_common::PublicKey;
use pbc_contract_common::address::Address;
use pbc_traits::ReadRPC;
use registry_harness::calls::{self, F, S};
use registry_harness::registry::{on_associated, on_disassociated, producer_info};
use registry_harness::{Registry, Rpc, address, bpo, deploy, mpc, rpc, token};
use zk_node_registry::{
    EngineInformation, EngineStatus, Jurisdiction, NodeJurisdictions, RestEndpoint,
    SemanticVersion, Settings,
};

fn n(operator: usize) -> Address {
    address(0x00, [0xa1, 0xb2, 0xc3, 0xd4][operator - 1])
}

fn c() -> Address {
    address(0x03, 0x11)
}

fn from_hex(hex: &str) -> Address {
    let bytes = hex::decode(hex).expect("hex");
    Address::rpc_read_from(&mut bytes.as_slice())
}

/// The vectors by name.
fn golden() -> BTreeMap<&'static str, Vec<u8>> {
    let lines = include_str!("../../data/golden-rpc.txt").lines();
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let vectors: Vec<_> = lines
        .map(|line| {
            let (name, bytes) = line.split_once(' ').expect("a name and its bytes");
            (name, hex::decode(bytes).expect("hex"))
        })
        .collect();
    let by_name: BTreeMap<_, _> = vectors.iter().cloned().collect();
    assert_eq!(by_name.len(), vectors.len(), "each name once");
    by_name
}

/// Reads the arguments of a call by their types, and writes them again.
macro_rules! again {
    ($bytes:expr, $shortname:expr $(, $argument:ty)*) => {{
        #[allow(unused_mut)] // a call without arguments reads nothing
        let mut input = &$bytes[$shortname..];
        let written = Rpc($bytes[..$shortname].to_vec());
        $(let written = written.arg(<$argument>::rpc_read_from(&mut input));)*
        assert!(input.is_empty(), "bytes left over");
        written.0
    }};
}

#[test]
fn every_call_has_the_bytes_of_the_live_interface_both_ways() {
    let golden = golden();
    let endpoint = "https://zk.example.org";
    let create = Rpc(vec![0xff, 0xff, 0xff, 0xff, 0x0f])
        .arg(from_hex("04203b77743ad0ca831df9430a6be515195733ad91"))
        .arg(from_hex("018bc1ccbb672b87710327713c97d43204905082cb"))
        .arg(from_hex("04c5f00d7c6d70c3d0919fd7f81c7b9bfe16063620"))
        .arg(from_hex("01615beb1c2bf57e45fcd1c4e67ef35b8735a685b1"))
        .arg(true)
        .arg(mpc(75_000))
        .arg(mpc(2_000));
    type V = SemanticVersion;
    type A = Address;
    type J = NodeJurisdictions;
    let g = |name: &str| golden.get(name).unwrap_or_else(|| panic!("no vector {name}")).clone();
    let mut seen = 0;
    let mut check = |name: &str, written: Rpc, again: Vec<u8>| {
        assert_eq!(hex::encode(&written.0), hex::encode(g(name)), "{name}, written");
        assert_eq!(hex::encode(again), hex::encode(g(name)), "{name}, read and written");
        seen += 1;
    };

    check("create", create, again!(g("create"), 5, A, A, A, A, bool, i64, i64));
    let name = "registerAsZkNode";
    check(name, calls::register(endpoint), again!(g(name), 1, RestEndpoint));
    let name = "updateNodeRestEndpoint";
    check(name, calls::update_endpoint("https://a.example"), again!(g(name), 1, String));
    let name = "requestZkComputationNodesV1";
    check(name, calls::request_v1(c(), 4, mpc(2_000)), again!(g(name), 1, A, i32, i64));
    let name = "notifyZkComputationDoneV1";
    check(name, calls::done_v1(), again!(g(name), 1));
    let name = "unlockExpiredStakes";
    check(name, calls::unlock(), again!(g(name), 1));
    let name = "resignAsZkNode";
    check(name, calls::resign(), again!(g(name), 1));
    let name = "checkContractStatus";
    check(name, calls::check_status(c()), again!(g(name), 1, A));
    let name = "requestZkComputationNodesV2";
    let request = calls::request_v2(c(), 4, mpc(2_000), &[&[208, 276]], (4, 9, 0));
    check(name, request, again!(g(name), 1, A, i32, i64, J, V));
    let name = "associateTokens";
    check(name, calls::associate(mpc(75_000)), again!(g(name), 1, i64));
    let name = "disassociateTokens";
    check(name, calls::disassociate(mpc(25_000)), again!(g(name), 1, i64));
    let name = "updateNodeProtocolVersion";
    check(name, calls::protocol_version((4, 10, 0)), again!(g(name), 1, V));
    let name = "updateServerJurisdiction";
    check(name, calls::jurisdiction(208), again!(g(name), 1, Jurisdiction));
    let name = "extendZkComputationDeadline";
    check(name, calls::extend(c()), again!(g(name), 1, A));
    let name = "disableZkNode";
    check(name, calls::disable(n(4)), again!(g(name), 1, A));
    let name = "notifyZkComputationDoneV2";
    let statuses = [(n(1), S), (n(2), S), (n(3), S), (n(4), F)];
    check(name, calls::done_v2(&statuses), again!(g(name), 1, Vec<EngineStatus>));
    let name = "setReservedTokens";
    check(name, calls::reserve(mpc(50_000)), again!(g(name), 1, i64));
    let name = "requestSpecificNodesWithProtocolVersion";
    let request = calls::request_listed_protocol(c(), mpc(1_000), (4, 9, 0), &[n(1), n(2)]);
    check(name, request, again!(g(name), 1, A, i64, V, Vec<A>));
    let name = "associateTokensWithExpiration";
    let associate = calls::associate_until(mpc(75_000), 1_767_225_600_000);
    check(name, associate, again!(g(name), 1, i64, i64));
    let name = "disassociateAllExpiredStakesFromContract";
    check(name, calls::send_expired_home(n(1)), again!(g(name), 1, A));
    let name = "setExpirationForAssociation";
    check(name, calls::expire(Some(1_767_225_600_000)), again!(g(name), 1, Option<i64>));
    let name = "setExpirationForAssociation-none";
    check(name, calls::expire(None), again!(g(name), 1, Option<i64>));
    let name = "requestSpecificNodesWithEeVersion";
    let request = calls::request_listed_ee(mpc(2_000), 3, &[n(1), n(2)]);
    check(name, request, again!(g(name), 1, i64, i32, Vec<A>));
    let name = "requestZkComputationNodesWithEeVersion";
    check(name, calls::request_ee(4, mpc(2_000), &[], 3), again!(g(name), 1, i32, i64, J, i32));
    let name = "updateNodeEeVersion";
    check(name, calls::ee_version(3), again!(g(name), 1, i32));
    let name = "reRequestZkComputationNodes";
    let request = calls::re_request(&[(n(1), S), (n(2), F)], 2, mpc(2_000), &[], 3, &[]);
    check(name, request, again!(g(name), 1, Vec<EngineStatus>, i32, i64, J, i32, Vec<A>));
    let name = "notifyContractDeleted";
    check(name, calls::deleted(c()), again!(g(name), 1, A));

    let name = "on_producer_info";
    let callback = rpc(0x30).arg(n(1)).arg(endpoint.to_owned());
    check(name, callback, again!(g(name), 1, A, String));
    let name = "on_associated";
    check(name, Rpc(on_associated(n(1), mpc(75_000))), again!(g(name), 1, A, i64));
    let name = "on_disassociated";
    let callback = Rpc(on_disassociated(n(1), mpc(25_000), mpc(10_000)));
    check(name, callback, again!(g(name), 1, A, i64, i64));
    let name = "on_contract_status";
    check(name, rpc(0x33).arg(c()), again!(g(name), 1, A));
    let name = "on_deadline_extended";
    check(name, rpc(0x34).arg(c()), again!(g(name), 1, A));

    let name = "approve";
    let approve = rpc(0x05).arg(Registry::own_address()).arg(750_000_000_u128);
    check(name, approve, again!(g(name), 1, A, u128));
    let name = "return-data";
    let engines = vec![
        EngineInformation {
            identity: n(1),
            public_key: Some(PublicKey { bytes: [2; 33] }),
            rest_endpoint: "https://a.example".to_owned(),
        },
        EngineInformation {
            identity: n(2),
            public_key: None,
            rest_endpoint: "https://b.example".to_owned(),
        },
    ];
    check(name, Rpc(Vec::new()).arg(engines), again!(g(name), 0, Vec<EngineInformation>));
    let sent_by_the_registry = 5;
    assert_eq!(seen + sent_by_the_registry, golden.len(), "every vector is compared");
}

#[test]
fn the_registry_sends_the_bytes_that_others_expect() {
    let golden = golden();
    let mut registry = Registry::with(Settings {
        stake_token: token(),
        require_block_producer: true,
        min_node_stake: 0,
        min_total_stakes: 0,
    });
    // What a call sends: to whom, the bytes, the cost; and the callback with its cost.
    let sent = |registry: &mut Registry, sender, call: Rpc| {
        let events = registry.accept(sender, call);
        let [group] = events.as_slice() else { panic!("one group, not {events:?}") };
        let [interaction] = group.interactions.as_slice() else { panic!("one interaction") };
        assert!(!interaction.cost_from_contract, "nothing is paid by the contract");
        assert_eq!(group.return_data, None);
        let callback = group.callback.clone().expect("a callback");
        assert_eq!(callback.cost, Some(10_000), "GAS_CALLBACK");
        (events.clone(), interaction.dest, interaction.payload.clone(), interaction.cost, callback)
    };

    let register = calls::register("https://zk.example.org");
    let (events, to, payload, cost, callback) = sent(&mut registry, n(1), register);
    assert_eq!((to, cost), (bpo(), Some(20_000)));
    assert_eq!(payload, golden["getProducerInfo"]);
    assert_eq!(callback.payload, golden["on_producer_info"]);
    let answer = [(true, producer_info(n(1), 2, 208))];
    registry.callback(&events[0], true, &answer).expect("a producer");

    let associate = calls::associate(mpc(75_000));
    let (events, to, payload, cost, callback) = sent(&mut registry, n(1), associate);
    assert_eq!((to, cost), (token(), Some(15_500)));
    assert_eq!(payload, golden["transfer_from"]);
    assert_eq!(callback.payload, golden["on_associated"]);
    registry.settle(&events, true);

    registry.accept(n(1), calls::reserve(mpc(10_000)));
    let disassociate = calls::disassociate(mpc(25_000));
    let (_, to, payload, cost, callback) = sent(&mut registry, n(1), disassociate);
    assert_eq!((to, cost), (token(), Some(15_500)));
    assert_eq!(payload, golden["transfer"]);
    assert_eq!(callback.payload, golden["on_disassociated"]);

    registry.accept(n(1), calls::reserve(0));
    registry.accept(deploy(), calls::request_v1(c(), 1, mpc(2_000)));
    let (_, to, payload, cost, callback) = sent(&mut registry, n(1), calls::check_status(c()));
    assert_eq!((to, cost), (c(), None), "the caller's remaining gas goes along");
    assert_eq!(payload, golden["getComputationDeadline"]);
    assert_eq!(callback.payload, golden["on_contract_status"]);

    let (_, to, payload, cost, callback) = sent(&mut registry, n(1), calls::extend(c()));
    assert_eq!((to, cost), (c(), None), "the caller's remaining gas goes along");
    assert_eq!(payload, golden["call-extendZkComputationDeadline"]);
    assert_eq!(callback.payload, golden["on_deadline_extended"]);
}
