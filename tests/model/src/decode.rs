//! Bytes as calls: shortname, then arguments, big-endian (3.2, 4.3, 4.4).

use crate::bytes::Reader;
use crate::call::{Call, CreateArguments, EngineStatus};
use crate::refusal::{Refusal, refuse};
use crate::state::{Address, Collaborators, SemanticVersion, Settings};
use crate::verdict::Status;

const CREATE: u32 = 0xffff_ffff;

// The fewest bytes of an element of a list.
const ADDRESS_BYTES: u64 = 21;
const STATUS_BYTES: u64 = 22;
const CODE_BYTES: u64 = 4;
const COUNT_BYTES: u64 = 4;

impl CreateArguments {
    /// The first call of a contract: shortname and arguments of `create`.
    ///
    /// # Errors
    ///
    /// The decoding codes, in the order of the bytes; `unknown_action` for any other shortname.
    pub fn decode(rpc: &[u8]) -> Result<CreateArguments, Refusal> {
        let mut reader = Reader::new(rpc);
        if reader.shortname()? != CREATE {
            return refuse("unknown_action");
        }
        let bp_orchestration = reader.address()?;
        let zk_contract_deploy = reader.address()?;
        let voting = reader.address()?;
        let settings = Settings {
            stake_token: reader.address()?,
            require_block_producer: reader.bool()?,
            min_node_stake: reader.i64()?,
            min_total_stakes: reader.i64()?,
        };
        reader.end()?;
        let collaborators = Collaborators { bp_orchestration, voting, zk_contract_deploy };
        Ok(CreateArguments { collaborators, settings })
    }
}

impl Call {
    /// A call to a registry that exists. The numbers of callbacks and a second `create` are
    /// unknown actions (4.1); the empty call is [`Call::TopUpGas`].
    ///
    /// # Errors
    ///
    /// `malformed_shortname`, then `unknown_action`, then the decoding codes of the arguments in
    /// the order of the bytes, `trailing_bytes` last.
    pub fn decode(rpc: &[u8]) -> Result<Call, Refusal> {
        if rpc.is_empty() {
            return Ok(Call::TopUpGas);
        }
        let mut reader = Reader::new(rpc);
        let shortname = reader.shortname()?;
        let call = read_action(shortname, &mut reader)?;
        reader.end()?;
        Ok(call)
    }

    /// A callback as the chain delivers it: the registry's own bytes.
    ///
    /// # Errors
    ///
    /// As [`Call::decode`]; everything but the numbers 30 to 34 is an unknown action.
    pub fn decode_callback(rpc: &[u8]) -> Result<Call, Refusal> {
        let mut reader = Reader::new(rpc);
        let shortname = reader.shortname()?;
        let call = read_callback(shortname, &mut reader)?;
        reader.end()?;
        Ok(call)
    }
}

