//! The rows *Requests* of 4.3, and the limits of their lists.

use reference_model::{Address, Call, Score, Status};

use super::faults::*;
use super::rows::{V4_9_0, end_rows, row};
use super::{Case, Row};
use crate::support::{C, C2, DEPLOY, N1, N2, STRANGER, mpc, statuses};

pub(super) fn request_rows() -> Vec<Row> {
    let (number_of_nodes, total_stakes) = (2, mpc(2));
    let (jurisdictions, zk_nodes) = (vec![vec![1]], vec![N1, N2]);

    let mut v1 = vec![NOT_DEPLOY, NOT_SERVED, NODE_COUNT];
    v1.extend(STAKES);
    v1.extend([COMPUTATION_EXISTS, NOT_ENOUGH_NODES]);

    let mut v2 = vec![NOT_DEPLOY, TOO_MANY_CODES, NOT_SERVED, NODE_COUNT];
    v2.extend(STAKES);
    v2.extend(JURISDICTIONS);
    v2.extend([PROTOCOL_VERSION_NEGATIVE, COMPUTATION_EXISTS, NOT_ENOUGH_NODES]);

    let mut specific = vec![NOT_DEPLOY, TOO_MANY_NODES, NOT_SERVED];
    specific.extend(STAKES);
    specific.extend([PROTOCOL_VERSION_NEGATIVE, LISTED_NODE_COUNT, DUPLICATE_NODE]);
    specific.extend([COMPUTATION_EXISTS, NODE_UNKNOWN, NODE_RESIGNED, NODE_DISABLED]);
    specific.push(NODE_PROTOCOL);
    specific.extend(NODE_TOKENS);

    let mut specific_ee = vec![SENDER_NOT_SERVED, TOO_MANY_NODES];
    specific_ee.extend(STAKES);
    specific_ee.extend([EE_VERSION_NEGATIVE, LISTED_NODE_COUNT, DUPLICATE_NODE]);
    specific_ee.extend([COMPUTATION_EXISTS, NODE_UNKNOWN, NODE_RESIGNED, NODE_DISABLED, NODE_EE]);
    specific_ee.extend(NODE_TOKENS);

    let mut drawn_ee = vec![SENDER_NOT_SERVED, TOO_MANY_CODES, NODE_COUNT];
    drawn_ee.extend(STAKES);
    drawn_ee.extend(JURISDICTIONS);
    drawn_ee.extend([EE_VERSION_NEGATIVE, COMPUTATION_EXISTS, NOT_ENOUGH_NODES]);

    vec![
        row(
            "04",
            DEPLOY,
            Call::RequestZkComputationNodesV1 { zk_contract: C2, number_of_nodes, total_stakes },
            v1,
        ),
        row(
            "08",
            DEPLOY,
            Call::RequestZkComputationNodesV2 {
                zk_contract: C2,
                number_of_nodes,
                total_stakes,
                jurisdictions: jurisdictions.clone(),
                required_protocol_version: V4_9_0,
            },
            v2,
        ),
        row(
            "14",
            DEPLOY,
            Call::RequestSpecificNodesWithProtocolVersion {
                zk_contract: C2,
                total_stakes,
                required_protocol_version: V4_9_0,
                zk_nodes: zk_nodes.clone(),
            },
            specific,
        )
        .never_properties_of_nothing(),
        row(
            "18",
            C2,
            Call::RequestSpecificNodesWithEeVersion {
                total_stakes,
                required_ee_version: 3,
                zk_nodes,
            },
            specific_ee,
        )
        .never_properties_of_nothing()
        .never(&[("version_negative", "node_version_too_low")]),
        row(
            "19",
            C2,
            Call::RequestZkComputationNodesWithEeVersion {
                number_of_nodes,
                total_stakes,
                jurisdictions,
                required_ee_version: 3,
            },
            drawn_ee,
        ),
        re_request(vec![N1, N2]),
        re_request(Vec::new()),
    ]
}

