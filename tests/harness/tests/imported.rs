//! A release in a state that lacks records, as imported ones can: whoever has one gets what is due.
//!
//! Source: `registry.md` 11.2.

use registry_harness::calls::{S, done_v1, done_v2};
use registry_harness::{Registry, node, zk};

/// Two nodes with 1,000 units each, of which zk1 has 10 of each.
fn working() -> Registry {
    let mut registry = Registry::with_nodes(2, 1_000);
    registry.take(zk(1), 20, &[node(1), node(2)]);
    registry
}

#[test]
fn an_engine_without_a_node_record_gets_its_tokens_and_no_score() {
    let mut registry = working();
    registry.forget_node(node(1));

    registry.accept(zk(1), done_v2(&[(node(1), S), (node(2), S)]));

    assert_eq!(registry.computation(zk(1)), None);
    assert_eq!(registry.buckets(node(1)), [990, 0, 10]);
    assert_eq!(registry.records().node(&node(1)), None);
    assert_eq!(registry.buckets(node(2)), [990, 0, 10]);
    assert_eq!(registry.score(node(2)), (1, 1, 0));
}

#[test]
fn an_engine_without_a_token_record_gets_its_score() {
    let mut registry = working();
    registry.forget_tokens(node(1));

    registry.accept(zk(1), done_v1());

    assert_eq!(registry.find_tokens(node(1)), None);
    assert_eq!(registry.score(node(1)), (1, 1, 0));
    assert_eq!(registry.buckets(node(2)), [990, 0, 10]);
}

#[test]
fn an_engine_without_a_share_has_nothing_to_wait_for() {
    let mut registry = working();
    registry.edit_tokens(node(1), |tokens| {
        tokens.allocated_tokens.remove(&zk(1));
    });

    registry.accept(zk(1), done_v1());

    assert_eq!(registry.buckets(node(1)), [990, 0, 0]);
    assert_eq!(registry.pending_entries(node(1)), []);
    assert_eq!(registry.score(node(1)), (1, 1, 0));
}
