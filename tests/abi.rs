//! What stands in `abi/` is what the contract is.
//!
//! `UPDATE_EXPECT=1 cargo test -p registry_tests --test abi` rewrites the files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use pbc_host::ContractAbi;
use pbc_lib::Export;
use zk_node_registry as _; // links its entry points

const CONTRACT: &str = "zk_node_registry";

fn shipped(extension: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../abi").join(format!("{CONTRACT}.{extension}"))
}

fn generated() -> ContractAbi {
    ContractAbi::generate(CONTRACT).expect("the contract describes itself")
}

#[track_caller]
fn compare(extension: &str, generated: &[u8]) {
    let path = shipped(extension);
    if env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, generated).expect("the file can be written");
    }
    let shipped = fs::read(&path).expect("the file can be read");
    assert!(shipped == generated, "{extension}: UPDATE_EXPECT=1 rewrites it; see the difference");
}

#[test]
fn the_abi_file_is_the_one_that_the_contract_generates() {
    compare("abi", &generated().encode());
}

#[test]
fn the_listing_shows_the_abi_file() {
    compare("txt", generated().to_string().as_bytes());
}

#[test]
fn the_abi_file_is_read_back_as_it_was_written() {
    let bytes = fs::read(shipped("abi")).expect("the file can be read");
    let abi = ContractAbi::decode(&bytes).expect("an ABI");
    assert_eq!(abi.encode(), bytes);
    assert_eq!(abi, generated());
}

#[test]
fn every_entry_point_that_is_linked_stands_in_the_abi_and_no_other() {
    let linked: BTreeSet<(Export, &str)> = pbc_lib::entries(CONTRACT)
        .into_iter()
        .map(|entry| (entry.export, entry.function))
        .collect();
    let bytes = fs::read(shipped("abi")).expect("the file can be read");
    let abi = ContractAbi::decode(&bytes).expect("an ABI");
    let listed: BTreeSet<(Export, &str)> = abi
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
            (export, function.name.as_str())
        })
        .collect();
    assert_eq!(linked, listed);
    // The live interface has 24 actions; ours adds the deletion notice.
    let actions = listed.iter().filter(|(export, _)| matches!(export, Export::Action(_))).count();
    assert_eq!((actions, listed.len()), (25, 31));
}
