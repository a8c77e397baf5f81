//! `cargo xtask contract`: the contract, unchanged, against another SDK.
//!
//! A manifest below `target/` names the sources in `contract/` and the other SDK's crates; what
//! else the contract needs stays as its own manifest says.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use toml::{Table, Value};
use walkdir::WalkDir;

use crate::build::{CONTRACT, build_generated};
use crate::shell::progress;
use crate::toolchain::Toolchain;

const OFFICIAL: &str = "https://gitlab.com/partisiablockchain/language/contract-sdk.git";

/// Builds `contract/` against the crates below the folder `sdk`, or against the tag `sdk` of the
/// official repository.
pub(crate) fn build(root: &Path, sdk: &str) -> Result<()> {
    let folder = root.join("target/another-sdk");
    fs::create_dir_all(&folder)?;
    let manifest = folder.join("Cargo.toml");
    fs::write(&manifest, generate(root, sdk)?.to_string())?;
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;

    let toolchain = Toolchain::find(None)?;
    progress(&format!("building contract/ against the SDK {sdk}"));
    let module = build_generated(&toolchain, root, &manifest)?;
    let built = folder.join(format!("{CONTRACT}.wasm"));
    fs::write(&built, &module)?;
    progress(&format!("{} bytes of code in {}", module.len(), built.display()));
    Ok(())
}

/// The contract's manifest, with everything that it takes from the workspace spelled out.
fn generate(root: &Path, sdk: &str) -> Result<Table> {
    let workspace = read(&root.join("Cargo.toml"))?;
    let mut manifest = read(&root.join("contract/Cargo.toml"))?;
    manifest.remove("lints");
    manifest.insert("workspace".into(), Value::Table(Table::new()));
    manifest.insert("profile".into(), profiles(&workspace));

    let package = table(&mut manifest, "package")?;
    package.retain(|_, value| !is_inherited(value));
    let library = root.join("contract/src/lib.rs");
    table(&mut manifest, "lib")?.insert("path".into(), text(&library));

    for (name, dependency) in table(&mut manifest, "dependencies")? {
        if is_inherited(dependency) {
            *dependency = Value::Table(source(name, sdk)?);
        }
    }
    Ok(manifest)
}

/// The profile of the module and the one that it builds on, without what they say of other crates.
fn profiles(workspace: &Table) -> Value {
    let of_the_module = ["release", "wasm"].map(|name| {
        let mut profile = workspace["profile"][name].clone();
        profile.as_table_mut().and_then(|profile| profile.remove("package"));
        (name.to_string(), profile)
    });
    Value::Table(of_the_module.into_iter().collect())
}

/// Where the SDK's crate `name` is.
fn source(name: &str, sdk: &str) -> Result<Table> {
    let folder = Path::new(sdk);
    if !folder.is_dir() {
        ensure!(sdk.starts_with('v'), "{sdk} is neither a folder nor a tag such as v.16.40.0");
        let tag = [("git", OFFICIAL), ("tag", sdk)];
        return Ok(tag
            .map(|(key, value)| (key.to_string(), Value::from(value)))
            .into_iter()
            .collect());
    }
    let found = WalkDir::new(folder)
        .max_depth(3)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name() == "Cargo.toml")
        .find(|entry| {
            read(entry.path()).is_ok_and(|manifest| {
                manifest.get("package").and_then(|package| package.get("name"))
                    == Some(&Value::from(name))
            })
        })
        .with_context(|| format!("{sdk} holds no crate {name}"))?;
    let crate_folder = found.path().parent().expect("a file has a folder").canonicalize()?;
    Ok([("path".to_string(), text(&crate_folder))].into_iter().collect())
}

/// `{ workspace = true }`
fn is_inherited(value: &Value) -> bool {
    value.get("workspace").is_some()
}

fn read(path: &Path) -> Result<Table> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    text.parse().with_context(|| path.display().to_string())
}

fn table<'a>(manifest: &'a mut Table, name: &str) -> Result<&'a mut Table> {
    let found = manifest.get_mut(name).and_then(Value::as_table_mut);
    found.with_context(|| format!("contract/Cargo.toml has no table {name}"))
}

fn text(path: &Path) -> Value {
    Value::String(path.display().to_string())
}
