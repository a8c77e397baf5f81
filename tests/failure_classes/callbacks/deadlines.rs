//! Questions about a deadline that fail, starve, or meet another computation; endings that meet
//! each other.

use pbc_contract_common::address::Address;
use registry_tests::calls::*;
use registry_tests::stories::{call, given, name, tell};
use registry_tests::*;
use zk_node_registry::ZkNodeScore;
use zkreg::world::World;

/// N1 to N4, with 25 units besides the 75 that each has with Z1.
fn working() -> Registry {
    let mut registry = Registry::with_nodes(4, 100);
    registry.take(zk(1), 300, &four());
    registry
}

fn four() -> [Address; 4] {
    [1, 2, 3, 4].map(node)
}

/// N1 works for the contract `zk-1`, on a chain.
fn chain() -> World {
    let mut world = given(
        "settings block-producers not required
         settings min-node-stake 0
         settings min-total-stakes 0
         n1 holds 100 approved",
    );
    tell(
        &mut world,
        "0d n1 register https://n1.example
         0d n1 associate 100
         1d zk-1 request stake 75 ee-version 0 of n1",
    );
    world
}

#[test]
fn i07_a_failed_status_check_leaves_no_mark_and_the_next_one_is_accepted() {
    let mut world = chain();
    let zk_1 = name("zk-1");
    let (_, trees) = world.registry();
    let before = trees.clone();
    // The contract has moved its deadline since, so that an answer would show.
    let later = world.now() + 100 * DAY;
    world.served_mut(&zk_1).expect("zk-1 is served").set_deadline(Some(later));

    // The call fails, or its callback is lost; each leaves everything as it was.
    for fate in ["fail call of x", "deliver next"] {
        tell(
            &mut world,
            &format!(
                "2d mail hold of x
                 2d x check zk-1
                 2d mail {fate}"
            ),
        );
        let end = if fate == "deliver next" { "starve" } else { "deliver" };
        tell(&mut world, &format!("2d mail {end} callback of x"));
        assert_eq!(world.registry().1, &before, "{fate}");
        assert_eq!(world.mail().count(), 0);
    }

    // The next check is as good as the first.
    tell(&mut world, "2d mail release\n2d x check zk-1");
    let address = world.address(&zk_1);
    let computation = world.records().computation(&address).expect("it goes on");
    assert_eq!(computation.allocation_end, Some(later));
}

#[test]
fn i09_a_computation_that_ends_before_the_answer_comes_is_released_once() {
    for done in [done_v1(), done_v2(&successes(&four()))] {
        let mut registry = working();
        let release = registry.now + DAY;
        let question = registry.accept(stranger(), check_status(zk(1)));
        registry.now = release;
        registry.accept(zk(1), done);
        let after = registry.clone();

        // Whatever the answer is, there is nothing left to change.
        let late = [(true, (release + 90 * DAY).to_be_bytes().to_vec())];
        for (success, answer) in [(true, &late[..]), (true, &[]), (false, &late[..])] {
            let outcome = registry.callback(&question[0], success, answer);
            assert_eq!(outcome, Ok(vec![]));
            assert_eq!(registry.trees, after.trees);
        }
        for engine in four() {
            assert_eq!(registry.pending_entries(engine), [(75, release)]);
            assert_eq!(registry.score(engine), (1, 1, 0));
        }
        registry.refuse(stranger(), check_status(zk(1)), "no_computation");

        // If the contract has requested again, the answer is about its deadline all the same, and
        // moves the new end forward only.
        registry.take(zk(1), 4, &four());
        let planned = release + 28 * DAY;
        for (reported, expected) in [(planned - 1, planned), (planned + 1, planned + 1)] {
            let answer = [(true, reported.to_be_bytes().to_vec())];
            registry.callback(&question[0], true, &answer).expect("a callback of its own");
            assert_eq!(registry.planned_end(zk(1)), Some(expected));
        }
        assert_eq!(registry.score(node(1)), (1, 1, 0));
    }
}

#[test]
fn i10_done_and_a_re_request_release_each_allocation_once_in_either_order() {
    let statuses = successes(&four());
    let scores = |registry: &Registry| {
        (1..=4).map(|n| registry.node(node(n)).score).collect::<Vec<ZkNodeScore>>()
    };
    let once = ZkNodeScore { allocated_score: 1, failure_score: 0, success_score: 1 };
    let again = re_request(&statuses, 2, 50, &[], 0, &[node(1), node(2)]);

    for done in [done_v1(), done_v2(&statuses)] {
        // Done first: the re-request has nothing to end.
        let mut registry = working();
        registry.accept(zk(1), done.clone());
        registry.refuse(zk(1), again.clone(), "no_computation");
        assert_eq!(scores(&registry), [once; 4]);
        assert!(four().iter().all(|n| registry.buckets(*n) == [25, 0, 75]));

        // The re-request first: what ends then is the new computation.
        let mut registry = working();
        registry.accept(zk(1), again.clone());
        assert_eq!(scores(&registry), [once; 4]);
        registry.refuse(zk(1), done_v2(&statuses), "status_node_foreign");
        let new = successes(&[node(1), node(2)]);
        let done = if done == done_v1() { done } else { done_v2(&new) };
        registry.accept(zk(1), done);
        let twice = ZkNodeScore { allocated_score: 2, failure_score: 0, success_score: 2 };
        assert_eq!(scores(&registry), [twice, twice, once, once]);
        assert_eq!(registry.buckets(node(1)), [0, 0, 100]);
        assert_eq!(registry.buckets(node(3)), [25, 0, 75]);
        registry.refuse(zk(1), done_v1(), "no_computation");
        registry.refuse(zk(1), again.clone(), "no_computation");
    }
}

#[test]
fn i13_a_starved_status_check_proves_no_deletion() {
    let mut world = chain();
    let before = world.registry().1.clone();

    // X sends next to no gas: the call fails, and its callback says so or is lost too. That the
    // end has long passed makes no difference.
    for at in ["2d", "29d", "400d"] {
        for end in ["deliver", "starve"] {
            tell(
                &mut world,
                &format!(
                    "{at} mail hold of x
                     {at} x check zk-1 gas 1
                     {at} mail fail call of x
                     {at} mail {end} callback of x"
                ),
            );
            assert_eq!(world.registry().1, &before, "{at}, {end}");
        }
    }

    // Only the deploy contract can say that the contract is gone.
    tell(&mut world, "400d mail release");
    for sender in ["x", "n1", "zk-1", "voting"] {
        let outcome = call(&mut world, &format!("400d {sender} deleted zk-1"));
        assert_eq!(outcome.refusal(), Some("not_zk_contract_deploy"), "{sender}");
    }
    assert_eq!(world.registry().1, &before);
    tell(&mut world, "400d deploy deleted zk-1");
    let account = world.address(&name("n1"));
    let node = world.records().node(&account).expect("n1 is a node");
    assert_eq!(node.score, ZkNodeScore { allocated_score: 1, failure_score: 0, success_score: 1 });
}
