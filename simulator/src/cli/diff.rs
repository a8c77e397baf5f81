//! `zkreg state`: registry states compared.

use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use zk_node_registry::rules::units::Timestamp;
use zkreg::diff::Diff;
use zkreg::image::Image;
use zkreg::transcript::words;

use super::output::Output;
use super::state::{self, ReadingArguments};
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
    /// The second state
    #[arg(value_name = "B")]
    after: PathBuf,
    #[command(flatten)]
    reading: ReadingArguments,
    /// The time at which B was read, if it is not that of A
    #[arg(long, value_name = "TIME", value_parser = state::time)]
    as_of_b: Option<Timestamp>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

const EXAMPLES: &str = "\
Examples:
  zkreg state diff monday.json tuesday.json --as-of 2025-06-16T12:00:00Z \\
      --as-of-b 2025-06-17T12:00:00Z
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
    let mut read = |path: &Path, as_of: Option<Timestamp>| image(path, arguments, as_of, output);
    let as_of = arguments.reading.as_of;
    let before = read(&arguments.before, as_of);
    let after = read(&arguments.after, arguments.as_of_b.or(as_of));
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
    for finding in &imported.findings {
        output.complain(&format!("finding: {}: {finding}", sources::shown(path)));
    }
    Ok(imported.image)
}
