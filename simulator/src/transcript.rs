//! What happened, as text that an auditor reads from top to bottom.
//!
//! ```text
//! 1d   deploy  request zk-1 nodes 1 stake 2_000 version 4.9.0  accepted
//!              = alice: 75_000 = 73_000 free (-2_000) + 2_000 allocated (+2_000)
//!              = zk-1: served by alice with 2_000 each, end 29d
//! ```
//!
//! A row repeats the step and adds what came of it; below it stand the messages between contracts
//! (`->`; `..` while under way), the reason of a refusal (`--`), what is different now (`=`), and what
//! went wrong (`!!`). The columns follow from the scenario alone, so rows can be written as they
//! come.

pub mod words;

use std::collections::BTreeSet;
use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use pbc_contract_common::address::Address;

use crate::chain::{Delivery, Event, Kind, Outcome};
use crate::replay::{Change, Played};
use crate::scenario::Scenario;
use crate::step::Step;
use crate::world::World;

/// Longer calls push their outcome to the right.
const WIDEST_CALL: usize = 72;

/// The columns of a date with milliseconds.
const DATE: usize = "2025-01-01T00:00:00.000Z".len();

/// Writes the rows of one scenario.
#[derive(Clone, Debug)]
pub struct Transcript {
    when: usize,
    who: usize,
    what: usize,
    palette: Palette,
    counts: Counts,
    /// Whose records have been shown.
    touched: BTreeSet<Address>,
    /// Whether the last row belongs to the start.
    starting: bool,
}

/// How many steps went how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All steps but the `given` ones.
    pub steps: usize,
    /// Those that were refused, as written, or as nobody has said otherwise.
    pub refused: usize,
    /// Those that went otherwise than written.
    pub mismatches: usize,
    /// Those of which nothing is written: rows of a log without an outcome.
    pub unsaid: usize,
}

/// The styles of a transcript; without any by default.
#[derive(Clone, Copy, Debug, Default)]
pub struct Palette {
    accepted: Style,
    refused: Style,
    wrong: Style,
    quiet: Style,
    heading: Style,
}

impl Palette {
    /// Colours for a terminal.
    pub const COLOURED: Palette = Palette {
        accepted: AnsiColor::Green.on_default(),
        refused: AnsiColor::Yellow.on_default(),
        wrong: AnsiColor::Red.on_default().bold(),
        quiet: Style::new().dimmed(),
        heading: Style::new().bold(),
    };

    fn paint(style: Style, text: &str) -> String {
        if text.is_empty() { String::new() } else { format!("{style}{text}{style:#}") }
    }
}

impl Counts {
    /// Counts a step in.
    pub fn add(&mut self, played: &Played<'_>) {
        self.steps += usize::from(!matches!(played.step, Step::Given(_)));
        match &played.verdict {
            Ok(()) => self.refused += usize::from(played.is_refused()),
            Err(_) => self.mismatches += 1,
        }
        self.unsaid += usize::from(played.verdict.is_ok() && !played.is_compared);
    }

    /// Adds `others`.
    pub fn add_all(&mut self, others: Counts) {
        self.steps += others.steps;
        self.refused += others.refused;
        self.mismatches += others.mismatches;
        self.unsaid += others.unsaid;
    }

    /// How many steps there were, up to the result: `8 steps, 1 refused:`. A semicolon keeps a result
    /// that begins with a number from being read as one about the refused steps.
    pub fn counted(self) -> String {
        let mark = if self.unsaid == 0 { ':' } else { ';' };
        format!("{}, {} refused{mark}", words::count(self.steps, "step"), self.refused)
    }

    /// How the steps compare with what is written: `all as written`.
    pub fn result(self) -> String {
        let Counts { steps, mismatches, unsaid, .. } = self;
        let unsaid = match unsaid {
            0 => None,
            all if all == steps => Some("no recorded outcome to compare with".to_owned()),
            some => Some(format!("{} without a recorded outcome", words::count(some, "call"))),
        };
        match (mismatches, unsaid) {
            (0, None) => "all as written".to_owned(),
            (0, Some(unsaid)) if self.unsaid == steps => unsaid,
            (0, Some(unsaid)) => format!("{unsaid}; the rest as written"),
            (wrong, None) => format!("{wrong} otherwise than written"),
            (wrong, Some(unsaid)) => format!("{wrong} otherwise than written; {unsaid}"),
        }
    }
}

impl Transcript {
    /// A transcript of `scenario`, in these styles.
    pub fn new(scenario: &Scenario, palette: Palette) -> Transcript {
        let steps = || scenario.steps().map(|(_, step)| step);
        let when = steps().map(|step| step.when().len()).max().unwrap_or(0);
        let who = steps().map(|step| step.who().len()).max().unwrap_or(0);
        let calls = steps().filter(|step| step.at().is_some()).map(|step| step.what().len());
        let what = calls.filter(|width| *width <= WIDEST_CALL).max().unwrap_or(0);
        let (counts, touched) = (Counts::default(), BTreeSet::new());
        Transcript { when, who, what, palette, counts, touched, starting: false }
    }

    /// What stands above the first row: the scenario's own words.
    pub fn header(&self, scenario: &Scenario) -> String {
        self.heading(scenario.header())
    }

