//! The trees of a contract, held by the host: content, order, sharing, roll-back, snapshot.

use std::collections::BTreeMap;

use pbc_lib::{Entry, Failure, Trees};
use proptest::collection::vec;
use proptest::prelude::*;
use static_assertions::assert_impl_all;

// Searches hand states to other threads.
assert_impl_all!(Trees: Send, Sync, Clone);
assert_impl_all!(Failure: Send, Sync);
assert_impl_all!(Entry: Send, Sync);

/// A write to a tree, or a moment to remember.
#[derive(Clone, Debug)]
enum Deed {
    Insert(Vec<u8>, Vec<u8>),
    Remove(Vec<u8>),
    /// Takes a snapshot, which later writes must leave alone.
    Remember,
    /// Starts a call; the deeds until the next end belong to it.
    Begin,
    Commit,
    RollBack,
}

/// Short keys over few letters, so that keys meet, share prefixes and differ in length only.
fn key() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => vec(0..3_u8, 0..4),
        4 => any::<u16>().prop_map(|number| number.to_le_bytes().to_vec()),
        1 => vec(0..2_u8, 7..10),
        1 => (0..40_u8).prop_map(|last| { let mut key = vec![7; 30]; key.push(last); key }),
    ]
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        12 => (key(), vec(any::<u8>(), 0..4)).prop_map(|(key, value)| Deed::Insert(key, value)),
        8 => key().prop_map(Deed::Remove),
        1 => Just(Deed::Remember),
        1 => Just(Deed::Begin),
        1 => Just(Deed::Commit),
        1 => Just(Deed::RollBack),
    ]
}

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

fn check(trees: &Trees, tree: i32, model: &Model) {
    let entries: Vec<_> = trees.iter(tree).collect();
    let expected: Vec<_> = model.iter().map(|(key, value)| (&key[..], &value[..])).collect();
    assert_eq!(entries, expected);
    assert_eq!(trees.len(tree), model.len());
}

fn play(deeds: &[Deed]) {
    let mut trees = Trees::new();
    let tree = trees.create();
    let mut model = Model::new();
    let mut before_call = None;
    let mut remembered = Vec::new();
    for deed in deeds {
        match deed {
            Deed::Insert(key, value) => {
                assert!(trees.insert(tree, key, value));
                model.insert(key.clone(), value.clone());
            }
            Deed::Remove(key) => {
                assert!(trees.remove(tree, key));
                model.remove(key);
            }
            Deed::Remember => remembered.push((trees.clone(), model.clone())),
            Deed::Begin if before_call.is_none() => {
                trees.begin_call();
                before_call = Some(model.clone());
            }
            Deed::Commit => {
                trees.commit_call();
                before_call = None;
            }
            Deed::RollBack => {
                trees.roll_back();
                if let Some(before) = before_call.take() {
                    model = before;
                }
            }
            Deed::Begin => {}
        }
        if let Deed::Insert(key, _) | Deed::Remove(key) = deed {
            assert_eq!(trees.get(tree, key), model.get(key).map(Vec::as_slice));
            let next = model.range::<[u8], _>((
                std::ops::Bound::Excluded(&key[..]),
                std::ops::Bound::Unbounded,
            ));
            let next = next.map(|(key, value)| (&key[..], &value[..])).next();
            assert_eq!(trees.next(tree, Some(key)), next);
        }
    }
    check(&trees, tree, &model);
    for (snapshot, model) in &remembered {
        check(snapshot, tree, model);
    }
    assert_eq!(Trees::from_snapshot(&trees.to_snapshot()).as_ref(), Ok(&trees));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_tree_is_an_ordered_map_whose_clones_are_independent(deeds in vec(deed(), 0..250)) {
        play(&deeds);
    }

    #[test]
    fn a_snapshot_is_the_only_spelling_of_its_trees(
        content in vec(proptest::collection::btree_map(key(), vec(any::<u8>(), 0..3), 0..4), 0..4),
        flip in any::<prop::sample::Index>(),
    ) {
        let mut trees = Trees::new();
        for entries in &content {
            let tree = trees.create();
            entries.iter().for_each(|(key, value)| assert!(trees.insert(tree, key, value)));
        }
        let snapshot = trees.to_snapshot();
        for end in 0..snapshot.len() {
            prop_assert!(Trees::from_snapshot(&snapshot[..end]).is_err());
        }
        let mut flipped = snapshot.clone();
        let bit = flip.index(8 * snapshot.len());
        flipped[bit / 8] ^= 1 << (bit % 8);
        if let Ok(other) = Trees::from_snapshot(&flipped) {
            prop_assert_eq!(other.to_snapshot(), flipped);
        }
    }
}

