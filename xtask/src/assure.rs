//! `cargo xtask assure`: everything that is checked beyond the tests, one after the other, and what
//! came of it as a page.
//!
//! Each check is a command that anyone can run; the page names it beside its figure. What cannot be
//! run on a machine is skipped, loudly, and only if `.ci/allowed-skips` names it. What each check has
//! come to is kept in `target/assurance`, so that a page can be completed after one of them failed; a
//! page is of one state of the code.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::coverage;
use crate::shell::{git, has_changes, output, same_code};
use crate::source_mutants::{self, Extent};

/// How much is tried.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    /// The name of this effort as it is asked for.
    asked: &'static str,
    /// Random actions, and how often each outcome must come.
    actions: u64,
    least: u64,
    /// States of 2 nodes and of 3, with 2 contracts.
    states: [u64; 2],
    /// Random calls that module and linked contract answer alike.
    calls: u64,
    /// Seconds that each fuzz target is given.
    seconds: u64,
    mutants: Extent,
}

impl Effort {
    /// What fits into the hour that CI has.
    pub(crate) const CI: Effort = Effort {
        asked: "",
        actions: 20_000_000,
        least: 100,
        states: [2_000_000, 100_000],
        calls: 100_000,
        seconds: 20,
        mutants: Extent::Change { sample: 20 },
    };
    /// What takes an hour, and one more if a rule or a codec has changed; what came of it is committed.
    pub(crate) const NIGHTLY: Effort = Effort {
        asked: " --nightly",
        actions: 40_000_000,
        least: 100,
        states: [2_000_000, 1_000_000],
        calls: 500_000,
        seconds: 60,
        mutants: Extent::All { again: false },
    };
}

/// What one check has come to.
#[derive(Deserialize, Serialize)]
struct Row {
    what: String,
    figure: String,
    command: String,
    seconds: u64,
    /// The code that was checked.
    commit: String,
}

/// Runs the checks, and writes the page to `out`, of what each has come to on this code.
///
/// # Errors
///
/// The first check that fails; a page that is to be kept, of what is not committed.
pub(crate) fn run(root: &Path, effort: &Effort, only: &[String], out: &Path) -> Result<()> {
    let checks: [(&str, Check); 11] = [
        ("histories", histories),
        ("states", |root, effort| explore(root, "2x2", effort.states[0])),
        ("states-3", |root, effort| explore(root, "3x2", effort.states[1])),
        ("mutants", mutants),
        ("source-mutants", source),
        ("agreement", agreement),
        ("classes", classes),
        ("relations", relations),
        ("coverage", covered),
        ("guided", guided),
        ("miri", miri),
    ];
    if let Some(unknown) = only.iter().find(|name| checks.iter().all(|(known, _)| known != name)) {
        let known: Vec<&str> = checks.iter().map(|(name, _)| *name).collect();
        bail!("there is no check {unknown}; there are {}", known.join(", "));
    }
    let kept =
        root.join("target/assurance").join(if effort.asked.is_empty() { "ci" } else { "nightly" });
    fs::create_dir_all(&kept)?;
    let mut commit = output(git(root).args(["rev-parse", "--short=10", "HEAD"]))?;
    if has_changes(root)? {
        if !effort.asked.is_empty() {
            bail!("the page names a commit: commit first what was changed");
        }
        commit.push_str(" and what was changed since");
    }
    for (name, check) in &checks {
        if !only.is_empty() && !only.iter().any(|it| it == name) {
            continue;
        }
        println!("\n== {name}");
        let begin = Instant::now();
        let Found { what, figure, command } =
            check(root, effort).with_context(|| format!("{name} failed"))?;
        let seconds = begin.elapsed().as_secs();
        println!("{what}: {figure}\n== {name}: ok, {} min", minutes(seconds));
        let row = Row { what: what.to_owned(), figure, command, seconds, commit: commit.clone() };
        fs::write(kept.join(name), serde_json::to_string_pretty(&row)?)?;
    }
    let mut rows = Vec::new();
    let mut lacking = Vec::new();
    for (name, _) in &checks {
        let row: Option<Row> = match fs::read_to_string(kept.join(name)) {
            Ok(row) => Some(serde_json::from_str(&row).with_context(|| (*name).to_owned())?),
            Err(_) => None,
        };
        match row {
            Some(row) if row.commit == commit || same_code(root, &row.commit, &commit)? => {
                rows.push(row);
            }
            _ => lacking.push(*name),
        }
    }
    if let Some(folder) = out.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(out, page(effort, &commit, &rows, &lacking)?)
        .with_context(|| out.display().to_string())?;
    println!("\nwritten: {}", out.display());
    Ok(())
}