fn read_action(shortname: u32, reader: &mut Reader<'_>) -> Result<Call, Refusal> {
    // Fields of a struct expression are evaluated as written, which is the order of the wire.
    Ok(match shortname {
        0x00 => Call::RegisterAsZkNode { rest_endpoint: reader.string()? },
        0x01 => Call::UpdateNodeRestEndpoint { rest_endpoint: reader.string()? },
        0x04 => Call::RequestZkComputationNodesV1 {
            zk_contract: reader.address()?,
            number_of_nodes: reader.i32()?,
            total_stakes: reader.i64()?,
        },
        0x05 => Call::NotifyZkComputationDoneV1,
        0x06 => Call::UnlockExpiredStakes,
        0x07 => Call::CheckContractStatus { zk_contract: reader.address()? },
        0x08 => Call::RequestZkComputationNodesV2 {
            zk_contract: reader.address()?,
            number_of_nodes: reader.i32()?,
            total_stakes: reader.i64()?,
            jurisdictions: read_jurisdictions(reader)?,
            required_protocol_version: read_version(reader)?,
        },
        0x0a => Call::AssociateTokens { token_amount: reader.i64()? },
        0x0b => Call::DisassociateTokens { token_amount: reader.i64()? },
        0x0c => {
            Call::UpdateNodeProtocolVersion { supported_protocol_version: read_version(reader)? }
        }
        0x0d => Call::UpdateServerJurisdiction { jurisdiction: reader.i32()? },
        0x0e => Call::ExtendZkComputationDeadline { contract_address: reader.address()? },
        0x10 => Call::DisableZkNode { address: reader.address()? },
        0x11 => Call::ResignAsZkNode,
        0x12 => Call::NotifyZkComputationDoneV2 { engines_status: read_statuses(reader)? },
        0x13 => Call::SetReservedTokens { new_reserved: reader.i64()? },
        0x14 => Call::RequestSpecificNodesWithProtocolVersion {
            zk_contract: reader.address()?,
            total_stakes: reader.i64()?,
            required_protocol_version: read_version(reader)?,
            zk_nodes: read_addresses(reader)?,
        },
        0x15 => Call::AssociateTokensWithExpiration {
            token_amount: reader.i64()?,
            expiration_timestamp: reader.i64()?,
        },
        0x16 => Call::DisassociateAllExpiredStakesFromContract { account: reader.address()? },
        0x17 => Call::SetExpirationForAssociation {
            expiration_timestamp: if reader.bool()? { Some(reader.i64()?) } else { None },
        },
        0x18 => Call::RequestSpecificNodesWithEeVersion {
            total_stakes: reader.i64()?,
            required_ee_version: reader.i32()?,
            zk_nodes: read_addresses(reader)?,
        },
        0x19 => Call::RequestZkComputationNodesWithEeVersion {
            number_of_nodes: reader.i32()?,
            total_stakes: reader.i64()?,
            jurisdictions: read_jurisdictions(reader)?,
            required_ee_version: reader.i32()?,
        },
        0x1a => Call::UpdateNodeEeVersion { supported_ee_version: reader.i32()? },
        0x1b => Call::ReRequestZkComputationNodes {
            engines_status: read_statuses(reader)?,
            number_of_nodes: reader.i32()?,
            total_stakes: reader.i64()?,
            jurisdictions: read_jurisdictions(reader)?,
            required_ee_version: reader.i32()?,
            specific_nodes: read_addresses(reader)?,
        },
        0x20 => Call::NotifyContractDeleted { zk_contract: reader.address()? },
        _ => return refuse("unknown_action"),
    })
}

fn read_callback(shortname: u32, reader: &mut Reader<'_>) -> Result<Call, Refusal> {
    Ok(match shortname {
        0x30 => {
            Call::OnProducerInfo { account: reader.address()?, rest_endpoint: reader.string()? }
        }
        0x31 => Call::OnAssociated { account: reader.address()?, amount: reader.i64()? },
        0x32 => Call::OnDisassociated {
            account: reader.address()?,
            amount: reader.i64()?,
            cut: reader.i64()?,
        },
        0x33 => Call::OnContractStatus { zk_contract: reader.address()? },
        0x34 => Call::OnDeadlineExtended { zk_contract: reader.address()? },
        _ => return refuse("unknown_action"),
    })
}

fn read_addresses(reader: &mut Reader<'_>) -> Result<Vec<Address>, Refusal> {
    reader.list(ADDRESS_BYTES, Reader::address)
}

fn read_jurisdictions(reader: &mut Reader<'_>) -> Result<Vec<Vec<i32>>, Refusal> {
    reader.list(COUNT_BYTES, |inner| inner.list(CODE_BYTES, Reader::i32))
}

fn read_version(reader: &mut Reader<'_>) -> Result<SemanticVersion, Refusal> {
    Ok(SemanticVersion { major: reader.i32()?, minor: reader.i32()?, patch: reader.i32()? })
}

fn read_statuses(reader: &mut Reader<'_>) -> Result<Vec<EngineStatus>, Refusal> {
    reader.list(STATUS_BYTES, |entry| {
        let engine = entry.address()?;
        let status = match entry.u8()? {
            0 => Status::Failure,
            1 => Status::Success,
            _ => return refuse("invalid_discriminant"),
        };
        Ok(EngineStatus { engine, status })
    })
}
