//! What operators and auditors ask, as the shell sees it: `exit-plan`, `why-not`, `audit`, and `status`
//! for cron.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data");
const AS_OF: [&str; 2] = ["--as-of", "2025-06-15T12:00:00Z"];
const NODE: &str = "00ca12f31b8cbf5f29e268ea64c20a37f3d50b539d";

/// Runs a command on a sample state.
fn ask(command: &str, state: &str, more: &[&str]) -> Output {
    let state = format!("{DATA}/{state}");
    let mut zkreg = Command::new(env!("CARGO_BIN_EXE_zkreg"));
    zkreg.arg(command).args(["--state", &state]).args(AS_OF).args(more);
    zkreg.stdin(Stdio::null()).output().expect("zkreg can be started")
}

fn live(command: &str, more: &[&str]) -> Output {
    ask(command, "live.json", more)
}

fn status(output: &Output) -> Option<i32> {
    output.status.code()
}

fn out(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("the output is text")
}

fn err(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).expect("the output is text")
}

fn scratch(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("ask_{name}"))
}

fn contracts() -> String {
    format!("{DATA}/contracts.json")
}

#[test]
fn every_command_works_on_every_sample_state() {
    let collaborators = scratch("collaborators.json");
    let around = r#"{"bpOrchestration": "04203b77743ad0ca831df9430a6be515195733ad91",
        "voting": "04c5f00d7c6d70c3d0919fd7f81c7b9bfe16063620",
        "zkContractDeploy": "018bc1ccbb672b87710327713c97d43204905082cb"}"#;
    fs::write(&collaborators, around).expect("a file can be written");
    let given = ["--collaborators", collaborators.to_str().expect("the path is text")];
    for (state, node) in [
        ("live.json", NODE),
        ("live.export.json", NODE),
        ("odd.json", NODE),
        ("live_sparse.json", NODE),
        ("export.json", "00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"),
    ] {
        let with = |more: &[&'static str]| [&given[..], more].concat();
        let plan = ask("exit-plan", state, &[&with(&[])[..], &["--node", node]].concat());
        assert_eq!(status(&plan), Some(0), "{state}: {}", err(&plan));
        assert!(out(&plan).contains("What comes next"), "{state}");
        let request = ask("why-not", state, &with(&["--request", "nodes 1 stake 2_000"]));
        assert!(status(&request) <= Some(1), "{state}: {}", err(&request));
        assert!(out(&request).contains("The request "), "{state}: {}", out(&request));
        let table = ask("status", state, &with(&["--overdue", "--unlocks-within", "9d"]));
        assert!(status(&table) <= Some(1), "{state}: {}", err(&table));
        assert!(out(&table).contains("STANDING"), "{state}");
        let audit = ask("audit", state, &with(&["--node", node]));
        assert!(status(&audit) <= Some(1), "{state}: {}", err(&audit));
        assert!(out(&audit).contains("What was checked"), "{state}");
    }
    for command in ["status", "exit-plan", "why-not", "audit"] {
        let more: &[&str] = match command {
            "status" | "audit" => &[],
            "exit-plan" => &["--node", NODE],
            _ => &["--request", "nodes 1 stake 2_000"],
        };
        let broken = ask(command, "broken.json", more);
        assert_eq!(status(&broken), Some(2), "{command}");
        assert!(err(&broken).contains("broken.json: import_malformed: computations[0].key"));
        assert_eq!(out(&broken), "", "{command}");
    }
}

#[test]
fn a_plan_is_printed_in_three_ways_and_goes_into_a_calendar() {
    let (file, calendar) = (contracts(), scratch("exit.ics"));
    let calendar = calendar.to_str().expect("the path is text");
    let arguments = ["--node", NODE, "--contracts", &file];
    let json = live("exit-plan", &[&arguments[..], &["--format", "json"]].concat());
    let csv = live("exit-plan", &[&arguments[..], &["--format", "csv"]].concat());
    let text = live("exit-plan", &[&arguments[..], &["--calendar", calendar]].concat());

    let json: serde_json::Value = serde_json::from_str(out(&json)).expect("it is JSON");
    assert_eq!(json["exit"]["utc"], "2025-07-12T09:30:00Z");
    assert_eq!(json["transferable"]["utc"], "2025-07-19T09:30:00Z");
    assert!(out(&csv).starts_with("account,at_ms,at_utc,"));
    assert!(out(&text).contains("All out on 2025-07-12T09:30:00Z"), "{}", out(&text));
    let calendar = fs::read_to_string(calendar).expect("it was written");
    assert!(calendar.starts_with("BEGIN:VCALENDAR\r\n"));
    assert!(calendar.contains("DTSTART:20250712T093000Z\r\n"));
}

