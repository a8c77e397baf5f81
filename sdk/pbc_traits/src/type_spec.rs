//! The types of a contract as its ABI lists them.
//!
//! Source: `pbc-formats.md` 3.1, 3.3 and 3.4.

/// Writes the ABI's reference to one type, after the records of all that it refers to.
pub type SpecWriter = fn(&mut TypeTable, &mut Vec<u8>);

/// The named types of a contract in the order in which the ABI lists them: depth-first, each at
/// first sight and before what it consists of. Empty without the feature `abi`.
#[derive(Clone, Debug, Default)]
pub struct TypeTable {
    /// The index of each type, by its identifier.
    #[cfg(feature = "abi")]
    indices: std::collections::BTreeMap<String, u8>,
    #[cfg(feature = "abi")]
    records: Vec<Vec<u8>>,
}

#[cfg(feature = "abi")]
pub use with_abi::*;

#[cfg(feature = "abi")]
mod with_abi {
    use std::collections::{BTreeMap, BTreeSet, VecDeque};

    use super::TypeTable;

    /// Listed in the ABI.
    pub trait CreateTypeSpec: Sized {
        /// The name that the ABI shows.
        fn __ty_name() -> String;

        /// A name that no other type has.
        fn __ty_identifier() -> String;

        /// Writes the reference to this type. Named types are looked up in `lut` by identifier.
        fn __ty_spec_write(w: &mut Vec<u8>, lut: &BTreeMap<String, u8>);

        /// Lists this type, if it is a named one, and all that it refers to.
        #[doc(hidden)]
        fn __ty_register(_table: &mut TypeTable) {}
    }

    /// Lists `T` and writes the reference to it: the [`SpecWriter`](super::SpecWriter) of `T`.
    pub fn describe<T: CreateTypeSpec>(table: &mut TypeTable, spec: &mut Vec<u8>) {
        T::__ty_register(table);
        T::__ty_spec_write(spec, &table.indices);
    }

    /// Writes a name as the ABI does: its length in 4 bytes, big-endian, then UTF-8.
    pub fn write_name(name: &str, bytes: &mut Vec<u8>) {
        bytes.extend((name.len() as u32).to_be_bytes());
        bytes.extend(name.as_bytes());
    }

    impl TypeTable {
        /// A table without types.
        pub fn new() -> Self {
            TypeTable::default()
        }

        /// The records, in order.
        pub fn records(&self) -> &[Vec<u8>] {
            &self.records
        }

        /// Gives a type that is new the next index; `None` if it is listed already.
        fn reserve(&mut self, identifier: String) -> Option<u8> {
            if self.indices.contains_key(&identifier) {
                return None;
            }
            let index = u8::try_from(self.records.len())
                .ok()
                .filter(|index| *index < u8::MAX)
                .expect("an ABI lists at most 255 named types");
            self.indices.insert(identifier, index);
            self.records.push(Vec::new());
            Some(index)
        }

        fn fill(&mut self, index: u8, record: Vec<u8>) {
            self.records[usize::from(index)] = record;
        }
    }

    /// The record of a struct or of a variant, in the making.
    #[derive(Debug)]
    pub struct StructRecord {
        index: u8,
        name: String,
        fields: u32,
        specs: Vec<u8>,
    }

    impl StructRecord {
        /// Starts the record of a type that is new; `None` if it is listed already.
        pub fn begin(table: &mut TypeTable, identifier: String, name: String) -> Option<Self> {
            let index = table.reserve(identifier)?;
            Some(StructRecord { index, name, fields: 0, specs: Vec::new() })
        }

        /// Adds a field. Its name is lower-cased, as the official generator does.
        pub fn field<T: CreateTypeSpec>(&mut self, table: &mut TypeTable, name: &str) {
            self.fields += 1;
            write_name(&name.to_lowercase(), &mut self.specs);
            describe::<T>(table, &mut self.specs);
        }

        /// Completes the record.
        pub fn end(self, table: &mut TypeTable) {
            let mut record = vec![1];
            write_name(&self.name, &mut record);
            record.extend(self.fields.to_be_bytes());
            record.extend(self.specs);
            table.fill(self.index, record);
        }
    }

    /// The record of an enum, in the making.
    #[derive(Debug)]
    pub struct EnumRecord {
        index: u8,
        identifier: String,
        name: String,
        variants: Vec<(u8, u8)>,
    }

    impl EnumRecord {
        /// Starts the record of a type that is new; `None` if it is listed already.
        pub fn begin(table: &mut TypeTable, identifier: String, name: String) -> Option<Self> {
            let index = table.reserve(identifier.clone())?;
            Some(EnumRecord { index, identifier, name, variants: Vec::new() })
        }

        /// Adds a variant and starts its record, which the caller completes.
        pub fn variant(
            &mut self,
            table: &mut TypeTable,
            discriminant: u8,
            name: &str,
        ) -> StructRecord {
            let identifier = format!("{}::{name}", self.identifier);
            let record = StructRecord::begin(table, identifier, name.to_string())
                .expect("invariant: an enum is listed once, its variants have distinct names");
            self.variants.push((discriminant, record.index));
            record
        }

        /// Completes the record.
        pub fn end(self, table: &mut TypeTable) {
            let mut record = vec![2];
            write_name(&self.name, &mut record);
            record.extend((self.variants.len() as u32).to_be_bytes());
            for (discriminant, index) in self.variants {
                record.extend([discriminant, 0, index]);
            }
            table.fill(self.index, record);
        }
    }

    macro_rules! simple_types {
        ($($type:ty = $code:literal,)*) => {$(
            impl CreateTypeSpec for $type {
                fn __ty_name() -> String {
                    stringify!($type).to_string()
                }

                fn __ty_identifier() -> String {
                    Self::__ty_name()
                }

                fn __ty_spec_write(w: &mut Vec<u8>, _lut: &BTreeMap<String, u8>) {
                    w.push($code);
                }
            }
        )*};
    }

    simple_types! {
        u8 = 0x01, u16 = 0x02, u32 = 0x03, u64 = 0x04, u128 = 0x05,
        i8 = 0x06, i16 = 0x07, i32 = 0x08, i64 = 0x09, i128 = 0x0a,
        String = 0x0b, bool = 0x0c,
    }

    macro_rules! wrapping_types {
        ($($wrapper:ident = $code:literal,)*) => {$(
            impl<T: CreateTypeSpec> CreateTypeSpec for $wrapper<T> {
                fn __ty_name() -> String {
                    format!(concat!(stringify!($wrapper), "<{}>"), T::__ty_name())
                }

                fn __ty_identifier() -> String {
                    format!(concat!(stringify!($wrapper), "<{}>"), T::__ty_identifier())
                }

                fn __ty_spec_write(w: &mut Vec<u8>, lut: &BTreeMap<String, u8>) {
                    w.push($code);
                    T::__ty_spec_write(w, lut);
                }

                fn __ty_register(table: &mut TypeTable) {
                    T::__ty_register(table);
                }
            }
        )*};
    }

    wrapping_types! { Vec = 0x0e, VecDeque = 0x0e, BTreeSet = 0x10, Option = 0x12, }

    impl<const N: usize> CreateTypeSpec for [u8; N] {
        fn __ty_name() -> String {
            format!("[u8; {N}]")
        }

        fn __ty_identifier() -> String {
            Self::__ty_name()
        }

        fn __ty_spec_write(w: &mut Vec<u8>, _lut: &BTreeMap<String, u8>) {
            const { assert!(N <= 127, "the ABI has byte arrays of at most 127 bytes") };
            w.extend([0x11, N as u8]);
        }
    }
}
