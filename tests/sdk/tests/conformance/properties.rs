//! Codecs under random values: what is written is read back, and there is one spelling of it.

use crate::contract;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Debug;

use contract::{NodeInfo, NodeStatus, Stake};
use pbc_contract_common::address::{Address, AddressType, Shortname};
use pbc_contract_common::sorted_vec_map::{SortedVecMap, SortedVecSet};
use pbc_contract_common::{BlsPublicKey, PublicKey, U256};
use pbc_host::{Callback, Group, Interaction, ResultBuffer, load_state, split_rpc};
use pbc_traits::{Decoder, ReadRPC, ReadWriteState, WriteRPC};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;

fn address() -> impl Strategy<Value = Address> {
    (0..5_u8, any::<[u8; 20]>()).prop_map(|(number, identifier)| {
        let address_type = AddressType::rpc_read_from(&mut &[number][..]);
        Address { address_type, identifier }
    })
}

fn stake() -> impl Strategy<Value = Stake> {
    (any::<u64>(), any::<i64>()).prop_map(|(amount, since)| Stake { amount, since })
}

fn status() -> impl Strategy<Value = NodeStatus> {
    prop_oneof![
        Just(NodeStatus::Pending {}),
        (any::<i64>(), stake()).prop_map(|(since, stake)| NodeStatus::Active { since, stake }),
        ".{0,8}".prop_map(|reason| NodeStatus::Removed { reason }),
    ]
}

fn node() -> impl Strategy<Value = NodeInfo> {
    let head = (address(), vec(any::<u8>(), 33), vec(any::<u8>(), 96));
    (head, ".{0,8}", status(), any::<Option<u8>>()).prop_map(
        |((owner, key, bls), endpoint, status, region)| NodeInfo {
            owner,
            key: PublicKey { bytes: key.try_into().expect("33 bytes") },
            bls: BlsPublicKey { bytes: bls.try_into().expect("96 bytes") },
            endpoint,
            status,
            region,
        },
    )
}

fn rpc<T: WriteRPC>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.rpc_write_to(&mut bytes).expect("a vector takes all");
    bytes
}

fn state<T: ReadWriteState>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.state_write_to(&mut bytes).expect("a vector takes all");
    bytes
}

/// Reads back what is written in a call, from a slice and from a reader, with more behind it.
fn rpc_returns<T: ReadRPC + WriteRPC + PartialEq + Debug>(value: &T) {
    let mut bytes = rpc(value);
    let length = bytes.len();
    assert!(T::RPC_MIN_SIZE <= length);
    assert_eq!(T::rpc_read_from(&mut &bytes[..]), *value);
    for end in 0..length {
        assert!(T::rpc_decode(&mut Decoder::new(&bytes[..end])).is_err());
    }
    bytes.push(0xee);
    let mut decoder = Decoder::new(&bytes);
    assert_eq!(T::rpc_decode(&mut decoder).as_ref(), Ok(value));
    assert_eq!(decoder.rest(), [0xee]);
}

/// The same for state, and as a host loads it.
fn state_returns<T: ReadWriteState + PartialEq + Debug>(value: &T) {
    let bytes = state(value);
    assert!(T::STATE_MIN_SIZE <= bytes.len());
    assert_eq!(T::SERIALIZABLE_BY_COPY, T::SERIALIZABLE_BY_COPY && bytes.len() == size_of::<T>());
    assert_eq!(T::state_read_from(&mut &bytes[..]), *value);
    assert_eq!(T::state_decode(&mut Decoder::new(&bytes)).as_ref(), Ok(value));
    assert_eq!(load_state::<T>(&bytes).as_ref(), Ok(value));
    for end in 0..bytes.len() {
        assert!(load_state::<T>(&bytes[..end]).is_err());
    }
}

