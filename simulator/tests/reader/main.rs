//! States fetched from a reader node: a server in this process that answers as one, or as none.

mod audited;
mod fetched;
mod node;
mod server;
mod shell;
mod troubles;
mod verified;

use std::time::Duration;

use pbc_contract_common::address::Address;
use pbc_lib::Trees;
use zkreg::engine::NativeEngine;
use zkreg::image::Image;
use zkreg::json::{ImportOptions, import, parse_address};
use zkreg::reader::{Limits, Progress, Reader, ReaderError};
use zkreg::replay::Replay;
use zkreg::scenario::Scenario;

fn address(text: &str) -> Address {
    parse_address(text).expect("an address of this test")
}

/// Pages of two entries, and hardly a pause between attempts.
fn limits() -> Limits {
    Limits { pause: Duration::from_millis(1), page: 2, ..Limits::default() }
}

/// The image of `contract` at `url`, and what was told on the way.
fn fetch(url: &str, contract: &str) -> Result<(Image, Vec<Progress>), ReaderError> {
    fetch_within(url, contract, limits())
}

/// As [`fetch`], within other limits.
fn fetch_within(
    url: &str,
    contract: &str,
    limits: Limits,
) -> Result<(Image, Vec<Progress>), ReaderError> {
    let mut told = Vec::new();
    let reader = Reader::new(url, limits)?;
    let document =
        reader.document(&address(contract), None, &mut |progress| told.push(progress))?;
    let as_of = document.block.map(|block| block.produced);
    let options = ImportOptions { as_of, ..ImportOptions::default() };
    let imported = import(document.text, &options).expect("what is served can be imported");
    Ok((imported.image, told))
}

/// A state with several records in each tree.
fn busy() -> (Vec<u8>, Trees) {
    let mut lines = String::from("given settings min-node-stake 0\n");
    for n in 1..=7 {
        lines += &format!("given n{n} holds 10_000 approved\ngiven n{n} produces blocks\n");
    }
    for n in 1..=7 {
        lines += &format!(
            "0d n{n} register https://n{n}.example\n0d n{n} version 4.9.0\n0d n{n} associate 10_000\n"
        );
    }
    for n in 1..=5 {
        lines += &format!("1d deploy request zk-{n} nodes 2 stake 2_000 version 4.9.0\n");
    }
    let scenario = Scenario::parse(lines.as_bytes()).expect("a scenario of this test");
    let engine = Box::new(NativeEngine::of("zk_node_registry"));
    let mut replay = Replay::start(&scenario, engine).expect("the registry can be created");
    for played in &mut replay {
        assert_eq!(played.verdict, Ok(()), "line {}", played.line);
    }
    let (root, trees) = replay.world().registry();
    (root.to_vec(), trees.clone())
}
