//! Calls: read to the last byte, or refused before anything is done.

use std::collections::BTreeSet;

use pbc_contract_common::address::Address;
use pbc_host::split_rpc;
use pbc_lib::{Export, Failure, Trees};
use registry_tests::calls::*;
use registry_tests::registry::{on_associated, on_disassociated};
use registry_tests::*;

/// N1 to N8 with 100 units each; Z1 works with N1 to N4; the stake of N6 has expired; N5 is in
/// jurisdiction 208.
fn busy() -> Registry {
    let mut registry = Registry::with_nodes(8, 100);
    registry.take(zk(1), 40, &[1, 2, 3, 4].map(node));
    registry.accept(node(5), jurisdiction(208));
    let expiration = registry.now + 1;
    registry.accept(node(6), expire(Some(expiration)));
    registry.now += 1;
    registry
}

/// A call of each action, with something in every list and option, that [`busy`] accepts.
fn valid_calls(registry: &Registry) -> Vec<(Address, Rpc)> {
    let soon = registry.now + DAY;
    let statuses = successes(&[1, 2, 3, 4].map(node));
    let lists: &[&[i32]] = &[&[208, 276], &[]];
    let pair = [1, 5].map(node);
    let calls = vec![
        (stranger(), register("https://x.example")),
        (node(1), update_endpoint("https://y.example")),
        (deploy(), request_v1(zk(2), 2, 20)),
        (zk(1), done_v1()),
        (node(1), unlock()),
        (stranger(), check_status(zk(1))),
        (deploy(), request_v2(zk(2), 2, 20, lists, (4, 9, 0))),
        (node(1), associate(1)),
        (node(1), disassociate(1)),
        (node(1), protocol_version((4, 11, 0))),
        (node(1), jurisdiction(276)),
        (stranger(), extend(zk(1))),
        (voting(), disable(node(1))),
        (node(8), resign()),
        (zk(1), done_v2(&statuses)),
        (node(1), reserve(1)),
        (deploy(), request_listed_protocol(zk(2), 20, (4, 9, 0), &pair)),
        (stranger(), associate_until(1, soon)),
        (stranger(), send_expired_home(node(6))),
        (node(1), expire(Some(soon))),
        (zk(2), request_listed_ee(20, 3, &pair)),
        (zk(2), request_ee(2, 20, lists, 3)),
        (node(1), ee_version(4)),
        (zk(1), re_request(&statuses, 2, 20, &[&[], &[208]], 3, &pair)),
        (deploy(), deleted(zk(1))),
    ];
    let shortnames: BTreeSet<u8> = calls.iter().map(|(_, call)| call.0[0]).collect();
    assert_eq!(shortnames.len(), 25, "each action once");
    calls
}

/// A callback of each number, as the registry buys them.
fn valid_callbacks() -> Vec<Vec<u8>> {
    let on_producer_info = rpc(0x30).arg(node(1)).arg("https://x.example".to_owned());
    vec![
        on_producer_info.0,
        on_associated(node(1), 1),
        on_disassociated(node(1), 1, 0),
        rpc(0x33).arg(zk(1)).0,
        rpc(0x34).arg(zk(1)).0,
    ]
}

/// The arguments of `create`.
fn creation() -> Vec<u8> {
    let collaborators = Rpc(Vec::new()).arg(bpo()).arg(deploy()).arg(voting());
    collaborators.arg(token()).arg(true).arg(mpc(75_000)).arg(mpc(2_000)).0
}

/// Creates a registry with these bytes of arguments.
fn create(arguments: &[u8]) -> Result<Registry, Failure> {
    let mut registry = Registry::new();
    (registry.state, registry.trees) = (Vec::new(), Trees::new());
    let outcome = registry.invoke(Export::Init, stranger(), &[], arguments);
    assert!(outcome.is_ok() || registry.trees == Trees::new(), "trees of a refused creation");
    outcome.map(|_| registry)
}

fn code(outcome: Result<Registry, Failure>) -> String {
    let failure = outcome.err().expect("the creation is refused");
    failure.code().expect("no trap").to_owned()
}

