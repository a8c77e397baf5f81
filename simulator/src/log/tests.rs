//! Logs that are read, and logs that are not.

use expect_test::{Expect, expect};
use pbc_contract_common::address::AddressType;

use super::*;

const ALICE: &str = "00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1";

fn terms() -> Terms {
    Terms {
        registry: Address { address_type: AddressType::PublicContract, identifier: [0xaa; 20] },
        chain: crate::signed::MAINNET.to_owned(),
        names: BTreeMap::new(),
        since: None,
    }
}

fn read(text: &str) -> Result<Log, Problems> {
    Log::parse(text.as_bytes(), &terms())
}

#[track_caller]
fn refused(text: &str, expected: Expect) {
    let problems = read(text).expect_err("it is no log");
    expected.assert_eq(&problems.render("log", false));
}

#[test]
fn csv_and_json_lines_say_the_same() {
    let csv = format!(
        "# recorded by hand\nOutcome, time, sender, rpc, gas\r\n\naccepted,2025-01-01T00:00:00Z,{ALICE},06,\n\
         no_stake_entry,1735689600001,0x{ALICE},\"0x06\",7\n,1735689600001,{ALICE},nothing,\n"
    );
    let json = format!(
        "{{\"time\":\"2025-01-01T00:00:00Z\",\"sender\":\"{ALICE}\",\"rpc\":\"06\",\"outcome\":\"accepted\",\
         \"gas\":null}}\n\n\n\
         {{\"time\":1735689600001,\"gas\":7,\"rpc\":\"06\",\"sender\":\"{ALICE}\",\"outcome\":\"no_stake_entry\"}}\n\
         {{\"time\":1735689600001,\"sender\":\"{ALICE}\",\"rpc\":\"nothing\"}}"
    );

    let (csv, json) = (read(&csv).expect("a log"), read(&json).expect("a log"));

    let lines = |log: &Log| log.rows.iter().map(|row| row.line).collect::<Vec<_>>();
    assert_eq!((lines(&csv), lines(&json)), (vec![4, 5, 6], vec![1, 4, 5]));
    let without_lines = |mut log: Log| {
        log.rows.iter_mut().for_each(|row| row.line = 0);
        log
    };
    assert_eq!(csv.rows[1].gas, Some(7));
    assert!(csv.rows[2].rpc.is_empty());
    assert_eq!(without_lines(csv), without_lines(json));
}

#[test]
fn calls_to_other_contracts_are_skipped_and_counted() {
    let text = format!(
        "time,sender,rpc,contract\n1,{ALICE},06,02{}\n1,{ALICE},06,01{}\n",
        "aa".repeat(20),
        "aa".repeat(20)
    );

    let log = read(&text).expect("a log");

    assert_eq!((log.rows.len(), log.elsewhere), (1, 1));
}

