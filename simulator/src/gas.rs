//! What each action costs on the chain: operators of the deployed module, work in the host's trees,
//! bytes, and an estimate in gas.
//!
//! The estimate is the sum of
//! - network: 5 gas for each byte of the RPC (what a transaction adds to it is not counted);
//! - CPU: 1 gas for 1,000 operators, a part of it counting as a whole;
//! - trees: 100 gas for each call of a tree import.
//!
//! The published prices say neither whether an operator here is an instruction there, nor what an
//! instruction of tree work is: that it is one call of an import is assumed. Storage is paid by the
//! year and is no part of it.
//!
//! States are made by the native engine, by calls; only the calls that are measured run as WASM.
//!
//! Source: `pbc-formats.md` 4.1.

use std::cell::RefCell;
use std::fmt::{self, Write as _};
use std::rc::Rc;

use pbc_lib::{Export, Failure, Trees};
use serde::Serialize;

use crate::chain::{Delivery, Kind, Outcome};
use crate::engine::{Engine, NativeEngine, WasmEngine};
use crate::name::Name;
use crate::step::Step;
use crate::world::{Start, World};

/// How many nodes a registry has when it is measured.
pub const NODES: [u32; 3] = [10, 1_000, 10_000];

/// How many computations are open, all of nodes n1 to n4.
pub const ALLOCATIONS: [u32; 3] = [1, 100, 1_000];

/// The crate whose hooks the native engine calls.
const REGISTRY: &str = "zk_node_registry";

const GAS_PER_BYTE: u64 = 5;
const OPERATORS_PER_GAS: u64 = 1_000;
const GAS_PER_TREE_OPERATION: u64 = 100;

/// 1,000,000 MPC, which is room for 1,000 shares of 500 MPC.
const STAKE: u128 = 10_000_000_000;

/// What is measured: a name, what comes before, and the steps whose calls of the registry count.
/// `n1` has all open allocations, and `zk-1` the first of them.
const CASES: [(&str, &[&str], &[&str]); 32] = [
    ("00 register", &[], &["0d late register https://late.example"]),
    ("01 endpoint", &[], &["0d n1 endpoint https://other.example"]),
    ("0c protocol version", &[], &["0d n1 version 4.11.0"]),
    ("0d jurisdiction", &[], &["0d n1 jurisdiction 276"]),
    ("1a EE version", &[], &["0d n1 ee-version 4"]),
    ("11 resign", &[], &["0d n9 resign"]),
    ("10 disable", &[], &["0d voting disable n1"]),
    ("0a associate", &[], &["0d n1 associate 1"]),
    (
        "0a associate, fails",
        &["0d mail hold to token"],
        &["0d n1 associate 1", "0d mail fail transfer of n1", "0d mail release"],
    ),
    ("15 associate until", &[], &["0d late associate 1 expires 30d"]),
    ("0b disassociate", &[], &["0d n1 disassociate 1"]),
    (
        "0b disassociate, fails",
        &["0d mail hold to token"],
        &["0d n1 disassociate 1", "0d mail fail transfer of n1", "0d mail release"],
    ),
    ("13 reserve", &[], &["0d n1 reserve 1"]),
    ("06 unlock", &[], &["0d n1 unlock"]),
    ("17 expire", &[], &["0d n1 expire 30d"]),
    ("16 send expired home", &["0d n9 expire 1d"], &["1d late send-home n9"]),
    ("04 request, 4 nodes", &[], &["0d deploy request zk-9001 nodes 4 stake 2_000"]),
    ("08 request, 4 nodes", &[], &["0d deploy request zk-9001 nodes 4 stake 2_000 version 4.9.0"]),
    (
        "14 request, 4 listed",
        &[],
        &["0d deploy request zk-9001 stake 2_000 version 4.9.0 of n5 n6 n7 n8"],
    ),
    ("18 request, 4 listed", &[], &["0d zk-9001 request stake 2_000 ee-version 3 of n5 n6 n7 n8"]),
    ("19 request, 4 nodes", &[], &["0d zk-9001 request nodes 4 stake 2_000 ee-version 3"]),
    (
        "1b re-request, 4 nodes",
        &[],
        &["0d zk-1 re-request nodes 4 stake 2_000 ee-version 3 after n1 success n2 success \
           n3 success n4 success"],
    ),
    ("05 done, 4 nodes", &[], &["0d zk-1 done"]),
    ("12 done, 4 nodes", &[], &["0d zk-1 done n1 success n2 success n3 success n4 failure"]),
    ("20 deleted, 4 nodes", &[], &["0d deploy deleted zk-1"]),
    ("07 check status", &[], &["0d late check zk-1"]),
    ("0e extend", &[], &["0d late extend zk-1"]),
    ("0a refused", &[], &["0d n1 associate 0 => amount_not_positive"]),
    ("0b refused", &[], &["0d n1 disassociate 5_000_000 => insufficient_free"]),
    (
        "08 refused",
        &[],
        &[
            "0d deploy request zk-9001 nodes 17 stake 2_000 version 4.9.0 => node_count_out_of_range",
        ],
    ),
    (
        "14 refused",
        &[],
        &[
            "0d deploy request zk-9001 stake 2_000 version 9.9.0 of n1 n2 n3 n4 => node_version_too_low",
        ],
    ),
    ("12 refused", &[], &["0d zk-9001 done n1 success => no_computation"]),
];