#[test]
fn h01_every_prefix_of_a_call_is_refused_as_too_short() {
    let mut registry = busy();
    let too_short = |failure: &Failure| {
        matches!(failure.code(), Some("truncated" | "invalid_length" | "malformed_shortname"))
    };

    for (sender, call) in valid_calls(&registry) {
        registry.clone().accept(sender, call.clone());
        for length in 0..call.0.len() {
            let prefix = Rpc(call.0[..length].to_vec());
            let failure = registry.call(sender, &prefix).expect_err("a prefix is no call");
            assert!(too_short(&failure), "{prefix:02x?}: {failure}");
            registry.refuse(sender, prefix, failure.code().expect("no trap"));
        }
    }
    for callback in valid_callbacks() {
        for length in 1..callback.len() {
            let prefix = &callback[..length];
            let failure = registry.callback_bytes(prefix, true, &[]).expect_err("too short");
            assert!(too_short(&failure), "{prefix:02x?}: {failure}");
            registry.refuse_callback(prefix, true, &[], failure.code().expect("no trap"));
        }
    }
    let creation = creation();
    create(&creation).expect("the whole is valid");
    for length in 0..creation.len() {
        assert_eq!(code(create(&creation[..length])), "truncated");
    }
}

#[test]
fn h02_a_byte_after_a_call_is_refused() {
    let mut registry = busy();

    for extra in [0x00, 0x01, 0xff] {
        for (sender, Rpc(mut call)) in valid_calls(&registry) {
            let arguments = call.len() - 1;
            call.push(extra);
            let message = registry.refuse(sender, Rpc(call), "trailing_bytes");
            assert!(message.contains(&arguments.to_string()), "{message}, not at {arguments}");
        }
        for mut callback in valid_callbacks() {
            callback.push(extra);
            registry.refuse_callback(&callback, true, &[], "trailing_bytes");
        }
        let mut creation = creation();
        creation.push(extra);
        assert_eq!(code(create(&creation)), "trailing_bytes");
    }
}

#[test]
fn h03_a_status_that_is_neither_failure_nor_success_is_refused() {
    let mut registry = Registry::with_nodes(2, 100);
    registry.take(zk(1), 20, &[node(1)]);

    for status in 2..=u8::MAX {
        let done = rpc(0x12).arg(1_u32).arg(node(1)).arg(status);
        registry.refuse(zk(1), done, "invalid_discriminant");
        let again = rpc(0x1b).arg(1_u32).arg(node(1)).arg(status);
        let again = again.arg(1_i32).arg(20_i64).arg(0_u32).arg(0_i32).arg(0_u32);
        registry.refuse(zk(1), again, "invalid_discriminant");
    }
    for (status, score) in [(0_u8, (1, 0, 1)), (1, (1, 1, 0))] {
        let mut registry = registry.clone();
        registry.accept(zk(1), rpc(0x12).arg(1_u32).arg(node(1)).arg(status));
        assert_eq!(registry.score(node(1)), score);
    }
}

#[test]
fn h04_any_marker_but_0_means_that_a_value_follows_and_is_stored_as_1() {
    let registry = Registry::with_nodes(1, 100);
    let expiration = registry.now + DAY;
    let mut expected = registry.clone();
    expected.accept(node(1), expire(Some(expiration)));

    for marker in 1..=u8::MAX {
        let mut registry = registry.clone();
        registry.accept(node(1), rpc(0x17).arg(marker).arg(expiration));
        assert_eq!(registry.tokens(node(1)).expiration_timestamp, Some(expiration));
        assert_eq!(registry.trees, expected.trees, "marker {marker}");
    }
    // In the record, the marker comes after the empty map of allocations.
    let record = expected.trees.iter(0).next().expect("the record of N1").1;
    assert_eq!(record[..5], [0, 0, 0, 0, 1]);

    // After a 0 nothing may follow, and something must after any other.
    let mut registry = registry;
    registry.refuse(node(1), rpc(0x17).arg(0_u8).arg(expiration), "trailing_bytes");
    registry.refuse(node(1), rpc(0x17).arg(2_u8), "truncated");

    // So it is with the flag of `create`.
    let mut creation = creation();
    let flag = 4 * 21;
    assert_eq!(creation[flag], 1);
    let ordinary = create(&creation).expect("valid");
    for marker in [2, 0x80, 0xff] {
        creation[flag] = marker;
        let registry = create(&creation).expect("valid");
        assert_eq!(registry.state, ordinary.state);
    }
}

