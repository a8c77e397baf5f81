//! `cargo xtask mutants`: cargo-mutants changes the source, and the tests of one call at a time must
//! notice each change.
//!
//! Who may live stands in `tests/mutants/survivors.toml`, with the reason. The last full run is
//! recorded in `tests/mutants/last-full-run.toml`; between two of them, what has changed since then is
//! tried, and a sample of all, which another commit draws anew.
//!
//! Not here: the semantic mutants, which are one build (`tests/mutants`).

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fmt, fs};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::shell::{self, git, output, progress};

/// What makes the mutants; newer ones make others, so that survivors have to be looked at again.
const VERSION: &str = "27.1.0";

/// Sources that are changed, and whose tests must notice: few, so that they are built in seconds.
struct Part {
    name: &'static str,
    sources: &'static [&'static str],
    tests: &'static [&'static str],
}

const PARTS: [Part; 2] = [
    Part {
        name: "rules",
        sources: &["contract/src/rules.rs", "contract/src/rules/"],
        tests: &["zk_node_registry", "registry_harness"],
    },
    Part {
        name: "codec",
        sources: &[
            "sdk/pbc_traits/src/int.rs",
            "sdk/pbc_traits/src/rpc.rs",
            "sdk/pbc_traits/src/source.rs",
            "sdk/pbc_traits/src/state.rs",
            "sdk/pbc_contract_common/src/address.rs",
            "sdk/pbc_contract_common/src/avl_tree_map.rs",
            "sdk/pbc_contract_common/src/events.rs",
            "sdk/pbc_contract_common/src/keys.rs",
            "sdk/pbc_contract_common/src/shortname.rs",
            "sdk/pbc_contract_common/src/sorted_vec_map/codec.rs",
            "sdk/pbc_derive_model/src/codec.rs",
            "sdk/pbc_lib/src/call.rs",
            "sdk/read_write_rpc_derive/src/",
            "sdk/read_write_state_derive/src/",
        ],
        tests: &["sdk_tests"],
    },
];

impl Part {
    /// How cargo-mutants is told.
    fn arguments(&self) -> impl Iterator<Item = String> + use<'_> {
        let sources = self.sources.iter().map(|source| match source.strip_suffix('/') {
            Some(folder) => format!("--file={folder}/**/*.rs"),
            None => format!("--file={source}"),
        });
        sources.chain(self.tests.iter().map(|package| format!("--test-package={package}")))
    }
}

const SURVIVORS: &str = "tests/mutants/survivors.toml";
const LAST_FULL_RUN: &str = "tests/mutants/last-full-run.toml";

/// Where cargo-mutants lists those that it skips: they were noticed before, or did not compile.
const BEFORE: &str = "mutants.out/previously_caught.txt";
/// Where those that did not compile are listed, of all runs.
const UNVIABLE: &str = "unviable.txt";

/// Which mutants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Every one, and the run is recorded; one that was cut goes on if the code is the same. `again`
    /// skips those that were noticed in the last run, for after a test was written, and records
    /// nothing.
    All { again: bool },
    /// Those in lines changed since the last full run, and about so many others.
    Change { sample: usize },
}

/// What became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hunted {
    /// Noticed by a test, or by not coming to an end.
    pub(crate) killed: usize,
    /// Not noticed, and listed with the reason.
    pub(crate) excused: usize,
    /// Changes that do not compile.
    pub(crate) unviable: usize,
    /// The last full run, if it is not in this clone: what has changed since then is not known.
    pub(crate) unknown: Option<String>,
}

impl fmt::Display for Hunted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Hunted { killed, excused, unviable, unknown } = self;
        let all = killed + excused;
        write!(
            f,
            "{killed} of {all} noticed, {excused} listed with a reason; {unviable} did not compile"
        )?;
        match unknown {
            Some(commit) => write!(
                f,
                "; a larger sample, as commit {commit} of the last full run is not in this clone"
            ),
            None => Ok(()),
        }
    }
}

/// How much larger the sample is where the change since the last full run is not known.
const INSTEAD_OF_CHANGE: usize = 4;

/// A mutant that may live.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Survivor {
    /// As cargo-mutants names it, without line and column.
    mutant: String,
    /// How many of that name, in one function.
    #[serde(default = "one")]
    times: usize,
    #[serde(rename = "why")]
    _why: String,
}

