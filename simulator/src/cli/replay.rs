//! `zkreg replay`: scenario files in, transcripts out.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use zk_node_registry::rules::units::Timestamp;
use zkreg::diagnostics::Problems;
use zkreg::image::Image;
use zkreg::json_lines;
use zkreg::problem::Problem;
use zkreg::replay::{Mismatch, Replay};
use zkreg::scenario::Scenario;
use zkreg::transcript::{Counts, Palette, Transcript, words};

use super::engine::{Chosen, EngineArguments};
use super::output::Output;
use super::state::{Source, StateArguments};
use super::{Exit, sources};

/// Run scenario files against the contract and print what happened
///
/// A scenario is a text file with one step a line: when, who, what, and `=> code` for a call that
/// must be refused. The transcript shows each step with its outcome and with what it changed.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, after_long_help = LANGUAGE_AND_EXAMPLES)]
pub(crate) struct Arguments {
    /// Scenario files, folders with *.scenario files in them, or `-` for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    state: StateArguments,
    #[command(flatten)]
    engine: EngineArguments,
    /// How to print what happened
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Print what went otherwise than written, and the summary, but no transcript
    #[arg(long, short)]
    quiet: bool,
    /// Write each transcript to the *.transcript beside its *.scenario, if all went as written
    #[arg(long)]
    write_transcripts: bool,
}

/// The examples, and the exit status.
macro_rules! examples {
    () => {
        "\
Examples:
  zkreg replay tests/scenarios
  zkreg replay --quiet tests/scenarios
  zkreg replay --format json story.scenario | jq 'select(.outcome == \"refused\")'
  zkreg replay --state registry.json --as-of 2025-01-01T00:00:00Z what-if.scenario
  printf '0d alice resign => not_registered\\n' | zkreg replay -

Exit status:
  0  every step went as written
  1  a step went otherwise than written
  2  a file cannot be read
  3  the contract broke down: a bug of it"
    };
}

const EXAMPLES: &str = examples!();

const LANGUAGE_AND_EXAMPLES: &str = concat!(
    "\
The language, by example; `#` begins a comment, times are days from the start:
  given     settings  min-node-stake 0
  given     alice     produces blocks jurisdiction 208
  given     alice     holds 75_000 approved
  0d        alice     register https://alice.example
  0d        alice     associate 75_000
  0d        alice     version 4.10.0
  1d        deploy    request zk-1 nodes 1 stake 2_000 version 4.9.0 jurisdictions [208, 276]
  1d        zk-2      request stake 2_000 ee-version 0 of alice
  2d12:00   alice     reserve 75_000
  3d        alice     disassociate 75_000  => insufficient_free
  20d       zk-1      done alice success
  20d       mail      hold to token
  34d       alice     disassociate 2_000
  34d       mail      fail transfer of alice
  35d       mail      release
  35d       alice     sends 0b0000000001312d00
  35d       expect    alice free 71_000 allocated 2_000
  35d       expect    zk-2 engines alice

Actions: register, endpoint, version, ee-version, jurisdiction, resign, disable, associate,
disassociate, reserve, unlock, expire, send-home, request, re-request, done, deleted, check, extend,
approve, transfer, sends. Mail: hold, release, deliver, fail, starve, repeat. Names: deploy, voting,
producers, token, registry; zk-… and sys-… and pub-… for contracts; all others are accounts.

",
    examples!()
);

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Aligned text for people
    Text,
    /// JSON Lines: one object a step, then one with the final state of each scenario
    Json,
}

/// Replays what `arguments` ask for.
///
/// # Errors
///
/// Standard output cannot be written.
pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> io::Result<Exit> {
    let mut exit = Exit::AsWritten;
    let mut files = Vec::new();
    for path in &arguments.paths {
        match sources::scenarios(path) {
            Ok(found) => files.extend(found),
            Err(message) => {
                output.complain(&format!("error: {message}"));
                exit = exit.max(Exit::BadInput);
            }
        }
    }
    let ground = match ground(arguments, output) {
        Ok(ground) => ground,
        Err(complaint) => {
            output.complain(&complaint);
            return Ok(Exit::BadInput);
        }
    };
    output.expect_work(files.len());
    let mut total = Total::default();
    for path in &files {
        output.begin(&sources::shown(path));
        exit = exit.max(replay_file(path, arguments, &ground, &mut total, output)?);
        output.advance();
    }
    if arguments.format == Format::Text {
        output.write(&total.line())?;
    }
    Ok(exit)
}

