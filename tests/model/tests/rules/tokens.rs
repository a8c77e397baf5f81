//! The worked examples of 5.5, and the edges of the token rows of 4.3.

use reference_model::constants::PENDING_PERIOD_MS;
use reference_model::{Call, Pending, RequiredVersion, TokenRecord, Wanted};

use crate::support::{
    C, C2, DAY, N1, N2, N3, N4, REGISTRY, Registry, STRANGER, TOKEN, bytes, mpc, token_outcome,
};

fn wanted(share: i64) -> Wanted {
    Wanted { share, version: RequiredVersion::Any, jurisdictions: Vec::new() }
}

fn pending(amount: i64, unlock_time: i64) -> Pending {
    Pending { amount, unlock_time }
}

#[test]
fn e1_a_stake_works_is_reserved_and_leaves_14_days_after_its_release() {
    let mut registry = Registry::new();
    for node in [N1, N2, N3, N4] {
        registry.node(0, node, mpc(75_000));
    }

    registry.request(DAY, C, mpc(2_000), &[N1, N2, N3, N4]).expect("4 nodes");
    assert_eq!(registry.tokens(N1).free, mpc(74_500));
    assert_eq!(registry.tokens(N1).allocated[&C], mpc(500));

    registry.reserve(2 * DAY, N1, mpc(75_000));
    assert_eq!(registry.tokens(N1).reserved, mpc(75_000));
    let eligibility = registry.model.eligibility(&N1, &wanted(1), 2 * DAY);
    assert_eq!(eligibility, Err("node_insufficient_free"));

    registry.done(20 * DAY, C);
    assert!(registry.tokens(N1).allocated.is_empty());
    assert_eq!(registry.tokens(N1).pending, [pending(mpc(500), 20 * DAY)]);
    assert_eq!(registry.score(N1), [1, 0, 1]);

    let early = registry.disassociate(34 * DAY - 1, N1, mpc(75_000));
    assert_eq!(early, Err("insufficient_free"));
    assert_eq!(registry.tokens(N1).swept(34 * DAY - 1).free, mpc(74_500));

    let sent = registry.disassociate(34 * DAY, N1, mpc(75_000)).expect("all is free");
    let record = registry.tokens(N1);
    assert_eq!((record.free, record.reserved, record.outgoing), (0, 0, mpc(75_000)));
    assert!(record.pending.is_empty());
    registry.settle(34 * DAY, &sent, token_outcome(true)).expect("its end");
    assert!(!registry.model.staked_tokens.contains_key(&N1));
    assert_eq!(registry.score(N1), [1, 0, 1], "the node record stays");
}

#[test]
fn e2_a_node_is_taken_down_to_its_reserve_and_not_one_unit_below() {
    let mut registry = Registry::new();
    registry.node(0, N1, mpc(74_500));
    registry.reserve(0, N1, mpc(74_000));

    let one_more = registry.request(0, C, mpc(500) + 1, &[N1]);
    assert_eq!(one_more, Err("node_insufficient_free"));
    registry.request(0, C, mpc(500), &[N1]).expect("equality is enough");

    assert_eq!(registry.tokens(N1).free, mpc(74_000));
}

#[test]
fn e3_a_share_is_rounded_up() {
    for (total, share) in [(302, 76), (3, 1), (304, 76), (305, 77), (4, 1)] {
        let mut registry = Registry::new();
        for node in [N1, N2, N3, N4] {
            registry.node(0, node, mpc(1));
        }
        registry.request(0, C, total, &[N1, N2, N3, N4]).expect("4 nodes");

        assert_eq!(registry.model.computations[&C].share, share, "of {total}");
        assert_eq!(registry.model.computations[&C].total_stakes, total);
    }
}

#[test]
fn e4_a_debit_comes_before_the_transfer_and_is_restored_if_it_fails() {
    let mut registry = Registry::new();
    registry.associate(0, N1, mpc(100));

    let sent = registry.disassociate(0, N1, mpc(60)).expect("60 of 100");
    assert_eq!(registry.disassociate(0, N1, mpc(60)), Err("insufficient_free"));
    registry.settle(0, &sent, token_outcome(false)).expect("a restore");

    let restored = TokenRecord { free: mpc(100), ..TokenRecord::default() };
    assert_eq!(*registry.tokens(N1), restored);
}

