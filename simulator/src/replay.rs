//! Runs a scenario on the world, step by step, and says of each step whether it went as written.
//!
//! A step is answered by whoever it calls, and by the registry if mail reaches it in the course of
//! the step. Without an arrow none of them may refuse; with one the first refusal must be of that
//! code. What other contracts answer to the registry is part of the story and not judged: the
//! `expect` lines say what must come of it. A trap is never a refusal.
//!
//! Whatever a scenario says, the registry must keep every property of its specification: after each
//! step they are checked ([`crate::invariants`]), and what only trying shows is tried.
//!
//! Not here: text and JSON ([`crate::transcript`], [`crate::json_lines`]).

mod begin;
mod change;
mod custody;
mod expect;
mod guard;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use pbc_contract_common::address::Address;

use crate::chain::{Delivery, Kind, Mail, Outcome};
use crate::invariants::Violation;
use crate::log::{Record, Recorded};
use crate::scenario::Scenario;
use crate::step::{Code, Step};
use crate::world::{BadStep, World};

use self::change::Glance;
use self::guard::Guard;

pub use self::begin::CannotBegin;
pub use self::change::{Balance, Change, Holding};

/// A scenario as it runs. Each step is played when it is asked for.
#[derive(Debug)]
pub struct Replay<'s> {
    world: World,
    steps: Vec<(usize, &'s Step)>,
    next: usize,
    /// Whose tokens have been touched: time alone can change what is free of them.
    holders: BTreeSet<Address>,
    /// What a log says of the calls, by line; `None` for what is no log.
    records: Option<&'s BTreeMap<usize, Record>>,
    /// Checks what the registry does, if it was there from the start.
    guard: Option<Guard>,
}

/// A step that was played.
#[derive(Clone, Debug)]
pub struct Played<'s> {
    /// The line of the step, counted from 1.
    pub line: usize,
    /// The step.
    pub step: &'s Step,
    /// The time of the chain, in milliseconds since 1970.
    pub now: i64,
    /// The time of the chain at the step before.
    pub earlier: i64,
    /// What the mere passing of time since the last step has changed.
    pub matured: Vec<Change>,
    /// What was executed or lost, in order; the call itself comes first.
    pub deliveries: Vec<Delivery>,
    /// What the step has changed.
    pub changes: Vec<Change>,
    /// What is under way after the step, and was not before it.
    pub under_way: Vec<Mail>,
    /// Whether anything says how the step should go: a row of a log need not say its outcome.
    pub is_compared: bool,
    /// Whether the step went as written.
    pub verdict: Result<(), Mismatch>,
}

/// How a step went otherwise than written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// It was to be accepted, and was refused.
    Refused {
        /// The code.
        code: String,
        /// The reason in words.
        message: String,
    },
    /// It was to be refused, and nobody refused it.
    NotRefused {
        /// The code that was to come back.
        expected: Code,
    },
    /// It was refused for another reason.
    OtherRefusal {
        /// The code that was to come back.
        expected: Code,
        /// The code that came back.
        code: String,
        /// The reason in words.
        message: String,
    },
    /// The registry broke a property of its specification: a bug.
    Broken {
        /// Which, where and how; at least one.
        violations: Vec<Violation>,
    },
    /// The registry broke down: a bug.
    Trap {
        /// What it said.
        message: String,
    },
    /// The call reached nobody.
    Failed {
        /// Why.
        reason: &'static str,
    },
    /// A log says another outcome.
    Unlike {
        /// What it says.
        recorded: Recorded,
        /// What came of the call here.
        outcome: String,
    },
    /// Something else holds.
    Otherwise {
        /// What holds, and what does not.
        message: String,
    },
    /// The step cannot be carried out.
    Impossible(BadStep),
}

impl Mismatch {
    /// Whether it shows a bug of the contract rather than an unexpected answer.
    pub fn is_bug(&self) -> bool {
        matches!(self, Mismatch::Trap { .. } | Mismatch::Broken { .. })
    }

