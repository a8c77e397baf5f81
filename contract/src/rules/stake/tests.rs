use super::*;
use crate::fixtures::{at, mpc, units, zk, DAY, MS};

fn with_free(free: TokenAmount) -> ZkNodeTokens {
    ZkNodeTokens { free_tokens: free.units(), ..ZkNodeTokens::default() }
}

/// 75 MPC that were released at the start.
fn just_released() -> ZkNodeTokens {
    let mut tokens = with_free(mpc(75));
    tokens.allocate(zk(1), mpc(75), at(Duration::ZERO));
    tokens.release(zk(1), at(Duration::ZERO));
    tokens
}

#[test]
fn released_tokens_are_locked_one_millisecond_before_the_delay_ends() {
    assert_eq!(just_released().free(at(14 * DAY - MS)), mpc(0));
}

#[test]
fn released_tokens_are_free_exactly_when_the_delay_ends() {
    assert_eq!(just_released().free(at(14 * DAY)), mpc(75));
    assert_eq!(just_released().free(at(14 * DAY + MS)), mpc(75));
}

#[test]
fn debit_is_refused_while_the_released_tokens_are_pending() {
    let mut tokens = just_released();
    let before = tokens.clone();

    let refused = tokens.debit(mpc(75), at(14 * DAY - MS)).unwrap_err();

    assert_eq!(refused.code(), "insufficient_free");
    assert_eq!(
        refused.message(),
        "asked 750000 units, 0 are free, 0 allocated, 750000 pending until 1701209600000 at the \
         earliest"
    );
    assert_eq!(tokens, before, "a refused transition leaves the record untouched");
}

#[test]
fn debit_takes_reserved_tokens_first_and_says_how_many() {
    let mut tokens = with_free(mpc(100));
    tokens.reserve(mpc(50), at(Duration::ZERO));

    let cut = tokens.debit(mpc(30), at(Duration::ZERO)).unwrap();

    assert_eq!(cut, mpc(30));
    assert_eq!(tokens.free(at(Duration::ZERO)), mpc(70));
    assert_eq!(tokens.reserved(), mpc(20));
    assert_eq!(tokens.outgoing(), mpc(30));
}

#[test]
fn a_debit_whose_transfer_fails_comes_back_with_its_reserve() {
    let mut tokens = with_free(mpc(100));
    tokens.reserve(mpc(100), at(Duration::ZERO));
    let before = tokens.clone();

    let cut = tokens.debit(mpc(60), at(Duration::ZERO)).unwrap();
    tokens.settle_outgoing(mpc(60), cut, false, at(DAY)).unwrap();

    assert_eq!(tokens, before);
}

#[test]
fn a_debit_whose_transfer_succeeds_leaves_an_empty_record() {
    let mut tokens = with_free(mpc(60));

    let cut = tokens.debit(mpc(60), at(Duration::ZERO)).unwrap();
    assert!(!tokens.is_empty(), "an amount is on its way");
    tokens.settle_outgoing(mpc(60), cut, true, at(DAY)).unwrap();

    assert!(tokens.is_empty());
}

#[test]
fn more_than_is_in_flight_cannot_be_settled() {
    let mut tokens = with_free(mpc(1));
    tokens.expect_incoming(mpc(5), at(Duration::ZERO)).unwrap();
    let before = tokens.clone();

    let too_much = units(50_001);
    assert_eq!(tokens.settle_incoming(too_much, true, at(DAY)), None);
    assert_eq!(tokens.settle_outgoing(units(1), mpc(0), true, at(DAY)), None);

    assert_eq!(tokens, before);
}

#[test]
fn an_association_that_fits_to_the_last_unit_is_expected_and_the_next_unit_is_not() {
    let mut tokens = with_free(units(i64::MAX - 1));

    tokens.expect_incoming(units(1), at(Duration::ZERO)).unwrap();
    let refused = tokens.expect_incoming(units(1), at(Duration::ZERO)).unwrap_err();

    assert_eq!(refused.code(), "balance_overflow");
}

