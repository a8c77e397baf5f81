//! Failure class H08: what loading a state with false lengths allocates.
//!
//! Alone in its file, and one test: the allocator counts for the whole process.

use std::alloc::System;

use pbc_lib::Trees;
use pbc_traits::ReadWriteState;
use registry_tests::*;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use zkreg::image::{Image, LoadError};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// All that loading allocates, freed or not, stays below this many times the input, and a bit for
/// the errors.
const FACTOR: usize = 16;
const BIT: usize = 16 << 10;

/// Where a record of each tree has a count, from its start: allocations and pending entries of an
/// account without expiration, the endpoint of a node with neither key nor version, engines.
const COUNTS: [(i32, usize); 4] = [(0, 0), (0, 4 + 1 + 8), (1, 21 + 1 + 1), (2, 0)];

fn size(state: &[u8], trees: &Trees) -> usize {
    let entries = trees.ids().flat_map(|tree| trees.iter(tree));
    state.len() + entries.map(|(key, value)| key.len() + value.len()).sum::<usize>()
}

#[test]
fn h08_a_length_bomb_in_the_state_is_refused_and_costs_no_memory() {
    let empty = Registry::new();
    let image = Image::load(&empty.state, &empty.trees).expect("all is well");

    for (tree, place) in COUNTS {
        for count in [u32::MAX, 1 << 31, (1 << 31) - 1, 1 << 24, 1 << 16] {
            for rest in [0, 100, 10_000] {
                let (state, mut trees) = image.store();
                let mut record = vec![0; place];
                record.extend(count.to_le_bytes());
                record.extend(vec![0; rest]);
                let mut key = Vec::new();
                node(7).state_write_to(&mut key).expect("writing to a vector succeeds");
                trees.insert(tree, &key, &record);

                let limit = FACTOR * size(&state, &trees) + BIT;
                let region = Region::new(ALLOCATOR);
                let outcome = Image::load(&state, &trees);
                let used = region.change().bytes_allocated;

                let errors = outcome.expect_err("a false count");
                let [LoadError::Malformed { cause, .. }] = errors.as_slice() else {
                    panic!("tree {tree}, {count}: {errors:?}");
                };
                assert!(cause.contains(&format!("count {count} ")), "tree {tree}: {cause}");
                assert!(used <= limit, "tree {tree}, {count}, {rest}: {used} of {limit} bytes");
            }
        }
    }
}
