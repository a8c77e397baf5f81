//! A compiler with the source of its standard library, and a linker for WebAssembly.
//!
//! Two routes. *Debian*: the packages of Debian's `rustc-web`, unpacked into a cache folder, with
//! nothing installed; anybody can have the same bytes, so what is deployed is built this way.
//! *rustup*: the toolchain of this machine, if it has the component `rust-src`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, anyhow, bail};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::shell::{output, progress};

/// Whose compiler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Route {
    Debian,
    Rustup,
}

/// What a build needs.
#[derive(Debug)]
pub(crate) struct Toolchain {
    pub(crate) route: Route,
    pub(crate) rustc: PathBuf,
    pub(crate) linker: PathBuf,
    /// Where the two find their shared libraries, if that is not where the system looks.
    pub(crate) libraries: Option<PathBuf>,
    /// Folders of the toolchain that hold sources, whose paths must not enter the output.
    pub(crate) sources: Vec<PathBuf>,
}

impl Toolchain {
    /// Finds a toolchain, or fetches Debian's.
    ///
    /// # Errors
    ///
    /// If there is none, with what to do about it.
    pub(crate) fn find(route: Option<Route>) -> Result<Toolchain> {
        match route {
            Some(Route::Debian) => debian(),
            Some(Route::Rustup) => rustup(),
            None => debian().or_else(|debian| {
                rustup().map_err(|rustup| {
                    anyhow!(
                        "there is no compiler for this\n  Debian: {debian:#}\n  rustup: {rustup:#}"
                    )
                })
            }),
        }
    }

    /// A command that finds the shared libraries of the toolchain.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        if let Some(libraries) = &self.libraries {
            command.env("LD_LIBRARY_PATH", libraries);
        }
        command
    }

    /// What the compiler says it is.
    pub(crate) fn compiler_version(&self) -> Result<String> {
        output(self.command(&self.rustc).arg("--version"))
    }

    /// What the linker says it is.
    pub(crate) fn linker_version(&self) -> Result<String> {
        let mut linker = self.command(&self.linker);
        if self.route == Route::Rustup {
            linker.args(["-flavor", "wasm"]);
        }
        output(linker.arg("--version"))
    }
}

fn rustup() -> Result<Toolchain> {
    let sysroot = PathBuf::from(output(Command::new("rustc").args(["--print", "sysroot"]))?);
    let sources = sysroot.join("lib/rustlib/src/rust");
    if !sources.join("library/Cargo.toml").exists() {
        bail!("the toolchain has no source of std; `rustup component add rust-src` fetches it");
    }
    let host = output(Command::new("rustc").args(["--print", "host-tuple"]))?;
    let linker = sysroot.join("lib/rustlib").join(host).join("bin/rust-lld");
    if !linker.exists() {
        bail!("{} is missing: install the toolchain anew", linker.display());
    }
    Ok(Toolchain {
        route: Route::Rustup,
        rustc: sysroot.join("bin/rustc"),
        linker,
        libraries: None,
        sources: vec![sources],
    })
}

fn debian() -> Result<Toolchain> {
    let version = candidate("rustc-web").or_else(|_| {
        update_lists()?;
        candidate("rustc-web")
    })?;
    let cache = cache()?.join(format!("wasm-toolchain-{version}"));
    if !cache.exists() {
        unpack_or_update(&version, &cache)?;
    }

    let llvm = only(&cache.join("usr/lib"), "llvm-")?;
    Ok(Toolchain {
        route: Route::Debian,
        rustc: cache.join("usr/bin/rustc"),
        linker: llvm.join("bin/wasm-ld"),
        libraries: Some(only(&cache.join("usr/lib"), "x86_64-")?),
        sources: vec![
            only(&cache.join("usr/src"), "rustc-")?,
            cache.join("usr/lib/rustlib/src/rust"),
        ],
    })
}

/// A folder into which Debian's `packages` are unpacked; they are fetched if they are not there yet.
///
/// # Errors
///
/// There is no apt-get, or it has not all of them.
pub(crate) fn unpacked(packages: &[String]) -> Result<PathBuf> {
    let [first, ..] = packages else { bail!("no package is asked for") };
    let version = candidate(first).or_else(|_| {
        update_lists()?;
        candidate(first)
    })?;
    let cache = cache()?.join(format!("{first}-{}", version.replace([':', '/'], "_")));
    if !cache.exists() {
        fetch(packages, &cache).or_else(|_| {
            update_lists()?;
            fetch(packages, &cache)
        })?;
    }
    Ok(cache)
}

