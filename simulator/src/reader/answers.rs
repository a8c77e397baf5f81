//! The shapes of a reader node's answers, as far as they are needed.
//!
//! Source: as [`reader`](super) says. Keys that are not needed are skipped.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::error::Trouble;

/// `/chain/contracts/ADDRESS`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ContractAnswer {
    pub(super) shard_id: Option<String>,
    /// Base64 of the root state.
    pub(super) serialized_contract: Option<String>,
    /// Base64 of the ABI file.
    pub(super) abi: Option<String>,
    /// The identifier of the code, in hex.
    pub(super) jar: Option<String>,
}

/// The same, if only the shard is wanted.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ShardAnswer {
    pub(super) shard_id: Option<String>,
}

/// `/chain/shards/SHARD/blocks`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BlockAnswer {
    /// The number of the block, whatever its name says.
    pub(super) block_time: i64,
    /// Milliseconds since 1970.
    pub(super) production_time: i64,
}

/// `/chain/shards/SHARD/jars/ID`.
#[derive(Debug, Deserialize)]
pub(super) struct CodeAnswer {
    /// Base64.
    pub(super) data: String,
}

/// `/chain/contracts/ADDRESS/avl/ID`.
#[derive(Debug, Deserialize)]
pub(super) struct TreeAnswer {
    /// How many entries it has.
    pub(super) size: u64,
}

/// One of the list of `/chain/contracts/ADDRESS/avl/ID/next`.
#[derive(Debug, Deserialize)]
pub(super) struct EntryAnswer {
    /// Hex.
    pub(super) key: String,
    /// Base64.
    pub(super) value: String,
}

/// The bytes of `text`, which stands under `key`.
///
/// # Errors
///
/// [`Trouble::Shape`].
pub(super) fn base64(key: &str, text: Option<&str>) -> Result<Vec<u8>, Trouble> {
    let text = text.ok_or_else(|| Trouble::Shape(format!("the key `{key}` is missing")))?;
    let bytes = STANDARD.decode(text);
    bytes.map_err(|error| Trouble::Shape(format!("`{key}` is not base64: {error}")))
}
