//! States of a registry that break no invariant.
//!
//! A state is put together the way it could have come about: accounts get tokens, some of them
//! nodes; active nodes get shares of work; the contract's own view says who stands in the roster.

use pbc_contract_common::PublicKey;
use pbc_contract_common::address::Address;
use proptest::prelude::*;
use zk_node_registry::rules::stake::{MAX_RECORD_ENTRIES, PENDING_PERIOD_MS};
use zk_node_registry::{
    Computation, Jurisdiction, Pending, RestEndpoint, SemanticVersion, Settings, ZkNode,
    ZkNodeScore, ZkNodeTokens,
};
use zkreg::image::Image;
use zkreg::step::Origin;
use zkreg::world::Start;

use crate::cast::{self, OPERATORS, SERVED};
use crate::choices::{Choices, Chooser};
use crate::parts::{Group, parts};

/// The time at which generated states are looked at first, in milliseconds since 1970: when
/// scenarios begin that do not say when.
pub const NOW: i64 = Origin::DEFAULT.millis();

const DAY: i64 = 86_400_000;

/// The most bytes that settings, an account and a computation use.
const SETTINGS_BYTES: usize = 4;
const ACCOUNT_BYTES: usize = 24;
const WORK_BYTES: usize = 10;

/// States without any violation, at [`NOW`]. They shrink towards the empty registry, at which
/// everybody may register and no minimum holds; an account towards an active node with 100 free
/// units and nothing else.
pub fn states() -> impl Strategy<Value = Image> {
    parts(GROUPS).prop_map(|[accounts, work, settings]| build(&settings[0], &accounts, &work))
}

/// What a state is made of: accounts, work, settings.
pub(crate) const GROUPS: [Group; 3] = [
    Group { count: 0..=OPERATORS.len(), bytes: ACCOUNT_BYTES },
    Group { count: 0..=SERVED.len(), bytes: WORK_BYTES },
    Group { count: 1..=1, bytes: SETTINGS_BYTES },
];

/// A state, made from bytes of any length, and what it leaves of them.
pub(crate) fn state_of(bytes: &[u8]) -> (Image, &[u8]) {
    let (counts, rest) = bytes.split_at(bytes.len().min(1));
    let mut counts = Chooser::new(counts);
    let count = counts.byte();
    let accounts = usize::from(count) % (OPERATORS.len() + 1);
    let works = usize::from(count / 16) % (SERVED.len() + 1);
    let mut rest = rest;
    let mut take = |length: usize| {
        let (taken, left) = rest.split_at(rest.len().min(length));
        rest = left;
        Choices::new(taken)
    };
    let settings = take(SETTINGS_BYTES);
    let accounts: Vec<Choices> = (0..accounts).map(|_| take(ACCOUNT_BYTES)).collect();
    let works: Vec<Choices> = (0..works).map(|_| take(WORK_BYTES)).collect();
    (build(&settings, &accounts, &works), rest)
}

pub(crate) fn build(settings: &Choices, accounts: &[Choices], work: &[Choices]) -> Image {
    let mut image = empty(&mut settings.chooser());
    let (mut full, mut crowded) = (Vec::new(), Vec::new());
    for (name, choices) in OPERATORS.iter().zip(accounts) {
        let account = cast::address(name);
        let mut chooser = choices.chooser();
        if !chooser.seldom(10) {
            image.zk_nodes.insert(account, node(account, &mut chooser));
        }
        if !chooser.seldom(12) {
            image.staked_tokens.insert(account, tokens(&mut chooser));
            match chooser.below(32) {
                31 => crowded.push((account, MAX_RECORD_ENTRIES)),
                30 => crowded.push((account, 1 + usize::from(chooser.byte()))),
                28..30 => full.push(account),
                _ => {}
            }
        }
    }
    for (name, choices) in SERVED.iter().zip(work) {
        allocate(&mut image, cast::address(name), &mut choices.chooser());
    }
    for (account, entries) in crowded {
        crowd(&mut image, account, entries);
    }
    for account in full {
        fill(&mut image, account);
    }
    image.roster = image.members();
    let turn = settings.chooser().byte();
    let turn = usize::from(turn) % image.roster.len().max(1);
    image.roster.rotate_left(turn);
    image
}

fn empty(chooser: &mut Chooser<'_>) -> Image {
    let _turn_of_the_roster = chooser.byte();
    let start = Start::default();
    let settings = Settings {
        require_block_producer: chooser.seldom(3),
        min_node_stake: chooser.one_of(&[0, 0, 100, 500, 0]),
        min_total_stakes: chooser.one_of(&[0, 0, 40]),
        ..start.settings()
    };
    Image::empty(start.collaborators(), settings)
}

