//! The contract that is linked into this binary, called through the safe entry of the SDK.

use pbc_lib::{Entry, Export, Failure, Trees};

use crate::{Engine, unknown_action};

/// Calls the hooks of one linked contract.
#[derive(Clone, Debug)]
pub struct NativeEngine {
    /// Ascending by export.
    entries: Vec<(Export, &'static Entry)>,
}

impl NativeEngine {
    /// The engine for the hooks of the crate `contract`, such as `zk_node_registry`.
    ///
    /// # Panics
    ///
    /// If no hook of that crate is linked: a mistake of the build, which no input can cause.
    pub fn of(contract: &str) -> NativeEngine {
        let mut entries: Vec<_> =
            pbc_lib::entries(contract).into_iter().map(|entry| (entry.export, entry)).collect();
        assert!(!entries.is_empty(), "invariant: the hooks of `{contract}` are linked");
        entries.sort_unstable_by_key(|(export, _)| *export);
        NativeEngine { entries }
    }

    /// What the contract exports, ascending.
    pub fn exports(&self) -> impl Iterator<Item = Export> {
        self.entries.iter().map(|(export, _)| *export)
    }
}

impl Engine for NativeEngine {
    fn invoke(
        &mut self,
        export: Export,
        input: &[u8],
        trees: &mut Trees,
    ) -> Result<Vec<u8>, Failure> {
        match self.entries.binary_search_by_key(&export, |(export, _)| *export) {
            Ok(place) => pbc_lib::invoke(self.entries[place].1, input, trees),
            Err(_) => Err(unknown_action(export)),
        }
    }
}
