//! What made the files of a build, and what they are: kept beside them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::build::CONTRACT;
use crate::toolchain::{Route, Toolchain};

/// The tools of a build. Builds can be compared if theirs are the same; cargo does not matter, it
/// only calls them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tools {
    pub(crate) route: Route,
    pub(crate) compiler: String,
    pub(crate) linker: String,
}

impl Tools {
    pub(crate) fn of(toolchain: &Toolchain) -> Result<Tools> {
        Ok(Tools {
            route: toolchain.route,
            compiler: toolchain.compiler_version()?,
            linker: toolchain.linker_version()?,
        })
    }
}

/// The record of a build: its tools, and size and SHA-256 of the two files that hold code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) tools: Tools,
    pub(crate) wasm: Fingerprint,
    pub(crate) pbc: Fingerprint,
}

/// What tells a file from others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fingerprint {
    pub(crate) bytes: usize,
    pub(crate) sha256: String,
}

impl Fingerprint {
    pub(crate) fn of(content: &[u8]) -> Fingerprint {
        Fingerprint { bytes: content.len(), sha256: hex::encode(Sha256::digest(content)) }
    }
}

impl Record {
    /// What this build says about the one that is shipped. The same tools must give the same bytes;
    /// other tools say nothing.
    ///
    /// # Errors
    ///
    /// The tools are the same and the bytes are not.
    pub(crate) fn compare(&self, shipped: &Record) -> Result<String> {
        if self.tools != shipped.tools {
            return Ok(format!(
                "reproducibility: not comparable\n  abi/ was built by {}\n  this build is by  {}",
                serde_json::to_string(&shipped.tools)?,
                serde_json::to_string(&self.tools)?
            ));
        }
        ensure!(
            self.pbc == shipped.pbc,
            "abi/{CONTRACT}.pbc is not what the contract is now; `cargo xtask wasm` builds it"
        );
        Ok("reproducibility: equal to abi/".to_string())
    }

    fn path(folder: &Path) -> PathBuf {
        folder.join(format!("{CONTRACT}.build.json"))
    }

    /// The record in `folder`.
    pub(crate) fn read(folder: &Path) -> Result<Record> {
        let path = Record::path(folder);
        let text = fs::read_to_string(&path).with_context(|| {
            format!("{} cannot be read: `cargo xtask wasm` writes it", path.display())
        })?;
        serde_json::from_str(&text).with_context(|| format!("{} is malformed", path.display()))
    }

    /// Puts the record into `folder`.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        Ok(fs::write(Record::path(folder), text)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(compiler: &str, pbc: &[u8]) -> Record {
        let tools = Tools {
            route: Route::Debian,
            compiler: compiler.to_string(),
            linker: "Debian LLD 22.1.8".to_string(),
        };
        Record { tools, wasm: Fingerprint::of(b"code"), pbc: Fingerprint::of(pbc) }
    }

    #[test]
    fn the_same_tools_must_give_the_same_bytes() {
        let fresh = built("rustc 1.96.0", b"ours");

        let equal = fresh.compare(&built("rustc 1.96.0", b"ours")).expect("they are equal");
        assert_eq!(equal, "reproducibility: equal to abi/");

        let error = fresh.compare(&built("rustc 1.96.0", b"forged")).expect_err("they differ");
        assert!(error.to_string().contains("is not what the contract is now"), "{error}");
    }

    #[test]
    fn other_tools_are_told_and_say_nothing_about_the_bytes() {
        let fresh = built("rustc 1.97.0", b"ours");

        let told = fresh.compare(&built("rustc 1.96.0", b"others")).expect("it is no failure");

        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines[0], "reproducibility: not comparable");
        assert!(lines[1].contains("abi/ was built by") && lines[1].contains("rustc 1.96.0"));
        assert!(lines[2].contains("this build is by") && lines[2].contains("rustc 1.97.0"));
    }
}
