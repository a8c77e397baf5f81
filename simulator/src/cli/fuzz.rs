//! `zkreg fuzz`: random histories on all cores.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use indicatif::ProgressBar;
use zkreg::engine::Engine;
use zkreg::fuzz::campaign::{self, Account, Campaign, Failed, Onlooker};
use zkreg::fuzz::glance::Glance;
use zkreg::fuzz::report::{Report, Wrong};
use zkreg::fuzz::{self, Engines, Evidence, History, Maker, Rigour, corpus};
use zkreg::quantity::grouped;

use super::engine::EngineArguments;
use super::output::Output;
use super::values::{count, number};
use super::{Exit, sources};

/// Try random histories on the contract, and check every invariant after each step
///
/// Calls that are sensible, wrong by a hair, and wild; callbacks that fail, come late, in another
/// order, twice or never; clocks that jump and step back. What only trying shows, such as that
/// everybody gets out in time, is tried after one step in 32 and at the end. What goes wrong is
/// shrunk to few steps and written as a scenario that `zkreg replay` fails on. In the end stands how
/// often each action had each outcome of the specification. The same seed gives the same report
/// everywhere.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The seed of the first history; the others count on from it
    #[arg(long, default_value = "1", value_name = "NUMBER", value_parser = number)]
    seed: u64,
    /// How many steps all histories have together
    #[arg(long, default_value = "1_000_000", value_name = "NUMBER", value_parser = number)]
    actions: u64,
    /// Begin no history after so many minutes; the report then depends on the machine
    #[arg(long, value_name = "NUMBER", value_parser = number)]
    minutes: Option<u64>,
    /// How many histories run at a time [default: one for each core]
    #[arg(long, value_name = "NUMBER", value_parser = count)]
    jobs: Option<NonZeroUsize>,
    /// How often every outcome must come
    #[arg(long, default_value = "1", value_name = "NUMBER", value_parser = count)]
    least: NonZeroUsize,
    /// A folder of histories that are run first; new ones that come to rare outcomes go there
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// Where to write what goes wrong
    #[arg(long, value_name = "DIR", default_value = "target/fuzz")]
    out: PathBuf,
    #[command(flatten)]
    engine: EngineArguments,
    /// How to print the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

const EXAMPLES: &str = "\
Examples:
  zkreg fuzz
  zkreg fuzz --actions 20_000_000 --least 100 --corpus tests/corpus
  zkreg fuzz --seed 4711 --actions 300 --jobs 1
  zkreg fuzz --minutes 5 --actions 1_000_000_000
  zkreg fuzz --engine wasm --pbc target/fresh/zk_node_registry.wasm --actions 100_000
  zkreg replay target/fuzz/seed-4711.scenario

Exit status:
  0  no invariant was broken, and every outcome came
  1  an outcome never came, or less often than it must
  2  wrong arguments, or a file cannot be read or written
  3  an invariant was broken, or the contract broke down: a bug of it";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text for people
    Text,
    /// One JSON object
    Json,
}

/// Fuzzes as `arguments` say.
///
/// # Errors
///
/// Standard output cannot be written.
pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> io::Result<Exit> {
    match attempt(arguments, output) {
        Ok((report, unwritten)) => {
            output.write(&match arguments.format {
                Format::Text => report.to_string(),
                Format::Json => report.to_json(),
            })?;
            let mut exit = match (&report.failure, report.missed.is_empty()) {
                (Some(_), _) => Exit::Broken,
                (None, false) => Exit::Otherwise,
                (None, true) => Exit::AsWritten,
            };
            for message in unwritten {
                output.complain(&format!("error: {message}"));
                exit = exit.max(Exit::BadInput);
            }
            Ok(exit)
        }
        Err(message) => {
            output.complain(&format!("error: {message}"));
            Ok(Exit::BadInput)
        }
    }
}

