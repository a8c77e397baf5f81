//! Maps and sets in state, as sorted vectors.
//!
//! They have fewer methods than those of the standard library: what a contract uses here must
//! also be in the official crate. In particular a map has no `IntoIterator`, `FromIterator`,
//! `Extend` or `entry`.
//!
//! Source: `pbc-formats.md` 1.9.

mod codec;
mod map;
mod range;
mod set;
mod vec;

pub use map::SortedVecMap;
pub use set::SortedVecSet;
pub use vec::SortedVec;