fn re_request(specific_nodes: Vec<Address>) -> Row {
    let is_listed = !specific_nodes.is_empty();
    let mut faults = vec![NO_COMPUTATION, TOO_MANY_STATUSES, NODE_COUNT];
    faults.extend(STAKES);
    faults.extend(JURISDICTIONS);
    faults.push(EE_VERSION_NEGATIVE);
    if is_listed {
        faults.extend([COUNT_MISMATCH, DUPLICATE_NODE]);
    }
    faults.extend(STATUSES);
    if is_listed {
        faults.extend([NODE_UNKNOWN, NODE_RESIGNED, NODE_DISABLED, NODE_EE, NODE_OUTSIDE]);
        faults.extend(NODE_TOKENS);
    } else {
        faults.push(NOT_ENOUGH_NODES);
    }
    let call = Call::ReRequestZkComputationNodes {
        engines_status: statuses(&[(N1, Status::Success), (N2, Status::Failure)]),
        number_of_nodes: 2,
        total_stakes: mpc(2),
        jurisdictions: vec![vec![1]],
        required_ee_version: 3,
        specific_nodes,
    };
    let name = if is_listed { "1b, listed" } else { "1b, drawn" };
    row(name, C, call, faults)
        .never_properties_of_nothing()
        .never(&[("version_negative", "node_version_too_low")])
        .given(|case| {
            // A score that is booked by an accepted re-request only.
            let node = case.model.zk_nodes.get_mut(&N1).expect("registered");
            node.score = Score { allocated: 3, failure: 1, success: 2 };
        })
}

/// The group *statuses* is read from the front: what comes first in the list is reported.
#[test]
fn a_repeated_status_before_a_foreign_one_is_reported() {
    for call in [end_rows().remove(1).accepted, re_request(Vec::new()).accepted] {
        let mut case = call;
        STATUSES[1].1(&mut case);
        let (Call::NotifyZkComputationDoneV2 { engines_status }
        | Call::ReRequestZkComputationNodes { engines_status, .. }) = &mut case.call
        else {
            panic!("a call with statuses")
        };
        engines_status.extend(statuses(&[(STRANGER, Status::Success)]));
        assert_eq!(super::outcome(&case), Some("status_node_repeated"));
    }
}

/// Every list of every call has its limit, and may reach it.
#[test]
fn every_list_may_reach_its_limit_and_not_exceed_it() {
    let too_many_lists: fn(&mut Case) = |case| match &mut case.call {
        Call::RequestZkComputationNodesV2 { jurisdictions, .. }
        | Call::RequestZkComputationNodesWithEeVersion { jurisdictions, .. }
        | Call::ReRequestZkComputationNodes { jurisdictions, .. } => {
            jurisdictions.resize(65, Vec::new());
        }
        other => panic!("no lists: {other:?}"),
    };
    let exactly = |case: &mut Case| match &mut case.call {
        Call::RequestZkComputationNodesV2 { jurisdictions, .. }
        | Call::RequestZkComputationNodesWithEeVersion { jurisdictions, .. }
        | Call::ReRequestZkComputationNodes { jurisdictions, .. } => {
            jurisdictions.truncate(64);
        }
        other => panic!("no lists: {other:?}"),
    };
    for row in request_rows() {
        if !["08", "19", "1b, listed", "1b, drawn"].contains(&row.name) {
            continue;
        }
        let mut case = row.accepted;
        too_many_lists(&mut case);
        assert_eq!(super::outcome(&case), Some("list_too_long"), "{}", row.name);
        exactly(&mut case);
        let found = super::outcome(&case);
        assert_eq!(found, Some("jurisdiction_lists_mismatch"), "{}: 64 lists", row.name);
    }
    for row in request_rows() {
        if !["14", "18", "1b, listed"].contains(&row.name) {
            continue;
        }
        let mut case = row.accepted;
        TOO_MANY_NODES.1(&mut case);
        assert_eq!(super::outcome(&case), Some("list_too_long"), "{}", row.name);
        if let Call::RequestSpecificNodesWithProtocolVersion { zk_nodes: nodes, .. }
        | Call::RequestSpecificNodesWithEeVersion { zk_nodes: nodes, .. }
        | Call::ReRequestZkComputationNodes { specific_nodes: nodes, .. } = &mut case.call
        {
            nodes.truncate(64);
        }
        let next = if row.name == "1b, listed" {
            "node_count_mismatch"
        } else {
            "node_count_out_of_range"
        };
        assert_eq!(super::outcome(&case), Some(next), "{}: 64 nodes", row.name);
    }
}
