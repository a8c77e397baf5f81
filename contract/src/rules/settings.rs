//! What a registry is created with and never changes: its collaborators and its settings.
//!
//! Source: registry.md 3.1, 3.3, 10.1.

use create_type_spec_derive::CreateTypeSpec;
use pbc_contract_common::address::Address;
use read_write_state_derive::ReadWriteState;

use super::rejection::Rejection;
use super::units::{stored, TokenAmount};
use crate::wire;

/// The contracts around the registry. Each is trusted in its role and no further: none can move
/// tokens, end a computation other than by a deletion notice, or lift a ban.
#[derive(ReadWriteState, CreateTypeSpec, Clone, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Collaborators {
    /// Knows the block producers' keys and jurisdictions.
    pub bp_orchestration: Address,
    /// Bans nodes.
    pub voting: Address,
    /// Asks for nodes for what it deploys; reports deletions.
    pub zk_contract_deploy: Address,
}

/// What the deployer chose. A minimum of 0 is switched off.
#[derive(ReadWriteState, CreateTypeSpec, Clone, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Settings {
    /// The MPC-20 contract whose tokens are staked; its unit is 1/10,000 MPC.
    pub stake_token: Address,
    /// Whether only block producers can register.
    pub require_block_producer: bool,
    /// The least stake of a node (units), measured on its whole stake.
    pub min_node_stake: i64,
    /// The least stakes of a request (units).
    pub min_total_stakes: i64,
}

/// The minimum stake of a node in deployments: 75,000 MPC, in units.
///
/// Source: `run-a-zk-node.md`, "Requirements of a ZK node".
pub const DEFAULT_MIN_NODE_STAKE: i64 = 750_000_000;

/// The minimum stakes of a request in deployments: 2,000 MPC, in units.
///
/// Source: registry.md 2.
pub const DEFAULT_MIN_TOTAL_STAKES: i64 = 20_000_000;

impl Settings {
    /// # Errors
    ///
    /// [`Rejection::StakeTokenNotContract`], then [`Rejection::MinimumNegative`] for the first
    /// minimum below 0.
    pub(crate) fn check(&self) -> Result<(), Rejection> {
        if wire::is_account(&self.stake_token) {
            return Err(Rejection::StakeTokenNotContract { address: self.stake_token });
        }
        let minimums = [self.min_node_stake, self.min_total_stakes];
        match minimums.into_iter().find(|minimum| *minimum < 0) {
            Some(value) => Err(Rejection::MinimumNegative { value }),
            None => Ok(()),
        }
    }

    /// The least stake of a node; 0 is switched off.
    pub fn min_node_stake(&self) -> TokenAmount {
        stored(self.min_node_stake)
    }

    /// The least stakes of a request; 0 is switched off.
    pub fn min_total_stakes(&self) -> TokenAmount {
        stored(self.min_total_stakes)
    }

    /// What a node must have to be drawn: the minimum, but at least something.
    pub fn least_stake(&self) -> TokenAmount {
        self.min_node_stake().max(TokenAmount::ONE_UNIT)
    }
}

#[cfg(test)]
mod tests;
