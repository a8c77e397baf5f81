//! `zkreg verify`: whether what is deployed is what is here.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use pbc_contract_common::address::Address;
use pbc_host::PbcFile;
use serde_json::json;
use zkreg::deployment::{Terms, deployed};
use zkreg::reader::{Limits, Reader, without_password};
use zkreg::verify::Verification;

use super::output::Output;
use super::state::{read, reasons_of};
use super::values::address;
use super::{Exit, sources};

/// Compare a deployed registry with the module, ABI and settings that it should have
///
/// Code and ABI must be those of this version of `zkreg`, byte for byte, or those of another file.
/// Settings and collaborators must be those of a settings file, or else those of deployments on
/// mainnet; they were chosen at the deployment and never change.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The URL of a reader node
    #[arg(long, value_name = "URL")]
    reader: String,
    /// The address of the registry
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    contract: Address,
    /// The file that should be deployed, if it is not the one in abi/
    #[arg(long, value_name = "FILE")]
    pbc: Option<PathBuf>,
    /// What it should have been created with: the file that `zkreg init-args` took
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// How to print the outcome
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

const EXAMPLES: &str = "\
Examples:
  zkreg verify --reader https://node1.testnet.partisiablockchain.com --contract 02... \\
      --settings registry.json
  zkreg verify --reader https://reader.example --contract 02... --format json | jq .equal

Exit status:
  0  code, ABI and settings are equal
  1  something is different
  2  the node or a file cannot be read";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line for each part, with what is different
    Text,
    /// One JSON object
    Json,
}

/// Compares what `arguments` name.
///
/// # Errors
///
/// Standard output cannot be written.
pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> io::Result<Exit> {
    let verification = match verify(arguments) {
        Ok(verification) => verification,
        Err(complaint) => {
            output.complain(&complaint);
            return Ok(Exit::BadInput);
        }
    };
    let equal = verification.is_equal();
    output.write(&match arguments.format {
        Format::Text => {
            let reader = without_password(&arguments.reader);
            format!("{:x} at {reader}\n{verification}", arguments.contract)
        }
        Format::Json => {
            let object = json!({
                "contract": format!("{:x}", arguments.contract),
                "equal": equal,
                "parts": verification.parts,
            });
            serde_json::to_string_pretty(&object).expect("invariant: texts are JSON") + "\n"
        }
    })?;
    Ok(if equal { Exit::AsWritten } else { Exit::Otherwise })
}

/// # Errors
///
/// What is wrong, as it is shown.
fn verify(arguments: &Arguments) -> Result<Verification, String> {
    let file = arguments.pbc.as_deref().map_or_else(|| Ok(deployed()), pbc_file)?;
    let terms = arguments.settings.as_deref().map(|path| read(path, Terms::read)).transpose()?;
    let terms = terms.unwrap_or_else(Terms::of_deployments);
    let reader = Reader::new(&arguments.reader, Limits::default());
    let served = reader.and_then(|reader| reader.served(&arguments.contract));
    let served = served.map_err(|error| reasons_of(&error))?;
    Ok(Verification::of(&served, &file, &terms))
}

fn pbc_file(path: &Path) -> Result<PbcFile, String> {
    let shown = sources::shown(path);
    let bytes = fs::read(path).map_err(|error| format!("error: cannot read {shown}: {error}"))?;
    PbcFile::decode(&bytes).map_err(|error| format!("error: {shown}: {error}"))
}
