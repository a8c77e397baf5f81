//! Fetches what a reader node shows of a contract.
//!
//! The live registry is a system contract, whose state is served as JSON. Ours is a public contract,
//! whose root state and trees are served as bytes, trees in pages; they become an export, so that
//! what is fetched goes through the same import as what is in a file.
//!
//! A reader node is not trusted: every answer is bounded, has to have its shape, and is waited for
//! only so long. What fails for a moment is tried again. Where the node tells its latest block, all
//! parts of a state are read at that block, whose time is also that of the state.
//!
//! Source: `pbc-formats.md` 2.6 for contracts and trees, `registry.md` 11.1 for JSON. What they leave
//! open (shards, blocks, code, `blockTime`, `n`, `key`, `size`) is as in the published interface
//! description of reader nodes, version 4.39.

mod answers;
mod error;
mod http;
mod state;

use std::io::{Cursor, Read};
use std::time::Duration;

use pbc_contract_common::address::{Address, AddressType};
use zk_node_registry::rules::units::Timestamp;

use self::answers::{BlockAnswer, CodeAnswer, ContractAnswer, ShardAnswer, base64};
use self::http::Http;
use self::state::Fetch;
use crate::json::{Layout, MAX_DOCUMENT_BYTES, export_to_string};

pub use self::error::{ReaderError, Trouble};
pub use self::http::without_password;

/// The longest answer that is neither a state nor a page of a tree.
const SMALL: u64 = 16 << 20;

/// How long is waited, how often is tried, how much is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For a connection.
    pub connect: Duration,
    /// For the next bytes of an answer.
    pub silence: Duration,
    /// For a whole answer.
    pub answer: Duration,
    /// How often a request is made before its failure counts.
    pub attempts: u32,
    /// Between the first two attempts; each further pause is twice as long.
    pub pause: Duration,
    /// The longest state, in bytes; of a state of trees the bytes of its entries together.
    pub state_bytes: u64,
    /// How many entries of a tree are asked for at once.
    pub page: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connect: Duration::from_secs(10),
            silence: Duration::from_secs(30),
            answer: Duration::from_secs(600),
            attempts: 3,
            pause: Duration::from_secs(1),
            state_bytes: MAX_DOCUMENT_BYTES,
            page: 500,
        }
    }
}

/// A block of a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its number.
    pub number: i64,
    /// Its production time.
    pub produced: Timestamp,
}

/// How far the reading of a tree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The tree.
    pub tree: &'static str,
    /// Its entries that are here.
    pub read: u64,
    /// Its entries.
    pub size: u64,
}

/// A state as a document for [`import`](crate::json::import).
pub struct Document {
    /// The text of the document.
    pub text: Box<dyn Read>,
    /// Where the text comes from.
    pub url: String,
    /// The block at which the state was read, or the latest one right before; `None` if the node
    /// does not tell.
    pub block: Option<Block>,
}

/// What is deployed at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// The root state.
    pub root: Vec<u8>,
    /// The ABI file.
    pub abi: Vec<u8>,
    /// The identifier of the code, in hex.
    pub code_id: String,
    /// The code; `None` if the node does not serve it.
    pub code: Option<Vec<u8>>,
}

/// A reader node.
#[derive(Debug)]
pub struct Reader {
    http: Http,
    limits: Limits,
}

impl Reader {
    /// The reader node at `url`, such as `https://node1.testnet.partisiablockchain.com`. Nothing is
    /// sent yet.
    ///
    /// # Errors
    ///
    /// [`Trouble::Url`].
    pub fn new(url: &str, limits: Limits) -> Result<Reader, ReaderError> {
        Ok(Reader { http: Http::new(url, limits)?, limits })
    }

