//! Group U: who may do what, and in whose name.

mod contracts;
mod entry_points;
mod nodes;
