//! What was delivered, in order.

use pbc_lib::{Change, TreeOperations};

use super::{Event, MailId, Outcome};

/// One event that was executed, or that was lost.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The time of the clock.
    pub at: i64,
    /// The number of the block.
    pub block: i64,
    /// The mail that was delivered; none for what runs at once.
    pub mail: Option<MailId>,
    /// The call.
    pub event: Event,
    /// What came of it.
    pub outcome: Outcome,
    /// What it wrote into the contract's trees, with what was there before; empty if it failed.
    pub changes: Vec<Change>,
    /// Its work in the contract's trees.
    pub operations: TreeOperations,
    /// The operators of WASM that it carried out, if the contract's engine counts them.
    pub operators: Option<u64>,
}
