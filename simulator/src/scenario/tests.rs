//! The language as a whole: files in, files out, and what is said about mistakes.

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::step::arbitrary;

/// `house-style.md` 2.6, as it stands.
const RESERVE_THEN_WAIT: &str = r#"# A node leaves while one ZK contract still holds part of its stake.
# Source: run-a-zk-node.md, "Deregister as a ZK node" (flowchart).

given            alice   produces blocks
given            alice   holds 75_000 approved

0d               alice   register https://alice.example
0d               alice   version 4.10.0
0d               alice   associate 75_000
1d               deploy  request zk-1 nodes 1 stake 2_000 version 4.9.0
2d               alice   reserve 75_000
3d               deploy  request zk-2 nodes 1 stake 2_000 version 4.9.0  => not_enough_nodes
3d               alice   disassociate 75_000                             => insufficient_free
30d              zk-1    done alice success
43d23:59:59.999  alice   disassociate 75_000                             => insufficient_free
44d              alice   disassociate 75_000
44d              expect  alice total 0
"#;

fn shown(text: impl AsRef<[u8]>, expected: Expect) {
    let problems = Scenario::parse(text.as_ref()).expect_err("the text has problems");
    expected.assert_eq(&problems.render("story.scenario", false));
}

#[test]
fn the_example_of_the_house_style_is_printed_as_it_was_written() {
    let scenario: Scenario = RESERVE_THEN_WAIT.parse().unwrap();

    assert_eq!(scenario.to_string(), RESERVE_THEN_WAIT);
    assert_eq!(scenario.steps().count(), 13);
    assert_eq!(
        scenario.header().collect::<Vec<_>>(),
        [
            "A node leaves while one ZK contract still holds part of its stake.",
            "Source: run-a-zk-node.md, \"Deregister as a ZK node\" (flowchart).",
        ]
    );
}

#[test]
fn lines_are_numbered_from_one_through_blank_lines_and_comments() {
    let scenario: Scenario = "# x\n\n0d a unlock\n# y\n0d a resign # z\n".parse().unwrap();

    assert_eq!(scenario.steps().map(|(number, _)| number).collect::<Vec<_>>(), [3, 5]);
}

#[test]
fn line_ends_and_blanks_of_other_systems_are_read() {
    let unix: Scenario = "# x\n0d a unlock\n".parse().unwrap();

    assert_eq!("\u{feff}# x\r\n0d\ta  \tunlock \r\n".parse(), Ok(unix));
}

#[test]
fn an_empty_file_has_no_lines() {
    assert_eq!("".parse(), Ok(Scenario::default()));
    assert_eq!(Scenario::default().to_string(), "");
}

