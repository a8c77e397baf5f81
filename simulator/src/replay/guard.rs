//! Checks the registry of a replay: every answer as it comes, and after a step, on a branch, what
//! only trying shows.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use pbc_lib::{Export, Failure, Trees};

use super::custody::Custody;
use crate::chain::{Delivery, EngineContract};
use crate::engine::Engine;
use crate::invariants::{Findings, Violation, WatchedEngine};
use crate::step::Step;
use crate::world::World;

/// Goes along with one world.
pub(super) struct Guard {
    findings: Findings,
    engine: Shared,
    /// Of the world as it is when the first step comes.
    custody: Option<Custody>,
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("findings", &self.findings).finish_non_exhaustive()
    }
}

impl Guard {
    /// A guard, and the engine with which the world must run its registry.
    pub(super) fn around(engine: Box<dyn Engine>) -> (Guard, Box<dyn Engine>) {
        let engine = Shared(Rc::new(RefCell::new(engine)));
        let (watched, findings) = WatchedEngine::new(engine.clone());
        (Guard { findings, engine, custody: None }, Box::new(watched))
    }

    /// The first step is about to be played.
    pub(super) fn begin(&mut self, world: &World) {
        self.custody.get_or_insert_with(|| {
            let (root, trees) = world.registry();
            self.findings.begin(root, trees);
            Custody::of(world, &self.findings)
        });
    }

    /// What this step has broken.
    pub(super) fn violations(
        &mut self,
        step: &Step,
        deliveries: &[Delivery],
        world: &World,
    ) -> Vec<Violation> {
        let mut found = self.findings.take();
        if let Some(custody) = &mut self.custody {
            found.extend(custody.check(step, deliveries, world, &self.findings));
        }
        if found.is_empty() {
            let (root, trees) = world.registry();
            let engine = Box::new(self.engine.clone());
            let branch = EngineContract::restore(root.to_vec(), trees.clone(), engine);
            found = self.findings.probe(&branch);
        }
        found
    }
}

/// One engine for the world and for branches of it, which nobody watches.
#[derive(Clone)]
struct Shared(Rc<RefCell<Box<dyn Engine>>>);

impl Engine for Shared {
    fn invoke(
        &mut self,
        export: Export,
        input: &[u8],
        trees: &mut Trees,
    ) -> Result<Vec<u8>, Failure> {
        self.0.borrow_mut().invoke(export, input, trees)
    }

    fn counted(&self) -> Option<u64> {
        self.0.borrow().counted()
    }
}
