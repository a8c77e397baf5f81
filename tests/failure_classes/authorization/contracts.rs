//! Requests, extensions and ends: the deploy contract and the contracts that are served.

use pbc_contract_common::address::Address;
use registry_tests::calls::*;
use registry_tests::registry::only_call;
use registry_tests::stories::{given, name, tell};
use registry_tests::*;
use zkreg::chain::Kind;

/// N1 to N4 with 100 units each, of which 75 work for Z1.
fn working() -> Registry {
    let mut registry = Registry::with_nodes(4, 100);
    registry.take(zk(1), 300, &[1, 2, 3, 4].map(node));
    registry
}

/// Every request that names a contract: for Z1.
fn requests_in_the_name_of_another() -> [Rpc; 3] {
    [
        request_v1(zk(1), 2, 100),
        request_v2(zk(1), 2, 100, &[], (4, 0, 0)),
        request_listed_protocol(zk(1), 100, (4, 0, 0), &[node(1), node(2)]),
    ]
}

/// Every request that serves its sender.
fn requests_in_the_senders_name() -> [Rpc; 2] {
    [request_listed_ee(100, 0, &[node(1), node(2)]), request_ee(2, 100, &[], 0)]
}

#[test]
fn u01_a_stranger_cannot_request_nodes_for_a_contract() {
    let mut registry = Registry::with_nodes(2, 100);

    for request in requests_in_the_name_of_another() {
        registry.refuse(stranger(), request.clone(), "not_zk_contract_deploy");
        registry.clone().accept(deploy(), request);
    }

    // Who asks is looked at before what is asked for.
    registry.refuse(stranger(), request_v1(stranger(), 0, -1), "not_zk_contract_deploy");
}

#[test]
fn u02_no_role_but_the_deploy_contract_requests_nodes_for_another() {
    let mut registry = Registry::with_nodes(2, 100);
    let roles =
        [node(1), node(3), bpo(), voting(), token(), zk(1), public(1), Registry::own_address()];

    for sender in roles {
        for request in requests_in_the_name_of_another() {
            let message = registry.refuse(sender, request, "not_zk_contract_deploy");
            assert!(message.contains(&format!("{sender:x}")), "{message}");
        }
    }
}

#[test]
fn u03_nobody_but_zk_and_public_contracts_is_served() {
    let mut registry = Registry::with_nodes(2, 100);

    for sender in [stranger(), node(1), deploy(), token(), address(0x01, 9), address(0x04, 9)] {
        for request in requests_in_the_senders_name() {
            registry.refuse(sender, request, "not_a_served_contract");
        }
        // Nor at the word of the deploy contract.
        let in_its_name = request_v1(sender, 2, 100);
        registry.refuse(deploy(), in_its_name, "not_a_served_contract");
    }

    for sender in [zk(1), public(1)] {
        for request in requests_in_the_senders_name() {
            registry.clone().accept(sender, request);
        }
    }
}

#[test]
fn u04_a_public_contract_requests_nodes_for_itself_only() {
    let registry = Registry::with_nodes(2, 100);

    for request in requests_in_the_senders_name() {
        let mut registry = registry.clone();
        registry.accept(public(1), request);
        let held: Vec<Address> = registry.records().all_computations().map(|(by, _)| by).collect();
        assert_eq!(held, [public(1)]);
        assert_eq!(registry.tokens(node(1)).allocated_tokens.get(&public(1)), Some(&50));
        registry.refuse(zk(1), done_v1(), "no_computation");
        registry.accept(public(1), done_v1());
    }

    // There is no place for the name of another, in front or behind.
    let mut registry = registry;
    for request in requests_in_the_senders_name() {
        registry.refuse(public(1), request.arg(zk(1)), "trailing_bytes");
    }
    for shortname in [0x18, 0x19] {
        let named = rpc(shortname).arg(zk(1)).arg(100_i64).arg(0_i32).arg(vec![node(1)]);
        registry.refuse(public(1), named, "trailing_bytes");
    }
}

#[test]
fn u05_only_the_holder_re_requests() {
    let mut registry = working();
    let of_z1 = [1, 2, 3, 4].map(|n| (node(n), S));
    let instead = re_request(&of_z1, 1, 10, &[], 0, &[]);

    for sender in [zk(2), public(1), deploy(), node(1), stranger()] {
        registry.refuse(sender, instead.clone(), "no_computation");
    }

    // Z2 with a computation of its own can end and replace that, and no other.
    registry.take(zk(2), 10, &[node(1)]);
    let of_z1_before = registry.computation(zk(1));
    registry.refuse(zk(2), instead.clone(), "status_node_foreign");
    registry.accept(zk(2), re_request(&[(node(1), F)], 1, 10, &[], 0, &[node(2)]));
    assert_eq!(registry.computation(zk(1)), of_z1_before);
    assert_eq!(registry.score(node(1)), (1, 0, 1));
    assert_eq!(registry.buckets(node(1)), [15, 75, 10]);

    registry.accept(zk(1), instead);
}

