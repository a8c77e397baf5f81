//! The model shares nothing with what it judges: its manifest and its source name no crate of
//! the contract, of the SDK or of the simulator.

use std::fs;
use std::path::Path;

/// Every other crate of the workspace.
const OTHERS: [&str; 17] = [
    "zk_node_registry",
    "zkreg",
    "registry_tests",
    "registry_harness",
    "registry_fuzz",
    "another_registry",
    "mutated_registry",
    "sdk_tests",
    "pbc_contract_codegen",
    "pbc_contract_common",
    "pbc_host",
    "pbc_lib",
    "pbc_traits",
    "create_type_spec_derive",
    "read_write_rpc_derive",
    "read_write_state_derive",
    "pbc_zk",
];

fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn name_of(dependency: &str) -> &str {
    dependency.split(['=', '.', ' ']).next().expect("split gives one part").trim_matches('"')
}

#[test]
fn the_manifest_depends_on_a_hash_and_a_test_tool_only() {
    let manifest = read(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"));

    let mut section = "";
    let mut dependencies = Vec::new();
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line;
            let is_plain = ["[dependencies]", "[dev-dependencies]"].contains(&section);
            assert!(is_plain || !section.contains("dependencies"), "{section}");
        } else if section.contains("dependencies") && !line.is_empty() && !line.starts_with('#') {
            assert!(!line.contains("path"), "{line}");
            assert!(!line.contains("package"), "no other name: {line}");
            dependencies.push(name_of(line));
        }
    }

    assert_eq!(dependencies, ["sha2", "proptest"]);
}

#[test]
fn no_source_file_names_another_crate_of_the_workspace() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = 0;
    for entry in fs::read_dir(source).expect("the source folder") {
        let path = entry.expect("an entry").path();
        assert!(path.extension().is_some_and(|extension| extension == "rs"), "{}", path.display());
        let text = read(&path);
        for other in OTHERS {
            assert!(!text.contains(other), "{} names {other}", path.display());
        }
        for shared in ["#[path", "include!", "extern crate"] {
            assert!(!text.contains(shared), "{} has {shared}", path.display());
        }
        files += 1;
    }
    assert!(files > 15, "{files} files were read");
}
