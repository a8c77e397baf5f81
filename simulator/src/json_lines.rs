//! What happened, for programs: one JSON object a line, one line a step, then a summary.
//!
//! Amounts stand in the words of the scenario and in the bytes of the calls; nothing is rounded.
//! Gas is what comes along with an event, where that is known.

use std::collections::BTreeMap;

use pbc_contract_common::address::Address;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::chain::{Delivery, Event, Kind, Outcome};
use crate::image::Image;
use crate::json::{self, Layout};
use crate::replay::{Change, Played};
use crate::step::{Bucket, Origin, Step};
use crate::transcript::{Counts, words};
use crate::world::World;

/// A step.
#[derive(Serialize)]
struct StepLine<'a> {
    r#type: &'static str,
    scenario: &'a str,
    line: usize,
    /// `given`, `call`, `mail`, `work` or `expect`.
    kind: &'static str,
    /// As the scenario says it; `given` for the start.
    time: String,
    /// The same as a date.
    timestamp: String,
    actor: &'a str,
    call: String,
    /// Of the call itself, as of every event.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    sent: Option<EventLine>,
    /// What came of the step: `accepted`, `refused`, `trap`, `out_of_gas`, `failed`, and for
    /// expectations `holds` or `does_not_hold`.
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    /// The refusal code that the scenario asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_code: Option<&'a str>,
    /// `null` where nothing is recorded to compare with.
    as_written: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mismatch: Option<String>,
    /// All events that the step has led to, in the order of their execution, without the call.
    events: Vec<DeliveryLine>,
    /// What is under way after the step, and was not before it.
    under_way: Vec<EventLine>,
    /// What all of this took, if the engine counts.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    work: Option<WorkLine>,
    /// What time alone changed before the step, in words: tokens that matured, or, where the clock
    /// stepped back, that are pending once more.
    matured: Vec<String>,
    /// What the step itself changed, in words.
    changes: Vec<String>,
    /// The token records that time or the step changed, as they are now, by account; `null` if there
    /// is none any more.
    tokens: BTreeMap<String, Option<TokensLine>>,
    /// SHA-256 of the registry's root state and the snapshot of its trees, one after the other.
    digest: String,
}

/// What the calls of a step have taken.
#[derive(Serialize)]
struct WorkLine {
    /// Operators of WASM carried out, or a bound on them.
    operators: u64,
    /// Calls of tree imports.
    tree_operations: u64,
}

/// A token record with matured tokens counted as free: units in decimal digits, as in the JSON
/// shape of the state.
#[derive(Serialize)]
struct TokensLine {
    #[serde(flatten)]
    buckets: BTreeMap<&'static str, String>,
    unlocks: Vec<UnlockLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
}

/// Pending tokens, and when they become free, in milliseconds since 1970.
#[derive(Serialize)]
struct UnlockLine {
    amount: String,
    at: String,
}

/// A call from one contract or account to another.
#[derive(Serialize)]
struct EventLine {
    event: &'static str,
    from: String,
    to: String,
    /// The name of the call, where it is known.
    name: String,
    rpc: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    gas: Option<u64>,
    transaction: String,
}

/// An event that was executed, or lost.
#[derive(Serialize)]
struct DeliveryLine {
    #[serde(flatten)]
    event: EventLine,
    /// What a callback was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    success: Option<bool>,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    return_data: Option<String>,
}

/// The end of a scenario.
#[derive(Serialize)]
struct SummaryLine<'a> {
    r#type: &'static str,
    scenario: &'a str,
    steps: usize,
    refused: usize,
    mismatches: usize,
    /// Calls of a log without an outcome to compare with.
    unrecorded: usize,
    digest: String,
    /// The registry in the JSON shape of the live contract, our extensions included.
    state: Option<Value>,
    /// Why the state cannot be shown: a bug of the contract.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    state_errors: Vec<String>,
}

/// The line of one step of `scenario`, with its line end. `world` is as the step has left it.
pub fn step(scenario: &str, played: &Played<'_>, world: &World) -> String {
    let step = played.step;
    let own = usize::from(matches!(step, Step::Call(_)));
    let refusal = played.refusal(&world.registry_address());
    let changed = played.matured.iter().chain(&played.changes);
    line(&StepLine {
        r#type: "step",
        scenario,
        line: played.line,
        kind: match step {
            Step::Given(_) => "given",
            Step::Call(_) => "call",
            Step::Mail(_) => "mail",
            Step::Work(_) => "work",
            Step::Expect(_) => "expect",
        },
        time: step.when(),
        timestamp: Origin::shown(played.now),
        actor: step.who(),
        call: step.what(),
        sent: played.deliveries.first().filter(|_| own == 1).map(|it| event(&it.event, world)),
        outcome: match (step, played.outcome()) {
            (Step::Given(_), _) => "given",
            (Step::Expect(_), _) if played.verdict.is_ok() => "holds",
            (Step::Expect(_), _) => "does_not_hold",
            (Step::Call(_) | Step::Mail(_) | Step::Work(_), _) if refusal.is_some() => "refused",
            (Step::Call(_) | Step::Mail(_) | Step::Work(_), Some(outcome)) => outcome_word(outcome),
            (Step::Call(_) | Step::Mail(_) | Step::Work(_), None) => "accepted",
        },
        code: refusal.map(|(code, _)| code),
        message: refusal.map(|(_, message)| message),
        expected_code: step.refused().map(|code| code.as_str()),
        as_written: (played.is_compared || played.verdict.is_err()).then(|| played.verdict.is_ok()),
        mismatch: played.verdict.as_ref().err().map(ToString::to_string),
        events: played.deliveries.iter().skip(own).map(|it| delivery(it, world)).collect(),
        under_way: played.under_way.iter().map(|it| event(&it.event, world)).collect(),
        work: work(&played.deliveries),
        matured: words::changes(&played.matured, world),
        changes: words::changes(&played.changes, world),
        tokens: changed.filter_map(|it| tokens(it, world)).collect(),
        digest: digest(world),
    })
}

