//! Every call that a scenario can make, as a value with names in it.
//!
//! An [`Action`] says what a caller wants; the world turns names into addresses, times into block
//! times and the whole into RPC bytes. Nothing here judges a call: whoever may not make it is told
//! so by the contract. Numbers are as wide as the wire carries them, negative ones included.
//!
//! Printing is here ([`fmt::Display`]), parsing in [`crate::parse`]; a test shows that they are
//! inverse.

use std::fmt::{self, Write};

use crate::name::Name;
use crate::quantity::{Amount, Moment, Version};

/// What a caller sends, and to whom: the registry unless the variant says otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// 00: `register https://alice.example`
    Register {
        /// The REST endpoint, any text.
        endpoint: String,
    },
    /// 01: `endpoint https://alice.example`
    SetEndpoint {
        /// The REST endpoint, any text.
        endpoint: String,
    },
    /// 0c: `version 4.10.0`
    SetVersion(Version),
    /// 1a: `ee-version 3`
    SetEeVersion(i32),
    /// 0d: `jurisdiction 208`
    SetJurisdiction(i32),
    /// 11: `resign`
    Resign,
    /// 10: `disable alice`
    Disable(Name),

    /// 0a: `associate 75_000`; with an expiration 15: `associate 75_000 expires 30d`
    Associate {
        /// How much.
        amount: Amount,
        /// From when on the stake is not offered to new work.
        expires: Option<Moment>,
    },
    /// 0b: `disassociate 75_000`
    Disassociate(Amount),
    /// 13: `reserve 75_000`
    Reserve(Amount),
    /// 06: `unlock`
    Unlock,
    /// 17: `expire 30d`, or `expire never`
    Expire(Option<Moment>),
    /// 16: `send-home alice`
    SendHome(Name),

    /// 04: `request zk-1 nodes 4 stake 2_000`
    RequestDrawnV1 {
        /// The contract to serve.
        contract: Name,
        /// How many nodes.
        nodes: i32,
        /// The stake of all nodes together.
        stake: Amount,
    },
    /// 08: `request zk-1 nodes 4 stake 2_000 version 4.9.0 jurisdictions [208, 276]`
    RequestDrawnV2 {
        /// The contract to serve.
        contract: Name,
        /// How many nodes.
        nodes: i32,
        /// The stake of all nodes together.
        stake: Amount,
        /// The lowest protocol version.
        version: Version,
        /// Where the nodes may be.
        jurisdictions: Jurisdictions,
    },
    /// 14: `request zk-1 stake 2_000 version 4.9.0 of alice bob`
    RequestListedFor {
        /// The contract to serve.
        contract: Name,
        /// The stake of all nodes together.
        stake: Amount,
        /// The lowest protocol version.
        version: Version,
        /// The nodes, in engine order.
        listed: Vec<Name>,
    },
    /// 18, for the caller itself: `request stake 2_000 ee-version 3 of alice bob`
    RequestListed {
        /// The stake of all nodes together.
        stake: Amount,
        /// The lowest EE version.
        ee_version: i32,
        /// The nodes, in engine order.
        listed: Vec<Name>,
    },
    /// 19, for the caller itself: `request nodes 4 stake 2_000 ee-version 3 jurisdictions [208]`
    RequestDrawn {
        /// How many nodes.
        nodes: i32,
        /// The stake of all nodes together.
        stake: Amount,
        /// The lowest EE version.
        ee_version: i32,
        /// Where the nodes may be.
        jurisdictions: Jurisdictions,
    },
    /// 1b: `re-request nodes 2 stake 2_000 ee-version 3 of n1 n2 after n1 success n3 failure`
    ReRequest {
        /// How many nodes.
        nodes: i32,
        /// The stake of all nodes together.
        stake: Amount,
        /// The lowest EE version.
        ee_version: i32,
        /// Where the nodes may be.
        jurisdictions: Jurisdictions,
        /// The nodes, in engine order; empty to have them drawn.
        listed: Vec<Name>,
        /// How the nodes of the old computation did.
        statuses: Vec<(Name, Verdict)>,
    },

    /// 05: `done`
    DoneV1,
    /// 12: `done alice success bob failure`
    DoneV2(Vec<(Name, Verdict)>),
    /// 20: `deleted zk-1`
    Deleted(Name),
    /// 07: `check zk-1`
    Check {
        /// The served contract.
        contract: Name,
        /// The gas sent along, if not the usual amount.
        gas: Option<u64>,
    },
    /// 0e: `extend zk-1 gas 800_000`
    Extend {
        /// The served contract.
        contract: Name,
        /// The gas sent along, if not the usual amount; it decides by how much.
        gas: Option<u64>,
    },

    /// At the token contract: `approve 75_000` lets the registry take that much. Never negative.
    Approve(Amount),
    /// At the token contract: `transfer 5 to bob`. Never negative.
    Transfer {
        /// How much.
        amount: Amount,
        /// Whose balance grows.
        to: Name,
    },
    /// Any bytes: `sends 0a000000002cb41780 to registry`, or `sends nothing to registry`
    Raw {
        /// The whole RPC.
        rpc: Vec<u8>,
        /// The contract that receives them.
        to: Name,
    },
}

/// Success or failure of one node in one computation, as its contract reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The node did its part.
    Success,
    /// It did not.
    Failure,
}

/// Country codes in which nodes may be: no list, one for all nodes, or one for each.
///
/// Text: `[208, 276]`, several lists one after the other; without lists there is no text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Jurisdictions(pub Vec<Vec<i32>>);

