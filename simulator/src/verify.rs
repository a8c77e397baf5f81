//! Whether what is deployed at an address is what is in `abi/`: code, ABI and settings.
//!
//! Equal means equal bytes. What is different is told so that one sees where to look.
//!
//! Source: `pbc-formats.md` 3 and 4.4; `registry.md` 3.1 and 3.3.

use std::fmt;

use pbc_host::{ContractAbi, Function, PbcFile, load_state};
use serde::Serialize;
use sha2::{Digest, Sha256};
use zk_node_registry::RegistryState;

use crate::deployment::Terms;
use crate::reader::Served;

/// How what is served compares with what is expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// Code, ABI and settings, in this order.
    pub parts: Vec<Part>,
}

/// One part of a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// `code`, `abi` or `settings`.
    pub part: &'static str,
    /// The bytes that it should have; none of settings, which are compared as values.
    pub expected: Option<Fingerprint>,
    /// The bytes that are served; none of settings, and of code that the node does not serve.
    pub served: Option<Fingerprint>,
    /// What is different, one thing each; none if it is equal.
    pub differences: Vec<String>,
}

/// Bytes, shortly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fingerprint {
    /// How many they are.
    pub bytes: usize,
    /// Their SHA-256, in hex.
    pub sha256: String,
}

impl Fingerprint {
    fn of(bytes: &[u8]) -> Fingerprint {
        Fingerprint { bytes: bytes.len(), sha256: hex::encode(Sha256::digest(bytes)) }
    }
}

impl Verification {
    /// Compares `served` with the module and the ABI of `file`, and with `terms`.
    pub fn of(served: &Served, file: &PbcFile, terms: &Terms) -> Verification {
        Verification { parts: vec![code(served, file), abi(served, file), settings(served, terms)] }
    }

    /// Whether all is as it should be.
    pub fn is_equal(&self) -> bool {
        self.parts.iter().all(|part| part.differences.is_empty())
    }
}

fn code(served: &Served, file: &PbcFile) -> Part {
    let expected = Fingerprint::of(&file.wasm);
    let mut differences = Vec::new();
    match &served.code {
        Some(code) => differences.extend(first_difference(&file.wasm, code)),
        // The node says which code it is, if not what is in it.
        None if served.code_id == expected.sha256 => {}
        None => differences.push(format!(
            "the node does not serve the code, and its identifier {} is not the SHA-256 expected",
            served.code_id
        )),
    }
    let served = served.code.as_deref().map(Fingerprint::of);
    Part { part: "code", expected: Some(expected), served, differences }
}

fn abi(served: &Served, file: &PbcFile) -> Part {
    let mut differences = Vec::new();
    if let Some(first) = first_difference(&file.abi, &served.abi) {
        match (ContractAbi::decode(&file.abi), ContractAbi::decode(&served.abi)) {
            (Ok(expected), Ok(served)) => differences = of_abis(&expected, &served),
            (_, Err(error)) => differences.push(format!("what is served is no ABI: {error}")),
            (Err(error), _) => differences.push(format!("what is expected is no ABI: {error}")),
        }
        differences.push(first);
    }
    let (expected, served) = (Fingerprint::of(&file.abi), Fingerprint::of(&served.abi));
    Part { part: "abi", expected: Some(expected), served: Some(served), differences }
}

fn of_abis(expected: &ContractAbi, served: &ContractAbi) -> Vec<String> {
    let versions = |abi: &ContractAbi| format!("binder {}, client {}", abi.binder, abi.client);
    let mut differences = Vec::new();
    if versions(expected) != versions(served) {
        differences.push(format!("{}, not {}", versions(served), versions(expected)));
    }
    let find = |abi: &'_ ContractAbi, wanted: &Function| {
        let fits = |it: &&Function| (it.kind, it.shortname) == (wanted.kind, wanted.shortname);
        abi.functions.iter().find(fits).cloned()
    };
    for function in &expected.functions {
        let wanted = signature(expected, function);
        match find(served, function).map(|function| signature(served, &function)) {
            None => differences.push(format!("{wanted} is missing")),
            Some(found) if found != wanted => differences.push(format!("{found}, not {wanted}")),
            Some(_) => {}
        }
    }
    let added = served.functions.iter().filter(|it| find(expected, it).is_none());
    differences.extend(added.map(|it| format!("{} is not expected", signature(served, it))));
    differences
}

/// `action 0b disassociate_tokens(token_amount: i64)`
fn signature(abi: &ContractAbi, function: &Function) -> String {
    let arguments = function.arguments.iter();
    let arguments: Vec<_> =
        arguments.map(|it| format!("{}: {}", it.name, abi.type_name(&it.spec))).collect();
    let shortname = function.shortname.map_or_else(|| "-".to_owned(), |it| format!("{it:02x}"));
    let kind = match function.kind {
        0x01 => "init".to_owned(),
        0x02 => "action".to_owned(),
        0x03 => "callback".to_owned(),
        other => format!("kind {other:02x}"),
    };
    format!("{kind} {shortname} {}({})", function.name, arguments.join(", "))
}

fn settings(served: &Served, terms: &Terms) -> Part {
    let differences = match load_state::<RegistryState>(&served.root) {
        Ok(RegistryState { collaborators, settings, .. }) => {
            let found = Terms { collaborators, settings }.arguments();
            let pairs = terms.arguments().into_iter().zip(found);
            let different = pairs.filter(|(wanted, is)| wanted != is);
            different
                .map(|(wanted, is)| format!("{}: {}, not {}", is.name, is.value, wanted.value))
                .collect()
        }
        Err(error) => {
            let length = served.root.len();
            vec![format!("what is served, {length} bytes, is no state of a registry: {error}")]
        }
    };
    Part { part: "settings", expected: None, served: None, differences }
}

/// Where `served` begins to be another than `expected`; none if it is the same.
fn first_difference(expected: &[u8], served: &[u8]) -> Option<String> {
    if expected == served {
        return None;
    }
    let place = expected.iter().zip(served).position(|(wanted, is)| wanted != is);
    Some(match place {
        Some(place) => format!(
            "byte {place} is {:02x}, not {:02x}: the first that is different",
            served[place], expected[place]
        ),
        None if served.len() < expected.len() => {
            format!("it ends after {} bytes, not {}", served.len(), expected.len())
        }
        None => format!("it goes on after {} bytes, to {}", expected.len(), served.len()),
    })
}

/// A line for each part, with what is different below it.
impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Part { part, expected, served, differences } in &self.parts {
            let verdict = if differences.is_empty() { "equal" } else { "DIFFERENT" };
            let line = match (expected, served) {
                (None, _) => String::new(),
                (Some(expected), None) if differences.is_empty() => {
                    format!("{expected}, by its identifier: the node does not serve it")
                }
                (Some(expected), _) => expected.to_string(),
            };
            writeln!(f, "{}", format!("{part:<9} {verdict:<10} {line}").trim_end())?;
            if let (Some(served), false) = (served, served == expected) {
                writeln!(f, "{:<9} {:<10} {served}", "", "served")?;
            }
            for difference in differences {
                writeln!(f, "{:<9} - {difference}", "")?;
            }
        }
        Ok(())
    }
}

/// `3376 bytes, SHA-256 a697…`
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes, SHA-256 {}", self.bytes, self.sha256)
    }
}
