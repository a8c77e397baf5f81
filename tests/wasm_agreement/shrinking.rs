//! A difference between two engines is told by few steps: shown by an engine that is wrong on
//! purpose.

use pbc_lib::{Export, Failure, Trees};
use registry_tests::History;
use registry_tests::twins::Twins;
use zkreg::engine::{Engine, NativeEngine};

/// Refuses a disassociation of too much in words of its own.
#[derive(Clone)]
struct Odd(NativeEngine);

impl Engine for Odd {
    fn invoke(
        &mut self,
        export: Export,
        input: &[u8],
        trees: &mut Trees,
    ) -> Result<Vec<u8>, Failure> {
        self.0.invoke(export, input, trees).map_err(|failure| match failure.code() {
            Some("insufficient_free") => Failure::refused("insufficient_free", "no"),
            _ => failure,
        })
    }
}

#[test]
fn a_difference_is_told_by_few_steps() {
    let native = NativeEngine::of("zk_node_registry");
    let mut twins = Twins::new(native.clone(), Odd(native));
    let mut history = History::on(twins.clone(), 1);
    let told = (0..400).find_map(|_| {
        history.step().expect("the native engine is right");
        twins.difference()
    });

    let told = told.expect("the engines differ");

    assert!(told.contains("action_0b: the answers differ"), "{told}");
    let steps: Vec<_> = told.lines().filter(|line| line.contains(" sends ")).collect();
    // Some stake, and more than it taken out.
    assert!(steps.len() <= 2, "{told}");
    assert!(steps.last().is_some_and(|step| step.contains(" sends 0b")), "{told}");
    assert!(told.contains("given deploy is 01d0d0"), "{told}");
}
