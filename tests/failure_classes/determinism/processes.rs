//! The same in another process.

use pbc_lib::Trees;
use registry_tests::calls::*;
use registry_tests::*;
use zkreg::engine::NativeEngine;
use zkreg::replay::Replay;
use zkreg::scenario::Scenario;
use zkreg::transcript::{Palette, Transcript};

use super::{answer, ask_elsewhere, asked, sources, trace};

/// What draws a random number, the time or an order from its surroundings.
const AMBIENT: [&str; 17] = [
    "SystemTime",
    "Instant",
    "UNIX_EPOCH",
    "chrono",
    "thread_rng",
    "ThreadRng",
    "OsRng",
    "SysRng",
    "from_entropy",
    "from_os_rng",
    "from_rng",
    "getrandom",
    "RandomState",
    "DefaultHasher",
    "HashMap",
    "HashSet",
    "fastrand",
];

/// Where one of these words stands for something else, and what that is.
const HARMLESS: [(&str, &str, &str); 2] = [
    ("simulator/src/cli/fuzz.rs", "Instant", "a budget of minutes, a rate for the terminal"),
    ("simulator/src/explore/search.rs", "HashSet", "asked what it holds, never for its order"),
];

#[test]
fn j01_two_processes_make_the_same_bytes_and_selections_of_one_trace() {
    let told = trace::history(1, 600);
    if asked().is_some() {
        return answer(&told);
    }

    let told_elsewhere = ask_elsewhere("j01_", "");

    assert_eq!(told_elsewhere, told);
    // The trace is not trivial: nodes were drawn, and calls were refused.
    let lines_with = |word: &str| told.lines().filter(|line| line.contains(word)).count();
    assert!(lines_with("not_enough_nodes") > 0 && lines_with("no_computation") > 0, "{told}");
    assert!(lines_with(&format!(": {:x} ", node(1))) > 0, "{told}");
}

#[test]
fn j03_nothing_is_ambient_and_a_start_value_replays_byte_for_byte() {
    if let Some(printed) = asked() {
        let start_value = printed.trim().strip_prefix("start value ").expect("it was printed");
        return answer(&trace::history(start_value.parse().expect("a number"), 200));
    }

    // No source of the contract or the simulator asks its surroundings.
    for found in sources::mentions(&["contract/src", "simulator/src"], &AMBIENT) {
        let is_harmless = HARMLESS
            .iter()
            .any(|(path, word, _)| found.path.ends_with(path) && found.word == *word);
        assert!(is_harmless, "{found}");
    }

    // A run that knows its start value only, as the run before it printed it, is that run.
    for start_value in [0, 7, u64::MAX] {
        let run = trace::history(start_value, 200);
        let (printed, _) = run.split_once('\n').expect("the first line");
        assert_eq!(ask_elsewhere("j03_", printed), run);
        assert_ne!(trace::history(start_value ^ 1, 200), run, "the start value matters");
    }
}

/// The engines that forty transactions draw for three requests, on a registry of this state.
fn selections(state: &[u8], snapshot: &[u8], now: i64) -> String {
    let mut registry = Registry::new();
    registry.state = state.to_vec();
    registry.trees = Trees::from_snapshot(snapshot).expect("a snapshot of trees");
    registry.now = now;
    let mut drawn = String::new();
    for transaction in 0..40 {
        for request in [
            request_ee(1, 1, &[], 0),
            request_ee(4, 40, &[], 0),
            request_ee(3, 30, &[&[1, 2], &[1], &[]], 0),
        ] {
            let mut registry = registry.clone();
            registry.calls = transaction;
            let engines = registry_tests::registry::engines(&registry.accept(zk(1), request));
            drawn.extend(engines.iter().map(|engine| format!("{engine:x} ")));
            drawn.push('\n');
        }
    }
    drawn
}

/// N1 to N12 in this order of registration, in jurisdictions 0, 1 and 2.
fn registered(order: impl Iterator<Item = u16>) -> Registry {
    let mut registry = Registry::new();
    for n in order {
        registry.enrol(node(n));
        registry.stake(node(n), 100);
        registry.accept(node(n), jurisdiction(i32::from(n % 3)));
    }
    registry
}

