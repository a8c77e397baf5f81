//! From a document to an image.
//!
//! Every rule here is a row of `registry.md` 11.2. It normalises, reports, and rarely fails: an
//! auditor needs the state most when it is odd (D-35). What belongs into the roster, which endpoint
//! is refused and what is a limit is asked of the contract.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, Read};

use pbc_contract_common::address::{Address, AddressType};
use zk_node_registry::rules::roster::belongs_in_roster;
use zk_node_registry::rules::settings::{DEFAULT_MIN_NODE_STAKE, DEFAULT_MIN_TOTAL_STAKES};
use zk_node_registry::rules::units::Timestamp;
use zk_node_registry::{Collaborators, Pending, Settings, ZkNode, ZkNodeTokens};

use super::computations::computations;
use super::document::{Document, read_document};
use super::error::{ImportCode, ImportFailure};
use super::read::{Entry, Notes};
use super::readings::{
    Clock, Readings, ScoreMeaning, is_beyond, is_future_release, not_ended, read_clock, read_score,
    released_at,
};
use crate::image::{Finding, Image, Oddity};
use crate::invariants::state::whole;

/// What the document may not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// The production time of the block at which the document was read; an export can do without.
    pub as_of: Option<Timestamp>,
    /// The settings of a document that has none; otherwise those of deployments.
    pub settings: Option<Settings>,
    /// The collaborators of a document that has none, or none of the right shape.
    pub collaborators: Option<Collaborators>,
    /// What became of the transfers under way; `None` leaves them as they are.
    pub settle_in_flight: Option<InFlight>,
}

/// How the transfers under way ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InFlight {
    /// All succeeded.
    Ok,
    /// All failed.
    Failed,
}

/// A document that was imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The state.
    pub image: Image,
    /// What a live document was taken to mean; an export is taken at its word.
    pub readings: Option<Readings>,
    /// The allocated scores that the document shows, where they are not those of the image.
    pub scores_read: BTreeMap<Address, i32>,
    /// What is odd: about the document, about what became of it, about the image; in each part in
    /// order of the document or ascending by key.
    pub findings: Vec<Finding>,
}

impl Imported {
    /// The state, if it has no findings or they are accepted.
    ///
    /// # Errors
    ///
    /// The findings.
    pub fn accept(self, accept_findings: bool) -> Result<Image, Vec<Finding>> {
        if accept_findings || self.findings.is_empty() {
            Ok(self.image)
        } else {
            Err(self.findings)
        }
    }
}

/// The settings of deployments.
///
/// Source: registry.md 3.3.
pub fn deployment_settings() -> Settings {
    let identifier = [
        0x61, 0x5b, 0xeb, 0x1c, 0x2b, 0xf5, 0x7e, 0x45, 0xfc, 0xd1, 0xc4, 0xe6, 0x7e, 0xf3, 0x5b,
        0x87, 0x35, 0xa6, 0x85, 0xb1,
    ];
    Settings {
        stake_token: Address { address_type: AddressType::SystemContract, identifier },
        require_block_producer: true,
        min_node_stake: DEFAULT_MIN_NODE_STAKE,
        min_total_stakes: DEFAULT_MIN_TOTAL_STAKES,
    }
}

/// Imports a live document or an export, alone or in the envelope of a reader node.
///
/// # Errors
///
/// - [`ImportFailure::Unreadable`] if `document` cannot be read.
/// - [`ImportFailure::Refused`] with every place that one of the four codes of [`ImportCode`] is
///   about. Text that is no JSON ends the search.
pub fn import(document: impl Read, options: &ImportOptions) -> Result<Imported, ImportFailure> {
    let (document, mut notes) = read_document(BufReader::new(document));
    if notes.is_stopped() {
        return Err(notes.into_failure());
    }
    let made = Import { options, notes: &mut notes }.make(document);
    let Some((image, readings, scores_read)) = made else {
        return Err(notes.into_failure());
    };
    Ok(Imported { image, readings, scores_read, findings: notes.into_findings() })
}

