//! The stake of one account: where each of its tokens is, and the moves between those places.
//!
//! ```text
//!           associate         credit               allocate            release          14 days
//!  balance ──────────▶ incoming ────▶ free ────────────────▶ allocated ───────▶ pending ──────▶ free
//!     ▲                               │ ▲
//!     └───────── outgoing ◀───────────┘ │
//!                   │     debit         │
//!                   └───────────────────┘ restore
//! ```
//!
//! Invariants:
//! - A token is in exactly one place. The places are stored and the whole is derived.
//! - A refused transition leaves the record untouched: check everything, then write.
//! - Whatever writes a record sweeps it first, so that no stored record holds matured tokens.
//!
//! Not here: who may call (`tokens`), which nodes are picked (`selection`), scores (`score`).
//!
//! Source: `run-a-zk-node.md`, "Deregister as a ZK node"; `registry.md` 5.

use core::iter;
use core::time::Duration;

use create_type_spec_derive::CreateTypeSpec;
use pbc_contract_common::address::Address;
use pbc_contract_common::sorted_vec_map::SortedVecMap;
use read_write_state_derive::ReadWriteState;

use super::rejection::Rejection;
use super::units::{stored, ServedContract, Timestamp, TokenAmount};

/// How long released tokens stay pending before they are free again: 14 days, in milliseconds.
///
/// Source: `run-a-zk-node.md`, "How long does it take for pending tokens to become unlocked?".
pub const PENDING_PERIOD_MS: u64 = 14 * 24 * 60 * 60 * 1_000;

/// The most allocations and pending entries together with which a node is still given new work.
///
/// Source: registry.md 2 (D-34).
pub const MAX_RECORD_ENTRIES: usize = 1_000;

/// The tokens of one account, as stored. All amounts in units of 1/10,000 MPC, never negative.
#[derive(ReadWriteState, CreateTypeSpec, Clone, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct ZkNodeTokens {
    /// The share of each served contract, each above 0.
    pub allocated_tokens: SortedVecMap<Address, i64>,
    /// From this time on (inclusive, ms) the stake is not offered to new work.
    pub expiration_timestamp: Option<i64>,
    /// Free tokens, not counting pending ones that have matured since the last write.
    pub free_tokens: i64,
    /// Tokens on their way back; at most one entry for each release time, in no order.
    pub pending_unlock: Vec<Pending>,
    /// The part of the free tokens that new allocations must leave alone. May exceed the total.
    pub reserved_tokens: i64,
    /// Associations whose token transfer is under way.
    pub incoming_tokens: i64,
    /// Disassociations whose token transfer is under way.
    pub outgoing_tokens: i64,
}

/// Tokens on their way back from served contracts.
///
/// Each release keeps its own clock: a later release never delays an earlier one.
#[derive(ReadWriteState, CreateTypeSpec, Clone, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Pending {
    /// Units of 1/10,000 MPC, above 0.
    pub amount: i64,
    /// When the tokens were released (ms), whatever the name says; free [`PENDING_PERIOD_MS`]
    /// later.
    ///
    /// Source: `run-a-zk-node.md`, "How to check if your tokens are pending unlock" (D-05).
    pub unlock_time: i64,
}

/// Where the tokens of an account are at one moment, for messages and views.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buckets {
    /// Free, matured ones included.
    pub free: TokenAmount,
    /// In computations.
    pub allocated: TokenAmount,
    /// Released less than 14 days ago.
    pub pending: TokenAmount,
    /// When the first of the pending ones become free; `None` without them or beyond `i64`.
    pub next_unlock: Option<Timestamp>,
}

impl ZkNodeTokens {
    /// The tokens that can be allocated or disassociated at `now`.
    pub fn free(&self, now: Timestamp) -> TokenAmount {
        let matured = self.pending_unlock.iter().filter(|pending| pending.has_matured(now));
        iter::once(self.free_tokens).chain(matured.map(|pending| pending.amount)).map(stored).sum()
    }

    /// All tokens in computations.
    pub fn allocated(&self) -> TokenAmount {
        self.allocated_tokens.values().copied().map(stored).sum()
    }

    /// The tokens that are still locked at `now`, less than 14 days after their release.
    pub fn pending(&self, now: Timestamp) -> TokenAmount {
        self.immature(now).map(|pending| stored(pending.amount)).sum()
    }

