use core::time::Duration;

use super::*;
use crate::fixtures::{at, mpc, operator, units, zk, DAY, MS};
use crate::rules::node::Particulars;
use crate::rules::stake::Pending;

fn node() -> ZkNode {
    let mut node = ZkNode::enrolled(
        operator(1),
        Particulars {
            rest_endpoint: "https://n1.example".to_owned(),
            public_key: None,
            server_jurisdiction: Jurisdiction { value: 208 },
        },
    );
    node.supported_protocol_version = Some(SemanticVersion { major: 4, minor: 10, patch: 0 });
    node.supported_ee_version = 3;
    node
}

fn tokens() -> ZkNodeTokens {
    ZkNodeTokens { free_tokens: mpc(75_000).units(), ..ZkNodeTokens::default() }
}

fn demand() -> Demand {
    Demand {
        share: mpc(500),
        version: RequiredVersion::Protocol(SemanticVersion { major: 4, minor: 9, patch: 0 }),
        least_stake: mpc(75_000),
        now: at(DAY),
    }
}

fn code(node: &ZkNode, tokens: &ZkNodeTokens, demand: &Demand, list: &[i32]) -> &'static str {
    let list: Vec<_> = list.iter().map(|value| Jurisdiction { value: *value }).collect();
    let eligible = eligibility(Some(node), Some(tokens), demand, &list);
    eligible.map_or_else(|reason| reason.code(), |()| "eligible")
}

#[test]
fn a_registered_node_with_enough_stake_is_eligible() {
    assert_eq!(code(&node(), &tokens(), &demand(), &[]), "eligible");
    assert_eq!(code(&node(), &tokens(), &demand(), &[276, 208]), "eligible");
}

#[test]
fn every_condition_has_its_code() {
    let with = |change: fn(&mut ZkNode, &mut ZkNodeTokens, &mut Demand)| {
        let (mut node, mut tokens, mut demand) = (node(), tokens(), demand());
        change(&mut node, &mut tokens, &mut demand);
        code(&node, &tokens, &demand, &[208])
    };

    assert_eq!(with(|node, _, _| node.is_resigned = true), "node_resigned");
    assert_eq!(with(|node, _, _| node.is_disabled = true), "node_disabled");
    assert_eq!(with(|node, _, _| node.supported_protocol_version = None), "node_version_too_low");
    assert_eq!(
        with(|_, _, demand| demand.version = RequiredVersion::ExecutionEngine(4)),
        "node_version_too_low"
    );
    assert_eq!(
        with(|node, _, _| node.server_jurisdiction = Jurisdiction::UNKNOWN),
        "node_outside_jurisdiction"
    );
    assert_eq!(with(|_, tokens, _| tokens.free_tokens -= 1), "node_understaked");
    assert_eq!(
        with(|_, tokens, demand| tokens.expire_at(Some(demand.now), at(Duration::ZERO))),
        "node_expired"
    );
    assert_eq!(
        with(|_, tokens, _| tokens.reserve(units(745_000_001), at(DAY))),
        "node_insufficient_free"
    );
    assert_eq!(with(|_, tokens, _| tokens.reserve(mpc(74_500), at(DAY))), "eligible");
    assert_eq!(
        with(|_, tokens, demand| {
            tokens.expire_at(Some(at(DAY + MS)), at(Duration::ZERO));
            demand.version = RequiredVersion::Any;
        }),
        "eligible"
    );
}

#[test]
fn an_account_without_records_is_unknown_and_has_no_stake() {
    let demand = demand();
    let codes: Vec<_> =
        ineligibilities(None, None, &demand, &[]).map(|reason| reason.code()).collect();

    assert_eq!(codes, ["node_unknown", "node_understaked", "node_insufficient_free"]);
}

#[test]
fn all_reasons_stand_in_the_order_in_which_they_win() {
    let mut node = node();
    node.is_resigned = true;
    node.is_disabled = true;
    node.supported_protocol_version = None;
    let mut tokens = tokens();
    tokens.free_tokens = 1;
    tokens.expire_at(Some(at(Duration::ZERO)), at(Duration::ZERO));
    tokens.pending_unlock =
        (0..1_000).map(|n| Pending { amount: 1, unlock_time: at(DAY).millis() - n }).collect();

    let demand = demand();
    let list = [Jurisdiction { value: 1 }];
    let reasons = ineligibilities(Some(&node), Some(&tokens), &demand, &list);
    let codes: Vec<_> = reasons.map(|reason| reason.code()).collect();

    let in_order = [
        "node_resigned",
        "node_disabled",
        "node_version_too_low",
        "node_outside_jurisdiction",
        "node_understaked",
        "node_expired",
        "node_at_capacity",
        "node_insufficient_free",
    ];
    assert_eq!(codes, in_order);
}

#[test]
fn the_thousandth_entry_is_one_too_many_until_it_has_matured() {
    let mut tokens = tokens();
    tokens.pending_unlock =
        (0..1_000).map(|n| Pending { amount: 1, unlock_time: at(DAY).millis() - n }).collect();
    let mut demand = demand();

    assert_eq!(code(&node(), &tokens, &demand, &[]), "node_at_capacity");
    demand.now = at(15 * DAY - 999 * MS);
    assert_eq!(code(&node(), &tokens, &demand, &[]), "eligible");
}

#[test]
fn allocated_and_pending_tokens_count_as_stake() {
    let mut tokens = tokens();
    tokens.allocate(zk(1), mpc(60_000), at(DAY));
    tokens.allocate(zk(2), mpc(10_000), at(DAY));
    tokens.release(zk(1), at(DAY));

    assert_eq!(code(&node(), &tokens, &demand(), &[]), "eligible");
}

#[test]
fn a_reason_names_both_quantities() {
    let (node, mut tokens, demand) = (node(), tokens(), demand());
    tokens.reserve(mpc(75_000), at(DAY));

    let reason = eligibility(Some(&node), Some(&tokens), &demand, &[]).unwrap_err();

    let text = "would have 745000000 free units left, 750000000 are reserved";
    assert_eq!(reason.to_string(), text);
}
