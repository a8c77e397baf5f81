//! What `zkreg why-not` says of a request: on a live state, and against what the registry answers.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use expect_test::{Expect, expect};
use pbc_contract_common::address::Address;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use registry_tests::calls::{self, Rpc};
use registry_tests::registry::engines;
use registry_tests::{History, deploy, node, public, stranger, zk};
use zk_node_registry::ZkNodeScoreStatus;
use zk_node_registry::rules::units::Timestamp;
use zkreg::image::Image;
use zkreg::json::{ImportOptions, import};
use zkreg::status::Style;
use zkreg::why_not::{Answer, Asked, CannotTry, WhyNot, served_name};

/// When `live.json` was read: 2025-06-15T12:00:00Z.
const AS_OF: i64 = 1_749_988_800_000;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn live() -> Image {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/live.json");
    let document = fs::File::open(path).expect("the document is there");
    let options = ImportOptions { as_of: Some(at(AS_OF)), ..ImportOptions::default() };
    import(document, &options).expect("it can be imported").image
}

fn ask(text: &str) -> WhyNot {
    let served = served_name("zk-1").expect("it can be served");
    let asked = Asked::parse(text, Some(served)).expect("it is a request");
    WhyNot::of(&live(), &asked, at(AS_OF), Some([7; 32])).expect("it can be tried")
}

fn check(text: &str, expected: Expect) {
    expected.assert_eq(&ask(text).text(Style::Plain));
}

