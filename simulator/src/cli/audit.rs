//! `zkreg audit`: everything that one state shows.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use pbc_contract_common::address::Address;
use zk_node_registry::rules::units::Timestamp;
use zkreg::audit::{self, Audit, Level, Options};
use zkreg::json::ContractEnds;

use super::Exit;
use super::alerts::HorizonArguments;
use super::output::Output;
use super::state::{self, Source, SourceArguments, Unread};
use super::values::{address, time};

/// Check everything that a single state shows, and say what it does not show
///
/// Checked are the invariants of the specification as far as one state shows them, the meaning of
/// scores and of `unlockTime`, orphaned and overdue allocations, and what is odd about the document.
/// Each finding has its place, what was found, what was expected, and what it means. The exit status
/// tells whether there is one; thresholds and levels say what counts.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, group = state::wanted())]
pub(crate) struct Arguments {
    #[command(flatten)]
    source: SourceArguments,
    /// The address of a node: look at it and its work only; may be said for several nodes
    #[arg(long = "node", value_name = "ADDR", value_parser = address)]
    nodes: Vec<Address>,
    /// The moment; the time of the state if not said
    #[arg(long, value_name = "TIME", value_parser = time, allow_negative_numbers = true)]
    now: Option<Timestamp>,
    /// When the work of ZK contracts ends, in JSON, if the registry does not know; may be said for
    /// several files
    #[arg(long, value_name = "FILE")]
    contracts: Vec<PathBuf>,
    /// The files of `--contracts` name all contracts that exist: work for any other is orphaned
    #[arg(long, requires = "contracts")]
    all_contracts: bool,
    /// Ask the reader node whether each contract with nodes exists, a request for each
    #[arg(long, requires = "reader", conflicts_with = "all_contracts")]
    look_up: bool,
    /// What counts: findings of this level, and of higher ones
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t = Least::Note)]
    level: Least,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Print nothing but findings, a line each
    #[arg(long, short, conflicts_with = "format")]
    quiet: bool,
    #[command(flatten)]
    horizon: HorizonArguments,
}

const EXAMPLES: &str = "\
Examples:
  zkreg audit --state registry.json --as-of 2025-06-15T12:00:00Z
  zkreg audit --reader https://reader.example \\
      --contract 01a2020bb33ef9e0323c7a3210d5cb7fd492aa0d65 --look-up --format sarif > audit.sarif
  zkreg audit --state registry.json --as-of 2025-06-15T12:00:00Z --quiet --level warning \\
      --contracts contracts.json --overdue=1d --node 0015b18a7243257695704f66a3b1ddc9311194fc7d

Levels:
  error    an invariant is broken: no registry of this code writes such a state
  warning  somebody should look: orphaned and overdue work, odd scores, times and endpoints
  note     worth knowing: transfers under way, the shape of the document, thresholds

Exit status:
  0  there are no findings of the level
  1  there are findings
  2  the input cannot be read, or the registry does not know a node; amounts that are negative or
     out of range cannot be read either, and are told with their places";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Least {
    /// All findings
    Note,
    /// Warnings and errors
    Warning,
    /// Errors only
    Error,
}

impl From<Least> for Level {
    fn from(least: Least) -> Level {
        match least {
            Least::Note => Level::Note,
            Least::Warning => Level::Warning,
            Least::Error => Level::Error,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// What was checked, what was found, what cannot be seen
    Text,
    /// One JSON object
    Json,
    /// SARIF 2.1.0, for tools that keep track of findings
    Sarif,
}

/// Audits what `arguments` name.
///
/// # Errors
///
/// Standard output cannot be written.
pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> io::Result<Exit> {
    let (audit, source) = match audited(arguments, output) {
        Ok(done) => done,
        Err(complaint) => {
            if arguments.format == Format::Sarif {
                output.write(&audit::sarif_of_unreadable(&complaint, &arguments.source.shown()))?;
            }
            output.complain(&complaint);
            return Ok(Exit::BadInput);
        }
    };
    output.write(&match arguments.format {
        _ if arguments.quiet => audit.lines(),
        Format::Text => audit.text(&source, Output::style()),
        Format::Json => audit.json(&source),
        Format::Sarif => audit.sarif(&source),
    })?;
    Ok(if audit.issues.is_empty() { Exit::AsWritten } else { Exit::Otherwise })
}

/// The audit, and where the state is.
///
/// # Errors
///
/// What is wrong, as it is shown.
fn audited(arguments: &Arguments, output: &mut Output) -> Result<(Audit, String), String> {
    let ends = state::read_ends(&arguments.contracts)?;
    let (mut source, now) = match arguments.source.read_at(arguments.now, output) {
        Ok(read) => read,
        // What no registry has written is what an audit is for, if it is served as such.
        Err(Unread { unsound: Some(unsound), .. }) => {
            let now = state::moment(arguments.now, Some(unsound.as_of))?.unwrap_or(unsound.as_of);
            let audit = Audit::of_unsound(&unsound.errors, now);
            return Ok((audit.at_least(arguments.level.into()), unsound.shown));
        }
        Err(unread) => return Err(unread.into()),
    };
    ends.tell(&mut source.imported.image);
    let missing = missing(arguments, &source, &ends, output)?;
    let thresholds = arguments.horizon.thresholds();
    let options = Options { now, thresholds, nodes: &arguments.nodes, missing: missing.as_ref() };
    let audit = Audit::of(&source.imported, &options)
        .map_err(|error| format!("error: {}: {error}", source.shown))?;
    Ok((audit.at_least(arguments.level.into()), source.shown))
}

/// The contracts with nodes that do not exist; `None` if nobody knows.
///
/// # Errors
///
/// What is wrong with an answer of the reader node, as it is shown.
fn missing(
    arguments: &Arguments,
    source: &Source,
    ends: &ContractEnds,
    output: &mut Output,
) -> Result<Option<BTreeSet<Address>>, String> {
    let contracts = source.imported.image.computations.keys();
    if arguments.all_contracts {
        return Ok(Some(contracts.filter(|it| !ends.knows(it)).copied().collect()));
    }
    if !arguments.look_up {
        return Ok(None);
    }
    arguments.source.missing(contracts, output).map(Some)
}