#[test]
fn e5_a_failed_disassociation_restores_the_reserve_with_the_tokens() {
    let mut registry = Registry::new();
    registry.associate(0, N1, mpc(100));
    registry.reserve(0, N1, mpc(100));

    let sent = registry.disassociate(0, N1, mpc(60)).expect("reserved tokens may be taken");
    let record = registry.tokens(N1);
    assert_eq!((record.free, record.reserved), (mpc(40), mpc(40)));
    assert_eq!(record.outgoing, mpc(60));
    registry.settle(0, &sent, token_outcome(false)).expect("a restore");

    let record = registry.tokens(N1);
    assert_eq!((record.free, record.reserved, record.outgoing), (mpc(100), mpc(100), 0));
}

#[test]
fn e6_a_record_lives_on_while_anything_is_in_flight() {
    let mut registry = Registry::new();
    registry.associate(0, N1, mpc(100));

    let out = registry.disassociate(0, N1, mpc(100)).expect("everything");
    let back = registry.call(0, N1, Call::AssociateTokens { token_amount: mpc(5) });
    registry.settle(0, &out, token_outcome(false)).expect("a restore");
    registry.settle(0, &back.expect("5 more"), token_outcome(true)).expect("a credit");

    let one_record = TokenRecord { free: mpc(105), ..TokenRecord::default() };
    assert_eq!(*registry.tokens(N1), one_record);
}

#[test]
fn e7_an_overflow_is_refused_at_the_request() {
    let mut registry = Registry::new();
    registry.associate(0, N1, i64::MAX - 1);

    let one = Call::AssociateTokens { token_amount: 1 };
    let last = registry.call(0, N1, one.clone()).expect("the last unit");
    assert_eq!(registry.call(0, N1, one.clone()), Err("balance_overflow"));
    registry.settle(0, &last, token_outcome(true)).expect("no callback overflows");
    assert_eq!(registry.call(0, N1, one), Err("balance_overflow"));

    assert_eq!(registry.tokens(N1).free, i64::MAX);
}

#[test]
fn e8_each_release_keeps_its_own_clock_when_block_time_steps_back() {
    let mut registry = Registry::new();
    registry.node(0, N1, mpc(50));
    registry.request(0, C, mpc(25), &[N1]).expect("one");
    registry.request(0, C2, mpc(25), &[N1]).expect("two");

    registry.done(1000, C);
    registry.done(900, C2);

    let stored = [pending(mpc(25), 1000), pending(mpc(25), 900)];
    assert_eq!(registry.tokens(N1).pending, stored);
    let h = PENDING_PERIOD_MS;
    for (now, free) in [(899 + h, 0), (900 + h, 25), (999 + h, 25), (1000 + h, 50)] {
        assert_eq!(registry.tokens(N1).swept(now).free, mpc(free), "at {now}");
    }
}

#[test]
fn e9_expired_stake_is_sent_home_as_it_becomes_free() {
    let mut registry = Registry::new();
    registry.node(0, N1, mpc(100));
    registry.request(0, C, mpc(75), &[N1]).expect("75 of 100");
    let expiration = Call::SetExpirationForAssociation { expiration_timestamp: Some(30 * DAY) };
    registry.call(0, N1, expiration).expect("an expiration");
    let home = Call::DisassociateAllExpiredStakesFromContract { account: N1 };

    let early = registry.call(30 * DAY - 1, STRANGER, home.clone());
    assert_eq!(early, Err("not_expired"));
    let sent = registry.call(30 * DAY, STRANGER, home.clone()).expect("expired");
    assert_eq!(sent.calls[0].payload, [bytes("01"), N1.to_vec(), amount(mpc(25))].concat());
    registry.settle(30 * DAY, &sent, token_outcome(true)).expect("its end");

    registry.done(31 * DAY, C);
    let early = registry.call(45 * DAY - 1, STRANGER, home.clone());
    assert_eq!(early, Err("nothing_free"));
    let sent = registry.call(45 * DAY, STRANGER, home).expect("75 are free");
    assert_eq!(sent.calls[0].payload, [bytes("01"), N1.to_vec(), amount(mpc(75))].concat());
    registry.settle(45 * DAY, &sent, token_outcome(true)).expect("its end");
    assert!(!registry.model.staked_tokens.contains_key(&N1));
}