#[test]
fn a_request_that_succeeds_names_its_engines_and_everybody_elses_reasons() {
    check(
        "nodes 3 stake 2_000 version 4.9.1",
        expect![[r#"
            0803235752973acecb7d779bf72579e91de8ac9cbc49000000030000000001312d0000000000000000040000000900000001
            sent by 018bc1ccbb672b87710327713c97d43204905082cb at 2025-06-15T12:00:00Z
            3 nodes with 666.6667 MPC each for 03235752973acecb7d779bf72579e91de8ac9cbc49, protocol version 4.9.1 or higher

            The request succeeds: of 8 accounts 4 are eligible, 3 are needed.
            Transaction 0707070707070707070707070707070707070707070707070707070707070707 gives these engines:
              0  009be35e6e49c54ede73bcb1cf8fc0ada23b7466a9
              1  003b5bb1c6e7b76daba8afd89516e24140a67fc6be
              2  00ca12f31b8cbf5f29e268ea64c20a37f3d50b539d

             NODE                                        ELIGIBLE       WHY NOT
             0015b18a7243257695704f66a3b1ddc9311194fc7d  yes
             0023af406016994347aaa3e894e9a820049ace3656  no             node_disabled: is disabled
                                                                        node_understaked: has 260000000 units in all, the minimum is 750000000
             003b5bb1c6e7b76daba8afd89516e24140a67fc6be  yes, engine 1
             008e26744e1a8f9a60ef9a4d756e6e8581978e66e2  no             node_version_too_low: reports protocol version 4.9.0, protocol version 4.9.1 is needed
                                                                        node_insufficient_free: would have 738333333 free units left, 745000000 are reserved
             009be35e6e49c54ede73bcb1cf8fc0ada23b7466a9  yes, engine 0
             00a05d58b42f09dc6528629898da6309ed48384628  no             node_version_too_low: reports protocol version 4.9.0, protocol version 4.9.1 is needed
             00ca12f31b8cbf5f29e268ea64c20a37f3d50b539d  yes, engine 2
             00d2b8f62a7e335bbd5576c8422844760f22ec3780  no             node_version_too_low: reports no version, protocol version 4.9.1 is needed
                                                                        node_understaked: has 305000000 units in all, the minimum is 750000000
        "#]],
    );
}

#[test]
fn without_the_hash_nobody_knows_who_is_drawn() {
    let asked = Asked::parse("nodes 3 stake 2_000", None).expect("it is a request");
    let why_not = WhyNot::of(&live(), &asked, at(AS_OF), None).expect("it can be tried");
    assert_eq!(why_not.answer, Answer::Accepted { engines: None });
    assert!(why_not.text(Style::Plain).contains("`--tx`"));
    assert!(why_not.nodes.iter().all(|node| node.engine.is_none()));
}

#[test]
fn a_request_that_fails_shows_what_each_node_lacks() {
    check(
        "nodes 2 stake 200_000 version 4.11.0 jurisdictions [208] [528, 578]",
        expect![[r#"
        0803235752973acecb7d779bf72579e91de8ac9cbc490000000200000000773594000000000200000001000000d0000000020000021000000242000000040000000b00000000
        sent by 018bc1ccbb672b87710327713c97d43204905082cb at 2025-06-15T12:00:00Z
        2 nodes with 100_000 MPC each for 03235752973acecb7d779bf72579e91de8ac9cbc49, protocol version 4.11.0 or higher

        The request is refused: not_enough_nodes: 2 nodes with 1000000000 free units each asked for, 0 placed, 0 eligible of 6 in the roster.

         NODE                                        ELIGIBLE  WHY NOT
         0015b18a7243257695704f66a3b1ddc9311194fc7d  no        node_insufficient_free: would have -255000000 free units left, 0 are reserved
         0023af406016994347aaa3e894e9a820049ace3656  no        node_disabled: is disabled
                                                               node_understaked: has 260000000 units in all, the minimum is 750000000
                                                               node_insufficient_free: would have -755000000 free units left, 0 are reserved
         003b5bb1c6e7b76daba8afd89516e24140a67fc6be  no        node_version_too_low: reports protocol version 4.9.1, protocol version 4.11.0 is needed
                                                               node_outside_jurisdiction: is in jurisdiction 0, which is not asked for
         008e26744e1a8f9a60ef9a4d756e6e8581978e66e2  no        node_version_too_low: reports protocol version 4.9.0, protocol version 4.11.0 is needed
                                                               node_outside_jurisdiction: is in jurisdiction 840, which is not asked for
                                                               node_insufficient_free: would have -255000000 free units left, 745000000 are reserved
         009be35e6e49c54ede73bcb1cf8fc0ada23b7466a9  no        node_version_too_low: reports protocol version 4.10.1, protocol version 4.11.0 is needed
                                                               node_insufficient_free: would have -200000000 free units left, 0 are reserved
         00a05d58b42f09dc6528629898da6309ed48384628  no        node_version_too_low: reports protocol version 4.9.0, protocol version 4.11.0 is needed
                                                               node_insufficient_free: would have -260000000 free units left, 0 are reserved
         00ca12f31b8cbf5f29e268ea64c20a37f3d50b539d  no        node_version_too_low: reports protocol version 4.10.1, protocol version 4.11.0 is needed
                                                               node_outside_jurisdiction: is in jurisdiction 276, which is not asked for
                                                               node_insufficient_free: would have -260000000 free units left, 0 are reserved
         00d2b8f62a7e335bbd5576c8422844760f22ec3780  no        node_version_too_low: reports no version, protocol version 4.11.0 is needed
                                                               node_outside_jurisdiction: is in jurisdiction 756, which is not asked for
                                                               node_understaked: has 305000000 units in all, the minimum is 750000000
                                                               node_insufficient_free: would have -700000000 free units left, 0 are reserved
    "#]],
    );
}

#[test]
fn listed_nodes_are_looked_at_one_by_one() {
    let nodes = "00d2b8f62a7e335bbd5576c8422844760f22ec3780 \
                 009be35e6e49c54ede73bcb1cf8fc0ada23b7466a9 \
                 00eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee";
    check(
        &format!("stake 3_000 version 4.9.0 of {nodes}"),
        expect![[r#"
        1403235752973acecb7d779bf72579e91de8ac9cbc490000000001c9c3800000000400000009000000000000000300d2b8f62a7e335bbd5576c8422844760f22ec3780009be35e6e49c54ede73bcb1cf8fc0ada23b7466a900eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee
        sent by 018bc1ccbb672b87710327713c97d43204905082cb at 2025-06-15T12:00:00Z
        3 nodes with 1_000 MPC each for 03235752973acecb7d779bf72579e91de8ac9cbc49, protocol version 4.9.0 or higher

        The request is refused: node_version_too_low: node 00d2b8f62a7e335bbd5576c8422844760f22ec3780 reports no version, protocol version 4.9.0 is needed.

         NODE                                        ELIGIBLE  WHY NOT
         00d2b8f62a7e335bbd5576c8422844760f22ec3780  no        node_version_too_low: reports no version, protocol version 4.9.0 is needed
                                                               node_understaked: has 305000000 units in all, the minimum is 750000000
         009be35e6e49c54ede73bcb1cf8fc0ada23b7466a9  yes
         00eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee  no        node_unknown: is not registered
                                                               node_understaked: has 0 units in all, the minimum is 750000000
                                                               node_insufficient_free: would have -10000000 free units left, 0 are reserved
    "#]],
    );
}

#[test]
fn a_request_whose_arguments_are_refused_needs_no_table() {
    check(
        "nodes 17 stake 3_000",
        expect![[r#"
        0403235752973acecb7d779bf72579e91de8ac9cbc49000000110000000001c9c380
        sent by 018bc1ccbb672b87710327713c97d43204905082cb at 2025-06-15T12:00:00Z

        The request is refused: node_count_out_of_range: 17 nodes asked for, 1 to 16 are possible.
    "#]],
    );
}

#[test]
fn the_json_says_the_same() {
    let json = ask("nodes 6 stake 3_000 ee-version 4 jurisdictions [208, 840]").json();
    let json: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!(json["accepted"], false);
    assert_eq!(json["code"], "not_enough_nodes");
    assert_eq!(json["eligible"], 1);
    assert_eq!(json["share"], "5000000");
    assert_eq!(json["nodes"].as_array().map(Vec::len), Some(8));
    let banned = &json["nodes"][1];
    assert_eq!(banned["account"], "0023af406016994347aaa3e894e9a820049ace3656");
    let codes: Vec<_> = banned["reasons"].as_array().expect("reasons").iter().collect();
    let codes: Vec<_> = codes.iter().map(|reason| reason["code"].as_str()).collect();
    let expected =
        ["node_disabled", "node_version_too_low", "node_outside_jurisdiction", "node_understaked"];
    assert_eq!(codes, expected.map(Some));
}

#[test]
fn bytes_that_are_no_request_are_not_tried() {
    for rpc in [vec![], vec![0x05], vec![0x13, 0, 0], vec![0x80], vec![0xff; 5]] {
        let asked = Asked::of_bytes(rpc.clone(), None);
        let error = WhyNot::of(&live(), &asked, at(AS_OF), None).expect_err("no request");
        assert_eq!(error, CannotTry::NotARequest { rpc });
    }
    let cut = WhyNot::of(&live(), &Asked::of_bytes(vec![0x04, 3], None), at(AS_OF), None);
    let Answer::Refused { code, .. } = cut.expect("it can be tried").answer else { panic!() };
    assert_eq!(code, "truncated");
}

/// A random request, and who sends it.
fn random_request(image: &Image, chance: &mut ChaCha8Rng) -> (Address, Rpc) {
    let total = chance.random_range(1..900);
    let nodes = chance.random_range(1..6);
    let mut pool: Vec<Address> = (1..=7).map(node).collect();
    pool.push(stranger());
    let count = usize::try_from(nodes).expect("positive");
    let listed: Vec<Address> = pool.choose_multiple(chance, count).copied().collect();
    let list = |chance: &mut ChaCha8Rng| -> Vec<i32> {
        (0..chance.random_range(0..3)).map(|_| chance.random_range(1..4)).collect()
    };
    let lists: Vec<Vec<i32>> = match chance.random_range(0..3) {
        0 => Vec::new(),
        1 => vec![list(chance)],
        _ => (0..nodes).map(|_| list(chance)).collect(),
    };
    let lists: Vec<&[i32]> = lists.iter().map(Vec::as_slice).collect();
    let version = (4, chance.random_range(8..12), 0);
    let ee_version = chance.random_range(0..3);
    let fresh = if chance.random() { zk(20) } else { public(20) };
    let busy = image.computations.iter().collect::<Vec<_>>().choose(chance).copied();
    match (chance.random_range(0..6), busy) {
        (0, _) => (deploy(), calls::request_v1(fresh, nodes, total)),
        (1, _) => (deploy(), calls::request_v2(fresh, nodes, total, &lists, version)),
        (2, _) => (deploy(), calls::request_listed_protocol(fresh, total, version, &listed)),
        (3, _) => (fresh, calls::request_listed_ee(total, ee_version, &listed)),
        (4, Some((holder, work))) => {
            let status = |node: &Address| {
                let success = ZkNodeScoreStatus::Success {};
                (*node, if chance.random() { success } else { ZkNodeScoreStatus::Failure {} })
            };
            let statuses: Vec<_> = work.nodes.iter().map(status).collect();
            let listed = if chance.random() { listed.as_slice() } else { &[] };
            let call = calls::re_request(&statuses, nodes, total, &lists, ee_version, listed);
            (*holder, call)
        }
        _ => (fresh, calls::request_ee(nodes, total, &lists, ee_version)),
    }
}

#[test]
fn what_is_said_is_what_the_registry_answers() {
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for seed in 0..40 {
        let mut history = History::begin(seed);
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        for _ in 0..10 {
            for _ in 0..20 {
                history.step().expect("contract and model agree");
            }
            let mut registry = history.registry().clone();
            let image = Image::load(&registry.state, &registry.trees).expect("it can be loaded");
            let (sender, request) = random_request(&image, &mut chance);
            let served = served_name(&format!("{sender:x}")).ok();
            let asked = Asked::of_bytes(request.0.clone(), served);
            // The hash that the registry of the tests gives to its next call.
            let mut hash = [0; 32];
            hash[24..].copy_from_slice(&(registry.calls + 1).to_be_bytes());
            let now = at(registry.now);
            let why_not = WhyNot::of(&image, &asked, now, Some(hash)).expect("it can be tried");

            assert_eq!((why_not.sender, &why_not.rpc), (sender, &request.0));
            let shown = why_not.text(Style::Plain);
            let eligible = |account: &Address| {
                why_not.nodes.iter().any(|it| it.account == *account && it.is_eligible())
            };
            match (registry.call(sender, &request), &why_not.answer) {
                (Ok(events), Answer::Accepted { engines: Some(named) }) => {
                    assert_eq!(engines(&events), *named, "seed {seed}\n{shown}");
                    assert!(named.iter().all(eligible), "seed {seed}\n{shown}");
                    *seen.entry("accepted".to_owned()).or_default() += 1;
                }
                (Err(pbc_lib::Failure::Refused { code, message }), Answer::Refused { .. }) => {
                    let said = format!("The request is refused: {code}: {message}.\n");
                    assert!(shown.contains(&said), "seed {seed}\n{shown}");
                    check_reasons(&why_not, &code, &message, &shown);
                    *seen.entry(code.into_owned()).or_default() += 1;
                }
                (answer, said) => panic!("seed {seed}: {answer:?}, said {said:?}\n{shown}"),
            }
        }
    }
    println!("{seen:?}");
    for (answer, least) in [("accepted", 50), ("not_enough_nodes", 20), ("node_version_too_low", 5)]
    {
        let count = seen.get(answer).copied().unwrap_or_default();
        assert!(count >= least, "{answer}: {count}, at least {least} wanted");
    }
}

/// The reasons shown are those that the registry refuses for.
fn check_reasons(why_not: &WhyNot, code: &str, message: &str, shown: &str) {
    if code == "not_enough_nodes" {
        let expected = format!(" {} eligible", why_not.eligible());
        assert!(message.contains(&expected), "{message}\n{shown}");
    }
    if code.starts_with("node_") && code != "node_count_mismatch" {
        let first = why_not.nodes.iter().find(|node| !node.is_eligible()).expect("a culprit");
        assert_eq!(first.reasons[0].code(), code, "{shown}");
    }
}
