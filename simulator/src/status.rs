//! Where everybody's tokens are at one moment, and how their nodes have done.
//!
//! Every number is asked of the contract's own views; this module only collects and shows. The
//! moment is given: tokens whose 14 days are over by then count as free, as they do in any call.
//!
//! Source: `registry.md` 2, 4.2 and 11.2.

mod csv;
mod json;
mod table;

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp as Utc;
use pbc_contract_common::address::Address;
use zk_node_registry::rules::stake::Buckets;
use zk_node_registry::rules::units::{Timestamp, TokenAmount};
use zk_node_registry::{ZkNode, ZkNodeTokens};

use crate::image::Image;

pub use self::table::Style;
pub(crate) use self::table::{draw, mpc, rows, table};

/// How many accounts are named that someone may have meant.
const MOST_SUGGESTED: usize = 3;

/// In how many hex digits they may differ from what was asked for.
const CLOSE_ENOUGH: usize = 8;

/// What there is to say about some accounts at one moment, ascending by address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The moment.
    pub now: Timestamp,
    /// Those that have a node record, a token record, or both.
    pub accounts: Vec<AccountStatus>,
    /// How many nodes may be drawn, those not listed included.
    pub roster_length: usize,
}

/// One account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountStatus {
    /// Its address.
    pub account: Address,
    /// Its node, if it ever registered one.
    pub node: Option<ZkNode>,
    /// Its tokens, if it has some in the registry.
    pub tokens: Option<TokensStatus>,
    /// Its place among the nodes that may be drawn.
    pub roster_position: Option<usize>,
}

/// The tokens of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokensStatus {
    /// Free, allocated and pending; matured tokens are free.
    pub buckets: Buckets,
    /// Free, allocated and pending together.
    pub total: TokenAmount,
    /// The floor under the free tokens.
    pub reserved: TokenAmount,
    /// Associations under way.
    pub incoming: TokenAmount,
    /// Disassociations under way.
    pub outgoing: TokenAmount,
    /// The share of each served contract, ascending by its address.
    pub allocations: Vec<AllocationStatus>,
    /// What is still locked, in the order of becoming free.
    pub pending: Vec<PendingStatus>,
    /// From when on the stake is not offered to new work.
    pub expiration: Option<Timestamp>,
    /// Whether it is not offered now.
    pub has_expired: bool,
}

/// Tokens in one computation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllocationStatus {
    /// The served contract.
    pub contract: Address,
    /// The share (units).
    pub units: i64,
    /// When its work should end, as far as the registry knows.
    pub planned_end: Option<Timestamp>,
}

/// Tokens on their way back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingStatus {
    /// How many (units).
    pub units: i64,
    /// When they were released.
    pub released_at: Timestamp,
    /// When they are free (inclusive); `None` beyond the range of `i64`.
    pub unlocks_at: Option<Timestamp>,
}

/// No account of the registry has the address that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoSuchNode {
    /// What was asked for.
    pub address: Address,
    /// The accounts most like it, the most likely first.
    pub close: Vec<Address>,
}

impl fmt::Display for NoSuchNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the registry knows no account {:x}", self.address)?;
        let close: Vec<String> = self.close.iter().map(|one| format!("{one:x}")).collect();
        match close.as_slice() {
            [] => Ok(()),
            _ => write!(f, "; did you mean {}?", close.join(" or ")),
        }
    }
}

impl std::error::Error for NoSuchNode {}

impl Status {
    /// All accounts of `image` at `now`. The image was loaded or imported: no amount is negative.
    pub fn of_all(image: &Image, now: Timestamp) -> Status {
        let positions = positions(image);
        let mut accounts: Vec<Address> =
            image.zk_nodes.keys().chain(image.staked_tokens.keys()).copied().collect();
        accounts.sort_unstable();
        accounts.dedup();
        let status = |account| AccountStatus::of(image, account, &positions, now);
        let accounts = accounts.into_iter().map(status).collect();
        Status { now, accounts, roster_length: image.roster.len() }
    }

