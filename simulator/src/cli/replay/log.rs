//! Which log is replayed, and what it does not say itself.

use std::path::PathBuf;

use clap::Args;
use pbc_contract_common::address::Address;
use zk_node_registry::rules::units::Timestamp;
use zkreg::log::Terms;
use zkreg::name::Name;
use zkreg::signed::MAINNET;

use crate::cli::rpc::{addresses, binding};
use crate::cli::values::address;

/// The address of the live registry.
///
/// Source: `registry.md`, introduction.
const LIVE: &str = "01a2020bb33ef9e0323c7a3210d5cb7fd492aa0d65";

#[derive(Debug, Args)]
pub(crate) struct LogArguments {
    /// A log of raw calls, CSV or JSON Lines, or `-` for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "write_transcripts")]
    pub(crate) log: Option<PathBuf>,
    /// The address of the registry in the log
    #[arg(long, value_name = "ADDRESS", requires = "log", default_value = LIVE,
        value_parser = address)]
    registry: Address,
    /// The name of the chain for which signed transactions were signed
    #[arg(long, value_name = "NAME", requires = "log", default_value = MAINNET)]
    chain: String,
    /// A name to show for an address of the log; may be repeated
    #[arg(long = "name", value_name = "NAME=ADDRESS", requires = "log", value_parser = binding)]
    names: Vec<(Name, Address)>,
}

impl LogArguments {
    /// What the log does not say itself, on a state that was read at `as_of`.
    ///
    /// # Errors
    ///
    /// A sentence: a name has two addresses.
    pub(super) fn terms(&self, as_of: Option<Timestamp>) -> Result<Terms, String> {
        Ok(Terms {
            registry: self.registry,
            chain: self.chain.clone(),
            names: addresses(&self.names)?,
            since: as_of.map(Timestamp::millis),
        })
    }
}