type Check = fn(&Path, &Effort) -> Result<Found>;

/// What a check says in the end.
struct Found {
    what: &'static str,
    figure: String,
    command: String,
}

fn histories(root: &Path, effort: &Effort) -> Result<Found> {
    let Effort { actions, least, .. } = *effort;
    let command = format!(
        "cargo run --release -p registry_tests --bin assurance -- --actions {} --least {least}",
        grouped(actions)
    );
    let report = json(root, &command)?;
    let hits = list(&report, "outcomes")?.iter().map(|it| number(it, "hits"));
    let rarest = hits.collect::<Result<Vec<u64>>>()?.into_iter().min().context("no outcomes")?;
    Ok(Found {
        what: "random actions, after each of them every invariant, and the reference model's \
               answer, calls and state",
        figure: format!(
            "{} actions in {} histories; nothing found; each of {} (action × outcome) pairs came \
             {} times or more",
            grouped(number(&report, "actions")?),
            grouped(number(&report, "histories")?),
            list(&report, "outcomes")?.len(),
            grouped(rarest),
        ),
        command,
    })
}

/// How many states and transitions a search must find.
#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Explored {
    world: String,
    /// How many states were asked for.
    asked: u64,
    states: u64,
    transitions: u64,
}

#[derive(Deserialize)]
struct Pinned {
    search: Vec<Explored>,
}

fn explore(root: &Path, world: &str, asked: u64) -> Result<Found> {
    let scenario = format!("target/{world}.scenario");
    let command = format!("cargo run --release -- explore --world {world} --states {asked}");
    let report = json(root, &format!("{command} --scenario {scenario}"))?;
    let found = Explored {
        world: world.to_owned(),
        asked,
        states: number(&report, "states")?,
        transitions: number(&report, "transitions")?,
    };
    let file = "tests/explored.toml";
    let text = fs::read_to_string(root.join(file)).context(file)?;
    let Pinned { search } = toml::from_str(&text).context(file)?;
    match search.iter().find(|it| it.world == world && it.asked == asked) {
        Some(pinned) if *pinned == found => {}
        Some(pinned) => bail!("{file} has {pinned:?}, found were {found:?}"),
        None => bail!("{file} does not say how much is found; found were {found:?}"),
    }
    let sights = list(&report, "sights")?;
    let seen = sights.iter().filter(|sight| !sight["firstSeen"].is_null()).count();
    let mut turns = 0;
    for level in list(&report, "levels")? {
        if number(level, "expanded")? == number(level, "states")? {
            turns = number(level, "turns")? + 1;
        }
    }
    Ok(Found {
        what: if world == "2x2" {
            "what can happen to 2 nodes and 2 ZK contracts, breadth first"
        } else {
            "what can happen to 3 nodes and 2 ZK contracts, breadth first"
        },
        figure: format!(
            "{} states, {} transitions: all up to {turns} turns, within the bounds that its `--help` \
             names, and a part of the next; no violation of {} properties; {seen} of {} sights",
            grouped(found.states),
            grouped(found.transitions),
            list(&report, "properties")?.len(),
            sights.len(),
        ),
        command,
    })
}

fn mutants(root: &Path, _: &Effort) -> Result<Found> {
    let command = "cargo run --release -p mutants".to_owned();
    let report = json(root, &format!("{command} -- --out target/mutants.json"))?;
    Ok(Found {
        what: "semantic mutants: the contract with one rule broken",
        figure: format!(
            "{} of {} killed, each INV and T by its own; actions until then: median {}, at most {}",
            number(&report, "killed")?,
            number(&report, "total")?,
            grouped(number(&report, "medianActions")?),
            grouped(number(&report, "maxActions")?),
        ),
        command,
    })
}

fn source(root: &Path, effort: &Effort) -> Result<Found> {
    let (what, command) = match effort.mutants {
        Extent::All { .. } => {
            ("mutants of the source of rules and codecs, all", "cargo xtask mutants --all")
        }
        Extent::Change { .. } => {
            ("mutants of the source of rules and codecs, a sample", "cargo xtask mutants")
        }
    };
    let figure = source_mutants::hunt(root, effort.mutants, 2)?.to_string();
    Ok(Found { what, figure, command: command.to_owned() })
}

