//! `zkreg explore`: every state of a small world.

use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;

use clap::{Args, ValueEnum};
use zkreg::engine::{Engine, NativeEngine};
use zkreg::explore::{Broken, Explored, Limits, Size, explore};

use super::Exit;
use super::output::Output;
use super::values::{count, file};

/// Try everything that can happen with a few nodes and contracts, and check every step
///
/// Breadth first, on the real contract: every call that anybody may want to send, callbacks that
/// succeed, fail and come in any order, and time up to the millisecond before, of and after each
/// date. States that differ only in names and times count once. Every invariant is checked after
/// every step, and from every state every node must get all its tokens out. A violation is the
/// shortest one, as a scenario on which `zkreg replay` fails, if a scenario can show it.
///
/// Bounds: a node has 3 MPC, here or in its purse; 2 transfers and 1 question to a ZK contract are
/// under way at most; calls that are in vain are sent up to 3 turns deep only. The clock never steps
/// back, and nodes need not be block producers, so callback 30 never comes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// How many nodes (1 to 3) and contracts (1 or 2) there are
    #[arg(long, value_name = "NODESxCONTRACTS", default_value = "2x2")]
    world: Size,
    /// How many turns at most lead to a state; as many as it takes if not said. What must happen
    /// somewhere and did not is then told, and no failure
    #[arg(long, value_name = "TURNS", value_parser = count)]
    depth: Option<NonZeroUsize>,
    /// How many states to look at: once so many are known, no more are looked for. Below 100_000,
    /// what must happen somewhere and did not is told, and no failure
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
  0  no violation, and everything happened that must happen somewhere, or the search was
     too short to tell
  1  something never happened that must happen somewhere
  2  the arguments cannot be read, or the result cannot be written
  3  a violation: a bug of the contract, even if its scenario cannot be written";

/// So many states of any world show everything that must happen somewhere.
const ENOUGH: usize = 100_000;

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
    let (exit, complaints) = judge(&explored, arguments);
    complaints.iter().for_each(|complaint| output.complain(complaint));
    Ok(exit)
}

/// How it ended, and what there is to complain about; a violation is written down.
fn judge(explored: &Explored, arguments: &Arguments) -> (Exit, Vec<String>) {
    if let Some(broken) = &explored.broken {
        let file = &arguments.scenario;
        let written = fs::write(file, broken.scenario.to_string());
        return (Exit::Broken, violation(broken, &file.display().to_string(), written));
    }
    let is_large = arguments.depth.is_none() && arguments.states.get() >= ENOUGH;
    if !is_large && !explored.is_complete {
        return (Exit::AsWritten, Vec::new());
    }
    let complaints: Vec<String> =
        explored.never_seen().map(|sight| format!("error: never seen: {sight}")).collect();
    let exit = if complaints.is_empty() { Exit::AsWritten } else { Exit::Otherwise };
    (exit, complaints)
}

/// What is said of a violation whose scenario was written to `file`, or not.
fn violation(broken: &Broken, file: &str, written: io::Result<()>) -> Vec<String> {
    match written {
        Ok(()) if broken.scenario_fails => {
            vec![format!("error: a violation; see it by `zkreg replay {file}`")]
        }
        Ok(()) => vec![format!(
            "error: a violation; the way there is in {file}, but its replay does not show it"
        )],
        Err(error) => {
            vec!["error: a violation".to_owned(), format!("error: cannot write {file}: {error}")]
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use zkreg::explore::{Level, Sight};

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn judged(line: &[&str], explored: &Explored) -> (Exit, Vec<String>) {
        let line = Line::parse_from([&["explore"], line].concat());
        judge(explored, &line.arguments)
    }

    /// One thing was never seen.
    fn explored() -> Explored {
        Explored {
            size: Size { nodes: 1, contracts: 1 },
            levels: vec![Level::default()],
            sights: vec![Sight { name: "it".to_owned(), first_seen: None }],
            is_complete: false,
            broken: None,
        }
    }

    #[test]
    fn what_was_never_seen_fails_a_large_search_and_a_complete_one() {
        let failed = (Exit::Otherwise, vec!["error: never seen: it".to_owned()]);
        let passed = (Exit::AsWritten, Vec::new());
        let complete = Explored { is_complete: true, ..explored() };
        for (line, explored, expected) in [
            (&[][..], explored(), &failed),
            (&["--states", "100_000"], explored(), &failed),
            (&["--states", "99_999"], explored(), &passed),
            (&["--depth", "9"], explored(), &passed),
            (&["--states", "10"], complete.clone(), &failed),
            (&["--depth", "9"], complete, &failed),
        ] {
            assert_eq!(judged(line, &explored), *expected, "{line:?}");
        }
    }

    #[test]
    fn a_violation_is_told_whatever_becomes_of_its_scenario() {
        let of = |scenario_fails, written| {
            let scenario = "".parse().expect("an empty scenario");
            let broken = Broken { turns: 1, what: Vec::new(), scenario, scenario_fails };
            violation(&broken, "FILE", written)
        };
        assert_eq!(of(true, Ok(())), ["error: a violation; see it by `zkreg replay FILE`"]);
        assert_eq!(
            of(false, Ok(())),
            ["error: a violation; the way there is in FILE, but its replay does not show it"]
        );
        assert_eq!(
            of(true, Err(io::Error::other("no room"))),
            ["error: a violation", "error: cannot write FILE: no room"]
        );
    }

    #[test]
    fn a_violation_that_cannot_be_written_is_one() {
        let scenario = "".parse().expect("an empty scenario");
        let broken = Broken { turns: 1, what: Vec::new(), scenario, scenario_fails: true };
        let explored = Explored { broken: Some(broken), ..explored() };
        // A folder.
        let (exit, complaints) = judged(&["--scenario", "."], &explored);
        assert_eq!(exit, Exit::Broken);
        assert_eq!(complaints.first().map(String::as_str), Some("error: a violation"));
    }
}
