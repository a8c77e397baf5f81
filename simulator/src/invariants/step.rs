//! One delivery to a registry: what it was called with, what it answered, and what that changed.

use pbc_contract_common::Hash;
use pbc_contract_common::address::Address;
use pbc_contract_common::context::ContractContext;
use pbc_host::Group;
use pbc_lib::Failure;
use zk_node_registry::rules::units::Timestamp;
use zk_node_registry::{Computation, ZkNode, ZkNodeTokens};

use super::facts::{Before, Facts};
use crate::call::Call;
use crate::chain::Results;

/// What a registry is called with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The registry's own address.
    pub registry: Address,
    /// Who calls. In a callback, whoever started the chain of events: nothing depends on it.
    pub sender: Address,
    /// The production time of the block, in milliseconds since 1970.
    pub now: i64,
    /// The number of the block, which is no time.
    pub height: i64,
    /// The hash of the transaction.
    pub transaction: [u8; 32],
    /// What the callback is told; none for a call.
    pub callback: Option<Results>,
    /// Shortname and arguments.
    pub rpc: Vec<u8>,
}

impl Delivery {
    /// What the contract is told about the call.
    pub fn context(&self) -> ContractContext {
        let transaction = || Hash { bytes: self.transaction };
        ContractContext {
            contract_address: self.registry,
            sender: self.sender,
            block_time: self.height,
            block_production_time: self.now,
            current_transaction: transaction(),
            original_transaction: transaction(),
        }
    }
}

/// What a registry answered: what it emits, or why it did not take the call.
pub type Answer = Result<Vec<Group>, Failure>;

/// An accepted delivery, with the records that it wrote as they were before.
#[derive(Debug)]
pub struct Step<'a> {
    /// What the registry was called with.
    pub delivery: &'a Delivery,
    /// The call, if it is one of the registry's.
    pub call: Option<&'a Call>,
    /// What it emits.
    pub groups: &'a [Group],
    /// What the records that were written were before.
    pub before: &'a Before,
    /// The state after the call.
    pub after: &'a Facts,
}

impl<'a> Step<'a> {
    /// The time of the block.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.delivery.now)
    }

    /// The tokens of an account before the call.
    pub fn tokens_before(&self, account: &Address) -> Option<&'a ZkNodeTokens> {
        old(&self.before.tokens, account, || self.after.staked_tokens.get(account))
    }

    /// The node of an account before the call.
    pub fn node_before(&self, account: &Address) -> Option<&'a ZkNode> {
        old(&self.before.nodes, account, || self.after.zk_nodes.get(account))
    }

    /// The work of a contract before the call.
    pub fn computation_before(&self, contract: &Address) -> Option<&'a Computation> {
        old(&self.before.computations, contract, || self.after.computations.get(contract))
    }

    /// The token records that the call wrote: account, before, after.
    pub fn written_tokens(
        &self,
    ) -> impl Iterator<Item = (&'a Address, Option<&'a ZkNodeTokens>, Option<&'a ZkNodeTokens>)>
    {
        let after = self.after;
        self.before.tokens.iter().map(move |(account, before)| {
            (account, before.as_ref(), after.staked_tokens.get(account))
        })
    }

    /// The contract and the computation that this request made, if it is one.
    pub fn requested(&self) -> Option<(Address, &'a Computation)> {
        let served = self.call?.request_for(self.delivery.sender)?;
        self.after.computations.get(&served).map(|computation| (served, computation))
    }

    /// The contract and the computation that this call ended, if it did.
    pub fn ended(&self) -> Option<(Address, &'a Computation)> {
        let contract = self.call?.ends(self.delivery.sender)?;
        self.computation_before(&contract).map(|computation| (contract, computation))
    }

    /// Whether the callback tells of success. False for a call.
    pub fn success(&self) -> bool {
        self.delivery.callback.as_ref().is_some_and(|results| results.success)
    }
}

fn old<'a, K: PartialEq, V>(
    written: &'a [(K, Option<V>)],
    key: &K,
    otherwise: impl FnOnce() -> Option<&'a V>,
) -> Option<&'a V> {
    match written.iter().find(|(known, _)| known == key) {
        Some((_, before)) => before.as_ref(),
        None => otherwise(),
    }
}