#[test]
fn u06_an_extension_moves_nothing_but_the_planned_end_and_that_only_forward_when_confirmed() {
    let mut registry = working();
    registry.take(public(1), 40, &[node(1), node(2)]);
    let before = registry.clone();
    let planned_end = registry.now + 28 * DAY;

    // X pays for Z1: the order is forwarded, with all the gas that X sent.
    let order = registry.accept(stranger(), extend(zk(1)));
    let forwarded =
        rpc(0x13).arg(60_480_000_000_i64).arg(300_i64).arg(86_400_000_i64).arg(15_724_800_000_i64);
    assert_eq!(only_call(&order), (zk(1), forwarded));
    assert_eq!(order[0].interactions[0].cost, None);
    assert!(!order[0].interactions[0].cost_from_contract);

    // For a contract without nodes it is refused.
    registry.refuse(stranger(), extend(zk(2)), "no_computation");
    registry.refuse(stranger(), extend(node(1)), "no_computation");

    // A binder without gas, a contract without binder, and answers that say nothing or an earlier
    // date.
    let told = |deadline: i64| (true, deadline.to_be_bytes().to_vec());
    let to_public = registry.accept(stranger(), extend(public(1)));
    registry.settle(&to_public, false);
    for (success, results) in [
        (false, vec![]),
        (false, vec![told(planned_end + DAY)]),
        (true, vec![]),
        (true, vec![(true, vec![])]),
        (true, vec![(true, vec![0x7f; 7])]),
        (true, vec![(true, vec![0x7f; 9])]),
        (true, vec![told(planned_end + DAY), told(planned_end + DAY)]),
        (true, vec![told(planned_end)]),
        (true, vec![told(planned_end - 1)]),
        (true, vec![told(i64::MIN)]),
    ] {
        registry.callback(&order[0], success, &results).expect("a callback of its own");
        assert_eq!(registry.trees, before.trees, "{success}, {results:?}");
    }

    // A later date moves the planned end of Z1, and nothing else.
    registry.callback(&order[0], true, &[told(planned_end + 1)]).expect("a callback of its own");
    assert_eq!(registry.planned_end(zk(1)), Some(planned_end + 1));
    assert_eq!(registry.planned_end(public(1)), Some(planned_end));
    for n in [1, 2, 3, 4].map(node) {
        assert_eq!(registry.find_tokens(n), before.find_tokens(n));
        assert_eq!(registry.node(n), before.node(n));
    }

    extensions_on_a_chain();
}

/// Where a binder may have no gas, and a public contract has no binder.
fn extensions_on_a_chain() {
    let mut world = given("settings block-producers not required\nn1 holds 75_000 approved");
    tell(
        &mut world,
        "0d n1 register https://n1.example
         0d n1 ee-version 1
         0d n1 associate 75_000
         1d zk-1 request stake 2_000 ee-version 1 of n1
         1d pub-1 request stake 2_000 ee-version 1 of n1",
    );
    let (root, trees) = world.registry();
    let (root, trees) = (root.to_vec(), trees.clone());
    for futile in ["x extend zk-1 gas 10000", "x extend pub-1"] {
        tell(&mut world, &format!("2d {futile}"));
        assert_eq!(world.registry(), (root.as_slice(), &trees), "{futile}");
        let last = &world.log().last().expect("a delivery").event;
        assert!(matches!(&last.kind, Kind::Callback(told) if !told.success), "{futile}");
    }
    tell(&mut world, "2d x extend zk-1");
    let zk_1 = world.address(&name("zk-1"));
    let planned_end = world.records().computation(&zk_1).expect("it runs").allocation_end;
    assert_eq!(planned_end, Some(world.origin() + (1 + 28 + 28) * DAY));
}

#[test]
fn u16_a_deletion_notice_by_anyone_but_the_deploy_contract_is_refused() {
    let mut registry = working();
    registry.take(zk(2), 10, &[node(1)]);
    let own = Registry::own_address();

    for sender in [stranger(), node(1), bpo(), voting(), token(), zk(1), zk(2), public(1), own] {
        for contract in [zk(1), zk(2), zk(3)] {
            registry.refuse(sender, deleted(contract), "not_zk_contract_deploy");
        }
    }

    assert_eq!(registry.buckets(node(1)), [15, 85, 0]);
    assert_eq!(registry.score(node(1)), (0, 0, 0));
    registry.accept(deploy(), deleted(zk(1)));
    assert_eq!(registry.buckets(node(1)), [15, 10, 75]);
    assert_eq!(registry.score(node(1)), (1, 1, 0));
}