#[test]
fn every_line_with_a_mistake_is_reported() {
    shown(
        "0d alice regster https://alice.example\n\
         0d alice associate 75.00001\n\
         1d deploy request zk-1 node 4 stake 2_000\n\
         1d alice unlock\n\
         1d alice unlock please\n",
        expect![[r#"
            error: unknown action `regster`
             --> story.scenario:1:10
              |
            1 | 0d alice regster https://alice.example
              |          ^^^^^^^
              |
              = help: did you mean `register`?

            error: `75.00001` has more than four decimals
             --> story.scenario:2:20
              |
            2 | 0d alice associate 75.00001
              |                    ^^^^^^^^
              |
              = help: the smallest unit is `0.0001` MPC

            error: expected `nodes`, found `node`
             --> story.scenario:3:24
              |
            3 | 1d deploy request zk-1 node 4 stake 2_000
              |                        ^^^^
              |
              = help: did you mean `nodes`?

            error: unexpected `please`
             --> story.scenario:5:17
              |
            5 | 1d alice unlock please
              |                 ^^^^^^
              |
              = help: the step is complete before it; comments begin with `#`"#]],
    );
}

#[test]
fn mistakes_about_work_are_shown_where_they_are() {
    shown(
        "0d zk-1 becomes don\n\
         0d zk-1 becomes\n\
         0d zk-1 awaits attestations\n\
         0d zk-1 owes attestation\n\
         0d zk-1 owes n3 signature\n\
         0d n3 settles attestation zk-1\n\
         0d zk-1 reaches the deadline\n\
         0d zk-1 reched deadline\n\
         0d zk-1 runs out of money\n\
         0d deploy cannot creat zk-1\n\
         0d expect n3 owes zk-1\n\
         0d expect zk-1 status over\n",
        expect![[r#"
            error: unknown calculation status `don`
             --> story.scenario:1:17
              |
            1 | 0d zk-1 becomes don
              |                 ^^^
              |
              = help: did you mean `done`?

            error: expected a calculation status, but the line ends here
             --> story.scenario:2:16
              |
            2 | 0d zk-1 becomes
              |                ^

            error: unknown kind of work `attestations`
             --> story.scenario:3:16
              |
            3 | 0d zk-1 awaits attestations
              |                ^^^^^^^^^^^^
              |
              = help: did you mean `attestation`?

            error: expected a kind of work, but the line ends here
             --> story.scenario:4:25
              |
            4 | 0d zk-1 owes attestation
              |                         ^

            error: unknown kind of work `signature`
             --> story.scenario:5:17
              |
            5 | 0d zk-1 owes n3 signature
              |                 ^^^^^^^^^
              |
              = help: known are `input`, `open`, `attestation`, `computation`

            error: expected `of`, found `zk-1`
             --> story.scenario:6:27
              |
            6 | 0d n3 settles attestation zk-1
              |                           ^^^^

            error: expected `deadline`, found `the`
             --> story.scenario:7:17
              |
            7 | 0d zk-1 reaches the deadline
              |                 ^^^

            error: unknown action `reched`
             --> story.scenario:8:9
              |
            8 | 0d zk-1 reched deadline
              |         ^^^^^^
              |
              = help: did you mean `reaches`?

            error: expected `gas`, found `money`
             --> story.scenario:9:21
              |
            9 | 0d zk-1 runs out of money
              |                     ^^^^^

            error: expected `create`, found `creat`
              --> story.scenario:10:18
               |
            10 | 0d deploy cannot creat zk-1
               |                  ^^^^^
               |
               = help: did you mean `create`?

            error: expected a kind of work, or `nothing`, but the line ends here
              --> story.scenario:11:23
               |
            11 | 0d expect n3 owes zk-1
               |                       ^

            error: unknown calculation status `over`
              --> story.scenario:12:23
               |
            12 | 0d expect zk-1 status over
               |                       ^^^^
               |
               = help: known are `waiting`, `calculating`, `malicious`, `done`"#]],
    );
}

#[test]
fn mistakes_are_shown_where_they_are() {
    shown(
        "5 alice unlock\n\
         gven alice produces blocks\n\
         0d Alice unlock\n\
         0d expct alice total 0\n\
         0d expect alice ttal 0\n\
         0d expect alice free 0 free 0\n\
         0d expect alice free 0 => not_registered\n\
         0d alice associate\n\
         0d alice associate 75_000 expires soon\n\
         0d alice associate 75_000 expire 30d\n\
         0d alice approve -1\n\
         0d alice sends 0x0a\n\
         0d alice register \"https://alice\n\
         0d alice unlock => Insufficient\n\
         0d deploy request zk-1 nodes 1 stake 2_000 version 4.9 jurisdictions [208]\n\
         0d deploy request zk-1 nodes 1 stake 2_000 version 4.9.0 jurisdictions [208; 276]\n\
         0d deploy request zk-1 nodes 1 stake 2_000 jurisdictions [208]\n\
         0d zk-1 request nodes 1 stake 2_000 version 4.9.0\n\
         0d zk-1 done alice sucess\n\
         0d mail dliver next\n\
         0d mail starve transfer of alice\n\
         0d mail fail callback of alice\n\
         -1d alice unlock\n",
        expect![[r#"
            error: `5` is not a time
             --> story.scenario:1:1
              |
            1 | 5 alice unlock
              | ^
              |
              = help: write the days since the start, such as `43d` or `43d23:59:59.999`

            error: `gven` is not a time
             --> story.scenario:2:1
              |
            2 | gven alice produces blocks
              | ^^^^
              |
              = help: did you mean `given`?

            error: `Alice` is not a name
             --> story.scenario:3:4
              |
            3 | 0d Alice unlock
              |    ^^^^^
              |
              = help: names have lower-case letters, digits, `-` and `_` and begin with a letter; addresses have 42 hex digits

            error: unknown action `alice` of `expct`
             --> story.scenario:4:4
              |
            4 | 0d expct alice total 0
              |    ^^^^^
              |
              = help: did you mean `expect`?

            error: unknown expectation `ttal`
             --> story.scenario:5:17
              |
            5 | 0d expect alice ttal 0
              |                 ^^^^
              |
              = help: did you mean `total`?

            error: `free` is said twice
             --> story.scenario:6:24
              |
            6 | 0d expect alice free 0 free 0
              |                        ^^^^

            error: unexpected `=>`
             --> story.scenario:7:24
              |
            7 | 0d expect alice free 0 => not_registered
              |                        ^^
              |
              = help: only a call and the delivery of mail can be refused

            error: expected an amount, but the line ends here
             --> story.scenario:8:19
              |
            8 | 0d alice associate
              |                   ^

            error: `soon` is not a time
             --> story.scenario:9:35
              |
            9 | 0d alice associate 75_000 expires soon
              |                                   ^^^^
              |
              = help: write the days since the start, such as `43d` or `43d23:59:59.999`

            error: unknown word `expire`
              --> story.scenario:10:27
               |
            10 | 0d alice associate 75_000 expire 30d
               |                           ^^^^^^
               |
               = help: did you mean `expires`?

            error: `-1` is negative
              --> story.scenario:11:18
               |
            11 | 0d alice approve -1
               |                  ^^
               |
               = help: the token contract knows no negative amounts

            error: `0x0a` is not hex
              --> story.scenario:12:16
               |
            12 | 0d alice sends 0x0a
               |                ^^^^
               |
               = help: write two hex digits a byte, without `0x`; or `nothing`

            error: this quoted text cannot be read
              --> story.scenario:13:19
               |
            13 | 0d alice register "https://alice
               |                   ^
               |
               = help: close it with `"`, and write `\"`, `\\`, `\n`, `\t`, `\r` or `\u{e6}` within it

            error: `Insufficient` is not a refusal code
              --> story.scenario:14:20
               |
            14 | 0d alice unlock => Insufficient
               |                    ^^^^^^^^^^^^
               |
               = help: codes are lower-case words joined by `_`, such as `insufficient_free`

            error: `4.9` is not a version
              --> story.scenario:15:52
               |
            15 | 0d deploy request zk-1 nodes 1 stake 2_000 version 4.9 jurisdictions [208]
               |                                                    ^^^
               |
               = help: write three numbers of at most 32 bits, such as `4.10.0`

            error: expected a code, `,` or `]` in a list of country codes
              --> story.scenario:16:76
               |
            16 | 0d deploy request zk-1 nodes 1 stake 2_000 version 4.9.0 jurisdictions [208; 276]
               |                                                                            ^
               |
               = help: write lists such as `[208, 276]`

            error: unexpected `jurisdictions`
              --> story.scenario:17:44
               |
            17 | 0d deploy request zk-1 nodes 1 stake 2_000 jurisdictions [208]
               |                                            ^^^^^^^^^^^^^
               |
               = help: a `version` comes before it

            error: expected `ee-version`, found `version`
              --> story.scenario:18:37
               |
            18 | 0d zk-1 request nodes 1 stake 2_000 version 4.9.0
               |                                     ^^^^^^^
               |
               = help: did you mean `ee-version`?

            error: unknown verdict `sucess`
              --> story.scenario:19:20
               |
            19 | 0d zk-1 done alice sucess
               |                    ^^^^^^
               |
               = help: did you mean `success`?

            error: unknown handling of mail `dliver`
              --> story.scenario:20:9
               |
            20 | 0d mail dliver next
               |         ^^^^^^
               |
               = help: did you mean `deliver`?

            error: only a callback can be starved
              --> story.scenario:21:16
               |
            21 | 0d mail starve transfer of alice
               |                ^^^^^^^^
               |
               = help: a call that runs out of gas fails: write `fail`

            error: a callback cannot be failed
              --> story.scenario:22:14
               |
            22 | 0d mail fail callback of alice
               |              ^^^^^^^^
               |
               = help: `fail` the call that it answers, or `starve` the callback

            error: `-1d` lies before the start
              --> story.scenario:23:1
               |
            23 | -1d alice unlock
               | ^^^
               |
               = help: times count from the start, `0d`; they may step back, not below it"#]],
    );
}

#[test]
fn the_start_cannot_change_once_time_runs() {
    shown(
        "given clock 2025-01-01T00:00:00Z\n\
         given clock 2025-01-01\n\
         given clock 2026-01-01T00:00:00Z\n\
         106751991167d07:12:55.807 alice unlock\n\
         given settings min-node-stake 0\n",
        expect![[r#"
            error: `2025-01-01` is not a date
             --> story.scenario:2:13
              |
            2 | given clock 2025-01-01
              |             ^^^^^^^^^^
              |
              = help: write a UTC time from 1970 on, to the millisecond: `2025-01-01T00:00:00Z`

            error: the clock is given twice
             --> story.scenario:3:1
              |
            3 | given clock 2026-01-01T00:00:00Z
              | ^^^^^

            error: the block time does not fit in 64 bits
             --> story.scenario:4:1
              |
            4 | 106751991167d07:12:55.807 alice unlock
              | ^^^^^^^^^^^^^^^^^^^^^^^^^
              |
              = help: the last time of this scenario is `106751971078d07:12:55.807`

            error: the start cannot change once time runs
             --> story.scenario:5:1
              |
            5 | given settings min-node-stake 0
              | ^^^^^
              |
              = help: move the `given` lines before all others"#]],
    );
}

#[test]
fn bytes_that_are_no_text_are_shown_where_they_are() {
    shown(
        b"0d alice unlock\n0d al\xc3\xa6\xffce \x1b[31m\n",
        expect![[r#"
            error: byte 0xff is not UTF-8 text
             --> story.scenario:2:7
              |
            2 | 0d alæ�ce ␛[31m
              |       ^
              |
              = help: save the file as UTF-8"#]],
    );
}

#[test]
fn a_line_that_is_too_long_is_refused() {
    let line = format!("0d alice sends {}", "00".repeat(MAX_LINE_BYTES));
    let problems = Scenario::parse(line.as_bytes()).unwrap_err();

    assert_eq!(
        problems.iter().next().unwrap().problem.message,
        "the line is longer than 262144 bytes"
    );
    assert!(problems.render("story.scenario", false).len() < 1_000);
}

#[test]
fn a_file_that_is_too_long_is_refused() {
    let problems = Scenario::parse(&vec![b'\n'; MAX_BYTES + 1]).unwrap_err();

    assert_eq!(problems.total(), 1);
}

#[test]
fn of_many_mistakes_the_first_are_shown_and_all_are_counted() {
    let problems = Scenario::parse("?\n".repeat(1_000).as_bytes()).unwrap_err();

    assert_eq!(problems.total(), 1_000);
    assert!(problems.render("x", false).ends_with("x: and 950 more lines with errors"));
}

#[test]
fn one_very_long_cell_does_not_widen_all_lines() {
    let endpoint = "x".repeat(1_000);
    let text = format!("0d  a  register {endpoint}  => endpoint_too_long\n0d  a  unlock  => x\n");
    let scenario: Scenario = text.parse().unwrap();

    assert_eq!(scenario.to_string(), text);
}

fn scenarios() -> impl Strategy<Value = Scenario> {
    let comment = prop::option::of(any::<String>().prop_map(|text| Comment::new(&text)));
    let line = (prop::option::of(arbitrary::timed_step()), comment.clone())
        .prop_map(|(step, comment)| Line { step, comment });
    let start = arbitrary::fact()
        .prop_filter("at most one clock", |fact| !matches!(fact, Fact::Clock(_)))
        .prop_map(|fact| Line { step: Some(Step::Given(fact)), comment: None });
    let start = prop::collection::vec(start, 0..4);
    (start, prop::collection::vec(line, 0..12)).prop_map(|(mut lines, rest)| {
        lines.extend(rest);
        Scenario { lines }
    })
}

proptest! {
    #[test]
    fn files_print_and_parse_to_themselves(scenario in scenarios()) {
        let printed = scenario.to_string();
        let parsed = Scenario::parse(printed.as_bytes());
        prop_assert_eq!(parsed.as_ref(), Ok(&scenario), "{}", printed);
        prop_assert_eq!(parsed.unwrap().to_string(), printed);
    }

    #[test]
    fn any_bytes_give_a_scenario_or_problems(bytes: Vec<u8>) {
        match Scenario::parse(&bytes) {
            Ok(scenario) => prop_assert_eq!(scenario.to_string().parse(), Ok(scenario)),
            Err(problems) => prop_assert!(!problems.render("x", true).is_empty()),
        }
    }

    #[test]
    fn a_scenario_with_a_few_characters_changed_gives_a_scenario_or_problems(
        scenario in scenarios(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<char>()), 1..5),
    ) {
        let mut text: Vec<char> = scenario.to_string().chars().collect();
        for (place, character) in changes {
            if !text.is_empty() {
                *place.get_mut(&mut text) = character;
            }
        }
        let text: String = text.into_iter().collect();
        match Scenario::parse(text.as_bytes()) {
            Ok(scenario) => prop_assert_eq!(scenario.to_string().parse(), Ok(scenario)),
            Err(problems) => prop_assert!(!problems.render("x", false).is_empty()),
        }
    }
}
