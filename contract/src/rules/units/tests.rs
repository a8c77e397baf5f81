use super::*;
use crate::fixtures::{address, units};

fn share(total: i64, parts: i64) -> i64 {
    units(total).share_of(NodeCount::from_wire(parts).expect("1 to 16")).units()
}

#[test]
fn shares_round_up_and_never_vanish() {
    assert_eq!(share(302, 4), 76);
    assert_eq!(share(304, 4), 76);
    assert_eq!(share(3, 4), 1);
    assert_eq!(share(10, 3), 4);
    assert_eq!(share(i64::MAX, 1), i64::MAX);
    assert_eq!(share(i64::MAX, 16), 576_460_752_303_423_488);
}

#[test]
fn a_request_is_for_1_to_16_nodes() {
    for (count, accepted) in
        [(i64::MIN, false), (-4, false), (0, false), (1, true), (16, true), (17, false)]
    {
        assert_eq!(NodeCount::from_wire(count).is_ok(), accepted, "{count}");
    }
}

#[test]
fn accounts_stake_and_contracts_are_served() {
    for address_type in 0..=4 {
        let address = address(address_type, 1);
        assert_eq!(Account::calling(address).is_ok(), address_type == 0, "{address_type}");
        let served = ServedContract::at(address).is_ok();
        assert_eq!(served, [2, 3].contains(&address_type), "{address_type}");
    }
}

#[test]
fn no_time_passes_backwards() {
    let (early, late) = (Timestamp::from_millis(-5), Timestamp::from_millis(5));
    assert_eq!(late.since(early), Duration::from_millis(10));
    assert_eq!(early.since(late), Duration::ZERO);
    let whole = Timestamp::from_millis(i64::MAX).since(Timestamp::from_millis(i64::MIN));
    assert_eq!(whole, Duration::from_millis(u64::MAX));
}

#[test]
fn no_time_is_later_than_the_last_one() {
    let last = Timestamp::from_millis(i64::MAX);
    assert_eq!(
        Timestamp::from_millis(i64::MAX - 1).checked_add(Duration::from_millis(1)),
        Some(last)
    );
    assert_eq!(last.checked_add(Duration::from_millis(1)), None);
    // More milliseconds than an i64 holds, of which the time is too early to be that late.
    assert_eq!(Timestamp::from_millis(i64::MIN).checked_add(Duration::MAX), None);
    assert_eq!(last.saturating_add(Duration::MAX), last);
}
