//! The records of the reference model, and the same records as the contract has them.

use pbc_contract_common::PublicKey;
use pbc_contract_common::address::{Address, AddressType};
use reference_model as model;
use zk_node_registry::{
    Collaborators, Computation, Jurisdiction, Pending, RestEndpoint, SemanticVersion, Settings,
    ZkNode, ZkNodeScore, ZkNodeTokens,
};
use zkreg::image::Image;
use zkreg::names::bytes_of;

/// An image as a model.
pub(crate) fn model_of(image: &Image) -> model::Model {
    let Image { collaborators, settings, staked_tokens, zk_nodes, computations, roster } = image;
    model::Model {
        collaborators: model::Collaborators {
            bp_orchestration: bytes_of(&collaborators.bp_orchestration),
            voting: bytes_of(&collaborators.voting),
            zk_contract_deploy: bytes_of(&collaborators.zk_contract_deploy),
        },
        settings: model::Settings {
            stake_token: bytes_of(&settings.stake_token),
            require_block_producer: settings.require_block_producer,
            min_node_stake: settings.min_node_stake,
            min_total_stakes: settings.min_total_stakes,
        },
        staked_tokens: staked_tokens.iter().map(|(k, v)| (bytes_of(k), tokens_to(v))).collect(),
        zk_nodes: zk_nodes.iter().map(|(k, v)| (bytes_of(k), node_to(v))).collect(),
        computations: computations.iter().map(|(k, v)| (bytes_of(k), work_to(v))).collect(),
        roster: roster.iter().map(bytes_of).collect(),
    }
}

/// A model as an image.
pub(crate) fn image_of(model: &model::Model) -> Image {
    let model::Model { collaborators, settings, staked_tokens, zk_nodes, computations, roster } =
        model;
    Image {
        collaborators: Collaborators {
            bp_orchestration: address(&collaborators.bp_orchestration),
            voting: address(&collaborators.voting),
            zk_contract_deploy: address(&collaborators.zk_contract_deploy),
        },
        settings: Settings {
            stake_token: address(&settings.stake_token),
            require_block_producer: settings.require_block_producer,
            min_node_stake: settings.min_node_stake,
            min_total_stakes: settings.min_total_stakes,
        },
        staked_tokens: staked_tokens.iter().map(|(k, v)| (address(k), tokens_of(v))).collect(),
        zk_nodes: zk_nodes.iter().map(|(k, v)| (address(k), node_of(v))).collect(),
        computations: computations.iter().map(|(k, v)| (address(k), work_of(v))).collect(),
        roster: roster.iter().map(address).collect(),
    }
}

fn address(bytes: &model::Address) -> Address {
    let address_type = match bytes[0] {
        0 => AddressType::Account,
        1 => AddressType::SystemContract,
        2 => AddressType::PublicContract,
        3 => AddressType::ZkContract,
        _ => AddressType::GoveranceContract,
    };
    let mut identifier = [0; 20];
    identifier.copy_from_slice(&bytes[1..]);
    Address { address_type, identifier }
}

fn tokens_to(tokens: &ZkNodeTokens) -> model::TokenRecord {
    let pending = |it: &Pending| model::Pending { amount: it.amount, unlock_time: it.unlock_time };
    model::TokenRecord {
        allocated: tokens.allocated_tokens.iter().map(|(k, v)| (bytes_of(k), *v)).collect(),
        expiration: tokens.expiration_timestamp,
        free: tokens.free_tokens,
        pending: tokens.pending_unlock.iter().map(pending).collect(),
        reserved: tokens.reserved_tokens,
        incoming: tokens.incoming_tokens,
        outgoing: tokens.outgoing_tokens,
    }
}

fn tokens_of(tokens: &model::TokenRecord) -> ZkNodeTokens {
    let pending = |it: &model::Pending| Pending { amount: it.amount, unlock_time: it.unlock_time };
    let mut record = ZkNodeTokens {
        expiration_timestamp: tokens.expiration,
        free_tokens: tokens.free,
        pending_unlock: tokens.pending.iter().map(pending).collect(),
        reserved_tokens: tokens.reserved,
        incoming_tokens: tokens.incoming,
        outgoing_tokens: tokens.outgoing,
        ..ZkNodeTokens::default()
    };
    for (contract, share) in &tokens.allocated {
        record.allocated_tokens.insert(address(contract), *share);
    }
    record
}

fn node_to(node: &ZkNode) -> model::NodeRecord {
    let version = |it: &SemanticVersion| model::SemanticVersion {
        major: it.major,
        minor: it.minor,
        patch: it.patch,
    };
    model::NodeRecord {
        identity: bytes_of(&node.identity),
        is_disabled: node.is_disabled,
        public_key: node.public_key.as_ref().map(|key| key.bytes),
        rest_endpoint: node.rest_endpoint.rest_endpoint.clone(),
        score: model::Score {
            allocated: node.score.allocated_score,
            failure: node.score.failure_score,
            success: node.score.success_score,
        },
        server_jurisdiction: node.server_jurisdiction.value,
        supported_ee_version: node.supported_ee_version,
        supported_protocol_version: node.supported_protocol_version.as_ref().map(version),
        is_resigned: node.is_resigned,
    }
}

fn node_of(node: &model::NodeRecord) -> ZkNode {
    let version = |it: &model::SemanticVersion| SemanticVersion {
        major: it.major,
        minor: it.minor,
        patch: it.patch,
    };
    ZkNode {
        identity: address(&node.identity),
        is_disabled: node.is_disabled,
        public_key: node.public_key.map(|bytes| PublicKey { bytes }),
        rest_endpoint: RestEndpoint { rest_endpoint: node.rest_endpoint.clone() },
        score: ZkNodeScore {
            allocated_score: node.score.allocated,
            failure_score: node.score.failure,
            success_score: node.score.success,
        },
        server_jurisdiction: Jurisdiction { value: node.server_jurisdiction },
        supported_ee_version: node.supported_ee_version,
        supported_protocol_version: node.supported_protocol_version.as_ref().map(version),
        is_resigned: node.is_resigned,
    }
}

fn work_to(work: &Computation) -> model::Computation {
    model::Computation {
        nodes: work.nodes.iter().map(bytes_of).collect(),
        share: work.share,
        total_stakes: work.total_stakes,
        allocation_end: work.allocation_end,
    }
}

fn work_of(work: &model::Computation) -> Computation {
    Computation {
        nodes: work.nodes.iter().map(address).collect(),
        share: work.share,
        total_stakes: work.total_stakes,
        allocation_end: work.allocation_end,
    }
}
