//! Tokens of one account: reserved, pending, on their way in and out.

use registry_tests::calls::*;
use registry_tests::registry::{on_associated, on_disassociated, only_call};
use registry_tests::stories::{given, tell, units};
use registry_tests::*;
use zkreg::world::World;

/// Half a period.
const WEEK: i64 = 7 * DAY;

#[test]
fn c09_a_reserve_above_the_free_tokens_is_accepted_and_keeps_the_node_out() {
    let mut registry = Registry::with_nodes(1, 50);

    registry.accept(node(1), reserve(100));

    let tokens = registry.tokens(node(1));
    assert_eq!((tokens.free_tokens, tokens.reserved_tokens), (50, 100));
    assert_eq!(tokens.total().units(), 50, "the reserve is no part of the total");
    registry.refuse(zk(1), request_listed_ee(1, 0, &[node(1)]), "node_insufficient_free");
    registry.refuse(zk(1), request_ee(1, 1, &[], 0), "not_enough_nodes");
    registry.stake(node(1), 50);
    registry.refuse(zk(1), request_listed_ee(1, 0, &[node(1)]), "node_insufficient_free");
    registry.stake(node(1), 1);
    registry.take(zk(1), 1, &[node(1)]);
}

#[test]
fn c10_a_reserve_set_during_a_job_leaves_the_job_alone_and_blocks_new_ones() {
    let mut registry = Registry::with_nodes(1, 100);
    registry.take(zk(1), 75, &[node(1)]);
    let computation = registry.computation(zk(1));

    registry.accept(node(1), reserve(75));

    assert_eq!(registry.computation(zk(1)), computation);
    assert_eq!(registry.buckets(node(1)), [25, 75, 0]);
    registry.refuse(zk(2), request_listed_ee(1, 0, &[node(1)]), "node_insufficient_free");
    registry.accept(zk(1), done_v1());
    assert_eq!(registry.buckets(node(1)), [25, 0, 75]);
    assert_eq!(registry.score(node(1)), (1, 1, 0));

    // When the tokens are back, what is above the reserve may be taken.
    registry.now += 14 * DAY;
    registry.refuse(zk(2), request_listed_ee(26, 0, &[node(1)]), "node_insufficient_free");
    registry.take(zk(2), 25, &[node(1)]);
}

#[test]
fn c11_a_disassociation_lowers_the_reserve_and_its_failure_raises_it_again() {
    let free_and_reserved = |registry: &Registry| {
        let tokens = registry.tokens(node(1));
        (tokens.free_tokens, tokens.reserved_tokens, tokens.outgoing_tokens)
    };

    // What is taken counts as reserved first; so a smaller reserve is used up.
    for (reserved, under_way, failed) in [
        (100, (40, 40, 60), (100, 100, 0)),
        (50, (40, 0, 60), (100, 50, 0)),
        (0, (40, 0, 60), (100, 0, 0)),
        (200, (40, 140, 60), (100, 200, 0)),
    ] {
        let mut registry = Registry::with_nodes(1, 100);
        registry.accept(node(1), reserve(reserved));
        let events = registry.accept(node(1), disassociate(60));
        assert_eq!(free_and_reserved(&registry), under_way);

        let mut left = registry.clone();
        left.settle(&events, true);
        assert_eq!(free_and_reserved(&left), (40, under_way.1, 0));
        registry.settle(&events, false);
        assert_eq!(free_and_reserved(&registry), failed);
    }

    // A reserve that the operator sets meanwhile is raised by the same cut.
    let mut registry = Registry::with_nodes(1, 100);
    registry.accept(node(1), reserve(50));
    let events = registry.accept(node(1), disassociate(60));
    registry.accept(node(1), reserve(7));
    registry.settle(&events, false);
    assert_eq!(free_and_reserved(&registry), (100, 57, 0));
}

#[test]
fn c12_allocated_tokens_cannot_be_disassociated() {
    let mut registry = Registry::with_nodes(1, 75);
    registry.take(zk(1), 75, &[node(1)]);

    for amount in [1, 75] {
        let message = registry.refuse(node(1), disassociate(amount), "insufficient_free");
        assert!(message.contains("75 allocated"), "{message}");
    }
    registry.now += 365 * DAY;
    registry.refuse(node(1), disassociate(1), "insufficient_free");
}

