//! What a delivery may do to the bytes of a state: nothing if it is refused, the root never, and of
//! the records only those that it is about.
//!
//! Source: `registry.md` 3.1, 4 and 12.1.

use std::collections::BTreeSet;

use pbc_contract_common::address::Address;

use super::ghosts::Ghosts;
use super::step::Step;
use super::{Property, Violation};
use crate::call::Call;
use crate::image::ROOT_BYTES;

/// The root state has 121 bytes and, once it is there, never changes.
pub fn inv_22(before: Option<&[u8]>, root: &[u8], found: &mut Vec<Violation>) {
    if root.len() != ROOT_BYTES || before.is_some_and(|before| before != root) {
        found.push(Violation {
            property: Property::INV_22,
            place: "root state".to_owned(),
            found: format!("{} bytes: {}", root.len(), hex::encode(root)),
            expected: format!("the {ROOT_BYTES} bytes of the creation"),
        });
    }
}

/// A refused call changes no byte. `written` is what differs all the same.
pub fn inv_24(written: &[String], found: &mut Vec<Violation>) {
    if let Some(place) = written.first() {
        found.push(Violation {
            property: Property::INV_24,
            place: place.clone(),
            found: "changed by a refused call".to_owned(),
            expected: "the bytes from before".to_owned(),
        });
    }
}

/// The records that a call is about.
#[derive(Default)]
struct Frame {
    tokens: BTreeSet<Address>,
    nodes: BTreeSet<Address>,
    computations: BTreeSet<Address>,
    /// Whose place in the roster may change.
    members: BTreeSet<Address>,
}

impl Frame {
    fn of(step: &Step<'_>) -> Frame {
        let sender = step.delivery.sender;
        let mut frame = Frame::default();
        match step.call {
            Some(Call::RegisterAsZkNode { .. } | Call::ResignAsZkNode {}) => {
                frame.nodes.insert(sender);
                frame.members.insert(sender);
            }
            Some(
                Call::UpdateNodeRestEndpoint { .. }
                | Call::UpdateNodeProtocolVersion { .. }
                | Call::UpdateServerJurisdiction { .. }
                | Call::UpdateNodeEeVersion { .. },
            ) => {
                frame.nodes.insert(sender);
            }
            Some(
                Call::DisableZkNode { address: account } | Call::OnProducerInfo { account, .. },
            ) => {
                frame.nodes.insert(*account);
                frame.members.insert(*account);
            }
            Some(
                Call::AssociateTokens { .. }
                | Call::AssociateTokensWithExpiration { .. }
                | Call::SetReservedTokens { .. }
                | Call::UnlockExpiredStakes {}
                | Call::SetExpirationForAssociation { .. },
            ) => {
                frame.tokens.insert(sender);
            }
            Some(Call::DisassociateTokens { .. }) => {
                frame.tokens.insert(sender);
                frame.members.insert(sender);
            }
            Some(
                Call::DisassociateAllExpiredStakes { account }
                | Call::OnAssociated { account, .. }
                | Call::OnDisassociated { account, .. },
            ) => {
                frame.tokens.insert(*account);
                frame.members.insert(*account);
            }
            Some(
                Call::OnContractStatus { zk_contract } | Call::OnDeadlineExtended { zk_contract },
            ) => {
                frame.computations.insert(*zk_contract);
            }
            _ => {}
        }
        if let Some((contract, computation)) = step.ended() {
            frame.computations.insert(contract);
            frame.tokens.extend(&computation.nodes);
            frame.nodes.extend(&computation.nodes);
        }
        if let Some((contract, computation)) = step.requested() {
            frame.computations.insert(contract);
            frame.tokens.extend(&computation.nodes);
        }
        frame
    }
}

/// A call changes only the records that it is about, and of the roster the places of its account
/// and of the member that closes a gap.
pub fn inv_25(step: &Step<'_>, _: &Ghosts, found: &mut Vec<Violation>) {
    let frame = Frame::of(step);
    let mut note = |place: String| {
        found.push(Violation {
            property: Property::INV_25,
            place,
            found: "changed".to_owned(),
            expected: "a record that the call is about".to_owned(),
        });
    };
    let after = step.after;
    for (account, before) in &step.before.tokens {
        if !frame.tokens.contains(account) && before.as_ref() != after.staked_tokens.get(account) {
            note(format!("staked_tokens[{account:x}]"));
        }
    }
    for (account, before) in &step.before.nodes {
        if !frame.nodes.contains(account) && before.as_ref() != after.zk_nodes.get(account) {
            note(format!("zk_nodes[{account:x}]"));
        }
    }
    for (contract, before) in &step.before.computations {
        let is_changed = before.as_ref() != after.computations.get(contract);
        if !frame.computations.contains(contract) && is_changed {
            note(format!("computations[{contract:x}]"));
        }
    }
    let mut movers = 0;
    for (account, before) in &step.before.positions {
        let position = after.roster_position.get(account);
        if before.as_ref() == position || frame.members.contains(account) {
            continue;
        }
        // The last member takes the place of the one who leaves.
        let leaves = frame.members.iter().any(|it| !after.roster_position.contains_key(it));
        movers += 1;
        if !leaves || position.is_none() || before.is_none() || movers > 1 {
            note(format!("roster_position[{account:x}]"));
        }
    }
}