fn node(identity: Address, chooser: &mut Chooser<'_>) -> ZkNode {
    let version = |(major, minor, patch)| SemanticVersion { major, minor, patch };
    let versions = [Some((4, 9, 0)), Some((4, 10, 0)), Some((4, 9, 0)), Some((5, 0, 0)), None];
    let score = chooser.byte();
    let (success_score, failure_score) = match score {
        255 => (i32::MAX - 2, 1),
        _ => (i32::from(score % 5), i32::from(score / 100)),
    };
    let key = [PublicKey { bytes: [2; 33] }];
    ZkNode {
        identity,
        is_disabled: chooser.seldom(12),
        public_key: chooser.seldom(3).then(|| chooser.one_of(&key)),
        rest_endpoint: RestEndpoint { rest_endpoint: "https://a.example".to_owned() },
        score: ZkNodeScore {
            allocated_score: success_score + failure_score,
            failure_score,
            success_score,
        },
        server_jurisdiction: Jurisdiction { value: chooser.one_of(&[0, 1, 2, 3, 999, 1, 2]) },
        supported_ee_version: chooser.one_of(&[0, 1, 2, 1, i32::MAX]),
        supported_protocol_version: chooser.one_of(&versions).map(version),
        is_resigned: chooser.seldom(12),
    }
}

/// Tokens that are not nothing.
fn tokens(chooser: &mut Chooser<'_>) -> ZkNodeTokens {
    let free_tokens = match chooser.byte() {
        0 => 100,
        255 => 0,
        byte => 20 * i64::from(byte),
    };
    let reserved_tokens =
        chooser.one_of(&[0, 0, 0, free_tokens / 2, free_tokens, 10_000, 0, i64::MAX]);
    let expires = chooser.one_of(&[None, None, None, Some(0), Some(1), Some(-1), Some(30 * DAY)]);
    let in_flight = [0, 0, 0, 0, 0, 0, 7];
    let (incoming_tokens, outgoing_tokens) =
        (chooser.one_of(&in_flight), chooser.one_of(&in_flight));
    let mut tokens = ZkNodeTokens {
        expiration_timestamp: expires.map(|by: i64| NOW + by),
        free_tokens,
        pending_unlock: pending(chooser),
        reserved_tokens,
        incoming_tokens,
        outgoing_tokens,
        ..ZkNodeTokens::default()
    };
    if tokens.is_empty() {
        tokens.free_tokens = 1;
    }
    tokens
}

/// Released tokens, some of them free by now, or in a moment.
fn pending(chooser: &mut Chooser<'_>) -> Vec<Pending> {
    let delay = i64::try_from(PENDING_PERIOD_MS).unwrap_or(i64::MAX);
    let count = chooser.one_of(&[0, 0, 1, 1, 2, 3]);
    let ages = [delay, delay - 1, delay + 1, DAY, 0, 13 * DAY];
    let first = chooser.below(ages.len());
    let amount = 1 + i64::from(chooser.byte());
    let ages = ages.into_iter().cycle().skip(first).take(count);
    ages.map(|age| Pending { amount, unlock_time: NOW - age }).collect()
}

/// Gives an account so many entries at least, with releases of the last days.
fn crowd(image: &mut Image, account: Address, least: usize) {
    let Some(tokens) = image.staked_tokens.get_mut(&account) else { return };
    let entries = tokens.allocated_tokens.len() + tokens.pending_unlock.len();
    let times = (1..).map(|index: i64| NOW - 1_000 * index - 500);
    let more = times.take(least.saturating_sub(entries));
    let more = more.map(|unlock_time| Pending { amount: 1, unlock_time });
    tokens.pending_unlock.extend(more);
}

/// Gives a contract some of the active nodes that have tokens, if there are any.
fn allocate(image: &mut Image, contract: Address, chooser: &mut Chooser<'_>) {
    let active = image.zk_nodes.iter().filter(|(_, node)| node.is_active());
    let active: Vec<Address> = active
        .map(|(account, _)| *account)
        .filter(|account| image.staked_tokens.contains_key(account))
        .collect();
    if active.is_empty() || chooser.seldom(8) {
        return;
    }
    let count = 1 + chooser.below(active.len());
    let first = chooser.below(active.len());
    let mut nodes: Vec<Address> = active.iter().cycle().skip(first).take(count).copied().collect();
    if chooser.seldom(2) {
        nodes.reverse();
    }
    let share = chooser.one_of(&[1, 25, 50, 75, 500]);
    let count = i64::try_from(count).unwrap_or_default();
    let missing = i64::try_from(chooser.below(nodes.len())).unwrap_or_default();
    let ends = [None, Some(NOW + 28 * DAY), Some(NOW), Some(NOW - 1), Some(i64::MAX)];
    let allocation_end = chooser.one_of(&ends);
    for node in &nodes {
        if let Some(tokens) = image.staked_tokens.get_mut(node) {
            tokens.allocated_tokens.insert(contract, share);
        }
    }
    let total_stakes = count * share - missing;
    image.computations.insert(contract, Computation { nodes, share, total_stakes, allocation_end });
}

/// Gives an account as many free tokens as its record can hold.
fn fill(image: &mut Image, account: Address) {
    let Some(tokens) = image.staked_tokens.get_mut(&account) else { return };
    let held = [tokens.total().units(), tokens.incoming_tokens, tokens.outgoing_tokens];
    let room = held.into_iter().fold(i64::MAX, i64::saturating_sub);
    tokens.free_tokens += room;
}
