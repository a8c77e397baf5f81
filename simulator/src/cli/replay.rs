//! `zkreg replay`: scenario files in, transcripts out.

mod job;
mod log;
mod outputs;

use std::io;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use zk_node_registry::rules::units::Timestamp;
use zkreg::image::Image;
use zkreg::step::Origin;
use zkreg::transcript::{Counts, words};

use self::job::Run;
use self::log::LogArguments;
use self::outputs::OutputArguments;
use super::engine::{Chosen, EngineArguments};
use super::output::Output;
use super::state::{self, Source, StateArguments};
use super::{Exit, sources};

/// Run scenario files, or a log of raw calls, against the contract and print what happened
///
/// A scenario is a text file with one step a line: when, who, what, and `=> code` for a call that
/// must be refused. A log has one call a line: time, sender, bytes, and perhaps its outcome. The
/// transcript shows each step with its outcome and with what it changed.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, after_long_help = LANGUAGE_AND_EXAMPLES)]
#[command(group = state::wanted_by_readings())]
pub(crate) struct Arguments {
    /// Scenario files, folders with *.scenario files in them, or `-` for standard input
    #[arg(required_unless_present = "log", value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    log: LogArguments,
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
    #[command(flatten)]
    outputs: OutputArguments,
}

/// The examples, and the exit status.
macro_rules! examples {
    () => {
        "\
Examples:
  zkreg replay tests/scenarios
  zkreg replay --quiet tests/scenarios
  zkreg replay --junit results.xml --report replay.html tests/scenarios
  zkreg replay --format json story.scenario | jq 'select(.outcome == \"refused\")'
  zkreg replay --state registry.json --as-of 2025-01-01T00:00:00Z what-if.scenario
  printf '0d alice resign => not_registered\\n' | zkreg replay -
  zkreg replay --log calls.csv --state registry.json --as-of 2025-06-15T12:00:00Z \\
      --name alice=00ca12f31b8cbf5f29e268ea64c20a37f3d50b539d --report calls.html

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
A log is CSV whose first line names the columns, or JSON Lines with the same keys:
  time         production time of the block: a UTC date, or milliseconds since 1970; never falls
  sender       who sent the call: 42 hex digits
  rpc          the bytes of the call in hex; `nothing` for a call without any
  signed       in place of sender and rpc: a signed transaction in hex
  contract     the contract that was called; others than the registry are skipped
  gas          the gas that came along; it decides by how much a computation is extended
  transaction  the hash by which contracts knew it, 64 hex digits; it decides who is drawn
  outcome      `accepted`, `refused`, or a refusal code: compared with what comes out here
It does not say what other contracts did: whoever associates tokens is taken to have them, and whoever
registers to produce blocks.

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
  15d       zk-2      owes alice attestation
  20d       zk-1      done alice success
  20d       mail      hold to token
  34d       alice     disassociate 2_000
  34d       mail      fail transfer of alice
  35d       mail      release
  35d       alice     sends 0b0000000001312d00
  35d       expect    alice free 71_000 allocated 2_000
  35d       expect    zk-2 engines alice
  35d       zk-2      reaches deadline
  35d       expect    alice score 2 success 1 failure 1

Actions: register, endpoint, version, ee-version, jurisdiction, resign, disable, associate,
disassociate, reserve, unlock, expire, send-home, request, re-request, done, deleted, check, extend,
approve, transfer, sends. Names: deploy, voting, producers, token, registry; zk-… and sys-… and
pub-… for contracts; all others are accounts. A request is for 28 days, and `ee-version 0` is any.
`extend` without an amount brings 810,000 gas: 28 days for total stakes of 2,000. `expect roster`
names all who can be drawn.

Mail is what contracts send each other, callbacks included. It is delivered at once unless held:
  hold          from now on mail waits: all, or only `hold calls`, `hold callbacks`, `hold to token`,
                or `hold of alice`, which is what calls of alice lead to
  release       nothing waits any longer, and all mail is delivered
  deliver next  the oldest is delivered; `deliver all` is all, `deliver ITEM` this one
  fail ITEM     its receiver does not carry it out, and a callback learns of that
  starve ITEM   it runs out of gas and is lost
  repeat ITEM   it is delivered twice; while mail is held, the second one waits
  tell ITEM success|failure [ok|failed HEX]
                what a callback will be told, whatever really happened
An ITEM is `transfer of alice` (a call of the token), `call of alice` (any call) or `callback of
alice`: the oldest that began with a call of alice. `callback of alice 2` is the second oldest.

At a ZK contract: becomes waiting, calculating, done or malicious; awaits, or owes NODE, an input,
an open, an attestation or a computation; NODE settles it; reaches deadline, deletes itself, runs
out of gas. When its work ends it tells the registry how each node did. Deployments: deploy cannot
create zk-…; deploy deleted zk-….

",
    examples!()
);

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Aligned text for people
    Text,
    /// JSON Lines: one object a step, then one with the final state of each scenario; of an engine
    /// that counts also `operators` and `tree_operations`, what the calls of a step have taken
    Json,
}

