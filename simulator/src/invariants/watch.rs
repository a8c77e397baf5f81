//! Any registry, watched: calls go through, and every answer is checked.
//!
//! [`Watched`] drives an implementation directly. [`WatchedEngine`] stands in for an
//! [`Engine`], so that whatever uses one, a whole world with its token contract say, is
//! watched without knowing it.

use std::cell::RefCell;
use std::rc::Rc;

use pbc_contract_common::context::{CallbackContext, ContractContext};
use pbc_host::{Sections, leb128};
use pbc_lib::{Export, Failure, Trees};
use pbc_traits::{Decoder, ReadRPC};

use super::checker::Checker;
use super::facts::TreeKey;
use super::probes::{self, Probe};
use super::step::{Answer, Delivery};
use super::{Property, Violation};
use crate::chain::{CallResult, EngineContract, Results};
use crate::engine::Engine;
use crate::image::ROOT_BYTES;

/// An implementation of the registry: calls in, answers out, and a state to look at.
///
/// A clone is a branch: what happens to it leaves the original alone. Whatever keeps its records
/// elsewhere writes them into [`Trees`] in the format of `registry.md` 3.1.
pub trait Registry: Clone {
    /// Delivers a call or a callback. A refused one must change nothing. An empty call never
    /// reaches a contract, and is not delivered.
    ///
    /// # Errors
    ///
    /// The refusal, or that it broke down.
    fn deliver(&mut self, delivery: &Delivery) -> Answer;

    /// The root state.
    fn root(&self) -> &[u8];

    /// The records.
    fn trees(&self) -> &Trees;

    /// The entries that the last delivery wrote, and any others: by default what the trees have
    /// logged.
    fn written(&self) -> Vec<TreeKey> {
        let changes = self.trees().last_changes().iter();
        changes.map(|change| (change.tree(), change.key().to_vec())).collect()
    }
}

impl Registry for EngineContract {
    fn deliver(&mut self, delivery: &Delivery) -> Answer {
        match &delivery.callback {
            Some(results) => self.call_back(&delivery.context(), results, &delivery.rpc),
            None => self.call(&delivery.context(), &delivery.rpc),
        }
    }

    fn root(&self) -> &[u8] {
        self.state()
    }

    fn trees(&self) -> &Trees {
        EngineContract::trees(self)
    }
}

/// A registry with its checker.
#[derive(Clone, Debug)]
pub struct Watched<R> {
    registry: R,
    checker: Checker,
}

impl<R: Registry> Watched<R> {
    /// Watches `registry` from here on. Returns what its state breaks by itself, which is not told
    /// again.
    ///
    /// # Errors
    ///
    /// Its root state cannot be read.
    pub fn new(registry: R) -> Result<(Watched<R>, Vec<Violation>), Vec<Violation>> {
        let (checker, found) = Checker::begin(registry.root(), registry.trees())?;
        Ok((Watched { registry, checker }, found))
    }

    /// The registry.
    pub fn registry(&self) -> &R {
        &self.registry
    }

    /// Its checker.
    pub fn checker(&self) -> &Checker {
        &self.checker
    }

    /// Delivers a call or callback, and returns the answer and what it broke.
    pub fn deliver(&mut self, delivery: &Delivery) -> (Answer, Vec<Violation>) {
        if delivery.rpc.is_empty() && delivery.callback.is_none() {
            return (Ok(Vec::new()), Vec::new());
        }
        let answer = self.registry.deliver(delivery);
        let written = self.registry.written();
        let (root, trees) = (self.registry.root(), self.registry.trees());
        let found = self.checker.step(delivery, &answer, root, trees, &written);
        (answer, found)
    }

    /// Tries what only trying shows, on branches, about everybody whom `delivery`, the last one,
    /// was about; see [`probes::PROBED`].
    pub fn probe(&self, delivery: &Delivery) -> Vec<Violation> {
        let mut found = Vec::new();
        let probe = Probe::new(&self.registry, &self.checker, delivery);
        probes::after(&probe, delivery, &mut found);
        found
    }

    /// As [`Watched::probe`], about every account and contract of the state.
    pub fn probe_all(&self, delivery: &Delivery) -> Vec<Violation> {
        let mut found = Vec::new();
        let probe = Probe::new(&self.registry, &self.checker, delivery);
        probes::everywhere(&probe, &mut found);
        found
    }

    /// Compares the whole state with what the steps have told of it.
    pub fn recheck(&self) -> Vec<Violation> {
        self.checker.recheck(self.registry.root(), self.registry.trees())
    }
}

/// What a watched engine has found so far; shared with it.
#[derive(Clone, Debug, Default)]
pub struct Findings(Rc<RefCell<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    checker: Option<Checker>,
    found: Vec<Violation>,
    steps: usize,
    /// The last delivery, if it has not been probed.
    last: Option<Delivery>,
}

impl Findings {
    /// Takes out what has been found since the last time.
    pub fn take(&self) -> Vec<Violation> {
        std::mem::take(&mut self.0.borrow_mut().found)
    }

    /// Begins with this state, if nothing has begun yet and it can be read.
    pub(crate) fn begin(&self, root: &[u8], trees: &Trees) {
        let checker = &mut self.0.borrow_mut().checker;
        if checker.is_none() {
            *checker = Checker::begin(root, trees).ok().map(|(checker, _)| checker);
        }
    }

    /// Begins anew with the state that the next call finds: for states that were edited.
    pub fn begin_anew(&self) {
        self.0.borrow_mut().checker = None;
    }

