//! All trees of a contract as bytes, in the format of the official tools.
//!
//! Source: `pbc-formats.md` 2.6, *Tree snapshot*.

use pbc_traits::{Cause, DecodeError, Source, StrictDecoder};

use super::{Map, Tree, Trees};

/// The least bytes of a tree and of an entry.
const TREE_MIN: usize = 11;
const ENTRY_MIN: usize = 11;

impl Trees {
    /// The trees and their content.
    pub fn to_snapshot(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        put_count(&mut bytes, self.trees.len());
        for tree in &self.trees {
            bytes.push(1);
            bytes.extend(tree.id.to_le_bytes());
            bytes.extend([1, 1]);
            put_count(&mut bytes, tree.map.len());
            for (key, value) in tree.map.iter() {
                bytes.extend([1, 1]);
                put_count(&mut bytes, key.len());
                bytes.extend(key);
                bytes.push(1);
                put_count(&mut bytes, value.len());
                bytes.extend(value);
            }
        }
        bytes
    }

    /// The trees behind a snapshot.
    ///
    /// # Errors
    ///
    /// At the first byte that [`Trees::to_snapshot`] would not have written: ids and keys rise
    /// strictly, ids are not negative, nothing is absent, and nothing follows.
    pub fn from_snapshot(snapshot: &[u8]) -> Result<Trees, DecodeError> {
        let mut source = StrictDecoder::new(snapshot);
        let mut trees = Trees::new();
        for _ in 0..count(&mut source, TREE_MIN)? {
            present(&mut source)?;
            let position = source.position();
            let id = i32::from_le_bytes(source.array()?);
            if id <= trees.trees.last().map_or(-1, |last| last.id) {
                return Err(DecodeError { position, cause: Cause::UnsortedKeys });
            }
            present(&mut source)?;
            present(&mut source)?;
            trees.trees.push(Tree { id, map: entries(&mut source)? });
        }
        source.finish()?;
        Ok(trees)
    }
}

fn entries(source: &mut StrictDecoder<'_>) -> Result<Map, DecodeError> {
    let mut map = Map::default();
    let mut last: Option<Vec<u8>> = None;
    for _ in 0..count(source, ENTRY_MIN)? {
        present(source)?;
        present(source)?;
        let position = source.position();
        let length = count(source, 1)?;
        let key = source.bytes(length)?;
        if last.as_ref().is_some_and(|last| *last >= key) {
            return Err(DecodeError { position, cause: Cause::UnsortedKeys });
        }
        present(source)?;
        let length = count(source, 1)?;
        map.insert(&key, source.bytes(length)?.into());
        last = Some(key);
    }
    Ok(map)
}

/// A marker that says that something follows.
fn present(source: &mut StrictDecoder<'_>) -> Result<(), DecodeError> {
    let position = source.position();
    match source.byte()? {
        1 => Ok(()),
        byte => Err(DecodeError { position, cause: Cause::InvalidFlag { byte } }),
    }
}

fn count(source: &mut StrictDecoder<'_>, min: usize) -> Result<usize, DecodeError> {
    let count = u32::from_le_bytes(source.array()?);
    source.judge_count(count, min)
}

fn put_count(bytes: &mut Vec<u8>, count: usize) {
    let count = u32::try_from(count).expect("invariant: a tree is smaller than 4 GiB");
    bytes.extend(count.to_le_bytes());
}