    /// These lines as they stand above the first row.
    pub fn heading<'h>(&self, lines: impl IntoIterator<Item = &'h str>) -> String {
        let mut text = String::new();
        for line in lines {
            let line = words::line(line);
            let _ = writeln!(text, "{}", Palette::paint(self.palette.heading, line.trim_end()));
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text
    }

    /// The rows of one step. `world` is as the step has left it.
    pub fn rows(&mut self, played: &Played<'_>, world: &World) -> String {
        self.counts.add(played);
        self.touched.extend(played.changes.iter().filter_map(Change::subject));
        let mut text = String::new();
        let given = matches!(played.step, Step::Given(_));
        let when = words::when(played.step, played.now, world);
        self.when = self.when.max(if world.shows_dates() { DATE } else { 0 });
        if self.starting && !given {
            text.push('\n');
        }
        self.starting = given;
        if !played.matured.is_empty() {
            self.row(&mut text, &when, "time", words::passing(played), String::new());
            self.changes(&mut text, &played.matured, world);
        }
        let step = played.step;
        let what = words::what(step, world);
        self.row(&mut text, &when, step.who(), &what, self.outcome(played, world));
        let own = usize::from(matches!(step, Step::Call(_)));
        for (index, delivery) in played.deliveries.iter().enumerate() {
            let told = concerns_the_registry(&delivery.event, world);
            if index >= own && (told || !delivery.outcome.is_accepted()) {
                self.note(&mut text, "->", &self.message(delivery, world));
            }
            if let Outcome::Refused { message, .. } = &delivery.outcome {
                let reason = words::reason(message, world);
                self.note(&mut text, "--", &Palette::paint(self.palette.quiet, &reason));
            }
        }
        for mail in &played.under_way {
            let starter = words::name(&mail.event.starter, world);
            let line = format!("{} of {starter}: under way", words::call(&mail.event, world));
            self.note(&mut text, "..", &Palette::paint(self.palette.quiet, &line));
        }
        self.changes(&mut text, &played.changes, world);
        if let (Err(mismatch), false) = (&played.verdict, matches!(step, Step::Expect(_))) {
            let line = words::reason(&mismatch.to_string(), world);
            self.note(&mut text, "!!", &Palette::paint(self.palette.wrong, &line));
        }
        text
    }

    /// What stands below the last row: where those stand whom the steps have touched, and the count.
    pub fn footer(&self, world: &World) -> String {
        let mut text = String::new();
        let standing = words::standing(&self.touched, world);
        if !standing.is_empty() {
            text.push_str("\nIn the end\n");
        }
        for line in standing {
            let _ = writeln!(text, "  {line}");
        }
        let style =
            if self.counts.mismatches == 0 { self.palette.accepted } else { self.palette.wrong };
        let result = Palette::paint(style, &self.counts.result());
        let _ = writeln!(text, "\n{} {result}.", self.counts.counted());
        text
    }

    fn row(&self, text: &mut String, when: &str, who: &str, what: &str, outcome: String) {
        let (w1, w2, w3) = (self.when, self.who, self.what);
        let row = format!("{when:w1$}  {who:w2$}  {what:w3$}  {outcome}");
        let _ = writeln!(text, "{}", row.trim_end());
    }

    /// A line under a row.
    fn note(&self, text: &mut String, mark: &str, line: &str) {
        let indent = self.when + self.who + 4;
        let _ = writeln!(text, "{:indent$}{mark} {line}", "");
    }

    fn outcome(&self, played: &Played<'_>, world: &World) -> String {
        let palette = &self.palette;
        match (played.step, &played.verdict) {
            (Step::Given(_), _) => String::new(),
            (Step::Expect(_), Ok(())) => Palette::paint(palette.accepted, "holds"),
            (Step::Expect(_), Err(mismatch)) => {
                let line = words::line(&format!("DOES NOT HOLD: {mismatch}"));
                Palette::paint(palette.wrong, &line)
            }
            (Step::Call(_), _) => {
                played.outcome().map(|outcome| self.answer(outcome)).unwrap_or_default()
            }
            (Step::Mail(_) | Step::Work(_), _) => match played.refusal(&world.registry_address()) {
                Some((code, _)) => Palette::paint(palette.refused, &format!("refused: {code}")),
                None => String::new(),
            },
        }
    }

    fn answer(&self, outcome: &Outcome) -> String {
        let palette = &self.palette;
        match outcome {
            Outcome::Accepted { .. } => Palette::paint(palette.accepted, "accepted"),
            Outcome::Refused { code, .. } => {
                Palette::paint(palette.refused, &format!("refused: {code}"))
            }
            Outcome::Trap { message } => {
                Palette::paint(palette.wrong, &words::line(&format!("BROKE DOWN: {message}")))
            }
            Outcome::OutOfGas => Palette::paint(palette.refused, "out of gas, and lost"),
            Outcome::Failed { reason } => {
                Palette::paint(palette.refused, &format!("failed, {reason}"))
            }
        }
    }

    fn message(&self, delivery: &Delivery, world: &World) -> String {
        let told = match &delivery.event.kind {
            Kind::Callback(results) if results.success => " (success)",
            Kind::Callback(_) => " (failure)",
            _ => "",
        };
        let call = words::call(&delivery.event, world);
        format!("{call}{told}: {}", self.answer(&delivery.outcome))
    }

    fn changes(&self, text: &mut String, changes: &[Change], world: &World) {
        for line in words::changes(changes, world) {
            self.note(text, "=", &line);
        }
    }
}

fn concerns_the_registry(event: &Event, world: &World) -> bool {
    event.to == world.registry_address() || event.from == world.registry_address()
}

#[cfg(test)]
mod tests;
