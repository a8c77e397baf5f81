//! Eligibility (7.1): nine conditions in order, and the code of each that fails.

use crate::constants::MAX_RECORD_ENTRIES;
use crate::state::{Address, Model, NodeRecord, SemanticVersion};

/// What a slot of a request wants from its node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The share, in units.
    pub share: i64,
    /// The version asked for.
    pub version: RequiredVersion,
    /// The jurisdictions of the slot; empty is no restriction.
    pub jurisdictions: Vec<i32>,
}

/// The version that a request asks for (condition 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequiredVersion {
    /// 04: none.
    Any,
    /// 08 and 14: the same major, and not lower.
    Protocol(SemanticVersion),
    /// 18, 19 and 1b: not lower.
    Ee(i32),
}

impl RequiredVersion {
    /// Condition 4.
    fn is_met_by(self, node: &NodeRecord) -> bool {
        match self {
            RequiredVersion::Any => true,
            RequiredVersion::Protocol(required) => {
                node.supported_protocol_version.is_some_and(|supported| {
                    supported.major == required.major
                        && (supported.minor, supported.patch) >= (required.minor, required.patch)
                })
            }
            RequiredVersion::Ee(required) => node.supported_ee_version >= required,
        }
    }
}

impl Model {
    /// Whether `node` is eligible at `now` for a slot that wants this.
    ///
    /// # Errors
    ///
    /// The code of the first condition that fails.
    pub fn eligibility(
        &self,
        node: &Address,
        wanted: &Wanted,
        now: i64,
    ) -> Result<(), &'static str> {
        match self.reasons_against(node, wanted, now).first() {
            Some(reason) => Err(reason),
            None => Ok(()),
        }
    }

    /// The codes of all conditions of 7.1 that fail, in their order. Without a node record the
    /// conditions on it (2 to 5) say nothing; without a token record the stake is 0.
    pub fn reasons_against(&self, node: &Address, wanted: &Wanted, now: i64) -> Vec<&'static str> {
        let mut reasons = Vec::new();
        match self.zk_nodes.get(node) {
            None => reasons.push("node_unknown"),
            Some(record) => {
                if record.is_resigned {
                    reasons.push("node_resigned");
                }
                if record.is_disabled {
                    reasons.push("node_disabled");
                }
                if !wanted.version.is_met_by(record) {
                    reasons.push("node_version_too_low");
                }
                let anywhere = wanted.jurisdictions.is_empty();
                if !anywhere && !wanted.jurisdictions.contains(&record.server_jurisdiction) {
                    reasons.push("node_outside_jurisdiction");
                }
            }
        }

        let swept = self.touched(node, now).unwrap_or_default();
        if swept.total() < self.least_stake() {
            reasons.push("node_understaked");
        }
        if swept.expiration.is_some_and(|expiration| expiration <= now) {
            reasons.push("node_expired");
        }
        if swept.entries() >= MAX_RECORD_ENTRIES {
            reasons.push("node_at_capacity");
        }
        if i128::from(swept.free) - i128::from(wanted.share) < i128::from(swept.reserved) {
            reasons.push("node_insufficient_free");
        }
        reasons
    }
}
