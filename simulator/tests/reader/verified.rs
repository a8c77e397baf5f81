//! `zkreg verify`: the registry that `init-args` creates is told from every other.

use std::fs;
use std::path::{Path, PathBuf};

use expect_test::expect;
use pbc_contract_common::Hash;
use pbc_contract_common::context::ContractContext;
use pbc_host::{ContractAbi, PbcFile};
use zkreg::chain::EngineContract;
use zkreg::deployment::{Terms, deployed};
use zkreg::engine::NativeEngine;

use crate::address;
use crate::node::{LIVE, Node, REGISTRY};
use crate::server::{Answer, Server};
use crate::shell::{check, run};

const PROFILE: &str = "abi/testnet.json";

/// A node with a registry that was created with `terms`.
fn created(terms: &Terms) -> Node {
    let hash = Hash { bytes: [0; 32] };
    let context = ContractContext {
        contract_address: address(REGISTRY),
        sender: address("00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"),
        block_time: 1,
        block_production_time: 0,
        current_transaction: hash.clone(),
        original_transaction: hash,
    };
    let engine = Box::new(NativeEngine::of("zk_node_registry"));
    let (contract, _) = EngineContract::create(&context, &terms.rpc(), engine).expect("it can be");
    Node::with_registry(contract.state(), contract.trees())
}

fn testnet() -> Terms {
    Terms::read(include_str!("../../../abi/testnet.json").as_bytes()).expect("the profile")
}

fn serve(node: Node) -> Server {
    Server::start(move |request| node.answer(request))
}

const VERIFY: [&str; 5] = ["verify", "--reader", "URL", "--contract", REGISTRY];

fn with_profile() -> Vec<&'static str> {
    [&VERIFY[..], &["--settings", PROFILE]].concat()
}

/// A file with these bytes, for a test to name.
fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, bytes).expect("a file can be written");
    path
}

