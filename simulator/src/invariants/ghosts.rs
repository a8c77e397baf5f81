//! What the checker remembers of the steps so far, as no state shows it.
//!
//! Ghosts start from the state loaded: what is there is taken as rightly there, amounts in flight as
//! calls that are never answered.
//!
//! Source: `registry.md` 12, first paragraph.

use std::collections::{BTreeMap, BTreeSet};

use pbc_contract_common::address::Address;
use zk_node_registry::{ZkNode, ZkNodeTokens};

use super::facts::Facts;
use super::state::{total, whole};
use super::step::{Delivery, Step};
use crate::call::Call;

/// What is remembered of one account, which is there from its first enrolment or association on.
#[derive(Clone, Debug, Default)]
pub struct AccountGhost {
    /// Credits less debits plus restores: what its total must be.
    pub total: i128,
    /// Associations sent and not answered.
    pub incoming: i128,
    /// Disassociations sent and not answered.
    pub outgoing: i128,
    /// Allocations started, with those that were counted at the beginning.
    pub started: i64,
    /// Whether the last enrolment came through callback 30.
    pub asked_for_key: bool,
    /// Times of releases of which tokens are still pending.
    pub releases: BTreeSet<i64>,
    /// Whether the owner has reserved everything, and neither lowered that nor brought more.
    pub has_reserved_all: bool,
    /// Whether the node was ever disabled.
    pub is_banned: bool,
}

/// What is known of the past of a registry, besides what its state shows.
#[derive(Clone, Debug, Default)]
pub struct Past<'a> {
    /// The callbacks that must still come; their amounts are in the state.
    pub in_flight: Vec<&'a [u8]>,
    /// Who has reserved everything, and neither lowered that nor brought more.
    pub reserved_all: &'a [Address],
}

/// What is remembered of a history.
#[derive(Clone, Debug, Default)]
pub struct Ghosts {
    accounts: BTreeMap<Address, AccountGhost>,
    /// Callbacks that must still come, each with its number.
    in_flight: BTreeMap<Vec<u8>, u32>,
    /// Whose transfers got an answer that was not theirs: the chain delivers each callback once, and
    /// without that an answer can take the place of another.
    answered_twice: BTreeSet<Address>,
    /// What callbacks have moved to the registry so far, less what they have moved out.
    balance: i128,
    /// All totals and all outgoing tokens of the state.
    credited: i128,
}

impl Ghosts {
    /// What can be known of a registry whose past is not known.
    pub fn starting_from(facts: &Facts) -> Ghosts {
        let mut ghosts = Ghosts::default();
        for (account, tokens) in &facts.staked_tokens {
            let ghost = ghosts.accounts.entry(*account).or_default();
            ghost.total = total(tokens);
            ghost.incoming = tokens.incoming_tokens.into();
            ghost.outgoing = tokens.outgoing_tokens.into();
            ghost.started = i64::try_from(tokens.running()).unwrap_or(i64::MAX);
            ghost.releases = tokens.pending_unlock.iter().map(|it| it.unlock_time).collect();
            ghosts.credited += custody(Some(tokens));
        }
        for (account, node) in &facts.zk_nodes {
            let ghost = ghosts.accounts.entry(*account).or_default();
            ghost.started += i64::from(node.score.allocated_score);
            ghost.asked_for_key = node.public_key.is_some();
            ghost.is_banned = node.is_disabled;
        }
        ghosts.balance = ghosts.credited;
        ghosts
    }

    /// Takes what is known of the past into account.
    pub(super) fn learn_of(&mut self, past: &Past<'_>) {
        for callback in past.in_flight.iter() {
            *self.in_flight.entry(callback.to_vec()).or_default() += 1;
        }
        for account in past.reserved_all {
            self.of(account).has_reserved_all = true;
        }
    }

    /// What is remembered of an account; `None` if nobody has heard of it.
    pub fn account(&self, account: &Address) -> Option<&AccountGhost> {
        self.accounts.get(account)
    }

    /// Whether a callback of these bytes must still come.
    pub fn is_in_flight(&self, rpc: &[u8]) -> bool {
        self.in_flight.contains_key(rpc)
    }

    /// The callbacks that must still come, ascending by bytes, each as often as it must.
    pub fn in_flight(&self) -> impl Iterator<Item = &[u8]> {
        self.in_flight.iter().flat_map(|(rpc, times)| (0..*times).map(move |_| rpc.as_slice()))
    }

    /// What the registry must own by what callbacks have said, and what it has credited.
    pub fn books(&self) -> (i128, i128) {
        (self.balance, self.credited)
    }