#[test]
fn the_moment_is_that_of_the_state_unless_another_is_said() {
    let late = live("exit-plan", &["--node", NODE, "--now", "2025-06-20T00:00:00Z"]);
    assert!(out(&late).starts_with(&format!("{NODE} at 2025-06-20T00:00:00Z;")));
    let then = live("exit-plan", &["--node", NODE]);
    assert!(out(&then).starts_with(&format!("{NODE} at 2025-06-15T12:00:00Z;")));
}

#[test]
fn a_state_without_a_time_says_which_one_it_needs() {
    let ask = |state: &str, more: &[&str]| {
        let state = format!("{DATA}/{state}");
        let mut zkreg = Command::new(env!("CARGO_BIN_EXE_zkreg"));
        zkreg.args(["status", "--state", &state]).args(more).stdin(Stdio::null());
        zkreg.output().expect("zkreg can be started")
    };
    let now = ["--now", "2025-06-15T12:00:00Z"];
    for more in [&[][..], &now] {
        let untimed = ask("live.json", more);
        assert_eq!(status(&untimed), Some(2));
        assert!(err(&untimed).contains("--as-of: a live document needs"), "{}", err(&untimed));
        assert!(!err(&untimed).contains("--now"), "{}", err(&untimed));
    }
    // An export has the times of its releases: any moment will do.
    assert!(err(&ask("export.json", &[])).contains("Say `--now TIME`"));
    assert_eq!(status(&ask("export.json", &now)), Some(0));
}

#[test]
fn times_are_dates_or_milliseconds_and_nothing_else() {
    let date = live("status", &["--now", "2025-06-16T12:00:00Z"]);
    let millis = live("status", &["--now", "1750075200000"]);
    assert_eq!((status(&millis), out(&millis)), (Some(0), out(&date)));
    for wrong in ["2025-06-16", "tomorrow", "-5", "9223372036854775807", ""] {
        let refused = live("status", &["--now", wrong]);
        assert_eq!(status(&refused), Some(2));
        let complaint = format!(
            "error: invalid value '{wrong}' for '--now <TIME>': write a UTC date such as \
             2025-06-15T12:00:00Z, or milliseconds since 1970\n"
        );
        assert!(err(&refused).starts_with(&complaint), "{}", err(&refused));
    }
}

#[test]
fn an_address_is_looked_at_before_the_state_is_read() {
    let wrong = |command: &str, more: &[&str]| {
        let refused = ask(command, "no_such_file.json", more);
        assert_eq!(status(&refused), Some(2));
        err(&refused).lines().next().unwrap_or_default().to_owned()
    };
    let sentence = "an address has 42 hex digits, the first two 00 to 04";
    assert_eq!(
        wrong("status", &["zzz"]),
        format!("error: invalid value 'zzz' for '[NODE]...': {sentence}")
    );
    for command in ["exit-plan", "audit"] {
        let complaint = wrong(command, &["--node", "abc"]);
        assert_eq!(
            complaint,
            format!("error: invalid value 'abc' for '--node <ADDR>': {sentence}")
        );
    }
    // A threshold takes its value behind `=`; a word after it is a node.
    let complaint = wrong("status", &["--overdue", "1d"]);
    assert!(complaint.ends_with("; or was `--overdue=1d` meant?"), "{complaint}");
    let upper = NODE.to_ascii_uppercase();
    assert_eq!(out(&live("status", &[&upper])), out(&live("status", &[NODE])));
}

#[test]
fn what_is_wrong_with_an_argument_is_said_with_what_to_write() {
    let told = |arguments: &[&str]| {
        let mut zkreg = Command::new(env!("CARGO_BIN_EXE_zkreg"));
        let refused = zkreg.args(arguments).stdin(Stdio::null()).output();
        let refused = refused.expect("zkreg can be started");
        assert_eq!(status(&refused), Some(2), "{arguments:?}");
        err(&refused).to_owned()
    };
    let reader = ["--reader", "http://localhost:1", "--contract"];
    let sentence = "an address has 42 hex digits, the first two 00 to 04";
    for command in ["status", "verify"] {
        for wrong in ["", "0x01a2020bb33ef9e0323c7a3210d5cb7fd492aa0d65"] {
            let complaint = told(&[&[command][..], &reader, &[wrong]].concat());
            assert!(complaint.contains(&format!("ADDRESS>': {sentence}\n")), "{complaint}");
        }
    }
    let state = format!("{DATA}/live.json");
    let settings =
        told(&["verify", reader[0], reader[1], "--contract", NODE, "--settings", &state]);
    assert!(settings.contains(": import_malformed: type: an unknown key\n"), "{settings}");
    let sparse = err(&ask("status", "live_sparse.json", &[])).to_owned();
    assert!(sparse.contains("none are given; `--collaborators FILE` says them"), "{sparse}");
    let pbc = told(&["replay", "--engine", "wasm", "--pbc", &state, "any.scenario"]);
    assert!(pbc.contains("live.json: it is no .pbc or .wasm file\n"), "{pbc}");
    let jobs = told(&["fuzz", "--jobs", "0"]);
    assert!(jobs.contains("'--jobs <NUMBER>': write a number from 1 on\n"), "{jobs}");
}

