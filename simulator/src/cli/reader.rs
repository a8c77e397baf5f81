//! A reader node as the place where a state is.

use clap::Args;
use pbc_contract_common::address::Address;
use zkreg::reader::{Limits, Reader};

use super::state::ORIGIN;
use super::values::address;

/// Which contract of which reader node.
#[derive(Debug, Args)]
pub(crate) struct ReaderArguments {
    /// The URL of a reader node, to fetch the state from instead of a file
    #[arg(long, value_name = "URL", group = ORIGIN, requires = "contract")]
    pub(super) reader: Option<String>,
    /// The address of the registry at the reader node
    #[arg(long, value_name = "ADDRESS", requires = "reader", value_parser = address)]
    contract: Option<Address>,
    /// The shard on which the registry is, such as Shard0, if the reader node does not tell
    #[arg(long, value_name = "SHARD", requires = "reader")]
    pub(super) shard: Option<String>,
}

impl ReaderArguments {
    /// The node and the contract, if they are given.
    ///
    /// # Errors
    ///
    /// What is wrong with the URL, as it is shown.
    pub(super) fn open(&self) -> Result<Option<(Reader, Address)>, String> {
        let (Some(url), Some(contract)) = (&self.reader, self.contract) else { return Ok(None) };
        let reader = Reader::new(url, Limits::default());
        Ok(Some((reader.map_err(|error| format!("error: {error}"))?, contract)))
    }
}