    /// The state of `contract`. `shard` says on which shard it is, if the node is not to be asked.
    ///
    /// # Errors
    ///
    /// [`ReaderError`]: what is wrong with which request. Reading the text fails likewise.
    pub fn document(
        &self,
        contract: &Address,
        shard: Option<&str>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Document, ReaderError> {
        let is_public = match contract.address_type {
            AddressType::PublicContract => true,
            AddressType::SystemContract | AddressType::GoveranceContract => false,
            AddressType::Account | AddressType::ZkContract => {
                let url = self.http.url(&contract_path(contract));
                return Err(ReaderError { url, trouble: Trouble::NoRegistry(*contract) });
            }
        };
        let shard = self.shard(contract, shard)?;
        let block = self.block(&shard)?;
        if is_public {
            let path = contract_path(contract);
            let url = self.http.url(&path);
            let fetch = Fetch { http: &self.http, limits: self.limits, path, block };
            let text = export_to_string(&fetch.image(progress)?, Layout::Compact);
            return Ok(Document { text: Box::new(Cursor::new(text)), url, block });
        }
        let path = format!("/shards/{shard}/blockchain/contracts/{contract:x}");
        let query = format!("{path}?requireContractState=true");
        let text = self.http.stream(&query, self.limits.state_bytes)?;
        Ok(Document { text: Box::new(text), url: self.http.url(&path), block })
    }

    /// Whether the node knows `contract`.
    ///
    /// # Errors
    ///
    /// [`ReaderError`], but for an answer that there is none.
    pub fn exists(&self, contract: &Address) -> Result<bool, ReaderError> {
        let path = contract_path(contract);
        let answer = self.http.found::<serde::de::IgnoredAny>(&path, self.limits.state_bytes)?;
        Ok(answer.is_some())
    }

    /// The code, the ABI and the root state of `contract`.
    ///
    /// # Errors
    ///
    /// As [`Reader::document`].
    pub fn served(&self, contract: &Address) -> Result<Served, ReaderError> {
        let path = contract_path(contract);
        let of = |trouble| ReaderError { url: self.http.url(&path), trouble };
        if contract.address_type != AddressType::PublicContract {
            return Err(of(Trouble::NotPublic(*contract)));
        }
        let answer: ContractAnswer = self.http.json(&path, SMALL)?;
        let root = base64("serializedContract", answer.serialized_contract.as_deref());
        let abi = base64("abi", answer.abi.as_deref());
        let (root, abi) = (root.map_err(of)?, abi.map_err(of)?);
        let code_id = answer.jar;
        let code_id =
            code_id.ok_or_else(|| of(Trouble::Shape("the key `jar` is missing".to_owned())))?;
        let shard = answer.shard_id.ok_or_else(|| of(Trouble::NoShard))?;
        for (key, value) in [("jar", &code_id), ("shardId", &shard)] {
            if !is_word(value) {
                return Err(of(Trouble::Shape(format!(
                    "`{key}` is no word of letters and digits"
                ))));
            }
        }
        let path = format!("/chain/shards/{shard}/jars/{code_id}");
        let of = |trouble| ReaderError { url: self.http.url(&path), trouble };
        let answer = self.http.found::<CodeAnswer>(&path, SMALL)?;
        let code = answer.map(|CodeAnswer { data }| base64("data", Some(&data)));
        let code = code.transpose().map_err(of)?;
        Ok(Served { root, abi, code_id, code })
    }

    /// The shard on which `contract` is: as said, else as the node says.
    fn shard(&self, contract: &Address, said: Option<&str>) -> Result<String, ReaderError> {
        if let Some(said) = said {
            if !is_word(said) {
                let url = self.http.url("/shards");
                return Err(ReaderError { url, trouble: Trouble::Shard(said.to_owned()) });
            }
            return Ok(said.to_owned());
        }
        let path = contract_path(contract);
        // The answer may have the whole state in it.
        let answer: ShardAnswer = self.http.json(&path, self.limits.state_bytes)?;
        match answer.shard_id {
            Some(shard) if is_word(&shard) => Ok(shard),
            _ => {
                let url = self.http.url(&path);
                Err(ReaderError { url, trouble: Trouble::NoShard })
            }
        }
    }

    /// The latest block of `shard`; `None` if the node does not tell.
    fn block(&self, shard: &str) -> Result<Option<Block>, ReaderError> {
        let answer = self.http.found(&format!("/chain/shards/{shard}/blocks"), SMALL)?;
        Ok(answer.map(|BlockAnswer { block_time, production_time }| Block {
            number: block_time,
            produced: Timestamp::from_millis(production_time),
        }))
    }
}

fn contract_path(contract: &Address) -> String {
    format!("/chain/contracts/{contract:x}")
}

/// Whether `text` can stand in a path as it is.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.chars().all(|it| it.is_ascii_alphanumeric())
}
