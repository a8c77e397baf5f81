//! What a node must be and have.

use pbc_contract_common::address::Address;
use registry_tests::calls::*;
use registry_tests::registry::engines;
use registry_tests::*;
use zk_node_registry::Settings;

/// A registry at which anyone can register, with these minimums in units.
fn with_minimums(min_node_stake: i64, min_total_stakes: i64) -> Registry {
    let stake_token = token();
    let require_block_producer = false;
    Registry::with(Settings {
        stake_token,
        require_block_producer,
        min_node_stake,
        min_total_stakes,
    })
}

/// Nobody takes N1, the only node, for `share` units: a list is refused with `code`, and a draw
/// finds no node.
#[track_caller]
fn refuse_n1(registry: &mut Registry, share: i64, code: &str) {
    registry.refuse(zk(9), request_listed_ee(share, 0, &[node(1)]), code);
    registry.refuse(zk(9), request_ee(1, share, &[], 0), "not_enough_nodes");
}

/// N1, the only node, is taken for `share` units, from a list and by a draw.
#[track_caller]
fn take_n1(registry: &Registry, share: i64) {
    registry.clone().take(zk(9), share, &[node(1)]);
    assert_eq!(registry.clone().draw(zk(9), 1, share), [node(1)]);
}

/// N1, the only node, of this protocol version.
fn of_version(version: (i32, i32, i32)) -> Registry {
    let mut registry = Registry::with_nodes(1, 100);
    registry.accept(node(1), protocol_version(version));
    registry
}

/// Whether N1 serves a request for this protocol version; list and draw agree.
#[track_caller]
fn serves(registry: &Registry, required: (i32, i32, i32)) -> bool {
    let listed = request_listed_protocol(zk(9), 10, required, &[node(1)]);
    let drawn = request_v2(zk(9), 1, 10, &[], required);
    match registry.clone().call(deploy(), &listed) {
        Ok(_) => {
            registry.clone().accept(deploy(), drawn);
            true
        }
        Err(_) => {
            registry.clone().refuse(deploy(), listed, "node_version_too_low");
            registry.clone().refuse(deploy(), drawn, "not_enough_nodes");
            false
        }
    }
}

#[test]
fn e11_a_node_without_jurisdiction_fits_unrestricted_positions_only() {
    let mut registry = Registry::with_nodes(2, 100);
    registry.accept(node(2), jurisdiction(208));
    assert_eq!(registry.node(node(1)).server_jurisdiction.value, 0);

    // Wherever the draw begins, N1 goes where nothing is asked.
    for _ in 0..20 {
        for (lists, expected) in [
            (vec![&[208][..], &[][..]], [node(2), node(1)]),
            (vec![&[][..], &[208][..]], [node(1), node(2)]),
        ] {
            let drawn = registry.clone().accept(zk(1), request_ee(2, 20, &lists, 0));
            assert_eq!(engines(&drawn), expected);
        }
        registry.calls += 1;
    }
    registry.refuse(zk(1), request_ee(2, 20, &[&[208]], 0), "not_enough_nodes");

    // No list of codes is long enough to mean everywhere, and 0 is no code to ask for.
    for codes in [1..=256, 257..=512, 513..=768, 744..=999] {
        let codes: Vec<i32> = codes.collect();
        let call = request_ee(2, 20, &[&codes], 0);
        registry.refuse(zk(1), call, "not_enough_nodes");
    }
    registry.refuse(zk(1), request_ee(1, 10, &[&[0]], 0), "jurisdiction_out_of_range");

    // A re-request that lists its nodes judges them by the list of their own position.
    registry.take(zk(1), 20, &[node(1), node(2)]);
    let statuses = successes(&[node(1), node(2)]);
    let again = |lists: &[&[i32]]| re_request(&statuses, 2, 20, lists, 0, &[node(1), node(2)]);
    registry.refuse(zk(1), again(&[&[208], &[]]), "node_outside_jurisdiction");
    registry.accept(zk(1), again(&[&[], &[208]]));
}

