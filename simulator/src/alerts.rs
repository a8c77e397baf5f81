//! What somebody who watches a registry wants to be told: thresholds on a [`Status`], for cron.
//!
//! The numbers are those of the status, which asks the contract's own views. Here is only where a
//! threshold lies.

use std::fmt;
use std::time::Duration;

use pbc_contract_common::address::Address;
use zk_node_registry::rules::units::{Timestamp, TokenAmount};

use crate::status::{AccountStatus, AllocationStatus, Status, TokensStatus, date, mpc};

/// What is worth an alert; nothing by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Thresholds {
    /// Pending tokens that become free within this time (inclusive).
    pub unlocks_within: Option<Duration>,
    /// Work that should end within this time (inclusive), or should have ended.
    pub ends_within: Option<Duration>,
    /// Stake that expires within this time (inclusive), or has expired.
    pub expires_within: Option<Duration>,
    /// Work that should have ended, by at least this much (inclusive), and was not reported.
    pub overdue: Option<Duration>,
    /// Transfers under way.
    pub in_flight: bool,
}

/// One thing that somebody wants to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alert {
    /// The account that it is about.
    pub account: Address,
    /// What it is.
    pub event: Event,
}

/// What an alert is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Tokens become free.
    Unlocks {
        /// How many (units).
        units: i64,
        /// When (inclusive).
        at: Timestamp,
    },
    /// Work should end.
    Ends {
        /// The served contract.
        contract: Address,
        /// The share (units).
        units: i64,
        /// When.
        at: Timestamp,
        /// Whether that is past, and no end was reported.
        has_passed: bool,
    },
    /// Work should have ended, and no end was reported.
    Overdue {
        /// The served contract.
        contract: Address,
        /// The share (units).
        units: i64,
        /// When it should have ended.
        planned_end: Timestamp,
    },
    /// The stake is not offered to new work from a time on.
    Expires {
        /// From when on (inclusive).
        at: Timestamp,
        /// Whether it is not offered already.
        has_passed: bool,
    },
    /// Transfers are under way.
    InFlight {
        /// Associations.
        incoming: TokenAmount,
        /// Disassociations.
        outgoing: TokenAmount,
    },
}

impl Thresholds {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        *self == Thresholds::default()
    }

    /// What there is to tell about the accounts of `status`, in their order.
    pub fn alerts(&self, status: &Status) -> Vec<Alert> {
        status.accounts.iter().flat_map(|account| self.of_account(account, status.now)).collect()
    }

    /// For how many allocations of `status` no end is known, so that nothing can be said of them.
    pub fn blind_spots(&self, status: &Status) -> usize {
        if self.overdue.is_none() && self.ends_within.is_none() {
            return 0;
        }
        let tokens = status.accounts.iter().filter_map(|account| account.tokens.as_ref());
        let allocations = tokens.flat_map(|tokens| &tokens.allocations);
        allocations.filter(|allocation| allocation.planned_end.is_none()).count()
    }

    fn of_account(&self, account: &AccountStatus, now: Timestamp) -> Vec<Alert> {
        let Some(tokens) = &account.tokens else { return Vec::new() };
        let unlocks = tokens.pending.iter().filter_map(|pending| {
            let at = pending.unlocks_at.filter(|at| is_within(*at, now, self.unlocks_within))?;
            Some(Event::Unlocks { units: pending.units, at })
        });
        let ends = tokens.allocations.iter().filter_map(|allocation| self.of_end(allocation, now));
        let events = unlocks.chain(ends).chain(self.of_whole(tokens, now));
        events.map(|event| Alert { account: account.account, event }).collect()
    }

    fn of_end(&self, allocation: &AllocationStatus, now: Timestamp) -> Option<Event> {
        let AllocationStatus { contract, units, planned_end } = *allocation;
        let planned_end = planned_end?;
        let is_late =
            self.overdue.is_some_and(|by| planned_end < now && now.since(planned_end) >= by);
        if is_late {
            return Some(Event::Overdue { contract, units, planned_end });
        }
        let is_near = is_within(planned_end, now, self.ends_within);
        let has_passed = planned_end < now;
        is_near.then_some(Event::Ends { contract, units, at: planned_end, has_passed })
    }

    fn of_whole(&self, tokens: &TokensStatus, now: Timestamp) -> Vec<Event> {
        let expires = tokens.expiration.filter(|at| is_within(*at, now, self.expires_within));
        let (incoming, outgoing) = (tokens.incoming, tokens.outgoing);
        let is_moving = incoming > TokenAmount::ZERO || outgoing > TokenAmount::ZERO;
        let moves = (self.in_flight && is_moving).then_some(Event::InFlight { incoming, outgoing });
        let expires = expires.map(|at| Event::Expires { at, has_passed: at <= now });
        expires.into_iter().chain(moves).collect()
    }
}

