//! The codes and messages with which the registry refuses, in one snapshot.
//!
//! Codes are stable for ever: a line that disappears or changes its code is a breaking change.
//! `UPDATE_EXPECT=1 cargo test -p registry_tests --test rejections` rewrites the snapshot.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use expect_test::expect_file;
use registry_harness::{address, node, zk};
use zk_node_registry::rules::eligibility::Ineligibility;
use zk_node_registry::rules::node::Version;
use zk_node_registry::rules::stake::Buckets;
use zk_node_registry::rules::units::{Timestamp, TokenAmount};
use zk_node_registry::{Jurisdiction, Rejection, SemanticVersion};

fn units(units: i64) -> TokenAmount {
    TokenAmount::from_units(units).expect("not negative")
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn every_rejection() -> Vec<Rejection> {
    let (sender, expected, account) = (address(0x00, 0xee), address(0x01, 0xd0), node(1));
    let version = SemanticVersion { major: 4, minor: -1, patch: 0 };
    let buckets = Buckets {
        free: units(100),
        allocated: units(50),
        pending: units(25),
        next_unlock: Some(at(1_701_209_600_000)),
    };
    let ineligible = [
        Ineligibility::Unknown,
        Ineligibility::Resigned,
        Ineligibility::Disabled,
        Ineligibility::VersionTooLow {
            has: Version::Unknown,
            needs: Version::Protocol(SemanticVersion { major: 4, minor: 9, patch: 0 }),
        },
        Ineligibility::VersionTooLow {
            has: Version::ExecutionEngine(2),
            needs: Version::ExecutionEngine(3),
        },
        Ineligibility::OutsideJurisdiction { jurisdiction: Jurisdiction { value: 208 } },
        Ineligibility::Understaked { total: units(1), minimum: units(2) },
        Ineligibility::Expired { expiration: at(1), now: at(2) },
        Ineligibility::AtCapacity { entries: 1_000 },
        Ineligibility::InsufficientFree { left: -5, reserved: units(3) },
    ];
    let mut rejections = vec![
        Rejection::CallerNotAccount { sender: expected },
        Rejection::NotRegistered { sender },
        Rejection::NotZkContractDeploy { sender, expected },
        Rejection::NotVoting { sender, expected },
        Rejection::NotAServedContract { address: sender },
        Rejection::NoComputation { contract: zk(1) },
        Rejection::StakeTokenNotContract { address: sender },
        Rejection::MinimumNegative { value: -1 },
        Rejection::EndpointEmpty,
        Rejection::EndpointTooLong { length: 513 },
        Rejection::EndpointControlCharacter { position: 9, character: '\u{1b}' },
        Rejection::EndpointNotHttps { start: "http://a".to_owned() },
        Rejection::AmountNotPositive { amount: 0 },
        Rejection::AmountNegative { amount: -1 },
        Rejection::ExpirationInPast { expiration: at(1), now: at(2) },
        Rejection::VersionNegative { version: Version::Protocol(version) },
        Rejection::VersionNegative { version: Version::ExecutionEngine(-1) },
        Rejection::JurisdictionOutOfRange { code: 1_000 },
        Rejection::ListTooLong { list: "zk_nodes", length: 65, limit: 64 },
        Rejection::NodeCountOutOfRange { count: 17 },
        Rejection::TotalStakesBelowMinimum { total: units(1), minimum: units(2) },
        Rejection::JurisdictionListsMismatch { lists: 3, nodes: 4 },
        Rejection::NodeCountMismatch { nodes: 4, listed: 3 },
        Rejection::DuplicateNode { node: account },
        Rejection::AlreadyRegistered { endpoint: "https://\u{202e}a".to_owned() },
        Rejection::OpenAllocations { open: 2 },
        Rejection::NoStakeEntry { account },
        Rejection::BalanceOverflow {
            amount: units(1),
            total: units(2),
            incoming: units(3),
            outgoing: units(4),
        },
        Rejection::ExpirationMismatch { asked: at(1), stored: Some(at(2)) },
        Rejection::ExpirationMismatch { asked: at(1), stored: None },
        Rejection::InsufficientFree { asked: units(101), buckets },
        Rejection::NoExpiration { account },
        Rejection::NotExpired { expiration: at(2), now: at(1) },
        Rejection::NothingFree { buckets: Buckets { next_unlock: None, ..buckets } },
        Rejection::ComputationExists { nodes: 4, share: units(5_000_000) },
        Rejection::StatusNodeForeign { node: account },
        Rejection::StatusNodeRepeated { node: account },
        Rejection::StatusNodeMissing { node: account },
        Rejection::NotEnoughNodes {
            nodes: 4,
            placed: 3,
            eligible: 3,
            roster: 5,
            share: units(5_000_000),
        },
        Rejection::CallbackUnexpected { account, amount: 5, in_flight: 0 },
        Rejection::CallbackDataInvalid { reason: "bytes left over", account },
    ];
    let in_a_list = |reason| Rejection::Ineligible { node: account, reason };
    rejections.extend(ineligible.map(in_a_list));
    rejections
}

#[test]
fn codes_and_messages_are_those_of_the_snapshot() {
    let mut lines = String::new();
    for rejection in every_rejection() {
        writeln!(lines, "{rejection}").expect("writing to a string succeeds");
    }
    expect_file!["snapshots/rejections.txt"].assert_eq(&lines);
}

#[test]
fn the_codes_are_exactly_those_of_the_specification() {
    let codes: BTreeSet<&str> = every_rejection().iter().map(Rejection::code).collect();
    let specified: BTreeSet<&str> =
        include_str!("../../data/refusal-codes.txt").split_whitespace().collect();
    assert_eq!(codes, specified);
}

#[test]
fn a_message_is_prose_in_printable_ascii_without_a_full_stop() {
    for rejection in every_rejection() {
        let (code, message) = (rejection.code(), rejection.message());
        assert_eq!(rejection.to_string(), format!("{code}: {message}"));
        assert!(message.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{message}");
        assert!(!message.ends_with('.'), "{message}");
        assert!(message.chars().any(|c| c.is_ascii_lowercase()), "{message}");
    }
}