const fn one() -> usize {
    1
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Survivors {
    #[serde(default)]
    survivor: Vec<Survivor>,
}

/// The record of a full run.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct FullRun {
    /// The commit whose source it was.
    commit: String,
    cargo_mutants: String,
    killed: usize,
    survivors: usize,
    unviable: usize,
}

/// Makes the mutants and has them hunted, `jobs` at a time.
///
/// # Errors
///
/// cargo-mutants cannot be had or fails; a mutant lives that is not listed, or in a full run one is
/// listed that does not live.
pub(crate) fn hunt(root: &Path, extent: Extent, jobs: usize) -> Result<Hunted> {
    let program = program(root)?;
    let survivors: Survivors = read(&root.join(SURVIVORS))?;
    let head = output(git(root).args(["rev-parse", "HEAD"]))?;
    let changed = shell::has_changes(root)?;
    let run = |what: &str, part: &Part, arguments: &[OsString]| {
        let folder = root.join("target/source-mutants").join(what).join(part.name);
        fs::create_dir_all(&folder)?;
        progress(&format!("mutants of the {}, {what}; see {}", part.name, folder.display()));
        let mut command = Command::new(&program);
        command.current_dir(root).args(["mutants", "--workspace", "--jobs", &jobs.to_string()]);
        command.args(part.arguments());
        command.arg("--output").arg(&folder).args(arguments);
        // 2: some live, which is judged here; 3: some did not come to an end.
        let code = command.status().context("cargo-mutants cannot be started")?.code();
        if !matches!(code, Some(0 | 2 | 3)) {
            bail!("cargo-mutants failed: {code:?}");
        }
        Outcomes::read(&folder)
    };

    match extent {
        Extent::All { again } => {
            let goes_on = goes_on(root, again, (!changed).then_some(&head))?;
            let iterate: &[OsString] = if goes_on { &["--iterate".into()] } else { &[] };
            let mut outcomes = Outcomes::default();
            for part in &PARTS {
                outcomes.add(run("all", part, iterate)?);
            }
            let hunted = outcomes.judge(&survivors.survivor, true)?;
            if again || changed {
                progress("not recorded: only a whole run of a commit is");
                return Ok(hunted);
            }
            let record = FullRun {
                commit: head,
                cargo_mutants: VERSION.to_owned(),
                killed: hunted.killed,
                survivors: hunted.excused,
                unviable: hunted.unviable,
            };
            fs::write(root.join(LAST_FULL_RUN), toml::to_string(&record)?)?;
            Ok(hunted)
        }
        Extent::Change { sample } => {
            let mut outcomes = Outcomes::default();
            let last: FullRun = read(&root.join(LAST_FULL_RUN))?;
            let known = is_known(root, &last.commit)?;
            for part in &PARTS {
                if known {
                    let change = change_since(root, &last.commit, part.sources)?;
                    if change.is_empty() {
                        let name = part.name;
                        progress(&format!("no change of the {name} since the last full run"));
                    } else {
                        let file = root.join(format!("target/source-mutants/{}.diff", part.name));
                        fs::create_dir_all(file.parent().expect("a file has a folder"))?;
                        fs::write(&file, change)?;
                        outcomes.add(run("change", part, &["--in-diff".into(), file.into()])?);
                    }
                }
                let mut list = Command::new(&program);
                list.current_dir(root).args(["mutants", "--workspace", "--list"]);
                let all = output(list.args(part.arguments()))?.lines().count();
                let sample = if known { sample } else { sample * INSTEAD_OF_CHANGE };
                let shard = shard(&head, all, sample / PARTS.len())?;
                let arguments = ["--sharding", "round-robin", "--shard", &shard];
                outcomes.add(run("sample", part, &arguments.map(OsString::from))?);
            }
            let mut hunted = outcomes.judge(&survivors.survivor, false)?;
            hunted.unknown = (!known).then_some(last.commit);
            Ok(hunted)
        }
    }
}

/// Whether a full run skips what was noticed before: it is asked to, or was begun on the same code.
/// `head` is the commit, if it is what is there.
fn goes_on(root: &Path, again: bool, head: Option<&String>) -> Result<bool> {
    let begun = root.join("target/source-mutants/all/commit");
    let before = fs::read_to_string(&begun).ok();
    let same = match (&before, head) {
        (Some(before), Some(head)) => shell::same_code(root, before, head)?,
        _ => false,
    };
    if !same {
        fs::create_dir_all(begun.parent().expect("a file has a folder"))?;
        // What `again` adds to an older run is of no one state of the code.
        fs::write(&begun, head.filter(|_| !again).map_or("", String::as_str))?;
    }
    Ok(again || same)
}

