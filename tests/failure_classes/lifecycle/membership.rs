//! Who takes part: resigning, registering again, being disabled.

use registry_tests::calls::*;
use registry_tests::*;
use zk_node_registry::ZkNodeScore;

/// N1 with 75 units, and the statuses with which its jobs ended so far.
fn with_record(statuses: &[zk_node_registry::ZkNodeScoreStatus]) -> Registry {
    let mut registry = Registry::with_nodes(1, 75);
    for (served, status) in (1..).zip(statuses) {
        registry.take(zk(served), 1, &[node(1)]);
        registry.accept(zk(served), done_v2(&[(node(1), *status)]));
    }
    registry
}

#[test]
fn f01_a_node_can_resign_once_its_allocations_are_released_and_then_take_its_tokens_out() {
    let mut registry = Registry::with_nodes(1, 75);
    registry.take(zk(1), 75, &[node(1)]);

    let message = registry.refuse(node(1), resign(), "open_allocations");
    assert!(message.contains('1'), "{message}");

    let release = registry.now;
    registry.accept(zk(1), done_v1());
    registry.accept(node(1), resign());
    assert!(registry.node(node(1)).is_resigned);
    assert_eq!(registry.buckets(node(1)), [0, 0, 75]);
    assert_eq!(registry.score(node(1)), (1, 1, 0));

    registry.now = release + 14 * DAY - 1;
    registry.refuse(node(1), disassociate(75), "insufficient_free");
    registry.now = release + 14 * DAY;
    let leaving = registry.accept(node(1), disassociate(75));
    registry.settle(&leaving, true);
    assert_eq!(registry.find_tokens(node(1)), None);
    assert_eq!(registry.score(node(1)), (1, 1, 0));
}

#[test]
fn f02_a_node_that_has_resigned_cannot_resign_again() {
    let mut registry = Registry::with_nodes(1, 75);
    registry.accept(node(1), resign());

    registry.refuse(node(1), resign(), "not_registered");

    // Nor change anything else of a node that takes no part.
    registry.refuse(node(1), update_endpoint("https://b.example"), "not_registered");
    registry.refuse(node(1), protocol_version((4, 0, 0)), "not_registered");
    registry.refuse(node(1), jurisdiction(208), "not_registered");
    registry.refuse(node(1), ee_version(4), "not_registered");
}

#[test]
fn f03_whoever_registers_again_keeps_stake_score_and_record() {
    let mut registry = with_record(&[S, F, S]);
    registry.accept(node(1), reserve(10));
    let (record, tokens) = (registry.node(node(1)), registry.tokens(node(1)));
    registry.accept(node(1), resign());
    assert_eq!(registry.records().roster(), []);
    registry.refuse(zk(9), request_listed_ee(1, 0, &[node(1)]), "node_resigned");

    registry.accept(node(1), register("https://again.example"));

    let again = registry.node(node(1));
    assert!(!again.is_resigned);
    assert_eq!(again.score, record.score);
    assert_eq!(again.identity, record.identity);
    assert_eq!(again.rest_endpoint.rest_endpoint, "https://again.example");
    assert_eq!(registry.tokens(node(1)), tokens);
    assert_eq!(registry.records().all_nodes().count(), 1);
    assert_eq!(registry.records().roster(), [node(1)]);
    registry.take(zk(9), 1, &[node(1)]);
}

#[test]
fn f04_a_ban_survives_registering_and_resigning() {
    let mut banned = Registry::with_nodes(2, 75);
    banned.accept(voting(), disable(node(1)));
    let assert_banned = |registry: &mut Registry| {
        assert!(registry.node(node(1)).is_disabled);
        assert_eq!(registry.records().roster(), [node(2)]);
        registry.refuse(zk(9), request_listed_ee(1, 0, &[node(1)]), "node_disabled");
        registry.refuse(zk(9), request_ee(2, 2, &[], 0), "not_enough_nodes");
    };

    // Registering is for those who are not registered, and a ban is no resignation.
    banned.refuse(node(1), register("https://n1.example"), "already_registered");
    assert_banned(&mut banned);

    banned.accept(node(1), resign());
    banned.accept(node(1), register("https://n1.example"));
    assert_banned(&mut banned);

    // Neither does it matter when the ban comes, what is reported, or whether stake comes anew.
    let mut resigned = Registry::with_nodes(2, 75);
    resigned.accept(node(1), resign());
    resigned.accept(voting(), disable(node(1)));
    resigned.accept(node(1), register("https://n1.example"));
    assert_banned(&mut resigned);
    resigned.accept(node(1), protocol_version((9, 9, 9)));
    resigned.accept(node(1), ee_version(9));
    resigned.accept(node(1), jurisdiction(208));
    let leaving = resigned.accept(node(1), disassociate(75));
    resigned.settle(&leaving, true);
    resigned.stake(node(1), mpc(75_000));
    assert_banned(&mut resigned);
}

