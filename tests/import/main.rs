//! Importing and exporting states: the rows of registry.md 11.2, the documents in `data/`, and
//! what holds for every state and every text.
//!
//! | document | what it shows |
//! | --- | --- |
//! | `live.json` | 8 nodes as a reader node serves them, in its envelope; one endpoint is http |
//! | `live_sparse.json` | the least that can be there, without envelope, in other spellings |
//! | `live.export.json` | what `live.json` becomes |
//! | `export.json` | the export that registry.md 11.1 shows |
//! | `odd.json` | an export that breaks many rules and is imported, see `odd.findings` |
//! | `broken.json` | a document with something wrong everywhere, see `broken.errors` |

mod documents;
mod loaded;
mod random;
mod rows;
mod rows_of_amounts;
mod rows_of_computations;
mod text;

use std::fs;
use std::path::{Path, PathBuf};

use pbc_contract_common::address::Address;
use zk_node_registry::rules::units::Timestamp;
use zkreg::json::{ImportFailure, ImportOptions, Imported, import, parse_address};

/// When the live documents were read: 2025-06-15T12:00:00Z.
const AS_OF: i64 = 1_749_988_800_000;

const DAY: i64 = 86_400_000;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name)
}

fn document(name: &str) -> String {
    fs::read_to_string(data(name)).expect("the document is there")
}

/// Read at [`AS_OF`], with the collaborators of mainnet at hand.
fn options() -> ImportOptions {
    let collaborators = zk_node_registry::Collaborators {
        bp_orchestration: address("04203b77743ad0ca831df9430a6be515195733ad91"),
        voting: address("04c5f00d7c6d70c3d0919fd7f81c7b9bfe16063620"),
        zk_contract_deploy: address("018bc1ccbb672b87710327713c97d43204905082cb"),
    };
    ImportOptions {
        as_of: Some(Timestamp::from_millis(AS_OF)),
        collaborators: Some(collaborators),
        ..ImportOptions::default()
    }
}

fn address(hex: &str) -> Address {
    parse_address(hex).expect("a valid address")
}

/// The findings, one line each.
fn findings(imported: &Imported) -> Vec<String> {
    imported.findings.iter().map(ToString::to_string).collect()
}

/// `code path` of each finding.
fn found(imported: &Imported) -> Vec<String> {
    imported.findings.iter().map(|one| format!("{} {}", one.code(), one.path)).collect()
}

/// `code path` of each error.
fn refused(failure: &ImportFailure) -> Vec<String> {
    let errors = failure.errors().iter();
    errors.map(|error| format!("{} {}", error.code.as_str(), error.path)).collect()
}

#[track_caller]
fn imported(text: &str, options: &ImportOptions) -> Imported {
    match import(text.as_bytes(), options) {
        Ok(imported) => imported,
        Err(failure) => panic!("not imported: {failure}"),
    }
}

#[track_caller]
fn failure(text: &str, options: &ImportOptions) -> ImportFailure {
    match import(text.as_bytes(), options) {
        Ok(imported) => panic!("imported with {:?}", findings(&imported)),
        Err(failure) => failure,
    }
}
