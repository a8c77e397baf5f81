//! Arguments of hooks.

use pbc_traits::SpecWriter;

/// An argument as the ABI lists it.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    /// Its pattern as written.
    pub name: &'static str,
    /// Writes its type.
    pub spec: SpecWriter,
}
