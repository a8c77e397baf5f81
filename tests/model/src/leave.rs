//! The way out of section 13 as a function.

use std::collections::BTreeMap;

use crate::call::Call;
use crate::constants::PENDING_PERIOD_MS;
use crate::state::{Address, Computation, TokenRecord, units};

/// The plan: what to do, and when which tokens come back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeavePlan {
    /// In order.
    pub steps: Vec<LeaveStep>,
    /// Allocations by contract, then pending amounts as stored on the swept view.
    pub schedule: Vec<Returning>,
    /// The latest date of the schedule: `None` if one of them is unknown, or if there is none.
    pub exit: Option<i64>,
}

/// One step of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaveStep {
    /// `13`, now.
    SetReserved {
        /// `W + I + O`, in units.
        amount: i64,
    },
    /// Wait for the last tokens.
    Wait {
        /// The exit; `None` is unknown.
        until: Option<i64>,
    },
    /// `0b`: now if nothing came before, otherwise after the wait, with all that is free then.
    Disassociate {
        /// `W`, in units.
        amount: i64,
    },
}

/// Tokens on their way back to free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Returning {
    /// Where they are.
    pub from: ReturningFrom,
    /// How many, in units.
    pub amount: i64,
    /// When they are free; `None` is unknown.
    pub back: Option<i64>,
}

/// Where tokens are that are not free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReturningFrom {
    /// Allocated to this contract.
    Contract(Address),
    /// Released at this time.
    Release(i64),
}

impl LeaveStep {
    /// The call of the step, if it is one.
    pub fn call(&self) -> Option<Call> {
        match *self {
            LeaveStep::SetReserved { amount } => {
                Some(Call::SetReservedTokens { new_reserved: amount })
            }
            LeaveStep::Wait { .. } => None,
            LeaveStep::Disassociate { amount } => {
                Some(Call::DisassociateTokens { token_amount: amount })
            }
        }
    }
}

/// `leave(record, computations, now)`.
pub fn leave(
    record: Option<&TokenRecord>,
    computations: &BTreeMap<Address, Computation>,
    now: i64,
) -> LeavePlan {
    let Some(record) = record else { return LeavePlan::default() };
    let r = record.swept(now);
    if r.total() == 0 {
        return LeavePlan::default();
    }
    let everything = LeaveStep::Disassociate { amount: units(r.total()) };
    if r.allocated.is_empty() && r.pending.is_empty() {
        return LeavePlan { steps: vec![everything], ..LeavePlan::default() };
    }

    let mut steps = Vec::new();
    if i128::from(r.reserved) < r.total_with_in_flight() {
        steps.push(LeaveStep::SetReserved { amount: units(r.total_with_in_flight()) });
    }

    let mut schedule = Vec::new();
    for (contract, share) in &r.allocated {
        let end = computations.get(contract).and_then(|computation| computation.allocation_end);
        let back = end.and_then(|end| fourteen_days_after(now.max(end)));
        schedule.push(Returning { from: ReturningFrom::Contract(*contract), amount: *share, back });
    }
    for pending in &r.pending {
        let back = fourteen_days_after(pending.unlock_time);
        let from = ReturningFrom::Release(pending.unlock_time);
        schedule.push(Returning { from, amount: pending.amount, back });
    }

    let dates: Option<Vec<i64>> = schedule.iter().map(|returning| returning.back).collect();
    let exit = dates.and_then(|dates| dates.into_iter().max());
    steps.push(LeaveStep::Wait { until: exit });
    steps.push(everything);
    LeavePlan { steps, schedule, exit }
}

/// A date beyond `i64` is unknown.
fn fourteen_days_after(time: i64) -> Option<i64> {
    time.checked_add(PENDING_PERIOD_MS)
}
