//! What is odd about a state and no obstacle: it is kept or repaired, and reported.
//!
//! The codes are public interface: they are added, never changed; the prose may improve.
//!
//! Source: `registry.md` 11.2 (D-35).

use std::fmt;

use pbc_contract_common::address::Address;

use crate::transcript::words::count;

/// One oddity and where it is.
///
/// Records are named by their keys, such as `zkNodes[00a1…].score`, parts of a document by their
/// position, such as `stakedTokens[3].value`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The part of the state or document.
    pub path: String,
    /// What is odd about it.
    pub oddity: Oddity,
}

impl Finding {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        self.oddity.code()
    }
}

/// `code: path: message`
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code();
        match self.path.as_str() {
            "" => write!(f, "{code}: {}", self.oddity),
            path => write!(f, "{code}: {path}: {}", self.oddity),
        }
    }
}

/// Something odd. Amounts are in units, times in milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)] // of fields: their names are the quantities that the message shows
pub enum Oddity {
    /// A key that documents of this kind do not have; it is skipped.
    UnknownKey,
    /// A map whose keys do not ascend; it is sorted.
    KeysUnsorted,
    /// Tokens whose transfer had not been settled. They are kept as a call that never ends.
    TransferUnderWay { incoming: i64, outgoing: i64 },
    /// An allocation of nothing; it is dropped.
    ZeroAllocationDropped,
    /// A pending amount of nothing; it is dropped.
    ZeroPendingDropped,
    /// A token record with nothing in it; it is dropped, with its reserve and expiration.
    EmptyRecordDropped { reserved: i64 },
    /// A release that would lie in the future.
    PendingInFuture { unlock_time: i64, as_of: i64 },
    /// An export in which the parts of a score are not the whole.
    ScoreNotSum { allocated: i64, success: i64, failure: i64 },
    /// The allocated score counts neither completed nor started allocations for all nodes.
    ScoreMixed,
    /// One node for which it counts neither.
    ScoreStrange { difference: i64, running: usize },
    /// A computation that the allocations show and the document has not; it is made.
    ComputationMade { nodes: usize },
    /// A computation to which nobody has an allocation; it is dropped.
    ComputationDropped { nodes: usize },
    /// A computation whose nodes are not those with an allocation; they become those.
    NodesCorrected { listed: usize, kept: usize },
    /// A share that is none of the amounts; it becomes the largest.
    ShareCorrected { stored: i64, share: i64 },
    /// Total stakes that do not fit the share; they become the sum.
    TotalStakesCorrected { stored: i64, total: i64 },
    /// A roster that is not exactly its members, each once; it is built anew, ascending.
    RosterRebuilt { listed: usize, members: usize },
    /// An allocation of an account that is no active node. Its release works; it moves a score
    /// only if there is a record.
    AllocationWithoutActiveNode { contract: Address },
    /// Amounts in one computation that are not its share; a release moves each node's own.
    SharesUnequal { smallest: i64, largest: i64, share: i64 },
    /// Total stakes outside `k (share − 1) < total ≤ k × share`.
    TotalStakesUnfitting { total: i64, share: i64, nodes: usize },
    /// More nodes than a request can ask for.
    TooManyNodes { nodes: usize, limit: usize },
    /// More allocations and pending entries than a record takes on.
    TooManyEntries { entries: usize, limit: usize },
    /// An endpoint that registering would refuse, with that code and message.
    EndpointRefused { code: &'static str, message: String },
    /// A country outside 0 to 999.
    JurisdictionOutOfRange { code: i32 },
    /// A version below 0.
    VersionNegative { version: i32 },
    /// A node record under the key of another account.
    IdentityNotKey { identity: Address },
    /// A record of something that is not an account.
    KeyNotAccount,
    /// A computation of something that nodes do not serve.
    NotServed,
    /// A stake token that is an account.
    StakeTokenNotContract { address: Address },
    /// So many findings that no more of them are kept.
    More { left_out: u64 },
}

impl Oddity {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Oddity::UnknownKey => "unknown_key",
            Oddity::KeysUnsorted => "keys_unsorted",
            Oddity::TransferUnderWay { .. } => "transfer_under_way",
            Oddity::ZeroAllocationDropped => "zero_allocation_dropped",
            Oddity::ZeroPendingDropped => "zero_pending_dropped",
            Oddity::EmptyRecordDropped { .. } => "empty_record_dropped",
            Oddity::PendingInFuture { .. } => "pending_in_future",
            Oddity::ScoreNotSum { .. } => "score_not_sum",
            Oddity::ScoreMixed => "score_mixed",
            Oddity::ScoreStrange { .. } => "score_strange",
            Oddity::ComputationMade { .. } => "computation_made",
            Oddity::ComputationDropped { .. } => "computation_dropped",
            Oddity::NodesCorrected { .. } => "nodes_corrected",
            Oddity::ShareCorrected { .. } => "share_corrected",
            Oddity::TotalStakesCorrected { .. } => "total_stakes_corrected",
            Oddity::RosterRebuilt { .. } => "roster_rebuilt",
            Oddity::AllocationWithoutActiveNode { .. } => "allocation_without_active_node",
            Oddity::SharesUnequal { .. } => "shares_unequal",
            Oddity::TotalStakesUnfitting { .. } => "total_stakes_unfitting",
            Oddity::TooManyNodes { .. } => "too_many_nodes",
            Oddity::TooManyEntries { .. } => "too_many_entries",
            Oddity::EndpointRefused { .. } => "endpoint_refused",
            Oddity::JurisdictionOutOfRange { .. } => "jurisdiction_out_of_range",
            Oddity::VersionNegative { .. } => "version_negative",
            Oddity::IdentityNotKey { .. } => "identity_not_key",
            Oddity::KeyNotAccount => "key_not_account",
            Oddity::NotServed => "not_served",
            Oddity::StakeTokenNotContract { .. } => "stake_token_not_contract",
            Oddity::More { .. } => "more_findings",
        }
    }

    /// This oddity at `path`.
    pub fn at(self, path: impl Into<String>) -> Finding {
        Finding { path: path.into(), oddity: self }
    }
}