#[test]
fn a_state_can_come_from_standard_input_and_files_go_to_files() {
    let piped = |arguments: &[&str]| {
        let state = fs::File::open(format!("{DATA}/live.json")).expect("the sample is there");
        let mut zkreg = Command::new(env!("CARGO_BIN_EXE_zkreg"));
        zkreg.args(arguments).args(AS_OF).stdin(state).output().expect("zkreg can be started")
    };
    assert_eq!(out(&piped(&["status", "--state", "-"])), out(&live("status", &[])));
    let twice = piped(&["state", "diff", "-", "-"]);
    assert_eq!(status(&twice), Some(2));
    let complaint = "error: `-` stands for standard input, which can be read once only\n";
    assert!(err(&twice).ends_with(complaint), "{}", err(&twice));

    let calendar = live("exit-plan", &["--node", NODE, "--calendar", "-"]);
    assert_eq!((status(&calendar), out(&calendar)), (Some(2), ""));
    let complaint = "error: invalid value '-' for '--calendar <FILE>': standard output has what is \
                     printed; name a file\n";
    assert!(err(&calendar).starts_with(complaint), "{}", err(&calendar));
}

#[test]
fn a_moment_before_the_state_is_refused() {
    for (command, more) in [
        ("status", &["-q", "--unlocks-within", "3d"][..]),
        ("exit-plan", &["--node", NODE]),
        ("why-not", &["--request", "nodes 1 stake 2_000"]),
        ("audit", &[]),
    ] {
        let now = ["--now", "1990-01-01T00:00:00Z"];
        let early = live(command, &[more, &now].concat());
        let complaint = "error: `--now` is 1990-01-01T00:00:00Z, before the state, which is of \
                         2025-06-15T12:00:00Z\n";
        assert_eq!((status(&early), out(&early), err(&early)), (Some(2), "", complaint));
    }
}

#[test]
fn a_plan_that_cannot_be_made_says_why() {
    let misspelt = live("exit-plan", &["--node", &NODE.replace("9d", "9e")]);
    assert_eq!(status(&misspelt), Some(2));
    assert!(err(&misspelt).contains(&format!("did you mean {NODE}?")), "{}", err(&misspelt));
    let bad = scratch("bad_contracts.json");
    fs::write(&bad, "[\n {\"address\": \"03\"}]").expect("a file can be written");
    let bad = bad.to_str().expect("the path is text");
    let unread = live("exit-plan", &["--node", NODE, "--contracts", bad]);
    assert_eq!(status(&unread), Some(2));
    let place = "import_malformed: [0].address: \"03\" is not an address: 42 hex digits, the first \
                 two 00 to 04 (line 2, column 14)";
    assert!(err(&unread).contains(place), "{}", err(&unread));
    let nowhere = live("exit-plan", &["--node", NODE, "--calendar", "/no/such/folder/x.ics"]);
    assert_eq!(status(&nowhere), Some(2));
    assert!(err(&nowhere).contains("cannot write /no/such/folder/x.ics"), "{}", err(&nowhere));
}

#[test]
fn a_calendar_without_dates_is_not_written() {
    let folder = scratch("no_tokens");
    fs::create_dir_all(&folder).expect("a folder can be made");
    let state = fs::read_to_string(format!("{DATA}/live.json")).expect("the sample is there");
    let mut state: serde_json::Value = serde_json::from_str(&state).expect("it is JSON");
    state["serializedContract"]["stakedTokens"] = serde_json::json!([]);
    let (file, calendar) = (folder.join("state.json"), folder.join("exit.ics"));
    fs::write(&file, state.to_string()).expect("a file can be written");
    let (file, calendar) = (file.to_str().expect("text"), calendar.to_str().expect("text"));
    let plan = ask("exit-plan", "live.json", &["--node", NODE]);
    assert_eq!(status(&plan), Some(0));
    let mut zkreg = Command::new(env!("CARGO_BIN_EXE_zkreg"));
    zkreg.args(["exit-plan", "--state", file, "--node", NODE, "--calendar", calendar]);
    let refused = zkreg.args(AS_OF).output().expect("zkreg can be started");
    assert_eq!(status(&refused), Some(2));
    assert!(err(&refused).contains("has no tokens to take out"), "{}", err(&refused));
    assert!(!Path::new(calendar).exists());
}

