//! Drawn nodes are uniform over the eligible ones, in every slot and in every order.
//!
//! The transactions are fixed, so the figures are the same in every run. Each test compares
//! Pearson's chi-squared with the value that a fair draw exceeds once in a million times: what
//! fails is not fair, and what is fair does not fail.

use pbc_contract_common::address::Address;
use registry_tests::{Registry, calls, node, zk};
use zkreg::world::Records;

/// What chi-squared with 4 degrees of freedom exceeds with a chance of 1 in a million.
const LIMIT_4: f64 = 33.37;
/// The same for 9.
const LIMIT_9: f64 = 44.81;
/// The same for 59.
const LIMIT_59: f64 = 125.66;
/// The same for 379.
const LIMIT_379: f64 = 524.54;

/// Ten registered nodes; N3, N6 and N9 would make thirteen, but they are not eligible.
fn ten_eligible_of_thirteen() -> (Registry, Vec<Address>) {
    let mut registry = Registry::with_nodes(13, 100);
    let ineligible = [3, 6, 9];
    for n in ineligible {
        registry.accept(node(n), calls::reserve(100));
    }
    let eligible = (1..=13).filter(|n| !ineligible.contains(n)).map(node).collect();
    (registry, eligible)
}

/// The engines of `draws` requests for `nodes` nodes, all from the same state, each with the hash
/// of another transaction.
fn draws(registry: &Registry, draws: u64, nodes: i32) -> impl Iterator<Item = Vec<Address>> {
    (0..draws).map(move |draw| {
        let mut registry = registry.clone();
        registry.calls = 1_000_000 + draw;
        registry.draw(zk(1), nodes, i64::from(nodes))
    })
}

/// Pearson's chi-squared of counts that should all be equal.
fn chi_squared(counts: &[u32]) -> f64 {
    let expected = f64::from(counts.iter().sum::<u32>()) / counts.len() as f64;
    counts.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum()
}

#[test]
fn every_slot_is_uniform_over_the_eligible_nodes() {
    let (registry, eligible) = ten_eligible_of_thirteen();
    let mut counts = [[0; 10]; 4];
    for engines in draws(&registry, 4_000, 4) {
        for (slot, engine) in engines.iter().enumerate() {
            let place = eligible.iter().position(|node| node == engine).expect("eligible");
            counts[slot][place] += 1;
        }
    }
    for (slot, counts) in counts.iter().enumerate() {
        let chi_squared = chi_squared(counts);
        println!("slot {slot}: chi-squared {chi_squared:.2} of at most {LIMIT_9}, {counts:?}");
        assert!(chi_squared < LIMIT_9);
    }
}

#[test]
fn every_order_of_engines_is_equally_likely() {
    // Five eligible nodes, three slots: 60 sequences.
    let registry = Registry::with_nodes(5, 100);
    let mut counts = vec![0; 60];
    for engines in draws(&registry, 6_000, 3) {
        let mut left: Vec<Address> = (1..=5).map(node).collect();
        let mut sequence = 0;
        for engine in engines {
            let place = left.iter().position(|node| *node == engine).expect("drawn once");
            sequence = sequence * left.len() + place;
            left.remove(place);
        }
        counts[sequence] += 1;
    }
    let chi_squared = chi_squared(&counts);
    println!("60 sequences: chi-squared {chi_squared:.2} of at most {LIMIT_59}");
    assert!(chi_squared < LIMIT_59);
}

#[test]
fn the_complete_scan_is_as_uniform_as_the_draw() {
    // 400 nodes of which 395 cannot spare the share: sixteen draws seldom find one of the five.
    let mut registry = Registry::with_nodes(400, 100);
    let eligible = [17, 101, 220, 333, 400];
    for n in (1..=400).filter(|n| !eligible.contains(n)) {
        registry.accept(node(n), calls::reserve(100));
    }
    let mut counts = [0; 5];
    for engines in draws(&registry, 1_000, 1) {
        let place = eligible.iter().position(|n| node(*n) == engines[0]).expect("eligible");
        counts[place] += 1;
    }
    let chi_squared = chi_squared(&counts);
    println!("scan over 5 of 400: chi-squared {chi_squared:.2} of at most {LIMIT_4}, {counts:?}");
    assert!(chi_squared < LIMIT_4);
}

#[test]
fn every_pair_of_engines_is_equally_likely_among_ineligible_neighbours() {
    // Twenty eligible nodes in forty places: 380 pairs.
    let mut registry = Registry::with_nodes(40, 100);
    for n in (2..=40).step_by(2) {
        registry.accept(node(n), calls::reserve(100));
    }
    let mut counts = vec![0; 400];
    for engines in draws(&registry, 8_000, 2) {
        let place = |engine: &Address| (1..=39).step_by(2).position(|n| node(n) == *engine);
        let (first, second) = (place(&engines[0]), place(&engines[1]));
        counts[first.expect("eligible") * 20 + second.expect("eligible")] += 1;
    }
    let pairs: Vec<u32> =
        (0..400).filter(|pair| pair / 20 != pair % 20).map(|p| counts[p]).collect();
    let chi_squared = chi_squared(&pairs);
    println!("380 pairs: chi-squared {chi_squared:.2} of at most {LIMIT_379}");
    assert!(chi_squared < LIMIT_379);
    assert_eq!(Records::new(&registry.state, &registry.trees).roster().len(), 40);
}
