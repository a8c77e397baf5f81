//! Instructions of an action, counted by callgrind.

use std::env;
use std::hint::black_box;
use std::process::Command;

use super::workload::{ACTIONS_PER_ROUND, Workload};

/// Makes the actions.
const PREPARE: &str = "--prepare";

/// Makes the actions and runs them once.
const PERFORM: &str = "--perform";

/// Times 100 actions that are counted.
const ROUNDS: u32 = 20;

/// Makes the actions, runs them and measures nothing, if the arguments are `--perform NODES`; makes
/// them only if they are `--prepare NODES`. False if they are others.
pub(super) fn run_if_asked() -> bool {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [flag, nodes] = arguments.as_slice() else { return false };
    let (PREPARE | PERFORM, Ok(nodes)) = (flag.as_str(), nodes.parse()) else { return false };
    let workload = Workload::new(nodes, ROUNDS);
    let mut registry = workload.registry();
    if flag == PERFORM {
        workload.run_engine(&mut registry);
    }
    black_box(registry);
    true
}

/// Prints the instructions of an action for each number of nodes.
pub(super) fn report(numbers_of_nodes: [u32; 2]) {
    for nodes in numbers_of_nodes {
        match instructions(nodes, PERFORM).zip(instructions(nodes, PREPARE)) {
            Some((all, before)) => {
                let actions = u64::from(ROUNDS * ACTIONS_PER_ROUND);
                let each = all.saturating_sub(before) / actions;
                println!("engine, {nodes:>6} nodes: {each:8} instructions an action");
            }
            None => {
                println!("engine, {nodes:>6} nodes: instructions skipped: valgrind not found");
            }
        }
    }
}

/// All instructions of this program with `flag`.
fn instructions(nodes: u32, flag: &str) -> Option<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe().ok()?)
        .args([flag, &nodes.to_string()])
        .output()
        .ok()?;
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    let collected = log.lines().find_map(|line| line.split_once("Collected :"))?;
    collected.1.trim().parse().ok()
}
