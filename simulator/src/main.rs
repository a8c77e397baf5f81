//! The command line of `zkreg`: arguments, files, terminal, exit status. Nothing else is here.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
