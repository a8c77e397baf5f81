//! Names, amounts and times for the tests of the rules.

use core::time::Duration;

use pbc_contract_common::address::Address;
use pbc_traits::ReadRPC;

use crate::rules::units::{ServedContract, Timestamp, TokenAmount, UNITS_PER_MPC};

/// One day.
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// One millisecond.
pub(crate) const MS: Duration = Duration::from_millis(1);

/// An amount of whole MPC.
pub(crate) fn mpc(whole: i64) -> TokenAmount {
    TokenAmount::from_units(whole.checked_mul(UNITS_PER_MPC).expect("in range")).expect("positive")
}

/// An amount of units.
pub(crate) fn units(units: i64) -> TokenAmount {
    TokenAmount::from_units(units).expect("positive")
}

/// The time `later` after the start of the story.
pub(crate) fn at(later: Duration) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000).saturating_add(later)
}

/// The account of operator `n`.
pub(crate) fn operator(n: u8) -> Address {
    address(0x00, n)
}

/// The ZK contract `n`.
pub(crate) fn zk(n: u8) -> ServedContract {
    ServedContract::at(address(0x03, n)).expect("a ZK contract")
}

/// The address of a type whose other bytes are all `n`.
pub(crate) fn address(address_type: u8, n: u8) -> Address {
    let mut bytes = [n; 21];
    bytes[0] = address_type;
    Address::rpc_read_from(&mut bytes.as_slice())
}
