//! The example of 8.2, and the edges of requests and releases.

use reference_model::{Call, Effects, RequiredVersion, SemanticVersion, Status, Wanted};

use crate::support::{
    C, C2, DAY, DEPLOY, N1, N2, N3, N4, N5, PUBLIC, Registry, VOTING, account, answer, context,
    mpc, statuses, token_outcome,
};

const S: Status = Status::Success;
const F: Status = Status::Failure;

fn again(of: &[(reference_model::Address, Status)], k: i32, total_stakes: i64) -> Call {
    Call::ReRequestZkComputationNodes {
        engines_status: statuses(of),
        number_of_nodes: k,
        total_stakes,
        jurisdictions: Vec::new(),
        required_ee_version: 0,
        specific_nodes: Vec::new(),
    }
}

/// N1 to N5 with 100 units each, a computation on N1 to N4 with 75 each, 100 more at N1 and N2.
fn before_the_re_request() -> Registry {
    let mut registry = Registry::new();
    for node in [N1, N2, N3, N4, N5] {
        registry.node(0, node, 100);
    }
    registry.request(0, C, 300, &[N1, N2, N3, N4]).expect("75 each");
    registry.associate(0, N1, 100);
    registry.associate(0, N2, 100);
    registry
}

#[test]
fn a_re_request_takes_old_engines_only_out_of_other_free_tokens() {
    let mut registry = before_the_re_request();
    let all_good = [(N1, S), (N2, S), (N3, S), (N4, S)];

    let four = registry.call(DAY, C, again(&all_good, 4, 300));
    assert_eq!(four, Err("not_enough_nodes"));
    assert_eq!(registry.model.computations[&C].nodes, [N1, N2, N3, N4], "the old one stands");

    registry.call(DAY, C, again(&all_good, 3, 225)).expect("N1, N2 and N5");
    for node in [N1, N2, N3, N4] {
        assert_eq!(registry.tokens(node).pending_sum(), 75);
        assert_eq!(registry.score(node), [1, 0, 1]);
    }
    for node in [N1, N2, N5] {
        assert_eq!(registry.tokens(node).allocated[&C], 75);
    }
    let n1 = registry.tokens(N1);
    assert_eq!((n1.free, n1.allocated_sum(), n1.pending_sum()), (50, 75, 75));
    assert_eq!(registry.score(N5), [0, 0, 0]);
    let mut engines = registry.model.computations[&C].nodes.clone();
    engines.sort();
    assert_eq!(engines, [N1, N2, N5]);
}

#[test]
fn a_re_request_never_moves_the_end_date_backwards() {
    let mut registry = Registry::new();
    registry.node(0, N1, mpc(10));
    registry.request(0, C, 1, &[N1]).expect("one unit");
    assert_eq!(registry.model.computations[&C].allocation_end, Some(28 * DAY));

    registry.call(DAY, C, again(&[(N1, F)], 1, 1)).expect("one unit");
    assert_eq!(registry.model.computations[&C].allocation_end, Some(29 * DAY));
    assert_eq!(registry.score(N1), [1, 1, 0]);

    let asked = registry.call(DAY, N2, Call::CheckContractStatus { zk_contract: C }).expect("07");
    let told = (100 * DAY).to_be_bytes();
    registry.settle(DAY, &asked, answer(&told)).expect("an answer");
    registry.call(2 * DAY, C, again(&[(N1, S)], 1, 1)).expect("one unit");
    assert_eq!(registry.model.computations[&C].allocation_end, Some(100 * DAY));
}

#[test]
fn an_end_date_saturates() {
    let mut registry = Registry::new();
    registry.node(0, N1, mpc(10));

    registry.request(i64::MAX - 1, C, 1, &[N1]).expect("one unit");

    assert_eq!(registry.model.computations[&C].allocation_end, Some(i64::MAX));
}

#[test]
fn a_listed_re_request_matches_list_i_with_node_i() {
    let mut registry = Registry::new();
    for (node, jurisdiction) in [(N1, 1), (N2, 2), (N3, 3)] {
        registry.node(0, node, mpc(10));
        let call = Call::UpdateServerJurisdiction { jurisdiction };
        registry.call(0, node, call).expect("a jurisdiction");
    }
    registry.request(0, C, 1, &[N3]).expect("one unit");
    let listed = |specific_nodes, jurisdictions| Call::ReRequestZkComputationNodes {
        engines_status: statuses(&[(N3, S)]),
        number_of_nodes: 2,
        total_stakes: 2,
        jurisdictions,
        required_ee_version: 0,
        specific_nodes,
    };

    let swapped = listed(vec![N2, N1], vec![vec![1], vec![2]]);
    assert_eq!(registry.call(0, C, swapped), Err("node_outside_jurisdiction"));
    registry.call(0, C, listed(vec![N1, N2], vec![vec![1], vec![2]])).expect("1 and 2");
    assert_eq!(registry.model.computations[&C].nodes, [N1, N2]);

    let one_for_all = Call::ReRequestZkComputationNodes {
        engines_status: statuses(&[(N2, S), (N1, F)]),
        number_of_nodes: 2,
        total_stakes: 2,
        jurisdictions: vec![vec![3, 2]],
        required_ee_version: 0,
        specific_nodes: vec![N3, N2],
    };
    registry.call(0, C, one_for_all).expect("3 and 2");
    assert_eq!((registry.score(N1), registry.score(N2)), ([1, 1, 0], [1, 0, 1]));
}

