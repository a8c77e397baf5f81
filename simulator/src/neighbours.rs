//! The contracts around the registry, as far as it talks to them.
//!
//! Each is a small model that takes the bytes a real one takes and answers with the bytes a real
//! one answers with. Its refusals have codes of their own, which are no codes of the registry.
//! A model can be told to misbehave, by its own methods or by an [`Order`](crate::chain::Order)
//! for mail to it.
//!
//! Not here: addresses and names, which neighbour a scenario has (`world`).
//!
//! Source: `registry.md` 6.1, 9.3 and 10.

mod deploy;
mod producers;
mod served;
mod silent;
mod token;
mod work;

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
pub use self::work::{Owed, WorkError, WorkKind};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::{CallResult, Neighbour};
    use crate::names::address_of;

    /// The golden vector of a request's return data.
    ///
    /// Source: `registry.md` 15.
    const RETURNED: &str = "0000000200a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1010202020202020202020202\
                            020202020202020202020202020202020202020202020000001168747470733a2f2f612e\
                            6578616d706c6500b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2000000001168747470\
                            733a2f2f622e6578616d706c65";

    fn address(name: &str) -> Address {
        address_of(&name.parse().expect("a name"))
    }

    fn answer(success: bool) -> Results {
        let return_data = hex::decode(RETURNED).expect("hex");
        Results { success, results: vec![CallResult { succeeded: success, return_data }] }
    }

    fn endpoints(engines: &[EngineInformation]) -> Vec<&str> {
        engines.iter().map(|engine| engine.rest_endpoint.as_str()).collect()
    }

    fn call<'a>(contract: &str, rpc: &'a [u8]) -> Call<'a> {
        Call { contract: address(contract), sender: address("deploy"), now: 7, gas: None, rpc }
    }

    #[test]
    fn the_deploy_contract_reads_engines_and_hands_them_on_as_they_came() {
        let mut deploy = Deploy::default();
        let rpc = on_engines(&address("zk-1"));

        let groups = deploy.call_back(&call("deploy", &rpc), &answer(true)).expect("readable");

        let engines = deploy.engines(&address("zk-1")).expect("engines");
        assert_eq!(endpoints(engines), ["https://a.example", "https://b.example"]);
        assert!(engines[0].public_key.is_some() && engines[1].public_key.is_none());
        let created = &groups[0].interactions[0];
        assert_eq!(created.dest, address("zk-1"));
        assert_eq!(hex::encode(&created.payload), format!("7e{RETURNED}"));

        let mut served = ServedContract::default();
        served.call(&call("zk-1", &created.payload)).expect("readable");
        assert_eq!(endpoints(served.engines()), ["https://a.example", "https://b.example"]);
    }

    #[test]
    fn a_failed_request_changes_no_engines() {
        let mut served = ServedContract::default();
        let rpc = on_engines(&address("zk-1"));
        served.call_back(&call("zk-1", &rpc), &answer(true)).expect("readable");

        let groups = served.call_back(&call("zk-1", &rpc), &answer(false));

        assert_eq!(groups, Ok(Vec::new()));
        assert_eq!(served.engines().len(), 2);
    }

    #[test]
    fn engines_that_cannot_be_read_are_refused_and_change_nothing() {
        let mut deploy = Deploy::default();
        let mut answer = answer(true);
        answer.results[0].return_data.pop();

        let rpc = on_engines(&address("zk-1"));
        let refused = deploy.call_back(&call("deploy", &rpc), &answer);

        assert_eq!(refused.expect_err("a byte is missing").code(), Some("invalid_length"));
        assert!(deploy.engines(&address("zk-1")).is_none());
    }

    #[test]
    fn a_contract_that_only_sends_answers_no_call() {
        let refused = Silent.call(&call("voting", &[0x10]));

        assert_eq!(refused.expect_err("no call").code(), Some("unknown_action"));
    }
}
