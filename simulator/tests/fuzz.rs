//! `zkreg fuzz` finds what is wrong with a contract, and `zkreg replay` shows it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A folder of its own for the test `name`, empty.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("an old folder can be removed");
    }
    fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

fn zkreg(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zkreg"));
    command.current_dir(folder).args(arguments).stdin(Stdio::null());
    command.output().expect("zkreg can be started")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("the output is text")
}

/// Instructions that push 14 days in milliseconds, 1 ms less, and 2 ms less.
const PERIODS: [[u8; 6]; 3] = [
    [0x42, 0x80, 0x90, 0xe4, 0xc0, 0x04],
    [0x42, 0xff, 0x8f, 0xe4, 0xc0, 0x04],
    [0x42, 0xfe, 0x8f, 0xe4, 0xc0, 0x04],
];

/// The deployed module, but released tokens are free 1 ms too early.
fn hasty() -> Vec<u8> {
    let mut module = include_bytes!("../../abi/zk_node_registry.wasm").to_vec();
    let mut changed = 0;
    for place in 0..module.len() - 6 {
        let shorter = match &module[place..place + 6] {
            it if it == PERIODS[0] => PERIODS[1],
            it if it == PERIODS[1] => PERIODS[2],
            _ => continue,
        };
        module[place..place + 6].copy_from_slice(&shorter);
        changed += 1;
    }
    assert!(changed > 0, "the module has the 14 days in it");
    module
}

#[test]
fn a_contract_that_unlocks_1_ms_early_is_found_shrunk_and_replayed() {
    let folder = folder("hasty");
    fs::write(folder.join("hasty.wasm"), hasty()).expect("a file can be written");
    let engine = ["--engine", "wasm", "--pbc", "hasty.wasm"];

    let found =
        zkreg(&folder, &[&["fuzz", "--actions", "30000", "--out", "."], &engine[..]].concat());

    let report = text(&found.stdout);
    assert_eq!(found.status.code(), Some(3), "{report}{}", text(&found.stderr));
    let written = report.lines().filter_map(|line| line.strip_prefix("written: "));
    let written: Vec<&str> = written.collect();
    let scenario = |unshrunk: bool| {
        let mut fitting = written.iter().filter(|it| it.ends_with(".scenario"));
        *fitting.find(|it| it.contains("unshrunk") == unshrunk).expect("it was written")
    };
    let lines = |name: &str| {
        let text = fs::read_to_string(folder.join(name)).expect("the file can be read");
        text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).count()
    };
    let (short, long) = (scenario(false), scenario(true));
    assert!(lines(short) <= 20 && lines(short) < lines(long), "{} {}", lines(short), lines(long));
    for name in [short, long] {
        let replayed = zkreg(&folder, &[&["replay", name], &engine[..]].concat());
        assert_eq!(replayed.status.code(), Some(3), "{name}: {}", text(&replayed.stderr));
        let right = zkreg(&folder, &["replay", name]);
        let complaint = text(&right.stderr);
        assert_ne!(right.status.code(), Some(3), "the contract itself: {complaint}");
    }
}

#[test]
fn the_report_does_not_depend_on_how_many_run_at_a_time() {
    let folder = folder("jobs");
    let run = |jobs: &str, format: &str| {
        let arguments =
            ["fuzz", "--actions", "4000", "--seed", "9", "--jobs", jobs, "--format", format];
        let output = zkreg(&folder, &arguments);
        assert_eq!(output.status.code(), Some(1), "4,000 actions do not come to every outcome");
        output.stdout
    };

    for format in ["text", "json"] {
        assert_eq!(text(&run("1", format)), text(&run("2", format)));
    }
}

#[test]
fn rare_outcomes_are_kept_and_run_first() {
    let folder = folder("corpus");
    let run = |seed: &str, actions: &str| {
        let arguments = ["fuzz", "--seed", seed, "--actions", actions, "--corpus", "kept"];
        text(&zkreg(&folder, &arguments).stdout).to_owned()
    };

    run("1", "60");
    let kept = fs::read_dir(folder.join("kept")).expect("there is a corpus").count();
    let report = run("1000", "20");

    assert!(kept > 10, "{kept}");
    assert!(report.contains(&format!("after {kept} of the corpus")), "{report}");
}

#[test]
fn a_file_that_is_no_history_is_status_2() {
    let folder = folder("no_history");
    fs::create_dir(folder.join("kept")).expect("a folder can be made");
    let path = folder.join("kept").join("x.history");
    fs::write(path, "{\"now\":1,\"create\":[\"ff\"]}\n{\"at\":0,\"from\":\"x\",\"rpc\":\"\"}\n")
        .expect("a file can be written");

    let output = zkreg(&folder, &["fuzz", "--actions", "10", "--corpus", "kept"]);

    assert_eq!(output.status.code(), Some(2));
    let complaint = text(&output.stderr);
    assert_eq!(complaint, "error: kept/x.history: line 2: `x` is not an address\n");
}
