//! Malformed input: arguments refuse the call with a code, positions and quantities; state and
//! context trap; a host's loader gives an error with a path. Nothing is guessed, nothing panics
//! where an error was promised.

use crate::contract;

use std::fmt::Debug;
use std::sync::LazyLock;

use contract::{NodeStatus, RegistryState, Stake};
use pbc_contract_common::Hash;
use pbc_contract_common::address::{Address, AddressType};
use pbc_contract_common::sorted_vec_map::{SortedVec, SortedVecMap, SortedVecSet};
use pbc_host::load_state;
use pbc_lib::{Entry, Failure, Trees};
use pbc_traits::derive::min_of;
use pbc_traits::{Decoder, ReadRPC, ReadWriteState, Reader, Source, WriteRPC};
use read_write_rpc_derive::ReadWriteRPC;
use read_write_state_derive::ReadWriteState;
use vectors::{bytes, list, vectors};

fn entry(function: &str) -> &'static Entry {
    let entries = pbc_lib::entries(concat!(env!("CARGO_CRATE_NAME"), "::contract"));
    entries.into_iter().find(|entry| entry.function == function).expect("a hook of the contract")
}

/// Context and state of a call between steps 1 and 2 of the vectors, and the trees.
fn prepared() -> (Vec<u8>, Vec<u8>, Trees) {
    static PARTS: LazyLock<(Vec<u8>, Vec<u8>)> = LazyLock::new(|| {
        let calls = vectors("calls.json");
        let step = &list(&calls, "steps")[1];
        (bytes(step, "context"), bytes(step, "state_in"))
    });
    let (context, state) = PARTS.clone();
    let mut trees = Trees::new();
    trees.create();
    trees.create();
    (context, state, trees)
}

fn call(function: &str, arguments: &[u8]) -> Result<Vec<u8>, Failure> {
    let (context, state, mut trees) = prepared();
    let before = trees.clone();
    let outcome =
        pbc_lib::invoke(entry(function), &[&context, &state, arguments].concat(), &mut trees);
    if outcome.is_err() {
        assert_eq!(trees, before);
    }
    outcome
}

fn rpc(value: &impl WriteRPC) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.rpc_write_to(&mut bytes).expect("a vector takes all");
    bytes
}

fn state(value: &impl ReadWriteState) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.state_write_to(&mut bytes).expect("a vector takes all");
    bytes
}

fn address() -> Address {
    Address { address_type: AddressType::ZkContract, identifier: [0x33; 20] }
}

/// The arguments of `set_many`: one of each type that has a coding in calls.
fn many_arguments() -> Vec<u8> {
    let stakes = vec![Stake { amount: 1, since: 2 }, Stake { amount: 3, since: -4 }];
    let active = NodeStatus::Active { since: 5, stake: Stake { amount: 6, since: 7 } };
    [
        rpc(&1_u8),
        rpc(&2_u16),
        rpc(&3_u32),
        rpc(&4_u64),
        rpc(&5_u128),
        rpc(&-6_i8),
        rpc(&-7_i16),
        rpc(&-8_i32),
        rpc(&-9_i64),
        rpc(&-10_i128),
        rpc(&true),
        rpc(&"twölf".to_string()),
        rpc(&Some(13_u32)),
        rpc(&vec![14_u16, 15]),
        rpc(&[16_u8; 4]),
        rpc(&address()),
        rpc(&Hash { bytes: [17; 32] }),
        rpc(&active),
        rpc(&stakes),
        rpc(&Some(Some(false))),
    ]
    .concat()
}

/// Valid arguments of three actions.
fn valid_calls() -> Vec<(&'static str, Vec<u8>)> {
    let calls = vectors("calls.json");
    let steps = list(&calls, "steps");
    vec![
        ("register", bytes(&steps[1], "rpc_passed_to_wasm")),
        ("call_out", bytes(&steps[4], "rpc_passed_to_wasm")),
        ("set_many", many_arguments()),
    ]
}

