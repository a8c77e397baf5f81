//! What a campaign tells in the end: how often each action had each outcome, and what was missed.
//!
//! Nothing in it depends on the machine or on time.

use std::fmt::{self, Write};

use serde::Serialize;

use super::campaign::Account;
use super::table::{ACTIONS, Place, UNREACHABLE};
use crate::quantity::grouped;

/// The columns of a line.
const WIDTH: usize = 100;

/// A report, as text by [`fmt::Display`] and as JSON.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The seed of the first history.
    pub seed: u64,
    /// How many histories of a corpus were run before.
    pub corpus: u64,
    /// How many histories of seeds were run.
    pub histories: u64,
    /// Calls, callbacks and creations.
    pub actions: u64,
    /// How many of them were accepted.
    pub accepted: u64,
    /// How many were refused.
    pub refused: u64,
    /// How often every outcome must come.
    pub least: u64,
    /// Every outcome that can be reached, in the order of the specification.
    pub outcomes: Vec<Hits>,
    /// Those that came less often than they must.
    pub missed: Vec<Hits>,
    /// Those that nobody can reach.
    pub unreachable: Vec<Proven>,
    /// What went wrong.
    pub failure: Option<Wrong>,
}

/// How often an action had an outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hits {
    /// The number of the action.
    pub action: &'static str,
    /// The outcome.
    pub outcome: &'static str,
    /// How often it came.
    pub hits: u64,
}

/// Outcomes that cannot be reached, and why.
#[derive(Clone, Debug, Serialize)]
pub struct Proven {
    /// The number of the action.
    pub action: &'static str,
    /// The outcomes.
    pub outcomes: &'static [&'static str],
    /// The proof.
    pub proof: &'static str,
}

/// What went wrong first.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Wrong {
    /// The history: a seed, or a file of the corpus.
    pub history: String,
    /// The index of the step that showed it, counted from 0; that of the last and one more if it
    /// showed at the end, `None` before the first.
    pub step: Option<usize>,
    /// How many steps the history has.
    pub steps: usize,
    /// What must not be.
    pub breaches: Vec<String>,
    /// How many steps are left after shrinking.
    pub shrunk_to: usize,
    /// The command that shows it.
    pub command: String,
    /// Whether a replay of the scenario fails; `None` if there is no scenario.
    pub scenario_fails: Option<bool>,
    /// The files that were written.
    pub files: Vec<String>,
}

impl Report {
    /// The report of a campaign that began with `seed`, after `corpus` histories, and must have come
    /// to every place `least` times.
    pub fn of(account: &Account, seed: u64, corpus: u64, least: u64) -> Report {
        let tally = &account.tally;
        let hits = |place: Place| Hits {
            action: place.action(),
            outcome: place.outcome(),
            hits: tally.hits(place),
        };
        let proven = UNREACHABLE.iter().map(|it| Proven {
            action: it.action,
            outcomes: it.outcomes,
            proof: it.proof,
        });
        let (actions, accepted) = (tally.actions(), tally.accepted());
        Report {
            seed,
            corpus,
            histories: account.histories,
            actions,
            accepted,
            refused: actions - accepted,
            least,
            outcomes: Place::all().filter(|it| it.unreachable().is_none()).map(hits).collect(),
            missed: tally.missed(least).map(hits).collect(),
            unreachable: proven.collect(),
            failure: None,
        }
    }

    /// The report as one JSON object, with a line end.
    pub fn to_json(&self) -> String {
        let json = serde_json::to_string_pretty(self);
        json.expect("invariant: numbers and texts are JSON") + "\n"
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for action in &ACTIONS {
            let of_action = self.outcomes.iter().filter(|it| it.action == action.name);
            let cells: Vec<String> =
                of_action.map(|it| format!("{} {}", it.outcome, grouped(it.hits))).collect();
            wrapped(f, action.name, &cells, "  ")?;
        }
        writeln!(f)?;
        for it in &self.unreachable {
            writeln!(f, "cannot be reached: {} {}", it.action, it.outcomes.join(", "))?;
            let words: Vec<String> = it.proof.split_whitespace().map(str::to_owned).collect();
            wrapped(f, "", &words, " ")?;
        }
        let [actions, accepted, refused] = [self.actions, self.accepted, self.refused].map(grouped);
        let (corpus, last) = (self.corpus, self.seed.wrapping_add(self.histories.max(1) - 1));
        let before =
            if corpus > 0 { format!(", after {corpus} of the corpus") } else { String::new() };
        writeln!(
            f,
            "{actions} actions in {} histories, seeds {} to {last}{before}: {accepted} accepted, \
             {refused} refused.",
            grouped(self.histories),
            self.seed,
        )?;
        if let Some(wrong) = &self.failure {
            return wrong.fmt(f);
        }
        if self.missed.is_empty() {
            writeln!(
                f,
                "All {} outcomes came, each {} or more.",
                self.outcomes.len(),
                if self.least == 1 { "once".to_owned() } else { format!("{} times", self.least) },
            )?;
        } else {
            let missed: Vec<String> = self
                .missed
                .iter()
                .map(|it| format!("{} {} ({})", it.action, it.outcome, grouped(it.hits)))
                .collect();
            let all = self.outcomes.len();
            let how = match self.least {
                1 => "never came".to_owned(),
                least => format!("came fewer than {} times", grouped(least)),
            };
            writeln!(f, "{} of {all} outcomes {how}:", missed.len())?;
            wrapped(f, "", &missed, "  ")?;
        }
        writeln!(f, "No invariant was broken.")
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = match self.step {
            None => "before the first step".to_owned(),
            Some(step) if step >= self.steps => format!("at the end, after {} steps", self.steps),
            Some(step) => format!("step {} of {}", step + 1, self.steps),
        };
        writeln!(f, "FAILED: {}, {step}, shrunk to {} steps:", self.history, self.shrunk_to)?;
        self.breaches.iter().try_for_each(|breach| writeln!(f, "  {breach}"))?;
        self.files.iter().try_for_each(|file| writeln!(f, "written: {file}"))?;
        let why = match self.scenario_fails {
            Some(true) => "",
            Some(false) => ", as a replay of the scenario does not show it",
            None => ", as no scenario can say it",
        };
        writeln!(f, "see it by: {}{why}", self.command)
    }
}

/// Cells behind a heading, with `gap` between them, over as many lines as they need.
pub(super) fn wrapped(
    f: &mut fmt::Formatter<'_>,
    heading: &str,
    cells: &[String],
    gap: &str,
) -> fmt::Result {
    const INDENT: usize = 12;
    let mut line = format!("{heading:INDENT$}");
    for cell in cells {
        if line.len() > INDENT && line.len() + cell.len() > WIDTH {
            writeln!(f, "{}", line.trim_end())?;
            line = " ".repeat(INDENT);
        }
        write!(line, "{cell}{gap}")?;
    }
    writeln!(f, "{}", line.trim_end())
}