#[test]
fn h05_text_that_is_not_utf8_is_refused() {
    let mut registry = Registry::with_nodes(1, 100);
    let text = |call: Rpc, bytes: &[u8]| {
        let Rpc(mut call) = call.arg(u32::try_from(bytes.len()).expect("short"));
        call.extend(bytes);
        Rpc(call)
    };

    // Bytes of no character, a continuation alone, an unfinished character, an over-long slash, a
    // surrogate, and what lies beyond the last character; each also behind a good beginning.
    for bad in
        [&b"\xff\xfe"[..], b"\x80", b"\xe2\x82", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"]
    {
        for bytes in [bad.to_vec(), [b"https://n1.example/", bad].concat()] {
            registry.refuse(stranger(), text(rpc(0x00), &bytes), "invalid_utf8");
            registry.refuse(node(1), text(rpc(0x01), &bytes), "invalid_utf8");
            let Rpc(callback) = text(rpc(0x30).arg(node(2)), &bytes);
            registry.refuse_callback(&callback, true, &[], "invalid_utf8");
        }
    }
    registry.accept(stranger(), text(rpc(0x00), "https://é€😀.example".as_bytes()));
}

#[test]
fn h06_a_shortname_has_one_spelling() {
    let mut registry = busy();

    // One byte more that adds nothing, up to 5 bytes and beyond; and none that ends.
    for (sender, Rpc(call)) in valid_calls(&registry) {
        let (shortname, arguments) = (call[0], &call[1..]);
        for zeroes in 0..=4 {
            let mut spelling = vec![shortname | 0x80];
            spelling.extend(std::iter::repeat_n(0x80, zeroes));
            let unfinished = spelling.clone();
            spelling.push(0x00);
            let again = Rpc([&spelling, arguments].concat());
            registry.refuse(sender, again, "malformed_shortname");
            registry.refuse(sender, Rpc(unfinished), "malformed_shortname");
        }
    }
    // The largest number is one that nobody has; what is larger is none.
    registry.refuse(stranger(), Rpc(vec![0xff, 0xff, 0xff, 0xff, 0x0f]), "unknown_action");
    registry.refuse(stranger(), Rpc(vec![0xff, 0xff, 0xff, 0xff, 0x1f]), "malformed_shortname");
    registry.refuse(stranger(), Rpc(vec![0x80; 5]), "malformed_shortname");
    registry.refuse(
        stranger(),
        Rpc(vec![0x80, 0x80, 0x80, 0x80, 0x80, 0x01]),
        "malformed_shortname",
    );
    // Two bytes are right for numbers from 128 on only.
    registry.refuse(stranger(), Rpc(vec![0x80, 0x01]), "unknown_action");
    assert_eq!(split_rpc(&[0x80, 0x01, 7]), Ok((128, &[7][..])));
}

#[test]
fn h07_an_address_of_an_unknown_type_is_refused() {
    let mut registry = busy();
    let bytes_before_the_address: [(u8, &[u8]); 11] = [
        (0x04, &[]),
        (0x07, &[]),
        (0x08, &[]),
        (0x0e, &[]),
        (0x10, &[]),
        (0x12, &[0, 0, 0, 1]),
        (0x14, &[]),
        (0x16, &[]),
        (0x18, &[0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0, 1]),
        (0x1b, &[0, 0, 0, 1]),
        (0x20, &[]),
    ];

    for (shortname, before) in bytes_before_the_address {
        for address_type in [5, 7, 0x80, 0xff] {
            // Whole, with arguments behind it; an address is judged by its first byte.
            let mut whole = [&[shortname], before, &[address_type]].concat();
            whole.resize(whole.len() + 60, 0);
            let message = registry.refuse(stranger(), Rpc(whole), "invalid_address_type");
            assert!(message.contains(&before.len().to_string()), "{message}");
        }
        // Of a known type the length is what is wrong.
        let short = [&[shortname], before, &[4]].concat();
        let outcome = registry.call(stranger(), &Rpc(short)).expect_err("too short");
        assert!(matches!(outcome.code(), Some("truncated" | "invalid_length")), "{outcome}");
    }
    let short = Rpc(vec![0x10, 7]);
    registry.refuse(voting(), short, "invalid_address_type");

    // In `create`, each of the four.
    for place in [0, 21, 42, 63] {
        let mut creation = creation();
        creation[place] = 7;
        assert_eq!(code(create(&creation)), "invalid_address_type");
    }
}
