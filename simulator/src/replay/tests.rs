//! What counts as going as written.

use expect_test::{Expect, expect};
use pbc_host::{Group, Interaction, ResultBuffer};
use pbc_lib::{Export, Failure, Trees};
use proptest::prelude::*;

use super::*;
use crate::engine::{Engine, NativeEngine};
use crate::json_lines;
use crate::names::{address_of, bytes_of};
use crate::step::arbitrary;
use crate::transcript::{Counts, Palette, Transcript};
use crate::world::Start;

const START: &str = "\
given settings block-producers not required
given settings min-node-stake 0
given settings min-total-stakes 0
given alice holds 100 approved
";

fn native() -> NativeEngine {
    NativeEngine::of("zk_node_registry")
}

/// Each step of `steps` that goes otherwise than written, by line, after the usual start.
fn mismatches_on(engine: impl Engine + 'static, steps: &str) -> String {
    let scenario: Scenario = format!("{START}{steps}").parse().expect("the steps can be read");
    let replay = Replay::start(&scenario, Box::new(engine)).expect("a registry can be created");
    let wrong = replay.filter_map(|played| {
        let mismatch = played.verdict.err()?;
        Some(format!("{}: {mismatch}\n", played.step))
    });
    wrong.collect()
}

fn mismatches(steps: &str) -> String {
    mismatches_on(native(), steps)
}

fn check(steps: &str, expected: Expect) {
    expected.assert_eq(&mismatches(steps));
}