    /// Whether it is about the answer to a call.
    pub fn is_about_the_answer(&self) -> bool {
        !matches!(
            self,
            Mismatch::Otherwise { .. }
                | Mismatch::Impossible(_)
                | Mismatch::Unlike { .. }
                | Mismatch::Broken { .. }
        )
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mismatch::Refused { code, message } => {
                write!(f, "the step was refused with `{code}`: {message}")
            }
            Mismatch::NotRefused { expected } => {
                write!(f, "the step was accepted, not refused with `{expected}`")
            }
            Mismatch::OtherRefusal { expected, code, message } => {
                write!(f, "the step was refused with `{code}`, not with `{expected}`: {message}")
            }
            Mismatch::Broken { violations } => {
                let all: Vec<String> = violations.iter().map(ToString::to_string).collect();
                write!(f, "the contract broke its specification: {}", all.join("; "))
            }
            Mismatch::Trap { message } => write!(f, "the contract broke down: {message}"),
            Mismatch::Failed { reason } => write!(f, "the call failed: {reason}"),
            Mismatch::Unlike { recorded, outcome } => {
                write!(f, "the log says `{recorded}`, but the call was {outcome}")
            }
            Mismatch::Otherwise { message } => f.write_str(message),
            Mismatch::Impossible(step) => write!(f, "the step is impossible: {step}"),
        }
    }
}