impl Event {
    /// A stable code, for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Event::Unlocks { .. } => "unlocks",
            Event::Ends { .. } => "ends",
            Event::Overdue { .. } => "overdue",
            Event::Expires { .. } => "expires",
            Event::InFlight { .. } => "in_flight",
        }
    }
}

/// `00a1…: 500 MPC unlock on 2025-06-16T12:00:00Z`
impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}: ", self.account)?;
        match self.event {
            Event::Unlocks { units, at } => {
                write!(f, "{} MPC unlock on {}", amount(units), date(at))
            }
            Event::Ends { contract, units, at, has_passed: false } => {
                write!(f, "{contract:x}, with {} MPC, ends on {}", amount(units), date(at))
            }
            Event::Ends { contract, units, at: planned_end, has_passed: true }
            | Event::Overdue { contract, units, planned_end } => write!(
                f,
                "{contract:x}, with {} MPC, should have ended on {} and was not reported",
                amount(units),
                date(planned_end)
            ),
            Event::Expires { at, has_passed: false } => {
                write!(f, "the stake expires on {}", date(at))
            }
            Event::Expires { at, has_passed: true } => {
                write!(f, "the stake has expired on {}", date(at))
            }
            Event::InFlight { incoming, outgoing } => write!(
                f,
                "transfers are under way, {} MPC in and {} MPC out",
                mpc(incoming),
                mpc(outgoing)
            ),
        }
    }
}

/// Whether `at` has passed, or comes within the threshold (inclusive). Without one it does not.
fn is_within(at: Timestamp, now: Timestamp, threshold: Option<Duration>) -> bool {
    threshold.is_some_and(|threshold| at.since(now) <= threshold)
}

