//! Values from RPC and from state.

use pbc_host::{ContractAbi, Named, NamedType, Simple, TypeSpec};
use pbc_lib::Trees;
use pbc_traits::{Cause, DecodeError, Decoder, Source};

use super::{MAX_DEPTH, Value, bytes, is_byte, number};

/// How values are coded.
#[derive(Clone, Copy, Debug)]
pub enum Coding<'t> {
    /// As arguments and return data: big-endian.
    Rpc,
    /// As state: little-endian, with the trees that it refers to.
    State(&'t Trees),
}

/// The values of these types that `bytes` are, one after the other.
///
/// # Errors
///
/// At the first byte that cannot be decoded, or that is left over. A position within a tree's entry
/// counts from the start of its key or value.
pub fn decode_all<'s>(
    abi: &ContractAbi,
    specs: impl IntoIterator<Item = &'s TypeSpec>,
    bytes: &[u8],
    coding: Coding<'_>,
) -> Result<Vec<Value>, DecodeError> {
    let reader = Reader { abi, coding };
    let mut source = Decoder::new(bytes);
    let values = specs.into_iter().map(|spec| reader.value(spec, &mut source, 0));
    let values = values.collect::<Result<_, _>>()?;
    source.finish()?;
    Ok(values)
}

struct Reader<'a> {
    abi: &'a ContractAbi,
    coding: Coding<'a>,
}

impl Reader<'_> {
    fn value(
        &self,
        spec: &TypeSpec,
        source: &mut Decoder<'_>,
        depth: usize,
    ) -> Result<Value, DecodeError> {
        if depth > MAX_DEPTH {
            let count = u32::try_from(depth).unwrap_or(u32::MAX);
            let cause = Cause::InvalidLength { count, left: source.left() };
            return Err(DecodeError { position: source.position(), cause });
        }
        Ok(match spec {
            TypeSpec::Simple(simple) => self.simple(*simple, source)?,
            TypeSpec::ByteArray(length) => Value::Bytes(source.bytes(usize::from(*length))?),
            TypeSpec::Array(part, length) if is_byte(part) => {
                Value::Bytes(source.bytes(*length as usize)?)
            }
            TypeSpec::Array(part, length) => {
                let length = source.judge_count(*length, 1)?;
                Value::List(self.list(part, length, source, depth)?)
            }
            TypeSpec::Vec(part) if is_byte(part) => {
                let count = self.count(source)?;
                Value::Blob(source.bytes(count)?)
            }
            TypeSpec::Vec(part) | TypeSpec::Set(part) => {
                let count = self.count(source)?;
                Value::List(self.list(part, count, source, depth)?)
            }
            TypeSpec::Option(part) => Value::Option(if source.byte()? == 0 {
                None
            } else {
                Some(Box::new(self.value(part, source, depth + 1)?))
            }),
            TypeSpec::Map(key, value) => {
                let count = self.count(source)?;
                let entry = |_| {
                    let key = self.value(key, source, depth + 1)?;
                    Ok((key, self.value(value, source, depth + 1)?))
                };
                Value::Map((0..count).map(entry).collect::<Result<_, DecodeError>>()?)
            }
            TypeSpec::AvlTreeMap(key, value) => self.tree(key, value, source, depth)?,
            TypeSpec::Named(index) => self.named(*index, source, depth)?,
        })
    }

    fn count(&self, source: &mut Decoder<'_>) -> Result<usize, DecodeError> {
        let bytes = source.array()?;
        let count = match self.coding {
            Coding::Rpc => u32::from_be_bytes(bytes),
            Coding::State(_) => u32::from_le_bytes(bytes),
        };
        source.judge_count(count, 1)
    }

    fn list(
        &self,
        part: &TypeSpec,
        count: usize,
        source: &mut Decoder<'_>,
        depth: usize,
    ) -> Result<Vec<Value>, DecodeError> {
        (0..count).map(|_| self.value(part, source, depth + 1)).collect()
    }

    fn simple(&self, simple: Simple, source: &mut Decoder<'_>) -> Result<Value, DecodeError> {
        if let Some(length) = bytes(simple) {
            let mut bytes = source.bytes(length)?;
            if simple == Simple::U256 && matches!(self.coding, Coding::State(_)) {
                bytes.reverse();
            }
            return Ok(Value::Bytes(bytes));
        }
        match simple {
            Simple::Bool => Ok(Value::Bool(source.byte()? != 0)),
            Simple::String => {
                let length = self.count(source)?;
                source.string(length).map(Value::Text)
            }
            _ => self.number(simple, source),
        }
    }

    fn number(&self, simple: Simple, source: &mut Decoder<'_>) -> Result<Value, DecodeError> {
        let (signed, length) = number(simple).expect("invariant: what else is simple is a number");
        let mut bytes = source.bytes(length)?;
        if matches!(self.coding, Coding::State(_)) {
            bytes.reverse();
        }
        let negative = signed && bytes[0] & 0x80 != 0;
        let mut wide = [if negative { 0xff } else { 0 }; 16];
        wide[16 - length..].copy_from_slice(&bytes);
        Ok(if signed {
            Value::Signed(i128::from_be_bytes(wide))
        } else {
            Value::Unsigned(u128::from_be_bytes(wide))
        })
    }

    fn tree(
        &self,
        key: &TypeSpec,
        value: &TypeSpec,
        source: &mut Decoder<'_>,
        depth: usize,
    ) -> Result<Value, DecodeError> {
        let id = i32::from_le_bytes(source.array()?);
        let Coding::State(trees) = self.coding else {
            return Ok(Value::Tree { id, entries: Vec::new() });
        };
        let whole = |spec, bytes| {
            let mut source = Decoder::new(bytes);
            let value = self.value(spec, &mut source, depth + 1)?;
            source.finish().map(|()| value)
        };
        let entries = trees.iter(id).map(|(k, v)| Ok((whole(key, k)?, whole(value, v)?)));
        Ok(Value::Tree { id, entries: entries.collect::<Result<_, DecodeError>>()? })
    }

    fn named(
        &self,
        index: u8,
        source: &mut Decoder<'_>,
        depth: usize,
    ) -> Result<Value, DecodeError> {
        let unknown =
            |position, byte| DecodeError { position, cause: Cause::InvalidDiscriminant { byte } };
        let (discriminant, named) = match self.abi.named(index) {
            Some(NamedType::Enum { variants, .. }) => {
                let position = source.position();
                let byte = source.byte()?;
                let variant = variants.iter().find(|variant| variant.discriminant == byte);
                let variant = variant.ok_or_else(|| unknown(position, byte))?;
                (Some(byte), self.abi.named(variant.index))
            }
            named => (None, named),
        };
        let Some(NamedType::Struct { name, fields }) = named else {
            return Err(unknown(source.position(), index));
        };
        let field =
            |Named { name, spec }: &Named| Ok((name.clone(), self.value(spec, source, depth + 1)?));
        let fields = fields.iter().map(field).collect::<Result<_, DecodeError>>()?;
        Ok(Value::Struct { name: name.clone(), discriminant, fields })
    }
}
