//! What a document says, before any rule of importing is applied to it.
//!
//! Each part has the type of the state; what may be absent has been filled in, what is malformed
//! has been noted and is left out.
//!
//! Source: `registry.md` 11.1; 11.2, the rows about types and absent keys.

use std::collections::BTreeMap;
use std::io::Read;

use pbc_contract_common::address::Address;
use pbc_contract_common::sorted_vec_map::SortedVecMap;
use zk_node_registry::{
    Collaborators, Computation, Jurisdiction, Pending, RestEndpoint, SemanticVersion, Settings,
    ZkNode, ZkNodeScore, ZkNodeTokens,
};

use super::error::{ImportCode, ImportFailure};
use super::read::{DocumentReader, Entry, Key, Notes, Outcome, Stop, optional, required};
use crate::image::{Finding, Oddity};

/// The state in an envelope of a reader node.
const CONTENT: &str = "serializedContract";

/// What else an envelope has.
const ENVELOPE: [&str; 6] = ["type", "address", "owner", "jarHash", "storageLength", "abi"];

/// The keys of a state and those of an envelope: which of the two a document is, its end tells.
const DOCUMENT: &[Key] = &[
    optional("collaborators"),
    optional("computations"),
    optional("roster"),
    optional("settings"),
    required("stakedTokens"),
    required("zkNodes"),
];

const ENVELOPED: &[Key] = &[
    optional("collaborators"),
    optional("computations"),
    optional("roster"),
    optional("settings"),
    optional("stakedTokens"),
    optional("zkNodes"),
    optional(CONTENT),
    optional(ENVELOPE[0]),
    optional(ENVELOPE[1]),
    optional(ENVELOPE[2]),
    optional(ENVELOPE[3]),
    optional(ENVELOPE[4]),
    optional(ENVELOPE[5]),
];

/// What a document says. Records stand under their keys, with the position in the document.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// None if they are not an object of three addresses; why, if there is something.
    pub(super) collaborators: Option<Collaborators>,
    pub(super) bad_collaborators: Option<String>,
    pub(super) settings: Option<Settings>,
    pub(super) staked_tokens: BTreeMap<Address, Entry<ZkNodeTokens>>,
    pub(super) zk_nodes: BTreeMap<Address, Entry<ZkNode>>,
    pub(super) computations: Option<BTreeMap<Address, Entry<Computation>>>,
    pub(super) roster: Option<Vec<Address>>,
    /// Whether `computations`, `roster` or `settings` is there.
    pub(super) is_export: bool,
}

/// Reads a document, with or without its envelope. What is wrong is in the notes.
pub(super) fn read_document(document: impl Read) -> (Document, Notes) {
    let mut reader = DocumentReader::new(document);
    match read_enveloped(&mut reader) {
        Ok(document) => (document, reader.finish()),
        Err(Stop) => (Document::default(), reader.stopped()),
    }
}

/// Reads settings that stand alone, in the shape they have in a document.
///
/// # Errors
///
/// [`ImportFailure`]: what would be wrong in a document, and unknown keys.
pub fn read_settings(text: impl Read) -> Result<Settings, ImportFailure> {
    read_alone(text, settings)
}

/// Reads collaborators that stand alone, in the shape they have in a document.
///
/// # Errors
///
/// [`ImportFailure`]: what would be wrong in a document, and unknown keys.
pub fn read_collaborators(text: impl Read) -> Result<Collaborators, ImportFailure> {
    read_alone(text, collaborators)
}

/// Reads what a registry is created with: an object of `collaborators` and `settings`, in the shape
/// that they have in a document.
///
/// # Errors
///
/// [`ImportFailure`]: what would be wrong in a document, and unknown keys.
pub fn read_terms(text: impl Read) -> Result<(Collaborators, Settings), ImportFailure> {
    const KEYS: &[Key] = &[required("collaborators"), required("settings")];
    read_alone(text, |reader| {
        let (mut around, mut chosen) = (None, None);
        reader.object(KEYS, |reader, name| {
            match name {
                "collaborators" => around = collaborators(reader)?,
                _ => chosen = settings(reader)?,
            }
            Ok(())
        })?;
        Ok(around.zip(chosen))
    })
}