fn agreement(root: &Path, effort: &Effort) -> Result<Found> {
    let tests = "cargo test --release -p registry_tests --test wasm_agreement";
    let command = format!("ZKREG_CALLS={} {tests}", effort.calls);
    let printed = printed(root, &format!("{command} -- --nocapture"))?;
    let counted = |line: &str| {
        let (before, _) = line.split_once(" calls were answered alike")?;
        grouped_text(before.split(' ').next_back()?)
    };
    let alike: Vec<String> = printed.lines().filter_map(counted).collect();
    if alike.is_empty() {
        bail!("the test does not say how many calls were answered alike:\n{printed}");
    }
    Ok(Found {
        what: "the deployed module and the linked contract: state, trees, events, refusals",
        figure: format!("alike in {} random calls, and in every scenario", alike.join(" and ")),
        command,
    })
}

fn classes(root: &Path, _: &Effort) -> Result<Found> {
    let command = "cargo test --workspace --test failure_classes --test \
                   failure_classes_import --test failure_classes_memory --test \
                   failure_classes_state_memory";
    let printed = printed(root, &format!("{command} -- --nocapture"))?;
    let traced = printed.lines().find_map(|line| line.split_once("failure classes: "));
    let traced = traced.context("the tests do not say how many classes are traced")?.1;
    Ok(Found {
        what: "failure classes of the specification",
        figure: format!("{traced}; {} tests pass", passed(&printed)),
        command: command.to_owned(),
    })
}

fn relations(root: &Path, _: &Effort) -> Result<Found> {
    let command = "cargo test --workspace --test metamorphic";
    let printed = printed(root, &format!("{command} -- --nocapture"))?;
    // relation M-02: held 312 times on 300 histories, 1 broken engine found
    let mut relations: Vec<(&str, u64)> = Vec::new();
    for line in printed.lines().filter_map(|line| line.split_once("relation ")) {
        let (name, rest) = line.1.split_once(": held ").context("a relation without a count")?;
        let held = rest.split(' ').next().and_then(|held| held.parse().ok());
        relations.push((name, held.context("a relation without a count")?));
    }
    relations.sort_unstable();
    let rarest = relations.iter().map(|it| it.1).min().context("the test names no relation")?;
    let names: Vec<&str> = relations.iter().map(|it| it.0).collect();
    Ok(Found {
        what: "relations between runs, each also against engines that break it",
        figure: format!("{}; each held {} times or more", names.join(", "), grouped(rarest)),
        command: command.to_owned(),
    })
}

fn covered(root: &Path, _: &Effort) -> Result<Found> {
    let coverage = coverage::measure(root)?;
    Ok(Found {
        what: "lines and regions of the contract that its tests execute, one call at a time",
        figure: format!(
            "lines {}; regions {}, each other one with a reason",
            coverage.lines, coverage.regions
        ),
        command: "cargo xtask coverage".to_owned(),
    })
}

fn guided(root: &Path, effort: &Effort) -> Result<Found> {
    let command = format!(".ci/fuzz {}", effort.seconds);
    if !answers("c++", &["--version"]) {
        skip(root, "fuzz", "no C++ compiler for libFuzzer")?;
        let what = "coverage-guided fuzzing";
        return Ok(Found { what, figure: "SKIPPED: no C++ compiler".to_owned(), command });
    }
    let printed = printed(root, &command)?;
    print!("{printed}");
    let runs: Vec<String> = printed
        .lines()
        .filter(|line| line.ends_with(": ok"))
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let target = words.next()?;
            Some(format!("{target} {}", grouped_text(words.next()?)?))
        })
        .collect();
    let targets = fs::read_dir(root.join("fuzz/corpus"))?.count();
    if runs.len() != targets || runs.iter().any(|run| run.ends_with(" 0")) {
        bail!("not every one of {targets} targets has been run: {}", runs.join(", "));
    }
    Ok(Found {
        what: "coverage-guided fuzzing: executions of each target",
        figure: format!("{}; no finding", runs.join(", ")),
        command,
    })
}

/// The SDK's tests that miri can run: a hook is found by the linker, which miri has not. The vectors
/// are files, and a case takes it a second.
const MIRI: &str = "MIRIFLAGS=-Zmiri-disable-isolation PROPTEST_CASES=4 cargo +nightly miri test \
                    --locked -p pbc_lib -p sdk_tests --lib --test conformance";

fn miri(root: &Path, _: &Effort) -> Result<Found> {
    let (what, command) = ("tests of SDK and codecs under miri", MIRI.to_owned());
    if !answers("cargo", &["+nightly", "miri", "--version"]) {
        skip(root, "miri", "no nightly toolchain with miri")?;
        return Ok(Found {
            what,
            figure: "SKIPPED: no nightly toolchain with miri".into(),
            command,
        });
    }
    let passed = passed(&printed(root, MIRI)?);
    if passed == 0 {
        bail!("miri has run no test");
    }
    Ok(Found { what, figure: format!("{passed} tests, no finding"), command })
}

