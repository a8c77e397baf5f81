//! The contract's state as the model would write it down.

use std::collections::BTreeMap;

use reference_model as model;
use zk_node_registry::{Computation, ZkNode, ZkNodeTokens};
pub use zkreg_engine::bytes_of as bytes;
use zkreg_engine::{Engine, Records};

use crate::Registry;

/// The whole state of a registry.
pub fn model_of<E: Engine + Clone>(registry: &Registry<E>) -> model::Model {
    model_of_records(&registry.records())
}

/// The whole state in these records.
pub fn model_of_records(records: &Records<'_>) -> model::Model {
    let (collaborators, settings) = records.terms();
    model::Model {
        collaborators: model::Collaborators {
            bp_orchestration: bytes(&collaborators.bp_orchestration),
            voting: bytes(&collaborators.voting),
            zk_contract_deploy: bytes(&collaborators.zk_contract_deploy),
        },
        settings: model::Settings {
            stake_token: bytes(&settings.stake_token),
            require_block_producer: settings.require_block_producer,
            min_node_stake: settings.min_node_stake,
            min_total_stakes: settings.min_total_stakes,
        },
        staked_tokens: records.all_tokens().map(|(k, v)| (bytes(&k), tokens(&v))).collect(),
        zk_nodes: records.all_nodes().map(|(k, v)| (bytes(&k), node(&v))).collect(),
        computations: records
            .all_computations()
            .map(|(k, v)| (bytes(&k), computation(&v)))
            .collect::<BTreeMap<_, _>>(),
        roster: records.roster().iter().map(bytes).collect(),
    }
}

/// The tokens of an account.
pub fn tokens(tokens: &ZkNodeTokens) -> model::TokenRecord {
    model::TokenRecord {
        allocated: tokens.allocated_tokens.iter().map(|(k, v)| (bytes(k), *v)).collect(),
        expiration: tokens.expiration_timestamp,
        free: tokens.free_tokens,
        pending: tokens
            .pending_unlock
            .iter()
            .map(|p| model::Pending { amount: p.amount, unlock_time: p.unlock_time })
            .collect(),
        reserved: tokens.reserved_tokens,
        incoming: tokens.incoming_tokens,
        outgoing: tokens.outgoing_tokens,
    }
}

/// The node of an account.
pub fn node(node: &ZkNode) -> model::NodeRecord {
    let version = |v: &zk_node_registry::SemanticVersion| model::SemanticVersion {
        major: v.major,
        minor: v.minor,
        patch: v.patch,
    };
    model::NodeRecord {
        identity: bytes(&node.identity),
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

/// The work of a served contract.
pub fn computation(computation: &Computation) -> model::Computation {
    model::Computation {
        nodes: computation.nodes.iter().map(bytes).collect(),
        share: computation.share,
        total_stakes: computation.total_stakes,
        allocation_end: computation.allocation_end,
    }
}
