//! Many small transfers, and large endpoints.

use registry_tests::calls::*;
use registry_tests::*;

use super::{ONE_ACCOUNT, record_bytes, within, work};

#[test]
fn g02_ten_thousand_tiny_associations_leave_a_record_of_constant_size() {
    let mut registry = Registry::new();
    registry.stake(node(1), 1);
    let size = record_bytes(&registry);
    let first = work(&mut registry, |registry| registry.stake(node(1), 1));

    for _ in 2..10_000 {
        registry.stake(node(1), 1);
    }

    assert_eq!(registry.buckets(node(1)), [10_000, 0, 0]);
    assert_eq!(record_bytes(&registry), size);
    let last = work(&mut registry, |registry| registry.stake(node(1), 1));
    assert_eq!(last, first, "the last costs what the first did");
    let all = registry.trees.ids().map(|tree| registry.trees.len(tree));
    assert_eq!(all.sum::<usize>(), 1, "nothing else is stored");
}

#[test]
fn g03_ten_thousand_transfers_in_flight_are_two_sums_and_end_exactly() {
    let mut registry = Registry::new();
    registry.stake(node(1), 10_000);
    let size = record_bytes(&registry);

    // Of 1 to 10,000 units in, and of 1 unit out each time.
    let mut incoming = Vec::new();
    let mut outgoing = Vec::new();
    for n in 1..=10_000 {
        incoming.extend(registry.accept(node(1), associate(n)));
        outgoing.extend(registry.accept(node(1), disassociate(1)));
    }
    let tokens = registry.tokens(node(1));
    assert_eq!((tokens.incoming_tokens, tokens.outgoing_tokens), (50_005_000, 10_000));
    assert_eq!(tokens.free_tokens, 0);
    assert_eq!(record_bytes(&registry), size);
    let mut one_more = registry.clone();
    within(ONE_ACCOUNT, &mut one_more, |registry| {
        registry.accept(node(1), associate(1));
    });

    // The last first; every third transfer fails, in either direction.
    let mut free = 0;
    for n in (1..=10_000).rev() {
        let (coming, going) =
            (incoming.pop().expect("one each"), outgoing.pop().expect("one each"));
        let succeeds = n % 3 != 0;
        registry.settle(&[coming], succeeds);
        registry.settle(&[going], succeeds);
        free += if succeeds { n } else { 1 };
    }

    let tokens = registry.tokens(node(1));
    assert_eq!((tokens.incoming_tokens, tokens.outgoing_tokens), (0, 0));
    assert_eq!(tokens.free_tokens, free);
    assert_eq!(record_bytes(&registry), size);
}

#[test]
fn g04_endpoints_of_512_bytes_are_accepted_and_longer_ones_refused_before_anything_is_stored() {
    let of_length = |bytes: usize| format!("https://{}", "a".repeat(bytes - 8));
    for mut registry in [Registry::new(), Registry::deployed()] {
        for longest in [of_length(512), format!("https://{}", "é".repeat(252))] {
            assert_eq!(longest.len(), 512);
            registry.clone().accept(node(1), register(&longest));
        }
        for too_long in
            [of_length(513), format!("https://{}a", "é".repeat(252)), of_length(1 << 20)]
        {
            registry.trees.reset_operations();
            let message = registry.refuse(node(1), register(&too_long), "endpoint_too_long");
            assert!(message.contains(&too_long.len().to_string()), "{message}");
            assert_eq!(registry.trees.operations().total(), 0, "no record is even looked at");
        }
    }

    let mut registry = Registry::with_nodes(1, 100);
    registry.clone().accept(node(1), update_endpoint(&of_length(512)));
    for too_long in [of_length(513), of_length(1 << 20)] {
        registry.trees.reset_operations();
        registry.refuse(node(1), update_endpoint(&too_long), "endpoint_too_long");
        assert_eq!(registry.trees.operations().insert, 0);
    }
}