#[test]
fn c13_pending_tokens_cannot_be_disassociated() {
    let mut registry = Registry::with_nodes(1, 75);
    registry.take(zk(1), 75, &[node(1)]);
    registry.accept(zk(1), done_v1());
    let date = registry.now + 14 * DAY;

    for amount in [75, 1] {
        let message = registry.refuse(node(1), disassociate(amount), "insufficient_free");
        assert!(message.contains(&format!("75 pending until {date}")), "{message}");
    }
}

#[test]
fn c14_free_and_matured_tokens_are_disassociated_together() {
    let mut registry = Registry::with_nodes(1, 100);
    registry.take(zk(1), 75, &[node(1)]);
    registry.accept(zk(1), done_v1());
    registry.now += 14 * DAY;

    registry.refuse(node(1), disassociate(101), "insufficient_free");
    let events = registry.accept(node(1), disassociate(100));

    assert_eq!(only_call(&events), (token(), token_transfer(node(1), 100)));
    let tokens = registry.tokens(node(1));
    assert_eq!((tokens.free_tokens, tokens.outgoing_tokens), (0, 100));
    assert_eq!(registry.pending_entries(node(1)), []);
}

#[test]
fn c15_a_sweep_moves_exactly_what_has_matured() {
    let mut registry = Registry::with_nodes(1, 100);
    registry.take(zk(1), 75, &[node(1)]);
    registry.take(zk(2), 25, &[node(1)]);
    let first = registry.now;
    registry.accept(zk(1), done_v1());
    let second = first + WEEK;
    registry.now = second;
    registry.accept(zk(2), done_v1());

    registry.now = first + 14 * DAY;
    registry.accept(node(1), unlock());

    assert_eq!(registry.tokens(node(1)).free_tokens, 75);
    assert_eq!(registry.pending_entries(node(1)), [(25, second)]);
    registry.accept(node(1), unlock());
    assert_eq!(registry.tokens(node(1)).free_tokens, 75, "nothing more is due");
}

#[test]
fn c16_a_sweep_finds_matured_tokens_wherever_they_stand() {
    // Releases in the order stored, in days after the start; then what is left on day 14 + 5.
    let histories: [(&[i64], &[i64]); 4] =
        [(&[6, 5, 7], &[6, 7]), (&[5, 6, 4], &[6]), (&[6, 3, 5], &[6]), (&[5, 4, 3], &[])];
    for (releases, left) in histories {
        let mut registry = Registry::with_nodes(1, 30);
        let start = registry.now;
        for n in 1..=3 {
            registry.take(zk(n), 10, &[node(1)]);
        }
        for (n, day) in (1..).zip(releases) {
            registry.now = start + day * DAY;
            registry.accept(zk(n), done_v1());
        }

        registry.now = start + 19 * DAY;
        registry.accept(node(1), unlock());

        let left: Vec<(i64, i64)> = left.iter().map(|day| (10, start + day * DAY)).collect();
        assert_eq!(registry.pending_entries(node(1)), left, "{releases:?}");
        assert_eq!(registry.buckets(node(1)).iter().sum::<i64>(), 30);
    }
}

#[test]
fn c17_nothing_is_left_behind_by_tokens_that_are_gone() {
    let mut registry = Registry::with_nodes(2, 100);
    let (start, expiration) = (registry.now, registry.now + 365 * DAY);
    registry.accept(node(1), reserve(20));
    registry.accept(node(1), expire(Some(expiration)));

    // After releases and sweeps there is no amount of 0.
    registry.take(zk(1), 160, &[node(1), node(2)]);
    registry.accept(zk(1), done_v1());
    let tokens = registry.tokens(node(1));
    assert!(tokens.allocated_tokens.is_empty(), "no allocation of 0");
    assert_eq!(registry.pending_entries(node(1)), [(80, start)]);
    registry.now = start + 14 * DAY;
    registry.accept(node(1), unlock());
    assert_eq!(registry.pending_entries(node(1)), [], "no pending amount of 0");

    // An empty record is deleted in the call that empties it, reserve and expiration included.
    let events = registry.accept(node(1), disassociate(100));
    assert!(registry.find_tokens(node(1)).is_some(), "kept while tokens are on their way");
    registry.settle(&events, true);
    assert_eq!(registry.find_tokens(node(1)), None);
    registry.refuse(node(1), reserve(0), "no_stake_entry");
    registry.refuse(node(1), disassociate(1), "no_stake_entry");
    let other_expiration = expiration + DAY;
    let events = registry.accept(node(1), associate_until(5, other_expiration));
    let anew = registry.tokens(node(1));
    assert_eq!((anew.reserved_tokens, anew.expiration_timestamp), (0, Some(other_expiration)));

    // So is one whose first association fails.
    registry.settle(&events, false);
    assert_eq!(registry.find_tokens(node(1)), None);
    registry.stake(node(1), 5);
    assert_eq!(registry.tokens(node(1)).expiration_timestamp, None);
}

