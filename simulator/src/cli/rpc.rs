//! `zkreg rpc`: calls to the registry as bytes, and what they mean.

use std::collections::BTreeMap;
use std::io;

use clap::{Args, Subcommand, ValueEnum};
use pbc_contract_common::address::Address;
use pbc_lib::Export;
use serde::Serialize;
use zkreg::diagnostics::Problems;
use zkreg::name::Name;
use zkreg::names::Names;
use zkreg::problem::Problem;
use zkreg::rpc::{self, Decoded, EncodeError};
use zkreg::step::Origin;
use zkreg::world::Start;

use super::Exit;
use super::output::Output;
use super::values::{address, clock};

/// Write a call to the registry as the bytes that a wallet sends, or read such bytes
///
/// A call is said in the words of scenarios, amounts in MPC, or by its name in the ABI, live or ours,
/// amounts in units.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    task: Task,
}

const ENCODE: &str = "\
Examples:
  zkreg rpc encode associate 75_000
  zkreg rpc encode expire 2026-01-01T00:00:00Z
  zkreg rpc encode registerAsZkNode '{ rest_endpoint: \"https://a.example\" }'
  zkreg rpc encode setReservedTokens 750000000";

const DECODE: &str = "\
Examples:
  zkreg rpc decode 0a000000002cb41780
  zkreg rpc decode --name alice=00ca12f31b8cbf5f29e268ea64c20a37f3d50b539d 1000ca12f31b8cbf5f29e268ea64c20a37f3d50b539d";

const EXAMPLES: &str = "\
Examples:
  zkreg rpc encode associate 75_000
  zkreg rpc encode associateTokens 750000000
  zkreg rpc encode --name zk-1=031111111111111111111111111111111111111111 \\
      request zk-1 nodes 4 stake 2_000 version 4.9.0 jurisdictions '[208, 276]'
  zkreg rpc decode 0a000000002cb41780
  zkreg rpc decode --format json 1700 3100…

Exit status:
  0  done
  2  the words or the bytes are no call to the registry";

#[derive(Debug, Subcommand)]
enum Task {
    /// The bytes of a call, in hex
    #[command(after_help = ENCODE)]
    Encode {
        #[command(flatten)]
        terms: Terms,
        /// An action of the scenario language, or a function with its arguments
        #[arg(value_name = "WORD", required = true, allow_negative_numbers = true)]
        words: Vec<String>,
    },
    /// What bytes mean: a call, a callback, or the creation of the registry
    #[command(after_help = DECODE)]
    Decode {
        #[command(flatten)]
        terms: Terms,
        /// How to print it
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
        /// Calls in hex, with or without `0x`
        #[arg(value_name = "HEX", required = true)]
        calls: Vec<String>,
    },
}

/// What words do not say by themselves.
#[derive(Debug, Args)]
struct Terms {
    /// The address of a name; may be repeated
    #[arg(long = "name", value_name = "NAME=ADDRESS", value_parser = binding)]
    names: Vec<(Name, Address)>,
    /// What `0d` is in words
    #[arg(long, value_name = "TIME", value_parser = clock, allow_negative_numbers = true, default_value_t)]
    clock: Origin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Words, then the name and the arguments
    Text,
    /// JSON Lines: one object a call
    Json,
}

/// Does what `arguments` ask for.
///
/// # Errors
///
/// Standard output cannot be written.
pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> io::Result<Exit> {
    let (Task::Encode { terms, .. } | Task::Decode { terms, .. }) = &arguments.task;
    let addresses = match addresses(&terms.names) {
        Ok(addresses) => addresses,
        Err(message) => {
            output.complain(&format!("error: {message}"));
            return Ok(Exit::BadInput);
        }
    };
    match &arguments.task {
        Task::Encode { terms, words } => encode(addresses, terms.clock, words, output),
        Task::Decode { terms, format, calls } => {
            let mut names = Names::default();
            for (name, address) in addresses {
                names.bind(name, address);
            }
            let mut exit = Exit::AsWritten;
            for (index, call) in calls.iter().enumerate() {
                if index > 0 && *format == Format::Text {
                    output.write("\n")?;
                }
                exit = exit.max(decode(&names, terms.clock, *format, call, output)?);
            }
            Ok(exit)
        }
    }
}

