//! Actions to bytes.
//!
//! The arguments are written by the contract crate's own types; what is here is the order in which
//! a call has them.
//!
//! Source: `registry.md` 4.3 and 15.

use pbc_contract_common::address::Address;
use pbc_host::split_rpc;
use pbc_traits::{Decoder, ReadRPC, WriteRPC};
use zk_node_registry as registry;
use zk_node_registry::{Collaborators, EngineStatus, Settings, ZkNodeScoreStatus};

use super::{BadStep, World};
use crate::action::{Action, Jurisdictions, Verdict};
use crate::name::Name;
use crate::quantity::{Amount, Moment, Version};

/// A call on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The contract that is called.
    pub to: Address,
    /// Shortname and arguments.
    pub rpc: Vec<u8>,
    /// The gas that goes along, if not the usual amount.
    pub gas: Option<u64>,
}

/// The bytes of a call, as they grow.
struct Rpc(Vec<u8>);

impl Rpc {
    /// The call with this shortname, which is below 80 and so its own LEB128.
    fn new(shortname: u8) -> Rpc {
        Rpc(vec![shortname])
    }

    fn with(mut self, argument: &impl WriteRPC) -> Rpc {
        argument.rpc_write_to(&mut self.0).expect("invariant: a vector takes all bytes");
        self
    }
}

/// The RPC that creates a registry.
pub fn create(collaborators: &Collaborators, settings: &Settings) -> Vec<u8> {
    Rpc(vec![0xff, 0xff, 0xff, 0xff, 0x0f])
        .with(&collaborators.bp_orchestration)
        .with(&collaborators.zk_contract_deploy)
        .with(&collaborators.voting)
        .with(&settings.stake_token)
        .with(&settings.require_block_producer)
        .with(&settings.min_node_stake)
        .with(&settings.min_total_stakes)
        .0
}

/// The call that `action` stands for.
///
/// # Errors
///
/// [`BadStep::TimeTooLate`], [`BadStep::NegativeTokens`].
pub fn encode(action: &Action, world: &mut World) -> Result<Sent, BadStep> {
    let (token, registry) = (world.token, world.registry);
    let to = match action {
        Action::Approve(_) | Action::Transfer { .. } => token,
        Action::Raw { to, .. } => world.address(to),
        _ => registry,
    };
    let gas = match action {
        Action::Check { gas, .. } | Action::Extend { gas, .. } => *gas,
        _ => None,
    };
    Ok(Sent { to, rpc: rpc(action, world)?, gas })
}

fn rpc(action: &Action, world: &mut World) -> Result<Vec<u8>, BadStep> {
    let rpc = match action {
        Action::Register { endpoint } => Rpc::new(0x00).with(&endpoint_of(endpoint)),
        Action::SetEndpoint { endpoint } => Rpc::new(0x01).with(endpoint),
        Action::SetVersion(version) => Rpc::new(0x0c).with(&version_of(*version)),
        Action::SetEeVersion(version) => Rpc::new(0x1a).with(version),
        Action::SetJurisdiction(code) => Rpc::new(0x0d).with(&jurisdiction_of(*code)),
        Action::Resign => Rpc::new(0x11),
        Action::Disable(node) => Rpc::new(0x10).with(&world.address(node)),

        Action::Associate { amount, expires: None } => Rpc::new(0x0a).with(&amount.units()),
        Action::Associate { amount, expires: Some(at) } => {
            Rpc::new(0x15).with(&amount.units()).with(&world.time_of(*at)?)
        }
        Action::Disassociate(amount) => Rpc::new(0x0b).with(&amount.units()),
        Action::Reserve(amount) => Rpc::new(0x13).with(&amount.units()),
        Action::Unlock => Rpc::new(0x06),
        Action::Expire(at) => Rpc::new(0x17).with(&time_of(*at, world)?),
        Action::SendHome(account) => Rpc::new(0x16).with(&world.address(account)),

        Action::RequestDrawnV1 { contract, nodes, stake } => {
            Rpc::new(0x04).with(&world.address(contract)).with(nodes).with(&stake.units())
        }
        Action::RequestDrawnV2 { contract, nodes, stake, version, jurisdictions } => Rpc::new(0x08)
            .with(&world.address(contract))
            .with(nodes)
            .with(&stake.units())
            .with(&jurisdictions_of(jurisdictions))
            .with(&version_of(*version)),
        Action::RequestListedFor { contract, stake, version, listed } => Rpc::new(0x14)
            .with(&world.address(contract))
            .with(&stake.units())
            .with(&version_of(*version))
            .with(&addresses_of(listed, world)),
        Action::RequestListed { stake, ee_version, listed } => {
            Rpc::new(0x18).with(&stake.units()).with(ee_version).with(&addresses_of(listed, world))
        }
        Action::RequestDrawn { nodes, stake, ee_version, jurisdictions } => Rpc::new(0x19)
            .with(nodes)
            .with(&stake.units())
            .with(&jurisdictions_of(jurisdictions))
            .with(ee_version),
        Action::ReRequest { nodes, stake, ee_version, jurisdictions, listed, statuses } => {
            Rpc::new(0x1b)
                .with(&statuses_of(statuses, world))
                .with(nodes)
                .with(&stake.units())
                .with(&jurisdictions_of(jurisdictions))
                .with(ee_version)
                .with(&addresses_of(listed, world))
        }

        Action::DoneV1 => Rpc::new(0x05),
        Action::DoneV2(statuses) => Rpc::new(0x12).with(&statuses_of(statuses, world)),
        Action::Deleted(contract) => Rpc::new(0x20).with(&world.address(contract)),
        Action::Check { contract, .. } => Rpc::new(0x07).with(&world.address(contract)),
        Action::Extend { contract, .. } => Rpc::new(0x0e).with(&world.address(contract)),

        Action::Approve(amount) => {
            let registry = world.registry_address();
            Rpc::new(0x05).with(&registry).with(&tokens(*amount)?)
        }
        Action::Transfer { amount, to } => {
            Rpc::new(0x01).with(&world.address(to)).with(&tokens(*amount)?)
        }
        Action::Raw { rpc, .. } => Rpc(rpc.clone()),
    };
    Ok(rpc.0)
}

