//! Nodes: who registers, who changes a record, who is banned by whom.

use registry_tests::calls::*;
use registry_tests::registry::{only_call, producer_info};
use registry_tests::*;
use zk_node_registry::Settings;

/// A registry for block producers only, without minimums.
fn for_block_producers() -> Registry {
    Registry::with(Settings {
        stake_token: token(),
        require_block_producer: true,
        min_node_stake: 0,
        min_total_stakes: 0,
    })
}

#[test]
fn u07_only_the_voting_contract_disables_a_node() {
    let mut registry = Registry::with_nodes(2, 100);
    let own = Registry::own_address();

    for sender in [node(1), node(2), deploy(), bpo(), stranger(), token(), zk(1), own] {
        let message = registry.refuse(sender, disable(node(1)), "not_voting");
        assert!(message.contains(&format!("{sender:x}")), "{message}");
        registry.refuse(sender, disable(stranger()), "not_voting");
    }

    assert!(!registry.node(node(1)).is_disabled);
    registry.accept(voting(), disable(node(1)));
    assert!(registry.node(node(1)).is_disabled);
    registry.refuse(voting(), disable(stranger()), "node_unknown");
}

#[test]
fn u08_a_registration_is_the_senders_own() {
    let nodes = |registry: &Registry| -> Vec<_> {
        registry.records().all_nodes().map(|(account, node)| (account, node.identity)).collect()
    };
    let call = || register("https://n1.example");
    let contracts = [zk(1), public(1), deploy(), bpo()];

    // At once.
    let mut registry = Registry::new();
    registry.refuse(node(1), call().arg(node(2)), "trailing_bytes");
    for contract in contracts {
        registry.refuse(contract, call(), "caller_not_account");
    }
    registry.accept(node(1), call());
    assert_eq!(nodes(&registry), [(node(1), node(1))]);

    // After a question, which is about the sender, and so must be the answer.
    let mut registry = for_block_producers();
    registry.refuse(node(1), call().arg(node(2)), "trailing_bytes");
    for contract in contracts {
        registry.refuse(contract, call(), "caller_not_account");
    }
    let question = registry.accept(node(1), call());
    assert_eq!(only_call(&question), (bpo(), rpc(0x09).arg(node(1))));
    let about = |who| [(true, producer_info(who, 2, 208))];
    let callback = question[0].callback.clone().expect("an answer is awaited").payload;
    registry.refuse_callback(&callback, true, &about(node(2)), "callback_data_invalid");
    registry.callback(&question[0], true, &about(node(1))).expect("the record of the sender");
    assert_eq!(nodes(&registry), [(node(1), node(1))]);
}

#[test]
fn u09_without_the_word_of_the_block_producer_orchestration_nobody_is_registered() {
    let mut registry = for_block_producers();
    registry.stake(node(1), 100);
    let events = registry.accept(node(1), register("https://n1.example"));
    let callback = events[0].callback.clone().expect("an answer is awaited").payload;
    let before = registry.clone();
    let record = producer_info(node(1), 2, 208);
    let with = |data: Vec<u8>| vec![(true, data)];

    // A failure, whatever came with it.
    for results in [vec![], vec![(false, vec![])], with(vec![]), with(record.clone())] {
        registry.callback_bytes(&callback, false, &results).expect("a failure is no surprise");
        assert_eq!(registry.trees, before.trees);
    }

    // Success without one record of this account.
    let mut longer = record.clone();
    longer.push(0);
    let mut not_text = record.clone();
    not_text[25] = 0xff; // the first letter of the name
    for results in [
        vec![],
        with(vec![]),
        with(record[..record.len() - 1].to_vec()),
        with(longer),
        with(not_text),
        with(producer_info(node(2), 2, 208)),
        [with(record.clone()), with(record.clone())].concat(),
    ] {
        registry.refuse_callback(&callback, true, &results, "callback_data_invalid");
    }

    assert_eq!(registry.records().node(&node(1)), None);
    assert_eq!(registry.records().roster(), []);
    registry.refuse(node(1), update_endpoint("https://b.example"), "not_registered");
    registry.refuse(zk(1), request_listed_ee(10, 0, &[node(1)]), "node_unknown");

    // With it, the key is the one that was confirmed.
    registry.callback_bytes(&callback, true, &with(record)).expect("the record of N1");
    let key = registry.node(node(1)).public_key.expect("a key is stored");
    assert_eq!(Rpc(Vec::new()).arg(key).0, [2; 33]);
    assert_eq!(registry.node(node(1)).server_jurisdiction.value, 208);
    assert_eq!(registry.records().roster(), [node(1)]);
}

#[test]
fn u13_who_is_not_registered_updates_nothing() {
    let mut registry = Registry::with_nodes(1, 100);
    registry.accept(node(1), resign());
    registry.stake(node(2), 100);

    // A stranger, somebody who only has stake, a node that has resigned, and a contract.
    for sender in [stranger(), node(2), node(1), zk(1)] {
        for call in [
            update_endpoint("https://b.example"),
            update_endpoint(""),
            protocol_version((4, 11, 0)),
            protocol_version((-1, 0, 0)),
            jurisdiction(208),
            jurisdiction(-1),
            ee_version(4),
            ee_version(-1),
            resign(),
        ] {
            registry.refuse(sender, call, "not_registered");
        }
    }

    let nodes: Vec<_> = registry.records().all_nodes().map(|(account, _)| account).collect();
    assert_eq!(nodes, [node(1)], "no record was created");
}

#[test]
fn u14_stake_does_not_need_a_registration_and_makes_nobody_eligible() {
    let mut registry = Registry::new();

    registry.stake(stranger(), 5);

    assert_eq!(registry.buckets(stranger()), [5, 0, 0]);
    assert_eq!(registry.records().node(&stranger()), None);
    assert_eq!(registry.records().roster(), []);
    registry.refuse(zk(1), request_listed_ee(1, 0, &[stranger()]), "node_unknown");
    let listed = request_listed_protocol(zk(1), 1, (0, 0, 0), &[stranger()]);
    registry.refuse(deploy(), listed, "node_unknown");
    registry.refuse(zk(1), request_ee(1, 1, &[], 0), "not_enough_nodes");
    registry.refuse(deploy(), request_v1(zk(1), 1, 1), "not_enough_nodes");

    let events = registry.accept(stranger(), disassociate(5));
    assert_eq!(only_call(&events), (token(), token_transfer(stranger(), 5)));
    registry.settle(&events, true);
    assert_eq!(registry.find_tokens(stranger()), None);
}
