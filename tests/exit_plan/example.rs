//! The worked example of registry.md 13, and every way to print a plan.

use expect_test::{Expect, expect};
use registry_tests::{node, public, zk};
use zkreg::exit_plan::{Call, ExitPlan};
use zkreg::image::Image;
use zkreg::json::ContractEnds;
use zkreg::status::Style;

use super::{allocate, at, day, release, with_node};

/// Day 10 of the example: `F` 73,500; c1 500 until day 28, c2 500 until day 40; 500 of day 3.
fn example() -> Image {
    let mut image = with_node(735_000_000);
    allocate(&mut image, zk(1), Some(day(28)));
    allocate(&mut image, zk(2), Some(day(40)));
    release(&mut image, day(3));
    image
}

fn plan(image: &Image, now: i64) -> ExitPlan {
    ExitPlan::of(image, node(1), at(now))
}

fn check(image: &Image, now: i64, expected: Expect) {
    expected.assert_eq(&plan(image, now).text(Style::Plain));
}

#[test]
fn the_example_of_the_specification_has_its_bytes_and_its_dates() {
    let plan = plan(&example(), day(10));

    let calls: Vec<_> = plan
        .calls
        .iter()
        .map(|planned| (planned.at.map(|at| at.millis()), hex::encode(planned.call.rpc())))
        .collect();
    let expected = [
        (Some(day(10)), "13000000002cb41780".to_owned()),
        (Some(day(54)), "0b000000002cb41780".to_owned()),
    ];
    assert_eq!(calls, expected);
    let returns: Vec<_> = plan
        .returns
        .iter()
        .map(|back| (back.at.map(|at| at.millis()), back.amount.units(), back.free_then.units()))
        .collect();
    let expected = [
        (Some(day(17)), 5_000_000, 740_000_000),
        (Some(day(42)), 5_000_000, 745_000_000),
        (Some(day(54)), 5_000_000, 750_000_000),
    ];
    assert_eq!(returns, expected);
    assert_eq!(plan.exit, Some(at(day(54))));
    assert_eq!(plan.transferable(), Some(at(day(61))));
}

