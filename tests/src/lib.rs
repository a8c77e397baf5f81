//! What tests of the registry share, besides the [harness](registry_harness) for one call at a time.
//!
//! [`SecondOpinion`] has the reference model go along with the histories of `zkreg fuzz`; a test
//! that needs mail, order and faults tells one of the [`stories`].

pub mod artifact;
pub mod second_opinion;
pub mod stories;
pub mod twins;

pub use registry_harness::{
    DAY, Difference, History, Registry, Rpc, address, bpo, calls, deploy, history, mirror, mpc,
    node, public, registry, rpc, stranger, token, voting, zk,
};
pub use second_opinion::SecondOpinion;
