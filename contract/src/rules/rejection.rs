//! Every reason to refuse a call, with its stable code.
//!
//! Not here: in which order reasons win. That is the row of the action in `registry.md` 4.3; it
//! differs between actions, so it lives in the rules.

use core::fmt;

use pbc_contract_common::address::Address;

use super::eligibility::Ineligibility;
use super::node::{Version, MAX_ENDPOINT_BYTES, MAX_JURISDICTION};
use super::stake::Buckets;
use super::units::{Timestamp, TokenAmount, MAX_NODES};

/// Why the registry refused an action and left its state as it was.
///
/// [`Rejection::code`] is public interface: codes are added, never changed; the prose behind them
/// may improve. It is the same in native and WASM builds of one version.
///
/// Source: registry.md 4.5.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // of fields: their names are the quantities that the message shows
pub enum Rejection {
    /// The sender is a contract.
    CallerNotAccount { sender: Address },
    /// The sender has no active node record.
    NotRegistered { sender: Address },
    /// The sender is not the contract that deploys ZK contracts.
    NotZkContractDeploy { sender: Address, expected: Address },
    /// The sender is not the voting contract.
    NotVoting { sender: Address, expected: Address },
    /// Nodes serve ZK contracts and public contracts only.
    NotAServedContract { address: Address },
    /// The contract has no computation.
    NoComputation { contract: Address },
    /// The stake token of a new registry is an account.
    StakeTokenNotContract { address: Address },
    /// A minimum of a new registry is below 0.
    MinimumNegative { value: i64 },
    /// The endpoint has no bytes.
    EndpointEmpty,
    /// The endpoint is longer than [`MAX_ENDPOINT_BYTES`].
    EndpointTooLong { length: usize },
    /// The endpoint has a control character (Unicode category Cc); `position` counts bytes.
    EndpointControlCharacter { position: usize, character: char },
    /// The endpoint is not `https://` and something; `start` is its first 8 bytes, escaped.
    EndpointNotHttps { start: String },
    /// An amount is below 1.
    AmountNotPositive { amount: i64 },
    /// A reserve is below 0.
    AmountNegative { amount: i64 },
    /// The expiration is not after now.
    ExpirationInPast { expiration: Timestamp, now: Timestamp },
    /// A version number is below 0.
    VersionNegative { version: Version },
    /// A country code is outside its range.
    JurisdictionOutOfRange { code: i32 },
    /// A list of the call is longer than its limit.
    ListTooLong { list: &'static str, length: usize, limit: usize },
    /// A request asks for no node or for more than [`MAX_NODES`].
    NodeCountOutOfRange { count: i64 },
    /// A request locks less than the registry's minimum.
    TotalStakesBelowMinimum { total: TokenAmount, minimum: TokenAmount },
    /// There are neither none, one nor as many jurisdiction lists as nodes.
    JurisdictionListsMismatch { lists: usize, nodes: u8 },
    /// The number of nodes is not that of the nodes listed.
    NodeCountMismatch { nodes: u8, listed: usize },
    /// A node is listed twice.
    DuplicateNode { node: Address },
    /// The sender is an active node already.
    AlreadyRegistered { endpoint: String },
    /// The node still works.
    OpenAllocations { open: usize },
    /// The account has no token record.
    NoStakeEntry { account: Address },
    /// Everything of the account together would leave the range of `i64`.
    BalanceOverflow {
        amount: TokenAmount,
        total: TokenAmount,
        incoming: TokenAmount,
        outgoing: TokenAmount,
    },
    /// The record has another expiration, or none.
    ExpirationMismatch { asked: Timestamp, stored: Option<Timestamp> },
    /// More tokens were asked for than are free right now.
    InsufficientFree { asked: TokenAmount, buckets: Buckets },
    /// The record has no expiration.
    NoExpiration { account: Address },
    /// The expiration is still to come.
    NotExpired { expiration: Timestamp, now: Timestamp },
    /// No token is free.
    NothingFree { buckets: Buckets },
    /// The served contract already has a computation.
    ComputationExists { nodes: usize, share: TokenAmount },
    /// A status for a node outside the computation.
    StatusNodeForeign { node: Address },
    /// A second status for a node.
    StatusNodeRepeated { node: Address },
    /// An engine without a status.
    StatusNodeMissing { node: Address },
    /// A listed node cannot be had; the code is that of the reason.
    Ineligible { node: Address, reason: Ineligibility },
    /// No complete assignment of eligible nodes exists.
    NotEnoughNodes { nodes: usize, placed: usize, eligible: usize, roster: u32, share: TokenAmount },
    /// There is no record, or less is in flight than the callback settles.
    CallbackUnexpected { account: Address, amount: i64, in_flight: i64 },
    /// The producer information is missing, unreadable, or for another account.
    CallbackDataInvalid { reason: &'static str, account: Address },
}

impl Rejection {
    pub(crate) const fn unknown_node(node: Address) -> Rejection {
        Rejection::Ineligible { node, reason: Ineligibility::Unknown }
    }

    /// The stable code, as in registry.md 4.5.
    pub const fn code(&self) -> &'static str {
        match self {
            Rejection::CallerNotAccount { .. } => "caller_not_account",
            Rejection::NotRegistered { .. } => "not_registered",
            Rejection::NotZkContractDeploy { .. } => "not_zk_contract_deploy",
            Rejection::NotVoting { .. } => "not_voting",
            Rejection::NotAServedContract { .. } => "not_a_served_contract",
            Rejection::NoComputation { .. } => "no_computation",
            Rejection::StakeTokenNotContract { .. } => "stake_token_not_contract",
            Rejection::MinimumNegative { .. } => "minimum_negative",
            Rejection::EndpointEmpty => "endpoint_empty",
            Rejection::EndpointTooLong { .. } => "endpoint_too_long",
            Rejection::EndpointControlCharacter { .. } => "endpoint_control_character",
            Rejection::EndpointNotHttps { .. } => "endpoint_not_https",
            Rejection::AmountNotPositive { .. } => "amount_not_positive",
            Rejection::AmountNegative { .. } => "amount_negative",
            Rejection::ExpirationInPast { .. } => "expiration_in_past",
            Rejection::VersionNegative { .. } => "version_negative",
            Rejection::JurisdictionOutOfRange { .. } => "jurisdiction_out_of_range",
            Rejection::ListTooLong { .. } => "list_too_long",
            Rejection::NodeCountOutOfRange { .. } => "node_count_out_of_range",
            Rejection::TotalStakesBelowMinimum { .. } => "total_stakes_below_minimum",
            Rejection::JurisdictionListsMismatch { .. } => "jurisdiction_lists_mismatch",
            Rejection::NodeCountMismatch { .. } => "node_count_mismatch",
            Rejection::DuplicateNode { .. } => "duplicate_node",
            Rejection::AlreadyRegistered { .. } => "already_registered",
            Rejection::OpenAllocations { .. } => "open_allocations",
            Rejection::NoStakeEntry { .. } => "no_stake_entry",
            Rejection::BalanceOverflow { .. } => "balance_overflow",
            Rejection::ExpirationMismatch { .. } => "expiration_mismatch",
            Rejection::InsufficientFree { .. } => "insufficient_free",
            Rejection::NoExpiration { .. } => "no_expiration",
            Rejection::NotExpired { .. } => "not_expired",
            Rejection::NothingFree { .. } => "nothing_free",
            Rejection::ComputationExists { .. } => "computation_exists",
            Rejection::StatusNodeForeign { .. } => "status_node_foreign",
            Rejection::StatusNodeRepeated { .. } => "status_node_repeated",
            Rejection::StatusNodeMissing { .. } => "status_node_missing",
            Rejection::Ineligible { reason, .. } => reason.code(),
            Rejection::NotEnoughNodes { .. } => "not_enough_nodes",
            Rejection::CallbackUnexpected { .. } => "callback_unexpected",
            Rejection::CallbackDataInvalid { .. } => "callback_data_invalid",
        }
    }

    /// What the caller reads beside the code: lower-case prose without a full stop, with the
    /// numbers that explain the refusal. Addresses are 42 lower-case hex digits.
    pub fn message(&self) -> String {
        Message(self).to_string()
    }
}

/// `code: message`
impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), Message(self))
    }
}