/// The contract for which the contract `from` asks for nodes, if `rpc` is a request that the
/// registry can read so far.
pub(super) fn served_by_request(from: &Address, rpc: &[u8]) -> Option<Address> {
    match split_rpc(rpc).ok()? {
        (0x04 | 0x08 | 0x14, arguments) => Address::rpc_decode(&mut Decoder::new(arguments)).ok(),
        (0x18 | 0x19 | 0x1b, _) => Some(*from),
        _ => None,
    }
}

/// Whether `rpc` tells the registry that the work of its sender has ended.
pub(super) fn is_end(rpc: &[u8]) -> bool {
    matches!(split_rpc(rpc), Ok((0x05 | 0x12, _)))
}

fn endpoint_of(endpoint: &str) -> registry::RestEndpoint {
    registry::RestEndpoint { rest_endpoint: endpoint.to_owned() }
}

fn version_of(version: Version) -> registry::SemanticVersion {
    let Version { major, minor, patch } = version;
    registry::SemanticVersion { major, minor, patch }
}

fn jurisdiction_of(value: i32) -> registry::Jurisdiction {
    registry::Jurisdiction { value }
}

fn jurisdictions_of(jurisdictions: &Jurisdictions) -> registry::NodeJurisdictions {
    let list = |codes: &Vec<i32>| registry::Jurisdictions {
        list: codes.iter().copied().map(jurisdiction_of).collect(),
    };
    registry::NodeJurisdictions { node_jurisdictions: jurisdictions.0.iter().map(list).collect() }
}

fn addresses_of(names: &[Name], world: &mut World) -> Vec<Address> {
    names.iter().map(|name| world.address(name)).collect()
}

fn statuses_of(statuses: &[(Name, Verdict)], world: &mut World) -> Vec<EngineStatus> {
    let status = |verdict| match verdict {
        Verdict::Success => ZkNodeScoreStatus::Success {},
        Verdict::Failure => ZkNodeScoreStatus::Failure {},
    };
    let one = |(name, verdict): &(Name, Verdict)| EngineStatus {
        engine: world.address(name),
        status: status(*verdict),
    };
    statuses.iter().map(one).collect()
}

fn time_of(at: Option<Moment>, world: &World) -> Result<Option<i64>, BadStep> {
    at.map(|at| world.time_of(at)).transpose()
}

fn tokens(amount: Amount) -> Result<u128, BadStep> {
    let units = amount.units();
    u128::try_from(units).map_err(|_| BadStep::NegativeTokens(units))
}