    /// Tries what only trying shows about everybody whom the last delivery was about, on branches of
    /// `registry`, which is as that delivery has left it and is not watched itself. A delivery is
    /// tried once.
    pub fn probe<R: Registry>(&self, registry: &R) -> Vec<Violation> {
        let mut seen = self.0.borrow_mut();
        let mut found = Vec::new();
        if let (Some(delivery), Some(checker)) = (seen.last.take(), &seen.checker) {
            let probe = Probe::new(registry, checker, &delivery);
            probes::after(&probe, &delivery, &mut found);
        }
        found
    }

    /// What the books say that the registry owns: what it has credited, and what is debited and not
    /// yet gone, in units. `None` before anything has begun.
    pub fn credited(&self) -> Option<i128> {
        self.0.borrow().checker.as_ref().map(|checker| checker.ghosts().books().1)
    }

    /// Compares the books with the token contract, as [`Checker::custody`] does.
    pub fn custody(&self, balance: i128, taken: i128, gone: i128, gifts: i128) -> Vec<Violation> {
        let seen = self.0.borrow();
        let checker = seen.checker.as_ref();
        checker.map(|it| it.custody(balance, taken, gone, gifts)).unwrap_or_default()
    }

    /// How many deliveries were checked.
    pub fn steps(&self) -> usize {
        self.0.borrow().steps
    }
}

/// An engine for one registry that checks every answer.
///
/// It goes along with one line of history, and so do its clones: a branch must get an engine of its
/// own.
#[derive(Clone, Debug)]
pub struct WatchedEngine<E> {
    engine: E,
    findings: Findings,
}

impl<E: Engine> WatchedEngine<E> {
    /// Watches the registry that `engine` runs. What is found is told by the [`Findings`].
    pub fn new(engine: E) -> (WatchedEngine<E>, Findings) {
        let findings = Findings::default();
        (WatchedEngine { engine, findings: findings.clone() }, findings)
    }

    /// Goes along with a call whose input and result are these.
    fn watch(
        &self,
        export: Export,
        input: &[u8],
        answer: &Result<Vec<u8>, Failure>,
        trees: &Trees,
    ) -> Option<()> {
        let mut seen = self.findings.0.borrow_mut();
        seen.steps += 1;
        let sections = match answer {
            Ok(sections) => Some(Sections::decode(sections).ok()?),
            Err(_) => None,
        };
        if export == Export::Init {
            let root = sections?.state?;
            let (checker, found) = Checker::begin(root, trees).ok()?;
            seen.checker = Some(checker);
            seen.found.extend(found);
            return Some(());
        }
        let (delivery, before) = delivery_of(export, input)?;
        let root = match &sections {
            Some(sections) => sections.state?,
            None => before,
        };
        let answer = match (sections, answer) {
            (Some(sections), _) => Ok(sections.events),
            (None, Err(failure)) => Err(failure.clone()),
            (None, Ok(_)) => return None,
        };
        let written: Vec<TreeKey> = trees
            .last_changes()
            .iter()
            .map(|change| (change.tree(), change.key().to_vec()))
            .collect();
        let found = seen.checker.as_mut()?.step(&delivery, &answer, root, trees, &written);
        seen.found.extend(found);
        seen.last = Some(delivery);
        Some(())
    }
}

impl<E: Engine> Engine for WatchedEngine<E> {
    fn invoke(
        &mut self,
        export: Export,
        input: &[u8],
        trees: &mut Trees,
    ) -> Result<Vec<u8>, Failure> {
        if export != Export::Init
            && self.findings.0.borrow().checker.is_none()
            && let Some((_, root)) = delivery_of(export, input)
        {
            self.findings.begin(root, trees);
        }
        let answer = self.engine.invoke(export, input, trees);
        if self.watch(export, input, &answer, trees).is_none() {
            self.findings.0.borrow_mut().found.push(Violation {
                property: Property::INV_23,
                place: export.to_string(),
                found: "input or result cannot be read".to_owned(),
                expected: "the formats of the chain".to_owned(),
            });
        }
        answer
    }

    fn counted(&self) -> Option<u64> {
        self.engine.counted()
    }
}

/// The bytes of a context.
///
/// Source: `pbc-formats.md` 2.2.
const CONTEXT_BYTES: usize = 122;

/// The input of a call taken apart: what is delivered, and the root state before it.
fn delivery_of(export: Export, input: &[u8]) -> Option<(Delivery, &[u8])> {
    let (context, rest) = input.split_at_checked(CONTEXT_BYTES)?;
    let context = ContractContext::rpc_decode(&mut Decoder::new(context)).ok()?;
    let (shortname, callback, rest) = match export {
        Export::Init => return None,
        Export::Action(shortname) => (shortname, None, rest),
        Export::Callback(shortname) => {
            let mut source = Decoder::new(rest);
            let told = CallbackContext::rpc_decode(&mut source).ok()?;
            let results = told.results.into_iter().map(|result| CallResult {
                succeeded: result.succeeded,
                return_data: result.return_data,
            });
            let results = Results { success: told.success, results: results.collect() };
            (shortname, Some(results), source.rest())
        }
    };
    let (root, arguments) = rest.split_at_checked(ROOT_BYTES)?;
    let mut rpc = leb128(shortname);
    rpc.extend_from_slice(arguments);
    let delivery = Delivery {
        registry: context.contract_address,
        sender: context.sender,
        now: context.block_production_time,
        height: context.block_time,
        transaction: context.current_transaction.bytes,
        callback,
        rpc,
    };
    Some((delivery, root))
}