/// The line that closes `scenario`, with its line end.
pub fn summary(scenario: &str, counts: Counts, world: &World) -> String {
    let (root, trees) = world.registry();
    let (state, state_errors) = match Image::load(root, trees) {
        Ok(image) => {
            let text = json::export_to_string(&image, Layout::Compact);
            let state = serde_json::from_str(&text).expect("invariant: an export is JSON");
            (Some(state), Vec::new())
        }
        Err(errors) => (None, errors.iter().map(ToString::to_string).collect()),
    };
    line(&SummaryLine {
        r#type: "summary",
        scenario,
        steps: counts.steps,
        refused: counts.refused,
        mismatches: counts.mismatches,
        unrecorded: counts.unsaid,
        digest: digest(world),
        state,
        state_errors,
    })
}

/// The digest of the registry's whole state, in hex: SHA-256 of the root state and the snapshot of
/// the trees, one after the other.
pub fn digest(world: &World) -> String {
    let (root, trees) = world.registry();
    hex::encode(Sha256::new().chain_update(root).chain_update(trees.to_snapshot()).finalize())
}

fn line(object: &impl Serialize) -> String {
    let text = serde_json::to_string(object).expect("invariant: all keys are strings");
    let mut line = String::with_capacity(text.len() + 1);
    for character in text.chars() {
        match character {
            ' '..='~' => line.push(character),
            // Only strings hold anything else, and there every character may be escaped.
            _ => {
                let mut units = [0; 2];
                let units = character.encode_utf16(&mut units).iter();
                line.extend(units.map(|unit| format!("\\u{unit:04x}")));
            }
        }
    }
    line.push('\n');
    line
}

fn work(deliveries: &[Delivery]) -> Option<WorkLine> {
    let counted = deliveries.iter().filter_map(|it| Some((it.operators?, it.operations.total())));
    counted.map(|(operators, tree_operations)| WorkLine { operators, tree_operations }).reduce(
        |sum, it| WorkLine {
            operators: sum.operators + it.operators,
            tree_operations: sum.tree_operations + it.tree_operations,
        },
    )
}

fn tokens(change: &Change, world: &World) -> Option<(String, Option<TokensLine>)> {
    let Change::Tokens { who, after, .. } = change else { return None };
    let line = after.as_ref().map(|holding| TokensLine {
        buckets: Bucket::ALL
            .into_iter()
            .map(|bucket| (bucket.word(), holding.amount(bucket).to_string()))
            .collect(),
        unlocks: holding
            .unlocks
            .iter()
            .map(|(amount, at)| UnlockLine { amount: amount.to_string(), at: at.to_string() })
            .collect(),
        expires: holding.expires.map(|at| at.to_string()),
    });
    Some((words::name(who, world), line))
}

fn event(event: &Event, world: &World) -> EventLine {
    let shown = |address: &Address| words::name(address, world);
    EventLine {
        event: match event.kind {
            Kind::Deployment => "deployment",
            Kind::Transaction => "transaction",
            Kind::Interaction => "interaction",
            Kind::Callback(_) => "callback",
        },
        from: shown(&event.from),
        to: shown(&event.to),
        name: words::call_name(event, world),
        rpc: hex::encode(&event.rpc),
        gas: event.gas,
        transaction: hex::encode(event.hash),
    }
}

fn delivery(delivery: &Delivery, world: &World) -> DeliveryLine {
    let (code, message) = match &delivery.outcome {
        Outcome::Refused { code, message } => (Some(code.clone()), Some(message.clone())),
        Outcome::Trap { message } => (None, Some(message.clone())),
        Outcome::Failed { reason } => (None, Some((*reason).to_owned())),
        Outcome::Accepted { .. } | Outcome::OutOfGas => (None, None),
    };
    DeliveryLine {
        event: event(&delivery.event, world),
        success: match &delivery.event.kind {
            Kind::Callback(results) => Some(results.success),
            _ => None,
        },
        outcome: outcome_word(&delivery.outcome),
        code,
        message,
        return_data: match &delivery.outcome {
            Outcome::Accepted { return_data, .. } if !return_data.is_empty() => {
                Some(hex::encode(return_data))
            }
            _ => None,
        },
    }
}

fn outcome_word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted { .. } => "accepted",
        Outcome::Refused { .. } => "refused",
        Outcome::Trap { .. } => "trap",
        Outcome::OutOfGas => "out_of_gas",
        Outcome::Failed { .. } => "failed",
    }
}

#[cfg(test)]
mod tests;
