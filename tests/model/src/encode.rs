//! Calls as bytes: shortname, then arguments, big-endian (3.2, 4.3, 4.4).

use crate::bytes::{put_bool, put_bytes, put_count};
use crate::call::{Call, CreateArguments, EngineStatus};
use crate::state::{Address, SemanticVersion};
use crate::verdict::Status;

const CREATE_BYTES: [u8; 5] = [0xff, 0xff, 0xff, 0xff, 0x0f];

impl CreateArguments {
    /// Shortname and arguments of `create`.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = CREATE_BYTES.to_vec();
        out.extend(self.collaborators.bp_orchestration);
        out.extend(self.collaborators.zk_contract_deploy);
        out.extend(self.collaborators.voting);
        out.extend(self.settings.stake_token);
        put_bool(&mut out, self.settings.require_block_producer);
        out.extend(self.settings.min_node_stake.to_be_bytes());
        out.extend(self.settings.min_total_stakes.to_be_bytes());
        out
    }
}

impl Call {
    /// Shortname and arguments.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Call::TopUpGas => {}
            Call::RegisterAsZkNode { rest_endpoint } => {
                out.push(0x00);
                put_bytes(out, rest_endpoint.as_bytes());
            }
            Call::UpdateNodeRestEndpoint { rest_endpoint } => {
                out.push(0x01);
                put_bytes(out, rest_endpoint.as_bytes());
            }
            Call::RequestZkComputationNodesV1 { zk_contract, number_of_nodes, total_stakes } => {
                out.push(0x04);
                out.extend(zk_contract);
                out.extend(number_of_nodes.to_be_bytes());
                out.extend(total_stakes.to_be_bytes());
            }
            Call::NotifyZkComputationDoneV1 => out.push(0x05),
            Call::UnlockExpiredStakes => out.push(0x06),
            Call::CheckContractStatus { zk_contract } => {
                out.push(0x07);
                out.extend(zk_contract);
            }
            Call::RequestZkComputationNodesV2 {
                zk_contract,
                number_of_nodes,
                total_stakes,
                jurisdictions,
                required_protocol_version,
            } => {
                out.push(0x08);
                out.extend(zk_contract);
                out.extend(number_of_nodes.to_be_bytes());
                out.extend(total_stakes.to_be_bytes());
                put_jurisdictions(out, jurisdictions);
                put_version(out, required_protocol_version);
            }
            Call::AssociateTokens { token_amount } => {
                out.push(0x0a);
                out.extend(token_amount.to_be_bytes());
            }
            Call::DisassociateTokens { token_amount } => {
                out.push(0x0b);
                out.extend(token_amount.to_be_bytes());
            }
            Call::UpdateNodeProtocolVersion { supported_protocol_version } => {
                out.push(0x0c);
                put_version(out, supported_protocol_version);
            }
            Call::UpdateServerJurisdiction { jurisdiction } => {
                out.push(0x0d);
                out.extend(jurisdiction.to_be_bytes());
            }
            Call::ExtendZkComputationDeadline { contract_address } => {
                out.push(0x0e);
                out.extend(contract_address);
            }
            Call::DisableZkNode { address } => {
                out.push(0x10);
                out.extend(address);
            }
            Call::ResignAsZkNode => out.push(0x11),
            Call::NotifyZkComputationDoneV2 { engines_status } => {
                out.push(0x12);
                put_statuses(out, engines_status);
            }
            Call::SetReservedTokens { new_reserved } => {
                out.push(0x13);
                out.extend(new_reserved.to_be_bytes());
            }
            Call::RequestSpecificNodesWithProtocolVersion {
                zk_contract,
                total_stakes,
                required_protocol_version,
                zk_nodes,
            } => {
                out.push(0x14);
                out.extend(zk_contract);
                out.extend(total_stakes.to_be_bytes());
                put_version(out, required_protocol_version);
                put_addresses(out, zk_nodes);
            }
            Call::AssociateTokensWithExpiration { token_amount, expiration_timestamp } => {
                out.push(0x15);
                out.extend(token_amount.to_be_bytes());
                out.extend(expiration_timestamp.to_be_bytes());
            }
            Call::DisassociateAllExpiredStakesFromContract { account } => {
                out.push(0x16);
                out.extend(account);
            }
            Call::SetExpirationForAssociation { expiration_timestamp } => {
                out.push(0x17);
                put_bool(out, expiration_timestamp.is_some());
                if let Some(expiration) = expiration_timestamp {
                    out.extend(expiration.to_be_bytes());
                }
            }
            Call::RequestSpecificNodesWithEeVersion {
                total_stakes,
                required_ee_version,
                zk_nodes,
            } => {
                out.push(0x18);
                out.extend(total_stakes.to_be_bytes());
                out.extend(required_ee_version.to_be_bytes());
                put_addresses(out, zk_nodes);
            }
            Call::RequestZkComputationNodesWithEeVersion {
                number_of_nodes,
                total_stakes,
                jurisdictions,
                required_ee_version,
            } => {
                out.push(0x19);
                out.extend(number_of_nodes.to_be_bytes());
                out.extend(total_stakes.to_be_bytes());
                put_jurisdictions(out, jurisdictions);
                out.extend(required_ee_version.to_be_bytes());
            }
            Call::UpdateNodeEeVersion { supported_ee_version } => {
                out.push(0x1a);
                out.extend(supported_ee_version.to_be_bytes());
            }
            Call::ReRequestZkComputationNodes {
                engines_status,
                number_of_nodes,
                total_stakes,
                jurisdictions,
                required_ee_version,
                specific_nodes,
            } => {
                out.push(0x1b);
                put_statuses(out, engines_status);
                out.extend(number_of_nodes.to_be_bytes());
                out.extend(total_stakes.to_be_bytes());
                put_jurisdictions(out, jurisdictions);
                out.extend(required_ee_version.to_be_bytes());
                put_addresses(out, specific_nodes);
            }
            Call::NotifyContractDeleted { zk_contract } => {
                out.push(0x20);
                out.extend(zk_contract);
            }
            Call::OnProducerInfo { account, rest_endpoint } => {
                out.push(0x30);
                out.extend(account);
                put_bytes(out, rest_endpoint.as_bytes());
            }
            Call::OnAssociated { account, amount } => {
                out.push(0x31);
                out.extend(account);
                out.extend(amount.to_be_bytes());
            }
            Call::OnDisassociated { account, amount, cut } => {
                out.push(0x32);
                out.extend(account);
                out.extend(amount.to_be_bytes());
                out.extend(cut.to_be_bytes());
            }
            Call::OnContractStatus { zk_contract } => {
                out.push(0x33);
                out.extend(zk_contract);
            }
            Call::OnDeadlineExtended { zk_contract } => {
                out.push(0x34);
                out.extend(zk_contract);
            }
        }
    }
}

fn put_addresses(out: &mut Vec<u8>, addresses: &[Address]) {
    put_count(out, addresses.len());
    out.extend(addresses.as_flattened());
}

fn put_jurisdictions(out: &mut Vec<u8>, lists: &[Vec<i32>]) {
    put_count(out, lists.len());
    for list in lists {
        put_count(out, list.len());
        for code in list {
            out.extend(code.to_be_bytes());
        }
    }
}

fn put_version(out: &mut Vec<u8>, version: &SemanticVersion) {
    out.extend(version.major.to_be_bytes());
    out.extend(version.minor.to_be_bytes());
    out.extend(version.patch.to_be_bytes());
}

fn put_statuses(out: &mut Vec<u8>, statuses: &[EngineStatus]) {
    put_count(out, statuses.len());
    for entry in statuses {
        out.extend(entry.engine);
        out.push(match entry.status {
            Status::Failure => 0,
            Status::Success => 1,
        });
    }
}
