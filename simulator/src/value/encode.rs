//! Values to RPC.

use pbc_host::{ContractAbi, Named, NamedType, Simple, TypeSpec};
use pbc_traits::WriteRPC;

use super::{Value, number};

/// Appends the RPC coding of `value` to `rpc`.
///
/// # Panics
///
/// If `value` is not what [`parse`](super::parse) makes of a text for type `spec`.
pub fn encode_rpc(abi: &ContractAbi, spec: &TypeSpec, value: &Value, rpc: &mut Vec<u8>) {
    match (value, spec) {
        (Value::Unsigned(it), TypeSpec::Simple(simple)) => put(it.to_be_bytes(), *simple, rpc),
        (Value::Signed(it), TypeSpec::Simple(simple)) => put(it.to_be_bytes(), *simple, rpc),
        (Value::Bool(it), _) => rpc.push(u8::from(*it)),
        (Value::Text(it), _) => {
            it.rpc_write_to(rpc).expect("invariant: writing to a vector succeeds");
        }
        (Value::Bytes(bytes), _) => rpc.extend(bytes),
        (Value::Blob(bytes), _) => {
            put_count(bytes.len(), rpc);
            rpc.extend(bytes);
        }
        (Value::List(list), TypeSpec::Array(part, _)) => {
            list.iter().for_each(|it| encode_rpc(abi, part, it, rpc));
        }
        (Value::List(list), TypeSpec::Vec(part)) => {
            put_count(list.len(), rpc);
            list.iter().for_each(|it| encode_rpc(abi, part, it, rpc));
        }
        (Value::Option(it), TypeSpec::Option(part)) => {
            rpc.push(u8::from(it.is_some()));
            if let Some(it) = it {
                encode_rpc(abi, part, it, rpc);
            }
        }
        (Value::Struct { discriminant, fields, .. }, TypeSpec::Named(index)) => {
            rpc.extend(*discriminant);
            let specs = fields_of(abi, *index, *discriminant);
            for ((_, value), Named { spec, .. }) in fields.iter().zip(specs) {
                encode_rpc(abi, spec, value, rpc);
            }
        }
        _ => panic!("invariant: a parsed value is of its type"),
    }
}

fn put_count(count: usize, rpc: &mut Vec<u8>) {
    let count = u32::try_from(count).expect("invariant: a text is below 4 GiB");
    rpc.extend(count.to_be_bytes());
}

/// The fields of a struct, or of the variant of an enum.
fn fields_of(abi: &ContractAbi, index: u8, discriminant: Option<u8>) -> &[Named] {
    match abi.named(index) {
        Some(NamedType::Struct { fields, .. }) => fields,
        Some(NamedType::Enum { variants, .. }) => {
            let variant = variants.iter().find(|it| Some(it.discriminant) == discriminant);
            variant.map_or(&[], |variant| fields_of(abi, variant.index, None))
        }
        None => &[],
    }
}

fn put(bytes: [u8; 16], simple: Simple, rpc: &mut Vec<u8>) {
    let (_, length) = number(simple).expect("invariant: a parsed number is of a number type");
    rpc.extend(&bytes[16 - length..]);
}
