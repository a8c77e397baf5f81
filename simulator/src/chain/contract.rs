//! What stands behind the address of a contract: one that an engine runs, or a model.
//!
//! Both take bytes and answer with event groups or a failure. Not here: delivery.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use pbc_contract_common::address::Address;
use pbc_contract_common::context::ContractContext;
use pbc_host::{Group, Sections, split_rpc};
use pbc_lib::{Export, Failure, Trees};
use pbc_traits::WriteRPC;

use super::Results;
use crate::engine::{Engine, unknown_action};

/// The shortname of `init`.
const INIT: u32 = u32::MAX;

/// A contract that an engine runs: its root state and its trees.
///
/// A clone is a branch with the same engine, which keeps nothing between calls.
#[derive(Clone)]
pub struct EngineContract {
    state: Vec<u8>,
    trees: Trees,
    engine: Rc<RefCell<Box<dyn Engine>>>,
    /// The input of the last call; kept for its memory only.
    input: Vec<u8>,
    operators: Option<u64>,
}

impl EngineContract {
    /// Creates the contract by its `init`: `rpc` starts with `ffffffff0f`. Returns it together
    /// with what it sends.
    ///
    /// # Errors
    ///
    /// `malformed_shortname`, `unknown_action` if `rpc` is another call, then those of `init`.
    pub fn create(
        context: &ContractContext,
        rpc: &[u8],
        engine: Box<dyn Engine>,
    ) -> Result<(EngineContract, Vec<Group>), Failure> {
        let (shortname, arguments) = split_rpc(rpc)?;
        if shortname != INIT {
            return Err(unknown_action(Export::Action(shortname)));
        }
        let mut contract = EngineContract::restore(Vec::new(), Trees::new(), engine);
        let groups = contract.invoke(Export::Init, context, None, arguments)?;
        Ok((contract, groups))
    }

    /// The contract with a state that it has elsewhere, taken at its word.
    pub fn restore(state: Vec<u8>, trees: Trees, engine: Box<dyn Engine>) -> EngineContract {
        let engine = Rc::new(RefCell::new(engine));
        EngineContract { state, trees, engine, input: Vec::new(), operators: None }
    }

    /// The root state.
    pub fn state(&self) -> &[u8] {
        &self.state
    }

    /// The trees, with the operations and the changes of the last call.
    pub fn trees(&self) -> &Trees {
        &self.trees
    }

    /// The operators of the last call, whatever came of it, if its engine counts them.
    pub fn operators(&self) -> Option<u64> {
        self.operators
    }

    /// Calls an action: `rpc` is shortname and arguments. Whoever delivers it has seen to it that
    /// an empty one never comes here (CH-11).
    ///
    /// # Errors
    ///
    /// `malformed_shortname`, `unknown_action` (`init` and callbacks among them), then those of
    /// the action. The contract is then as it was.
    pub fn call(&mut self, context: &ContractContext, rpc: &[u8]) -> Result<Vec<Group>, Failure> {
        self.forget_the_last_call();
        let (shortname, arguments) = split_rpc(rpc)?;
        self.invoke(Export::Action(shortname), context, None, arguments)
    }

    /// Calls a callback: `rpc` is shortname and arguments.
    ///
    /// # Errors
    ///
    /// As [`EngineContract::call`].
    pub fn call_back(
        &mut self,
        context: &ContractContext,
        results: &Results,
        rpc: &[u8],
    ) -> Result<Vec<Group>, Failure> {
        self.forget_the_last_call();
        let (shortname, arguments) = split_rpc(rpc)?;
        self.invoke(Export::Callback(shortname), context, Some(results), arguments)
    }

    /// A call whose shortname is malformed never comes to the engine, and is no work.
    fn forget_the_last_call(&mut self) {
        self.trees.reset_operations();
        self.operators = None;
    }

    fn invoke(
        &mut self,
        export: Export,
        context: &ContractContext,
        results: Option<&Results>,
        arguments: &[u8],
    ) -> Result<Vec<Group>, Failure> {
        let input = &mut self.input;
        input.clear();
        context.rpc_write_to(input).expect("invariant: a vector takes all bytes");
        if let Some(results) = results {
            write_results(results, input);
        }
        input.extend_from_slice(&self.state);
        input.extend_from_slice(arguments);

        let mut engine = self.engine.borrow_mut();
        let output = engine.invoke(export, input, &mut self.trees);
        self.operators = engine.counted();
        drop(engine);
        let output = output?;
        match Sections::decode(&output) {
            Ok(Sections { state, events }) => {
                self.state.clear();
                self.state.extend_from_slice(state.unwrap_or_default());
                Ok(events)
            }
            Err(error) => {
                self.undo_last_call();
                Err(Failure::Trap { message: format!("the result buffer is malformed: {error}") })
            }
        }
    }

    /// Takes back what the last call wrote into the trees. A tree that it made stays, empty.
    fn undo_last_call(&mut self) {
        for change in self.trees.last_changes().to_vec().iter().rev() {
            match change.before() {
                Some(value) => self.trees.insert(change.tree(), change.key(), value),
                None => self.trees.remove(change.tree(), change.key()),
            };
        }
    }
}

impl fmt::Debug for EngineContract {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("EngineContract")
            .field("state", &self.state)
            .field("trees", &self.trees)
            .finish_non_exhaustive()
    }
}

/// A modelled contract. It sees what a real one sees, and answers in the same way.
pub trait Neighbour: Any + fmt::Debug {
    /// Answers a call, which is never empty.
    ///
    /// # Errors
    ///
    /// The reason to refuse; the model must then be as it was.
    fn call(&mut self, call: &Call<'_>) -> Result<Vec<Group>, Failure>;

    /// Takes the callback of a group that it sent.
    ///
    /// # Errors
    ///
    /// As [`Neighbour::call`].
    fn call_back(&mut self, call: &Call<'_>, results: &Results) -> Result<Vec<Group>, Failure> {
        let _ = results;
        let (shortname, _) = split_rpc(call.rpc)?;
        Err(unknown_action(Export::Callback(shortname)))
    }

    /// A copy of it, for a branch of the chain that changes it.
    fn copy(&self) -> Rc<dyn Neighbour>;
}

/// What a model sees of a call.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The address of the model itself.
    pub contract: Address,
    /// The sender.
    pub sender: Address,
    /// The time of the block, in milliseconds since 1970.
    pub now: i64,
    /// The gas that comes along, if it is known.
    pub gas: Option<u64>,
    /// Shortname and arguments.
    pub rpc: &'a [u8],
}

/// What stands behind an address.
#[derive(Clone, Debug)]
pub(super) enum Contract {
    Run(Box<EngineContract>),
    /// Shared by the branches of a chain until one of them changes it.
    Modelled(Rc<dyn Neighbour>),
}

impl Contract {
    /// The model, no longer shared.
    pub(super) fn modelled(&mut self) -> Option<&mut dyn Neighbour> {
        match self {
            Contract::Run(_) => None,
            Contract::Modelled(model) => {
                if Rc::get_mut(model).is_none() {
                    *model = model.copy();
                }
                Rc::get_mut(model)
            }
        }
    }
}

fn write_results(results: &Results, input: &mut Vec<u8>) {
    let length =
        |bytes: usize| u32::try_from(bytes).expect("invariant: lengths have 32 bits").to_be_bytes();
    input.push(results.success.into());
    input.extend_from_slice(&length(results.results.len()));
    for result in &results.results {
        input.push(result.succeeded.into());
        input.extend_from_slice(&length(result.return_data.len()));
        input.extend_from_slice(&result.return_data);
    }
}
