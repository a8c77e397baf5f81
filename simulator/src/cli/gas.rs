//! `zkreg gas`: what each action costs.

use std::io;

use clap::{Args, ValueEnum};
use zkreg::gas;

use super::Exit;
use super::engine::BuiltArguments;
use super::output::Output;

/// Measure what each action of the built contract costs
///
/// Operators carried out, work in trees, bytes, and an estimate by the published prices, at
/// registries of 10, 1,000 and 10,000 nodes with 1, 100 and 1,000 open computations. An operator is a
/// WASM instruction carried out, but drop, block, loop, else, end, return, nop and unreachable count
/// nothing, and each function that is entered counts one more.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    built: BuiltArguments,
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
    let built = &arguments.built;
    let measured = built.compiled().and_then(|engine| {
        gas::measure(&engine).map_err(|error| format!("cannot measure {}: {error}", built.shown()))
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
