//! The model against the specification: its examples, its vectors, its orders, and random calls.

mod callbacks;
mod decoding;
mod draws;
mod judges;
mod leaving;
mod nodes;
mod random;
mod refusal_order;
mod requests;
mod support;
mod tokens;
mod vectors;
mod verdicts;
