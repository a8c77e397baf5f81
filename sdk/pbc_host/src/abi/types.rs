//! References to types.

/// A reference to a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeSpec {
    /// The named type with this index.
    Named(u8),
    /// A type without parts.
    Simple(Simple),
    /// A vector: `Vec`, `VecDeque` or `SortedVec`.
    Vec(Box<TypeSpec>),
    /// A map in state: `SortedVecMap`.
    Map(Box<TypeSpec>, Box<TypeSpec>),
    /// A set in state: `SortedVecSet`.
    Set(Box<TypeSpec>),
    /// So many bytes, in the form of client versions up to 5.5.
    ByteArray(u8),
    /// A value that may be absent.
    Option(Box<TypeSpec>),
    /// A map in a tree of the host.
    AvlTreeMap(Box<TypeSpec>, Box<TypeSpec>),
    /// So many elements, in the form of client versions from 5.6 on.
    Array(Box<TypeSpec>, u32),
}

/// Declares the types without parts, with their codes and names.
macro_rules! simple_types {
    ($($variant:ident = $code:literal $name:literal,)*) => {
        /// A type without parts.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Simple {
            $(
                #[doc = concat!("`", $name, "`.")]
                $variant,
            )*
        }

        impl Simple {
            /// The type with this code.
            pub fn from_code(code: u8) -> Option<Simple> {
                match code {
                    $($code => Some(Simple::$variant),)*
                    _ => None,
                }
            }

            /// Its code.
            pub const fn code(self) -> u8 {
                match self {
                    $(Simple::$variant => $code,)*
                }
            }

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Simple::$variant => $name,)*
                }
            }
        }
    };
}

simple_types! {
    U8 = 0x01 "u8",
    U16 = 0x02 "u16",
    U32 = 0x03 "u32",
    U64 = 0x04 "u64",
    U128 = 0x05 "u128",
    I8 = 0x06 "i8",
    I16 = 0x07 "i16",
    I32 = 0x08 "i32",
    I64 = 0x09 "i64",
    I128 = 0x0a "i128",
    String = 0x0b "String",
    Bool = 0x0c "bool",
    Address = 0x0d "Address",
    Hash = 0x13 "Hash",
    PublicKey = 0x14 "PublicKey",
    Signature = 0x15 "Signature",
    BlsPublicKey = 0x16 "BlsPublicKey",
    BlsSignature = 0x17 "BlsSignature",
    U256 = 0x18 "u256",
}

impl TypeSpec {
    /// The types that this one is made of.
    pub fn parts(&self) -> Vec<&TypeSpec> {
        match self {
            TypeSpec::Named(_) | TypeSpec::Simple(_) | TypeSpec::ByteArray(_) => Vec::new(),
            TypeSpec::Vec(part)
            | TypeSpec::Set(part)
            | TypeSpec::Option(part)
            | TypeSpec::Array(part, _) => vec![part],
            TypeSpec::Map(key, value) | TypeSpec::AvlTreeMap(key, value) => vec![key, value],
        }
    }
}
