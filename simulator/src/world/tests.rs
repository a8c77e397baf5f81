//! The registry in its world: bytes against the golden vectors, and stories of a few calls.

use zk_node_registry::rules::units::{Timestamp, TokenAmount};

use super::*;
use crate::engine::NativeEngine;
use crate::names::address_of;
use crate::neighbours::Status;
use crate::step::Step;

const N1: &str = "00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1";
const N2: &str = "00b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2";
const N3: &str = "00c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3";
const N4: &str = "00d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4";
const C: &str = "031111111111111111111111111111111111111111";
const REGISTRY: &str = "02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

const DAY: i64 = 24 * 60 * 60 * 1_000;
/// 1 MPC in units.
const MPC: i64 = 10_000;

fn engine() -> Box<dyn Engine> {
    Box::new(NativeEngine::of("zk_node_registry"))
}

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

/// The world that these lines of a scenario begin with.
fn given(facts: &str) -> World {
    let facts: Vec<_> = facts
        .lines()
        .map(|line| match format!("given {}", line.trim()).parse() {
            Ok(Step::Given(fact)) => fact,
            other => panic!("{line}: {other:?}"),
        })
        .collect();
    World::start(&Start::of(&facts), engine()).expect("init takes these settings")
}

/// The world of the golden vectors: settings of deployments, and the registry at `02aa…`.
fn golden() -> World {
    given(&format!("registry is {REGISTRY}"))
}

/// Carries out one line of a scenario and returns what came of its call.
fn perform(world: &mut World, line: &str) -> Outcome {
    let step = line.parse().unwrap_or_else(|problem| panic!("{line}: {problem}"));
    let Step::Call(call) = step else { panic!("{line} is no call") };
    world.set_clock(call.at).expect("a time that fits");
    world.perform(&call.actor, &call.action).expect("a good step")
}

/// Carries out lines that must all be accepted.
fn story(world: &mut World, lines: &str) {
    for line in lines.lines().map(str::trim) {
        match line.parse() {
            Ok(Step::Call(_)) => {
                let outcome = perform(world, line);
                assert!(outcome.is_accepted(), "{line}: {outcome:?}");
            }
            Ok(Step::Mail(post)) => {
                world.set_clock(post.at).expect("a time that fits");
                world.handle(&post.handling).unwrap_or_else(|bad| panic!("{line}: {bad}"));
            }
            other => panic!("{line}: {other:?}"),
        }
    }
}

fn sent(world: &mut World, action: &str) -> String {
    let Ok(Step::Call(call)) = format!("0d x {action}").parse() else { panic!("{action}") };
    hex::encode(calls::encode(&call.action, world).expect("a good action").rpc)
}

/// Free, allocated, pending, incoming and outgoing tokens, in units.
fn units(world: &World, who: &str) -> [i64; 5] {
    let Some(tokens) = world.records().tokens(&address_of(&name(who))) else { return [0; 5] };
    let now = Timestamp::from_millis(world.now());
    let in_registry = [tokens.free(now), tokens.allocated(), tokens.pending(now)];
    let [free, allocated, pending] = in_registry.map(TokenAmount::units);
    [free, allocated, pending, tokens.incoming().units(), tokens.outgoing().units()]
}

#[test]
fn the_creation_has_the_golden_bytes() {
    let start = Start::default();

    let rpc = calls::create(&start.collaborators(), &start.settings());

    assert_eq!(
        hex::encode(rpc),
        "ffffffff0f04203b77743ad0ca831df9430a6be515195733ad91018bc1ccbb672b87710327713c97d43204905\
         082cb04c5f00d7c6d70c3d0919fd7f81c7b9bfe1606362001615beb1c2bf57e45fcd1c4e67ef35b8735a685b1\
         01000000002cb417800000000001312d00"
    );
}