/// What a call of the registry costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// What was called, and in which case.
    pub call: String,
    /// Operators carried out, as [`WasmEngine::operators`] counts them.
    pub operators: u64,
    /// Calls of tree imports.
    pub tree_operations: u64,
    /// Bytes of shortname and arguments.
    pub rpc_bytes: u64,
    /// Bytes of the root state and of the tree entries that were read and written.
    pub state_bytes: u64,
    /// The estimate.
    pub gas: u64,
}

/// The costs at one registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Table {
    /// Its nodes.
    pub nodes: u32,
    /// Its open computations.
    pub allocations: u32,
    /// What its calls cost.
    pub costs: Vec<Cost>,
}

/// Why a module cannot be measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotTheRegistry {
    /// It lacks an entry point that the registry has.
    Lacks(Export),
    /// It has an entry point that the registry lacks.
    Has(Export),
    /// A step goes otherwise than the registry would have it.
    Answers {
        /// The step, in the words of scenarios.
        step: String,
        /// What came of it.
        came: String,
    },
}

impl fmt::Display for NotTheRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the registry: ")?;
        match self {
            NotTheRegistry::Lacks(export) => write!(f, "it has no entry point `{export}`"),
            NotTheRegistry::Has(export) => write!(f, "it has the entry point `{export}`"),
            NotTheRegistry::Answers { step, came } => write!(f, "`{step}` goes otherwise: {came}"),
        }
    }
}

impl std::error::Error for NotTheRegistry {}

/// Runs calls natively, or as WASM while it measures. A clone measures with it.
#[derive(Clone)]
struct Meter {
    native: NativeEngine,
    wasm: WasmEngine,
    /// The operators of each call; none while nothing is measured.
    measured: Rc<RefCell<Option<Vec<u64>>>>,
}

impl Engine for Meter {
    fn invoke(
        &mut self,
        export: Export,
        input: &[u8],
        trees: &mut Trees,
    ) -> Result<Vec<u8>, Failure> {
        let mut measured = self.measured.borrow_mut();
        let Some(measured) = measured.as_mut() else {
            return self.native.invoke(export, input, trees);
        };
        let result = self.wasm.invoke(export, input, trees);
        measured.push(self.wasm.operators());
        result
    }
}