fn read_alone<R: Read, T>(
    text: R,
    read: impl FnOnce(&mut DocumentReader<R>) -> Outcome<Option<T>>,
) -> Result<T, ImportFailure> {
    let mut reader = DocumentReader::new(text);
    let outcome = read(&mut reader);
    let mut notes = if outcome.is_err() { reader.stopped() } else { reader.finish() };
    for Finding { path, oddity } in notes.take_findings() {
        let message = match oddity {
            // Nothing is skipped where it is an error.
            Oddity::UnknownKey => "an unknown key".to_owned(),
            other => other.to_string(),
        };
        notes.error(ImportCode::Malformed, path, message);
    }
    match outcome {
        Ok(Some(value)) if !notes.has_errors() => Ok(value),
        _ => Err(notes.into_failure()),
    }
}

/// The parts of a state that stand beside those of an envelope are read as if there were none, and
/// forgotten if there is one.
fn read_enveloped<R: Read>(reader: &mut DocumentReader<R>) -> Outcome<Document> {
    let (mut bare, mut bare_keys) = (Document::default(), Vec::new());
    let (mut content, mut envelope_keys) = (None, Vec::new());
    let mut bare_notes = Notes::default();
    let read = reader.object(ENVELOPED, |reader, name| {
        if name == CONTENT {
            content = Some(read_bare(reader)?);
            return Ok(());
        }
        if ENVELOPE.contains(&name) {
            envelope_keys.push(name);
            return reader.skip();
        }
        bare_keys.push(name);
        std::mem::swap(&mut reader.notes, &mut bare_notes);
        let read = member(reader, name, &mut bare);
        std::mem::swap(&mut reader.notes, &mut bare_notes);
        read
    });
    let Ok(is_object) = read else {
        reader.notes.absorb(bare_notes);
        return Err(Stop);
    };
    let foreign = if content.is_some() { bare_keys.clone() } else { envelope_keys };
    reader.notes.findings(foreign.into_iter().map(|name| Oddity::UnknownKey.at(name)));
    if let Some(document) = content {
        return Ok(document);
    }
    reader.notes.absorb(bare_notes);
    let missing = DOCUMENT.iter().filter(|key| key.required && !bare_keys.contains(&key.name));
    for key in missing.filter(|_| is_object.is_some()) {
        reader.notes.error(ImportCode::Malformed, key.name.to_owned(), "the key is missing");
    }
    Ok(bare)
}

fn read_bare<R: Read>(reader: &mut DocumentReader<R>) -> Outcome<Document> {
    let mut document = Document::default();
    reader.object(DOCUMENT, |reader, name| member(reader, name, &mut document))?;
    Ok(document)
}

fn member<R: Read>(
    reader: &mut DocumentReader<R>,
    name: &str,
    document: &mut Document,
) -> Outcome<()> {
    document.is_export |= ["computations", "roster", "settings"].contains(&name);
    match name {
        "collaborators" => lenient_collaborators(reader, document)?,
        "computations" => document.computations = Some(reader.map(computation)?),
        "roster" => document.roster = list(reader)?,
        "settings" => document.settings = settings(reader)?,
        "stakedTokens" => document.staked_tokens = reader.map(tokens)?,
        _ => document.zk_nodes = reader.map(node)?,
    }
    Ok(())
}

/// Collaborators of the wrong shape are as good as none: others can be given.
fn lenient_collaborators<R: Read>(
    reader: &mut DocumentReader<R>,
    document: &mut Document,
) -> Outcome<()> {
    let outer = std::mem::take(&mut reader.notes);
    let read = collaborators(reader);
    let mut inner = std::mem::replace(&mut reader.notes, outer);
    if read.is_ok() {
        let first = inner.take_errors_of_shape().into_iter().next();
        document.bad_collaborators =
            first.map(|error| format!("{}: {}", error.path, error.message));
    }
    reader.notes.absorb(inner);
    document.collaborators = read?;
    Ok(())
}

fn collaborators<R: Read>(reader: &mut DocumentReader<R>) -> Outcome<Option<Collaborators>> {
    const KEYS: &[Key] =
        &[required("bpOrchestration"), required("voting"), required("zkContractDeploy")];
    let (mut bp_orchestration, mut voting, mut zk_contract_deploy) = (None, None, None);
    reader.object(KEYS, |reader, name| {
        let address = match name {
            "bpOrchestration" => &mut bp_orchestration,
            "voting" => &mut voting,
            _ => &mut zk_contract_deploy,
        };
        *address = reader.address()?;
        Ok(())
    })?;
    let read = || {
        Some(Collaborators {
            bp_orchestration: bp_orchestration?,
            voting: voting?,
            zk_contract_deploy: zk_contract_deploy?,
        })
    };
    Ok(read())
}

