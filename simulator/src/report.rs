//! One page that shows replays at a glance: where every node's tokens were and are, which calls were
//! made and how they ended, the scores, and what went otherwise than written.
//!
//! The page is one file without scripts and without anything that is loaded. Its text comes from the
//! template `templates/report.html`, its plots from `plot`; here is what they show.
//!
//! Not here: any rule. Amounts are asked of the contract's own views.

mod plot;
mod recorder;
mod scale;

use askama::Template;

use crate::transcript::{Counts, words};

pub use self::recorder::Recorder;

/// The page.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "report.html")]
pub struct Report {
    /// What was replayed, in a few words.
    pub title: String,
    /// What it started from: the state, the engine.
    pub ground: Vec<String>,
    /// Oddities of the state from which it started.
    pub findings: Vec<String>,
    /// Files that cannot be read, with the reasons.
    pub unreadable: Vec<String>,
    /// What was replayed, in order.
    pub chapters: Vec<Chapter>,
}

/// One scenario, or one log.
#[derive(Clone, Debug, Default)]
pub struct Chapter {
    /// The file.
    pub name: String,
    /// What it says of itself, in paragraphs.
    pub story: Vec<String>,
    /// How many steps went how.
    pub counts: Counts,
    /// Whether the contract broke down.
    pub broken: bool,
    /// From when to when, in words.
    pub period: String,
    /// What went otherwise than written, each with its place.
    pub mismatches: Vec<Misfit>,
    /// What is there before the first step.
    pub given: Vec<String>,
    /// Where everybody stands in the end.
    pub nodes: Vec<NodeRow>,
    /// How many more accounts there are that nothing happened to.
    pub left_out: usize,
    /// The tokens of each node over time.
    pub figures: Vec<Figure>,
    /// The steps; what time alone changed stands before the step that shows it.
    pub calls: Vec<CallRow>,
    /// How many more steps there are than are shown.
    pub more_calls: usize,
}

/// A step that went otherwise than written.
#[derive(Clone, Debug, Default)]
pub struct Misfit {
    /// File and line.
    pub place: String,
    /// The step.
    pub step: String,
    /// What happened instead.
    pub message: String,
}

/// Where an account stands in the end. Amounts are texts, in MPC.
#[derive(Clone, Debug, Default)]
pub struct NodeRow {
    /// Its name, or the ends of its address.
    pub name: String,
    /// Its address.
    pub address: String,
    /// `registered`, `resigned`, `disabled`, or `no node`.
    pub standing: &'static str,
    /// Whether it can be given work as far as its standing goes.
    pub is_active: bool,
    /// Total, free, reserved, allocated and pending.
    pub amounts: Vec<Amount>,
    /// The free part above the reserve, the part below it, allocated and pending, as shares of the
    /// whole in percent; empty without tokens.
    pub shares: Vec<(&'static str, String)>,
    /// Tokens that are pending, and when they are free: the first first.
    pub releases: Vec<Release>,
    /// Completed allocations, successes and failures.
    pub score: Option<(i32, i32, i32)>,
    /// Allocations that are running.
    pub running: usize,
    /// Other remarks: tokens in flight, expiration.
    pub remarks: Vec<String>,
}

/// An amount with its name.
#[derive(Clone, Debug, Default)]
pub struct Amount {
    /// Such as `Free`.
    pub label: &'static str,
    /// In MPC.
    pub text: String,
    /// Whether it is nothing.
    pub is_zero: bool,
}

/// Pending tokens that become free.
#[derive(Clone, Debug, Default)]
pub struct Release {
    /// How much, in MPC.
    pub amount: String,
    /// When, as a UTC date.
    pub date: String,
}

/// The tokens of one node over time.
#[derive(Clone, Debug, Default)]
pub struct Figure {
    /// The name of the node.
    pub name: String,
    /// Its address.
    pub address: String,
    /// What the plots show, in words.
    pub caption: String,
    /// The plots in SVG.
    pub plots: Vec<Drawing>,
    /// What was pending at some time, and when it became or becomes free.
    pub releases: Vec<Release>,
}

/// A plot, drawn for wide and for narrow screens.
#[derive(Clone, Debug, Default)]
pub struct Drawing {
    /// What stands above it.
    pub title: &'static str,
    /// For screens, and paper.
    pub wide: String,
    /// For phones.
    pub narrow: String,
}

/// A step, or time that passes.
#[derive(Clone, Debug, Default)]
pub struct CallRow {
    /// Its line in the file.
    pub line: usize,
    /// When.
    pub when: String,
    /// Who.
    pub who: String,
    /// What.
    pub what: String,
    /// How it ended, in words; empty for time.
    pub outcome: String,
    /// How it ended: `ok`, `refused`, `wrong` or `quiet`.
    pub class: &'static str,
    /// Why it was refused, or what went otherwise.
    pub reasons: Vec<String>,
    /// What came of it.
    pub changes: Vec<String>,
}

impl Report {
    /// The page, as HTML.
    pub fn to_html(&self) -> String {
        self.render().expect("invariant: writing to a text succeeds")
    }

    fn css(&self) -> &'static str {
        include_str!("../templates/report.css")
    }

    fn total(&self) -> Counts {
        let mut total = Counts::default();
        self.chapters.iter().for_each(|chapter| total.add_all(chapter.counts));
        total
    }

    /// Whether all went as written.
    fn is_good(&self) -> bool {
        self.unreadable.is_empty() && self.chapters.iter().all(Chapter::is_good)
    }

    fn verdict(&self) -> String {
        let broken = self.chapters.iter().filter(|it| it.broken).count();
        let wrong = self.chapters.iter().filter(|it| !it.is_good()).count();
        let unread = self.unreadable.len();
        let what = |number| words::count(number, self.thing());
        match (broken, wrong, unread) {
            (0, 0, 0) => match self.total() {
                Counts { unsaid: 0, .. } => "All went as written".to_owned(),
                Counts { unsaid, steps, .. } if unsaid == steps => {
                    "Replayed, with no recorded outcome to compare with".to_owned()
                }
                _ => "All that was recorded went as written".to_owned(),
            },
            (0, 0, more) => format!("{} cannot be read", words::count(more, "file")),
            (0, _, _) if self.chapters.len() == 1 => {
                let steps = words::count(self.total().mismatches, "step");
                format!("{steps} otherwise than written")
            }
            (0, more, _) => format!("{} otherwise than written", what(more)),
            (_, _, _) => "The contract broke down".to_owned(),
        }
    }

    fn thing(&self) -> &'static str {
        "scenario"
    }
}

impl Chapter {
    fn is_good(&self) -> bool {
        self.counts.mismatches == 0 && !self.broken
    }

    fn verdict(&self) -> String {
        match (self.broken, self.counts.mismatches) {
            (true, _) => "contract broke down".to_owned(),
            (false, 0) if self.counts.unsaid > 0 => self.counts.result(),
            (false, 0) => "as written".to_owned(),
            (false, more) => format!("{more} otherwise"),
        }
    }

    /// What it shows: the first sentence of what it says of itself.
    fn summary(&self) -> String {
        let text = self.story.first().filter(|text| !text.starts_with("Source:"));
        let text = text.map_or("", String::as_str);
        let end = text.find(". ").map_or(text.len(), |end| end + 1);
        text[..end].to_owned()
    }

    fn anchor(&self, number: &usize) -> String {
        format!("c{number}")
    }
}

#[cfg(test)]
mod tests;