#[test]
fn large_trees_keep_their_order_under_growth_and_decay() {
    let mut trees = Trees::new();
    let tree = trees.create();
    let mut model = Model::new();
    let key = |number: u64| number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes().to_vec();
    for number in 0..5_000 {
        trees.insert(tree, &key(number), &number.to_le_bytes());
        model.insert(key(number), number.to_le_bytes().to_vec());
    }
    check(&trees, tree, &model);
    let full = trees.clone();
    for number in (0..5_000).filter(|number| number % 97 != 0) {
        trees.remove(tree, &key(number));
        model.remove(&key(number));
    }
    check(&trees, tree, &model);
    assert_eq!(full.len(tree), 5_000);
    assert_eq!(full.iter(tree).count(), 5_000);
}

#[test]
fn ids_count_from_zero_and_go_on_after_the_largest() {
    let mut trees = Trees::new();
    assert_eq!([trees.create(), trees.create()], [0, 1]);
    let gap = [&1_u32.to_le_bytes()[..], &[1], &7_i32.to_le_bytes(), &[1, 1], &[0; 4]].concat();
    let mut trees = Trees::from_snapshot(&gap).expect("one tree, number 7");
    assert_eq!(trees.create(), 8);
    assert_eq!(trees.ids().collect::<Vec<_>>(), [7, 8]);
    assert!(trees.insert(7, b"k", b"v"));
    assert_eq!(trees.get(7, b"k"), Some(&b"v"[..]));
}

#[test]
fn an_unknown_tree_is_empty_to_readers_and_untouched_by_writers() {
    let mut trees = Trees::new();
    for tree in [-1, 0, i32::MAX] {
        assert!(!trees.contains(tree));
        assert_eq!(trees.get(tree, b"k"), None);
        assert_eq!(trees.next(tree, None), None);
        assert!(trees.is_empty(tree));
        assert_eq!(trees.iter(tree).count(), 0);
        assert!(!trees.insert(tree, b"k", b"v"));
        assert!(!trees.remove(tree, b"k"));
        assert!(trees.avl_get(tree, b"k").is_err());
        assert!(trees.avl_insert(tree, b"k", b"v").is_err());
    }
}

#[test]
fn the_changes_of_a_call_are_told_with_what_was_there_before() {
    let mut trees = Trees::new();
    let tree = trees.create();
    trees.insert(tree, b"a", b"1");
    trees.insert(tree, b"b", b"2");
    assert!(trees.last_changes().is_empty(), "nothing was written by a call");

    trees.begin_call();
    trees.insert(tree, b"a", b"3");
    trees.insert(tree, b"c", b"4");
    trees.remove(tree, b"b");
    trees.remove(tree, b"absent");
    trees.commit_call();

    let changes: Vec<_> = trees
        .last_changes()
        .iter()
        .map(|change| (change.tree(), change.key(), change.before()))
        .collect();
    let expected = [(0, &b"a"[..], Some(&b"1"[..])), (0, b"c", None), (0, b"b", Some(b"2"))];
    assert_eq!(changes, expected);

    trees.begin_call();
    trees.insert(tree, b"a", b"5");
    trees.roll_back();
    assert!(trees.last_changes().is_empty(), "a call that failed wrote nothing");
    assert_eq!(trees.get(tree, b"a"), Some(&b"3"[..]));
}

#[test]
fn a_tree_made_by_a_call_that_fails_is_gone() {
    let mut trees = Trees::new();
    let before = trees.clone();
    trees.begin_call();
    let tree = trees.create();
    trees.insert(tree, b"k", b"v");
    trees.roll_back();
    assert_eq!(trees, before);
    assert_eq!(trees.create(), tree, "the id is free again");
}

#[test]
fn operations_are_counted_as_calls_of_imports() {
    let mut trees = Trees::new();
    let tree = trees.avl_new();
    trees.avl_insert(tree, b"key", b"value").expect("a tree");
    trees.avl_get(tree, b"key").expect("a tree");
    trees.avl_get_size(tree, b"key").expect("a tree");
    trees.avl_get_next_size(tree, None).expect("a tree");
    trees.avl_get_next(tree, None).expect("a tree");
    trees.avl_len(tree).expect("a tree");
    trees.avl_remove(tree, b"key").expect("a tree");

    let operations = trees.operations();
    assert_eq!(operations.total(), 8);
    assert_eq!((operations.bytes_written, operations.bytes_read), (8, 13));

    trees.get(tree, b"key");
    assert_eq!(trees.operations(), operations, "who looks on is not counted");
    trees.reset_operations();
    assert_eq!(trees.operations().total(), 0);
}
