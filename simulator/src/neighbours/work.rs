//! What the engines of a ZK contract have yet to do, and why something cannot happen there.
//!
//! Items are counted for each engine and kind, as the score asks for no more. What an engine does
//! for an item (open or reject, commit or report that it cannot) makes no difference here.
//!
//! Source: `registry.md` 6.1; `run-a-zk-node.md`, "Calculating the score".

use std::collections::BTreeMap;
use std::fmt;

use pbc_contract_common::address::Address;
use zk_node_registry::rules::score::OwedWork;

/// A kind of work that an engine can owe at the deadline. Off-chain inputs never count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkKind {
    /// An on-chain input that is to be opened or rejected.
    Input,
    /// Variables that are to be opened on chain.
    Open,
    /// Data that are to be signed.
    Attestation,
    /// A finished computation whose result is to be committed.
    Computation,
}

impl WorkKind {
    /// All of them, in the order of the guide.
    pub const ALL: [WorkKind; 4] =
        [WorkKind::Input, WorkKind::Open, WorkKind::Attestation, WorkKind::Computation];

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            WorkKind::Input => "input",
            WorkKind::Open => "open",
            WorkKind::Attestation => "attestation",
            WorkKind::Computation => "computation",
        }
    }

    fn count(self, owed: &OwedWork) -> u32 {
        match self {
            WorkKind::Input => owed.on_chain_inputs,
            WorkKind::Open => owed.on_chain_opens,
            WorkKind::Attestation => owed.attestations,
            WorkKind::Computation => owed.finished_computations,
        }
    }

    fn count_mut(self, owed: &mut OwedWork) -> &mut u32 {
        match self {
            WorkKind::Input => &mut owed.on_chain_inputs,
            WorkKind::Open => &mut owed.on_chain_opens,
            WorkKind::Attestation => &mut owed.attestations,
            WorkKind::Computation => &mut owed.finished_computations,
        }
    }
}

impl fmt::Display for WorkKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What each engine owes. Whoever owes nothing is not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owed(BTreeMap<Address, OwedWork>);

impl Owed {
    /// What `engine` owes, as the verdict takes it.
    pub fn of(&self, engine: &Address) -> OwedWork {
        self.0.get(engine).copied().unwrap_or_default()
    }

    /// The items that `engine` owes, kind by kind in the order of [`WorkKind::ALL`].
    pub fn items(&self, engine: &Address) -> Vec<WorkKind> {
        let owed = self.of(engine);
        let items = |kind: WorkKind| (0..kind.count(&owed)).map(move |_| kind);
        WorkKind::ALL.into_iter().flat_map(items).collect()
    }

    pub(super) fn add(&mut self, engine: Address, kind: WorkKind) {
        let count = kind.count_mut(self.0.entry(engine).or_default());
        *count = count.saturating_add(1);
    }

    /// Takes one item off. False if there is none.
    pub(super) fn settle(&mut self, engine: &Address, kind: WorkKind) -> bool {
        let Some(owed) = self.0.get_mut(engine) else { return false };
        let count = kind.count_mut(owed);
        let Some(left) = count.checked_sub(1) else { return false };
        *count = left;
        if *owed == OwedWork::NOTHING {
            self.0.remove(engine);
        }
        true
    }
}

/// Why something cannot happen at a ZK contract: a mistake of whoever tells the story, not a
/// refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkError {
    /// It is gone.
    Deleted,
    /// No nodes were found for it, or its creation failed.
    NoEngines,
    /// Its work has ended.
    Over,
    /// The node does not work for it.
    NotAnEngine(Address),
    /// The node owes nothing of the kind.
    OwesNone(Address, WorkKind),
    /// Its deadline, in milliseconds since 1970, has not been reached.
    BeforeDeadline(i64),
}
