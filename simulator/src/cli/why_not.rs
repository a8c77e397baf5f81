//! `zkreg why-not`: what would become of a request, and why.

use std::io;

use clap::{Args, ValueEnum};
use zk_node_registry::rules::units::Timestamp;
use zkreg::chain::TransactionHash;
use zkreg::diagnostics::Problems;
use zkreg::name::Name;
use zkreg::why_not::{Answer, Asked, WhyNot, served_name};

use super::Exit;
use super::output::Output;
use super::state::{self, SourceArguments};
use super::values::time;

/// Try out a request for nodes: who is eligible, why the others are not, and what the registry says
///
/// The answer is that of the real contract, called on the state. Nothing is sent anywhere.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, group = state::wanted())]
pub(crate) struct Arguments {
    #[command(flatten)]
    source: SourceArguments,
    /// The request in the words of scenarios, such as `nodes 4 stake 2_000 version 4.9.0`
    #[arg(long, value_name = "WORDS", required_unless_present = "rpc", conflicts_with = "rpc")]
    request: Option<String>,
    /// The request as bytes: shortname and arguments in hex
    #[arg(long, value_name = "HEX", value_parser = bytes)]
    rpc: Option<Bytes>,
    /// The contract to serve, an address or a name, if the request does not say: a new one if not
    /// said
    #[arg(long = "for", value_name = "CONTRACT", value_parser = served_name)]
    served: Option<Name>,
    /// The hash of the transaction in hex, to see which nodes are drawn
    #[arg(long, value_name = "HASH", value_parser = hash)]
    tx: Option<TransactionHash>,
    /// The moment of the request; the time of the state if not said
    #[arg(long, value_name = "TIME", value_parser = time, allow_negative_numbers = true)]
    now: Option<Timestamp>,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

const EXAMPLES: &str = "\
Requests, as after the verb in a scenario; amounts in MPC, nodes by their addresses:
  nodes 4 stake 2_000                                      any version
  nodes 4 stake 2_000 version 4.9.0                        protocol version
  nodes 2 stake 2_000 version 4.9.0 jurisdictions [208, 276] [578]
  stake 2_000 version 4.9.0 of ADDR ADDR                   listed nodes
  nodes 4 stake 2_000 ee-version 3                         sent by the served contract itself
  re-request nodes 4 stake 2_000 ee-version 3 after ADDR success ADDR failure

Examples:
  zkreg why-not --state registry.json --as-of 2025-06-15T12:00:00Z \\
      --request 'nodes 4 stake 2_000 version 4.9.0 jurisdictions [208, 276, 840]'
  zkreg why-not --state registry.json --as-of 2025-06-15T12:00:00Z \\
      --request 'nodes 4 stake 2_000' --for 031111111111111111111111111111111111111111 \\
      --tx 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f

Exit status:
  0  the request succeeds
  1  it is refused
  2  the input cannot be read
  3  the contract broke down: a bug of it";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// In words and a table
    Text,
    /// One JSON object
    Json,
}

#[derive(Clone, Debug)]
struct Bytes(Vec<u8>);

fn bytes(text: &str) -> Result<Bytes, String> {
    hex::decode(text).map(Bytes).map_err(|_| "write two hex digits a byte, without `0x`".to_owned())
}

fn hash(text: &str) -> Result<TransactionHash, String> {
    let mut hash = TransactionHash::default();
    match hex::decode_to_slice(text, &mut hash) {
        Ok(()) => Ok(hash),
        Err(_) => Err("a hash has 64 hex digits".to_owned()),
    }
}

/// Shows what would become of the request that `arguments` describe.
///
/// # Errors
///
/// Standard output cannot be written.
pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> io::Result<Exit> {
    match why_not(arguments, output) {
        Ok(why_not) => {
            output.write(&match arguments.format {
                Format::Text => why_not.text(Output::style()),
                Format::Json => why_not.json(),
            })?;
            Ok(match why_not.answer {
                Answer::Accepted { .. } => Exit::AsWritten,
                Answer::Refused { .. } => Exit::Otherwise,
                Answer::Broken { .. } => Exit::Broken,
            })
        }
        Err(complaint) => {
            output.complain(&complaint);
            Ok(Exit::BadInput)
        }
    }
}

/// # Errors
///
/// What is wrong, as it is shown.
fn why_not(arguments: &Arguments, output: &mut Output) -> Result<WhyNot, String> {
    let served = arguments.served.clone();
    let asked = match (&arguments.request, &arguments.rpc) {
        (Some(words), _) => Asked::parse(words, served).map_err(|problem| {
            let mut problems = Problems::default();
            problems.add(1, words.as_bytes(), problem);
            // Colours are taken out again where nobody wants them.
            problems.render("--request", true)
        })?,
        (None, Some(Bytes(rpc))) => Asked::of_bytes(rpc.clone(), served),
        (None, None) => return Err("error: say `--request WORDS` or `--rpc HEX`".to_owned()),
    };
    let (source, now) = arguments.source.read_at(arguments.now, output)?;
    source.tell_findings(output);
    WhyNot::of(&source.imported.image, &asked, now, arguments.tx)
        .map_err(|error| format!("error: {error}"))
}