#[test]
fn every_call_has_the_golden_bytes() {
    let mut world = golden();
    // 1767225600000 is a year after the start.
    let table = [
        (
            "register https://zk.example.org".to_owned(),
            "000000001668747470733a2f2f7a6b2e6578616d706c652e6f7267".to_owned(),
        ),
        (
            "endpoint https://a.example".to_owned(),
            "010000001168747470733a2f2f612e6578616d706c65".to_owned(),
        ),
        (format!("request {C} nodes 4 stake 2_000"), format!("04{C}000000040000000001312d00")),
        ("done".to_owned(), "05".to_owned()),
        ("unlock".to_owned(), "06".to_owned()),
        ("resign".to_owned(), "11".to_owned()),
        (format!("check {C}"), format!("07{C}")),
        (
            format!("request {C} nodes 4 stake 2_000 version 4.9.0 jurisdictions [208, 276]"),
            format!(
                "08{C}000000040000000001312d000000000100000002000000d000000114000000040000000900000\
                 000"
            ),
        ),
        ("associate 75_000".to_owned(), "0a000000002cb41780".to_owned()),
        ("disassociate 25_000".to_owned(), "0b000000000ee6b280".to_owned()),
        ("version 4.10.0".to_owned(), "0c000000040000000a00000000".to_owned()),
        ("jurisdiction 208".to_owned(), "0d000000d0".to_owned()),
        (format!("extend {C}"), format!("0e{C}")),
        (format!("disable {N4}"), format!("10{N4}")),
        (
            format!("done {N1} success {N2} success {N3} success {N4} failure"),
            format!("1200000004{N1}01{N2}01{N3}01{N4}00"),
        ),
        ("reserve 50_000".to_owned(), "13000000001dcd6500".to_owned()),
        (
            format!("request {C} stake 1_000 version 4.9.0 of {N1} {N2}"),
            format!("14{C}000000000098968000000004000000090000000000000002{N1}{N2}"),
        ),
        (
            "associate 75_000 expires 365d".to_owned(),
            "15000000002cb417800000019b76daa800".to_owned(),
        ),
        (format!("send-home {N1}"), format!("16{N1}")),
        ("expire 365d".to_owned(), "17010000019b76daa800".to_owned()),
        ("expire never".to_owned(), "1700".to_owned()),
        (
            format!("request stake 2_000 ee-version 3 of {N1} {N2}"),
            format!("180000000001312d000000000300000002{N1}{N2}"),
        ),
        (
            "request nodes 4 stake 2_000 ee-version 3".to_owned(),
            "19000000040000000001312d000000000000000003".to_owned(),
        ),
        ("ee-version 3".to_owned(), "1a00000003".to_owned()),
        (
            format!("re-request nodes 2 stake 2_000 ee-version 3 after {N1} success {N2} failure"),
            format!("1b00000002{N1}01{N2}00000000020000000001312d00000000000000000300000000"),
        ),
        (format!("deleted {C}"), format!("20{C}")),
        ("approve 75_000".to_owned(), format!("05{REGISTRY}0000000000000000000000002cb41780")),
        (format!("transfer 25_000 to {N1}"), format!("01{N1}0000000000000000000000000ee6b280")),
        ("sends 0a00 to registry".to_owned(), "0a00".to_owned()),
        ("sends nothing to registry".to_owned(), String::new()),
    ];
    for (action, bytes) in table {
        assert_eq!(sent(&mut world, &action), bytes, "{action}");
    }
}

#[test]
fn what_the_registry_sends_has_the_golden_bytes() {
    let mut world = given(&format!(
        "registry is {REGISTRY}
         {N1} produces blocks jurisdiction 208
         {N1} holds 75_000 approved"
    ));
    story(
        &mut world,
        &format!(
            "0d {N1} register https://zk.example.org
             0d {N1} version 4.9.0
             0d {N1} associate 75_000
             1d deploy request {C} stake 2_000 version 4.9.0 of {N1}
             2d {N1} extend {C}
             2d {N1} check {C}
             3d {N1} reserve 10_000
             3d {N1} disassociate 25_000"
        ),
    );

    let sent: Vec<(bool, String)> = world
        .log()
        .iter()
        .map(|delivery| {
            let is_callback = matches!(delivery.event.kind, Kind::Callback(_));
            (is_callback, hex::encode(&delivery.event.rpc))
        })
        .collect();
    let (call, callback) = (false, true);
    for (kind, bytes) in [
        (call, format!("09{N1}")),
        (callback, format!("30{N1}0000001668747470733a2f2f7a6b2e6578616d706c652e6f7267")),
        (call, format!("03{N1}{REGISTRY}0000000000000000000000002cb41780")),
        (callback, format!("31{N1}000000002cb41780")),
        (call, format!("01{N1}0000000000000000000000000ee6b280")),
        (callback, format!("32{N1}000000000ee6b2800000000005f5e100")),
        (call, "0b".to_owned()),
        (callback, format!("33{C}")),
        (call, "130000000e14e390000000000001312d000000000005265c0000000003a9456800".to_owned()),
        (callback, format!("34{C}")),
    ] {
        assert!(sent.contains(&(kind, bytes.clone())), "{bytes}");
    }
}

