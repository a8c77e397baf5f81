//! `zkreg status`: where everybody's tokens are in a state.

use std::io;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use pbc_contract_common::address::Address;
use zk_node_registry::rules::units::Timestamp;
use zkreg::alerts::Alert;
use zkreg::json::Layout;
use zkreg::status::Status;
use zkreg::transcript::words;

use super::Exit;
use super::alerts::ThresholdArguments;
use super::output::Output;
use super::state::{self, SourceArguments};
use super::values::{address, duration, time};

/// Show each node's tokens, with the dates at which they unlock, and its score
///
/// Tokens whose 14 days are over at the moment shown count as free. Oddities of the state are
/// listed as findings, and do not hinder. With thresholds the exit status tells whether one was
/// reached, which is what cron needs.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, group = state::wanted())]
pub(crate) struct Arguments {
    #[command(flatten)]
    source: SourceArguments,
    /// The addresses of the nodes to show, all if none is said; of one alone everything is shown
    #[arg(value_name = "NODE", value_parser = node)]
    nodes: Vec<Address>,
    /// The moment to show; the time of the state if not said
    #[arg(long, value_name = "TIME", value_parser = time, allow_negative_numbers = true)]
    now: Option<Timestamp>,
    /// When the work of ZK contracts ends, in JSON, if the registry does not know; may be said for
    /// several files
    #[arg(long, value_name = "FILE")]
    contracts: Vec<PathBuf>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Print nothing but alerts, as text; without it they go to standard error
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    thresholds: ThresholdArguments,
}

const EXAMPLES: &str = "\
Examples:
  zkreg status --state registry.json --as-of 2025-06-15T12:00:00Z
  zkreg status --state registry.json --as-of 2025-06-15T12:00:00Z --now 2025-07-01T00:00:00Z \\
      0015b18a7243257695704f66a3b1ddc9311194fc7d
  zkreg status --state registry.json --as-of 2025-06-15T12:00:00Z --quiet --unlocks-within 3d \\
      --contracts contracts.json --overdue=1d
  zkreg status --reader https://reader.example \\
      --contract 01a2020bb33ef9e0323c7a3210d5cb7fd492aa0d65

Exit status:
  0  no threshold is reached, or none was given
  1  a threshold is reached: there are alerts
  2  the input cannot be read, or the registry does not know a node";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table, or everything about one node
    Text,
    /// One JSON object
    Json,
    /// A row for each node
    Csv,
}

/// The address of a node, where a threshold may have lost its value.
fn node(text: &str) -> Result<Address, String> {
    address(text).map_err(|complaint| match duration(text) {
        Ok(_) => format!("{complaint}; or was `--overdue={text}` meant?"),
        Err(_) => complaint,
    })
}

/// Shows what `arguments` ask for.
///
/// # Errors
///
/// Standard output cannot be written.
pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> io::Result<Exit> {
    let status = match status(arguments, output) {
        Ok(status) => status,
        Err(complaint) => {
            output.complain(&complaint);
            return Ok(Exit::BadInput);
        }
    };
    let thresholds = arguments.thresholds.thresholds();
    let alerts = thresholds.alerts(&status);
    if !arguments.quiet {
        let asked = (!thresholds.is_empty()).then_some(alerts.as_slice());
        output.write(&shown(&status, asked, arguments))?;
    }
    for alert in &alerts {
        let line = format!("alert: {alert}");
        if arguments.quiet {
            output.write(&format!("{line}\n"))?;
        } else {
            output.complain(&line);
        }
    }
    let blind = thresholds.blind_spots(&status);
    if blind > 0 {
        output.complain(&format!(
            "note: no end is known of {}, so there is no alert for that; `--contracts` says when \
             work ends",
            words::count(blind, "allocation")
        ));
    }
    Ok(if alerts.is_empty() { Exit::AsWritten } else { Exit::Otherwise })
}

/// # Errors
///
/// What is wrong, as it is shown.
fn status(arguments: &Arguments, output: &mut Output) -> Result<Status, String> {
    let ends = state::read_ends(&arguments.contracts)?;
    let (mut source, now) = arguments.source.read_at(arguments.now, output)?;
    if !arguments.quiet {
        source.tell_findings(output);
    }
    let image = &mut source.imported.image;
    ends.tell(image);
    match arguments.nodes.as_slice() {
        [] => Ok(Status::of_all(image, now)),
        nodes => Status::of_some(image, nodes, now)
            .map_err(|error| format!("error: {}: {error}", source.shown)),
    }
}

fn shown(status: &Status, alerts: Option<&[Alert]>, arguments: &Arguments) -> String {
    let style = Output::style();
    match (arguments.format, arguments.nodes.as_slice()) {
        (Format::Text, [_]) => status.details(style),
        (Format::Text, _) => status.table(style),
        (Format::Csv, _) => status.csv(),
        (Format::Json, _) => {
            let mut document = Vec::new();
            let written = status.write_json_with(alerts, &mut document, Layout::Pretty);
            written.expect("invariant: writing to a vector succeeds");
            document.push(b'\n');
            String::from_utf8(document).expect("invariant: the writer writes ASCII")
        }
    }
}
