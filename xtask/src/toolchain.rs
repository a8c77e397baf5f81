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
                progress(&format!(
                    "no compiler of Debian's, so rustup's if it will do: {debian:#}"
                ));
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
    let compiler = Apt { package: "rustc-web", all: &compiler_packages };
    let cache = fetched(&compiler, "wasm-toolchain", &caches()?)?;
    let llvm = only(&cache, "usr/lib", "llvm-")?;
    Ok(Toolchain {
        route: Route::Debian,
        rustc: cache.join("usr/bin/rustc"),
        linker: llvm.join("bin/wasm-ld"),
        libraries: Some(only(&cache, "usr/lib", &format!("{}-", env::consts::ARCH))?),
        sources: vec![only(&cache, "usr/src", "rustc-")?, cache.join("usr/lib/rustlib/src/rust")],
    })
}

/// A folder into which Debian's `packages` are unpacked; they are fetched if they are not there yet.
///
/// # Errors
///
/// There is no apt-get, or it has not all of them.
pub(crate) fn unpacked(packages: &[String]) -> Result<PathBuf> {
    let [package, ..] = packages else { bail!("no package is asked for") };
    let all = |_: &str| Ok(packages.to_vec());
    fetched(&Apt { package, all: &all }, package, &caches()?)
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

/// Where Debian's packages come from.
trait Archive {
    /// The version of what is wanted that the lists name.
    fn candidate(&self) -> Result<String>;
    /// Fetches the lists anew.
    fn update(&self) -> Result<()>;
    /// Fetches what is wanted and puts it into the folder `cache`, which is not there.
    fn unpack(&self, version: &str, cache: &Path) -> Result<()>;
}

/// The folder below `caches`, `name` and the version, that holds what is wanted of the archive,
/// fetched if need be. The lists may name a version that the archive has replaced: then they are
/// fetched again, and what they say now counts.
fn fetched(archive: &impl Archive, name: &str, caches: &Path) -> Result<PathBuf> {
    let unpacked = |version: String| {
        let cache = caches.join(format!("{name}-{}", version.replace([':', '/'], "_")));
        if !cache.exists() {
            archive.unpack(&version, &cache)?;
        }
        Ok(cache)
    };
    archive.candidate().and_then(unpacked).or_else(|first| {
        archive.update().with_context(|| format!("{first:#}"))?;
        archive.candidate().and_then(unpacked)
    })
}

/// Packages of the archive, as apt knows them.
struct Apt<'a> {
    /// The one whose version counts.
    package: &'a str,
    /// All that are wanted, for a version of it.
    all: &'a dyn Fn(&str) -> Result<Vec<String>>,
}

impl Archive for Apt<'_> {
    fn candidate(&self) -> Result<String> {
        candidate(self.package)
    }

    fn update(&self) -> Result<()> {
        progress("apt-get update");
        output(Command::new("apt-get").args(["update", "-qq"]))
            .map(drop)
            .context("the package lists are missing or old; as root: apt-get update")
    }

    fn unpack(&self, version: &str, cache: &Path) -> Result<()> {
        fetch(&(self.all)(version)?, cache)
    }
}

fn caches() -> Result<PathBuf> {
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

/// The compiler, the source of its library and a linker, about 130 MB.
fn compiler_packages(version: &str) -> Result<Vec<String>> {
    let release: Vec<&str> = version.split('.').take(2).collect();
    let std = format!("libstd-rust-web-{}", release.join("."));
    let llvm = depends(&std, "libllvm")?;
    let lld = llvm.replace("libllvm", "lld-");
    let of_rustc = |package: &str| format!("{package}={version}");
    Ok(vec![
        of_rustc("rustc-web"),
        of_rustc(&std),
        of_rustc("libstd-rust-web-dev"),
        of_rustc("rust-web-src"),
        llvm,
        lld,
    ])
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

/// The one entry of `folder` in `cache` whose name starts like this.
fn only(cache: &Path, folder: &str, prefix: &str) -> Result<PathBuf> {
    let lacking = || {
        let cache = cache.display();
        format!("{cache} has no {folder}/{prefix}*: if it is damaged, remove it and run this again")
    };
    fs::read_dir(cache.join(folder))
        .with_context(lacking)?
        .filter_map(Result::ok)
        .find(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path())
        .with_context(lacking)
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::cell::Cell;

    /// An archive that holds `now`, beside lists that name `listed` until they are fetched again.
    struct Moved {
        listed: Option<&'static str>,
        now: &'static str,
        is_updated: Cell<bool>,
    }

    impl Moved {
        fn on(listed: Option<&'static str>, now: &'static str) -> Moved {
            Moved { listed, now, is_updated: Cell::new(false) }
        }
    }

    impl Archive for Moved {
        fn candidate(&self) -> Result<String> {
            let listed = if self.is_updated.get() { Some(self.now) } else { self.listed };
            listed.map(str::to_string).context("no lists")
        }

        fn update(&self) -> Result<()> {
            self.is_updated.set(true);
            Ok(())
        }

        fn unpack(&self, version: &str, cache: &Path) -> Result<()> {
            anyhow::ensure!(version == self.now, "404");
            Ok(fs::create_dir(cache)?)
        }
    }

    #[test]
    fn a_version_that_the_archive_has_replaced_gives_way_to_the_new_one() {
        let caches = tempfile::tempdir().expect("a folder can be made");
        let new = caches.path().join("wasm-toolchain-1.97.0");

        let archive = Moved::on(Some("1.96.0"), "1.97.0");
        assert_eq!(
            fetched(&archive, "wasm-toolchain", caches.path()).expect("the new one is there"),
            new
        );
        assert!(new.exists());

        // It is there already, and the lists are as old as before.
        let archive = Moved::on(Some("1.96.0"), "1.97.0");
        assert_eq!(
            fetched(&archive, "wasm-toolchain", caches.path()).expect("the new one is there"),
            new
        );
    }

    #[test]
    fn missing_lists_are_fetched_and_good_ones_are_not() {
        for (listed, is_updated) in [(None, true), (Some("1.97.0"), false)] {
            let caches = tempfile::tempdir().expect("a folder can be made");
            let archive = Moved::on(listed, "1.97.0");
            fetched(&archive, "wasm-toolchain", caches.path()).expect("it is there");
            assert_eq!(archive.is_updated.get(), is_updated, "{listed:?}");
        }
    }

    #[test]
    fn what_a_cache_lacks_is_named() {
        let cache = tempfile::tempdir().expect("a folder can be made");
        fs::create_dir_all(cache.path().join("usr/lib/other-linux-gnu")).expect("folders");

        let error = only(cache.path(), "usr/lib", "x86_64-").expect_err("it is not there");

        assert!(error.to_string().contains(" has no usr/lib/x86_64-*: "), "{error}");
    }
}
