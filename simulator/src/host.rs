//! Any public contract: its files, its functions by name, and what it holds and sends as text.
//!
//! It runs as an [`EngineContract`](crate::chain::EngineContract) on an engine for its code.
//!
//! Not here: ZK contracts, and delivery. What a contract sends is told, and whoever looks on plays
//! the answer.
//!
//! Source: `pbc-formats.md` 3 and 5.

use std::fmt;

use pbc_host::{
    AbiError, ContractAbi, Function, Group, PbcFile, PbcFileError, Simple, TypeSpec, leb128,
    split_rpc,
};
use pbc_lib::{Export, Trees};
use pbc_traits::DecodeError;

use crate::engine::{Code, CodeError};
use crate::transcript::words::count;
use crate::value::{Coding, TextError, Value, decode_all, encode_rpc, example, parse};

/// The kinds of functions that a host calls.
///
/// Source: `pbc-formats.md` 3.1.
const INIT: u8 = 0x01;
const ACTION: u8 = 0x02;
const CALLBACK: u8 = 0x03;

/// A contract as it is deployed: what it is called by, and what runs.
#[derive(Clone, Debug)]
pub struct Deployable {
    /// Its interface.
    pub abi: ContractAbi,
    /// Its code.
    pub code: Code,
}

/// Files that are no contract that can be run here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeployableError {
    /// A `.pbc` file that is none.
    File(PbcFileError),
    /// A ZK contract.
    Zk,
    /// A module without an ABI beside it.
    NoAbi,
    /// The ABI.
    Abi(AbiError),
    /// The module.
    Code(CodeError),
    /// A function of the ABI that the module does not export.
    Missing(Export),
}

impl fmt::Display for DeployableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DeployableError::File(error) => write!(f, "{error}"),
            DeployableError::Zk => f.write_str("a ZK contract, which needs ZK nodes to run"),
            DeployableError::NoAbi => f.write_str("a module alone does not say its interface"),
            DeployableError::Abi(error) => write!(f, "the ABI: {error}"),
            DeployableError::Code(error) => write!(f, "{error}"),
            DeployableError::Missing(export) => {
                write!(f, "the ABI promises `{export}`, which the module does not export")
            }
        }
    }
}

impl std::error::Error for DeployableError {}

impl Deployable {
    /// The contract of a `.pbc` file, or of a `.wasm` file and its ABI. An ABI given beside a `.pbc`
    /// file counts instead of the one in it.
    ///
    /// # Errors
    ///
    /// [`DeployableError`], in the order of its variants.
    pub fn of_files(contract: &[u8], abi: Option<&[u8]>) -> Result<Deployable, DeployableError> {
        let (abi, wasm) = if contract.starts_with(b"PBSC") {
            let file = PbcFile::decode(contract).map_err(DeployableError::File)?;
            if file.zk_bytecode.is_some() {
                return Err(DeployableError::Zk);
            }
            (abi.map_or(file.abi, <[u8]>::to_vec), file.wasm)
        } else {
            (abi.ok_or(DeployableError::NoAbi)?.to_vec(), contract.to_vec())
        };
        let abi = ContractAbi::decode(&abi).map_err(DeployableError::Abi)?;
        let code = Code::of_foreign_wasm(&wasm).map_err(DeployableError::Code)?;
        let is_missing = |export: &Export| code.exports().binary_search(export).is_err();
        match abi.functions.iter().filter_map(export).find(is_missing) {
            Some(export) => Err(DeployableError::Missing(export)),
            None => Ok(Deployable { abi, code }),
        }
    }
}

/// What is called for `function`, if a host calls it.
fn export(function: &Function) -> Option<Export> {
    match (function.kind, function.shortname) {
        (INIT, _) => Some(Export::Init),
        (ACTION, Some(shortname)) => Some(Export::Action(shortname)),
        (CALLBACK, Some(shortname)) => Some(Export::Callback(shortname)),
        _ => None,
    }
}

/// The function with this shortname, and what is called for it; init has `ffffffff0f`. Of an action
/// and a callback with the same one, the action.
pub fn by_shortname(abi: &ContractAbi, shortname: u32) -> Option<(Export, &Function)> {
    let called = abi.functions.iter().filter_map(|it| Some((export(it)?, it)));
    let fits = |(export, _): &(Export, &Function)| match *export {
        Export::Init => shortname == u32::MAX,
        Export::Action(number) | Export::Callback(number) => number == shortname,
    };
    called.filter(fits).min_by_key(|(export, _)| *export)
}

/// Arguments that do not fit a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArgumentError {
    /// The ABI has no such function.
    NoFunction {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The number of arguments is another one.
    Count {
        /// The names of the arguments that the function takes.
        wanted: Vec<String>,
        /// How many there are.
        given: usize,
    },
    /// An argument is no value of its type.
    Text {
        /// The name of the argument.
        argument: String,
        /// What is wrong.
        error: TextError,
        /// A value that would do.
        example: String,
    },
}

impl fmt::Display for ArgumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ArgumentError::NoFunction { name, known } => {
                write!(f, "there is no `{name}`; there are {}", known.join(", "))
            }
            ArgumentError::Count { wanted, given } => {
                write!(f, "the function takes {}", count(wanted.len(), "argument"))?;
                if !wanted.is_empty() {
                    write!(f, " ({})", wanted.join(", "))?;
                }
                write!(f, ", not {given}")
            }
            ArgumentError::Text { argument, error, example } => {
                write!(f, "argument `{argument}` {error}; write such as `{example}`")
            }
        }
    }
}

