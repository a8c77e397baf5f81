//! Differences of small states.

use expect_test::expect;
use zk_node_registry::rules::units::Timestamp;

use super::*;
use crate::json::{ImportOptions, import};

/// When the state was read: 2025-06-15T12:00:00Z.
const AS_OF: i64 = 1_749_988_800_000;

fn image(text: &str) -> Image {
    let as_of = Some(Timestamp::from_millis(AS_OF));
    let options = ImportOptions { as_of, ..ImportOptions::default() };
    import(text.as_bytes(), &options).expect("it can be imported").image
}

fn live() -> Image {
    image(include_str!("../../../tests/data/live.json"))
}

#[test]
fn a_state_is_the_same_as_itself() {
    let diff = Diff::between(&live(), &live());

    assert!(diff.is_empty());
    assert_eq!(diff.to_string(), "");
    assert_eq!(diff.to_json(), "[]\n");
}

#[test]
fn every_kind_of_record_is_compared() {
    let (before, mut after) = (live(), live());
    after.settings.min_node_stake = 0;
    let (account, tokens) = after.staked_tokens.iter_mut().next().expect("there are some");
    tokens.free_tokens += 5_000_000;
    tokens.pending_unlock.clear();
    let account = *account;
    after.zk_nodes.get_mut(&account).expect("a node").rest_endpoint.rest_endpoint =
        "https://new.example".to_owned();
    let contract = *after.computations.keys().next().expect("there are some");
    after.computations.remove(&contract);
    after.roster.pop();

    let diff = Diff::between(&before, &after);

    expect![[r#"
        settings
          minNodeStake  75_000 -> 0 (-75_000)

        stakedTokens[0015b18a7243257695704f66a3b1ddc9311194fc7d]
          freeTokens                               74_500 -> 75_000 (+500)
          pendingUnlock[2025-06-13T10:57:56.996Z]  500 -> none

        zkNodes[0015b18a7243257695704f66a3b1ddc9311194fc7d]
          restEndpoint  https://zk-2.node-operator.example -> https://new.example

        computations[03055d9c05807c7b88bd18fb3e2ebc0e531998bfe2]  (gone)
          nodes[00]    0015b18a7243257695704f66a3b1ddc9311194fc7d -> none
          nodes[01]    0023af406016994347aaa3e894e9a820049ace3656 -> none
          nodes[02]    00ca12f31b8cbf5f29e268ea64c20a37f3d50b539d -> none
          nodes[03]    00d2b8f62a7e335bbd5576c8422844760f22ec3780 -> none
          share        500 -> none
          totalStakes  2_000 -> none

        roster
          [00ca12f31b8cbf5f29e268ea64c20a37f3d50b539d]  5 -> none
    "#]]
    .assert_eq(&diff.to_string());
    let backwards = Diff::between(&after, &before);
    assert_eq!(backwards.records.len(), diff.records.len());
}
