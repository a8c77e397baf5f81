//! Looks on while a story is replayed, and keeps what the page shows.

use std::collections::{BTreeMap, BTreeSet};

use pbc_contract_common::address::{Address, AddressType};
use zk_node_registry::{ZkNode, ZkNodeTokens};

use super::plot::{NARROW, Part, Plot, Sample, WIDE};
use super::scale::{date, mpc};
use super::{Amount, CallRow, Chapter, Drawing, Figure, Misfit, NodeRow, Release};
use crate::chain::Outcome;
use crate::replay::{Change, Holding, Played};
use crate::step::{Bucket, Step};
use crate::transcript::words;
use crate::world::World;

/// Up to so many accounts are shown though nothing happens to them.
const FEW: usize = 24;
/// The most accounts that are shown.
const MOST_ACCOUNTS: usize = 60;
/// The most rows of the table of steps.
const MOST_CALLS: usize = 2_000;
/// How far ahead a plot looks for tokens that become free, in milliseconds.
const AHEAD: i64 = 60 * DAY;
const DAY: i64 = 24 * 60 * 60 * 1_000;

/// Keeps what the page shows of one scenario or log.
#[derive(Clone, Debug)]
pub struct Recorder {
    chapter: Chapter,
    /// Everybody's tokens before the first step.
    before: BTreeMap<Address, ZkNodeTokens>,
    /// The tokens of those to whom something happened, each from some time on.
    tracks: BTreeMap<Address, Vec<(i64, Option<ZkNodeTokens>)>>,
    /// Whose node changed.
    touched: BTreeSet<Address>,
    begin: Option<i64>,
    /// The latest time so far: the clock may step back, a plot does not.
    latest: i64,
}

impl Recorder {
    /// Begins with `world` as it is before the first step. `header` is what the file `name` says of
    /// itself.
    pub fn new(name: &str, header: &[String], world: &World) -> Recorder {
        let story = paragraphs(header);
        let chapter = Chapter { name: name.to_owned(), story, ..Chapter::default() };
        Recorder {
            chapter,
            before: world.records().all_tokens().collect(),
            tracks: BTreeMap::new(),
            touched: BTreeSet::new(),
            begin: None,
            latest: world.now(),
        }
    }

    /// One more step. `world` is as it has left it.
    pub fn step(&mut self, played: &Played<'_>, world: &World) {
        self.chapter.counts.add(played);
        let step = played.step;
        if let Step::Given(_) = step {
            self.chapter.given.push(words::line(&format!("{} {}", step.who(), step.what())));
            return;
        }
        let now = played.now;
        self.begin.get_or_insert(now.min(self.latest));
        self.latest = self.latest.max(now);
        for change in &played.changes {
            if let Some(who) = change.subject() {
                self.touched.insert(who);
            }
            if let Some(who) = change.holder() {
                let tokens = world.records().tokens(&who);
                self.tracks.entry(who).or_default().push((self.latest, tokens));
            }
        }
        let what = words::line(&words::what(step, world));
        if let Err(mismatch) = &played.verdict {
            self.chapter.broken |= mismatch.is_bug();
            self.chapter.mismatches.push(Misfit {
                place: format!("{}:{}", self.chapter.name, played.line),
                step: format!("{} {} {what}", words::when(step, now, world), step.who()),
                message: words::reason(&mismatch.to_string(), world),
            });
        }
        if self.chapter.calls.len() < MOST_CALLS {
            self.chapter.calls.extend(time_row(played, world));
            self.chapter.calls.push(row(played, what, world));
        } else {
            self.chapter.more_calls += 1;
        }
    }

    /// The chapter of the page. `world` is as the last step has left it.
    pub fn finish(mut self, world: &World) -> Chapter {
        let records = world.records();
        let accounts = |it: &&Address| it.address_type == AddressType::Account;
        let mut shown: BTreeSet<Address> = self.touched.iter().filter(accounts).copied().collect();
        shown.extend(self.tracks.keys());
        let all: BTreeSet<Address> = records
            .all_tokens()
            .map(|(account, _)| account)
            .chain(records.all_nodes().map(|(account, _)| account))
            .collect();
        if shown.union(&all).count() <= FEW {
            shown.extend(all.iter().copied());
        }
        let shown: Vec<Address> = shown.into_iter().take(MOST_ACCOUNTS).collect();
        self.chapter.left_out = all.iter().filter(|it| !shown.contains(it)).count();

        let begin = self.begin.unwrap_or(self.latest);
        self.chapter.period = match (begin, self.latest) {
            (begin, end) if begin == end => date(begin),
            (begin, end) => format!("{} to {}", date(begin), date(end)),
        };
        for account in &shown {
            let (node, tokens) = (records.node(account), records.tokens(account));
            let holding = tokens.as_ref().map(|it| Holding::of(it, world.now()));
            let running = tokens.map_or(0, |tokens| tokens.allocated_tokens.len());
            let row = node_row(account, node.as_ref(), holding.as_ref(), running, world);
            self.chapter.nodes.push(row);
            self.chapter.figures.extend(self.figure(account, begin, world));
        }
        let by_name = |one: &str, other: &str| one.cmp(other);
        self.chapter.nodes.sort_by(|one, other| by_name(&one.name, &other.name));
        self.chapter.figures.sort_by(|one, other| by_name(&one.name, &other.name));
        self.chapter
    }

