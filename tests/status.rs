//! What `zkreg status` shows of a state.

use std::fs;
use std::path::{Path, PathBuf};

use expect_test::{expect, expect_file};
use pbc_contract_common::address::Address;
use zk_node_registry::rules::units::Timestamp;
use zkreg::image::Image;
use zkreg::json::{ImportOptions, Layout, import, parse_address};
use zkreg::status::{Status, Style};

/// When `live.json` was read: 2025-06-15T12:00:00Z.
const AS_OF: i64 = 1_749_988_800_000;

const DAY: i64 = 86_400_000;

/// A node of `live.json` with two pending amounts, one of them matured.
const NODE: &str = "00ca12f31b8cbf5f29e268ea64c20a37f3d50b539d";

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name)
}

fn image(name: &str) -> Image {
    let document = fs::File::open(data(name)).expect("the document is there");
    let as_of = Some(Timestamp::from_millis(AS_OF));
    let options = ImportOptions { as_of, ..ImportOptions::default() };
    import(document, &options).expect("it can be imported").image
}

fn address(text: &str) -> Address {
    parse_address(text).expect("a valid address")
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

#[test]
fn the_table_shows_all_accounts() {
    let status = Status::of_all(&image("live.json"), at(AS_OF));
    expect_file![data("live.status.txt")].assert_eq(&status.table(Style::Plain));
}

#[test]
fn a_table_of_one_account_counts_one_account() {
    let status = Status::of_some(&image("live.json"), &[address(NODE)], at(AS_OF));
    let table = status.expect("it is known").table(Style::Plain);
    assert!(table.starts_with("1 account at 2025-06-15T12:00:00Z"), "{table}");
}

#[test]
fn the_table_for_people_has_lines() {
    let status = Status::of_all(&image("live.json"), at(AS_OF));
    let lined = status.table(Style::Lined);
    let words = |text: &str| {
        let text: String = text.chars().filter(|c| !"─═╞╡┌┐└┘".contains(*c)).collect();
        text.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert!(lined.contains('─'));
    assert_eq!(words(&lined), words(&status.table(Style::Plain)));
}

#[test]
fn the_json_shows_all_accounts() {
    let status = Status::of_all(&image("live.json"), at(AS_OF));
    let mut json = Vec::new();
    status.write_json(&mut json, Layout::Pretty).expect("writing to a vector succeeds");
    let json = String::from_utf8(json).expect("it is ASCII") + "\n";
    expect_file![data("live.status.json")].assert_eq(&json);
}

#[test]
fn one_node_is_shown_with_everything() {
    let status =
        Status::of_one(&image("live.json"), address(NODE), at(AS_OF)).expect("it is known");
    expect![[r#"
        00ca12f31b8cbf5f29e268ea64c20a37f3d50b539d at 2025-06-15T12:00:00Z; amounts in MPC
         standing          active
         endpoint          https://zk-1.node-operator.example
         jurisdiction      276
         protocol version  4.10.1
         EE version        3
         public key        038174099687a26621f4e2cdd7cc03b3dacedb3fb962255b1aafd033cabe831530
         score             19: 17 success, 2 failure; 2 running
         roster            position 5 of 6
         free              74_000
         reserved          0
         allocated         1_000
                           500 to 03055d9c05807c7b88bd18fb3e2ebc0e531998bfe2, no end known
                           500 to 034ae6dd047e720d5d6a0211ca9b657ef0cbc108c1, no end known
         pending           500
                           500 released 2025-06-02T12:00:00Z, free 2025-06-16T12:00:00Z
         total             75_500
    "#]]
    .assert_eq(&status.details(Style::Plain));
}

#[test]
fn a_pending_amount_is_free_from_the_very_millisecond_of_its_date() {
    let image = image("live.json");
    let free = |now| {
        let status = Status::of_one(&image, address(NODE), at(now)).expect("it is known");
        let tokens = status.accounts[0].tokens.clone().expect("it has tokens");
        (tokens.buckets.free.units(), tokens.pending.len())
    };
    let unlock = AS_OF - 13 * DAY + 14 * DAY;
    let (before, locked) = free(unlock - 1);
    assert_eq!(locked, 1);
    assert_eq!(free(unlock), (before + 5_000_000, 0));
}

#[test]
fn times_beyond_the_calendar_are_shown_as_numbers() {
    let mut image = image("live.json");
    let account = *image.staked_tokens.keys().next().expect("there are some");
    let tokens = image.staked_tokens.get_mut(&account).expect("it is there");
    tokens.expiration_timestamp = Some(i64::MAX);
    tokens.pending_unlock[0].unlock_time = i64::MAX;
    let details = |now| {
        let status = Status::of_one(&image, account, at(now)).expect("it is known");
        status.details(Style::Plain)
    };
    assert!(details(AS_OF).contains("released 9223372036854775807 ms, free never"));
    assert!(details(i64::MAX).contains("expiration"), "no panic at the end of time");
    assert!(details(i64::MIN).contains("expiration"), "nor at its start");
}

#[test]
fn what_is_no_account_of_the_registry_is_explained() {
    let image = image("live.json");
    let explained = |node| {
        let error = Status::of_one(&image, address(node), at(AS_OF)).expect_err("it is unknown");
        error.to_string()
    };
    expect!["the registry knows no account 00ca12f31b8cbf5f29e268ea64c20a37f3d50b539e; did you mean 00ca12f31b8cbf5f29e268ea64c20a37f3d50b539d?"].assert_eq(&explained("00ca12f31b8cbf5f29e268ea64c20a37f3d50b539e"));
    expect!["the registry knows no account 00eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"]
        .assert_eq(&explained("00eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"));
}

#[test]
fn an_account_without_a_node_and_a_node_without_tokens_are_shown() {
    let mut image = image("live.json");
    let mut accounts = image.zk_nodes.keys().copied().collect::<Vec<_>>().into_iter();
    let (first, second) = (accounts.next().expect("one"), accounts.next().expect("two"));
    image.zk_nodes.remove(&first);
    image.staked_tokens.remove(&second);
    image.roster = image.members();

    let rows = Status::of_all(&image, at(AS_OF)).table(Style::Plain);
    let row = |account| {
        let start = format!(" {account:x}");
        let row = rows.lines().find(|line| line.starts_with(&start)).expect("there is a row");
        row.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(Status::of_all(&image, at(AS_OF)).accounts.len(), 8);
    expect!["not registered 74_500 0 1_000 500 2025-06-27T10:57:56.996Z -; 2 running -"]
        .assert_eq(&row(first));
    expect!["active, disabled - - - - 23: 23 success, 0 failure; 0 running -"]
        .assert_eq(&row(second));
}

#[test]
fn what_is_in_flight_is_shown_where_there_is_something() {
    let mut image = image("live.json");
    assert!(!Status::of_all(&image, at(AS_OF)).table(Style::Plain).contains("INCOMING"));
    let tokens = image.staked_tokens.values_mut().next().expect("there are some");
    (tokens.incoming_tokens, tokens.outgoing_tokens) = (12_345, 60_000);
    let table = Status::of_all(&image, at(AS_OF)).table(Style::Plain);
    let words: Vec<_> = table.split_whitespace().collect();
    for word in ["INCOMING", "1.2345", "OUTGOING", "6"] {
        assert!(words.contains(&word), "{word}");
    }
    let node = *image.staked_tokens.keys().next().expect("there are some");
    let details = Status::of_one(&image, node, at(AS_OF)).expect("it is known");
    assert!(details.details(Style::Plain).contains("incoming          1.2345"));
}
