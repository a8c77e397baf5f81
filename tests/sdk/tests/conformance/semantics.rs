//! `vectors/semantics.json` and `vectors/result-buffer.json`: event groups, sorted collections, the
//! order of trees, and the result of a call.

use std::panic::catch_unwind;

use pbc_contract_common::address::{Address, AddressType, Shortname, ShortnameCallback};
use pbc_contract_common::avl_tree_map::AvlTreeMap;
use pbc_contract_common::events::{EventGroup, EventGroupBuilder};
use pbc_contract_common::sorted_vec_map::{SortedVecMap, SortedVecSet};
use pbc_host::{Callback, Group, Interaction, ResultBuffer, ResultError};
use pbc_lib::{Trees, with_trees};
use pbc_traits::{ReadWriteState, WriteRPC};
use serde_json::{Value, json};
use vectors::{bytes, hex, list, text, unhex, vectors};

fn target() -> Address {
    Address { address_type: AddressType::PublicContract, identifier: [9; 20] }
}

fn rpc(value: &impl WriteRPC) -> String {
    let mut bytes = Vec::new();
    value.rpc_write_to(&mut bytes).expect("a vector takes all");
    hex(&bytes)
}

fn state(value: &impl ReadWriteState) -> String {
    let mut bytes = Vec::new();
    value.state_write_to(&mut bytes).expect("a vector takes all");
    hex(&bytes)
}

fn group(fill: impl FnOnce(&mut EventGroupBuilder)) -> EventGroup {
    let mut builder = EventGroup::builder();
    fill(&mut builder);
    builder.build()
}

fn case<'a>(vectors: &'a Value, part: &str, case: &str) -> &'a Value {
    let found = list(vectors, part).iter().find(|vector| vector["case"] == case);
    found.unwrap_or_else(|| panic!("{part} has no case `{case}`"))
}

#[test]
fn event_groups_are_built_as_the_official_builder_builds_them() {
    let call = |builder: &mut EventGroupBuilder, order: [bool; 2]| {
        let mut call = builder.call(target(), Shortname::from_u32(1));
        for from_contract in order {
            call = if from_contract { call.with_cost_from_contract(2) } else { call.with_cost(1) };
        }
        call.done();
    };
    let groups = [
        ("EventGroup::default()", EventGroup::default()),
        (
            "return_data set twice: the last wins",
            group(|builder| {
                builder.return_data(6_u8);
                builder.return_data(7_u8);
            }),
        ),
        (
            "call with_cost(1) then with_cost_from_contract(2)",
            group(|builder| call(builder, [false, true])),
        ),
        (
            "call with_cost_from_contract(2) then with_cost(1)",
            group(|builder| call(builder, [true, false])),
        ),
        (
            "two callbacks: the last wins; one ping without cost",
            group(|builder| {
                builder.with_callback(ShortnameCallback::from_u32(5)).argument(1_u8).done();
                builder.with_callback(ShortnameCallback::from_u32(6)).argument(1_u8).done();
                builder.ping(target(), None);
            }),
        ),
    ];
    let vectors = vectors("semantics.json");
    for (name, group) in &groups {
        let vector = case(&vectors, "event_groups", name);
        assert_eq!(rpc(group), text(vector, "group_rpc"), "{name}");
    }
    assert_eq!(list(&vectors, "event_groups").len(), groups.len() + 2, "the next test has two");
}

#[test]
fn event_groups_are_read_as_what_they_were_built_of() {
    let call = |payload: &[u8], cost, cost_from_contract| Interaction {
        dest: target(),
        payload: payload.to_vec(),
        cost,
        cost_from_contract,
    };
    let calls = |interactions| Group { interactions, ..Group::default() };
    let groups = [
        ("EventGroup::default()", Group::default()),
        (
            "return_data set twice: the last wins",
            Group { return_data: Some(vec![7]), ..Group::default() },
        ),
        (
            "call with_cost(1) then with_cost_from_contract(2)",
            calls(vec![call(&[1], Some(2), true)]),
        ),
        (
            "call with_cost_from_contract(2) then with_cost(1)",
            calls(vec![call(&[1], Some(1), true)]),
        ),
        (
            "two callbacks: the last wins; one ping without cost",
            Group {
                callback: Some(Callback { payload: vec![6, 1], cost: None }),
                ..calls(vec![call(&[], None, false)])
            },
        ),
    ];
    let vectors = vectors("semantics.json");
    for (name, group) in groups {
        let bytes = bytes(case(&vectors, "event_groups", name), "group_rpc");
        let section = [&[0, 0, 0, 1][..], &bytes].concat();
        let buffer = [&[2][..], &(section.len() as u32).to_be_bytes(), &section].concat();

        let result = ResultBuffer::decode_sections(&buffer).expect(name);

        assert_eq!(result.events, [group], "{name}");
        assert_eq!(result.encode_sections(), buffer, "{name}");
    }
}

