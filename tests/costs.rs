//! What each action costs: tree operations in the host, and bytes of records read and written.
//!
//! The table in `contract/README.md` is this test's output;
//! `UPDATE_EXPECT=1 cargo test -p registry_tests --test costs` rewrites it.

use std::collections::BTreeSet;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use pbc_contract_common::address::Address;
use pbc_lib::HostCall;
use registry_tests::calls::{self, S};
use registry_tests::registry::producer_info;
use registry_tests::{DAY, Registry, Rpc, deploy, mpc, node, stranger, voting, zk};
use zk_node_registry::Settings;

const BEGIN: &str = "<!-- costs -->\n";
const END: &str = "<!-- /costs -->";

/// What one accepted call did to the trees.
struct Cost {
    call: &'static str,
    operations: u64,
    entries: BTreeSet<(i32, Vec<u8>)>,
    read: u64,
    written: u64,
}

/// A registry with `count` nodes of 75,000 MPC, and the contract Z1 served by four of them.
fn registry(count: u16) -> Registry {
    let mut registry = Registry::with_nodes(count, mpc(75_000));
    registry.draw(zk(1), 4, mpc(2_000));
    registry
}

fn engines_of(registry: &Registry, served: Address) -> Vec<Address> {
    registry.computation(served).expect("it has one").nodes
}

/// Every call that touches records, on a fresh copy of a registry with `count` nodes.
fn costs(count: u16) -> Vec<Cost> {
    let start = registry(count);
    let engines = engines_of(&start, zk(1));
    let idle = (1..).map(node).find(|node| !engines.contains(node)).expect("more than four");
    let all_succeed: Vec<_> = engines.iter().map(|engine| (*engine, S)).collect();
    let specific: Vec<_> = (1..).map(node).filter(|node| !engines.contains(node)).take(4).collect();
    let mut costs = Vec::new();
    let mut measure = |call, prepare: &dyn Fn(&mut Registry), sender, rpc: Rpc| {
        let mut registry = start.clone();
        prepare(&mut registry);
        costs.push(cost_of(call, &mut registry, |registry| {
            registry.accept(sender, rpc.clone());
        }));
    };
    let plain = |_: &mut Registry| {};
    let expiring = |registry: &mut Registry| {
        let expiration = registry.now + DAY;
        registry.accept(idle, calls::expire(Some(expiration)));
        registry.now = expiration;
    };
    let statuses = calls::done_v2(&all_succeed);
    let everywhere: &[&[i32]] = &[];

    measure("00 register", &plain, stranger(), calls::register("https://x.example"));
    measure("01 endpoint", &plain, idle, calls::update_endpoint("https://x.example"));
    measure("0c protocol version", &plain, idle, calls::protocol_version((4, 11, 0)));
    measure("0d jurisdiction", &plain, idle, calls::jurisdiction(208));
    measure("1a EE version", &plain, idle, calls::ee_version(4));
    measure("11 resign", &plain, idle, calls::resign());
    measure("10 disable", &plain, voting(), calls::disable(idle));
    measure("0a associate", &plain, idle, calls::associate(mpc(1)));
    let until = start.now + DAY;
    measure("15 associate until", &plain, stranger(), calls::associate_until(mpc(1), until));
    measure("0b disassociate a part", &plain, idle, calls::disassociate(mpc(1)));
    measure("0b disassociate all", &plain, idle, calls::disassociate(mpc(75_000)));
    measure("13 reserve", &plain, idle, calls::reserve(mpc(75_000)));
    measure("06 unlock", &plain, idle, calls::unlock());
    measure("17 expire", &plain, idle, calls::expire(Some(until)));
    measure("16 send expired home", &expiring, stranger(), calls::send_expired_home(idle));
    measure("04 request, 4 nodes", &plain, deploy(), calls::request_v1(zk(2), 4, mpc(2_000)));
    let request = calls::request_v2(zk(2), 4, mpc(2_000), everywhere, (4, 9, 0));
    measure("08 request, 4 nodes", &plain, deploy(), request);
    let request = calls::request_listed_protocol(zk(2), mpc(2_000), (4, 9, 0), &specific);
    measure("14 request, 4 listed", &plain, deploy(), request);
    let request = calls::request_listed_ee(mpc(2_000), 3, &specific);
    measure("18 request, 4 listed", &plain, zk(2), request);
    let request = calls::request_ee(4, mpc(2_000), everywhere, 3);
    measure("19 request, 4 nodes", &plain, zk(2), request);
    let request = calls::re_request(&all_succeed, 4, mpc(2_000), everywhere, 3, &[]);
    measure("1b re-request, 4 nodes", &plain, zk(1), request);
    measure("05 done, 4 nodes", &plain, zk(1), calls::done_v1());
    measure("12 done, 4 nodes", &plain, zk(1), statuses);
    measure("20 deleted, 4 nodes", &plain, deploy(), calls::deleted(zk(1)));
    measure("07 check status", &plain, stranger(), calls::check_status(zk(1)));
    measure("0e extend", &plain, stranger(), calls::extend(zk(1)));

    let mut callback = |call, prepare: Rpc, success, results: &[(bool, Vec<u8>)]| {
        let mut registry = start.clone();
        let sent = registry.accept(idle, prepare);
        costs.push(cost_of(call, &mut registry, |registry| {
            registry.callback(&sent[0], success, results).expect("the callback is accepted");
        }));
    };
    callback("31 credited", calls::associate(mpc(1)), true, &[]);
    callback("31 not credited", calls::associate(mpc(1)), false, &[]);
    callback("32 gone", calls::disassociate(mpc(1)), true, &[]);
    callback("32 restored", calls::disassociate(mpc(75_000)), false, &[]);
    let deadline = [(true, (start.now + 40 * DAY).to_be_bytes().to_vec())];
    callback("33 status", calls::check_status(zk(1)), true, &deadline);
    callback("34 extended", calls::extend(zk(1)), true, &deadline);
    costs.push(producer_confirmed());
    costs
}

