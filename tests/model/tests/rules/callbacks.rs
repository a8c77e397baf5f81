//! Callbacks 30 to 34 (4.4): what decides, what is read, what is unexpected.

use reference_model::{Address, Call, CallbackOutcome, CreateArguments, Effects};

use crate::support::{
    C, DAY, N1, N2, Registry, VOTING, answer, callback_context, context, mpc, plain_settings,
    token_outcome,
};

const KEY: [u8; 33] = [2; 33];

fn with_producer_check() -> CreateArguments {
    let mut arguments = plain_settings();
    arguments.settings.require_block_producer = true;
    arguments
}

fn producer(identity: Address, server_jurisdiction: i32) -> Vec<u8> {
    let mut out = identity.to_vec();
    for text in ["N one", "", "Å street"] {
        out.extend(u32::try_from(text.len()).expect("short").to_be_bytes());
        out.extend(text.as_bytes());
    }
    out.extend(KEY);
    out.extend([7; 96]);
    out.extend(1_i32.to_be_bytes());
    out.extend(server_jurisdiction.to_be_bytes());
    out
}

fn asked(registry: &mut Registry) -> Effects {
    let rest_endpoint = "https://zk.example.org".to_owned();
    registry.call(0, N1, Call::RegisterAsZkNode { rest_endpoint }).expect("a question")
}

#[test]
fn a_producer_is_enrolled_with_key_and_jurisdiction() {
    for (told, stored) in [(208, 208), (0, 0), (999, 999), (1000, 0), (-1, 0)] {
        let mut registry = Registry::with(&with_producer_check());
        let question = asked(&mut registry);

        registry.settle(1, &question, answer(&producer(N1, told))).expect("an enrolment");

        let node = &registry.model.zk_nodes[&N1];
        assert_eq!(node.public_key, Some(KEY));
        assert_eq!(node.server_jurisdiction, stored, "{told} was told");
        assert_eq!(node.rest_endpoint, "https://zk.example.org");
    }
}

#[test]
fn only_the_flag_of_the_context_decides() {
    let mut registry = Registry::with(&with_producer_check());
    let question = asked(&mut registry);
    let results = |flag| vec![(flag, producer(N1, 208))];

    let failed = CallbackOutcome { success: false, results: results(true) };
    registry.settle(1, &question, failed).expect("no effect");
    assert!(registry.model.zk_nodes.is_empty());

    let succeeded = CallbackOutcome { success: true, results: results(false) };
    registry.settle(1, &question, succeeded).expect("an enrolment");
    assert!(registry.model.zk_nodes.contains_key(&N1));
}

#[test]
fn producer_information_that_is_not_exactly_right_is_refused() {
    let good = producer(N1, 208);
    let mut cut = good.clone();
    cut.pop();
    let long = [good.as_slice(), &[0]].concat();
    let mut bad_text = good.clone();
    bad_text[25] = 0xff;
    let mut bad_count = good.clone();
    bad_count[21] = 0x80;
    let mut bad_type = good.clone();
    bad_type[0] = 5;
    let one = |data: Vec<u8>| vec![(true, data)];
    let cases = [
        ("no result", Vec::new()),
        ("two results", vec![(true, good.clone()), (true, good.clone())]),
        ("no data", one(Vec::new())),
        ("cut", one(cut)),
        ("too long", one(long)),
        ("bad text", one(bad_text)),
        ("bad count", one(bad_count)),
        ("bad address type", one(bad_type)),
        ("another account", one(producer(N2, 208))),
    ];
    for (name, results) in cases {
        let mut registry = Registry::with(&with_producer_check());
        let question = asked(&mut registry);
        let outcome = CallbackOutcome { success: true, results };
        let settled = registry.settle(1, &question, outcome);
        assert_eq!(settled, Err("callback_data_invalid"), "{name}");
    }
}

#[test]
fn the_second_of_two_registrations_in_flight_changes_nothing_while_the_node_is_active() {
    let mut registry = Registry::with(&with_producer_check());
    let (first, second) = (asked(&mut registry), asked(&mut registry));
    registry.settle(1, &first, answer(&producer(N1, 208))).expect("an enrolment");

    let before = registry.model.clone();
    registry.settle(1, &second, answer(&producer(N1, 276))).expect("nothing");
    assert_eq!(registry.model, before);

    registry.call(2, N1, Call::ResignAsZkNode).expect("a resignation");
    registry.settle(3, &second, answer(&producer(N1, 276))).expect("an enrolment");
    assert!(!registry.model.zk_nodes[&N1].is_resigned);
    assert_eq!(registry.model.zk_nodes[&N1].server_jurisdiction, 276);
}

