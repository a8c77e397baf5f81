//! Faults: each brings about one refusal, and leaves other faults in place where it can.

use reference_model::{
    Address, Call, Computation, NodeRecord, Pending, SemanticVersion, Status, TokenRecord,
};

use super::{Case, Fault};
use crate::support::{C, N1, N2, N5, STRANGER, account, statuses};

/// The total stakes of a request, in units.
fn total_stakes(call: &mut Call) -> &mut i64 {
    match call {
        Call::RequestZkComputationNodesV1 { total_stakes, .. }
        | Call::RequestZkComputationNodesV2 { total_stakes, .. }
        | Call::RequestSpecificNodesWithProtocolVersion { total_stakes, .. }
        | Call::RequestSpecificNodesWithEeVersion { total_stakes, .. }
        | Call::RequestZkComputationNodesWithEeVersion { total_stakes, .. }
        | Call::ReRequestZkComputationNodes { total_stakes, .. } => total_stakes,
        other => panic!("no request: {other:?}"),
    }
}

fn number_of_nodes(call: &mut Call) -> &mut i32 {
    match call {
        Call::RequestZkComputationNodesV1 { number_of_nodes, .. }
        | Call::RequestZkComputationNodesV2 { number_of_nodes, .. }
        | Call::RequestZkComputationNodesWithEeVersion { number_of_nodes, .. }
        | Call::ReRequestZkComputationNodes { number_of_nodes, .. } => number_of_nodes,
        other => panic!("no number of nodes: {other:?}"),
    }
}

fn lists(call: &mut Call) -> &mut Vec<Vec<i32>> {
    match call {
        Call::RequestZkComputationNodesV2 { jurisdictions, .. }
        | Call::RequestZkComputationNodesWithEeVersion { jurisdictions, .. }
        | Call::ReRequestZkComputationNodes { jurisdictions, .. } => jurisdictions,
        other => panic!("no jurisdictions: {other:?}"),
    }
}

fn nodes(call: &mut Call) -> &mut Vec<Address> {
    match call {
        Call::RequestSpecificNodesWithProtocolVersion { zk_nodes, .. }
        | Call::RequestSpecificNodesWithEeVersion { zk_nodes, .. } => zk_nodes,
        Call::ReRequestZkComputationNodes { specific_nodes, .. } => specific_nodes,
        other => panic!("no list of nodes: {other:?}"),
    }
}

fn engines_status(call: &mut Call) -> &mut Vec<reference_model::EngineStatus> {
    match call {
        Call::NotifyZkComputationDoneV2 { engines_status }
        | Call::ReRequestZkComputationNodes { engines_status, .. } => engines_status,
        other => panic!("no statuses: {other:?}"),
    }
}

fn endpoint(call: &mut Call) -> &mut String {
    match call {
        Call::RegisterAsZkNode { rest_endpoint }
        | Call::UpdateNodeRestEndpoint { rest_endpoint } => rest_endpoint,
        other => panic!("no endpoint: {other:?}"),
    }
}

fn protocol_version(call: &mut Call) -> &mut SemanticVersion {
    match call {
        Call::UpdateNodeProtocolVersion { supported_protocol_version: version }
        | Call::RequestZkComputationNodesV2 { required_protocol_version: version, .. }
        | Call::RequestSpecificNodesWithProtocolVersion {
            required_protocol_version: version,
            ..
        } => version,
        other => panic!("no protocol version: {other:?}"),
    }
}

fn ee_version(call: &mut Call) -> &mut i32 {
    match call {
        Call::UpdateNodeEeVersion { supported_ee_version: version }
        | Call::RequestSpecificNodesWithEeVersion { required_ee_version: version, .. }
        | Call::RequestZkComputationNodesWithEeVersion { required_ee_version: version, .. }
        | Call::ReRequestZkComputationNodes { required_ee_version: version, .. } => version,
        other => panic!("no EE version: {other:?}"),
    }
}

/// The contract that a request serves.
fn served(case: &Case) -> Address {
    match &case.call {
        Call::RequestZkComputationNodesV1 { zk_contract, .. }
        | Call::RequestZkComputationNodesV2 { zk_contract, .. }
        | Call::RequestSpecificNodesWithProtocolVersion { zk_contract, .. } => *zk_contract,
        _ => case.context.sender,
    }
}

/// Changes the node record of N1 if there is one.
fn n1(case: &mut Case, change: impl FnOnce(&mut NodeRecord)) {
    if let Some(node) = case.model.zk_nodes.get_mut(&N1) {
        change(node);
    }
}

/// Changes the token record of N1, which every case but those of `no_stake_entry` has.
pub(super) fn n1_tokens(case: &mut Case, change: impl FnOnce(&mut TokenRecord)) {
    if let Some(record) = case.model.staked_tokens.get_mut(&N1) {
        change(record);
    }
}

pub(super) const CALLER_NOT_ACCOUNT: Fault = ("caller_not_account", |case| case.context.sender = C);
pub(super) const NOT_REGISTERED: Fault = ("not_registered", |case| case.context.sender = STRANGER);
pub(super) const NOT_DEPLOY: Fault =
    ("not_zk_contract_deploy", |case| case.context.sender = STRANGER);
pub(super) const NOT_VOTING: Fault = ("not_voting", |case| case.context.sender = N1);
pub(super) const SENDER_NOT_SERVED: Fault =
    ("not_a_served_contract", |case| case.context.sender = account(0x55));
