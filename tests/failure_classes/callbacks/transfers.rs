//! Transfers of stake that fail, overlap, or whose callback is lost.

use registry_tests::calls::*;
use registry_tests::registry::producer_info;
use registry_tests::stories::{call, given, name, tell, units};
use registry_tests::*;
use zkreg::world::World;

/// Free, allocated, pending, incoming and outgoing MPC of N1.
fn n1(world: &mut World) -> [i64; 5] {
    units(world, "n1").map(|units| units / 10_000)
}

/// What N1 and the registry hold at the stake token, in MPC.
fn at_token(world: &mut World) -> [u128; 2] {
    let registry = world.registry_address();
    let held = [world.balance(&name("n1")), world.token().balance(&registry)];
    held.map(|units| units / 10_000)
}

#[test]
fn i01_an_association_that_the_token_refuses_is_not_credited() {
    // N1 has approved 100 of 200.
    let mut world = given("n1 holds 200\nn1 approved 100");
    tell(
        &mut world,
        "0d n1 associate 75
         1d mail hold of n1
         1d n1 associate 75",
    );
    assert_eq!(n1(&mut world), [75, 0, 0, 75, 0]);

    tell(&mut world, "1d mail deliver next");
    let transfer = world.log().last().expect("the transfer").outcome.clone();
    assert_eq!(transfer.refusal(), Some("insufficient_allowance"));
    tell(&mut world, "1d mail deliver callback of n1");

    assert_eq!(n1(&mut world), [75, 0, 0, 0, 0]);
    assert_eq!(at_token(&mut world), [125, 75]);

    // For somebody without a record, none is left.
    let mut world = given("n1 holds 200");
    tell(&mut world, "0d n1 associate 75");
    assert_eq!(n1(&mut world), [0; 5]);
    assert_eq!(world.records().all_tokens().count(), 0);
    assert_eq!(at_token(&mut world), [200, 0]);
}

#[test]
fn i02_the_success_flag_of_the_callback_decides_and_those_of_its_results_do_not() {
    let contradictions = [(true, false), (false, true)];

    for (success, in_result) in contradictions {
        let results = [(in_result, vec![])];
        let free = if success { 175 } else { 100 };
        let mut registry = Registry::with_nodes(1, 100);
        let coming = registry.accept(node(1), associate(75));
        registry.callback(&coming[0], success, &results).expect("in flight");
        assert_eq!(registry.buckets(node(1)), [free, 0, 0]);

        let free = if success { 40 } else { 100 };
        let mut registry = Registry::with_nodes(1, 100);
        let going = registry.accept(node(1), disassociate(60));
        registry.callback(&going[0], success, &results).expect("in flight");
        assert_eq!(registry.buckets(node(1)), [free, 0, 0]);

        let mut registry = Registry::deployed();
        let question = registry.accept(node(1), register("https://n1.example"));
        let answer = [(in_result, producer_info(node(1), 2, 208))];
        registry.callback(&question[0], success, &answer).expect("its own");
        assert_eq!(registry.records().node(&node(1)).is_some(), success);

        for ask in [check_status(zk(1)), extend(zk(1))] {
            let mut registry = Registry::with_nodes(1, 100);
            registry.take(zk(1), 10, &[node(1)]);
            let planned = registry.planned_end(zk(1)).expect("28 days on");
            let reported = if success { planned + 5 } else { planned };
            let question = registry.accept(stranger(), ask);
            let answer = [(in_result, (planned + 5).to_be_bytes().to_vec())];
            registry.callback(&question[0], success, &answer).expect("its own");
            assert_eq!(registry.planned_end(zk(1)), Some(reported));
        }
    }
}

#[test]
fn i03_a_request_between_the_transfer_and_its_callback_does_not_see_the_stake() {
    let mut world = given(
        "settings block-producers not required
         settings min-node-stake 100
         n1 holds 200 approved",
    );
    tell(
        &mut world,
        "0d n1 register https://n1.example
         0d n1 version 4.10.0
         0d n1 associate 99
         1d mail hold of n1
         1d n1 associate 101",
    );
    let requests = [
        ("1d deploy request zk-1 nodes 1 stake 2_000", "not_enough_nodes"),
        ("1d deploy request zk-1 nodes 1 stake 2_000 version 4.0.0", "not_enough_nodes"),
        ("1d deploy request zk-1 stake 2_000 version 4.0.0 of n1", "node_understaked"),
    ];
    let refuse = |world: &World| {
        for (line, code) in requests {
            assert_eq!(call(&mut world.clone(), line).refusal(), Some(code), "{line}");
        }
    };

    // Before the transfer, and when the tokens have moved already.
    refuse(&world);
    tell(&mut world, "1d mail deliver next");
    assert_eq!(at_token(&mut world), [0, 200]);
    refuse(&world);

    // With enough of its own the node is eligible, but not by what is in flight.
    let mut richer = world.clone();
    tell(&mut richer, "1d mail deliver callback of n1");
    assert_eq!(n1(&mut richer), [200, 0, 0, 0, 0]);
    let line = "1d deploy request zk-1 stake 2_000 version 4.0.0 of n1";
    assert_eq!(call(&mut richer, line).refusal(), Some("node_insufficient_free"));

    let mut registry = Registry::with_nodes(1, 100);
    let coming = registry.accept(node(1), associate(75));
    let request = |total| request_listed_protocol(zk(1), total, (4, 0, 0), &[node(1)]);
    registry.refuse(deploy(), request(101), "node_insufficient_free");
    registry.clone().accept(deploy(), request(100));
    registry.settle(&coming, true);
    registry.accept(deploy(), request(175));
}

