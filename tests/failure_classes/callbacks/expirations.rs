//! Expirations while an association is in flight: no callback sets one.

use pbc_host::Group;
use registry_tests::calls::*;
use registry_tests::*;

/// N1 associates 75 units until `expiration` on an empty entry, which is in flight.
fn associating(expiration: i64) -> (Registry, Vec<Group>) {
    let mut registry = Registry::new();
    let coming = registry.accept(node(1), associate_until(75, expiration));
    (registry, coming)
}

fn soon(days: i64) -> i64 {
    Registry::new().now + days * DAY
}

#[test]
fn i11_an_expiration_that_is_set_before_the_callback_holds_after_it() {
    let (first, second) = (soon(1), soon(2));

    for new in [None, Some(second)] {
        let (mut registry, coming) = associating(first);
        assert_eq!(registry.tokens(node(1)).expiration_timestamp, Some(first));
        registry.accept(node(1), expire(new));

        // At whatever time the callback comes, also after either expiration.
        for days in [0, 1, 3] {
            let mut registry = registry.clone();
            registry.now += days * DAY;
            registry.settle(&coming, true);
            assert_eq!(registry.tokens(node(1)).expiration_timestamp, new);
            assert_eq!(registry.buckets(node(1)), [75, 0, 0]);
        }
    }

    // A failed association restores none either; with nothing in it, the record goes.
    let (mut registry, coming) = associating(first);
    registry.accept(node(1), expire(None));
    let later = registry.accept(node(1), associate(5));
    registry.settle(&coming, false);
    assert_eq!(registry.tokens(node(1)).expiration_timestamp, None);
    registry.settle(&later, false);
    assert_eq!(registry.find_tokens(node(1)), None);
}

#[test]
fn i12_of_two_expirations_in_flight_the_first_holds_and_the_second_is_refused() {
    let (first, second) = (soon(1), soon(2));
    let (mut registry, coming) = associating(first);

    let message = registry.refuse(node(1), associate_until(5, second), "expiration_mismatch");
    assert!(message.contains(&first.to_string()), "{message}");
    assert!(message.contains(&second.to_string()), "{message}");

    // With the same expiration, or without one of its own, a second association joins the first;
    // the order of their callbacks makes no difference.
    for call in [associate_until(5, first), associate(5)] {
        let mut registry = registry.clone();
        let joining = registry.accept(node(1), call);
        let settled = [[&coming, &joining], [&joining, &coming]].map(|order| {
            let mut registry = registry.clone();
            order.into_iter().for_each(|events| registry.settle(events, true));
            registry.refuse(node(1), associate_until(1, second), "expiration_mismatch");
            registry
        });
        assert_eq!(settled[0].trees, settled[1].trees);
        assert_eq!(settled[0].tokens(node(1)).expiration_timestamp, Some(first));
        assert_eq!(settled[0].buckets(node(1)), [80, 0, 0]);
    }

    // It holds while the record lives, whatever becomes of the association that set it.
    let mut living = registry.clone();
    let joining = living.accept(node(1), associate(5));
    living.settle(&coming, false);
    living.settle(&joining, true);
    assert_eq!(living.tokens(node(1)).expiration_timestamp, Some(first));
    living.refuse(node(1), associate_until(1, second), "expiration_mismatch");

    // With the record it is gone.
    registry.settle(&coming, false);
    assert_eq!(registry.find_tokens(node(1)), None);
    let coming = registry.accept(node(1), associate_until(5, second));
    registry.settle(&coming, true);
    assert_eq!(registry.tokens(node(1)).expiration_timestamp, Some(second));
}