impl<'s> Replay<'s> {
    /// Prepares the steps of `scenario` on `world`, to which its facts are known already.
    pub fn on(mut world: World, scenario: &'s Scenario) -> Replay<'s> {
        world.chain_mut().drain_log();
        let steps = scenario.steps().collect();
        Replay { world, steps, next: 0, holders: BTreeSet::new(), records: None, guard: None }
    }

    /// The world as the steps played so far have left it.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The world, to go on with it otherwise.
    pub fn into_world(self) -> World {
        self.world
    }

    fn play(&mut self, line: usize, step: &'s Step) -> Played<'s> {
        if let Some(guard) = &mut self.guard {
            guard.begin(&self.world);
        }
        let mut before = Glance::at(&self.world);
        let earlier = before.now();
        let last = self.world.mail().map(|mail| mail.id).max();

        let mut impossible = self.move_clock(step).err();
        let now = self.world.now();
        let matured = before.pass_to(now, &self.holders);
        let record = self.records.and_then(|records| records.get(&line));
        if let Some(hash) = record.and_then(|record| record.hash) {
            self.world.chain_mut().pin_hash(hash);
        }
        let work_before = change::work_at(step, &self.world);
        if impossible.is_none() {
            impossible = self.act(step).err();
        }
        let deliveries = self.world.chain_mut().drain_log();
        let mut changes = change::between(&before, &self.world, &deliveries);
        changes.extend(change::of_work(step, work_before, &self.world));
        self.holders.extend(changes.iter().filter_map(Change::holder));

        let is_compared = record.is_none_or(|record| record.outcome.is_some());
        let verdict = match impossible {
            Some(bad) => Err(Mismatch::Impossible(bad)),
            None if self.records.is_some() => {
                as_recorded(record.and_then(|record| record.outcome.as_ref()), &deliveries)
            }
            None => self.judge(step, &deliveries),
        };
        let violations =
            self.guard.as_mut().map(|guard| guard.violations(step, &deliveries, &self.world));
        let verdict = match violations {
            // A trap is a violation too, which says less.
            Some(violations)
                if !violations.is_empty() && !matches!(verdict, Err(Mismatch::Trap { .. })) =>
            {
                Err(Mismatch::Broken { violations })
            }
            _ => verdict,
        };
        let under_way = self.world.mail().filter(|mail| Some(mail.id) > last).cloned().collect();
        Played {
            line,
            step,
            now,
            earlier,
            matured,
            deliveries,
            changes,
            under_way,
            is_compared,
            verdict,
        }
    }

    fn move_clock(&mut self, step: &Step) -> Result<(), BadStep> {
        match step.at() {
            Some(at) if self.world.time_of(at)? != self.world.now() => self.world.set_clock(at),
            _ => Ok(()),
        }
    }

    fn act(&mut self, step: &Step) -> Result<(), BadStep> {
        match step {
            Step::Given(_) | Step::Expect(_) => Ok(()),
            Step::Call(call) => self.world.perform(&call.actor, &call.action).map(|_| ()),
            Step::Mail(post) => self.world.handle(&post.handling),
            Step::Work(work) => self.world.take_turn(&work.actor, &work.turn),
        }
    }

    fn judge(&mut self, step: &Step, deliveries: &[Delivery]) -> Result<(), Mismatch> {
        if let Step::Expect(check) = step {
            return expect::check(&check.expectation, &mut self.world)
                .map_err(|message| Mismatch::Otherwise { message });
        }
        let registry = self.world.registry_address();
        let outcomes = deliveries.iter().enumerate().filter_map(|(index, delivery)| {
            let is_call = index == 0 && matches!(step, Step::Call(_));
            (is_call || delivery.event.to == registry).then_some((is_call, &delivery.outcome))
        });
        answered(step.refused(), outcomes)
    }
}

/// Compares what came of the deliveries that count with the refusal that is expected.
fn answered<'o>(
    expected: Option<&Code>,
    outcomes: impl Iterator<Item = (bool, &'o Outcome)>,
) -> Result<(), Mismatch> {
    let mut refusal = None;
    for (is_call, outcome) in outcomes {
        match outcome {
            Outcome::Accepted { .. } | Outcome::OutOfGas => {}
            Outcome::Refused { code, message } => {
                refusal = refusal.or(Some((code.clone(), message.clone())));
            }
            Outcome::Trap { message } => {
                return Err(Mismatch::Trap { message: message.clone() });
            }
            Outcome::Failed { reason } if is_call => return Err(Mismatch::Failed { reason }),
            Outcome::Failed { .. } => {}
        }
    }
    match (expected, refusal) {
        (None, None) => Ok(()),
        (Some(expected), Some((code, _))) if code == expected.as_str() => Ok(()),
        (None, Some((code, message))) => Err(Mismatch::Refused { code, message }),
        (Some(expected), None) => Err(Mismatch::NotRefused { expected: expected.clone() }),
        (Some(expected), Some((code, message))) => {
            Err(Mismatch::OtherRefusal { expected: expected.clone(), code, message })
        }
    }
}

/// Compares what came of a call itself with what a log says, if it says anything. What follows from
/// the call is not the log's affair; that the registry breaks down always is.
fn as_recorded(recorded: Option<&Recorded>, deliveries: &[Delivery]) -> Result<(), Mismatch> {
    let trap = deliveries.iter().find_map(|delivery| match &delivery.outcome {
        Outcome::Trap { message } => Some(message.clone()),
        _ => None,
    });
    if let Some(message) = trap {
        return Err(Mismatch::Trap { message });
    }
    let (Some(recorded), Some(call)) = (recorded, deliveries.first()) else { return Ok(()) };
    let outcome = match (&call.outcome, recorded) {
        (Outcome::Accepted { .. }, Recorded::Accepted) => return Ok(()),
        (Outcome::Refused { .. }, Recorded::Refused) => return Ok(()),
        (Outcome::Refused { code, .. }, Recorded::RefusedWith(said)) if code == said.as_str() => {
            return Ok(());
        }
        (Outcome::Accepted { .. }, _) => "accepted".to_owned(),
        (Outcome::Refused { code, message }, _) => format!("refused with `{code}`: {message}"),
        (Outcome::OutOfGas, _) => "lost for want of gas".to_owned(),
        (Outcome::Failed { reason }, _) => format!("not carried out: {reason}"),
        (Outcome::Trap { message }, _) => message.clone(),
    };
    Err(Mismatch::Unlike { recorded: recorded.clone(), outcome })
}

impl<'s> Iterator for Replay<'s> {
    type Item = Played<'s>;

    fn next(&mut self) -> Option<Played<'s>> {
        let (line, step) = *self.steps.get(self.next)?;
        self.next += 1;
        Some(self.play(line, step))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.steps.len() - self.next;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Replay<'_> {}

impl Played<'_> {
    /// What came of the step itself: of the call, or of the mail that was delivered first.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.deliveries.first().map(|delivery| &delivery.outcome)
    }

    /// Whether the step was refused: as written, or, where nothing is written, as it came.
    pub fn is_refused(&self) -> bool {
        let is_call = matches!(self.step, Step::Call(_));
        let came = matches!(self.outcome(), Some(Outcome::Refused { .. }));
        self.step.refused().is_some() || (is_call && came)
    }

    /// The first refusal among the answers of the registry and of whoever was called.
    pub fn refusal(&self, registry: &Address) -> Option<(&str, &str)> {
        let counts =
            |(index, delivery): &(usize, &Delivery)| *index == 0 || delivery.event.to == *registry;
        self.deliveries.iter().enumerate().filter(counts).find_map(|(_, delivery)| match &delivery
            .outcome
        {
            Outcome::Refused { code, message } => Some((code.as_str(), message.as_str())),
            _ => None,
        })
    }

    /// Whether the delivery is a callback.
    pub fn is_callback(delivery: &Delivery) -> bool {
        matches!(delivery.event.kind, Kind::Callback(_))
    }
}

#[cfg(test)]
mod tests;
