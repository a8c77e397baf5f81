//! Tokens that nodes give to a contract and get back, with the score.

use pbc_contract_common::address::Address;
use registry_tests::calls::*;
use registry_tests::registry::only_call;
use registry_tests::*;
use zk_node_registry::ZkNodeScoreStatus;

/// Z1 with 75 units of each of N1 to N4, which have 25 more; N5 to N9 have 100 free units.
fn working() -> Registry {
    let mut registry = Registry::with_nodes(9, 100);
    registry.take(zk(1), 300, &four());
    registry
}

fn four() -> [Address; 4] {
    [1, 2, 3, 4].map(node)
}

fn all<const N: usize>(
    status: ZkNodeScoreStatus,
    nodes: [Address; N],
) -> [(Address, ZkNodeScoreStatus); N] {
    nodes.map(|node| (node, status))
}

#[test]
fn c01_a_computation_is_released_once() {
    let notices = [done_v1(), done_v2(&all(S, four()))];
    for first in &notices {
        let mut registry = working();
        let release = registry.now;

        registry.accept(zk(1), first.clone());

        registry.now += DAY;
        for second in &notices {
            registry.refuse(zk(1), second.clone(), "no_computation");
        }
        registry.refuse(deploy(), deleted(zk(1)), "no_computation");
        for node in four() {
            assert_eq!(registry.pending_entries(node), [(75, release)]);
            assert_eq!(registry.score(node), (1, 1, 0));
        }
    }
}

#[test]
fn c02_done_after_a_re_request_ends_the_new_allocations_only() {
    let mut registry = working();
    registry.stake(node(1), 100);
    let first = registry.now;
    let second = first + DAY;

    let statuses = [(node(1), S), (node(2), S), (node(3), S), (node(4), F)];
    let anew = [node(1), node(5), node(6)];
    registry.accept(zk(1), re_request(&statuses, 3, 225, &[], 0, &anew));
    registry.now = second;
    registry.accept(zk(1), done_v1());

    registry.refuse(zk(1), done_v1(), "no_computation");
    assert_eq!(registry.pending_entries(node(1)), [(75, first), (75, second)]);
    assert_eq!(registry.score(node(1)), (2, 2, 0));
    for (old, score) in [(2, (1, 1, 0)), (3, (1, 1, 0)), (4, (1, 0, 1))] {
        assert_eq!(registry.pending_entries(node(old)), [(75, first)]);
        assert_eq!(registry.score(node(old)), score);
    }
    for new in [5, 6] {
        assert_eq!(registry.pending_entries(node(new)), [(75, second)]);
        assert_eq!(registry.score(node(new)), (1, 1, 0));
    }
}

#[test]
fn c03_another_contract_releases_nothing() {
    let statuses = all(S, four());

    // A contract without nodes, and everybody else.
    let mut registry = working();
    for sender in [zk(2), public(1), node(1), stranger(), deploy(), voting(), bpo(), token()] {
        registry.refuse(sender, done_v1(), "no_computation");
        registry.refuse(sender, done_v2(&statuses), "no_computation");
    }

    // A contract with nodes of its own, among them one that serves Z1 too.
    registry.take(zk(2), 50, &[node(1), node(5)]);
    registry.refuse(zk(2), done_v2(&statuses), "status_node_foreign");
    registry.accept(zk(2), done_v1());
    assert_eq!(registry.buckets(node(1)), [0, 75, 25]);
    assert_eq!(registry.score(node(1)), (1, 1, 0));
    for untouched in [2, 3, 4] {
        assert_eq!(registry.buckets(node(untouched)), [25, 75, 0]);
        assert_eq!(registry.score(node(untouched)), (0, 0, 0));
    }
}

#[test]
fn c04_a_status_for_a_foreign_node_is_refused() {
    let mut registry = working();
    registry.take(zk(2), 75, &[node(9)]);

    // Besides all engines, before them, and in place of one.
    let [n1, n2, n3, n4] = all(S, four());
    let n9 = (node(9), F);
    for statuses in [vec![n1, n2, n3, n4, n9], vec![n9, n1, n2, n3, n4], vec![n1, n2, n3, n9]] {
        let message = registry.refuse(zk(1), done_v2(&statuses), "status_node_foreign");
        assert!(message.contains(&format!("{:x}", node(9))), "{message}");
    }
    let unknown = [n1, n2, n3, n4, (stranger(), S)];
    registry.refuse(zk(1), done_v2(&unknown), "status_node_foreign");

    assert_eq!(registry.score(node(9)), (0, 0, 0));
    assert_eq!(registry.buckets(node(9)), [25, 75, 0]);
}

#[test]
fn c05_a_missing_status_is_refused_and_the_complete_list_is_accepted_afterwards() {
    let mut registry = working();
    let [n1, n2, n3, n4] = all(S, four());

    for (statuses, missing) in [
        (vec![n2, n3, n4], node(1)),
        (vec![n1, n3, n4], node(2)),
        (vec![n1, n2, n3], node(4)),
        (vec![n4], node(1)),
        (vec![], node(1)),
    ] {
        let message = registry.refuse(zk(1), done_v2(&statuses), "status_node_missing");
        assert!(message.contains(&format!("{missing:x}")), "{message}");
    }

    registry.accept(zk(1), done_v2(&[n3, (node(4), F), n1, n2]));
    for node in four() {
        assert_eq!(registry.buckets(node), [25, 0, 75], "nobody stays locked");
    }
    assert_eq!([1, 2, 3, 4].map(|n| registry.score(node(n)).1), [1, 1, 1, 0]);
}

