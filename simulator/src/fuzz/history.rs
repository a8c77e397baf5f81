//! A history as data: how a registry begins, and what is delivered to it, step by step.
//!
//! Nothing in it depends on what a registry answers, so any part of it can be left out and the rest
//! keeps its times, and its hashes but for equal calls in one millisecond. A callback is named by its
//! bytes: where nothing like it is under way, because the call before it was left out or refused, the
//! step does nothing.
//!
//! As text a history is JSON Lines: the start, then one step a line.
//!
//! ```text
//! {"now":1735689600000,"create":["ffffffff0f04…"]}
//! {"at":1735689600000,"from":"0048…","rpc":"0a000000002cb41780"}
//! {"at":1735689600001,"callback":"3100…","success":true,"results":[["true","…"]]}
//! ```

use std::fmt;
use std::sync::Arc;

use pbc_contract_common::address::Address;
use serde::{Deserialize, Serialize};
use zk_node_registry::{Collaborators, Settings};

use crate::image::Image;
use crate::json::{self, ImportOptions, Layout};
use crate::names::bytes_of;
use crate::world::calls;

/// What happens to one registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// How it begins.
    pub start: Start,
    /// What is delivered, in order.
    pub steps: Vec<Step>,
}

/// How a registry begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// The time of the first block, in milliseconds since 1970. No step is earlier.
    pub now: i64,
    /// Where the registry comes from.
    pub origin: Origin,
}

/// Where a registry comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It is created: these calls are sent until one is accepted. Each is whole, with `ffffffff0f`.
    Created(Vec<Vec<u8>>),
    /// It has this state already.
    Stored(Arc<Image>),
}

/// One thing that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The production time of the block, in milliseconds since 1970; it may step back, but not
    /// before the start.
    pub at: i64,
    /// What happens then.
    pub deed: Deed,
}

/// What happens at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// A call.
    Call {
        /// Who sends it.
        sender: Address,
        /// Shortname and arguments, or any other bytes.
        rpc: Vec<u8>,
    },
    /// The answer to a call that the registry has sent.
    Callback {
        /// Shortname and arguments, as the registry has asked for them.
        rpc: Vec<u8>,
        /// Whether every call of the group succeeded.
        success: bool,
        /// For each call whether it succeeded, which nothing depends on, and what it returned.
        results: Vec<(bool, Vec<u8>)>,
        /// Whether it will come once more, which the chain promises not to do (A-5).
        again: bool,
    },
}

impl Start {
    /// A registry that is created at `now` with these terms.
    pub fn created(now: i64, collaborators: &Collaborators, settings: &Settings) -> Start {
        Start { now, origin: Origin::Created(vec![calls::create(collaborators, settings)]) }
    }

    /// A registry that has the state `image` at `now`.
    pub fn stored(now: i64, image: Image) -> Start {
        Start { now, origin: Origin::Stored(Arc::new(image)) }
    }
}

/// Why text is not a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoHistory {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub cause: String,
}

impl fmt::Display for NoHistory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.cause)
    }
}

impl std::error::Error for NoHistory {}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StartLine {
    now: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    create: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state: Option<serde_json::Value>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StepLine {
    at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rpc: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    callback: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    success: Option<bool>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    results: Vec<(bool, String)>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    again: bool,
}

impl History {
    /// The history as JSON Lines; the same history gives the same text.
    pub fn to_text(&self) -> String {
        let line = |line: &dyn erased::Line| format!("{}\n", line.json());
        let mut text = line(&StartLine::of(&self.start));
        self.steps.iter().for_each(|step| text.push_str(&line(&StepLine::of(step))));
        text
    }

