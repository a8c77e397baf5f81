//! How rows look that no good scenario has.

use expect_test::{Expect, expect};

use super::*;
use crate::engine::NativeEngine;
use crate::replay::Replay;

fn transcript(text: &str, palette: Palette) -> String {
    let scenario: Scenario = text.parse().expect("the scenario can be read");
    let engine = Box::new(NativeEngine::of("zk_node_registry"));
    let mut replay = Replay::start(&scenario, engine).expect("a registry can be created");
    let mut transcript = Transcript::new(&scenario, palette);
    let mut text = transcript.header(&scenario);
    while let Some(played) = replay.next() {
        text += &transcript.rows(&played, replay.world());
    }
    text + &transcript.footer(replay.world())
}

fn check(text: &str, expected: Expect) {
    expected.assert_eq(&transcript(text, Palette::default()));
}

#[test]
fn what_goes_otherwise_than_written_stands_out() {
    check(
        "# Nothing goes well here.\n\
         given alice holds 100 approved\n\
         0d alice unlock\n\
         0d alice unlock => not_registered\n\
         0d alice associate 100 => amount_not_positive\n\
         0d expect alice free 99\n\
         0d mail deliver next\n",
        expect![[r#"
            Nothing goes well here.

            given  alice   holds 100 approved

            0d     alice   unlock         refused: no_stake_entry
                           -- account alice has no tokens here
                           !! the step was refused with `no_stake_entry`: account alice has no tokens here
            0d     alice   unlock         refused: no_stake_entry
                           -- account alice has no tokens here
                           !! the step was refused with `no_stake_entry`, not with `not_registered`: account alice has no tokens here
            0d     alice   associate 100  accepted
                           -> token: transfer_from: accepted
                           -> registry: callback on_associated (success): accepted
                           = alice: 100 = 100 free (+100)
                           = token: alice holds 0 (-100), registry holds 100 (+100)
                           !! the step was accepted, not refused with `amount_not_positive`
            0d     expect  alice free 99  DOES NOT HOLD: alice has free 100, not 99
            0d     mail    deliver next
                           !! the step is impossible: there is no mail under way

            In the end
              alice: no node; 100 = 100 free; holds 0 at the token

            5 steps, 0 refused: 5 otherwise than written.
        "#]],
    );
}

#[test]
fn mail_under_way_is_shown_once_and_then_what_became_of_it() {
    check(
        "given alice holds 100 approved\n\
         0d mail hold\n\
         0d alice associate 60\n\
         0d alice reserve 10\n\
         0d mail fail transfer of alice\n\
         0d mail starve callback of alice\n\
         0d alice sends nothing\n\
         0d alice transfer 5 to bob\n",
        expect![[r#"
            given  alice  holds 100 approved

            0d     mail   hold
            0d     alice  associate 60               accepted
                          .. token: transfer_from of alice: under way
                          = alice: 0; 60 incoming (+60)
            0d     alice  reserve 10                 accepted
                          = alice: 0; 10 reserved (+10); 60 incoming
            0d     mail   fail transfer of alice
                          -> token: transfer_from: failed, made to fail
                          .. registry: callback on_associated of alice: under way
            0d     mail   starve callback of alice
                          -> registry: callback on_associated (failure): out of gas, and lost
            0d     alice  sends nothing to registry  accepted
            0d     alice  transfer 5 to bob          accepted
                          = token: alice holds 95 (-5), bob holds 5 (+5)

            In the end
              alice: no node; 0; 10 reserved; 60 incoming; holds 95 at the token

            7 steps, 0 refused: all as written.
        "#]],
    );
}

#[test]
fn text_from_outside_cannot_steer_a_terminal() {
    let text = "# bell \u{7} and escape \u{1b}[31m\n0d alice register \"\u{1b}]0;x\u{7}\"\n";

    let shown = transcript(text, Palette::default());

    assert!(shown.chars().all(|it| it == '\n' || !it.is_control()), "{shown:?}");
}

#[test]
fn colours_change_nothing_but_the_looks() {
    let text =
        "# A story.\ngiven alice holds 9 approved\n0d alice associate 9\n0d alice unlock => x\n";

    let coloured = transcript(text, Palette::COLOURED);

    assert!(coloured.contains("\u{1b}["));
    assert_eq!(
        anstream::adapter::strip_str(&coloured).to_string(),
        transcript(text, Palette::default())
    );
}

#[test]
fn a_long_call_does_not_widen_the_other_rows() {
    let long = "f".repeat(2_000);
    let shown = transcript(
        &format!("0d a unlock => no_stake_entry\n0d a sends {long}\n"),
        Palette::default(),
    );

    assert!(shown.starts_with("0d  a  unlock  refused: no_stake_entry\n"), "{shown}");
}
