//! How computations end: statuses, release, and what is known of their deadline.
//!
//! A release is never refused for a limit, it never happens twice, and it needs a message: a
//! deadline does nothing by itself, and a failed question proves nothing (D-30).
//!
//! Not here: verdicts (`score`), the record's own moves (`stake`).
//!
//! Source: `run-a-zk-node.md`, "Calculating the score"; registry.md 4.2 "Release", 6.2 and 9.

use pbc_contract_common::address::Address;

use super::node::ZkNode;
use super::rejection::Rejection;
use super::requests::{check_length, MAX_LIST};
use super::score::ZkNodeScoreStatus;
use super::stake::ZkNodeTokens;
use super::units::{ServedContract, Timestamp, TokenAmount};
use super::work::{statuses_in_order, Computation, EngineStatus};
use crate::{wire, RegistryState};

/// The end of one computation, worked out and not yet stored.
#[must_use]
pub(crate) struct Release {
    ended: Option<ServedContract>,
    tokens: Vec<(Address, ZkNodeTokens)>,
    nodes: Vec<(Address, ZkNode)>,
}

impl Release {
    /// Nothing ends.
    pub(crate) const fn nothing() -> Release {
        Release { ended: None, tokens: Vec::new(), nodes: Vec::new() }
    }
}

/// A question to a served contract that somebody pays for.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExtensionOrder {
    /// The served contract.
    pub contract: Address,
    /// What its computation locks, the denominator of the price.
    pub total_stakes: TokenAmount,
}

impl RegistryState {
    /// Ends the sender's computation; every node succeeds, as this call carries no verdict (D-13).
    ///
    /// # Errors
    ///
    /// [`Rejection::NoComputation`]
    pub(crate) fn end_with_success(
        &mut self,
        sender: Address,
        now: Timestamp,
    ) -> Result<(), Rejection> {
        let (served, computation) = self.computation_of(sender)?;
        let release = self.release_all(served, &computation, now);

        self.apply(release);
        Ok(())
    }

    /// Ends the sender's computation with a verdict for each node.
    ///
    /// # Errors
    ///
    /// [`Rejection::NoComputation`], [`Rejection::ListTooLong`],
    /// [`Rejection::StatusNodeForeign`], [`Rejection::StatusNodeRepeated`],
    /// [`Rejection::StatusNodeMissing`].
    pub(crate) fn end_with_statuses(
        &mut self,
        sender: Address,
        engines_status: &[EngineStatus],
        now: Timestamp,
    ) -> Result<(), Rejection> {
        let (served, computation) = self.computation_of(sender)?;
        check_length("engines_status", engines_status.len(), MAX_LIST)?;
        let release = self.release_with_statuses(served, &computation, engines_status, now)?;

        self.apply(release);
        Ok(())
    }

    /// Ends the computation of a contract that was deleted, or never came to be; every node
    /// succeeds (D-13, D-32).
    ///
    /// # Errors
    ///
    /// [`Rejection::NotZkContractDeploy`], [`Rejection::NoComputation`].
    pub(crate) fn end_of_deleted(
        &mut self,
        sender: Address,
        zk_contract: Address,
        now: Timestamp,
    ) -> Result<(), Rejection> {
        self.check_is_deploy(sender)?;
        let (served, computation) = self.computation_of(zk_contract)?;
        let release = self.release_all(served, &computation, now);

        self.apply(release);
        Ok(())
    }

    /// Whom to ask for the deadline of a computation: the contract itself.
    ///
    /// # Errors
    ///
    /// [`Rejection::NoComputation`]
    pub(crate) fn deadline_question(&self, zk_contract: Address) -> Result<Address, Rejection> {
        self.computation_of(zk_contract).map(|(served, _)| served.address())
    }

    /// What to send with somebody's payment for more time.
    ///
    /// # Errors
    ///
    /// [`Rejection::NoComputation`]
    pub(crate) fn extension_order(&self, contract: Address) -> Result<ExtensionOrder, Rejection> {
        let (served, computation) = self.computation_of(contract)?;
        let total_stakes = super::units::stored(computation.total_stakes);
        Ok(ExtensionOrder { contract: served.address(), total_stakes })
    }

    /// The end report: what a served contract answered about its deadline. Only exactly one result
    /// of 8 bytes counts, and it can only move the planned end forward. Anything else, a failed
    /// question above all, changes nothing.
    pub(crate) fn end_reported(&mut self, contract: Address, answer: Option<&[&[u8]]>) {
        let Some([data]) = answer else { return };
        let Some(deadline) = wire::read_deadline(data) else {
            return;
        };
        let Some(mut computation) = self.computations.get(&contract) else {
            return;
        };

        computation.expect_end(Timestamp::from_millis(deadline));
        self.computations.insert(contract, computation);
    }

    pub(crate) fn computation_of(
        &self,
        contract: Address,
    ) -> Result<(ServedContract, Computation), Rejection> {
        let computation = self.computations.get(&contract);
        let computation = computation.ok_or(Rejection::NoComputation { contract })?;
        Ok((ServedContract::holding(contract), computation))
    }

    fn release_all(
        &self,
        served: ServedContract,
        computation: &Computation,
        now: Timestamp,
    ) -> Release {
        let success = core::iter::repeat(ZkNodeScoreStatus::Success {});
        self.release(served, computation, success, now)
    }

    pub(crate) fn release_with_statuses(
        &self,
        served: ServedContract,
        computation: &Computation,
        engines_status: &[EngineStatus],
        now: Timestamp,
    ) -> Result<Release, Rejection> {
        let statuses = statuses_in_order(&computation.nodes, engines_status)?;
        Ok(self.release(served, computation, statuses, now))
    }

    /// Each node's own amount becomes pending and its score moves by one. Imported state can lack a
    /// node record: then the tokens are released and no score is booked.
    fn release(
        &self,
        served: ServedContract,
        computation: &Computation,
        statuses: impl IntoIterator<Item = ZkNodeScoreStatus>,
        now: Timestamp,
    ) -> Release {
        let mut release = Release { ended: Some(served), ..Release::nothing() };
        for (account, status) in computation.nodes.iter().zip(statuses) {
            if let Some(mut tokens) = self.staked_tokens.get(account) {
                tokens.release(served, now);
                release.tokens.push((*account, tokens));
            }
            if let Some(mut node) = self.zk_nodes.get(account) {
                node.score.book(status);
                release.nodes.push((*account, node));
            }
        }
        release
    }

    /// The tokens of an account as `release` would leave them.
    pub(crate) fn tokens_after(&self, release: &Release, account: Address) -> Option<ZkNodeTokens> {
        let released = release.tokens.iter().find(|(released, _)| *released == account);
        match released {
            Some((_, tokens)) => Some(tokens.clone()),
            None => self.staked_tokens.get(&account),
        }
    }

    /// Stores a release. The total of nobody changes, so the roster stays as it is.
    pub(crate) fn apply(&mut self, release: Release) {
        for (account, tokens) in release.tokens {
            self.staked_tokens.insert(account, tokens);
        }
        for (account, node) in release.nodes {
            self.zk_nodes.insert(account, node);
        }
        if let Some(served) = release.ended {
            self.computations.remove(&served.address());
        }
    }
}
