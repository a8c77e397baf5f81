//! The work of one served contract: its nodes in engine order, and what the contract says of them.
//!
//! Not here: choosing the nodes (`selection`), releasing them (`ends`).
//!
//! Source: `registry.md` 3.1, 8, 9.

use core::time::Duration;

use create_type_spec_derive::CreateTypeSpec;
use pbc_contract_common::address::Address;
use pbc_contract_common::PublicKey;
use read_write_rpc_derive::ReadWriteRPC;
use read_write_state_derive::ReadWriteState;

use super::rejection::Rejection;
use super::score::ZkNodeScoreStatus;
use super::units::{stored, Timestamp, TokenAmount};

/// For how long a computation is planned at first: 28 days, in milliseconds.
///
/// Source: registry.md 2.
pub const COMPUTATION_PERIOD_MS: u64 = 28 * 24 * 60 * 60 * 1_000;

/// The least by which one payment may extend a computation: 1 day, in milliseconds (D-31).
pub const EXTENSION_MIN_MS: i64 = 24 * 60 * 60 * 1_000;

/// The most by which one payment may extend a computation: 182 days, in milliseconds (D-31).
pub const EXTENSION_MAX_MS: i64 = 182 * EXTENSION_MIN_MS;

/// Milliseconds that one unit of gas buys, times the stakes of the computation in units.
///
/// The staking fee is 1 % of the locked MPC × 40,000 gas for 28 days, so stakes of `T` units cost
/// `0.04 T` gas, and 2,419,200,000 ms ÷ 0.04 = 60,480,000,000. Source: registry.md 9.3.
pub const EXTENSION_MS_PER_GAS_NUMERATOR: i64 = 60_480_000_000;

/// What the registry keeps for a served contract from request to release.
#[derive(ReadWriteState, CreateTypeSpec, Clone, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Computation {
    /// The nodes, distinct, in engine order: 1 to 16 of them, more only if imported.
    pub nodes: Vec<Address>,
    /// The tokens of each node (units), above 0.
    pub share: i64,
    /// What the request asked for (units): `k (share − 1) < total_stakes ≤ k × share`.
    pub total_stakes: i64,
    /// The registry's best knowledge of the deadline (ms), for people who plan. Never falls, and no
    /// rule reads it (D-29). Unknown for imported computations until the contract answers.
    pub allocation_end: Option<i64>,
}

impl Computation {
    /// When the work should end, as far as the registry knows.
    pub fn planned_end(&self) -> Option<Timestamp> {
        self.allocation_end.map(Timestamp::from_millis)
    }

    /// The tokens of each node.
    pub fn share(&self) -> TokenAmount {
        stored(self.share)
    }

    /// Moves the planned end forward; an earlier one changes nothing, whoever says so.
    pub(crate) fn expect_end(&mut self, end: Timestamp) {
        self.allocation_end = self.allocation_end.max(Some(end.millis()));
    }
}

/// The planned end of a computation that begins at `now`: 28 days later, saturating.
pub(crate) fn first_planned_end(now: Timestamp) -> Timestamp {
    now.saturating_add(Duration::from_millis(COMPUTATION_PERIOD_MS))
}

/// What a served contract says of one of its nodes.
#[derive(ReadWriteRPC, ReadWriteState, CreateTypeSpec, Clone, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct EngineStatus {
    /// The node.
    pub engine: Address,
    /// The verdict on it.
    pub status: ZkNodeScoreStatus,
}

/// What a request returns for each node, in engine order.
#[derive(ReadWriteRPC, ReadWriteState, CreateTypeSpec, Clone, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct EngineInformation {
    /// The operator's account.
    pub identity: Address,
    /// The node's key; none without the block producer check.
    pub public_key: Option<PublicKey>,
    /// Where the node answers.
    pub rest_endpoint: String,
}

/// Puts the statuses of a list into engine order. The list names every engine once and no other
/// node, in any order (D-14).
///
/// # Errors
///
/// [`Rejection::StatusNodeForeign`] and [`Rejection::StatusNodeRepeated`], both while reading the
/// list from the front, then [`Rejection::StatusNodeMissing`] for the first engine without one.
pub(crate) fn statuses_in_order(
    engines: &[Address],
    statuses: &[EngineStatus],
) -> Result<Vec<ZkNodeScoreStatus>, Rejection> {
    let mut verdicts = vec![None; engines.len()];
    for EngineStatus { engine, status } in statuses {
        let place = engines.iter().zip(&mut verdicts).find(|(candidate, _)| *candidate == engine);
        match place {
            None => return Err(Rejection::StatusNodeForeign { node: *engine }),
            Some((_, Some(_))) => return Err(Rejection::StatusNodeRepeated { node: *engine }),
            Some((_, verdict)) => *verdict = Some(*status),
        }
    }
    let in_order = engines.iter().zip(verdicts);
    in_order
        .map(|(engine, verdict)| verdict.ok_or(Rejection::StatusNodeMissing { node: *engine }))
        .collect()
}