fn group() -> impl Strategy<Value = Group> {
    let bytes = || vec(any::<u8>(), 0..5);
    let call = (address(), bytes(), any::<Option<u64>>(), any::<bool>()).prop_map(
        |(dest, payload, cost, cost_from_contract)| Interaction {
            dest,
            payload,
            cost,
            cost_from_contract,
        },
    );
    let callback =
        (bytes(), any::<Option<u64>>()).prop_map(|(payload, cost)| Callback { payload, cost });
    (option::of(callback), vec(call, 0..4), option::of(bytes())).prop_map(
        |(callback, interactions, return_data)| Group { callback, interactions, return_data },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn numbers_return(
        small in any::<(u8, u16, u32, u64, u128)>(),
        signed in any::<(i8, i16, i32, i64, i128)>(),
        flag: bool,
    ) {
        rpc_returns(&small.0);
        rpc_returns(&small.1);
        rpc_returns(&small.2);
        rpc_returns(&small.3);
        rpc_returns(&small.4);
        rpc_returns(&signed.0);
        rpc_returns(&signed.1);
        rpc_returns(&signed.2);
        rpc_returns(&signed.3);
        rpc_returns(&signed.4);
        state_returns(&[small.3]);
        state_returns(&[signed.4]);
        state_returns(&flag);
        prop_assert_eq!(rpc(&small.3), small.3.to_be_bytes());
        prop_assert_eq!(state(&small.3), small.3.to_le_bytes());
    }

    #[test]
    fn standard_types_return(
        text in ".{0,8}",
        bytes in vec(any::<u8>(), 0..20),
        nested in vec(option::of(vec(".{0,3}", 0..3)), 0..4),
        numbers: [u16; 5],
        queue in vec(any::<Option<bool>>(), 0..8).prop_map(VecDeque::from),
        raw: [u8; 32],
    ) {
        rpc_returns(&text);
        rpc_returns(&bytes);
        rpc_returns(&nested);
        rpc_returns(&raw);
        state_returns(&text);
        state_returns(&nested);
        state_returns(&numbers);
        state_returns(&queue);
        rpc_returns(&U256 { bytes: raw });
        state_returns(&U256 { bytes: raw });
        prop_assert_eq!(rpc(&bytes).len(), state(&bytes).len());
    }

    #[test]
    fn derived_types_return(node in node(), statuses in vec(status(), 0..4)) {
        rpc_returns(&statuses);
        state_returns(&statuses);
        let bytes = rpc(&node);
        let decoded = NodeInfo::rpc_decode(&mut Decoder::new(&bytes)).expect("a node");
        prop_assert_eq!(rpc(&decoded), bytes);
        let bytes = state(&node);
        let decoded: NodeInfo = load_state(&bytes).expect("a node");
        prop_assert_eq!(state(&decoded), bytes);
    }

    #[test]
    fn sorted_collections_return(
        map in btree_map(address(), stake(), 0..8),
        set in btree_set(any::<i16>(), 0..8),
    ) {
        let mut sorted = SortedVecMap::new();
        map.iter().rev().for_each(|(key, value)| { sorted.insert(*key, value.clone()); });
        state_returns(&sorted);
        let set: SortedVecSet<i16> = set.into_iter().rev().collect();
        state_returns(&set);
    }

    #[test]
    fn a_sorted_map_behaves_as_an_ordered_map(
        entries in vec((0..12_u8, any::<u8>()), 0..20),
        removed in vec(0..12_u8, 0..8),
        (from, to) in (0..14_u8, 0..14_u8),
    ) {
        let (mut ours, mut model) = (SortedVecMap::new(), BTreeMap::new());
        for (key, value) in entries {
            prop_assert_eq!(ours.insert(key, value), model.insert(key, value));
        }
        for key in removed {
            prop_assert_eq!(ours.remove_entry(&key), model.remove_entry(&key));
        }
        prop_assert!(ours.iter().eq(&model));
        prop_assert!(ours.keys().rev().eq(model.keys().rev()));
        prop_assert_eq!(ours.get_key_value(&from), model.get_key_value(&from));
        prop_assert_eq!(ours.first_key_value(), model.first_key_value());
        prop_assert_eq!(ours.last_key_value(), model.last_key_value());
        if from <= to {
            prop_assert!(ours.range(from..to).eq(model.range(from..to)));
            prop_assert!(ours.range_mut(from..=to).eq(model.range_mut(from..=to)));
        } else {
            prop_assert_eq!(ours.range(from..to).count(), 0);
        }
        prop_assert!(ours.range(..=to).rev().eq(model.range(..=to).rev()));
        ours.retain(|key, value| { *value = 1; key % 2 == 0 });
        model.retain(|key, value| { *value = 1; key % 2 == 0 });
        prop_assert!(ours.iter().eq(&model));
        let (mut other, mut others) = (SortedVecMap::from([(3, 9), (2, 9)]), BTreeMap::from([(3, 9), (2, 9)]));
        ours.append(&mut other);
        model.append(&mut others);
        prop_assert!(ours.iter().eq(&model) && other.is_empty());
        prop_assert_eq!(ours.pop_first(), model.pop_first());
        prop_assert_eq!(ours.pop_last(), model.pop_last());
        prop_assert!(ours.into_values().eq(model.into_values()));
    }

    #[test]
    fn a_sorted_set_behaves_as_an_ordered_set(
        elements in vec(0..12_u8, 0..20),
        (from, to) in (0..14_u8, 0..14_u8),
    ) {
        let mut ours = SortedVecSet::from(elements.clone());
        let mut model = BTreeSet::from_iter(elements);
        prop_assert!(ours.iter().eq(&model));
        if from <= to {
            prop_assert!(ours.range(from..to).eq(model.range(from..to)));
        } else {
            prop_assert_eq!(ours.range(from..to).count(), 0);
        }
        prop_assert_eq!(ours.contains(&from), model.contains(&from));
        prop_assert_eq!(ours.get(&from), model.get(&from));
        prop_assert_eq!(ours.remove(&to), model.take(&to));
        ours.retain(|element| element % 3 > 0);
        model.retain(|element| element % 3 > 0);
        ours.append(&mut SortedVecSet::from([5, 1]));
        model.extend([5, 1]);
        prop_assert_eq!((ours.pop_first(), ours.pop_last()), (model.pop_first(), model.pop_last()));
        prop_assert!(ours.into_iter().eq(model));
    }

    #[test]
    fn results_return(state in option::of(vec(any::<u8>(), 0..9)), events in vec(group(), 0..4)) {
        let result = ResultBuffer { state, events };
        let bytes = result.encode();
        prop_assert_eq!(ResultBuffer::decode(&bytes), Ok(result));
        for end in 0..bytes.len() {
            prop_assert!(ResultBuffer::decode(&bytes[..end]).is_err());
        }
    }

    #[test]
    fn an_rpc_is_split_into_what_it_was_made_of(number: u32, arguments in vec(any::<u8>(), 0..9)) {
        let rpc = [&Shortname::from_u32(number).bytes()[..], &arguments].concat();
        prop_assert_eq!(split_rpc(&rpc), Ok((number, &arguments[..])));
    }

    #[test]
    fn an_rpc_has_one_spelling(rpc in vec(prop_oneof![Just(0_u8), Just(0x80), any::<u8>()], 0..8)) {
        if let Ok((number, arguments)) = split_rpc(&rpc) {
            let again = [&Shortname::from_u32(number).bytes()[..], arguments].concat();
            prop_assert_eq!(again, rpc);
        }
    }
}
