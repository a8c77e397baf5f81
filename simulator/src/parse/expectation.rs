//! `expect` lines.

use super::words::{
    Input, Parsed, Word, amount, at_arrow_or_end, balance, integer, keyword, moment_or, name,
    names, peek, text, value, word,
};
use super::work;
use crate::name::Name;
use crate::problem::quote;
use crate::quantity::{Amount, Moment, number};
use crate::step::{Bucket, Expectation, Standing};

/// The words that say something about a name, besides buckets and standings.
const VERBS: [&str; 15] = [
    "deadline",
    "ee-version",
    "end",
    "endpoint",
    "engines",
    "expires",
    "holds",
    "jurisdiction",
    "no",
    "owes",
    "score",
    "share",
    "status",
    "unlocks",
    "version",
];

pub(super) fn expectation(input: &mut Input<'_>) -> Parsed<Expectation> {
    let subject = word("what must hold", input)?;
    match subject.text {
        "roster" => names(input).map(Expectation::Roster),
        "mail" => integer(input).map(Expectation::Mail),
        _ => about(subject.value()?, input),
    }
}

fn about(who: Name, input: &mut Input<'_>) -> Parsed<Expectation> {
    let verb = word("what must hold", input)?;
    if let Some(bucket) = bucket_of(verb) {
        return buckets(bucket, input).map(|amounts| Expectation::Buckets { who, amounts });
    }
    if let Some(standing) = Standing::ALL.into_iter().find(|it| it.word() == verb.text) {
        return Ok(Expectation::Standing(who, standing));
    }
    match verb.text {
        "unlocks" => dates(input).map(|dates| Expectation::Unlocks { who, dates }),
        "no" => nothing(who, input),
        "expires" => Ok(Expectation::Expires(who, moment_or("never", input)?)),
        "holds" => Ok(Expectation::Holds(who, balance(input)?)),
        "score" => score(who, input),
        "endpoint" => Ok(Expectation::Endpoint(who, text(input)?)),
        "version" if peek(input) == "unknown" => {
            keyword("unknown")(input).map(|()| Expectation::Version(who, None))
        }
        "version" => Ok(Expectation::Version(who, Some(value("a version")(input)?))),
        "ee-version" => Ok(Expectation::EeVersion(who, integer(input)?)),
        "jurisdiction" => Ok(Expectation::Jurisdiction(who, integer(input)?)),
        "engines" => engines(who, input),
        "share" => Ok(Expectation::Share(who, amount(input)?)),
        "end" => Ok(Expectation::End(who, moment_or("unknown", input)?)),
        "status" => Ok(Expectation::Status(who, work::status(input)?)),
        "deadline" => Ok(Expectation::Deadline(who, moment_or("unknown", input)?)),
        "owes" => owes(who, input),
        _ => {
            let words = Bucket::ALL.map(Bucket::word).into_iter();
            let words = words.chain(Standing::ALL.map(Standing::word)).chain(VERBS);
            Err(verb.unknown("expectation", words))
        }
    }
}

/// `free 74_500 allocated 500`, the first word read already, each bucket at most once.
fn buckets(first: Bucket, input: &mut Input<'_>) -> Parsed<Vec<(Bucket, Amount)>> {
    let mut amounts = vec![(first, amount(input)?)];
    while !at_arrow_or_end(input) {
        let found = word("a bucket", input)?;
        let Some(bucket) = bucket_of(found) else {
            return Err(found.unknown("bucket", Bucket::ALL.map(Bucket::word)));
        };
        if amounts.iter().any(|(said, _)| *said == bucket) {
            return Err(found.problem(format!("{} is said twice", quote(found.text))));
        }
        amounts.push((bucket, amount(input)?));
    }
    Ok(amounts)
}

fn bucket_of(word: Word<'_>) -> Option<Bucket> {
    Bucket::ALL.into_iter().find(|bucket| bucket.word() == word.text)
}

/// `500 at 34d 25 at 35d`
fn dates(input: &mut Input<'_>) -> Parsed<Vec<(Amount, Moment)>> {
    let mut dates = Vec::new();
    while dates.is_empty() || !at_arrow_or_end(input) {
        let amount = amount(input)?;
        keyword("at")(input)?;
        dates.push((amount, value("a time")(input)?));
    }
    Ok(dates)
}

fn nothing(who: Name, input: &mut Input<'_>) -> Parsed<Expectation> {
    let what = word("`record` or `computation`", input)?;
    match what.text {
        "record" => Ok(Expectation::NoRecord(who)),
        "computation" => Ok(Expectation::NoComputation(who)),
        _ => Err(what.unknown("expectation", ["record", "computation"])),
    }
}

fn score(who: Name, input: &mut Input<'_>) -> Parsed<Expectation> {
    let allocated = integer(input)?;
    keyword("success")(input)?;
    let success = integer(input)?;
    keyword("failure")(input)?;
    let failure = integer(input)?;
    Ok(Expectation::Score { who, allocated, success, failure })
}

/// One word an item of work, or `nothing`.
fn owes(who: Name, input: &mut Input<'_>) -> Parsed<Expectation> {
    let contract = name(input)?;
    let mut items = Vec::new();
    if peek(input) == "nothing" {
        keyword("nothing")(input)?;
        return Ok(Expectation::Owes { who, contract, items });
    }
    while items.is_empty() || !at_arrow_or_end(input) {
        items.push(work::kind_of(word("a kind of work, or `nothing`", input)?)?);
    }
    Ok(Expectation::Owes { who, contract, items })
}

/// A count, or names in engine order. An address of decimal digits alone is a name.
fn engines(contract: Name, input: &mut Input<'_>) -> Parsed<Expectation> {
    if peek(input).len() <= 10 && number::<u32>(peek(input)).is_some() {
        return integer(input).map(|count| Expectation::EngineCount(contract, count));
    }
    names(input).map(|names| Expectation::Engines(contract, names))
}