/// Replays what `arguments` ask for.
///
/// # Errors
///
/// Standard output cannot be written.
pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> io::Result<Exit> {
    if let Err(complaint) = arguments.outputs.check() {
        output.complain(&complaint);
        return Ok(Exit::BadInput);
    }
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
    let mut run = Run::new(arguments, &ground, output);
    if let Some(path) = &arguments.log.log {
        exit = exit.max(run.log(path)?);
    }
    for path in &files {
        run.output.begin(&sources::shown(path));
        exit = exit.max(run.scenario(path)?);
        run.output.advance();
    }
    let Run { total, outputs, .. } = run;
    if let Err(errors) = outputs.write() {
        output.complain(&errors.join("\n"));
        exit = exit.max(Exit::BadInput);
    }
    if arguments.format == Format::Text {
        let is_log = arguments.log.log.is_some() && files.is_empty();
        let thing = if is_log { "log" } else { "scenario" };
        output.write(&total.line(thing))?;
    }
    Ok(exit)
}

/// What the summary line counts.
#[derive(Default)]
struct Total {
    scenarios: usize,
    unreadable: usize,
    counts: Counts,
}

impl Total {
    fn add(&mut self, counts: Counts) {
        self.scenarios += 1;
        self.counts.add_all(counts);
    }

    /// The line, about several of `thing`.
    fn line(&self, thing: &str) -> String {
        let Total { scenarios, unreadable, counts } = self;
        let unread = words::count(*unreadable, "file");
        let result = match (counts.mismatches, unreadable) {
            (_, 0) => counts.result(),
            (0, _) if *scenarios == 0 => format!("{unread} unreadable"),
            (0, _) => format!("the rest as written, but {unread} unreadable"),
            (_, _) => format!("{}, and {unread} unreadable", counts.result()),
        };
        let scenarios = words::count(*scenarios, thing);
        format!("{scenarios}, {} {result}.\n", counts.counted())
    }
}

/// What all scenarios stand on.
struct Ground {
    /// The state to start from, if one was named, and its time, if that is known.
    image: Option<(Image, Option<Timestamp>)>,
    engine: Chosen,
    /// Both in words.
    words: Vec<String>,
    /// What is odd about the state.
    findings: Vec<String>,
}

/// # Errors
///
/// What is wrong with the state or the engine, as it is shown.
fn ground(arguments: &Arguments, output: &mut Output) -> Result<Ground, String> {
    let engine = arguments.engine.choose().map_err(|message| format!("error: {message}"))?;
    let mut ground = Ground { image: None, engine, words: Vec::new(), findings: Vec::new() };
    if let Some(Source { imported, shown, as_of }) = arguments.state.read(output)? {
        ground.findings = imported.findings.iter().map(ToString::to_string).collect();
        for finding in &ground.findings {
            output.complain(&format!("finding: {shown}: {finding}"));
        }
        let image = imported.accept(arguments.state.accept_findings).map_err(|findings| {
            let findings = words::count(findings.len(), "finding");
            format!(
                "error: {shown}: the state has {findings}; \
                 `--accept-findings` starts from it all the same"
            )
        })?;
        ground.image = Some((image, as_of));
        let read = as_of.map(|at| format!(", read {}", Origin::shown(at.millis())));
        ground.words.push(format!("Starts from {shown}{}", read.unwrap_or_default()));
    }
    ground.words.extend(arguments.engine.words());
    Ok(ground)
}
