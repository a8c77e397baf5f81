//! The scenario files that paths stand for.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use walkdir::WalkDir;
use zkreg::scenario::MAX_BYTES;

/// The scenario files at and below `path`: itself if it is a file, whatever it is called, otherwise
/// every `*.scenario` in the folder and its folders, in the order of their names.
///
/// # Errors
///
/// A sentence that names the path: it cannot be read, or the folder holds no scenario.
pub(crate) fn scenarios(path: &Path) -> Result<Vec<PathBuf>, String> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in WalkDir::new(path).sort_by_file_name() {
        let entry = entry.map_err(|error| format!("cannot read {}: {error}", shown(path)))?;
        let is_scenario = entry.path().extension() == Some(OsStr::new("scenario"));
        if entry.file_type().is_file() && is_scenario {
            files.push(entry.into_path());
        }
    }
    if files.is_empty() {
        return Err(format!("there is no *.scenario in the folder {}", shown(path)));
    }
    Ok(files)
}

/// The bytes of a scenario file, or of standard input for `-`; of a longer one than a scenario may
/// be, one byte too many.
///
/// # Errors
///
/// A sentence that names the file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, String> {
    read_up_to(path, MAX_BYTES)
}

/// The bytes of a file, or of standard input for `-`; of a longer one than `most`, one byte too
/// many.
///
/// # Errors
///
/// A sentence that names the file.
pub(crate) fn read_up_to(path: &Path, most: usize) -> Result<Vec<u8>, String> {
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    let result = open(path)?.take(limit).read_to_end(&mut bytes);
    result.map_err(|error| format!("cannot read {}: {error}", shown(path)))?;
    Ok(bytes)
}

/// The file at `path`, or standard input for `-`, which can be had once.
///
/// # Errors
///
/// A sentence that names the file.
pub(crate) fn open(path: &Path) -> Result<Box<dyn Read>, String> {
    static STDIN_IS_TAKEN: AtomicBool = AtomicBool::new(false);
    if path != Path::new("-") {
        let file = File::open(path);
        let file = file.map_err(|error| format!("cannot read {}: {error}", shown(path)))?;
        return Ok(Box::new(file));
    }
    if STDIN_IS_TAKEN.swap(true, Ordering::Relaxed) {
        return Err("`-` stands for standard input, which can be read once only".to_owned());
    }
    Ok(Box::new(io::stdin()))
}

/// `path` as messages show it: one printable line.
pub(crate) fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    text.chars().map(|it| if it.is_control() { '\u{fffd}' } else { it }).collect()
}
