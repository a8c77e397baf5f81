//! One build of `contract/` in one folder.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::shell::run;
use crate::toolchain::Toolchain;

/// The contract's package, and the stem of its files.
pub(crate) const CONTRACT: &str = "zk_node_registry";

const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "wasm";

/// What the compiler is told beside the profile.
const FLAGS: [&str; 7] = [
    // The standard library too: what the chain's interpreter takes beyond the MVP is not known.
    "-Ctarget-cpu=mvp",
    // The text of a panic counts, not its place: paths and lines cost bytes.
    "-Zlocation-detail=none",
    // No message shows a value by its `Debug`, whose machinery is large.
    "-Zfmt-debug=none",
    // Addresses without padding.
    "-Clink-arg=--compress-relocations",
    "-Clink-arg=-O2",
    // A small stack below the data: what a call touches lies close together, and an overflow traps.
    // The memory has the 17 pages of every contract all the same.
    "-Clink-arg=-zstack-size=65536",
    "-Clink-arg=--initial-memory=1114112",
];

/// What the compiler is told about the contract alone: no names of functions. The profile says so
/// too, but an override for one package would undo that.
const LAST: [&str; 2] = ["--", "-Cstrip=symbols"];

/// A wasm build describes itself or can be deployed, never both.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Deploy,
    Describe,
}

/// Builds the contract `package` of the workspace at `root`, below its own `target`, and returns the
/// module.
pub(crate) fn build(
    toolchain: &Toolchain,
    root: &Path,
    package: &str,
    purpose: Purpose,
) -> Result<Vec<u8>> {
    let mut cargo = cargo(toolchain, root, package)?;
    cargo.current_dir(root).arg("--locked");
    if purpose == Purpose::Describe {
        cargo.args(["--features", "abi"]);
    }
    run(cargo.args(LAST))?;
    module(root, package)
}

/// Builds the package of a generated manifest, which stands for the contract of the workspace at
/// `root`, and returns the module.
pub(crate) fn build_generated(
    toolchain: &Toolchain,
    root: &Path,
    manifest: &Path,
) -> Result<Vec<u8>> {
    run(cargo(toolchain, root, CONTRACT)?.arg("--manifest-path").arg(manifest).args(LAST))?;
    module(root, CONTRACT)
}

fn cargo(toolchain: &Toolchain, root: &Path, package: &str) -> Result<Command> {
    let mut cargo = toolchain.command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    forget_settings(&mut cargo);
    cargo
        .args(["rustc", "--quiet", "--package", package, "--lib", "--crate-type", "cdylib"])
        .args(["--target", TARGET, "--profile", PROFILE])
        .args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"])
        .arg("--target-dir")
        .arg(target(root))
        .env("RUSTC", &toolchain.rustc)
        .env("RUSTC_BOOTSTRAP", "1") // for this build only: build-std and two of the flags
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", &toolchain.linker)
        .env("CARGO_ENCODED_RUSTFLAGS", flags(toolchain, root)?.join("\u{1f}"));
    Ok(cargo)
}

fn target(root: &Path) -> PathBuf {
    root.join("target/xtask")
}

fn module(root: &Path, package: &str) -> Result<Vec<u8>> {
    let module = target(root).join(TARGET).join(PROFILE).join(format!("{package}.wasm"));
    fs::read(&module).with_context(|| format!("{} cannot be read", module.display()))
}

/// Whatever the caller's shell sets must not change the output.
fn forget_settings(cargo: &mut Command) {
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let sets_a_build = ["CARGO_PROFILE_", "CARGO_BUILD_", "CARGO_TARGET_", "RUSTFLAGS"]
            .iter()
            .any(|prefix| text.starts_with(prefix));
        if sets_a_build || text.starts_with("RUSTC") {
            cargo.env_remove(&name);
        }
    }
}

fn flags(toolchain: &Toolchain, root: &Path) -> Result<Vec<String>> {
    let mut flags: Vec<String> = FLAGS.map(str::to_string).into();
    let mut hide = |folder: &Path, name: &str| {
        flags.push(format!("--remap-path-prefix={}={name}", folder.display()));
    };
    hide(&cargo_home()?, "cargo");
    for sources in &toolchain.sources {
        hide(sources, "rust");
    }
    hide(root, "registry");
    Ok(flags)
}

fn cargo_home() -> Result<PathBuf> {
    match env::var_os("CARGO_HOME") {
        Some(home) => Ok(home.into()),
        None => Ok(PathBuf::from(env::var_os("HOME").context("HOME is not set")?).join(".cargo")),
    }
}