    /// The accounts `nodes` of `image` at `now`.
    ///
    /// # Errors
    ///
    /// [`NoSuchNode`] for the first that is unknown.
    pub fn of_some(image: &Image, nodes: &[Address], now: Timestamp) -> Result<Status, NoSuchNode> {
        nodes.iter().try_for_each(|node| find_account(image, node))?;
        let mut accounts = nodes.to_vec();
        accounts.sort_unstable();
        accounts.dedup();
        let positions = positions(image);
        let status = |account| AccountStatus::of(image, account, &positions, now);
        let accounts = accounts.into_iter().map(status).collect();
        Ok(Status { now, accounts, roster_length: image.roster.len() })
    }

    /// The account `node` of `image` at `now`.
    ///
    /// # Errors
    ///
    /// [`NoSuchNode`].
    pub fn of_one(image: &Image, node: Address, now: Timestamp) -> Result<Status, NoSuchNode> {
        Status::of_some(image, &[node], now)
    }
}

impl AccountStatus {
    fn of(
        image: &Image,
        account: Address,
        positions: &BTreeMap<Address, usize>,
        now: Timestamp,
    ) -> AccountStatus {
        AccountStatus {
            account,
            node: image.zk_nodes.get(&account).cloned(),
            tokens: image
                .staked_tokens
                .get(&account)
                .map(|tokens| TokensStatus::of(tokens, image, now)),
            roster_position: positions.get(&account).copied(),
        }
    }

    /// In how many computations the account works.
    pub fn running(&self) -> usize {
        self.tokens.as_ref().map_or(0, |tokens| tokens.allocations.len())
    }
}

impl TokensStatus {
    fn of(tokens: &ZkNodeTokens, image: &Image, now: Timestamp) -> TokensStatus {
        let allocations = tokens.allocated_tokens.iter().map(|(contract, units)| {
            let computation = image.computations.get(contract);
            let planned_end = computation.and_then(|computation| computation.planned_end());
            AllocationStatus { contract: *contract, units: *units, planned_end }
        });
        let swept = tokens.swept(now);
        let pending = swept.pending_unlock.iter().map(|pending| PendingStatus {
            units: pending.amount,
            released_at: pending.released_at(),
            unlocks_at: pending.unlocks_at(),
        });
        let mut pending: Vec<PendingStatus> = pending.collect();
        pending.sort_by_key(|pending| pending.released_at);
        TokensStatus {
            buckets: tokens.buckets(now),
            total: tokens.total(),
            reserved: tokens.reserved(),
            incoming: tokens.incoming(),
            outgoing: tokens.outgoing(),
            allocations: allocations.collect(),
            pending,
            expiration: tokens.expiration(),
            has_expired: tokens.has_expired(now),
        }
    }
}

/// Makes sure that `image` has the account.
///
/// # Errors
///
/// [`NoSuchNode`].
pub fn find_account(image: &Image, account: &Address) -> Result<(), NoSuchNode> {
    if image.zk_nodes.contains_key(account) || image.staked_tokens.contains_key(account) {
        return Ok(());
    }
    Err(NoSuchNode { address: *account, close: close_to(account, image) })
}

fn positions(image: &Image) -> BTreeMap<Address, usize> {
    image.roster.iter().enumerate().map(|(position, account)| (*account, position)).collect()
}

/// The accounts whose addresses are most like `address`.
fn close_to(address: &Address, image: &Image) -> Vec<Address> {
    let asked = format!("{address:x}");
    let accounts = image.zk_nodes.keys().chain(image.staked_tokens.keys());
    let mut close: Vec<(usize, Address)> = accounts
        .map(|account| (strsim::osa_distance(&asked, &format!("{account:x}")), *account))
        .filter(|(distance, _)| *distance <= CLOSE_ENOUGH)
        .collect();
    close.sort_unstable();
    close.dedup();
    close.into_iter().take(MOST_SUGGESTED).map(|(_, account)| account).collect()
}

/// `time` in ISO 8601, UTC; as a number where the calendar ends.
pub(crate) fn date(time: Timestamp) -> String {
    match Utc::from_millisecond(time.millis()) {
        Ok(utc) => utc.to_string(),
        Err(_) => format!("{} ms", time.millis()),
    }
}
