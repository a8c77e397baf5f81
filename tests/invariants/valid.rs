//! The real contract breaks nothing: in every scenario and its last state, and in random histories.

use std::fs;
use std::path::{Path, PathBuf};

use registry_tests::History;
use zkreg::chain::EngineContract;
use zkreg::engine::NativeEngine;
use zkreg::invariants::{Delivery, Watched, WatchedEngine};
use zkreg::replay::Replay;
use zkreg::scenario::Scenario;
use zkreg::world::World;

fn scenarios() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let list = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).expect("the folder is there");
        entries.map(|entry| entry.expect("it can be read").path()).collect()
    };
    let families = list(&folder).into_iter().filter(|path| path.is_dir());
    let files = families.flat_map(|family| list(&family));
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|it| it == "scenario")).collect();
    files.sort();
    files
}

/// Tries everything on branches of the registry as a world has left it.
fn try_everything(world: &World, shown: &str) {
    let (root, trees) = world.registry();
    let engine = Box::new(NativeEngine::of("zk_node_registry"));
    let contract = EngineContract::restore(root.to_vec(), trees.clone(), engine);
    let (watched, broken) = Watched::new(contract).expect("the root can be read");
    assert_eq!(broken, [], "{shown}: the last state");
    let last = Delivery {
        registry: world.registry_address(),
        sender: world.registry_address(),
        now: world.now(),
        height: world.chain().height(),
        transaction: [0; 32],
        callback: None,
        rpc: vec![0x06],
    };
    assert_eq!(watched.probe_all(&last), [], "{shown}: tried on the last state");
}

#[test]
fn no_scenario_breaks_a_property() {
    for path in scenarios() {
        let shown = path.display().to_string();
        let bytes = fs::read(&path).expect("the scenario can be read");
        let scenario = Scenario::parse(&bytes).expect("the scenario is well-formed");
        // A replay checks every property itself, and would be seen trying by another watch around it.
        let engine = Box::new(NativeEngine::of("zk_node_registry"));
        let mut replay = Replay::start(&scenario, engine).expect("it can begin");
        for played in replay.by_ref() {
            assert_eq!(played.verdict, Ok(()), "{shown}, line {}", played.line);
        }
        try_everything(replay.world(), &shown);
    }
}

#[test]
fn no_random_history_breaks_a_property() {
    for seed in 0..100 {
        let (engine, findings) = WatchedEngine::new(NativeEngine::of("zk_node_registry"));
        let mut history = History::on(engine, seed);
        for step in 0..200 {
            let (call, answer) = history.step().expect("contract and model agree");
            assert_eq!(findings.take(), [], "seed {seed}, step {step}: {call} {answer}");
        }
    }
}