#[test]
fn the_first_node_that_is_not_eligible_names_the_refusal() {
    let mut registry = Registry::new();
    registry.node(0, N1, mpc(10));
    registry.node(0, N2, mpc(10));
    registry.call(0, VOTING, Call::DisableZkNode { address: N1 }).expect("a ban");

    let refused = registry.request(0, C, mpc(40), &[N2, N1]);
    assert_eq!(refused, Err("node_insufficient_free"), "N2 comes first, whatever N1 lacks");
    assert_eq!(registry.request(0, C, mpc(40), &[N1, N2]), Err("node_disabled"));
}

#[test]
fn a_deletion_and_the_first_kind_of_done_give_success_to_all() {
    let mut registry = Registry::new();
    registry.node(0, N1, mpc(10));
    registry.node(0, N2, mpc(10));
    registry.request(0, C, 2, &[N1, N2]).expect("one unit each");
    registry.request(0, PUBLIC, 2, &[N1, N2]).expect("a public contract is served");

    registry.call(5, DEPLOY, Call::NotifyContractDeleted { zk_contract: C }).expect("20");
    registry.done(5, PUBLIC);

    for node in [N1, N2] {
        assert_eq!(registry.score(node), [2, 0, 2]);
        assert_eq!(registry.tokens(node).pending.len(), 1, "one time, one entry");
    }
    assert!(registry.model.computations.is_empty());
}

#[test]
fn all_reasons_against_a_node_are_told_in_order() {
    let mut registry = Registry::new();
    registry.node(0, N1, mpc(10));
    let node = registry.model.zk_nodes.get_mut(&N1).expect("registered");
    (node.is_resigned, node.is_disabled) = (true, true);
    registry.model.settings.min_node_stake = mpc(11);
    let record = registry.model.staked_tokens.get_mut(&N1).expect("tokens");
    record.expiration = Some(0);
    record.allocated = (0..1_000)
        .map(|number: u16| {
            let mut contract = C;
            contract[19..].copy_from_slice(&number.to_be_bytes());
            (contract, 1)
        })
        .collect();

    let version = RequiredVersion::Protocol(SemanticVersion { major: 0, minor: 0, patch: 0 });
    let wanted = Wanted { share: mpc(10) + 1, version, jurisdictions: vec![5] };
    let reasons = registry.model.reasons_against(&N1, &wanted, 0);

    let expected = [
        "node_resigned",
        "node_disabled",
        "node_version_too_low",
        "node_outside_jurisdiction",
        "node_understaked",
        "node_expired",
        "node_at_capacity",
        "node_insufficient_free",
    ];
    assert_eq!(reasons, expected);
    let unknown = registry.model.reasons_against(&N2, &wanted, 0);
    assert_eq!(unknown, ["node_unknown", "node_understaked", "node_insufficient_free"]);
}

#[test]
fn versions_compare_as_numbers_within_a_major() {
    let mut registry = Registry::new();
    registry.node(0, N1, mpc(10));
    let version = |major, minor, patch| SemanticVersion { major, minor, patch };
    let supported_protocol_version = version(4, 9, 3);
    let call = Call::UpdateNodeProtocolVersion { supported_protocol_version };
    registry.call(0, N1, call).expect("a version");

    for (required, fits) in [
        (version(4, 9, 3), true),
        (version(4, 9, 4), false),
        (version(4, 10, 0), false),
        (version(4, 8, 99), true),
        (version(3, 0, 0), false),
        (version(5, 0, 0), false),
    ] {
        let version = RequiredVersion::Protocol(required);
        let wanted = Wanted { share: 1, version, jurisdictions: Vec::new() };
        assert_eq!(registry.model.eligibility(&N1, &wanted, 0).is_ok(), fits, "{required:?}");
    }
}

#[test]
fn nodes_leave_the_roster_by_the_last_one_taking_their_place() {
    let mut arguments = crate::support::plain_settings();
    arguments.settings.min_node_stake = 100;
    let mut registry = Registry::with(&arguments);
    for node in [N1, N2, N3, N4] {
        registry.node(0, node, 100);
    }
    assert_eq!(registry.model.roster, [N1, N2, N3, N4]);

    let sent = registry.disassociate(0, N1, 1).expect("below the minimum");
    assert_eq!(registry.model.roster, [N4, N2, N3]);
    registry.settle(0, &sent, token_outcome(false)).expect("a restore");
    assert_eq!(registry.model.roster, [N4, N2, N3, N1]);
    registry.call(0, VOTING, Call::DisableZkNode { address: N1 }).expect("the last one");
    assert_eq!(registry.model.roster, [N4, N2, N3]);
    registry.call(0, N4, Call::ResignAsZkNode).expect("the first one");
    assert_eq!(registry.model.roster, [N3, N2]);
    registry.request(0, C2, 100, &[N3]).expect("allocated stake is still stake");
    assert_eq!(registry.model.roster, [N3, N2]);
}

#[test]
fn a_node_without_any_tokens_is_understaked_even_without_a_minimum() {
    let mut registry = Registry::new();
    let rest_endpoint = "https://zk.example.org".to_owned();
    registry.call(0, N1, Call::RegisterAsZkNode { rest_endpoint }).expect("a registration");

    assert!(registry.model.roster.is_empty());
    assert_eq!(registry.request(0, C, 1, &[N1]), Err("node_understaked"));
    registry.associate(0, N1, 1);
    assert_eq!(registry.model.roster, [N1]);
    registry.request(0, C, 1, &[N1]).expect("one unit is enough");
}

#[test]
fn a_topped_up_contract_is_unchanged() {
    let mut registry = Registry::new();
    let before = registry.model.clone();

    let outcome = registry.apply(&Call::TopUpGas, &context(0, account(9)));

    assert_eq!(outcome, Ok(Effects::default()));
    assert_eq!(registry.model, before);
}
