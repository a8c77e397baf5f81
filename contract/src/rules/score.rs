//! Endings of a computation, the verdict on each node, and the score that it moves.
//!
//! | ending | owed by this node | verdict |
//! | --- | --- | --- |
//! | calculation status becomes Done | any | success |
//! | calculation status becomes Malicious | any | failure, for honest nodes too |
//! | the contract is deleted | any | success |
//! | deadline reached, a computation ongoing | any | failure |
//! | deadline reached, none ongoing | at least one item of any kind | failure |
//! | deadline reached, none ongoing | nothing | success |
//!
//! The registry never sees work: the served contract decides by [`verdict`] and sends one byte for
//! each node. The score never steers selection (D-27).
//!
//! Source: `run-a-zk-node.md`, "Calculating the score"; `registry.md` 6.

use create_type_spec_derive::CreateTypeSpec;
use read_write_rpc_derive::ReadWriteRPC;
use read_write_state_derive::ReadWriteState;

/// How the work of a served contract came to its end. The first ending counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The calculation status became Done.
    Done,
    /// The calculation status became Malicious.
    Malicious,
    /// The contract was deleted.
    Deleted,
    /// The deadline was reached (`now >= deadline`); unless it computed, what a node still owed
    /// decides its verdict.
    DeadlineReached {
        /// Whether a computation was running at the deadline.
        computation_ongoing: bool,
    },
}

/// What one node had not done when the work ended. Off-chain inputs never count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OwedWork {
    /// Pending on-chain inputs that it neither opened nor rejected.
    pub on_chain_inputs: u32,
    /// Pending on-chain opens without its share.
    pub on_chain_opens: u32,
    /// Attestations without its signature.
    pub attestations: u32,
    /// Finished computations to which it neither committed a result nor reported that it cannot.
    pub finished_computations: u32,
}

impl OwedWork {
    /// Nothing of any kind.
    pub const NOTHING: OwedWork = OwedWork {
        on_chain_inputs: 0,
        on_chain_opens: 0,
        attestations: 0,
        finished_computations: 0,
    };
}

/// The verdict on a node that still owed `owed` when its contract ended like this. One item is
/// enough to fail, and there is no partial credit.
pub fn verdict(ending: Ending, owed: OwedWork) -> ZkNodeScoreStatus {
    match ending {
        Ending::Done | Ending::Deleted => ZkNodeScoreStatus::Success {},
        Ending::DeadlineReached { computation_ongoing: false } if owed == OwedWork::NOTHING => {
            ZkNodeScoreStatus::Success {}
        }
        Ending::Malicious | Ending::DeadlineReached { .. } => ZkNodeScoreStatus::Failure {},
    }
}

/// The verdict on one node, as it travels: one byte.
#[derive(ReadWriteRPC, ReadWriteState, CreateTypeSpec, Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum ZkNodeScoreStatus {
    /// Required actions were not performed.
    #[discriminant(0)]
    Failure {},
    /// The necessary actions were performed.
    #[discriminant(1)]
    Success {},
}

/// How the completed allocations of a node ended. `allocated = success + failure`, always; none of
/// the three ever falls.
///
/// Source: `run-a-zk-node.md`, "ZK Node Scoring" (D-12).
#[derive(ReadWriteState, CreateTypeSpec, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct ZkNodeScore {
    /// Completed allocations.
    pub allocated_score: i32,
    /// Those that failed.
    pub failure_score: i32,
    /// Those that succeeded.
    pub success_score: i32,
}

impl ZkNodeScore {
    /// Counts one completed allocation. A full score stands still as a whole.
    pub(crate) fn book(&mut self, status: ZkNodeScoreStatus) {
        let Some(allocated) = self.allocated_score.checked_add(1) else {
            return;
        };
        let part = match status {
            ZkNodeScoreStatus::Success {} => &mut self.success_score,
            ZkNodeScoreStatus::Failure {} => &mut self.failure_score,
        };
        *part = part.checked_add(1).expect("invariant: a part of the score is below the whole");
        self.allocated_score = allocated;
    }
}

#[cfg(test)]
mod tests;
