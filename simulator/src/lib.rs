//! Replays scenarios against the real contract, on a chain that is only a clock, callers and mail.
//!
//! # What is simulated
//!
//! Time, senders, delivery of events, roll-back of refused calls, and the contract's neighbours.
//! Every answer of the registry comes from its own entry points. This crate contains no rule of
//! the registry. If it seems to need one, the contract lacks a view: eligibility, swept view,
//! matching, verdict and exit plan are pure public functions there.
//!
//! # Determinism
//!
//! A scenario has no chance in it: the same file gives the same transcript, byte for byte.

pub mod action;
pub mod alerts;
pub mod audit;
pub mod call;
pub mod chain;
pub mod deployment;
pub mod diagnostics;
pub mod diff;
pub mod engine;
pub mod exit_plan;
pub mod explore;
pub mod fuzz;
pub mod gas;
pub mod host;
pub mod image;
pub mod invariants;
pub mod json;
pub mod json_lines;
pub mod junit;
pub mod log;
pub mod name;
pub mod names;
pub mod neighbours;
pub mod parse;
pub mod printable;
pub mod problem;
pub mod quantity;
pub mod reader;
pub mod replay;
pub mod report;
pub mod rpc;
pub mod scenario;
pub mod signed;
pub mod status;
pub mod step;
pub mod transcript;
pub mod value;
pub mod verify;
mod views;
pub mod why_not;
pub mod world;
