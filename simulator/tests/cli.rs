//! `zkreg` as the shell sees it: what it prints where, and its exit status.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use expect_test::{Expect, expect};

fn zkreg() -> Command {
    Command::new(env!("CARGO_BIN_EXE_zkreg"))
}

/// A folder of its own for the test `name`, empty.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("an old folder can be removed");
    }
    fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    let parent = path.parent().expect("a file is in a folder");
    fs::create_dir_all(parent).expect("a folder can be made");
    fs::write(path, text).expect("a file can be written");
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = zkreg();
    command.current_dir(folder).args(arguments).stdin(Stdio::null());
    command.output().expect("zkreg can be started")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("the output is text")
}

/// Compares exit status, standard output and standard error.
fn check(folder: &Path, arguments: &[&str], expected: Expect) {
    let output = run(folder, arguments);
    let status = output.status.code().expect("zkreg was not killed");
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    expected.assert_eq(&format!("status {status}\n--- out\n{out}--- err\n{err}"));
}

const GOOD: &str = "# Nothing to unlock.\n0d alice unlock => no_stake_entry\n";

#[test]
fn a_scenario_that_goes_as_written_is_status_0() {
    let folder = folder("as_written");
    write(&folder, "good.scenario", GOOD);

    check(
        &folder,
        &["replay", "good.scenario"],
        expect![[r#"
        status 0
        --- out
        good.scenario

        Nothing to unlock.

        0d  alice  unlock  refused: no_stake_entry
                   -- account alice has no tokens here

        1 step, 1 refused: all as written.

        1 scenario, 1 step, 1 refused: all as written.
        --- err
    "#]],
    );
}

#[test]
fn a_step_that_goes_otherwise_is_status_1_and_is_shown_in_its_line() {
    let folder = folder("otherwise");
    write(
        &folder,
        "bad.scenario",
        "0d alice unlock\n  0d  alice resign => no_stake_entry # why?\n\
         0d alice associate 5 => x\n0d expect alice total 6\n",
    );

    check(
        &folder,
        &["replay", "--quiet", "bad.scenario"],
        expect![[r#"
        status 1
        --- out
        1 scenario, 4 steps, 0 refused: 4 otherwise than written.
        --- err
        error: the step was refused with `no_stake_entry`: account alice has no tokens here
         --> bad.scenario:1:1
          |
        1 | 0d alice unlock
          | ^^^^^^^^^^^^^^^
          |
          = help: if that is right, write `=> no_stake_entry`

        error: the step was refused with `not_registered`, not with `no_stake_entry`: sender alice is not an active node
         --> bad.scenario:2:20
          |
        2 |   0d  alice resign => no_stake_entry # why?
          |                    ^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: if that is right, write `=> not_registered`

        error: the step was accepted, not refused with `x`
         --> bad.scenario:3:22
          |
        3 | 0d alice associate 5 => x
          |                      ^^^^
          |
          = help: if that is right, take the arrow away

        error: alice has total 0, not 6
         --> bad.scenario:4:1
          |
        4 | 0d expect alice total 6
          | ^^^^^^^^^^^^^^^^^^^^^^^
    "#]],
    );
}

#[test]
fn bad_input_is_status_2_and_the_rest_is_replayed_all_the_same() {
    let folder = folder("bad_input");
    write(&folder, "a.scenario", "0d alice unlok\n");
    write(&folder, "b/good.scenario", GOOD);
    write(&folder, "b/ignored.txt", "0d alice unlok\n");
    write(&folder, "c.scenario", "# no step\n");
    write(&folder, "d.scenario", "given settings min-node-stake -1\n");
    write(&folder, "empty/x.txt", "");

    check(
        &folder,
        &["replay", "-q", ".", "missing", "empty"],
        expect![[r#"
        status 2
        --- out
        1 scenario, 1 step, 1 refused: the rest as written, but 4 files unreadable.
        --- err
        error: there is no *.scenario in the folder empty
        error: unknown action `unlok`
         --> ./a.scenario:1:10
          |
        1 | 0d alice unlok
          |          ^^^^^
          |
          = help: did you mean `unlock`?
        error: ./c.scenario: there is no step in the file
        error: ./d.scenario: the registry cannot be created: minimum_negative: minimum -10000 is below 0
        error: cannot read missing: No such file or directory (os error 2)
    "#]],
    );
}

#[test]
fn json_has_one_object_a_step_and_a_summary() {
    let folder = folder("json");
    write(&folder, "good.scenario", GOOD);

    let output = run(&folder, &["replay", "--format", "json", "good.scenario"]);

    let lines: Vec<serde_json::Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect();
    let types: Vec<&str> = lines.iter().filter_map(|line| line["type"].as_str()).collect();
    assert_eq!(types, ["step", "summary"]);
    assert_eq!(lines[0]["rpc"], "06");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn transcripts_are_written_beside_scenarios_that_went_as_written() {
    let folder = folder("transcripts");
    write(&folder, "good.scenario", GOOD);
    write(&folder, "bad.scenario", "0d alice unlock\n");

    let output = run(&folder, &["replay", "--quiet", "--write-transcripts", "."]);

    assert_eq!(output.status.code(), Some(1));
    assert!(!folder.join("bad.transcript").exists());
    expect![[r#"
        Nothing to unlock.

        0d  alice  unlock  refused: no_stake_entry
                   -- account alice has no tokens here

        1 step, 1 refused: all as written.
    "#]]
    .assert_eq(&fs::read_to_string(folder.join("good.transcript")).expect("it was written"));
}

#[test]
fn colours_are_for_terminals_or_for_those_who_ask() {
    let folder = folder("colours");
    write(&folder, "good.scenario", GOOD);

    let piped = run(&folder, &["replay", "good.scenario"]);
    let asked = run(&folder, &["--color", "always", "replay", "good.scenario"]);

    assert!(!text(&piped.stdout).contains('\u{1b}'));
    assert!(text(&asked.stdout).contains('\u{1b}'));
}

#[test]
fn a_scenario_can_come_from_standard_input() {
    let mut child = zkreg()
        .args(["replay", "--quiet", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("zkreg can be started");
    let mut stdin = child.stdin.take().expect("standard input is a pipe");
    stdin.write_all(GOOD.as_bytes()).expect("the scenario can be written");
    drop(stdin);

    let output = child.wait_with_output().expect("zkreg ends");

    assert_eq!(text(&output.stdout), "1 scenario, 1 step, 1 refused: all as written.\n");
}

#[test]
fn a_reader_who_has_seen_enough_is_no_error() {
    let folder = folder("broken_pipe");
    let steps = "0d alice unlock => no_stake_entry\n".repeat(5_000);
    write(&folder, "long.scenario", &steps);
    let mut child = zkreg()
        .current_dir(&folder)
        .args(["replay", "long.scenario"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("zkreg can be started");

    let mut first = String::new();
    let mut reader = BufReader::new(child.stdout.take().expect("standard output is a pipe"));
    reader.read_line(&mut first).expect("there is a first line");
    drop(reader);
    let output = child.wait_with_output().expect("zkreg ends");

    assert_eq!(first, "long.scenario\n");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn bytes_that_are_no_text_are_bad_input() {
    let folder = folder("no_text");
    fs::write(folder.join("x.scenario"), b"0d al\xffice unlock\n").expect("a file can be written");

    check(
        &folder,
        &["replay", "x.scenario"],
        expect![[r#"
            status 2
            --- out
            0 scenarios, 0 steps, 0 refused: 1 file unreadable.
            --- err
            error: byte 0xff is not UTF-8 text
             --> x.scenario:1:6
              |
            1 | 0d al�ice unlock
              |      ^
              |
              = help: save the file as UTF-8
        "#]],
    );
}

#[test]
fn arguments_that_make_no_sense_are_status_2() {
    let folder = folder("arguments");
    for arguments in [&["replay"][..], &["replay", "--format", "xml", "."], &["replai"], &[]] {
        assert_eq!(run(&folder, arguments).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn the_help_shows_a_scenario_that_goes_as_written() {
    let folder = folder("help");

    let help = run(&folder, &["replay", "--help"]);

    assert_eq!(help.status.code(), Some(0));
    let help = text(&help.stdout);
    assert!(help.contains("Exit status:"));
    let example = help.lines().skip_while(|line| !line.starts_with("The language")).skip(1);
    let example: String = example
        .take_while(|line| line.starts_with("  "))
        .map(|line| format!("{}\n", line.trim()))
        .collect();
    write(&folder, "help.scenario", &example);
    let output = run(&folder, &["replay", "-q", "help.scenario"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn the_help_says_what_becomes_of_mail() {
    let help = run(&folder("help_mail"), &["replay", "--help"]);

    let help = text(&help.stdout);
    for word in ["hold", "release", "deliver", "fail", "starve", "repeat", "tell"] {
        let explained = help.lines().any(|line| line.starts_with(&format!("  {word} ")));
        assert!(explained, "{word}");
    }
    assert!(help.contains("`callback of alice 2` is the second oldest"));
}

const STATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/live.json");
const AS_OF: &str = "2025-06-15T12:00:00Z";

#[test]
fn a_scenario_can_start_from_a_state_that_was_read() {
    let folder = folder("resumed");
    write(
        &folder,
        "what-if.scenario",
        "given n1 is 0015b18a7243257695704f66a3b1ddc9311194fc7d\n\
         0d expect n1 free 74_500 allocated 1_000 pending 500\n\
         11d22:57:56.995 n1 disassociate 75_000 => insufficient_free\n\
         11d22:57:56.996 n1 disassociate 75_000\n\
         12d expect n1 holds 75_000\n\
         12d expect n1 allocated 1_000\n",
    );
    let arguments = ["replay", "-q", "--state", STATE, "--as-of", AS_OF, "what-if.scenario"];

    let refused = run(&folder, &arguments);
    let accepted = run(&folder, &[&arguments[..], &["--accept-findings"]].concat());

    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("`--accept-findings`"), "{}", text(&refused.stderr));
    assert_eq!(accepted.status.code(), Some(0), "{}", text(&accepted.stderr));
    assert_eq!(text(&accepted.stdout), "1 scenario, 5 steps, 1 refused: all as written.\n");
}

#[test]
fn the_final_state_of_a_replay_is_a_state_to_start_from() {
    let folder = folder("round_trip");
    write(&folder, "a.scenario", "given a holds 5 approved\n0d a associate 5\n");
    write(
        &folder,
        "b.scenario",
        "1d a disassociate 5\n1d expect a holds 5\n1d expect a no record\n",
    );
    let lines = run(&folder, &["replay", "--format", "json", "a.scenario"]).stdout;
    let last = text(&lines).lines().last().expect("there is a summary");
    let summary: serde_json::Value = serde_json::from_str(last).expect("the summary is JSON");
    write(&folder, "state.json", &summary["state"].to_string());

    let output = run(&folder, &["replay", "-q", "--state", "state.json", "b.scenario"]);

    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn a_scenario_cannot_change_the_settings_of_a_state() {
    let folder = folder("settings");
    write(
        &folder,
        "b.scenario",
        "given settings min-node-stake 0\n0d a unlock => no_stake_entry\n",
    );
    let state =
        ["replay", "-q", "--accept-findings", "--state", STATE, "--as-of", AS_OF, "b.scenario"];

    let output = run(&folder, &state);

    assert_eq!(output.status.code(), Some(2));
    let complaint = "error: b.scenario: line 1: the state has its settings already\n";
    assert!(text(&output.stderr).ends_with(complaint), "{}", text(&output.stderr));
}

#[test]
fn one_file_is_not_written_over_the_other() {
    let folder = folder("same_file");
    write(&folder, "a.scenario", "0d alice resign => not_registered\n");
    let output = run(&folder, &["replay", "a.scenario", "--junit", "x", "--report", "x"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output.stderr), "error: `--junit` and `--report` both name x\n");
    assert!(!folder.join("x").exists());
}

#[test]
fn without_a_file_that_can_be_read_nothing_went_as_written() {
    let output = run(&folder("unread"), &["replay", "missing.scenario"]);
    let summary = "0 scenarios, 0 steps, 0 refused: 1 file unreadable.\n";
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), summary));
}

#[test]
fn a_contract_that_would_not_run_is_refused() {
    let folder = folder("not_run");
    write(&folder, "a.scenario", "0d alice resign => not_registered\n");
    let output = run(&folder, &["replay", "a.scenario", "--pbc", "other.pbc"]);
    assert_eq!(output.status.code(), Some(2));
    let complaint = "error: `--pbc` is not what runs: say `--engine wasm` too\n";
    assert_eq!(text(&output.stderr), complaint);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    let output = zkreg().args(["rpc", "encode", "resign"]).stdout(full).output();
    let output = output.expect("zkreg can be started");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).starts_with("error: cannot write: "));
}

#[test]
fn status_shows_all_nodes_or_one() {
    let folder = folder("status");
    let node = "0015b18a7243257695704f66a3b1ddc9311194fc7d";

    let all = run(&folder, &["status", "--state", STATE, "--as-of", AS_OF]);
    let one = run(&folder, &["status", "--state", STATE, "--as-of", AS_OF, node]);
    let json =
        run(&folder, &["status", "--state", STATE, "--as-of", AS_OF, "--format", "json", node]);
    let nobody = run(&folder, &["status", "--state", STATE, "--as-of", AS_OF, &node[1..]]);
    let missing = run(&folder, &["status", "--state", "missing.json"]);

    assert!(text(&all.stdout).starts_with("8 accounts at 2025-06-15T12:00:00Z"));
    assert!(text(&one.stdout).contains("2025-06-27T10:57:56.996Z"), "{}", text(&one.stdout));
    assert!(serde_json::from_slice::<serde_json::Value>(&json.stdout).is_ok());
    assert_eq!([all, one, json].map(|it| it.status.code()), [Some(0); 3]);
    assert!(text(&nobody.stderr).contains("an address has 42 hex digits"));
    assert!(text(&missing.stderr).contains("cannot read missing.json"));
    assert_eq!([nobody, missing].map(|it| it.status.code()), [Some(2); 2]);
}

#[test]
fn gas_of_another_contract_is_not_measured() {
    let folder = folder("gas_of_another_contract");
    let stand_in = include_bytes!("../../tests/data/stand_in.pbc");
    fs::write(folder.join("stand_in.pbc"), stand_in).expect("a file can be written");

    check(
        &folder,
        &["gas", "--pbc", "stand_in.pbc"],
        expect![[r#"
            status 2
            --- out
            --- err
            error: cannot measure stand_in.pbc: not the registry: it has no entry point `action_00`
        "#]],
    );
}

#[test]
fn what_is_said_of_a_state_needs_a_state() {
    let folder = folder("readings_without_a_state");
    write(&folder, "good.scenario", GOOD);
    for said in [
        ["--as-of", AS_OF],
        ["--settings", "missing.json"],
        ["--collaborators", "missing.json"],
        ["--settle-in-flight", "ok"],
    ] {
        let output = run(&folder, &[&["replay", "good.scenario"], &said[..]].concat());
        assert_eq!(output.status.code(), Some(2), "{said:?}");
        assert!(text(&output.stderr).contains("--state <FILE>"), "{}", text(&output.stderr));
    }
}

#[test]
fn a_file_that_is_no_module_is_refused_in_one_line() {
    let folder = folder("no_module");
    write(&folder, "good.scenario", GOOD);

    check(
        &folder,
        &["replay", "--engine", "wasm", "--pbc", "good.scenario", "good.scenario"],
        expect![[r#"
            status 2
            --- out
            --- err
            error: cannot run good.scenario: it is no .pbc or .wasm file
        "#]],
    );
}

#[test]
fn the_deployed_module_runs_wherever_one_is() {
    let folder = folder("linked_module");
    write(&folder, "good.scenario", GOOD);
    for engine in ["wasm", "metered"] {
        let output = run(&folder, &["replay", "-q", "--engine", engine, "good.scenario"]);
        assert_eq!(output.status.code(), Some(0), "{engine}: {}", text(&output.stderr));
    }
}

#[test]
fn gas_says_what_an_operator_is() {
    let output = run(&folder("gas_help"), &["gas", "--help"]);
    let help = text(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("An operator is a WASM instruction carried out"), "{help}");
}

#[test]
fn json_lines_of_engines_that_count_say_what_each_step_took() {
    let folder = folder("counted");
    let story = "given a holds 5 approved\n0d a associate 5\n0d a sends 80 to registry\n";
    write(&folder, "counted.scenario", story);
    let lines = |engine: &str| -> Vec<serde_json::Value> {
        let arguments = ["replay", "--format", "json", "--engine", engine, "counted.scenario"];
        let output = run(&folder, &arguments);
        let lines = text(&output.stdout).lines().map(serde_json::from_str);
        lines.collect::<Result<_, _>>().expect("JSON Lines")
    };
    let took =
        |line: &serde_json::Value| (line["operators"].as_u64(), line["tree_operations"].as_u64());

    let (wasm, metered, native) = (lines("wasm"), lines("metered"), lines("native"));

    assert_eq!(native.iter().map(took).collect::<Vec<_>>(), [(None, None); 4]);
    for lines in [&wasm, &metered] {
        // What is given calls nobody; a malformed shortname never comes to the engine.
        assert_eq!((took(&lines[0]), took(&lines[2])), ((None, None), (None, None)));
        let (operators, tree_operations) = took(&lines[1]);
        assert!(operators > Some(10_000), "{operators:?}");
        // The call and its callback.
        assert!(tree_operations >= Some(4), "{tree_operations:?}");
    }
    assert!(took(&metered[1]).0 >= took(&wasm[1]).0, "a bound");
    assert_eq!(took(&metered[1]).1, took(&wasm[1]).1);
}
