//! What programs read.

use expect_test::expect;
use serde_json::Value;

use super::*;
use crate::engine::NativeEngine;
use crate::replay::Replay;
use crate::scenario::Scenario;

fn lines(text: &str) -> Vec<Value> {
    let scenario: Scenario = text.parse().expect("the scenario can be read");
    let engine = Box::new(NativeEngine::of("zk_node_registry"));
    let mut replay = Replay::start(&scenario, engine).expect("a registry can be created");
    let mut lines = Vec::new();
    let mut counts = Counts::default();
    while let Some(played) = replay.next() {
        counts.add(&played);
        lines.push(step("story", &played, replay.world()));
    }
    lines.push(summary("story", counts, replay.world()));
    lines.iter().map(|line| serde_json::from_str(line).expect("every line is JSON")).collect()
}

const STORY: &str = "\
given settings block-producers not required
given alice holds 100 approved
0d alice associate 100
0d alice reserve 100
1d alice disassociate 101 => insufficient_free
1d mail hold
1d alice disassociate 60
1d mail fail transfer of alice
1d expect alice free 41
";

#[test]
fn a_call_has_its_bytes_its_gas_and_its_events() {
    let lines = lines(STORY);
    let associate = &lines[2];

    assert_eq!(associate["rpc"], "0a00000000000f4240");
    assert_eq!(associate["gas"], 810_000);
    assert_eq!(associate["outcome"], "accepted");
    assert_eq!(associate["timestamp"], "2025-01-01T00:00:00Z");
    assert_eq!(associate["events"][0]["name"], "transfer_from");
    assert_eq!(associate["events"][0]["gas"], 15_500);
    assert_eq!(associate["events"][1]["name"], "on_associated");
    assert_eq!(associate["events"][1]["success"], true);
    assert_eq!(associate["tokens"]["alice"]["free"], "1000000");
}

#[test]
fn a_refusal_has_its_code_and_leaves_the_digest() {
    let lines = lines(STORY);
    let (before, refused) = (&lines[3], &lines[4]);

    assert_eq!(refused["outcome"], "refused");
    assert_eq!(refused["code"], "insufficient_free");
    assert_eq!(refused["expected_code"], "insufficient_free");
    assert_eq!(refused["as_written"], true);
    assert_eq!(refused["digest"], before["digest"]);
    assert_ne!(lines[2]["digest"], before["digest"]);
}

#[test]
fn mail_under_way_is_listed_until_it_is_delivered() {
    let lines = lines(STORY);
    let (sent, failed) = (&lines[6], &lines[7]);

    assert_eq!(sent["under_way"][0]["name"], "transfer");
    assert_eq!(failed["events"][0]["outcome"], "failed");
    assert_eq!(failed["under_way"][0]["name"], "on_disassociated");
}

#[test]
fn an_expectation_that_does_not_hold_says_why() {
    let lines = lines(STORY);
    let expectation = &lines[8];

    assert_eq!(expectation["outcome"], "does_not_hold");
    assert_eq!(expectation["as_written"], false);
    assert_eq!(expectation["mismatch"], "alice has free 40, not 41");
}

#[test]
fn what_time_changed_is_told_before_and_apart_from_what_the_call_changed() {
    let story = "\
given settings block-producers not required
given settings min-node-stake 0
given settings min-total-stakes 0
given alice holds 100 approved
0d alice register https://alice.example
0d alice associate 100
0d zk-1 request stake 40 ee-version 0 of alice
0d zk-1 done
14d alice disassociate 60
";

    let lines = lines(story);

    let last = &lines[8];
    let told = serde_json::json!({"matured": last["matured"], "changes": last["changes"]});
    expect![[r#"
        {
          "changes": [
            "alice: 40 = 40 free (-60)",
            "token: alice holds 60 (+60), registry holds 40 (-60)"
          ],
          "matured": [
            "alice: 100 = 100 free (+40) + 0 pending (-40)"
          ]
        }"#]]
    .assert_eq(&format!("{told:#}"));
    assert_eq!(last["tokens"]["alice"]["free"], "400000");
    assert_eq!(lines[7]["matured"], serde_json::json!([]));
}

#[test]
fn the_summary_has_the_state_in_the_shape_of_the_live_contract() {
    let lines = lines(STORY);
    let summary = lines.last().expect("there is a summary");

    assert_eq!(summary["steps"], 7);
    assert_eq!(summary["refused"], 1);
    assert_eq!(summary["mismatches"], 1);
    assert_eq!(summary["digest"], lines[8]["digest"]);
    assert_eq!(summary["state"]["stakedTokens"][0]["value"]["freeTokens"], "400000");
    assert_eq!(summary["state"]["settings"]["requireBlockProducer"], false);
}
