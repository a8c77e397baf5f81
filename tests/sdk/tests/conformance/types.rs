//! `vectors/types.json`: every type is coded as the official SDK codes it, in both directions.

use crate::contract;

use std::collections::VecDeque;
use std::fmt::Debug;

use contract::{NodeStatus, Stake};
use pbc_contract_common::address::{Address, AddressType, Shortname};
use pbc_contract_common::context::ContractContext;
use pbc_contract_common::signature::Signature;
use pbc_contract_common::sorted_vec_map::{SortedVecMap, SortedVecSet};
use pbc_contract_common::{BlsPublicKey, BlsSignature, Hash, PublicKey, U256};
use pbc_host::load_state;
use pbc_traits::{Decoder, ReadRPC, ReadWriteState, WriteRPC};
use read_write_rpc_derive::ReadWriteRPC;
use read_write_state_derive::ReadWriteState;
use serde_json::{Value, json};
use vectors::{hex, list, text, vectors};

#[derive(ReadWriteRPC, ReadWriteState, Clone, Debug, PartialEq)]
#[repr(u8)]
enum CStyle {
    A = 0,
    B = 7,
    C = 200,
}

#[derive(ReadWriteRPC, ReadWriteState, Debug, PartialEq)]
#[repr(C)]
struct PadC {
    a: u8,
    b: u16,
}

/// Without `repr(C)`: Rust may order the fields as it likes.
#[derive(ReadWriteRPC, ReadWriteState, Debug, PartialEq)]
struct Reord {
    a: u8,
    b: u32,
    c: u8,
    d: u16,
}

fn rpc<T: ReadRPC + WriteRPC + PartialEq + Debug>(value: &T) -> Value {
    let mut bytes = Vec::new();
    value.rpc_write_to(&mut bytes).expect("a vector takes all");
    assert_eq!(T::rpc_read_from(&mut &bytes[..]), *value, "from a reader");
    let mut decoder = Decoder::new(&bytes);
    assert_eq!(T::rpc_decode(&mut decoder).as_ref(), Ok(value), "from a slice");
    assert_eq!(decoder.finish(), Ok(()));
    assert!(T::RPC_MIN_SIZE <= bytes.len(), "least size");
    json!(hex(&bytes))
}

fn state<T: ReadWriteState + PartialEq + Debug>(value: &T) -> Value {
    let mut bytes = Vec::new();
    value.state_write_to(&mut bytes).expect("a vector takes all");
    assert_eq!(T::state_read_from(&mut &bytes[..]), *value, "from a reader");
    let mut decoder = Decoder::new(&bytes);
    assert_eq!(T::state_decode(&mut decoder).as_ref(), Ok(value), "from a slice");
    assert_eq!(decoder.finish(), Ok(()));
    assert_eq!(load_state::<T>(&bytes).as_ref(), Ok(value), "as a loader");
    assert!(T::STATE_MIN_SIZE <= bytes.len(), "least size");
    json!(hex(&bytes))
}

/// A type with both codings.
fn both<T>(name: &str, shown: &str, value: T) -> Value
where
    T: ReadRPC + WriteRPC + ReadWriteState + PartialEq + Debug,
{
    json!({
        "type": name,
        "value": shown,
        "rpc": rpc(&value),
        "state": state(&value),
        "copy": T::SERIALIZABLE_BY_COPY,
    })
}

/// A type that has no coding in calls.
fn state_only<T: ReadWriteState + PartialEq + Debug>(name: &str, shown: &str, value: T) -> Value {
    json!({
        "type": name,
        "value": shown,
        "state": state(&value),
        "copy": T::SERIALIZABLE_BY_COPY,
    })
}

fn shortname(number: u32) -> Value {
    let shortname = Shortname::from_u32(number);
    assert_eq!(Shortname::from_be_bytes(&shortname.bytes()), Ok(shortname));
    assert_eq!(shortname.as_u32(), number);
    let mut bytes = Vec::new();
    shortname.rpc_write_to(&mut bytes).expect("a vector takes all");
    let display = shortname.to_string();
    json!({
        "type": "Shortname", "value": number.to_string(), "rpc": hex(&bytes), "display": display,
    })
}

fn default_shortname(function: &str, number: u32) -> Value {
    let rpc = hex(&Shortname::from_u32(number).bytes());
    json!({"type": "default shortname of fn name", "value": function, "rpc": rpc, "u32": number})
}

fn shown_only(name: &str, shown: &str) -> Value {
    json!({"type": name, "value": shown})
}

fn address(address_type: AddressType, byte: u8) -> Address {
    Address { address_type, identifier: [byte; 20] }
}

fn counting<const N: usize>() -> [u8; N] {
    std::array::from_fn(|index| index as u8)
}

