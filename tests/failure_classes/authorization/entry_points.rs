//! The doors of the registry: its actions and callbacks, and nothing besides them.

use std::collections::BTreeSet;

use pbc_contract_common::address::Address;
use pbc_host::split_rpc;
use pbc_lib::Export;
use registry_tests::calls::*;
use registry_tests::registry::{on_associated, on_disassociated, producer_info};
use registry_tests::*;
use zk_node_registry::Settings;
use zkreg::engine::NativeEngine;

/// The shortnames of all actions but `create`.
const ACTIONS: [u32; 25] = [
    0x00, 0x01, 0x04, 0x05, 0x06, 0x07, 0x08, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x10, 0x11, 0x12, 0x13,
    0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x20,
];

/// The shortnames of all callbacks.
const CALLBACKS: [u32; 5] = [0x30, 0x31, 0x32, 0x33, 0x34];

/// The number of `create`.
const CREATE: u32 = u32::MAX;

/// A shortname in its shortest LEB128 form.
fn leb(mut shortname: u32) -> Rpc {
    let mut bytes = Vec::new();
    while shortname >= 0x80 {
        bytes.push(0x80 | shortname.to_le_bytes()[0]);
        shortname >>= 7;
    }
    bytes.push(shortname.to_le_bytes()[0]);
    Rpc(bytes)
}

#[test]
fn u10_a_callback_cannot_be_called_and_trusts_no_sender() {
    let mut registry = Registry::with_nodes(1, 100);
    registry.take(zk(1), 10, &[node(1)]);
    let coming = registry.accept(node(1), associate(50));
    registry.accept(node(1), disassociate(30));

    // Sent as calls, with arguments that fit what is in flight.
    let deadline = registry.now + 365 * DAY;
    for sender in [stranger(), node(1), token(), bpo(), deploy(), zk(1), Registry::own_address()] {
        for forged in [
            rpc(0x30).arg(stranger()).arg("https://x.example".to_owned()),
            Rpc(on_associated(node(1), 50)),
            Rpc(on_disassociated(node(1), 30, 30)),
            rpc(0x33).arg(zk(1)),
            rpc(0x34).arg(zk(1)).arg(deadline),
            rpc(0x31),
        ] {
            registry.refuse(sender, forged, "unknown_action");
        }
    }

    // Delivered by the chain, whoever started the chain of events.
    let settled = [stranger(), node(1), node(2), token(), zk(1)].map(|starter| {
        let mut registry = registry.clone();
        registry.starter = starter;
        registry.settle(&coming, true);
        assert_eq!(registry.free(node(1)), 110);
        assert_eq!(registry.find_tokens(starter).is_some(), starter == node(1));
        registry.trees
    });
    assert!(settled.iter().all(|trees| *trees == settled[0]));
}