    /// Free, allocated and pending tokens together. The reserve is no part of it, it is a floor
    /// under the free ones; tokens in flight are not counted.
    pub fn total(&self) -> TokenAmount {
        let pending = self.pending_unlock.iter().map(|pending| pending.amount);
        let allocated = self.allocated_tokens.values().copied();
        iter::once(self.free_tokens).chain(allocated).chain(pending).map(stored).sum()
    }

    /// The floor under the free tokens.
    pub fn reserved(&self) -> TokenAmount {
        stored(self.reserved_tokens)
    }

    /// Associations under way.
    pub fn incoming(&self) -> TokenAmount {
        stored(self.incoming_tokens)
    }

    /// Disassociations under way.
    pub fn outgoing(&self) -> TokenAmount {
        stored(self.outgoing_tokens)
    }

    /// Free, allocated and pending at `now`.
    pub fn buckets(&self, now: Timestamp) -> Buckets {
        Buckets {
            free: self.free(now),
            allocated: self.allocated(),
            pending: self.pending(now),
            next_unlock: self.immature(now).filter_map(Pending::unlocks_at).min(),
        }
    }

    /// The record as a sweep at `now` would leave it.
    pub fn swept(&self, now: Timestamp) -> ZkNodeTokens {
        let mut swept = self.clone();
        swept.sweep(now);
        swept
    }

    /// How many computations the account works for.
    pub fn running(&self) -> usize {
        self.allocated_tokens.len()
    }

    /// Allocations and immature pending amounts at `now`: what [`MAX_RECORD_ENTRIES`] bounds.
    pub fn entries(&self, now: Timestamp) -> usize {
        self.running().saturating_add(self.immature(now).count())
    }

