//! `zkreg status`: where everybody's tokens are in a state.

use std::io::{self, IsTerminal};

use clap::{Args, ValueEnum};
use zk_node_registry::rules::units::Timestamp;
use zkreg::json::Layout;
use zkreg::status::{Status, Style};

use super::Exit;
use super::output::Output;
use super::state::{self, Source, SourceArguments};

/// Show each node's tokens, with the dates at which they unlock, and its score
///
/// Tokens whose 14 days are over at the moment shown count as free. Oddities of the state are
/// listed as findings, and do not hinder.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, group = state::wanted())]
pub(crate) struct Arguments {
    #[command(flatten)]
    source: SourceArguments,
    /// The address of one node, to see everything about it
    node: Option<String>,
    /// The moment to show; the time of the state if not said
    #[arg(long, value_name = "TIME", value_parser = state::time)]
    now: Option<Timestamp>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

const EXAMPLES: &str = "\
Examples:
  zkreg status --state registry.json --as-of 2025-06-15T12:00:00Z
  zkreg status --state registry.json --as-of 2025-06-15T12:00:00Z --now 2025-07-01T00:00:00Z \\
      0015b18a7243257695704f66a3b1ddc9311194fc7d
  zkreg status --reader https://reader.example \\
      --contract 01a2020bb33ef9e0323c7a3210d5cb7fd492aa0d65";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table, or everything about one node
    Text,
    /// One JSON object
    Json,
}

/// Shows what `arguments` ask for.
///
/// # Errors
///
/// Standard output cannot be written.
pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> io::Result<Exit> {
    match status(arguments, output) {
        Ok(status) => {
            output.write(&shown(&status, arguments))?;
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
fn status(arguments: &Arguments, output: &mut Output) -> Result<Status, String> {
    let (Source { imported, shown, .. }, now) = arguments.source.read_at(arguments.now, output)?;
    for finding in &imported.findings {
        output.complain(&format!("finding: {shown}: {finding}"));
    }
    match &arguments.node {
        Some(node) => Status::of_one(&imported.image, node, now)
            .map_err(|error| format!("error: {shown}: {error}")),
        None => Ok(Status::of_all(&imported.image, now)),
    }
}

fn shown(status: &Status, arguments: &Arguments) -> String {
    let style = if io::stdout().is_terminal() { Style::Lined } else { Style::Plain };
    match (arguments.format, &arguments.node) {
        (Format::Text, Some(_)) => status.details(style),
        (Format::Text, None) => status.table(style),
        (Format::Json, _) => {
            let mut document = Vec::new();
            let written = status.write_json(&mut document, Layout::Pretty);
            written.expect("invariant: writing to a vector succeeds");
            document.push(b'\n');
            String::from_utf8(document).expect("invariant: the writer writes ASCII")
        }
    }
}
