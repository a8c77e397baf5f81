//! How many nodes, which ones, and where: the arguments of a request.

use pbc_contract_common::address::Address;
use registry_tests::calls::*;
use registry_tests::registry::engines;
use registry_tests::*;

/// N1 to N`count`, in this order.
fn nodes(count: u16) -> Vec<Address> {
    (1..=count).map(node).collect()
}

/// N1 to N8 with 100 units each; N1 to N4 are in jurisdiction 1, the others in 2.
fn in_two_jurisdictions() -> Registry {
    let mut registry = Registry::with_nodes(8, 100);
    for n in 1..=8 {
        registry.accept(node(n), jurisdiction(if n <= 4 { 1 } else { 2 }));
    }
    registry
}

#[test]
fn e01_a_node_that_is_listed_twice_is_refused() {
    let mut registry = Registry::with_nodes(9, 100);
    let twice = [1, 1, 2, 3].map(node);
    let apart = [1, 2, 3, 1].map(node);

    for list in [twice, apart] {
        let call = request_listed_protocol(zk(1), 40, (4, 0, 0), &list);
        let message = registry.refuse(deploy(), call, "duplicate_node");
        assert!(message.contains(&format!("{:x}", node(1))), "{message}");
        registry.refuse(zk(1), request_listed_ee(40, 0, &list), "duplicate_node");
    }
    registry.take(zk(1), 40, &[5, 6, 7, 8].map(node));
    let statuses = successes(&[5, 6, 7, 8].map(node));
    registry.refuse(zk(1), re_request(&statuses, 4, 40, &[], 0, &twice), "duplicate_node");

    // A drawn request never takes a node twice either.
    let engines = registry.draw(zk(2), 9, 9);
    assert!((1..=9).all(|n| engines.contains(&node(n))), "{engines:?}");
}

#[test]
fn e02_a_disabled_node_is_neither_drawn_nor_taken_from_a_list() {
    let mut registry = Registry::with_nodes(5, 100);
    registry.accept(voting(), disable(node(1)));

    let call = request_listed_protocol(zk(1), 40, (4, 0, 0), &[1, 2, 3, 4].map(node));
    registry.refuse(deploy(), call, "node_disabled");
    registry.refuse(zk(1), request_listed_ee(10, 0, &[node(1)]), "node_disabled");

    registry.refuse(zk(1), request_ee(5, 50, &[], 0), "not_enough_nodes");
    for _ in 0..50 {
        let engines = registry.clone().draw(zk(1), 4, 40);
        assert!(!engines.contains(&node(1)), "{engines:?}");
        registry.calls += 1;
    }
}

#[test]
fn e03_a_resigned_node_is_neither_drawn_nor_taken_from_a_list() {
    let mut registry = Registry::with_nodes(5, 100);
    registry.accept(node(1), resign());

    let call = request_listed_protocol(zk(1), 40, (4, 0, 0), &[2, 3, 4, 1].map(node));
    registry.refuse(deploy(), call, "node_resigned");
    registry.refuse(zk(1), request_listed_ee(10, 0, &[node(1)]), "node_resigned");

    registry.refuse(zk(1), request_ee(5, 50, &[], 0), "not_enough_nodes");
    for _ in 0..50 {
        let engines = registry.clone().draw(zk(1), 4, 40);
        assert!(!engines.contains(&node(1)), "{engines:?}");
        registry.calls += 1;
    }
}

#[test]
fn e04_a_request_for_no_nodes_is_refused() {
    let code = "node_count_out_of_range";
    let mut registry = Registry::with_nodes(4, 100);

    registry.refuse(deploy(), request_v1(zk(1), 0, 40), code);
    registry.refuse(deploy(), request_v2(zk(1), 0, 40, &[], (4, 0, 0)), code);
    registry.refuse(deploy(), request_listed_protocol(zk(1), 40, (4, 0, 0), &[]), code);
    registry.refuse(zk(1), request_listed_ee(40, 0, &[]), code);
    registry.refuse(zk(1), request_ee(0, 40, &[], 0), code);

    let engines = registry.draw(zk(1), 1, 40);
    let none = re_request(&successes(&engines), 0, 40, &[], 0, &[]);
    registry.refuse(zk(1), none, code);
}

