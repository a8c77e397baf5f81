//! Starts `zkreg` as the shell does.

#![allow(dead_code, unreachable_pub)] // each test file is a crate of its own and uses its part

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use expect_test::Expect;

/// The folder of the workspace: sample data lies below it.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A folder of its own for the test `name`, empty.
pub fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("an old folder can be removed");
    }
    fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

/// Writes a file.
pub fn write(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).expect("a file can be written");
}

/// Runs `zkreg` in `folder`.
pub fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zkreg"));
    command.current_dir(folder).args(arguments).stdin(Stdio::null());
    command.output().expect("zkreg can be started")
}

/// What was written, as text.
pub fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("the output is text")
}

/// Compares exit status, standard output and standard error.
#[track_caller]
pub fn check(folder: &Path, arguments: &[&str], expected: Expect) {
    let output = run(folder, arguments);
    let status = output.status.code().expect("zkreg was not killed");
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    expected.assert_eq(&format!("status {status}\n--- out\n{out}--- err\n{err}"));
}
