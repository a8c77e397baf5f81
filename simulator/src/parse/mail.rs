//! `mail` lines.

use std::num::NonZeroU32;

use super::words::{Input, Parsed, Word, at_arrow_or_end, integer, keyword, name, peek, word};
use crate::chain::{CallResult, Results};
use crate::problem::quote;
use crate::step::{Handling, Item, ItemKind, Pick, Scope};

const HANDLINGS: [&str; 7] = ["deliver", "fail", "hold", "release", "repeat", "starve", "tell"];
const SCOPES: [&str; 4] = ["callbacks", "calls", "of", "to"];
const ITEMS: [&str; 3] = ["call", "callback", "transfer"];

pub(super) fn handling(input: &mut Input<'_>) -> Parsed<Handling> {
    let verb = word("what becomes of the mail", input)?;
    match verb.text {
        "hold" => scope(input).map(Handling::Hold),
        "release" => Ok(Handling::Release),
        "deliver" => {
            let what = word("`next`, `all` or an item of mail", input)?;
            match what.text {
                "next" => Ok(Handling::Deliver(Pick::Next)),
                "all" => Ok(Handling::Deliver(Pick::All)),
                _ => item(what, input).map(|item| Handling::Deliver(Pick::Item(item))),
            }
        }
        "fail" => {
            let what = word("a call or a transfer", input)?;
            match item(what, input)? {
                Item { kind: ItemKind::Callback, .. } => Err(what.problem_with(
                    "a callback cannot be failed",
                    "`fail` the call that it answers, or `starve` the callback",
                )),
                item => Ok(Handling::Fail(item)),
            }
        }
        "starve" => {
            let what = word("a callback", input)?;
            match item(what, input)? {
                item @ Item { kind: ItemKind::Callback, .. } => Ok(Handling::Starve(item)),
                _ => Err(what.problem_with(
                    "only a callback can be starved",
                    "a call that runs out of gas fails: write `fail`",
                )),
            }
        }
        "repeat" => {
            let what = word("an item of mail", input)?;
            item(what, input).map(Handling::Repeat)
        }
        "tell" => {
            let what = word("a callback", input)?;
            match item(what, input)? {
                item @ Item { kind: ItemKind::Callback, .. } => {
                    results(input).map(|results| Handling::Tell(item, results))
                }
                _ => Err(what.problem_with(
                    "only a callback is told something",
                    "write `tell callback of NAME success`, or `failure`",
                )),
            }
        }
        _ => Err(verb.unknown("handling of mail", HANDLINGS)),
    }
}

fn scope(input: &mut Input<'_>) -> Parsed<Scope> {
    if at_arrow_or_end(input) {
        return Ok(Scope::Everything);
    }
    let scope = word("what is held", input)?;
    match scope.text {
        "callbacks" => Ok(Scope::Callbacks),
        "calls" => Ok(Scope::Calls),
        "to" => name(input).map(Scope::To),
        "of" => name(input).map(Scope::Of),
        _ => Err(scope.unknown("scope", SCOPES)),
    }
}

/// What a callback is told: the flag that decides, then each call with what it returned.
fn results(input: &mut Input<'_>) -> Parsed<Results> {
    let flag = word("`success` or `failure`", input)?;
    let success = match flag.text {
        "success" => true,
        "failure" => false,
        _ => return Err(flag.unknown("outcome of a callback", ["failure", "success"])),
    };
    let mut results = Vec::new();
    while !at_arrow_or_end(input) {
        let flag = word("`ok` or `failed`", input)?;
        let succeeded = match flag.text {
            "ok" => true,
            "failed" => false,
            _ => return Err(flag.unknown("outcome of a call", ["failed", "ok"])),
        };
        let data = word("what it returned in hex, or `nothing`", input)?;
        let return_data = match data.text {
            "nothing" => Vec::new(),
            digits => hex::decode(digits).map_err(|error| {
                data.problem_with(
                    format!("{} are no bytes: {error}", quote(digits)),
                    "write two hex digits for each byte, or `nothing`",
                )
            })?,
        };
        results.push(CallResult { succeeded, return_data });
    }
    Ok(Results { success, results })
}

/// An item of mail whose first word has been read.
fn item(kind: Word<'_>, input: &mut Input<'_>) -> Parsed<Item> {
    let kind = match kind.text {
        "call" => ItemKind::Call,
        "callback" => ItemKind::Callback,
        "transfer" => ItemKind::Transfer,
        _ => return Err(kind.unknown("item of mail", ITEMS)),
    };
    keyword("of")(input)?;
    let of = name(input)?;
    let nth = if at_arrow_or_end(input) || !peek(input).starts_with(|it: char| it.is_ascii_digit())
    {
        NonZeroU32::MIN
    } else {
        integer(input)?
    };
    Ok(Item { kind, of, nth })
}
