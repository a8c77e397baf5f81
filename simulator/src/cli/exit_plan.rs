//! `zkreg exit-plan`: how a node gets its tokens out, and when.

use std::fs;
use std::io;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use pbc_contract_common::address::Address;
use zk_node_registry::rules::units::Timestamp;
use zkreg::exit_plan::ExitPlan;
use zkreg::status::find_account;

use super::output::Output;
use super::state::{self, SourceArguments};
use super::values::{address, file, time};
use super::{Exit, sources};

/// Plan how a node gets all its tokens out: which calls, when, and what can move the date
///
/// The plan follows the flowchart of the operators' guide: reserve, wait for the end of each
/// allocation, wait for the 14 days behind it, disassociate. Each call is shown with the bytes to
/// send. A date holds if contracts release at their end and nobody buys an extension; what else can
/// move it is listed. The live registry does not say when allocations end: take the "allocation end
/// date" of each contract from the browser and give it with `--contracts`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, group = state::wanted())]
pub(crate) struct Arguments {
    #[command(flatten)]
    source: SourceArguments,
    /// The address of the node that leaves
    #[arg(long, value_name = "ADDR", value_parser = address)]
    node: Address,
    /// The moment at which the plan is made; the time of the state if not said
    #[arg(long, value_name = "TIME", value_parser = time, allow_negative_numbers = true)]
    now: Option<Timestamp>,
    /// When the work of ZK contracts ends, in JSON, if the registry does not know; may be said for
    /// several files
    #[arg(long, value_name = "FILE", num_args = 1..)]
    contracts: Vec<PathBuf>,
    /// Write the dates as a calendar too, for any calendar program (.ics)
    #[arg(long, value_name = "FILE", value_parser = file())]
    calendar: Option<PathBuf>,
    /// How to print the plan
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

const EXAMPLES: &str = "\
A file of contracts is one contract or an array of them, as a reader node serves them or by hand:
  [{\"address\": \"03055d9c05807c7b88bd18fb3e2ebc0e531998bfe2\",
    \"allocationEnd\": \"2025-06-28T09:30:00Z\"}]

Examples:
  zkreg exit-plan --state registry.json --as-of 2025-06-15T12:00:00Z \\
      --node 0015b18a7243257695704f66a3b1ddc9311194fc7d --contracts contracts.json
  zkreg exit-plan --state registry.json --as-of 2025-06-15T12:00:00Z \\
      --node 0015b18a7243257695704f66a3b1ddc9311194fc7d --calendar exit.ics

Exit status:
  0  the plan is printed, also if its date is unknown
  2  the input cannot be read, or the registry does not know the node";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// In words and tables
    Text,
    /// One JSON object
    Json,
    /// A row for each call and each return
    Csv,
}

/// Shows the plan that `arguments` ask for.
///
/// # Errors
///
/// Standard output cannot be written.
pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> io::Result<Exit> {
    match plan(arguments, output) {
        Ok(plan) => {
            output.write(&match arguments.format {
                Format::Text => plan.text(Output::style()),
                Format::Json => plan.json(),
                Format::Csv => plan.csv(),
            })?;
            Ok(Exit::AsWritten)
        }
        Err(complaint) => {
            output.complain(&complaint);
            Ok(Exit::BadInput)
        }
    }
}

/// # Errors
///
/// What is wrong, as it is shown.
fn plan(arguments: &Arguments, output: &mut Output) -> Result<ExitPlan, String> {
    let ends = state::read_ends(&arguments.contracts)?;
    let (mut source, now) = arguments.source.read_at(arguments.now, output)?;
    source.tell_findings(output);
    let image = &mut source.imported.image;
    ends.tell(image);
    find_account(image, &arguments.node)
        .map_err(|error| format!("error: {}: {error}", source.shown))?;
    let plan = ExitPlan::of(image, arguments.node, now);
    if let Some(file) = &arguments.calendar {
        let shown = sources::shown(file);
        if plan.calls.is_empty() {
            // RFC 5545, 3.6: a calendar has an event at least.
            return Err(format!(
                "error: there is nothing to write to {shown}: {:x} has no tokens to take out",
                plan.account
            ));
        }
        fs::write(file, plan.calendar())
            .map_err(|error| format!("error: cannot write {shown}: {error}"))?;
    }
    Ok(plan)
}
