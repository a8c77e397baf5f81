//! A registry state as input: where it is, and what it does not say itself.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args, ValueEnum};
use pbc_contract_common::address::Address;
use zk_node_registry::rules::units::Timestamp;
use zkreg::image::LoadError;
use zkreg::json::{self, ContractEnds, ImportFailure, ImportOptions, Imported, InFlight};
use zkreg::reader::{Document, Progress, ReaderError, Trouble, without_password};
use zkreg::step::Origin;

use super::output::Output;
use super::reader::ReaderArguments;
use super::sources::{self, shown};
use super::values::time;

/// The group of the arguments that say where a state is.
pub(super) const ORIGIN: &str = "origin";

/// For commands that need a state.
pub(crate) fn wanted() -> ArgGroup {
    ArgGroup::new(ORIGIN).required(true)
}

/// For commands that can do without one: what is said of a state needs it.
pub(crate) fn wanted_by_readings() -> ArgGroup {
    let readings = ["as_of", "settings", "collaborators", "settle_in_flight"];
    ArgGroup::new("readings").args(readings).multiple(true).requires(ORIGIN)
}

/// Where a state is: in a file, or at a reader node.
#[derive(Debug, Args)]
pub(crate) struct SourceArguments {
    /// A registry state in JSON, as a reader node serves it or as `zkreg` writes it; `-` for standard
    /// input, as for all files that are read as JSON
    #[arg(long, value_name = "FILE", group = ORIGIN)]
    state: Option<PathBuf>,
    #[command(flatten)]
    reader: ReaderArguments,
    #[command(flatten)]
    reading: ReadingArguments,
}

/// Where a state comes from, for those who start from one.
#[derive(Debug, Args)]
pub(crate) struct StateArguments {
    #[command(flatten)]
    source: SourceArguments,
    /// Start from a state that has oddities all the same
    #[arg(long, requires = ORIGIN)]
    pub(crate) accept_findings: bool,
}

/// A state that was read.
#[derive(Debug)]
pub(crate) struct Source {
    /// The state, with its findings.
    pub(crate) imported: Imported,
    /// Where it was, as messages show it.
    pub(crate) shown: String,
    /// Its time: as it was said, else that of the block at which it was fetched.
    pub(crate) as_of: Option<Timestamp>,
}

/// Why there is no state to look at.
#[derive(Debug)]
pub(crate) struct Unread {
    /// Every reason, one a line, each with the file or the URL that it is about.
    pub(crate) complaint: String,
    /// What is wrong with a state that was served as bytes, all of one block.
    pub(crate) unsound: Option<Unsound>,
}

/// A state that was served as bytes and is none of a registry.
#[derive(Debug)]
pub(crate) struct Unsound {
    /// Where it is.
    pub(crate) shown: String,
    /// The time of the block.
    pub(crate) as_of: Timestamp,
    /// What is wrong with it.
    pub(crate) errors: Vec<LoadError>,
}

impl From<String> for Unread {
    fn from(complaint: String) -> Unread {
        Unread { complaint, unsound: None }
    }
}

/// For those who can only complain.
impl From<Unread> for String {
    fn from(unread: Unread) -> String {
        unread.complaint
    }
}

impl Unread {
    fn of(error: ReaderError) -> Unread {
        let complaint = reasons_of(&error);
        let unsound = match error.trouble {
            Trouble::State { errors, block: Some(block) } => {
                Some(Unsound { shown: error.url, as_of: block.produced, errors })
            }
            _ => None,
        };
        Unread { complaint, unsound }
    }
}

impl SourceArguments {
    /// Imports the state, from wherever it is. Its findings are left to the caller.
    ///
    /// # Errors
    ///
    /// [`Unread`].
    pub(crate) fn read(&self, output: &mut Output) -> Result<Source, Unread> {
        if let Some(path) = &self.state {
            let imported = self.reading.import(path)?;
            return Ok(Source { imported, shown: shown(path), as_of: self.reading.as_of });
        }
        let fetched = fetch(&self.reader, &self.reading, self.reading.as_of, output)?;
        fetched.ok_or_else(|| {
            let complaint = "error: which state? Say `--state FILE`, or `--reader URL` and \
                             `--contract ADDRESS`";
            Unread::from(complaint.to_owned())
        })
    }

