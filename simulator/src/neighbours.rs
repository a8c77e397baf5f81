//! The contracts around the registry, as far as it talks to them.
//!
//! Each is a small model that takes the bytes a real one takes and answers with the bytes a real
//! one answers with. Its refusals have codes of their own, which are no codes of the registry.
//! A model can be told to misbehave, by its own methods or by an [`Order`](crate::chain::Order)
//! for mail to it.
//!
//! Not here: addresses and names, which neighbour a scenario has (`world`).
//!
//! Source: `registry.md` 9.3 and 10.

mod deploy;
mod producers;
mod served;
mod silent;
mod token;

use pbc_contract_common::address::Address;
use pbc_host::split_rpc;
use pbc_lib::{Export, Failure};
use pbc_traits::{Decoder, ReadRPC};
use zk_node_registry::EngineInformation;

use crate::chain::{Call, Results};
use crate::engine::unknown_action;

pub use self::deploy::Deploy;
pub use self::producers::{Producer, Producers};
pub use self::served::{ServedContract, Status};
pub use self::silent::Silent;
pub use self::token::{Token, TokenError};

/// The callback of a request: its one result holds the engines.
pub const ON_ENGINES: u8 = 0x01;

/// What the deploy model sends to the contract that it deploys: the engines, as the registry
/// returned them.
const TAKE_ENGINES: u8 = 0x7e;

/// A refusal of a model.
fn refused(code: &'static str, message: impl Into<String>) -> Failure {
    Failure::Refused { code: code.into(), message: message.into() }
}

/// The arguments of one call, read to their end.
struct Arguments<'a>(Decoder<'a>);

impl<'a> Arguments<'a> {
    /// Shortname and arguments of `call`.
    fn of(call: &Call<'a>) -> Result<(u32, Arguments<'a>), Failure> {
        let (shortname, arguments) = split_rpc(call.rpc)?;
        Ok((shortname, Arguments(Decoder::new(arguments))))
    }

    fn next<T: ReadRPC>(&mut self) -> Result<T, Failure> {
        T::rpc_decode(&mut self.0).map_err(|error| refused(error.code(), error.to_string()))
    }

    fn end(self) -> Result<(), Failure> {
        self.0.finish().map_err(|error| refused(error.code(), error.to_string()))
    }
}

fn unknown(shortname: u32) -> Failure {
    unknown_action(Export::Action(shortname))
}

/// What a request returned; `None` if it failed.
fn engines(results: &Results) -> Result<Option<Vec<EngineInformation>>, Failure> {
    match results.results.as_slice() {
        [result] if results.success => {
            let mut arguments = Arguments(Decoder::new(&result.return_data));
            let engines = arguments.next()?;
            arguments.end()?;
            Ok(Some(engines))
        }
        _ => Ok(None),
    }
}

/// The RPC that asks for the callback [`ON_ENGINES`] of a request for `served`.
pub(crate) fn on_engines(served: &Address) -> Vec<u8> {
    let mut rpc = vec![ON_ENGINES];
    rpc.extend(crate::names::bytes_of(served));
    rpc
}
