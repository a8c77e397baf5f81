//! `zkreg host`: any public contract, called by hand.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use pbc_contract_common::Hash;
use pbc_contract_common::address::Address;
use pbc_contract_common::context::ContractContext;
use pbc_host::Group;
use pbc_lib::{Export, Failure, Trees};
use serde::{Deserialize, Serialize};
use zk_node_registry::rules::units::Timestamp;
use zkreg::chain::{CallResult, EngineContract, Results};
use zkreg::engine::WasmEngine;
use zkreg::host::{self, Deployable};

use super::output::Output;
use super::values::{address, file, time};
use super::{Exit, sources};

/// Call any public contract: created by `init`, called by name, with arguments as text
///
/// The contract runs as WASM, alone: what it sends is shown and not delivered. Its state is kept in a
/// file between calls.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The contract, a .pbc file, or a .wasm file with --abi
    #[arg(value_name = "CONTRACT")]
    contract: PathBuf,
    /// The ABI, if it is not in the file
    #[arg(long, value_name = "FILE")]
    abi: Option<PathBuf>,
    /// The file that keeps the state between calls; made by `init`
    #[arg(long, value_name = "FILE", value_parser = file(), default_value = "contract-state.json")]
    state: PathBuf,
    /// Who calls
    #[arg(long, value_name = "ADDRESS", default_value = "00a11ce00000000000000000000000000000000000",
        value_parser = address)]
    sender: Address,
    /// The address of the contract
    #[arg(long, value_name = "ADDRESS", default_value = "02c0ffee00000000000000000000000000000000ff",
        value_parser = address)]
    address: Address,
    /// The block production time
    #[arg(long, value_name = "TIME", value_parser = time, allow_negative_numbers = true,
        default_value = "2025-01-01T00:00:00Z")]
    at: Timestamp,
    /// The number of the block
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    block: i64,
    /// The hash of the transaction, 64 hex digits
    #[arg(long, value_name = "HASH", value_parser = hash,
        default_value = "0000000000000000000000000000000000000000000000000000000000000001")]
    transaction: Hash,
    #[command(subcommand)]
    task: Task,
}

const EXAMPLES: &str = "\
Examples:
  zkreg host contract.pbc interface
  zkreg host contract.pbc init 00… 75_000 true
  zkreg host contract.pbc --sender 00… call transfer 00… 5
  zkreg host contract.pbc --sender 00… call 01 00… 5
  zkreg host contract.pbc callback on_transfer --result 0x0005 5
  zkreg host contract.pbc show

Arguments:
  numbers 75_000 -5, true, texts, addresses and keys in hex, [1, 2], 0x0102 for bytes,
  None, Some(3), Version { major: 4, minor: 9 }, Success {}

Exit status:
  0  the call was accepted
  1  the contract refused it, or failed
  2  a file or an argument cannot be read";

#[derive(Debug, Subcommand)]
enum Task {
    /// List the functions and types of the contract
    Interface,
    /// Create the contract
    Init {
        /// The arguments of its init function
        #[arg(value_name = "ARGUMENT", allow_negative_numbers = true)]
        arguments: Vec<String>,
    },
    /// Call an action
    Call {
        /// Its name in the ABI, or its shortname in hex
        name: String,
        /// Its arguments
        #[arg(value_name = "ARGUMENT", allow_negative_numbers = true)]
        arguments: Vec<String>,
    },
    /// Call a callback, as if the calls before it had ended
    Callback {
        /// Its name in the ABI, or its shortname in hex
        name: String,
        /// What a call before it returned, in hex; may be repeated
        #[arg(long = "result", value_name = "HEX")]
        results: Vec<String>,
        /// The calls before it have failed
        #[arg(long)]
        failed: bool,
        /// Its arguments
        #[arg(value_name = "ARGUMENT", allow_negative_numbers = true)]
        arguments: Vec<String>,
    },
    /// Show the state, and what is in its trees
    Show,
}

/// What the file keeps.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    /// The state, in hex.
    state: String,
    /// The trees as a snapshot, in hex: `pbc-formats.md` 2.6.
    trees: String,
}

/// Does what `arguments` ask for.
///
/// # Errors
///
/// Standard output cannot be written.
pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> io::Result<Exit> {
    match perform(arguments, output) {
        Ok(Done { text, failure: None }) => {
            output.write(&text)?;
            Ok(Exit::AsWritten)
        }
        Ok(Done { failure: Some(failure), .. }) => {
            output.complain(&match failure {
                Failure::Refused { code, message } => format!("refused: {code}: {message}"),
                Failure::Trap { message } => format!("failed: {message}"),
            });
            Ok(Exit::Otherwise)
        }
        Err(message) => {
            output.complain(&format!("error: {message}"));
            Ok(Exit::BadInput)
        }
    }
}

/// What came of it.
struct Done {
    text: String,
    failure: Option<Failure>,
}

