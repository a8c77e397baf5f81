//! Raw calls to a registry, as somebody recorded them: which time, who, which bytes.
//!
//! A log is CSV, with the names of its columns in the first line, or JSON Lines, one object a line;
//! a first line that begins with `{` tells them apart. Columns and keys are the same, in any order:
//!
//! | name | what it says |
//! |---|---|
//! | `time` | the production time of the block: a UTC date, or milliseconds since 1970; never falls |
//! | `sender` | who sent the call: 42 hex digits |
//! | `rpc` | the bytes of the call in hex; `nothing` for a call without any |
//! | `signed` | in place of the two before, a signed transaction in hex ([`crate::signed`]) |
//! | `contract` | the contract that was called; the registry if not said |
//! | `gas` | the gas that came along, for the calls whose effect depends on it |
//! | `transaction` | the hash by which contracts knew it, 64 hex digits: it decides who is drawn |
//! | `outcome` | how it went: `accepted`, `refused`, or a refusal code; compared if it is said |
//!
//! `time` must be there, and `sender` and `rpc`, or `signed`. Blank lines and, in CSV, lines that begin
//! with `#` are skipped, and so are calls to other contracts, which are counted.
//!
//! A log does not say what the contracts around the registry did. So whoever associates tokens has
//! them and has approved them, and whoever registers produces blocks ([`Story`]).

mod cells;
mod csv;
mod json;
mod row;
mod story;

use std::collections::BTreeMap;
use std::fmt;

use pbc_contract_common::address::Address;

use self::cells::Cells;
use crate::chain::TransactionHash;
use crate::diagnostics::Problems;
use crate::name::Name;
use crate::problem::Problem;
use crate::step::Code;

pub use self::story::Story;

/// The most bytes that a log may have.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;
/// The most bytes that a line may have.
const MAX_LINE_BYTES: usize = 256 * 1024;

/// What a log may say, by the names of columns and keys.
const NAMES: [&str; 8] =
    ["time", "sender", "rpc", "signed", "contract", "gas", "transaction", "outcome"];

/// Calls to one registry, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// The calls.
    pub rows: Vec<Row>,
    /// How many calls to other contracts were skipped.
    pub elsewhere: usize,
}

/// A call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its line, counted from 1.
    pub line: usize,
    /// The production time of its block, in milliseconds since 1970.
    pub at: i64,
    /// Who sent it.
    pub sender: Address,
    /// Shortname and arguments.
    pub rpc: Vec<u8>,
    /// The gas that came along, if it is said.
    pub gas: Option<u64>,
    /// What is said about it beyond what was sent.
    pub record: Record,
}

/// What is known of a call from the chain on which it happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The hash by which contracts knew it.
    pub hash: Option<TransactionHash>,
    /// How it went.
    pub outcome: Option<Recorded>,
}

/// How a call went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It was accepted.
    Accepted,
    /// It was refused, for a reason that is not said.
    Refused,
    /// It was refused with this code.
    RefusedWith(Code),
}

/// What a log does not say itself.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The address that the registry had there.
    pub registry: Address,
    /// The name of the chain, which signatures are about.
    pub chain: String,
    /// Names for addresses.
    pub names: BTreeMap<Name, Address>,
    /// The first time that a call can have: that of the state; in milliseconds since 1970.
    pub since: Option<i64>,
}

impl fmt::Display for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Recorded::Accepted => "accepted",
            Recorded::Refused => "refused",
            Recorded::RefusedWith(code) => code.as_str(),
        })
    }
}

impl Log {
    /// Reads a log.
    ///
    /// # Errors
    ///
    /// Every line with a problem, in the order of the file, up to a limit; the rest is counted. A first
    /// line of CSV that does not name the columns ends the search.
    pub fn parse(bytes: &[u8], terms: &Terms) -> Result<Log, Problems> {
        let mut problems = Problems::default();
        if bytes.len() > MAX_BYTES {
            let message = format!("the log is longer than {MAX_BYTES} bytes");
            problems.add(1, b"", Problem::new(0..0, message).with_remedy("split it"));
            return Err(problems);
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let is_json = bytes.trim_ascii_start().starts_with(b"{");
        let mut reader = Reader { terms, is_json, columns: None, last: None };
        let mut log = Log::default();
        for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            match reader.line(index + 1, line) {
                Ok(Found::Nothing) => {}
                Ok(Found::Elsewhere) => log.elsewhere += 1,
                Ok(Found::Row(row)) => log.rows.push(row),
                Err(problem) => {
                    let shown = line.get(..MAX_LINE_BYTES).unwrap_or(line);
                    problems.add(index + 1, shown, problem);
                    if !is_json && reader.columns.is_none() {
                        return Err(problems);
                    }
                }
            }
        }
        if problems.is_empty() && log.rows.is_empty() {
            let what = if log.elsewhere > 0 { "no call to the registry" } else { "no call" };
            let problem = Problem::new(0..0, format!("there is {what} in the log"));
            problems.add(
                1,
                b"",
                match log.elsewhere {
                    0 => problem,
                    _ => problem.with_remedy("say its address with `--registry ADDRESS`"),
                },
            );
        }
        if problems.is_empty() { Ok(log) } else { Err(problems) }
    }
}

/// What a line holds.
enum Found {
    Nothing,
    Elsewhere,
    Row(Row),
}

struct Reader<'a> {
    terms: &'a Terms,
    is_json: bool,
    /// The columns of CSV, once they have been named.
    columns: Option<Vec<&'static str>>,
    /// The time of the line before.
    last: Option<i64>,
}

impl Reader<'_> {
    fn line(&mut self, number: usize, bytes: &[u8]) -> Result<Found, Problem> {
        if bytes.len() > MAX_LINE_BYTES {
            let message = format!("the line is longer than {MAX_LINE_BYTES} bytes");
            return Err(Problem::new(0..0, message));
        }
        let text = str::from_utf8(bytes).map_err(|error| {
            let start = error.valid_up_to();
            let byte = bytes.get(start).copied().unwrap_or_default();
            Problem::new(start..start + 1, format!("byte {byte:#04x} is not UTF-8 text"))
        })?;
        let is_remark = !self.is_json && text.starts_with('#');
        if text.trim().is_empty() || is_remark {
            return Ok(Found::Nothing);
        }
        let cells = match (&self.columns, self.is_json) {
            (_, true) => json::cells(text)?,
            (Some(columns), false) => csv::cells(text, columns)?,
            (None, false) => {
                self.columns = Some(csv::columns(text)?);
                return Ok(Found::Nothing);
            }
        };
        self.row(number, &cells)
    }

    fn row(&mut self, number: usize, cells: &Cells<'_>) -> Result<Found, Problem> {
        let at = row::time(cells)?;
        if let Some(since) = self.terms.since.filter(|since| at < *since) {
            let message = format!("the call is older than the state, of {}", row::date(since));
            return Err(cells.problem("time", message).with_remedy(
                "take the part of the log after the state, or a state before the log",
            ));
        }
        if let Some(last) = self.last.filter(|last| at < *last) {
            let message = format!("the time falls: the call before is of {}", row::date(last));
            return Err(cells.problem("time", message).with_remedy("sort the log by time"));
        }
        self.last = Some(at);
        let row = row::row(number, at, cells, self.terms)?;
        Ok(row.map_or(Found::Elsewhere, Found::Row))
    }
}

#[cfg(test)]
mod tests;
