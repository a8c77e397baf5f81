//! Stored state: one form for every value, and none for what is no value.

use pbc_contract_common::address::Address;
use pbc_host::{Group, load_state};
use pbc_lib::Failure;
use pbc_traits::{Decoder, ReadWriteState};
use read_write_state_derive::ReadWriteState;
use registry_tests::calls::*;
use registry_tests::registry::producer_info;
use registry_tests::*;
use zk_node_registry::{Computation, Settings, ZkNode, ZkNodeTokens};

/// A struct that a vector copies as one piece of memory, if the SDK copies at all.
#[derive(ReadWriteState, Clone, Debug, PartialEq, Eq)]
#[repr(C)]
struct Switch {
    is_on: bool,
    number: u8,
}

/// The one record of a tree.
fn only_record(registry: &Registry, tree: i32) -> Vec<u8> {
    let mut entries = registry.trees.iter(tree);
    let (_, record) = entries.next().expect("there is a record");
    assert_eq!(entries.next(), None, "there is one record");
    record.to_vec()
}

/// Sends a call that must break down, and checks that nothing has changed.
#[track_caller]
fn trap(registry: &mut Registry, sender: Address, call: Rpc) {
    let before = registry.clone();
    let outcome = registry.call(sender, &call);
    assert!(matches!(outcome, Err(Failure::Trap { .. })), "{outcome:?}");
    assert_eq!(registry.state, before.state);
    assert_eq!(registry.trees, before.trees);
}

/// That this is clean under miri is for `cargo miri test` to say; here it is the outcome.
#[test]
fn h09_a_flag_of_2_in_a_copied_vector_is_read_as_true_or_refused_and_never_kept() {
    const { assert!(Switch::SERIALIZABLE_BY_COPY, "the case is that of a copied vector") };
    let bytes = [3, 0, 0, 0, 2, 7, 0, 8, 0xff, 9];

    // Contracts read it field by field, and write the one form that a flag has.
    let switches = Vec::<Switch>::state_read_from(&mut &bytes[..]);
    let on = |is_on, number| Switch { is_on, number };
    assert_eq!(switches, [on(true, 7), on(false, 8), on(true, 9)]);
    let mut written = Vec::new();
    switches.state_write_to(&mut written).expect("writing to a vector succeeds");
    assert_eq!(written, [3, 0, 0, 0, 1, 7, 0, 8, 1, 9]);

    // Hosts do not take it.
    let refused = load_state::<Vec<Switch>>(&bytes).expect_err("2 is no flag");
    assert_eq!(refused.code(), "state_malformed");
    assert_eq!(refused.path, "[0].is_on");
    assert_eq!(load_state::<Vec<Switch>>(&written), Ok(switches));

    // The same in the registry's own records: a flag of a node, ...
    let mut registry = Registry::with_nodes(1, 100);
    let mut record = only_record(&registry, 1);
    let flag = 21;
    record[flag] = 2;
    let Rpc(key) = Rpc(Vec::new()).arg(node(1));
    registry.trees.insert(1, &key, &record);
    assert_eq!(load_state::<ZkNode>(&record).expect_err("2 is no flag").path, "is_disabled");
    registry.accept(node(1), ee_version(4));
    assert_eq!(only_record(&registry, 1)[flag], 1);
    assert!(registry.node(node(1)).is_disabled);

    // ... and an address in the copied vector of a computation.
    let mut registry = Registry::with_nodes(2, 100);
    registry.take(zk(1), 20, &[node(1), node(2)]);
    let mut record = only_record(&registry, 2);
    let second_address = 4 + 21;
    record[second_address] = 7;
    let Rpc(key) = Rpc(Vec::new()).arg(zk(1));
    registry.trees.insert(2, &key, &record);
    let refused = load_state::<Computation>(&record).expect_err("7 is no type of an address");
    assert_eq!(
        (refused.code(), refused.path.as_str()),
        ("state_malformed", "nodes[1].address_type")
    );
    assert!(Vec::<Address>::state_decode(&mut Decoder::new(&record)).is_err());
    trap(&mut registry, zk(1), done_v1());
    trap(&mut registry, stranger(), check_status(zk(1)));
}

/// Bytes written as hex, with spaces between fields.
fn from_hex(fields: &str) -> Vec<u8> {
    let digits: String = fields.split_whitespace().collect();
    hex::decode(digits).expect("hex")
}

fn to_bytes(value: &impl ReadWriteState) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.state_write_to(&mut bytes).expect("writing to a vector succeeds");
    bytes
}

const A1: &str = "00 a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1";
const C: &str = "03 1111111111111111111111111111111111111111";

