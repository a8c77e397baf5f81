//! What a request costs as the registry grows: `cargo bench -p zkreg --bench requests`.
//!
//! Requests of 4 nodes (08) on registries with 10 to 10,000 nodes, each followed by its end (12), so
//! that every request meets the same registry. For each the host's tree operations and the median
//! time of a request, from RPC bytes to the new state. Three cases: all nodes are eligible; one in
//! ten is, since the others have reserved their stake; and only three are, so that the request is
//! refused after a complete scan. While most nodes are eligible, the cost does not grow with the
//! registry; the scan is what grows.

use std::time::{Duration, Instant};

use pbc_contract_common::Hash;
use pbc_contract_common::address::{Address, AddressType};
use pbc_contract_common::context::ContractContext;
use pbc_traits::WriteRPC;
use zk_node_registry::rules::settings::{DEFAULT_MIN_NODE_STAKE, DEFAULT_MIN_TOTAL_STAKES};
use zk_node_registry::{
    Collaborators, EngineStatus, NodeJurisdictions, RestEndpoint, SemanticVersion, Settings,
    ZkNodeScoreStatus,
};
use zkreg::chain::{EngineContract, Results};
use zkreg::engine::NativeEngine;
use zkreg::world::{Records, calls};

/// How many requests of each kind are measured.
const REQUESTS: u64 = 400;
const NODES: i32 = 4;
const DAY: i64 = 24 * 60 * 60 * 1_000;
const VERSION: SemanticVersion = SemanticVersion { major: 4, minor: 9, patch: 0 };

/// Whether the node with this number is eligible.
type Eligible = fn(u64) -> bool;

/// Who is eligible, and in which words.
const CASES: [(&str, Eligible); 3] =
    [("all", |_| true), ("1 in 10", |n| n.is_multiple_of(10)), ("3, refused", |n| n < 3)];

fn main() {
    // `cargo test --benches` only sees that it runs.
    let is_test = std::env::args().any(|argument| argument == "--test");
    let sizes: &[u64] = if is_test { &[10] } else { &[10, 100, 1_000, 10_000] };
    println!("A request of {NODES} nodes, {REQUESTS} times each.");
    println!("nodes   eligible    tree operations   median time");
    for count in sizes {
        for (name, eligible) in CASES {
            let (operations, time) = measure(*count, eligible);
            println!("{count:>6}  {name:<10}  {operations:>15.1}  {:>9} ns", time.as_nanos());
        }
    }
}

/// The tree operations of a request on the average, and its median time.
fn measure(count: u64, eligible: Eligible) -> (f64, Duration) {
    let mut registry = Registry::with_nodes(count, eligible);
    let mut operations = 0;
    let mut times = Vec::new();
    for number in 0..REQUESTS {
        let served = address(AddressType::ZkContract, number);
        let request = Rpc::of(0x08)
            .and(&served)
            .and(&NODES)
            .and(&DEFAULT_MIN_TOTAL_STAKES)
            .and(&NodeJurisdictions::anywhere())
            .and(&VERSION);
        let context = registry.context(deploy());
        let start = Instant::now();
        let outcome = registry.contract.call(&context, &request.0);
        times.push(start.elapsed());
        operations += registry.contract.trees().operations().total();
        if outcome.is_ok() {
            registry.end(served);
        }
        registry.now += DAY;
    }
    times.sort_unstable();
    (operations as f64 / REQUESTS as f64, times[times.len() / 2])
}

struct Registry {
    contract: EngineContract,
    now: i64,
    calls: u64,
}

impl Registry {
    fn with_nodes(count: u64, eligible: Eligible) -> Registry {
        let collaborators = Collaborators {
            bp_orchestration: address(AddressType::SystemContract, 1),
            voting: address(AddressType::SystemContract, 2),
            zk_contract_deploy: deploy(),
        };
        let settings = Settings {
            stake_token: address(AddressType::SystemContract, 3),
            require_block_producer: false,
            min_node_stake: DEFAULT_MIN_NODE_STAKE,
            min_total_stakes: DEFAULT_MIN_TOTAL_STAKES,
        };
        let create = calls::create(&collaborators, &settings);
        let engine = Box::new(NativeEngine::of("zk_node_registry"));
        let (now, calls) = (1_700_000_000_000, 0);
        let created = EngineContract::create(&context(deploy(), now, calls), &create, engine);
        let (contract, _) = created.expect("the settings of deployments");
        let mut registry = Registry { contract, now, calls };
        for n in 0..count {
            let node = address(AddressType::Account, n);
            let endpoint = RestEndpoint { rest_endpoint: format!("https://n{n}.example") };
            let stake = DEFAULT_MIN_NODE_STAKE;
            registry.accept(node, &Rpc::of(0x00).and(&endpoint));
            registry.accept(node, &Rpc::of(0x0c).and(&VERSION));
            registry.accept(node, &Rpc::of(0x0a).and(&stake));
            let success = Results { success: true, results: Vec::new() };
            let credited = Rpc::of(0x31).and(&node).and(&stake);
            let context = registry.context(node);
            registry.contract.call_back(&context, &success, &credited.0).expect("it is in flight");
            if !eligible(n) {
                registry.accept(node, &Rpc::of(0x13).and(&stake));
            }
        }
        registry
    }

    /// Ends the computation of `served` with success for all.
    fn end(&mut self, served: Address) {
        let records = Records::new(self.contract.state(), self.contract.trees());
        let nodes = records.computation(&served).expect("it was requested").nodes;
        let status = ZkNodeScoreStatus::Success {};
        let statuses: Vec<EngineStatus> =
            nodes.into_iter().map(|engine| EngineStatus { engine, status }).collect();
        self.accept(served, &Rpc::of(0x12).and(&statuses));
    }

    fn accept(&mut self, sender: Address, rpc: &Rpc) {
        let context = self.context(sender);
        self.contract.call(&context, &rpc.0).expect("a call in order");
    }

    fn context(&mut self, sender: Address) -> ContractContext {
        self.calls += 1;
        context(sender, self.now, self.calls)
    }
}

fn context(sender: Address, now: i64, call: u64) -> ContractContext {
    let mut transaction = [0; 32];
    transaction[..8].copy_from_slice(&call.to_be_bytes());
    ContractContext {
        contract_address: address(AddressType::PublicContract, 0),
        sender,
        block_time: 1,
        block_production_time: now,
        current_transaction: Hash { bytes: transaction },
        original_transaction: Hash { bytes: transaction },
    }
}

fn deploy() -> Address {
    address(AddressType::SystemContract, 0)
}

fn address(address_type: AddressType, number: u64) -> Address {
    let mut identifier = [0; 20];
    identifier[12..].copy_from_slice(&number.to_be_bytes());
    Address { address_type, identifier }
}

/// A call: its shortname, then its arguments.
struct Rpc(Vec<u8>);

impl Rpc {
    fn of(shortname: u8) -> Rpc {
        Rpc(vec![shortname])
    }

    fn and(mut self, argument: &impl WriteRPC) -> Rpc {
        argument.rpc_write_to(&mut self.0).expect("a vector takes all bytes");
        self
    }
}
