//! Amounts and times, at the edges where something changes.

use pbc_contract_common::address::Address;
use rand::Rng;
use zk_node_registry::ZkNodeTokens;
use zk_node_registry::rules::units::Timestamp;

use super::Pen;

/// One day, in milliseconds.
pub(super) const DAY: i64 = 86_400_000;

impl Pen<'_> {
    pub(super) fn timestamp(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    /// An amount that somebody might stake, in units: around the minimum, and seldom out of this
    /// world.
    pub(super) fn stake(&mut self) -> i64 {
        let least = self.facts.settings.min_node_stake.max(1);
        match self.chance.random_range(0..24) {
            0 => i64::MAX,
            1 => i64::MAX - self.chance.random_range(0..3_000),
            2 => i64::MAX / 2 - self.chance.random_range(0..3),
            3..6 => least,
            6 => least - 1 + i64::from(least == 1),
            7..12 => self.chance.random_range(1..=40),
            _ => self.chance.random_range(1..=1_000).max(least / 3),
        }
    }

    /// How much of a record its owner might take out, at most what is free.
    pub(super) fn part_of(&mut self, tokens: &ZkNodeTokens) -> i64 {
        let free = tokens.free(self.timestamp()).units();
        let reserved = tokens.reserved_tokens;
        let amount = match self.chance.random_range(0..6) {
            0 | 1 => free,
            2 => free.saturating_sub(reserved),
            3 => reserved.saturating_add(1),
            4 => 1,
            _ => self.chance.random_range(0..=free.max(0)),
        };
        amount.clamp(1, free.max(1))
    }

    /// A floor that an owner might set.
    pub(super) fn reserve(&mut self, tokens: &ZkNodeTokens) -> i64 {
        let free = tokens.free(self.timestamp()).units();
        let total = tokens.total().units();
        match self.chance.random_range(0..8) {
            0 => 0,
            1 => free,
            2 => free.saturating_sub(1).max(0),
            3 => total,
            4 => whole(tokens),
            5 if self.lot(1, 4) => i64::MAX,
            _ => self.chance.random_range(0..=total.max(1)),
        }
    }

    /// A time to come at which stake might expire.
    pub(super) fn expiration(&mut self) -> i64 {
        let ahead = match self.chance.random_range(0..8) {
            0 | 1 => 1,
            2 | 3 => DAY,
            4 => 14 * DAY,
            5 => 30 * DAY - self.now.rem_euclid(30 * DAY),
            6 => self.chance.random_range(1..=20 * DAY),
            _ if self.lot(1, 3) => i64::MAX,
            _ => 5 * DAY,
        };
        self.now.saturating_add(ahead.max(1))
    }

    pub(super) fn tokens(&self, account: &Address) -> Option<&ZkNodeTokens> {
        self.facts.staked_tokens.get(account)
    }
}

/// All tokens of a record, in flight included; what does not fit is cut off.
pub(super) fn whole(tokens: &ZkNodeTokens) -> i64 {
    tokens
        .total()
        .units()
        .saturating_add(tokens.incoming_tokens)
        .saturating_add(tokens.outgoing_tokens)
}
