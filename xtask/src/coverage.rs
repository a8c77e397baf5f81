//! `cargo xtask coverage`: what of the contract no test of one call at a time executes.
//!
//! The contract's own tests and those of `tests/harness`, random histories of contract and reference
//! model among them, are run with a contract that counts. Every line must have
//! been executed; a region that has not, which is a part of a line or the way around a block, needs an
//! entry in `tests/coverage/exceptions.toml` that says why.
//!
//! The tools that read the counts are those of the compiler's LLVM: of the toolchain's component
//! `llvm-tools`, or on the path, or Debian's packages, unpacked into the cache folder.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fmt, fs};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;

use crate::shell::{output, run};
use crate::toolchain;

/// How much of all regions must be executed, in hundredths of a percent.
const REGIONS: u64 = 9_800;

/// The tests that are run.
const TESTS: [&str; 8] = [
    "-p",
    "zk_node_registry",
    "-p",
    "registry_harness",
    "--tests",
    "--features",
    "zk_node_registry/abi",
    "--locked",
];

/// What was executed of the contract's sources, its tests not counted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Coverage {
    pub(crate) lines: Share,
    pub(crate) regions: Share,
    /// Every exception that was needed.
    pub(crate) excused: Vec<Exception>,
}

/// A part of a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) covered: u64,
    pub(crate) all: u64,
}

/// A place that no test executes, and why that is in order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exception {
    /// From the root of the workspace.
    pub(crate) file: String,
    /// The line, or for the way around a block the line with which it begins.
    pub(crate) code: String,
    /// How many regions of the file that is.
    #[serde(default = "one")]
    pub(crate) times: usize,
    pub(crate) why: String,
}

const fn one() -> usize {
    1
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exceptions {
    exception: Vec<Exception>,
}

/// A region that was not executed.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Gap {
    file: String,
    line: usize,
    column: usize,
    code: String,
}

/// Runs the tests and judges what they executed.
///
/// # Errors
///
/// A tool is missing or fails; a line was not executed; a region was not that no exception names; an
/// exception is for nothing.
pub(crate) fn measure(root: &Path) -> Result<Coverage> {
    let tools = Tools::find()?;
    let folder = root.join("target/coverage");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let cargo = || {
        let mut cargo = Command::new("cargo");
        cargo.current_dir(root);
        cargo.env("RUSTC_WORKSPACE_WRAPPER", root.join("tests/coverage/instrument"));
        // Programs that differ little can have one signature, %m, so that the process is named too.
        cargo.env("LLVM_PROFILE_FILE", folder.join("%m-%p.profraw"));
        cargo.args(["test", "--quiet"]).args(TESTS);
        cargo
    };
    run(&mut cargo())?;
    let built = output(cargo().args(["--no-run", "--message-format=json"]))?;
    let programs = programs(&built)?;

    let merged = folder.join("all.profdata");
    let mut merge = tools.command("llvm-profdata");
    merge.args(["merge", "-sparse", "-o"]).arg(&merged);
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == "profraw") {
            merge.arg(path);
        }
    }
    run(&mut merge)?;
    let mut export = tools.command("llvm-cov");
    export.args(["export", "--format=text", "--ignore-filename-regex=(tests|fixtures)\\.rs$"]);
    export.arg("--instr-profile").arg(&merged);
    for program in &programs {
        export.arg("--object").arg(program);
    }
    export.arg("--sources").arg(root.join("contract/src"));
    let document: Value = serde_json::from_str(&output(&mut export)?)?;

    let excused = root.join("tests/coverage/exceptions.toml");
    let text = fs::read_to_string(&excused).context("tests/coverage/exceptions.toml")?;
    let Exceptions { exception } =
        toml::from_str(&text).context("tests/coverage/exceptions.toml")?;
    judge(&document, exception, |file| {
        let file = Path::new(file);
        let shown = file.strip_prefix(root).unwrap_or(file).display().to_string();
        Ok((shown, fs::read_to_string(file)?))
    })
}

/// The programs that cargo has built, by what it says of them.
fn programs(messages: &str) -> Result<BTreeSet<PathBuf>> {
    let mut programs = BTreeSet::new();
    for line in messages.lines().filter(|line| line.starts_with('{')) {
        let message: Value = serde_json::from_str(line)?;
        if let Some(program) = message["executable"].as_str() {
            programs.insert(PathBuf::from(program));
        }
    }
    if programs.is_empty() {
        bail!("cargo names no program that it has built");
    }
    Ok(programs)
}

