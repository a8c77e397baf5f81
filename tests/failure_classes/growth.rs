//! Group G: what callers can make grow, and what it costs everybody else.
//!
//! Costs are counted in the contract's own terms: entries of its trees, each once, and bytes. The
//! bounds are those of registry.md 4.6.
//!
//! Not here: G05, whose allocator counts for the whole process (`failure_classes_memory`).

mod associations;
mod jobs;
mod limits;
mod roster;

use std::collections::BTreeSet;

use pbc_lib::HostCall;
use registry_tests::Registry;

/// How many distinct entries of each kind a call touched: token records, node records,
/// computations, roster entries.
type Touched = [usize; 4];

/// What an account's own action may touch: one token record, one node record and four roster
/// entries.
const ONE_ACCOUNT: Touched = [1, 1, 0, 4];

/// The entries that `run` touches.
fn touched(registry: &mut Registry, run: impl FnOnce(&mut Registry)) -> Touched {
    registry.trees.start_trace();
    run(registry);
    let trace = registry.trees.take_trace();
    let entry = |call: HostCall| match call {
        HostCall::Get { tree, key, .. }
        | HostCall::GetSize { tree, key, .. }
        | HostCall::Insert { tree, key, .. }
        | HostCall::Remove { tree, key } => Some((tree, key)),
        HostCall::New { .. } | HostCall::Len { .. } => None,
        HostCall::GetNext { .. } | HostCall::GetNextSize { .. } => panic!("a tree is iterated"),
    };
    let entries: BTreeSet<_> = trace.into_iter().filter_map(entry).collect();
    let in_trees = |trees: &[i32]| entries.iter().filter(|(tree, _)| trees.contains(tree)).count();
    [in_trees(&[0]), in_trees(&[1]), in_trees(&[2]), in_trees(&[3, 4])]
}

/// Runs a call that may touch at most `bound`.
#[track_caller]
fn within(bound: Touched, registry: &mut Registry, run: impl FnOnce(&mut Registry)) {
    let touched = touched(registry, run);
    let is_within = touched.iter().zip(bound).all(|(touched, bound)| *touched <= bound);
    assert!(is_within, "touched {touched:?}, allowed {bound:?}");
}

/// The operations on trees, and the bytes read and written, of what `run` does.
fn work(registry: &mut Registry, run: impl FnOnce(&mut Registry)) -> (u64, u64) {
    registry.trees.reset_operations();
    run(registry);
    let operations = registry.trees.operations();
    (operations.total(), operations.bytes_read + operations.bytes_written)
}

/// The bytes of the only token record.
fn record_bytes(registry: &Registry) -> usize {
    let mut records = registry.trees.iter(0);
    let (_, record) = records.next().expect("there is a token record");
    assert_eq!(records.next(), None, "there is one token record");
    record.len()
}