#[test]
fn a_node_stakes_works_and_leaves_with_all_its_tokens() {
    let mut world = given("n1 produces blocks\nn1 holds 75_000 approved");
    story(
        &mut world,
        "0d n1 register https://n1.example
         0d n1 version 4.9.0
         0d n1 associate 75_000
         1d deploy request zk-1 stake 2_000 version 4.0.0 of n1
         2d n1 reserve 75_000
         20d zk-1 done n1 success",
    );
    assert_eq!(units(&world, "n1"), [73_000 * MPC, 0, 2_000 * MPC, 0, 0]);

    let early = perform(&mut world, "33d23:59:59.999 n1 disassociate 75_000");
    assert_eq!(early.refusal(), Some("insufficient_free"));
    story(&mut world, "34d n1 disassociate 75_000");

    assert_eq!(units(&world, "n1"), [0; 5]);
    assert_eq!(world.balance(&name("n1")), 750_000_000);
    assert_eq!(world.token().balance(&world.registry_address()), 0);
    let account = address_of(&name("n1"));
    assert!(world.records().tokens(&account).is_none());
    let score = world.records().node(&account).expect("the node stays").score;
    assert_eq!((score.allocated_score, score.success_score), (1, 1));
}

#[test]
fn the_deploy_contract_and_the_served_contract_learn_the_engines() {
    let mut world = given(
        "settings block-producers not required
         n1 holds 75_000 approved
         n2 holds 75_000 approved",
    );
    story(
        &mut world,
        "0d n1 register https://n1.example
         0d n2 register https://n2.example
         0d n1 associate 75_000
         0d n2 associate 75_000
         0d n1 ee-version 1
         0d n2 ee-version 1
         1d deploy request zk-1 nodes 2 stake 2_000
         2d pub-1 request stake 2_000 ee-version 1 of n2 n1",
    );

    let endpoints = |who: &str| -> Vec<String> {
        world.engines(&name(who)).iter().map(|engine| engine.rest_endpoint.clone()).collect()
    };
    let mut drawn = endpoints("zk-1");
    drawn.sort();
    assert_eq!(drawn, ["https://n1.example", "https://n2.example"]);
    assert_eq!(endpoints("pub-1"), ["https://n2.example", "https://n1.example"]);
    let zk_1 = address_of(&name("zk-1"));
    let deploy: &Deploy = world.chain().neighbour(&world.deploy).expect("it is there");
    assert_eq!(deploy.engines(&zk_1).map(<[_]>::len), Some(2));
}

#[test]
fn a_deployment_that_fails_afterwards_leaves_an_orphan_until_it_is_reported() {
    let mut world = given(
        "settings block-producers not required
         n1 holds 75_000 approved",
    );
    let zk_1 = world.address(&name("zk-1"));
    world.deploy_mut().let_creation_fail(zk_1, true);
    story(
        &mut world,
        "0d n1 register https://n1.example
         0d n1 associate 75_000
         1d deploy request zk-1 nodes 1 stake 2_000",
    );
    assert!(world.engines(&name("zk-1")).is_empty());
    assert_eq!(units(&world, "n1")[1], 2_000 * MPC);

    story(&mut world, "2d deploy deleted zk-1");
    assert_eq!(units(&world, "n1")[1..3], [0, 2_000 * MPC]);
}

