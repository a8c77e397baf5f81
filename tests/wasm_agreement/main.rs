//! What is tested is what is deployed: the native contract and the deployed module give the same
//! state, trees, events, refusals and tree operations, byte for byte, call by call.
//!
//! `cargo test` runs 5,000 random calls; a release build runs 100,000. `ZKREG_CALLS` asks for
//! another number. A difference prints the shortest list of steps found, as a scenario.

mod shrinking;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use registry_tests::artifact::{self, compiled, deployed};
use registry_tests::twins::Twins;
use zkreg::engine::{CALL_CODES, Engine, MeteredEngine, NativeEngine};
use zkreg::replay::Replay;
use zkreg::scenario::Scenario;
use zkreg::transcript::{Palette, Transcript};

fn native() -> NativeEngine {
    NativeEngine::of("zk_node_registry")
}

#[test]
fn every_code_of_the_registry_is_told_from_a_bug() {
    let snapshot = include_str!("../harness/tests/snapshots/rejections.txt");
    let codes = snapshot.lines().filter_map(|line| Some(line.split_once(": ")?.0));
    let unknown: Vec<_> = codes.filter(|it| CALL_CODES.binary_search(it).is_err()).collect();
    assert_eq!(unknown, [""; 0]);

    // The others are of decoding, before all other checks.
    let is_of_decoding = |code: &&&str| !snapshot.contains(&format!("{code}: "));
    let decoding: Vec<_> = CALL_CODES.iter().filter(is_of_decoding).copied().collect();
    let readme = include_str!("../../contract/README.md");
    assert!(decoding.iter().all(|code| readme.contains(&format!("`{code}`"))), "{decoding:?}");
    assert_eq!(decoding.len(), 8, "{decoding:?}");
}

/// All scenarios below `tests/scenarios`, in order.
fn scenarios() -> Vec<(PathBuf, Scenario)> {
    let list = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).expect("the folder is there");
        entries.map(|entry| entry.expect("the folder can be read").path()).collect()
    };
    let families = list(&Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios"));
    let files = families.iter().filter(|it| it.is_dir()).flat_map(|family| list(family));
    let is_scenario = |path: &PathBuf| path.extension().is_some_and(|it| it == "scenario");
    let mut files: Vec<_> = files.filter(is_scenario).collect();
    files.sort();
    assert!(files.len() >= 40, "only {} scenarios were found", files.len());
    let scenario = |path: PathBuf| {
        let bytes = fs::read(&path).expect("the scenario can be read");
        let scenario = Scenario::parse(&bytes).expect("a scenario of this repository");
        (path, scenario)
    };
    files.into_iter().map(scenario).collect()
}

/// The transcript, and the state with its trees at the end.
fn replay(scenario: &Scenario, engine: Box<dyn Engine>) -> (String, Vec<u8>, Vec<u8>) {
    let mut replay = Replay::start(scenario, engine).expect("the registry can be created");
    let mut transcript = Transcript::new(scenario, Palette::default());
    let mut text = transcript.header(scenario);
    while let Some(played) = replay.next() {
        text += &transcript.rows(&played, replay.world());
    }
    text += &transcript.footer(replay.world());
    let (state, trees) = replay.world().registry();
    (text, state.to_vec(), trees.to_snapshot())
}

#[test]
fn every_scenario_goes_alike_on_all_engines() {
    let (Some(code), Some(wasm)) = (deployed(), compiled()) else { return };
    let metered = MeteredEngine::new(&code).expect("it is taken in");
    for (path, scenario) in scenarios() {
        let expected = replay(&scenario, Box::new(native()));
        assert_eq!(replay(&scenario, Box::new(wasm.clone())), expected, "{}", path.display());
        assert_eq!(replay(&scenario, Box::new(metered.clone())), expected, "{}", path.display());
    }
}

#[test]
fn every_call_of_every_scenario_is_answered_alike() {
    let Some(wasm) = compiled() else { return };
    let mut calls = 0;
    for (path, scenario) in scenarios() {
        let twins = Twins::new(native(), wasm.clone());
        replay(&scenario, Box::new(twins.clone()));
        if let Some(difference) = twins.difference() {
            panic!("the scenario {} shows it: {difference}", path.display());
        }
        calls += twins.calls();
    }
    assert!(calls > 500, "only {calls} calls were compared");
}

/// How many random calls are compared.
fn calls_to_compare() -> usize {
    let asked = env::var("ZKREG_CALLS").ok().map(|it| it.parse().expect("a number"));
    asked.unwrap_or(if cfg!(debug_assertions) { 5_000 } else { 100_000 })
}

fn compare<E: Engine + Clone + 'static>(engine: &E, seeds: u64, calls: usize) {
    let mut compared = 0;
    for seed in seeds.. {
        let twins = Twins::new(native(), engine.clone());
        if let Some(shown) = twins.try_seed(seed, 400) {
            panic!("seed {seed}: {shown}");
        }
        compared += twins.calls();
        if compared >= calls {
            println!("{compared} calls were answered alike");
            return;
        }
    }
}

#[test]
fn random_calls_are_answered_alike() {
    let Some(wasm) = compiled() else { return };
    compare(&wasm, 1_000, calls_to_compare());
}

#[test]
fn random_calls_are_answered_alike_by_the_metering_engine() {
    let Some(code) = artifact::deployed() else { return };
    let metered = MeteredEngine::new(&code).expect("it is taken in");
    compare(&metered, 2_000, calls_to_compare() / 50);
}