fn encode(
    addresses: BTreeMap<Name, Address>,
    clock: Origin,
    words: &[String],
    output: &mut Output,
) -> io::Result<Exit> {
    let start = Start { origin: clock.millis(), addresses, ..Start::default() };
    let encoded = match rpc::encode(words, &start) {
        Ok(encoded) => encoded,
        Err(EncodeError::Words { text, problem }) => {
            output.complain(&shown("words", &text, problem));
            return Ok(Exit::BadInput);
        }
        Err(error) => {
            output.complain(&format!("error: {error}"));
            return Ok(Exit::BadInput);
        }
    };
    output.write(&format!("{}\n", hex::encode(&encoded.rpc)))?;
    if let Some(to) = encoded.to {
        output.complain(&format!("note: this is sent to {to:x}, not to the registry"));
    }
    if let Some(gas) = encoded.gas {
        output.complain(&format!("note: the {gas} gas travel beside the bytes"));
    }
    for (name, address) in &encoded.made_up {
        output.complain(&format!(
            "note: `{name}` stands for {address:x}, which scenarios make up; \
             `--name {name}=ADDRESS` says the real one"
        ));
    }
    Ok(Exit::AsWritten)
}

fn decode(
    names: &Names,
    clock: Origin,
    format: Format,
    call: &str,
    output: &mut Output,
) -> io::Result<Exit> {
    let digits = call.trim();
    let digits = digits.strip_prefix("0x").unwrap_or(digits);
    let decoded = match rpc::unhex(digits) {
        Ok(bytes) => rpc::decode(&bytes, names, clock).map_err(|failure| failure.problem()),
        Err(problem) => Err(problem),
    };
    match decoded {
        Ok(decoded) => {
            output.write(&match format {
                Format::Text => decoded.to_string(),
                Format::Json => line(digits, &decoded),
            })?;
            Ok(Exit::AsWritten)
        }
        Err(problem) => {
            output.complain(&shown("call", digits, problem));
            Ok(Exit::BadInput)
        }
    }
}

fn shown(what: &str, text: &str, problem: Problem) -> String {
    let mut problems = Problems::default();
    problems.add(1, text.as_bytes(), problem);
    problems.render(what, true)
}

/// A call, for programs.
#[derive(Serialize)]
struct CallLine<'a> {
    rpc: String,
    kind: &'static str,
    function: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    live: Option<&'a str>,
    arguments: Vec<ArgumentLine<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<String>,
}

#[derive(Serialize)]
struct ArgumentLine<'a> {
    name: &'a str,
    value: String,
}

fn line(digits: &str, decoded: &Decoded) -> String {
    let argument = |(name, value): &'_ (String, _)| (name.clone(), format!("{value}"));
    let arguments: Vec<(String, String)> = decoded.arguments.iter().map(argument).collect();
    let line = CallLine {
        rpc: digits.to_ascii_lowercase(),
        kind: match decoded.export {
            Export::Init => "init",
            Export::Action(_) => "action",
            Export::Callback(_) => "callback",
        },
        function: &decoded.function,
        live: decoded.live.as_deref(),
        arguments: arguments
            .iter()
            .map(|(name, value)| ArgumentLine { name, value: value.clone() })
            .collect(),
        words: decoded.words.as_ref().map(ToString::to_string),
    };
    serde_json::to_string(&line).expect("invariant: texts are JSON") + "\n"
}

/// The address of each name.
///
/// # Errors
///
/// A sentence: a name has two addresses.
pub(super) fn addresses(bindings: &[(Name, Address)]) -> Result<BTreeMap<Name, Address>, String> {
    let mut addresses = BTreeMap::new();
    for (name, address) in bindings {
        let before = *addresses.entry(name.clone()).or_insert(*address);
        if before != *address {
            return Err(format!("--name {name}={address:x}: {name} is {before:x} already"));
        }
    }
    Ok(addresses)
}

/// `alice=00…`
pub(super) fn binding(text: &str) -> Result<(Name, Address), String> {
    let (name, digits) = text.split_once('=').ok_or("write a name, `=`, and its address")?;
    let name: Name = name.parse().map_err(|problem: Problem| problem.to_string())?;
    Ok((name, address(digits)?))
}
