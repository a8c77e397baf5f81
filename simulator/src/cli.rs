//! What `zkreg` can be told, and how it answers the shell.

mod alerts;
mod audit;
mod diff;
mod engine;
mod exit_plan;
mod explore;
mod fuzz;
mod gas;
mod host;
mod init_args;
mod output;
mod reader;
mod replay;
mod rpc;
mod sources;
mod state;
mod status;
mod values;
mod verify;
mod why_not;

use std::io;
use std::process::ExitCode;

use clap::{ColorChoice, Parser, Subcommand};

use self::output::Output;

/// Replays what happens to the ZK node registry of Partisia Blockchain: the real contract, on a
/// simulated chain.
#[derive(Debug, Parser)]
#[command(name = "zkreg", version, after_help = EXIT_STATUS)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: ColorChoice,
}

#[derive(Debug, Subcommand)]
enum Command {
    Replay(replay::Arguments),
    Status(status::Arguments),
    Audit(audit::Arguments),
    ExitPlan(exit_plan::Arguments),
    WhyNot(why_not::Arguments),
    Rpc(rpc::Arguments),
    State(diff::Arguments),
    Fuzz(fuzz::Arguments),
    Gas(gas::Arguments),
    Host(host::Arguments),
    InitArgs(init_args::Arguments),
    Verify(verify::Arguments),
    Explore(explore::Arguments),
}

const EXIT_STATUS: &str = "\
Exit status:
  0  everything went as written
  1  something went otherwise than written
  2  the input cannot be read
  3  the contract broke down: a bug of it";

/// How a run ended. Of several ends the worst counts, which is the last in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Exit {
    #[default]
    AsWritten,
    Otherwise,
    BadInput,
    Broken,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::AsWritten => 0,
            Exit::Otherwise => 1,
            Exit::BadInput => 2,
            Exit::Broken => 3,
        })
    }
}

/// Runs the command that the arguments of the process ask for.
pub(crate) fn main() -> ExitCode {
    let Cli { command, color } = Cli::parse();
    let mut output = Output::new(color);
    let result = match command {
        Command::Replay(arguments) => replay::run(&arguments, &mut output),
        Command::Status(arguments) => status::run(&arguments, &mut output),
        Command::Audit(arguments) => audit::run(&arguments, &mut output),
        Command::ExitPlan(arguments) => exit_plan::run(&arguments, &mut output),
        Command::WhyNot(arguments) => why_not::run(&arguments, &mut output),
        Command::Rpc(arguments) => rpc::run(&arguments, &mut output),
        Command::State(arguments) => diff::run(&arguments, &mut output),
        Command::Fuzz(arguments) => fuzz::run(&arguments, &mut output),
        Command::Gas(arguments) => gas::run(&arguments, &mut output),
        Command::Host(arguments) => host::run(&arguments, &mut output),
        Command::InitArgs(arguments) => init_args::run(&arguments, &mut output),
        Command::Verify(arguments) => verify::run(&arguments, &mut output),
        Command::Explore(arguments) => explore::run(&arguments, &mut output),
    };
    match result.and_then(|exit| output.finish().map(|()| exit)) {
        Ok(exit) => exit.into(),
        // Whoever reads the output has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            output.complain(&format!("error: cannot write: {error}"));
            Exit::BadInput.into()
        }
    }
}

#[cfg(test)]
mod tests;