/// One part of `all` mutants that has about `sample` of them, by chance but the same for a commit.
fn shard(commit: &str, all: usize, sample: usize) -> Result<String> {
    let digits = commit.get(..8).context("a commit has eight digits and more")?;
    let seed = u32::from_str_radix(digits, 16)?;
    let parts = u32::try_from(all / sample.max(1)).unwrap_or(u32::MAX).max(1);
    Ok(format!("{}/{parts}", seed % parts))
}

/// Whether `commit` is in this clone, which may be a shallow one.
fn is_known(root: &Path, commit: &str) -> Result<bool> {
    let known = git(root).args(["cat-file", "-e", &format!("{commit}^{{commit}}")]).output()?;
    Ok(known.status.success())
}

/// How these sources differ from those of `commit`.
fn change_since(root: &Path, commit: &str, sources: &[&str]) -> Result<String> {
    let mut diff = git(root);
    diff.args(["diff", commit, "--"]).args(sources).arg(":(exclude)*/tests.rs");
    let change = diff.output()?;
    if !change.status.success() {
        bail!("git diff failed: {}", String::from_utf8_lossy(&change.stderr).trim());
    }
    String::from_utf8(change.stdout).context("the change is no text")
}

/// cargo-mutants, which is built into `target/tools` if it is not there.
fn program(root: &Path) -> Result<PathBuf> {
    let tools = root.join("target/tools");
    let program = tools.join("bin/cargo-mutants");
    let version = Command::new(&program).args(["mutants", "--version"]).output();
    let is_there =
        version.is_ok_and(|it| String::from_utf8_lossy(&it.stdout).trim_end().ends_with(VERSION));
    if !is_there {
        progress(&format!("building cargo-mutants {VERSION}"));
        let mut install = Command::new("cargo");
        install.args(["install", "cargo-mutants", "--version", VERSION, "--locked", "--debug"]);
        install.arg("--quiet").arg("--force").arg("--root").arg(&tools);
        shell::run(&mut install)?;
    }
    Ok(program)
}

fn read<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<T> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    toml::from_str(&text).with_context(|| path.display().to_string())
}

/// The names of mutants by what became of them.
#[derive(Debug, Default)]
struct Outcomes {
    caught: Vec<String>,
    missed: Vec<String>,
    timeout: Vec<String>,
    unviable: Vec<String>,
}

impl Outcomes {
    /// What stands in the folder of a run. Of runs that go on, cargo-mutants says of those before only
    /// which mutants need not be tried again, so who did not compile is kept beside.
    fn read(folder: &Path) -> Result<Outcomes> {
        let names = |file: &str| -> Result<Vec<String>> {
            let path = folder.join(file);
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            Ok(text.lines().map(str::to_owned).collect())
        };
        let mut caught = names("mutants.out/caught.txt")?;
        let mut unviable = names("mutants.out/unviable.txt")?;
        if folder.join(BEFORE).exists() {
            caught.extend(names(BEFORE)?);
            unviable.extend(names(UNVIABLE)?);
            caught.retain(|name| !unviable.contains(name));
        }
        fs::write(folder.join(UNVIABLE), unviable.join("\n"))?;
        Ok(Outcomes {
            caught,
            missed: names("mutants.out/missed.txt")?,
            timeout: names("mutants.out/timeout.txt")?,
            unviable,
        })
    }

    fn add(&mut self, other: Outcomes) {
        self.caught.extend(other.caught);
        self.missed.extend(other.missed);
        self.timeout.extend(other.timeout);
        self.unviable.extend(other.unviable);
        for names in [&mut self.caught, &mut self.missed, &mut self.timeout, &mut self.unviable] {
            names.sort_unstable();
            names.dedup();
        }
    }

