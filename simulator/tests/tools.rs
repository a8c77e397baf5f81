//! `zkreg rpc` and `zkreg state diff` as the shell sees them.

mod shell;

use std::fs;

use expect_test::{expect, expect_file};

use shell::{check, folder, root, run, text, write};

#[test]
fn words_and_names_are_encoded() {
    check(
        &root(),
        &["rpc", "encode", "associate", "75_000"],
        expect![[r#"
        status 0
        --- out
        0a000000002cb41780
        --- err
    "#]],
    );
    check(
        &root(),
        &["rpc", "encode", "associateTokens", "750000000"],
        expect![[r#"
        status 0
        --- out
        0a000000002cb41780
        --- err
    "#]],
    );
    check(
        &root(),
        &[
            "rpc",
            "encode",
            "--name",
            "zk-1=031111111111111111111111111111111111111111",
            "request zk-1 nodes 4 stake 2_000 version 4.9.0 jurisdictions [208, 276]",
        ],
        expect![[r#"
            status 0
            --- out
            08031111111111111111111111111111111111111111000000040000000001312d000000000100000002000000d000000114000000040000000900000000
            --- err
        "#]],
    );
    check(
        &root(),
        &[
            "rpc",
            "encode",
            "--name=alice=00aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "--name=alice=00bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
            "disable alice",
        ],
        expect![[r#"
        status 2
        --- out
        --- err
        error: --name alice=00bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb: alice is 00aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa already
    "#]],
    );
    check(
        &root(),
        &["rpc", "encode", "disable", "alice"],
        expect![[r#"
        status 0
        --- out
        10008fa763a9269723c8db8fac4f93af71db186d6e90
        --- err
        note: `alice` stands for 008fa763a9269723c8db8fac4f93af71db186d6e90, which scenarios make up; `--name alice=ADDRESS` says the real one
    "#]],
    );
    check(
        &root(),
        &["rpc", "encode", "approve", "75_000"],
        expect![[r#"
        status 0
        --- out
        0502b834ab76b2aa65fbab102c6ebaaae6acdc2388220000000000000000000000002cb41780
        --- err
        note: this is sent to 01615beb1c2bf57e45fcd1c4e67ef35b8735a685b1, not to the registry
        note: `registry` stands for 02b834ab76b2aa65fbab102c6ebaaae6acdc238822, which scenarios make up; `--name registry=ADDRESS` says the real one
    "#]],
    );
}

#[test]
fn words_that_are_no_call_are_refused_with_their_place() {
    check(
        &root(),
        &["rpc", "encode", "asociate", "75_000"],
        expect![[r#"
        status 2
        --- out
        --- err
        error: unknown action `asociate`
         --> words:1:1
          |
        1 | asociate 75_000
          | ^^^^^^^^
          |
          = help: did you mean `associate`?
    "#]],
    );
    check(
        &root(),
        &["rpc", "encode", "associate", "lots"],
        expect![[r#"
        status 2
        --- out
        --- err
        error: `lots` is not an amount
         --> words:1:11
          |
        1 | associate lots
          |           ^^^^
          |
          = help: write MPC with up to four decimals, such as `75_000` or `0.0001`
    "#]],
    );
    check(
        &root(),
        &["rpc", "encode", "resign", "=>", "x"],
        expect![[r#"
        status 2
        --- out
        --- err
        error: the answer is no part of a call
         --> words:1:8
          |
        1 | resign => x
          |        ^^^^
    "#]],
    );
    check(
        &root(),
        &["rpc", "encode", "associate_tokens"],
        expect![[r#"
        status 2
        --- out
        --- err
        error: the function takes 1 argument (token_amount), not 0
    "#]],
    );
    check(
        &root(),
        &["rpc", "encode", "set_reserved_tokens", "1.5"],
        expect![[r#"
            status 2
            --- out
            --- err
            error: argument `new_reserved` at byte 1: expected the end; write such as `5`
        "#]],
    );
}

#[test]
fn a_time_can_be_a_date() {
    let encoded = |words: &[&str]| {
        let output = run(&root(), &[&["rpc", "encode"], words].concat());
        assert_eq!(text(&output.stderr), "");
        text(&output.stdout).to_owned()
    };
    let days = encoded(&["expire", "365d"]);
    assert_eq!(encoded(&["expire", "2026-01-01T00:00:00Z"]), days);
    assert_eq!(encoded(&["expire 2026-01-01T00:00:00Z"]), days);
    let before_the_clock = encoded(&["associate", "5", "expires", "1970-01-01T00:00:00.001Z"]);
    assert!(before_the_clock.ends_with("0000000000000001\n"), "{before_the_clock}");
}

#[test]
fn what_is_no_call_or_no_argument_says_what_would_be() {
    let told = |words: &[&str]| {
        let output = run(&root(), &[&["rpc", "encode"], words].concat());
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        text(&output.stderr).to_owned()
    };
    expect![[r#"
        error: `owes` is no call
         --> words:1:1
          |
        1 | owes alice attestation
          | ^^^^
          |
          = help: it says what happens at a ZK contract; only calls have bytes
    "#]]
    .assert_eq(&told(&["owes", "alice", "attestation"]));
    let known = told(&["foo"]);
    assert!(known.contains("`register`") && !known.contains("`owes`"), "{known}");
    expect![[r#"
        error: argument `rest_endpoint` at byte 0: expected `{`; write such as `{ rest_endpoint: "text" }`
    "#]].assert_eq(&told(&["registerAsZkNode", "https://x.y"]));
    expect![[r#"
        error: argument `token_amount` at byte 1: expected the end; write such as `5`
    "#]]
    .assert_eq(&told(&["disassociateTokens", "1.5"]));
    expect![[r#"
        error: argument `supported_protocol_version` at byte 0: expected `{`; write such as `{ major: 5, minor: 5, patch: 5 }`
    "#]].assert_eq(&told(&["update_node_protocol_version", "4.9.0"]));
    expect![[r#"
        error: argument `engines_status` at byte 0: expected `[`; write such as `[{ engine: 000101010101010101010101010101010101010101, status: Failure {} }]`
    "#]].assert_eq(&told(&["notify_zk_computation_done_v2", "alice"]));
    for task in ["encode", "decode"] {
        let help = run(&root(), &["rpc", task, "--help"]);
        assert!(text(&help.stdout).contains(&format!("Examples:\n  zkreg rpc {task} ")));
    }
}

#[test]
fn bytes_are_decoded() {
    let callback = "3200a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1000000000ee6b2800000000005f5e100";
    check(
        &root(),
        &["rpc", "decode", "0a000000002cb41780", callback, "0x17010000019b76daa800"],
        expect![[r#"
            status 0
            --- out
            associate 75_000
              action 0a: associate_tokens, live associateTokens
                token_amount  750000000  = 75_000 MPC

              callback 32: on_disassociated
                account  00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1
                amount   250000000  = 25_000 MPC
                cut      100000000  = 10_000 MPC

            expire 365d
              action 17: set_expiration_for_association, live setExpirationForAssociation
                expiration_timestamp  Some(1767225600000)  = 2026-01-01T00:00:00Z
            --- err
        "#]],
    );
    check(
        &root(),
        &["rpc", "decode", "--format", "json", "0x1700", "0d000000d0"],
        expect![[r#"
            status 0
            --- out
            {"rpc":"1700","kind":"action","function":"set_expiration_for_association","live":"setExpirationForAssociation","arguments":[{"name":"expiration_timestamp","value":"None"}],"words":"expire never"}
            {"rpc":"0d000000d0","kind":"action","function":"update_server_jurisdiction","live":"updateServerJurisdiction","arguments":[{"name":"jurisdiction","value":"Jurisdiction { value: 208 }"}],"words":"jurisdiction 208"}
            --- err
        "#]],
    );
}

#[test]
fn bytes_that_are_no_call_are_refused_with_their_place() {
    check(
        &root(),
        &["rpc", "decode", "0a00002c"],
        expect![[r#"
        status 2
        --- out
        --- err
        error: truncated: `token_amount` of associate_tokens: the input ends at byte 1, 8 bytes wanted
         --> call:1:3
          |
        1 | 0a00002c
          |   ^^^^^^
    "#]],
    );
    check(
        &root(),
        &["rpc", "decode", "0a0"],
        expect![[r#"
        status 2
        --- out
        --- err
        error: 3 hex digits are no whole number of bytes
         --> call:1:4
          |
        1 | 0a0
          |    ^
          |
          = help: is the end cut off?
    "#]],
    );
    check(
        &root(),
        &["rpc", "decode", "0x0g"],
        expect![[r#"
        status 2
        --- out
        --- err
        error: `g` is no hex digit
         --> call:1:2
          |
        1 | 0g
          |  ^
    "#]],
    );
    check(
        &root(),
        &["rpc", "decode", "0a 00"],
        expect![[r#"
        status 2
        --- out
        --- err
        error: ` ` is no hex digit
         --> call:1:3
          |
        1 | 0a 00
          |   ^
          |
          = help: write the digits in one
    "#]],
    );
    check(
        &root(),
        &["rpc", "decode", "-"],
        expect![[r#"
        status 2
        --- out
        --- err
        error: `-` is no hex digit
         --> call:1:1
          |
        1 | -
          | ^
    "#]],
    );
    check(
        &root(),
        &["rpc", "decode", "7f"],
        expect![[r#"
        status 2
        --- out
        --- err
        error: unknown_action: the registry has no action or callback 7f
         --> call:1:1
          |
        1 | 7f
          | ^^
    "#]],
    );
}

#[test]
fn states_are_compared() {
    let folder = folder("state_diff");
    let state = fs::read_to_string(root().join("tests/data/export.json")).expect("the sample");
    write(&folder, "a.json", &state);
    let changed = state.replace("\"minNodeStake\": \"750000000\"", "\"minNodeStake\": \"0\"");
    assert_ne!(changed, state);
    write(&folder, "b.json", &changed);
    write(&folder, "broken.json", "{");

    check(
        &folder,
        &["state", "diff", "a.json", "a.json"],
        expect![[r#"
        status 0
        --- out
        the states are the same
        --- err
    "#]],
    );
    check(
        &folder,
        &["state", "diff", "a.json", "b.json"],
        expect![[r#"
        status 1
        --- out
        settings
          minNodeStake  75_000 -> 0 (-75_000)

        1 record different
        --- err
    "#]],
    );
    check(
        &folder,
        &["state", "diff", "--format", "json", "a.json", "b.json"],
        expect![[r#"
        status 1
        --- out
        [
          {
            "path": "settings",
            "change": "changed",
            "fields": [
              {
                "field": "minNodeStake",
                "before": "750000000",
                "after": "0"
              }
            ]
          }
        ]
        --- err
    "#]],
    );
    check(
        &folder,
        &["state", "diff", "a.json", "broken.json"],
        expect![[r#"
        status 2
        --- out
        --- err
        error: broken.json: import_malformed: this is no JSON: the text ends too early (line 1, column 2)
    "#]],
    );
}

#[test]
fn a_replay_shows_as_a_difference_what_it_changed() {
    let folder = folder("state_after");
    let live = root().join("tests/data/live.json");
    fs::copy(live, folder.join("before.json")).expect("it can be copied");
    let node = "00ca12f31b8cbf5f29e268ea64c20a37f3d50b539d";
    write(&folder, "x.scenario", &format!("2d {node} unlock\n2d {node} version 4.11.0\n"));
    let as_of = ["--as-of", "2025-06-15T12:00:00Z"];
    let replay =
        ["replay", "--accept-findings", "--format", "json", "--state", "before.json", "x.scenario"];
    let output = run(&folder, &[replay.as_slice(), &as_of].concat());
    let last = text(&output.stdout).lines().last().expect("a summary");
    let summary: serde_json::Value = serde_json::from_str(last).expect("JSON");
    write(&folder, "after.json", &summary["state"].to_string());

    let arguments = ["state", "diff", "before.json", "after.json"];
    check(
        &folder,
        &[arguments.as_slice(), &as_of].concat(),
        expect![[r#"
        status 1
        --- out
        stakedTokens[00ca12f31b8cbf5f29e268ea64c20a37f3d50b539d]
          freeTokens                           73_500 -> 74_500 (+1_000)
          pendingUnlock[2025-05-26T12:00:00Z]  500 -> none
          pendingUnlock[2025-06-02T12:00:00Z]  500 -> none

        zkNodes[00ca12f31b8cbf5f29e268ea64c20a37f3d50b539d]
          supportedProtocolVersion  4.10.1 -> 4.11.0

        2 records different
        --- err
        finding: before.json: endpoint_refused: zkNodes[00d2b8f62a7e335bbd5576c8422844760f22ec3780].restEndpoint: endpoint_not_https: the endpoint starts with http://m, not with https:// and a host
        finding: after.json: endpoint_refused: zkNodes[00d2b8f62a7e335bbd5576c8422844760f22ec3780].restEndpoint: endpoint_not_https: the endpoint starts with http://m, not with https:// and a host
    "#]],
    );
}

/// The sample log on the sample state.
const LOG: [&str; 7] = [
    "replay",
    "--log",
    "tests/data/log.csv",
    "--state",
    "tests/data/live.json",
    "--accept-findings",
    "--as-of=2025-06-15T12:00:00Z",
];

#[test]
fn the_sample_log_goes_as_recorded() {
    let output = run(&root(), &LOG);

    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    expect_file!["../../tests/data/log.transcript.txt"].assert_eq(text(&output.stdout));
}

#[test]
fn a_log_in_json_lines_is_replayed_as_json_lines() {
    let mut arguments = LOG.map(str::to_owned);
    arguments[2] = "tests/data/log.jsonl".to_owned();
    let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    arguments.extend(["--format", "json"]);

    let output = run(&root(), &arguments);

    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let lines: Vec<serde_json::Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let outcomes: Vec<&str> = lines.iter().filter_map(|line| line["outcome"].as_str()).collect();
    assert_eq!(outcomes, ["accepted", "refused", "accepted", "accepted"]);
    assert_eq!(lines[1]["timestamp"], "2025-06-16T09:30:00Z");
    assert_eq!(lines[1]["code"], "insufficient_free");
}

#[test]
fn a_call_without_a_recorded_outcome_is_neither_as_written_nor_otherwise() {
    let output = run(&root(), &[LOG.as_slice(), &["--format", "json"]].concat());

    let lines: Vec<serde_json::Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let (summary, steps) = lines.split_last().expect("there is a summary");
    let silent: Vec<_> = steps.iter().filter(|step| step["as_written"].is_null()).collect();
    let calls: Vec<_> = silent.iter().map(|step| step["call"].as_str()).collect();
    assert_eq!(calls, [Some("resign"), Some("unlock"), Some("disassociate 79_000")]);
    assert!(silent.iter().all(|step| step.get("as_written").is_some()));
    assert_eq!(summary["unrecorded"], 3);
}

#[test]
fn an_outcome_that_differs_is_status_1_with_its_line() {
    let folder = folder("log_differs");
    let stranger = "00eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee";
    let row = format!("2025-06-16T00:00:00Z,{stranger},06,accepted\n");
    write(&folder, "log.csv", &format!("time,sender,rpc,outcome\n{row}"));
    let live = root().join("tests/data/live.json");
    let live = live.to_str().expect("a path that is text");
    let arguments = ["replay", "--quiet", "--log", "log.csv", "--state", live, "--accept-findings"];
    let outputs = ["--as-of=2025-06-15T12:00:00Z", "--junit=x.xml", "--report=x.html"];

    let output = run(&folder, &[arguments.as_slice(), &outputs].concat());

    assert_eq!(output.status.code(), Some(1));
    let complaints = text(&output.stderr);
    for said in [
        "note: log.csv:2: the registry knows no account 00eeee",
        "the log says `accepted`, but the call was refused with `no_stake_entry`",
        "--> log.csv:2:1",
    ] {
        assert!(complaints.contains(said), "{said}: {complaints}");
    }
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("it was written");
    assert!(read("x.xml").contains("<failure message=\"log.csv:2: the log says"));
    assert!(read("x.html").contains("1 step otherwise than written"));
}

#[test]
fn a_log_that_cannot_be_read_is_status_2_and_in_the_results() {
    let folder = folder("log_broken");
    write(&folder, "log.csv", "time,sender,rpc\n1,00,06\n");

    let output = run(&folder, &["replay", "--log", "log.csv", "--junit", "x.xml"]);

    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--> log.csv:2:3"), "{}", text(&output.stderr));
    let xml = fs::read_to_string(folder.join("x.xml")).expect("it was written");
    assert!(xml.contains("errors=\"1\"") && !xml.contains("\u{1b}"), "{xml}");
}