#[test]
fn a_registry_as_it_should_be_is_status_0() {
    check(
        &serve(created(&testnet())),
        &with_profile(),
        expect![[r#"
            status 0
            --- out
            02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa at URL
            code      equal      78161 bytes, SHA-256 403b0ce454fa241d58c42e4edf88de65e5d0c319dfa2001e5daf2f3435d8c7a2
            abi       equal      3376 bytes, SHA-256 a6978449a108f982e07f19c739be5145a0192f585ff688c48aee46f031f554b3
            settings  equal
            --- err
        "#]],
    );
    // Without a file: as on mainnet.
    let (status, ..) = run(&serve(created(&Terms::of_deployments())), &VERIFY);
    assert_eq!(status, 0);
}

#[test]
fn other_settings_are_told_one_by_one() {
    check(
        &serve(created(&testnet())),
        &VERIFY,
        expect![[r#"
            status 1
            --- out
            02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa at URL
            code      equal      78161 bytes, SHA-256 403b0ce454fa241d58c42e4edf88de65e5d0c319dfa2001e5daf2f3435d8c7a2
            abi       equal      3376 bytes, SHA-256 a6978449a108f982e07f19c739be5145a0192f585ff688c48aee46f031f554b3
            settings  DIFFERENT
                      - bp_orchestration: 00dddddddddddddddddddddddddddddddddddddddd, not 04203b77743ad0ca831df9430a6be515195733ad91
                      - zk_contract_deploy: 00dddddddddddddddddddddddddddddddddddddddd, not 018bc1ccbb672b87710327713c97d43204905082cb
                      - voting: 00dddddddddddddddddddddddddddddddddddddddd, not 04c5f00d7c6d70c3d0919fd7f81c7b9bfe16063620
                      - stake_token: 02eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee, not 01615beb1c2bf57e45fcd1c4e67ef35b8735a685b1
                      - require_block_producer: false, not true
                      - min_node_stake: 1000000, not 750000000
                      - min_total_stakes: 10000, not 20000000
            --- err
        "#]],
    );
    let empty = Node { root: Vec::new(), ..created(&testnet()) };
    check(
        &serve(empty),
        &with_profile(),
        expect![[r#"
            status 1
            --- out
            02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa at URL
            code      equal      78161 bytes, SHA-256 403b0ce454fa241d58c42e4edf88de65e5d0c319dfa2001e5daf2f3435d8c7a2
            abi       equal      3376 bytes, SHA-256 a6978449a108f982e07f19c739be5145a0192f585ff688c48aee46f031f554b3
            settings  DIFFERENT
                      - what is served, 0 bytes, is no state of a registry: collaborators.bp_orchestration.address_type: truncated: the input ends at byte 0, 1 bytes wanted
            --- err
        "#]],
    );
}

#[test]
fn other_code_is_told_with_its_first_other_byte() {
    let changed = |change: fn(&mut Vec<u8>)| {
        let mut wasm = deployed().wasm;
        change(&mut wasm);
        serve(Node { code: Some(wasm), ..created(&testnet()) })
    };
    check(
        &changed(|wasm| wasm[5_000] ^= 1),
        &with_profile(),
        expect![[r#"
            status 1
            --- out
            02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa at URL
            code      DIFFERENT  78161 bytes, SHA-256 403b0ce454fa241d58c42e4edf88de65e5d0c319dfa2001e5daf2f3435d8c7a2
                      served     78161 bytes, SHA-256 d1f8445cfc57a86eed34548237e1fe7416a214785e355ef7fd65596a9a2ed32c
                      - byte 5000 is 7e, not 7f: the first that is different
            abi       equal      3376 bytes, SHA-256 a6978449a108f982e07f19c739be5145a0192f585ff688c48aee46f031f554b3
            settings  equal
            --- err
        "#]],
    );
    let told = |change| run(&changed(change), &with_profile()).1;
    let length = deployed().wasm.len();
    let ends = format!("- it ends after 8 bytes, not {length}\n");
    assert!(told(|wasm| wasm.truncate(8)).contains(&ends));
    let goes_on = format!("- it goes on after {length} bytes, to {}\n", length + 1);
    assert!(told(|wasm| wasm.push(0)).contains(&goes_on));
}

#[test]
fn code_that_is_not_served_is_compared_by_its_identifier() {
    let node = Node { code: None, ..created(&testnet()) };
    check(
        &serve(node.clone()),
        &with_profile(),
        expect![[r#"
            status 0
            --- out
            02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa at URL
            code      equal      78161 bytes, SHA-256 403b0ce454fa241d58c42e4edf88de65e5d0c319dfa2001e5daf2f3435d8c7a2, by its identifier: the node does not serve it
            abi       equal      3376 bytes, SHA-256 a6978449a108f982e07f19c739be5145a0192f585ff688c48aee46f031f554b3
            settings  equal
            --- err
        "#]],
    );
    let other = Node { code_id: "ab".repeat(32), ..node };
    check(
        &serve(other),
        &with_profile(),
        expect![[r#"
            status 1
            --- out
            02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa at URL
            code      DIFFERENT  78161 bytes, SHA-256 403b0ce454fa241d58c42e4edf88de65e5d0c319dfa2001e5daf2f3435d8c7a2
                      - the node does not serve the code, and its identifier abababababababababababababababababababababababababababababababab is not the SHA-256 expected
            abi       equal      3376 bytes, SHA-256 a6978449a108f982e07f19c739be5145a0192f585ff688c48aee46f031f554b3
            settings  equal
            --- err
        "#]],
    );
}

#[test]
fn functions_that_are_missing_other_or_new_are_told() {
    let mut abi = ContractAbi::decode(&deployed().abi).expect("an ABI");
    abi.functions.retain(|function| function.name != "set_reserved_tokens");
    let debit = abi.functions.iter_mut().find(|it| it.shortname == Some(0x0b)).expect("0b");
    debit.name = "take_all_tokens".to_owned();
    let mut new = debit.clone();
    (new.name, new.shortname) = ("burn".to_owned(), Some(0x7f));
    abi.functions.push(new);
    let node = Node { abi: abi.encode(), ..created(&testnet()) };
    check(
        &serve(node),
        &with_profile(),
        expect![[r#"
            status 1
            --- out
            02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa at URL
            code      equal      78161 bytes, SHA-256 403b0ce454fa241d58c42e4edf88de65e5d0c319dfa2001e5daf2f3435d8c7a2
            abi       DIFFERENT  3376 bytes, SHA-256 a6978449a108f982e07f19c739be5145a0192f585ff688c48aee46f031f554b3
                      served     3357 bytes, SHA-256 3892ee8a819bac830f858272ba8a44731af8f150330046c8d35758c325386e6d
                      - action 0b take_all_tokens(token_amount: i64), not action 0b disassociate_tokens(token_amount: i64)
                      - action 13 set_reserved_tokens(new_reserved: i64) is missing
                      - action 7f burn(token_amount: i64) is not expected
                      - byte 1874 is 0f, not 13: the first that is different
            settings  equal
            --- err
        "#]],
    );
    let none = Node { abi: b"PBCABJ".to_vec(), ..created(&testnet()) };
    check(
        &serve(none),
        &with_profile(),
        expect![[r#"
            status 1
            --- out
            02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa at URL
            code      equal      78161 bytes, SHA-256 403b0ce454fa241d58c42e4edf88de65e5d0c319dfa2001e5daf2f3435d8c7a2
            abi       DIFFERENT  3376 bytes, SHA-256 a6978449a108f982e07f19c739be5145a0192f585ff688c48aee46f031f554b3
                      served     6 bytes, SHA-256 746408ec3edf678f08fa1bbe747a7e9165f8bbdd4c16d272766f6eb6cd7eb738
                      - what is served is no ABI: the file does not start with `PBCABI`
                      - byte 5 is 4a, not 49: the first that is different
            settings  equal
            --- err
        "#]],
    );
}

#[test]
fn another_file_can_be_what_is_expected() {
    let PbcFile { abi, mut wasm, .. } = deployed();
    wasm[5_000] ^= 1;
    let path = file("other.pbc", &PbcFile { abi, wasm, zk_bytecode: None }.encode());
    let path = path.to_str().expect("a path of text");
    let server = serve(created(&testnet()));

    let (status, out, _) = run(&server, &[&with_profile()[..], &["--pbc", path]].concat());

    assert_eq!(status, 1);
    assert!(out.contains("- byte 5000 is "), "{out}");
}

#[test]
fn programs_get_one_object() {
    let arguments = [&with_profile()[..], &["--format", "json"]].concat();
    let (status, out, _) = run(&serve(created(&testnet())), &arguments);
    let object: serde_json::Value = serde_json::from_str(&out).expect("JSON");

    assert_eq!((status, &object["equal"]), (0, &serde_json::Value::Bool(true)));
    let parts = object["parts"].as_array().expect("a list");
    let names: Vec<_> = parts.iter().filter_map(|part| part["part"].as_str()).collect();
    assert_eq!(names, ["code", "abi", "settings"]);
    let record = include_str!("../../../abi/zk_node_registry.build.json");
    let record: serde_json::Value = serde_json::from_str(record).expect("JSON");
    assert_eq!(parts[0]["served"]["sha256"], record["wasm"]["sha256"]);
}

#[test]
fn what_cannot_be_compared_is_status_2() {
    let server = Server::start(|_| Answer::Status(404));
    check(
        &server,
        &VERIFY,
        expect![[r#"
        status 2
        --- out
        --- err
        error: URL/chain/contracts/02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: the answer is HTTP 404; there is no such contract or shard here: is the address right, `--shard` too, and this a node of the right chain? Testnet has nodes of its own
    "#]],
    );
    check(
        &server,
        &["verify", "--reader", "URL", "--contract", LIVE],
        expect![[r#"
        status 2
        --- out
        --- err
        error: URL/chain/contracts/01a2020bb33ef9e0323c7a3210d5cb7fd492aa0d65: 01a2020bb33ef9e0323c7a3210d5cb7fd492aa0d65 is no public contract (02), and only those run a module that could be compared; the live registry is a system contract
    "#]],
    );
    check(
        &server,
        &[&VERIFY[..], &["--pbc", "README.md"]].concat(),
        expect![[r#"
        status 2
        --- out
        --- err
        error: README.md: the file does not start with `PBSC`
    "#]],
    );
    check(
        &server,
        &[&VERIFY[..], &["--settings", "README.md"]].concat(),
        expect![[r#"
        status 2
        --- out
        --- err
        error: README.md: import_malformed: this is no JSON: an unexpected character (line 1, column 1)
    "#]],
    );
}
