//! What happens at the contracts around the registry: at ZK contracts, and at a deployment.
//!
//! None of these lines is a call to the registry. Those that end the work of a ZK contract make it
//! send one, with a verdict on each of its nodes.

use std::fmt;

use super::Code;
use crate::name::Name;
use crate::neighbours::{Status, WorkKind};
use crate::quantity::Moment;

/// `20d zk-1 owes n3 attestation`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// Time since the scenario began.
    pub at: Moment,
    /// The contract at which it happens, or the node that does it.
    pub actor: Name,
    /// What happens.
    pub turn: Turn,
    /// The refusal code with which the registry must answer what comes of it.
    pub refused: Option<Code>,
}

/// One thing that happens at a contract around the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// `zk-1 becomes calculating`: the calculation status. Done and malicious end the work, and the
    /// contract tells the registry.
    Becomes(Status),
    /// `zk-1 awaits attestation`: something new to do, and every node of it owes its part.
    Awaits(WorkKind),
    /// `zk-1 owes n3 attestation`: something to do, and only the part of this node is missing.
    Owes(Name, WorkKind),
    /// `n3 settles attestation of zk-1`: the node does its part.
    Settles(WorkKind, Name),
    /// `zk-1 reaches deadline`: it notices that its deadline has passed, and tells the registry.
    ReachesDeadline,
    /// `zk-1 deletes itself`: it is gone, and its last message tells the registry.
    DeletesItself,
    /// `zk-1 runs out of gas`: it is gone, and nobody is told.
    RunsOutOfGas,
    /// `deploy cannot create zk-1`: its creation fails after the nodes were found.
    CannotCreate(Name),
    /// `deploy can create zk-1`: no longer.
    CanCreate(Name),
}

impl Turn {
    /// The contract whose work it concerns, when `actor` does it; none for deployments.
    pub fn place<'a>(&'a self, actor: &'a Name) -> Option<&'a Name> {
        match self {
            Turn::Settles(_, contract) => Some(contract),
            Turn::CannotCreate(_) | Turn::CanCreate(_) => None,
            Turn::Becomes(_)
            | Turn::Awaits(_)
            | Turn::Owes(..)
            | Turn::ReachesDeadline
            | Turn::DeletesItself
            | Turn::RunsOutOfGas => Some(actor),
        }
    }
}

impl fmt::Display for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Turn::Becomes(status) => write!(f, "becomes {}", status.word()),
            Turn::Awaits(kind) => write!(f, "awaits {kind}"),
            Turn::Owes(node, kind) => write!(f, "owes {node} {kind}"),
            Turn::Settles(kind, contract) => write!(f, "settles {kind} of {contract}"),
            Turn::ReachesDeadline => f.write_str("reaches deadline"),
            Turn::DeletesItself => f.write_str("deletes itself"),
            Turn::RunsOutOfGas => f.write_str("runs out of gas"),
            Turn::CannotCreate(contract) => write!(f, "cannot create {contract}"),
            Turn::CanCreate(contract) => write!(f, "can create {contract}"),
        }
    }
}
