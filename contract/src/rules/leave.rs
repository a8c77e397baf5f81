//! The way out: the flowchart of the operators' guide as a function of one account's records.
//!
//! The plan reserves first, so that what returns is not allocated again at once; it waits for the
//! end of every allocation and for the 14 days behind it; then it takes everything out. No bound on
//! leaving exists against somebody who keeps buying extensions, and a late report delays the start
//! of the 14 days: whoever shows the plan must say so.
//!
//! Source: `run-a-zk-node.md`, "Deregister as a ZK node" (flowchart); registry.md 13.

use core::time::Duration;

use pbc_contract_common::address::Address;

use super::stake::{ZkNodeTokens, PENDING_PERIOD_MS};
use super::units::{stored, Timestamp, TokenAmount};
use super::work::Computation;

/// How an account gets all its tokens out, as far as the registry knows at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeavePlan {
    /// What to do, in order; empty when there is nothing to take out.
    pub steps: Vec<LeaveStep>,
    /// What comes back when, besides what is free already: allocations in the order of contracts,
    /// then pending amounts in the order stored.
    pub schedule: Vec<Return>,
}

/// One step of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaveStep {
    /// Call `set_reserved_tokens` now.
    SetReserved {
        /// Everything the account has, in flight included.
        amount: TokenAmount,
    },
    /// Wait; `None` if the date is unknown.
    WaitUntil {
        /// When the last tokens become free (inclusive).
        exit: Option<Timestamp>,
    },
    /// Call `disassociate_tokens`.
    Disassociate {
        /// All that is free then.
        amount: TokenAmount,
    },
}

/// Tokens that become free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Return {
    /// How many.
    pub amount: TokenAmount,
    /// Where they are now.
    pub from: ReturnFrom,
    /// When they are free (inclusive); `None` if unknown or beyond the range of `i64`.
    pub free_at: Option<Timestamp>,
}

/// Where tokens are that will be free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReturnFrom {
    /// In the computation of a contract that should end at `planned_end`. An end in the past was
    /// not reported: anyone may ask by `check_contract_status`, and the plan counts from now.
    Computation {
        /// The served contract.
        contract: Address,
        /// When its work should end, as far as the registry knows.
        planned_end: Option<Timestamp>,
    },
    /// Released at this time.
    Pending {
        /// The start of the 14 days.
        released_at: Timestamp,
    },
}

impl LeavePlan {
    /// When all tokens are free: now if they are already, `None` if a date is unknown.
    pub fn exit(&self, now: Timestamp) -> Option<Timestamp> {
        self.schedule.iter().try_fold(now, |exit, back| back.free_at.map(|at| exit.max(at)))
    }
}

/// How the owner of `record` leaves. `computation` tells what the registry keeps for a served
/// contract.
pub fn leave(
    record: Option<&ZkNodeTokens>,
    computation: impl Fn(&Address) -> Option<Computation>,
    now: Timestamp,
) -> LeavePlan {
    let Some(record) = record.map(|record| record.swept(now)) else {
        return LeavePlan::default();
    };
    let total = record.total();
    if total == TokenAmount::ZERO {
        return LeavePlan::default();
    }

    let allocated = record.allocated_tokens.iter().map(|(contract, share)| {
        let planned_end = computation(contract).and_then(|known| known.planned_end());
        let free_at = planned_end.and_then(|end| after_pending(end.max(now)));
        let from = ReturnFrom::Computation { contract: *contract, planned_end };
        Return { amount: stored(*share), from, free_at }
    });
    let pending = record.pending_unlock.iter().map(|pending| {
        let from = ReturnFrom::Pending { released_at: pending.released_at() };
        Return { amount: stored(pending.amount), from, free_at: pending.unlocks_at() }
    });
    let schedule: Vec<Return> = allocated.chain(pending).collect();
    let mut plan = LeavePlan { steps: Vec::new(), schedule };

    if !plan.schedule.is_empty() {
        let whole = [total, record.incoming(), record.outgoing()].into_iter().sum();
        if record.reserved() < whole {
            plan.steps.push(LeaveStep::SetReserved { amount: whole });
        }
        plan.steps.push(LeaveStep::WaitUntil { exit: plan.exit(now) });
    }
    plan.steps.push(LeaveStep::Disassociate { amount: total });
    plan
}

fn after_pending(end: Timestamp) -> Option<Timestamp> {
    end.checked_add(Duration::from_millis(PENDING_PERIOD_MS))
}

#[cfg(test)]
mod tests;