#[test]
fn j04_state_request_and_transaction_decide_the_selection_and_nothing_else_does() {
    if let Some(question) = asked() {
        let parts: Vec<&str> = question.split_whitespace().collect();
        let [state, snapshot, now] = parts[..] else { panic!("three parts: {question}") };
        let [state, snapshot] = [state, snapshot].map(|part| hex::decode(part).expect("hex"));
        return answer(&selections(&state, &snapshot, now.parse().expect("a number")));
    }

    let registry = registered(1..=12);
    let bytes = trace::bytes(&registry);
    let drawn = selections(&registry.state, &registry.trees.to_snapshot(), registry.now);
    assert_eq!(ask_elsewhere("j04_", &format!("{bytes}{}", registry.now)), drawn);

    // Neither do the block, its time, or who else has called what before.
    let mut elsewhere = registry.clone();
    elsewhere.height = i64::MAX;
    elsewhere.now += 400 * DAY;
    for _ in 0..10 {
        elsewhere.refuse(stranger(), unlock(), "no_stake_entry");
    }
    let state = (elsewhere.state.clone(), elsewhere.trees.to_snapshot());
    assert_eq!(selections(&state.0, &state.1, elsewhere.now), drawn);

    // Another order of registration is another state, and draws otherwise.
    let reversed = registered((1..=12).rev());
    assert_ne!(trace::bytes(&reversed), bytes);
    let drawn_in_reverse = selections(&reversed.state, &reversed.trees.to_snapshot(), reversed.now);
    assert_ne!(drawn_in_reverse, drawn);
}

/// A history in which two lines are wrong: a balance, and a refusal that does not come.
const FAILING: &str = "\
given settings block-producers not required
given n1 holds 80_000 approved
0d n1 register https://n1.example
0d n1 associate 75_000
1d zk-1 request nodes 1 stake 2_000 ee-version 0
1d mail hold of n1
1d n1 disassociate 1_000
2d zk-1 done n1 failure => no_computation
2d mail fail transfer of n1
2d mail release
16d n1 unlock
16d expect n1 free 74_000 pending 0
";

/// The transcript of a scenario, and what went otherwise than written.
fn replay(scenario: &Scenario) -> (String, Vec<String>) {
    let engine = Box::new(NativeEngine::of("zk_node_registry"));
    let mut replay = Replay::start(scenario, engine).expect("the settings are valid");
    let mut transcript = Transcript::new(scenario, Palette::default());
    let mut text = transcript.header(scenario);
    let mut violations = Vec::new();
    while let Some(played) = replay.next() {
        text += &transcript.rows(&played, replay.world());
        violations.extend(played.verdict.err().map(|wrong| format!("{}: {wrong}", played.line)));
    }
    text += &transcript.footer(replay.world());
    (text, violations)
}

#[test]
fn j12_a_printed_trace_fails_elsewhere_with_exactly_the_same_violations() {
    let replayed = |printed: &str| {
        let scenario: Scenario = printed.parse().expect("a scenario");
        let (transcript, violations) = replay(&scenario);
        format!("{transcript}{}\n", violations.join("\n"))
    };
    if let Some(printed) = asked() {
        return answer(&replayed(&printed));
    }

    let found: Scenario = FAILING.parse().expect("a scenario");
    let (_, violations) = replay(&found);
    let [no_refusal, other_balance] = &violations[..] else { panic!("two, not {violations:?}") };
    assert!(no_refusal.starts_with("8: "), "{no_refusal}");
    assert!(no_refusal.contains("no_computation"), "{no_refusal}");
    assert!(other_balance.starts_with("12: "), "{other_balance}");

    // What is printed is the whole: the auditor has nothing else.
    let printed = found.to_string();
    let elsewhere = ask_elsewhere("j12_", &printed);
    assert_eq!(elsewhere, replayed(&printed));
    assert!(elsewhere.ends_with(&format!("{}\n", violations.join("\n"))), "{elsewhere}");
}