/// The report, and what could not be written, each a sentence.
///
/// # Errors
///
/// A sentence: the engine, or the corpus.
fn attempt(arguments: &Arguments, output: &mut Output) -> Result<(Report, Vec<String>), String> {
    let chosen = arguments.engine.choose()?;
    let engine = || chosen.engine();
    let maker = Engines(engine);
    let least = u64::try_from(arguments.least.get()).unwrap_or(u64::MAX);
    let mut unwritten = Vec::new();
    let kept = match &arguments.corpus {
        Some(folder) if !folder.exists() => {
            let folder = sources::shown(folder);
            output.complain(&format!("note: there is no {folder} yet: nothing is run first"));
            Vec::new()
        }
        Some(folder) => histories(folder)?,
        None => Vec::new(),
    };

    let mut before = Account::default();
    for (name, history) in &kept {
        let ran = fuzz::run(&maker, history, Rigour::default(), &mut ());
        before.tally.add(&ran.tally);
        if let Some(failure) = ran.failure {
            let mut report = Report::of(&before, arguments.seed, kept.len() as u64, least);
            let wrong = Failed { seed: 0, history: history.clone(), failure };
            output.complain(&format!("{name} shows something; looking for fewer steps"));
            let wrong = write_down(name, &wrong, &maker, &engine, &arguments.out, &mut unwritten);
            report.failure = Some(wrong);
            return Ok((report, unwritten));
        }
    }

    let rigour = Rigour::default();
    let cores = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let jobs = arguments.jobs.unwrap_or(cores);
    let plan = Campaign { seed: arguments.seed, actions: arguments.actions, jobs, rigour };
    let begin = Instant::now();
    let minutes = arguments.minutes.map(|minutes| Duration::from_secs(minutes.saturating_mul(60)));
    let end = minutes.and_then(|minutes| begin.checked_add(minutes));
    let watch = Watch { bar: output.watch_histories(arguments.actions), seed: plan.seed, end };
    let mut account = campaign::run(&plan, &maker, || (), &watch);
    watch.bar.finish_and_clear();
    let elapsed = begin.elapsed();
    let per_second = u128::from(account.tally.actions()) * 1_000 / elapsed.as_millis().max(1);
    output.complain(&format!("{jobs} at a time, {elapsed:.1?}, {per_second} actions a second"));

    if let Some(folder) = &arguments.corpus {
        let known = |place| kept.iter().any(|(name, _)| *name == corpus::file_name(place));
        for place in corpus::rare(&account).filter(|place| !known(*place)) {
            let Some(seed) = account.firsts.get(&place) else { continue };
            let history = corpus::keep(place, *seed, &maker);
            unwritten
                .extend(write(&folder.join(corpus::file_name(place)), &history.to_text()).err());
        }
    }
    account.tally.add(&before.tally);
    let mut report = Report::of(&account, arguments.seed, kept.len() as u64, least);
    if let Some(failed) = &account.failure {
        let name = format!("seed-{}", failed.seed);
        output.complain(&format!("{name} shows something; looking for fewer steps"));
        let wrong = write_down(&name, failed, &maker, &engine, &arguments.out, &mut unwritten);
        report.failure = Some(wrong);
    }
    Ok((report, unwritten))
}

/// The histories in a folder, in the order of their names.
///
/// # Errors
///
/// A sentence that names the file.
fn histories(folder: &Path) -> Result<Vec<(String, History)>, String> {
    let cannot = |error: io::Error| format!("cannot read {}: {error}", sources::shown(folder));
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        if path.extension() == Some(OsStr::new(corpus::EXTENSION)) {
            files.push(path);
        }
    }
    files.sort();
    let read = |path: PathBuf| {
        let shown = sources::shown(&path);
        let text =
            fs::read_to_string(&path).map_err(|error| format!("cannot read {shown}: {error}"))?;
        let history = History::parse(&text).map_err(|error| format!("{shown}: {error}"))?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        Ok((name.unwrap_or_default(), history))
    };
    files.into_iter().map(read).collect()
}

/// Shrinks what went wrong, and writes it down. What cannot be written is told in `unwritten`.
fn write_down<M: Maker>(
    name: &str,
    failed: &Failed,
    maker: &M,
    engine: &dyn Fn() -> Box<dyn Engine>,
    out: &Path,
    unwritten: &mut Vec<String>,
) -> Wrong {
    let stem = name.strip_suffix(&format!(".{}", corpus::EXTENSION)).unwrap_or(name);
    let evidence = Evidence::of(stem, failed, maker, &|| (), engine);
    let mut files = Vec::new();
    for (file, text) in &evidence.files {
        let path = out.join(file);
        match write(&path, text) {
            Ok(()) => files.push(sources::shown(&path)),
            Err(message) => unwritten.push(message),
        }
    }
    evidence.wrong(name, failed, &sources::shown(out), files)
}

/// # Errors
///
/// A sentence that names the file.
fn write(path: &Path, text: &str) -> Result<(), String> {
    let cannot = |error| format!("cannot write {}: {error}", sources::shown(path));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(cannot)?;
    }
    fs::write(path, text).map_err(cannot)
}

/// Shows how far the histories are, and ends them when the time is over.
struct Watch {
    bar: ProgressBar,
    /// Of the first history.
    seed: u64,
    end: Option<Instant>,
}

impl Onlooker for Watch {
    fn progress(&self, account: &Account) {
        let Account { tally, histories, .. } = account;
        if self.bar.is_hidden() {
            return;
        }
        let (actions, accepted) = (tally.actions(), tally.accepted());
        let missing = tally.missed(1).count();
        self.bar.set_position(actions);
        self.bar.set_message(format!(
            "{} accepted, {} refused, seeds {} to {}, {missing} outcomes to come",
            grouped(accepted),
            grouped(actions - accepted),
            self.seed,
            self.seed.wrapping_add(histories.max(&1) - 1),
        ));
        self.bar.set_prefix(Glance(tally).to_string());
    }

    fn is_enough(&self) -> bool {
        self.end.is_some_and(|end| Instant::now() >= end)
    }
}
