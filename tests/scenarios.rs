//! Every `*.scenario` below `scenarios/` goes as it is written, and gives the `*.transcript` beside
//! it, byte for byte.
//!
//! `UPDATE_EXPECT=1 cargo test --test scenarios` writes the transcripts anew, and the columns of the
//! scenarios; the difference is then to be read like any other change.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use expect_test::expect_file;
use zkreg::engine::NativeEngine;
use zkreg::replay::Replay;
use zkreg::scenario::Scenario;
use zkreg::transcript::{Palette, Transcript};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

/// All files of the families with this extension, in order.
fn files(extension: &str) -> Vec<PathBuf> {
    let list = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).expect("the folder of scenarios is there");
        entries.map(|entry| entry.expect("the folder can be read").path()).collect()
    };
    let families = list(&folder()).into_iter().filter(|path| path.is_dir());
    let mut files: Vec<PathBuf> = families
        .flat_map(|family| list(&family))
        .filter(|path| path.extension() == Some(OsStr::new(extension)))
        .collect();
    files.sort();
    files
}

fn scenario(path: &Path) -> Scenario {
    let bytes = fs::read(path).expect("the scenario can be read");
    let shown = path.display().to_string();
    Scenario::parse(&bytes).unwrap_or_else(|problems| panic!("{}", problems.render(&shown, false)))
}

/// The transcript of `scenario`, and every step that went otherwise than written.
fn replay(scenario: &Scenario) -> (String, Vec<String>) {
    let engine = Box::new(NativeEngine::of("zk_node_registry"));
    let mut replay = Replay::start(scenario, engine).expect("the registry can be created");
    let mut transcript = Transcript::new(scenario, Palette::default());
    let mut text = transcript.header(scenario);
    let mut wrong = Vec::new();
    while let Some(played) = replay.next() {
        text += &transcript.rows(&played, replay.world());
        if let Err(mismatch) = &played.verdict {
            wrong.push(format!("line {}: {mismatch}", played.line));
        }
    }
    text += &transcript.footer(replay.world());
    (text, wrong)
}

#[test]
fn every_scenario_goes_as_written_and_gives_its_transcript() {
    let scenarios = files("scenario");
    assert!(scenarios.len() >= 40, "only {} scenarios were found", scenarios.len());

    for path in scenarios {
        let (transcript, wrong) = replay(&scenario(&path));

        assert_eq!(wrong, [""; 0], "{}", path.display());
        expect_file![path.with_extension("transcript")].assert_eq(&transcript);
    }
}

#[test]
fn the_same_scenario_gives_the_same_transcript_again() {
    for path in files("scenario") {
        let scenario = scenario(&path);

        assert_eq!(replay(&scenario), replay(&scenario), "{}", path.display());
    }
}

#[test]
fn every_scenario_stands_in_columns() {
    for path in files("scenario") {
        expect_file![&path].assert_eq(&scenario(&path).to_string());
    }
}

#[test]
fn every_scenario_opens_with_what_it_shows_and_where_the_rule_comes_from() {
    for path in files("scenario") {
        let scenario = scenario(&path);
        let header: Vec<&str> = scenario.header().collect();
        let source = header.iter().position(|line| line.starts_with("Source: "));

        assert!(source.is_some_and(|line| line > 0), "{}: {header:?}", path.display());
    }
}

#[test]
fn no_transcript_has_lost_its_scenario() {
    let stem = |path: PathBuf| path.with_extension("");
    let scenarios: BTreeSet<PathBuf> = files("scenario").into_iter().map(stem).collect();
    let transcripts: BTreeSet<PathBuf> = files("transcript").into_iter().map(stem).collect();

    assert_eq!(transcripts, scenarios);
}
