//! What tools ask of a stored record.

use registry_harness::{DAY, Registry, mpc, node, zk};
use zk_node_registry::rules::units::{Timestamp, TokenAmount};

#[test]
fn a_computation_tells_its_share_and_its_planned_end() {
    let mut registry = Registry::with_nodes(2, mpc(1_000));
    registry.take(zk(1), mpc(10) + 1, &[node(1), node(2)]);

    let computation = registry.computation(zk(1)).expect("zk1 has nodes");

    assert_eq!(Some(computation.share()), TokenAmount::from_units(mpc(5) + 1));
    let end = Timestamp::from_millis(registry.now + 28 * DAY);
    assert_eq!(computation.planned_end(), Some(end));
}
