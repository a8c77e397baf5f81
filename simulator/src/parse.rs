//! The grammar of the scenario language: text to [`Step`]s, line by line.
//!
//! ```text
//! line     = [step ["=>" code]] [comment]        comment = "#" …, at the start or after a blank
//! step     = "given" fact | time name action | time name turn | time "mail" handling
//!          | time "expect" expectation
//! time     = days "d" [hh:mm[:ss[.mmm]]]         code = lower-case words joined by "_"
//! name     = letters, digits, "-", "_" | 42 hex digits of an address
//! amount   = MPC, "_" between digits, up to four decimals, maybe negative
//! names    = name … | "nobody"                   statuses = (name "success"|"failure") … | "nobody"
//! lists    = "jurisdictions" ("[" code, … "]") …
//! drawn    = "nodes" number "stake" amount       text = a word | "quoted \"text\" \u{e6}"
//!
//! fact     = "clock" 2025-01-01T00:00:00Z
//!          | "settings" ("min-node-stake" amount | "min-total-stakes" amount)
//!          | "settings" "block-producers" ["not"] "required"
//!          | name "produces" "blocks" ["jurisdiction" number]
//!          | name "holds" amount ["approved"] | name "approved" amount | name "is" address
//!
//! action   = "register" text | "endpoint" text | "version" x.y.z | "ee-version" number
//!          | "jurisdiction" number | "resign" | "disable" name
//!          | "associate" amount ["expires" time] | "disassociate" amount | "reserve" amount
//!          | "unlock" | "expire" (time | "never") | "send-home" name
//!          | "request" name drawn ["version" x.y.z [lists]]
//!          | "request" name "stake" amount "version" x.y.z "of" names
//!          | "request" drawn "ee-version" number [lists]
//!          | "request" "stake" amount "ee-version" number "of" names
//!          | "re-request" drawn "ee-version" number [lists] ["of" names] "after" statuses
//!          | "done" [statuses] | "deleted" name
//!          | "check" name ["gas" number] | "extend" name ["gas" number]
//!          | "approve" amount | "transfer" amount "to" name
//!          | "sends" (hex digits | "nothing") ["to" name]
//!
//! turn     = "becomes" status | "awaits" kind | "owes" name kind | "settles" kind "of" name
//!          | "reaches" "deadline" | "deletes" "itself" | "runs" "out" "of" "gas"
//!          | ("cannot" | "can") "create" name
//! status   = "waiting" | "calculating" | "malicious" | "done"
//! kind     = "input" | "open" | "attestation" | "computation"
//!
//! handling = "hold" ["calls" | "callbacks" | "to" name | "of" name] | "release"
//!          | "deliver" ("next" | "all" | item) | "fail" item | "starve" item | "repeat" item
//! item     = ("transfer" | "call" | "callback") "of" name [number]
//!
//! expectation
//!          = name (("total" | "free" | "allocated" | "pending" | "reserved" | "incoming"
//!                  | "outgoing") amount) …
//!          | name "unlocks" (amount "at" time) … | name "no" ("record" | "computation")
//!          | name "expires" (time | "never") | name "holds" amount
//!          | name ("registered" | "resigned" | "disabled" | "unknown")
//!          | name "score" number "success" number "failure" number
//!          | name "endpoint" text | name "version" (x.y.z | "unknown")
//!          | name "ee-version" number | name "jurisdiction" number
//!          | name "engines" (names | number) | name "share" amount
//!          | name "end" (time | "unknown") | "roster" names | "mail" number
//!          | name "status" status | name "deadline" (time | "unknown")
//!          | name "owes" name (kind … | "nothing")
//! ```
//!
//! Words are separated by blanks and tabs. The grammar has no recursion, and no parser looks back
//! beyond a word, so time and memory are linear in the line.

mod action;
mod expectation;
mod fact;
mod mail;
mod words;
mod work;

use winnow::Parser;
use winnow::combinator::{cut_err, opt, preceded};
use winnow::error::ErrMode;
use winnow::stream::{LocatingSlice, Location};
use winnow::token::rest;

