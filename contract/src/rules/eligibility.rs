//! Whether a node can take a share of new work, and every reason why not.
//!
//! The conditions, in the order in which their codes win:
//!
//! | order | condition | code |
//! | --- | --- | --- |
//! | 1 | it has a node record | `node_unknown` |
//! | 2 | it is not resigned | `node_resigned` |
//! | 3 | it is not disabled | `node_disabled` |
//! | 4 | it reports the version that the request needs | `node_version_too_low` |
//! | 5 | its jurisdiction is in the list of the slot, if that has entries | `node_outside_jurisdiction` |
//! | 6 | its whole stake reaches the minimum, and is something | `node_understaked` |
//! | 7 | its stake has not expired; the expiration itself is expired | `node_expired` |
//! | 8 | fewer than 1,000 allocations and pending entries | `node_at_capacity` |
//! | 9 | the share leaves the reserved tokens free; equality is enough | `node_insufficient_free` |
//!
//! Everything is judged on the swept view, and amounts in flight do not count. Nothing is written.
//!
//! Source: registry.md 7.1 (D-20, D-24).

use core::fmt;

use super::node::{Jurisdiction, SemanticVersion, Version, ZkNode};
use super::stake::{ZkNodeTokens, MAX_RECORD_ENTRIES};
use super::units::{Timestamp, TokenAmount};

/// What a request demands of every node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand {
    /// The free tokens that it locks of each.
    pub share: TokenAmount,
    /// The software that each must run.
    pub version: RequiredVersion,
    /// What each must have in all, at least 1 unit.
    pub least_stake: TokenAmount,
    /// The production time of the block.
    pub now: Timestamp,
}

/// The software that a request needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequiredVersion {
    /// Any, even one that was never reported.
    Any,
    /// Node software that satisfies this version.
    Protocol(SemanticVersion),
    /// An execution engine of this version or a higher one.
    ExecutionEngine(i32),
}

/// Why a node cannot take a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // of fields: their names are the quantities that the message shows
pub enum Ineligibility {
    /// There is no node record.
    Unknown,
    /// The operator has resigned.
    Resigned,
    /// The node is banned.
    Disabled,
    /// It reports a lower version than needed, another major version, or none.
    VersionTooLow { has: Version, needs: Version },
    /// Its jurisdiction is not in the slot's list.
    OutsideJurisdiction { jurisdiction: Jurisdiction },
    /// Its whole stake is below the minimum.
    Understaked { total: TokenAmount, minimum: TokenAmount },
    /// Its stake has expired.
    Expired { expiration: Timestamp, now: Timestamp },
    /// It has too many allocations and pending entries.
    AtCapacity { entries: usize },
    /// The share would leave fewer free tokens than are reserved; `left` may be negative.
    InsufficientFree { left: i64, reserved: TokenAmount },
}

impl Ineligibility {
    /// The stable code, as in registry.md 4.5.
    pub const fn code(&self) -> &'static str {
        match self {
            Ineligibility::Unknown => "node_unknown",
            Ineligibility::Resigned => "node_resigned",
            Ineligibility::Disabled => "node_disabled",
            Ineligibility::VersionTooLow { .. } => "node_version_too_low",
            Ineligibility::OutsideJurisdiction { .. } => "node_outside_jurisdiction",
            Ineligibility::Understaked { .. } => "node_understaked",
            Ineligibility::Expired { .. } => "node_expired",
            Ineligibility::AtCapacity { .. } => "node_at_capacity",
            Ineligibility::InsufficientFree { .. } => "node_insufficient_free",
        }
    }
}

/// What is wrong, to be read after the name of the node.
impl fmt::Display for Ineligibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ineligibility::Unknown => f.write_str("is not registered"),
            Ineligibility::Resigned => f.write_str("has resigned"),
            Ineligibility::Disabled => f.write_str("is disabled"),
            Ineligibility::VersionTooLow { has, needs } => {
                write!(f, "reports {has}, {needs} is needed")
            }
            Ineligibility::OutsideJurisdiction { jurisdiction } => {
                write!(f, "is in jurisdiction {}, which is not asked for", jurisdiction.value)
            }
            Ineligibility::Understaked { total, minimum } => {
                write!(f, "has {total} units in all, the minimum is {minimum}")
            }
            Ineligibility::Expired { expiration, now } => {
                write!(f, "has stake that expired at {expiration}, it is {now}")
            }
            Ineligibility::AtCapacity { entries } => {
                write!(f, "has {entries} allocations and pending entries, {MAX_RECORD_ENTRIES} is the limit")
            }
            Ineligibility::InsufficientFree { left, reserved } => {
                write!(f, "would have {left} free units left, {reserved} are reserved")
            }
        }
    }
}

