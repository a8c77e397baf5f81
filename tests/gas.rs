//! What each action costs, exactly: a change of cost is seen in review.
//!
//! Measured on the module in `abi/`; `UPDATE_EXPECT=1 cargo test -p registry_tests --test gas` writes
//! the snapshot anew, as is due whenever that file changes.

use expect_test::expect_file;
use registry_tests::artifact::compiled;
use zk_node_registry::effects::GAS_CALLBACK;
use zkreg::gas;

#[test]
fn every_action_costs_what_the_snapshot_says_and_callbacks_stay_below_their_gas() {
    let Some(wasm) = compiled() else { return };

    let tables = gas::measure(&wasm).expect("it is the registry");

    // The last sentence of registry.md 4.6, and besides every other callback.
    let most = tables.iter().filter(|table| table.allocations == 1_000);
    let callbacks =
        most.flat_map(|table| &table.costs).filter(|cost| cost.call.contains(" after "));
    let mut seen = Vec::new();
    for cost in callbacks {
        assert!(cost.gas < GAS_CALLBACK, "{cost:?}");
        seen.push(cost.call[..2].to_owned());
    }
    for callback in ["31", "32", "33", "34"] {
        assert!(seen.iter().filter(|it| *it == callback).count() >= 3, "{callback}: {seen:?}");
    }
    expect_file!["gas.snapshot"].assert_eq(&gas::text(&tables));
}