    /// The plots of an account; none if it never had tokens.
    fn figure(&self, account: &Address, begin: i64, world: &World) -> Option<Figure> {
        let first = self.before.get(account).cloned();
        let mut points = vec![(begin, first)];
        points.extend(self.tracks.get(account).into_iter().flatten().cloned());
        if points.iter().all(|(_, tokens)| tokens.is_none()) {
            return None;
        }
        let now = self.latest;
        let last = points.last().and_then(|(_, tokens)| tokens.as_ref());
        let ahead = last.map(|tokens| Holding::of(tokens, now).unlocks).unwrap_or_default();
        let horizon = now.saturating_add(AHEAD);
        let ahead = ahead.iter().map(|(_, at)| *at).filter(|at| *at <= horizon).max();
        let until = ahead.unwrap_or(now).max(now);
        let margin = (until.saturating_sub(begin) / 40).max(DAY / 24);
        let end = if until > now || until == begin { until.saturating_add(margin) } else { now };

        let (samples, releases) = samples(&points, end);
        let plot = Plot { samples, begin, now, end, releases };
        let name = words::name(account, world);
        let largest = plot.largest(&Part::ALL);
        let until_now = plot.samples.iter().take_while(|sample| sample.at <= now);
        let last = until_now.last().map_or([0; 4], |sample| sample.units);
        let caption = format!(
            "Tokens of {name} from {} to {}: at most {} MPC in all; in the end {} reserved, {} free \
             above it, {} allocated, {} pending",
            date(begin),
            date(end),
            mpc(largest),
            mpc(last[0]),
            mpc(last[1]),
            mpc(last[2]),
            mpc(last[3]),
        );
        let draw = |title, parts: &[Part], what: &str| Drawing {
            title,
            wide: plot.svg(parts, WIDE, what),
            narrow: plot.svg(parts, NARROW, what),
        };
        let mut plots = vec![draw("All tokens, in MPC", &Part::ALL, &caption)];
        let away = [Part::Allocated, Part::Pending];
        let busy = plot.largest(&away);
        if busy > 0 && busy < largest / 4 {
            let what = format!("The same, allocated and pending only: at most {} MPC", mpc(busy));
            plots.push(draw("Allocated and pending, enlarged, in MPC", &away, &what));
        }
        let address = format!("{account:x}");
        let releases = plot.releases.iter().map(release).collect();
        Some(Figure { name: short(&name), address, caption, plots, releases })
    }
}

/// Lines as text that a page breaks where it likes. An empty line ends a paragraph, and a line with a
/// word and a colon in front, such as `Source:`, begins one.
fn paragraphs(lines: &[String]) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for line in lines {
        let line = words::line(line);
        let mut words = line.split_whitespace().peekable();
        if words.peek().is_none_or(|word| word.ends_with(':')) {
            paragraphs.push(String::new());
        }
        for word in words {
            let Some(text) = paragraphs.last_mut() else { continue };
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(word);
        }
    }
    paragraphs.retain(|text| !text.is_empty());
    paragraphs
}

/// What the parts were when, up to `end`, and which tokens became free when.
fn samples(points: &[(i64, Option<ZkNodeTokens>)], end: i64) -> (Vec<Sample>, Vec<(i64, i64)>) {
    let mut samples: Vec<Sample> = Vec::new();
    let mut releases = BTreeSet::new();
    let next = points.iter().skip(1).map(|(at, _)| *at).chain([end]);
    for ((at, tokens), until) in points.iter().zip(next) {
        let Some(tokens) = tokens else {
            samples.push(Sample { at: *at, units: [0; 4] });
            continue;
        };
        let unlocks = Holding::of(tokens, *at).unlocks;
        releases.extend(unlocks.iter().map(|(amount, unlock)| (*unlock, *amount)));
        let within = unlocks.iter().map(|(_, unlock)| *unlock);
        let mut moments: Vec<i64> = within.filter(|unlock| (*at..until).contains(unlock)).collect();
        moments.insert(0, *at);
        moments.dedup();
        samples.extend(moments.into_iter().map(|moment| {
            let holding = Holding::of(tokens, moment);
            let free = holding.amount(Bucket::Free);
            let floor = holding.amount(Bucket::Reserved).min(free);
            let (away, back) = (holding.amount(Bucket::Allocated), holding.amount(Bucket::Pending));
            Sample { at: moment, units: [floor, free - floor, away, back] }
        }));
    }
    (samples, releases.into_iter().map(|(at, amount)| (amount, at)).collect())
}

fn release((amount, at): &(i64, i64)) -> Release {
    Release { amount: mpc(*amount), date: date(*at) }
}