/// An operator with a key, 74,000 MPC free, 500 in work for C, 500 released and a large reserve.
fn one_of_each() -> Registry {
    let (operator, served, other) = (address(0, 0xa1), address(3, 0x11), address(3, 0x22));
    let mut registry = Registry::with(Settings {
        stake_token: token(),
        require_block_producer: true,
        min_node_stake: mpc(74_000),
        min_total_stakes: mpc(500),
    });
    let question: Vec<Group> = registry.accept(operator, register("https://n1.example"));
    let answer = [(true, producer_info(operator, 2, 208))];
    registry.callback(&question[0], true, &answer).expect("the answer is accepted");
    registry.accept(operator, protocol_version((4, 0x0102, 0x03)));
    registry.accept(operator, ee_version(0x0405));
    registry.stake(operator, mpc(75_000));
    registry.accept(operator, expire(Some(1_767_225_600_000)));
    registry.take(other, mpc(500), &[operator]);
    registry.take(served, mpc(500), &[operator]);
    registry.accept(other, done_v1());
    registry.accept(operator, reserve(0x0102_0304_0506_0708));
    registry.accept(operator, associate(0x0a0b));
    registry.accept(operator, disassociate(0x0c0d));
    registry
}

#[test]
fn h13_stored_numbers_are_little_endian_and_those_of_calls_big_endian() {
    let registry = one_of_each();
    let stored = |tree| hex::encode(only_record(&registry, tree));

    // Allocations, expiration, free, pending, reserved, incoming, outgoing.
    let tokens = from_hex(&format!(
        "01000000 {C} 404b4c0000000000
         01 00a8da769b010000
         f3741b2c00000000
         01000000 404b4c0000000000 0068e5cf8b010000
         fbfa050504030201
         0b0a000000000000
         0d0c000000000000"
    ));
    assert_eq!(stored(0), hex::encode(&tokens));
    // Identity, disabled, key, endpoint, score, jurisdiction, EE and protocol version, resigned.
    let node = from_hex(&format!(
        "{A1} 00 01 {}
         12000000 68747470733a2f2f6e312e6578616d706c65
         01000000 00000000 01000000
         d0000000 05040000 01 04000000 02010000 03000000
         00",
        "02".repeat(33),
    ));
    assert_eq!(stored(1), hex::encode(&node));
    // Nodes, share, total stakes, planned end.
    let computation =
        from_hex(&format!("01000000 {A1} 404b4c0000000000 404b4c0000000000 01 007817608c010000"));
    assert_eq!(stored(2), hex::encode(&computation));
    // Positions in the roster, as value and as key.
    assert_eq!(stored(3), hex::encode(from_hex(A1)));
    assert_eq!(stored(4), "00000000");
    let second = roster_of_two();
    assert_eq!(second.trees.get(3, &[1, 0, 0, 0]), Some(&to_bytes(&address(0, 0xb2))[..]));
    assert_eq!(second.trees.get(4, &to_bytes(&address(0, 0xb2))), Some(&[1, 0, 0, 0][..]));
    // Collaborators, settings, trees.
    let root = from_hex(&format!(
        "04 {b0} 04 {c0} 01 {d0}  01 {a0} 01 00811b2c00000000 404b4c0000000000
         00000000 01000000 02000000 03000000 04000000",
        b0 = "b0".repeat(20),
        c0 = "c0".repeat(20),
        d0 = "d0".repeat(20),
        a0 = "a0".repeat(20),
    ));
    assert_eq!(hex::encode(&registry.state), hex::encode(root));

    // What these bytes mean, read back.
    let read: ZkNodeTokens = load_state(&tokens).expect("valid");
    assert_eq!((read.incoming_tokens, read.outgoing_tokens), (0x0a0b, 0x0c0d));
    assert_eq!(read.free_tokens, mpc(74_000) - 0x0c0d);
    assert_eq!(read.reserved_tokens, 0x0102_0304_0506_0708 - 0x0c0d);
    let read: ZkNode = load_state(&node).expect("valid");
    assert_eq!(read.supported_ee_version, 0x0405);

    // The other way round they are not read as something else: the first count is far too large.
    for record in [&tokens, &computation] {
        let swapped = [&[0, 0, 0, 1], &record[4..]].concat();
        assert!(load_state::<ZkNodeTokens>(&swapped).is_err());
        assert!(load_state::<Computation>(&swapped).is_err());
    }

    // Calls are big-endian, whatever the state is.
    assert_eq!(hex::encode(associate(0x0a0b).0), "0a0000000000000a0b");
    assert_eq!(hex::encode(ee_version(0x0405).0), "1a00000405");
    let mut swapped = registry.clone();
    swapped.accept(address(0, 0xa1), Rpc(from_hex("1a 05040000")));
    assert_eq!(swapped.node(address(0, 0xa1)).supported_ee_version, 0x0504_0000);
}

/// A registry with two nodes in its roster, of which the second is `00b2…`.
fn roster_of_two() -> Registry {
    let mut registry = Registry::new();
    for operator in [address(0, 0xa1), address(0, 0xb2)] {
        registry.enrol(operator);
        registry.stake(operator, 1);
    }
    registry
}
