//! Another registry, tested by the properties and strategies that the project offers.

use another_registry::{Another, Bug};
use proptest::prelude::*;
use proptest::test_runner::{TestError, TestRunner};
use zkreg_strategies::{History, NOW, Run, config, histories, linked};

proptest! {
    #![proptest_config(config(100))]

    #[test]
    fn no_history_breaks_a_property(history in histories()) {
        if let Err(broken) = history.check(Another::of) {
            prop_assert!(false, "{broken}");
        }
    }

    #[test]
    fn both_registries_answer_alike(history in histories()) {
        let mut ours = Run::begin(linked(&history.start), NOW).expect("the start is sound");
        let mut theirs = Run::begin(Another::of(&history.start), NOW).expect("the start is sound");
        for choices in &history.moves {
            let a = ours.step(&mut choices.chooser()).expect("nothing is broken");
            let b = theirs.step(&mut choices.chooser()).expect("nothing is broken");
            let code = |failure: pbc_lib::Failure| failure.code().map(str::to_owned);
            prop_assert_eq!(a.answer.map_err(code), b.answer.map_err(code));
            prop_assert_eq!(ours.facts(), theirs.facts());
        }
    }
}

/// Looks for a history that breaks a property, and shrinks it.
fn find(bug: Bug) -> (String, History) {
    let mut runner = TestRunner::new(config(20_000));
    let failed = runner.run(&histories(), |history: History| {
        let outcome = history.check(|start| Another::of(start).with(bug));
        outcome.map(drop).map_err(|broken| TestCaseError::fail(broken.to_string()))
    });
    match failed {
        Err(TestError::Fail(reason, history)) => (reason.message().to_owned(), history),
        other => panic!("{bug:?} is not found: {other:?}"),
    }
}

#[test]
fn tokens_that_are_lost_are_found() {
    let (reason, history) = find(Bug::ForgetsFailedTransfers);

    assert!(reason.contains("broken: books of an account INV-05"), "{reason}");
    assert!(
        reason.trim_end().ends_with("failure"),
        "the callback that failed is the last:\n{reason}"
    );
    assert!(history.moves.len() < 6, "{reason}");
}

#[test]
fn a_millisecond_too_early_is_found() {
    let (reason, history) = find(Bug::UnlocksTooEarly);

    assert!(history.moves.is_empty(), "trying it on the start is enough:\n{reason}");
    let readme = include_str!("../README.md");
    assert!(readme.contains(&reason), "README.md should show\n{reason}");
}