/// The ends of an address; other names as they are.
fn short(name: &str) -> String {
    match (name.len(), name.get(..8), name.get(name.len().saturating_sub(6)..)) {
        (42, Some(front), Some(back)) => format!("{front}…{back}"),
        _ => name.to_owned(),
    }
}

fn node_row(
    account: &Address,
    node: Option<&ZkNode>,
    holding: Option<&Holding>,
    running: usize,
    world: &World,
) -> NodeRow {
    let (standing, is_active) = match node {
        None => ("no node", false),
        Some(node) if node.is_disabled => ("disabled", false),
        Some(node) if node.is_resigned => ("resigned", false),
        Some(_) => ("registered", true),
    };
    let held = holding.cloned().unwrap_or_default();
    let listed = [
        (Bucket::Total, "Total"),
        (Bucket::Free, "Free"),
        (Bucket::Reserved, "Reserved"),
        (Bucket::Allocated, "Allocated"),
        (Bucket::Pending, "Pending"),
    ];
    let amount = |(bucket, label): (Bucket, &'static str)| {
        let units = held.amount(bucket);
        Amount { label, text: mpc(units), is_zero: units == 0 }
    };
    let mut remarks = Vec::new();
    for (bucket, way) in [(Bucket::Incoming, "on the way in"), (Bucket::Outgoing, "on the way out")]
    {
        if held.amount(bucket) != 0 {
            remarks.push(format!("{} MPC {way}", mpc(held.amount(bucket))));
        }
    }
    remarks.extend(held.expires.map(|at| format!("expires {}", date(at))));
    NodeRow {
        name: short(&words::name(account, world)),
        address: format!("{account:x}"),
        standing,
        is_active,
        amounts: listed.into_iter().map(amount).collect(),
        shares: shares(&held),
        releases: held.unlocks.iter().map(release).collect(),
        score: node.map(|node| {
            let score = &node.score;
            (score.allocated_score, score.success_score, score.failure_score)
        }),
        running,
        remarks,
    }
}

/// The parts of the whole in percent, with two decimals.
fn shares(held: &Holding) -> Vec<(&'static str, String)> {
    let total = i128::from(held.amount(Bucket::Total));
    if total <= 0 {
        return Vec::new();
    }
    let free = held.amount(Bucket::Free);
    let floor = held.amount(Bucket::Reserved).min(free);
    let parts = [floor, free - floor, held.amount(Bucket::Allocated), held.amount(Bucket::Pending)];
    let share = |units: i64| {
        let basis_points = i128::from(units) * 10_000 / total;
        format!("{}.{:02}", basis_points / 100, basis_points % 100)
    };
    let named = Part::ALL.into_iter().zip(parts).filter(|(_, units)| *units > 0);
    named.map(|(part, units)| (part.class(), share(units))).collect()
}

/// What time alone changed before the step, as a row of its own.
fn time_row(played: &Played<'_>, world: &World) -> Option<CallRow> {
    (!played.matured.is_empty()).then(|| CallRow {
        line: played.line,
        when: words::when(played.step, played.now, world),
        who: "time".to_owned(),
        what: words::passing(played).to_owned(),
        class: "quiet",
        changes: changes(&played.matured, world),
        ..CallRow::default()
    })
}

fn changes(changes: &[Change], world: &World) -> Vec<String> {
    words::changes(changes, world).iter().map(|line| words::line(line)).collect()
}

fn row(played: &Played<'_>, what: String, world: &World) -> CallRow {
    let step = played.step;
    let refusal = played.refusal(&world.registry_address());
    let (outcome, class) = match (step, &played.verdict, played.outcome()) {
        (Step::Expect(_), Ok(()), _) => ("holds".to_owned(), "quiet"),
        (Step::Expect(_), Err(_), _) => ("does not hold".to_owned(), "wrong"),
        (_, Err(mismatch), _) if mismatch.is_bug() => ("broke down".to_owned(), "wrong"),
        (_, verdict, _) if refusal.is_some() => {
            let code = refusal.map_or("", |(code, _)| code);
            (code.to_owned(), if verdict.is_ok() { "refused" } else { "wrong" })
        }
        (_, Err(_), _) => ("otherwise".to_owned(), "wrong"),
        (_, Ok(()), Some(Outcome::OutOfGas)) => ("out of gas".to_owned(), "refused"),
        (_, Ok(()), Some(Outcome::Failed { .. })) => ("failed".to_owned(), "refused"),
        (Step::Call(_), Ok(()), _) => ("accepted".to_owned(), "ok"),
        (_, Ok(()), _) => ("done".to_owned(), "quiet"),
    };
    let mut reasons: Vec<String> = Vec::new();
    match &played.verdict {
        Err(mismatch) => reasons.push(words::reason(&mismatch.to_string(), world)),
        Ok(()) => reasons.extend(refusal.map(|(_, message)| words::reason(message, world))),
    }
    CallRow {
        line: played.line,
        when: words::when(step, played.now, world),
        who: short(step.who()),
        what,
        outcome,
        class,
        reasons,
        changes: changes(&played.changes, world),
    }
}
