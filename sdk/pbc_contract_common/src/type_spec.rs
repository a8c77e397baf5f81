//! How the ABI refers to these types.
//!
//! Source: `pbc-formats.md` 3.1. `AddressType` and `Shortname` have no code there.

use std::collections::BTreeMap;

use pbc_traits::{CreateTypeSpec, TypeTable};

use crate::address::Address;
use crate::avl_tree_map::AvlTreeMap;
use crate::signature::Signature;
use crate::sorted_vec_map::{SortedVec, SortedVecMap, SortedVecSet};
use crate::{BlsPublicKey, BlsSignature, Hash, PublicKey, U256};

/// One type: its code, then the codes of its parameters.
macro_rules! type_specs {
    ($($type:ident $(<$($parameter:ident),*>)? = $code:literal,)*) => {$(
        impl $(<$($parameter: CreateTypeSpec),*>)? CreateTypeSpec for $type $(<$($parameter),*>)? {
            fn __ty_name() -> String {
                let parameters: &[String] = &[$($($parameter::__ty_name()),*)?];
                name(stringify!($type), parameters)
            }

            fn __ty_identifier() -> String {
                let parameters: &[String] = &[$($($parameter::__ty_identifier()),*)?];
                name(stringify!($type), parameters)
            }

            fn __ty_spec_write(w: &mut Vec<u8>, _lut: &BTreeMap<String, u8>) {
                w.push($code);
                $($($parameter::__ty_spec_write(w, _lut);)*)?
            }

            fn __ty_register(_table: &mut TypeTable) {
                $($($parameter::__ty_register(_table);)*)?
            }
        }
    )*};
}

fn name(name: &str, parameters: &[String]) -> String {
    if parameters.is_empty() {
        name.to_string()
    } else {
        format!("{name}<{}>", parameters.join(", "))
    }
}

type_specs! {
    Address = 0x0d,
    SortedVec<T> = 0x0e,
    SortedVecMap<K, V> = 0x0f,
    SortedVecSet<T> = 0x10,
    Hash = 0x13,
    PublicKey = 0x14,
    Signature = 0x15,
    BlsPublicKey = 0x16,
    BlsSignature = 0x17,
    U256 = 0x18,
    AvlTreeMap<K, V> = 0x19,
}
