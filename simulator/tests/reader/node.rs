//! A reader node with one contract, as its interface description says.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pbc_lib::Trees;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use zkreg::deployment::deployed;

use crate::server::Answer;

/// The address of a registry of ours.
pub(crate) const REGISTRY: &str = "02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
/// The address of the live registry.
pub(crate) const LIVE: &str = "01a2020bb33ef9e0323c7a3210d5cb7fd492aa0d65";
/// The latest block, and its time.
pub(crate) const BLOCK: (i64, i64) = (4_711, 1_749_988_800_000);

type Entries = Vec<(Vec<u8>, Vec<u8>)>;

/// What the node knows.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) address: &'static str,
    pub(crate) root: Vec<u8>,
    pub(crate) trees: BTreeMap<i32, Entries>,
    /// The state as JSON, of a system contract.
    pub(crate) document: Value,
    pub(crate) abi: Vec<u8>,
    pub(crate) code: Option<Vec<u8>>,
    pub(crate) code_id: String,
    /// The most entries of a page.
    pub(crate) page: usize,
    pub(crate) tells_blocks: bool,
}

impl Node {
    fn new(address: &'static str) -> Node {
        let deployed = deployed();
        Node {
            address,
            root: Vec::new(),
            trees: BTreeMap::new(),
            document: Value::Null,
            abi: deployed.abi,
            code_id: hex::encode(Sha256::digest(&deployed.wasm)),
            code: Some(deployed.wasm),
            page: 1_000,
            tells_blocks: true,
        }
    }

    /// A node with a registry of ours.
    pub(crate) fn with_registry(root: &[u8], trees: &Trees) -> Node {
        let entries = |tree: i32| {
            trees.iter(tree).map(|(key, value)| (key.to_vec(), value.to_vec())).collect()
        };
        let trees = trees.ids().map(|tree| (tree, entries(tree))).collect();
        Node { root: root.to_vec(), trees, ..Node::new(REGISTRY) }
    }

    /// A node with the live registry, by a document in its envelope.
    pub(crate) fn with_document(document: &str) -> Node {
        let document: Value = serde_json::from_str(document).expect("JSON");
        Node { document: document["serializedContract"].clone(), ..Node::new(LIVE) }
    }

    /// What it answers to `request`, a path with a query.
    pub(crate) fn answer(&self, request: &str) -> Answer {
        self.found(request).map_or(Answer::Status(404), |value| Answer::Json(value.to_string()))
    }

    fn found(&self, request: &str) -> Option<Value> {
        let (path, query) = request.split_once('?').unwrap_or((request, ""));
        let query: BTreeMap<&str, &str> =
            query.split('&').filter_map(|part| part.split_once('=')).collect();
        if query.get("blockTime").is_some_and(|block| *block != BLOCK.0.to_string()) {
            return None;
        }
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match parts.as_slice() {
            ["chain", "contracts", address] if *address == self.address => Some(json!({
                "abi": STANDARD.encode(&self.abi),
                "address": address,
                "binder": "00",
                "jar": self.code_id,
                "serializedContract": STANDARD.encode(&self.root),
                "shardId": "Shard1",
                "storageLength": self.root.len(),
            })),
            ["chain", "contracts", address, "avl", tree] if *address == self.address => {
                Some(json!({ "size": self.trees.get(&tree.parse().ok()?)?.len() }))
            }
            ["chain", "contracts", address, "avl", tree, "next"] if *address == self.address => {
                let entries = self.trees.get(&tree.parse().ok()?)?;
                let after = query.get("key").map(|key| hex::decode(key).expect("a key in hex"));
                let wanted: usize = query.get("n")?.parse().ok()?;
                let next = entries.iter().filter(|(key, _)| after.as_ref() < Some(key));
                let entry = |(key, value): &(Vec<u8>, Vec<u8>)| json!({ "key": hex::encode(key), "value": STANDARD.encode(value) });
                Some(next.take(wanted.min(self.page)).map(entry).collect())
            }
            ["chain", "shards", "Shard1", "blocks"] if self.tells_blocks => {
                Some(json!({ "blockTime": BLOCK.0, "productionTime": BLOCK.1, "events": [] }))
            }
            ["chain", "shards", "Shard1", "jars", id] if *id == self.code_id => {
                Some(json!({ "data": STANDARD.encode(self.code.as_ref()?) }))
            }
            ["shards", "Shard1", "blockchain", "contracts", address]
                if *address == self.address
                    && query.get("requireContractState") == Some(&"true") =>
            {
                Some(json!({
                    "type": "SYSTEM",
                    "address": address,
                    "jarHash": "00",
                    "storageLength": 1,
                    "serializedContract": self.document,
                    "abi": "",
                }))
            }
            _ => None,
        }
    }
}
