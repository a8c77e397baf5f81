//! What the records must cover. That every mutant is killed is for `cargo run -p mutants`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use mutated_registry::{MUTANTS, activate};
use registry_tests::History;
use zkreg::engine::NativeEngine;
use zkreg::invariants::{Property, WatchedEngine};

#[test]
fn every_property_has_a_mutant_that_it_must_notice() {
    let named: BTreeSet<&str> = MUTANTS.iter().flat_map(|it| it.breaks).copied().collect();
    let all: BTreeSet<&str> = Property::ALL.iter().map(|it| it.id()).collect();
    assert_eq!(named, all);
}

#[test]
fn every_file_of_the_rules_has_mutants() {
    let mut of_file: BTreeMap<&str, usize> = BTreeMap::new();
    for mutant in MUTANTS {
        *of_file.entry(mutant.file).or_default() += 1;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contract/src/rules");
    for entry in fs::read_dir(folder).expect("the rules are there") {
        let path = entry.expect("it can be read").path();
        let name = path.file_name().expect("it has a name").to_string_lossy().into_owned();
        // Codes and messages are constants, which a switch cannot change: snapshots have them.
        if path.is_dir() || name == "rejection.rs" {
            continue;
        }
        let count = of_file.get(format!("rules/{name}").as_str()).copied().unwrap_or(0);
        assert!(count >= 3, "rules/{name} has {count} mutants");
    }
    assert!(MUTANTS.len() >= 200, "{} mutants", MUTANTS.len());
}

#[test]
fn without_a_mutant_the_copy_is_the_contract() {
    for seed in 0..5 {
        let (engine, findings) = WatchedEngine::new(NativeEngine::of("mutated_registry"));
        let mut history = History::on(engine, seed);
        for _ in 0..200 {
            history.step().expect("copy and model agree");
        }
        assert_eq!(findings.take(), []);
    }
}

#[test]
fn a_mutant_is_its_threads_own() {
    let mutant = MUTANTS.iter().find(|it| it.id == "nothing-is-positive").expect("it is there");
    activate(Some(mutant));
    let other = std::thread::spawn(|| {
        let mut history = History::on(NativeEngine::of("mutated_registry"), 1);
        (0..200).all(|_| history.step().is_ok())
    });
    assert!(other.join().expect("the thread ends"));
    activate(None);
}
