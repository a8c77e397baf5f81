//! The ways in which the registry could go wrong, one named test each.
//!
//! The first three characters of a test's name are the id of the failure class; `traceability` in
//! this folder compares the names with the list of ids.

mod accounting;
mod arithmetic;
mod authorization;
mod callbacks;
mod determinism;
mod encoding;
mod growth;
mod lifecycle;
mod selection;
mod time;
mod traceability;
