//! Calls as a wallet writes them: the shortname, then the arguments.

use pbc_contract_common::address::Address;
use pbc_traits::WriteRPC;
use zk_node_registry::{
    EngineStatus, Jurisdiction, Jurisdictions, NodeJurisdictions, RestEndpoint, SemanticVersion,
    ZkNodeScoreStatus,
};

/// Success.
pub const S: ZkNodeScoreStatus = ZkNodeScoreStatus::Success {};
/// Failure.
pub const F: ZkNodeScoreStatus = ZkNodeScoreStatus::Failure {};

/// The bytes of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rpc(pub Vec<u8>);

/// Begins a call with a shortname of one byte.
pub fn rpc(shortname: u8) -> Rpc {
    Rpc(vec![shortname])
}

impl Rpc {
    /// Adds an argument.
    pub fn arg(mut self, argument: impl WriteRPC) -> Rpc {
        argument.rpc_write_to(&mut self.0).expect("writing to a vector succeeds");
        self
    }
}

/// 00
pub fn register(endpoint: &str) -> Rpc {
    rpc(0x00).arg(RestEndpoint { rest_endpoint: endpoint.to_owned() })
}

/// 01
pub fn update_endpoint(endpoint: &str) -> Rpc {
    rpc(0x01).arg(endpoint.to_owned())
}

/// 04
pub fn request_v1(served: Address, nodes: i32, total: i64) -> Rpc {
    rpc(0x04).arg(served).arg(nodes).arg(total)
}

/// 05
pub fn done_v1() -> Rpc {
    rpc(0x05)
}

/// 06
pub fn unlock() -> Rpc {
    rpc(0x06)
}

/// 07
pub fn check_status(served: Address) -> Rpc {
    rpc(0x07).arg(served)
}

/// 08
pub fn request_v2(
    served: Address,
    nodes: i32,
    total: i64,
    lists: &[&[i32]],
    required: (i32, i32, i32),
) -> Rpc {
    let (jurisdictions, required) = (jurisdictions(lists), version(required));
    rpc(0x08).arg(served).arg(nodes).arg(total).arg(jurisdictions).arg(required)
}

/// 0a
pub fn associate(amount: i64) -> Rpc {
    rpc(0x0a).arg(amount)
}

/// 0b
pub fn disassociate(amount: i64) -> Rpc {
    rpc(0x0b).arg(amount)
}

/// 0c
pub fn protocol_version(reported: (i32, i32, i32)) -> Rpc {
    rpc(0x0c).arg(version(reported))
}

/// 0d
pub fn jurisdiction(code: i32) -> Rpc {
    rpc(0x0d).arg(Jurisdiction { value: code })
}

/// 0e
pub fn extend(served: Address) -> Rpc {
    rpc(0x0e).arg(served)
}

/// 10
pub fn disable(node: Address) -> Rpc {
    rpc(0x10).arg(node)
}

/// 11
pub fn resign() -> Rpc {
    rpc(0x11)
}

/// 12
pub fn done_v2(statuses: &[(Address, ZkNodeScoreStatus)]) -> Rpc {
    rpc(0x12).arg(engine_statuses(statuses))
}

/// The statuses with which each of `nodes` succeeds.
pub fn successes(nodes: &[Address]) -> Vec<(Address, ZkNodeScoreStatus)> {
    nodes.iter().map(|node| (*node, S)).collect()
}

/// 13
pub fn reserve(amount: i64) -> Rpc {
    rpc(0x13).arg(amount)
}

/// 14
pub fn request_listed_protocol(
    served: Address,
    total: i64,
    required: (i32, i32, i32),
    nodes: &[Address],
) -> Rpc {
    rpc(0x14).arg(served).arg(total).arg(version(required)).arg(nodes.to_vec())
}

/// 15
pub fn associate_until(amount: i64, expiration: i64) -> Rpc {
    rpc(0x15).arg(amount).arg(expiration)
}

/// 16
pub fn send_expired_home(account: Address) -> Rpc {
    rpc(0x16).arg(account)
}

/// 17
pub fn expire(expiration: Option<i64>) -> Rpc {
    rpc(0x17).arg(expiration)
}

/// 18
pub fn request_listed_ee(total: i64, required: i32, nodes: &[Address]) -> Rpc {
    rpc(0x18).arg(total).arg(required).arg(nodes.to_vec())
}

/// 19
pub fn request_ee(nodes: i32, total: i64, lists: &[&[i32]], required: i32) -> Rpc {
    rpc(0x19).arg(nodes).arg(total).arg(jurisdictions(lists)).arg(required)
}

/// 1a
pub fn ee_version(version: i32) -> Rpc {
    rpc(0x1a).arg(version)
}

/// 1b
pub fn re_request(
    statuses: &[(Address, ZkNodeScoreStatus)],
    nodes: i32,
    total: i64,
    lists: &[&[i32]],
    required: i32,
    specific: &[Address],
) -> Rpc {
    let statuses = engine_statuses(statuses);
    let (lists, specific) = (jurisdictions(lists), specific.to_vec());
    rpc(0x1b).arg(statuses).arg(nodes).arg(total).arg(lists).arg(required).arg(specific)
}

/// 20
pub fn deleted(served: Address) -> Rpc {
    rpc(0x20).arg(served)
}

/// 01 of the stake token, which the registry calls.
pub fn token_transfer(to: Address, amount: u128) -> Rpc {
    rpc(0x01).arg(to).arg(amount)
}

/// 03 of the stake token, which the registry calls.
pub fn token_transfer_from(from: Address, to: Address, amount: u128) -> Rpc {
    rpc(0x03).arg(from).arg(to).arg(amount)
}

fn version((major, minor, patch): (i32, i32, i32)) -> SemanticVersion {
    SemanticVersion { major, minor, patch }
}

fn jurisdictions(lists: &[&[i32]]) -> NodeJurisdictions {
    let list = |codes: &&[i32]| Jurisdictions {
        list: codes.iter().map(|value| Jurisdiction { value: *value }).collect(),
    };
    NodeJurisdictions { node_jurisdictions: lists.iter().map(list).collect() }
}

fn engine_statuses(statuses: &[(Address, ZkNodeScoreStatus)]) -> Vec<EngineStatus> {
    let status = |(engine, status): &(Address, ZkNodeScoreStatus)| EngineStatus {
        engine: *engine,
        status: *status,
    };
    statuses.iter().map(status).collect()
}