#[test]
fn a_group_that_contradicts_itself_panics_when_it_is_built() {
    let vectors = vectors("semantics.json");
    let callback = |builder: &mut EventGroupBuilder| {
        builder.with_callback(ShortnameCallback::from_u32(5)).done();
    };
    let alone = catch_unwind(|| group(callback));
    let with_data = catch_unwind(|| {
        group(|builder| {
            callback(builder);
            builder.ping(target(), None);
            builder.return_data(1_u8);
        })
    });
    for (name, outcome) in [
        ("callback without any interaction", alone),
        ("callback together with return data", with_data),
    ] {
        assert_eq!(case(&vectors, "event_groups", name)["build_panics"], true);
        assert!(outcome.is_err(), "{name}");
    }
}

#[test]
fn nothing_is_added_before_done() {
    let group = group(|builder| {
        let _ = builder.call(target(), Shortname::from_u32(1)).argument(1_u8);
        let _ = builder.with_callback(ShortnameCallback::from_u32(2)).argument(1_u8);
    });
    assert_eq!(rpc(&group), rpc(&EventGroup::default()));
}

#[test]
fn the_return_data_of_a_group_can_be_taken_out() {
    let answer = group(|builder| builder.return_data(258_u16));
    assert_eq!(answer.return_data().map(|data| data.data()), Some(vec![1, 2]));
    assert!(EventGroup::default().return_data().is_none());
}

#[test]
fn sorted_collections_treat_equals_as_the_official_ones_do() {
    let vectors = vectors("semantics.json");
    let part = "sorted_collections";

    let map = SortedVecMap::from([(2_u8, 1_u8), (1, 5), (1, 9)]);
    let vector = case(&vectors, part, "SortedVecMap::from with a repeated key keeps the first");
    assert_eq!(state(&map), text(vector, "state"));

    let insert = case(&vectors, part, "SortedVecMap::insert");
    let mut map = SortedVecMap::new();
    assert_eq!(format!("{:?}", map.insert(1, 1)), text(insert, "new_key"));
    let old = map.insert(1, 2);
    assert!(text(insert, "existing_key").ends_with(&format!("here {old:?}")));

    let insert = case(&vectors, part, "SortedVecSet::insert");
    let mut set = SortedVecSet::new();
    assert_eq!(format!("{:?}", set.insert(1)), text(insert, "new_element"));
    let old = set.insert(1);
    assert!(text(insert, "existing_element").ends_with(&format!("here {old:?}")));

    let collected: SortedVecSet<u8> = [3, 1, 3].into_iter().collect();
    let vector = case(&vectors, part, "SortedVecSet<u8> collected from an iterator");
    assert_eq!(state(&collected), text(vector, "state"));
    assert_eq!(list(&vectors, part).len(), 4);
}

#[test]
fn trees_list_their_entries_in_byte_order_of_the_keys() {
    let order = &vectors("semantics.json")["avl_iteration_order"];
    let mut trees = Trees::new();
    with_trees(&mut trees, || {
        let mut words = AvlTreeMap::<String, u8>::new();
        let other = AvlTreeMap::<u8, u8>::new();
        words.insert("aa".to_string(), 2);
        words.insert("b".to_string(), 1);
        let entries: Vec<_> =
            words.iter().map(|(word, value)| json!([word, value.to_string()])).collect();
        assert_eq!(json!(entries), order["String"]["entries_in_order"]);
        assert_eq!(
            json!([state(&words), state(&other)]),
            order["String"]["state_of_the_two_trees"]
        );
        let read = AvlTreeMap::<u8, u8>::state_read_from(&mut &[1, 0, 0, 0][..]);
        assert_eq!(state(&read), "01000000");

        let mut numbers = AvlTreeMap::<u16, u8>::default();
        [1, 2, 256, 300].into_iter().for_each(|key| numbers.insert(key, 0));
        let keys: Vec<_> = numbers.iter().map(|(key, _)| key.to_string()).collect();
        assert_eq!(json!(keys), order["u16"]["keys_in_order"]);
        assert_eq!(json!(numbers.len()), order["u16"]["len"]);
        assert!(!numbers.is_empty());

        let mut signed = AvlTreeMap::<i8, u8>::new();
        [-128, -1, 0, 1].into_iter().for_each(|key| signed.insert(key, 0));
        let keys: Vec<_> = signed.iter().map(|(key, _)| key.to_string()).collect();
        assert_eq!(json!(keys), order["i8"]["keys_in_order"]);
    });
    assert_eq!(trees.ids().collect::<Vec<_>>(), [0, 1, 2, 3]);
}

