//! Random histories against invariants and reference model: the contract breaks nothing, and what
//! is wrong with a crooked one is found, shrunk, and shown by a replay.

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;

use pbc_host::ResultBuffer;
use pbc_lib::{Export, Failure, Trees};
use registry_tests::SecondOpinion;
use zkreg::engine::{Engine, NativeEngine};
use zkreg::fuzz::campaign::{self, Account, Campaign};
use zkreg::fuzz::table::Place;
use zkreg::fuzz::{self, Engines, Evidence, History, Rigour, Story, corpus, native};
use zkreg::replay::Mismatch;

/// The bytes of a context, of which the last 64 are the hashes of the transaction and of the first.
const CONTEXT: usize = 122;

/// What an engine does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trick {
    /// A disassociation (0b) takes the time for 1 ms later: tokens are free too early.
    Hasty,
    /// A failed transfer (32) passes for one that succeeded: the tokens are gone.
    Forgetful,
    /// A request (04, 08, 19) draws by another hash: the nodes are as good, but not those.
    Biased,
    /// A disassociation (0b) of nothing is refused with another code.
    Mumbling,
    /// A disassociation (0b) of nothing is refused with a code that is not in its row.
    Babbling,
    /// A listed node (14) that is banned is refused with a code that its row has and nobody can get.
    Impossible,
    /// A disassociation (0b) asks for a callback that there is not.
    Inventive,
}

#[derive(Clone)]
struct Crooked {
    engine: NativeEngine,
    trick: Trick,
}

impl Engine for Crooked {
    fn invoke(
        &mut self,
        export: Export,
        input: &[u8],
        trees: &mut Trees,
    ) -> Result<Vec<u8>, Failure> {
        let mut input = input.to_vec();
        match (self.trick, export) {
            (Trick::Hasty, Export::Action(0x0b)) => {
                let time: &mut [u8; 8] = (&mut input[50..58]).try_into().expect("8 bytes");
                *time = (i64::from_be_bytes(*time).saturating_add(1)).to_be_bytes();
            }
            (Trick::Forgetful, Export::Callback(0x32)) => input[CONTEXT] = 1,
            (Trick::Biased, Export::Action(0x04 | 0x08 | 0x19)) => input[CONTEXT - 64] ^= 1,
            _ => {}
        }
        let answer = self.engine.invoke(export, &input, trees);
        match (self.trick, export, answer) {
            (Trick::Mumbling, Export::Action(0x0b), Err(Failure::Refused { code, message }))
                if code == "amount_not_positive" =>
            {
                Err(Failure::Refused { code: "no_stake_entry".into(), message })
            }
            (Trick::Babbling, Export::Action(0x0b), Err(Failure::Refused { code, message }))
                if code == "amount_not_positive" =>
            {
                Err(Failure::Refused { code: "no_computation".into(), message })
            }
            (Trick::Impossible, Export::Action(0x14), Err(Failure::Refused { code, message }))
                if code == "node_disabled" =>
            {
                Err(Failure::Refused { code: "node_outside_jurisdiction".into(), message })
            }
            (Trick::Inventive, Export::Action(0x0b), Ok(sections)) => {
                let mut result = ResultBuffer::decode_sections(&sections).expect("sections");
                let groups = result.events.iter_mut();
                groups.filter_map(|it| it.callback.as_mut()).for_each(|it| it.payload[0] = 0x3f);
                Ok(result.encode_sections())
            }
            (_, _, answer) => answer,
        }
    }
}

fn crooked(trick: Trick) -> impl Fn() -> Box<dyn Engine> + Sync {
    let engine = NativeEngine::of("zk_node_registry");
    move || Box::new(Crooked { engine: engine.clone(), trick })
}

fn honest() -> Box<dyn Engine> {
    Box::new(NativeEngine::of("zk_node_registry"))
}

fn plan(actions: u64) -> Campaign {
    Campaign { seed: 1, actions, jobs: NonZeroUsize::MIN, rigour: Rigour::default() }
}

/// Finds the trick with the model looking on, and shows it by a scenario. Returns how it fails.
fn found(trick: Trick) -> (Mismatch, Story) {
    let engine = crooked(trick);
    let maker = Engines(&engine);
    let account = campaign::run(&plan(100_000), &maker, SecondOpinion::default, &());
    let failed = account.failure.unwrap_or_else(|| panic!("{trick:?} is not found"));
    let evidence = Evidence::of("it", &failed, &maker, &SecondOpinion::default, &engine);
    assert!(evidence.shrunk.steps.len() <= 16, "{trick:?}: {}", evidence.shrunk.to_text());
    assert!(evidence.shrunk.steps.len() < failed.history.steps.len());
    assert_eq!(evidence.scenario_fails, Some(true), "{trick:?}");

    let story =
        Story::of(&evidence.shrunk, Some(&evidence.failure), &[], &engine).expect("a story");
    let printed = story.scenario.to_string();
    assert_eq!(printed.parse().as_ref(), Ok(&story.scenario), "{printed}");
    let mismatch = story.replay(engine()).expect("it begins");
    (mismatch.unwrap_or_else(|| panic!("{trick:?} is not shown by\n{printed}")), story)
}

