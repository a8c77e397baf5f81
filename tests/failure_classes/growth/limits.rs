//! Ways out at every limit, and accounts that cannot block each other.

use pbc_lib::Failure;
use registry_tests::calls::*;
use registry_tests::registry::only_call;
use registry_tests::*;

use super::touched;

#[test]
fn g09_one_bad_account_blocks_nobody_else() {
    // N1 to N3 have 25 free units and 75 that have matured; their stake has expired.
    let mut registry = Registry::with_nodes(3, 100);
    registry.take(zk(1), 225, &[1, 2, 3].map(node));
    let expiration = registry.now + DAY;
    for n in 1..=3 {
        registry.accept(node(n), expire(Some(expiration)));
    }
    registry.accept(zk(1), done_v1());
    registry.now += 14 * DAY;

    // N1's record is one that no registry writes: whatever reads it breaks down.
    registry.edit_tokens(node(1), |tokens| tokens.pending_unlock[0].amount = -1);
    let before = registry.clone();
    for (sender, call) in [
        (node(1), unlock()),
        (node(1), disassociate(1)),
        (node(1), reserve(1)),
        (stranger(), send_expired_home(node(1))),
    ] {
        let outcome = registry.call(sender, &call);
        assert!(matches!(outcome, Err(Failure::Trap { .. })), "{outcome:?}");
        assert_eq!(registry.trees, before.trees);
        assert_eq!(registry.state, before.state);
    }

    // The others do not meet it: each of their calls touches the record of one account.
    for (sender, call) in [
        (node(2), unlock()),
        (node(2), reserve(1)),
        (node(2), associate(1)),
        (stranger(), send_expired_home(node(2))),
        (node(3), disassociate(100)),
    ] {
        let touched = touched(&mut registry, |registry| {
            registry.accept(sender, call.clone());
        });
        assert_eq!(touched[0], 1, "token records touched by {call:02x?}");
    }
    assert_eq!(registry.tokens(node(2)).outgoing_tokens, 100);
    assert_eq!(registry.tokens(node(3)).outgoing_tokens, 100);

    // An account to which no transfer succeeds keeps its tokens, and no one else's.
    let mut registry = before;
    let failing = registry.accept(stranger(), send_expired_home(node(2)));
    let leaving = registry.accept(stranger(), send_expired_home(node(3)));
    registry.settle(&failing, false);
    registry.settle(&leaving, true);
    assert_eq!(registry.buckets(node(2)), [100, 0, 0]);
    assert_eq!(registry.find_tokens(node(3)), None);
}

#[test]
fn g11_at_every_limit_the_way_out_is_open() {
    // 16 nodes with the longest endpoints.
    let mut registry = Registry::with_nodes(16, 10_000);
    let endpoint = format!("https://{}", "a".repeat(512 - 8));
    let engines: Vec<_> = (1..=16).map(node).collect();
    for engine in &engines {
        registry.accept(*engine, update_endpoint(&endpoint));
        registry.accept(*engine, jurisdiction(256));
    }
    // N1 works for 499 contracts and has been released by 500.
    for n in 1..=999 {
        registry.take(zk(n), 1, &[node(1)]);
    }
    let start = registry.now;
    for n in 1..=500 {
        registry.now = start + i64::from(n);
        registry.accept(zk(n), done_v1());
    }
    // A request at its limits takes N1 to its own: 16 nodes, 16 lists of 256 countries each.
    let codes: Vec<i32> = (1..=256).collect();
    let lists = vec![codes.as_slice(); 16];
    registry.accept(zk(1_000), request_ee(16, 16, &lists, 3));
    let tokens = registry.tokens(node(1));
    assert_eq!(tokens.allocated_tokens.len() + tokens.pending_unlock.len(), 1_000);
    registry.refuse(zk(1_001), request_listed_ee(1, 0, &[node(1)]), "node_at_capacity");

    // Release, with 16 statuses; a list beyond 64 has no meaning, one of 64 is refused for its
    // content only.
    let mut statuses = successes(&engines);
    registry.refuse(zk(1_000), done_v2(&vec![statuses[0]; 65]), "list_too_long");
    registry.refuse(zk(1_000), done_v2(&vec![statuses[0]; 64]), "status_node_repeated");
    statuses.reverse();
    registry.now += 1;
    registry.accept(zk(1_000), done_v2(&statuses));
    for n in 501..=999 {
        registry.now += 1;
        let call = if n % 2 == 0 { done_v1() } else { done_v2(&[(node(1), F)]) };
        registry.accept(zk(n), call);
    }
    let end = registry.now;
    assert_eq!(registry.pending_entries(node(1)).len(), 1_000);
    assert_eq!(registry.score(node(1)).0, 1_000);

    // Transfers in and out, with 1,000 pending amounts in the record.
    let coming = registry.accept(node(1), associate(5));
    let going = registry.accept(node(1), disassociate(9_000));
    registry.settle(&going, false);
    registry.settle(&coming, true);
    assert_eq!(registry.buckets(node(1)), [9_005, 0, 1_000]);

    // Resign, unlock, and everything out.
    registry.accept(node(1), resign());
    registry.now = end + 14 * DAY;
    registry.accept(node(1), unlock());
    assert_eq!(registry.pending_entries(node(1)), []);
    let leaving = registry.accept(node(1), disassociate(10_005));
    assert_eq!(only_call(&leaving), (token(), token_transfer(node(1), 10_005)));
    registry.settle(&leaving, true);
    assert_eq!(registry.find_tokens(node(1)), None);
    for n in 2..=16 {
        registry.accept(node(n), resign());
        let leaving = registry.accept(node(n), disassociate(10_000));
        registry.settle(&leaving, true);
    }
    assert_eq!(registry.records().all_tokens().count(), 0);
    assert_eq!(registry.records().roster(), []);
}
