//! The contract and the reference model agree, call by call.
//!
//! The model was written from the specification alone. Random histories, with callbacks that fail,
//! come late, twice or out of order, with clocks that step back and with damaged bytes, go to both;
//! after each step the answer, what was emitted and the whole state must be equal, and the model's
//! own invariants must hold. A failure prints the seed and the step; the same seed gives the same
//! history on any machine.

use std::collections::BTreeMap;

use registry_harness::History;

/// How often each action gave each answer.
type Hits = BTreeMap<(String, String), u64>;

fn run(seeds: std::ops::Range<u64>, steps: usize) -> Hits {
    let mut hits = Hits::new();
    for seed in seeds {
        let mut history = History::begin(seed);
        for step in 0..steps {
            let (call, answer) = history.step().unwrap_or_else(|difference| {
                panic!("seed {seed}, step {step}: {difference}");
            });
            *hits.entry((call, answer)).or_default() += 1;
        }
    }
    hits
}

#[test]
fn contract_and_model_agree_on_random_histories() {
    let hits = run(0..200, 400);
    for ((call, answer), count) in &hits {
        println!("{call} {answer}: {count}");
    }

    let mut missing = Vec::new();
    for (call, answers) in answers_by_action() {
        for answer in answers {
            let hit = hits.contains_key(&(call.clone(), answer.clone()));
            if !hit && !NEEDS_A_PREPARED_STATE.contains(&(call.as_str(), answer.as_str())) {
                missing.push(format!("{call} {answer}"));
            }
        }
    }
    assert!(missing.is_empty(), "never answered, so never compared: {missing:?}");
}

/// What no history of this length reaches: a node with 1,000 entries. Failure class G08 does.
/// Listed nodes have no jurisdiction lists, so their places in 14 and 18 never occur (7.1).
const NEEDS_A_PREPARED_STATE: [(&str, &str); 5] = [
    ("14", "node_at_capacity"),
    ("18", "node_at_capacity"),
    ("1b", "node_at_capacity"),
    ("14", "node_outside_jurisdiction"),
    ("18", "node_outside_jurisdiction"),
];

/// The answers of each action and callback, as `contract/README.md` lists them.
fn answers_by_action() -> Vec<(String, Vec<String>)> {
    let rows = include_str!("../../../contract/README.md").lines();
    let rows = rows.filter(|line| line.starts_with("| `") && !line.starts_with("| `ffffffff0f`"));
    rows.map(|row| {
        let mut quoted = row.split('`').skip(1).step_by(2).map(str::to_owned);
        let call = quoted.next().expect("a shortname");
        let codes = quoted.skip(1).chain(["accepted".to_owned()]);
        (call, codes.collect())
    })
    .collect()
}