fn numbers() -> Vec<Value> {
    vec![
        both("u8", "250", 250_u8),
        both("u16", "258", 258_u16),
        both("u32", "16909060", 16_909_060_u32),
        both("u64", "72623859790382856", 72_623_859_790_382_856_u64),
        both("u128", "2^127+1", (1_u128 << 127) + 1),
        both("i8", "-2", -2_i8),
        both("i16", "-2", -2_i16),
        both("i32", "-2", -2_i32),
        both("i64", "-2", -2_i64),
        both("i128", "-2", -2_i128),
        both("bool", "true", true),
        both("bool", "false", false),
    ]
}

fn standard_types() -> Vec<Value> {
    let strings = vec!["a".to_string(), "bc".to_string()];
    vec![
        both("String", "Hi æ", "Hi æ".to_string()),
        both("String", "(empty)", String::new()),
        both("Option<u32>", "None", None::<u32>),
        both("Option<u32>", "Some(1)", Some(1_u32)),
        both("Option<Option<bool>>", "Some(None)", Some(None::<bool>)),
        both("Vec<u8>", "[1,2,3]", vec![1_u8, 2, 3]),
        both("Vec<u16>", "[1,256]", vec![1_u16, 256]),
        both("Vec<String>", "[a,bc]", strings),
        both("Vec<Vec<u8>>", "[[],[9]]", vec![vec![], vec![9_u8]]),
        both("Vec<Option<u8>>", "[None,Some(5)]", vec![None, Some(5_u8)]),
        both("[u8; 4]", "[1,2,3,4]", [1_u8, 2, 3, 4]),
        state_only("[u16; 2]", "[1,2]", [1_u16, 2]),
    ]
}

fn keys() -> Vec<Value> {
    let signature = Signature { recovery_id: 1, value_r: [5; 32], value_s: [6; 32] };
    vec![
        both("Address", "ZkContract 33*20", address(AddressType::ZkContract, 0x33)),
        both("AddressType", "GoveranceContract", AddressType::GoveranceContract),
        both("Hash", "00..1f", Hash { bytes: counting() }),
        both("U256", "bytes field = 00 01 .. 1f", U256 { bytes: counting() }),
        both("PublicKey", "02*33", PublicKey { bytes: [2; 33] }),
        both("BlsPublicKey", "0c*96", BlsPublicKey { bytes: [12; 96] }),
        both("BlsSignature", "0d*48", BlsSignature { bytes: [13; 48] }),
        both("Signature", "recovery_id 1, r 05*32, s 06*32", signature),
    ]
}

fn derived_types() -> Vec<Value> {
    let stake = |amount, since| Stake { amount, since };
    let active = NodeStatus::Active { since: -5, stake: stake(1000, -1) };
    let removed = NodeStatus::Removed { reason: "x".to_string() };
    let node_status =
        "enum NodeStatus{Pending{}#0,Active{since:i64,stake:Stake}#1,Removed{reason:String}#5}";
    let reordered = Reord { a: 1, b: 2, c: 3, d: 4 };
    let c_styles = vec![CStyle::A, CStyle::B, CStyle::C];
    vec![
        both("Stake{amount:u64,since:i64} repr(C)", "amount 1000, since -1", stake(1000, -1)),
        both("Vec<Stake>", "[(1,-1)]", vec![stake(1, -1)]),
        both(node_status, "Pending", NodeStatus::Pending {}),
        both("NodeStatus", "Active{since:-5,stake:(1000,-1)}", active),
        both("NodeStatus", "Removed{reason:\"x\"}", removed),
        both("C-style enum repr(u8) {A=0,B=7,C=200}", "C", CStyle::C),
        both("Vec<CStyle>", "[A,B,C]", c_styles),
        both("PadC{a:u8,b:u16} repr(C) (padded, so not copyable)", "a=1,b=2", PadC { a: 1, b: 2 }),
        both("Reord{a:u8,b:u32,c:u8,d:u16} WITHOUT repr(C)", "a=1,b=2,c=3,d=4", reordered),
    ]
}

/// The official SDK copies memory here, in whatever order Rust chose. Ours codes each element, as
/// it does for `repr(C)`, where the two agree: `pbc-formats.md` 2.2 leaves that free.
fn vec_without_repr_c() -> Value {
    let mut vector = both(
        "Vec<Reord> WITHOUT repr(C)",
        "[a=1,b=2,c=3,d=4]",
        vec![Reord { a: 1, b: 2, c: 3, d: 4 }],
    );
    assert_eq!(vector["state"], "010000000102000000030400");
    vector["state"] = json!("010000000200000004000103");
    vector
}

