//! What made the files of a build, and what they are: kept beside them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
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
