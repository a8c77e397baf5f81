//! `zkreg audit` as the shell sees it.

mod shell;

use expect_test::expect;
use serde_json::Value;

use crate::shell::{check, folder, root, run, text, write};

const LIVE: [&str; 5] =
    ["audit", "--state", "tests/data/live.json", "--as-of", "2025-06-15T12:00:00Z"];

const NODE: &str = "00ca12f31b8cbf5f29e268ea64c20a37f3d50b539d";

fn live(more: &[&str]) -> (Option<i32>, String, String) {
    let output = run(&root(), &[&LIVE[..], more].concat());
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    (output.status.code(), out.to_owned(), err.to_owned())
}

#[test]
fn a_finding_is_a_line_and_an_exit_status() {
    check(
        &root(),
        &[&LIVE[..], &["--quiet"]].concat(),
        expect![[r#"
        status 1
        --- out
        warning: INV-20: zkNodes[00d2b8f62a7e335bbd5576c8422844760f22ec3780].restEndpoint: endpoint_not_https: the endpoint starts with http://m, not with https:// and a host; expected a valid endpoint
        --- err
    "#]],
    );
    check(
        &root(),
        &[&LIVE[..], &["--quiet", "--level", "error"]].concat(),
        expect![[r#"
        status 0
        --- out
        --- err
    "#]],
    );
    check(
        &root(),
        &[&LIVE[..], &["--quiet", "--contracts", "tests/data/contracts.json"]].concat(),
        expect![[r#"
            status 1
            --- out
            warning: INV-20: zkNodes[00d2b8f62a7e335bbd5576c8422844760f22ec3780].restEndpoint: endpoint_not_https: the endpoint starts with http://m, not with https:// and a host; expected a valid endpoint
            warning: OVERDUE: computations[034ae6dd047e720d5d6a0211ca9b657ef0cbc108c1].allocationEnd: planned to end on 2025-06-10T00:00:00Z, 5 days ago, and not reported; 4 nodes with 2_000 MPC; expected a report of its end
            --- err
        "#]],
    );
}

#[test]
fn thresholds_and_nodes_say_what_counts() {
    let contracts = ["--contracts", "tests/data/contracts.json"];
    let ask = |more: &[&str]| live(&[&["--quiet", "--node", NODE], more].concat());
    assert_eq!(ask(&[]), (Some(0), String::new(), String::new()));
    let (status, out, _) = ask(&contracts);
    assert_eq!((status, out.lines().count()), (Some(1), 1), "{out}");
    assert!(out.contains("OVERDUE: computations[034ae6dd047e720d5d6a0211ca9b657ef0cbc108c1]"));
    let (status, out, _) = ask(&[&contracts[..], &["--overdue=6d"]].concat());
    assert_eq!((status, out.as_str()), (Some(0), ""));
    let (status, out, _) = ask(&["--unlocks-within", "1d"]);
    let unlocks = format!(
        "note: UNLOCKS: stakedTokens[{NODE}].pendingUnlock: 500 MPC unlock on \
         2025-06-16T12:00:00Z; expected nothing to unlock so soon\n"
    );
    assert_eq!((status, out), (Some(1), unlocks));
    let other = "0015b18a7243257695704f66a3b1ddc9311194fc7d";
    let (_, out, _) = live(&["--node", NODE, "--node", other]);
    assert!(out.contains(&format!("of {other:} and its work only\nof {NODE}")), "{out}");
}

#[test]
fn a_contract_that_no_file_names_is_an_orphan_if_they_name_all() {
    let folder = folder("audit_orphans");
    let known = r#"[{"address": "03055d9c05807c7b88bd18fb3e2ebc0e531998bfe2",
                     "allocationEnd": "2025-06-28T09:30:00Z"}]"#;
    write(&folder, "contracts.json", known);
    let file = folder.join("contracts.json");
    let file = file.to_str().expect("the path is text");
    let some = live(&["--quiet", "--level", "warning", "--contracts", file]);
    assert_eq!(some.1.lines().filter(|line| line.contains("ORPHAN")).count(), 0, "{}", some.1);
    let all = live(&["--quiet", "--contracts", file, "--all-contracts"]);
    let orphans: Vec<&str> = all.1.lines().filter(|line| line.contains("ORPHAN")).collect();
    expect![[r#"
        warning: ORPHAN: computations[034ae6dd047e720d5d6a0211ca9b657ef0cbc108c1]: no such contract; 4 nodes with 2_000 MPC; expected a contract that exists, or no allocation to it
        warning: ORPHAN: computations[0384b93bac5bd4f172fd22544ed4fae78a86504db4]: no such contract; 4 nodes with 2_000 MPC; expected a contract that exists, or no allocation to it"#]].assert_eq(&orphans.join("\n"));
    assert_eq!(live(&["--all-contracts"]).0, Some(2), "which files?");
}

#[test]
fn json_and_sarif_say_the_same() {
    let contracts = ["--contracts", "tests/data/contracts.json"];
    let (status, json, _) = live(&[&contracts[..], &["--format", "json"]].concat());
    let (again, sarif, _) = live(&[&contracts[..], &["--format", "sarif"]].concat());
    assert_eq!((status, again), (Some(1), Some(1)));
    let json: Value = serde_json::from_str(&json).expect("it is JSON");
    let sarif: Value = serde_json::from_str(&sarif).expect("it is JSON");
    let run = &sarif["runs"][0];
    let findings = json["findings"].as_array().expect("an array");
    let results = run["results"].as_array().expect("an array");
    assert_eq!(findings.len(), results.len());
    assert!(findings.len() > 1);
    for (finding, result) in findings.iter().zip(results) {
        let index = result["ruleIndex"].as_u64().expect("a number");
        let index = usize::try_from(index).expect("a small one");
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], finding["rule"]);
        assert_eq!(result["ruleId"], finding["rule"]);
        assert_eq!(result["level"], finding["level"]);
        assert_eq!(result["partialFingerprints"]["zkregAudit/v1"], finding["fingerprint"]);
        let place = &result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"];
        assert_eq!(place, &finding["place"]);
    }
}

#[test]
fn what_cannot_be_read_is_told_and_noted_in_sarif() {
    let broken = ["audit", "--state", "tests/data/broken.json", "--now", "2025-06-15T12:00:00Z"];
    let output = run(&root(), &broken);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""));
    assert!(text(&output.stderr).contains("import_out_of_range: computations[0].value.share: -5"));
    let output = run(&root(), &[&broken[..], &["--format", "sarif"]].concat());
    assert_eq!(output.status.code(), Some(2));
    let sarif: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let invocation = &sarif["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let first = &invocation["toolExecutionNotifications"][0]["message"]["text"];
    let first = first.as_str().expect("text");
    assert!(first.starts_with("tests/data/broken.json: import_malformed: "), "{first}");
    let unknown = live(&["--node", &NODE.replace("9d", "9e")]);
    assert_eq!(unknown.0, Some(2));
    assert!(unknown.2.contains(&format!("did you mean {NODE}?")), "{}", unknown.2);
}

#[test]
fn the_help_has_examples_levels_and_the_exit_status() {
    let help = run(&root(), &["audit", "--help"]);
    let help = text(&help.stdout);
    for part in ["Examples:\n  zkreg audit ", "Levels:\n  error ", "Exit status:\n  0  "] {
        assert!(help.contains(part), "{part}");
    }
    let all = run(&root(), &["--help"]);
    assert!(text(&all.stdout).contains("  audit "), "{}", text(&all.stdout));
}
