//! State coding: a count, then keys and values, or elements. In calls they have none.
//!
//! A contract takes what its state holds as it is; a host's loader refuses keys that do not rise
//! strictly, since look-ups would miss them in silence.

use std::io::{self, Read, Write};

use pbc_traits::{Cause, DecodeError, ReadWriteState, Source, Step};

use super::{SortedVec, SortedVecMap, SortedVecSet};

#[inline]
fn count<S: Source>(source: &mut S, min: usize) -> Result<usize, DecodeError> {
    let count = u32::from_le_bytes(source.array()?);
    source.judge_count(count, min)
}

fn write_count<W: Write>(count: usize, writer: &mut W) -> io::Result<()> {
    let count = u32::try_from(count).expect("more than 2^32 - 1 elements have no encoding");
    writer.write_all(&count.to_le_bytes())
}

/// Refuses, in a host's loader, a key that is not larger than the one before.
#[inline]
fn check_order<S: Source, K: Ord>(
    last: Option<&K>,
    key: &K,
    position: usize,
) -> Result<(), DecodeError> {
    if S::STRICT && last.is_some_and(|last| last >= key) {
        return Err(DecodeError::at(position, Cause::UnsortedKeys));
    }
    Ok(())
}

impl<K: ReadWriteState + Ord, V: ReadWriteState> ReadWriteState for SortedVecMap<K, V> {
    const SERIALIZABLE_BY_COPY: bool = false;
    const STATE_MIN_SIZE: usize = 4;

    fn state_read_from<T: Read>(reader: &mut T) -> Self {
        pbc_traits::derive::read_state(reader)
    }

    #[inline]
    fn state_write_to<T: Write>(&self, writer: &mut T) -> io::Result<()> {
        write_count(self.entries.len(), writer)?;
        self.entries.iter().try_for_each(|(key, value)| {
            key.state_write_to(writer)?;
            value.state_write_to(writer)
        })
    }

    #[inline]
    fn state_decode<S: Source>(source: &mut S) -> Result<Self, DecodeError> {
        let count = count(source, K::STATE_MIN_SIZE + V::STATE_MIN_SIZE)?;
        let mut entries: Vec<(K, V)> = source.vec_for(count);
        for index in 0..count {
            source.enter(Step::Key(index));
            let position = source.position();
            let key = K::state_decode(source)?;
            check_order::<S, K>(entries.last().map(|(last, _)| last), &key, position)?;
            source.leave();
            source.enter(Step::Value(index));
            entries.push((key, V::state_decode(source)?));
            source.leave();
        }
        Ok(SortedVecMap { entries })
    }
}

fn elements<E: ReadWriteState + Ord, S: Source>(source: &mut S) -> Result<Vec<E>, DecodeError> {
    let count = count(source, E::STATE_MIN_SIZE)?;
    let mut elements: Vec<E> = source.vec_for(count);
    for index in 0..count {
        source.enter(Step::Index(index));
        let position = source.position();
        let element = E::state_decode(source)?;
        check_order::<S, E>(elements.last(), &element, position)?;
        source.leave();
        elements.push(element);
    }
    Ok(elements)
}

macro_rules! set_codec {
    ($($set:ident)*) => {$(
        impl<E: ReadWriteState + Ord> ReadWriteState for $set<E> {
            const SERIALIZABLE_BY_COPY: bool = false;
            const STATE_MIN_SIZE: usize = 4;

            fn state_read_from<T: Read>(reader: &mut T) -> Self {
                pbc_traits::derive::read_state(reader)
            }

            #[inline]
            fn state_write_to<T: Write>(&self, writer: &mut T) -> io::Result<()> {
                write_count(self.elements.len(), writer)?;
                E::state_write_slice(&self.elements, writer)
            }

            #[inline]
            fn state_decode<S: Source>(source: &mut S) -> Result<Self, DecodeError> {
                elements(source).map(|elements| $set { elements })
            }
        }
    )*};
}

set_codec!(SortedVecSet SortedVec);
