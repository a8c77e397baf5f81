//! What a request asks for, read from its bytes.
//!
//! The bytes are read in the order of `registry.md` 4.3, by the contract's own types. Whatever the
//! contract refuses before it looks at nodes gives no request here.

use pbc_contract_common::address::Address;
use pbc_host::split_rpc;
use pbc_traits::{DecodeError, Decoder, ReadRPC, WriteRPC};
use zk_node_registry::rules::eligibility::{Demand, RequiredVersion};
use zk_node_registry::rules::units::{NodeCount, Timestamp, TokenAmount};
use zk_node_registry::{EngineStatus, NodeJurisdictions, SemanticVersion, Settings};

/// A request that the registry can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The contract to serve.
    pub served: Address,
    /// How many nodes.
    pub nodes: NodeCount,
    /// The stake of all nodes together.
    pub total: TokenAmount,
    /// Where the nodes may be.
    pub jurisdictions: NodeJurisdictions,
    /// What they must run.
    pub version: RequiredVersion,
    /// The nodes, in engine order; empty to have them drawn.
    pub listed: Vec<Address>,
    /// How the engines of the computation that ends with it did.
    pub statuses: Option<Vec<EngineStatus>>,
}

/// The shortnames of requests.
const REQUESTS: [u32; 6] = [0x04, 0x08, 0x14, 0x18, 0x19, 0x1b];

/// The shortname of `notify_zk_computation_done_v2`.
const DONE: u8 = 0x12;

/// Whether `rpc` is a request, whatever its arguments.
pub(super) fn is_request(rpc: &[u8]) -> bool {
    split_rpc(rpc).is_ok_and(|(shortname, _)| REQUESTS.contains(&shortname))
}

/// Whether the request `rpc` is one of the deploy contract.
pub(super) fn is_of_deploy(rpc: &[u8]) -> bool {
    split_rpc(rpc).is_ok_and(|(shortname, _)| REQUESTS[..3].contains(&shortname))
}

impl Request {
    /// The request that `sender` makes with `rpc`; `None` if the registry refuses its arguments, or
    /// if it is another call.
    pub fn decode(sender: Address, rpc: &[u8]) -> Option<Request> {
        let (shortname, arguments) = split_rpc(rpc).ok()?;
        let mut arguments = Decoder::new(arguments);
        let raw = Raw::decode(shortname, sender, &mut arguments).ok()??;
        let nodes = NodeCount::from_wire(raw.nodes).ok()?;
        let total = TokenAmount::from_units(raw.total).filter(|it| *it > TokenAmount::ZERO)?;
        let Raw { served, jurisdictions, version, listed, statuses, .. } = raw;
        Some(Request { served, nodes, total, jurisdictions, version, listed, statuses })
    }

    /// Whether the nodes are drawn, not listed.
    pub fn is_drawn(&self) -> bool {
        self.listed.is_empty()
    }

    /// What it demands of every node, with these settings.
    pub fn demand(&self, settings: &Settings, now: Timestamp) -> Demand {
        Demand {
            share: self.total.share_of(self.nodes),
            version: self.version,
            least_stake: settings.least_stake(),
            now,
        }
    }

    /// The call that ends the old computation as this re-request does.
    pub(super) fn ends(&self, rpc: &[u8]) -> Option<Vec<u8>> {
        debug_assert!(is_request(rpc), "it was decoded");
        let statuses = self.statuses.as_ref()?;
        let mut call = vec![DONE];
        statuses.rpc_write_to(&mut call).expect("invariant: a vector takes all bytes");
        Some(call)
    }
}

/// The arguments as they came.
struct Raw {
    served: Address,
    nodes: i64,
    total: i64,
    jurisdictions: NodeJurisdictions,
    version: RequiredVersion,
    listed: Vec<Address>,
    statuses: Option<Vec<EngineStatus>>,
}

impl Raw {
    fn decode(
        shortname: u32,
        sender: Address,
        arguments: &mut Decoder<'_>,
    ) -> Result<Option<Raw>, DecodeError> {
        let mut raw = Raw {
            served: sender,
            nodes: 0,
            total: 0,
            jurisdictions: NodeJurisdictions::anywhere(),
            version: RequiredVersion::Any,
            listed: Vec::new(),
            statuses: None,
        };
        match shortname {
            0x04 | 0x08 => {
                raw.served = Address::rpc_decode(arguments)?;
                raw.nodes = i32::rpc_decode(arguments)?.into();
                raw.total = i64::rpc_decode(arguments)?;
                if shortname == 0x08 {
                    raw.jurisdictions = NodeJurisdictions::rpc_decode(arguments)?;
                    let version = SemanticVersion::rpc_decode(arguments)?;
                    raw.version = RequiredVersion::Protocol(version);
                }
            }
            0x14 => {
                raw.served = Address::rpc_decode(arguments)?;
                raw.total = i64::rpc_decode(arguments)?;
                raw.version = RequiredVersion::Protocol(SemanticVersion::rpc_decode(arguments)?);
                raw.listed = Vec::rpc_decode(arguments)?;
            }
            0x18 => {
                raw.total = i64::rpc_decode(arguments)?;
                raw.version = RequiredVersion::ExecutionEngine(i32::rpc_decode(arguments)?);
                raw.listed = Vec::rpc_decode(arguments)?;
            }
            0x19 | 0x1b => {
                if shortname == 0x1b {
                    raw.statuses = Some(Vec::rpc_decode(arguments)?);
                }
                raw.nodes = i32::rpc_decode(arguments)?.into();
                raw.total = i64::rpc_decode(arguments)?;
                raw.jurisdictions = NodeJurisdictions::rpc_decode(arguments)?;
                raw.version = RequiredVersion::ExecutionEngine(i32::rpc_decode(arguments)?);
                if shortname == 0x1b {
                    raw.listed = Vec::rpc_decode(arguments)?;
                }
            }
            _ => return Ok(None),
        }
        if matches!(shortname, 0x14 | 0x18) {
            raw.nodes = i64::try_from(raw.listed.len()).unwrap_or(i64::MAX);
        }
        Ok(Some(raw))
    }
}
