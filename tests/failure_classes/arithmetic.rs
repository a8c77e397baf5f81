//! Group A: amounts, counts and scores at the ends of their ranges. Nothing wraps.

use pbc_contract_common::address::Address;
use registry_tests::calls::*;
use registry_tests::registry::only_call;
use registry_tests::*;
use zk_node_registry::ZkNodeScoreStatus;

#[test]
fn a01_associating_zero_tokens_is_refused() {
    let mut registry = Registry::new();
    let tomorrow = registry.now + DAY;

    registry.refuse(node(1), associate(0), "amount_not_positive");
    registry.refuse(node(1), associate_until(0, tomorrow), "amount_not_positive");

    let events = registry.accept(node(1), associate(1));
    let fetched = token_transfer_from(node(1), Registry::own_address(), 1);
    assert_eq!(only_call(&events), (token(), fetched));
}

#[test]
fn a02_a_negative_association_is_refused_and_never_read_as_unsigned() {
    let mut registry = Registry::new();
    let tomorrow = registry.now + DAY;

    for call in [associate(-1), associate_until(-1, tomorrow)] {
        let message = registry.refuse(node(1), call, "amount_not_positive");
        assert!(message.contains("-1"), "{message}");
    }

    assert_eq!(registry.find_tokens(node(1)), None);
}

#[test]
fn a03_the_smallest_amount_is_refused_wherever_an_amount_is_given() {
    let mut registry = Registry::with_nodes(2, 100);
    registry.take(zk(1), 10, &[node(1)]);
    let tomorrow = registry.now + DAY;
    let n1 = [node(1)];
    let not_positive = "amount_not_positive";

    for (sender, call, code) in [
        (node(1), associate(i64::MIN), not_positive),
        (node(1), associate_until(i64::MIN, tomorrow), not_positive),
        (node(1), disassociate(i64::MIN), not_positive),
        (node(1), reserve(i64::MIN), "amount_negative"),
        (deploy(), request_v1(zk(2), 1, i64::MIN), not_positive),
        (deploy(), request_v2(zk(2), 1, i64::MIN, &[], (4, 0, 0)), not_positive),
        (deploy(), request_listed_protocol(zk(2), i64::MIN, (4, 0, 0), &n1), not_positive),
        (zk(2), request_listed_ee(i64::MIN, 0, &n1), not_positive),
        (zk(2), request_ee(1, i64::MIN, &[], 0), not_positive),
        (zk(1), re_request(&[(node(1), S)], 1, i64::MIN, &[], 0, &[]), not_positive),
    ] {
        registry.refuse(sender, call, code);
    }
}

#[test]
fn a04_an_association_beyond_i64_is_refused_at_the_request_and_a_callback_never_overflows() {
    let mut full = Registry::with_nodes(1, i64::MAX - 1);
    full.refuse(node(1), associate(2), "balance_overflow");

    // Whatever is free, allocated, pending, or on its way in or out counts.
    full.take(zk(1), 30, &[node(1)]);
    full.take(zk(2), 20, &[node(1)]);
    full.accept(zk(2), done_v1());
    let leaving = full.accept(node(1), disassociate(10));
    assert_eq!(full.buckets(node(1)), [i64::MAX - 61, 30, 20]);
    full.refuse(node(1), associate(2), "balance_overflow");
    let coming = full.accept(node(1), associate(1));
    full.refuse(node(1), associate(1), "balance_overflow");

    // So every callback fits, whichever way it ends.
    let mut nothing_left = full.clone();
    nothing_left.settle(&leaving, false);
    nothing_left.settle(&coming, true);
    assert_eq!(nothing_left.buckets(node(1)), [i64::MAX - 50, 30, 20]);
    full.settle(&leaving, true);
    full.settle(&coming, false);
    assert_eq!(full.buckets(node(1)), [i64::MAX - 61, 30, 20]);
    full.refuse(node(1), associate(12), "balance_overflow");
    full.accept(node(1), associate(11));
}

#[test]
fn a05_amounts_in_flight_are_bounded_together() {
    let half = (1 << 62) - 1;
    let mut registry = Registry::new();

    let first = registry.accept(node(1), associate(half));
    let second = registry.accept(node(1), associate(half));

    registry.refuse(node(1), associate(half), "balance_overflow");
    registry.refuse(node(1), associate(2), "balance_overflow");
    registry.settle(&second, true);
    registry.settle(&first, true);
    assert_eq!(registry.free(node(1)), 2 * half);
}

