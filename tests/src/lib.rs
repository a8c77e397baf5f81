//! A registry at the end of its bytes, for tests that speak of one call at a time.
//!
//! [`Registry`] sends calls and callbacks to the contract's entry points, as the chain does, and
//! keeps the state and the trees between them. Whatever is refused is checked here, once for all
//! tests: the bytes of state and trees are as before, and nothing was emitted.
//!
//! [`History`] goes through random calls on such a registry and on the reference model at once;
//! [`SecondOpinion`] has the model go along with the histories of `zkreg fuzz`.
//!
//! Not here: delivery of events. A test that needs mail, order and faults tells one of the
//! [`stories`].

pub mod artifact;
pub mod calls;
pub mod history;
pub mod mirror;
pub mod registry;
pub mod second_opinion;
pub mod stories;
pub mod twins;

pub use calls::{Rpc, rpc};
pub use history::{Difference, History};
pub use registry::{
    DAY, Registry, address, bpo, deploy, mpc, node, public, stranger, token, voting, zk,
};
pub use second_opinion::SecondOpinion;
