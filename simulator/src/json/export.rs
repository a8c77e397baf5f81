//! Writes an image as a document in the live shape, with the keys that only this registry has.
//!
//! Keys ascend, addresses ascend by bytes, and there is nothing but printable ASCII: the same image
//! gives the same text. Absent values are left out.
//!
//! Source: `registry.md` 11.1.

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pbc_contract_common::address::Address;
use struson::writer::{JsonStreamWriter, JsonWriter, WriterSettings};
use zk_node_registry::{Computation, Pending, Settings, ZkNode, ZkNodeTokens};

use crate::image::Image;

/// How a document is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One line, without spaces.
    Compact,
    /// One line for each value, indented.
    Pretty,
}

/// Writes `image` as an export. No line break follows it.
///
/// # Errors
///
/// Those of `document`.
pub fn export(image: &Image, document: impl Write, layout: Layout) -> io::Result<()> {
    let mut json = JsonStreamWriter::new_custom(document, writer_settings(layout));
    write_image(&mut json, image)?;
    json.finish_document()?;
    Ok(())
}

/// Nothing but printable ASCII, and line breaks if it is pretty.
pub(crate) fn writer_settings(layout: Layout) -> WriterSettings {
    WriterSettings {
        pretty_print: layout == Layout::Pretty,
        escape_all_control_chars: true,
        escape_all_non_ascii: true,
        ..WriterSettings::default()
    }
}

/// `image` as an export.
pub fn export_to_string(image: &Image, layout: Layout) -> String {
    let mut document = Vec::new();
    export(image, &mut document, layout).expect("invariant: writing to a vector succeeds");
    String::from_utf8(document).expect("invariant: the writer writes ASCII")
}

fn write_image(json: &mut impl JsonWriter, image: &Image) -> io::Result<()> {
    let Image { collaborators, settings, staked_tokens, zk_nodes, computations, roster } = image;
    json.begin_object()?;

    json.name("collaborators")?;
    json.begin_object()?;
    address(json, "bpOrchestration", &collaborators.bp_orchestration)?;
    address(json, "voting", &collaborators.voting)?;
    address(json, "zkContractDeploy", &collaborators.zk_contract_deploy)?;
    json.end_object()?;

    json.name("computations")?;
    map(json, computations, write_computation)?;
    json.name("roster")?;
    addresses(json, roster)?;
    json.name("settings")?;
    write_settings(json, settings)?;
    json.name("stakedTokens")?;
    map(json, staked_tokens, write_tokens)?;
    json.name("zkNodes")?;
    map(json, zk_nodes, write_node)?;
    json.end_object()
}

fn write_settings(json: &mut impl JsonWriter, settings: &Settings) -> io::Result<()> {
    json.begin_object()?;
    long(json, "minNodeStake", settings.min_node_stake)?;
    long(json, "minTotalStakes", settings.min_total_stakes)?;
    json.name("requireBlockProducer")?;
    json.bool_value(settings.require_block_producer)?;
    address(json, "stakeToken", &settings.stake_token)?;
    json.end_object()
}

fn write_computation(json: &mut impl JsonWriter, computation: &Computation) -> io::Result<()> {
    let Computation { nodes, share, total_stakes, allocation_end } = computation;
    json.begin_object()?;
    optional_long(json, "allocationEnd", *allocation_end)?;
    json.name("nodes")?;
    addresses(json, nodes)?;
    long(json, "share", *share)?;
    long(json, "totalStakes", *total_stakes)?;
    json.end_object()
}

fn write_tokens(json: &mut impl JsonWriter, tokens: &ZkNodeTokens) -> io::Result<()> {
    json.begin_object()?;
    json.name("allocatedTokens")?;
    map(json, tokens.allocated_tokens.iter(), |json, amount| {
        json.string_value(&amount.to_string())
    })?;
    optional_long(json, "expirationTimestamp", tokens.expiration_timestamp)?;
    long(json, "freeTokens", tokens.free_tokens)?;
    long(json, "incomingTokens", tokens.incoming_tokens)?;
    long(json, "outgoingTokens", tokens.outgoing_tokens)?;
    json.name("pendingUnlock")?;
    json.begin_array()?;
    for Pending { amount, unlock_time } in &tokens.pending_unlock {
        json.begin_object()?;
        long(json, "amount", *amount)?;
        long(json, "unlockTime", *unlock_time)?;
        json.end_object()?;
    }
    json.end_array()?;
    long(json, "reservedTokens", tokens.reserved_tokens)?;
    json.end_object()
}

fn write_node(json: &mut impl JsonWriter, node: &ZkNode) -> io::Result<()> {
    json.begin_object()?;
    address(json, "identity", &node.identity)?;
    json.name("isDisabled")?;
    json.bool_value(node.is_disabled)?;
    json.name("isResigned")?;
    json.bool_value(node.is_resigned)?;
    if let Some(public_key) = &node.public_key {
        json.name("publicKey")?;
        json.string_value(&STANDARD.encode(public_key.bytes))?;
    }
    json.name("restEndpoint")?;
    json.begin_object()?;
    json.name("restEndpoint")?;
    json.string_value(&node.rest_endpoint.rest_endpoint)?;
    json.end_object()?;
    json.name("score")?;
    json.begin_object()?;
    int(json, "allocatedScore", node.score.allocated_score)?;
    int(json, "failureScore", node.score.failure_score)?;
    int(json, "successScore", node.score.success_score)?;
    json.end_object()?;
    json.name("serverJurisdiction")?;
    json.begin_object()?;
    int(json, "value", node.server_jurisdiction.value)?;
    json.end_object()?;
    int(json, "supportedEeVersion", node.supported_ee_version)?;
    if let Some(version) = node.supported_protocol_version {
        json.name("supportedProtocolVersion")?;
        json.begin_object()?;
        int(json, "major", version.major)?;
        int(json, "minor", version.minor)?;
        int(json, "patch", version.patch)?;
        json.end_object()?;
    }
    json.end_object()
}

fn map<'a, J: JsonWriter, V: 'a>(
    json: &mut J,
    entries: impl IntoIterator<Item = (&'a Address, &'a V)>,
    value: impl Fn(&mut J, &V) -> io::Result<()>,
) -> io::Result<()> {
    json.begin_array()?;
    for (key, content) in entries {
        json.begin_object()?;
        address(json, "key", key)?;
        json.name("value")?;
        value(json, content)?;
        json.end_object()?;
    }
    json.end_array()
}

fn addresses(json: &mut impl JsonWriter, addresses: &[Address]) -> io::Result<()> {
    json.begin_array()?;
    for address in addresses {
        json.string_value(&format!("{address:x}"))?;
    }
    json.end_array()
}

fn address(json: &mut impl JsonWriter, name: &str, address: &Address) -> io::Result<()> {
    json.name(name)?;
    json.string_value(&format!("{address:x}"))
}

fn long(json: &mut impl JsonWriter, name: &str, value: i64) -> io::Result<()> {
    json.name(name)?;
    json.string_value(&value.to_string())
}

fn optional_long(json: &mut impl JsonWriter, name: &str, value: Option<i64>) -> io::Result<()> {
    value.map_or(Ok(()), |value| long(json, name, value))
}

fn int(json: &mut impl JsonWriter, name: &str, value: i32) -> io::Result<()> {
    json.name(name)?;
    json.number_value(value)
}