#[test]
fn a_shortname_is_read_from_its_leb_bytes_only() {
    let vectors = vectors("semantics.json");
    let cases = list(&vectors, "shortname_from_be_bytes");
    assert_eq!(cases.len(), 3);
    let shortname = Shortname::from_be_bytes(&bytes(&cases[0], "bytes")).expect("a shortname");
    assert_eq!(json!(shortname.as_u32()), cases[0]["value"]);
    for wrong in [&[][..], &[0x80], &[0x01, 0x01], &[0xff; 6], &[0xff, 0xff, 0xff, 0xff, 0x10]] {
        Shortname::from_be_bytes(wrong).expect_err("no shortname");
    }
}

/// A contract that gives the results of the vectors.
#[allow(unreachable_pub)]
mod stateless {
    use pbc_contract_codegen::{action, init, state};
    use pbc_contract_common::context::ContractContext;
    use pbc_contract_common::events::EventGroup;

    #[state]
    pub struct Nothing {}

    #[init]
    pub fn begin(_context: ContractContext) -> (Nothing, Vec<EventGroup>) {
        (Nothing {}, vec![])
    }

    #[action(shortname = 0x01)]
    pub fn emit(_context: ContractContext, state: Nothing) -> (Nothing, Vec<EventGroup>) {
        (state, vec![EventGroup::default()])
    }
}

#[test]
#[cfg_attr(miri, ignore = "miri links no hooks")]
fn a_state_of_size_zero_has_no_section() {
    let vectors = vectors("result-buffer.json");
    let entries = pbc_lib::entries(concat!(module_path!(), "::stateless"));
    for (entry, vector) in entries.iter().zip(list(&vectors, "vectors")) {
        let sections = pbc_lib::invoke(entry, &[0; 122], &mut Trees::new()).expect("a result");
        let result = ResultBuffer::decode_sections(&sections).expect("sections");
        assert_eq!(result.state, None);
        assert_eq!(hex(&result.encode()), text(vector, "raw"), "{}", vector["what"]);
        assert_eq!(ResultBuffer::decode(&bytes(vector, "raw")), Ok(result));
    }
    assert_eq!(entries.len(), 2);
}

#[test]
fn an_events_section_is_parsed_and_built_field_by_field() {
    let vectors = vectors("result-buffer.json");
    let vector = &list(&vectors, "vectors")[2];
    let section = bytes(vector, "raw_events_section");
    let parts: String =
        list(vector, "parts").iter().map(|part| part[1].as_str().expect("hex")).collect();
    assert_eq!(hex(&section), parts);

    let buffer = [&[2][..], &(section.len() as u32).to_be_bytes(), &section].concat();
    let result = ResultBuffer::decode_sections(&buffer).expect("events");

    let dest = Address { address_type: AddressType::ZkContract, identifier: [0x33; 20] };
    let call = |payload: &str, cost, cost_from_contract| Interaction {
        dest,
        payload: unhex(payload),
        cost,
        cost_from_contract,
    };
    let long = "420022222222222222222222222222222222222222220000000000000009";
    let calls = Group {
        callback: Some(Callback { payload: unhex("200000000000000009"), cost: Some(777) }),
        interactions: vec![
            call(long, Some(1000), false),
            call("01000000020102", Some(500), true),
            call("ac02", None, false),
            call("", Some(5), false),
            call("", None, false),
        ],
        return_data: None,
    };
    let return_data = Some(9_u64.to_be_bytes().to_vec());
    let answer = Group { return_data, ..Group::default() };
    assert_eq!(result.events, [calls, answer]);
    assert_eq!(result.encode_sections(), buffer);
}

#[test]
fn sections_that_no_contract_writes_are_refused() {
    let refused = |sections: &[u8]| ResultBuffer::decode_sections(sections).expect_err("refused");
    assert_eq!(refused(&[0x11, 0, 0, 0, 0]), ResultError::Section(0x11));
    assert_eq!(refused(&[1, 0, 0, 0, 0, 1, 0, 0, 0, 0]), ResultError::Section(1));
    assert_eq!(refused(&[2, 0, 0, 0, 4, 0, 0, 0, 0]), ResultError::NoEvents);
    assert_eq!(ResultBuffer::decode(&[0, 0, 0, 1]), Err(ResultError::Length));
    let cost_only = [0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0];
    let section = [&[2, 0, 0, 0, 19][..], &cost_only].concat();
    assert_eq!(refused(&section), ResultError::CostWithoutCallback);
    for end in 1..section.len() {
        ResultBuffer::decode_sections(&section[..end]).expect_err("a prefix");
    }
}
