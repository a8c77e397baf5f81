//! `cargo xtask wasm`: the files of `abi/` that hold code, made or compared.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use pbc_host::PbcFile;
use walkdir::{DirEntry, WalkDir};

use crate::build::{CONTRACT, Purpose, build};
use crate::describe::describe;
use crate::record::{Fingerprint, Record, Tools};
use crate::shell::progress;
use crate::toolchain::{Route, Toolchain};

/// What a build makes.
struct Files {
    wasm: Vec<u8>,
    abi: Vec<u8>,
    pbc: Vec<u8>,
    record: Record,
}

/// Builds the contract and puts its files into `out`.
pub(crate) fn write(root: &Path, out: &Path, route: Option<Route>) -> Result<()> {
    let toolchain = Toolchain::find(route)?;
    make(&toolchain, root)?.put(out)
}

/// Builds the contract `package` of this workspace and puts its `.pbc` into `out`.
pub(crate) fn write_pbc(
    root: &Path,
    package: &str,
    out: &Path,
    route: Option<Route>,
) -> Result<()> {
    let files = make_package(&Toolchain::find(route)?, root, package)?;
    fs::create_dir_all(out)?;
    let path = out.join(format!("{package}.pbc"));
    fs::write(&path, &files.pbc)?;
    progress(&format!("written to {}", path.display()));
    Ok(())
}

/// Builds the contract here and in another folder. Both must be equal, and equal to what is in
/// `abi/` if that was made by the same tools.
pub(crate) fn check(root: &Path, out: Option<&Path>, route: Option<Route>) -> Result<()> {
    let toolchain = Toolchain::find(route)?;
    let here = make(&toolchain, root)?;
    if let Some(out) = out {
        here.put(out)?;
    }

    let elsewhere = tempfile::Builder::new().prefix("the-same-sources-elsewhere-").tempdir()?;
    copy_sources(root, elsewhere.path())?;
    let again = make(&toolchain, elsewhere.path())?;
    ensure!(
        here.pbc == again.pbc,
        "two builds in two folders differ: {} and {}",
        here.record.pbc.sha256,
        again.record.pbc.sha256
    );
    progress("reproducibility: two builds in two folders are equal");

    compare(&here, &root.join("abi"))
}

fn compare(fresh: &Files, shipped: &Path) -> Result<()> {
    let pbc = Fingerprint::of(&fs::read(file(shipped, "pbc"))?);
    let shipped = Record { pbc, ..Record::read(shipped)? };
    progress(&fresh.record.compare(&shipped)?);
    Ok(())
}

fn make(toolchain: &Toolchain, root: &Path) -> Result<Files> {
    make_package(toolchain, root, CONTRACT)
}

fn make_package(toolchain: &Toolchain, root: &Path, package: &str) -> Result<Files> {
    progress(&format!("building {package} in {}", root.display()));
    let wasm = build(toolchain, root, package, Purpose::Deploy)?;
    let abi = describe(&build(toolchain, root, package, Purpose::Describe)?)
        .context("the abi build does not describe the contract")?;
    let pbc = PbcFile { abi: abi.clone(), wasm: wasm.clone(), zk_bytecode: None }.encode();
    let record = Record {
        tools: Tools::of(toolchain)?,
        wasm: Fingerprint::of(&wasm),
        pbc: Fingerprint::of(&pbc),
    };
    progress(&format!("{} bytes of code, SHA-256 {}", record.wasm.bytes, record.wasm.sha256));
    Ok(Files { wasm, abi, pbc, record })
}

impl Files {
    fn put(&self, out: &Path) -> Result<()> {
        fs::create_dir_all(out)?;
        fs::write(file(out, "wasm"), &self.wasm)?;
        fs::write(file(out, "abi"), &self.abi)?;
        fs::write(file(out, "pbc"), &self.pbc)?;
        self.record.write(out)?;
        progress(&format!("written to {}", out.display()));
        Ok(())
    }
}

fn file(folder: &Path, extension: &str) -> std::path::PathBuf {
    folder.join(format!("{CONTRACT}.{extension}"))
}

/// Copies all that a build can read: everything but outputs and history.
fn copy_sources(from: &Path, to: &Path) -> Result<()> {
    let is_source = |entry: &DirEntry| {
        let name = entry.file_name().to_string_lossy();
        !matches!(&*name, "target" | ".git" | "node_modules")
    };
    for entry in WalkDir::new(from).into_iter().filter_entry(is_source) {
        let entry = entry?;
        let copy = to.join(entry.path().strip_prefix(from)?);
        if entry.file_type().is_dir() {
            fs::create_dir_all(copy)?;
        } else {
            fs::copy(entry.path(), copy)?;
        }
    }
    Ok(())
}