/// What the summary line counts.
#[derive(Default)]
struct Total {
    scenarios: usize,
    unreadable: usize,
    steps: usize,
    refused: usize,
    mismatches: usize,
}

impl Total {
    fn add(&mut self, counts: Counts) {
        self.scenarios += 1;
        self.steps += counts.steps;
        self.refused += counts.refused;
        self.mismatches += counts.mismatches;
    }

    fn line(&self) -> String {
        let Total { scenarios, unreadable, steps, refused, mismatches } = self;
        let result = match (mismatches, unreadable) {
            (0, 0) => "all as written".to_owned(),
            (wrong, 0) => format!("{wrong} otherwise than written"),
            (0, unread) => {
                format!("the rest as written, but {} unreadable", words::count(*unread, "file"))
            }
            (wrong, unread) => {
                let unread = words::count(*unread, "file");
                format!("{wrong} otherwise than written, and {unread} unreadable")
            }
        };
        let scenarios = words::count(*scenarios, "scenario");
        let steps = words::count(*steps, "step");
        format!("{scenarios}, {steps}, {refused} refused: {result}.\n")
    }
}

fn replay_file(
    path: &Path,
    arguments: &Arguments,
    ground: &Ground,
    total: &mut Total,
    output: &mut Output,
) -> io::Result<Exit> {
    let shown = sources::shown(path);
    let (source, scenario) = match load(path) {
        Ok(loaded) => loaded,
        Err(complaint) => {
            output.complain(&complaint);
            total.unreadable += 1;
            return Ok(Exit::BadInput);
        }
    };
    let mut replay = match prepare(&scenario, ground) {
        Ok(replay) => replay,
        Err(complaint) => {
            output.complain(&format!("error: {shown}: {complaint}"));
            total.unreadable += 1;
            return Ok(Exit::BadInput);
        }
    };
    let mut job = Job { shown: &shown, arguments, output, problems: Problems::default() };
    let played = job.play(&scenario, &source, &mut replay)?;
    let Job { problems, .. } = job;
    if !problems.is_empty() {
        output.complain(&problems.render(&shown, true));
    }
    total.add(played.counts);
    if arguments.write_transcripts && played.counts.mismatches == 0 && path != Path::new("-") {
        let target = path.with_extension("transcript");
        if let Err(error) = fs::write(&target, &played.transcript) {
            let target = sources::shown(&target);
            output.complain(&format!("error: cannot write {target}: {error}"));
            return Ok(Exit::BadInput);
        }
    }
    Ok(match (played.broken, played.counts.mismatches) {
        (true, _) => Exit::Broken,
        (false, 0) => Exit::AsWritten,
        (false, _) => Exit::Otherwise,
    })
}

/// What all scenarios stand on.
struct Ground {
    /// The state to start from, if one was named, and its time, if that is known.
    image: Option<(Image, Option<Timestamp>)>,
    engine: Chosen,
}

/// # Errors
///
/// What is wrong with the state or the engine, as it is shown.
fn ground(arguments: &Arguments, output: &mut Output) -> Result<Ground, String> {
    let image = image(&arguments.state, output)?;
    let engine = arguments.engine.choose().map_err(|message| format!("error: {message}"))?;
    Ok(Ground { image, engine })
}

/// The scenario on its chain: a fresh one, or one on which `image` is.
///
/// # Errors
///
/// A sentence.
fn prepare<'s>(scenario: &'s Scenario, ground: &Ground) -> Result<Replay<'s>, String> {
    let engine = ground.engine.engine();
    let replay = match &ground.image {
        Some((image, as_of)) => Replay::resume(scenario, image, *as_of, engine),
        None => Replay::start(scenario, engine),
    };
    replay.map_err(|error| error.to_string())
}

