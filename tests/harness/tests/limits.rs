//! Lists of a call may have as many entries as the limit says, and not one more (registry.md 2).

use pbc_contract_common::address::Address;
use registry_harness::calls::{self, S};
use registry_harness::{Registry, mpc, node, zk};

/// A registry whose contract zk1 has a computation on N1.
fn working() -> Registry {
    let mut registry = Registry::with_nodes(1, mpc(1_000));
    registry.take(zk(1), mpc(10), &[node(1)]);
    registry
}

fn strangers(count: u16) -> Vec<Address> {
    (1_000..1_000 + count).map(node).collect()
}

#[test]
fn sixty_four_statuses_are_read_and_sixty_five_are_not() {
    let statuses = |count| strangers(count).into_iter().map(|it| (it, S)).collect::<Vec<_>>();

    working().refuse(zk(1), calls::done_v2(&statuses(64)), "status_node_foreign");
    working().refuse(zk(1), calls::done_v2(&statuses(65)), "list_too_long");
}

#[test]
fn sixty_four_listed_nodes_are_read_and_sixty_five_are_not() {
    let listed = |count| calls::request_listed_ee(mpc(10), 0, &strangers(count));

    working().refuse(zk(2), listed(64), "node_count_out_of_range");
    working().refuse(zk(2), listed(65), "list_too_long");
}

#[test]
fn sixty_four_jurisdiction_lists_are_read_and_sixty_five_are_not() {
    let request = |count| calls::request_ee(1, mpc(10), &vec![&[208][..]; count], 0);

    working().refuse(zk(2), request(64), "jurisdiction_lists_mismatch");
    working().refuse(zk(2), request(65), "list_too_long");
}

#[test]
fn two_hundred_and_fifty_six_jurisdictions_are_read_and_one_more_are_not() {
    let request = |count: i32| {
        let codes: Vec<i32> = (1..=count).collect();
        calls::request_ee(1, mpc(10), &[&codes], 0)
    };

    working().refuse(zk(2), request(256), "not_enough_nodes");
    working().refuse(zk(2), request(257), "list_too_long");
}