/// Downloads packages and unpacks them into `cache`, whole or not at all.
fn fetch(packages: &[String], cache: &Path) -> Result<()> {
    let folder = cache.parent().expect("a cache folder has a parent");
    fs::create_dir_all(folder)?;
    let unpacked = tempfile::tempdir_in(folder)?;
    let archives = unpacked.path().join("archives");
    fs::create_dir(&archives)?;
    progress(&format!("fetching Debian's {}", packages.join(", ")));
    output(Command::new("apt-get").arg("download").args(packages).current_dir(&archives))?;
    progress(&format!("unpacking into {}", cache.display()));
    for archive in fs::read_dir(&archives)? {
        unpack_archive(&archive?.path(), unpacked.path())?;
    }
    fs::remove_dir_all(archives)?;
    fs::rename(unpacked.keep(), cache)?;
    Ok(())
}

fn cache() -> Result<PathBuf> {
    let base = match env::var_os("XDG_CACHE_HOME") {
        Some(folder) if !folder.is_empty() => PathBuf::from(folder),
        _ => PathBuf::from(env::var_os("HOME").context("HOME is not set")?).join(".cache"),
    };
    Ok(base.join("zk-node-registry"))
}

/// The version of `package` that apt would install.
fn candidate(package: &str) -> Result<String> {
    let policy = output(Command::new("apt-cache").args(["policy", package]))?;
    policy
        .lines()
        .find_map(|line| line.trim().strip_prefix("Candidate: "))
        .filter(|version| *version != "(none)")
        .map(str::to_string)
        .with_context(|| format!("apt knows no package {package}: it takes Debian 12 or later"))
}

fn update_lists() -> Result<()> {
    progress("apt-get update");
    output(Command::new("apt-get").args(["update", "-qq"]))
        .map(drop)
        .context("the package lists are missing or old; as root: apt-get update")
}

/// The lists may name a version that the archive has replaced: then they are fetched again.
fn unpack_or_update(version: &str, cache: &Path) -> Result<()> {
    unpack(version, cache).or_else(|_| {
        update_lists()?;
        let now = candidate("rustc-web")?;
        if now != version {
            bail!("Debian has moved on from {version} to {now}: run this again");
        }
        unpack(version, cache)
    })
}

fn unpack(version: &str, cache: &Path) -> Result<()> {
    let release: Vec<&str> = version.split('.').take(2).collect();
    let std = format!("libstd-rust-web-{}", release.join("."));
    let llvm = depends(&std, "libllvm")?;
    let lld = llvm.replace("libllvm", "lld-");
    let of_rustc = |package: &str| format!("{package}={version}");
    let packages = [
        of_rustc("rustc-web"),
        of_rustc(&std),
        of_rustc("libstd-rust-web-dev"),
        of_rustc("rust-web-src"),
        llvm,
        lld,
    ];

    progress(&format!("Debian's rustc {version}: about 130 MB"));
    fetch(&packages, cache)
}

/// Of the compiler's sources only the library is wanted.
fn unpack_archive(archive: &Path, into: &Path) -> Result<()> {
    let is_source =
        archive.file_name().is_some_and(|name| name.to_string_lossy().starts_with("rust-web-src_"));
    if !is_source {
        return output(Command::new("dpkg").arg("-x").args([archive, into])).map(drop);
    }
    let script = "dpkg-deb --fsys-tarfile \"$0\" | tar -x -C \"$1\" --wildcards \
                  './usr/src/rustc-*/library/*' './usr/lib/rustlib/src/*'";
    output(Command::new("sh").args(["-c", script]).args([archive, into])).map(drop)
}

/// The package that `package` depends on whose name starts like this.
fn depends(package: &str, prefix: &str) -> Result<String> {
    output(Command::new("apt-cache").args(["depends", package]))?
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Depends: "))
        .find(|name| name.starts_with(prefix))
        .map(str::to_string)
        .with_context(|| format!("{package} depends on no {prefix}*"))
}

/// The one entry of `folder` whose name starts like this.
fn only(folder: &Path, prefix: &str) -> Result<PathBuf> {
    let damaged = || format!("{} is damaged: remove it and run this again", folder.display());
    fs::read_dir(folder)
        .with_context(damaged)?
        .filter_map(Result::ok)
        .find(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path())
        .with_context(damaged)
}