#[test]
fn u11_no_action_changes_collaborators_or_settings() {
    let mut registry = Registry::with(Settings {
        stake_token: token(),
        require_block_producer: true,
        min_node_stake: 10,
        min_total_stakes: 10,
    });
    let (created, terms) = (registry.state.clone(), registry.records().terms());
    let expiration = registry.now + DAY;
    let (n1, n1_success) = ([node(1)], [(node(1), S)]);
    let answer = producer_info(node(1), 2, 208);
    let deadline = (registry.now + 100 * DAY).to_be_bytes().to_vec();
    let mut met = BTreeSet::new();

    let life: [(Address, Rpc); 28] = [
        (node(1), register("https://n1.example")),
        (node(1), update_endpoint("https://b.example")),
        (node(1), protocol_version((4, 10, 0))),
        (node(1), jurisdiction(276)),
        (node(1), ee_version(3)),
        (node(1), associate(1_000)),
        (node(1), reserve(100)),
        (node(1), unlock()),
        (node(1), expire(None)),
        (deploy(), request_v1(zk(1), 1, 10)),
        (zk(1), done_v1()),
        (deploy(), request_v2(zk(2), 1, 10, &[&[276]], (4, 9, 0))),
        (zk(2), done_v2(&n1_success)),
        (deploy(), request_listed_protocol(zk(3), 10, (4, 9, 0), &n1)),
        (zk(3), re_request(&n1_success, 1, 10, &[], 3, &n1)),
        (deploy(), deleted(zk(3))),
        (zk(4), request_listed_ee(10, 3, &n1)),
        (stranger(), check_status(zk(4))),
        (stranger(), extend(zk(4))),
        (zk(4), done_v1()),
        (public(1), request_ee(1, 10, &[], 3)),
        (public(1), done_v1()),
        (node(1), disassociate(100)),
        (voting(), disable(node(1))),
        (node(1), resign()),
        (node(2), associate_until(50, expiration)),
        (node(2), disassociate(1)),
        (stranger(), send_expired_home(node(2))),
    ];
    for (sender, call) in life {
        let shortname = Export::Action(split_rpc(&call.0).expect("a shortname").0);
        if shortname == Export::Action(0x16) {
            registry.now = expiration;
        }
        let events = registry.accept(sender, call);
        met.insert(shortname);
        assert_eq!(registry.state, created, "{shortname}");

        for group in events.iter().filter(|group| group.callback.is_some()) {
            let callback = &group.callback.as_ref().expect("it has one").payload;
            let shortname = Export::Callback(split_rpc(callback).expect("a shortname").0);
            let told = match shortname {
                Export::Callback(0x30) => vec![(true, answer.clone())],
                Export::Callback(0x33 | 0x34) => vec![(true, deadline.clone())],
                _ => vec![],
            };
            registry.callback(group, true, &told).expect("a callback of its own");
            met.insert(shortname);
            assert_eq!(registry.state, created, "{shortname}");
        }
    }

    assert_eq!(registry.records().terms(), terms);
    let all: BTreeSet<_> = NativeEngine::of("zk_node_registry").exports().collect();
    let besides: Vec<_> = all.difference(&met).collect();
    assert_eq!(besides, [&Export::Init], "every other door was used");
}

#[test]
fn u12_a_registry_cannot_be_created_twice() {
    let mut registry = Registry::with_nodes(1, 100);
    let others = leb(CREATE)
        .arg(stranger())
        .arg(stranger())
        .arg(stranger())
        .arg(token())
        .arg(false)
        .arg(0_i64)
        .arg(0_i64);

    assert_eq!(others.0[..5], [0xff, 0xff, 0xff, 0xff, 0x0f]);
    for sender in [stranger(), node(1), deploy(), bpo(), voting(), Registry::own_address()] {
        registry.refuse(sender, others.clone(), "unknown_action");
        registry.refuse(sender, leb(CREATE), "unknown_action");
    }
}

#[test]
fn u15_shortnames_without_an_action_are_refused() {
    let mut registry = Registry::with_nodes(1, 100);

    // All of one byte, and those whose low byte is that of an action.
    let of_one_byte = 0..0x80;
    let unused: Vec<u32> = of_one_byte
        .filter(|shortname| !ACTIONS.contains(shortname))
        .chain(ACTIONS.map(|shortname| shortname + 0x100))
        .chain(ACTIONS.map(|shortname| shortname + 0x8000_0000))
        .chain([CREATE - 1, CREATE])
        .collect();
    for named in [0x02, 0x03, 0x09, 0x0f, 0x1c, 0x7f] {
        assert!(unused.contains(&named), "{named:02x}");
    }

    // Whatever the arguments, which are not read.
    for shortname in unused {
        registry.refuse(node(1), leb(shortname), "unknown_action");
        registry.refuse(node(1), leb(shortname).arg(1_i64), "unknown_action");
        registry.refuse(deploy(), leb(shortname).arg(zk(1)).arg(u32::MAX), "unknown_action");
    }

    // What has an action or a callback is all that the contract exports.
    let actions = ACTIONS.map(Export::Action);
    let callbacks = CALLBACKS.map(Export::Callback);
    let known: BTreeSet<_> = [Export::Init].into_iter().chain(actions).chain(callbacks).collect();
    let exports: BTreeSet<_> = NativeEngine::of("zk_node_registry").exports().collect();
    assert_eq!(exports, known);
}
