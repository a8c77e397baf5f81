//! A log as a story that can be replayed: its calls in the words of scenarios where there are some.

use std::collections::{BTreeMap, BTreeSet};

use pbc_contract_common::address::{Address, AddressType};

use super::{Log, Record, Row, Terms};
use crate::action::Action;
use crate::image::Image;
use crate::name::Name;
use crate::names::{Names, bytes_of};
use crate::quantity::{Amount, Moment};
use crate::rpc;
use crate::scenario::{Line, Scenario};
use crate::status::find_account;
use crate::step::{Call, Fact, Origin, Step};

/// A log, ready to be replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// The calls, each in the line that it has in the log.
    pub scenario: Scenario,
    /// What is known or assumed before the first call. Whoever associates tokens has them at the
    /// stake token and has approved them; whoever registers produces blocks.
    pub facts: Vec<Fact>,
    /// What the log says about the call in a line, beyond what was sent.
    pub records: BTreeMap<usize, Record>,
    /// What stands above a transcript, line by line.
    pub header: Vec<String>,
    /// Senders that the registry does not know when they call, each with its line.
    pub strangers: Vec<(usize, String)>,
}

impl Story {
    /// The story of `log` on the registry `image`, or on a fresh one.
    pub fn of(log: &Log, terms: &Terms, image: Option<&Image>) -> Story {
        let first = log.rows.first().map_or(0, |row| row.at);
        let start = terms.since.unwrap_or(first);
        let origin = Origin::from_millis(start).unwrap_or_default();
        let names = names(terms, image);

        let mut lines: Vec<Line> = Vec::new();
        let mut records = BTreeMap::new();
        for row in &log.rows {
            lines.resize_with(row.line, Line::default);
            if let Some(line) = lines.last_mut() {
                line.step = Some(Step::Call(call(row, &names, origin)));
            }
            records.insert(row.line, row.record.clone());
        }
        let scenario = Scenario { lines };
        let assumed = assumptions(&scenario);
        let mut facts = vec![Fact::Clock(origin), bound(&registry(), &terms.registry)];
        facts.extend(terms.names.iter().map(|(name, address)| bound(name, address)));
        facts.extend(assumed.iter().cloned());
        let header = header(log, terms, &assumed);
        let strangers = image.map(|image| strangers(log, image)).unwrap_or_default();
        Story { scenario, facts, records, header, strangers }
    }
}

fn registry() -> Name {
    "registry".parse().expect("invariant: `registry` is a name")
}

fn bound(who: &Name, address: &Address) -> Fact {
    Fact::Address { who: who.clone(), address: bytes_of(address) }
}

/// The names that are given, and those that the contracts around the registry have in any world.
fn names(terms: &Terms, image: Option<&Image>) -> Names {
    let mut names = Names::default();
    if let Some(image) = image {
        for (name, address) in image.contracts_around() {
            names.bind(name, address);
        }
    }
    for (name, address) in &terms.names {
        names.bind(name.clone(), *address);
    }
    names
}

/// The call in a row: in words if they give its very bytes, otherwise as bytes.
fn call(row: &Row, names: &Names, origin: Origin) -> Call {
    let words = rpc::decode(&row.rpc, names, origin).ok().and_then(|decoded| decoded.words);
    let action = match words {
        Some(Action::Check { contract, .. }) => Action::Check { contract, gas: row.gas },
        Some(Action::Extend { contract, .. }) => Action::Extend { contract, gas: row.gas },
        Some(words) => words,
        None => Action::Raw { rpc: row.rpc.clone(), to: registry() },
    };
    let actor = names.name(&row.sender).cloned().unwrap_or_else(|| {
        format!("{:x}", row.sender).parse().expect("invariant: an address is a name")
    });
    Call { at: origin.moment(row.at).unwrap_or(Moment::START), actor, action, refused: None }
}

/// What must be so for the calls to succeed that other contracts have a say in.
fn assumptions(scenario: &Scenario) -> Vec<Fact> {
    let mut holdings = BTreeMap::<Name, i64>::new();
    let mut producers = BTreeSet::<Name>::new();
    for (_, step) in scenario.steps() {
        let Step::Call(call) = step else { continue };
        match &call.action {
            Action::Associate { amount, .. } if amount.units() > 0 => {
                let held = holdings.entry(call.actor.clone()).or_default();
                *held = held.saturating_add(amount.units());
            }
            Action::Register { .. } => {
                producers.insert(call.actor.clone());
            }
            _ => {}
        }
    }
    let holds = holdings.into_iter().map(|(who, units)| Fact::Holds {
        who,
        amount: Amount::from_units(units),
        approved: true,
    });
    let produces = producers.into_iter().map(|who| Fact::Produces { who, jurisdiction: None });
    holds.chain(produces).collect()
}

fn header(log: &Log, terms: &Terms, assumed: &[Fact]) -> Vec<String> {
    let date = |row: Option<&Row>| row.map_or_else(String::new, |row| Origin::shown(row.at));
    let (first, last) = (date(log.rows.first()), date(log.rows.last()));
    let calls = match log.rows.len() {
        1 => "1 call".to_owned(),
        more => format!("{more} calls"),
    };
    let mut header = vec![format!("{calls} to {:x}, {first} to {last}", terms.registry)];
    if log.elsewhere > 0 {
        header.push(format!("skipped: {} to other contracts", log.elsewhere));
    }
    header.extend(assumed.iter().map(|fact| format!("assumed: {}", said(fact))));
    header
}

fn said(fact: &Fact) -> String {
    let step = Step::Given(fact.clone());
    format!("{} {}", step.who(), step.what())
}

/// Accounts that call before they are known: neither in the state, nor registered or with tokens by an
/// earlier call.
fn strangers(log: &Log, image: &Image) -> Vec<(usize, String)> {
    let mut known: BTreeSet<Address> =
        image.staked_tokens.keys().chain(image.zk_nodes.keys()).copied().collect();
    let mut strangers = Vec::new();
    for row in log.rows.iter().filter(|row| row.sender.address_type == AddressType::Account) {
        /// Register and associate: the calls by which somebody becomes known.
        const INTRODUCING: [u8; 3] = [0x00, 0x0a, 0x15];
        let introduces = row.rpc.first().is_some_and(|first| INTRODUCING.contains(first));
        if known.insert(row.sender) && !introduces {
            let unknown = find_account(image, &row.sender).err();
            strangers.extend(unknown.map(|unknown| (row.line, unknown.to_string())));
        }
    }
    strangers
}