#[test]
fn a_log_without_a_call_to_the_registry_is_refused() {
    refused(
        "",
        expect![[r#"
        error: there is no call in the log
         --> log:1:1
          |
        1 |
          | ^"#]],
    );
    refused(
        "time,sender,rpc\n",
        expect![[r#"
        error: there is no call in the log
         --> log:1:1
          |
        1 |
          | ^"#]],
    );
    refused(
        &format!("time,sender,rpc,contract\n1,{ALICE},06,01{}\n", "bb".repeat(20)),
        expect![[r#"
            error: there is no call to the registry in the log
             --> log:1:1
              |
            1 |
              | ^
              |
              = help: say its address with `--registry ADDRESS`"#]],
    );
}

#[test]
fn columns_that_do_not_fit_are_told_at_once() {
    refused(
        "when,who,what\n1,2,3\n",
        expect![[r#"
        error: unknown column `when`
         --> log:1:1
          |
        1 | when,who,what
          | ^^^^
          |
          = help: the first line names the columns, such as `time,sender,rpc`"#]],
    );
    refused(
        "time,sendr,rpc\n",
        expect![[r#"
        error: unknown column `sendr`
         --> log:1:6
          |
        1 | time,sendr,rpc
          |      ^^^^^
          |
          = help: did you mean `sender`?"#]],
    );
    refused(
        "time,rpc,rpc\n",
        expect![[r#"
        error: the column `rpc` stands there twice
         --> log:1:10
          |
        1 | time,rpc,rpc
          |          ^^^"#]],
    );
    refused(
        "time,rpc\n1,06\n",
        expect![[r#"
        error: the columns do not say what was sent when and by whom
         --> log:1:1
          |
        1 | time,rpc
          | ^^^^^^^^
          |
          = help: name `time,sender,rpc`, or `time,signed`"#]],
    );
}

#[test]
fn cells_that_do_not_fit_are_told_with_their_place() {
    refused(
        &format!("time,sender,rpc\n1,{ALICE}\n"),
        expect![[r#"
        error: the line has 2 cells, not 3
         --> log:2:1
          |
        2 | 1,00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: the first line says time,sender,rpc"#]],
    );
    refused(
        &format!("time,sender,rpc\nyesterday,{ALICE},06\n"),
        expect![[r#"
        error: `yesterday` is not a time
         --> log:2:1
          |
        2 | yesterday,00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1,06
          | ^^^^^^^^^
          |
          = help: write a UTC date such as `2025-01-01T00:00:00Z`, or milliseconds since 1970"#]],
    );
    refused(
        &format!("time,sender,rpc\n1,{},06\n", &ALICE[..40]),
        expect![[r#"
        error: `00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1` is not an address
         --> log:2:3
          |
        2 | 1,00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1,06
          |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: an address has 42 hex digits, not 40"#]],
    );
    refused(
        &format!("time,sender,rpc\n1,{ALICE},0x0a000\n"),
        expect![[r#"
        error: 5 hex digits are no whole number of bytes
         --> log:2:53
          |
        2 | 1,00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1,0x0a000
          |                                                     ^
          |
          = help: is the end cut off?"#]],
    );
    refused(
        &format!("time,sender,rpc\n1,{ALICE},0a00zz\n"),
        expect![[r#"
        error: `z` is no hex digit
         --> log:2:50
          |
        2 | 1,00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1,0a00zz
          |                                                  ^"#]],
    );
    refused(
        &format!("time,sender,rpc\n1,{ALICE},\n"),
        expect![[r#"
        error: there is no `rpc` in this line
         --> log:2:46
          |
        2 | 1,00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1,
          |                                              ^
          |
          = help: write `nothing` for a call without bytes"#]],
    );
    refused(
        &format!("time,sender,rpc,gas\n1,{ALICE},06,-1\n"),
        expect![[r#"
        error: `-1` is not an amount of gas
         --> log:2:49
          |
        2 | 1,00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1,06,-1
          |                                                 ^^"#]],
    );
    refused(
        &format!("time,sender,rpc,outcome\n1,{ALICE},06,Failed!\n"),
        expect![[r#"
        error: `Failed!` is not an outcome
         --> log:2:49
          |
        2 | 1,00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1,06,Failed!
          |                                                 ^^^^^^^
          |
          = help: write `accepted`, `refused`, or a refusal code"#]],
    );
    refused(
        &format!("time,sender,rpc,transaction\n1,{ALICE},06,abcd\n"),
        expect![[r#"
        error: `abcd` is not a hash
         --> log:2:49
          |
        2 | 1,00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1,06,abcd
          |                                                 ^^^^
          |
          = help: a hash has 64 hex digits"#]],
    );
}

#[test]
fn lines_of_json_that_do_not_fit_are_told_with_their_place() {
    refused(
        "{\"time\":1,\"sender\":",
        expect![[r#"
        error: this is no call in JSON: EOF while parsing a value
         --> log:1:19
          |
        1 | {"time":1,"sender":
          |                   ^
          |
          = help: write one object a line, such as {"time":…,"sender":…,"rpc":…}"#]],
    );
    refused(
        "{\"time\":1,\"sender\":[]}",
        expect![[r#"
        error: this is no call in JSON: invalid type: sequence, expected a text or a whole number
         --> log:1:21
          |
        1 | {"time":1,"sender":[]}
          |                     ^
          |
          = help: write one object a line, such as {"time":…,"sender":…,"rpc":…}"#]],
    );
    refused(
        "{\"time\":1.5}",
        expect![[r#"
        error: this is no call in JSON: invalid type: floating point `1.5`, expected a text or a whole number
         --> log:1:11
          |
        1 | {"time":1.5}
          |           ^
          |
          = help: write one object a line, such as {"time":…,"sender":…,"rpc":…}"#]],
    );
    refused(
        "{\"time\":1,\"time\":2}",
        expect![[r#"
        error: `time` stands there twice
         --> log:1:3
          |
        1 | {"time":1,"time":2}
          |   ^^^^"#]],
    );
    refused(
        "{\"time\":1,\"blob\":\"06\"}",
        expect![[r#"
        error: unknown column `blob`
         --> log:1:12
          |
        1 | {"time":1,"blob":"06"}
          |            ^^^^
          |
          = help: a log can have time, sender, rpc, signed, contract, gas, transaction, outcome"#]],
    );
    refused(
        &format!("{{\"time\":1,\"sender\":\"{ALICE}\",\"rpc\":\"0\"}}"),
        expect![[r#"
        error: 1 hex digit is no whole number of bytes
         --> log:1:73
          |
        1 | {"time":1,"sender":"00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1","rpc":"0"}
          |                                                                         ^
          |
          = help: is the end cut off?"#]],
    );
}

#[test]
fn a_time_that_falls_or_lies_before_the_state_is_told() {
    refused(
        &format!("time,sender,rpc\n2,{ALICE},06\n1,{ALICE},06\n"),
        expect![[r#"
        error: the time falls: the call before is of 1970-01-01T00:00:00.002Z
         --> log:3:1
          |
        3 | 1,00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1,06
          | ^
          |
          = help: sort the log by time"#]],
    );
    let since = Terms { since: Some(1_735_689_600_000), ..terms() };
    let text = format!("time,sender,rpc\n2024-12-31T23:59:59.999Z,{ALICE},06\n");
    let problems = Log::parse(text.as_bytes(), &since).expect_err("too early").to_string();
    assert!(problems.contains("older than the state, of 2025-01-01T00:00:00Z"), "{problems}");
}

#[test]
fn long_lines_long_files_and_other_bytes_are_told() {
    let long = format!("time,sender,rpc\n1,{ALICE},{}\n", "06".repeat(MAX_LINE_BYTES));
    let problems = read(&long).expect_err("too long");
    assert_eq!(problems.total(), 1);
    assert!(problems.iter().all(|it| it.line == 2 && it.problem.message.contains("262144 bytes")));

    let huge = vec![b'\n'; MAX_BYTES + 1];
    assert!(Log::parse(&huge, &terms()).is_err());

    let bytes = [b"time,sender,rpc\n1,\xff".as_slice(), ALICE.as_bytes(), b",06\n"].concat();
    let problems = Log::parse(&bytes, &terms()).expect_err("no text");
    let first = problems.iter().next().expect("one");
    assert_eq!((first.line, first.column()), (2, 3));
}

#[test]
fn many_wrong_lines_are_counted() {
    let text = "time,sender,rpc\n".to_owned() + &"x,y,z\n".repeat(1_000);

    let problems = read(&text).expect_err("all are wrong");

    assert_eq!(problems.total(), 1_000);
    assert_eq!(problems.iter().count(), 50);
}