/// The costs of every action at registries of [`NODES`] with [`ALLOCATIONS`].
///
/// # Errors
///
/// [`NotTheRegistry`], in the order of its variants.
pub fn measure(wasm: &WasmEngine) -> Result<Vec<Table>, NotTheRegistry> {
    compare_exports(wasm)?;
    let mut tables = Vec::new();
    for nodes in NODES {
        let meter = meter(wasm);
        let mut world = staked(nodes, false, &meter)?;
        let mut open = 0;
        for allocations in ALLOCATIONS {
            while open < allocations {
                open += 1;
                let request =
                    format!("0d deploy request zk-{open} stake 2_000 version 4.9.0 of n1 n2 n3 n4");
                play(&mut world, &request)?;
            }
            let mut costs = Vec::new();
            for (name, before, steps) in CASES {
                costs.extend(cost(&world, &meter, name, before, steps)?);
            }
            tables.push(Table { nodes, allocations, costs });
        }
    }
    tables.push(confirmed(wasm)?);
    Ok(tables)
}

fn compare_exports(wasm: &WasmEngine) -> Result<(), NotTheRegistry> {
    let is: Vec<Export> = wasm.exports().collect();
    let should_be: Vec<Export> = NativeEngine::of(REGISTRY).exports().collect();
    if let Some(export) = should_be.iter().find(|it| !is.contains(it)) {
        return Err(NotTheRegistry::Lacks(*export));
    }
    match is.iter().find(|it| !should_be.contains(it)) {
        Some(export) => Err(NotTheRegistry::Has(*export)),
        None => Ok(()),
    }
}

/// Callback 30, which comes only where block producers are required.
fn confirmed(wasm: &WasmEngine) -> Result<Table, NotTheRegistry> {
    let meter = meter(wasm);
    let world = staked(1, true, &meter)?;
    let costs = cost(
        &world,
        &meter,
        "00 register, producers",
        &[],
        &["0d late register https://l.example"],
    )?;
    Ok(Table { nodes: 1, allocations: 0, costs })
}

fn meter(wasm: &WasmEngine) -> Meter {
    let native = NativeEngine::of(REGISTRY);
    Meter { native, wasm: wasm.clone(), measured: Rc::default() }
}

/// A registry with `nodes` nodes, each with stake and versions.
fn staked(nodes: u32, producers: bool, meter: &Meter) -> Result<World, NotTheRegistry> {
    let mut start = Start { require_block_producer: producers, ..Start::default() };
    let names = (1..=nodes).map(|number| format!("n{number}")).chain(["late".to_owned()]);
    let names: Vec<Name> = names.map(|name| name.parse().expect("a name of this module")).collect();
    for name in &names {
        start.balances.insert(name.clone(), 2 * STAKE);
        start.approvals.insert(name.clone(), 2 * STAKE);
        if producers {
            start.producers.insert(name.clone(), crate::world::Producing::default());
        }
    }
    let engine = Box::new(meter.clone());
    let mut world = World::start(&start, engine).expect("the settings of deployments");
    for name in &names[..names.len() - 1] {
        for call in [
            format!("register https://{name}.example"),
            "version 4.10.0".to_owned(),
            "ee-version 3".to_owned(),
            "jurisdiction 208".to_owned(),
            "associate 1_000_000".to_owned(),
        ] {
            play(&mut world, &format!("0d {name} {call}"))?;
        }
    }
    Ok(world)
}

/// Plays a step on `world`, which must answer as the line says.
fn play(world: &mut World, line: &str) -> Result<(), NotTheRegistry> {
    let otherwise = |came: String| NotTheRegistry::Answers { step: line.to_owned(), came };
    let step: Step = line.parse().unwrap_or_else(|_| panic!("`{line}` is a step"));
    match &step {
        Step::Call(call) => {
            world.set_clock(call.at).expect("a time of this module");
            let outcome = world.perform(&call.actor, &call.action);
            let outcome = outcome.map_err(|error| otherwise(error.to_string()))?;
            let as_said = match &call.refused {
                Some(code) => outcome.refusal() == Some(code.as_str()),
                None => outcome.is_accepted(),
            };
            if as_said { Ok(()) } else { Err(otherwise(in_words(&outcome))) }
        }
        Step::Mail(post) => {
            world.handle(&post.handling).map_err(|error| otherwise(error.to_string()))
        }
        Step::Given(_) | Step::Work(_) | Step::Expect(_) => {
            unreachable!("invariant: no such step is here")
        }
    }
}

