//! Numbers at the boundaries of a state: amounts, times, stakes, versions.

use pbc_contract_common::address::{Address, AddressType};
use zk_node_registry::rules::requests::{MAX_JURISDICTIONS, MAX_LIST};
use zk_node_registry::rules::units::{MAX_NODES, Timestamp};
use zk_node_registry::{
    Jurisdiction, Jurisdictions, NodeJurisdictions, SemanticVersion, ZkNodeTokens,
};

use crate::choices::Chooser;
use crate::stage::Stage;

const DAY: i64 = 86_400_000;

/// An amount in units, for an account: small, or at a boundary of what the account has.
pub(crate) fn amount(chooser: &mut Chooser<'_>, stage: &Stage<'_>, who: Address) -> i64 {
    let kind = chooser.below(32);
    if kind < 16 {
        return 1 + i64::from(chooser.number() % 600);
    }
    let tokens = stage.staked_tokens.get(&who).cloned().unwrap_or_default();
    let now = Timestamp::from_millis(stage.now);
    let free = tokens.free(now).units();
    match kind {
        16..20 => free,
        20 => free.saturating_add(1),
        21 => tokens.total().units(),
        22 => tokens.reserved_tokens,
        23 => stage.settings.min_node_stake,
        24 => free / 2,
        25 => room(&tokens),
        26 => room(&tokens).saturating_add(1),
        27 => 0,
        28 => -1,
        29 => i64::MAX,
        30 => i64::MIN,
        _ => free.saturating_sub(1),
    }
}

/// How many units more fit into a record.
fn room(tokens: &ZkNodeTokens) -> i64 {
    let held = [tokens.total().units(), tokens.incoming_tokens, tokens.outgoing_tokens];
    held.into_iter().fold(i64::MAX, i64::saturating_sub)
}

/// An expiration, in milliseconds since 1970: around now, in some days, or the stored one.
pub(crate) fn expiration(chooser: &mut Chooser<'_>, stage: &Stage<'_>, who: Address) -> i64 {
    let stored = stage.staked_tokens.get(&who).and_then(|tokens| tokens.expiration_timestamp);
    let later = |by: i64| stage.now.saturating_add(by);
    match (chooser.below(16), stored) {
        (0..6, Some(stored)) => stored,
        (6, Some(stored)) => stored.saturating_add(1),
        (7, _) => stage.now,
        (8, _) => later(-1),
        (9, _) => later(1),
        (10, _) => i64::MAX,
        (11, _) => i64::MIN,
        (kind, _) => {
            // The same times come again, so that a second association can have the first's.
            let days = [1, 5, 30][kind % 3];
            let today = stage.now.saturating_sub(stage.now.rem_euclid(30 * DAY));
            today.saturating_add((30 + days) * DAY)
        }
    }
}

/// The stakes of a request for so many nodes, in units.
pub(crate) fn stakes(
    chooser: &mut Chooser<'_>,
    stage: &Stage<'_>,
    anyone: Address,
    nodes: i32,
) -> i64 {
    let nodes = i64::from(nodes.clamp(1, 16));
    let tokens = stage.staked_tokens.get(&anyone);
    let free = tokens.map_or(0, |it| it.free(Timestamp::from_millis(stage.now)).units());
    let reserved = tokens.map_or(0, |it| it.reserved_tokens);
    let minimum = stage.settings.min_total_stakes;
    match chooser.below(32) {
        0..16 => minimum.max(1).saturating_add(i64::from(chooser.number() % 200)),
        16..21 => nodes.saturating_mul(free.saturating_sub(reserved)),
        21 => nodes.saturating_mul(free.saturating_sub(reserved)).saturating_add(1),
        22..27 => minimum.max(1),
        27 => minimum.saturating_sub(1),
        28 => 0,
        29 => -1,
        30 => i64::MAX,
        _ => free.saturating_mul(2),
    }
}

/// A protocol version, mostly one that nodes have.
pub(crate) fn version(chooser: &mut Chooser<'_>) -> SemanticVersion {
    let versions =
        [(4, 9, 0), (4, 9, 0), (4, 10, 0), (4, 9, 0), (4, 10, 1), (5, 0, 0), (4, 9, -1), (0, 0, 0)];
    let (major, minor, patch) = chooser.one_of(&versions);
    SemanticVersion { major, minor, patch }
}

/// One node more than a request may list.
pub(crate) fn seventeen() -> Vec<Address> {
    let account = |n| Address { address_type: AddressType::Account, identifier: [n; 20] };
    (0..=MAX_NODES).map(account).collect()
}

/// More lists than there may be, or one that is longer than it may be.
pub(crate) fn too_many_jurisdictions(in_one: bool) -> NodeJurisdictions {
    let list = |codes| Jurisdictions { list: vec![Jurisdiction { value: 1 }; codes] };
    let node_jurisdictions = match in_one {
        true => vec![list(MAX_JURISDICTIONS + 1)],
        false => vec![list(0); MAX_LIST + 1],
    };
    NodeJurisdictions { node_jurisdictions }
}
