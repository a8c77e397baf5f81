//! What the hunts have found, as a table for people and as JSON for programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use mutated_registry::Mutant;
use serde_json::json;
use zkreg::invariants::Property;

use crate::hunt::{Hunt, named};

/// A mutant and its hunt.
pub(crate) struct Line {
    pub(crate) mutant: &'static Mutant,
    pub(crate) hunt: Hunt,
}

/// All of them.
pub(crate) struct Report {
    pub(crate) lines: Vec<Line>,
    /// Histories without a mutant.
    pub(crate) control: Hunt,
    /// How many actions a mutant could survive.
    pub(crate) limit: u64,
}

/// The median that the project asks for, in actions.
const MEDIAN: u64 = 50_000;

impl Report {
    /// The mutants that were killed, by their number of actions, ascending.
    fn killed(&self) -> Vec<u64> {
        let mut actions: Vec<u64> =
            self.lines.iter().filter_map(|line| Some(line.hunt.killed.as_ref()?.0)).collect();
        actions.sort_unstable();
        actions
    }

    /// Half of the mutants were killed after so many actions; survivors count as the limit.
    fn median(&self) -> u64 {
        let killed = self.killed();
        killed.get(self.lines.len().saturating_sub(1) / 2).copied().unwrap_or(self.limit)
    }

    /// For each property the mutants that name it, the one it noticed first in front.
    fn by_property(&self) -> BTreeMap<Property, Vec<(u64, &'static str)>> {
        let mut table: BTreeMap<Property, Vec<(u64, &'static str)>> = BTreeMap::new();
        for Line { mutant, hunt } in &self.lines {
            for property in named(mutant) {
                if let Some(actions) = hunt.properties.get(&property) {
                    table.entry(property).or_default().push((*actions, mutant.id));
                }
            }
        }
        for noticed in table.values_mut() {
            noticed.sort_unstable();
        }
        table
    }

    /// What must not be.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        if let Some((actions, by)) = &self.control.killed {
            complaints.push(format!(
                "without a mutant something was found, after {actions} actions: {}",
                by.join(", ")
            ));
        }
        for Line { mutant, hunt } in &self.lines {
            let Mutant { id, file, line, .. } = mutant;
            if hunt.killed.is_none() {
                let actions = hunt.actions;
                complaints.push(format!("`{id}` ({file}:{line}) survived {actions} actions"));
            }
            for property in hunt.lacks(&named(mutant)) {
                complaints.push(format!("`{id}` ({file}:{line}) was not noticed by {property}"));
            }
        }
        if self.median() > MEDIAN {
            complaints.push(format!("the median is {} actions, above {MEDIAN}", self.median()));
        }
        complaints
    }

    /// For people.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        let mut line = |it: String| writeln!(text, "{it}").expect("writing to a string succeeds");
        line(format!("{:>8}  {:<33} {:<22} noticed by", "ACTIONS", "MUTANT", "SOURCE"));
        for Line { mutant, hunt } in &self.lines {
            let Mutant { id, file, line: number, opening, .. } = mutant;
            let source = format!("{file}:{number}");
            let (actions, by) = match &hunt.killed {
                Some((actions, by)) => (actions.to_string(), by.join(", ")),
                None => ("alive".to_owned(), String::new()),
            };
            let opening = opening.map_or(String::new(), |it| format!(" (after {it})"));
            line(format!("{actions:>8}  {id:<33} {source:<22} {by}{opening}"));
        }
        line(format!("\n{:>8}  {:<8} {:<30} mutant", "ACTIONS", "PROPERTY", ""));
        for (property, noticed) in self.by_property() {
            let (actions, first) = noticed[0];
            let others = match noticed.len() {
                1 => String::new(),
                many => format!(" and {} more", many - 1),
            };
            let name = property.name();
            line(format!("{actions:>8}  {property:<8} {name:<30} {first}{others}"));
        }
        let killed = self.killed();
        line(format!(
            "\n{} of {} mutants killed; actions until then: median {}, at most {}; control: {} \
             actions without a mutant, {} found",
            killed.len(),
            self.lines.len(),
            self.median(),
            killed.last().copied().unwrap_or(0),
            self.control.actions,
            if self.control.killed.is_some() { "something" } else { "nothing" },
        ));
        text
    }

    /// For programs.
    pub(crate) fn json(&self) -> String {
        let mutants: Vec<_> = self
            .lines
            .iter()
            .map(|Line { mutant, hunt }| {
                let noticed: BTreeMap<&str, u64> =
                    hunt.properties.iter().map(|(it, actions)| (it.id(), *actions)).collect();
                json!({
                    "id": mutant.id,
                    "source": format!("{}:{}", mutant.file, mutant.line),
                    "what": mutant.what,
                    "opening": mutant.opening,
                    "actions": hunt.killed.as_ref().map(|it| it.0),
                    "noticedBy": hunt.killed.as_ref().map(|it| &it.1),
                    "mustBreak": mutant.breaks,
                    "properties": noticed,
                })
            })
            .collect();
        let properties: BTreeMap<&str, Vec<&str>> = self
            .by_property()
            .iter()
            .map(|(it, noticed)| (it.id(), noticed.iter().map(|(_, id)| *id).collect()))
            .collect();
        let document = json!({
            "mutants": mutants,
            "properties": properties,
            "killed": self.killed().len(),
            "total": self.lines.len(),
            "medianActions": self.median(),
            "maxActions": self.killed().last(),
            "limit": self.limit,
            "controlActions": self.control.actions,
        });
        let mut text = serde_json::to_string_pretty(&document).expect("a document is text");
        text.push('\n');
        text
    }
}
