//! Failure class G05: what a call with false or long lists allocates.
//!
//! Alone in its file, and one test: the allocator counts for the whole process.

use std::alloc::System;

use pbc_contract_common::address::Address;
use registry_tests::calls::*;
use registry_tests::*;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// More than a refused call may hold at any moment. What it allocates in all is never less.
const MEBIBYTE: usize = 1 << 20;

/// Sends a call that must be refused with `code` and allocate next to nothing.
#[track_caller]
fn refuse(registry: &mut Registry, sender: Address, call: Rpc, code: &str) {
    let region = Region::new(ALLOCATOR);
    let outcome = registry.call(sender, &call);
    let allocated = region.change().bytes_allocated;
    assert!(outcome.is_err(), "accepted: {outcome:?}");
    assert!(allocated < MEBIBYTE, "{allocated} bytes for a call of {}", call.0.len());
    registry.refuse(sender, call, code);
}

/// `call`, a list that claims to have `count` elements, and `rest` bytes.
fn bomb(call: Rpc, count: u32, rest: usize) -> Rpc {
    let Rpc(mut bytes) = call.arg(count);
    bytes.resize(bytes.len() + rest, 0);
    Rpc(bytes)
}

#[test]
fn g05_huge_lists_are_refused_at_once_and_cost_no_memory() {
    let mut registry = Registry::with_nodes(4, 100);
    let engines: Vec<Address> = (1..=4).map(node).collect();
    registry.take(zk(1), 40, &engines);
    let statuses = successes(&engines);

    // Lengths that are not there: of nodes, of statuses, of jurisdictions outside and inside.
    for count in [1 << 31, u32::MAX, (1 << 31) - 1, 1 << 30, 31] {
        let nodes = rpc(0x18).arg(40_i64).arg(0_i32);
        refuse(&mut registry, zk(2), bomb(nodes, count, 30), "invalid_length");
        let nodes = rpc(0x14).arg(zk(2)).arg(40_i64).arg(4_i32).arg(0_i32).arg(0_i32);
        refuse(&mut registry, deploy(), bomb(nodes, count, 30), "invalid_length");
        refuse(&mut registry, zk(1), bomb(rpc(0x12), count, 30), "invalid_length");
        refuse(&mut registry, zk(1), bomb(rpc(0x1b), count, 30), "invalid_length");
        let outer = rpc(0x19).arg(4_i32).arg(40_i64);
        refuse(&mut registry, zk(2), bomb(outer, count, 30), "invalid_length");
        let inner = rpc(0x19).arg(4_i32).arg(40_i64).arg(1_u32);
        refuse(&mut registry, zk(2), bomb(inner, count, 30), "invalid_length");
        let text = rpc(0x01);
        refuse(&mut registry, node(1), bomb(text, count, 30), "invalid_length");
    }

    // Lists that are there, and too long by one.
    let nodes: Vec<Address> = (1..=65).map(node).collect();
    let listed = request_listed_protocol(zk(2), 40, (4, 0, 0), &nodes);
    refuse(&mut registry, deploy(), listed, "list_too_long");
    refuse(&mut registry, zk(2), request_listed_ee(40, 0, &nodes), "list_too_long");
    let all_65 = successes(&nodes);
    refuse(&mut registry, zk(1), done_v2(&all_65), "list_too_long");
    let again = |statuses, lists: &[&[i32]], nodes: &[Address]| {
        re_request(statuses, 4, 40, lists, 0, nodes)
    };
    refuse(&mut registry, zk(1), again(&all_65, &[], &[]), "list_too_long");
    refuse(&mut registry, zk(1), again(&statuses, &[], &nodes), "list_too_long");
    let codes = [208; 257];
    for lists in [vec![&codes[..1]; 65], vec![&codes[..]]] {
        refuse(&mut registry, zk(1), again(&statuses, &lists, &[]), "list_too_long");
        refuse(&mut registry, zk(2), request_ee(4, 40, &lists, 0), "list_too_long");
        let request = request_v2(zk(2), 4, 40, &lists, (4, 0, 0));
        refuse(&mut registry, deploy(), request, "list_too_long");
    }
    // The largest that can be sent is refused no later.
    let all = vec![&codes[..]; 256];
    refuse(&mut registry, zk(2), request_ee(4, 40, &all, 0), "list_too_long");

    // At the limits, the length is not what is wrong.
    registry.refuse(zk(2), request_listed_ee(40, 0, &nodes[..64]), "node_count_out_of_range");
    registry.refuse(zk(1), done_v2(&all_65[..64]), "status_node_foreign");
    let lists = vec![&codes[..1]; 64];
    registry.refuse(zk(2), request_ee(4, 40, &lists, 0), "jurisdiction_lists_mismatch");
    let lists = [&codes[..256]];
    registry.refuse(zk(2), request_ee(4, 40, &lists, 0), "not_enough_nodes");
}
