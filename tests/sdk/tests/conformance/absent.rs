//! What the official crates do not have must not be here either: a contract that uses it would
//! compile against ours only.
//!
//! Source: `pbc-formats.md` 1.3, 1.5, 1.6, 1.8 and 1.9.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::hash;

use pbc_contract_common::address::{Address, AddressType, Shortname};
use pbc_contract_common::avl_tree_map::AvlTreeMap;
use pbc_contract_common::context::{CallbackContext, ContractContext, ExecutionResult};
use pbc_contract_common::events::{EventGroup, ReturnData};
use pbc_contract_common::signature::Signature;
use pbc_contract_common::sorted_vec_map::{SortedVec, SortedVecMap, SortedVecSet};
use pbc_contract_common::{BlsPublicKey, BlsSignature, Hash, PublicKey, U256};
use pbc_traits::{CreateTypeSpec, ReadRPC, ReadWriteState, WriteRPC};
use static_assertions::{assert_impl_all, assert_not_impl_any};

type Map = SortedVecMap<u8, u8>;
type Set = SortedVecSet<u8>;
type Tree = AvlTreeMap<u8, u8>;

// Sorted collections.
assert_not_impl_any!(Map: IntoIterator, FromIterator<(u8, u8)>, Extend<(u8, u8)>, hash::Hash, Ord);
assert_not_impl_any!(&'static Map: IntoIterator);
assert_not_impl_any!(&'static mut Map: IntoIterator);
assert_not_impl_any!(SortedVecMap<String, u8>: From<[(String, u8); 1]>);
assert_not_impl_any!(&'static Set: IntoIterator);
assert_not_impl_any!(Set: Extend<u8>, hash::Hash, Ord);
assert_not_impl_any!(SortedVec<u8>: IntoIterator, FromIterator<u8>, PartialEq, From<Vec<u8>>);
assert_impl_all!(Map: PartialEq, Eq, std::fmt::Debug, Clone, Default);
assert_impl_all!(Set: IntoIterator<Item = u8>, FromIterator<u8>, From<Vec<u8>>, From<[u8; 2]>);

// Trees.
assert_not_impl_any!(Tree: Clone, PartialEq, IntoIterator, Extend<(u8, u8)>);
assert_impl_all!(Tree: std::fmt::Debug, Default);
// Keys need no order.
assert_impl_all!(AvlTreeMap<Vec<bool>, u8>: ReadWriteState);

// Coding in calls.
assert_not_impl_any!(Map: ReadRPC, WriteRPC);
assert_not_impl_any!(Set: ReadRPC, WriteRPC);
assert_not_impl_any!(SortedVec<u8>: ReadRPC, WriteRPC);
assert_not_impl_any!(Tree: ReadRPC, WriteRPC);
assert_not_impl_any!(VecDeque<u8>: ReadRPC, WriteRPC);
assert_not_impl_any!([u16; 2]: ReadRPC, WriteRPC, CreateTypeSpec);
assert_not_impl_any!(Shortname: ReadRPC, ReadWriteState, CreateTypeSpec);
assert_not_impl_any!(CallbackContext: WriteRPC, ReadWriteState, CreateTypeSpec);
assert_not_impl_any!(ExecutionResult: WriteRPC, ReadWriteState, CreateTypeSpec);
assert_not_impl_any!(EventGroup: ReadRPC, ReadWriteState, CreateTypeSpec, Clone, PartialEq);

// Coding in state and in the ABI.
assert_not_impl_any!(BTreeSet<u8>: ReadRPC, WriteRPC, ReadWriteState);
assert_not_impl_any!(ContractContext: ReadWriteState, CreateTypeSpec);
assert_not_impl_any!(AddressType: CreateTypeSpec);
assert_impl_all!(AddressType: ReadRPC, WriteRPC, ReadWriteState);

/// Types that have no coding at all.
macro_rules! without_codings {
    ($($type:ty,)*) => {$(
        assert_not_impl_any!($type: ReadRPC, WriteRPC, ReadWriteState, CreateTypeSpec);
    )*};
}

without_codings! {
    (),
    (u8, u8),
    &'static u8,
    &'static str,
    Box<u8>,
    HashMap<u8, u8>,
    BTreeMap<u8, u8>,
    usize,
    char,
    f64,
}

// What values can do.
assert_impl_all!(Address: Copy, Ord, hash::Hash, std::fmt::Debug, std::fmt::Display);
assert_not_impl_any!(Address: Default, std::str::FromStr, From<[u8; 21]>);
assert_not_impl_any!(Hash: Copy, hash::Hash, std::fmt::Display, Default);
assert_not_impl_any!(PublicKey: Copy, hash::Hash, Default);
assert_not_impl_any!(Signature: Copy, hash::Hash, Default);
assert_not_impl_any!(BlsPublicKey: Copy, hash::Hash, Default);
assert_not_impl_any!(BlsSignature: Copy, hash::Hash, Default);
assert_not_impl_any!(U256: Copy, hash::Hash, Default, From<u64>);
assert_not_impl_any!(Shortname: Ord, hash::Hash);
assert_not_impl_any!(ContractContext: Clone, Default);
assert_impl_all!(ContractContext: PartialEq, Eq, std::fmt::Debug);
assert_not_impl_any!(CallbackContext: Clone, PartialEq, std::fmt::Debug);
assert_not_impl_any!(ExecutionResult: Clone, PartialEq, std::fmt::Debug);
assert_not_impl_any!(ReturnData: Clone, PartialEq);

/// A method that a type does not have itself is the one of this trait.
trait Probe {
    fn entry(&self, _key: u8) -> &'static str {
        "absent"
    }

    fn iter_mut(&self) -> &'static str {
        "absent"
    }

    fn first(&self) -> &'static str {
        "absent"
    }
}

impl Probe for &Map {}
impl Probe for &Set {}
impl Probe for &Tree {}

#[test]
fn absent_methods_are_absent() {
    let (map, set, tree) = (Map::new(), Set::new(), Tree::new());
    assert_eq!((&map).entry(1), "absent");
    assert_eq!((&set).entry(1), "absent");
    assert_eq!((&set).iter_mut(), "absent");
    assert_eq!((&set).first(), "absent");
    assert_eq!((&tree).entry(1), "absent");
    assert_eq!((&tree).iter_mut(), "absent");
    assert_eq!((&tree).first(), "absent");
}
