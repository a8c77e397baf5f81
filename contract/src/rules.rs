//! The rules of the registry, free of the chain: facts in, values or a
//! [`Rejection`](rejection::Rejection) out.
//!
//! Start where a call arrives: [`nodes`], [`tokens`], [`requests`] and [`ends`] hold the use cases,
//! one function an action, each with the order of its refusals. They rest on what one record does
//! by itself: [`stake`], [`node`], [`work`], [`score`], [`roster`]; and on the choice of nodes:
//! [`eligibility`], [`selection`]. [`leave`] answers the operator who wants out.
//!
//! **Invariants:**
//! - A rule never reads the clock, a context or an event; time and sender are arguments.
//! - Checks come before writes; a refused call has written nothing.
//! - No tree is iterated: records are read by key, the roster by position.
//! - No total is stored. Whatever changes state is private to this crate.
//!
//! Source: `registry.md`, cited by section in each file.

#![warn(clippy::float_arithmetic)]
#![cfg_attr(
    not(test),
    warn(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used
    )
)]

pub mod eligibility;
pub mod ends;
pub mod leave;
pub mod node;
pub mod nodes;
pub mod rejection;
pub mod requests;
pub mod roster;
pub mod score;
pub mod selection;
pub mod settings;
pub mod stake;
pub mod tokens;
pub mod units;
pub mod work;
