//! Addresses, dates, amounts, calls and changes in words.

use std::collections::BTreeSet;

use pbc_contract_common::address::{Address, AddressType};
use pbc_host::split_rpc;
use pbc_lib::Export;
use pbc_traits::{Decoder, ReadRPC};
use zk_node_registry::{Computation, EngineInformation, ZkNode};

use crate::action::{Action, Text};
use crate::chain::{Event, Kind};
use crate::neighbours::{ServedContract, WorkKind};
use crate::quantity::{Amount, Moment, Version};
use crate::replay::{Balance, Change, Holding, Played};
use crate::step::{Bucket, Origin, Step};
use crate::world::World;

/// The crate whose entry points have the names of the registry's calls.
const REGISTRY: &str = "zk_node_registry";

/// Calls of the contracts around the registry: who answers, the shortname, and the name.
///
/// Source: `registry.md` 10.2.
const CALLS: [(Callee, u32, &str); 6] = [
    (Callee::Token, 0x01, "transfer"),
    (Callee::Token, 0x03, "transfer_from"),
    (Callee::Token, 0x05, "approve"),
    (Callee::Producers, 0x09, "getProducerInfo"),
    (Callee::Served, 0x0b, "getComputationDeadline"),
    (Callee::Served, 0x13, "extendZkComputationDeadline"),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Callee {
    Token,
    Producers,
    Served,
}

/// The name of `address`; without one, its hex digits.
pub fn name(address: &Address, world: &World) -> String {
    world.name(address).map_or_else(|| format!("{address:x}"), ToString::to_string)
}

/// The names of `addresses`, or `nobody`.
pub fn names(addresses: &[Address], world: &World) -> String {
    let names: Vec<String> = addresses.iter().map(|it| name(it, world)).collect();
    if names.is_empty() { "nobody".to_owned() } else { names.join(" ") }
}

/// A chain time as a time of the scenario; before its start, and where dates are shown, as a date.
pub fn date(millis: i64, world: &World) -> String {
    if world.shows_dates() {
        return Origin::shown(millis);
    }
    let since = millis.checked_sub(world.origin()).and_then(Moment::from_millis);
    since.map_or_else(|| Origin::shown(millis), |moment| moment.to_string())
}

/// When a step happens: in the words of the scenario, or as a date.
pub fn when(step: &Step, now: i64, world: &World) -> String {
    if world.shows_dates() { Origin::shown(now) } else { step.when() }
}

/// What time did before the step: it `passes`, or `steps back`.
pub fn passing(played: &Played<'_>) -> &'static str {
    if played.now < played.earlier { "steps back" } else { "passes" }
}

/// What a step does, says or expects; of a call with its dates, where dates are shown.
pub fn what(step: &Step, world: &World) -> String {
    let date = |at: &Moment| world.time_of(*at).map_or_else(|_| at.to_string(), Origin::shown);
    let action = match step {
        Step::Call(call) if world.shows_dates() => &call.action,
        _ => return step.what(),
    };
    match action {
        Action::Associate { amount, expires: Some(at) } => {
            format!("associate {amount} expires {}", date(at))
        }
        Action::Expire(Some(at)) => format!("expire {}", date(at)),
        action => action.to_string(),
    }
}

/// An amount of the token contract, in MPC.
pub fn units(units: u128) -> String {
    match i64::try_from(units) {
        Ok(units) => Amount::from_units(units).to_string(),
        Err(_) => format!("{units} units"),
    }
}

/// `1 step`, `2 steps`.
pub fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// `text` as one line that cannot steer a terminal: control and direction characters become blanks.
pub fn line(text: &str) -> String {
    let steers = |it: char| {
        it.is_control()
            || matches!(it, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
            || it == '\u{feff}'
    };
    text.chars().map(|it| if steers(it) { ' ' } else { it }).collect()
}

/// The reason of a refusal as one printable line, with names for the addresses that have one.
pub fn reason(message: &str, world: &World) -> String {
    let word = |word: &str| {
        let digits = word.trim_end_matches(|last: char| last.is_ascii_punctuation());
        let named = crate::name::address(digits)
            .and_then(|bytes| Address::rpc_decode(&mut Decoder::new(&bytes)).ok())
            .and_then(|address| world.name(&address));
        match named {
            Some(name) => format!("{name}{}", &word[digits.len()..]),
            None => word.to_owned(),
        }
    };
    line(message).split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// Who is called, and with what: `token: transfer_from`.
pub fn call(event: &Event, world: &World) -> String {
    let kind = if matches!(event.kind, Kind::Callback(_)) { "callback " } else { "" };
    format!("{}: {kind}{}", name(&event.to, world), call_name(event, world))
}

/// The name of a call without that of its receiver.
pub fn call_name(event: &Event, world: &World) -> String {
    let Ok((shortname, _)) = split_rpc(&event.rpc) else { return "nothing".to_owned() };
    let known = if event.to == world.registry_address() {
        let export = match event.kind {
            Kind::Callback(_) => Export::Callback(shortname),
            _ => Export::Action(shortname),
        };
        let entries = pbc_lib::entries(REGISTRY);
        entries.into_iter().find(|entry| entry.export == export).map(|entry| entry.function)
    } else {
        let (collaborators, settings) = world.records().terms();
        let callee = match event.to {
            to if to == settings.stake_token => Callee::Token,
            to if to == collaborators.bp_orchestration => Callee::Producers,
            _ => Callee::Served,
        };
        let known = CALLS.iter().find(|(it, number, _)| *it == callee && *number == shortname);
        known.map(|(_, _, name)| *name)
    };
    known.map_or_else(|| format!("{shortname:02x}"), ToOwned::to_owned)
}

/// What is different now.
pub fn change(change: &Change, world: &World) -> String {
    match change {
        Change::Tokens { who, before, after } => {
            let who = name(who, world);
            match after {
                Some(after) => {
                    let before = before.clone().unwrap_or_default();
                    format!("{who}: {}", holding(after, Some(&before), world))
                }
                None => format!("{who}: no token record any more"),
            }
        }
        Change::Node { who, before, after } => {
            let what = match after {
                Some(after) => node_change(before.as_ref(), after),
                None => "no node any more".to_owned(),
            };
            format!("{}: {what}", name(who, world))
        }
        Change::Computation { contract, after, .. } => {
            let what = match after {
                Some(after) => computation(after, world),
                None => "no computation any more".to_owned(),
            };
            format!("{}: {what}", name(contract, world))
        }
        Change::Work { contract, after } => {
            format!("{}: {}", name(contract, world), work(after, world))
        }
        Change::Roster { joined, left, members } => {
            let part = |who: &[Address], verb: &str| match who {
                [] => String::new(),
                [one] => format!("{} {verb}s, ", name(one, world)),
                _ => format!("{} {verb}, ", names(who, world)),
            };
            format!("roster: {}{}{members} in all", part(joined, "join"), part(left, "leave"))
        }
        Change::Balances(balances) => {
            let mut parts: Vec<String> = balances.iter().map(|it| balance(it, world)).collect();
            parts.sort_unstable();
            format!("token: {}", parts.join(", "))
        }
    }
}

/// What is different now: nodes, token records, computations, roster, balances; each by name.
pub fn changes(changes: &[Change], world: &World) -> Vec<String> {
    let mut lines: Vec<(u8, String)> = changes
        .iter()
        .map(|it| {
            let rank = match it {
                Change::Node { .. } => 0,
                Change::Tokens { .. } => 1,
                Change::Work { .. } => 2,
                Change::Computation { .. } => 3,
                Change::Roster { .. } => 4,
                Change::Balances(_) => 5,
            };
            (rank, change(it, world))
        })
        .collect();
    lines.sort_unstable();
    lines.into_iter().map(|(_, line)| line).collect()
}

fn balance(balance: &Balance, world: &World) -> String {
    let Balance { who, before, after } = *balance;
    let moved = if after >= before {
        format!("+{}", units(after - before))
    } else {
        format!("-{}", units(before - after))
    };
    format!("{} holds {} ({moved})", name(&who, world), units(after))
}

/// Where these accounts and served contracts stand, one line each: accounts first, by name.
pub fn standing(whom: &BTreeSet<Address>, world: &World) -> Vec<String> {
    let records = world.records();
    let account = |who: &Address| {
        let node = records.node(who).map_or_else(|| "no node".to_owned(), |node| describe(&node));
        let tokens = records.tokens(who).map_or_else(
            || "no token record".to_owned(),
            |tokens| holding(&Holding::of(&tokens, world.now()), None, world),
        );
        let balance = units(world.token().balance(who));
        format!("{}: {node}; {tokens}; holds {balance} at the token", name(who, world))
    };
    let work = |contract: &Address| {
        let work = records.computation(contract)?;
        Some(format!("{}: {}", name(contract, world), computation(&work, world)))
    };
    let is_account = |who: &&Address| who.address_type == AddressType::Account;
    let mut accounts: Vec<String> = whom.iter().filter(is_account).map(account).collect();
    let mut works: Vec<String> = whom.iter().filter_map(work).collect();
    accounts.sort_unstable();
    works.sort_unstable();
    accounts.extend(works);
    accounts
}

/// `75_000 = 73_000 free (-2_000) + 2_000 allocated (+2_000); 500 reserved`
fn holding(now: &Holding, before: Option<&Holding>, world: &World) -> String {
    let part = |bucket: Bucket| {
        let amount = now.amount(bucket);
        let difference = before.map_or(0, |before| amount - before.amount(bucket));
        let shown = Amount::from_units(amount);
        let word = bucket.word();
        match difference {
            0 if amount == 0 => None,
            0 => Some(format!("{shown} {word}")),
            more if more > 0 => Some(format!("{shown} {word} (+{})", Amount::from_units(more))),
            less => Some(format!("{shown} {word} ({})", Amount::from_units(less))),
        }
    };
    let places: Vec<String> =
        [Bucket::Free, Bucket::Allocated, Bucket::Pending].into_iter().filter_map(part).collect();
    let mut text = Amount::from_units(now.amount(Bucket::Total)).to_string();
    if !places.is_empty() {
        text = format!("{text} = {}", places.join(" + "));
    }
    let others = [Bucket::Reserved, Bucket::Incoming, Bucket::Outgoing].into_iter();
    for other in others.filter_map(part) {
        text = format!("{text}; {other}");
    }
    if before.is_none_or(|before| before.unlocks != now.unlocks) {
        for (amount, at) in &now.unlocks {
            text = format!("{text}; {} free at {}", Amount::from_units(*amount), date(*at, world));
        }
    }
    match now.expires {
        Some(at) => format!("{text}; expires {}", date(at, world)),
        None if before.is_some_and(|before| before.expires.is_some()) => {
            format!("{text}; never expires")
        }
        None => text,
    }
}

fn computation(work: &Computation, world: &World) -> String {
    let end = work.allocation_end.map_or_else(|| "unknown".to_owned(), |at| date(at, world));
    let share = Amount::from_units(work.share);
    format!("served by {} with {share} each, end {end}", names(&work.nodes, world))
}

/// The calculation status of a ZK contract, and what its nodes owe.
fn work(contract: &ServedContract, world: &World) -> String {
    if contract.is_deleted() {
        return "is gone".to_owned();
    }
    let owes = |engine: &EngineInformation| {
        let owed = contract.owed().items(&engine.identity);
        (!owed.is_empty())
            .then(|| format!("; {} owes {}", name(&engine.identity, world), items(&owed)))
    };
    let owed: String = contract.engines().iter().filter_map(owes).collect();
    format!("status {}{owed}", contract.status().word())
}

/// `attestation, open`; or `nothing`.
pub fn items(items: &[WorkKind]) -> String {
    let words: Vec<&str> = items.iter().map(|item| item.word()).collect();
    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
}

fn describe(node: &ZkNode) -> String {
    let standing = match (node.is_disabled, node.is_resigned) {
        (false, false) => "registered",
        (true, false) => "registered, disabled",
        (false, true) => "resigned",
        (true, true) => "resigned, disabled",
    };
    format!("{standing}, {}", score(node))
}

fn score(node: &ZkNode) -> String {
    let score = &node.score;
    format!(
        "score {} success {} failure {}",
        score.allocated_score, score.success_score, score.failure_score
    )
}

/// The fields that differ; of a new node, or one that registers again, all that were set.
fn node_change(before: Option<&ZkNode>, after: &ZkNode) -> String {
    let differs = |field: &dyn Fn(&ZkNode) -> String| {
        before.is_none_or(|before| field(before) != field(after))
    };
    let mut parts: Vec<String> = Vec::new();
    let enrolled = !after.is_resigned && before.is_none_or(|before| before.is_resigned);
    if enrolled {
        parts.push("registered".to_owned());
    }
    if after.is_resigned && before.is_some_and(|before| !before.is_resigned) {
        parts.push("resigned".to_owned());
    }
    if after.is_disabled && before.is_none_or(|before| !before.is_disabled) {
        parts.push("disabled".to_owned());
    }
    if enrolled || differs(&|node| node.rest_endpoint.rest_endpoint.clone()) {
        parts.push(format!("endpoint {}", Text(&after.rest_endpoint.rest_endpoint)));
    }
    if enrolled || differs(&|node| node.server_jurisdiction.value.to_string()) {
        parts.push(format!("jurisdiction {}", after.server_jurisdiction.value));
    }
    if before.is_some() && differs(&version) {
        parts.push(format!("version {}", version(after)));
    }
    if before.is_some() && differs(&|node| node.supported_ee_version.to_string()) {
        parts.push(format!("EE version {}", after.supported_ee_version));
    }
    if before.is_some() && differs(&score) {
        parts.push(score(after));
    }
    if parts.is_empty() { "new key".to_owned() } else { parts.join(", ") }
}

fn version(node: &ZkNode) -> String {
    node.supported_protocol_version.map_or_else(
        || "unknown".to_owned(),
        |it| Version { major: it.major, minor: it.minor, patch: it.patch }.to_string(),
    )
}