type Made = (Image, Option<Readings>, BTreeMap<Address, i32>);

struct Import<'a> {
    options: &'a ImportOptions,
    notes: &'a mut Notes,
}

impl Import<'_> {
    /// `None` if there is an error.
    fn make(&mut self, mut document: Document) -> Option<Made> {
        let collaborators = self.collaborators(&document);
        let settings = self.settings(&document);
        self.check_sums(&mut document.staked_tokens);
        let readings = self.readings(&document);
        self.times_of_releases(&mut document, readings.as_ref());
        self.note_transfers(&document.staked_tokens);
        let running = running(&document.staked_tokens);
        self.note_scores(&document, readings.as_ref(), &running);
        let (zk_nodes, scores_read) = self.scores(document.zk_nodes);
        let staked_tokens = self.without_nothing(document.staked_tokens);
        let computations = computations(&staked_tokens, document.computations, self.notes);
        if self.notes.has_errors() {
            return None;
        }

        let roster = Vec::new();
        let collaborators = collaborators?;
        let mut image =
            Image { collaborators, settings, staked_tokens, zk_nodes, computations, roster };
        image.roster = self.roster(&image, document.roster);
        if let Some(in_flight) = self.options.settle_in_flight {
            settle(&mut image, in_flight);
        }
        image.each_finding(&mut |finding| self.notes.finding(finding));
        Some((image, readings, scores_read))
    }

    fn collaborators(&mut self, document: &Document) -> Option<Collaborators> {
        let given = self.options.collaborators.as_ref();
        let collaborators = document.collaborators.as_ref().or(given).cloned();
        if collaborators.is_none() {
            let why = match &document.bad_collaborators {
                None => "the document has none".to_owned(),
                Some(reason) => format!("they are not three addresses ({reason})"),
            };
            let message = format!("{why}, and none are given; `--collaborators FILE` says them");
            self.notes.error(ImportCode::Collaborators, "collaborators".to_owned(), message);
        }
        collaborators
    }

    fn settings(&mut self, document: &Document) -> Settings {
        let given = document.settings.as_ref().or(self.options.settings.as_ref());
        let settings = given.cloned().unwrap_or_else(deployment_settings);
        let minimums = [
            ("settings.minNodeStake", settings.min_node_stake),
            ("settings.minTotalStakes", settings.min_total_stakes),
        ];
        for (path, minimum) in minimums {
            if minimum < 0 {
                let message = format!("{minimum} is negative");
                self.notes.error(ImportCode::OutOfRange, path.to_owned(), message);
            }
        }
        settings
    }

    /// `W + I + O` of each record must fit; those that do not are left out of what follows.
    fn check_sums(&mut self, staked_tokens: &mut BTreeMap<Address, Entry<ZkNodeTokens>>) {
        staked_tokens.retain(|account, entry| {
            let whole = whole(&entry.value);
            let fits = whole <= i128::from(i64::MAX);
            if !fits {
                let path = format!("stakedTokens[{}].value", entry.index);
                let message = format!(
                    "the tokens of {account:x} add up to {whole}, which does not fit in 64 bits"
                );
                self.notes.error(ImportCode::OutOfRange, path, message);
            }
            fits
        });
    }

    /// The readings of a live document; `None` for an export.
    fn readings(&mut self, document: &Document) -> Option<Readings> {
        if document.is_export {
            return None;
        }
        let Some(as_of) = self.options.as_of else {
            let message = "a live document needs the time of the block it was read at";
            self.notes.error(ImportCode::Malformed, "--as-of".to_owned(), message);
            return None;
        };
        let records = document.staked_tokens.values();
        let entries = records.flat_map(|entry| &entry.value.pending_unlock);
        let times = entries.map(|pending| pending.unlock_time);
        let running = running(&document.staked_tokens);
        let scores = document.zk_nodes.iter().map(|(account, entry)| {
            (entry.value.score, running.get(account).copied().unwrap_or_default())
        });
        Some(Readings {
            unlock_time: read_clock(times, as_of),
            allocated_score: read_score(scores),
        })
    }

    /// Makes the pending times those of releases, and notes the ones that lie in the future.
    fn times_of_releases(&mut self, document: &mut Document, readings: Option<&Readings>) {
        let clock = readings.map_or(Clock::Release, |readings| readings.unlock_time.meaning);
        for (account, entry) in &mut document.staked_tokens {
            for (index, pending) in entry.value.pending_unlock.iter_mut().enumerate() {
                let unlock_time = pending.unlock_time;
                if let Some(as_of) = self.options.as_of {
                    let is_late = if readings.is_some() { is_beyond } else { is_future_release };
                    if is_late(unlock_time, as_of) {
                        let path = format!("stakedTokens[{account:x}].pendingUnlock[{index}]");
                        let as_of = as_of.millis();
                        self.notes.finding(Oddity::PendingInFuture { unlock_time, as_of }.at(path));
                    }
                }
                match released_at(unlock_time, clock) {
                    Some(time) => pending.unlock_time = time,
                    None => {
                        let position = entry.index;
                        let path = format!(
                            "stakedTokens[{position}].value.pendingUnlock[{index}].unlockTime"
                        );
                        let message =
                            format!("{unlock_time} minus 14 days does not fit in 64 bits");
                        self.notes.error(ImportCode::OutOfRange, path, message);
                    }
                }
            }
        }
    }

    fn note_transfers(&mut self, staked_tokens: &BTreeMap<Address, Entry<ZkNodeTokens>>) {
        if self.options.settle_in_flight.is_some() {
            return;
        }
        for (account, entry) in staked_tokens {
            let (incoming, outgoing) = (entry.value.incoming_tokens, entry.value.outgoing_tokens);
            if incoming != 0 || outgoing != 0 {
                let oddity = Oddity::TransferUnderWay { incoming, outgoing };
                self.notes.finding(oddity.at(format!("stakedTokens[{account:x}]")));
            }
        }
    }

    fn note_scores(
        &mut self,
        document: &Document,
        readings: Option<&Readings>,
        running: &BTreeMap<Address, usize>,
    ) {
        let mixed = readings
            .is_some_and(|readings| readings.allocated_score.meaning == ScoreMeaning::Mixed);
        if mixed {
            self.notes.finding(Oddity::ScoreMixed.at("zkNodes"));
        }
        for (account, entry) in &document.zk_nodes {
            let score = &entry.value.score;
            let difference = not_ended(score);
            let path = || format!("zkNodes[{account:x}].score");
            if document.is_export && difference != 0 {
                let oddity = Oddity::ScoreNotSum {
                    allocated: score.allocated_score.into(),
                    success: score.success_score.into(),
                    failure: score.failure_score.into(),
                };
                self.notes.finding(oddity.at(path()));
            }
            let running = running.get(account).copied().unwrap_or_default();
            if mixed && difference != 0 && usize::try_from(difference) != Ok(running) {
                self.notes.finding(Oddity::ScoreStrange { difference, running }.at(path()));
            }
        }
    }

    /// The nodes with `allocated = success + failure`, and the numbers that were read instead.
    fn scores(
        &mut self,
        zk_nodes: BTreeMap<Address, Entry<ZkNode>>,
    ) -> (BTreeMap<Address, ZkNode>, BTreeMap<Address, i32>) {
        let mut nodes = BTreeMap::new();
        let mut scores_read = BTreeMap::new();
        for (account, Entry { index, value: mut node }) in zk_nodes {
            let score = &mut node.score;
            let (success, failure) = (score.success_score, score.failure_score);
            match success.checked_add(failure) {
                Some(allocated) => {
                    if allocated != score.allocated_score {
                        scores_read.insert(account, score.allocated_score);
                    }
                    score.allocated_score = allocated;
                }
                None => {
                    let message = format!("{success} + {failure} does not fit in 32 bits");
                    let path = format!("zkNodes[{index}].value.score");
                    self.notes.error(ImportCode::OutOfRange, path, message);
                }
            }
            nodes.insert(account, node);
        }
        (nodes, scores_read)
    }

    /// The records without amounts of nothing, with one pending entry for each time, and without
    /// those that then are empty.
    fn without_nothing(
        &mut self,
        staked_tokens: BTreeMap<Address, Entry<ZkNodeTokens>>,
    ) -> BTreeMap<Address, ZkNodeTokens> {
        let mut records = BTreeMap::new();
        for (account, Entry { value: mut tokens, .. }) in staked_tokens {
            let path = format!("stakedTokens[{account:x}]");
            tokens.allocated_tokens.retain(|contract, amount| {
                if *amount == 0 {
                    let path = format!("{path}.allocatedTokens[{contract:x}]");
                    self.notes.finding(Oddity::ZeroAllocationDropped.at(path));
                }
                *amount != 0
            });
            let mut pending = Vec::new();
            for (index, entry) in tokens.pending_unlock.into_iter().enumerate() {
                if entry.amount == 0 {
                    let path = format!("{path}.pendingUnlock[{index}]");
                    self.notes.finding(Oddity::ZeroPendingDropped.at(path));
                } else {
                    pending.push(entry);
                }
            }
            tokens.pending_unlock = merged(pending);
            if tokens.is_empty() {
                let reserved = tokens.reserved_tokens;
                self.notes.finding(Oddity::EmptyRecordDropped { reserved }.at(path));
            } else {
                records.insert(account, tokens);
            }
        }
        records
    }

    fn roster(&mut self, image: &Image, listed: Option<Vec<Address>>) -> Vec<Address> {
        let members = image.members();
        let Some(listed) = listed else { return members };
        let mut sorted = listed.clone();
        sorted.sort_unstable();
        if sorted == members {
            return listed;
        }
        let (listed, count) = (listed.len(), members.len());
        self.notes.finding(Oddity::RosterRebuilt { listed, members: count }.at("roster"));
        members
    }
}

