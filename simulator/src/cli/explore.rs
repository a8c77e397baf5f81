//! `zkreg explore`: every state of a small world.

use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;

use clap::{Args, ValueEnum};
use zkreg::engine::{Engine, NativeEngine};
use zkreg::explore::{Explored, Limits, Size, explore};

use super::Exit;
use super::output::Output;
use super::values::{count, file};

/// Try everything that can happen with a few nodes and contracts, and check every step
///
/// Breadth first, on the real contract: every call that anybody may want to send, callbacks that
/// succeed, fail and come in any order, and time up to the millisecond before, of and after each
/// date. States that differ only in names and times count once. Every invariant is checked after
/// every step, and from every state every node must get all its tokens out. A violation is the
/// shortest one, as a scenario on which `zkreg replay` fails.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// How many nodes (1 to 3) and contracts (1 or 2) there are
    #[arg(long, value_name = "NODESxCONTRACTS", default_value = "2x2")]
    world: Size,
    /// How many turns at most lead to a state; as many as it takes if not said. What must happen
    /// somewhere is then only told, as it may need more
    #[arg(long, value_name = "TURNS", value_parser = count)]
    depth: Option<NonZeroUsize>,
    /// How many states to look at: once so many are known, no more are looked for
    #[arg(long, value_name = "NUMBER", default_value = "2_000_000", value_parser = count)]
    states: NonZeroUsize,
    /// How many threads search; all cores if not said. The result is the same for any number
    #[arg(long, value_name = "THREADS", value_parser = count)]
    jobs: Option<NonZeroUsize>,
    /// Where the scenario of a violation goes
    #[arg(long, value_name = "FILE", value_parser = file(), default_value = "violation.scenario")]
    scenario: PathBuf,
    /// How to print the result
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

const EXAMPLES: &str = "\
Examples:
  zkreg explore
  zkreg explore --world 3x2 --states 500_000 --jobs 2
  zkreg explore --depth 3 --format json | jq .levels
  zkreg replay violation.scenario

Exit status:
  0  no violation, and everything happened that must happen somewhere
  1  something never happened that must happen somewhere
  2  the scenario of a violation cannot be written
  3  a violation: a bug of the contract";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Tables and a sentence
    Text,
    /// One JSON object
    Json,
}

/// Explores what `arguments` ask for.
///
/// # Errors
///
/// Standard output cannot be written.
pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> io::Result<Exit> {
    let native = NativeEngine::of("zk_node_registry");
    let engine = || -> Box<dyn Engine> { Box::new(native.clone()) };
    let limits = Limits {
        depth: arguments.depth.map_or(usize::MAX, NonZeroUsize::get),
        states: arguments.states.get(),
        jobs: arguments
            .jobs
            .or_else(|| thread::available_parallelism().ok())
            .map_or(1, NonZeroUsize::get),
    };
    let explored =
        explore(arguments.world, &limits, &engine, &mut |progress| output.explored(progress));
    output.explored_all();
    output.write(&match arguments.format {
        Format::Text => explored.text(Output::style()),
        Format::Json => explored.json(),
    })?;
    Ok(judge(&explored, arguments, output))
}

/// How it ended; a violation is written down.
fn judge(explored: &Explored, arguments: &Arguments, output: &mut Output) -> Exit {
    if let Some(broken) = &explored.broken {
        let file = arguments.scenario.display();
        return match std::fs::write(&arguments.scenario, broken.scenario.to_string()) {
            Ok(()) => {
                output.complain(&format!("error: a violation; see it by `zkreg replay {file}`"));
                Exit::Broken
            }
            Err(error) => {
                output.complain(&format!("error: cannot write {file}: {error}"));
                Exit::BadInput.max(Exit::Broken)
            }
        };
    }
    if arguments.depth.is_some() {
        return Exit::AsWritten;
    }
    let mut exit = Exit::AsWritten;
    for sight in explored.never_seen() {
        output.complain(&format!("error: never seen: {sight}"));
        exit = Exit::Otherwise;
    }
    exit
}
