//! The artifact that is deployed, for tests that run it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use zkreg::engine::{Code, WasmEngine};

/// Names another file than the one in `abi/`, so that a fresh build can be tried before it is there.
const OVERRIDE: &str = "ZKREG_CONTRACT";

/// The code in `abi/zk_node_registry.pbc`. None if there is no such file: the caller then skips its
/// test, which has been said.
///
/// # Panics
///
/// If the file is missing where `CI` is `true`, or is no contract.
pub fn deployed() -> Option<Code> {
    let in_abi = Path::new(env!("CARGO_MANIFEST_DIR")).join("../abi/zk_node_registry.pbc");
    let path = env::var_os(OVERRIDE).map_or(in_abi, PathBuf::from);
    let Ok(bytes) = fs::read(&path) else {
        let text = format!("SKIPPED: there is no {}, so nothing of it was tested", path.display());
        assert!(env::var_os("CI").is_none_or(|ci| ci != "true"), "{text}");
        eprintln!("{text}");
        return None;
    };
    Some(Code::of_file(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// The deployed code, compiled once for all tests of a process.
pub fn compiled() -> Option<WasmEngine> {
    static ENGINE: OnceLock<Option<WasmEngine>> = OnceLock::new();
    let compile = || deployed().map(|code| WasmEngine::new(&code).expect("it compiles"));
    ENGINE.get_or_init(compile).clone()
}
