//! Many nodes.

use registry_tests::calls::*;
use registry_tests::registry::engines;
use registry_tests::*;
use zk_node_registry::Settings;

use super::{touched, within, work};

/// A request for four nodes that is drawn.
fn four_nodes(total: i64) -> Rpc {
    request_ee(4, total, &[], 0)
}

/// The most that a drawn request for four nodes may touch without a complete scan.
const FOUR_DRAWN: [usize; 4] = [4 + 16 * 4, 4 + 16 * 4, 1, 16 * 4];

/// Registers N`from` to N`to` with `stake` units each; none if that is 0.
fn add_nodes(registry: &mut Registry, from: u16, to: u16, stake: i64) {
    for n in from..=to {
        registry.accept(node(n), register("https://n.example"));
        if stake > 0 {
            registry.stake(node(n), stake);
        }
    }
}

#[test]
fn g06_a_request_among_10000_nodes_costs_what_the_draw_may_cost() {
    let few = Registry::with_nodes(100, 100);
    let mut many = Registry::new();
    add_nodes(&mut many, 1, 10_000, 100);
    assert_eq!(many.records().roster().len(), 10_000);

    // While all are eligible, it makes no difference how many there are.
    let operations = |registry: &Registry| {
        let mut registry = registry.clone();
        within(FOUR_DRAWN, &mut registry, |registry| {
            registry.draw(zk(1), 4, 40);
        });
        registry.accept(zk(1), done_v1());
        work(&mut registry, |registry| {
            registry.draw(zk(1), 4, 40);
        })
    };
    let ((few_operations, _), (many_operations, _)) = (operations(&few), operations(&many));
    assert!(
        many_operations <= few_operations,
        "{many_operations} operations among 10,000 nodes, {few_operations} among 100"
    );

    // The worst case: four eligible nodes among 10,000, and then three. Every member is looked at
    // once, so the work is linear in their number.
    for n in 1..=10_000 {
        if n % 2_500 != 0 {
            many.edit_tokens(node(n), |tokens| tokens.reserved_tokens = 100);
        }
    }
    let members = 10_000;
    let scan = [4 + members, 4 + members, 1, members];
    let mut full_scan = many.clone();
    within(scan, &mut full_scan, |registry| {
        let mut drawn = engines(&registry.accept(zk(1), four_nodes(40)));
        drawn.sort_unstable();
        assert_eq!(drawn, [2_500, 5_000, 7_500, 10_000].map(node));
    });
    many.edit_tokens(node(2_500), |tokens| tokens.reserved_tokens = 100);
    let (operations, _) = work(&mut many, |registry| {
        let message = registry.refuse(zk(1), four_nodes(40), "not_enough_nodes");
        assert!(message.contains("3 eligible of 10000"), "{message}");
    });
    // Of each member the size and the bytes of its two records and its roster entry.
    assert!(operations <= 6 * 10_000 + 100, "{operations} operations");
}

#[test]
fn g07_nodes_without_stake_are_not_in_the_roster_and_do_not_slow_the_selection() {
    let start = |min_node_stake| {
        let mut registry = Registry::with(Settings {
            stake_token: token(),
            require_block_producer: false,
            min_node_stake,
            min_total_stakes: 0,
        });
        add_nodes(&mut registry, 1, 20, 100);
        registry
    };
    let draws = |registry: &Registry| {
        let draw = |transaction: u64| {
            let mut registry = registry.clone();
            registry.calls = 1_000_000 + transaction;
            let mut drawn = Vec::new();
            let touched = touched(&mut registry, |registry| drawn = registry.draw(zk(1), 4, 40));
            registry.accept(zk(1), done_v1());
            let work = work(&mut registry, |registry| {
                registry.draw(zk(1), 4, 40);
            });
            (drawn, touched, work)
        };
        (0..20).map(draw).collect::<Vec<_>>()
    };

    // Nothing at all, and one unit less than the minimum.
    for (min_node_stake, stake) in [(0, 0), (100, 99)] {
        let mut registry = start(min_node_stake);
        let alone = draws(&registry);

        add_nodes(&mut registry, 1_001, 6_000, stake);

        assert_eq!(registry.records().roster(), (1..=20).map(node).collect::<Vec<_>>());
        assert_eq!(draws(&registry), alone, "minimum {min_node_stake}, stake {stake}");
    }
}
