//! `--reader` for auditors: which contracts exist, states that no registry has written, and what is
//! different since.

use expect_test::expect;
use serde_json::{Value, json};

use crate::node::{LIVE, Node, REGISTRY};
use crate::server::{Answer, Server};
use crate::shell::{check, run};

/// The live registry, on a chain that has one of the three contracts with nodes.
fn live() -> Server {
    let node = Node::with_document(include_str!("../../../tests/data/live.json"));
    Server::start(move |request| match request {
        "/chain/contracts/03055d9c05807c7b88bd18fb3e2ebc0e531998bfe2" => {
            Answer::Json(json!({ "shardId": "Shard0" }).to_string())
        }
        _ => node.answer(request),
    })
}

#[test]
fn contracts_that_the_node_does_not_know_are_orphans() {
    check(
        &live(),
        &["audit", "--reader", "URL", "--contract", LIVE, "--look-up", "--quiet"],
        expect![[r#"
            status 1
            --- out
            warning: INV-20: zkNodes[00d2b8f62a7e335bbd5576c8422844760f22ec3780].restEndpoint: endpoint_not_https: the endpoint starts with http://m, not with https:// and a host; expected a valid endpoint
            warning: ORPHAN: computations[034ae6dd047e720d5d6a0211ca9b657ef0cbc108c1]: no such contract; 4 nodes with 2_000 MPC; expected a contract that exists, or no allocation to it
            warning: ORPHAN: computations[0384b93bac5bd4f172fd22544ed4fae78a86504db4]: no such contract; 4 nodes with 2_000 MPC; expected a contract that exists, or no allocation to it
            --- err
            note: URL/shards/Shard1/blockchain/contracts/01a2020bb33ef9e0323c7a3210d5cb7fd492aa0d65: read at block 4711 of 2025-06-15T12:00:00Z
        "#]],
    );
}

#[test]
fn a_node_that_does_not_answer_about_a_contract_ends_the_audit() {
    let node = Node::with_document(include_str!("../../../tests/data/live.json"));
    let server = Server::start(move |request| {
        if request.starts_with("/chain/contracts/03") {
            return Answer::Status(403);
        }
        node.answer(request)
    });
    let audit = ["audit", "--reader", "URL", "--contract", LIVE, "--look-up"];
    let (status, out, err) = run(&server, &audit);
    assert_eq!((status, out.as_str()), (2, ""));
    assert!(err.contains("/chain/contracts/03"), "{err}");
    let file = ["audit", "--state", "tests/data/live.json", "--look-up"];
    assert_eq!(run(&server, &file).0, 2, "no node to ask");
}

#[test]
fn bytes_that_no_registry_writes_are_findings() {
    let (root, trees) = crate::busy();
    let mut node = Node::with_registry(&root, &trees);
    let sound = node.clone();
    let server = Server::start(move |request| sound.answer(request));
    let now = ["--as-of", "2025-01-15T00:00:00Z"];
    let audit = ["audit", "--reader", "URL", "--contract", REGISTRY, now[0], now[1], "--quiet"];
    let (status, out, _) = run(&server, &audit);
    assert_eq!((status, out.as_str()), (0, ""));

    // The last position of the roster.
    node.trees.get_mut(&3).expect("the roster").pop();
    let server = Server::start(move |request| node.answer(request));
    let (status, out, err) = run(&server, &audit);
    assert_eq!((status, err.as_str()), (1, ""));
    expect![[r#"
        error: INV-19: rosterPosition[002eb5d4bb863327bb7a5aec7ea92effdbf917cd8f]: it is not at position 6; expected that the roster and its inverse have no gaps and hold exactly the nodes that may be drawn
    "#]].assert_eq(&out);
    let (_, text, _) = run(&server, &audit[..7]);
    assert!(text.contains("not a state that a registry has written"), "{text}");
    let sarif = [&audit[..7], &["--format", "sarif"]].concat();
    let sarif: Value = serde_json::from_str(&run(&server, &sarif).1).expect("it is JSON");
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "INV-19");
}

#[test]
fn a_file_is_compared_with_what_is_served_now() {
    let diff = ["state", "diff", "tests/data/live.json", "--as-of", "2025-06-15T12:00:00Z"];
    let (status, out, err) =
        run(&live(), &[&diff[..], &["--reader", "URL", "--contract", LIVE]].concat());
    assert_eq!((status, out.as_str()), (0, "the states are the same\n"));
    assert!(err.contains("read at block 4711"), "{err}");

    let mut document: Value =
        serde_json::from_str(include_str!("../../../tests/data/live.json")).expect("JSON");
    let tokens = &mut document["serializedContract"]["stakedTokens"][0]["value"];
    tokens["freeTokens"] = "745010000".into();
    let node = Node::with_document(&document.to_string());
    let server = Server::start(move |request| node.answer(request));
    let (status, out, _) =
        run(&server, &[&diff[..], &["--reader", "URL", "--contract", LIVE]].concat());
    assert_eq!(status, 1);
    expect![[r#"
        stakedTokens[0015b18a7243257695704f66a3b1ddc9311194fc7d]
          freeTokens  74_500 -> 74_501 (+1)

        1 record different
    "#]]
    .assert_eq(&out);
    let both = [&diff[..], &["x.json", "--reader", "URL", "--contract", LIVE]].concat();
    assert_eq!(run(&server, &both).0, 2);
    assert_eq!(run(&server, &diff).0, 2);
}
