//! A difference between two engines is told by a scenario of few steps: shown by engines that are
//! wrong on purpose.

use pbc_lib::{Export, Failure, Trees};
use registry_tests::twins::{Shown, Twins};
use zkreg::engine::{Engine, NativeEngine};
use zkreg::replay::Replay;
use zkreg::scenario::Scenario;

/// The native engine, and what goes wrong.
#[derive(Clone)]
struct Odd(NativeEngine, Oddity);

#[derive(Clone, Copy)]
enum Oddity {
    /// Too much is taken out: refused for another reason.
    Disassociation,
    /// A callback breaks down.
    Callback,
    /// The right answer, with one look into a tree too many.
    Looks,
}

impl Engine for Odd {
    fn invoke(
        &mut self,
        export: Export,
        input: &[u8],
        trees: &mut Trees,
    ) -> Result<Vec<u8>, Failure> {
        let answer = self.0.invoke(export, input, trees);
        match (self.1, export, &answer) {
            (Oddity::Disassociation, _, Err(failure))
                if failure.code() == Some("insufficient_free") =>
            {
                Err(Failure::refused("no_stake_entry", "no"))
            }
            (Oddity::Callback, Export::Callback(0x31), _) => {
                Err(Failure::Trap { message: "odd".to_owned() })
            }
            (Oddity::Looks, Export::Action(0x06), Ok(_)) => {
                trees.avl_len(0).expect("there is a tree");
                answer
            }
            _ => answer,
        }
    }
}

fn native() -> NativeEngine {
    NativeEngine::of("zk_node_registry")
}

/// The first difference that random histories show.
fn shown(oddity: Oddity) -> Shown {
    let try_seed = |seed| Twins::new(native(), Odd(native(), oddity)).try_seed(seed, 400);
    (1..20).find_map(try_seed).expect("the engines differ")
}

/// Whether the replay of a printed scenario goes as written.
fn goes_as_written(text: &str, engine: impl Engine + 'static) -> bool {
    let scenario = Scenario::parse(text.as_bytes()).expect("a scenario");
    let replay = Replay::start(&scenario, Box::new(engine)).expect("it can begin");
    replay.into_iter().all(|played| played.verdict.is_ok())
}

#[test]
fn an_answer_that_differs_is_told_by_a_scenario_that_fails_on_the_odd_engine_alone() {
    for (oddity, export, most) in
        [(Oddity::Disassociation, "action_0b", 2), (Oddity::Callback, "callback_31", 2)]
    {
        let Shown { difference, scenario, state } = shown(oddity);

        assert!(difference.starts_with(&format!("{export}: the answers differ")), "{difference}");
        assert_eq!(state, None, "a fresh registry will do");
        // The calls, without mail and what is given.
        let is_call = |line: &&str| {
            !line.is_empty() && !line.starts_with("given") && !line.contains(" mail ")
        };
        assert!(scenario.lines().filter(is_call).count() <= most, "{scenario}");
        assert!(goes_as_written(&scenario, native()), "{scenario}");
        assert!(!goes_as_written(&scenario, Odd(native(), oddity)), "{scenario}");
    }
}

#[test]
fn a_difference_in_tree_operations_alone_is_told_too() {
    let Shown { difference, scenario, .. } = shown(Oddity::Looks);

    assert!(difference.starts_with("action_06: the tree operations differ"), "{difference}");
    let twins = Twins::new(native(), Odd(native(), Oddity::Looks));
    assert!(goes_as_written(&scenario, twins.clone()), "{scenario}");
    assert_eq!(twins.difference(), Some(difference));
}