fn settings<R: Read>(reader: &mut DocumentReader<R>) -> Outcome<Option<Settings>> {
    const KEYS: &[Key] = &[
        required("minNodeStake"),
        required("minTotalStakes"),
        required("requireBlockProducer"),
        required("stakeToken"),
    ];
    let (mut min_node_stake, mut min_total_stakes) = (None, None);
    let (mut require_block_producer, mut stake_token) = (None, None);
    reader.object(KEYS, |reader, name| {
        match name {
            "minNodeStake" => min_node_stake = reader.amount()?,
            "minTotalStakes" => min_total_stakes = reader.amount()?,
            "requireBlockProducer" => require_block_producer = reader.bool()?,
            _ => stake_token = reader.address()?,
        }
        Ok(())
    })?;
    let read = || {
        Some(Settings {
            stake_token: stake_token?,
            require_block_producer: require_block_producer?,
            min_node_stake: min_node_stake?,
            min_total_stakes: min_total_stakes?,
        })
    };
    Ok(read())
}

fn tokens<R: Read>(reader: &mut DocumentReader<R>) -> Outcome<Option<ZkNodeTokens>> {
    const KEYS: &[Key] = &[
        optional("allocatedTokens"),
        optional("expirationTimestamp"),
        required("freeTokens"),
        optional("incomingTokens"),
        optional("outgoingTokens"),
        optional("pendingUnlock"),
        required("reservedTokens"),
    ];
    let (mut free_tokens, mut reserved_tokens) = (None, None);
    let mut tokens = ZkNodeTokens::default();
    reader.object(KEYS, |reader, name| {
        match name {
            "allocatedTokens" => tokens.allocated_tokens = allocations(reader)?,
            "expirationTimestamp" => tokens.expiration_timestamp = reader.long()?,
            "freeTokens" => free_tokens = reader.amount()?,
            "incomingTokens" => tokens.incoming_tokens = reader.amount()?.unwrap_or_default(),
            "outgoingTokens" => tokens.outgoing_tokens = reader.amount()?.unwrap_or_default(),
            "pendingUnlock" => tokens.pending_unlock = list_of(reader, pending)?,
            _ => reserved_tokens = reader.amount()?,
        }
        Ok(())
    })?;
    let read = || {
        let (free_tokens, reserved_tokens) = (free_tokens?, reserved_tokens?);
        Some(ZkNodeTokens { free_tokens, reserved_tokens, ..tokens })
    };
    Ok(read())
}

fn allocations<R: Read>(reader: &mut DocumentReader<R>) -> Outcome<SortedVecMap<Address, i64>> {
    let mut allocations = SortedVecMap::new();
    for (contract, entry) in reader.map(DocumentReader::amount)? {
        allocations.insert(contract, entry.value);
    }
    Ok(allocations)
}

fn pending<R: Read>(reader: &mut DocumentReader<R>) -> Outcome<Option<Pending>> {
    const KEYS: &[Key] = &[required("amount"), required("unlockTime")];
    let (mut amount, mut unlock_time) = (None, None);
    reader.object(KEYS, |reader, name| {
        match name {
            "amount" => amount = reader.amount()?,
            _ => unlock_time = reader.long()?,
        }
        Ok(())
    })?;
    let read = || Some(Pending { amount: amount?, unlock_time: unlock_time? });
    Ok(read())
}

fn node<R: Read>(reader: &mut DocumentReader<R>) -> Outcome<Option<ZkNode>> {
    const KEYS: &[Key] = &[
        required("identity"),
        required("isDisabled"),
        optional("isResigned"),
        optional("publicKey"),
        required("restEndpoint"),
        required("score"),
        required("serverJurisdiction"),
        required("supportedEeVersion"),
        optional("supportedProtocolVersion"),
    ];
    let (mut identity, mut is_disabled, mut rest_endpoint) = (None, None, None);
    let (mut score, mut server_jurisdiction, mut supported_ee_version) = (None, None, None);
    let (mut public_key, mut supported_protocol_version, mut is_resigned) = (None, None, false);
    reader.object(KEYS, |reader, name| {
        match name {
            "identity" => identity = reader.address()?,
            "isDisabled" => is_disabled = reader.bool()?,
            "isResigned" => is_resigned = reader.bool()?.unwrap_or_default(),
            "publicKey" => public_key = reader.public_key()?,
            "restEndpoint" => rest_endpoint = endpoint(reader)?,
            "score" => score = read_score(reader)?,
            "serverJurisdiction" => server_jurisdiction = jurisdiction(reader)?,
            "supportedEeVersion" => supported_ee_version = reader.count()?,
            _ => supported_protocol_version = version(reader)?,
        }
        Ok(())
    })?;
    let read = || {
        Some(ZkNode {
            identity: identity?,
            is_disabled: is_disabled?,
            public_key,
            rest_endpoint: rest_endpoint?,
            score: score?,
            server_jurisdiction: server_jurisdiction?,
            supported_ee_version: supported_ee_version?,
            supported_protocol_version,
            is_resigned,
        })
    };
    Ok(read())
}