#[test]
fn a06_the_largest_total_stakes_are_shared_without_overflow() {
    let sixteen: Vec<Address> = (1..=16).map(node).collect();
    let mut registry = Registry::with_nodes(16, mpc(75_000));
    let share = 1 << 59; // 16 of them are 2^63

    registry.refuse(zk(1), request_ee(i32::MAX, i64::MAX, &[], 0), "node_count_out_of_range");
    let drawn = registry.refuse(zk(1), request_ee(16, i64::MAX, &[], 0), "not_enough_nodes");
    let listed = request_listed_ee(i64::MAX, 0, &sixteen);
    let listed = registry.refuse(zk(1), listed, "node_insufficient_free");
    assert!(drawn.contains(&share.to_string()), "{drawn}");
    assert!(listed.contains(&(mpc(75_000) - share).to_string()), "{listed}");

    // Nodes that have as much are taken.
    let mut rich = Registry::with_nodes(16, share);
    rich.draw(zk(1), 16, i64::MAX);
    for n1_to_16 in sixteen {
        assert_eq!(rich.buckets(n1_to_16), [0, share, 0]);
    }
}

#[test]
fn a07_a_request_for_no_node_is_refused_before_any_division() {
    let mut registry = Registry::with_nodes(1, 100);
    registry.take(zk(1), 10, &[node(1)]);

    for (sender, call) in counted_requests(0) {
        registry.refuse(sender, call, "node_count_out_of_range");
    }
    let nobody = request_listed_protocol(zk(2), 10, (4, 0, 0), &[]);
    registry.refuse(deploy(), nobody, "node_count_out_of_range");
    registry.refuse(zk(2), request_listed_ee(10, 0, &[]), "node_count_out_of_range");

    for (sender, call) in counted_requests(1) {
        registry.clone().accept(sender, call);
    }
}

#[test]
fn a08_a_negative_number_of_nodes_is_refused_and_not_cast() {
    let mut registry = Registry::with_nodes(4, 100);
    registry.take(zk(1), 10, &[node(1)]);

    for count in [-4, -1, i32::MIN] {
        for (sender, call) in counted_requests(count) {
            let message = registry.refuse(sender, call, "node_count_out_of_range");
            assert!(message.contains(&count.to_string()), "{message}");
        }
    }
}

/// Every request that says how many nodes it wants: of 10 units for Z2, or anew for Z1 after N1.
fn counted_requests(nodes: i32) -> [(Address, Rpc); 4] {
    [
        (deploy(), request_v1(zk(2), nodes, 10)),
        (deploy(), request_v2(zk(2), nodes, 10, &[], (4, 0, 0))),
        (zk(2), request_ee(nodes, 10, &[], 0)),
        (zk(1), re_request(&[(node(1), S)], nodes, 10, &[], 0, &[])),
    ]
}

#[test]
fn a09_tokens_released_at_the_end_of_time_are_never_free_by_wrap_around() {
    let released_at = |release: i64| {
        let mut registry = Registry::with_nodes(1, 75);
        registry.now = release;
        registry.take(zk(1), 75, &[node(1)]);
        assert_eq!(registry.planned_end(zk(1)), Some(i64::MAX), "saturated");
        registry.accept(zk(1), done_v1());
        registry
    };

    // 14 days after the release are beyond i64: no clock reaches that moment.
    let mut never = released_at(i64::MAX - DAY);
    for now in [i64::MAX - DAY, i64::MAX, 0, i64::MIN] {
        never.now = now;
        never.accept(node(1), unlock());
        never.refuse(node(1), disassociate(1), "insufficient_free");
        assert_eq!(never.tokens(node(1)).pending_unlock[0].amount, 75, "at {now}");
    }

    // The last release that any clock outlives, to the millisecond.
    let mut just = released_at(i64::MAX - 14 * DAY);
    just.now = i64::MAX - 1;
    just.refuse(node(1), disassociate(75), "insufficient_free");
    just.now = i64::MAX;
    just.accept(node(1), disassociate(75));
}

#[test]
fn a10_a_full_score_stands_still_and_the_release_takes_place() {
    let with_allocated_score = |allocated: i32, status: ZkNodeScoreStatus| {
        let mut registry = Registry::with_nodes(1, 75);
        registry.edit_node(node(1), |node| {
            node.score.allocated_score = allocated;
            node.score.success_score = allocated;
        });
        registry.take(zk(1), 75, &[node(1)]);
        registry.accept(zk(1), done_v2(&[(node(1), status)]));
        assert_eq!(registry.buckets(node(1)), [0, 0, 75], "released");
        assert_eq!(registry.computation(zk(1)), None, "released");
        registry.score(node(1))
    };
    const MAX: i32 = i32::MAX;

    for (before, status, after) in [
        (MAX - 1, S, (MAX, MAX, 0)),
        (MAX - 1, F, (MAX, MAX - 1, 1)),
        (MAX, S, (MAX, MAX, 0)),
        (MAX, F, (MAX, MAX, 0)),
    ] {
        assert_eq!(with_allocated_score(before, status), after, "{before}, {status:?}");
    }
}

