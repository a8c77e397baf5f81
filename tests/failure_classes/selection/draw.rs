//! The draw: who has which chance, and that a feasible request never fails.

use std::collections::BTreeMap;

use pbc_contract_common::address::Address;
use registry_tests::calls::*;
use registry_tests::registry::engines;
use registry_tests::*;

/// The engines of requests for `k` nodes that cost little, all from the same state, each with the
/// hash of another transaction.
fn draws(registry: &Registry, draws: u64, k: i32) -> impl Iterator<Item = Vec<Address>> {
    (0..draws).map(move |draw| {
        let mut registry = registry.clone();
        registry.calls = 1_000_000 + draw;
        registry.draw(zk(1), k, i64::from(k))
    })
}

/// How often each node is chosen when four are drawn a thousand times.
fn thousand_draws_of_four(registry: &Registry) -> BTreeMap<Address, u32> {
    let mut times = BTreeMap::new();
    for engine in draws(registry, 1_000, 4).flatten() {
        *times.entry(engine).or_default() += 1;
    }
    times
}

/// Each of N1 to N10, and nobody else, is drawn 400 times, give or take 5 standard deviations.
#[track_caller]
fn assert_ten_equal_chances(times: &BTreeMap<Address, u32>) {
    assert!(times.keys().copied().eq((1..=10).map(node)), "{times:?}");
    assert!(times.values().all(|times| (320..=480).contains(times)), "{times:?}");
}

#[test]
fn e10_the_only_assignment_is_found_whichever_node_is_drawn_first() {
    let mut registry = Registry::with_nodes(2, 100);
    registry.accept(node(1), jurisdiction(10));
    registry.accept(node(2), jurisdiction(20));

    // Without lists the same transactions put either node first: so the trap is entered.
    let (mut n1_first, mut n2_first) = (0, 0);
    for _ in 0..40 {
        let unrestricted = registry.clone().draw(zk(1), 2, 20);
        if unrestricted == [node(1), node(2)] {
            n1_first += 1
        } else {
            n2_first += 1
        }
        let call = request_ee(2, 20, &[&[10, 20], &[10]], 0);
        assert_eq!(engines(&registry.clone().accept(zk(1), call)), [node(2), node(1)]);
        registry.calls += 1;
    }
    assert!(n1_first > 0 && n2_first > 0);

    // Four nodes, two of them in one country; three slots with every combination of lists over
    // three countries: the request succeeds exactly if distinct nodes fit.
    let countries = [1, 2, 3, 3];
    let mut registry = Registry::with_nodes(4, 100);
    for (n, country) in (1..).zip(countries) {
        registry.accept(node(n), jurisdiction(country));
    }
    let lists: Vec<Vec<i32>> = (0..8_u8)
        .map(|set| (1..=3).filter(|country| set >> (country - 1) & 1 == 1).collect())
        .collect();
    let fits = |list: &[i32], n: usize| list.is_empty() || list.contains(&countries[n]);
    let feasible = |[a, b, c]: [&[i32]; 3]| {
        (0..64)
            .map(|place| [place / 16, place / 4 % 4, place % 4])
            .any(|[i, j, l]| i != j && j != l && i != l && fits(a, i) && fits(b, j) && fits(c, l))
    };
    let mut refused = 0;
    for combination in 0..512 {
        let [a, b, c] = [0, 3, 6].map(|shift| lists[combination >> shift & 7].as_slice());
        let call = request_ee(3, 30, &[a, b, c], 0);
        if feasible([a, b, c]) {
            let engines = engines(&registry.clone().accept(zk(1), call));
            for (list, engine) in [a, b, c].into_iter().zip(engines) {
                let country = registry.node(engine).server_jurisdiction.value;
                assert!(list.is_empty() || list.contains(&country), "{list:?}, {country}");
            }
        } else {
            refused += 1;
            registry.refuse(zk(1), call, "not_enough_nodes");
        }
        registry.calls += 1;
    }
    assert!((1..512).contains(&refused), "both happen: {refused} of 512 are refused");
}

#[test]
fn e17_each_of_ten_equal_nodes_is_drawn_400_times_in_1000_requests_for_four() {
    let registry = Registry::with_nodes(10, 100);

    assert_ten_equal_chances(&thousand_draws_of_four(&registry));
}