    /// Which of `contracts` the reader node does not know.
    ///
    /// # Errors
    ///
    /// What is wrong with an answer, as it is shown.
    pub(crate) fn missing<'a>(
        &self,
        contracts: impl ExactSizeIterator<Item = &'a Address>,
        output: &mut Output,
    ) -> Result<BTreeSet<Address>, String> {
        let Some((reader, _)) = self.reader.open()? else {
            return Err(
                "error: which reader node? Say `--reader URL` and `--contract ADDRESS`".to_owned()
            );
        };
        let mut missing = BTreeSet::new();
        let size = contracts.len() as u64;
        for (read, contract) in (0_u64..).zip(contracts) {
            output.fetched(Progress { tree: "contracts", read, size });
            if !reader.exists(contract).map_err(|error| reasons_of(&error))? {
                missing.insert(*contract);
            }
        }
        output.fetched_all();
        Ok(missing)
    }

    /// Where the state is, as messages show it.
    pub(crate) fn shown(&self) -> String {
        let file = self.state.as_deref().map(shown);
        let url = self.reader.reader.as_deref().map(without_password);
        file.or(url).unwrap_or_default()
    }
}

/// The state that a reader node serves, if one is named, as it was at `as_of`; the time of its block if
/// that is not said.
///
/// # Errors
///
/// [`Unread`].
pub(super) fn fetch(
    arguments: &ReaderArguments,
    reading: &ReadingArguments,
    as_of: Option<Timestamp>,
    output: &mut Output,
) -> Result<Option<Source>, Unread> {
    let Some((reader, contract)) = arguments.open()? else { return Ok(None) };
    let shard = arguments.shard.as_deref();
    let fetched = reader.document(&contract, shard, &mut |progress| output.fetched(progress));
    output.fetched_all();
    let Document { text, url, block } = fetched.map_err(Unread::of)?;
    if let Some(block) = block {
        let time = |time: Timestamp| Origin::shown(time.millis());
        let said = as_of.filter(|as_of| *as_of != block.produced);
        let said = said.map(|as_of| format!("; taken to be of {}, as was said", time(as_of)));
        let said = said.unwrap_or_default();
        let (number, produced) = (block.number, time(block.produced));
        output.complain(&format!("note: {url}: read at block {number} of {produced}{said}"));
    }
    let as_of = as_of.or(block.map(|block| block.produced));
    let options = ImportOptions { as_of, ..reading.options()? };
    let imported = json::import(text, &options);
    let imported = imported.map_err(|failure| placed(&url, &failure.to_string()))?;
    Ok(Some(Source { imported, shown: url, as_of }))
}

impl SourceArguments {
    /// Imports the state, to look at it at `now`, else at its own time.
    ///
    /// # Errors
    ///
    /// Those of [`SourceArguments::read`]; what to say if neither is known, or if `now` is before the
    /// state.
    pub(crate) fn read_at(
        &self,
        now: Option<Timestamp>,
        output: &mut Output,
    ) -> Result<(Source, Timestamp), Unread> {
        moment(now, self.reading.as_of)?;
        let source = self.read(output)?;
        // A live state is not read without its time.
        let unknown = || {
            "error: at which moment? Say `--now TIME`, or `--as-of TIME` for the time at which the \
             state was read"
                .to_owned()
        };
        let now = moment(now, source.as_of)?.ok_or_else(unknown)?;
        Ok((source, now))
    }
}

/// The moment at which to look at a state of the time `as_of`: `now`, else that time.
///
/// # Errors
///
/// What to say if it is before the state, which knows nothing of the time before it.
pub(crate) fn moment(
    now: Option<Timestamp>,
    as_of: Option<Timestamp>,
) -> Result<Option<Timestamp>, String> {
    match (now, as_of) {
        (Some(now), Some(as_of)) if now < as_of => {
            let (now, as_of) = (Origin::shown(now.millis()), Origin::shown(as_of.millis()));
            Err(format!("error: `--now` is {now}, before the state, which is of {as_of}"))
        }
        (now, as_of) => Ok(now.or(as_of)),
    }
}