fn amount(units: i64) -> String {
    crate::quantity::Amount::from_units(units).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::PendingStatus;
    use pbc_contract_common::address::AddressType;
    use zk_node_registry::rules::stake::Buckets;

    const DAY: i64 = 86_400_000;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn days(days: u64) -> Option<Duration> {
        Some(Duration::from_secs(days * 86_400))
    }

    fn account(address_type: AddressType) -> Address {
        Address { address_type, identifier: [7; 20] }
    }

    /// One account at day 10: 500 units unlock on day 12, work ends on day 9, stake expires on day
    /// 15.
    fn status() -> Status {
        let buckets = Buckets {
            free: TokenAmount::ZERO,
            allocated: TokenAmount::ONE_UNIT,
            pending: TokenAmount::ONE_UNIT,
            next_unlock: Some(at(12 * DAY)),
        };
        let tokens = TokensStatus {
            buckets,
            total: TokenAmount::ONE_UNIT,
            reserved: TokenAmount::ZERO,
            incoming: TokenAmount::ZERO,
            outgoing: TokenAmount::ONE_UNIT,
            allocations: vec![
                AllocationStatus {
                    contract: account(AddressType::ZkContract),
                    units: 5,
                    planned_end: Some(at(9 * DAY)),
                },
                AllocationStatus {
                    contract: account(AddressType::PublicContract),
                    units: 5,
                    planned_end: None,
                },
            ],
            pending: vec![PendingStatus {
                units: 500,
                released_at: at(-2 * DAY),
                unlocks_at: Some(at(12 * DAY)),
            }],
            expiration: Some(at(15 * DAY)),
            has_expired: false,
        };
        let account = AccountStatus {
            account: account(AddressType::Account),
            node: None,
            tokens: Some(tokens),
            roster_position: None,
        };
        Status { now: at(10 * DAY), accounts: vec![account], roster_length: 0 }
    }

    fn codes(thresholds: Thresholds, now: i64) -> Vec<&'static str> {
        let status = Status { now: at(now), ..status() };
        thresholds.alerts(&status).iter().map(|alert| alert.event.code()).collect()
    }

    #[test]
    fn nothing_is_told_to_those_who_ask_for_nothing() {
        assert!(Thresholds::default().is_empty());
        assert_eq!(codes(Thresholds::default(), 10 * DAY), [""; 0]);
    }

    #[test]
    fn each_threshold_includes_its_millisecond() {
        let unlocks = Thresholds { unlocks_within: days(2), ..Thresholds::default() };
        assert_eq!(codes(unlocks, 10 * DAY), ["unlocks"]);
        assert_eq!(codes(unlocks, 10 * DAY - 1), [""; 0]);
        let ends = Thresholds { ends_within: days(1), ..Thresholds::default() };
        assert_eq!(codes(ends, 8 * DAY), ["ends"]);
        assert_eq!(codes(ends, 8 * DAY - 1), [""; 0]);
        let expires = Thresholds { expires_within: days(5), ..Thresholds::default() };
        assert_eq!(codes(expires, 10 * DAY), ["expires"]);
        assert_eq!(codes(expires, 10 * DAY - 1), [""; 0]);
        assert_eq!(codes(expires, 20 * DAY), ["expires"]);
    }

    #[test]
    fn work_is_overdue_once_its_end_is_past_and_the_patience_is_over() {
        let overdue = Thresholds { overdue: days(0), ..Thresholds::default() };
        assert_eq!(codes(overdue, 9 * DAY), [""; 0]);
        assert_eq!(codes(overdue, 9 * DAY + 1), ["overdue"]);
        let patient = Thresholds { overdue: days(1), ..Thresholds::default() };
        assert_eq!(codes(patient, 10 * DAY - 1), [""; 0]);
        assert_eq!(codes(patient, 10 * DAY), ["overdue"]);
    }

    #[test]
    fn what_lies_in_the_past_is_told_as_past() {
        let told = |now| {
            let near =
                Thresholds { ends_within: days(9), expires_within: days(9), ..Default::default() };
            let status = Status { now: at(now), ..status() };
            let told: Vec<String> =
                near.alerts(&status).iter().map(|it| it.to_string()[44..].to_owned()).collect();
            told.join("\n")
        };
        let contract = "030707070707070707070707070707070707070707, with 0.0005 MPC,";
        let future = format!(
            "{contract} ends on 1970-01-10T00:00:00Z\nthe stake expires on 1970-01-16T00:00:00Z"
        );
        assert_eq!(told(9 * DAY), future);
        let past = format!(
            "{contract} should have ended on 1970-01-10T00:00:00Z and was not reported\n\
             the stake has expired on 1970-01-16T00:00:00Z"
        );
        assert_eq!(told(15 * DAY), past);
    }

    #[test]
    fn what_cannot_be_told_is_counted() {
        let overdue = Thresholds { overdue: days(0), ..Thresholds::default() };
        assert_eq!(overdue.blind_spots(&status()), 1);
        let unlocks = Thresholds { unlocks_within: days(0), ..Thresholds::default() };
        assert_eq!(unlocks.blind_spots(&status()), 0);
    }

    #[test]
    fn transfers_under_way_are_told() {
        let moving = Thresholds { in_flight: true, ..Thresholds::default() };
        assert_eq!(codes(moving, 0), ["in_flight"]);
    }
}
