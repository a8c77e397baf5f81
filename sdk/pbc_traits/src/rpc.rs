//! The coding of calls: big-endian, counts before elements, no types.

use std::io::{self, Read, Write};

use crate::derive::decoding;
use crate::error::fail;
use crate::source::{Reader, Source, SourceReader};
use crate::DecodeError;

/// Read in the format of calls.
///
/// The hidden items have defaults: a codec that is written by hand needs `rpc_read_from` only.
pub trait ReadRPC: Sized {
    /// Reads a value. Short or malformed input panics.
    fn rpc_read_from<T: Read>(reader: &mut T) -> Self;

    /// Least bytes that a value takes.
    #[doc(hidden)]
    const RPC_MIN_SIZE: usize = 0;

    #[doc(hidden)]
    fn rpc_decode<S: Source>(source: &mut S) -> Result<Self, DecodeError> {
        Ok(Self::rpc_read_from(&mut SourceReader(source)))
    }

    #[doc(hidden)]
    #[inline]
    fn rpc_decode_vec<S: Source>(source: &mut S, count: usize) -> Result<Vec<Self>, DecodeError> {
        let mut values = source.vec_for(count);
        for _ in 0..count {
            values.push(Self::rpc_decode(source)?);
        }
        Ok(values)
    }
}

/// Written in the format of calls.
pub trait WriteRPC: Sized {
    /// Writes the value.
    ///
    /// # Errors
    ///
    /// Those of `writer` only.
    fn rpc_write_to<T: Write>(&self, writer: &mut T) -> io::Result<()>;

    #[doc(hidden)]
    #[inline]
    fn rpc_write_slice<T: Write>(values: &[Self], writer: &mut T) -> io::Result<()> {
        values.iter().try_for_each(|value| value.rpc_write_to(writer))
    }
}

/// Decodes through [`ReadRPC::rpc_decode`] what `rpc_read_from` is to read.
pub fn read<V: ReadRPC, T: Read>(reader: &mut T) -> V {
    decoding("");
    V::rpc_decode(&mut Reader::new(reader)).unwrap_or_else(|error| fail(error))
}

/// Decodes a field.
#[inline]
pub fn rpc_field<V: ReadRPC, S: Source>(
    source: &mut S,
    _name: &'static str,
) -> Result<V, DecodeError> {
    V::rpc_decode(source)
}

/// `rpc_read_from` by way of `rpc_decode`.
macro_rules! read_by_decode {
    () => {
        #[inline]
        fn rpc_read_from<R: Read>(reader: &mut R) -> Self {
            read(reader)
        }
    };
}

/// The number of bytes or elements that follows in a call: 4 bytes, big-endian.
#[inline]
fn count<S: Source>(source: &mut S, min: usize) -> Result<usize, DecodeError> {
    let count = u32::from_be_bytes(source.array()?);
    source.judge_count(count, min)
}

#[inline]
fn write_count<W: Write>(count: usize, writer: &mut W) -> io::Result<()> {
    let count = u32::try_from(count).expect("more than 2^32 - 1 elements have no encoding");
    writer.write_all(&count.to_be_bytes())
}

macro_rules! integers {
    ($($int:ty)*) => {$(
        impl ReadRPC for $int {
            read_by_decode!();
            const RPC_MIN_SIZE: usize = size_of::<$int>();

            #[inline]
            fn rpc_decode<S: Source>(source: &mut S) -> Result<Self, DecodeError> {
                source.array().map(<$int>::from_be_bytes)
            }
        }

        impl WriteRPC for $int {
            #[inline]
            fn rpc_write_to<W: Write>(&self, writer: &mut W) -> io::Result<()> {
                writer.write_all(&self.to_be_bytes())
            }
        }
    )*};
}

integers!(u16 u32 u64 u128 i8 i16 i32 i64 i128);

impl ReadRPC for u8 {
    read_by_decode!();
    const RPC_MIN_SIZE: usize = 1;

    #[inline]
    fn rpc_decode<S: Source>(source: &mut S) -> Result<Self, DecodeError> {
        source.byte()
    }

    #[inline]
    fn rpc_decode_vec<S: Source>(source: &mut S, count: usize) -> Result<Vec<Self>, DecodeError> {
        source.bytes(count)
    }
}

impl WriteRPC for u8 {
    #[inline]
    fn rpc_write_to<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(&[*self])
    }

    #[inline]
    fn rpc_write_slice<W: Write>(values: &[Self], writer: &mut W) -> io::Result<()> {
        writer.write_all(values)
    }
}

/// Any byte but 0 reads as true.
impl ReadRPC for bool {
    read_by_decode!();
    const RPC_MIN_SIZE: usize = 1;

    #[inline]
    fn rpc_decode<S: Source>(source: &mut S) -> Result<Self, DecodeError> {
        source.flag()
    }
}

impl WriteRPC for bool {
    #[inline]
    fn rpc_write_to<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(&[u8::from(*self)])
    }
}

impl ReadRPC for String {
    read_by_decode!();
    const RPC_MIN_SIZE: usize = 4;

    #[inline]
    fn rpc_decode<S: Source>(source: &mut S) -> Result<Self, DecodeError> {
        let length = count(source, 1)?;
        source.string(length)
    }
}

impl WriteRPC for String {
    #[inline]
    fn rpc_write_to<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        write_count(self.len(), writer)?;
        writer.write_all(self.as_bytes())
    }
}

/// Any marker but 0 reads as `Some`.
impl<T: ReadRPC> ReadRPC for Option<T> {
    read_by_decode!();
    const RPC_MIN_SIZE: usize = 1;

    #[inline]
    fn rpc_decode<S: Source>(source: &mut S) -> Result<Self, DecodeError> {
        if source.flag()? {
            T::rpc_decode(source).map(Some)
        } else {
            Ok(None)
        }
    }
}

impl<T: WriteRPC> WriteRPC for Option<T> {
    #[inline]
    fn rpc_write_to<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        match self {
            None => writer.write_all(&[0]),
            Some(value) => {
                writer.write_all(&[1])?;
                value.rpc_write_to(writer)
            }
        }
    }
}

impl<T: ReadRPC> ReadRPC for Vec<T> {
    read_by_decode!();
    const RPC_MIN_SIZE: usize = 4;

    #[inline]
    fn rpc_decode<S: Source>(source: &mut S) -> Result<Self, DecodeError> {
        let count = count(source, T::RPC_MIN_SIZE)?;
        T::rpc_decode_vec(source, count)
    }
}

impl<T: WriteRPC> WriteRPC for Vec<T> {
    #[inline]
    fn rpc_write_to<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        write_count(self.len(), writer)?;
        T::rpc_write_slice(self, writer)
    }
}

impl<const N: usize> ReadRPC for [u8; N] {
    read_by_decode!();
    const RPC_MIN_SIZE: usize = N;

    #[inline]
    fn rpc_decode<S: Source>(source: &mut S) -> Result<Self, DecodeError> {
        source.array()
    }
}

impl<const N: usize> WriteRPC for [u8; N] {
    #[inline]
    fn rpc_write_to<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(self)
    }
}
