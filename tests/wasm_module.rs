//! What is deployed: the module in `abi/` and the files beside it.
//!
//! `MODULE_DIR` names another folder with such files, to look at a fresh build.
//!
//! Source: `pbc-formats.md` 2.4, 2.5, 3.6 and 6; `tests/vectors/wasm-interface.json`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs};

use pbc_host::{ContractAbi, PbcFile};
use pbc_lib::Export;
use serde_json::Value;
use sha2::{Digest, Sha256};
use wasmparser::types::Types;
use wasmparser::{
    ExternalKind, FuncType, Parser, Payload, TypeRef, ValType, Validator, WasmFeatures,
};

/// The largest module that may be deployed, in bytes. The gas for sending it is 5 per byte.
const LARGEST: usize = 100_000;

fn folder() -> PathBuf {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../abi");
    env::var_os("MODULE_DIR").map_or(shipped, PathBuf::from)
}

fn file(extension: &str) -> Vec<u8> {
    let path = folder().join(format!("zk_node_registry.{extension}"));
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The interface of a module of the official SDK.
fn interface() -> Value {
    serde_json::from_str(include_str!("vectors/wasm-interface.json")).expect("JSON")
}

fn record() -> Value {
    serde_json::from_slice(&file("build.json")).expect("the record is JSON")
}

/// What the MVP of WebAssembly had, and nothing of what came after.
fn validated(module: &[u8]) -> Types {
    Validator::new_with_features(WasmFeatures::WASM1).validate_all(module).expect("an MVP module")
}

fn payloads(module: &[u8]) -> Vec<Payload<'_>> {
    Parser::new(0).parse_all(module).collect::<Result<_, _>>().expect("a module")
}

/// `(i32, i32) -> i64`, as the module has it.
fn show(function: &FuncType) -> String {
    let list =
        |types: &[ValType]| types.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let results = match function.results() {
        [] => "()".to_string(),
        results => list(results),
    };
    format!("({}) -> {results}", list(function.params()))
}

/// `(tree i32, key_ptr i32) -> i32 (0/1)`, as the vectors have it, without names and remarks.
fn expected(text: &str) -> String {
    let (parameters, result) = text.split_once(") -> ").expect("an arrow");
    let types: Vec<&str> = parameters
        .trim_start_matches('(')
        .split(", ")
        .filter(|parameter| !parameter.is_empty())
        .map(|parameter| parameter.rsplit(' ').next().expect("a type"))
        .collect();
    let result = result.split(' ').next().expect("a result");
    format!("({}) -> {result}", types.join(", "))
}

#[test]
fn the_module_is_mvp_and_small_enough() {
    let module = file("wasm");
    validated(&module);
    assert!(module.len() <= LARGEST, "{} bytes, at most {LARGEST} are allowed", module.len());
}

#[test]
fn the_module_imports_only_what_the_host_offers_with_the_published_signatures() {
    let module = file("wasm");
    let types = validated(&module);
    let interface = interface();
    let offered = interface["imports"].as_object().expect("a table of imports");
    let mut imported = BTreeSet::new();
    for payload in payloads(&module) {
        let Payload::ImportSection(imports) = payload else { continue };
        for import in imports {
            let import = import.expect("an import");
            assert_eq!(import.module, "pbc", "of {}", import.name);
            let TypeRef::Func(index) = import.ty else { panic!("{} is no function", import.name) };
            let ty = types[types.as_ref().core_type_at_in_module(index)].unwrap_func();
            let offered = offered.get(import.name).and_then(Value::as_str);
            let offered = offered.unwrap_or_else(|| panic!("no host offers {}", import.name));
            assert_eq!(show(ty), expected(offered), "{}", import.name);
            imported.insert(import.name);
        }
    }
    // Without trees it would be a build with the feature `abi`, which cannot be deployed.
    for needed in
        ["exit", "memmove", "avl_new", "avl_get", "avl_get_size", "avl_insert", "avl_remove"]
    {
        assert!(imported.contains(needed), "the module does not import {needed}");
    }
}

