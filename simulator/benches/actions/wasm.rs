//! The deployed module: compiled once, and what an instance costs.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use zkreg::engine::{Code, WasmEngine};

use super::time;

/// Instances that are timed one by one.
const INSTANCES: usize = 10_000;

/// The engine for the module in `abi/`.
pub(super) fn engine() -> &'static WasmEngine {
    static ENGINE: OnceLock<WasmEngine> = OnceLock::new();
    ENGINE.get_or_init(|| WasmEngine::new(&code()).expect("it compiles"))
}

fn code() -> Code {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../abi/zk_node_registry.pbc");
    let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Code::of_file(&bytes).expect("the deployed contract can run")
}

/// Prints what a call costs before its first instruction, and what the module costs before its
/// first call.
pub(super) fn report() {
    let code = code();
    let compiling = time(|| drop(WasmEngine::new(&code).expect("it compiles")));
    let engine = engine();
    let instance = |_| time(|| engine.instantiate().expect("there is room for one"));
    let mut instances: Vec<Duration> = (0..INSTANCES).map(instance).collect();
    instances.sort_unstable();
    println!(
        "wasm: an instance alone, median {:?}, shortest {:?}; compiling the module {compiling:?}",
        instances[INSTANCES / 2],
        instances[0],
    );
}
