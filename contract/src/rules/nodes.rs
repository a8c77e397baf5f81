//! What operators and the voting contract do to node records.
//!
//! Not here: the record itself (`node`), stake (`tokens`).
//!
//! Source: `run-a-zk-node.md`, "Register as a ZK node"; registry.md 4.2 and 4.3, rows of nodes.

use pbc_contract_common::address::Address;

use super::node::{
    check_ee_version, check_endpoint, Jurisdiction, Particulars, RestEndpoint, SemanticVersion,
    ZkNode,
};
use super::rejection::Rejection;
use super::units::Account;
use crate::wire::{self, ProducerInfo};
use crate::RegistryState;

/// What is left to do for a registration.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registration {
    /// The node is enrolled.
    Done,
    /// The block producer orchestration is to be asked about the account first.
    AskForProducer {
        /// Whom to ask.
        bp_orchestration: Address,
        /// About whom.
        account: Address,
        /// To be enrolled with when the answer comes.
        rest_endpoint: String,
    },
}

impl RegistryState {
    /// Registers the sender, at once or after the block producer orchestration has confirmed it.
    ///
    /// # Errors
    ///
    /// [`Rejection::CallerNotAccount`], those of [`check_endpoint`],
    /// [`Rejection::AlreadyRegistered`].
    pub(crate) fn register(
        &mut self,
        sender: Address,
        rest_endpoint: String,
    ) -> Result<Registration, Rejection> {
        let account = Account::calling(sender)?;
        check_endpoint(&rest_endpoint)?;
        let known = self.zk_nodes.get(&sender);
        if let Some(node) = known.as_ref().filter(|node| node.is_active()) {
            let endpoint = node.rest_endpoint.rest_endpoint.clone();
            return Err(Rejection::AlreadyRegistered { endpoint });
        }

        if self.settings.require_block_producer {
            let bp_orchestration = self.collaborators.bp_orchestration;
            let account = account.address();
            return Ok(Registration::AskForProducer { bp_orchestration, account, rest_endpoint });
        }
        let server_jurisdiction = Jurisdiction::UNKNOWN;
        let particulars = Particulars { rest_endpoint, public_key: None, server_jurisdiction };
        self.enrol(account.address(), known, particulars);
        Ok(Registration::Done)
    }

    /// Enrols `account` with what the block producer orchestration answered. Only the success flag
    /// of the callback counts; a failed question changes nothing, and neither does the second of
    /// two answers.
    ///
    /// # Errors
    ///
    /// [`Rejection::CallbackDataInvalid`] if the answer is not one record of that account.
    pub(crate) fn producer_answered(
        &mut self,
        account: Address,
        rest_endpoint: String,
        answer: Option<&[&[u8]]>,
    ) -> Result<(), Rejection> {
        let Some(results) = answer else { return Ok(()) };
        let info = match results {
            [data] => wire::read_producer_info(data, &account),
            _ => Err("not exactly one result"),
        };
        let ProducerInfo { public_key, server_jurisdiction } =
            info.map_err(|reason| Rejection::CallbackDataInvalid { reason, account })?;
        let known = self.zk_nodes.get(&account);
        if known.as_ref().is_some_and(ZkNode::is_active) {
            return Ok(());
        }

        let jurisdiction = Jurisdiction { value: server_jurisdiction };
        let is_code = jurisdiction.check_of_node().is_ok();
        let server_jurisdiction = if is_code { jurisdiction } else { Jurisdiction::UNKNOWN };
        let public_key = Some(public_key);
        let particulars = Particulars { rest_endpoint, public_key, server_jurisdiction };
        self.enrol(account, known, particulars);
        Ok(())
    }

    fn enrol(&mut self, account: Address, known: Option<ZkNode>, particulars: Particulars) {
        let node = match known {
            None => ZkNode::enrolled(account, particulars),
            Some(mut node) => {
                node.enrol_again(particulars);
                node
            }
        };
        self.put_node_and_update_roster(account, node);
    }