    /// Holds who lives against the list; with `all`, also the list against who lives.
    fn judge(&self, survivors: &[Survivor], all: bool) -> Result<Hunted> {
        let mut living: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for name in &self.missed {
            living.entry(without_place(name)).or_default().push(name);
        }
        let mut complaints = Vec::new();
        for (mutant, names) in &living {
            let may = survivors.iter().filter(|it| it.mutant == *mutant).map(|it| it.times).sum();
            if names.len() > may {
                complaints.push(format!(
                    "no test notices, and {may} may live:\n  {}",
                    names.join("\n  ")
                ));
            }
        }
        for survivor in survivors.iter().filter(|_| all) {
            if living.get(&survivor.mutant).map_or(0, Vec::len) != survivor.times {
                complaints.push(format!("listed, but does not live: {}", survivor.mutant));
            }
        }
        if !complaints.is_empty() {
            bail!(
                "{}\nwrite a test, or say in {SURVIVORS} why there is none",
                complaints.join("\n")
            );
        }
        Ok(Hunted {
            killed: self.caught.len() + self.timeout.len(),
            excused: self.missed.len(),
            unviable: self.unviable.len(),
            unknown: None,
        })
    }
}

/// The name of a mutant without line and column, which change with every edit:
/// `src/a.rs:3:5: replace f` is `src/a.rs: replace f`.
fn without_place(name: &str) -> String {
    let mut parts = name.splitn(4, ':');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(file), Some(_), Some(_), Some(what)) => format!("{file}:{what}"),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes(missed: &[&str]) -> Outcomes {
        Outcomes {
            caught: vec!["a.rs:1:2: replace + with -".to_owned()],
            missed: missed.iter().map(|name| (*name).to_owned()).collect(),
            ..Outcomes::default()
        }
    }

    fn survivor(mutant: &str, times: usize) -> Survivor {
        Survivor { mutant: mutant.to_owned(), times, _why: "equal".to_owned() }
    }

    #[test]
    fn who_lives_must_be_listed_wherever_it_stands() {
        let living = outcomes(&["a.rs:7:9: replace < with <= in f"]);

        assert!(living.judge(&[], false).is_err());
        let listed = [survivor("a.rs: replace < with <= in f", 1)];
        let expected = Hunted { killed: 1, excused: 1, ..Hunted::default() };
        assert_eq!(living.judge(&listed, true).expect("it is listed"), expected);
    }

    #[test]
    fn a_second_one_of_the_same_name_is_not_excused_by_the_first() {
        let living = outcomes(&["a.rs:7:9: replace f", "a.rs:8:9: replace f"]);

        assert!(living.judge(&[survivor("a.rs: replace f", 1)], false).is_err());
        assert!(living.judge(&[survivor("a.rs: replace f", 2)], false).is_ok());
    }

    #[test]
    fn a_full_run_refuses_who_is_listed_and_does_not_live() {
        let listed = [survivor("a.rs: replace f", 1)];

        assert!(outcomes(&[]).judge(&listed, true).is_err());
        assert!(outcomes(&[]).judge(&listed, false).is_ok(), "a sample does not have it");
    }

    /// Files of the SDK that encode or decode, and are left out: what no contract links, and what
    /// expands hooks, which is held by what it expands to.
    const LEFT_OUT: [&str; 2] = ["sdk/pbc_host/src", "sdk/pbc_contract_codegen/src"];

    #[test]
    fn what_encodes_or_decodes_is_changed() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask/ has a parent");
        let said = ["fn rpc_decode", "fn rpc_write_to", "fn state_decode", "fn state_write_to"];
        let mut found = 0;
        let mut folders = vec![root.join("sdk")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                let shown = path.strip_prefix(root).expect("below the root").display().to_string();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let is_source = shown.contains("/src/") && shown.ends_with(".rs");
                if !is_source || LEFT_OUT.iter().any(|it| shown.starts_with(it)) {
                    continue;
                }
                let text = fs::read_to_string(&path).expect("a text");
                if said.iter().any(|it| text.contains(it)) {
                    let sources = PARTS.iter().flat_map(|part| part.sources);
                    let is_changed =
                        |it: &&str| shown == *it || it.ends_with('/') && shown.starts_with(*it);
                    assert!(sources.copied().any(|it| is_changed(&it)), "{shown} is in no part");
                    found += 1;
                }
            }
        }
        assert!(found > 5, "{found} files");
    }

    #[test]
    fn a_sample_is_one_part_of_all() {
        assert_eq!(shard("0000001fffff", 600, 20).expect("a commit"), "1/30");
        assert_eq!(shard("00000000", 5, 20).expect("a commit"), "0/1");
    }
}