impl std::error::Error for ArgumentError {}

/// The function of this name; `init` also names the one that creates the contract, whatever it is
/// called. Of several, init comes before actions, and these before callbacks.
///
/// # Errors
///
/// [`ArgumentError::NoFunction`].
pub fn function<'a>(
    abi: &'a ContractAbi,
    name: &str,
) -> Result<(Export, &'a Function), ArgumentError> {
    let called = || abi.functions.iter().filter_map(|it| Some((export(it)?, it)));
    let fits = |(export, function): &(Export, &Function)| {
        function.name == name || (*export == Export::Init && name == "init")
    };
    called().filter(fits).min_by_key(|(export, _)| *export).ok_or_else(|| {
        let known = called().map(|(_, function)| function.name.clone()).collect();
        ArgumentError::NoFunction { name: name.to_owned(), known }
    })
}

/// The function of a wanted kind with the shortname `digits`, in hex as calls are printed: `0a`,
/// `8001`. Of several, as [`function`].
pub fn function_by_hex<'a>(
    abi: &'a ContractAbi,
    digits: &str,
    is_wanted: impl Fn(Export) -> bool,
) -> Option<(Export, &'a Function)> {
    let bytes = hex::decode(digits).ok()?;
    let (shortname, []) = split_rpc(&bytes).ok()? else { return None };
    let called = abi.functions.iter().filter_map(|it| Some((export(it)?, it)));
    let fits = |(export, function): &(Export, &Function)| {
        is_wanted(*export) && function.shortname == Some(shortname)
    };
    called.filter(fits).min_by_key(|(export, _)| *export)
}

/// What calls `function`: its shortname, then its arguments, one text each. A text for a `String` may
/// stand without quotes.
///
/// # Errors
///
/// [`ArgumentError::Count`], then [`ArgumentError::Text`] of the first argument that is wrong.
pub fn call(
    abi: &ContractAbi,
    function: &Function,
    texts: &[String],
) -> Result<Vec<u8>, ArgumentError> {
    if function.arguments.len() != texts.len() {
        let wanted = function.arguments.iter().map(|argument| argument.name.clone()).collect();
        return Err(ArgumentError::Count { wanted, given: texts.len() });
    }
    let shortname = if function.kind == INIT { Some(u32::MAX) } else { function.shortname };
    let mut rpc = leb128(shortname.unwrap_or_default());
    for (argument, text) in function.arguments.iter().zip(texts) {
        let is_text = argument.spec == TypeSpec::Simple(Simple::String);
        let value = if is_text && !text.starts_with('"') {
            Value::Text(text.clone())
        } else {
            parse(abi, &argument.spec, text).map_err(|error| ArgumentError::Text {
                argument: argument.name.clone(),
                error,
                example: example(abi, &argument.spec),
            })?
        };
        encode_rpc(abi, &argument.spec, &value, &mut rpc);
    }
    Ok(rpc)
}

/// A state and what its trees hold, as a value.
///
/// # Errors
///
/// The state, or an entry of a tree, is not what the ABI says.
pub fn show_state(abi: &ContractAbi, state: &[u8], trees: &Trees) -> Result<Value, DecodeError> {
    let spec = TypeSpec::Named(abi.state);
    let mut values = decode_all(abi, [&spec], state, Coding::State(trees))?;
    Ok(values.remove(0))
}

/// What a call sent, as lines of text: calls as bytes, since their receivers have ABIs of their own,
/// and callbacks by the contract's own ABI.
pub fn show_groups(abi: &ContractAbi, groups: &[Group]) -> String {
    let mut lines = Vec::new();
    for (number, group) in groups.iter().enumerate() {
        lines.push(format!("group {number}"));
        for call in &group.interactions {
            let what = show_payload(&call.payload);
            let payer = if call.cost_from_contract { ", paid by the contract" } else { "" };
            lines.push(format!("  call {:x}: {what}, {}{payer}", call.dest, gas(call.cost)));
        }
        if let Some(callback) = &group.callback {
            let shown = show_callback(abi, &callback.payload)
                .unwrap_or_else(|| show_payload(&callback.payload));
            lines.push(format!("  then {shown}, {}", gas(callback.cost)));
        }
        if let Some(data) = &group.return_data {
            lines.push(format!("  return 0x{}", hex::encode(data)));
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn gas(cost: Option<u64>) -> String {
    cost.map_or_else(|| "an even share of the gas".to_owned(), |cost| format!("{cost} gas"))
}

fn show_payload(payload: &[u8]) -> String {
    match split_rpc(payload) {
        _ if payload.is_empty() => "nothing but gas".to_owned(),
        Ok((shortname, arguments)) => {
            let shortname = hex::encode(leb128(shortname));
            format!("{shortname} with 0x{}", hex::encode(arguments))
        }
        Err(_) => format!("0x{}", hex::encode(payload)),
    }
}

fn show_callback(abi: &ContractAbi, payload: &[u8]) -> Option<String> {
    let (shortname, arguments) = split_rpc(payload).ok()?;
    let is_called = |it: &&Function| export(it) == Some(Export::Callback(shortname));
    let function = abi.functions.iter().find(is_called)?;
    let specs = function.arguments.iter().map(|it| &it.spec);
    let values = decode_all(abi, specs, arguments, Coding::Rpc).ok()?;
    let named = function.arguments.iter().zip(values);
    let named: Vec<_> = named.map(|(it, value)| format!("{}: {value}", it.name)).collect();
    Some(format!("{}({})", function.name, named.join(", ")))
}