    /// Whether a callback of the account was delivered a second time, and taken for another.
    pub fn was_answered_twice(&self, account: &Address) -> bool {
        self.answered_twice.contains(account)
    }

    /// Forgets a callback that has come, accepted or not: it comes once.
    pub(super) fn has_come(&mut self, delivery: &Delivery) {
        if delivery.callback.is_none() {
            return;
        }
        if let Some(times) = self.in_flight.get_mut(&delivery.rpc) {
            *times -= 1;
            if *times == 0 {
                self.in_flight.remove(&delivery.rpc);
            }
        }
    }

    /// Remembers an accepted step. A callback that `is_due` had not come before.
    pub(super) fn advance(&mut self, step: &Step<'_>, is_due: bool) {
        if let Some(Call::OnAssociated { account, .. } | Call::OnDisassociated { account, .. }) =
            step.call
            && !is_due
        {
            self.answered_twice.insert(*account);
        }
        for group in step.groups {
            if let Some(callback) = &group.callback {
                *self.in_flight.entry(callback.payload.clone()).or_default() += 1;
                self.send(&callback.payload);
            }
        }
        if let Some(call) = step.call {
            self.learn(call, step);
        }
        if let Some((_, computation)) = step.ended() {
            for node in &computation.nodes {
                self.of(node).releases.insert(step.delivery.now);
            }
        }
        if let Some((_, computation)) = step.requested() {
            for node in &computation.nodes {
                self.of(node).started += 1;
            }
        }
        for (account, before, after) in step.written_tokens() {
            self.credited += custody(after) - custody(before);
            if let Some(ghost) = self.accounts.get_mut(account) {
                let pending = after.map_or(&[][..], |tokens| &tokens.pending_unlock);
                ghost.releases.retain(|time| pending.iter().any(|it| it.unlock_time == *time));
                ghost.has_reserved_all &= after.is_some();
            }
        }
    }

    /// A transfer was sent, with this callback.
    fn send(&mut self, callback: &[u8]) {
        match Call::decode(callback) {
            Some(Call::OnAssociated { account, amount }) => {
                self.of(&account).incoming += i128::from(amount);
            }
            Some(Call::OnDisassociated { account, amount, .. }) => {
                let ghost = self.of(&account);
                ghost.outgoing += i128::from(amount);
                ghost.total -= i128::from(amount);
            }
            _ => {}
        }
    }

    fn learn(&mut self, call: &Call, step: &Step<'_>) {
        let sender = &step.delivery.sender;
        match call {
            Call::AssociateTokens { .. } | Call::AssociateTokensWithExpiration { .. } => {
                self.of(sender).has_reserved_all = false;
            }
            Call::SetReservedTokens { new_reserved } => {
                let tokens = step.after.staked_tokens.get(sender);
                let everything = tokens.map_or(0, whole);
                self.of(sender).has_reserved_all = i128::from(*new_reserved) >= everything;
            }
            Call::OnAssociated { account, amount } => {
                let ghost = self.of(account);
                ghost.incoming -= i128::from(*amount);
                if step.success() {
                    ghost.total += i128::from(*amount);
                    self.balance += i128::from(*amount);
                }
            }
            Call::OnDisassociated { account, amount, .. } => {
                let ghost = self.of(account);
                ghost.outgoing -= i128::from(*amount);
                if step.success() {
                    self.balance -= i128::from(*amount);
                } else {
                    ghost.total += i128::from(*amount);
                }
            }
            Call::RegisterAsZkNode { .. } => self.enrolled(sender, step, false),
            Call::OnProducerInfo { account, .. } => self.enrolled(account, step, true),
            Call::DisableZkNode { address } => self.of(address).is_banned = true,
            _ => {}
        }
    }

    /// The account is active now; whether it was not, the state before says.
    fn enrolled(&mut self, account: &Address, step: &Step<'_>, by_callback: bool) {
        let is_new = step.after.zk_nodes.get(account).is_some_and(ZkNode::is_active)
            && !step.node_before(account).is_some_and(ZkNode::is_active);
        if is_new {
            self.of(account).asked_for_key = by_callback;
        }
    }

    fn of(&mut self, account: &Address) -> &mut AccountGhost {
        self.accounts.entry(*account).or_default()
    }
}

/// What the registry owns for this record, in units: the total, and what is debited and not yet gone.
fn custody(tokens: Option<&ZkNodeTokens>) -> i128 {
    tokens.map_or(0, |tokens| total(tokens) + i128::from(tokens.outgoing_tokens))
}