#[test]
fn the_exit_status_tells_whether_a_request_succeeds() {
    let request = |words: &str| live("why-not", &["--request", words]);
    assert_eq!(status(&request("nodes 4 stake 2_000")), Some(0));
    assert_eq!(status(&request("nodes 9 stake 2_000")), Some(1));
    let misspelt = request("nodes 4 steak 2_000");
    assert_eq!(status(&misspelt), Some(2));
    assert!(err(&misspelt).contains("did you mean `stake`?"), "{}", err(&misspelt));
    let unversioned = request("nodes 4 stake 2_000 jurisdictions [208]");
    assert!(err(&unversioned).contains("a `version` comes before it"), "{}", err(&unversioned));
    let place = " --> --request:1:9\n  |\n1 | nodes 4 steak 2_000\n  |         ^^^^^\n";
    assert!(err(&misspelt).contains(place), "{}", err(&misspelt));
}

#[test]
fn a_request_in_words_and_its_bytes_are_the_same() {
    let words = live("why-not", &["--request", "nodes 4 stake 2_000", "--for", "zk-1"]);
    let rpc = out(&words).lines().next().expect("the bytes come first").to_owned();
    let bytes = live("why-not", &["--rpc", &rpc]);
    assert_eq!(out(&words), out(&bytes));
    let hash = "00".repeat(32);
    let drawn = live("why-not", &["--rpc", &rpc, "--tx", &hash, "--format", "json"]);
    let drawn: serde_json::Value = serde_json::from_str(out(&drawn)).expect("it is JSON");
    assert_eq!(drawn["engines"].as_array().map(Vec::len), Some(4));
    for bad in [["--rpc", "0"], ["--rpc", "05"], ["--tx", "00"], ["--for", "alice"]] {
        let more = if bad[0] == "--rpc" { &[][..] } else { &["--rpc", &rpc] };
        assert_eq!(status(&live("why-not", &[&bad[..], more].concat())), Some(2), "{bad:?}");
    }
}

#[test]
fn cron_learns_from_the_exit_status_whether_to_wake_somebody() {
    let file = contracts();
    let watch = |more: &[&str]| live("status", &[&["--quiet"], more].concat());
    let calm = watch(&["--unlocks-within", "23h"]);
    assert_eq!((status(&calm), out(&calm), err(&calm)), (Some(0), "", ""));
    let soon = watch(&["--unlocks-within", "1d"]);
    let alert = format!("alert: {NODE}: 500 MPC unlock on 2025-06-16T12:00:00Z\n");
    assert_eq!((status(&soon), out(&soon), err(&soon)), (Some(1), alert.as_str(), ""));
    let late = watch(&["--overdue=5d", "--contracts", &file, NODE]);
    assert_eq!(status(&late), Some(1));
    assert!(out(&late).contains("should have ended on 2025-06-10T00:00:00Z"), "{}", out(&late));
    let patient = watch(&["--overdue=6d", "--contracts", &file, NODE]);
    assert_eq!((status(&patient), err(&patient)), (Some(0), ""));
    let blind = watch(&["--overdue", NODE]);
    assert_eq!(status(&blind), Some(0));
    assert!(err(&blind).contains("no end is known of 2 allocations"), "{}", err(&blind));
    assert_eq!(status(&watch(&["--unlocks-within", "soon"])), Some(2));
    assert_eq!(status(&watch(&["--unlocks-within", "-1d"])), Some(2));
}

#[test]
fn several_nodes_are_a_smaller_table_and_alerts_are_in_the_json() {
    let other = "0015b18a7243257695704f66a3b1ddc9311194fc7d";
    let two = live("status", &[NODE, other]);
    assert!(out(&two).starts_with("2 accounts at 2025-06-15T12:00:00Z"), "{}", out(&two));
    let csv = live("status", &[NODE, other, NODE, "--format", "csv"]);
    assert_eq!(out(&csv).lines().count(), 3, "a header and two nodes");
    let json = live("status", &["--format", "json", "--unlocks-within", "1d"]);
    let json: serde_json::Value = serde_json::from_str(out(&json)).expect("it is JSON");
    assert_eq!(json["alerts"][0]["code"], "unlocks");
    assert_eq!(json["alerts"][0]["account"], NODE);
    let plain = live("status", &["--format", "json"]);
    assert!(!out(&plain).contains("alerts"));
}

#[test]
fn the_help_has_examples_and_says_what_the_exit_status_means() {
    for command in ["status", "exit-plan", "why-not", "audit"] {
        let mut zkreg = Command::new(env!("CARGO_BIN_EXE_zkreg"));
        let help = zkreg.args([command, "--help"]).output().expect("zkreg can be started");
        assert!(out(&help).contains("Examples:\n  zkreg "), "{command}");
        assert!(out(&help).contains("Exit status:\n  0  "), "{command}");
    }
}
