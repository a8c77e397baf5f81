//! The hooks of the contracts that are linked into this process.

use std::fmt;
use std::str::FromStr;

use linkme::distributed_slice;
use pbc_traits::SpecWriter;

use crate::Argument;

/// A hook as the chain calls it: address and length of the input to the address of the result.
pub type Wrapper = extern "C-unwind" fn(*mut u8, usize) -> u64;

/// The hooks of all linked contracts, in no order.
#[distributed_slice]
pub static ENTRIES: [Entry];

/// The state types of all linked contracts that are built with `abi`, in no order.
#[distributed_slice]
pub static STATES: [StateEntry];

/// A hook of a linked contract.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The module of the hook, by which contracts in one process are told apart.
    pub contract: &'static str,
    /// What it is called for.
    pub export: Export,
    /// The name of the function.
    pub function: &'static str,
    /// The function itself, from bytes to bytes.
    pub wrapper: Wrapper,
    /// The arguments, for the ABI. Only if the contract is built with `abi`.
    pub arguments: Option<&'static [Argument]>,
}

/// The state type of a linked contract.
#[derive(Clone, Copy, Debug)]
pub struct StateEntry {
    /// The module of the type.
    pub contract: &'static str,
    /// Writes its type.
    pub spec: SpecWriter,
}

/// The hooks of `contract`, the `module_path!()` of its root, by kind and number.
pub fn entries(contract: &str) -> Vec<&'static Entry> {
    let mut entries: Vec<_> = ENTRIES.iter().filter(|entry| entry.contract == contract).collect();
    entries.sort_by_key(|entry| entry.export);
    entries
}

/// The state type of `contract`, if it is built with `abi`.
pub fn state_type(contract: &str) -> Option<&'static StateEntry> {
    STATES.iter().find(|state| state.contract == contract)
}

/// What a hook is called for. Prints as the name that a wasm module exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Export {
    /// The creation of the contract.
    Init,
    /// A call with this shortname.
    Action(u32),
    /// The end of a group of events, by the callback's shortname.
    Callback(u32),
}

impl fmt::Display for Export {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, mut number) = match *self {
            Export::Init => return f.write_str("init"),
            Export::Action(number) => ("action", number),
            Export::Callback(number) => ("callback", number),
        };
        write!(f, "{kind}_")?;
        while number > 0x7f {
            write!(f, "{:02x}", number & 0x7f | 0x80)?;
            number >>= 7;
        }
        write!(f, "{number:02x}")
    }
}

/// A name that no hook can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportError {
    name: String,
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not `init`, `action_<hex>` or `callback_<hex>`", self.name)
    }
}

impl std::error::Error for ExportError {}

impl FromStr for Export {
    type Err = ExportError;

    /// The one export that prints as `name`.
    fn from_str(name: &str) -> Result<Self, ExportError> {
        let export = if name == "init" {
            Some(Export::Init)
        } else if let Some(hex) = name.strip_prefix("action_") {
            number(hex).map(Export::Action)
        } else {
            name.strip_prefix("callback_").and_then(number).map(Export::Callback)
        };
        // Upper-case hex and redundant bytes print otherwise.
        export
            .filter(|export| export.to_string() == name)
            .ok_or_else(|| ExportError { name: name.to_string() })
    }
}

/// The number whose LEB128 bytes are written as `hex`.
fn number(hex: &str) -> Option<u32> {
    if !hex.len().is_multiple_of(2) || hex.len() > 10 || !hex.is_ascii() {
        return None;
    }
    let mut number = 0_u64;
    for index in 0..hex.len() / 2 {
        let byte = u8::from_str_radix(&hex[2 * index..2 * index + 2], 16).ok()?;
        number |= u64::from(byte & 0x7f) << (7 * index);
    }
    u32::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_is_found_by_the_name_that_it_prints() {
        for (export, name) in [
            (Export::Init, "init"),
            (Export::Action(0), "action_00"),
            (Export::Action(0x0a), "action_0a"),
            (Export::Action(128), "action_8001"),
            (Export::Action(4_036_323_110), "action_a6ced5840f"),
            (Export::Callback(0x31), "callback_31"),
        ] {
            assert_eq!(export.to_string(), name);
            assert_eq!(name.parse(), Ok(export));
        }
    }

    #[test]
    fn a_second_spelling_names_no_export() {
        for name in ["", "Init", "action_", "action_0A", "action_8000", "action_1", "callback_é0"]
        {
            assert!(name.parse::<Export>().is_err(), "{name}");
        }
    }
}