fn collections() -> Vec<Value> {
    let mut by_address = SortedVecMap::new();
    by_address.insert(address(AddressType::ZkContract, 0x33), 5_u64);
    by_address.insert(address(AddressType::Account, 0xff), 6);
    vec![
        state_only("VecDeque<u16>", "[1,2]", VecDeque::from([1_u16, 2])),
        state_only(
            "SortedVecMap<Address,u64>",
            "{03 33*20:5, 00 ff*20:6} inserted in this order",
            by_address,
        ),
        state_only(
            "SortedVecMap<u16,u16>",
            "{256:1,1:2}",
            SortedVecMap::from([(256_u16, 1_u16), (1, 2)]),
        ),
        state_only("SortedVecSet<u16>", "{513,2}", SortedVecSet::from([513_u16, 2])),
    ]
}

fn context() -> Value {
    let context = ContractContext {
        contract_address: address(AddressType::PublicContract, 0x11),
        sender: address(AddressType::Account, 0x22),
        block_time: 100,
        block_production_time: 1_700_000_000_123,
        current_transaction: Hash { bytes: [0xaa; 32] },
        original_transaction: Hash { bytes: [0xbb; 32] },
    };
    assert_eq!(rpc(&context), hex(&pbc_host::encode_context(&context)));
    let shown = "contract 02 11*20, sender 00 22*20, block_time 100, block_production_time \
                 1700000000123, current aa*32, original bb*32";
    json!({"type": "ContractContext", "value": shown, "rpc": rpc(&context)})
}

fn shortnames() -> Vec<Value> {
    let mut vectors: Vec<_> =
        [0, 1, 65, 127, 128, 255, 256, 624_485, u32::MAX].map(shortname).into();
    vectors.extend([
        default_shortname("transfer", 670_398_154),
        default_shortname("touch", 4_036_323_110),
        default_shortname("register_node", 1_344_773_471),
        default_shortname("on_erc721_received", 3_647_701_123),
        default_shortname("initialize", 1_192_148_610),
    ]);
    vectors
}

fn texts() -> Vec<Value> {
    let zk = address(AddressType::ZkContract, 0x33);
    let account = address(AddressType::Account, 1);
    vec![
        shown_only("Address Display / LowerHex", &format!("{zk} / {zk:x}")),
        shown_only("Address Debug", &format!("{account:?}")),
        shown_only("bool read from byte 0x02", &bool::rpc_read_from(&mut &[2][..]).to_string()),
        shown_only(
            "Option<u8> read from 0x05 0x09",
            &format!("{:?}", Option::<u8>::rpc_read_from(&mut &[5, 9][..])),
        ),
    ]
}

#[test]
fn every_type_is_coded_as_the_official_sdk_codes_it() {
    let ours = [
        numbers(),
        standard_types(),
        keys(),
        derived_types(),
        vec![vec_without_repr_c()],
        collections(),
        vec![context()],
        shortnames(),
        texts(),
    ]
    .concat();
    let vectors = vectors("types.json");
    let theirs = list(&vectors, "vectors");
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert_eq!(ours, theirs, "{}", text(theirs, "type"));
    }
    assert_eq!(ours.len(), theirs.len());
}

/// Hooks without a shortname, under the names of the vectors.
#[allow(unreachable_pub)]
mod named {
    use create_type_spec_derive::CreateTypeSpec;
    use pbc_contract_codegen::{action, init, state};
    use pbc_contract_common::context::ContractContext;
    use read_write_state_derive::ReadWriteState;

    #[derive(ReadWriteState, CreateTypeSpec)]
    pub struct Empty {}

    #[state]
    pub struct State {
        pub empty: Empty,
    }

    #[init]
    pub fn initialize(_context: ContractContext) -> State {
        State { empty: Empty {} }
    }

    macro_rules! actions {
        ($($name:ident)*) => {$(
            #[action]
            pub fn $name(_context: ContractContext, state: State) -> State {
                state
            }
        )*};
    }

    actions!(transfer touch register_node on_erc721_received);
}

#[test]
#[cfg_attr(miri, ignore = "miri links no hooks")]
fn an_action_without_a_shortname_gets_the_hash_of_its_name() {
    let entries = pbc_lib::entries(concat!(module_path!(), "::named"));
    let vectors = vectors("types.json");
    let defaults = list(&vectors, "vectors")
        .iter()
        .filter(|vector| vector["type"] == "default shortname of fn name")
        .filter(|vector| vector["value"] != "initialize");
    let mut found = 0;
    for vector in defaults {
        let entry = entries.iter().find(|entry| entry.function == vector["value"]).expect("a hook");
        assert_eq!(entry.export.to_string(), format!("action_{}", text(vector, "rpc")));
        found += 1;
    }
    assert_eq!(found, 4);
}

#[test]
fn an_address_prints_as_hex_in_both_cases() {
    let address = address(AddressType::PublicContract, 0xab);
    assert_eq!(address.to_string(), format!("02{}", "AB".repeat(20)));
    assert_eq!(format!("{address:X}"), address.to_string());
    assert_eq!(format!("{address:x}"), format!("02{}", "ab".repeat(20)));
}
