//! What can go wrong between here and a reader node.

use std::fmt;
use std::time::Duration;

use pbc_contract_common::address::Address;

use super::Block;
use crate::image::{LoadError, ROOT_BYTES};

/// A request that did not give what it was made for.
#[derive(Debug)]
pub struct ReaderError {
    /// What was asked for.
    pub url: String,
    /// What went wrong.
    pub trouble: Trouble,
}

/// What went wrong with a request.
#[derive(Debug)]
pub enum Trouble {
    /// The URL is none.
    Url(String),
    /// The shard is no word.
    Shard(String),
    /// An account, or a ZK contract.
    NoRegistry(Address),
    /// No public contract, which alone runs a module.
    NotPublic(Address),
    /// There was no connection, or it broke off before the answer.
    Connection {
        /// Why.
        reason: String,
        /// How often it was tried.
        attempts: u32,
    },
    /// The connection could not be made secure.
    Tls(String),
    /// There was no answer in time.
    Timeout {
        /// How long was waited the last time.
        limit: Duration,
        /// How often it was tried.
        attempts: u32,
    },
    /// The answer was not HTTP.
    NotHttp(String),
    /// The answer was a refusal.
    Status {
        /// The status of HTTP.
        status: u16,
        /// How often it was tried.
        attempts: u32,
    },
    /// The answer ended before its end.
    Truncated {
        /// How often it was tried.
        attempts: u32,
    },
    /// The answer is longer than this many bytes.
    TooLarge(u64),
    /// The answer is not what it should be.
    Shape(String),
    /// The answer does not say on which shard the contract is.
    NoShard,
    /// The entries of a tree did not come to as many as the node had said.
    Torn {
        /// The tree.
        tree: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// The root state has another length than that of a registry.
    Root(usize),
    /// What was served is not the state of a registry.
    State {
        /// Why not.
        errors: Vec<LoadError>,
        /// The block at which all parts were read; `None` if they may be of several.
        block: Option<Block>,
    },
}

/// `URL: what went wrong; what to do`, a line for each thing that is wrong.
impl fmt::Display for ReaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ReaderError { url, trouble } = self;
        let lines: Vec<String> =
            trouble.to_string().lines().map(|line| format!("{url}: {line}")).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Url(reason) => write!(
                f,
                "{reason}; a reader node has a URL such as \
                 https://node1.testnet.partisiablockchain.com"
            ),
            Trouble::Shard(shard) => {
                write!(f, "`{}` is no shard; say one such as `Shard0`", shard.escape_default())
            }
            Trouble::NoRegistry(address) => write!(
                f,
                "{address:x} is an account or a ZK contract; a registry is a system contract (01, \
                 04) or a public one (02)"
            ),
            Trouble::NotPublic(address) => write!(
                f,
                "{address:x} is no public contract (02), and only those run a module that could be \
                 compared; the live registry is a system contract"
            ),
            Trouble::Connection { reason, attempts } => write!(
                f,
                "no connection: {reason}{}; is the URL right, and the node up?",
                tried(*attempts)
            ),
            Trouble::Tls(reason) => write!(
                f,
                "no secure connection: {reason}; does the URL begin rightly with https, is this \
                 machine's clock right, and has it certificates (package ca-certificates)?"
            ),
            Trouble::Timeout { limit, attempts } => write!(
                f,
                "no answer within {limit:?}{}; is the node up? Another reader node may be faster",
                tried(*attempts)
            ),
            Trouble::NotHttp(reason) => {
                write!(f, "the answer is not HTTP ({reason}); is this a reader node?")
            }
            Trouble::Status { status, attempts } => {
                write!(f, "the answer is HTTP {status}{}; {}", tried(*attempts), remedy(*status))
            }
            Trouble::Truncated { attempts } => {
                write!(f, "the answer breaks off before its end{}; try again", tried(*attempts))
            }
            Trouble::TooLarge(limit) => write!(
                f,
                "the answer is longer than {limit} bytes, which is the limit; is this a reader \
                 node, and the contract a registry?"
            ),
            Trouble::Shape(reason) => write!(
                f,
                "the answer has not the shape of a reader node's: {reason}; is this a reader node?"
            ),
            Trouble::NoShard => f.write_str(
                "the answer does not say on which shard the contract is; say `--shard`, such as \
                 `--shard Shard0`",
            ),
            Trouble::Torn { tree, reason } => write!(
                f,
                "the tree {tree} {reason}; the registry may have changed while it was read: try \
                 again"
            ),
            Trouble::Root(length) => write!(
                f,
                "the state has {length} bytes, and that of a ZK node registry has {ROOT_BYTES}; is \
                 the address right?"
            ),
            Trouble::State { errors, block } => {
                let mut lines: Vec<String> = errors.iter().map(LoadError::to_string).collect();
                if block.is_none() {
                    let doubt = "the node does not tell blocks, so these parts may be of different \
                                 times: try again";
                    lines.push(doubt.to_owned());
                }
                f.write_str(&lines.join("\n"))
            }
        }
    }
}

impl std::error::Error for ReaderError {}

fn tried(attempts: u32) -> String {
    if attempts > 1 { format!(", tried {attempts} times") } else { String::new() }
}

fn remedy(status: u16) -> &'static str {
    match status {
        404 => {
            "there is no such contract or shard here: is the address right, `--shard` too, and this \
             a node of the right chain? Testnet has nodes of its own"
        }
        401 | 403 => "the node does not serve everybody; another reader node may",
        429 => "the node limits how much is asked; try later",
        500..=599 => "the node is in trouble; try later, or another reader node",
        _ => "is this a reader node?",
    }
}
