//! The part of a call that is spoilt, in whichever calls have one.

use pbc_contract_common::address::Address;
use zk_node_registry::Jurisdictions;

use crate::call::Call;
use crate::fuzz::generate::Draft;

/// The same call for, or by, another contract.
pub(super) fn for_contract(sender: Address, mut call: Call, contract: Address) -> Draft {
    match &mut call {
        Call::RequestNodesV1 { zk_contract, .. }
        | Call::RequestNodesV2 { zk_contract, .. }
        | Call::RequestListedFor { zk_contract, .. }
        | Call::ContractDeleted { zk_contract }
        | Call::CheckContractStatus { zk_contract } => *zk_contract = contract,
        Call::ExtendDeadline { contract_address } => *contract_address = contract,
        _ => return (contract, call),
    }
    (sender, call)
}

/// The amount of a call.
pub(super) fn amount(call: &mut Call) -> Option<&mut i64> {
    match call {
        Call::AssociateTokens { token_amount: amount }
        | Call::AssociateTokensWithExpiration { token_amount: amount, .. }
        | Call::DisassociateTokens { token_amount: amount }
        | Call::SetReservedTokens { new_reserved: amount }
        | Call::RequestNodesV1 { total_stakes: amount, .. }
        | Call::RequestNodesV2 { total_stakes: amount, .. }
        | Call::RequestListedFor { total_stakes: amount, .. }
        | Call::RequestListed { total_stakes: amount, .. }
        | Call::RequestNodes { total_stakes: amount, .. }
        | Call::ReRequest { total_stakes: amount, .. } => Some(amount),
        _ => None,
    }
}

/// How many nodes are asked for.
pub(super) fn count(call: &mut Call) -> Option<&mut i32> {
    match call {
        Call::RequestNodesV1 { number_of_nodes, .. }
        | Call::RequestNodesV2 { number_of_nodes, .. }
        | Call::RequestNodes { number_of_nodes, .. }
        | Call::ReRequest { number_of_nodes, .. } => Some(number_of_nodes),
        _ => None,
    }
}

/// The lists of jurisdictions.
pub(super) fn lists(call: &mut Call) -> Option<&mut Vec<Jurisdictions>> {
    match call {
        Call::RequestNodesV2 { jurisdictions, .. }
        | Call::RequestNodes { jurisdictions, .. }
        | Call::ReRequest { jurisdictions, .. } => Some(&mut jurisdictions.node_jurisdictions),
        _ => None,
    }
}

/// The nodes that are asked for by name.
pub(super) fn listed_nodes(call: &mut Call) -> Option<&mut Vec<Address>> {
    match call {
        Call::RequestListedFor { zk_nodes: nodes, .. }
        | Call::RequestListed { zk_nodes: nodes, .. }
        | Call::ReRequest { specific_nodes: nodes, .. } => Some(nodes),
        _ => None,
    }
}

/// Makes one number of a version negative.
pub(super) fn spoil_version(call: &mut Call, minus: i32, which: u8) -> Option<()> {
    match call {
        Call::UpdateNodeProtocolVersion { supported_protocol_version: version }
        | Call::RequestNodesV2 { required_protocol_version: version, .. }
        | Call::RequestListedFor { required_protocol_version: version, .. } => match which {
            0 => version.major = minus,
            1 => version.minor = minus,
            _ => version.patch = minus,
        },
        Call::UpdateNodeEeVersion { supported_ee_version: version }
        | Call::RequestListed { required_ee_version: version, .. }
        | Call::RequestNodes { required_ee_version: version, .. }
        | Call::ReRequest { required_ee_version: version, .. } => *version = minus,
        _ => return None,
    }
    Some(())
}
