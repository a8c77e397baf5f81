//! The ABI of a contract: its types, its functions and its state type.
//!
//! Decoding accepts client versions 5.0 to 5.7 and 6.0, and only what encodes back to the same
//! bytes; from 5.7 on only with types and functions in order.
//!
//! Source: `pbc-formats.md` 3.1, 3.2, 3.4 and 3.5.

mod decode;
mod encode;
#[cfg(feature = "abi")]
mod generate;
mod listing;
mod order;
mod types;
mod version;

use std::fmt;

use pbc_traits::DecodeError;

pub use types::{Simple, TypeSpec};
pub use version::Version;

/// The ABI of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractAbi {
    /// The version of the interface between contract and binder.
    pub binder: Version,
    /// The version of this format.
    pub client: Version,
    /// What the chain calls. From client 6.0 on, and only then.
    pub chain: Option<ChainComponent>,
    /// The named types. [`TypeSpec::Named`] counts them from 0.
    pub types: Vec<NamedType>,
    /// The functions.
    pub functions: Vec<Function>,
    /// The index of the state type.
    pub state: u8,
}

/// A named type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamedType {
    /// A struct, or a variant of an enum.
    Struct {
        /// Its name.
        name: String,
        /// Its fields, in the order of their encoding.
        fields: Vec<Named>,
    },
    /// An enum.
    Enum {
        /// Its name.
        name: String,
        /// Its variants.
        variants: Vec<Variant>,
    },
}

impl NamedType {
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            NamedType::Struct { name, .. } | NamedType::Enum { name, .. } => name,
        }
    }
}

/// A field or an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// Its type.
    pub spec: TypeSpec,
}

/// A variant of an enum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variant {
    /// The byte that stands for it.
    pub discriminant: u8,
    /// The index of the struct that holds its name and fields.
    pub index: u8,
}

/// A function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// What it is called for: 1 init, 2 action, 3 callback.
    pub kind: u8,
    /// Its name.
    pub name: String,
    /// Its number. Absent only if client 6.0 says that its kind has none.
    pub shortname: Option<u32>,
    /// The arguments of a call.
    pub arguments: Vec<Named>,
    /// The secret argument of a ZK input.
    pub secret: Option<Named>,
}

/// What the chain calls, as client 6.0 lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainComponent {
    /// 0x10 contract, 0x20 binder.
    pub component: u8,
    /// 0 public, 1 ZK, 2 system.
    pub binder_type: u8,
    /// The kinds of functions.
    pub kinds: Vec<FunctionKind>,
    /// What a transaction can ask of the binder.
    pub invocations: Vec<BinderInvocation>,
}

/// A kind of functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionKind {
    /// Its number.
    pub id: u8,
    /// Its name.
    pub name: String,
    /// Whether its functions have shortnames.
    pub has_shortname: bool,
}

/// What a transaction can ask of the binder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BinderInvocation {
    /// 1 init, 2 action, 3 callback, 4 upgrade, 5 empty action.
    pub transaction_kind: u8,
    /// Its name.
    pub name: String,
    /// Its number.
    pub shortname: Option<u8>,
    /// Its arguments.
    pub arguments: Vec<Named>,
    /// The kind of the contract's functions that it calls.
    pub calls: Option<u8>,
}

impl ContractAbi {
    /// The named type at `index`.
    pub fn named(&self, index: u8) -> Option<&NamedType> {
        self.types.get(usize::from(index))
    }

    /// Whether `index` is a variant of some enum, and so no type of its own.
    fn is_variant(&self, index: usize) -> bool {
        self.types.iter().any(|named| match named {
            NamedType::Enum { variants, .. } => {
                variants.iter().any(|variant| usize::from(variant.index) == index)
            }
            NamedType::Struct { .. } => false,
        })
    }
}

/// Bytes that are no ABI, or an ABI that cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AbiError {
    /// The bytes do not start with `PBCABI`.
    Header,
    /// Not one of the client versions that this format has.
    ClientVersion(Version),
    /// The bytes end too early, go on, or have a count or a name that is wrong.
    Malformed(DecodeError),
    /// No type has this code.
    TypeCode {
        /// Where it stands.
        position: usize,
        /// The code.
        code: u8,
    },
    /// No record has this code.
    RecordCode {
        /// Where it stands.
        position: usize,
        /// The code.
        code: u8,
    },
    /// A shortname is not the shortest LEB128 form of a number below 2^32.
    Shortname {
        /// Where it stands.
        position: usize,
    },
    /// A marker or flag is neither 0 nor 1.
    Flag {
        /// Where it stands.
        position: usize,
    },
    /// A reference to a type that is not listed.
    UnknownType {
        /// The index.
        index: u8,
    },
    /// A variant that is no struct.
    VariantNotStruct {
        /// The index.
        index: u8,
    },
    /// This client version wants the types in the order in which they are first needed, and no
    /// others; the list goes otherwise from here on.
    TypeOrder {
        /// The index.
        index: usize,
    },
    /// This client version wants the functions by kind, then by shortname.
    FunctionOrder {
        /// The one that comes too late, or once more.
        name: String,
    },
    /// A type that is made of others more than 32 deep.
    TooDeep {
        /// Where it goes too deep.
        position: usize,
    },
    /// This version has no arrays of anything but bytes, or none that long.
    ArrayNotExpressible,
    /// No hook of this contract is linked, or it is built without the feature `abi`.
    NotLinked {
        /// The module of the contract.
        contract: String,
    },
    /// The contract's functions contradict each other.
    Contradiction(String),
}

impl fmt::Display for AbiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AbiError::Header => f.write_str("the file does not start with `PBCABI`"),
            AbiError::ClientVersion(version) => write!(f, "client version {version} is unknown"),
            AbiError::Malformed(error) => write!(f, "{}: {error}", error.code()),
            AbiError::TypeCode { position, code } => {
                write!(f, "no type has code {code:#04x}, at byte {position}")
            }
            AbiError::RecordCode { position, code } => {
                write!(f, "no record has code {code:#04x}, at byte {position}")
            }
            AbiError::Shortname { position } => write!(f, "malformed shortname at byte {position}"),
            AbiError::Flag { position } => write!(f, "malformed flag at byte {position}"),
            AbiError::UnknownType { index } => write!(f, "there is no type {index}"),
            AbiError::VariantNotStruct { index } => write!(f, "variant {index} is no struct"),
            AbiError::TypeOrder { index } => {
                write!(f, "the types are not in the order of this client version, from {index} on")
            }
            AbiError::FunctionOrder { name } => {
                write!(f, "function `{name}` is not in the order of this client version")
            }
            AbiError::TooDeep { position } => write!(f, "a type goes too deep at byte {position}"),
            AbiError::ArrayNotExpressible => {
                f.write_str("an array that this client version cannot express")
            }
            AbiError::NotLinked { contract } => {
                write!(f, "contract `{contract}` is not linked, or not with feature `abi`")
            }
            AbiError::Contradiction(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for AbiError {}

impl From<DecodeError> for AbiError {
    fn from(error: DecodeError) -> Self {
        AbiError::Malformed(error)
    }
}