#[test]
#[cfg_attr(miri, ignore = "miri links no hooks")]
fn every_proper_prefix_of_valid_arguments_refuses_the_call() {
    for (function, arguments) in valid_calls() {
        call(function, &arguments).expect(function);
        for end in 0..arguments.len() {
            let failure = call(function, &arguments[..end]).expect_err(function);
            let code = failure.code().unwrap_or_else(|| panic!("{function} to {end}: {failure}"));
            assert!(["truncated", "invalid_length"].contains(&code), "{function} to {end}: {code}");
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "miri links no hooks")]
fn a_byte_more_than_valid_arguments_refuses_the_call() {
    for (function, mut arguments) in valid_calls() {
        arguments.push(0);
        let message = format!("the input goes on at byte {}, 1 bytes left", arguments.len() - 1);
        let refused = Failure::refused("trailing_bytes", message);
        assert_eq!(call(function, &arguments), Err(refused), "{function}");
    }
}

#[test]
#[cfg_attr(miri, ignore = "miri links no hooks")]
fn a_flipped_bit_of_the_arguments_never_traps() {
    let arguments = many_arguments();
    for bit in 0..8 * arguments.len() {
        let mut flipped = arguments.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        if let Err(failure) = call("set_many", &flipped) {
            assert!(failure.code().is_some(), "bit {bit}: {failure}");
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "miri links no hooks")]
fn each_decoding_code_tells_position_and_quantities() {
    let long = [&[9][..], &[0; 100]].concat();
    for (function, arguments, code, message) in [
        ("drop_node", &[][..], "truncated", "the input ends at byte 0, 1 bytes wanted"),
        ("drop_node", &[3, 1, 2], "truncated", "the input ends at byte 1, 20 bytes wanted"),
        // An address is judged by its first byte, however long it is.
        ("drop_node", &[5], "invalid_address_type", "byte 0x05 at byte 0"),
        ("drop_node", &long, "invalid_address_type", "byte 0x09 at byte 0"),
        ("call_out", &[0; 22], "truncated", "the input ends at byte 21, 8 bytes wanted"),
    ] {
        let refused = Failure::refused(code, message);
        assert_eq!(call(function, arguments), Err(refused), "{function}");
    }
}

/// Decodes a value of `T` as an argument.
fn argument<T: ReadRPC + Debug>(bytes: &[u8]) -> (String, String) {
    let error = T::rpc_decode(&mut Decoder::new(bytes)).expect_err("an error");
    (error.code().to_string(), error.to_string())
}

#[track_caller]
fn assert_refused<T: ReadRPC + Debug>(bytes: &[u8], code: &str, message: &str) {
    assert_eq!(argument::<T>(bytes), (code.to_string(), message.to_string()));
}

#[test]
fn a_count_is_judged_before_its_elements() {
    let top_bit = "count 2147483648 at byte 0, 0 bytes left";
    assert_refused::<Vec<u8>>(&[0x80, 0, 0, 0], "invalid_length", top_bit);
    assert_refused::<String>(&[0x80, 0, 0, 0], "invalid_length", top_bit);

    let three = [0, 0, 0, 3, 1, 2];
    assert_refused::<Vec<u8>>(&three, "invalid_length", "count 3 at byte 0, 2 bytes left");
    assert_refused::<String>(&three, "invalid_length", "count 3 at byte 0, 2 bytes left");

    // Two addresses need 42 bytes, whatever their first byte is.
    let addresses = [&[0, 0, 0, 2][..], &[9; 41]].concat();
    assert_refused::<Vec<Address>>(
        &addresses,
        "invalid_length",
        "count 2 at byte 0, 41 bytes left",
    );
    let addresses = [&[0, 0, 0, 2][..], &[9; 42]].concat();
    assert_refused::<Vec<Address>>(&addresses, "invalid_address_type", "byte 0x09 at byte 4");

    // An enum takes at least its shortest variant.
    let statuses = [&[0, 0, 0, 2][..], &[0]].concat();
    assert_refused::<Vec<NodeStatus>>(
        &statuses,
        "invalid_length",
        "count 2 at byte 0, 1 bytes left",
    );
}

#[test]
fn discriminants_and_text_are_refused_at_the_byte_that_is_wrong() {
    assert_refused::<NodeStatus>(&[2], "invalid_discriminant", "byte 0x02 at byte 0");
    assert_refused::<Vec<NodeStatus>>(
        &[0, 0, 0, 2, 0, 6],
        "invalid_discriminant",
        "byte 0x06 at byte 5",
    );
    let text = [0, 0, 0, 4, b'a', b'b', 0xff, 0xfe];
    assert_refused::<String>(&text, "invalid_utf8", "byte 0xff at byte 6");
    let unfinished = [0, 0, 0, 3, b'a', b'b', 0xc3];
    assert_refused::<String>(&unfinished, "invalid_utf8", "byte 0xc3 at byte 6");
}

#[test]
fn any_byte_but_zero_is_true_in_a_call_and_is_written_back_as_one() {
    let decoded = Vec::<Option<bool>>::rpc_decode(&mut Decoder::new(&[0, 0, 0, 2, 2, 0xff, 0]));
    let decoded = decoded.expect("flags");
    assert_eq!(decoded, [Some(true), None]);
    assert_eq!(rpc(&decoded), [0, 0, 0, 2, 1, 1, 0]);
}

#[test]
fn byte_2_as_bool_in_a_copied_vector_is_true_to_a_contract_and_refused_by_a_loader() {
    let bytes = [2, 0, 0, 0, 2, 0];
    let read = Vec::<bool>::state_read_from(&mut &bytes[..]);
    assert_eq!(read, [true, false]);
    assert_eq!(state(&read), [2, 0, 0, 0, 1, 0]);

    let error = load_state::<Vec<bool>>(&bytes).expect_err("a flag that is neither 0 nor 1");
    assert_eq!(error.code(), "state_malformed");
    assert_eq!(error.to_string(), "[0]: byte 0x02 at byte 4 is neither 0 nor 1");

    let types = Vec::<AddressType>::state_decode(&mut Decoder::new(&[1, 0, 0, 0, 9]));
    assert_eq!(types.expect_err("no such type").code(), "invalid_address_type");
}

#[test]
#[cfg_attr(miri, ignore = "miri links no hooks")]
fn malformed_state_and_context_trap() {
    let (context, mut state, mut trees) = prepared();
    state[0] = 7;
    let input = [&context[..], &state].concat();
    let trap = |message: &str| Err(Failure::Trap { message: message.to_string() });
    let entry = entry("touch");
    assert_eq!(
        pbc_lib::invoke(entry, &input, &mut trees),
        trap("malformed state: invalid_address_type: byte 0x07 at byte 0")
    );
    assert_eq!(
        pbc_lib::invoke(entry, &context[..121], &mut trees),
        trap("malformed context: truncated: the input ends at byte 90, 32 bytes wanted")
    );
}

/// The state after the last step that succeeded with everything in it.
fn full_state() -> Vec<u8> {
    let calls = vectors("calls.json");
    let step = &list(&calls, "steps")[4];
    bytes(&step["sections"], "0x01")
}

#[test]
fn every_proper_prefix_of_a_state_is_an_error() {
    let bytes = full_state();
    load_state::<RegistryState>(&bytes).expect("a state");
    for end in 0..bytes.len() {
        assert!(load_state::<RegistryState>(&bytes[..end]).is_err(), "to byte {end}");
        assert!(RegistryState::state_decode(&mut Decoder::new(&bytes[..end])).is_err());
    }
    let longer = [&bytes[..], &[0]].concat();
    let error = load_state::<RegistryState>(&longer).err().expect("a byte too many");
    let message = format!(
        "the whole: trailing_bytes: the input goes on at byte {}, 1 bytes left",
        bytes.len()
    );
    assert_eq!(error.to_string(), message);
}

#[test]
fn a_flipped_bit_of_a_state_is_an_error_or_the_only_spelling_of_another_state() {
    let bytes = full_state();
    let (mut refused, mut accepted) = (0, 0);
    for bit in 0..8 * bytes.len() {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        match load_state::<RegistryState>(&flipped) {
            Ok(other) => {
                accepted += 1;
                assert_eq!(state(&other), flipped, "bit {bit}");
            }
            Err(_) => refused += 1,
        }
        // A contract is more lenient, but as total.
        let _ = RegistryState::state_decode(&mut Decoder::new(&flipped));
    }
    assert!(refused > 100 && accepted > 100, "{refused} refused, {accepted} accepted");
}

#[derive(ReadWriteRPC, ReadWriteState, Clone, Debug, PartialEq)]
#[repr(C)]
struct Inner {
    flag: bool,
    words: Vec<Option<String>>,
}

#[derive(ReadWriteState, Clone, Debug, PartialEq)]
#[repr(C)]
struct Outer {
    pairs: [u16; 4],
    by_name: SortedVecMap<String, Choice>,
    set: SortedVecSet<u16>,
    last: Option<Inner>,
}

#[derive(ReadWriteState, Clone, Debug, PartialEq)]
enum Choice {
    #[discriminant(1)]
    Nested { inner: Inner, more: Vec<Vec<Inner>> },
    #[discriminant(9)]
    Nothing {},
}

fn outer() -> Outer {
    let inner = |text: &str| Inner { flag: true, words: vec![None, Some(text.to_string())] };
    let nested = Choice::Nested { inner: inner("x"), more: vec![vec![], vec![inner("y")]] };
    let mut by_name = SortedVecMap::new();
    by_name.insert("b".to_string(), Choice::Nothing {});
    by_name.insert("a".to_string(), nested);
    Outer { pairs: [1, 2, 3, 4], by_name, set: [513, 2].into(), last: Some(inner("z")) }
}

#[test]
fn nested_structures_survive_both_readers_and_fail_as_errors() {
    let value = outer();
    let bytes = state(&value);
    assert_eq!(Outer::state_read_from(&mut &bytes[..]), value);
    assert_eq!(load_state::<Outer>(&bytes), Ok(value));
    for end in 0..bytes.len() {
        assert!(load_state::<Outer>(&bytes[..end]).is_err());
    }
    for bit in 0..8 * bytes.len() {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        if let Ok(other) = load_state::<Outer>(&flipped) {
            assert_eq!(state(&other), flipped, "bit {bit}");
        }
    }
}

#[test]
fn a_loader_names_the_part_that_is_wrong() {
    let bytes = state(&outer());
    let place = bytes.windows(1).rposition(|window| window == b"y").expect("the innermost text");
    let mut wrong = bytes.clone();
    wrong[place] = 0xff;
    let error = load_state::<Outer>(&wrong).expect_err("no text");
    assert_eq!(error.path, "by_name[value 0]::Nested.more[1][0].words[1]");
    let message = format!("{}: invalid_utf8: byte 0xff at byte {place}", error.path);
    assert_eq!(error.to_string(), message);
}

#[test]
fn a_loader_refuses_keys_that_are_unsorted_or_repeated() {
    let map = |keys: [u16; 2]| {
        let [a, b] = keys.map(u16::to_le_bytes);
        [&[2, 0, 0, 0][..], &a, &[7], &b, &[8]].concat()
    };
    // 256 is larger than 1, though its first byte is smaller: the order is that of the numbers.
    assert!(load_state::<SortedVecMap<u16, u8>>(&map([1, 256])).is_ok());
    for keys in [[256, 1], [1, 1]] {
        let error = load_state::<SortedVecMap<u16, u8>>(&map(keys)).expect_err("out of order");
        let cause = "the key at byte 7 is not larger than the one before it";
        assert_eq!(error.to_string(), format!("[key 1]: {cause}"));
        // A contract takes its own state as it is.
        assert_eq!(SortedVecMap::<u16, u8>::state_read_from(&mut &map(keys)[..]).len(), 2);
    }

    let set = [&[2, 0, 0, 0][..], &[5, 5]].concat();
    assert!(load_state::<SortedVecSet<u8>>(&set).is_err());
    assert!(load_state::<SortedVec<u8>>(&set).is_err());
    assert_eq!(load_state::<SortedVec<u8>>(&[1, 0, 0, 0, 5]).expect("one").len(), 1);
}

/// A codec as a contract may write it, with the published methods only.
#[derive(Debug, PartialEq)]
struct ByHand(u8, u8);

impl ReadRPC for ByHand {
    fn rpc_read_from<T: std::io::Read>(reader: &mut T) -> Self {
        ByHand(u8::rpc_read_from(reader), u8::rpc_read_from(reader))
    }
}

impl WriteRPC for ByHand {
    fn rpc_write_to<T: std::io::Write>(&self, writer: &mut T) -> std::io::Result<()> {
        writer.write_all(&[self.0, self.1])
    }
}

impl ReadWriteState for ByHand {
    const SERIALIZABLE_BY_COPY: bool = false;

    fn state_read_from<T: std::io::Read>(reader: &mut T) -> Self {
        ByHand::rpc_read_from(reader)
    }

    fn state_write_to<T: std::io::Write>(&self, writer: &mut T) -> std::io::Result<()> {
        self.rpc_write_to(writer)
    }
}

#[test]
fn a_codec_written_by_hand_works_inside_the_derived_ones() {
    let values = vec![ByHand(1, 2), ByHand(3, 4)];
    assert_eq!(rpc(&values), [0, 0, 0, 2, 1, 2, 3, 4]);
    let decoded = Vec::<ByHand>::rpc_decode(&mut Decoder::new(&rpc(&values)));
    assert_eq!(decoded, Ok(values));
    let loaded = load_state::<Option<ByHand>>(&[1, 5, 6]);
    assert_eq!(loaded, Ok(Some(ByHand(5, 6))));
}

#[test]
fn a_reader_knows_where_it_is() {
    let mut bytes: &[u8] = &[0, 0, 0, 7, 1, 2, 3];
    let mut reader = Reader::new(&mut bytes);

    assert_eq!(reader.position(), 0);
    assert_eq!(reader.array::<4>(), Ok([0, 0, 0, 7]));
    assert_eq!(reader.position(), 4);
    assert_eq!(reader.bytes(2), Ok(vec![1, 2]));
    assert_eq!(reader.position(), 6);
    let error = reader.bytes(2).expect_err("one byte is left");
    assert_eq!((error.position, error.code()), (6, "truncated"));
}

#[test]
fn an_enum_takes_at_least_what_its_smallest_variant_takes() {
    assert_eq!(min_of(&[3, 1, 2]), 1);
    assert_eq!(min_of(&[2, 2]), 2);
    assert_eq!(min_of(&[]), 0);
}

#[test]
fn no_more_is_reserved_than_there_are_bytes_left() {
    let decoder = Decoder::new(&[0; 40]);
    assert_eq!(decoder.vec_for::<[u64; 4]>(10).capacity(), 1);
    assert_eq!(decoder.vec_for::<u64>(10).capacity(), 5);
    assert_eq!(decoder.vec_for::<u64>(3).capacity(), 3);
}

#[test]
fn an_array_takes_as_much_as_its_elements_together() {
    assert_eq!(<[u16; 4]>::STATE_MIN_SIZE, 8);

    // Two arrays of eight bytes are announced, and fifteen bytes are there.
    let bytes = [&[2, 0, 0, 0][..], &[1; 15]].concat();
    let error = load_state::<Vec<[u16; 4]>>(&bytes).expect_err("a byte is missing").error;
    assert_eq!(error.code(), "invalid_length");
}
