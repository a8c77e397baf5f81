//! What is told when a node is none, or something is wrong with its answers.

use std::net::TcpListener;
use std::time::Duration;

use expect_test::{Expect, expect};
use serde_json::json;
use zk_node_registry::rules::units::Timestamp;
use zkreg::json::{ImportOptions, import};
use zkreg::reader::{Limits, Reader};

use crate::node::{LIVE, Node, REGISTRY};
use crate::server::{Answer, Server};
use crate::{address, busy, fetch, fetch_within, limits};

/// A node with a registry of ours.
fn node() -> Node {
    let (root, trees) = busy();
    Node::with_registry(&root, &trees)
}

/// What is told of a server, whose URL is left out, and how many requests it had.
fn told(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> String {
    told_after(limits().silence, answer)
}

fn told_after(
    silence: Duration,
    answer: impl Fn(&str) -> Answer + Send + Sync + 'static,
) -> String {
    let server = Server::start(answer);
    let limits = Limits { silence, ..limits() };
    let error = fetch_within(&server.url(), REGISTRY, limits).expect_err("it fails");
    let told = error.to_string().replace(&server.url(), "URL").replace(REGISTRY, "ADDRESS");
    format!("requests: {}\n{told}\n", server.requests().len())
}

/// As [`told`], of a node that answers otherwise where the request contains `part`.
fn told_at(part: &'static str, answer: impl Fn() -> Answer + Send + Sync + 'static) -> String {
    let node = node();
    told(move |request| if request.contains(part) { answer() } else { node.answer(request) })
}

fn check(told: &str, expected: Expect) {
    expected.assert_eq(told);
}

#[test]
fn refusals_are_told_with_what_to_do() {
    check(
        &told(|_| Answer::Status(404)),
        expect![[r#"
            requests: 1
            URL/chain/contracts/ADDRESS: the answer is HTTP 404; there is no such contract or shard here: is the address right, `--shard` too, and this a node of the right chain? Testnet has nodes of its own
        "#]],
    );
    check(
        &told(|_| Answer::Status(403)),
        expect![[r#"
            requests: 1
            URL/chain/contracts/ADDRESS: the answer is HTTP 403; the node does not serve everybody; another reader node may
        "#]],
    );
    check(
        &told(|_| Answer::Status(429)),
        expect![[r#"
            requests: 3
            URL/chain/contracts/ADDRESS: the answer is HTTP 429, tried 3 times; the node limits how much is asked; try later
        "#]],
    );
    check(
        &told(|_| Answer::Status(500)),
        expect![[r#"
            requests: 3
            URL/chain/contracts/ADDRESS: the answer is HTTP 500, tried 3 times; the node is in trouble; try later, or another reader node
        "#]],
    );
    check(
        &told(|_| Answer::Status(302)),
        expect![[r#"
            requests: 1
            URL/chain/contracts/ADDRESS: the answer is not HTTP (missing a location header); is this a reader node?
        "#]],
    );
    check(
        &told_at("/avl/2?", || Answer::Status(404)),
        expect![[r#"
            requests: 14
            URL/chain/contracts/ADDRESS/avl/2?blockTime=4711: the answer is HTTP 404; there is no such contract or shard here: is the address right, `--shard` too, and this a node of the right chain? Testnet has nodes of its own
        "#]],
    );
}

#[test]
fn what_does_not_answer_or_is_no_node_is_told() {
    check(
        &told_after(Duration::from_millis(200), |_| Answer::Silence),
        expect![[r#"
            requests: 3
            URL/chain/contracts/ADDRESS: no answer within 200ms, tried 3 times; is the node up? Another reader node may be faster
        "#]],
    );
    check(
        &told(|_| Answer::Raw(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec())),
        expect![[r#"
            requests: 1
            URL/chain/contracts/ADDRESS: the answer is not HTTP (http parse fail: invalid HTTP version); is this a reader node?
        "#]],
    );
    check(
        &told(|_| Answer::Raw(Vec::new())),
        expect![[r#"
            requests: 3
            URL/chain/contracts/ADDRESS: the answer breaks off before its end, tried 3 times; try again
        "#]],
    );
    check(
        &told(|_| Answer::Json("<html>".to_owned())),
        expect![[r#"
            requests: 1
            URL/chain/contracts/ADDRESS: the answer has not the shape of a reader node's: expected value at line 1 column 1; is this a reader node?
        "#]],
    );

    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}", listener.local_addr().expect("it has an address"));
    drop(listener);
    let error = fetch(&url, REGISTRY).expect_err("nobody listens");
    let error = error.to_string();
    assert!(error.contains("no connection: ") && error.contains("tried 3 times"), "{error}");
}

#[test]
fn answers_of_another_shape_are_told() {
    let json = |text: &'static str| move || Answer::Json(text.to_owned());
    check(
        &told_at(REGISTRY, json("[]")),
        expect![[r#"
            requests: 1
            URL/chain/contracts/ADDRESS: the answer has not the shape of a reader node's: invalid length 0, expected struct ShardAnswer with 1 element at line 1 column 2; is this a reader node?
        "#]],
    );
    check(
        &told_at(REGISTRY, json("{}")),
        expect![[r#"
            requests: 1
            URL/chain/contracts/ADDRESS: the answer does not say on which shard the contract is; say `--shard`, such as `--shard Shard0`
        "#]],
    );
    check(
        &told_at(REGISTRY, json(r#"{"shardId": "../x"}"#)),
        expect![[r#"
            requests: 1
            URL/chain/contracts/ADDRESS: the answer does not say on which shard the contract is; say `--shard`, such as `--shard Shard0`
        "#]],
    );
    check(
        &told_at("?blockTime", json(r#"{"shardId": "Shard1"}"#)),
        expect![[r#"
            requests: 3
            URL/chain/contracts/ADDRESS?blockTime=4711: the answer has not the shape of a reader node's: the key `serializedContract` is missing; is this a reader node?
        "#]],
    );
    check(
        &told_at("?blockTime", json(r#"{"serializedContract": "???"}"#)),
        expect![[r#"
            requests: 3
            URL/chain/contracts/ADDRESS?blockTime=4711: the answer has not the shape of a reader node's: `serializedContract` is not base64: Invalid symbol 63, offset 0.; is this a reader node?
        "#]],
    );
    check(
        &told_at("?blockTime", json(r#"{"serializedContract": "AAAA"}"#)),
        expect![[r#"
            requests: 3
            URL/chain/contracts/ADDRESS?blockTime=4711: the state has 3 bytes, and that of a ZK node registry has 121; is the address right?
        "#]],
    );
    check(
        &told_at("/blocks", json(r#"{"blockTime": "1"}"#)),
        expect![[r#"
            requests: 2
            URL/chain/shards/Shard1/blocks: the answer has not the shape of a reader node's: invalid type: string "1", expected i64 at line 1 column 17; is this a reader node?
        "#]],
    );
    check(
        &told_at("/avl/0?", json(r#"{"size": -1}"#)),
        expect![[r#"
            requests: 4
            URL/chain/contracts/ADDRESS/avl/0?blockTime=4711: the answer has not the shape of a reader node's: invalid value: integer `-1`, expected u64 at line 1 column 12; is this a reader node?
        "#]],
    );
    check(
        &told_at("/avl/0/next", json(r#"[{"key": "0", "value": ""}]"#)),
        expect![[r#"
            requests: 5
            URL/chain/contracts/ADDRESS/avl/0/next?n=2&blockTime=4711: the answer has not the shape of a reader node's: `key` is not hex: Odd number of digits; is this a reader node?
        "#]],
    );
    check(
        &told_at("/avl/0/next", json(r#"[{"key": "00", "value": "?"}]"#)),
        expect![[r#"
            requests: 5
            URL/chain/contracts/ADDRESS/avl/0/next?n=2&blockTime=4711: the answer has not the shape of a reader node's: `value` is not base64: Invalid symbol 63, offset 0.; is this a reader node?
        "#]],
    );
}

#[test]
fn trees_that_do_not_fit_together_are_told() {
    let json = |text: &'static str| move || Answer::Json(text.to_owned());
    // It has fewer entries than the node says, has one again and again, or has more.
    check(
        &told_at("/avl/0?", json(r#"{"size": 100}"#)),
        expect![[r#"
            requests: 9
            URL/chain/contracts/ADDRESS/avl/0/next?key=00c974afed94029e20e98fde4444706e3efac1bf77&n=2&blockTime=4711: the tree staked_tokens has 7 entries, not 100; the registry may have changed while it was read: try again
        "#]],
    );
    check(
        &told_at("/avl/1/next", json(r#"[{"key": "00", "value": ""}]"#)),
        expect![[r#"
            requests: 11
            URL/chain/contracts/ADDRESS/avl/1/next?key=00&n=2&blockTime=4711: the tree zk_nodes has the key 00 twice; the registry may have changed while it was read: try again
        "#]],
    );
    check(
        &told_at("/avl/3?", json(r#"{"size": 1}"#)),
        expect![[r#"
            requests: 19
            URL/chain/contracts/ADDRESS/avl/3/next?n=2&blockTime=4711: the tree roster has 2 entries, not 1; the registry may have changed while it was read: try again
        "#]],
    );
    // Each part has its shape, and together they are no state.
    check(
        &told_at("/avl/4?", json(r#"{"size": 0}"#)),
        expect![[r#"
            requests: 23
            URL/chain/contracts/ADDRESS?blockTime=4711: state_invariant: INV-19: roster[0]: 004811c8f10a53e636352f06987f42fe425acedd80 has position none in roster_position
            URL/chain/contracts/ADDRESS?blockTime=4711: state_invariant: INV-19: roster[1]: 00976089ac18193af802c66b631cc8d2dc1bae8c88 has position none in roster_position
            URL/chain/contracts/ADDRESS?blockTime=4711: state_invariant: INV-19: roster[2]: 006c72caf1facf5ce08b03aa6921ed9af5645d5466 has position none in roster_position
            URL/chain/contracts/ADDRESS?blockTime=4711: state_invariant: INV-19: roster[3]: 006c6e489b31ef8cbf151bd543acf6e8890ffa1f49 has position none in roster_position
            URL/chain/contracts/ADDRESS?blockTime=4711: state_invariant: INV-19: roster[4]: 00ab6a73742a152d4481190ab31de5d6f3f32f329c has position none in roster_position
            URL/chain/contracts/ADDRESS?blockTime=4711: state_invariant: INV-19: roster[5]: 00c974afed94029e20e98fde4444706e3efac1bf77 has position none in roster_position
            URL/chain/contracts/ADDRESS?blockTime=4711: state_invariant: INV-19: roster[6]: 002eb5d4bb863327bb7a5aec7ea92effdbf917cd8f has position none in roster_position
            URL/chain/contracts/ADDRESS?blockTime=4711: state_invariant: INV-19: zk_nodes[002eb5d4bb863327bb7a5aec7ea92effdbf917cd8f]: it is a member by its records and not in the roster
            URL/chain/contracts/ADDRESS?blockTime=4711: state_invariant: INV-19: zk_nodes[004811c8f10a53e636352f06987f42fe425acedd80]: it is a member by its records and not in the roster
            URL/chain/contracts/ADDRESS?blockTime=4711: state_invariant: INV-19: zk_nodes[006c6e489b31ef8cbf151bd543acf6e8890ffa1f49]: it is a member by its records and not in the roster
            URL/chain/contracts/ADDRESS?blockTime=4711: state_invariant: INV-19: zk_nodes[006c72caf1facf5ce08b03aa6921ed9af5645d5466]: it is a member by its records and not in the roster
            URL/chain/contracts/ADDRESS?blockTime=4711: state_invariant: INV-19: zk_nodes[00976089ac18193af802c66b631cc8d2dc1bae8c88]: it is a member by its records and not in the roster
            URL/chain/contracts/ADDRESS?blockTime=4711: state_invariant: INV-19: zk_nodes[00ab6a73742a152d4481190ab31de5d6f3f32f329c]: it is a member by its records and not in the roster
            URL/chain/contracts/ADDRESS?blockTime=4711: state_invariant: INV-19: zk_nodes[00c974afed94029e20e98fde4444706e3efac1bf77]: it is a member by its records and not in the roster
        "#]],
    );
}

#[test]
fn what_breaks_off_or_goes_on_and_on_is_told() {
    let broken = b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n{\"abi\": \"".to_vec();
    check(
        &told(move |_| Answer::Raw(broken.clone())),
        expect![[r#"
            requests: 3
            URL/chain/contracts/ADDRESS: the answer breaks off before its end, tried 3 times; try again
        "#]],
    );

    let server = Server::start({
        let node = node();
        move |request| node.answer(request)
    });
    let small = Limits { state_bytes: 2_000, ..limits() };
    let reader = Reader::new(&server.url(), small).expect("a URL");
    let error = reader.document(&address(REGISTRY), None, &mut |_| ()).err().expect("too large");
    let error = error.to_string();
    assert!(error.contains("is longer than 2000 bytes, which is the limit"), "{error}");
}

#[test]
fn json_that_breaks_off_or_goes_on_and_on_is_told_while_it_is_read() {
    let serve = |answer: fn() -> Answer| {
        let node = Node::with_document("{}");
        Server::start(move |request| {
            if request.contains("requireContractState") { answer() } else { node.answer(request) }
        })
    };
    let told = |server: &Server, state_bytes: u64| {
        let reader = Reader::new(&server.url(), Limits { state_bytes, ..limits() });
        let reader = reader.expect("a URL");
        let document = reader.document(&address(LIVE), None, &mut |_| ()).expect("it begins");
        let as_of = Some(Timestamp::from_millis(0));
        let options = ImportOptions { as_of, ..ImportOptions::default() };
        import(document.text, &options).expect_err("it does not end well").to_string()
    };
    let broken = serve(|| {
        Answer::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n{\"type\": \"".to_vec())
    });
    check(
        &told(&broken, 1 << 20),
        expect!["the document cannot be read: the answer breaks off before its end; try again"],
    );
    let endless = serve(|| Answer::Json(json!({ "type": "x".repeat(10_000) }).to_string()));
    check(
        &told(&endless, 5_000),
        expect![
            "the document cannot be read: the answer is longer than 5000 bytes, which is the limit; is this a reader node, and the contract a registry?"
        ],
    );
    let other =
        serve(|| Answer::Json(json!({ "serializedContract": { "data": "AAAA" } }).to_string()));
    check(
        &told(&other, 1 << 20),
        expect![[r#"
        import_malformed: serializedContract.stakedTokens: the key is missing (line 1, column 37)
        import_malformed: serializedContract.zkNodes: the key is missing (line 1, column 37)
        import_collaborators: collaborators: the document has none, and none are given; `--collaborators FILE` says them"#]],
    );
}

#[test]
fn arguments_that_cannot_be_right_are_told_before_anything_is_sent() {
    let of_url = |url: &str| Reader::new(url, limits()).expect_err("no URL").to_string() + "\n";
    check(
        &of_url("reader.example"),
        expect![[r#"
        reader.example: not a URL: it starts with neither https:// nor http://; a reader node has a URL such as https://node1.testnet.partisiablockchain.com
    "#]],
    );
    check(
        &of_url("https://"),
        expect![[r#"
            https://: not a URL; a reader node has a URL such as https://node1.testnet.partisiablockchain.com
        "#]],
    );
    check(
        &of_url("https://a b"),
        expect![[r#"
        https://a b: not a URL; a reader node has a URL such as https://node1.testnet.partisiablockchain.com
    "#]],
    );
    check(
        &of_url("https://reader.example/?x=1"),
        expect![[r#"
        https://reader.example/?x=1: not the URL of a host; a reader node has a URL such as https://node1.testnet.partisiablockchain.com
    "#]],
    );

    let server = Server::start(|_| Answer::Status(404));
    let of = |contract: &str, shard: Option<&str>| {
        let reader = Reader::new(&server.url(), limits()).expect("a URL");
        let error = reader.document(&address(contract), shard, &mut |_| ());
        error.err().expect("it fails").to_string().replace(&server.url(), "URL") + "\n"
    };
    check(
        &of("00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", None),
        expect![[r#"
        URL/chain/contracts/00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1: 00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1 is an account or a ZK contract; a registry is a system contract (01, 04) or a public one (02)
    "#]],
    );
    check(
        &of(REGISTRY, Some("../x")),
        expect![[r#"
        URL/shards: `../x` is no shard; say one such as `Shard0`
    "#]],
    );
    assert_eq!(server.requests(), [""; 0]);
}

#[test]
fn parts_of_different_times_are_suspected_where_the_node_does_not_tell_blocks() {
    let node = Node { tells_blocks: false, ..node() };
    let told = told(move |request| {
        let is_late = request.ends_with("/avl/4");
        if is_late { Answer::Json(r#"{"size": 0}"#.to_owned()) } else { node.answer(request) }
    });
    check(
        told.lines().last().expect("there are lines"),
        expect![
            "URL/chain/contracts/ADDRESS: the node does not tell blocks, so these parts may be of different times: try again"
        ],
    );
}
