//! Every invariant and temporal property of the registry, by name, for any implementation of it.
//!
//! A [`Property`] has an id, a name and a function that is named after it. What a property is shown
//! by decides where the function is: [`state`] has those of a single state, [`tokens`], [`work`] and
//! [`bytes`] those of a step with what the [`Ghosts`] remember, [`probes`] those that have to be
//! tried. A property of which one part is shown by a state and another by steps has one in each; that
//! there is one encoding (INV-23) is seen where records are read, and that what the registry owns is
//! what its books say (INV-06) by [`Checker::custody`] too, where there is a token contract. A broken
//! one is a [`Violation`], a value with its place, what was found, and what was expected.
//!
//! # Use from another test suite
//!
//! - [`Image::violations`](crate::image::Image::violations) for a state alone.
//! - [`Watched`] for an implementation of [`Registry`]: three functions that deliver a call and show
//!   root state and trees. Every answer is checked in the time that its changes take, and
//!   [`Watched::probe`] tries what only trying shows.
//! - [`WatchedEngine`] around any [`Engine`](crate::engine::Engine), to watch a whole world.
//! - [`Checker`] for those who have their own driver.
//!
//! ```
//! use zkreg::call::Call;
//! use zkreg::chain::EngineContract;
//! use zkreg::engine::NativeEngine;
//! use zkreg::image::Image;
//! use zkreg::invariants::{Delivery, Watched};
//! use zkreg::names::address_of;
//! use zkreg::world::Start;
//!
//! let start = Start::default();
//! let (root, trees) = Image::empty(start.collaborators(), start.settings()).store();
//! let engine = Box::new(NativeEngine::of("zk_node_registry"));
//! let (mut registry, broken) = Watched::new(EngineContract::restore(root, trees, engine)).unwrap();
//! assert!(broken.is_empty());
//!
//! let call = Call::AssociateTokens { token_amount: 750_000_000 };
//! let (answer, broken) = registry.deliver(&Delivery {
//!     registry: address_of(&"registry".parse().unwrap()),
//!     sender: address_of(&"alice".parse().unwrap()),
//!     now: 1_735_689_600_000,
//!     height: 1,
//!     transaction: [0; 32],
//!     callback: None,
//!     rpc: call.encode(),
//! });
//! assert!(answer.is_ok() && broken.is_empty());
//! ```
//!
//! # Not here
//!
//! Rules of the registry: what is eligible, matured or a member is asked of the contract crate. The
//! relations between runs (M-01 to M-13) need two runs, and are tests.
//!
//! Source: `registry.md` 12.

pub mod bytes;
mod checker;
mod facts;
mod ghosts;
pub mod probes;
mod property;
pub mod state;
mod step;
pub mod tokens;
mod watch;
pub mod work;

pub use self::checker::{Checker, STEP_CHECKS, StepCheck};
pub use self::facts::{Before, Facts, TreeKey};
pub use self::ghosts::{AccountGhost, Ghosts, Past};
pub use self::property::{Property, Shown, Violation};
pub use self::state::{STATE_CHECKS, Scope, StateCheck};
pub use self::step::{Answer, Delivery, Step};
pub use self::watch::{Findings, Registry, Watched, WatchedEngine};
