//! `zkreg state`: registry states compared.

use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use zk_node_registry::rules::units::Timestamp;
use zkreg::diff::Diff;
use zkreg::image::Image;
use zkreg::transcript::words;

use super::output::Output;
use super::reader::ReaderArguments;
use super::state::{self, ReadingArguments, Source};
use super::values::time;
use super::{Exit, sources};

/// Compare registry states
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    Diff(DiffArguments),
}

/// Show what is different between two states: per node, per computation, and in the settings
///
/// Stored values are compared, whatever the layout of the files. Oddities of the states are listed as
/// findings, and do not hinder.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
struct DiffArguments {
    /// The first state in JSON, as a reader node serves it or as `zkreg` writes it
    #[arg(value_name = "A")]
    before: PathBuf,
    /// The second state; left out if it is at a reader node
    #[arg(value_name = "B", required_unless_present = "reader", conflicts_with = "reader")]
    after: Option<PathBuf>,
    #[command(flatten)]
    reader: ReaderArguments,
    #[command(flatten)]
    reading: ReadingArguments,
    /// The time at which B was read, if it is not that of A; a reader node tells it
    #[arg(long, value_name = "TIME", value_parser = time, allow_negative_numbers = true)]
    as_of_b: Option<Timestamp>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

const EXAMPLES: &str = "\
Examples:
  zkreg state diff monday.json tuesday.json --as-of 2025-06-16T12:00:00Z \\
      --as-of-b 2025-06-17T12:00:00Z
  zkreg state diff monday.json --as-of 2025-06-16T12:00:00Z --reader https://reader.example \\
      --contract 01a2020bb33ef9e0323c7a3210d5cb7fd492aa0d65
  zkreg state diff --format json a.json b.json | jq -r '.[].path'

Exit status:
  0  the states are the same
  1  they are different
  2  a state cannot be read";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A record a paragraph, amounts in MPC
    Text,
    /// One JSON array, amounts in units
    Json,
}

/// Compares what `arguments` name.
///
/// # Errors
///
/// Standard output cannot be written.
pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> io::Result<Exit> {
    let Task::Diff(arguments) = &arguments.task;
    let as_of = arguments.reading.as_of;
    let before = image(&arguments.before, arguments, as_of, output);
    let after = match &arguments.after {
        Some(after) => image(after, arguments, arguments.as_of_b.or(as_of), output),
        None => fetched(arguments, output),
    };
    let (before, after) = match (before, after) {
        (Ok(before), Ok(after)) => (before, after),
        (before, after) => {
            for complaint in [before.err(), after.err()].into_iter().flatten() {
                output.complain(&complaint);
            }
            return Ok(Exit::BadInput);
        }
    };
    let diff = Diff::between(&before, &after);
    match arguments.format {
        Format::Json => output.write(&diff.to_json())?,
        Format::Text if diff.is_empty() => output.write("the states are the same\n")?,
        Format::Text => {
            let records = words::count(diff.records.len(), "record");
            output.write(&format!("{diff}\n{records} different\n"))?;
        }
    }
    Ok(if diff.is_empty() { Exit::AsWritten } else { Exit::Otherwise })
}

/// # Errors
///
/// What is wrong with the state, as it is shown.
fn image(
    path: &Path,
    arguments: &DiffArguments,
    as_of: Option<Timestamp>,
    output: &mut Output,
) -> Result<Image, String> {
    let imported = arguments.reading.import_as_of(path, as_of)?;
    let source = Source { imported, shown: sources::shown(path), as_of };
    source.tell_findings(output);
    Ok(source.imported.image)
}

/// The second state, from the reader node.
///
/// # Errors
///
/// What is wrong with it, as it is shown.
fn fetched(arguments: &DiffArguments, output: &mut Output) -> Result<Image, String> {
    let source = state::fetch(&arguments.reader, &arguments.reading, arguments.as_of_b, output)?;
    let source = source.expect("invariant: without a second file there is a reader node");
    source.tell_findings(output);
    Ok(source.imported.image)
}
