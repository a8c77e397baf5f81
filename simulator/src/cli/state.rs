//! A registry state as input: which file, and what it does not say itself.

use std::fs::File;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use jiff::Timestamp as Utc;
use zk_node_registry::rules::units::Timestamp;
use zkreg::json::{self, ImportFailure, ImportOptions, Imported, InFlight};

use super::sources::shown;

/// Where a state comes from.
#[derive(Debug, Args)]
pub(crate) struct StateArguments {
    /// A registry state in JSON, as a reader node serves it or as `--format json` ends with
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// Start from a state that has oddities all the same
    #[arg(long, requires = "state")]
    pub(crate) accept_findings: bool,
    #[command(flatten)]
    pub(crate) reading: ReadingArguments,
}

/// What the file of a state does not say itself.
#[derive(Debug, Args)]
pub(crate) struct ReadingArguments {
    /// The production time of the block at which the state was read, such as 2025-01-01T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) as_of: Option<Timestamp>,
    /// The settings, in JSON, if the state has none and they are not those of deployments
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// The collaborators, in JSON, if the state has none
    #[arg(long, value_name = "FILE")]
    collaborators: Option<PathBuf>,
    /// How the token transfers ended that were under way when the state was read
    #[arg(long, value_enum, value_name = "HOW")]
    settle_in_flight: Option<Settle>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Settle {
    /// All succeeded
    Ok,
    /// All failed
    Failed,
}

/// A time in UTC, such as `2025-01-01T00:00:00Z`.
pub(super) fn time(text: &str) -> Result<Timestamp, String> {
    let time: Utc = text.parse().map_err(|error: jiff::Error| error.to_string())?;
    Ok(Timestamp::from_millis(time.as_millisecond()))
}

impl ReadingArguments {
    /// Imports the state in the file `path`. Its findings are left to the caller.
    ///
    /// # Errors
    ///
    /// Every reason, one a line, each with the file that it is about.
    pub(crate) fn import(&self, path: &Path) -> Result<Imported, String> {
        let settings = self.settings.as_deref().map(|it| read(it, json::read_settings));
        let collaborators =
            self.collaborators.as_deref().map(|it| read(it, json::read_collaborators));
        let (settings, collaborators) = (settings.transpose()?, collaborators.transpose()?);
        let settle_in_flight = self.settle_in_flight.map(|settle| match settle {
            Settle::Ok => InFlight::Ok,
            Settle::Failed => InFlight::Failed,
        });
        let options =
            ImportOptions { as_of: self.as_of, settings, collaborators, settle_in_flight };
        json::import(open(path)?, &options).map_err(|failure| reasons(path, &failure))
    }
}

/// What `read` makes of the file `path`.
///
/// # Errors
///
/// Every reason, one a line, each with the file.
pub(super) fn read<T>(
    path: &Path,
    read: impl FnOnce(File) -> Result<T, ImportFailure>,
) -> Result<T, String> {
    read(open(path)?).map_err(|failure| reasons(path, &failure))
}

fn open(path: &Path) -> Result<File, String> {
    File::open(path).map_err(|error| format!("error: cannot read {}: {error}", shown(path)))
}

fn reasons(path: &Path, failure: &ImportFailure) -> String {
    let place = |line: &str| format!("error: {}: {line}", shown(path));
    failure.to_string().lines().map(place).collect::<Vec<_>>().join("\n")
}