    /// Whether the stake is withheld from new work at `now`; the expiration itself is expired.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expiration().is_some_and(|expiration| expiration <= now)
    }

    /// From when on the stake is withheld from new work, if ever.
    pub fn expiration(&self) -> Option<Timestamp> {
        self.expiration_timestamp.map(Timestamp::from_millis)
    }

    /// Whether a new `share` leaves at least the reserved tokens free; equality is enough.
    pub fn can_spare(&self, share: TokenAmount, now: Timestamp) -> bool {
        self.free(now).checked_sub(share).is_some_and(|left| left >= self.reserved())
    }

    /// Whether nothing is left that the record would have to remember. Such a record is not stored,
    /// and its reserve and expiration go with it (D-11).
    pub fn is_empty(&self) -> bool {
        self.free_tokens == 0
            && self.incoming_tokens == 0
            && self.outgoing_tokens == 0
            && self.allocated_tokens.is_empty()
            && self.pending_unlock.is_empty()
    }

    fn immature(&self, now: Timestamp) -> impl Iterator<Item = &Pending> {
        self.pending_unlock.iter().filter(move |pending| !pending.has_matured(now))
    }

    /// Moves every amount that has matured at `now` to the free tokens.
    pub(crate) fn sweep(&mut self, now: Timestamp) {
        self.set_free(self.free(now), now);
    }

    /// Notes that `amount` tokens are on their way in.
    ///
    /// # Errors
    ///
    /// [`Rejection::BalanceOverflow`] if the total and all amounts in flight would leave the range
    /// of `i64`. This is the one place where the whole grows, so no callback can overflow.
    pub(crate) fn expect_incoming(
        &mut self,
        amount: TokenAmount,
        now: Timestamp,
    ) -> Result<(), Rejection> {
        let (total, incoming, outgoing) = (self.total(), self.incoming(), self.outgoing());
        let whole = [incoming, outgoing, amount]
            .into_iter()
            .try_fold(total, |whole, part| whole.checked_add(part));
        if whole.is_none() {
            return Err(Rejection::BalanceOverflow { amount, total, incoming, outgoing });
        }

        self.sweep(now);
        self.incoming_tokens = together(incoming, amount).units();
        Ok(())
    }

    /// Ends an association under way: `None` if less than `amount` is. The tokens become free if
    /// they have `arrived`.
    pub(crate) fn settle_incoming(
        &mut self,
        amount: TokenAmount,
        arrived: bool,
        now: Timestamp,
    ) -> Option<()> {
        let left = self.incoming().checked_sub(amount)?;

        self.sweep(now);
        self.incoming_tokens = left.units();
        if arrived {
            self.free_tokens = together(stored(self.free_tokens), amount).units();
        }
        Some(())
    }

    /// Takes `amount` free tokens out, reserved ones first. Returns by how much that lowers the
    /// reserve: this cut comes back with the tokens if their transfer fails.
    ///
    /// # Errors
    ///
    /// [`Rejection::InsufficientFree`] if fewer than `amount` tokens are free at `now`.
    pub(crate) fn debit(
        &mut self,
        amount: TokenAmount,
        now: Timestamp,
    ) -> Result<TokenAmount, Rejection> {
        let Some(left) = self.free(now).checked_sub(amount) else {
            return Err(Rejection::InsufficientFree { asked: amount, buckets: self.buckets(now) });
        };
        let reserved = self.reserved();
        let cut = amount.min(reserved);

        self.set_free(left, now);
        self.reserved_tokens = reserved.checked_sub(cut).unwrap_or_default().units();
        self.outgoing_tokens = together(self.outgoing(), amount).units();
        Ok(cut)
    }

    /// Ends a disassociation under way: `None` if less than `amount` is. Tokens that have not
    /// `left` are free again, and the reserve rises by the `cut` that taking them made.
    pub(crate) fn settle_outgoing(
        &mut self,
        amount: TokenAmount,
        cut: TokenAmount,
        left: bool,
        now: Timestamp,
    ) -> Option<()> {
        let still_out = self.outgoing().checked_sub(amount)?;

        self.sweep(now);
        self.outgoing_tokens = still_out.units();
        if !left {
            self.free_tokens = together(stored(self.free_tokens), amount).units();
            self.reserved_tokens = self.reserved().saturating_add(cut).units();
        }
        Some(())
    }

    /// Sets the floor under the free tokens.
    pub(crate) fn reserve(&mut self, floor: TokenAmount, now: Timestamp) {
        self.sweep(now);
        self.reserved_tokens = floor.units();
    }

    /// Sets or clears the time from which on the stake is not offered to new work.
    pub(crate) fn expire_at(&mut self, expiration: Option<Timestamp>, now: Timestamp) {
        self.sweep(now);
        self.expiration_timestamp = expiration.map(Timestamp::millis);
    }

    /// Moves a share to the computation of `to`. Eligibility has been decided before.
    pub(crate) fn allocate(&mut self, to: ServedContract, share: TokenAmount, now: Timestamp) {
        let left = self.free(now).checked_sub(share).expect("invariant: an engine was eligible");

        self.set_free(left, now);
        self.allocated_tokens.insert(to.address(), share.units());
    }

    /// Moves the share of `from` to the pending tokens; their 14 days begin at `now`.
    pub(crate) fn release(&mut self, from: ServedContract, now: Timestamp) {
        self.sweep(now);
        if let Some(share) = self.allocated_tokens.remove(&from.address()) {
            self.add_pending(stored(share), now);
        }
    }

    /// One entry for each release time, wherever it stands (D-06).
    fn add_pending(&mut self, amount: TokenAmount, now: Timestamp) {
        let same_time = |pending: &&mut Pending| pending.unlock_time == now.millis();
        if let Some(pending) = self.pending_unlock.iter_mut().find(same_time) {
            pending.amount = together(stored(pending.amount), amount).units();
        } else {
            let unlock_time = now.millis();
            self.pending_unlock.push(Pending { amount: amount.units(), unlock_time });
        }
    }

    /// Writes the new free balance and drops the pending amounts that it already includes.
    fn set_free(&mut self, free: TokenAmount, now: Timestamp) {
        self.free_tokens = free.units();
        self.pending_unlock.retain(|pending| !pending.has_matured(now));
    }
}

impl Pending {
    /// When the tokens become free (inclusive); `None` beyond the range of `i64`.
    pub fn unlocks_at(&self) -> Option<Timestamp> {
        self.released_at().checked_add(Duration::from_millis(PENDING_PERIOD_MS))
    }

    /// When the tokens were released.
    pub fn released_at(&self) -> Timestamp {
        Timestamp::from_millis(self.unlock_time)
    }

    /// True from the very millisecond at which [`PENDING_PERIOD_MS`] has passed.
    pub fn has_matured(&self, now: Timestamp) -> bool {
        now.since(self.released_at()) >= Duration::from_millis(PENDING_PERIOD_MS)
    }
}

/// The sum of two parts of one record; see the bound in [`ZkNodeTokens::expect_incoming`].
fn together(one: TokenAmount, other: TokenAmount) -> TokenAmount {
    [one, other].into_iter().sum()
}

#[cfg(test)]
mod tests;