/// Says loudly what is not checked here; only what `.ci/allowed-skips` names may be.
fn skip(root: &Path, name: &str, why: &str) -> Result<()> {
    let allowed = fs::read_to_string(root.join(".ci/allowed-skips"))?;
    if !allowed.lines().any(|line| line.starts_with(&format!("{name}: "))) {
        bail!("{name} is not allowed to be skipped: {why}");
    }
    println!("\n== {name}: SKIPPED, {why}");
    Ok(())
}

fn answers(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Runs a command with the argument for JSON, and reads what it prints.
fn json(root: &Path, command: &str) -> Result<Value> {
    let separated = if command.contains(" -- ") { "" } else { " --" };
    let printed = printed(root, &format!("{command}{separated} --format json"))?;
    serde_json::from_str(&printed).with_context(|| format!("`{command}` prints no JSON"))
}

/// Runs a command as a shell would that knows no quotes, with the variables in front of it; shows what
/// it says on standard error, and returns what it prints.
fn printed(root: &Path, command: &str) -> Result<String> {
    let mut words = command.split_whitespace().peekable();
    let mut variables = Vec::new();
    while let Some(variable) = words.peek().and_then(|word| word.split_once('=')) {
        variables.push(variable);
        words.next();
    }
    let program = words.next().context("a command has a name")?;
    let mut process =
        Command::new(if program.contains('/') { root.join(program) } else { program.into() });
    process.envs(variables).args(words).current_dir(root);
    process.stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = process.output().with_context(|| format!("`{command}` cannot be started"))?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        bail!("{printed}\n`{command}` failed: {}", output.status);
    }
    Ok(printed)
}

/// How many tests have passed, by the closing lines of their programs.
fn passed(printed: &str) -> u64 {
    let of_line = |line: &str| -> Option<u64> {
        line.strip_prefix("test result: ok. ")?.split(' ').next()?.parse().ok()
    };
    printed.lines().filter_map(of_line).sum()
}

fn number(value: &Value, key: &str) -> Result<u64> {
    value[key].as_u64().with_context(|| format!("no number `{key}`"))
}

fn list<'a>(value: &'a Value, key: &str) -> Result<&'a Vec<Value>> {
    value[key].as_array().with_context(|| format!("no list `{key}`"))
}

/// The page: a row for each check, and which have not been run.
fn page(effort: &Effort, commit: &str, rows: &[Row], lacking: &[&str]) -> Result<String> {
    let date = output(Command::new("date").args(["-u", "+%Y-%m-%d"]))?;
    let rustc = output(Command::new("rustc").arg("--version"))?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut page = format!(
        "# What was checked, and how much\n\n\
         Written by `cargo xtask assure{}` on {date}, on the code of commit {commit}, with {rustc} on\n\
         {cores} cores. Each figure can be made again by the command beside it; the same seed gives\n\
         the same figures on any machine, but for fuzzing guided by coverage, which ends by the clock.\n\
         The minutes depend on the machine and on what else it does.\n\n\
         | what | figure | command | minutes |\n| --- | --- | --- | --- |\n",
        effort.asked,
    );
    for Row { what, figure, command, seconds, .. } in rows {
        writeln!(page, "| {what} | {figure} | `{command}` | {} |", minutes(*seconds))?;
    }
    let all = rows.iter().map(|row| row.seconds).sum();
    writeln!(page, "\nAll together {} minutes, building included.", minutes(all))?;
    if !lacking.is_empty() {
        writeln!(page, "**Not run on this code: {}.**", lacking.join(", "))?;
    }
    writeln!(
        page,
        "\nWhat no test executes stands in `tests/coverage/exceptions.toml`, mutants that may live in\n\
         `tests/mutants/survivors.toml`, outcomes that cannot be reached in what `zkreg fuzz` prints,\n\
         each with its reason."
    )?;
    Ok(page)
}

/// A number in a text, its digits in groups.
fn grouped_text(number: &str) -> Option<String> {
    number.parse().ok().map(grouped)
}

/// Minutes with one decimal, rounded.
fn minutes(seconds: u64) -> String {
    let tenths = (seconds + 3) / 6;
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// Digits in groups of three, as `zkreg` reads and prints them.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passed_tests_are_added_over_all_programs() {
        let printed =
            "test result: ok. 150 passed; 0 failed;\nx\ntest result: ok. 8 passed; 0 failed;";
        assert_eq!(passed(printed), 158);
    }

    #[test]
    fn times_and_numbers_read_well() {
        assert_eq!(minutes(63), "1.1");
        assert_eq!(minutes(600), "10.0");
        assert_eq!(grouped(20_063_656), "20_063_656");
        assert_eq!(grouped(12), "12");
    }
}