    /// Reads what [`History::to_text`] has written.
    ///
    /// # Errors
    ///
    /// The first line that is wrong.
    pub fn parse(text: &str) -> Result<History, NoHistory> {
        let mut lines = (1..).zip(text.lines());
        let (line, first) =
            lines.next().ok_or(NoHistory { line: 1, cause: "there is no start".to_owned() })?;
        let at = |line, cause: String| NoHistory { line, cause };
        let start: StartLine =
            serde_json::from_str(first).map_err(|error| at(line, error.to_string()))?;
        let start = start.read().map_err(|cause| at(line, cause))?;
        let mut steps = Vec::new();
        for (line, text) in lines.filter(|(_, text)| !text.trim().is_empty()) {
            let step: StepLine =
                serde_json::from_str(text).map_err(|error| at(line, error.to_string()))?;
            let step = step.read().map_err(|cause| at(line, cause))?;
            if step.at < start.now {
                return Err(at(line, "the time is before the start".to_owned()));
            }
            steps.push(step);
        }
        Ok(History { start, steps })
    }
}

/// Lines of either kind.
mod erased {
    pub(super) trait Line {
        fn json(&self) -> String;
    }

    impl<T: serde::Serialize> Line for T {
        fn json(&self) -> String {
            serde_json::to_string(self).expect("invariant: all keys are strings")
        }
    }
}

impl StartLine {
    fn of(start: &Start) -> StartLine {
        let (create, state) = match &start.origin {
            Origin::Created(calls) => (Some(calls.iter().map(hex::encode).collect()), None),
            Origin::Stored(image) => {
                let text = json::export_to_string(image, Layout::Compact);
                let state = serde_json::from_str(&text).expect("invariant: an export is JSON");
                (None, Some(state))
            }
        };
        StartLine { now: start.now, create, state }
    }

    fn read(self) -> Result<Start, String> {
        let origin = match (self.create, self.state) {
            (Some(calls), None) => {
                let calls = calls.iter().map(|call| bytes(call));
                Origin::Created(calls.collect::<Result<_, _>>()?)
            }
            (None, Some(state)) => {
                let imported =
                    json::import(state.to_string().as_bytes(), &ImportOptions::default())
                        .map_err(|failure| failure.to_string())?;
                let image = imported.accept(false).map_err(|findings| {
                    let first = findings.first().map(ToString::to_string).unwrap_or_default();
                    format!("the state is odd: {first}")
                })?;
                Origin::Stored(Arc::new(image))
            }
            _ => return Err("a start has either `create` or `state`".to_owned()),
        };
        Ok(Start { now: self.now, origin })
    }
}

impl StepLine {
    fn of(step: &Step) -> StepLine {
        let mut line = StepLine {
            at: step.at,
            from: None,
            rpc: None,
            callback: None,
            success: None,
            results: Vec::new(),
            again: false,
        };
        match &step.deed {
            Deed::Call { sender, rpc } => {
                line.from = Some(hex::encode(bytes_of(sender)));
                line.rpc = Some(hex::encode(rpc));
            }
            Deed::Callback { rpc, success, results, again } => {
                line.callback = Some(hex::encode(rpc));
                line.success = Some(*success);
                line.results =
                    results.iter().map(|(flag, data)| (*flag, hex::encode(data))).collect();
                line.again = *again;
            }
        }
        line
    }

    fn read(self) -> Result<Step, String> {
        let deed = match (self.from, self.rpc, self.callback, self.success) {
            (Some(from), Some(rpc), None, None) => {
                let sender = json::parse_address(&from);
                let sender = sender.ok_or_else(|| format!("`{from}` is not an address"))?;
                Deed::Call { sender, rpc: bytes(&rpc)? }
            }
            (None, None, Some(rpc), Some(success)) => {
                let result = |(flag, data): &(bool, String)| Ok((*flag, bytes(data)?));
                let results = self.results.iter().map(result).collect::<Result<_, String>>()?;
                Deed::Callback { rpc: bytes(&rpc)?, success, results, again: self.again }
            }
            _ => return Err("a step has `from` and `rpc`, or `callback` and `success`".to_owned()),
        };
        Ok(Step { at: self.at, deed })
    }
}

fn bytes(digits: &str) -> Result<Vec<u8>, String> {
    hex::decode(digits).map_err(|error| format!("`{digits}`: {error}"))
}