#[test]
fn an_allocation_may_leave_exactly_the_reserved_tokens() {
    let mut tokens = with_free(mpc(74_500));
    tokens.reserve(mpc(74_000), at(Duration::ZERO));

    assert!(tokens.can_spare(mpc(500), at(Duration::ZERO)));
    assert!(!tokens.can_spare(units(5_000_001), at(Duration::ZERO)));
}

#[test]
fn every_release_keeps_its_own_clock_even_if_time_steps_back() {
    let mut tokens = with_free(mpc(50));
    tokens.allocate(zk(1), mpc(25), at(Duration::ZERO));
    tokens.allocate(zk(2), mpc(25), at(Duration::ZERO));

    tokens.release(zk(1), at(DAY));
    tokens.release(zk(2), at(DAY - 100 * MS));

    assert_eq!(tokens.free(at(15 * DAY - 101 * MS)), mpc(0));
    assert_eq!(tokens.free(at(15 * DAY - 100 * MS)), mpc(25));
    assert_eq!(tokens.free(at(15 * DAY - MS)), mpc(25));
    assert_eq!(tokens.free(at(15 * DAY)), mpc(50));
}

#[test]
fn releases_of_the_same_millisecond_merge_wherever_the_first_stands() {
    let mut tokens = with_free(mpc(60));
    for n in 1..=3 {
        tokens.allocate(zk(n), mpc(20), at(Duration::ZERO));
    }

    tokens.release(zk(1), at(DAY));
    tokens.release(zk(2), at(2 * DAY));
    tokens.release(zk(3), at(DAY));

    let amounts: Vec<i64> = tokens.pending_unlock.iter().map(|entry| entry.amount).collect();
    assert_eq!(amounts, [400_000, 200_000]);
}

#[test]
fn a_sweep_moves_what_has_matured_wherever_it_stands_and_nothing_else() {
    let pending =
        |amount, released: Duration| Pending { amount, unlock_time: at(released).millis() };
    let mut tokens = with_free(units(1));
    tokens.pending_unlock = vec![pending(10, 9 * DAY), pending(20, DAY), pending(40, 5 * DAY)];

    tokens.sweep(at(19 * DAY));

    assert_eq!(tokens.free_tokens, 61);
    assert_eq!(tokens.pending_unlock, [pending(10, 9 * DAY)]);
}

#[test]
fn matured_tokens_count_as_free_before_anybody_sweeps_them() {
    let tokens = just_released();

    assert!(tokens.can_spare(mpc(75), at(14 * DAY)));
    assert_eq!(tokens.swept(at(14 * DAY)).free_tokens, 750_000);
    assert_eq!(tokens.entries(at(14 * DAY - MS)), 1);
    assert_eq!(tokens.entries(at(14 * DAY)), 0);
}

#[test]
fn a_release_near_the_end_of_time_never_matures_by_overflow() {
    let last_day = Timestamp::from_millis(i64::MAX - 86_400_000);
    let mut tokens = with_free(mpc(1));
    tokens.allocate(zk(1), mpc(1), last_day);

    tokens.release(zk(1), last_day);

    assert_eq!(tokens.free(Timestamp::from_millis(i64::MAX)), mpc(0));
    assert_eq!(tokens.buckets(last_day).next_unlock, None);
}

#[test]
fn stake_has_expired_exactly_from_its_expiration_on() {
    let mut tokens = with_free(mpc(1));
    tokens.expire_at(Some(at(DAY)), at(Duration::ZERO));

    assert!(!tokens.has_expired(at(DAY - MS)));
    assert!(tokens.has_expired(at(DAY)));
}

#[test]
fn buckets_tell_where_each_token_is() {
    let mut tokens = with_free(mpc(100));
    tokens.allocate(zk(1), mpc(30), at(Duration::ZERO));
    tokens.allocate(zk(2), mpc(20), at(Duration::ZERO));
    tokens.release(zk(1), at(DAY));

    let buckets = tokens.buckets(at(2 * DAY));

    let expected = Buckets {
        free: mpc(50),
        allocated: mpc(20),
        pending: mpc(30),
        next_unlock: Some(at(15 * DAY)),
    };
    assert_eq!(buckets, expected);
    assert_eq!(tokens.allocated(), mpc(20));
    assert_eq!(tokens.total(), mpc(100));
}
