//! The coding of state: little-endian, counts before elements, no types.

use std::array;
use std::collections::VecDeque;
use std::io::{self, Read, Write};

use crate::derive::decoding;
use crate::error::fail;
use crate::source::{Reader, Source, SourceReader, Step};
use crate::DecodeError;

/// Read and written in the format of state.
///
/// The hidden items have defaults: a codec that is written by hand needs the others only.
pub trait ReadWriteState: Sized {
    /// Whether the bytes are those in memory, of fixed length. Trees then need no size query.
    const SERIALIZABLE_BY_COPY: bool;

    /// Reads a value. Short or malformed input panics.
    fn state_read_from<T: Read>(reader: &mut T) -> Self;

    /// Writes the value.
    ///
    /// # Errors
    ///
    /// Those of `writer` only.
    fn state_write_to<T: Write>(&self, writer: &mut T) -> io::Result<()>;

    /// Least bytes that a value takes.
    #[doc(hidden)]
    const STATE_MIN_SIZE: usize = 0;

    #[doc(hidden)]
    fn state_decode<S: Source>(source: &mut S) -> Result<Self, DecodeError> {
        Ok(Self::state_read_from(&mut SourceReader(source)))
    }

    #[doc(hidden)]
    #[inline]
    fn state_decode_vec<S: Source>(source: &mut S, count: usize) -> Result<Vec<Self>, DecodeError> {
        let mut values = source.vec_for(count);
        for index in 0..count {
            source.enter(Step::Index(index));
            values.push(Self::state_decode(source)?);
            source.leave();
        }
        Ok(values)
    }

    #[doc(hidden)]
    #[inline]
    fn state_decode_array<S: Source, const N: usize>(
        source: &mut S,
    ) -> Result<[Self; N], DecodeError> {
        let mut error = None;
        let values: [Option<Self>; N] = array::from_fn(|index| {
            if error.is_some() {
                return None;
            }
            source.enter(Step::Index(index));
            match Self::state_decode(source) {
                Ok(value) => {
                    source.leave();
                    Some(value)
                }
                Err(first) => {
                    error = Some(first);
                    None
                }
            }
        });
        match error {
            Some(error) => Err(error),
            None => Ok(values.map(|value| value.expect("invariant: there was no error"))),
        }
    }

    #[doc(hidden)]
    #[inline]
    fn state_write_slice<T: Write>(values: &[Self], writer: &mut T) -> io::Result<()> {
        values.iter().try_for_each(|value| value.state_write_to(writer))
    }
}

/// Decodes through [`ReadWriteState::state_decode`] what `state_read_from` is to read.
pub fn read<V: ReadWriteState, T: Read>(reader: &mut T) -> V {
    decoding("");
    V::state_decode(&mut Reader::new(reader)).unwrap_or_else(|error| fail(error))
}

/// Decodes a field.
#[inline]
pub fn state_field<V: ReadWriteState, S: Source>(
    source: &mut S,
    name: &'static str,
) -> Result<V, DecodeError> {
    source.enter(Step::Field(name));
    let value = V::state_decode(source)?;
    source.leave();
    Ok(value)
}

/// Whether a struct of `size` bytes has no padding between or after fields of these sizes.
pub const fn is_packed(size: usize, fields: &[usize]) -> bool {
    let mut index = 0;
    let mut sum = 0;
    while index < fields.len() {
        sum += fields[index];
        index += 1;
    }
    size == sum
}

/// `state_read_from` by way of `state_decode`.
macro_rules! read_by_decode {
    () => {
        #[inline]
        fn state_read_from<R: Read>(reader: &mut R) -> Self {
            read(reader)
        }
    };
}

/// The number of bytes or elements that follows in state: 4 bytes, little-endian.
#[inline]
fn count<S: Source>(source: &mut S, min: usize) -> Result<usize, DecodeError> {
    let count = u32::from_le_bytes(source.array()?);
    source.judge_count(count, min)
}

#[inline]
fn write_count<W: Write>(count: usize, writer: &mut W) -> io::Result<()> {
    let count = u32::try_from(count).expect("more than 2^32 - 1 elements have no encoding");
    writer.write_all(&count.to_le_bytes())
}

macro_rules! integers {
    ($($int:ty)*) => {$(
        impl ReadWriteState for $int {
            const SERIALIZABLE_BY_COPY: bool = true;
            const STATE_MIN_SIZE: usize = size_of::<$int>();
            read_by_decode!();

            #[inline]
            fn state_write_to<W: Write>(&self, writer: &mut W) -> io::Result<()> {
                writer.write_all(&self.to_le_bytes())
            }

            #[inline]
            fn state_decode<S: Source>(source: &mut S) -> Result<Self, DecodeError> {
                source.array().map(<$int>::from_le_bytes)
            }
        }
    )*};
}

