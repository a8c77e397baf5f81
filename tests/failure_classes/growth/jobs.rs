//! Many jobs of one node.

use registry_tests::calls::*;
use registry_tests::*;

use super::{ONE_ACCOUNT, within, work};

/// What a contract's notice may touch when one node worked for it.
const ONE_ENGINE: [usize; 4] = [1, 1, 1, 0];

#[test]
fn g01_of_ten_thousand_tiny_jobs_only_the_releases_of_14_days_are_kept() {
    let mut registry = Registry::with_nodes(1, 2_000);
    let start = registry.now;

    // 36 times 250 jobs and then 1,000, each released at a millisecond of its own; whenever the 14
    // days of the first one are over, the next ones begin.
    let mut began = start;
    for jobs in [[250; 36].as_slice(), &[1_000]].concat() {
        let mut released = Vec::new();
        for n in 1..=jobs {
            registry.now = began + i64::from(n);
            let served = zk(n);
            if n % 250 == 0 {
                within(ONE_ENGINE, &mut registry, |registry| registry.take(served, 1, &[node(1)]));
                within(ONE_ENGINE, &mut registry, |registry| {
                    registry.accept(served, done_v1());
                });
            } else {
                registry.take(served, 1, &[node(1)]);
                registry.accept(served, done_v1());
            }
            released.push((1, registry.now));
        }

        // No release was refused, and no time has moved. What matured on the way is gone.
        assert_eq!(registry.pending_entries(node(1)), released);
        began += 14 * DAY;
    }
    assert_eq!(registry.score(node(1)), (10_000, 10_000, 0));

    // The 1,001st job within 14 days is refused, not its release.
    registry.refuse(zk(1), request_listed_ee(1, 0, &[node(1)]), "node_at_capacity");

    // A touch keeps exactly the releases of the last 14 days.
    let last_round = start + 36 * 14 * DAY;
    for matured in [0, 1, 500, 999, 1_000] {
        let mut then = registry.clone();
        then.now = last_round + matured + 14 * DAY;
        within(ONE_ACCOUNT, &mut then, |registry| {
            registry.accept(node(1), unlock());
        });
        let kept: Vec<_> = (matured + 1..=1_000).map(|n| (1, last_round + n)).collect();
        assert_eq!(then.pending_entries(node(1)), kept);
        assert_eq!(then.tokens(node(1)).free_tokens, 1_000 + matured);
    }
}

