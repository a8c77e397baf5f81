//! `cargo xtask`: builds what is deployed, and builds the contract against another SDK.
//!
//! Not here: what the module must look like, which `tests/wasm_module.rs` says.

#![forbid(unsafe_code)]

mod another_sdk;
mod build;
mod coverage;
mod describe;
mod record;
mod shell;
mod toolchain;
mod wasm;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::toolchain::Route;

/// Builds what is deployed, and builds the contract against another SDK.
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