#[test]
fn e18_the_chance_of_a_node_depends_on_the_eligible_nodes_only() {
    let honest = Registry::with_nodes(10, 100);
    let times = thousand_draws_of_four(&honest);

    // Own nodes that are not in the roster change not even a single draw.
    let mut idle = honest.clone();
    for n in 11..=14 {
        idle.enrol(node(n));
    }
    idle.stake(node(12), 100);
    idle.accept(node(12), resign());
    idle.stake(node(13), 100);
    idle.accept(voting(), disable(node(13)));
    assert_eq!(thousand_draws_of_four(&idle), times);

    // Own members of the roster that are not eligible change nobody's chance.
    let mut reserved = honest.clone();
    for n in 11..=20 {
        reserved.enrol(node(n));
        reserved.stake(node(n), 100);
        reserved.accept(node(n), reserve(100));
    }
    assert_eq!(reserved.records().roster().len(), 20);
    assert_ten_equal_chances(&thousand_draws_of_four(&reserved));

    // Own eligible nodes count like any other, however much stake they have.
    let mut rich = Registry::with_nodes(6, 100);
    for n in 7..=10 {
        rich.enrol(node(n));
        rich.stake(node(n), mpc(75_000));
    }
    assert_ten_equal_chances(&thousand_draws_of_four(&rich));

    // Known limit: who tries transaction hashes gets both of two nodes, where it has three of six,
    // once in C(6,2) / C(3,2) = 5 tries; here 200 times in 1,000, give or take 5 standard
    // deviations of 12.6.
    let six = Registry::with_nodes(6, 100);
    let own = [1, 2, 3].map(node);
    let both_own = |engines: &Vec<Address>| engines.iter().all(|engine| own.contains(engine));
    let successes = draws(&six, 1_000, 2).filter(both_own).count();
    assert!((137..=263).contains(&successes), "{successes}");
    // By the same count, four of 10 own among 100 eligible nodes take about 18,700 tries.
    let choose_four = |n: u64| n * (n - 1) * (n - 2) * (n - 3) / 24;
    assert_eq!(choose_four(100) / choose_four(10), 18_672);
}

#[test]
fn e20_an_old_node_serves_again_only_out_of_its_other_free_stake() {
    // registry.md 8.2: N1 to N5 with 100 units each, Z1 on N1 to N4 with 75 of each.
    let mut without = Registry::with_nodes(5, 100);
    without.take(zk(1), 300, &[1, 2, 3, 4].map(node));
    let mut with = without.clone();
    with.stake(node(1), 100);
    with.stake(node(2), 100);
    let statuses = successes(&[1, 2, 3, 4].map(node));
    let anew = |k, total, listed: &[Address]| re_request(&statuses, k, total, &[], 0, listed);

    // Without other stake, no old node can: neither drawn nor listed.
    without.refuse(zk(1), anew(2, 150, &[]), "not_enough_nodes");
    without.refuse(zk(1), anew(1, 75, &[node(1)]), "node_insufficient_free");
    for _ in 0..10 {
        let drawn = engines(&without.clone().accept(zk(1), anew(1, 75, &[])));
        assert_eq!(drawn, [node(5)]);
        without.calls += 1;
    }

    // With it, N1, N2 and N5 can, and nobody else.
    with.refuse(zk(1), anew(4, 300, &[]), "not_enough_nodes");
    with.refuse(zk(1), anew(1, 75, &[node(3)]), "node_insufficient_free");
    let release = with.now;
    let mut drawn = engines(&with.accept(zk(1), anew(3, 225, &[])));
    drawn.sort_unstable();
    assert_eq!(drawn, [1, 2, 5].map(node));
    assert_eq!(with.buckets(node(1)), [50, 75, 75]);
    assert_eq!(with.buckets(node(2)), [50, 75, 75]);
    assert_eq!(with.buckets(node(3)), [25, 0, 75]);
    assert_eq!(with.buckets(node(5)), [25, 75, 0]);
    assert_eq!(with.pending_entries(node(1)), [(75, release)]);
    assert!((1..=4).all(|n| with.score(node(n)) == (1, 1, 0)));
    assert_eq!(with.score(node(5)), (0, 0, 0));
}
