//! Units of the registry: how much, when, and for whom.
//!
//! The wire and the stored state carry plain `i64` and [`Address`]; rules see these types only.
//! None of them implements `Add` or `Sub`: arithmetic that can fail is spelled `checked_*`.

use core::fmt;
use core::iter::Sum;
use core::time::Duration;

use pbc_contract_common::address::Address;

use super::rejection::Rejection;
use crate::wire;

/// The smallest units in one MPC.
pub const UNITS_PER_MPC: i64 = 10_000;

/// An amount of MPC, in units of 1/10,000. Never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenAmount(i64);

impl TokenAmount {
    /// No tokens.
    pub const ZERO: TokenAmount = TokenAmount(0);
    /// The smallest amount that is something.
    pub const ONE_UNIT: TokenAmount = TokenAmount(1);

    /// The amount behind `units` from the wire or the state; `None` if it is negative.
    pub const fn from_units(units: i64) -> Option<TokenAmount> {
        if units < 0 {
            None
        } else {
            Some(TokenAmount(units))
        }
    }

    /// The amount as the wire and the state carry it.
    pub const fn units(self) -> i64 {
        self.0
    }

    /// The sum, or `None` where it leaves the range of `i64`.
    pub fn checked_add(self, other: TokenAmount) -> Option<TokenAmount> {
        self.0.checked_add(other.0).map(TokenAmount)
    }

    /// The difference, or `None` where it would be negative.
    pub fn checked_sub(self, other: TokenAmount) -> Option<TokenAmount> {
        self.0.checked_sub(other.0).and_then(TokenAmount::from_units)
    }

    /// The sum, or the largest amount where it leaves the range of `i64`.
    pub fn saturating_add(self, other: TokenAmount) -> TokenAmount {
        TokenAmount(self.0.saturating_add(other.0))
    }

    /// The smallest share of which `parts` cover this amount; `parts` is at least 1.
    ///
    /// Source: registry.md 8.1, step 2 (D-21).
    pub fn share_of(self, parts: NodeCount) -> TokenAmount {
        let parts = i64::from(parts.get());
        let whole = self.0.div_euclid(parts);
        let rounded_up =
            if self.0.rem_euclid(parts) == 0 { whole } else { whole.saturating_add(1) };
        TokenAmount(rounded_up)
    }
}

/// Adds up the parts of one token record. Overflow here is a bug, not bad input: `associate` has
/// already bounded the whole, and every other transition only moves tokens between parts.
impl Sum for TokenAmount {
    fn sum<I: Iterator<Item = TokenAmount>>(parts: I) -> TokenAmount {
        parts.fold(TokenAmount::ZERO, |sum, part| {
            sum.checked_add(part).expect("invariant: the parts of a record fit in i64")
        })
    }
}

impl fmt::Display for TokenAmount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An amount that the registry itself wrote.
pub(crate) fn stored(units: i64) -> TokenAmount {
    TokenAmount::from_units(units).expect("invariant: stored amounts are not negative")
}

/// A point in time: the chain's block production time, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The time `millis` milliseconds after the start of 1970 (UTC), before it if negative.
    pub const fn from_millis(millis: i64) -> Timestamp {
        Timestamp(millis)
    }

    /// The time as the wire and the state carry it.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The time from `earlier` to `self`, or zero when `earlier` is not earlier.
    pub fn since(self, earlier: Timestamp) -> Duration {
        if earlier < self {
            Duration::from_millis(self.0.abs_diff(earlier.0))
        } else {
            Duration::ZERO
        }
    }

    /// The time `later` after `self`, or `None` where it leaves the range of `i64`.
    pub fn checked_add(self, later: Duration) -> Option<Timestamp> {
        let millis = i64::try_from(later.as_millis()).ok()?;
        self.0.checked_add(millis).map(Timestamp)
    }

    /// The time `later` after `self`, or the last one that `i64` can hold.
    pub fn saturating_add(self, later: Duration) -> Timestamp {
        self.checked_add(later).unwrap_or(Timestamp(i64::MAX))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The account behind a call: an address of type 00.
///
/// Source: registry.md 4.3 (D-04): stake and nodes belong to accounts only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Account(Address);

impl Account {
    /// The account that sent a call.
    ///
    /// # Errors
    ///
    /// [`Rejection::CallerNotAccount`] if `sender` is a contract.
    pub fn calling(sender: Address) -> Result<Account, Rejection> {
        if wire::is_account(&sender) {
            Ok(Account(sender))
        } else {
            Err(Rejection::CallerNotAccount { sender })
        }
    }

    /// Its address.
    pub const fn address(self) -> Address {
        self.0
    }
}

/// A contract for which nodes work: a ZK contract (type 03) or a public one (02). Never an
/// [`Account`], though both are addresses on the wire.
///
/// Source: registry.md 8.3 (D-23).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServedContract(Address);

impl ServedContract {
    /// The contract at `address`, if it is of a kind that nodes serve.
    ///
    /// # Errors
    ///
    /// [`Rejection::NotAServedContract`] for accounts, system and governance contracts.
    pub fn at(address: Address) -> Result<ServedContract, Rejection> {
        if wire::is_public_contract(&address) || wire::is_zk_contract(&address) {
            Ok(ServedContract(address))
        } else {
            Err(Rejection::NotAServedContract { address })
        }
    }

    /// The contract at an address under which a computation is stored, whatever its type: imported
    /// state may be odd, and a release is never refused.
    pub(crate) const fn holding(address: Address) -> ServedContract {
        ServedContract(address)
    }

    /// Its address.
    pub const fn address(self) -> Address {
        self.0
    }
}

/// The most nodes that one computation can have. The live network uses 4.
///
/// Source: registry.md 2 (D-34).
pub const MAX_NODES: u8 = 16;

/// How many nodes a request asks for: 1 to [`MAX_NODES`], both inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeCount(u8);

impl NodeCount {
    /// The count on the wire, whatever its integer type was.
    ///
    /// # Errors
    ///
    /// [`Rejection::NodeCountOutOfRange`] outside 1 to [`MAX_NODES`].
    pub fn from_wire(count: i64) -> Result<NodeCount, Rejection> {
        u8::try_from(count)
            .ok()
            .filter(|count| (1..=MAX_NODES).contains(count))
            .map(NodeCount)
            .ok_or(Rejection::NodeCountOutOfRange { count })
    }

    /// The number of nodes.
    pub const fn get(self) -> u8 {
        self.0
    }
}

#[cfg(test)]
mod tests;
