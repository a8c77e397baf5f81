//! A registry whose root state and trees are served as bytes.

use std::collections::BTreeSet;

use pbc_lib::Trees;

use super::answers::{ContractAnswer, EntryAnswer, TreeAnswer, base64};
use super::error::{ReaderError, Trouble};
use super::http::Http;
use super::{Block, Limits, Progress, SMALL};
use crate::image::{Image, ROOT_BYTES, TREES};

/// How many bytes an entry counts besides its own, so that small ones are no way around the limit.
const ENTRY_OVERHEAD: u64 = 64;

/// The bytes of a tree's id in the root state.
const ID_BYTES: usize = size_of::<i32>();

/// One state, to be fetched.
pub(super) struct Fetch<'a> {
    pub(super) http: &'a Http,
    pub(super) limits: Limits,
    /// Of the contract.
    pub(super) path: String,
    /// The block at which everything is read, if the node told one.
    pub(super) block: Option<Block>,
}

impl Fetch<'_> {
    /// Fetches it.
    pub(super) fn image(&self, progress: &mut dyn FnMut(Progress)) -> Result<Image, ReaderError> {
        let path = self.at_block(&self.path, "");
        let url = self.http.url(&path);
        let of = |trouble| ReaderError { url: url.clone(), trouble };
        let answer: ContractAnswer = self.http.json(&path, SMALL)?;
        let root = base64("serializedContract", answer.serialized_contract.as_deref());
        let (mut root, ids) = root.and_then(split_root).map_err(of)?;

        let mut trees = Trees::new();
        let mut room = self.limits.state_bytes;
        for (name, id) in TREES.into_iter().zip(ids) {
            let tree = trees.create();
            let mut entries = Entries { tree: name, path: format!("{}/avl/{id}", self.path) };
            self.tree(&mut entries, &mut room, progress, |key, value| {
                trees.insert(tree, key, value);
            })?;
            root.extend(tree.to_le_bytes());
        }
        trees.reset_operations();
        let block = self.block;
        Image::load(&root, &trees).map_err(|errors| of(Trouble::State { errors, block }))
    }

    /// `path` with what is asked of it, at the block.
    fn at_block(&self, path: &str, query: &str) -> String {
        let block = self.block.map(|block| format!("blockTime={}", block.number));
        let parts = [query.to_owned(), block.unwrap_or_default()];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let separator = if parts.is_empty() { "" } else { "?" };
        format!("{path}{separator}{}", parts.join("&"))
    }

    /// Reads a tree page by page.
    fn tree(
        &self,
        entries: &mut Entries,
        room: &mut u64,
        progress: &mut dyn FnMut(Progress),
        mut insert: impl FnMut(&[u8], &[u8]),
    ) -> Result<(), ReaderError> {
        let tree = entries.tree;
        let TreeAnswer { size } = self.http.json(&self.at_block(&entries.path, ""), SMALL)?;
        let mut keys: BTreeSet<Vec<u8>> = BTreeSet::new();
        let mut last: Option<Vec<u8>> = None;
        loop {
            let read = keys.len() as u64;
            progress(Progress { tree, read, size });
            if read == size {
                return Ok(());
            }
            let after = last.as_ref().map(|key| format!("key={}&", hex::encode(key)));
            let query = format!("{}n={}", after.unwrap_or_default(), self.limits.page);
            let path = self.at_block(&format!("{}/next", entries.path), &query);
            let of = |trouble| ReaderError { url: self.http.url(&path), trouble };
            let page: Vec<EntryAnswer> = self.http.json(&path, self.limits.state_bytes)?;
            if page.is_empty() || page.len() as u64 > size - read {
                let reason = format!("has {} entries, not {size}", read + page.len() as u64);
                return Err(of(Trouble::Torn { tree, reason }));
            }
            for EntryAnswer { key, value } in page {
                let key = hex::decode(&key)
                    .map_err(|error| of(Trouble::Shape(format!("`key` is not hex: {error}"))))?;
                let value = base64("value", Some(&value)).map_err(of)?;
                let bytes = (key.len() as u64).saturating_add(value.len() as u64) + ENTRY_OVERHEAD;
                *room = room
                    .checked_sub(bytes)
                    .ok_or_else(|| of(Trouble::TooLarge(self.limits.state_bytes)))?;
                insert(&key, &value);
                if !keys.insert(key.clone()) {
                    let reason = format!("has the key {} twice", hex::encode(key));
                    return Err(of(Trouble::Torn { tree, reason }));
                }
                last = Some(key);
            }
        }
    }
}

/// A tree that is being read.
struct Entries {
    tree: &'static str,
    path: String,
}

/// The root without the ids of its trees, and these: the chain may count otherwise than from 0.
fn split_root(mut root: Vec<u8>) -> Result<(Vec<u8>, Vec<i32>), Trouble> {
    if root.len() != ROOT_BYTES {
        return Err(Trouble::Root(root.len()));
    }
    let ids = root.split_off(ROOT_BYTES - TREES.len() * ID_BYTES);
    let id = |bytes: &[u8]| {
        i32::from_le_bytes(bytes.try_into().expect("invariant: a chunk has the bytes of an id"))
    };
    Ok((root, ids.chunks_exact(ID_BYTES).map(id).collect()))
}