#[test]
fn g08_a_node_with_1000_entries_gets_no_work_and_every_release() {
    // 499 allocations and 500 pending amounts: 999 entries.
    let mut registry = Registry::with_nodes(1, 10_000);
    for n in 1..=999 {
        registry.take(zk(n), 1, &[node(1)]);
    }
    let start = registry.now;
    for n in 1..=500 {
        registry.now = start + i64::from(n);
        registry.accept(zk(n), done_v1());
    }
    let entries = |registry: &Registry| {
        let tokens = registry.tokens(node(1));
        (tokens.allocated_tokens.len(), tokens.pending_unlock.len())
    };
    assert_eq!(entries(&registry), (499, 500));

    // At 999 it is eligible, drawn or listed.
    assert_eq!(registry.clone().draw(zk(1_000), 1, 1), [node(1)]);
    registry.take(zk(1_000), 1, &[node(1)]);

    // At 1,000 it is not.
    let refuse = |registry: &mut Registry| {
        let listed = request_listed_ee(1, 0, &[node(1)]);
        let message = registry.refuse(zk(2_000), listed, "node_at_capacity");
        assert!(message.contains("1000"), "{message}");
        registry.refuse(zk(2_000), request_ee(1, 1, &[], 0), "not_enough_nodes");
    };
    assert_eq!(entries(&registry), (500, 500));
    refuse(&mut registry);

    // A release is accepted. It turns an allocation into a pending amount, which changes nothing.
    registry.now = start + 501;
    let before = registry.clone();
    within(ONE_ENGINE, &mut registry, |registry| {
        registry.accept(zk(501), done_v1());
    });
    assert_eq!(entries(&registry), (499, 501));
    refuse(&mut registry);
    registry.now += DAY;
    registry.accept(zk(502), done_v2(&[(node(1), F)]));
    registry.accept(zk(503), done_v1());
    // Two in the same millisecond are one entry: 999 again.
    assert_eq!(entries(&registry), (497, 502));
    registry.clone().take(zk(1_001), 1, &[node(1)]);
    registry.take(zk(1_001), 1, &[node(1)]);
    refuse(&mut registry);

    // Its work is linear in the record: it is read and written once, like a small one.
    let (operations, bytes) = work(&mut before.clone(), |registry| {
        registry.accept(zk(501), done_v1());
    });
    let record = before.trees.iter(0).next().expect("the record of N1").1.len() as u64;
    let mut small = Registry::with_nodes(1, 10_000);
    small.take(zk(501), 1, &[node(1)]);
    let small_record = small.trees.iter(0).next().expect("the record of N1").1.len() as u64;
    let (small_operations, small_bytes) = work(&mut small, |registry| {
        registry.accept(zk(501), done_v1());
    });
    assert_eq!(operations, small_operations);
    assert!(
        bytes <= small_bytes + 2 * (record - small_record),
        "{bytes} bytes for a record of {record}, {small_bytes} for one of {small_record}"
    );

    // One entry matures, and is swept in the eyes of a request: eligible again, if free units and
    // reserve allow it.
    registry.now = start + 1 + 14 * DAY - 1;
    refuse(&mut registry);
    registry.now = start + 1 + 14 * DAY;
    registry.clone().take(zk(1_002), 1, &[node(1)]);
    assert_eq!(registry.clone().draw(zk(1_002), 1, 1), [node(1)]);
    registry.accept(node(1), reserve(10_000));
    let listed = request_listed_ee(1, 0, &[node(1)]);
    registry.refuse(zk(1_002), listed, "node_insufficient_free");
}

#[test]
fn g10_a_thousand_status_checks_leave_nothing_behind() {
    let mut registry = Registry::with_nodes(4, 100);
    registry.take(zk(1), 300, &[1, 2, 3, 4].map(node));
    registry.take(zk(2), 4, &[1, 2, 3, 4].map(node));
    registry.accept(zk(2), done_v1());
    registry.now += DAY;
    let before = registry.clone();
    let planned = registry.planned_end(zk(1)).expect("a planned end");

    // No marker is kept of what is asked.
    let mut questions = Vec::new();
    for _ in 0..1_000 {
        let events = registry.accept(stranger(), check_status(zk(1)));
        assert_eq!(events.len(), 1);
        questions.extend(events);
    }
    assert_eq!(registry.state, before.state);
    assert_eq!(registry.trees, before.trees);

    // Each question has its own answer: failed, silent, odd, earlier or later than all before.
    let mut latest = planned;
    for (n, question) in (0..).zip(&questions) {
        let end = |at: i64| vec![(true, at.to_be_bytes().to_vec())];
        let (success, answer, reported) = match n % 5 {
            0 => (false, end(planned + 1_000 * DAY), None),
            1 => (true, vec![], None),
            2 => (true, vec![(true, vec![0xff; 7])], None),
            3 => (true, end(planned - n), Some(planned - n)),
            _ => (true, end(planned + n), Some(planned + n)),
        };
        assert_eq!(registry.callback(question, success, &answer), Ok(vec![]));
        latest = latest.max(reported.unwrap_or(latest));
        assert_eq!(registry.planned_end(zk(1)), Some(latest));
    }
    assert_eq!(latest, planned + 999);

    // Nothing else has moved: with the old end in it, the state is the old one.
    let question = registry.accept(stranger(), check_status(zk(1)));
    assert_eq!(question.len(), 1, "the next question is as welcome");
    for n in 1..=4 {
        assert_eq!(registry.tokens(node(n)), before.tokens(node(n)));
        assert_eq!(registry.node(node(n)), before.node(node(n)));
    }
    assert_eq!(registry.computation(zk(2)), None);
    assert_eq!(registry.records().roster(), before.records().roster());
}
