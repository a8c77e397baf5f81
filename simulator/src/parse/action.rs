//! Calls to the registry and to the token contract.

use winnow::Parser;
use winnow::combinator::{cut_err, delimited, repeat, separated};
use winnow::error::ErrMode;
use winnow::token::take_while;

use super::words::{
    Input, Parsed, Word, amount, at_arrow_or_end, balance, blanks, integer, keyword, moment_or,
    name, names, option, peek, text, value, word,
};
use super::work;
use crate::action::{Action, Jurisdictions, Verdict};
use crate::name::Name;
use crate::problem::{Problem, did_you_mean, nearest, quote};
use crate::quantity::{Amount, Version, number};

/// The words with which an action begins.
const VERBS: [&str; 22] = [
    "approve",
    "associate",
    "check",
    "deleted",
    "disable",
    "disassociate",
    "done",
    "ee-version",
    "endpoint",
    "expire",
    "extend",
    "jurisdiction",
    "re-request",
    "register",
    "request",
    "reserve",
    "resign",
    "send-home",
    "sends",
    "transfer",
    "unlock",
    "version",
];

/// The action that begins with `verb`, of `actor` if it is said; both have been read.
pub(super) fn action(
    actor: Option<Word<'_>>,
    verb: Word<'_>,
    input: &mut Input<'_>,
) -> Parsed<Action> {
    match verb.text {
        "register" => Ok(Action::Register { endpoint: text(input)? }),
        "endpoint" => Ok(Action::SetEndpoint { endpoint: text(input)? }),
        "version" => version(input).map(Action::SetVersion),
        "ee-version" => integer(input).map(Action::SetEeVersion),
        "jurisdiction" => integer(input).map(Action::SetJurisdiction),
        "resign" => Ok(Action::Resign),
        "disable" => name(input).map(Action::Disable),

        "associate" => {
            let amount = amount(input)?;
            let expires = option("expires", value("a time"), input)?;
            Ok(Action::Associate { amount, expires })
        }
        "disassociate" => amount(input).map(Action::Disassociate),
        "reserve" => amount(input).map(Action::Reserve),
        "unlock" => Ok(Action::Unlock),
        "expire" => moment_or("never", input).map(Action::Expire),
        "send-home" => name(input).map(Action::SendHome),

        "request" => request(input),
        "re-request" => re_request(input),
        "done" if at_arrow_or_end(input) => Ok(Action::DoneV1),
        "done" => statuses(input).map(Action::DoneV2),
        "deleted" => name(input).map(Action::Deleted),
        "check" => {
            let contract = name(input)?;
            Ok(Action::Check { contract, gas: option("gas", integer, input)? })
        }
        "extend" => {
            let contract = name(input)?;
            Ok(Action::Extend { contract, gas: option("gas", integer, input)? })
        }

        "approve" => balance(input).map(Action::Approve),
        "transfer" => {
            let amount = balance(input)?;
            keyword("to")(input)?;
            Ok(Action::Transfer { amount, to: name(input)? })
        }
        "sends" => {
            let rpc = bytes(input)?;
            let to = option("to", name, input)?;
            Ok(Action::Raw { rpc, to: to.unwrap_or_else(registry) })
        }
        _ => Err(match actor {
            Some(actor) => unknown(actor, verb),
            None => verb.unknown("action", VERBS),
        }),
    }
}

/// An unknown action; perhaps it is not the action that is misspelt, but `expect` before it.
fn unknown(actor: Word<'_>, verb: Word<'_>) -> ErrMode<Problem> {
    let verbs = || VERBS.into_iter().chain(work::VERBS);
    match nearest(actor.text, ["expect", "mail"]) {
        Some(word) if nearest(verb.text, verbs()).is_none() => actor.problem_with(
            format!("unknown action {} of {}", quote(verb.text), quote(actor.text)),
            did_you_mean(word),
        ),
        _ => verb.unknown("action", verbs()),
    }
}

fn registry() -> Name {
    "registry".parse().expect("invariant: `registry` is a name")
}

fn version(input: &mut Input<'_>) -> Parsed<Version> {
    value("a version")(input)
}

fn request(input: &mut Input<'_>) -> Parsed<Action> {
    match peek(input) {
        "nodes" => {
            let (nodes, stake, ee_version, jurisdictions) = drawn_with_ee_version(input)?;
            Ok(Action::RequestDrawn { nodes, stake, ee_version, jurisdictions })
        }
        "stake" => {
            let stake = stake(input)?;
            keyword("ee-version")(input)?;
            let ee_version = integer(input)?;
            keyword("of")(input)?;
            Ok(Action::RequestListed { stake, ee_version, listed: names(input)? })
        }
        _ => request_for(name(input)?, input),
    }
}