impl Source {
    /// Tells what is odd about the state.
    pub(crate) fn tell_findings(&self, output: &mut Output) {
        for finding in &self.imported.findings {
            output.complain(&format!("finding: {}: {finding}", self.shown));
        }
    }
}

/// The ends of work that the files `contracts` say.
///
/// # Errors
///
/// Every reason, one a line, each with the file that it is about.
pub(crate) fn read_ends(contracts: &[PathBuf]) -> Result<ContractEnds, String> {
    let mut ends = ContractEnds::default();
    for path in contracts {
        ends.extend(read(path, ContractEnds::read)?).map_err(|contract| {
            let shown = shown(path);
            format!("error: {shown}: another file says another end of {contract:x}")
        })?;
    }
    Ok(ends)
}

impl StateArguments {
    /// The state, if one is named.
    ///
    /// # Errors
    ///
    /// As [`SourceArguments::read`].
    pub(crate) fn read(&self, output: &mut Output) -> Result<Option<Source>, String> {
        let is_named = self.source.state.is_some() || self.source.reader.reader.is_some();
        Ok(is_named.then(|| self.source.read(output)).transpose()?)
    }
}

/// What a state does not say itself.
#[derive(Debug, Args)]
pub(crate) struct ReadingArguments {
    /// The production time of the block at which the state was read, such as 2025-01-01T00:00:00Z;
    /// a reader node tells it
    #[arg(long, value_name = "TIME", value_parser = time, allow_negative_numbers = true)]
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

impl ReadingArguments {
    /// Imports the state in the file `path`. Its findings are left to the caller.
    ///
    /// # Errors
    ///
    /// Every reason, one a line, each with the file that it is about.
    pub(crate) fn import(&self, path: &Path) -> Result<Imported, String> {
        self.import_as_of(path, self.as_of)
    }

    /// Imports the state in the file `path`, which was read at `as_of`.
    ///
    /// # Errors
    ///
    /// As [`ReadingArguments::import`].
    pub(crate) fn import_as_of(
        &self,
        path: &Path,
        as_of: Option<Timestamp>,
    ) -> Result<Imported, String> {
        let options = ImportOptions { as_of, ..self.options()? };
        read(path, |file| json::import(file, &options))
    }

    fn options(&self) -> Result<ImportOptions, String> {
        let settings = self.settings.as_deref().map(|it| read(it, json::read_settings));
        let collaborators =
            self.collaborators.as_deref().map(|it| read(it, json::read_collaborators));
        let (settings, collaborators) = (settings.transpose()?, collaborators.transpose()?);
        let settle_in_flight = self.settle_in_flight.map(|settle| match settle {
            Settle::Ok => InFlight::Ok,
            Settle::Failed => InFlight::Failed,
        });
        Ok(ImportOptions { as_of: self.as_of, settings, collaborators, settle_in_flight })
    }
}

/// What `read` makes of the file `path`, or of standard input for `-`.
///
/// # Errors
///
/// Every reason, one a line, each with the file.
pub(super) fn read<T>(
    path: &Path,
    read: impl FnOnce(Box<dyn Read>) -> Result<T, ImportFailure>,
) -> Result<T, String> {
    let text = sources::open(path).map_err(|message| format!("error: {message}"))?;
    read(text).map_err(|failure| reasons(path, &failure))
}

fn reasons(path: &Path, failure: &ImportFailure) -> String {
    placed(&shown(path), &failure.to_string())
}

/// Each line as an error of the place.
fn placed(place: &str, lines: &str) -> String {
    let line = |line: &str| format!("error: {place}: {line}");
    lines.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// Each line as an error; the place is in it.
pub(super) fn reasons_of(error: &ReaderError) -> String {
    let lines: Vec<String> = error.to_string().lines().map(|it| format!("error: {it}")).collect();
    lines.join("\n")
}