struct Message<'a>(&'a Rejection);

impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Rejection::CallerNotAccount { sender } => {
                write!(f, "sender {sender:x} is not an account")
            }
            Rejection::NotRegistered { sender } => {
                write!(f, "sender {sender:x} is not an active node")
            }
            Rejection::NotZkContractDeploy { sender, expected } => {
                write!(f, "sender {sender:x} is not the deploy contract {expected:x}")
            }
            Rejection::NotVoting { sender, expected } => {
                write!(f, "sender {sender:x} is not the voting contract {expected:x}")
            }
            Rejection::NotAServedContract { address } => {
                write!(f, "{address:x} is neither a public contract nor a ZK contract")
            }
            Rejection::NoComputation { contract } => {
                write!(f, "contract {contract:x} has no computation")
            }
            Rejection::StakeTokenNotContract { address } => {
                write!(f, "stake token {address:x} is not a contract")
            }
            Rejection::MinimumNegative { value } => write!(f, "minimum {value} is below 0"),
            Rejection::EndpointEmpty => {
                write!(f, "the endpoint has 0 bytes, at most {MAX_ENDPOINT_BYTES} are allowed")
            }
            Rejection::EndpointTooLong { length } => {
                write!(
                    f,
                    "the endpoint has {length} bytes, at most {MAX_ENDPOINT_BYTES} are allowed"
                )
            }
            Rejection::EndpointControlCharacter { position, character } => {
                let code_point = u32::from(*character);
                write!(f, "control character U+{code_point:04X} at byte {position} of the endpoint")
            }
            Rejection::EndpointNotHttps { start } => {
                write!(f, "the endpoint starts with {start}, not with https:// and a host")
            }
            Rejection::AmountNotPositive { amount } => write!(f, "amount {amount} is below 1"),
            Rejection::AmountNegative { amount } => write!(f, "amount {amount} is below 0"),
            Rejection::ExpirationInPast { expiration, now } => {
                write!(f, "expiration {expiration} is not after now, {now}")
            }
            Rejection::VersionNegative { version } => {
                write!(f, "{version} has a number below 0")
            }
            Rejection::JurisdictionOutOfRange { code } => {
                write!(f, "jurisdiction {code} is not a country code up to {MAX_JURISDICTION}")
            }
            Rejection::ListTooLong { list, length, limit } => {
                write!(f, "list {list} has {length} entries, at most {limit} are allowed")
            }
            Rejection::NodeCountOutOfRange { count } => {
                write!(f, "{count} nodes asked for, 1 to {MAX_NODES} are possible")
            }
            Rejection::TotalStakesBelowMinimum { total, minimum } => {
                write!(f, "total stakes {total} are below the minimum {minimum}")
            }
            Rejection::JurisdictionListsMismatch { lists, nodes } => {
                write!(f, "{lists} jurisdiction lists for {nodes} nodes, give none, 1 or {nodes}")
            }
            Rejection::NodeCountMismatch { nodes, listed } => {
                write!(f, "{nodes} nodes asked for, {listed} listed")
            }
            Rejection::DuplicateNode { node } => write!(f, "node {node:x} is listed twice"),
            Rejection::AlreadyRegistered { endpoint } => {
                write!(f, "the sender is registered with endpoint {}", endpoint.escape_default())
            }
            Rejection::OpenAllocations { open } => write!(f, "{open} allocations are open"),
            Rejection::NoStakeEntry { account } => {
                write!(f, "account {account:x} has no tokens here")
            }
            Rejection::BalanceOverflow { amount, total, incoming, outgoing } => write!(
                f,
                "{amount} units more than {total} held, {incoming} coming in and {outgoing} going \
                 out are too many"
            ),
            Rejection::ExpirationMismatch { asked, stored: Some(stored) } => {
                write!(f, "asked for expiration {asked}, the record has {stored}")
            }
            Rejection::ExpirationMismatch { asked, stored: None } => {
                write!(f, "asked for expiration {asked}, the record has none")
            }
            Rejection::InsufficientFree { asked, buckets } => {
                write!(f, "asked {asked} units, {} are free, {}", buckets.free, Locked(buckets))
            }
            Rejection::NoExpiration { account } => {
                write!(f, "the tokens of account {account:x} have no expiration")
            }
            Rejection::NotExpired { expiration, now } => {
                write!(f, "expiration {expiration} is after now, {now}")
            }
            Rejection::NothingFree { buckets } => {
                write!(f, "no units are free, {}", Locked(buckets))
            }
            Rejection::ComputationExists { nodes, share } => {
                write!(f, "the contract already has {nodes} nodes with {share} units each")
            }
            Rejection::StatusNodeForeign { node } => {
                write!(f, "node {node:x} is not in the computation")
            }
            Rejection::StatusNodeRepeated { node } => {
                write!(f, "node {node:x} has a second status")
            }
            Rejection::StatusNodeMissing { node } => write!(f, "node {node:x} has no status"),
            Rejection::Ineligible { node, reason } => write!(f, "node {node:x} {reason}"),
            Rejection::NotEnoughNodes { nodes, placed, eligible, roster, share } => write!(
                f,
                "{nodes} nodes with {share} free units each asked for, {placed} placed, \
                 {eligible} eligible of {roster} in the roster"
            ),
            Rejection::CallbackUnexpected { account, amount, in_flight } => {
                write!(f, "account {account:x} settles {amount} units, {in_flight} are in flight")
            }
            Rejection::CallbackDataInvalid { reason, account } => {
                write!(f, "producer information for account {account:x}: {reason}")
            }
        }
    }
}

/// What is not free, and when the first of it will be.
struct Locked<'a>(&'a Buckets);

impl fmt::Display for Locked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Buckets { allocated, pending, next_unlock, .. } = self.0;
        write!(f, "{allocated} allocated, {pending} pending")?;
        match next_unlock {
            Some(date) => write!(f, " until {date} at the earliest"),
            None => Ok(()),
        }
    }
}