/// Holds what llvm-cov exports against the exceptions. `source` gives the name of a file to be
/// shown, and its text.
fn judge(
    document: &Value,
    exceptions: Vec<Exception>,
    source: impl Fn(&str) -> Result<(String, String)>,
) -> Result<Coverage> {
    let data = &document["data"][0];
    let share = |of: &str| -> Result<Share> {
        let number = |key: &str| data["totals"][of][key].as_u64();
        let (covered, all) = number("covered").zip(number("count")).context("no totals")?;
        Ok(Share { covered, all })
    };
    let (lines, regions) = (share("lines")?, share("regions")?);
    let mut gaps = Vec::new();
    for file in data["files"].as_array().context("no files")? {
        let (shown, text) = source(file["filename"].as_str().context("a file without a name")?)?;
        gaps.extend(gaps_of(file, &shown, &text)?);
    }

    let mut complaints = Vec::new();
    let excuses =
        |exception: &Exception, gap: &Gap| exception.file == gap.file && exception.code == gap.code;
    for gap in &gaps {
        if !exceptions.iter().any(|exception| excuses(exception, gap)) {
            let Gap { file, line, column, code } = gap;
            complaints.push(format!("{file}:{line}:{column}: not executed: {code}"));
        }
    }
    for exception in &exceptions {
        let Exception { file, code, times, .. } = exception;
        let found = gaps.iter().filter(|gap| excuses(exception, gap)).count();
        if found != *times {
            complaints.push(format!("{file}: {found} regions, {times} excused: {code}"));
        }
    }
    if lines.covered < lines.all {
        complaints.push(format!("{} lines are not executed", lines.all - lines.covered));
    }
    if regions.covered * 10_000 < regions.all * REGIONS {
        complaints.push(format!("only {regions} of the regions are executed"));
    }
    if !complaints.is_empty() {
        bail!(
            "{}\nwrite a test, or say in tests/coverage/exceptions.toml why there is none",
            complaints.join("\n")
        );
    }
    Ok(Coverage { lines, regions, excused: exceptions })
}

/// The regions of one file that were not executed.
fn gaps_of(file: &Value, shown: &str, text: &str) -> Result<Vec<Gap>> {
    let lines: Vec<&str> = text.lines().collect();
    let mut gaps = Vec::new();
    for segment in file["segments"].as_array().context("no segments")? {
        let number = |place: usize| segment[place].as_u64();
        let is = |place: usize| segment[place].as_bool().unwrap_or(false);
        let (has_count, is_entry, is_gap) = (is(3), is(4), is(5));
        if number(2) != Some(0) || !has_count || !is_entry || is_gap {
            continue;
        }
        let place = |of: u64| usize::try_from(of).ok();
        let (line, column) =
            number(0).and_then(place).zip(number(1).and_then(place)).context("no place")?;
        gaps.push(Gap { file: shown.to_owned(), line, column, code: code_at(&lines, line) });
    }
    Ok(gaps)
}

/// The code in a line, counted from 1. The end of a block is named by its beginning.
fn code_at(lines: &[&str], line: usize) -> String {
    let indent = |text: &str| text.len() - text.trim_start().len();
    let Some((last, before)) = lines.get(..line).and_then(<[&str]>::split_last) else {
        return String::new();
    };
    if last.trim() != "}" {
        return last.trim().to_owned();
    }
    let begins = |text: &&&str| !text.trim().is_empty() && indent(text) == indent(last);
    let first = before.iter().rev().find(begins).map_or("", |text| text.trim());
    format!("{first} … }}")
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "lines    {}", self.lines)?;
        writeln!(f, "regions  {}", self.regions)?;
        for Exception { file, code, why, .. } in &self.excused {
            writeln!(f, "not executed: {file}: `{code}`: {why}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hundredths = (self.covered * 10_000).checked_div(self.all).unwrap_or(10_000);
        let (percent, rest) = (hundredths / 100, hundredths % 100);
        write!(f, "{} of {}, {percent}.{rest:02} %", self.covered, self.all)
    }
}

/// Where `llvm-profdata` and `llvm-cov` are.
struct Tools {
    folder: PathBuf,
    /// Behind their names: `-22`.
    suffix: String,
    /// Where they find their shared library, if that is not where the system looks.
    libraries: Option<PathBuf>,
}

