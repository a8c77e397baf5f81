//! The ZK node registry once more, from its specification alone.
//!
//! A second opinion for differential tests: plain maps, `i128` sums, every rule spelled out where
//! the specification states it, with its section number. It shares no code with the contract, and
//! `tests/independence.rs` keeps it so. Nothing here is fast, and nothing tries to be.
//!
//! - [`Model`] is the whole state; [`Model::create`] makes one, [`Model::apply`] carries out calls.
//! - [`Call`] is a decoded call; [`Call::decode`] and [`Call::encode`] are the wire.
//! - Views: [`Model::eligibility`], [`TokenRecord::swept`], [`verdict`], [`leave`].
//! - Judges: [`Model::check`] for states, [`Model::check_step`] for steps, and
//!   [`Model::draw_is_feasible`] for refused draws.
//!
//! Not here: messages of refusals, the binary state, JSON, import, gas and the chain.
//!
//! Source: `registry.md`. Section numbers in this crate are its section numbers.

mod apply;
mod bytes;
mod call;
mod checks;
pub mod constants;
mod decode;
mod draw;
mod effects;
mod eligibility;
mod encode;
mod ends;
mod feasibility;
mod invariants;
mod leave;
mod nodes;
mod refusal;
mod requests;
mod state;
mod tokens;
mod verdict;

pub use call::{Call, CallbackOutcome, Context, CreateArguments, EngineStatus};
pub use draw::{Draw, draw};
pub use effects::{Effects, EmittedCall};
pub use eligibility::{RequiredVersion, Wanted};
pub use feasibility::assignment_exists;
pub use leave::{LeavePlan, LeaveStep, Returning, ReturningFrom, leave};
pub use refusal::Refusal;
pub use state::{
    Address, Collaborators, Computation, Model, NodeRecord, Pending, PublicKey, Score,
    SemanticVersion, Settings, TokenRecord,
};
pub use verdict::{Ending, OwedWork, Status, verdict};