fn perform(arguments: &Arguments, output: &mut Output) -> Result<Done, String> {
    let abi = arguments.abi.as_deref().map(read).transpose()?;
    let deployable = Deployable::of_files(&read(&arguments.contract)?, abi.as_deref());
    let shown = sources::shown(&arguments.contract);
    let Deployable { abi, code } = deployable.map_err(|error| format!("{shown}: {error}"))?;
    if let Some(what) = code.beyond_mvp() {
        output.complain(&format!(
            "note: {shown} needs more than MVP WebAssembly, which the chain may not take: {what}"
        ));
    }
    let engine = || WasmEngine::new(&code).map_err(|error| format!("{shown}: {error}"));
    let restore = || -> Result<EngineContract, String> {
        let (state, trees) = load(&arguments.state)?;
        Ok(EngineContract::restore(state, trees, Box::new(engine()?)))
    };
    let encode = |name: &str, is_wanted: fn(Export) -> bool, texts: &[String]| {
        let (export, function) = host::function(&abi, name).or_else(|error| {
            host::function_by_hex(&abi, name, is_wanted).ok_or_else(|| error.to_string())
        })?;
        if !is_wanted(export) {
            return Err(format!("`{name}` is the entry point {export}, of another kind"));
        }
        host::call(&abi, function, texts).map_err(|error| error.to_string())
    };
    let context = context(arguments);

    let (contract, groups) = match &arguments.task {
        Task::Interface => return Ok(Done { text: abi.to_string(), failure: None }),
        Task::Show => {
            let contract = restore()?;
            let state = host::show_state(&abi, contract.state(), contract.trees());
            let state = state.map_err(|error| format!("the state: {error}"))?;
            return Ok(Done { text: format!("{state:#}\n"), failure: None });
        }
        Task::Init { arguments: texts } => {
            let rpc = encode("init", |export| export == Export::Init, texts)?;
            match EngineContract::create(&context, &rpc, Box::new(engine()?)) {
                Ok(created) => created,
                Err(failure) => return Ok(Done { text: String::new(), failure: Some(failure) }),
            }
        }
        Task::Call { name, arguments: texts } => {
            let rpc = encode(name, |export| matches!(export, Export::Action(_)), texts)?;
            let mut contract = restore()?;
            match contract.call(&context, &rpc) {
                Ok(groups) => (contract, groups),
                Err(failure) => return Ok(Done { text: String::new(), failure: Some(failure) }),
            }
        }
        Task::Callback { name, results, failed, arguments: texts } => {
            let rpc = encode(name, |export| matches!(export, Export::Callback(_)), texts)?;
            let results = returned(results, !failed)?;
            let mut contract = restore()?;
            match contract.call_back(&context, &results, &rpc) {
                Ok(groups) => (contract, groups),
                Err(failure) => return Ok(Done { text: String::new(), failure: Some(failure) }),
            }
        }
    };
    store(&arguments.state, &contract)?;
    Ok(Done { text: accepted(&abi, &groups), failure: None })
}

fn accepted(abi: &pbc_host::ContractAbi, groups: &[Group]) -> String {
    format!("accepted\n{}", host::show_groups(abi, groups))
}

fn context(arguments: &Arguments) -> ContractContext {
    ContractContext {
        contract_address: arguments.address,
        sender: arguments.sender,
        block_time: arguments.block,
        block_production_time: arguments.at.millis(),
        current_transaction: arguments.transaction.clone(),
        original_transaction: arguments.transaction.clone(),
    }
}

fn returned(results: &[String], succeeded: bool) -> Result<Results, String> {
    let result = |text: &String| match hex::decode(text.strip_prefix("0x").unwrap_or(text)) {
        Ok(return_data) => Ok(CallResult { succeeded, return_data }),
        Err(error) => Err(format!("the result `{text}`: {error}")),
    };
    let results = results.iter().map(result).collect::<Result<_, String>>()?;
    Ok(Results { success: succeeded, results })
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("cannot read {}: {error}", sources::shown(path)))
}

fn load(path: &Path) -> Result<(Vec<u8>, Trees), String> {
    let of = |error: &dyn std::fmt::Display| format!("{}: {error}", sources::shown(path));
    let kept: Kept = serde_json::from_slice(&read(path)?).map_err(|error| of(&error))?;
    let state = hex::decode(kept.state).map_err(|error| of(&error))?;
    let trees = hex::decode(kept.trees).map_err(|error| of(&error))?;
    let trees = Trees::from_snapshot(&trees).map_err(|error| of(&error))?;
    Ok((state, trees))
}

fn store(path: &Path, contract: &EngineContract) -> Result<(), String> {
    let kept = Kept {
        state: hex::encode(contract.state()),
        trees: hex::encode(contract.trees().to_snapshot()),
    };
    let mut text = serde_json::to_string_pretty(&kept).expect("invariant: texts are JSON");
    text.push('\n');
    fs::write(path, text).map_err(|error| format!("cannot write {}: {error}", sources::shown(path)))
}

fn hash(text: &str) -> Result<Hash, String> {
    let mut bytes = [0; 32];
    match hex::decode_to_slice(text, &mut bytes) {
        Ok(()) => Ok(Hash { bytes }),
        Err(_) => Err("a hash has 64 hex digits".to_owned()),
    }
}
