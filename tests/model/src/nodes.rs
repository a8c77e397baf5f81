//! The rows *Nodes* of 4.3, callback 30, and the verb *enrol*.

use crate::bytes::Reader;
use crate::call::{CallbackOutcome, Context};
use crate::checks;
use crate::effects::Effects;
use crate::refusal::{Refusal, refuse, require};
use crate::state::{Address, Model, NodeRecord, PublicKey, Score, SemanticVersion};

impl Model {
    /// `00`
    pub(crate) fn register(
        &mut self,
        context: &Context,
        rest_endpoint: &str,
    ) -> Result<Effects, Refusal> {
        checks::caller_is_account(&context.sender)?;
        checks::endpoint(rest_endpoint)?;
        require(!self.is_active(&context.sender), "already_registered")?;

        if self.settings.require_block_producer {
            return Ok(self.ask_producer_info(context.sender, rest_endpoint));
        }
        self.enrol(&context.sender, rest_endpoint, None, 0);
        Ok(Effects::default())
    }

    /// *Enrol* (4.2). Score and ban survive resigning; versions do not.
    fn enrol(
        &mut self,
        account: &Address,
        rest_endpoint: &str,
        public_key: Option<PublicKey>,
        server_jurisdiction: i32,
    ) {
        let before = self.zk_nodes.get(account);
        let record = NodeRecord {
            identity: *account,
            is_disabled: before.is_some_and(|node| node.is_disabled),
            public_key,
            rest_endpoint: rest_endpoint.to_owned(),
            score: before.map_or(Score::default(), |node| node.score),
            server_jurisdiction,
            supported_ee_version: 0,
            supported_protocol_version: None,
            is_resigned: false,
        };
        self.zk_nodes.insert(*account, record);
        self.update_roster(account);
    }

    /// `not_registered`, or the active node record of the sender.
    fn active_node(&mut self, sender: &Address) -> Result<&mut NodeRecord, Refusal> {
        self.sender_is_registered(sender)?;
        Ok(self.zk_nodes.get_mut(sender).expect("an active node has a record"))
    }

    /// `01`
    pub(crate) fn update_endpoint(
        &mut self,
        context: &Context,
        rest_endpoint: &str,
    ) -> Result<Effects, Refusal> {
        let node = self.active_node(&context.sender)?;
        checks::endpoint(rest_endpoint)?;

        node.rest_endpoint = rest_endpoint.to_owned();
        Ok(Effects::default())
    }

    /// `0c`
    pub(crate) fn update_protocol_version(
        &mut self,
        context: &Context,
        version: &SemanticVersion,
    ) -> Result<Effects, Refusal> {
        let node = self.active_node(&context.sender)?;
        checks::protocol_version(version)?;

        node.supported_protocol_version = Some(*version);
        Ok(Effects::default())
    }

    /// `0d`
    pub(crate) fn update_jurisdiction(
        &mut self,
        context: &Context,
        jurisdiction: i32,
    ) -> Result<Effects, Refusal> {
        let node = self.active_node(&context.sender)?;
        require((0..=999).contains(&jurisdiction), "jurisdiction_out_of_range")?;

        node.server_jurisdiction = jurisdiction;
        Ok(Effects::default())
    }

    /// `1a`
    pub(crate) fn update_ee_version(
        &mut self,
        context: &Context,
        version: i32,
    ) -> Result<Effects, Refusal> {
        let node = self.active_node(&context.sender)?;
        checks::ee_version(version)?;

        node.supported_ee_version = version;
        Ok(Effects::default())
    }

    /// `11`
    pub(crate) fn resign(&mut self, context: &Context) -> Result<Effects, Refusal> {
        let sender = context.sender;
        self.sender_is_registered(&sender)?;
        let idle = self.staked_tokens.get(&sender).is_none_or(|record| record.allocated.is_empty());
        require(idle, "open_allocations")?;

        self.active_node(&sender)?.is_resigned = true;
        self.update_roster(&sender);
        Ok(Effects::default())
    }

    /// `10`
    pub(crate) fn disable(
        &mut self,
        context: &Context,
        address: &Address,
    ) -> Result<Effects, Refusal> {
        require(context.sender == self.collaborators.voting, "not_voting")?;
        let Some(node) = self.zk_nodes.get_mut(address) else { return refuse("node_unknown") };

        node.is_disabled = true;
        self.update_roster(address);
        Ok(Effects::default())
    }

    /// Callback `30`. The producer information is read before anything else, so that it is
    /// judged for an account that is active already, too.
    pub(crate) fn on_producer_info(
        &mut self,
        account: &Address,
        rest_endpoint: &str,
        outcome: &CallbackOutcome,
    ) -> Result<(), Refusal> {
        if !outcome.success {
            return Ok(());
        }
        let [(_, return_data)] = outcome.results.as_slice() else {
            return refuse("callback_data_invalid");
        };
        let Ok(producer) = read_producer(return_data) else {
            return refuse("callback_data_invalid");
        };
        require(producer.identity == *account, "callback_data_invalid")?;

        if !self.is_active(account) {
            let in_range = (0..=999).contains(&producer.server_jurisdiction);
            let jurisdiction = if in_range { producer.server_jurisdiction } else { 0 };
            self.enrol(account, rest_endpoint, Some(producer.public_key), jurisdiction);
        }
        Ok(())
    }
}

/// What the registry takes from the producer information.
struct Producer {
    identity: Address,
    public_key: PublicKey,
    server_jurisdiction: i32,
}

/// The layout of 10.3, with nothing after it. The code of a refusal does not matter here.
fn read_producer(return_data: &[u8]) -> Result<Producer, Refusal> {
    let mut reader = Reader::new(return_data);
    let identity = reader.address()?;
    let _name = reader.string()?;
    let _website = reader.string()?;
    let _address = reader.string()?;
    let public_key = reader.array::<33>()?;
    let _bls_public_key = reader.array::<96>()?;
    let _entity_jurisdiction = reader.i32()?;
    let server_jurisdiction = reader.i32()?;
    reader.end()?;
    Ok(Producer { identity, public_key, server_jurisdiction })
}
