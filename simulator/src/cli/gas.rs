//! `zkreg gas`: what each action costs.

use std::io;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use zkreg::gas;

use super::engine::compiled;
use super::output::Output;
use super::{Exit, sources};

/// Measure what each action of the built contract costs
///
/// Operators carried out, work in trees, bytes, and an estimate by the published prices, at
/// registries of 10, 1,000 and 10,000 nodes with 1, 100 and 1,000 open computations.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The built contract, a .pbc or .wasm file
    #[arg(long, value_name = "FILE", default_value = "abi/zk_node_registry.pbc")]
    pbc: PathBuf,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Tables for people
    Text,
    /// One JSON array
    Json,
}

/// Measures.
///
/// # Errors
///
/// Standard output cannot be written.
pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> io::Result<Exit> {
    let measured = compiled(&arguments.pbc).and_then(|engine| {
        let shown = || sources::shown(&arguments.pbc);
        gas::measure(&engine).map_err(|error| format!("cannot measure {}: {error}", shown()))
    });
    let tables = match measured {
        Ok(tables) => tables,
        Err(message) => {
            output.complain(&format!("error: {message}"));
            return Ok(Exit::BadInput);
        }
    };
    output.write(&match arguments.format {
        Format::Text => gas::text(&tables),
        Format::Json => {
            let json = serde_json::to_string_pretty(&tables);
            json.expect("invariant: numbers and texts are JSON") + "\n"
        }
    })?;
    Ok(Exit::AsWritten)
}
