//! The contract that deploys ZK contracts: it asks for nodes and keeps what it is answered.
//!
//! It has no calls of its own. Its requests have the callback [`ON_ENGINES`] with the address of
//! the contract that is being deployed; when the nodes are there, it tells that contract. If told
//! so, the creation of that contract fails then, and the nodes stay allocated to a contract that
//! never works: an orphan, which only a deletion notice clears.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use pbc_contract_common::address::Address;
use pbc_host::{Group, Interaction};
use pbc_lib::{Export, Failure};
use zk_node_registry::EngineInformation;

use super::{Arguments, ON_ENGINES, TAKE_ENGINES, engines, unknown};
use crate::chain::{Call, Neighbour, Results};
use crate::engine::unknown_action;

/// What has been deployed, and on which engines.
#[derive(Clone, Debug, Default)]
pub struct Deploy {
    /// Shared by the branches of a chain until one of them changes it.
    engines: Rc<BTreeMap<Address, Vec<EngineInformation>>>,
    /// Contracts whose creation will fail.
    doomed: BTreeSet<Address>,
}

impl Deploy {
    /// The engines that the registry last returned for `served`, in engine order.
    pub fn engines(&self, served: &Address) -> Option<&[EngineInformation]> {
        self.engines.get(served).map(Vec::as_slice)
    }

    /// Whether the creation of `served` fails from now on, once its nodes are there.
    pub fn let_creation_fail(&mut self, served: Address, fails: bool) {
        if fails {
            self.doomed.insert(served);
        } else {
            self.doomed.remove(&served);
        }
    }
}

impl Neighbour for Deploy {
    fn call(&mut self, call: &Call<'_>) -> Result<Vec<Group>, Failure> {
        let (shortname, _) = Arguments::of(call)?;
        Err(unknown(shortname))
    }

    fn call_back(&mut self, call: &Call<'_>, results: &Results) -> Result<Vec<Group>, Failure> {
        let (shortname, mut arguments) = Arguments::of(call)?;
        if shortname != u32::from(ON_ENGINES) {
            return Err(unknown_action(Export::Callback(shortname)));
        }
        let served = arguments.next::<Address>()?;
        arguments.end()?;
        let Some(engines) = engines(results)? else { return Ok(Vec::new()) };
        Rc::make_mut(&mut self.engines).insert(served, engines);
        if self.doomed.contains(&served) {
            return Ok(Vec::new());
        }
        let returned = results.results.iter().flat_map(|result| &result.return_data);
        let payload = [TAKE_ENGINES].iter().chain(returned).copied().collect();
        let created = Interaction { dest: served, payload, cost: None, cost_from_contract: false };
        Ok(vec![Group { interactions: vec![created], ..Group::default() }])
    }

    fn copy(&self) -> Rc<dyn Neighbour> {
        Rc::new(self.clone())
    }
}
