//! A registry at the end of its bytes, for tests that speak of one call at a time.
//!
//! [`Registry`] sends calls and callbacks to the contract's entry points, as the chain does, and
//! keeps the state and the trees between them. Whatever is refused is checked here, once for all
//! tests: the bytes of state and trees are as before, and nothing was emitted.
//!
//! [`History`] goes through random calls on such a registry and on the reference model at once.
//!
//! Not here: delivery of events, and all else of the simulator, so that this is built in seconds:
//! every mutant of the source is.

pub mod calls;
pub mod history;
pub mod mirror;
pub mod registry;

pub use calls::{Rpc, rpc};
pub use history::{Difference, History};
pub use registry::{
    DAY, Registry, address, bpo, deploy, mpc, node, public, stranger, token, voting, zk,
};
