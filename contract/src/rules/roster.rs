//! The roster: the numbered list of the nodes that may be drawn, without gaps.
//!
//! Members are exactly the accounts whose node is active and not disabled and whose whole stake
//! reaches `max(1, min_node_stake)`; so idle registrations cannot slow a draw. Positions depend on
//! history: a leaving member is replaced by the last one.
//!
//! **Invariant:** `roster` and `roster_position` are inverse to each other.
//!
//! Source: registry.md 7.2 (D-25).

use pbc_contract_common::address::Address;

use super::node::ZkNode;
use super::stake::ZkNodeTokens;
use super::units::TokenAmount;
use crate::{RegistryState, Settings};

/// Whether an account with this node and these tokens belongs into the roster.
pub fn belongs_in_roster(
    node: Option<&ZkNode>,
    tokens: Option<&ZkNodeTokens>,
    settings: &Settings,
) -> bool {
    node.is_some_and(may_be_drawn) && has_enough_stake(tokens, settings)
}

fn may_be_drawn(node: &ZkNode) -> bool {
    node.is_active() && !node.is_disabled
}

/// The stake half of membership: it changes only where the total crosses the minimum.
pub(crate) fn has_enough_stake(tokens: Option<&ZkNodeTokens>, settings: &Settings) -> bool {
    let total = tokens.map_or(TokenAmount::ZERO, ZkNodeTokens::total);
    total >= settings.least_stake()
}

impl RegistryState {
    /// Brings an account into the roster or out of it, as its records say.
    pub(crate) fn update_roster(
        &mut self,
        account: Address,
        node: Option<&ZkNode>,
        tokens: Option<&ZkNodeTokens>,
    ) {
        let belongs = belongs_in_roster(node, tokens, &self.settings);
        match self.roster_position.get(&account) {
            None if belongs => self.append_to_roster(account),
            Some(position) if !belongs => self.drop_from_roster(account, position),
            _ => {}
        }
    }

    /// How many nodes may be drawn.
    pub(crate) fn roster_length(&self) -> u32 {
        u32::try_from(self.roster.len()).expect("invariant: a roster has less than 2^32 members")
    }

    fn append_to_roster(&mut self, account: Address) {
        let position = self.roster_length();
        self.roster.insert(position, account);
        self.roster_position.insert(account, position);
    }

    fn drop_from_roster(&mut self, account: Address, position: u32) {
        let last = self.roster_length().checked_sub(1).expect("invariant: a member is there");
        if position != last {
            let mover = self.roster.get(&last).expect("invariant: the roster has no gaps");
            self.roster.insert(position, mover);
            self.roster_position.insert(mover, position);
        }
        self.roster.remove(&last);
        self.roster_position.remove(&account);
    }
}

#[cfg(test)]
mod tests;