/// Callback 30, at a registry that requires block producers.
fn producer_confirmed() -> Cost {
    let mut registry = Registry::with(Settings {
        stake_token: registry_tests::token(),
        require_block_producer: true,
        min_node_stake: 0,
        min_total_stakes: 0,
    });
    registry.stake(node(1), mpc(75_000));
    let sent = registry.accept(node(1), calls::register("https://n1.example"));
    let answer = [(true, producer_info(node(1), 2, 208))];
    cost_of("30 producer confirmed", &mut registry, |registry| {
        registry.callback(&sent[0], true, &answer).expect("the callback is accepted");
    })
}

fn cost_of(call: &'static str, registry: &mut Registry, run: impl FnOnce(&mut Registry)) -> Cost {
    registry.trees.reset_operations();
    registry.trees.start_trace();
    run(registry);
    let operations = registry.trees.operations();
    let trace = registry.trees.take_trace();
    Cost {
        call,
        operations: operations.total(),
        entries: distinct_entries(&trace),
        read: operations.bytes_read,
        written: operations.bytes_written,
    }
}

fn table(rows: &[Cost]) -> String {
    let mut table = String::from(
        "| call | tree operations | entries touched | bytes read | bytes written |\n\
         | --- | ---: | ---: | ---: | ---: |\n",
    );
    for Cost { call, operations, entries, read, written } in rows {
        writeln!(table, "| {call} | {operations} | {} | {read} | {written} |", entries.len())
            .expect("writing to a string succeeds");
    }
    table
}

/// The entries that a call touched, each once: tree and key.
fn distinct_entries(trace: &[HostCall]) -> BTreeSet<(i32, Vec<u8>)> {
    let entry = |call: &HostCall| match call {
        HostCall::Get { tree, key, .. }
        | HostCall::GetSize { tree, key, .. }
        | HostCall::Insert { tree, key, .. }
        | HostCall::Remove { tree, key } => Some((*tree, key.clone())),
        HostCall::New { .. } | HostCall::Len { .. } => None,
        HostCall::GetNext { .. } | HostCall::GetNextSize { .. } => {
            panic!("the contract iterates a tree")
        }
    };
    trace.iter().filter_map(entry).collect()
}

/// The most entries of each kind that a call may touch: token records, node records, computations,
/// roster entries.
///
/// Source: registry.md 4.6; here `k` is 4.
fn bound(call: &str) -> [usize; 4] {
    let one_account = [1, 1, 0, 4];
    let one_computation = [0, 0, 1, 0];
    let listed_or_ended = [4, 4, 1, 0];
    let draws = 16 * 4;
    let drawn = [4 + draws, 4 + draws, 1, draws];
    match &call[..2] {
        "07" | "0e" | "33" | "34" => one_computation,
        "05" | "12" | "20" | "14" | "18" => listed_or_ended,
        "04" | "08" | "19" => drawn,
        "1b" => [8 + draws, 8 + draws, 1, draws],
        _ => one_account,
    }
}

#[test]
fn every_call_stays_within_the_bounds_of_the_specification() {
    for count in [16, 400] {
        for Cost { call, entries, .. } in costs(count) {
            let touched =
                |trees: &[i32]| entries.iter().filter(|(tree, _)| trees.contains(tree)).count();
            let touched = [touched(&[0]), touched(&[1]), touched(&[2]), touched(&[3, 4])];
            let within = touched.iter().zip(bound(call)).all(|(touched, bound)| *touched <= bound);
            assert!(within, "{call} at {count} nodes: {touched:?}, allowed {:?}", bound(call));
        }
    }
}

#[test]
fn no_call_but_a_draw_costs_more_with_more_nodes() {
    for (few, many) in costs(16).iter().zip(costs(400)) {
        let is_drawn = ["04", "08", "19", "1b"].contains(&&few.call[..2]);
        if !is_drawn {
            let of = |cost: &Cost| (cost.operations, cost.entries.len(), cost.read, cost.written);
            assert_eq!(of(few), of(&many), "{}", few.call);
        }
    }
}

#[test]
fn the_table_in_the_readme_is_what_the_calls_cost() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../contract/README.md");
    let readme = fs::read_to_string(&path).expect("the README can be read");
    let table = table(&costs(100));
    println!("{table}");
    let (before, rest) = readme.split_once(BEGIN).expect("the README has a place for the table");
    let (written, after) = rest.split_once(END).expect("the place has an end");
    if env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{table}{END}{after}")).expect("it can be written");
    } else {
        assert_eq!(written, table, "run with UPDATE_EXPECT=1 to rewrite the table");
    }
}
