//! Maps whose content stays in the host: state holds the id of a tree only.
//!
//! Source: `pbc-formats.md` 1.8 and 2.6.

use std::io::{self, Read, Write};
use std::marker::PhantomData;

use pbc_lib::avl;
use pbc_traits::derive::{decoding, written};
use pbc_traits::{DecodeError, Decoder, ReadWriteState, Source};

/// A map in the host, loaded entry by entry.
///
/// Entries come in byte order of the coded keys, which is not the order of `K`.
#[derive(Debug)]
pub struct AvlTreeMap<K, V> {
    tree_id: i32,
    content: PhantomData<(K, V)>,
}

impl<K: ReadWriteState, V: ReadWriteState> AvlTreeMap<K, V> {
    /// The length of every value, if they have one.
    const VALUE_SIZE: Option<usize> =
        if V::SERIALIZABLE_BY_COPY { Some(size_of::<V>()) } else { None };

    /// The length of every entry, if they have one.
    const ENTRY_SIZE: Option<usize> = {
        let size = size_of::<K>() + size_of::<V>();
        let by_copy = K::SERIALIZABLE_BY_COPY && V::SERIALIZABLE_BY_COPY;
        if by_copy && size_of::<(K, V)>() == size {
            Some(size)
        } else {
            None
        }
    };

    /// Makes a tree in the host. It is there for good: call this in init only.
    pub fn new() -> Self {
        AvlTreeMap { tree_id: avl::new(), content: PhantomData }
    }

    /// The value of `key`, by value: to change it, insert it again.
    #[inline]
    pub fn get(&self, key: &K) -> Option<V> {
        self.with_key(key, |key| avl::get(self.tree_id, key, Self::VALUE_SIZE, decode::<V>))
    }

    /// Whether `key` has a value.
    #[inline]
    pub fn contains_key(&self, key: &K) -> bool {
        self.with_key(key, |key| avl::contains_key(self.tree_id, key))
    }

    /// Gives `key` a value, in place of the one it may have.
    #[inline]
    pub fn insert(&mut self, key: K, value: V) {
        avl::with_buffer(|buffer| {
            encode(&key, buffer);
            let key_length = buffer.len();
            encode(&value, buffer);
            let (key, value) = buffer.split_at(key_length);
            avl::insert(self.tree_id, key, value);
        });
    }

    /// Removes `key`, if it is there.
    #[inline]
    pub fn remove(&mut self, key: &K) {
        self.with_key(key, |key| avl::remove(self.tree_id, key));
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        avl::len(self.tree_id)
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entries, in byte order of the coded keys.
    pub fn iter(&self) -> impl Iterator<Item = (K, V)> + '_ {
        let mut last: Option<Vec<u8>> = None;
        std::iter::from_fn(move || {
            avl::next(self.tree_id, last.as_deref(), Self::ENTRY_SIZE, |entry| {
                let mut source = Decoder::new(entry);
                let key = read(&mut source);
                let key_length = source.position();
                let value = read(&mut source);
                (entry[..key_length].to_vec(), (key, value))
            })
            .map(|(key, entry)| {
                last = Some(key);
                entry
            })
        })
    }

    #[inline]
    fn with_key<R>(&self, key: &K, work: impl FnOnce(&[u8]) -> R) -> R {
        avl::with_buffer(|buffer| {
            encode(key, buffer);
            work(buffer)
        })
    }
}

#[inline]
fn encode<T: ReadWriteState>(value: &T, buffer: &mut Vec<u8>) {
    written(value.state_write_to(buffer));
}

#[inline]
fn decode<T: ReadWriteState>(bytes: &[u8]) -> T {
    read(&mut Decoder::new(bytes))
}

#[inline]
fn read<T: ReadWriteState>(source: &mut Decoder<'_>) -> T {
    decoding(PART);
    T::state_decode(source).unwrap_or_else(|error| malformed(error))
}

const PART: &str = "malformed tree entry: ";

#[cold]
fn malformed(error: DecodeError) -> ! {
    panic!("{PART}{}: {error}", error.code())
}

/// Makes a tree, as [`AvlTreeMap::new`] does.
impl<K: ReadWriteState, V: ReadWriteState> Default for AvlTreeMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

/// Coded as the id of the tree.
impl<K: ReadWriteState, V: ReadWriteState> ReadWriteState for AvlTreeMap<K, V> {
    const SERIALIZABLE_BY_COPY: bool = false;
    const STATE_MIN_SIZE: usize = size_of::<i32>();

    fn state_read_from<T: Read>(reader: &mut T) -> Self {
        pbc_traits::derive::read_state(reader)
    }

    #[inline]
    fn state_write_to<T: Write>(&self, writer: &mut T) -> io::Result<()> {
        self.tree_id.state_write_to(writer)
    }

    #[inline]
    fn state_decode<S: Source>(source: &mut S) -> Result<Self, DecodeError> {
        let tree_id = i32::state_decode(source)?;
        Ok(AvlTreeMap { tree_id, content: PhantomData })
    }
}
