//! One event: what a contract is called with, and what comes of it.

use std::rc::Rc;

use pbc_contract_common::address::Address;
use pbc_host::Group;
use pbc_lib::Failure;

use super::hashes::TransactionHash;

/// A call on its way to one contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// How the call came about.
    pub kind: Kind,
    /// The sender that the contract sees. In a callback it is not the contract that was called but
    /// the sender of the call whose execution asked for the callback.
    pub from: Address,
    /// The contract that is called.
    pub to: Address,
    /// Who sent the transaction at the start of the chain of events.
    pub starter: Address,
    /// Shortname and arguments.
    pub rpc: Vec<u8>,
    /// The gas that comes along, if it is known.
    pub gas: Option<u64>,
    /// What the contract sees as the current transaction.
    pub hash: TransactionHash,
    /// What the contract sees as the original transaction.
    pub original: TransactionHash,
}

/// How a call came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An account deploys the contract.
    Deployment,
    /// An account calls.
    Transaction,
    /// A contract calls.
    Interaction,
    /// The calls of a group of the contract's own have ended.
    Callback(Results),
}

/// What a callback is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Results {
    /// Whether every call of the group succeeded.
    pub success: bool,
    /// The result of each call, in the order of the group.
    pub results: Vec<CallResult>,
}

/// How one call of a group ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallResult {
    /// Whether it succeeded.
    pub succeeded: bool,
    /// What it returned; empty if nothing, and after a failure.
    pub return_data: Vec<u8>,
}

impl Results {
    /// The results as they are when nobody interferes: success if all succeeded.
    pub fn of(results: Vec<CallResult>) -> Results {
        Results { success: results.iter().all(|result| result.succeeded), results }
    }

    /// The same calls, all failed.
    pub fn failed(calls: usize) -> Results {
        Results { success: calls == 0, results: vec![CallResult::default(); calls] }
    }
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The contract took the call, and sends this.
    Accepted {
        /// What it sends, in order.
        groups: Rc<[Group]>,
        /// What the last group returns to the caller, empty if nothing.
        return_data: Vec<u8>,
    },
    /// The contract refused the call. Nothing changed.
    Refused {
        /// The stable code of the reason.
        code: String,
        /// The reason in words.
        message: String,
    },
    /// The contract broke down: a bug of it. Nothing changed.
    Trap {
        /// What it said.
        message: String,
    },
    /// The call ran out of gas. Nothing changed.
    OutOfGas,
    /// The call never reached a contract: there is none, or the caller made it fail.
    Failed {
        /// Why.
        reason: &'static str,
    },
}

impl Outcome {
    /// Whether the contract took the call.
    pub fn is_accepted(&self) -> bool {
        matches!(self, Outcome::Accepted { .. })
    }

    /// The code of the refusal, if the contract refused the call.
    pub fn refusal(&self) -> Option<&str> {
        match self {
            Outcome::Refused { code, .. } => Some(code),
            _ => None,
        }
    }

    /// What those who wait for the call are told.
    pub(super) fn result(&self) -> CallResult {
        match self {
            Outcome::Accepted { return_data, .. } => {
                CallResult { succeeded: true, return_data: return_data.clone() }
            }
            _ => CallResult::default(),
        }
    }
}

impl From<Vec<Group>> for Outcome {
    fn from(groups: Vec<Group>) -> Outcome {
        let returned = groups.last().and_then(|group| group.return_data.clone());
        Outcome::Accepted { groups: groups.into(), return_data: returned.unwrap_or_default() }
    }
}

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Outcome {
        match failure {
            Failure::Refused { code, message } => {
                Outcome::Refused { code: code.into_owned(), message }
            }
            Failure::Trap { message } => Outcome::Trap { message },
        }
    }
}