#[test]
fn c06_two_statuses_for_one_node_are_refused() {
    let mut registry = working();
    let [n1, n2, n3, n4] = all(S, four());
    let n1_failed = (node(1), F);

    for statuses in [
        vec![n1, n1_failed],
        vec![n1_failed, n1, n2, n3, n4],
        vec![n1, n2, n3, n4, n1_failed],
        vec![n1, n2, n3, n4, n1],
        vec![n1, n1, (node(9), S)],
    ] {
        registry.refuse(zk(1), done_v2(&statuses), "status_node_repeated");
    }
    registry.refuse(zk(1), done_v2(&[(node(9), S), n1, n1]), "status_node_foreign");
}

#[test]
fn c07_a_second_request_for_a_contract_is_refused() {
    let mut registry = working();
    let computation = registry.computation(zk(1));
    let others = [node(5), node(6)];

    for (sender, call) in [
        (deploy(), request_v1(zk(1), 2, 100)),
        (deploy(), request_v2(zk(1), 2, 100, &[], (4, 0, 0))),
        (deploy(), request_listed_protocol(zk(1), 100, (4, 0, 0), &others)),
        (zk(1), request_listed_ee(100, 0, &others)),
        (zk(1), request_ee(2, 100, &[], 0)),
        (zk(1), request_listed_ee(300, 0, &four())),
    ] {
        registry.refuse(sender, call, "computation_exists");
    }

    assert_eq!(registry.computation(zk(1)), computation);
    registry.accept(zk(1), done_v1());
    for node in four() {
        assert_eq!(registry.buckets(node), [25, 0, 75], "nothing is lost");
    }
    registry.accept(deploy(), request_v1(zk(1), 2, 100));
}

#[test]
fn c08_a_request_that_fails_at_its_last_node_charges_nobody() {
    let mut registry = Registry::with_nodes(3, 100);
    registry.enrol(node(4));
    registry.stake(node(4), 74);
    let rich = [1, 2, 3].map(|n| registry.find_tokens(node(n)));

    registry.refuse(zk(1), request_listed_ee(300, 0, &four()), "node_insufficient_free");
    let listed = request_listed_protocol(zk(1), 300, (4, 0, 0), &four());
    registry.refuse(deploy(), listed, "node_insufficient_free");
    registry.refuse(zk(1), request_ee(4, 300, &[], 0), "not_enough_nodes");
    let with_a_stranger = [node(1), node(2), node(3), stranger()];
    registry.refuse(zk(1), request_listed_ee(300, 0, &with_a_stranger), "node_unknown");

    assert_eq!([1, 2, 3].map(|n| registry.find_tokens(node(n))), rich);
    assert_eq!(registry.computation(zk(1)), None);
    registry.stake(node(4), 1);
    registry.take(zk(1), 300, &four());
}

#[test]
fn c22_done_of_either_form_and_a_deletion_account_alike_whatever_the_request() {
    let mut requested = Registry::with_nodes(4, 100);
    requested.accept(deploy(), request_v2(zk(1), 4, 300, &[], (4, 9, 0)));

    let ended = [(zk(1), done_v1()), (zk(1), done_v2(&all(S, four()))), (deploy(), deleted(zk(1)))]
        .map(|(sender, end)| {
            let mut registry = requested.clone();
            registry.accept(sender, end);
            registry
        });

    for registry in &ended {
        assert_eq!(registry.trees, ended[0].trees);
        for node in four() {
            assert_eq!(registry.buckets(node), [25, 0, 75]);
            assert_eq!(registry.score(node), (1, 1, 0), "success for all");
        }
    }
}

#[test]
fn c27_a_deleted_contract_is_released_once_by_the_notice_of_the_deploy_contract() {
    let mut registry = working();
    let before = registry.clone();

    // Whoever asks the contract that is gone gets a failure, and that proves nothing.
    let question = registry.accept(stranger(), check_status(zk(1)));
    assert_eq!(only_call(&question), (zk(1), rpc(0x0b)));
    registry.settle(&question, false);
    let late_question = registry.accept(node(1), check_status(zk(1)));
    assert_eq!(registry.trees, before.trees);

    registry.accept(deploy(), deleted(zk(1)));

    registry.refuse(deploy(), deleted(zk(1)), "no_computation");
    registry.refuse(zk(1), done_v1(), "no_computation");
    registry.refuse(stranger(), check_status(zk(1)), "no_computation");
    registry.settle(&late_question, false);
    assert_eq!(registry.computation(zk(1)), None);
    for node in four() {
        assert_eq!(registry.pending_entries(node), [(75, before.now)]);
        assert_eq!(registry.score(node), (1, 1, 0));
    }
}