#[test]
fn a_refusal_must_be_expected_by_its_code() {
    check(
        "0d alice unlock
         0d alice unlock => no_stake_entry
         0d alice unlock => not_registered
         0d alice associate 1 => no_stake_entry\n",
        expect![[r#"
            0d alice unlock: the step was refused with `no_stake_entry`: account 008fa763a9269723c8db8fac4f93af71db186d6e90 has no tokens here
            0d alice unlock => not_registered: the step was refused with `no_stake_entry`, not with `not_registered`: account 008fa763a9269723c8db8fac4f93af71db186d6e90 has no tokens here
            0d alice associate 1 => no_stake_entry: the step was accepted, not refused with `no_stake_entry`
        "#]],
    );
}

#[test]
fn the_answer_of_a_callback_counts_like_that_of_the_call() {
    check(
        "0d alice associate 10
         0d mail hold callbacks
         0d alice disassociate 5
         0d mail repeat callback of alice
         0d mail deliver callback of alice => callback_unexpected
         0d alice disassociate 5
         0d mail repeat callback of alice
         0d mail deliver callback of alice\n",
        expect![[r#"
            0d mail deliver callback of alice: the step was refused with `callback_unexpected`: account 008fa763a9269723c8db8fac4f93af71db186d6e90 settles 50000 units, 0 are in flight
        "#]],
    );
}

#[test]
fn a_refusal_of_the_token_contract_counts_only_if_it_was_called_by_the_step() {
    check(
        "0d alice associate 101
         0d expect alice no record
         0d alice transfer 101 to bob => insufficient_balance
         0d alice transfer 101 to bob\n",
        expect![[r#"
            0d alice transfer 101 to bob: the step was refused with `insufficient_balance`: 1010000 units asked, the owner has 1000000
        "#]],
    );
}

#[test]
fn what_cannot_be_done_is_a_mismatch() {
    check(
        "0d mail deliver next
         0d mail fail transfer of alice 2
         0d alice sends 00 to bob
         0d alice sends 00 to bob => unknown_action\n",
        expect![[r#"
            0d mail deliver next: the step is impossible: there is no mail under way
            0d mail fail transfer of alice 2: the step is impossible: there is no transfer of alice 2 under way
            0d alice sends 00 to bob: the call failed: no such contract
            0d alice sends 00 to bob => unknown_action: the call failed: no such contract
        "#]],
    );
}

#[test]
fn every_expectation_that_does_not_hold_says_what_holds_instead() {
    check(
        "0d alice register https://alice.example
         0d alice associate 100 expires 30d
         1d zk-1 request stake 40 ee-version 0 of alice
         2d zk-2 request stake 10 ee-version 0 of alice
         3d zk-2 done alice failure
         3d mail hold
         3d alice disassociate 5
         3d expect alice total 1 free 45 allocated 2 pending 3 reserved 4 incoming 5 outgoing 6
         3d expect alice unlocks 10 at 16d
         3d expect bob unlocks 10 at 16d
         3d expect alice no record
         3d expect alice expires never
         3d expect alice expires 29d
         3d expect bob expires never
         3d expect alice holds 1
         3d expect alice resigned
         3d expect alice disabled
         3d expect alice unknown
         3d expect bob registered
         3d expect alice score 0 success 0 failure 0
         3d expect bob score 0 success 0 failure 0
         3d expect alice endpoint https://a.example
         3d expect alice version 4.9.0
         3d expect alice ee-version 3
         3d expect alice jurisdiction 208
         3d expect zk-1 engines bob
         3d expect zk-1 engines nobody
         3d expect zk-2 engines alice
         3d expect zk-1 engines 2
         3d expect zk-1 share 41
         3d expect zk-2 share 41
         3d expect zk-1 end 28d
         3d expect zk-1 end unknown
         3d expect zk-1 no computation
         3d expect roster bob
         3d expect mail 0\n",
        expect![[r#"
            3d expect alice total 1 free 45 allocated 2 pending 3 reserved 4 incoming 5 outgoing 6: alice has total 95, not 1; allocated 40, not 2; pending 10, not 3; reserved 0, not 4; incoming 0, not 5; outgoing 5, not 6
            3d expect alice unlocks 10 at 16d: pending of alice unlocks: 10 at 17d
            3d expect bob unlocks 10 at 16d: pending of bob unlocks: nothing
            3d expect alice no record: alice has a token record, with 95 in all
            3d expect alice expires never: the stake of alice expires 30d
            3d expect alice expires 29d: the stake of alice expires 30d
            3d expect bob expires never: bob has no token record that could expire
            3d expect alice holds 1: alice holds 0, not 1
            3d expect alice resigned: alice is registered, not resigned
            3d expect alice disabled: alice is registered, not disabled
            3d expect alice unknown: alice is registered, not unknown
            3d expect bob registered: bob has never registered
            3d expect alice score 0 success 0 failure 0: the score of alice is 1 success 0 failure 1
            3d expect bob score 0 success 0 failure 0: bob has never registered
            3d expect alice endpoint https://a.example: the endpoint of alice is https://alice.example
            3d expect alice version 4.9.0: the version of alice is unknown
            3d expect alice ee-version 3: the EE version of alice is 0
            3d expect alice jurisdiction 208: the jurisdiction of alice is 0
            3d expect zk-1 engines bob: the engines of zk-1 are alice, not bob
            3d expect zk-1 engines nobody: the engines of zk-1 are alice, not nobody
            3d expect zk-2 engines alice: the engines of zk-2 are nobody, not alice
            3d expect zk-1 engines 2: zk-1 has 1 engines, not 2
            3d expect zk-1 share 41: each engine of zk-1 has allocated 40
            3d expect zk-2 share 41: zk-2 has no computation
            3d expect zk-1 end 28d: the end of zk-1 is 29d
            3d expect zk-1 end unknown: the end of zk-1 is 29d
            3d expect zk-1 no computation: zk-1 has 1 engines
            3d expect roster bob: on the roster are alice, not bob
            3d expect mail 0: 1 call or callback is under way, not 0
        "#]],
    );
}

#[test]
fn every_expectation_that_holds_is_met() {
    check(
        "0d alice register https://alice.example
         0d alice version 4.9.0
         0d alice ee-version 3
         0d alice jurisdiction 208
         0d alice associate 100 expires 30d
         1d zk-1 request stake 40 ee-version 0 of alice
         2d zk-2 request stake 10 ee-version 0 of alice
         3d zk-2 done alice failure
         3d alice reserve 7
         3d mail hold
         3d alice disassociate 5
         3d expect alice total 95 free 45 allocated 40 pending 10 reserved 2 incoming 0 outgoing 5
         3d expect bob total 0 free 0
         3d expect alice unlocks 10 at 17d
         3d expect bob no record
         3d expect alice expires 30d
         3d expect alice holds 0
         3d expect alice registered
         3d expect bob unknown
         3d expect alice score 1 success 0 failure 1
         3d expect alice endpoint https://alice.example
         3d expect alice version 4.9.0
         3d expect alice ee-version 3
         3d expect alice jurisdiction 208
         3d expect zk-1 engines alice
         3d expect zk-2 engines nobody
         3d expect zk-1 engines 1
         3d expect zk-2 engines 0
         3d expect zk-1 share 40
         3d expect zk-1 end 29d
         3d expect zk-2 no computation
         3d expect roster alice
         3d expect mail 1
         3d mail release
         3d alice expire never
         3d expect alice expires never
         4d voting disable alice
         4d expect alice disabled
         4d expect roster nobody\n",
        expect![[r#""#]],
    );
}

/// A registry in which unlocking breaks down.
#[derive(Debug)]
struct Broken(NativeEngine);

impl Engine for Broken {
    fn invoke(
        &mut self,
        export: Export,
        input: &[u8],
        trees: &mut Trees,
    ) -> Result<Vec<u8>, Failure> {
        match export {
            Export::Action(0x06) => Err(Failure::Trap { message: "unreachable".to_owned() }),
            _ => self.0.invoke(export, input, trees),
        }
    }
}

/// Gives a unit away, without a word in the books, when somebody sets a reserve.
struct Generous(NativeEngine);

impl Engine for Generous {
    fn invoke(
        &mut self,
        export: Export,
        input: &[u8],
        trees: &mut Trees,
    ) -> Result<Vec<u8>, Failure> {
        let sections = self.0.invoke(export, input, trees)?;
        if export != Export::Action(0x13) {
            return Ok(sections);
        }
        let mut result = ResultBuffer::decode_sections(&sections).expect("sections");
        let to = bytes_of(&address_of(&"bob".parse().expect("a name")));
        let payload = [&[0x01], &to[..], &1_i128.to_be_bytes()].concat();
        let dest = Start::default().settings().stake_token;
        let transfer = Interaction { dest, payload, cost: None, cost_from_contract: false };
        result.events.push(Group {
            callback: None,
            interactions: vec![transfer],
            return_data: None,
        });
        Ok(result.encode_sections())
    }
}

#[test]
fn what_the_registry_owns_is_what_its_books_say() {
    let steps = "0d alice associate 10\n0d alice transfer 5 to registry\n0d alice reserve 3\n";

    assert_eq!(mismatches(steps), "");
    let broken = mismatches_on(Generous(native()), steps);
    let books = "INV-06: balance: 149999 units at the token contract; expected 150000 units";
    assert!(broken.contains(books), "{broken}");
}

#[test]
fn what_is_told_of_callbacks_and_is_not_so_ends_the_comparison_of_books() {
    let steps = "0d mail hold callbacks\n0d alice associate 10\n\
                 0d mail tell callback of alice failure\n0d mail deliver all\n\
                 0d alice unlock => no_stake_entry\n";

    assert_eq!(mismatches(steps), "");
}

#[test]
fn a_trap_is_never_the_refusal_that_was_expected() {
    let steps = "0d alice unlock\n0d alice unlock => no_stake_entry\n";

    expect![[r#"
        0d alice unlock: the contract broke down: unreachable
        0d alice unlock => no_stake_entry: the contract broke down: unreachable
    "#]]
    .assert_eq(&mismatches_on(Broken(native()), steps));
}

#[test]
fn a_registry_that_cannot_be_created_says_why() {
    let scenario: Scenario = "given settings min-node-stake -1\n".parse().unwrap();

    let reason = Replay::start(&scenario, Box::new(native())).unwrap_err();

    assert!(reason.to_string().starts_with("the registry cannot be created: minimum_negative: "));
}

#[test]
fn one_address_is_one_contract() {
    let table = [("token", "deploy"), ("registry", "token"), ("producers", "voting")];
    for (one, other) in table {
        let address = format!("02{}", "77".repeat(20));
        let text = format!("given {one} is {address}\ngiven {other} is {address}\n");
        let scenario: Scenario = text.parse().unwrap();

        let reason = Replay::start(&scenario, Box::new(native())).unwrap_err();

        assert_eq!(reason, CannotBegin::ContractsNotDistinct, "{text}");
    }
}

#[test]
fn time_alone_changes_what_is_free_and_what_is_pending() {
    let steps = "0d alice register https://alice.example
         0d alice associate 100
         0d zk-1 request stake 40 ee-version 0 of alice
         0d zk-1 done
         13d23:59:59.999 expect mail 0
         14d expect mail 0
         13d23:59:59.999 expect mail 0\n";
    let scenario: Scenario = format!("{START}{steps}").parse().unwrap();
    let replay = Replay::start(&scenario, Box::new(native())).unwrap();

    let matured: Vec<usize> = replay.map(|played| played.matured.len()).skip(8).collect();

    assert_eq!(matured, [0, 1, 1]);
}

/// Plays `scenario` to its end and writes all that can be written about it.
fn play_through(scenario: &Scenario) {
    let Ok(mut replay) = Replay::start(scenario, Box::new(native())) else { return };
    let mut transcript = Transcript::new(scenario, Palette::default());
    let mut counts = Counts::default();
    while let Some(played) = replay.next() {
        counts.add(&played);
        transcript.rows(&played, replay.world());
        json_lines::step("x", &played, replay.world());
    }
    transcript.footer(replay.world());
    json_lines::summary("x", counts, replay.world());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_scenario_that_can_be_read_can_be_played(
        facts in prop::collection::vec(arbitrary::fact(), 0..5),
        steps in prop::collection::vec(arbitrary::timed_step(), 0..25),
    ) {
        let steps = facts.into_iter().map(Step::Given).chain(steps);
        play_through(&Scenario::of_steps([], steps));
    }
}