#[test]
fn gas_extends_the_deadline_within_its_limits_and_the_registry_notes_it() {
    let mut world = given(
        "settings block-producers not required
         n1 holds 75_000 approved",
    );
    story(
        &mut world,
        "0d n1 register https://n1.example
         0d n1 associate 75_000
         1d deploy request zk-1 nodes 1 stake 2_000",
    );
    let zk_1 = name("zk-1");
    let end = |world: &World| {
        let computation = world.records().computation(&address_of(&zk_1));
        computation.and_then(|computation| computation.allocation_end)
    };
    let first = world.origin() + 29 * DAY;
    assert_eq!(end(&world), Some(first));
    assert_eq!(world.served(&zk_1).and_then(ServedContract::deadline), Some(first));

    // 10,000 gas are the callback's; 3,024 ms for each of the rest.
    story(&mut world, "2d x extend zk-1");
    assert_eq!(end(&world), Some(first + 28 * DAY));
    for (line, more) in [
        ("2d x extend zk-1 gas 38571", 0),
        ("2d x extend zk-1 gas 38572", 28_572 * 3_024),
        ("2d x extend zk-1 gas 5210000", 182 * DAY),
        ("2d x extend zk-1 gas 5210001", 0),
    ] {
        let before = end(&world).expect("an end");
        story(&mut world, line);
        assert_eq!(end(&world), Some(before + more), "{line}");
    }

    world.served_mut(&zk_1).expect("it was named").set_status(Status::Done);
    let before = end(&world);
    story(&mut world, "3d x extend zk-1");
    assert_eq!(end(&world), before);
}

#[test]
fn nothing_is_extended_from_the_deadline_on_and_public_contracts_do_not_answer() {
    let mut world = given(
        "settings block-producers not required
         n1 holds 75_000 approved",
    );
    story(
        &mut world,
        "0d n1 register https://n1.example
         0d n1 associate 75_000
         1d deploy request zk-1 nodes 1 stake 2_000
         1d pub-1 request stake 2_000 ee-version 0 of n1
         28d23:59:59.999 x extend zk-1
         57d x extend zk-1
         57d x check pub-1
         57d x extend pub-1",
    );

    let answers: Vec<_> = world
        .log()
        .iter()
        .filter_map(|delivery| match &delivery.event.kind {
            Kind::Callback(results) if matches!(delivery.event.rpc[0], 0x33 | 0x34) => {
                Some((delivery.event.rpc[0], results.success))
            }
            _ => None,
        })
        .collect();
    assert_eq!(answers, [(0x34, true), (0x34, false), (0x33, false), (0x34, false)]);
    let refusals: Vec<_> =
        world.log().iter().filter_map(|delivery| delivery.outcome.refusal()).collect();
    assert_eq!(refusals, ["deadline_passed", "unknown_action", "unknown_action"]);
}

#[test]
fn held_failed_starved_and_repeated_mail_does_what_a_scenario_says() {
    let mut world = given("n1 holds 100 approved\nn2 holds 100 approved");
    story(
        &mut world,
        "0d mail hold of n1
         0d n1 associate 60
         0d n2 associate 100
         1d n1 associate 30",
    );
    assert_eq!(units(&world, "n1"), [0, 0, 0, 90 * MPC, 0]);
    assert_eq!(units(&world, "n2")[0], 100 * MPC);
    assert_eq!(world.mail().count(), 2);

    story(&mut world, "2d mail deliver transfer of n1 2\n2d mail deliver callback of n1");
    assert_eq!(units(&world, "n1"), [30 * MPC, 0, 0, 60 * MPC, 0]);

    story(&mut world, "3d mail fail transfer of n1\n3d mail release");
    assert_eq!(units(&world, "n1"), [30 * MPC, 0, 0, 0, 0]);
    assert_eq!(world.balance(&name("n1")), 700_000);

    story(
        &mut world,
        "4d mail hold callbacks
         4d n1 disassociate 30
         4d mail repeat callback of n1",
    );
    assert_eq!(units(&world, "n1"), [0; 5]);
    assert_eq!(world.mail().count(), 1, "the repetition is held as well");
    story(&mut world, "4d mail deliver next");
    let last = world.log().last().expect("a delivery");
    assert_eq!(last.outcome.refusal(), Some("callback_unexpected"));

    story(
        &mut world,
        "5d n2 disassociate 40
         5d mail starve callback of n2
         5d mail release",
    );
    assert_eq!(units(&world, "n2"), [60 * MPC, 0, 0, 0, 40 * MPC]);
}

