//! What is public in a crate, name by name, read from its sources.
//!
//! Tools for this need the documentation in JSON, which only nightly toolchains write. This one
//! reads the sources as the compiler does, as far as names go: modules and their files, `pub` on the
//! whole path, and re-exports. A line has the path of a name and its signature, without bodies and
//! documentation. What a macro of the crate makes is listed as the call of that macro, so that its
//! table is what is compared.
//!
//! Not here: types are as written, not resolved; what a derive makes is its name.

mod crates;
mod scope;
mod show;

pub use self::crates::Crate;