/// Whether an account can take the share of `demand` in a slot with this jurisdiction list; an
/// empty list is no restriction.
///
/// # Errors
///
/// The first of [`ineligibilities`].
pub fn eligibility(
    node: Option<&ZkNode>,
    tokens: Option<&ZkNodeTokens>,
    demand: &Demand,
    list: &[Jurisdiction],
) -> Result<(), Ineligibility> {
    ineligibilities(node, tokens, demand, list).next().map_or(Ok(()), Err)
}

/// Every reason why an account cannot take the share of `demand`, the one that is reported first.
/// Without a node record that is the only one that says anything about the node.
pub fn ineligibilities<'a>(
    node: Option<&'a ZkNode>,
    tokens: Option<&'a ZkNodeTokens>,
    demand: &'a Demand,
    list: &'a [Jurisdiction],
) -> impl Iterator<Item = Ineligibility> + 'a {
    let of_node: [OfNode; 4] = [resigned, disabled, version_too_low, outside_jurisdiction];
    let of_stake: [OfStake; 4] = [understaked, expired, at_capacity, insufficient_free];

    let unknown = node.is_none().then_some(Ineligibility::Unknown);
    let of_node = of_node.into_iter().filter_map(move |fails| fails(node?, demand, list));
    let of_stake = of_stake.into_iter().filter_map(move |fails| fails(tokens, demand));
    unknown.into_iter().chain(of_node).chain(of_stake)
}

/// A condition on the node record: the reason if it does not hold.
type OfNode = fn(&ZkNode, &Demand, &[Jurisdiction]) -> Option<Ineligibility>;

/// A condition on the token record: the reason if it does not hold.
type OfStake = fn(Option<&ZkNodeTokens>, &Demand) -> Option<Ineligibility>;

fn resigned(node: &ZkNode, _: &Demand, _: &[Jurisdiction]) -> Option<Ineligibility> {
    node.is_resigned.then_some(Ineligibility::Resigned)
}

fn disabled(node: &ZkNode, _: &Demand, _: &[Jurisdiction]) -> Option<Ineligibility> {
    node.is_disabled.then_some(Ineligibility::Disabled)
}

fn version_too_low(node: &ZkNode, demand: &Demand, _: &[Jurisdiction]) -> Option<Ineligibility> {
    match demand.version {
        RequiredVersion::Any => None,
        RequiredVersion::Protocol(needed) => {
            let supported = node.supported_protocol_version;
            let fits = supported.is_some_and(|supported| supported.satisfies(needed));
            (!fits).then(|| Ineligibility::VersionTooLow {
                has: supported.map_or(Version::Unknown, Version::Protocol),
                needs: Version::Protocol(needed),
            })
        }
        RequiredVersion::ExecutionEngine(needed) => {
            let supported = node.supported_ee_version;
            (supported < needed).then_some(Ineligibility::VersionTooLow {
                has: Version::ExecutionEngine(supported),
                needs: Version::ExecutionEngine(needed),
            })
        }
    }
}

fn outside_jurisdiction(node: &ZkNode, _: &Demand, list: &[Jurisdiction]) -> Option<Ineligibility> {
    let jurisdiction = node.server_jurisdiction;
    (!admits(list, jurisdiction)).then_some(Ineligibility::OutsideJurisdiction { jurisdiction })
}

/// Whether a slot with this list takes nodes of this jurisdiction.
pub(crate) fn admits(list: &[Jurisdiction], jurisdiction: Jurisdiction) -> bool {
    list.is_empty() || list.contains(&jurisdiction)
}

fn understaked(tokens: Option<&ZkNodeTokens>, demand: &Demand) -> Option<Ineligibility> {
    let total = tokens.map_or(TokenAmount::ZERO, ZkNodeTokens::total);
    let minimum = demand.least_stake;
    (total < minimum).then_some(Ineligibility::Understaked { total, minimum })
}

fn expired(tokens: Option<&ZkNodeTokens>, demand: &Demand) -> Option<Ineligibility> {
    let now = demand.now;
    let tokens = tokens.filter(|tokens| tokens.has_expired(now))?;
    tokens.expiration().map(|expiration| Ineligibility::Expired { expiration, now })
}

fn at_capacity(tokens: Option<&ZkNodeTokens>, demand: &Demand) -> Option<Ineligibility> {
    let entries = tokens.map_or(0, |tokens| tokens.entries(demand.now));
    (entries >= MAX_RECORD_ENTRIES).then_some(Ineligibility::AtCapacity { entries })
}

fn insufficient_free(tokens: Option<&ZkNodeTokens>, demand: &Demand) -> Option<Ineligibility> {
    if tokens.is_some_and(|tokens| tokens.can_spare(demand.share, demand.now)) {
        return None;
    }
    let free = tokens.map_or(TokenAmount::ZERO, |tokens| tokens.free(demand.now));
    Some(Ineligibility::InsufficientFree {
        left: free.units().saturating_sub(demand.share.units()), // both are 0 or more
        reserved: tokens.map_or(TokenAmount::ZERO, ZkNodeTokens::reserved),
    })
}

#[cfg(test)]
mod tests;
