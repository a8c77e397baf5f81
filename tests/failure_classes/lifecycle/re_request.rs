//! Re-requests: the old computation ends and the new one begins in one step, or nothing happens.

use registry_tests::calls::*;
use registry_tests::*;

/// Z1 works with 75 units of each of N1 to N4; N1 has 125 more, the others have 25 more, and N5
/// has 100.
fn working() -> Registry {
    let mut registry = Registry::with_nodes(5, 100);
    registry.stake(node(1), 100);
    registry.take(zk(1), 300, &[1, 2, 3, 4].map(node));
    registry
}

#[test]
fn f11_a_re_request_keeps_old_and_new_amounts_of_a_node_apart() {
    let mut registry = working();
    // N1 has pending tokens of another job already.
    registry.take(zk(2), 10, &[node(1)]);
    let earlier = registry.now;
    registry.accept(zk(2), done_v1());
    let began = registry.now;
    let release = earlier + 3 * DAY;
    registry.now = release;

    let statuses = [(node(1), S), (node(2), S), (node(3), F), (node(4), S)];
    let again = re_request(&statuses, 2, 100, &[], 0, &[node(1), node(5)]);
    registry.clone().accept(zk(1), again.clone());
    let mut same_time = registry.clone();
    registry.accept(zk(1), again.clone());

    // N1, old and new, has one pending amount of this release and one allocation for Z1.
    assert_eq!(registry.pending_entries(node(1)), [(10, earlier), (75, release)]);
    let tokens = registry.tokens(node(1));
    assert_eq!(tokens.allocated_tokens.len(), 1);
    assert_eq!(tokens.allocated_tokens.get(&zk(1)), Some(&50));
    assert_eq!(registry.buckets(node(1)), [65, 50, 85]);
    for old in [2, 3, 4] {
        assert_eq!(registry.buckets(node(old)), [25, 0, 75]);
        assert_eq!(registry.pending_entries(node(old)), [(75, release)]);
    }
    assert_eq!(registry.buckets(node(5)), [50, 50, 0]);
    assert_eq!(registry.score(node(1)), (2, 2, 0));
    assert_eq!(registry.score(node(3)), (1, 0, 1));
    assert_eq!(registry.score(node(5)), (0, 0, 0));
    let computation = registry.computation(zk(1)).expect("the new one");
    assert_eq!(computation.nodes, [node(1), node(5)]);
    assert_eq!((computation.share, computation.total_stakes), (50, 100));

    // At the very time of the other release the amounts are one entry.
    same_time.now = earlier;
    same_time.accept(zk(1), again.clone());
    assert_eq!(same_time.pending_entries(node(1)), [(85, earlier)]);

    // The planned end becomes 28 days from now, unless it lies later already.
    assert_eq!(registry.planned_end(zk(1)), Some(release + 28 * DAY));
    for (reported, planned) in [
        (release + 28 * DAY - 1, release + 28 * DAY),
        (release + 28 * DAY, release + 28 * DAY),
        (release + 28 * DAY + 1, release + 28 * DAY + 1),
        (began + 200 * DAY, began + 200 * DAY),
    ] {
        let mut registry = working();
        let question = registry.accept(stranger(), check_status(zk(1)));
        let answer = (true, reported.to_be_bytes().to_vec());
        registry.callback(&question[0], true, &[answer]).expect("the answer is accepted");
        registry.now = release;
        registry.accept(zk(1), again.clone());
        assert_eq!(registry.planned_end(zk(1)), Some(planned));
    }
}

#[test]
fn f12_a_re_request_that_cannot_be_met_leaves_the_old_computation_as_it_was() {
    let mut registry = working();
    let before = registry.computation(zk(1));
    let statuses = successes(&[1, 2, 3, 4].map(node));
    let again = |k, total, listed: &[_]| re_request(&statuses, k, total, &[], 0, listed);

    // N1 and N5 can give 75 units, the others only what was not at work.
    registry.refuse(zk(1), again(3, 225, &[]), "not_enough_nodes");
    registry.refuse(zk(1), again(6, 6, &[]), "not_enough_nodes");
    let listed = [1, 5, 2].map(node);
    registry.refuse(zk(1), again(3, 225, &listed), "node_insufficient_free");
    registry.refuse(zk(1), again(1, 75, &[node(6)]), "node_unknown");
    let incomplete = re_request(&statuses[..3], 2, 150, &[], 0, &[]);
    registry.refuse(zk(1), incomplete, "status_node_missing");

    assert_eq!(registry.computation(zk(1)), before);
    for n in 1..=4 {
        assert_eq!(registry.allocated(node(n)), 75);
        assert_eq!(registry.pending_entries(node(n)), []);
        assert_eq!(registry.score(node(n)), (0, 0, 0));
    }
    // One node fewer can be had; and the old computation can end as it would have.
    registry.clone().accept(zk(1), again(2, 150, &[]));
    registry.accept(zk(1), done_v2(&statuses));
    assert_eq!(registry.buckets(node(2)), [25, 0, 75]);
}
