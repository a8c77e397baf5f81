//! The record of one node: who it is, where it answers, what it runs, and how it has done.
//!
//! Invariants:
//! - `identity` is the key under which the record is stored.
//! - A ban and the score survive resigning and registering again.
//! - New endpoints are https; the registry itself never contacts one.
//!
//! Not here: stake (`stake`), who may write which field (`nodes`).
//!
//! Source: `run-a-zk-node.md`, "Register as a ZK node"; `registry.md` 3.1, 4.2, 4.3.

use core::fmt;

use create_type_spec_derive::CreateTypeSpec;
use pbc_contract_common::address::Address;
use pbc_contract_common::PublicKey;
use read_write_rpc_derive::ReadWriteRPC;
use read_write_state_derive::ReadWriteState;

use super::rejection::Rejection;
use super::score::ZkNodeScore;

/// The longest endpoint, in bytes of UTF-8.
///
/// Source: registry.md 2 (D-34).
pub const MAX_ENDPOINT_BYTES: usize = 512;

/// The largest ISO 3166-1 numeric code.
pub const MAX_JURISDICTION: i32 = 999;

const HTTPS: &str = "https://";

/// What the registry keeps of a node.
#[derive(ReadWriteState, CreateTypeSpec, Clone, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct ZkNode {
    /// The operator's account, which is the key of the record.
    pub identity: Address,
    /// Banned by the voting contract; never lifted.
    pub is_disabled: bool,
    /// The key that the block producer orchestration confirmed at the last enrolment, if it was
    /// asked.
    pub public_key: Option<PublicKey>,
    /// Where the node answers.
    pub rest_endpoint: RestEndpoint,
    /// How its completed allocations ended.
    pub score: ZkNodeScore,
    /// The country of the server, by the node's own word.
    pub server_jurisdiction: Jurisdiction,
    /// The version of its execution engine; 0 until it is reported.
    pub supported_ee_version: i32,
    /// The version of its node software, once it is reported.
    pub supported_protocol_version: Option<SemanticVersion>,
    /// Whether the operator has resigned; the record stays.
    pub is_resigned: bool,
}

impl ZkNode {
    /// A node that has just enrolled for the first time.
    pub(crate) fn enrolled(identity: Address, particulars: Particulars) -> ZkNode {
        let mut node = ZkNode {
            identity,
            is_disabled: false,
            public_key: None,
            rest_endpoint: RestEndpoint { rest_endpoint: String::new() },
            score: ZkNodeScore::default(),
            server_jurisdiction: Jurisdiction::UNKNOWN,
            supported_ee_version: 0,
            supported_protocol_version: None,
            is_resigned: false,
        };
        node.enrol_again(particulars);
        node
    }

    /// Enrols a node that had resigned. Score and ban stay (D-17); versions are unknown until the
    /// node software reports them after its restart.
    pub(crate) fn enrol_again(&mut self, particulars: Particulars) {
        self.is_resigned = false;
        self.rest_endpoint = RestEndpoint { rest_endpoint: particulars.rest_endpoint };
        self.public_key = particulars.public_key;
        self.server_jurisdiction = particulars.server_jurisdiction;
        self.supported_ee_version = 0;
        self.supported_protocol_version = None;
    }

    /// Whether the operator takes part: enrolled and not resigned. A disabled node is active.
    pub fn is_active(&self) -> bool {
        !self.is_resigned
    }
}

/// What an enrolment sets anew.
pub(crate) struct Particulars {
    pub(crate) rest_endpoint: String,
    pub(crate) public_key: Option<PublicKey>,
    pub(crate) server_jurisdiction: Jurisdiction,
}

/// Where a node answers, as an argument and as stored.
#[derive(ReadWriteRPC, ReadWriteState, CreateTypeSpec, Clone, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct RestEndpoint {
    /// An https URL of at most 512 bytes, unless it was imported.
    pub rest_endpoint: String,
}