integers!(u16 u32 u64 u128 i8 i16 i32 i64 i128);

impl ReadWriteState for u8 {
    const SERIALIZABLE_BY_COPY: bool = true;
    const STATE_MIN_SIZE: usize = 1;
    read_by_decode!();

    #[inline]
    fn state_write_to<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(&[*self])
    }

    #[inline]
    fn state_decode<S: Source>(source: &mut S) -> Result<Self, DecodeError> {
        source.byte()
    }

    #[inline]
    fn state_decode_vec<S: Source>(source: &mut S, count: usize) -> Result<Vec<Self>, DecodeError> {
        source.bytes(count)
    }

    #[inline]
    fn state_decode_array<S: Source, const N: usize>(
        source: &mut S,
    ) -> Result<[Self; N], DecodeError> {
        source.array()
    }

    #[inline]
    fn state_write_slice<W: Write>(values: &[Self], writer: &mut W) -> io::Result<()> {
        writer.write_all(values)
    }
}

/// Any byte but 0 reads as true, except in a host's loader.
impl ReadWriteState for bool {
    const SERIALIZABLE_BY_COPY: bool = true;
    const STATE_MIN_SIZE: usize = 1;
    read_by_decode!();

    #[inline]
    fn state_write_to<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(&[u8::from(*self)])
    }

    #[inline]
    fn state_decode<S: Source>(source: &mut S) -> Result<Self, DecodeError> {
        source.flag()
    }
}

impl ReadWriteState for String {
    const SERIALIZABLE_BY_COPY: bool = false;
    const STATE_MIN_SIZE: usize = 4;
    read_by_decode!();

    #[inline]
    fn state_write_to<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        write_count(self.len(), writer)?;
        writer.write_all(self.as_bytes())
    }

    #[inline]
    fn state_decode<S: Source>(source: &mut S) -> Result<Self, DecodeError> {
        let length = count(source, 1)?;
        source.string(length)
    }
}

/// Any marker but 0 reads as `Some`, except in a host's loader.
impl<T: ReadWriteState> ReadWriteState for Option<T> {
    const SERIALIZABLE_BY_COPY: bool = false;
    const STATE_MIN_SIZE: usize = 1;
    read_by_decode!();

    #[inline]
    fn state_write_to<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        match self {
            None => writer.write_all(&[0]),
            Some(value) => {
                writer.write_all(&[1])?;
                value.state_write_to(writer)
            }
        }
    }

    #[inline]
    fn state_decode<S: Source>(source: &mut S) -> Result<Self, DecodeError> {
        if source.flag()? {
            T::state_decode(source).map(Some)
        } else {
            Ok(None)
        }
    }
}

impl<T: ReadWriteState> ReadWriteState for Vec<T> {
    const SERIALIZABLE_BY_COPY: bool = false;
    const STATE_MIN_SIZE: usize = 4;
    read_by_decode!();

    #[inline]
    fn state_write_to<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        write_count(self.len(), writer)?;
        T::state_write_slice(self, writer)
    }

    #[inline]
    fn state_decode<S: Source>(source: &mut S) -> Result<Self, DecodeError> {
        let count = count(source, T::STATE_MIN_SIZE)?;
        T::state_decode_vec(source, count)
    }
}

/// Coded as a `Vec` of the same elements.
impl<T: ReadWriteState> ReadWriteState for VecDeque<T> {
    const SERIALIZABLE_BY_COPY: bool = false;
    const STATE_MIN_SIZE: usize = 4;
    read_by_decode!();

    fn state_write_to<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        write_count(self.len(), writer)?;
        let (front, back) = self.as_slices();
        T::state_write_slice(front, writer)?;
        T::state_write_slice(back, writer)
    }

    #[inline]
    fn state_decode<S: Source>(source: &mut S) -> Result<Self, DecodeError> {
        Vec::state_decode(source).map(VecDeque::from)
    }
}

impl<T: ReadWriteState, const N: usize> ReadWriteState for [T; N] {
    const SERIALIZABLE_BY_COPY: bool = T::SERIALIZABLE_BY_COPY;
    const STATE_MIN_SIZE: usize = N * T::STATE_MIN_SIZE;
    read_by_decode!();

    #[inline]
    fn state_write_to<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        T::state_write_slice(self, writer)
    }

    #[inline]
    fn state_decode<S: Source>(source: &mut S) -> Result<Self, DecodeError> {
        T::state_decode_array(source)
    }
}
