//! The fields of each record, by the names that the JSON document has for them.
//!
//! Source: `registry.md` 11.1.

use std::collections::BTreeMap;

use pbc_contract_common::address::Address;
use zk_node_registry::{Collaborators, Computation, Settings, ZkNode, ZkNodeTokens};

use super::{Datum, Fields};
use crate::quantity::Version;
use crate::step::Origin;

fn of<const N: usize>(fields: [(&str, Datum); N]) -> Fields {
    fields.into_iter().map(|(name, datum)| (name.to_owned(), datum)).collect()
}

fn address(address: &Address) -> Datum {
    Datum::Text(format!("{address:x}"))
}

pub(super) fn collaborators(collaborators: &Collaborators) -> Fields {
    of([
        ("bpOrchestration", address(&collaborators.bp_orchestration)),
        ("voting", address(&collaborators.voting)),
        ("zkContractDeploy", address(&collaborators.zk_contract_deploy)),
    ])
}

pub(super) fn settings(settings: &Settings) -> Fields {
    of([
        ("stakeToken", address(&settings.stake_token)),
        ("requireBlockProducer", Datum::Flag(settings.require_block_producer)),
        ("minNodeStake", Datum::Units(settings.min_node_stake)),
        ("minTotalStakes", Datum::Units(settings.min_total_stakes)),
    ])
}

/// Pending amounts are named by the time of their release; of equal times the sum.
pub(super) fn tokens(tokens: &ZkNodeTokens) -> Fields {
    let mut fields = of([
        ("freeTokens", Datum::Units(tokens.free_tokens)),
        ("reservedTokens", Datum::Units(tokens.reserved_tokens)),
        ("incomingTokens", Datum::Units(tokens.incoming_tokens)),
        ("outgoingTokens", Datum::Units(tokens.outgoing_tokens)),
    ]);
    for (contract, share) in tokens.allocated_tokens.iter() {
        fields.insert(format!("allocatedTokens[{contract:x}]"), Datum::Units(*share));
    }
    let mut pending = BTreeMap::<i64, i64>::new();
    for part in &tokens.pending_unlock {
        let sum = pending.entry(part.unlock_time).or_default();
        *sum = sum.saturating_add(part.amount);
    }
    for (released, amount) in pending {
        let name = format!("pendingUnlock[{}]", Origin::shown(released));
        fields.insert(name, Datum::Units(amount));
    }
    let expiration = tokens.expiration_timestamp.map(Datum::Time);
    fields.extend(expiration.map(|at| ("expirationTimestamp".to_owned(), at)));
    fields
}

pub(super) fn node(node: &ZkNode) -> Fields {
    let score = &node.score;
    let mut fields = of([
        ("identity", address(&node.identity)),
        ("isDisabled", Datum::Flag(node.is_disabled)),
        ("isResigned", Datum::Flag(node.is_resigned)),
        ("restEndpoint", Datum::Text(node.rest_endpoint.rest_endpoint.clone())),
        ("score.allocatedScore", Datum::Number(score.allocated_score.into())),
        ("score.failureScore", Datum::Number(score.failure_score.into())),
        ("score.successScore", Datum::Number(score.success_score.into())),
        ("serverJurisdiction", Datum::Number(node.server_jurisdiction.value.into())),
        ("supportedEeVersion", Datum::Number(node.supported_ee_version.into())),
    ]);
    let version = node.supported_protocol_version.map(|it| {
        let version = Version { major: it.major, minor: it.minor, patch: it.patch };
        ("supportedProtocolVersion".to_owned(), Datum::Text(version.to_string()))
    });
    fields.extend(version);
    let key = node.public_key.as_ref().map(|key| hex::encode(key.bytes));
    fields.extend(key.map(|key| ("publicKey".to_owned(), Datum::Text(key))));
    fields
}

pub(super) fn computation(work: &Computation) -> Fields {
    let mut fields =
        of([("share", Datum::Units(work.share)), ("totalStakes", Datum::Units(work.total_stakes))]);
    for (engine, node) in work.nodes.iter().enumerate() {
        fields.insert(format!("nodes[{engine:02}]"), address(node));
    }
    let end = work.allocation_end.map(Datum::Time);
    fields.extend(end.map(|at| ("allocationEnd".to_owned(), at)));
    fields
}

/// The position of each member, by its address.
pub(super) fn roster(roster: &[Address]) -> Fields {
    let position = |(at, member): (i64, &Address)| (format!("[{member:x}]"), Datum::Number(at));
    (0..).zip(roster).map(position).collect()
}
