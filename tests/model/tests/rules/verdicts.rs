//! The rows of 6.1 and its examples, and the booking of 6.2.

use reference_model::{Call, Ending, OwedWork, Score, Status, verdict};

use crate::support::{C, N1, Registry, mpc, statuses};

const NOTHING: OwedWork =
    OwedWork { on_chain_inputs: 0, on_chain_opens: 0, attestations: 0, finished_computations: 0 };
const OVERDUE: Ending = Ending::DeadlineReached { computation_ongoing: false };
const OVERDUE_AND_COMPUTING: Ending = Ending::DeadlineReached { computation_ongoing: true };

/// One item of each kind, and none.
fn owing_one() -> [OwedWork; 4] {
    [
        OwedWork { on_chain_inputs: 1, ..NOTHING },
        OwedWork { on_chain_opens: 1, ..NOTHING },
        OwedWork { attestations: 1, ..NOTHING },
        OwedWork { finished_computations: 1, ..NOTHING },
    ]
}

#[test]
fn every_row_of_the_table_holds() {
    for owed in owing_one().into_iter().chain([NOTHING]) {
        assert_eq!(verdict(Ending::Done, owed), Status::Success, "Done, {owed:?}");
        assert_eq!(verdict(Ending::Malicious, owed), Status::Failure, "Malicious, {owed:?}");
        assert_eq!(verdict(Ending::Deleted, owed), Status::Success, "Deleted, {owed:?}");
        assert_eq!(verdict(OVERDUE_AND_COMPUTING, owed), Status::Failure, "computing, {owed:?}");
    }
    for owed in owing_one() {
        assert_eq!(verdict(OVERDUE, owed), Status::Failure, "one item is enough: {owed:?}");
    }
    assert_eq!(verdict(OVERDUE, NOTHING), Status::Success);
}

#[test]
fn the_examples_of_four_nodes_hold() {
    let only_n4_owes = [NOTHING, NOTHING, NOTHING, OwedWork { attestations: 1, ..NOTHING }];
    let (good, bad) = (Status::Success, Status::Failure);

    assert_eq!(only_n4_owes.map(|owed| verdict(OVERDUE, owed)), [good, good, good, bad]);
    assert_eq!(only_n4_owes.map(|owed| verdict(Ending::Done, owed)), [good; 4]);
    assert_eq!([NOTHING; 4].map(|owed| verdict(OVERDUE_AND_COMPUTING, owed)), [bad; 4]);
    assert_eq!(only_n4_owes.map(|owed| verdict(Ending::Deleted, owed)), [good; 4]);
}

#[test]
fn a_score_at_its_limit_stands_still_as_a_whole_and_blocks_no_release() {
    let mut registry = Registry::new();
    registry.node(0, N1, mpc(1));
    let full = Score { allocated: i32::MAX - 1, failure: i32::MAX - 11, success: 10 };
    registry.model.zk_nodes.get_mut(&N1).expect("registered").score = full;

    for status in [Status::Success, Status::Failure, Status::Success] {
        registry.request(0, C, 1, &[N1]).expect("one unit");
        let engines_status = statuses(&[(N1, status)]);
        registry.call(0, C, Call::NotifyZkComputationDoneV2 { engines_status }).expect("a release");
    }

    assert_eq!(registry.score(N1), [i32::MAX, i32::MAX - 11, 11]);
    assert_eq!(registry.tokens(N1).pending_sum(), 3);
}