impl Action {
    /// Whether it asks for nodes.
    pub fn is_request(&self) -> bool {
        matches!(
            self,
            Action::RequestDrawnV1 { .. }
                | Action::RequestDrawnV2 { .. }
                | Action::RequestListedFor { .. }
                | Action::RequestListed { .. }
                | Action::RequestDrawn { .. }
                | Action::ReRequest { .. }
        )
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::Register { endpoint } => write!(f, "register {}", Text(endpoint)),
            Action::SetEndpoint { endpoint } => write!(f, "endpoint {}", Text(endpoint)),
            Action::SetVersion(version) => write!(f, "version {version}"),
            Action::SetEeVersion(version) => write!(f, "ee-version {version}"),
            Action::SetJurisdiction(code) => write!(f, "jurisdiction {code}"),
            Action::Resign => f.write_str("resign"),
            Action::Disable(node) => write!(f, "disable {node}"),

            Action::Associate { amount, expires: None } => write!(f, "associate {amount}"),
            Action::Associate { amount, expires: Some(at) } => {
                write!(f, "associate {amount} expires {at}")
            }
            Action::Disassociate(amount) => write!(f, "disassociate {amount}"),
            Action::Reserve(amount) => write!(f, "reserve {amount}"),
            Action::Unlock => f.write_str("unlock"),
            Action::Expire(Some(at)) => write!(f, "expire {at}"),
            Action::Expire(None) => f.write_str("expire never"),
            Action::SendHome(account) => write!(f, "send-home {account}"),

            Action::RequestDrawnV1 { contract, nodes, stake } => {
                write!(f, "request {contract} nodes {nodes} stake {stake}")
            }
            Action::RequestDrawnV2 { contract, nodes, stake, version, jurisdictions } => {
                write!(f, "request {contract} nodes {nodes} stake {stake} version {version}")?;
                write!(f, "{jurisdictions}")
            }
            Action::RequestListedFor { contract, stake, version, listed } => {
                write!(f, "request {contract} stake {stake} version {version} of {}", Names(listed))
            }
            Action::RequestListed { stake, ee_version, listed } => {
                write!(f, "request stake {stake} ee-version {ee_version} of {}", Names(listed))
            }
            Action::RequestDrawn { nodes, stake, ee_version, jurisdictions } => {
                write!(f, "request nodes {nodes} stake {stake} ee-version {ee_version}")?;
                write!(f, "{jurisdictions}")
            }
            Action::ReRequest { nodes, stake, ee_version, jurisdictions, listed, statuses } => {
                write!(f, "re-request nodes {nodes} stake {stake} ee-version {ee_version}")?;
                write!(f, "{jurisdictions}")?;
                if !listed.is_empty() {
                    write!(f, " of {}", Names(listed))?;
                }
                write!(f, " after {}", Statuses(statuses))
            }

            Action::DoneV1 => f.write_str("done"),
            Action::DoneV2(statuses) => write!(f, "done {}", Statuses(statuses)),
            Action::Deleted(contract) => write!(f, "deleted {contract}"),
            Action::Check { contract, gas } => write!(f, "check {contract}{}", Gas(*gas)),
            Action::Extend { contract, gas } => write!(f, "extend {contract}{}", Gas(*gas)),

            Action::Approve(amount) => write!(f, "approve {amount}"),
            Action::Transfer { amount, to } => write!(f, "transfer {amount} to {to}"),
            Action::Raw { rpc, to } if rpc.is_empty() => write!(f, "sends nothing to {to}"),
            Action::Raw { rpc, to } => write!(f, "sends {} to {to}", hex::encode(rpc)),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Verdict::Success => "success",
            Verdict::Failure => "failure",
        })
    }
}

/// Prints with a space in front, so that no lists print as nothing.
impl fmt::Display for Jurisdictions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        f.write_str(" jurisdictions")?;
        for list in &self.0 {
            let codes: Vec<String> = list.iter().map(i32::to_string).collect();
            write!(f, " [{}]", codes.join(", "))?;
        }
        Ok(())
    }
}

/// Names one after the other, or `nobody`.
pub(crate) struct Names<'a>(pub(crate) &'a [Name]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.0.iter().map(Name::as_str).collect();
        f.write_str(if names.is_empty() { "nobody" } else { "" })?;
        f.write_str(&names.join(" "))
    }
}

/// Each node with its verdict, or `nobody`.
struct Statuses<'a>(&'a [(Name, Verdict)]);

impl fmt::Display for Statuses<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> =
            self.0.iter().map(|(node, verdict)| format!("{node} {verdict}")).collect();
        f.write_str(if words.is_empty() { "nobody" } else { "" })?;
        f.write_str(&words.join(" "))
    }
}

/// The gas sent along, with a space in front.
struct Gas(Option<u64>);

impl fmt::Display for Gas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(gas) => write!(f, " gas {gas}"),
            None => Ok(()),
        }
    }
}

/// Any text as one word: bare when that is clear, otherwise quoted, in printable ASCII only.
pub(crate) struct Text<'a>(pub(crate) &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bare = self.0.bytes().all(|byte| byte.is_ascii_graphic())
            && !self.0.is_empty()
            && !self.0.starts_with(['"', '#'])
            && self.0 != "=>";
        if bare {
            return f.write_str(self.0);
        }
        f.write_char('"')?;
        for character in self.0.chars() {
            match character {
                '\'' => f.write_char('\'')?,
                other => write!(f, "{}", other.escape_default())?,
            }
        }
        f.write_char('"')
    }
}
