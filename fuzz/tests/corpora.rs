//! Every entry of the corpora holds what it should, on any machine and without a fuzzer.
//!
//! `UPDATE_CORPUS=1` writes the entries anew that come from other files of the workspace. What a
//! fuzzer has found stands beside them, named by its hash.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::Rng as _;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use zkreg_strategies::{config, states};

/// All corpora together.
const MOST_BYTES: usize = 1_000_000;

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target)
}

/// The files of a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.expect("it can be read").path()).collect();
    files.sort();
    files
}

fn check(target: &str, run: fn(&[u8])) {
    let entries = files(&folder(target));
    assert!(entries.len() >= 8, "the corpus of {target} has only {} entries", entries.len());
    for entry in entries {
        let bytes = fs::read(&entry).expect("it can be read");
        if std::panic::catch_unwind(|| run(&bytes)).is_err() {
            panic!("{} does not hold", entry.display());
        }
    }
}

#[test]
fn calls_hold() {
    check("rpc", registry_fuzz::rpc);
}

#[test]
fn states_hold() {
    check("state", registry_fuzz::state);
}

#[test]
fn documents_hold() {
    check("json", registry_fuzz::json);
}

#[test]
fn scenarios_hold() {
    check("scenario", registry_fuzz::scenario);
}

#[test]
fn histories_hold() {
    check("history", registry_fuzz::history);
}

#[test]
fn the_corpora_are_small() {
    let all = ["rpc", "state", "json", "scenario", "history"].map(folder);
    let sizes = all.iter().flat_map(|folder| files(folder)).map(|file| {
        fs::metadata(file).map_or(0, |it| usize::try_from(it.len()).unwrap_or(MOST_BYTES))
    });
    assert!(sizes.sum::<usize>() < MOST_BYTES);
}

/// The entries that come from elsewhere: target, name, bytes.
fn seeds() -> Vec<(&'static str, String, Vec<u8>)> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests");
    let mut seeds = Vec::new();
    let vectors = fs::read_to_string(tests.join("data/golden-rpc.txt")).expect("vectors");
    let words = vectors.split(|c: char| !c.is_ascii_hexdigit()).filter(|word| word.len() > 1);
    let calls = words.filter_map(|word| hex::decode(word).ok());
    for (index, rpc) in calls.filter(|rpc| zkreg::call::Call::decode(rpc).is_some()).enumerate() {
        seeds.push(("rpc", format!("golden-{index:02}"), rpc));
    }
    for name in ["live.json", "live_sparse.json", "live.export.json", "export.json", "odd.json"] {
        let bytes = fs::read(tests.join("data").join(name)).expect("a document");
        seeds.push(("json", name.to_owned(), bytes));
    }
    let broken = fs::read(tests.join("data/broken.json")).expect("a document");
    for part in 1..4 {
        let length = broken.len() * part / 3;
        seeds.push(("json", format!("broken-{part}.json"), broken[..length].to_vec()));
    }
    for family in files(&tests.join("scenarios")) {
        let Some(name) = family.file_name().and_then(|name| name.to_str()) else { continue };
        let scenarios = files(&family).into_iter();
        let mut scenarios =
            scenarios.filter(|it| it.extension().is_some_and(|it| it == "scenario"));
        for index in 0..2 {
            let Some(file) = scenarios.next() else { break };
            let bytes = fs::read(file).expect("a scenario");
            seeds.push(("scenario", format!("{name}-{index}"), bytes));
        }
    }
    let mut runner = TestRunner::new(config(1));
    for index in 0..16 {
        let image = states().new_tree(&mut runner).expect("a state").current();
        let bytes = registry_fuzz::state_bytes(&image);
        if bytes.len() < 20_000 {
            seeds.push(("state", format!("sample-{index:02}"), bytes));
        }
        let mut bytes = vec![0; 1_200];
        runner.rng().fill_bytes(&mut bytes);
        seeds.push(("history", format!("random-{index:02}"), bytes));
    }
    seeds
}

#[test]
fn what_comes_from_elsewhere_is_there() {
    let update = std::env::var_os("UPDATE_CORPUS").is_some();
    for (target, name, bytes) in seeds() {
        let file = folder(target).join(name);
        if update {
            fs::write(&file, &bytes).expect("it can be written");
        }
        // Copies: they need not follow each change of a word.
        assert!(file.exists(), "{} is missing", file.display());
    }
}