#[test]
fn f05_failures_survive_resigning_and_registering() {
    let mut registry = with_record(&[F, F, S, F, F, F, S]);
    let score = ZkNodeScore { allocated_score: 7, failure_score: 5, success_score: 2 };
    assert_eq!(registry.node(node(1)).score, score);

    registry.accept(node(1), resign());
    assert_eq!(registry.node(node(1)).score, score);
    registry.accept(node(1), register("https://n1.example"));
    assert_eq!(registry.node(node(1)).score, score);

    // Taking everything out in between does not help either, and the count goes on from there.
    registry.now += 14 * DAY;
    registry.accept(node(1), resign());
    let leaving = registry.accept(node(1), disassociate(75));
    registry.settle(&leaving, true);
    assert_eq!(registry.find_tokens(node(1)), None);
    registry.accept(node(1), register("https://n1.example"));
    registry.stake(node(1), 75);
    registry.take(zk(9), 1, &[node(1)]);
    registry.accept(zk(9), done_v2(&[(node(1), F)]));
    assert_eq!(registry.score(node(1)), (8, 2, 6));
}

#[test]
fn f09_a_node_that_is_disabled_at_work_is_released_and_scored_like_any_other() {
    for (status, score) in [(S, (1, 1, 0)), (F, (1, 0, 1))] {
        let mut registry = Registry::with_nodes(2, 100);
        registry.take(zk(1), 150, &[node(1), node(2)]);
        registry.accept(voting(), disable(node(1)));
        assert_eq!(registry.buckets(node(1)), [25, 75, 0]);
        assert_eq!(registry.records().roster(), [node(2)]);

        let release = registry.now;
        registry.accept(zk(1), done_v2(&[(node(1), status), (node(2), S)]));

        assert_eq!(registry.score(node(1)), score);
        assert_eq!(registry.pending_entries(node(1)), [(75, release)]);
        registry.now = release + 14 * DAY - 1;
        registry.refuse(node(1), disassociate(26), "insufficient_free");
        registry.now = release + 14 * DAY;
        registry.accept(node(1), unlock());
        let leaving = registry.accept(node(1), disassociate(100));
        registry.settle(&leaving, true);
        assert_eq!(registry.find_tokens(node(1)), None);
    }
}

#[test]
fn f10_a_node_without_tokens_is_not_selected_and_keeps_record_and_score() {
    let mut registry = with_record(&[S, F]);
    registry.now += 14 * DAY;
    registry.accept(node(1), reserve(7));
    let record = registry.node(node(1));

    let leaving = registry.accept(node(1), disassociate(75));

    // While the tokens are on their way the record stays, with nothing in it to be taken.
    let refuse = |registry: &mut Registry| {
        registry.refuse(zk(9), request_listed_ee(1, 0, &[node(1)]), "node_understaked");
        registry.refuse(zk(9), request_ee(1, 1, &[], 0), "not_enough_nodes");
        assert_eq!(registry.records().roster(), []);
    };
    assert_eq!(registry.tokens(node(1)).outgoing_tokens, 75);
    refuse(&mut registry);
    registry.settle(&leaving, true);
    assert_eq!(registry.find_tokens(node(1)), None);
    refuse(&mut registry);
    assert_eq!(registry.node(node(1)), record);

    // The node is as good as before once it has stake again; its reserve was that of the stake.
    registry.stake(node(1), 75);
    assert_eq!(registry.tokens(node(1)).reserved_tokens, 0);
    registry.take(zk(9), 75, &[node(1)]);
}