/// Whether a node may be reached at `endpoint`: 1 to 512 bytes (inclusive), no control character,
/// and `https://` in lower case with something behind it.
///
/// Source: registry.md 4.3 (D-19).
///
/// # Errors
///
/// In this order: [`Rejection::EndpointEmpty`], [`Rejection::EndpointTooLong`],
/// [`Rejection::EndpointControlCharacter`] (the first one), [`Rejection::EndpointNotHttps`].
pub fn check_endpoint(endpoint: &str) -> Result<(), Rejection> {
    if endpoint.is_empty() {
        return Err(Rejection::EndpointEmpty);
    }
    if endpoint.len() > MAX_ENDPOINT_BYTES {
        return Err(Rejection::EndpointTooLong { length: endpoint.len() });
    }
    if let Some((position, character)) = endpoint.char_indices().find(|(_, c)| c.is_control()) {
        return Err(Rejection::EndpointControlCharacter { position, character });
    }
    match endpoint.strip_prefix(HTTPS) {
        Some(host) if !host.is_empty() => Ok(()),
        _ => Err(Rejection::EndpointNotHttps { start: start_of(endpoint) }),
    }
}

/// The first 8 bytes, in printable ASCII.
fn start_of(endpoint: &str) -> String {
    let mut start = String::new();
    for byte in endpoint.bytes().take(HTTPS.len()) {
        start.extend(core::ascii::escape_default(byte).map(char::from));
    }
    start
}

/// A country by its ISO 3166-1 numeric code, 0 to 999 (inclusive); 0 is unknown.
#[derive(ReadWriteRPC, ReadWriteState, CreateTypeSpec, Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Jurisdiction {
    /// The code.
    pub value: i32,
}

impl Jurisdiction {
    /// The jurisdiction of a node that never said where it is. It fits no list that has entries.
    pub const UNKNOWN: Jurisdiction = Jurisdiction { value: 0 };

    /// What a node may say of itself: 0 to 999, both inclusive.
    ///
    /// # Errors
    ///
    /// [`Rejection::JurisdictionOutOfRange`]
    pub fn check_of_node(self) -> Result<(), Rejection> {
        self.check_at_least(Jurisdiction::UNKNOWN.value)
    }

    /// What a request may ask for: 1 to 999, both inclusive.
    ///
    /// # Errors
    ///
    /// [`Rejection::JurisdictionOutOfRange`]
    pub fn check_of_request(self) -> Result<(), Rejection> {
        self.check_at_least(1)
    }

    fn check_at_least(self, least: i32) -> Result<(), Rejection> {
        if (least..=MAX_JURISDICTION).contains(&self.value) {
            Ok(())
        } else {
            Err(Rejection::JurisdictionOutOfRange { code: self.value })
        }
    }
}

/// A version of the node software. Versions compare as numbers, not as text.
#[derive(ReadWriteRPC, ReadWriteState, CreateTypeSpec, Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct SemanticVersion {
    /// Raised by breaking changes: another major version never fits.
    pub major: i32,
    /// Raised by additions.
    pub minor: i32,
    /// Raised by repairs.
    pub patch: i32,
}

impl SemanticVersion {
    /// Whether software of this version does where `required` is asked for: the same major version,
    /// and the rest not lower.
    ///
    /// Source: registry.md 7.1, row 4 (D-20).
    pub fn satisfies(self, required: SemanticVersion) -> bool {
        self.major == required.major && (self.minor, self.patch) >= (required.minor, required.patch)
    }

    /// # Errors
    ///
    /// [`Rejection::VersionNegative`] if one of the three numbers is below 0.
    pub fn check(self) -> Result<(), Rejection> {
        if self.major < 0 || self.minor < 0 || self.patch < 0 {
            return Err(Rejection::VersionNegative { version: Version::Protocol(self) });
        }
        Ok(())
    }
}

impl fmt::Display for SemanticVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// # Errors
///
/// [`Rejection::VersionNegative`] if the execution engine's version is below 0.
pub fn check_ee_version(version: i32) -> Result<(), Rejection> {
    if version < 0 {
        return Err(Rejection::VersionNegative { version: Version::ExecutionEngine(version) });
    }
    Ok(())
}

/// One of the two versions that a node reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// Of the node software.
    Protocol(SemanticVersion),
    /// Of the execution engine (EE), node software for off-chain code.
    ExecutionEngine(i32),
    /// Never reported.
    Unknown,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Version::Protocol(version) => write!(f, "protocol version {version}"),
            Version::ExecutionEngine(version) => write!(f, "EE version {version}"),
            Version::Unknown => f.write_str("no version"),
        }
    }
}

#[cfg(test)]
mod tests;