#[test]
fn e12_versions_compare_as_numbers() {
    // Reported, required, and whether that is enough.
    for (reported, required, enough) in [
        ((4, 10, 0), (4, 9, 0), true),
        ((4, 9, 0), (4, 10, 0), false),
        ((4, 10, 0), (4, 10, 0), true),
        ((4, 10, 10), (4, 10, 9), true),
        ((4, 10, 9), (4, 10, 10), false),
        ((4, 10, 0), (4, 9, 99), true),
        ((4, 9, 99), (4, 10, 0), false),
        ((10, 0, 0), (10, 0, 0), true),
        ((4, i32::MAX, 0), (4, i32::MAX - 1, i32::MAX), true),
    ] {
        let registry = of_version(reported);
        assert_eq!(serves(&registry, required), enough, "{reported:?} for {required:?}");
    }

    // So do the versions of execution engines: 10 is newer than 9.
    let mut registry = Registry::with_nodes(1, 100);
    registry.accept(node(1), ee_version(10));
    registry.clone().accept(zk(1), request_listed_ee(10, 9, &[node(1)]));
    registry.clone().accept(zk(1), request_ee(1, 10, &[], 10));
    registry.refuse(zk(1), request_listed_ee(10, 11, &[node(1)]), "node_version_too_low");
    registry.refuse(zk(1), request_ee(1, 10, &[], 11), "not_enough_nodes");
}

#[test]
fn e13_another_major_version_never_fits() {
    let registry = of_version((4, 0, 0));
    assert!(!serves(&registry, (3, 9, 9)));
    assert!(!serves(&registry, (5, 0, 0)));
    assert!(!serves(&registry, (0, 0, 0)));
    assert!(serves(&registry, (4, 0, 0)));
}

#[test]
fn e14_a_node_that_never_reported_a_version_serves_no_request_that_needs_one() {
    let mut registry = Registry::new();
    registry.accept(node(1), register("https://n1.example"));
    registry.stake(node(1), 100);
    assert_eq!(registry.node(node(1)).supported_protocol_version, None);

    for required in [(0, 0, 0), (0, 0, 1), (4, 0, 0)] {
        assert!(!serves(&registry, required), "{required:?}");
    }
    registry.refuse(zk(1), request_listed_ee(10, 1, &[node(1)]), "node_version_too_low");
    registry.refuse(zk(1), request_ee(1, 10, &[], 1), "not_enough_nodes");

    // Where no version is required, none is missed; once reported, it counts.
    registry.clone().accept(deploy(), request_v1(zk(1), 1, 10));
    take_n1(&registry, 10);
    registry.accept(node(1), protocol_version((0, 0, 0)));
    assert!(serves(&registry, (0, 0, 0)));

    // Whoever registers again has not reported a version yet.
    registry.accept(node(1), ee_version(7));
    registry.accept(node(1), resign());
    registry.accept(node(1), register("https://n1.example"));
    assert!(!serves(&registry, (0, 0, 0)));
    registry.refuse(zk(1), request_listed_ee(10, 1, &[node(1)]), "node_version_too_low");
}

#[test]
fn e15_a_share_that_leaves_exactly_the_reserve_is_taken() {
    let mut registry = Registry::with_nodes(1, 100);
    registry.accept(node(1), reserve(25));

    take_n1(&registry, 75);

    registry.take(zk(1), 75, &[node(1)]);
    assert_eq!(registry.tokens(node(1)).free_tokens, 25);
    assert_eq!(registry.tokens(node(1)).reserved_tokens, 25);
}

#[test]
fn e16_a_node_one_unit_below_its_reserve_is_not_eligible() {
    let mut registry = Registry::with_nodes(1, 100);
    registry.accept(node(1), reserve(25));

    refuse_n1(&mut registry, 76, "node_insufficient_free");

    registry.accept(node(1), reserve(24));
    take_n1(&registry, 76);
}