#[test]
fn contract_and_model_agree_and_every_property_holds() {
    let account = campaign::run(&plan(12_000), &native(), SecondOpinion::default, &());

    let Account { failure, tally, .. } = account;
    assert_eq!(failure, None);
    assert!(tally.actions() >= 11_000 && tally.accepted() >= 4_000, "{tally:?}");
}

#[test]
fn tokens_that_are_free_1_ms_too_early_are_shown_by_a_broken_property() {
    let (mismatch, _) = found(Trick::Hasty);
    assert!(mismatch.is_bug(), "{mismatch}");
}

#[test]
fn tokens_that_are_lost_are_shown_by_a_broken_property() {
    let (mismatch, _) = found(Trick::Forgetful);
    assert!(mismatch.is_bug(), "{mismatch}");
}

#[test]
fn a_wrong_draw_is_shown_by_what_the_model_expects() {
    let (mismatch, story) = found(Trick::Biased);
    assert!(matches!(mismatch, Mismatch::Otherwise { .. }), "{mismatch}");
    assert_eq!(story.replay(honest()), Ok(None), "{}", story.scenario);
}

#[test]
fn a_wrong_code_is_shown_by_the_code_that_the_model_expects() {
    let (mismatch, story) = found(Trick::Mumbling);
    assert!(matches!(mismatch, Mismatch::OtherRefusal { .. }), "{mismatch}");
    assert_eq!(story.replay(honest()), Ok(None), "{}", story.scenario);
}

/// Finds the trick by the properties alone, as `zkreg fuzz` does, and shows it by a scenario.
fn found_alone(trick: Trick) -> Mismatch {
    let engine = crooked(trick);
    let maker = Engines(&engine);
    let account = campaign::run(&plan(100_000), &maker, || (), &());
    let failed = account.failure.unwrap_or_else(|| panic!("{trick:?} is not found"));
    let evidence = Evidence::of("it", &failed, &maker, &|| (), &engine);
    let story = Story::of(&evidence.shrunk, Some(&evidence.failure), &[], &engine);
    let mismatch = story.expect("a story").replay(engine()).expect("it begins");

    assert_eq!(evidence.scenario_fails, Some(true), "{trick:?}");
    mismatch.unwrap_or_else(|| panic!("{trick:?} is not shown"))
}

#[test]
fn a_code_outside_the_row_of_its_action_is_shown_without_a_model() {
    let mismatch = found_alone(Trick::Babbling).to_string();
    assert!(mismatch.starts_with("the step was refused with `no_computation`"), "{mismatch}");
}

#[test]
fn a_code_that_nobody_can_get_is_shown_without_a_model() {
    let mismatch = found_alone(Trick::Impossible).to_string();
    assert!(mismatch.contains("refused with `node_outside_jurisdiction`"), "{mismatch}");
}

#[test]
fn a_callback_that_there_is_not_is_a_broken_property() {
    let mismatch = found_alone(Trick::Inventive).to_string();
    assert!(mismatch.contains("INV-33: events: the callback 3f"), "{mismatch}");
}

#[test]
fn every_history_of_the_corpus_comes_to_the_outcome_that_it_is_named_after() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut kept: Vec<_> = fs::read_dir(folder)
        .expect("the corpus is there")
        .map(|entry| entry.expect("the corpus can be listed").path())
        .collect();
    kept.sort();
    assert!(!kept.is_empty());
    for path in kept {
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        let history = fs::read_to_string(&path).expect("the corpus is text");
        let history = History::parse(&history).unwrap_or_else(|error| panic!("{name}: {error}"));

        let mut opinion = SecondOpinion::default();
        let ran = fuzz::run(&native(), &history, Rigour::default(), &mut opinion);

        assert!(ran.failure.is_none(), "{name}: {:?}", ran.failure);
        let place = Place::all().find(|place| corpus::file_name(*place) == name);
        let place = place.unwrap_or_else(|| panic!("{name} is named after no outcome"));
        assert!(ran.tally.hits(place) > 0, "{name} does not come to {place}");
    }
}