/// How many allocations of something each account has.
fn running(staked_tokens: &BTreeMap<Address, Entry<ZkNodeTokens>>) -> BTreeMap<Address, usize> {
    let running = |tokens: &ZkNodeTokens| {
        tokens.allocated_tokens.values().filter(|amount| **amount != 0).count()
    };
    staked_tokens.iter().map(|(account, entry)| (*account, running(&entry.value))).collect()
}

/// Entries of equal time become one, where the first of them stands (D-06). Their sum fits: it is
/// part of a whole that does.
fn merged(entries: Vec<Pending>) -> Vec<Pending> {
    let mut places: BTreeMap<i64, usize> = BTreeMap::new();
    let mut merged: Vec<Pending> = Vec::new();
    for entry in entries {
        match places.get(&entry.unlock_time).and_then(|place| merged.get_mut(*place)) {
            Some(first) => first.amount = first.amount.saturating_add(entry.amount),
            None => {
                places.insert(entry.unlock_time, merged.len());
                merged.push(entry);
            }
        }
    }
    merged
}

/// Ends all transfers under way. An account that thereby comes to belong into the roster is
/// appended, accounts ascending; none can cease to, as no stake becomes less.
fn settle(image: &mut Image, in_flight: InFlight) {
    let mut on_roster: BTreeSet<Address> = image.roster.iter().copied().collect();
    for (account, tokens) in &mut image.staked_tokens {
        let back = match in_flight {
            InFlight::Ok => tokens.incoming_tokens,
            InFlight::Failed => tokens.outgoing_tokens,
        };
        tokens.free_tokens = tokens.free_tokens.saturating_add(back);
        (tokens.incoming_tokens, tokens.outgoing_tokens) = (0, 0);
        let node = image.zk_nodes.get(account);
        if belongs_in_roster(node, Some(tokens), &image.settings) && on_roster.insert(*account) {
            image.roster.push(*account);
        }
    }
    image.staked_tokens.retain(|_, tokens| !tokens.is_empty());
}
