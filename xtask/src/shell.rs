//! Other programs: run, and answered for.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Tells what is being done.
pub(crate) fn progress(what: &str) {
    eprintln!("xtask: {what}");
}

/// Runs `command` with its output where ours goes.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().with_context(|| format!("{program} cannot be started"))?;
    if !status.success() {
        bail!("{program} failed: {status}");
    }
    Ok(())
}

/// What `command` prints. If it fails, the error holds what it said about that.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{program} cannot be started"))?;
    if !output.status.success() {
        bail!("{program} failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_string())
}

/// git, in the repository at `root`.
pub(crate) fn git(root: &Path) -> Command {
    let mut git = Command::new("git");
    git.arg("-C").arg(root);
    git
}

/// Whether something below `root` is not as it was committed; what full runs write does not count, nor
/// does who asks.
pub(crate) fn has_changes(root: &Path) -> Result<bool> {
    let written = [
        ":(exclude)tests/ASSURANCE.md",
        ":(exclude)tests/mutants/last-full-run.toml",
        ":(exclude)xtask",
    ];
    let status = git(root).args(["status", "--porcelain", "--", "."]).args(written).output()?;
    if !status.status.success() {
        bail!("git status failed: {}", String::from_utf8_lossy(&status.stderr).trim());
    }
    Ok(!status.stdout.is_empty())
}

/// Whether two commits have the same code: all but documents, what may live of mutants and did, and
/// who asks.
pub(crate) fn same_code(root: &Path, one: &str, other: &str) -> Result<bool> {
    let no_code = [
        ":(exclude)*.md",
        ":(exclude)tests/mutants/last-full-run.toml",
        ":(exclude)tests/mutants/survivors.toml",
        ":(exclude)xtask",
    ];
    let mut diff = git(root);
    diff.args(["diff", "--quiet", one, other, "--", "."]).args(no_code);
    let status = diff.stderr(Stdio::null()).status().context("git cannot be started")?;
    Ok(status.success())
}