fn in_words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Accepted { .. } => "accepted".to_owned(),
        Outcome::Refused { code, message } => format!("refused: {code}: {message}"),
        Outcome::Trap { message } => format!("trap: {message}"),
        Outcome::OutOfGas => "out of gas".to_owned(),
        Outcome::Failed { reason } => format!("never reached it: {reason}"),
    }
}

/// What the registry's calls in `steps` cost, on a branch of `world`.
fn cost(
    world: &World,
    meter: &Meter,
    name: &str,
    before: &[&str],
    steps: &[&str],
) -> Result<Vec<Cost>, NotTheRegistry> {
    let mut world = world.clone();
    before.iter().try_for_each(|line| play(&mut world, line))?;
    world.chain_mut().drain_log();
    let root = world.registry().0.len() as u64;

    *meter.measured.borrow_mut() = Some(Vec::new());
    let played = steps.iter().try_for_each(|line| play(&mut world, line));
    let operators = meter.measured.borrow_mut().take().unwrap_or_default();
    played?;

    let registry = world.registry_address();
    let deliveries = world.chain_mut().drain_log();
    let calls: Vec<_> = deliveries.iter().filter(|it| it.event.to == registry).collect();
    assert_eq!(calls.len(), operators.len(), "{name}: each call of the registry ran once");
    let costs = calls.iter().zip(operators);
    Ok(costs.map(|(delivery, operators)| cost_of(delivery, operators, root, name)).collect())
}

fn cost_of(delivery: &Delivery, operators: u64, root: u64, case: &str) -> Cost {
    let rpc = &delivery.event.rpc;
    let call = match delivery.event.kind {
        Kind::Callback(_) => format!("{:02x} after {case}", rpc[0]),
        _ => case.to_owned(),
    };
    let trees = delivery.operations;
    let written = if delivery.outcome.is_accepted() { root } else { 0 };
    let (rpc_bytes, tree_operations) = (rpc.len() as u64, trees.total());
    Cost {
        call,
        operators,
        tree_operations,
        rpc_bytes,
        state_bytes: root + written + trees.bytes_read + trees.bytes_written,
        gas: estimate(rpc_bytes, operators, tree_operations),
    }
}

/// What a call costs by the published prices, in gas.
pub fn estimate(rpc_bytes: u64, operators: u64, tree_operations: u64) -> u64 {
    GAS_PER_BYTE * rpc_bytes
        + operators.div_ceil(OPERATORS_PER_GAS)
        + GAS_PER_TREE_OPERATION * tree_operations
}

/// The tables as text.
pub fn text(tables: &[Table]) -> String {
    let mut text = String::from(
        "gas = 5 x RPC bytes + operators / 1,000 + 100 x tree operations (assumed: one import call \
         is one instruction of tree work)\n",
    );
    for Table { nodes, allocations, costs } in tables {
        let _ = writeln!(text, "\n{nodes} nodes, {allocations} open computations of n1 to n4");
        let _ = writeln!(
            text,
            "{:<40} {:>11} {:>6} {:>6} {:>8} {:>8}",
            "call", "operators", "trees", "rpc", "state", "gas"
        );
        for Cost { call, operators, tree_operations, rpc_bytes, state_bytes, gas } in costs {
            let _ = writeln!(
                text,
                "{call:<40} {operators:>11} {tree_operations:>6} {rpc_bytes:>6} {state_bytes:>8} \
                 {gas:>8}"
            );
        }
    }
    text
}