#[test]
fn the_example_is_told_in_words() {
    check(
        &example(),
        day(10),
        expect![[r#"
        000000000000000000000000000000000000000001 at 2025-01-11T00:00:00Z; amounts in MPC
        75_000 in all: 73_500 free, 1_000 allocated, 500 pending; 0 reserved

        Are the tokens allocated to ZK work?    yes, 1_000 in 2 computations
        Are the tokens pending being unlocked?  yes, 500
        What comes next                         Reserve tokens for disassociation

         WHEN                  CALL                        BYTES               AFTERWARDS
         now                   set_reserved_tokens 75_000  13000000002cb41780  no new work
         2025-01-18T00:00:00Z                                                  500 free again, 74_000 in all
         2025-02-12T00:00:00Z                                                  500 free again, 74_500 in all, if 030000000000000000000000000000000000000001 ends as planned on 2025-01-29T00:00:00Z
         2025-02-24T00:00:00Z                                                  500 free again, 75_000 in all, if 030000000000000000000000000000000000000002 ends as planned on 2025-02-10T00:00:00Z
         2025-02-24T00:00:00Z  disassociate_tokens 75_000  0b000000002cb41780  everything out; on the live chain transferable on 2025-03-03T00:00:00Z

        All out on 2025-02-24T00:00:00Z, if all ends as planned; transferable on the live chain on 2025-03-03T00:00:00Z, after 7 days of unstaking.

        What can move the date, or the plan:
          - anyone may extend running work by 1 to 182 days at a time, as often as they pay
          - an end that is reported late starts its 14 days late
          - work that ends before its time gives back earlier

        Besides, if you like:
         now                        disassociate_tokens 73_500  0b000000002bcf35c0  the free tokens may leave at once; below the minimum stake the node leaves the roster
         once nothing is allocated  resign_as_zk_node           11                  the node record ends too; the tokens can leave without it
    "#]],
    );
}

#[test]
fn the_example_as_csv() {
    expect![[r#"
        account,at_ms,at_utc,what,amount_mpc,free_then_mpc,rpc,contract,planned_end_utc,released_utc
        000000000000000000000000000000000000000001,1736553600000,2025-01-11T00:00:00Z,set_reserved_tokens,75000,,13000000002cb41780,,,
        000000000000000000000000000000000000000001,1737158400000,2025-01-18T00:00:00Z,free again,500,74000,,,,2025-01-04T00:00:00Z
        000000000000000000000000000000000000000001,1739318400000,2025-02-12T00:00:00Z,free again,500,74500,,030000000000000000000000000000000000000001,2025-01-29T00:00:00Z,
        000000000000000000000000000000000000000001,1740355200000,2025-02-24T00:00:00Z,free again,500,75000,,030000000000000000000000000000000000000002,2025-02-10T00:00:00Z,
        000000000000000000000000000000000000000001,1740355200000,2025-02-24T00:00:00Z,disassociate_tokens,75000,,0b000000002cb41780,,,
    "#]].assert_eq(&plan(&example(), day(10)).csv());
}

#[test]
fn the_example_as_json() {
    expect![[r#"
        {
          "account": "000000000000000000000000000000000000000001",
          "calls": [
            {
              "action": "set_reserved_tokens",
              "amount": "750000000",
              "at": {
                "millis": "1736553600000",
                "utc": "2025-01-11T00:00:00Z"
              },
              "rpc": "13000000002cb41780"
            },
            {
              "action": "disassociate_tokens",
              "amount": "750000000",
              "at": {
                "millis": "1740355200000",
                "utc": "2025-02-24T00:00:00Z"
              },
              "rpc": "0b000000002cb41780"
            }
          ],
          "exit": {
            "millis": "1740355200000",
            "utc": "2025-02-24T00:00:00Z"
          },
          "limits": [
            {
              "code": "extension",
              "message": "anyone may extend running work by 1 to 182 days at a time, as often as they pay"
            },
            {
              "code": "late_report",
              "message": "an end that is reported late starts its 14 days late"
            },
            {
              "code": "early_end",
              "message": "work that ends before its time gives back earlier"
            }
          ],
          "now": {
            "millis": "1736553600000",
            "utc": "2025-01-11T00:00:00Z"
          },
          "options": [
            {
              "action": "disassociate_tokens",
              "amount": "735000000",
              "at": {
                "millis": "1736553600000",
                "utc": "2025-01-11T00:00:00Z"
              },
              "purpose": "the free tokens may leave at once; below the minimum stake the node leaves the roster",
              "rpc": "0b000000002bcf35c0"
            },
            {
              "action": "resign_as_zk_node",
              "purpose": "the node record ends too; the tokens can leave without it",
              "rpc": "11"
            }
          ],
          "returns": [
            {
              "amount": "5000000",
              "at": {
                "millis": "1737158400000",
                "utc": "2025-01-18T00:00:00Z"
              },
              "freeThen": "740000000",
              "released": {
                "millis": "1735948800000",
                "utc": "2025-01-04T00:00:00Z"
              }
            },
            {
              "amount": "5000000",
              "at": {
                "millis": "1739318400000",
                "utc": "2025-02-12T00:00:00Z"
              },
              "contract": "030000000000000000000000000000000000000001",
              "freeThen": "745000000",
              "plannedEnd": {
                "millis": "1738108800000",
                "utc": "2025-01-29T00:00:00Z"
              }
            },
            {
              "amount": "5000000",
              "at": {
                "millis": "1740355200000",
                "utc": "2025-02-24T00:00:00Z"
              },
              "contract": "030000000000000000000000000000000000000002",
              "freeThen": "750000000",
              "plannedEnd": {
                "millis": "1739145600000",
                "utc": "2025-02-10T00:00:00Z"
              }
            }
          ],
          "stage": "reserve",
          "tokens": {
            "allocated": "10000000",
            "free": "735000000",
            "incoming": "0",
            "outgoing": "0",
            "pending": "5000000",
            "reserved": "0",
            "running": 2,
            "total": "750000000"
          },
          "transferable": {
            "millis": "1740960000000",
            "utc": "2025-03-03T00:00:00Z"
          }
        }
    "#]].assert_eq(&plan(&example(), day(10)).json());
}

#[test]
fn the_example_as_a_calendar() {
    let calendar = plan(&example(), day(10)).calendar();
    assert_eq!(calendar, plan(&example(), day(10)).calendar(), "the same bytes");
    assert!(calendar.lines().all(|line| line.len() <= 75), "lines are folded");
    assert_eq!(calendar.matches('\n').count(), calendar.matches("\r\n").count());
    expect![[r#"
        BEGIN:VCALENDAR
        VERSION:2.0
        PRODID:-//zkreg//exit plan//EN
        CALSCALE:GREGORIAN
        NAME:Exit of ZK node 000000000000000000000000000000000000000001
        X-WR-CALNAME:Exit of ZK node 000000000000000000000000000000000000000001
        BEGIN:VEVENT
        DESCRIPTION:Send to the ZK node registry\, from 000000000000000000000000000
         000000000000001:\n13000000002cb41780\nMake the plan again before.
        DTSTAMP:20250111T000000Z
        DTSTART:20250111T000000Z
        SUMMARY:ZK node 0000000000: send set_reserved_tokens 75_000
        UID:set_reserved_tokens.000000000000000000000000000000000000000001@zkreg
        END:VEVENT
        BEGIN:VEVENT
        DESCRIPTION:Send to the ZK node registry\, from 000000000000000000000000000
         000000000000001:\n0b000000002cb41780\nMake the plan again before.
        DTSTAMP:20250111T000000Z
        DTSTART:20250224T000000Z
        SUMMARY:ZK node 0000000000: send disassociate_tokens 75_000
        UID:disassociate_tokens.000000000000000000000000000000000000000001@zkreg
        END:VEVENT
        BEGIN:VEVENT
        DESCRIPTION:Released on 2025-01-04T00:00:00Z.
        DTSTAMP:20250111T000000Z
        DTSTART:20250118T000000Z
        SUMMARY:ZK node 0000000000: 500 MPC free again
        UID:released-1735948800000.000000000000000000000000000000000000000001@zkreg
        END:VEVENT
        BEGIN:VEVENT
        DESCRIPTION:If 030000000000000000000000000000000000000001 ends as planned o
         n 2025-01-29T00:00:00Z.
        DTSTAMP:20250111T000000Z
        DTSTART:20250212T000000Z
        SUMMARY:ZK node 0000000000: 500 MPC free again
        UID:030000000000000000000000000000000000000001.0000000000000000000000000000
         00000000000001@zkreg
        END:VEVENT
        BEGIN:VEVENT
        DESCRIPTION:If 030000000000000000000000000000000000000002 ends as planned o
         n 2025-02-10T00:00:00Z.
        DTSTAMP:20250111T000000Z
        DTSTART:20250224T000000Z
        SUMMARY:ZK node 0000000000: 500 MPC free again
        UID:030000000000000000000000000000000000000002.0000000000000000000000000000
         00000000000001@zkreg
        END:VEVENT
        BEGIN:VEVENT
        DESCRIPTION:If they left the registry on the day of the plan: they have bee
         n unstaked.
        DTSTAMP:20250111T000000Z
        DTSTART:20250303T000000Z
        SUMMARY:ZK node 0000000000: 75_000 MPC can be transferred
        UID:transferable.000000000000000000000000000000000000000001@zkreg
        END:VEVENT
        END:VCALENDAR
    "#]]
    .assert_eq(&calendar.replace("\r\n", "\n"));
}

#[test]
fn a_calendar_is_never_early() {
    let mut image = example();
    release(&mut image, day(2) + 1);
    let calendar = plan(&image, day(10)).calendar();
    assert!(calendar.contains("DTSTART:20250117T000001Z"), "{calendar}");
}

#[test]
fn all_that_can_go_wrong_is_said() {
    let mut image = example();
    allocate(&mut image, zk(3), None);
    allocate(&mut image, zk(4), Some(day(9)));
    allocate(&mut image, public(1), Some(day(30)));
    let tokens = image.staked_tokens.get_mut(&node(1)).expect("N1 has tokens");
    tokens.incoming_tokens = 10_000;
    tokens.outgoing_tokens = 5;
    tokens.expiration_timestamp = Some(day(20));

    check(
        &image,
        day(10),
        expect![[r#"
        000000000000000000000000000000000000000001 at 2025-01-11T00:00:00Z; amounts in MPC
        76_500 in all: 73_500 free, 2_500 allocated, 500 pending; 0 reserved

        Are the tokens allocated to ZK work?    yes, 2_500 in 5 computations
        Are the tokens pending being unlocked?  yes, 500
        What comes next                         Reserve tokens for disassociation

         WHEN                  CALL                             BYTES               AFTERWARDS
         now                   set_reserved_tokens 76_501.0005  13000000002d992055  no new work
         2025-01-18T00:00:00Z                                                       500 free again, 74_000 in all
         2025-01-25T00:00:00Z                                                       500 free again, 74_500 in all, if 030000000000000000000000000000000000000004 ends now
         2025-02-12T00:00:00Z                                                       500 free again, 75_000 in all, if 030000000000000000000000000000000000000001 ends as planned on 2025-01-29T00:00:00Z
         2025-02-14T00:00:00Z                                                       500 free again, 75_500 in all, if 020000000000000000000000000000000000000001 ends as planned on 2025-01-31T00:00:00Z
         2025-02-24T00:00:00Z                                                       500 free again, 76_000 in all, if 030000000000000000000000000000000000000002 ends as planned on 2025-02-10T00:00:00Z
         unknown                                                                    500 free again, 76_500 in all, 14 days after 030000000000000000000000000000000000000003 has ended
         unknown               disassociate_tokens 76_500       0b000000002d98f940  everything out; on the live chain transferable 7 days later

        When all is out is unknown: an end of work is.

        What can move the date, or the plan:
          - 020000000000000000000000000000000000000001 is a public contract: nothing makes it release, its allocation is open without a known end
          - nobody knows here when the work for 030000000000000000000000000000000000000003 ends; `--contracts FILE` says it
          - the work for 030000000000000000000000000000000000000004 should have ended on 2025-01-10T00:00:00Z and no end was reported; the plan counts from now
          - anyone may extend running work by 1 to 182 days at a time, as often as they pay
          - an end that is reported late starts its 14 days late
          - work that ends before its time gives back earlier
          - transfers are under way, 1 in and 0.0005 out: make the plan again when they have landed
          - from 2025-01-21T00:00:00Z on anyone may send the free tokens home (16): make the last call anew when the day comes

        Besides, if you like:
         now                        check_contract_status 030000000000000000000000000000000000000003  07030000000000000000000000000000000000000003  the registry asks the contract when its work ends
         now                        check_contract_status 030000000000000000000000000000000000000004  07030000000000000000000000000000000000000004  an overdue contract may settle when it is touched
         now                        disassociate_tokens 73_500                                        0b000000002bcf35c0                            the free tokens may leave at once; below the minimum stake the node leaves the roster
         once nothing is allocated  resign_as_zk_node                                                 11                                            the node record ends too; the tokens can leave without it
    "#]],
    );
    assert_eq!(plan(&image, day(10)).exit, None);
    let json = plan(&image, day(10)).json();
    let json: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!(json.get("exit"), None);
    let codes: Vec<_> =
        json["limits"].as_array().expect("a list").iter().map(|l| &l["code"]).collect();
    let expected = [
        "no_end_known",
        "overdue",
        "may_never_release",
        "extension",
        "late_report",
        "early_end",
        "in_flight",
        "expiration",
    ];
    assert_eq!(codes.len(), expected.len());
    assert!(expected.iter().all(|code| codes.iter().any(|found| *found == code)), "{codes:?}");
}

#[test]
fn an_end_is_overdue_after_its_millisecond_and_the_plan_counts_from_now() {
    let mut image = with_node(745_000_000);
    allocate(&mut image, zk(1), Some(day(28)));

    let codes = |now| plan(&image, now).limits.iter().map(|it| it.code()).collect::<Vec<_>>();
    assert!(!codes(day(28)).contains(&"overdue"));
    assert!(codes(day(28) + 1).contains(&"overdue"));
    assert_eq!(plan(&image, day(28) + 1).exit, Some(at(day(42) + 1)));
    let asks = |now| plan(&image, now).options.iter().any(|it| it.call == Call::CheckStatus(zk(1)));
    assert!(!asks(day(28)));
    assert!(asks(day(28) + 1));
}

#[test]
fn each_box_of_the_flowchart_has_its_plan() {
    let reserve = |image: &mut Image| {
        let tokens = image.staked_tokens.get_mut(&node(1)).expect("N1 has tokens");
        tokens.reserved_tokens = 750_000_000;
    };
    let mut waiting = example();
    reserve(&mut waiting);
    check(
        &waiting,
        day(10),
        expect![[r#"
        000000000000000000000000000000000000000001 at 2025-01-11T00:00:00Z; amounts in MPC
        75_000 in all: 73_500 free, 1_000 allocated, 500 pending; 75_000 reserved

        Are the tokens allocated to ZK work?    yes, 1_000 in 2 computations
        Are the tokens pending being unlocked?  yes, 500
        What comes next                         Wait for the node allocation end date

         WHEN                  CALL                        BYTES               AFTERWARDS
         2025-01-18T00:00:00Z                                                  500 free again, 74_000 in all
         2025-02-12T00:00:00Z                                                  500 free again, 74_500 in all, if 030000000000000000000000000000000000000001 ends as planned on 2025-01-29T00:00:00Z
         2025-02-24T00:00:00Z                                                  500 free again, 75_000 in all, if 030000000000000000000000000000000000000002 ends as planned on 2025-02-10T00:00:00Z
         2025-02-24T00:00:00Z  disassociate_tokens 75_000  0b000000002cb41780  everything out; on the live chain transferable on 2025-03-03T00:00:00Z

        All out on 2025-02-24T00:00:00Z, if all ends as planned; transferable on the live chain on 2025-03-03T00:00:00Z, after 7 days of unstaking.

        What can move the date, or the plan:
          - anyone may extend running work by 1 to 182 days at a time, as often as they pay
          - an end that is reported late starts its 14 days late
          - work that ends before its time gives back earlier

        Besides, if you like:
         now                        disassociate_tokens 73_500  0b000000002bcf35c0  the free tokens may leave at once; below the minimum stake the node leaves the roster
         once nothing is allocated  resign_as_zk_node           11                  the node record ends too; the tokens can leave without it
    "#]],
    );

    let mut unlocking = with_node(745_000_000);
    release(&mut unlocking, day(3));
    reserve(&mut unlocking);
    check(
        &unlocking,
        day(10),
        expect![[r#"
        000000000000000000000000000000000000000001 at 2025-01-11T00:00:00Z; amounts in MPC
        75_000 in all: 74_500 free, 0 allocated, 500 pending; 75_000 reserved

        Are the tokens allocated to ZK work?    no
        Are the tokens pending being unlocked?  yes, 500
        What comes next                         Wait for pending tokens being unlocked

         WHEN                  CALL                        BYTES               AFTERWARDS
         2025-01-18T00:00:00Z                                                  500 free again, 75_000 in all
         2025-01-18T00:00:00Z  disassociate_tokens 75_000  0b000000002cb41780  everything out; on the live chain transferable on 2025-01-25T00:00:00Z

        All out on 2025-01-18T00:00:00Z, if all ends as planned; transferable on the live chain on 2025-01-25T00:00:00Z, after 7 days of unstaking.

        Besides, if you like:
         now  disassociate_tokens 74_500  0b000000002c67cc40  the free tokens may leave at once; below the minimum stake the node leaves the roster
         now  resign_as_zk_node           11                  the node record ends too; the tokens can leave without it
    "#]],
    );

    check(
        &unlocking,
        day(17),
        expect![[r#"
        000000000000000000000000000000000000000001 at 2025-01-18T00:00:00Z; amounts in MPC
        75_000 in all: 75_000 free, 0 allocated, 0 pending; 75_000 reserved

        Are the tokens allocated to ZK work?    no
        Are the tokens pending being unlocked?  no
        What comes next                         Disassociate tokens

         WHEN  CALL                        BYTES               AFTERWARDS
         now   disassociate_tokens 75_000  0b000000002cb41780  everything out; on the live chain transferable on 2025-01-25T00:00:00Z

        All out on 2025-01-18T00:00:00Z; transferable on the live chain on 2025-01-25T00:00:00Z, after 7 days of unstaking.

        Besides, if you like:
         now  resign_as_zk_node  11  the node record ends too; the tokens can leave without it
    "#]],
    );

    let mut out = with_node(0);
    out.staked_tokens.remove(&node(1));
    check(
        &out,
        day(10),
        expect![[r#"
        000000000000000000000000000000000000000001 at 2025-01-11T00:00:00Z; amounts in MPC
        0 in all: 0 free, 0 allocated, 0 pending; 0 reserved

        Are the tokens allocated to ZK work?    no
        Are the tokens pending being unlocked?  no
        What comes next                         nothing: no tokens are here
    "#]],
    );
}

#[test]
fn contracts_say_what_the_registry_does_not_know() {
    let mut image = with_node(745_000_000);
    allocate(&mut image, zk(1), None);
    assert_eq!(plan(&image, day(10)).exit, None);

    let text = format!(
        r#"[{{"address": "{:x}", "allocationEnd": "2025-01-29T00:00:00Z"}},
            {{"address": "{:x}", "allocationEnd": "2030-01-01T00:00:00Z"}}]"#,
        zk(1),
        zk(9)
    );
    ContractEnds::read(text.as_bytes()).expect("it can be read").tell(&mut image);

    assert_eq!(plan(&image, day(10)).exit, Some(at(day(42))));
    let earlier = text.replace("2025-01-29", "2025-01-20");
    ContractEnds::read(earlier.as_bytes()).expect("it can be read").tell(&mut image);
    assert_eq!(plan(&image, day(10)).exit, Some(at(day(42))), "an end never moves back");
}

#[test]
fn a_date_beyond_all_calendars_is_no_obstacle() {
    let mut image = with_node(745_000_000);
    allocate(&mut image, zk(1), Some(i64::MAX));
    let beyond = plan(&image, day(10));
    assert_eq!(beyond.exit, None);
    allocate(&mut image, zk(1), Some(i64::MAX / 2));
    let late = plan(&image, day(10));
    assert!(late.exit.is_some());
    for plan in [beyond, late] {
        assert!(!plan.text(Style::Lined).is_empty());
        assert!(!plan.json().is_empty());
        assert!(!plan.csv().is_empty());
        assert!(plan.calendar().contains("BEGIN:VCALENDAR"));
    }
}