#[test]
fn a11_shares_are_rounded_up_so_that_they_cover_the_total_stakes() {
    let third = i64::MAX / 3 + 1; // three of them are beyond i64
    for (total, nodes, share) in
        [(9, 3, 3), (10, 3, 4), (11, 3, 4), (12, 3, 4), (302, 4, 76), (i64::MAX, 3, third)]
    {
        let mut registry = Registry::with_nodes(4, i64::MAX);

        let engines = registry.draw(zk(1), nodes, total);

        let computation = registry.computation(zk(1)).expect("it was accepted");
        assert_eq!((computation.share, computation.total_stakes), (share, total));
        for engine in engines {
            assert_eq!(registry.buckets(engine), [i64::MAX - share, share, 0], "{total}");
        }
    }
}

#[test]
fn a12_a_share_is_never_nothing() {
    let mut registry = Registry::with_nodes(4, 100);

    let engines = registry.draw(zk(1), 4, 3);

    assert_eq!(registry.computation(zk(1)).map(|computation| computation.share), Some(1));
    for engine in engines {
        assert_eq!(registry.buckets(engine), [99, 1, 0]);
    }
    registry.refuse(zk(2), request_ee(4, 0, &[], 0), "amount_not_positive");
}

#[test]
fn a13_a_negative_reserve_is_refused() {
    let mut registry = Registry::with_nodes(1, 100);

    registry.refuse(node(1), reserve(-1), "amount_negative");
    registry.refuse(node(1), reserve(i64::MIN), "amount_negative");

    registry.accept(node(1), reserve(0));
    assert_eq!(registry.tokens(node(1)).reserved_tokens, 0);
}

#[test]
fn a14_the_largest_reserve_keeps_a_node_out_without_overflow() {
    for stake in [100, i64::MAX] {
        let mut registry = Registry::with_nodes(1, stake);

        registry.accept(node(1), reserve(i64::MAX));

        for share in [1, i64::MAX] {
            let listed = request_listed_ee(share, 0, &[node(1)]);
            let message = registry.refuse(zk(1), listed, "node_insufficient_free");
            assert!(message.contains(&(stake - share).to_string()), "{message}");
            registry.refuse(zk(1), request_ee(1, share, &[], 0), "not_enough_nodes");
        }
    }

    // A disassociation that fails gives its cut back to a reserve that cannot rise any more.
    let mut registry = Registry::with_nodes(1, 100);
    registry.accept(node(1), reserve(i64::MAX));
    let leaving = registry.accept(node(1), disassociate(60));
    assert_eq!(registry.tokens(node(1)).reserved_tokens, i64::MAX - 60);
    registry.accept(node(1), reserve(i64::MAX));
    registry.settle(&leaving, false);
    assert_eq!(registry.tokens(node(1)).reserved_tokens, i64::MAX);
    assert_eq!(registry.free(node(1)), 100);
}

#[test]
fn a15_negative_versions_and_jurisdictions_are_refused() {
    let mut registry = Registry::with_nodes(1, 100);
    registry.take(zk(1), 10, &[node(1)]);
    let (n1, statuses) = ([node(1)], [(node(1), S)]);

    // Of a node.
    registry.refuse(node(1), ee_version(-1), "version_negative");
    for version in [(-1, 0, 0), (4, -1, 0), (4, 0, -1)] {
        registry.refuse(node(1), protocol_version(version), "version_negative");
    }
    for code in [-5, -1, i32::MIN, 1_000, i32::MAX] {
        registry.refuse(node(1), jurisdiction(code), "jurisdiction_out_of_range");
    }
    for code in [0, 999] {
        registry.accept(node(1), jurisdiction(code));
    }
    registry.accept(node(1), ee_version(0));
    registry.accept(node(1), protocol_version((0, 0, 0)));

    // Of a request.
    for version in [(-1, 0, 0), (4, -1, 0), (4, 0, -1)] {
        let drawn = request_v2(zk(2), 1, 10, &[], version);
        registry.refuse(deploy(), drawn, "version_negative");
        let listed = request_listed_protocol(zk(2), 10, version, &n1);
        registry.refuse(deploy(), listed, "version_negative");
    }
    registry.refuse(zk(2), request_ee(1, 10, &[], -1), "version_negative");
    registry.refuse(zk(2), request_listed_ee(10, -1, &n1), "version_negative");
    registry.refuse(zk(1), re_request(&statuses, 1, 10, &[], -1, &[]), "version_negative");
    for code in [-5, 0, 1_000] {
        let lists: &[&[i32]] = &[&[208, code]];
        for (sender, call) in [
            (deploy(), request_v2(zk(2), 1, 10, lists, (0, 0, 0))),
            (zk(2), request_ee(1, 10, lists, 0)),
            (zk(1), re_request(&statuses, 1, 10, lists, 0, &[])),
        ] {
            registry.refuse(sender, call, "jurisdiction_out_of_range");
        }
    }
}
