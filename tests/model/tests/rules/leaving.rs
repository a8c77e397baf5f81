//! The example of section 13, and each branch of its procedure.

use std::collections::BTreeMap;

use reference_model::constants::PENDING_PERIOD_MS;
use reference_model::{
    Address, Computation, LeavePlan, LeaveStep, Pending, Returning, ReturningFrom, TokenRecord,
    leave,
};

use crate::support::{C, C2, DAY, N1, bytes, mpc};

fn ending(ends: &[(Address, Option<i64>)]) -> BTreeMap<Address, Computation> {
    let computation = |end| Computation {
        nodes: vec![N1],
        share: mpc(500),
        total_stakes: mpc(500),
        allocation_end: end,
    };
    ends.iter().map(|(contract, end)| (*contract, computation(*end))).collect()
}

fn example() -> TokenRecord {
    TokenRecord {
        allocated: BTreeMap::from([(C, mpc(500)), (C2, mpc(500))]),
        free: mpc(73_500),
        pending: vec![Pending { amount: mpc(500), unlock_time: 3 * DAY }],
        ..TokenRecord::default()
    }
}

#[test]
fn the_example_of_the_specification_leaves_on_day_54() {
    let computations = ending(&[(C, Some(28 * DAY)), (C2, Some(40 * DAY))]);

    let plan = leave(Some(&example()), &computations, 10 * DAY);

    assert_eq!(plan.exit, Some(54 * DAY));
    let dates: Vec<Option<i64>> = plan.schedule.iter().map(|returning| returning.back).collect();
    assert_eq!(dates, [Some(42 * DAY), Some(54 * DAY), Some(17 * DAY)]);
    let calls: Vec<Option<Vec<u8>>> =
        plan.steps.iter().map(|step| step.call().map(|call| call.encode())).collect();
    let (reserve, out) = (bytes("13000000002cb41780"), bytes("0b000000002cb41780"));
    assert_eq!(calls, [Some(reserve), None, Some(out)]);
    assert_eq!(plan.steps[1], LeaveStep::Wait { until: Some(54 * DAY) });
}

#[test]
fn nothing_to_take_home_makes_an_empty_plan() {
    let only_in_flight =
        TokenRecord { incoming: mpc(1), outgoing: mpc(2), ..TokenRecord::default() };

    assert_eq!(leave(None, &BTreeMap::new(), 0), LeavePlan::default());
    assert_eq!(leave(Some(&only_in_flight), &BTreeMap::new(), 0), LeavePlan::default());
}

#[test]
fn free_tokens_leave_at_once_and_so_do_matured_ones() {
    let matured = TokenRecord {
        free: mpc(1),
        pending: vec![Pending { amount: mpc(2), unlock_time: 5 }],
        ..TokenRecord::default()
    };

    let plan = leave(Some(&matured), &BTreeMap::new(), 5 + PENDING_PERIOD_MS);

    assert_eq!(plan.steps, [LeaveStep::Disassociate { amount: mpc(3) }]);
}

#[test]
fn a_reserve_that_covers_everything_is_not_set_again() {
    let computations = ending(&[(C, Some(28 * DAY)), (C2, Some(40 * DAY))]);
    let covers = |reserved| TokenRecord { reserved, incoming: 7, outgoing: 5, ..example() };

    let enough = leave(Some(&covers(mpc(75_000) + 12)), &computations, 10 * DAY);
    let too_little = leave(Some(&covers(mpc(75_000) + 11)), &computations, 10 * DAY);

    assert_eq!(enough.steps[0], LeaveStep::Wait { until: Some(54 * DAY) });
    assert_eq!(too_little.steps[0], LeaveStep::SetReserved { amount: mpc(75_000) + 12 });
}

#[test]
fn an_end_in_the_past_counts_from_now_and_an_unknown_end_makes_the_exit_unknown() {
    let overdue = ending(&[(C, Some(DAY)), (C2, Some(2 * DAY))]);
    let plan = leave(Some(&example()), &overdue, 10 * DAY);
    assert_eq!(plan.exit, Some(24 * DAY));

    for ends in [[(C, None), (C2, Some(DAY))], [(C, Some(i64::MAX)), (C2, Some(DAY))]] {
        let plan = leave(Some(&example()), &ending(&ends), 10 * DAY);
        assert_eq!(plan.exit, None, "{ends:?}");
        assert_eq!(plan.steps[1], LeaveStep::Wait { until: None });
    }
}

#[test]
fn the_schedule_names_every_amount_that_is_not_free() {
    let plan = leave(Some(&example()), &ending(&[(C, Some(28 * DAY))]), 10 * DAY);

    let on_the_way = |from, back| Returning { from, amount: mpc(500), back };
    let expected = [
        on_the_way(ReturningFrom::Contract(C), Some(42 * DAY)),
        on_the_way(ReturningFrom::Contract(C2), None),
        on_the_way(ReturningFrom::Release(3 * DAY), Some(17 * DAY)),
    ];
    assert_eq!(plan.schedule, expected);
}
