use super::*;
use crate::fixtures::{address, operator};

fn switched_off() -> Settings {
    Settings {
        stake_token: address(0x02, 0xa0),
        require_block_producer: false,
        min_node_stake: 0,
        min_total_stakes: 0,
    }
}

#[test]
fn an_account_is_no_stake_token() {
    let account = Settings { stake_token: operator(1), ..switched_off() };

    assert_eq!(account.check(), Err(Rejection::StakeTokenNotContract { address: operator(1) }));
    assert_eq!(switched_off().check(), Ok(()));
}

#[test]
fn a_minimum_may_be_zero_and_not_less_and_the_first_below_is_named() {
    let below = Settings { min_node_stake: -1, min_total_stakes: -2, ..switched_off() };
    let second = Settings { min_node_stake: 1, min_total_stakes: -2, ..switched_off() };

    assert_eq!(below.check(), Err(Rejection::MinimumNegative { value: -1 }));
    assert_eq!(second.check(), Err(Rejection::MinimumNegative { value: -2 }));
}
