//! Stake that has expired, and pending tokens that have matured and were not swept yet.

use registry_tests::calls::*;
use registry_tests::registry::only_call;
use registry_tests::stories::{given, name, tell};
use registry_tests::*;
use zk_node_registry::rules::eligibility::{Demand, RequiredVersion, eligibility};
use zk_node_registry::rules::units::{Timestamp, TokenAmount};

/// N1 with 100 free units that have just expired.
fn expired() -> Registry {
    let mut registry = Registry::with_nodes(1, 100);
    let expiration = registry.now + DAY;
    registry.accept(node(1), expire(Some(expiration)));
    registry.now = expiration;
    registry
}

#[test]
fn c23_a_sweep_of_expired_stake_leaves_allocated_tokens_alone() {
    let mut registry = Registry::with_nodes(1, 175);
    let start = registry.now;
    registry.accept(node(1), expire(Some(start + DAY)));
    registry.take(zk(1), 75, &[node(1)]);
    registry.take(zk(2), 60, &[node(1)]);
    registry.take(zk(3), 15, &[node(1)]);
    registry.accept(zk(2), done_v1());
    registry.now = start + 1;
    registry.accept(zk(3), done_v1());

    // 25 free and 60 matured, 75 allocated, 15 locked for one more millisecond.
    registry.now = start + 14 * DAY;
    let events = registry.accept(stranger(), send_expired_home(node(1)));

    assert_eq!(only_call(&events), (token(), token_transfer(node(1), 85)));
    registry.settle(&events, true);
    assert_eq!(registry.buckets(node(1)), [0, 75, 15]);
    registry.refuse(stranger(), send_expired_home(node(1)), "nothing_free");
    registry.accept(zk(1), done_v1());
    assert_eq!(registry.buckets(node(1)), [0, 0, 90]);
}

#[test]
fn c24_an_expired_sweep_pays_the_owner_and_not_the_caller() {
    let registry = expired();
    for caller in [stranger(), node(2), node(1), zk(1), public(1), deploy(), voting()] {
        let mut registry = registry.clone();
        let events = registry.accept(caller, send_expired_home(node(1)));
        assert_eq!(only_call(&events), (token(), token_transfer(node(1), 100)));
        assert_eq!(registry.find_tokens(caller).is_some(), caller == node(1));
    }

    // At the token contract.
    let mut world = given("n1 holds 100 approved\nx holds 5");
    tell(
        &mut world,
        "0d n1 associate 100 expires 10d
         10d x send-home n1",
    );
    let balances = ["n1", "x", "registry"].map(|who| world.balance(&name(who)));
    assert_eq!(balances, [1_000_000, 50_000, 0]);
}

#[test]
fn c25_a_repeated_sweep_of_expired_stake_finds_nothing_free() {
    let mut registry = expired();

    let events = registry.accept(stranger(), send_expired_home(node(1)));

    registry.refuse(stranger(), send_expired_home(node(1)), "nothing_free");
    registry.refuse(node(1), disassociate(1), "insufficient_free");
    assert_eq!(registry.tokens(node(1)).outgoing_tokens, 100, "debited once");
    let mut failed = registry.clone();
    registry.settle(&events, true);
    registry.refuse(stranger(), send_expired_home(node(1)), "no_stake_entry");

    // If the transfer fails, the tokens wait for the next caller.
    failed.settle(&events, false);
    assert_eq!(failed.free(node(1)), 100);
    let events = failed.accept(node(2), send_expired_home(node(1)));
    assert_eq!(only_call(&events), (token(), token_transfer(node(1), 100)));
}

#[test]
fn c26_matured_tokens_count_as_free_before_they_are_swept() {
    let mut registry = Registry::with_nodes(1, 75);
    registry.take(zk(1), 75, &[node(1)]);
    let release = registry.now;
    registry.accept(zk(1), done_v1());
    let view = |registry: &Registry| {
        let amount = |units| TokenAmount::from_units(units).expect("not negative");
        let demand = Demand {
            share: amount(75),
            version: RequiredVersion::Any,
            least_stake: amount(1),
            now: Timestamp::from_millis(registry.now),
        };
        let (node, tokens) = (registry.node(node(1)), registry.tokens(node(1)));
        eligibility(Some(&node), Some(&tokens), &demand, &[]).map_err(|reason| reason.code())
    };
    let n1 = [node(1)];
    let listed = [
        (deploy(), request_listed_protocol(zk(2), 75, (4, 0, 0), &n1)),
        (zk(2), request_listed_ee(75, 0, &n1)),
    ];
    let drawn = [
        (deploy(), request_v1(zk(2), 1, 75)),
        (deploy(), request_v2(zk(2), 1, 75, &[], (4, 0, 0))),
        (zk(2), request_ee(1, 75, &[], 0)),
    ];

    registry.now = release + 14 * DAY - 1;
    assert_eq!(view(&registry), Err("node_insufficient_free"));
    for (sender, request) in listed.clone() {
        registry.refuse(sender, request, "node_insufficient_free");
    }
    for (sender, request) in drawn.clone() {
        registry.refuse(sender, request, "not_enough_nodes");
    }

    registry.now = release + 14 * DAY;
    assert_eq!(view(&registry), Ok(()));
    for (sender, request) in listed.into_iter().chain(drawn) {
        let mut registry = registry.clone();
        registry.accept(sender, request);
        assert_eq!(registry.buckets(node(1)), [0, 75, 0]);
        assert_eq!(registry.pending_entries(node(1)), [], "swept");
    }
}
