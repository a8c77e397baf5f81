//! From bytes to the words of a scenario: the inverse of [`crate::world::calls`].

use pbc_contract_common::address::Address;
use pbc_traits::{DecodeError, Decoder, ReadRPC};
use zk_node_registry::{
    EngineStatus, Jurisdiction, NodeJurisdictions, RestEndpoint, SemanticVersion, ZkNodeScoreStatus,
};

use crate::action::{Action, Jurisdictions, Verdict};
use crate::name::Name;
use crate::names::Names;
use crate::quantity::{Amount, Moment, Version};
use crate::step::Origin;

/// The action with this shortname and these arguments, if a scenario has words for it.
///
/// # Errors
///
/// The registry cannot read the arguments either.
pub(super) fn action(
    shortname: u32,
    arguments: &[u8],
    names: &Names,
    origin: Origin,
) -> Read<Option<Action>> {
    Reader { source: Decoder::new(arguments), names, origin }.action(shortname)
}

struct Reader<'a> {
    source: Decoder<'a>,
    names: &'a Names,
    origin: Origin,
}

/// What was read.
pub(super) type Read<T> = Result<T, DecodeError>;

impl Reader<'_> {
    /// The fields of a literal are read in the order in which they are written: that of the wire.
    fn action(&mut self, shortname: u32) -> Read<Option<Action>> {
        Ok(Some(match shortname {
            0x00 => Action::Register { endpoint: self.read::<RestEndpoint>()?.rest_endpoint },
            0x01 => Action::SetEndpoint { endpoint: self.read()? },
            0x04 => Action::RequestDrawnV1 {
                contract: self.name()?,
                nodes: self.read()?,
                stake: self.amount()?,
            },
            0x05 => Action::DoneV1,
            0x06 => Action::Unlock,
            0x07 => Action::Check { contract: self.name()?, gas: None },
            0x08 => {
                let (contract, nodes) = (self.name()?, self.read()?);
                let (stake, jurisdictions) = (self.amount()?, self.jurisdictions()?);
                let version = self.version()?;
                Action::RequestDrawnV2 { contract, nodes, stake, version, jurisdictions }
            }
            0x0a => Action::Associate { amount: self.amount()?, expires: None },
            0x0b => Action::Disassociate(self.amount()?),
            0x0c => Action::SetVersion(self.version()?),
            0x0d => Action::SetJurisdiction(self.read::<Jurisdiction>()?.value),
            0x0e => Action::Extend { contract: self.name()?, gas: None },
            0x10 => Action::Disable(self.name()?),
            0x11 => Action::Resign,
            0x12 => Action::DoneV2(self.statuses()?),
            0x13 => Action::Reserve(self.amount()?),
            0x14 => Action::RequestListedFor {
                contract: self.name()?,
                stake: self.amount()?,
                version: self.version()?,
                listed: self.listed()?,
            },
            0x15 => {
                let amount = self.amount()?;
                let at: i64 = self.read()?;
                let Some(expires) = self.moment(at) else { return Ok(None) };
                Action::Associate { amount, expires: Some(expires) }
            }
            0x16 => Action::SendHome(self.name()?),
            0x17 => match self.read::<Option<i64>>()? {
                None => Action::Expire(None),
                Some(at) => {
                    let Some(at) = self.moment(at) else { return Ok(None) };
                    Action::Expire(Some(at))
                }
            },
            0x18 => Action::RequestListed {
                stake: self.amount()?,
                ee_version: self.read()?,
                listed: self.listed()?,
            },
            0x19 => {
                let (nodes, stake) = (self.read()?, self.amount()?);
                let (jurisdictions, ee_version) = (self.jurisdictions()?, self.read()?);
                Action::RequestDrawn { nodes, stake, ee_version, jurisdictions }
            }
            0x1a => Action::SetEeVersion(self.read()?),
            0x1b => {
                let statuses = self.statuses()?;
                let (nodes, stake) = (self.read()?, self.amount()?);
                let (jurisdictions, ee_version) = (self.jurisdictions()?, self.read()?);
                let listed = self.listed()?;
                Action::ReRequest { nodes, stake, ee_version, jurisdictions, listed, statuses }
            }
            0x20 => Action::Deleted(self.name()?),
            _ => return Ok(None),
        }))
    }

    fn read<T: ReadRPC>(&mut self) -> Read<T> {
        T::rpc_decode(&mut self.source)
    }

    fn amount(&mut self) -> Read<Amount> {
        self.read().map(Amount::from_units)
    }

    fn moment(&self, at: i64) -> Option<Moment> {
        self.origin.moment(at)
    }

    fn version(&mut self) -> Read<Version> {
        let SemanticVersion { major, minor, patch } = self.read()?;
        Ok(Version { major, minor, patch })
    }

    fn name(&mut self) -> Read<Name> {
        let address: Address = self.read()?;
        Ok(self.name_of(&address))
    }

    fn name_of(&self, address: &Address) -> Name {
        self.names.name(address).cloned().unwrap_or_else(|| {
            format!("{address:x}").parse().expect("invariant: the digits of an address are a name")
        })
    }

    fn listed(&mut self) -> Read<Vec<Name>> {
        let listed: Vec<Address> = self.read()?;
        Ok(listed.iter().map(|address| self.name_of(address)).collect())
    }

    fn statuses(&mut self) -> Read<Vec<(Name, Verdict)>> {
        let statuses: Vec<EngineStatus> = self.read()?;
        let verdict = |status| match status {
            ZkNodeScoreStatus::Success {} => Verdict::Success,
            ZkNodeScoreStatus::Failure {} => Verdict::Failure,
        };
        let one = |it: EngineStatus| (self.name_of(&it.engine), verdict(it.status));
        Ok(statuses.into_iter().map(one).collect())
    }

    fn jurisdictions(&mut self) -> Read<Jurisdictions> {
        let lists: NodeJurisdictions = self.read()?;
        let codes = |list: Vec<Jurisdiction>| list.iter().map(|code| code.value).collect();
        let lists = lists.node_jurisdictions.into_iter();
        Ok(Jurisdictions(lists.map(|list| codes(list.list)).collect()))
    }
}