    /// Sets where the sender's node answers; running computations keep the old endpoint.
    ///
    /// # Errors
    ///
    /// [`Rejection::NotRegistered`], those of [`check_endpoint`].
    pub(crate) fn update_endpoint(
        &mut self,
        sender: Address,
        rest_endpoint: String,
    ) -> Result<(), Rejection> {
        let mut node = self.active_node(sender)?;
        check_endpoint(&rest_endpoint)?;

        node.rest_endpoint = RestEndpoint { rest_endpoint };
        self.zk_nodes.insert(sender, node);
        Ok(())
    }

    /// Sets the version of the sender's node software; it may be lower than before.
    ///
    /// # Errors
    ///
    /// [`Rejection::NotRegistered`], [`Rejection::VersionNegative`].
    pub(crate) fn update_protocol_version(
        &mut self,
        sender: Address,
        version: SemanticVersion,
    ) -> Result<(), Rejection> {
        let mut node = self.active_node(sender)?;
        version.check()?;

        node.supported_protocol_version = Some(version);
        self.zk_nodes.insert(sender, node);
        Ok(())
    }

    /// Sets the version of the sender's execution engine; it may be lower than before.
    ///
    /// # Errors
    ///
    /// [`Rejection::NotRegistered`], [`Rejection::VersionNegative`].
    pub(crate) fn update_ee_version(
        &mut self,
        sender: Address,
        version: i32,
    ) -> Result<(), Rejection> {
        let mut node = self.active_node(sender)?;
        check_ee_version(version)?;

        node.supported_ee_version = version;
        self.zk_nodes.insert(sender, node);
        Ok(())
    }

    /// Sets the country of the sender's server, in place of what the producer information said.
    ///
    /// # Errors
    ///
    /// [`Rejection::NotRegistered`], [`Rejection::JurisdictionOutOfRange`].
    pub(crate) fn update_jurisdiction(
        &mut self,
        sender: Address,
        jurisdiction: Jurisdiction,
    ) -> Result<(), Rejection> {
        let mut node = self.active_node(sender)?;
        jurisdiction.check_of_node()?;

        node.server_jurisdiction = jurisdiction;
        self.zk_nodes.insert(sender, node);
        Ok(())
    }

    /// Ends the sender's part in new work. Record, score and ban stay (D-17); free and pending
    /// tokens stay withdrawable.
    ///
    /// # Errors
    ///
    /// [`Rejection::NotRegistered`], [`Rejection::OpenAllocations`].
    pub(crate) fn resign(&mut self, sender: Address) -> Result<(), Rejection> {
        let mut node = self.active_node(sender)?;
        let open = self.staked_tokens.get(&sender).map_or(0, |tokens| tokens.running());
        if open > 0 {
            return Err(Rejection::OpenAllocations { open });
        }

        node.is_resigned = true;
        self.put_node_and_update_roster(sender, node);
        Ok(())
    }

    /// Bans a node for good, a resigned one too. Running work, release, score and withdrawal go on.
    ///
    /// # Errors
    ///
    /// [`Rejection::NotVoting`], `node_unknown`.
    pub(crate) fn disable(&mut self, sender: Address, account: Address) -> Result<(), Rejection> {
        let expected = self.collaborators.voting;
        if sender != expected {
            return Err(Rejection::NotVoting { sender, expected });
        }
        let mut node = self.zk_nodes.get(&account).ok_or(Rejection::unknown_node(account))?;

        node.is_disabled = true;
        self.put_node_and_update_roster(account, node);
        Ok(())
    }

    fn active_node(&self, sender: Address) -> Result<ZkNode, Rejection> {
        let node = self.zk_nodes.get(&sender).filter(ZkNode::is_active);
        node.ok_or(Rejection::NotRegistered { sender })
    }

    fn put_node_and_update_roster(&mut self, account: Address, node: ZkNode) {
        let tokens = self.staked_tokens.get(&account);
        self.update_roster(account, Some(&node), tokens.as_ref());
        self.zk_nodes.insert(account, node);
    }
}