#[test]
fn a_second_delivery_is_unexpected() {
    let mut registry = Registry::new();
    let into = registry.call(0, N1, Call::AssociateTokens { token_amount: 9 }).expect("9");
    registry.settle(0, &into, token_outcome(true)).expect("a credit");
    for success in [true, false] {
        let again = registry.settle(0, &into, token_outcome(success));
        assert_eq!(again, Err("callback_unexpected"));
    }

    let out = registry.disassociate(0, N1, 9).expect("9");
    registry.settle(0, &out, token_outcome(true)).expect("sent");
    for success in [true, false] {
        let again = registry.settle(0, &out, token_outcome(success));
        assert_eq!(again, Err("callback_unexpected"), "there is no record any more");
    }
}

#[test]
fn credits_reach_nodes_that_were_banned_meanwhile_and_the_roster_does_not() {
    let mut registry = Registry::new();
    let rest_endpoint = "https://zk.example.org".to_owned();
    registry.call(0, N1, Call::RegisterAsZkNode { rest_endpoint }).expect("a registration");
    let into = registry.call(0, N1, Call::AssociateTokens { token_amount: 9 }).expect("9");
    registry.call(0, VOTING, Call::DisableZkNode { address: N1 }).expect("a ban");

    registry.settle(0, &into, token_outcome(true)).expect("a credit");

    assert_eq!(registry.tokens(N1).free, 9);
    assert!(registry.model.roster.is_empty());
}

#[test]
fn an_end_report_moves_the_date_forward_only() {
    let date = |days: i64| (days * DAY).to_be_bytes().to_vec();
    let failed = CallbackOutcome { success: false, results: vec![(true, date(90))] };
    let ignored_flag = CallbackOutcome { success: true, results: vec![(false, date(40))] };
    let two = CallbackOutcome { success: true, results: vec![(true, date(90)), (true, date(90))] };
    let none = CallbackOutcome { success: true, results: Vec::new() };
    let cases = [
        ("later", answer(&date(29)), 29),
        ("equal", answer(&date(28)), 28),
        ("earlier", answer(&date(27)), 28),
        ("failed", failed, 28),
        ("flag inside", ignored_flag, 40),
        ("two results", two, 28),
        ("no result", none, 28),
        ("no data", answer(&[]), 28),
        ("7 bytes", answer(&[0x01; 7]), 28),
        ("9 bytes", answer(&[0x01; 9]), 28),
    ];
    for (name, outcome, days) in cases {
        for extend in [false, true] {
            let mut registry = Registry::new();
            registry.node(0, N1, mpc(1));
            registry.request(0, C, 1, &[N1]).expect("one unit");
            let call = if extend {
                Call::ExtendZkComputationDeadline { contract_address: C }
            } else {
                Call::CheckContractStatus { zk_contract: C }
            };
            let asked = registry.call(0, N2, call).expect("a question");
            registry.settle(0, &asked, outcome.clone()).expect("never refused");
            let end = registry.model.computations[&C].allocation_end;
            assert_eq!(end, Some(days * DAY), "{name}");
        }
    }
}

#[test]
fn a_date_of_nothing_counts_as_smaller_than_any_answer() {
    let mut registry = Registry::new();
    registry.node(0, N1, mpc(1));
    registry.request(0, C, 1, &[N1]).expect("one unit");
    let asked = registry.call(0, N2, Call::CheckContractStatus { zk_contract: C }).expect("07");
    registry.model.computations.get_mut(&C).expect("a computation").allocation_end = None;

    registry.settle(0, &asked, answer(&i64::MIN.to_be_bytes())).expect("an answer");

    assert_eq!(registry.model.computations[&C].allocation_end, Some(i64::MIN));
}

#[test]
fn callbacks_and_actions_are_not_each_other() {
    let mut registry = Registry::new();
    let callback = Call::OnAssociated { account: N1, amount: 1 };
    assert_eq!(registry.apply(&callback, &context(0, N1)), Err("unknown_action"));

    let delivered = callback_context(0, token_outcome(true));
    assert_eq!(registry.apply(&Call::UnlockExpiredStakes, &delivered), Err("unknown_action"));
}

#[test]
fn amounts_that_the_registry_never_writes_are_unexpected() {
    let mut registry = Registry::new();
    registry.associate(0, N1, 9);
    for (amount, cut) in [(-1, 0), (i64::MIN, 0), (0, -1), (10, 0)] {
        let out = Call::OnDisassociated { account: N1, amount, cut };
        let delivered = callback_context(0, token_outcome(false));
        assert_eq!(registry.apply(&out, &delivered), Err("callback_unexpected"));
    }
    let into = Call::OnAssociated { account: N1, amount: i64::MIN };
    let delivered = callback_context(0, token_outcome(true));
    assert_eq!(registry.apply(&into, &delivered), Err("callback_unexpected"));
}
