//! An audit for people: what was checked, what was found, what a state alone cannot show.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use super::rule::left_open;
use super::{Audit, Check, Issue, Level, Reading, Rule, mpc};
use crate::invariants::{Property, Shown};
use crate::status::{Style, date, draw, table};
use crate::transcript::words;

/// Where lines of prose end at the latest.
const WIDTH: usize = 100;

impl Audit {
    /// The whole audit of the state that is in `source`. Ends with a line break.
    pub fn text(&self, source: &str, style: Style) -> String {
        let mut text = String::new();
        line(&mut text, format_args!("Audit of {source} at {}", date(self.now)));
        for node in &self.nodes {
            line(&mut text, format_args!("of {node:x} and its work only"));
        }
        self.write_reading(&mut text);
        self.write_checks(&mut text, style);
        self.write_found(&mut text);
        self.write_unseen(&mut text);
        line(&mut text, format_args!("\n{}", self.summary()));
        text
    }

    /// One line for each finding; nothing if there is none.
    pub fn lines(&self) -> String {
        self.issues.iter().map(|issue| format!("{issue}\n")).collect()
    }

    /// `3 findings: 1 error, 2 warnings.`
    pub fn summary(&self) -> String {
        let below = match self.below {
            0 => String::new(),
            below => format!(" {} below the level asked for.", words::count(below, "finding")),
        };
        if self.issues.is_empty() {
            return format!("No findings.{below}");
        }
        let levels = [Level::Error, Level::Warning, Level::Note].into_iter().filter_map(|level| {
            let count = self.issues.iter().filter(|issue| issue.rule.level() == level).count();
            (count > 0).then(|| words::count(count, level.word()))
        });
        let levels = levels.collect::<Vec<_>>().join(", ");
        format!("{}: {levels}.{below}", words::count(self.issues.len(), "finding"))
    }

    fn write_reading(&self, text: &mut String) {
        heading(text, "How the state was read");
        match &self.reading {
            Reading::Live(readings) => {
                line(text, format_args!("  {}", readings.unlock_time));
                line(text, format_args!("  {}", readings.allocated_score));
            }
            Reading::Export => prose(
                text,
                "  ",
                "It is an export, taken at its word: unlockTime is the time of the release, \
                 allocatedScore counts completed allocations.",
            ),
            Reading::Unsound => {
                let sentence = "It could not be: these bytes are not a state that a registry has \
                                written. What is below says why; nothing else could be checked.";
                return prose(text, "  ", sentence);
            }
        }
        let whose = if self.nodes.is_empty() { "All accounts" } else { "These accounts" };
        let tokens = mpc(self.tokens);
        line(text, format_args!("  {whose} together have {tokens} MPC in the registry."));
    }

    fn write_checks(&self, text: &mut String, style: Style) {
        heading(text, "What was checked");
        let mut checks = table(style);
        checks.set_header(["CHECK", "WHAT", "LOOKED AT", "OUTCOME"]);
        for check in &self.checks {
            let (id, name) = (check.rule.id(), check.rule.name());
            checks.add_row([id, name, &check.looked_at(), &check.outcome()]);
        }
        draw(text, &checks);
    }

    fn write_found(&self, text: &mut String) {
        let mut found: BTreeMap<Rule, Vec<&Issue>> = BTreeMap::new();
        for issue in &self.issues {
            found.entry(issue.rule).or_default().push(issue);
        }
        if found.is_empty() {
            return;
        }
        heading(text, "What was found");
        let mut number = 0;
        for (index, (rule, issues)) in found.into_iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            let (level, id, name) = (rule.level().word(), rule.id(), rule.name());
            line(text, format_args!("{separator}{level} {id}, {name}"));
            prose(text, "  ", rule.statement());
            prose(text, "  ", rule.meaning());
            for issue in issues {
                number += 1;
                let place = if issue.place.is_empty() { "the state" } else { &issue.place };
                line(text, format_args!("  {number}. {place}"));
                line(text, format_args!("       found     {}", issue.found));
                line(text, format_args!("       expected  {}", issue.expected));
            }
        }
    }

    fn write_unseen(&self, text: &mut String) {
        heading(text, "What a state alone cannot show");
        for check in &self.checks {
            if let Rule::Invariant(property) = check.rule
                && let Some(open) = left_open(property)
            {
                line(text, format_args!("  {property}  {open}"));
            }
        }
        let ids = |shown: &[Shown]| {
            let unseen = Property::ALL.iter().filter(|property| shown.contains(&property.shown()));
            unseen.map(|property| property.id()).collect::<Vec<_>>().join(", ")
        };
        let calls = ids(&[Shown::Step, Shown::History]);
        prose(text, "  ", &format!("Only the calls that led here show {calls}."));
        let tried = ids(&[Shown::Probe]);
        prose(text, "  ", &format!("Only further calls show {tried}."));
        let replay = "`zkreg replay` checks and tries all of these at every call that it makes: give \
                      it the state before the calls, and their log (`--state`, `--log`).";
        prose(text, "  ", replay);
        prose(
            text,
            "  ",
            "INV-06 has a part that anybody can look up: what the registry owns at the token \
             contract is not less than what all accounts together have in it.",
        );
    }
}

impl Check {
    /// `8 nodes, 3 computations`
    pub fn looked_at(&self) -> String {
        let counted = self.looked_at.iter().map(|(number, thing)| words::count(*number, thing));
        counted.collect::<Vec<_>>().join(", ")
    }

    fn outcome(&self) -> String {
        let outcome = match self.found {
            0 => "ok".to_owned(),
            found => words::count(found, "finding"),
        };
        match &self.blind_spot {
            None => outcome,
            Some(blind_spot) if self.found == 0 => blind_spot.clone(),
            Some(blind_spot) => format!("{outcome}; {blind_spot}"),
        }
    }
}

fn heading(text: &mut String, heading: &str) {
    line(text, format_args!("\n{heading}"));
}

fn line(text: &mut String, line: fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("invariant: writing to a string succeeds");
}

/// `sentence` in lines that begin with `indent`.
fn prose(text: &mut String, indent: &str, sentence: &str) {
    let mut current = indent.to_owned();
    for word in sentence.split(' ') {
        let is_first = current.len() == indent.len();
        if !is_first && current.len() + 1 + word.len() > WIDTH {
            line(text, format_args!("{current}"));
            current = indent.to_owned();
        }
        if current.len() > indent.len() {
            current.push(' ');
        }
        current.push_str(word);
    }
    line(text, format_args!("{current}"));
}
