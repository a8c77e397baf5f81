use super::*;

const SUCCESS: ZkNodeScoreStatus = ZkNodeScoreStatus::Success {};
const FAILURE: ZkNodeScoreStatus = ZkNodeScoreStatus::Failure {};

/// Each kind of owed work alone, all pairs, and everything.
fn ways_to_owe() -> impl Iterator<Item = OwedWork> {
    (1..16_u32).map(|kinds| OwedWork {
        on_chain_inputs: kinds & 1,
        on_chain_opens: kinds >> 1 & 1,
        attestations: kinds >> 2 & 1,
        finished_computations: kinds >> 3 & 1,
    })
}

#[test]
fn the_ending_decides_unless_the_deadline_was_reached_idle() {
    let endings = [
        (Ending::Done, SUCCESS, SUCCESS),
        (Ending::Malicious, FAILURE, FAILURE),
        (Ending::Deleted, SUCCESS, SUCCESS),
        (Ending::DeadlineReached { computation_ongoing: true }, FAILURE, FAILURE),
        (Ending::DeadlineReached { computation_ongoing: false }, SUCCESS, FAILURE),
    ];
    for (ending, owing_nothing, owing_something) in endings {
        assert_eq!(verdict(ending, OwedWork::NOTHING), owing_nothing, "{ending:?}, nothing");
        for owed in ways_to_owe() {
            assert_eq!(verdict(ending, owed), owing_something, "{ending:?}, {owed:?}");
        }
    }
}

#[test]
fn each_booking_moves_the_whole_and_one_part() {
    let mut score = ZkNodeScore::default();

    score.book(SUCCESS);
    score.book(FAILURE);
    score.book(SUCCESS);

    let expected = ZkNodeScore { allocated_score: 3, failure_score: 1, success_score: 2 };
    assert_eq!(score, expected);
}

#[test]
fn a_full_score_stands_still_as_a_whole() {
    let full =
        ZkNodeScore { allocated_score: i32::MAX, failure_score: 1, success_score: i32::MAX - 1 };
    for status in [SUCCESS, FAILURE] {
        let mut score = full;
        score.book(status);
        assert_eq!(score, full);
    }
}