#[test]
fn i04_a_callback_adds_to_what_it_finds_and_restores_no_old_value() {
    let mut registry = Registry::with_nodes(1, 100);
    let first = registry.accept(node(1), associate(75));

    // Between the call and its callback everything else moves.
    registry.stake(node(1), 5);
    assert_eq!(registry.buckets(node(1)), [105, 0, 0]);
    registry.take(zk(1), 30, &[node(1)]);
    registry.accept(zk(1), done_v1());
    registry.take(zk(2), 10, &[node(1)]);
    let going = registry.accept(node(1), disassociate(20));
    registry.accept(node(1), reserve(7));
    registry.accept(node(1), expire(Some(registry.now + 30 * DAY)));
    registry.now += 14 * DAY;
    registry.accept(node(1), unlock());
    let before = registry.tokens(node(1));
    assert_eq!(registry.buckets(node(1)), [75, 10, 0]);

    registry.settle(&first, true);

    let mut expected = before;
    expected.free_tokens += 75;
    expected.incoming_tokens = 0;
    assert_eq!(registry.tokens(node(1)), expected);

    // The failed disassociation finds the sum, and adds to it.
    registry.settle(&going, false);
    expected.free_tokens += 20;
    expected.outgoing_tokens = 0;
    assert_eq!(registry.tokens(node(1)), expected);
    assert_eq!(registry.buckets(node(1)), [170, 10, 0]);
}

#[test]
fn i05_stake_that_arrives_after_resigning_or_a_ban_is_credited_and_can_leave_again() {
    for (sender, action) in [(node(1), resign()), (voting(), disable(node(1)))] {
        for before in [0, 100] {
            let mut registry = Registry::new();
            registry.enrol(node(1));
            if before > 0 {
                registry.stake(node(1), before);
            }
            let coming = registry.accept(node(1), associate(75));
            registry.accept(sender, action.clone());
            let record = registry.node(node(1));
            assert!(record.is_resigned || record.is_disabled);

            registry.settle(&coming, true);

            assert_eq!(registry.buckets(node(1)), [before + 75, 0, 0]);
            assert_eq!(registry.node(node(1)), record);
            assert_eq!(registry.records().roster(), []);
            registry.refuse(zk(1), request_ee(1, 1, &[], 0), "not_enough_nodes");
            let going = registry.accept(node(1), disassociate(before + 75));
            registry.settle(&going, true);
            assert_eq!(registry.find_tokens(node(1)), None);
        }
    }
}

#[test]
fn i06_tokens_whose_callback_is_lost_stay_in_flight_and_in_the_books() {
    let mut world = given("n1 holds 300 approved");
    tell(
        &mut world,
        "0d n1 associate 100
         1d mail hold of n1
         1d n1 associate 75
         1d n1 disassociate 40
         1d mail deliver transfer of n1
         1d mail starve callback of n1",
    );
    // The tokens of the association are at the registry; its callback ran out of gas.
    assert_eq!(world.log().last().map(|lost| lost.outcome.is_accepted()), Some(false));
    assert_eq!(n1(&mut world), [60, 0, 0, 75, 40]);
    assert_eq!(at_token(&mut world), [125, 175]);

    tell(
        &mut world,
        "1d mail deliver transfer of n1
         1d mail starve callback of n1",
    );
    // Those of the disassociation have left; that callback is lost too.
    assert_eq!(world.mail().count(), 0);
    assert_eq!(n1(&mut world), [60, 0, 0, 75, 40]);
    // What is due: the registry holds the 60 that are free and the 75, and N1 has the 40.
    assert_eq!(at_token(&mut world), [165, 60 + 75]);

    // No action of anybody repairs it, and the account is not blocked: what it does later works
    // beside it.
    tell(
        &mut world,
        "1d mail release
         2d n1 unlock
         2d n1 reserve 5
         2d n1 expire 3d
         2d n1 reserve 0
         2d n1 associate 10
         2d n1 disassociate 20
         3d x send-home n1",
    );
    assert_eq!(n1(&mut world), [0, 0, 0, 75, 40]);
    assert_eq!(at_token(&mut world), [225, 75]);
    // The record stays as long as something is in flight, here for good.
    assert_eq!(call(&mut world, "20d n1 disassociate 1").refusal(), Some("insufficient_free"));
    tell(&mut world, "20d n1 unlock");
}

#[test]
fn i08_the_order_of_callbacks_makes_no_difference() {
    // Two associations, and one disassociation, each with or without success.
    for fates in 0..8 {
        let succeeds = |n: usize| fates >> n & 1 == 1;
        let mut registry = Registry::with_nodes(1, 100);
        registry.accept(node(1), reserve(50));
        let sent = [associate(75), associate(5), disassociate(60)]
            .map(|call| registry.accept(node(1), call));

        let settled = |order: [usize; 3]| {
            let mut registry = registry.clone();
            for n in order {
                registry.settle(&sent[n], succeeds(n));
            }
            registry
        };
        let expected = settled([0, 1, 2]);
        let free = 40
            + if succeeds(0) { 75 } else { 0 }
            + if succeeds(1) { 5 } else { 0 }
            + if succeeds(2) { 0 } else { 60 };
        assert_eq!(expected.buckets(node(1)), [free, 0, 0]);
        for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            assert_eq!(settled(order).trees, expected.trees, "order {order:?}, fates {fates:03b}");
        }
    }
}