use self::words::{Input, Parsed, at_end, blanks, keyword, peek, unexpected, value, word};
use crate::action::Action;
use crate::problem::{Problem, did_you_mean, nearest, quote};
use crate::quantity::Moment;
use crate::step::{Call, Check, Code, Post, Step, Work};

/// Parses one line: its step, if it has one, and its comment with the `#`, if it has one.
///
/// # Errors
///
/// The problem that comes first in the line; its span lies within the line.
pub(crate) fn line(text: &str) -> Result<(Option<Step>, Option<&str>), Problem> {
    parsed(whole_line, text)
}

/// Parses a call by itself: what is done, without time, caller and answer.
///
/// # Errors
///
/// As [`line()`]; what happens at a ZK contract is no call.
pub(crate) fn call(text: &str) -> Result<Action, Problem> {
    parsed(whole_call, text)
}

fn parsed<'a, T>(
    mut parser: impl FnMut(&mut Input<'a>) -> Parsed<T>,
    text: &'a str,
) -> Result<T, Problem> {
    parser(&mut LocatingSlice::new(text)).map_err(|error| match error {
        ErrMode::Backtrack(problem) | ErrMode::Cut(problem) => problem,
        ErrMode::Incomplete(_) => Problem::new(text.len()..text.len(), "the line is incomplete"),
    })
}

fn whole_call(input: &mut Input<'_>) -> Parsed<Action> {
    blanks(input)?;
    let verb = word("an action", input)?;
    if work::VERBS.contains(&verb.text) {
        return Err(verb.problem_with(
            format!("{} is no call", quote(verb.text)),
            "it says what happens at a ZK contract; only calls have bytes",
        ));
    }
    let action = action::action(None, verb, input)?;
    let end = input.current_token_start();
    match peek(input) {
        "" => Ok(action),
        "=>" => {
            let length = input.trim_ascii_end().len();
            let message = "the answer is no part of a call";
            Err(ErrMode::Cut(Problem::new(end..end + length, message)))
        }
        _ => Err(unexpected(input)),
    }
}

fn whole_line<'a>(input: &mut Input<'a>) -> Parsed<(Option<Step>, Option<&'a str>)> {
    blanks(input)?;
    let step = if at_end(input) { None } else { Some(step(input)?) };
    if !at_end(input) {
        return Err(unexpected(input));
    }
    let comment: &str = rest.parse_next(input)?;
    Ok((step, Some(comment.trim_end()).filter(|text| !text.is_empty())))
}

fn step(input: &mut Input<'_>) -> Parsed<Step> {
    let when = word("a time such as `1d`, or `given`", input)?;
    if when.text == "given" {
        return fact::fact(input).map(Step::Given);
    }
    let at = when.value::<Moment>().map_err(|error| match nearest(when.text, ["given"]) {
        Some(given) => error.map(|problem| problem.with_remedy(did_you_mean(given))),
        None => error,
    })?;
    let who = word("a name, `mail` or `expect`", input)?;
    match who.text {
        "mail" => {
            let handling = mail::handling(input)?;
            Ok(Step::Mail(Post { at, handling, refused: refused(input)? }))
        }
        "expect" => {
            let expectation = expectation::expectation(input)?;
            Ok(Step::Expect(Check { at, expectation }))
        }
        _ => {
            let actor = who.value()?;
            let verb = word("an action", input)?;
            if let Some(turn) = work::turn(verb.text, input) {
                return Ok(Step::Work(Work { at, actor, turn: turn?, refused: refused(input)? }));
            }
            let action = action::action(Some(who), verb, input)?;
            Ok(Step::Call(Call { at, actor, action, refused: refused(input)? }))
        }
    }
}

/// `=> code`, if it is there.
fn refused(input: &mut Input<'_>) -> Parsed<Option<Code>> {
    opt(preceded(keyword("=>"), cut_err(value("the refusal code that must come back"))))
        .parse_next(input)
}