#[test]
fn c18_a_record_stays_while_an_amount_is_in_flight() {
    let mut registry = Registry::with_nodes(1, 100);

    let leaving = registry.accept(node(1), disassociate(100));
    let coming = registry.accept(node(1), associate(5));
    registry.settle(&leaving, true);
    let tokens = registry.tokens(node(1));
    assert_eq!((tokens.free_tokens, tokens.incoming_tokens), (0, 5));

    registry.settle(&coming, true);
    assert_eq!(registry.free(node(1)), 5);

    // The other way round, and with a transfer home that fails: 100 and 5 are there again.
    let mut registry = Registry::with_nodes(1, 100);
    let leaving = registry.accept(node(1), disassociate(100));
    let coming = registry.accept(node(1), associate(5));
    registry.settle(&leaving, false);
    registry.settle(&coming, true);
    assert_eq!(registry.free(node(1)), 105);
    assert_eq!(registry.records().all_tokens().count(), 1);
}

#[test]
fn c19_a_failed_disassociation_gives_the_tokens_back_once() {
    let mut registry = Registry::with_nodes(1, 100);
    let before = registry.clone();

    let events = registry.accept(node(1), disassociate(60));
    assert_eq!(registry.buckets(node(1)), [40, 0, 0]);
    registry.settle(&events, false);

    assert_eq!(registry.trees, before.trees);
    for success in [false, true] {
        let again = on_disassociated(node(1), 60, 0);
        registry.refuse_callback(&again, success, &[], "callback_unexpected");
    }
    registry.accept(node(1), disassociate(100));
}

#[test]
fn c20_a_callback_that_comes_twice_finds_nothing_in_flight() {
    const MPC: i64 = mpc(1);
    let in_mpc = |world: &mut World| units(world, "n1").map(|units| units / MPC);

    for (call, fate, settled) in [
        ("associate 60", "deliver", [160, 0, 0, 0, 0]),
        ("associate 60", "fail", [100, 0, 0, 0, 0]),
        ("disassociate 60", "deliver", [40, 0, 0, 0, 0]),
        ("disassociate 60", "fail", [100, 0, 0, 0, 0]),
    ] {
        let mut world = given("n1 holds 160 approved");
        tell(
            &mut world,
            &format!(
                "0d n1 associate 100
                 1d mail hold of n1
                 1d n1 {call}
                 1d mail {fate} transfer of n1
                 1d mail repeat callback of n1"
            ),
        );
        assert_eq!(in_mpc(&mut world), settled, "{call}, {fate}");

        tell(&mut world, "1d mail deliver next");

        let second = world.log().last().expect("a delivery");
        assert_eq!(second.outcome.refusal(), Some("callback_unexpected"), "{call}, {fate}");
        assert_eq!(in_mpc(&mut world), settled, "{call}, {fate}");
    }

    // Nor is there anything in flight for an account that never called.
    let mut registry = Registry::new();
    for callback in [on_associated(node(1), 1), on_disassociated(node(1), 1, 0)] {
        registry.refuse_callback(&callback, true, &[], "callback_unexpected");
    }
}

#[test]
fn c21_two_disassociations_cannot_take_more_than_is_free() {
    let mut registry = Registry::with_nodes(1, 100);

    let first = registry.accept(node(1), disassociate(80));

    registry.refuse(node(1), disassociate(80), "insufficient_free");
    registry.refuse(node(1), disassociate(21), "insufficient_free");
    let second = registry.accept(node(1), disassociate(20));
    registry.settle(&second, true);
    registry.settle(&first, false);
    assert_eq!(registry.buckets(node(1)), [80, 0, 0]);
}
