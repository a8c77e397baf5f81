//! Values of the types that an ABI describes: from text, to text, and between their two codings.
//!
//! What one types is close to what is printed, and to Rust:
//!
//! ```text
//! numbers             75_000  -5
//! bool, String        true    "text" with the escapes of JSON
//! addresses, keys, …  00a1…   hex digits, all of them
//! lists               [1, 2]  0x0102 for one of bytes
//! options             None    Some(3)
//! structs, variants   SemanticVersion { major: 4, minor: 9, patch: 0 }   Success {}   { value: 208 }
//! ```
//!
//! Maps, sets and trees occur in state only: they are printed and cannot be typed.
//!
//! Source: `pbc-formats.md` 2.1 and 3.1.

mod decode;
mod encode;
mod parse;
mod print;

use pbc_host::{ContractAbi, NamedType, Simple, TypeSpec};

pub use self::decode::{Coding, decode_all};
pub use self::encode::encode_rpc;
pub use self::parse::{TextError, example, parse};

/// How deep a value can be made of others.
const MAX_DEPTH: usize = 64;

/// A value of some type of an ABI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number of an unsigned type.
    Unsigned(u128),
    /// A number of a signed type.
    Signed(i128),
    /// A `bool`.
    Bool(bool),
    /// A `String`.
    Text(String),
    /// What has so many bytes and no parts: an address, a key, an array of bytes. Of an u256 the
    /// most significant byte is the first.
    Bytes(Vec<u8>),
    /// A vector of bytes.
    Blob(Vec<u8>),
    /// A vector, a set or an array.
    List(Vec<Value>),
    /// A value that may be absent.
    Option(Option<Box<Value>>),
    /// A struct, or a variant of an enum.
    Struct {
        /// The name of the struct or of the variant.
        name: String,
        /// The byte that stands for the variant.
        discriminant: Option<u8>,
        /// The fields in order, with their names.
        fields: Vec<(String, Value)>,
    },
    /// A map in the order in which it is stored.
    Map(Vec<(Value, Value)>),
    /// A tree of the host with its content, in byte order of the keys.
    Tree {
        /// The id that the state holds.
        id: i32,
        /// Keys and values.
        entries: Vec<(Value, Value)>,
    },
}

/// A number type: whether it is signed, and its bytes.
fn number(simple: Simple) -> Option<(bool, usize)> {
    Some(match simple {
        Simple::U8 => (false, 1),
        Simple::U16 => (false, 2),
        Simple::U32 => (false, 4),
        Simple::U64 => (false, 8),
        Simple::U128 => (false, 16),
        Simple::I8 => (true, 1),
        Simple::I16 => (true, 2),
        Simple::I32 => (true, 4),
        Simple::I64 => (true, 8),
        Simple::I128 => (true, 16),
        _ => return None,
    })
}

/// The bytes of a type that has so many, and no parts.
fn bytes(simple: Simple) -> Option<usize> {
    Some(match simple {
        Simple::Address => 21,
        Simple::Hash | Simple::U256 => 32,
        Simple::PublicKey => 33,
        Simple::Signature => 65,
        Simple::BlsPublicKey => 96,
        Simple::BlsSignature => 48,
        _ => return None,
    })
}

/// The name of a type, for people.
fn type_name(abi: &ContractAbi, spec: &TypeSpec) -> String {
    let of = |part: &TypeSpec| type_name(abi, part);
    match spec {
        TypeSpec::Named(index) => abi.named(*index).map_or("?", NamedType::name).to_owned(),
        TypeSpec::Simple(simple) => simple.name().to_owned(),
        TypeSpec::Vec(part) => format!("Vec<{}>", of(part)),
        TypeSpec::Map(key, value) => format!("Map<{}, {}>", of(key), of(value)),
        TypeSpec::Set(part) => format!("Set<{}>", of(part)),
        TypeSpec::ByteArray(length) => format!("[u8; {length}]"),
        TypeSpec::Option(part) => format!("Option<{}>", of(part)),
        TypeSpec::AvlTreeMap(key, value) => format!("AvlTreeMap<{}, {}>", of(key), of(value)),
        TypeSpec::Array(part, length) => format!("[{}; {length}]", of(part)),
    }
}

/// Whether lists of this type are bytes, and read and written as hex.
fn is_byte(spec: &TypeSpec) -> bool {
    *spec == TypeSpec::Simple(Simple::U8)
}

#[cfg(test)]
mod tests;