fn endpoint<R: Read>(reader: &mut DocumentReader<R>) -> Outcome<Option<RestEndpoint>> {
    const KEYS: &[Key] = &[required("restEndpoint")];
    let mut endpoint = None;
    reader.object(KEYS, |reader, _| {
        endpoint = reader.string()?;
        Ok(())
    })?;
    Ok(endpoint.map(|rest_endpoint| RestEndpoint { rest_endpoint }))
}

fn read_score<R: Read>(reader: &mut DocumentReader<R>) -> Outcome<Option<ZkNodeScore>> {
    const KEYS: &[Key] =
        &[required("allocatedScore"), required("failureScore"), required("successScore")];
    let (mut allocated_score, mut failure_score, mut success_score) = (None, None, None);
    reader.object(KEYS, |reader, name| {
        let counter = match name {
            "allocatedScore" => &mut allocated_score,
            "failureScore" => &mut failure_score,
            _ => &mut success_score,
        };
        *counter = reader.count()?;
        Ok(())
    })?;
    let read = || {
        Some(ZkNodeScore {
            allocated_score: allocated_score?,
            failure_score: failure_score?,
            success_score: success_score?,
        })
    };
    Ok(read())
}

fn jurisdiction<R: Read>(reader: &mut DocumentReader<R>) -> Outcome<Option<Jurisdiction>> {
    const KEYS: &[Key] = &[required("value")];
    let mut value = None;
    reader.object(KEYS, |reader, _| {
        value = reader.int()?;
        Ok(())
    })?;
    Ok(value.map(|value| Jurisdiction { value }))
}

fn version<R: Read>(reader: &mut DocumentReader<R>) -> Outcome<Option<SemanticVersion>> {
    const KEYS: &[Key] = &[required("major"), required("minor"), required("patch")];
    let (mut major, mut minor, mut patch) = (None, None, None);
    reader.object(KEYS, |reader, name| {
        let number = match name {
            "major" => &mut major,
            "minor" => &mut minor,
            _ => &mut patch,
        };
        *number = reader.count()?;
        Ok(())
    })?;
    let read = || Some(SemanticVersion { major: major?, minor: minor?, patch: patch? });
    Ok(read())
}

fn computation<R: Read>(reader: &mut DocumentReader<R>) -> Outcome<Option<Computation>> {
    const KEYS: &[Key] =
        &[optional("allocationEnd"), required("nodes"), required("share"), required("totalStakes")];
    let (mut nodes, mut share, mut total_stakes, mut allocation_end) = (None, None, None, None);
    reader.object(KEYS, |reader, name| {
        match name {
            "allocationEnd" => allocation_end = reader.long()?,
            "nodes" => nodes = list(reader)?,
            "share" => share = reader.amount()?,
            _ => total_stakes = reader.amount()?,
        }
        Ok(())
    })?;
    let read = || {
        Some(Computation {
            nodes: nodes?,
            share: share?,
            total_stakes: total_stakes?,
            allocation_end,
        })
    };
    Ok(read())
}

/// A list of addresses. `None` if it is no list.
fn list<R: Read>(reader: &mut DocumentReader<R>) -> Outcome<Option<Vec<Address>>> {
    let mut addresses = Vec::new();
    let list = reader.array(|reader, _| {
        addresses.extend(reader.address()?);
        Ok(())
    })?;
    Ok(list.map(|()| addresses))
}

/// The elements that can be read.
fn list_of<R: Read, T>(
    reader: &mut DocumentReader<R>,
    mut element: impl FnMut(&mut DocumentReader<R>) -> Outcome<Option<T>>,
) -> Outcome<Vec<T>> {
    let mut elements = Vec::new();
    reader.array(|reader, _| {
        elements.extend(element(reader)?);
        Ok(())
    })?;
    Ok(elements)
}
