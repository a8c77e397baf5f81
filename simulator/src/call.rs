//! The calls of the registry as values: 24 actions, the extension 20, and 5 callbacks.
//!
//! Unlike [`crate::action`] there are no names and no times of a scenario here: what stands here is
//! what is on the wire, argument by argument, in the contract crate's own types. Nothing judges a
//! call.
//!
//! Source: `registry.md` 4.3 and 4.4.

use pbc_contract_common::address::Address;
use pbc_host::split_rpc;
use pbc_traits::{Decoder, ReadRPC, WriteRPC};
use zk_node_registry::{
    EngineStatus, Jurisdiction, NodeJurisdictions, RestEndpoint, SemanticVersion,
};

/// Makes the enum and its codec from one table, so that no argument can be read in another order
/// than it is written.
macro_rules! calls {
    ($($(#[$doc:meta])* $code:literal $name:literal $variant:ident {
        $($field:ident: $type:ty),*
    })*) => {
        /// A call of the registry.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[allow(missing_docs)] // of fields: they are the arguments of registry.md 4.3
        pub enum Call {
            $($(#[$doc])* $variant { $($field: $type),* },)*
        }

        impl Call {
            /// Shortname and name of every call, in the order of `registry.md` 4.3 and 4.4.
            pub const ALL: &'static [(u32, &'static str)] = &[$(($code, $name)),*];

            /// The call that `rpc` is, callbacks included; `None` if it cannot be decoded.
            pub fn decode(rpc: &[u8]) -> Option<Call> {
                let (shortname, arguments) = split_rpc(rpc).ok()?;
                let mut source = Decoder::new(arguments);
                let call = match shortname {
                    $($code => Call::$variant {
                        $($field: ReadRPC::rpc_decode(&mut source).ok()?),*
                    },)*
                    _ => return None,
                };
                source.finish().ok()?;
                Some(call)
            }

            /// Shortname and arguments, as a wallet or the chain would send them.
            pub fn encode(&self) -> Vec<u8> {
                let mut rpc = vec![self.shortname()];
                match self {
                    $(Call::$variant { $($field),* } => {
                        $(write($field, &mut rpc);)*
                    })*
                }
                rpc
            }

            /// The shortname: all are below 80 and so their own LEB128.
            pub const fn shortname(&self) -> u8 {
                match self {
                    $(Call::$variant { .. } => $code,)*
                }
            }

            /// The name in the contract's ABI.
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Call::$variant { .. } => $name,)*
                }
            }
        }
    };
}