/// The state to start from, if one was named. Its findings are shown.
///
/// # Errors
///
/// What is wrong with it, as it is shown.
fn image(
    arguments: &StateArguments,
    output: &mut Output,
) -> Result<Option<(Image, Option<Timestamp>)>, String> {
    let Some(Source { imported, shown, as_of }) = arguments.read(output)? else { return Ok(None) };
    for finding in &imported.findings {
        output.complain(&format!("finding: {shown}: {finding}"));
    }
    match imported.accept(arguments.accept_findings) {
        Ok(image) => Ok(Some((image, as_of))),
        Err(findings) => Err(format!(
            "error: {shown}: the state has {}; `--accept-findings` starts from it all the same",
            words::count(findings.len(), "finding")
        )),
    }
}

/// The text of a scenario file, and the scenario.
///
/// # Errors
///
/// What is wrong with it, as it is shown.
fn load(path: &Path) -> Result<(Vec<u8>, Scenario), String> {
    let source = sources::read(path).map_err(|message| format!("error: {message}"))?;
    let shown = sources::shown(path);
    match Scenario::parse(&source) {
        Ok(scenario) if scenario.steps().next().is_none() => {
            Err(format!("error: {shown}: there is no step in the file"))
        }
        Ok(scenario) => Ok((source, scenario)),
        Err(problems) => Err(problems.render(&shown, true)),
    }
}

/// One scenario on its way through.
struct Job<'a> {
    shown: &'a str,
    arguments: &'a Arguments,
    output: &'a mut Output,
    problems: Problems,
}

/// What came of it.
struct Outcome {
    counts: Counts,
    /// In plain text; empty unless it is to be written to a file.
    transcript: String,
    broken: bool,
}

impl Job<'_> {
    fn play(
        &mut self,
        scenario: &Scenario,
        source: &[u8],
        replay: &mut Replay<'_>,
    ) -> io::Result<Outcome> {
        let Arguments { format, quiet, write_transcripts, .. } = *self.arguments;
        let text = format == Format::Text && !quiet;
        let mut coloured = Transcript::new(scenario, Palette::COLOURED);
        let mut plain = Transcript::new(scenario, Palette::default());
        let mut transcript = plain.header(scenario);
        let (mut counts, mut broken) = (Counts::default(), false);
        if text {
            self.output.write(&format!("{}\n\n{}", self.shown, coloured.header(scenario)))?;
        }
        while let Some(played) = replay.next() {
            counts.add(&played);
            if text {
                self.output.write(&coloured.rows(&played, replay.world()))?;
            }
            if format == Format::Json {
                self.output.write(&json_lines::step(self.shown, &played, replay.world()))?;
            }
            if write_transcripts {
                transcript.push_str(&plain.rows(&played, replay.world()));
            }
            if let Err(mismatch) = &played.verdict {
                broken |= mismatch.is_trap();
                let message = words::reason(&mismatch.to_string(), replay.world());
                self.report(played.line, mismatch, message, source);
            }
        }
        if text {
            self.output.write(&format!("{}\n", coloured.footer(replay.world())))?;
        }
        if format == Format::Json {
            self.output.write(&json_lines::summary(self.shown, counts, replay.world()))?;
        }
        if write_transcripts {
            transcript.push_str(&plain.footer(replay.world()));
        }
        Ok(Outcome { counts, transcript, broken })
    }

    fn report(&mut self, number: usize, mismatch: &Mismatch, message: String, source: &[u8]) {
        let line = source.split(|byte| *byte == b'\n').nth(number - 1).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line).trim_ascii_end();
        let arrow = line.windows(2).position(|pair| pair == b"=>");
        let start = match arrow {
            Some(arrow) if mismatch.is_about_the_answer() => arrow,
            _ => line.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(0),
        };
        let problem = Problem::new(start..line.len(), message);
        self.problems.add(
            number,
            line,
            match remedy(mismatch) {
                Some(remedy) => problem.with_remedy(remedy),
                None => problem,
            },
        );
    }
}

fn remedy(mismatch: &Mismatch) -> Option<String> {
    match mismatch {
        Mismatch::Refused { code, .. } => Some(format!("if that is right, write `=> {code}`")),
        Mismatch::NotRefused { .. } => Some("if that is right, take the arrow away".to_owned()),
        Mismatch::OtherRefusal { code, .. } => Some(format!("if that is right, write `=> {code}`")),
        Mismatch::Trap { .. } => Some("this is a bug of the contract; please report it".to_owned()),
        Mismatch::Failed { .. } | Mismatch::Otherwise { .. } | Mismatch::Impossible(_) => None,
    }
}
