//! A false count costs no memory: decoding never allocates more than a small multiple of the bytes
//! that are there.
//!
//! Alone in its file: the allocator counts for the whole process.

#[path = "../calls_contract.rs"]
mod contract;

use std::alloc::System;
use std::collections::VecDeque;

use contract::{NodeInfo, NodeStatus, RegistryState};
use pbc_contract_common::address::Address;
use pbc_contract_common::sorted_vec_map::{SortedVecMap, SortedVecSet};
use pbc_host::{ContractAbi, PbcFile, ResultBuffer, load_state};
use pbc_lib::Trees;
use pbc_traits::{Decoder, ReadRPC, ReadWriteState};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use vectors::{bytes, list, vectors};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// All that `decode` allocates, freed or not, stays below this many times the input, and a bit for
/// the error.
const FACTOR: usize = 8;
const BIT: usize = 512;
/// The same for enums, of which a value of one byte in the input has 32 in memory: a vector that
/// grows by doubling has been there three times in all.
const ENUM_FACTOR: usize = 3 * size_of::<NodeStatus>();

#[track_caller]
fn bounded<R>(name: &str, input: &[u8], decode: impl FnOnce(&[u8]) -> R) {
    bounded_by(FACTOR, name, input, decode);
}

#[track_caller]
fn bounded_by<R>(factor: usize, name: &str, input: &[u8], decode: impl FnOnce(&[u8]) -> R) {
    let region = Region::new(ALLOCATOR);
    let result = decode(input);
    let used = region.change().bytes_allocated;
    drop(result);
    assert!(used <= factor * input.len() + BIT, "{name}: {used} bytes for {}", input.len());
}

/// Counts from far too large to just too large, before `rest` bytes.
fn bombs(count: fn(u32) -> [u8; 4], rest: usize) -> Vec<Vec<u8>> {
    let counts = [u32::MAX, 1 << 31, (1 << 31) - 1, 1 << 30, 1 << 20, rest as u32 + 1, rest as u32];
    counts.map(|number| [&count(number)[..], &vec![0; rest]].concat()).into()
}

fn argument<T: ReadRPC>(name: &str, factor: usize) {
    for rest in [0, 1, 64, 4096] {
        for input in bombs(u32::to_be_bytes, rest) {
            let decode = |input: &[u8]| T::rpc_decode(&mut Decoder::new(input)).is_err();
            bounded_by(factor, name, &input, decode);
        }
    }
}

fn state<T: ReadWriteState>(name: &str) {
    for rest in [0, 1, 64, 4096] {
        for input in bombs(u32::to_le_bytes, rest) {
            bounded(name, &input, |input| T::state_decode(&mut Decoder::new(input)).is_err());
            bounded(name, &input, |input| load_state::<T>(input).is_err());
        }
    }
}

/// From a reader, whose end is unknown, a count is found false where the bytes end.
fn reader_does_not_trust_a_count() {
    let input = [0xff, 0xff, 0xff, 0x7f, 1, 2, 3];
    std::panic::set_hook(Box::new(|_| {}));
    let region = Region::new(ALLOCATOR);
    let outcome = std::panic::catch_unwind(|| Vec::<u64>::state_read_from(&mut &input[..]));
    assert!(outcome.is_err());
    let outcome = std::panic::catch_unwind(|| Vec::<u8>::state_read_from(&mut &input[..]));
    assert!(outcome.is_err());
    // A panic allocates for its message and its backtrace: much, but no gigabytes.
    assert!(region.change().bytes_allocated < 1 << 28);
}

#[test]
fn a_false_count_allocates_no_more_than_the_input_allows() {
    argument::<Vec<u8>>("Vec<u8>", FACTOR);
    argument::<Vec<u128>>("Vec<u128>", FACTOR);
    argument::<Vec<Address>>("Vec<Address>", FACTOR);
    argument::<Vec<Vec<Vec<u8>>>>("Vec<Vec<Vec<u8>>>", FACTOR);
    argument::<Vec<NodeStatus>>("Vec<NodeStatus>", ENUM_FACTOR);
    argument::<Vec<NodeInfo>>("Vec<NodeInfo>", FACTOR);
    argument::<String>("String", FACTOR);

    state::<Vec<u8>>("Vec<u8>");
    state::<Vec<String>>("Vec<String>");
    state::<VecDeque<u64>>("VecDeque<u64>");
    state::<SortedVecMap<u64, u64>>("SortedVecMap<u64, u64>");
    state::<SortedVecMap<Address, Vec<u8>>>("SortedVecMap<Address, Vec<u8>>");
    state::<SortedVecSet<u16>>("SortedVecSet<u16>");

    // Every count inside a real state, one after the other.
    let calls = vectors("calls.json");
    let valid = bytes(&list(&calls, "steps")[4]["sections"], "0x01");
    for place in 0..valid.len() - 4 {
        let mut input = valid.clone();
        input[place..place + 4].copy_from_slice(&[0xff, 0xff, 0xff, 0x7f]);
        bounded("the state", &input, |input| load_state::<RegistryState>(input).is_err());
    }

    // The files around a contract.
    let abi = bytes(&vectors("abi.json"), "abi_hex");
    for place in 0..abi.len() - 4 {
        let mut input = abi.clone();
        input[place..place + 4].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff]);
        bounded_by(2 * FACTOR, "the ABI", &input, |input| ContractAbi::decode(input).is_err());
    }
    for input in bombs(u32::to_le_bytes, 64) {
        bounded("a snapshot", &input, |input| Trees::from_snapshot(input).is_err());
    }
    for input in bombs(u32::to_be_bytes, 64) {
        let events = [&[2][..], &(input.len() as u32).to_be_bytes(), &input].concat();
        bounded("events", &events, |input| ResultBuffer::decode_sections(input).is_err());
        let file = [&b"PBSC\x01"[..], &input].concat();
        bounded("a .pbc file", &file, |input| PbcFile::decode(input).is_err());
    }
    reader_does_not_trust_a_count();
}