#[test]
fn e10_matured_tokens_are_swept_and_taken_by_a_request() {
    let mut registry = Registry::new();
    registry.node(0, N1, mpc(75));
    registry.request(0, C, mpc(75), &[N1]).expect("75");
    registry.done(DAY, C);

    let early = registry.request(15 * DAY - 1, C, mpc(75), &[N1]);
    assert_eq!(early, Err("node_insufficient_free"));
    registry.request(15 * DAY, C, mpc(75), &[N1]).expect("matured");

    assert_eq!(registry.tokens(N1).allocated[&C], mpc(75));
    assert_eq!((registry.tokens(N1).free, registry.tokens(N1).pending.len()), (0, 0));
}

#[test]
fn e11_tokens_in_flight_do_not_count() {
    let mut registry = Registry::new();
    registry.node(0, N1, mpc(100));
    let more = registry.call(0, N1, Call::AssociateTokens { token_amount: mpc(50) });

    let early = registry.request(0, C, mpc(150), &[N1]);
    assert_eq!(early, Err("node_insufficient_free"));
    registry.settle(0, &more.expect("50 more"), token_outcome(true)).expect("a credit");
    registry.request(0, C, mpc(150), &[N1]).expect("all 150");
}

#[test]
fn e12_what_is_taken_counts_as_reserved_first() {
    let mut registry = Registry::new();
    registry.associate(0, N1, mpc(100));
    registry.reserve(0, N1, mpc(50));

    registry.disassociate(0, N1, mpc(30)).expect("30");

    assert_eq!((registry.tokens(N1).free, registry.tokens(N1).reserved), (mpc(70), mpc(20)));
}

#[test]
fn an_association_calls_the_stake_token_and_waits_for_it() {
    let mut registry = Registry::new();

    let effects = registry.call(0, N1, Call::AssociateTokens { token_amount: mpc(75_000) });

    let effects = effects.expect("an association");
    let [emitted] = effects.calls.as_slice() else { panic!("one call") };
    assert_eq!((emitted.destination, emitted.cost), (TOKEN, Some(15_500)));
    let transfer = [bytes("03"), N1.to_vec(), REGISTRY.to_vec(), amount(mpc(75_000))].concat();
    assert_eq!(emitted.payload, transfer);
    assert_eq!(emitted.callback, [bytes("31"), N1.to_vec(), bytes("000000002cb41780")].concat());
    assert_eq!((emitted.callback_cost, &effects.return_data), (10_000, &None));
    let waiting = TokenRecord { incoming: mpc(75_000), ..TokenRecord::default() };
    assert_eq!(*registry.tokens(N1), waiting);
}

#[test]
fn equal_release_times_merge_wherever_the_entry_stands() {
    let mut registry = Registry::new();
    registry.node(0, N1, mpc(3));
    for (contract, at) in [(C, 7), (C2, 9)] {
        registry.request(0, contract, mpc(1), &[N1]).expect("one MPC");
        registry.done(at, contract);
    }
    registry.request(0, C, mpc(1), &[N1]).expect("the last MPC");

    registry.done(7, C);

    assert_eq!(registry.tokens(N1).pending, [pending(mpc(2), 7), pending(mpc(1), 9)]);
}

#[test]
fn a_reserve_may_exceed_everything_and_is_not_lost_by_a_restore_at_its_limit() {
    let mut registry = Registry::new();
    registry.associate(0, N1, mpc(100));
    registry.reserve(0, N1, mpc(10));
    let sent = registry.disassociate(0, N1, mpc(10)).expect("10");

    registry.reserve(0, N1, i64::MAX);
    registry.settle(0, &sent, token_outcome(false)).expect("a restore");

    assert_eq!(registry.tokens(N1).reserved, i64::MAX, "saturating");
}

#[test]
fn a_failed_first_association_leaves_no_record_and_no_expiration() {
    let mut registry = Registry::new();
    let call = Call::AssociateTokensWithExpiration { token_amount: 5, expiration_timestamp: 9 };
    let first = registry.call(8, N1, call.clone()).expect("a new record");
    assert_eq!(registry.tokens(N1).expiration, Some(9));

    let clear = Call::SetExpirationForAssociation { expiration_timestamp: None };
    registry.call(8, N1, clear).expect("no expiration");
    assert_eq!(registry.call(8, N1, call), Err("expiration_mismatch"));
    registry.settle(8, &first, token_outcome(false)).expect("nothing moved");

    assert!(!registry.model.staked_tokens.contains_key(&N1));
}

/// An MPC-20 amount: `u128`, big-endian.
fn amount(units: i64) -> Vec<u8> {
    i128::from(units).to_be_bytes().to_vec()
}
