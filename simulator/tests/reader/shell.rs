//! `--reader` as the shell sees it.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use expect_test::{Expect, expect};

use crate::node::{LIVE, Node, REGISTRY};
use crate::server::{Answer, Server};

/// Exit status, standard output and standard error; `URL` stands for that of the server.
pub(crate) fn run(server: &Server, arguments: &[&str]) -> (i32, String, String) {
    let url = server.url();
    let arguments = arguments.iter().map(|it| it.replace("URL", &url));
    let mut command = Command::new(env!("CARGO_BIN_EXE_zkreg"));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    command.current_dir(folder).args(arguments).stdin(Stdio::null());
    let output = command.output().expect("zkreg can be started");
    let text = |bytes| String::from_utf8(bytes).expect("text").replace(&url, "URL");
    let status = output.status.code().expect("zkreg was not killed");
    (status, text(output.stdout), text(output.stderr))
}

pub(crate) fn check(server: &Server, arguments: &[&str], expected: Expect) {
    let (status, out, err) = run(server, arguments);
    expected.assert_eq(&format!("status {status}\n--- out\n{out}--- err\n{err}"));
}

fn live() -> Server {
    let document = include_str!("../../../tests/data/live.json");
    let node = Node::with_document(document);
    Server::start(move |request| node.answer(request))
}

#[test]
fn the_status_is_that_of_the_same_state_in_a_file() {
    let server = live();
    let fetched = run(&server, &["status", "--reader", "URL", "--contract", LIVE]);
    let file = ["status", "--state", "tests/data/live.json", "--as-of", "2025-06-15T12:00:00Z"];
    let (status, out, err) = run(&server, &file);

    assert_eq!((fetched.0, &fetched.1), (status, &out));
    let (note, findings) = fetched.2.split_once('\n').expect("the block is told");
    expect!["note: URL/shards/Shard1/blockchain/contracts/01a2020bb33ef9e0323c7a3210d5cb7fd492aa0d65: read at block 4711 of 2025-06-15T12:00:00Z"].assert_eq(note);
    let url = format!("URL/shards/Shard1/blockchain/contracts/{LIVE}");
    assert_eq!(findings.replace(&url, "tests/data/live.json"), err);
    assert!(!err.is_empty());
}

#[test]
fn a_time_that_is_said_counts() {
    let time = ["--as-of", "2025-06-15T12:00:01Z", "--format", "json"];
    let fetched = ["status", "--reader", "URL", "--contract", LIVE];
    let file = ["status", "--state", "tests/data/live.json"];

    let fetched = run(&live(), &[&fetched[..], &time].concat());

    assert_eq!(fetched.1, run(&live(), &[&file[..], &time].concat()).1);
    let note = fetched.2.lines().next().unwrap_or_default();
    expect!["note: URL/shards/Shard1/blockchain/contracts/01a2020bb33ef9e0323c7a3210d5cb7fd492aa0d65: read at block 4711 of 2025-06-15T12:00:00Z; taken to be of 2025-06-15T12:00:01Z, as was said"].assert_eq(note);
}

#[test]
fn a_moment_before_the_block_is_refused() {
    let early = ["status", "--reader", "URL", "--contract", LIVE, "--now", "2025-06-15T11:59:59Z"];
    check(
        &live(),
        &early,
        expect![[r#"
        status 2
        --- out
        --- err
        note: URL/shards/Shard1/blockchain/contracts/01a2020bb33ef9e0323c7a3210d5cb7fd492aa0d65: read at block 4711 of 2025-06-15T12:00:00Z
        error: `--now` is 2025-06-15T11:59:59Z, before the state, which is of 2025-06-15T12:00:00Z
    "#]],
    );
}

#[test]
fn what_is_wrong_is_told_with_its_url() {
    let server = Server::start(|_| Answer::Status(404));
    check(
        &server,
        &["status", "--reader", "URL", "--contract", REGISTRY],
        expect![[r#"
        status 2
        --- out
        --- err
        error: URL/chain/contracts/02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: the answer is HTTP 404; there is no such contract or shard here: is the address right, `--shard` too, and this a node of the right chain? Testnet has nodes of its own
    "#]],
    );
    check(
        &server,
        &["status", "--reader", "URL"],
        expect![[r#"
        status 2
        --- out
        --- err
        error: the following required arguments were not provided:
          --contract <ADDRESS>

        Usage: zkreg status --contract <ADDRESS> <--state <FILE>|--reader <URL>> [NODE]...

        For more information, try '--help'.
    "#]],
    );
    check(
        &server,
        &["status"],
        expect![[r#"
        status 2
        --- out
        --- err
        error: the following required arguments were not provided:
          <--state <FILE>|--reader <URL>>

        Usage: zkreg status <--state <FILE>|--reader <URL>> [NODE]...

        For more information, try '--help'.
    "#]],
    );
    let both = ["status", "--reader", "URL", "--contract", REGISTRY, "--state", "x.json"];
    check(
        &server,
        &both,
        expect![[r#"
        status 2
        --- out
        --- err
        error: the argument '--reader <URL>' cannot be used with '--state <FILE>'

        Usage: zkreg status --contract <ADDRESS> <--state <FILE>|--reader <URL>> [NODE]...

        For more information, try '--help'.
    "#]],
    );
}

#[test]
fn a_password_is_in_no_message() {
    let server = live();
    let url = server.url().replace("http://", "http://me:secret@");
    for more in [&[][..], &["--shard", "Shard9"]] {
        let fetched = ["audit", "--format", "sarif", "--reader", &url, "--contract", LIVE];
        let (_, out, err) = run(&server, &[&fetched[..], more].concat());
        assert!(err.contains("http://me:***@"), "{err}");
        assert!(!err.contains("secret") && !out.contains("secret"), "{err}{out}");
    }
}

#[test]
fn scenarios_start_from_a_registry_that_is_fetched() {
    let (root, trees) = crate::busy();
    let node = Node::with_registry(&root, &trees);
    let server = Server::start(move |request| node.answer(request));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reader");
    fs::create_dir_all(&folder).expect("a folder can be made");
    let scenario = folder.join("what_if.scenario");
    let text = "# A contract of the registry ends.\n0d deploy deleted zk-1\n\
                0d zk-1 done => no_computation\n";
    fs::write(&scenario, text).expect("a file can be written");
    let scenario = scenario.to_str().expect("a path of text");

    check(
        &server,
        &["replay", "-q", "--reader", "URL", "--contract", REGISTRY, scenario],
        expect![[r#"
            status 0
            --- out
            1 scenario, 2 steps, 1 refused: all as written.
            --- err
            note: URL/chain/contracts/02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: read at block 4711 of 2025-06-15T12:00:00Z
        "#]],
    );
}