fn request_for(contract: Name, input: &mut Input<'_>) -> Parsed<Action> {
    if peek(input) == "stake" {
        let stake = stake(input)?;
        keyword("version")(input)?;
        let version = version(input)?;
        keyword("of")(input)?;
        return Ok(Action::RequestListedFor { contract, stake, version, listed: names(input)? });
    }
    let (nodes, stake) = (nodes(input)?, stake(input)?);
    Ok(match option("version", version, input)? {
        Some(version) => {
            let jurisdictions = jurisdictions(input)?;
            Action::RequestDrawnV2 { contract, nodes, stake, version, jurisdictions }
        }
        None if peek(input) == "jurisdictions" => {
            let jurisdictions = word("a version", input)?;
            let message = "unexpected `jurisdictions`";
            return Err(jurisdictions.problem_with(message, "a `version` comes before it"));
        }
        None => Action::RequestDrawnV1 { contract, nodes, stake },
    })
}

fn re_request(input: &mut Input<'_>) -> Parsed<Action> {
    let (nodes, stake, ee_version, jurisdictions) = drawn_with_ee_version(input)?;
    let listed = option("of", names, input)?.unwrap_or_default();
    keyword("after")(input)?;
    let statuses = statuses(input)?;
    Ok(Action::ReRequest { nodes, stake, ee_version, jurisdictions, listed, statuses })
}

/// `nodes 4 stake 2_000 ee-version 3 jurisdictions [208]`
fn drawn_with_ee_version(input: &mut Input<'_>) -> Parsed<(i32, Amount, i32, Jurisdictions)> {
    let (nodes, stake) = (nodes(input)?, stake(input)?);
    keyword("ee-version")(input)?;
    Ok((nodes, stake, integer(input)?, jurisdictions(input)?))
}

fn nodes(input: &mut Input<'_>) -> Parsed<i32> {
    keyword("nodes")(input)?;
    integer(input)
}

fn stake(input: &mut Input<'_>) -> Parsed<Amount> {
    keyword("stake")(input)?;
    amount(input)
}

/// Each node with its verdict, or `nobody`.
fn statuses(input: &mut Input<'_>) -> Parsed<Vec<(Name, Verdict)>> {
    if peek(input) == "nobody" {
        return keyword("nobody")(input).map(|()| Vec::new());
    }
    let mut statuses = Vec::new();
    while statuses.is_empty() || !at_arrow_or_end(input) {
        statuses.push((name(input)?, verdict(input)?));
    }
    Ok(statuses)
}

fn verdict(input: &mut Input<'_>) -> Parsed<Verdict> {
    let verdict = word("`success` or `failure`", input)?;
    match verdict.text {
        "success" => Ok(Verdict::Success),
        "failure" => Ok(Verdict::Failure),
        _ => Err(verdict.unknown("verdict", ["success", "failure"])),
    }
}

fn jurisdictions(input: &mut Input<'_>) -> Parsed<Jurisdictions> {
    let lists = |input: &mut Input<'_>| repeat(1.., jurisdiction_list).parse_next(input);
    Ok(Jurisdictions(option("jurisdictions", lists, input)?.unwrap_or_default()))
}

/// `[208, 276]`
fn jurisdiction_list(input: &mut Input<'_>) -> Parsed<Vec<i32>> {
    let code = take_while(1.., ('0'..='9', '-')).verify_map(number::<i32>);
    let codes = separated(0.., code, (blanks, ',', blanks));
    let open = ('[', blanks).map_err(|error| ill_formed(error, "`[`"));
    let close = (blanks, ']', blanks).map_err(|error| ill_formed(error, "a code, `,` or `]`"));
    delimited(open, codes, cut_err(close)).parse_next(input)
}

fn ill_formed(error: ErrMode<Problem>, expected: &str) -> ErrMode<Problem> {
    error.map(|problem| {
        Problem::new(problem.span, format!("expected {expected} in a list of country codes"))
            .with_remedy("write lists such as `[208, 276]`")
    })
}

/// Hex digits, or `nothing`.
fn bytes(input: &mut Input<'_>) -> Parsed<Vec<u8>> {
    let digits = word("the bytes of the call in hex, or `nothing`", input)?;
    if digits.text == "nothing" {
        return Ok(Vec::new());
    }
    hex::decode(digits.text).map_err(|_| {
        let message = format!("{} is not hex", quote(digits.text));
        digits.problem_with(message, "write two hex digits a byte, without `0x`; or `nothing`")
    })
}
