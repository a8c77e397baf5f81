//! Steps and their parts as scenarios write them, and back.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use super::{Code, Expectation, Handling, Item, ItemKind, Origin, Pick, Scope, Step};
use crate::action::{Names, Text};
use crate::chain::{CallResult, Results};
use crate::parse;
use crate::problem::{Problem, quote};

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.when(), self.who(), self.what())?;
        match self.refused() {
            Some(code) => write!(f, " => {code}"),
            None => Ok(()),
        }
    }
}

/// # Errors
///
/// The one [`Problem`] that comes first in the line. A comment at its end is allowed, and dropped.
impl FromStr for Step {
    type Err = Problem;

    fn from_str(line: &str) -> Result<Step, Problem> {
        match parse::line(line)? {
            (Some(step), _) => Ok(step),
            (None, _) => Err(Problem::new(0..line.len(), "there is no step in this line")),
        }
    }
}

impl fmt::Display for Handling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Handling::Hold(Scope::Everything) => f.write_str("hold"),
            Handling::Hold(Scope::Callbacks) => f.write_str("hold callbacks"),
            Handling::Hold(Scope::Calls) => f.write_str("hold calls"),
            Handling::Hold(Scope::To(name)) => write!(f, "hold to {name}"),
            Handling::Hold(Scope::Of(name)) => write!(f, "hold of {name}"),
            Handling::Release => f.write_str("release"),
            Handling::Deliver(Pick::Next) => f.write_str("deliver next"),
            Handling::Deliver(Pick::All) => f.write_str("deliver all"),
            Handling::Deliver(Pick::Item(item)) => write!(f, "deliver {item}"),
            Handling::Fail(item) => write!(f, "fail {item}"),
            Handling::Starve(item) => write!(f, "starve {item}"),
            Handling::Repeat(item) => write!(f, "repeat {item}"),
            Handling::Tell(item, Results { success, results }) => {
                write!(f, "tell {item} {}", if *success { "success" } else { "failure" })?;
                results.iter().try_for_each(|CallResult { succeeded, return_data }| {
                    let returned = match return_data.as_slice() {
                        [] => "nothing".to_owned(),
                        bytes => hex::encode(bytes),
                    };
                    write!(f, " {} {returned}", if *succeeded { "ok" } else { "failed" })
                })
            }
        }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.kind, self.of)?;
        if self.nth > NonZeroU32::MIN { write!(f, " {}", self.nth) } else { Ok(()) }
    }
}

impl fmt::Display for ItemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ItemKind::Transfer => "transfer",
            ItemKind::Call => "call",
            ItemKind::Callback => "callback",
        })
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expectation::Buckets { who, amounts } => {
                write!(f, "{who}")?;
                amounts
                    .iter()
                    .try_for_each(|(bucket, amount)| write!(f, " {} {amount}", bucket.word()))
            }
            Expectation::Unlocks { who, dates } => {
                write!(f, "{who} unlocks")?;
                dates.iter().try_for_each(|(amount, at)| write!(f, " {amount} at {at}"))
            }
            Expectation::NoRecord(who) => write!(f, "{who} no record"),
            Expectation::Expires(who, Some(at)) => write!(f, "{who} expires {at}"),
            Expectation::Expires(who, None) => write!(f, "{who} expires never"),
            Expectation::Holds(who, amount) => write!(f, "{who} holds {amount}"),
            Expectation::Standing(who, standing) => write!(f, "{who} {}", standing.word()),
            Expectation::Score { who, allocated, success, failure } => {
                write!(f, "{who} score {allocated} success {success} failure {failure}")
            }
            Expectation::Endpoint(who, endpoint) => write!(f, "{who} endpoint {}", Text(endpoint)),
            Expectation::Version(who, Some(version)) => write!(f, "{who} version {version}"),
            Expectation::Version(who, None) => write!(f, "{who} version unknown"),
            Expectation::EeVersion(who, version) => write!(f, "{who} ee-version {version}"),
            Expectation::Jurisdiction(who, code) => write!(f, "{who} jurisdiction {code}"),
            Expectation::Engines(contract, nodes) => {
                write!(f, "{contract} engines {}", Names(nodes))
            }
            Expectation::EngineCount(contract, count) => write!(f, "{contract} engines {count}"),
            Expectation::Share(contract, amount) => write!(f, "{contract} share {amount}"),
            Expectation::End(contract, Some(at)) => write!(f, "{contract} end {at}"),
            Expectation::End(contract, None) => write!(f, "{contract} end unknown"),
            Expectation::NoComputation(contract) => write!(f, "{contract} no computation"),
            Expectation::Status(contract, status) => {
                write!(f, "{contract} status {}", status.word())
            }
            Expectation::Deadline(contract, Some(at)) => write!(f, "{contract} deadline {at}"),
            Expectation::Deadline(contract, None) => write!(f, "{contract} deadline unknown"),
            Expectation::Owes { who, contract, items } if items.is_empty() => {
                write!(f, "{who} owes {contract} nothing")
            }
            Expectation::Owes { who, contract, items } => {
                write!(f, "{who} owes {contract}")?;
                items.iter().try_for_each(|item| write!(f, " {item}"))
            }
            Expectation::Roster(nodes) => write!(f, "roster {}", Names(nodes)),
            Expectation::Mail(count) => write!(f, "mail {count}"),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(time) => write!(f, "{time}"),
            Err(_) => write!(f, "{} ms after 1970", self.0),
        }
    }
}

impl FromStr for Origin {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Origin, Problem> {
        let parsed = text.parse::<jiff::Timestamp>().ok().filter(|_| text.len() <= 40);
        parsed
            .filter(|time| time.as_nanosecond() >= 0 && time.as_nanosecond() % 1_000_000 == 0)
            .map(|time| Origin(time.as_millisecond()))
            .ok_or_else(|| {
                Problem::new(0..text.len(), format!("{} is not a date", quote(text))).with_remedy(
                    "write a UTC time from 1970 on, to the millisecond: `2025-01-01T00:00:00Z`",
                )
            })
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for Code {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Code, Problem> {
        let well_formed = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.len() <= 64;
        if well_formed {
            return Ok(Code(text.to_owned()));
        }
        Err(Problem::new(0..text.len(), format!("{} is not a refusal code", quote(text)))
            .with_remedy("codes are lower-case words joined by `_`, such as `insufficient_free`"))
    }
}
