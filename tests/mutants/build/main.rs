//! Copies the sources of the contract and puts every mutant into them, each behind a switch.
//!
//! A record in `records/` says which text of which file becomes which other text. The copy holds
//! both, `if crate::active(7) { other } else { text }`, so one build has all mutants, and with none
//! of them active it is the contract. Text that is no longer in the contract fails the build.

mod edit;
mod record;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use edit::Edit;
use record::Record;

fn main() {
    let package = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    let contract = package.join("../../contract/src");
    let folder = package.join("records");
    println!("cargo:rerun-if-changed={}", contract.display());
    println!("cargo:rerun-if-changed={}", folder.display());
    println!("cargo:rerun-if-changed=build");

    let records = record::read_all(&folder);
    let mut edits: BTreeMap<&str, Vec<Edit<'_>>> = BTreeMap::new();
    for (number, record) in (1..).zip(&records) {
        for change in record.changes() {
            let edit = Edit { number, id: &record.id, change };
            edits.entry(record.file.as_str()).or_default().push(edit);
        }
    }
    let mut lines = BTreeMap::new();
    copy(&contract, Path::new(""), &out.join("contract"), &mut edits, &mut lines);
    if let Some((file, edits)) = edits.first_key_value() {
        panic!("mutant `{}` is for {file}, which the contract does not have", edits[0].id);
    }
    fs::write(out.join("table.rs"), table(&records, &lines)).expect("OUT_DIR can be written");
}

/// Copies a folder of sources. Takes the edits that it has used out of `edits`.
fn copy(
    from: &Path,
    below: &Path,
    to: &Path,
    edits: &mut BTreeMap<&str, Vec<Edit<'_>>>,
    lines: &mut BTreeMap<usize, usize>,
) {
    fs::create_dir_all(to).expect("OUT_DIR can be written");
    let entries = fs::read_dir(from).expect("the sources of the contract are there");
    for entry in entries {
        let path = entry.expect("the sources can be read").path();
        let name = path.file_name().expect("an entry has a name");
        let below = below.join(name);
        if path.is_dir() {
            copy(&path, &below, &to.join(name), edits, lines);
            continue;
        }
        let source = fs::read_to_string(&path).expect("sources are text");
        let file = below.to_str().expect("names of sources are text");
        let edits = edits.remove(file).unwrap_or_default();
        let edited = edit::apply(file, &source, &edits, lines);
        fs::write(to.join(name), without_crate_attributes(&edited)).expect("OUT_DIR is writable");
    }
}

/// The source as it can be included: what only stands in a crate root, and lints, are left out.
fn without_crate_attributes(source: &str) -> String {
    let mut kept = String::with_capacity(source.len());
    let mut in_attribute = false;
    for line in source.lines() {
        in_attribute |= line.starts_with("#![");
        let is_of_root = line == "#[macro_use]" || line.starts_with("extern crate ");
        // The documentation of a module becomes comment: the text that includes it has its own.
        let comment = line.strip_prefix("//!").map(|text| format!("//{text}"));
        if !in_attribute && !is_of_root {
            kept.push_str(comment.as_deref().unwrap_or(line));
        }
        kept.push('\n');
        in_attribute &= !line.ends_with(']');
    }
    kept
}

/// The records as a constant.
fn table(records: &[Record], lines: &BTreeMap<usize, usize>) -> String {
    let mut text = String::from("&[\n");
    for (number, record) in (1..).zip(records) {
        let Record { id, file, what, breaks, opening, .. } = record;
        let line = lines[&number];
        text += &format!(
            "Mutant {{ number: {number}, id: {id:?}, file: {file:?}, line: {line}, \
             what: {what:?}, breaks: &{breaks:?}, opening: {opening:?} }},\n"
        );
    }
    text + "]"
}