#[test]
fn e05_more_nodes_than_are_eligible_and_more_than_16_are_refused() {
    // One more than there are, whether the others do not exist or are not eligible.
    let mut registry = Registry::with_nodes(3, 100);
    registry.refuse(zk(1), request_ee(4, 40, &[], 0), "not_enough_nodes");
    registry.refuse(deploy(), request_v1(zk(1), 4, 40), "not_enough_nodes");
    registry.enrol(node(4));
    registry.refuse(zk(1), request_ee(4, 40, &[], 0), "not_enough_nodes");
    registry.stake(node(4), 9);
    let message = registry.refuse(zk(1), request_ee(4, 40, &[], 0), "not_enough_nodes");
    assert!(message.contains("3 eligible of 4 in the roster"), "{message}");
    registry.stake(node(4), 1);
    assert_eq!(registry.draw(zk(1), 4, 40).len(), 4);

    // 17 of 20 eligible nodes, in every request that there is.
    let code = "node_count_out_of_range";
    let mut registry = Registry::with_nodes(20, 100);
    registry.refuse(deploy(), request_v1(zk(1), 17, 40), code);
    registry.refuse(deploy(), request_v2(zk(1), 17, 40, &[], (4, 0, 0)), code);
    let seventeen = nodes(17);
    registry.refuse(deploy(), request_listed_protocol(zk(1), 40, (4, 0, 0), &seventeen), code);
    registry.refuse(zk(1), request_listed_ee(40, 0, &seventeen), code);
    registry.refuse(zk(1), request_ee(17, 40, &[], 0), code);
    let engines = registry.draw(zk(1), 16, 40);
    let again = |nodes, listed| re_request(&successes(&engines), nodes, 40, &[], 0, listed);
    registry.refuse(zk(1), again(17, &[]), code);
    registry.refuse(zk(1), again(17, &seventeen), code);
    registry.accept(zk(1), again(16, &nodes(16)));
}

#[test]
fn e06_a_request_for_all_eligible_nodes_gets_each_of_them_once() {
    for eligible in 1..=16 {
        let mut registry = Registry::with_nodes(eligible + 2, 100);
        for ineligible in [eligible + 1, eligible + 2] {
            registry.accept(node(ineligible), reserve(100));
        }

        let mut engines = registry.draw(zk(1), i32::from(eligible), 100);

        engines.sort_unstable();
        assert_eq!(engines, nodes(eligible));
    }
}

#[test]
fn e07_a_list_of_another_length_than_the_number_of_nodes_is_refused() {
    let mut registry = Registry::with_nodes(8, 100);
    registry.take(zk(1), 40, &nodes(4));
    let again = |k, listed: &[Address]| re_request(&successes(&nodes(4)), k, 40, &[], 0, listed);

    for (k, listed) in [(4, 3), (4, 5), (3, 4), (1, 2), (16, 8)] {
        let message = registry.refuse(zk(1), again(k, &nodes(listed)), "node_count_mismatch");
        assert!(message.contains(&k.to_string()), "{message}");
    }
    registry.clone().accept(zk(1), again(4, &nodes(4)));
    // An empty list is not one of no nodes: the nodes are drawn.
    assert_eq!(engines(&registry.accept(zk(1), again(5, &[]))).len(), 5);
}

#[test]
fn e08_jurisdictions_are_one_list_for_all_nodes_or_one_for_each() {
    let mut registry = in_two_jurisdictions();
    let mut working = registry.clone();
    working.take(zk(1), 8, &nodes(8));
    let statuses = successes(&nodes(8));
    let one: &[i32] = &[1];

    for count in [2, 3, 5] {
        let lists = vec![one; count];
        let code = "jurisdiction_lists_mismatch";
        registry.refuse(deploy(), request_v2(zk(1), 4, 40, &lists, (4, 0, 0)), code);
        registry.refuse(zk(1), request_ee(4, 40, &lists, 0), code);
        working.refuse(zk(1), re_request(&statuses, 4, 40, &lists, 0, &[]), code);
        working.refuse(zk(1), re_request(&statuses, 4, 40, &lists, 0, &nodes(4)), code);
    }

    // One list applies to all four, as do four equal ones; without lists it is anybody's turn.
    for _ in 0..20 {
        for lists in [vec![one], vec![one; 4]] {
            let call = request_ee(4, 40, &lists, 0);
            let mut engines = engines(&registry.clone().accept(zk(1), call));
            engines.sort_unstable();
            assert_eq!(engines, nodes(4));
        }
        registry.calls += 1;
    }
    registry.refuse(zk(1), request_ee(5, 50, &[one], 0), "not_enough_nodes");
    assert_eq!(registry.clone().draw(zk(1), 8, 80).len(), 8);
    let call = re_request(&statuses, 4, 40, &[one], 0, &nodes(4));
    assert_eq!(engines(&working.clone().accept(zk(1), call)), nodes(4));
    let fifth = [1, 2, 3, 5].map(node);
    let call = re_request(&statuses, 4, 40, &[one], 0, &fifth);
    working.refuse(zk(1), call, "node_outside_jurisdiction");
}

#[test]
fn e09_empty_lists_restrict_nothing() {
    let nowhere = Registry::with_nodes(4, 100);
    for lists in [vec![], vec![&[][..]], vec![&[][..]; 4]] {
        for mut registry in [nowhere.clone(), in_two_jurisdictions()] {
            let count = registry.records().roster().len();
            let drawn = registry.accept(zk(1), request_ee(4, 40, &lists, 0));
            assert_eq!(engines(&drawn).len(), 4, "{lists:?} of {count}");
        }
    }

    // Five nodes of two jurisdictions cannot be had but where nothing is restricted.
    let mut registry = in_two_jurisdictions();
    let mixed: &[&[i32]] = &[&[1], &[], &[2], &[], &[]];
    let engines = engines(&registry.accept(zk(1), request_ee(5, 50, mixed, 0)));
    assert_eq!(registry.node(engines[0]).server_jurisdiction.value, 1);
    assert_eq!(registry.node(engines[2]).server_jurisdiction.value, 2);
}
