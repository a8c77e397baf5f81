use super::*;
use crate::fixtures::{at, mpc, operator, zk, DAY, MS};
use crate::rules::stake::Pending;

fn until(end: Timestamp) -> Computation {
    Computation {
        nodes: vec![operator(1)],
        share: mpc(500).units(),
        total_stakes: mpc(500).units(),
        allocation_end: Some(end.millis()),
    }
}

/// The example of registry.md 13: on day 10, two allocations and one pending amount.
fn leaving() -> ZkNodeTokens {
    let mut tokens = ZkNodeTokens { free_tokens: mpc(74_500).units(), ..ZkNodeTokens::default() };
    tokens.allocate(zk(1), mpc(500), at(DAY));
    tokens.allocate(zk(2), mpc(500), at(DAY));
    let unlock_time = at(3 * DAY).millis();
    tokens.pending_unlock.push(Pending { amount: mpc(500).units(), unlock_time });
    tokens
}

fn ends(contract: &Address) -> Option<Computation> {
    let end = if *contract == zk(1).address() { 28 } else { 40 };
    Some(until(at(end * DAY)))
}

#[test]
fn the_worked_example_is_out_on_day_54() {
    let plan = leave(Some(&leaving()), ends, at(10 * DAY));

    let exit = Some(at(54 * DAY));
    let steps = [
        LeaveStep::SetReserved { amount: mpc(75_000) },
        LeaveStep::WaitUntil { exit },
        LeaveStep::Disassociate { amount: mpc(75_000) },
    ];
    assert_eq!(plan.steps, steps);
    let dates: Vec<_> = plan.schedule.iter().map(|back| back.free_at).collect();
    assert_eq!(dates, [Some(at(42 * DAY)), exit, Some(at(17 * DAY))]);
}

#[test]
fn free_tokens_leave_at_once() {
    let tokens = ZkNodeTokens { free_tokens: mpc(5).units(), ..ZkNodeTokens::default() };

    let plan = leave(Some(&tokens), ends, at(DAY));

    assert_eq!(plan.steps, [LeaveStep::Disassociate { amount: mpc(5) }]);
    assert_eq!(plan.exit(at(DAY)), Some(at(DAY)));
}

#[test]
fn nothing_is_left_to_do_without_tokens() {
    assert_eq!(leave(None, ends, at(DAY)), LeavePlan::default());
    assert_eq!(leave(Some(&ZkNodeTokens::default()), ends, at(DAY)), LeavePlan::default());
}

#[test]
fn matured_tokens_leave_at_once_from_the_very_millisecond() {
    let unlock_time = at(DAY).millis();
    let pending_unlock = vec![Pending { amount: 7, unlock_time }];
    let tokens = ZkNodeTokens { pending_unlock, ..ZkNodeTokens::default() };

    assert_eq!(leave(Some(&tokens), ends, at(15 * DAY)).steps.len(), 1);
    assert_eq!(leave(Some(&tokens), ends, at(15 * DAY - MS)).steps.len(), 3);
}

#[test]
fn an_end_in_the_past_counts_from_now() {
    let plan = leave(Some(&leaving()), ends, at(41 * DAY));

    assert_eq!(plan.exit(at(41 * DAY)), Some(at(55 * DAY)));
}

#[test]
fn an_unknown_end_makes_the_exit_unknown() {
    let plan = leave(Some(&leaving()), |_| None, at(10 * DAY));

    assert_eq!(plan.exit(at(10 * DAY)), None);
    assert_eq!(plan.steps.get(1), Some(&LeaveStep::WaitUntil { exit: None }));
}

#[test]
fn a_reserve_that_covers_everything_is_not_set_again() {
    let mut tokens = leaving();
    tokens.reserve(mpc(75_000), at(10 * DAY));

    let plan = leave(Some(&tokens), ends, at(10 * DAY));

    assert!(matches!(plan.steps.as_slice(), [LeaveStep::WaitUntil { .. }, _]));
}

#[test]
fn the_reserve_covers_what_is_in_flight() {
    let mut tokens = leaving();
    tokens.expect_incoming(mpc(10), at(10 * DAY)).expect("fits");

    let plan = leave(Some(&tokens), ends, at(10 * DAY));

    assert_eq!(plan.steps.first(), Some(&LeaveStep::SetReserved { amount: mpc(75_010) }));
}
