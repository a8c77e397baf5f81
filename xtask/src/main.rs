//! `cargo xtask`: builds what is deployed, builds the contract against another SDK, and runs what is
//! checked beyond the tests.
//!
//! Not here: what the module must look like, which `tests/wasm_module.rs` says.

#![forbid(unsafe_code)]

mod another_sdk;
mod assure;
mod build;
mod coverage;
mod describe;
mod record;
mod shell;
mod source_mutants;
mod toolchain;
mod wasm;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::assure::Effort;
use crate::source_mutants::Extent;
use crate::toolchain::Route;

/// Builds what is deployed, and checks more than the tests do.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Builds contract/ to WebAssembly: .wasm, .abi, .pbc and the record of the build.
    Wasm {
        /// Where the files go. Left out: abi/, or nowhere with --check.
        #[arg(long)]
        out: Option<PathBuf>,
        /// Builds a second time in another folder, and compares both with abi/.
        #[arg(long)]
        check: bool,
        /// Another contract of this workspace, of which the .pbc alone is written; needs --out.
        #[arg(long, requires = "out", conflicts_with = "check")]
        package: Option<String>,
        /// Whose compiler. Left out: Debian's where apt-get has it, else rustup's.
        #[arg(long)]
        route: Option<Route>,
    },
    /// Builds contract/, unchanged, against another SDK.
    Contract {
        /// A folder with the SDK's crates, or a tag of the official repository.
        #[arg(long)]
        sdk: String,
    },
    /// Runs every check beyond the tests, and writes what came of it as a page.
    Assure {
        /// More of everything, and every mutant; takes an hour or two.
        #[arg(long)]
        nightly: bool,
        /// These checks alone; the page has what the others came to on the same code.
        #[arg(long, value_name = "CHECK")]
        only: Vec<String>,
        /// Where the page goes. Left out: tests/ASSURANCE.md with --nightly, else below target/.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Has cargo-mutants change the source, and fails if tests do not notice it.
    Mutants {
        /// All of them, and records the run; else what has changed since the last time, and a sample.
        #[arg(long)]
        all: bool,
        /// Not those that the last full run here has noticed: for after a test was written.
        #[arg(long, requires = "all")]
        again: bool,
        /// About how many are drawn besides the change.
        #[arg(long, default_value_t = 20, conflicts_with = "all")]
        sample: usize,
        /// How many at a time.
        #[arg(long, default_value_t = 1)]
        jobs: usize,
    },
    /// Fails if a part of contract/ is not executed by its tests, and no exception says why.
    Coverage,
}

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask/ has a parent");
    let done = match Arguments::parse().task {
        Task::Wasm { out: Some(out), package: Some(package), route, .. } => {
            wasm::write_pbc(root, &package, &out, route)
        }
        Task::Wasm { out, check: false, route, .. } => {
            wasm::write(root, &out.unwrap_or_else(|| root.join("abi")), route)
        }
        Task::Wasm { out, check: true, route, .. } => wasm::check(root, out.as_deref(), route),
        Task::Contract { sdk } => another_sdk::build(root, &sdk),
        Task::Assure { nightly, only, out } => {
            let (effort, page) = if nightly {
                (&Effort::NIGHTLY, "tests/ASSURANCE.md")
            } else {
                (&Effort::CI, "target/ASSURANCE.md")
            };
            assure::run(root, effort, &only, &out.unwrap_or_else(|| root.join(page)))
        }
        Task::Mutants { all, again, sample, jobs } => {
            let extent = if all { Extent::All { again } } else { Extent::Change { sample } };
            source_mutants::hunt(root, extent, jobs).map(|hunted| println!("{hunted}"))
        }
        Task::Coverage => coverage::measure(root).map(|coverage| print!("{coverage}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