#[test]
fn e19_stake_in_flight_does_not_count() {
    let mut registry = Registry::with_nodes(1, 100);

    // On its way in: not before it has arrived, and not at all if it does not.
    let arriving = registry.accept(node(1), associate(50));
    refuse_n1(&mut registry, 101, "node_insufficient_free");
    take_n1(&registry, 100);
    let mut lost = registry.clone();
    lost.settle(&arriving, false);
    refuse_n1(&mut lost, 101, "node_insufficient_free");
    registry.settle(&arriving, true);
    refuse_n1(&mut registry, 151, "node_insufficient_free");
    take_n1(&registry, 150);

    // On its way out: no longer, unless it comes back.
    let leaving = registry.accept(node(1), disassociate(60));
    refuse_n1(&mut registry, 91, "node_insufficient_free");
    take_n1(&registry, 90);
    registry.settle(&leaving, false);
    take_n1(&registry, 150);

    // Neither does it count towards the least stake of a node.
    let mut registry = with_minimums(100, 0);
    registry.enrol(node(1));
    registry.stake(node(1), 99);
    let arriving = registry.accept(node(1), associate(1));
    refuse_n1(&mut registry, 10, "node_understaked");
    assert_eq!(registry.records().roster(), []);
    registry.settle(&arriving, true);
    take_n1(&registry, 10);
}

#[test]
fn e21_the_whole_stake_of_a_node_must_reach_the_minimum() {
    let minimum = mpc(75_000);
    let with_stake = |units: i64| {
        let mut registry = with_minimums(minimum, 0);
        registry.enrol(node(1));
        registry.stake(node(1), units);
        registry
    };

    for too_little in [mpc(74_999), minimum - 1] {
        let mut registry = with_stake(too_little);
        let message =
            registry.refuse(zk(1), request_listed_ee(mpc(500), 0, &[node(1)]), "node_understaked");
        assert!(message.contains(&too_little.to_string()), "{message}");
        assert!(message.contains(&minimum.to_string()), "{message}");
        refuse_n1(&mut registry, mpc(500), "node_understaked");
    }

    // At equality it is eligible, and stays so while part of the stake is allocated and pending.
    let mut registry = with_stake(minimum);
    for served in [1, 2] {
        take_n1(&registry, mpc(500));
        registry.take(zk(served), mpc(500), &[node(1)]);
    }
    registry.accept(zk(1), done_v1());
    assert_eq!(registry.buckets(node(1)), [mpc(74_000), mpc(500), mpc(500)]);
    take_n1(&registry, mpc(500));

    // One unit out, and the rest is not enough, wherever it is.
    let leaving = registry.accept(node(1), disassociate(1));
    refuse_n1(&mut registry, mpc(500), "node_understaked");
    assert_eq!(registry.records().roster(), []);
    registry.settle(&leaving, false);
    take_n1(&registry, mpc(500));

    // Switched off, the minimum is one unit: nothing is no stake.
    let mut registry = with_minimums(0, 0);
    registry.enrol(node(1));
    refuse_n1(&mut registry, 1, "node_understaked");
    registry.stake(node(1), 1);
    take_n1(&registry, 1);
}

#[test]
fn e22_a_request_below_the_minimum_of_2000_mpc_is_refused() {
    let minimum = mpc(2_000);
    let mut registry = with_minimums(0, minimum);
    for n in 1..=4 {
        registry.enrol(node(n));
        registry.stake(node(n), mpc(2_000));
    }
    let four = [1, 2, 3, 4].map(node);
    let requests = |total: i64| -> Vec<(Address, Rpc)> {
        vec![
            (deploy(), request_v1(zk(1), 4, total)),
            (deploy(), request_v2(zk(1), 4, total, &[], (4, 0, 0))),
            (deploy(), request_listed_protocol(zk(1), total, (4, 0, 0), &four)),
            (zk(1), request_listed_ee(total, 0, &four)),
            (zk(1), request_ee(4, total, &[], 0)),
        ]
    };
    let again = |total, listed: &[Address]| {
        (zk(1), re_request(&successes(&four), 4, total, &[], 0, listed))
    };
    let mut working = registry.clone();
    working.take(zk(1), minimum, &four);

    for (sender, call) in requests(minimum - 1) {
        registry.refuse(sender, call, "total_stakes_below_minimum");
    }
    for (sender, call) in [again(minimum - 1, &[]), again(minimum - 1, &four)] {
        working.refuse(sender, call, "total_stakes_below_minimum");
    }

    for (sender, call) in requests(minimum) {
        let mut registry = registry.clone();
        registry.accept(sender, call);
        assert_eq!(registry.computation(zk(1)).map(|work| work.share), Some(mpc(500)));
    }
    for (sender, call) in [again(minimum, &[]), again(minimum, &four)] {
        working.clone().accept(sender, call);
    }
}