impl Tools {
    fn find() -> Result<Tools> {
        let sysroot = PathBuf::from(output(Command::new("rustc").args(["--print", "sysroot"]))?);
        let host = output(Command::new("rustc").args(["--print", "host-tuple"]))?;
        let of_toolchain = sysroot.join("lib/rustlib").join(host).join("bin");
        if of_toolchain.join("llvm-cov").exists() {
            let suffix = String::new();
            return Ok(Tools { folder: of_toolchain, suffix, libraries: None });
        }
        let version = output(Command::new("rustc").arg("-vV"))?;
        let llvm = version.lines().find_map(|line| line.strip_prefix("LLVM version: "));
        let major = llvm.and_then(|it| it.split('.').next()).context("rustc names no LLVM")?;
        let suffix = format!("-{major}");
        let path = env::var_os("PATH").unwrap_or_default();
        let on_path = env::split_paths(&path)
            .find(|folder| folder.join(format!("llvm-cov{suffix}")).exists());
        if let Some(folder) = on_path {
            return Ok(Tools { folder, suffix, libraries: None });
        }
        let unpacked = toolchain::unpacked(&[format!("llvm-{major}"), format!("libllvm{major}")])
            .context("no llvm-cov: `rustup component add llvm-tools` fetches it")?;
        Ok(Tools {
            folder: unpacked.join(format!("usr/lib/llvm-{major}/bin")),
            suffix: String::new(),
            libraries: Some(unpacked.join("usr/lib/x86_64-linux-gnu")),
        })
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.folder.join(format!("{name}{}", self.suffix)));
        if let Some(libraries) = &self.libraries {
            command.env("LD_LIBRARY_PATH", libraries);
        }
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "fn f(a: bool) {\n    if a {\n        g();\n    }\n    h()?;\n}\n";

    /// A file of which line 4, the way around the block, and the `?` in line 5 were not executed.
    fn exported() -> Value {
        serde_json::json!({"data": [{
            "totals": {
                "lines": {"count": 6, "covered": 6},
                "regions": {"count": 100, "covered": 98},
            },
            "files": [{"filename": "/w/a.rs", "segments": [
                [1, 1, 7, true, true, false], [4, 5, 0, true, true, false],
                [4, 6, 7, true, false, false], [5, 8, 0, true, true, false],
                [6, 1, 0, true, true, true], [6, 2, 0, false, false, false],
            ]}],
        }]})
    }

    fn exceptions(codes: &[&str]) -> Vec<Exception> {
        let exception = |code: &&str| Exception {
            file: "a.rs".to_owned(),
            code: (*code).to_owned(),
            times: 1,
            why: "it cannot be".to_owned(),
        };
        codes.iter().map(exception).collect()
    }

    fn judged(document: &Value, codes: &[&str]) -> Result<Coverage, String> {
        let source = |_: &str| Ok(("a.rs".to_owned(), SOURCE.to_owned()));
        judge(document, exceptions(codes), source).map_err(|error| error.to_string())
    }

    #[test]
    fn what_was_not_executed_needs_an_exception() {
        let error = judged(&exported(), &["h()?;"]).expect_err("the block is not excused");
        assert!(error.starts_with("a.rs:4:5: not executed: if a { … }\nwrite a test"), "{error}");

        let coverage = judged(&exported(), &["h()?;", "if a { … }"]).expect("both are excused");
        assert_eq!(coverage.regions.to_string(), "98 of 100, 98.00 %");
    }

    #[test]
    fn an_exception_for_what_was_executed_is_refused() {
        let error = judged(&exported(), &["h()?;", "if a { … }", "g();"]).expect_err("too many");
        assert!(error.starts_with("a.rs: 0 regions, 1 excused: g();"), "{error}");
    }

    #[test]
    fn a_line_or_too_many_regions_that_were_not_executed_are_refused() {
        let mut document = exported();
        document["data"][0]["totals"]["lines"]["covered"] = 5.into();
        document["data"][0]["totals"]["regions"]["covered"] = 97.into();
        let error = judged(&document, &["h()?;", "if a { … }"]).expect_err("too little");
        assert!(error.starts_with("1 lines are not executed\nonly 97 of 100, 97.00 %"), "{error}");
    }
}
