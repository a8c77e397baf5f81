//! Whether a request can be met at all (INV-32), by a criterion that has nothing to do with the
//! draw: Hall's theorem, tried for every set of slots.

use std::collections::BTreeMap;

use crate::call::{Call, Context};
use crate::state::Model;

/// Whether `k` slots can be filled with distinct positions; `accepts[p][s]` says whether slot `s`
/// accepts position `p`.
///
/// There is a complete assignment exactly when every set of slots has at least as many positions
/// that one of its slots accepts as it has slots (Hall). With at most 16 slots all sets are tried.
pub fn assignment_exists(k: usize, accepts: &[Vec<bool>]) -> bool {
    // Positions that are accepted by the same slots count together.
    let mut alike: BTreeMap<&Vec<bool>, usize> = BTreeMap::new();
    for slots in accepts {
        *alike.entry(slots).or_default() += 1;
    }
    (0u32..1 << k).all(|set| {
        let is_member = |slot: usize| set & (1 << slot) != 0;
        let size = (0..k).filter(|slot| is_member(*slot)).count();
        let usable: usize = alike
            .iter()
            .filter(|(slots, _)| (0..k).any(|slot| is_member(slot) && slots[slot]))
            .map(|(_, count)| count)
            .sum();
        usable >= size
    })
}

impl Model {
    /// For a drawn request that passes all checks before the draw: whether a complete assignment
    /// of eligible nodes exists, for 1b on the state after the release. `None` for other calls.
    ///
    /// INV-32: such a request is refused (`not_enough_nodes`) exactly when this is `Some(false)`.
    pub fn draw_is_feasible(&self, call: &Call, context: &Context) -> Option<bool> {
        if context.callback.is_some() {
            return None;
        }
        let (state, request) = self.prepare(call, context).ok()?;
        if !request.listed.is_empty() {
            return None;
        }
        // All accounts with a node record are asked, in any order: the roster has no say here.
        let accepts: Vec<Vec<bool>> = state
            .zk_nodes
            .keys()
            .map(|node| {
                request
                    .slots
                    .iter()
                    .map(|wanted| state.eligibility(node, wanted, context.now_ms).is_ok())
                    .collect()
            })
            .collect();
        Some(assignment_exists(request.slots.len(), &accepts))
    }
}