pub(super) const NOT_SERVED: Fault = ("not_a_served_contract", |case| match &mut case.call {
    Call::RequestZkComputationNodesV1 { zk_contract, .. }
    | Call::RequestZkComputationNodesV2 { zk_contract, .. }
    | Call::RequestSpecificNodesWithProtocolVersion { zk_contract, .. } => zk_contract[0] = 4,
    other => panic!("no contract: {other:?}"),
});
pub(super) const NO_COMPUTATION: Fault =
    ("no_computation", |case| drop(case.model.computations.remove(&C)));
pub(super) const COMPUTATION_EXISTS: Fault = ("computation_exists", |case| {
    let computation =
        Computation { nodes: vec![N5], share: 1, total_stakes: 1, allocation_end: None };
    let contract = served(case);
    case.model.computations.insert(contract, computation);
});
pub(super) const NO_STAKE_ENTRY: Fault =
    ("no_stake_entry", |case| drop(case.model.staked_tokens.remove(&N1)));

pub(super) const ENDPOINT: [Fault; 4] = [
    ("endpoint_empty", |case| endpoint(&mut case.call).clear()),
    ("endpoint_too_long", |case| endpoint(&mut case.call).push_str(&"x".repeat(600))),
    ("endpoint_control_character", |case| endpoint(&mut case.call).push('\t')),
    ("endpoint_not_https", |case| {
        let text = endpoint(&mut case.call);
        *text = text.replace("https", "http");
    }),
];

pub(super) const STAKES: [Fault; 2] = [
    ("amount_not_positive", |case| *total_stakes(&mut case.call) = 0),
    ("total_stakes_below_minimum", |case| case.model.settings.min_total_stakes = i64::MAX),
];

pub(super) const NODE_COUNT: Fault =
    ("node_count_out_of_range", |case| *number_of_nodes(&mut case.call) = 17);
pub(super) const LISTED_NODE_COUNT: Fault = ("node_count_out_of_range", |case| {
    let listed = nodes(&mut case.call);
    listed.extend((1..=16).map(account));
});
pub(super) const TOO_MANY_NODES: Fault =
    ("list_too_long", |case| nodes(&mut case.call).extend((1..=65).map(account)));
pub(super) const TOO_MANY_CODES: Fault =
    ("list_too_long", |case| lists(&mut case.call)[0].resize(257, 1));
pub(super) const TOO_MANY_STATUSES: Fault = ("list_too_long", |case| {
    let of_n1 = statuses(&[(N1, Status::Success); 70]);
    engines_status(&mut case.call).extend(of_n1);
});
pub(super) const DUPLICATE_NODE: Fault = ("duplicate_node", |case| {
    let listed = nodes(&mut case.call);
    let last = listed.len() - 1;
    listed[last] = listed[0];
});
pub(super) const COUNT_MISMATCH: Fault =
    ("node_count_mismatch", |case| nodes(&mut case.call).push(N5));

pub(super) const JURISDICTIONS: [Fault; 2] = [
    ("jurisdiction_lists_mismatch", |case| lists(&mut case.call).extend([vec![1], vec![1]])),
    ("jurisdiction_out_of_range", |case| lists(&mut case.call)[0][0] = 0),
];

pub(super) const PROTOCOL_VERSION_NEGATIVE: Fault =
    ("version_negative", |case| protocol_version(&mut case.call).patch = -1);
pub(super) const EE_VERSION_NEGATIVE: Fault =
    ("version_negative", |case| *ee_version(&mut case.call) = -1);

/// A foreign one in front of all, a repeated one behind all, and none for N2.
pub(super) const STATUSES: [Fault; 3] = [
    ("status_node_foreign", |case| {
        let foreign = statuses(&[(STRANGER, Status::Success)]);
        engines_status(&mut case.call).splice(0..0, foreign);
    }),
    ("status_node_repeated", |case| {
        engines_status(&mut case.call).extend(statuses(&[(N1, Status::Failure)]));
    }),
    ("status_node_missing", |case| engines_status(&mut case.call).retain(|e| e.engine != N2)),
];

pub(super) const NOT_ENOUGH_NODES: Fault = ("not_enough_nodes", |case| {
    for record in case.model.staked_tokens.values_mut() {
        record.reserved = i64::MAX;
    }
});

pub(super) const NODE_UNKNOWN: Fault =
    ("node_unknown", |case| drop(case.model.zk_nodes.remove(&N1)));
pub(super) const NODE_RESIGNED: Fault =
    ("node_resigned", |case| n1(case, |node| node.is_resigned = true));
pub(super) const NODE_DISABLED: Fault =
    ("node_disabled", |case| n1(case, |node| node.is_disabled = true));
pub(super) const NODE_PROTOCOL: Fault =
    ("node_version_too_low", |case| protocol_version(&mut case.call).minor = 99);
pub(super) const NODE_EE: Fault = ("node_version_too_low", |case| *ee_version(&mut case.call) = 99);
pub(super) const NODE_OUTSIDE: Fault =
    ("node_outside_jurisdiction", |case| n1(case, |node| node.server_jurisdiction = 7));
/// Conditions 6 to 9, which are about tokens.
pub(super) const NODE_TOKENS: [Fault; 4] = [
    ("node_understaked", |case| case.model.settings.min_node_stake = i64::MAX),
    ("node_expired", |case| {
        let now = case.context.now_ms;
        n1_tokens(case, |record| record.expiration = Some(now));
    }),
    ("node_at_capacity", |case| {
        let now = case.context.now_ms;
        let times = (0..1_000).map(|age| now - age);
        let pending = times.map(|unlock_time| Pending { amount: 1, unlock_time });
        n1_tokens(case, |record| record.pending.extend(pending));
    }),
    ("node_insufficient_free", |case| n1_tokens(case, |record| record.reserved = i64::MAX)),
];