calls! {
    /// 00
    0x00 "register_as_zk_node" RegisterAsZkNode { rest_endpoint: RestEndpoint }
    /// 01
    0x01 "update_node_rest_endpoint" UpdateNodeRestEndpoint { rest_endpoint: String }
    /// 0c
    0x0c "update_node_protocol_version" UpdateNodeProtocolVersion {
        supported_protocol_version: SemanticVersion
    }
    /// 0d
    0x0d "update_server_jurisdiction" UpdateServerJurisdiction { jurisdiction: Jurisdiction }
    /// 1a
    0x1a "update_node_ee_version" UpdateNodeEeVersion { supported_ee_version: i32 }
    /// 11
    0x11 "resign_as_zk_node" ResignAsZkNode {}
    /// 10
    0x10 "disable_zk_node" DisableZkNode { address: Address }
    /// 0a
    0x0a "associate_tokens" AssociateTokens { token_amount: i64 }
    /// 15
    0x15 "associate_tokens_with_expiration" AssociateTokensWithExpiration {
        token_amount: i64, expiration_timestamp: i64
    }
    /// 0b
    0x0b "disassociate_tokens" DisassociateTokens { token_amount: i64 }
    /// 13
    0x13 "set_reserved_tokens" SetReservedTokens { new_reserved: i64 }
    /// 06
    0x06 "unlock_expired_stakes" UnlockExpiredStakes {}
    /// 17
    0x17 "set_expiration_for_association" SetExpirationForAssociation {
        expiration_timestamp: Option<i64>
    }
    /// 16
    0x16 "disassociate_all_expired_stakes_from_contract" DisassociateAllExpiredStakes {
        account: Address
    }
    /// 04
    0x04 "request_zk_computation_nodes_v1" RequestNodesV1 {
        zk_contract: Address, number_of_nodes: i32, total_stakes: i64
    }
    /// 08
    0x08 "request_zk_computation_nodes_v2" RequestNodesV2 {
        zk_contract: Address, number_of_nodes: i32, total_stakes: i64,
        jurisdictions: NodeJurisdictions, required_protocol_version: SemanticVersion
    }
    /// 14
    0x14 "request_specific_nodes_with_protocol_version" RequestListedFor {
        zk_contract: Address, total_stakes: i64, required_protocol_version: SemanticVersion,
        zk_nodes: Vec<Address>
    }
    /// 18
    0x18 "request_specific_nodes_with_ee_version" RequestListed {
        total_stakes: i64, required_ee_version: i32, zk_nodes: Vec<Address>
    }
    /// 19
    0x19 "request_zk_computation_nodes_with_ee_version" RequestNodes {
        number_of_nodes: i32, total_stakes: i64, jurisdictions: NodeJurisdictions,
        required_ee_version: i32
    }
    /// 1b
    0x1b "re_request_zk_computation_nodes" ReRequest {
        engines_status: Vec<EngineStatus>, number_of_nodes: i32, total_stakes: i64,
        jurisdictions: NodeJurisdictions, required_ee_version: i32, specific_nodes: Vec<Address>
    }
    /// 05
    0x05 "notify_zk_computation_done_v1" DoneV1 {}
    /// 12
    0x12 "notify_zk_computation_done_v2" DoneV2 { engines_status: Vec<EngineStatus> }
    /// 20
    0x20 "notify_contract_deleted" ContractDeleted { zk_contract: Address }
    /// 07
    0x07 "check_contract_status" CheckContractStatus { zk_contract: Address }
    /// 0e
    0x0e "extend_zk_computation_deadline" ExtendDeadline { contract_address: Address }
    /// 30, a callback
    0x30 "on_producer_info" OnProducerInfo { account: Address, rest_endpoint: String }
    /// 31, a callback
    0x31 "on_associated" OnAssociated { account: Address, amount: i64 }
    /// 32, a callback
    0x32 "on_disassociated" OnDisassociated { account: Address, amount: i64, cut: i64 }
    /// 33, a callback
    0x33 "on_contract_status" OnContractStatus { zk_contract: Address }
    /// 34, a callback
    0x34 "on_deadline_extended" OnDeadlineExtended { zk_contract: Address }
}

/// The first shortname of a callback.
///
/// Source: registry.md 14 (D-01).
pub const FIRST_CALLBACK: u8 = 0x30;

impl Call {
    /// Whether only the chain delivers it.
    pub const fn is_callback(&self) -> bool {
        self.shortname() >= FIRST_CALLBACK
    }

    /// The contract for which `sender` asks for nodes, if this is a request.
    pub fn request_for(&self, sender: Address) -> Option<Address> {
        match self {
            Call::RequestNodesV1 { zk_contract, .. }
            | Call::RequestNodesV2 { zk_contract, .. }
            | Call::RequestListedFor { zk_contract, .. } => Some(*zk_contract),
            Call::RequestListed { .. } | Call::RequestNodes { .. } | Call::ReRequest { .. } => {
                Some(sender)
            }
            _ => None,
        }
    }

    /// The contract whose computation this call of `sender` ends, if it is taken.
    pub fn ends(&self, sender: Address) -> Option<Address> {
        match self {
            Call::DoneV1 {} | Call::DoneV2 { .. } | Call::ReRequest { .. } => Some(sender),
            Call::ContractDeleted { zk_contract } => Some(*zk_contract),
            _ => None,
        }
    }
}

fn write(argument: &impl WriteRPC, rpc: &mut Vec<u8>) {
    argument.rpc_write_to(rpc).expect("invariant: a vector takes all bytes");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_golden_call_is_read_and_written_back() {
        let vectors = include_str!("../../tests/data/golden-rpc.txt");
        let hex = vectors.split(|c: char| !c.is_ascii_hexdigit()).filter(|word| word.len() > 1);
        let calls: Vec<Call> = hex
            .filter_map(|word| hex::decode(word).ok())
            .filter_map(|rpc| Call::decode(&rpc).filter(|call| call.encode() == rpc))
            .collect();
        for (shortname, name) in Call::ALL {
            let found = calls.iter().any(|call| u32::from(call.shortname()) == *shortname);
            assert!(found, "{name} is not among the golden vectors");
        }
    }

    #[test]
    fn what_is_no_call_is_not_read() {
        for rpc in [&[][..], &[0x02], &[0x05, 0], &[0x0a, 0, 0], &[0xff, 0xff, 0xff, 0xff, 0x0f]] {
            assert_eq!(Call::decode(rpc), None, "{rpc:02x?}");
        }
    }
}
