//! `zkreg init-args`: what a registry is created with, for whoever deploys it.

use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;
use zkreg::deployment::Terms;

use super::output::Output;
use super::state::read;
use super::{Exit, sources};

/// Print the arguments with which a registry is created, for the tool that deploys it
///
/// The settings file is an object of `collaborators` and `settings`, as an exported state has them.
/// Amounts are in units of 1/10,000 MPC; a minimum of 0 is switched off. The contract itself is asked
/// whether it can be created with them.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The settings file, such as abi/testnet.json
    #[arg(value_name = "SETTINGS")]
    settings: PathBuf,
    /// How to print them
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

const EXAMPLES: &str = "\
Examples:
  zkreg init-args abi/testnet.json
  cargo pbc transaction deploy abi/zk_node_registry.pbc $(zkreg init-args registry.json)
  zkreg init-args --format hex registry.json

Exit status:
  0  the arguments were printed
  1  the contract refuses to be created with them
  2  the file cannot be read";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One line, as the command line of the official tool takes them
    Text,
    /// The bytes of the call, with which a deployment carries them
    Hex,
    /// One JSON object, with names and types
    Json,
}

/// Prints what `arguments` ask for.
///
/// # Errors
///
/// Standard output cannot be written.
pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> io::Result<Exit> {
    let terms = match terms(&arguments.settings) {
        Ok(terms) => terms,
        Err(complaint) => {
            output.complain(&complaint);
            return Ok(Exit::BadInput);
        }
    };
    if let Err(failure) = terms.check() {
        let shown = sources::shown(&arguments.settings);
        output.complain(&format!("error: {shown}: the registry cannot be created: {failure}"));
        return Ok(Exit::Otherwise);
    }
    output.write(&shown(&terms, arguments.format))?;
    Ok(Exit::AsWritten)
}

/// The terms in a settings file.
///
/// # Errors
///
/// Every reason, one a line, each with the file and the place in it.
pub(super) fn terms(path: &Path) -> Result<Terms, String> {
    read(path, Terms::read)
}

fn shown(terms: &Terms, format: Format) -> String {
    let arguments = terms.arguments();
    match format {
        Format::Text => {
            let values: Vec<_> = arguments.into_iter().map(|argument| argument.value).collect();
            values.join(" ") + "\n"
        }
        Format::Hex => hex::encode(terms.rpc()) + "\n",
        Format::Json => {
            let arguments: Vec<_> = arguments
                .iter()
                .map(|it| json!({ "name": it.name, "type": it.type_name, "value": it.value }))
                .collect();
            let object = json!({ "arguments": arguments, "rpc": hex::encode(terms.rpc()) });
            serde_json::to_string_pretty(&object).expect("invariant: texts are JSON") + "\n"
        }
    }
}
