//! What is fetched is what is there.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use pbc_lib::Trees;
use zk_node_registry::rules::units::Timestamp;
use zkreg::engine::NativeEngine;
use zkreg::image::Image;
use zkreg::json::{ImportOptions, import};
use zkreg::reader::{Block, Limits, Reader};
use zkreg::replay::Replay;
use zkreg::scenario::Scenario;

use crate::node::{BLOCK, LIVE, Node, REGISTRY};
use crate::server::{Answer, Server};
use crate::{address, busy, fetch, fetch_within, limits};

const DOCUMENT: &str = include_str!("../../../tests/data/live.json");

/// The scenario files below `tests/scenarios`, in order.
fn scenarios() -> Vec<PathBuf> {
    let list = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).expect("the folder is there");
        entries.map(|entry| entry.expect("the folder can be read").path()).collect()
    };
    let families = list(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/scenarios"));
    let files = families.iter().filter(|it| it.is_dir()).flat_map(|family| list(family));
    let is_scenario = |path: &PathBuf| path.extension().is_some_and(|it| it == "scenario");
    let mut files: Vec<_> = files.filter(is_scenario).collect();
    files.sort();
    assert!(files.len() >= 40, "only {} scenarios were found", files.len());
    files
}

/// The state at the end of a scenario.
fn played(path: &Path) -> (Vec<u8>, Trees) {
    let scenario = Scenario::parse(&fs::read(path).expect("it can be read")).expect("a scenario");
    let engine = Box::new(NativeEngine::of("zk_node_registry"));
    let mut replay = Replay::start(&scenario, engine).expect("the registry can be created");
    while replay.next().is_some() {}
    let (root, trees) = replay.world().registry();
    (root.to_vec(), trees.clone())
}

#[test]
fn every_state_that_a_scenario_ends_with_is_fetched_as_it_is() {
    let mut records = 0;
    for path in scenarios() {
        let (root, trees) = played(&path);
        let node = Node::with_registry(&root, &trees);
        let server = Server::start(move |request| node.answer(request));

        let (image, _) = fetch(&server.url(), REGISTRY).expect("it is served");

        assert_eq!(Ok(&image), Image::load(&root, &trees).as_ref(), "{}", path.display());
        records += image.staked_tokens.len() + image.zk_nodes.len();
    }
    assert!(records > 50, "the states are not empty: {records}");
}

#[test]
fn trees_are_read_page_by_page_at_one_block() {
    let (root, trees) = busy();
    let node = Node::with_registry(&root, &trees);
    let server = Server::start(move |request| node.answer(request));

    let (image, told) = fetch(&server.url(), REGISTRY).expect("it is served");

    assert_eq!(Ok(image), Image::load(&root, &trees));
    let of_tree = told.iter().filter(|it| it.tree == "zk_nodes");
    let steps: Vec<_> = of_tree.map(|it| (it.read, it.size)).collect();
    assert_eq!(steps, [(0, 7), (2, 7), (4, 7), (6, 7), (7, 7)]);
    let requests = server.requests();
    let asked = |text: &str| requests.iter().filter(|it| it.contains(text)).count();
    assert_eq!((asked("/avl/1/next?n=2&"), asked("/avl/1/next?key=00")), (1, 3));
    // Which block it is has to be asked first.
    assert!(requests[0].ends_with(REGISTRY) && requests[1].ends_with("/Shard1/blocks"));
    assert!(requests[2..].iter().all(|it| it.ends_with(&format!("blockTime={}", BLOCK.0))));
}

#[test]
fn a_node_may_give_less_than_is_asked_for_and_need_not_tell_blocks() {
    let (root, trees) = busy();
    let node = Node { page: 1, tells_blocks: false, ..Node::with_registry(&root, &trees) };
    let server = Server::start(move |request| node.answer(request));

    let (image, _) = fetch(&server.url(), REGISTRY).expect("it is served");

    assert_eq!(Ok(image), Image::load(&root, &trees));
    assert!(!server.requests().iter().any(|it| it.contains("blockTime")));
}

#[test]
fn the_chain_may_number_trees_as_it_likes() {
    let (root, trees) = busy();
    let mut node = Node::with_registry(&root, &trees);
    let ids = [70, 3, 1_000, 5, 4];
    node.root.truncate(node.root.len() - 20);
    ids.iter().for_each(|id: &i32| node.root.extend(id.to_le_bytes()));
    node.trees = (0..).zip(ids).map(|(old, id)| (id, node.trees[&old].clone())).collect();
    let server = Server::start(move |request| node.answer(request));

    let (image, _) = fetch(&server.url(), REGISTRY).expect("it is served");

    assert_eq!(Ok(image), Image::load(&root, &trees));
}

#[test]
fn the_live_registry_is_fetched_as_json_of_the_time_of_its_block() {
    let node = Node::with_document(DOCUMENT);
    let server = Server::start(move |request| node.answer(request));
    let as_of = Timestamp::from_millis(BLOCK.1);

    let (image, _) = fetch(&server.url(), LIVE).expect("it is served");

    let options = ImportOptions { as_of: Some(as_of), ..ImportOptions::default() };
    let expected = import(DOCUMENT.as_bytes(), &options).expect("it can be imported").image;
    assert!(!expected.zk_nodes.is_empty());
    assert_eq!(image, expected);

    let reader = Reader::new(&server.url(), limits()).expect("a URL");
    let document = reader.document(&address(LIVE), None, &mut |_| ()).expect("it is served");
    assert_eq!(document.block, Some(Block { number: BLOCK.0, produced: as_of }));
}

#[test]
fn a_shard_that_is_said_is_not_asked_for() {
    let node = Node::with_document(DOCUMENT);
    let server = Server::start(move |request| node.answer(request));
    let reader = Reader::new(&server.url(), limits()).expect("a URL");

    reader.document(&address(LIVE), Some("Shard1"), &mut |_| ()).expect("it is served");

    assert_eq!(server.requests().len(), 2);
    assert!(server.requests().iter().all(|it| it.contains("/Shard1/")));
}

#[test]
fn what_fails_for_a_moment_is_tried_again() {
    let (root, trees) = busy();
    let node = Node::with_registry(&root, &trees);
    let failures = [
        || Answer::Status(500),
        || Answer::Status(429),
        || Answer::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{\"size\"".to_vec()),
        || Answer::Raw(Vec::new()),
        || Answer::Silence,
    ];
    for failure in failures {
        let node = node.clone();
        let tries = AtomicUsize::new(0);
        let server = Server::start(move |request| {
            let is_first_two = || tries.fetch_add(1, Ordering::SeqCst) < 2;
            let fails = request.contains("/avl/3?") && is_first_two();
            if fails { failure() } else { node.answer(request) }
        });

        let limits = Limits { silence: Duration::from_secs(1), ..limits() };
        let fetched = fetch_within(&server.url(), REGISTRY, limits);
        let (image, _) = fetched.expect("the third attempt succeeds");

        assert_eq!(Ok(&image), Image::load(&root, &trees).as_ref());
        assert_eq!(server.requests().iter().filter(|it| it.contains("/avl/3?")).count(), 3);
    }
}