#[test]
fn mail_that_is_not_there_is_a_bad_step() {
    let mut world = golden();
    let Ok(Step::Mail(post)) = "0d mail deliver callback of n1".parse() else { panic!("mail") };

    let bad = world.handle(&post.handling);

    assert_eq!(bad, Err(BadStep::NoSuchMail("callback of n1".to_owned())));
}

#[test]
fn the_clock_steps_back_and_never_leaves_64_bits() {
    let mut world = golden();

    world.set_clock("3d".parse().expect("a time")).expect("a time that fits");
    world.set_clock(Moment::START).expect("the start");
    assert_eq!(world.now(), world.origin());

    let bad = world.set_clock(Moment::MAX);
    assert_eq!(bad, Err(BadStep::TimeTooLate(Moment::MAX)));
    assert_eq!(world.now(), world.origin());
}

#[test]
fn two_runs_of_a_story_have_equal_logs() {
    let run = || {
        let mut world = given(
            "settings block-producers not required
             n1 holds 75_000 approved
             n2 holds 75_000 approved
             n3 holds 75_000 approved",
        );
        story(
            &mut world,
            "0d n1 register https://n1.example
             0d n2 register https://n2.example
             0d n3 register https://n3.example
             0d n1 associate 75_000
             0d n2 associate 75_000
             0d n3 associate 75_000
             1d deploy request zk-1 nodes 2 stake 2_000
             1d deploy request zk-2 nodes 2 stake 2_000",
        );
        world
    };

    let (one, other) = (run(), run());

    assert_eq!(format!("{:?}", one.log()), format!("{:?}", other.log()));
    assert_eq!(one.registry().0, other.registry().0);
    assert_eq!(one.registry().1.to_snapshot(), other.registry().1.to_snapshot());
}

#[test]
fn a_branch_of_the_world_leaves_the_trunk_alone() {
    let mut trunk = given("n1 holds 100 approved");
    story(&mut trunk, "0d n1 associate 60");
    let before = trunk.registry().1.to_snapshot();

    let mut branch = trunk.clone();
    story(&mut branch, "1d n1 disassociate 60\n1d n7 transfer 0 to n1");

    assert_eq!(trunk.registry().1.to_snapshot(), before);
    assert_eq!((trunk.balance(&name("n1")), branch.balance(&name("n1"))), (400_000, 1_000_000));
    assert!(trunk.name(&address_of(&name("n7"))).is_none());
}

#[test]
fn a_world_resumes_from_a_state() {
    let mut first = given("n1 holds 100 approved");
    story(&mut first, "0d n1 associate 60");
    let (root, trees) = first.registry();

    let mut resumed = World::resume(&Start::default(), root.to_vec(), trees.clone(), engine());
    story(&mut resumed, "1d n1 reserve 10");

    assert_eq!(units(&resumed, "n1")[0], 60 * MPC);
    let registry = resumed.registry_address();
    assert_eq!(resumed.token().balance(&registry), 0, "the token is told by its own facts");
}

#[test]
fn settings_that_init_refuses_start_no_world() {
    let start = Start { min_node_stake: -1, ..Start::default() };

    let refused = World::start(&start, engine());

    assert_eq!(refused.expect_err("a negative minimum").code(), Some("minimum_negative"));
}

#[test]
fn producer_information_that_cannot_be_read_refuses_the_callback() {
    let mut world = given("n1 produces blocks");
    world.producers_mut().answer_with(Some(vec![1, 2, 3]));

    story(&mut world, "0d n1 register https://n1.example");

    let last = world.log().last().expect("the callback");
    assert_eq!(last.outcome.refusal(), Some("callback_data_invalid"));
    assert!(world.records().all_nodes().next().is_none());
}