/// The message, without the code.
impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Oddity::UnknownKey => f.write_str("an unknown key, skipped"),
            Oddity::KeysUnsorted => f.write_str("the keys do not ascend; they are sorted"),
            Oddity::TransferUnderWay { incoming, outgoing } => {
                write!(f, "{incoming} units are on their way in, {outgoing} on their way out")
            }
            Oddity::ZeroAllocationDropped => f.write_str("an allocation of 0 units, dropped"),
            Oddity::ZeroPendingDropped => f.write_str("a pending amount of 0 units, dropped"),
            Oddity::EmptyRecordDropped { reserved } => {
                write!(f, "an empty token record with a reserve of {reserved} units, dropped")
            }
            Oddity::PendingInFuture { unlock_time, as_of } => {
                write!(f, "time {unlock_time} is too late for a state of {as_of}")
            }
            Oddity::ScoreNotSum { allocated, success, failure } => {
                write!(f, "{allocated} allocated is not {success} success and {failure} failure")
            }
            Oddity::ScoreMixed => {
                f.write_str("allocated counts neither completed nor started allocations throughout")
            }
            Oddity::ScoreStrange { difference, running } => {
                write!(f, "{difference} more are allocated than ended, while {running} run")
            }
            Oddity::ComputationMade { nodes } => {
                let have = if *nodes == 1 { "has" } else { "have" };
                write!(f, "{} {have} allocations to it; it is made", count(*nodes, "node"))
            }
            Oddity::ComputationDropped { nodes } => {
                let none = match nodes {
                    1 => "its node has no".to_owned(),
                    more => format!("none of its {more} nodes has an"),
                };
                write!(f, "{none} allocation to it; it is dropped")
            }
            Oddity::NodesCorrected { listed, kept } => {
                let listed = count(*listed, "node");
                write!(f, "of {listed} listed and all with an allocation, {kept} remain")
            }
            Oddity::ShareCorrected { stored, share } => {
                write!(f, "{stored} units are not what the nodes have; it becomes {share}")
            }
            Oddity::TotalStakesCorrected { stored, total } => {
                write!(f, "{stored} units do not fit the share; they become {total}")
            }
            Oddity::RosterRebuilt { listed, members } => {
                write!(f, "the {listed} listed are not the {members} members; it is built anew")
            }
            Oddity::AllocationWithoutActiveNode { contract } => {
                write!(f, "an allocation to {contract:x} without an active node")
            }
            Oddity::SharesUnequal { smallest, largest, share } => {
                write!(f, "nodes have {smallest} to {largest} units, the share is {share}")
            }
            Oddity::TotalStakesUnfitting { total, share, nodes } => {
                write!(f, "{total} units are not the stakes of {nodes} shares of {share}")
            }
            Oddity::TooManyNodes { nodes, limit } => {
                write!(f, "{nodes} nodes, at most {limit} can be asked for")
            }
            Oddity::TooManyEntries { entries, limit } => {
                write!(f, "{entries} allocations and pending entries, {limit} is the limit")
            }
            Oddity::EndpointRefused { code, message } => write!(f, "{code}: {message}"),
            Oddity::JurisdictionOutOfRange { code } => {
                write!(f, "{code} is outside 0 to 999")
            }
            Oddity::VersionNegative { version } => write!(f, "{version} is below 0"),
            Oddity::IdentityNotKey { identity } => {
                write!(f, "the identity is {identity:x}")
            }
            Oddity::KeyNotAccount => f.write_str("the key is not an account"),
            Oddity::NotServed => f.write_str("nodes do not serve contracts of this type"),
            Oddity::StakeTokenNotContract { address } => {
                write!(f, "{address:x} is not a contract")
            }
            Oddity::More { left_out } => write!(f, "{left_out} more findings are not listed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use pbc_contract_common::address::AddressType;

    use super::*;

    /// Every oddity, so that a changed code or message is seen.
    fn all() -> Vec<Oddity> {
        let address = Address { address_type: AddressType::ZkContract, identifier: [0x11; 20] };
        let message = "the endpoint has 0 bytes".to_owned();
        vec![
            Oddity::UnknownKey,
            Oddity::KeysUnsorted,
            Oddity::TransferUnderWay { incoming: 1, outgoing: 2 },
            Oddity::ZeroAllocationDropped,
            Oddity::ZeroPendingDropped,
            Oddity::EmptyRecordDropped { reserved: 3 },
            Oddity::PendingInFuture { unlock_time: 5, as_of: 4 },
            Oddity::ScoreNotSum { allocated: 4, success: 2, failure: 1 },
            Oddity::ScoreMixed,
            Oddity::ScoreStrange { difference: 2, running: 1 },
            Oddity::ComputationMade { nodes: 4 },
            Oddity::ComputationDropped { nodes: 4 },
            Oddity::NodesCorrected { listed: 4, kept: 3 },
            Oddity::ShareCorrected { stored: 1, share: 2 },
            Oddity::TotalStakesCorrected { stored: 1, total: 2 },
            Oddity::RosterRebuilt { listed: 1, members: 2 },
            Oddity::AllocationWithoutActiveNode { contract: address },
            Oddity::SharesUnequal { smallest: 1, largest: 2, share: 2 },
            Oddity::TotalStakesUnfitting { total: 9, share: 2, nodes: 4 },
            Oddity::TooManyNodes { nodes: 17, limit: 16 },
            Oddity::TooManyEntries { entries: 1001, limit: 1000 },
            Oddity::EndpointRefused { code: "endpoint_empty", message },
            Oddity::JurisdictionOutOfRange { code: 1000 },
            Oddity::VersionNegative { version: -1 },
            Oddity::IdentityNotKey { identity: address },
            Oddity::KeyNotAccount,
            Oddity::NotServed,
            Oddity::StakeTokenNotContract { address },
            Oddity::More { left_out: 7 },
        ]
    }

    #[test]
    fn codes_and_messages_are_as_promised() {
        let lines: Vec<String> = all().into_iter().map(|one| one.at("x").to_string()).collect();
        expect![[r#"
            unknown_key: x: an unknown key, skipped
            keys_unsorted: x: the keys do not ascend; they are sorted
            transfer_under_way: x: 1 units are on their way in, 2 on their way out
            zero_allocation_dropped: x: an allocation of 0 units, dropped
            zero_pending_dropped: x: a pending amount of 0 units, dropped
            empty_record_dropped: x: an empty token record with a reserve of 3 units, dropped
            pending_in_future: x: time 5 is too late for a state of 4
            score_not_sum: x: 4 allocated is not 2 success and 1 failure
            score_mixed: x: allocated counts neither completed nor started allocations throughout
            score_strange: x: 2 more are allocated than ended, while 1 run
            computation_made: x: 4 nodes have allocations to it; it is made
            computation_dropped: x: none of its 4 nodes has an allocation to it; it is dropped
            nodes_corrected: x: of 4 nodes listed and all with an allocation, 3 remain
            share_corrected: x: 1 units are not what the nodes have; it becomes 2
            total_stakes_corrected: x: 1 units do not fit the share; they become 2
            roster_rebuilt: x: the 1 listed are not the 2 members; it is built anew
            allocation_without_active_node: x: an allocation to 031111111111111111111111111111111111111111 without an active node
            shares_unequal: x: nodes have 1 to 2 units, the share is 2
            total_stakes_unfitting: x: 9 units are not the stakes of 4 shares of 2
            too_many_nodes: x: 17 nodes, at most 16 can be asked for
            too_many_entries: x: 1001 allocations and pending entries, 1000 is the limit
            endpoint_refused: x: endpoint_empty: the endpoint has 0 bytes
            jurisdiction_out_of_range: x: 1000 is outside 0 to 999
            version_negative: x: -1 is below 0
            identity_not_key: x: the identity is 031111111111111111111111111111111111111111
            key_not_account: x: the key is not an account
            not_served: x: nodes do not serve contracts of this type
            stake_token_not_contract: x: 031111111111111111111111111111111111111111 is not a contract
            more_findings: x: 7 more findings are not listed"#]].assert_eq(&lines.join("\n"));
    }

    #[test]
    fn a_finding_about_the_whole_has_no_path() {
        let finding = Oddity::More { left_out: 7 }.at("");
        assert_eq!(finding.to_string(), "more_findings: 7 more findings are not listed");
    }
}
