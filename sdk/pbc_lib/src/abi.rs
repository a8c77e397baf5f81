//! Writes the ABI of a contract from its types and functions, in ordered form, as binder 10.2.0
//! and client 5.4.0: the versions whose markers the macros export.
//!
//! Source: `pbc-formats.md` 3.1, 3.3 and 3.4.

use pbc_traits::derive::write_name;
use pbc_traits::{SpecWriter, TypeTable};

use crate::Argument;

const HEADER: &[u8] = b"PBCABI\x0a\x02\x00\x05\x04\x00";

/// A function as the ABI lists it.
#[derive(Clone, Debug)]
pub struct Function {
    /// 1 init, 2 action, 3 callback.
    pub kind: u8,
    /// The name of the function.
    pub name: &'static str,
    /// The LEB128 bytes of the shortname.
    pub shortname: Vec<u8>,
    /// The arguments of a call.
    pub arguments: &'static [Argument],
}

/// The ABI of a contract with this state type and these functions, given in any order.
///
/// # Errors
///
/// Two functions of one kind have the same shortname. More than 255 types panic.
pub fn generate(state: SpecWriter, mut functions: Vec<Function>) -> Result<Vec<u8>, String> {
    functions.sort_by(|a, b| (a.kind, &a.shortname).cmp(&(b.kind, &b.shortname)));
    let same = |pair: &[Function]| {
        (pair[0].kind, &pair[0].shortname) == (pair[1].kind, &pair[1].shortname)
    };
    if let Some(pair) = functions.windows(2).find(|pair| same(pair)) {
        return Err(format!("`{}` and `{}` have the same shortname", pair[0].name, pair[1].name));
    }

    let mut types = TypeTable::new();
    let mut state_spec = Vec::new();
    state(&mut types, &mut state_spec);
    let mut listed = Vec::new();
    for function in &functions {
        write_function(function, &mut types, &mut listed);
    }

    let mut abi = HEADER.to_vec();
    abi.extend(count(types.records().len()));
    types.records().iter().for_each(|record| abi.extend(record));
    abi.extend(count(functions.len()));
    abi.extend(listed);
    abi.extend(state_spec);
    Ok(abi)
}

fn write_function(function: &Function, types: &mut TypeTable, bytes: &mut Vec<u8>) {
    bytes.push(function.kind);
    write_name(function.name, bytes);
    bytes.extend(&function.shortname);
    bytes.extend(count(function.arguments.len()));
    for argument in function.arguments {
        write_name(argument.name, bytes);
        (argument.spec)(types, bytes);
    }
}

fn count(items: usize) -> [u8; 4] {
    u32::try_from(items).expect("an ABI is small").to_be_bytes()
}

#[cfg(target_arch = "wasm32")]
pub use crate::wasm::{allocate, function_index, generate_to_pointer};