#[test]
fn the_module_exports_the_functions_of_the_abi_and_no_other_hook() {
    let module = file("wasm");
    let types = validated(&module);
    let abi = ContractAbi::decode(&file("abi")).expect("an ABI");
    let mut wanted: BTreeMap<String, &str> = abi
        .functions
        .iter()
        .map(|function| {
            let shortname = function.shortname.expect("public functions have shortnames");
            let export = match function.kind {
                1 => Export::Init,
                2 => Export::Action(shortname),
                3 => Export::Callback(shortname),
                kind => panic!("no kind {kind} in a public contract"),
            };
            (export.to_string(), "(i32, i32) -> i64")
        })
        .collect();
    assert_eq!(wanted.len(), 31);
    wanted.insert("memcpy".to_string(), "(i32, i32, i32) -> i32");
    wanted.insert("memmove".to_string(), "(i32, i32, i32) -> i32");
    wanted.insert("wasm_exit".to_string(), "(i32, i32) -> ()");

    let mut found = BTreeMap::new();
    for payload in payloads(&module) {
        let Payload::ExportSection(exports) = payload else { continue };
        for export in exports {
            let export = export.expect("an export");
            if export.kind == ExternalKind::Func {
                let ty = types.as_ref().core_function_at(export.index);
                found.insert(export.name.to_string(), show(types[ty].unwrap_func()));
            }
        }
    }
    let wanted = wanted.into_iter().map(|(name, ty)| (name, ty.to_string())).collect();
    assert_eq!(found, wanted);
}

#[test]
fn the_other_exports_are_the_memory_its_bounds_and_the_versions_of_the_abi() {
    let module = file("wasm");
    let abi = ContractAbi::decode(&file("abi")).expect("an ABI");
    let marker = |what: &str, version: String| {
        (format!("__PBC_VERSION_{what}_{}", version.replace('.', "_")), ExternalKind::Global)
    };
    let wanted: BTreeMap<String, ExternalKind> = [
        ("memory".to_string(), ExternalKind::Memory),
        ("__data_end".to_string(), ExternalKind::Global),
        ("__heap_base".to_string(), ExternalKind::Global),
        marker("BINDER", abi.binder.to_string()),
        marker("CLIENT", abi.client.to_string()),
    ]
    .into();
    let mut found = BTreeMap::new();
    for payload in payloads(&module) {
        match payload {
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export.expect("an export");
                    if export.kind != ExternalKind::Func {
                        found.insert(export.name.to_string(), export.kind);
                    }
                }
            }
            Payload::MemorySection(memories) => {
                for memory in memories {
                    let memory = memory.expect("a memory");
                    assert!(memory.initial >= 17, "{} pages at the start", memory.initial);
                    assert_eq!(memory.maximum, None);
                }
            }
            _ => {}
        }
    }
    assert_eq!(found, wanted);
}

#[test]
fn the_exports_that_are_no_hooks_and_the_sections_are_those_of_the_official_sdk() {
    let module = file("wasm");
    let interface = interface();
    let official = interface["exports_contract_build"].as_object().expect("exports by name");
    let is_hook = |name: &str| name.parse::<Export>().is_ok();
    let others: BTreeSet<&str> =
        official.keys().map(String::as_str).filter(|name| !is_hook(name)).collect();
    let sections = interface["section_ids_of_contract_build"].as_array().expect("a list");
    let mut found = BTreeSet::new();
    for payload in payloads(&module) {
        if let Payload::ExportSection(exports) = &payload {
            let names = exports.clone().into_iter().map(|export| export.expect("an export").name);
            found.extend(names.filter(|name| !is_hook(name)));
        }
        if let Some((id, _)) = payload.as_section() {
            assert!(sections.contains(&id.into()), "section {id}");
        }
    }
    assert_eq!(found, others);
}

#[test]
fn the_module_says_nothing_of_the_machine_that_built_it() {
    let module = file("wasm");
    for payload in payloads(&module) {
        if let Payload::CustomSection(section) = payload {
            panic!("a custom section: {}", section.name());
        }
    }
    let text = String::from_utf8_lossy(&module);
    for trace in ["/root", "/home", "/work", "/usr", "/tmp", ".cargo", ".rustup", "rustc-"] {
        assert!(!text.contains(trace), "the module holds {trace:?}");
    }
}

#[test]
fn the_pbc_file_holds_the_abi_and_the_module_and_nothing_else() {
    let pbc = PbcFile::decode(&file("pbc")).expect("a .pbc file");
    assert!(pbc.abi == file("abi"), "another ABI");
    assert!(pbc.wasm == file("wasm"), "another module");
    assert_eq!(pbc.zk_bytecode, None);
}

#[test]
fn the_record_names_the_tools_and_what_they_made() {
    let record = record();
    for extension in ["wasm", "pbc"] {
        let content = file(extension);
        assert_eq!(record[extension]["bytes"], content.len(), "{extension}");
        assert_eq!(
            record[extension]["sha256"],
            hex::encode(Sha256::digest(&content)),
            "{extension}"
        );
    }
    for tool in ["route", "compiler", "linker"] {
        let said = record["tools"][tool].as_str().unwrap_or_default();
        assert!(!said.is_empty(), "the record does not name the {tool}");
    }
}
