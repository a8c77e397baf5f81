//! What must hold for any bytes that somebody may send, store, import or write.
//!
//! Each function takes any bytes and panics if something does not hold. libFuzzer looks for such
//! bytes, guided by the code that they reach (`.ci/fuzz`); the bytes in `corpus` are tried by every
//! `cargo test`, so that what was found once stays found.
//!
//! | function | reads | what must hold |
//! | --- | --- | --- |
//! | [`rpc`] | calls | the tool, the contract and the model agree on what is no call, and why |
//! | [`state`] | root state and trees | what is loaded is stored as the same bytes, and exported as the same state |
//! | [`json`] | documents | an error has a place; what is imported is exported as the same state |
//! | [`scenario`] | scenarios | what is read is printed and read as the same; playing it never breaks down |
//! | [`history`] | choices | no property breaks; contract and model answer alike |

use another_registry::Another;
use pbc_lib::{Failure, Trees};
use reference_model as model;
use zk_node_registry::rules::units::Timestamp;
use zkreg::call::{Call, FIRST_CALLBACK};
use zkreg::engine::NativeEngine;
use zkreg::image::{Image, ROOT_BYTES};
use zkreg::invariants::{Delivery, Registry};
use zkreg::json::{ImportFailure, ImportOptions, Layout, export_to_string, import};
use zkreg::names::Names;
use zkreg::replay::Replay;
use zkreg::scenario::Scenario;
use zkreg::step::Origin;
use zkreg::world::Start;
use zkreg_strategies::{History, NOW, Run, cast, linked};

/// The codes of what is no call.
const NO_CALL: [&str; 8] = [
    "malformed_shortname",
    "unknown_action",
    "truncated",
    "trailing_bytes",
    "invalid_length",
    "invalid_discriminant",
    "invalid_utf8",
    "invalid_address_type",
];

/// A call by an operator to a registry with some nodes and work in it: shortname and arguments.
///
/// # Panics
///
/// If the contract breaks down, or the contract, the tool and the model disagree on whether these
/// bytes are a call, or why not.
pub fn rpc(data: &[u8]) {
    if let Some(call) = Call::decode(data) {
        assert_eq!(Call::decode(&call.encode()), Some(call), "a call is written as it is read");
    }
    // The tool knows creation and callbacks as well, which are no calls.
    let read = match data {
        [0xff, 0xff, 0xff, 0xff, 0x0f, ..] => model::CreateArguments::decode(data).map(drop),
        [FIRST_CALLBACK..=0x7f, ..] => model::Call::decode_callback(data).map(drop),
        _ => model::Call::decode(data).map(drop),
    };
    let judged = zkreg::rpc::decode(data, &Names::default(), Origin::DEFAULT);
    let judged = judged.err().and_then(|failure| failure.code());
    assert_eq!(judged, read.err().map(|refusal| refusal.code), "tool and model");
    let modelled = model::Call::decode(data).err().map(|refusal| refusal.code);
    if data.is_empty() {
        return;
    }

    // A state with four operators and one contract that is served.
    let state = History::of_bytes(&[0x12, 0, 0, 0, 0]).start;
    let mut contract = linked(&state);
    let answer = contract.deliver(&Delivery {
        registry: cast::registry(),
        sender: cast::address("n1"),
        now: NOW,
        height: 1,
        transaction: [0; 32],
        callback: None,
        rpc: data.to_vec(),
    });
    match answer {
        Err(Failure::Trap { message }) => panic!("the contract broke down: {message}"),
        Err(Failure::Refused { code, .. }) => match modelled {
            Some(expected) => assert_eq!(code, expected),
            None => assert!(!NO_CALL.contains(&&*code), "{code}, and the model reads it"),
        },
        Ok(_) => assert_eq!(modelled, None, "accepted"),
    }
}

/// A root state, then entries of trees: the tree, the length of the key, the length of the value in
/// two bytes, key and value.
///
/// # Panics
///
/// If bytes that can be loaded are not what is stored again, or the state is lost in JSON.
pub fn state(data: &[u8]) {
    let (root, mut rest) = data.split_at(data.len().min(ROOT_BYTES));
    let mut trees =
        Image::empty(Start::default().collaborators(), Start::default().settings()).store().1;
    while let [tree, key, high, low, more @ ..] = rest {
        let key = usize::from(*key).min(more.len());
        let (key, more) = more.split_at(key);
        let value = usize::from(u16::from_be_bytes([*high, *low])).min(more.len());
        let (value, more) = more.split_at(value);
        if trees.contains((*tree).into()) {
            trees.insert((*tree).into(), key, value);
        }
        rest = more;
    }
    load(root, &trees);
}

fn load(root: &[u8], trees: &Trees) {
    match Image::load(root, trees) {
        Err(errors) => {
            assert!(!errors.is_empty(), "a reason is given");
            errors.iter().for_each(|error| drop(error.to_string()));
        }
        Ok(image) => {
            assert_eq!(image.store(), (root.to_vec(), trees.clone()), "stored as loaded");
            drop(image.violations());
            survives_json(&image);
        }
    }
}

/// Entries for [`state`]: the root and the trees of an image.
pub fn state_bytes(image: &Image) -> Vec<u8> {
    let (mut bytes, trees) = image.store();
    for tree in trees.ids() {
        for (key, value) in trees.iter(tree) {
            let (Ok(tree), Ok(key_length)) = (u8::try_from(tree), u8::try_from(key.len())) else {
                continue;
            };
            let Ok(length) = u16::try_from(value.len()) else { continue };
            bytes.extend([tree, key_length]);
            bytes.extend(length.to_be_bytes());
            bytes.extend(key);
            bytes.extend(value);
        }
    }
    bytes
}

/// An image that was imported or loaded is the same after an export and an import, unless the
/// import says why not.
fn survives_json(image: &Image) {
    let text = export_to_string(image, Layout::Compact);
    let options = ImportOptions { as_of: Some(Timestamp::from_millis(NOW)), ..Default::default() };
    match import(text.as_bytes(), &options) {
        Ok(imported) if imported.findings.is_empty() => assert_eq!(imported.image, *image),
        Ok(_) => {}
        Err(failure) => assert!(!failure.errors().is_empty(), "{failure}"),
    }
}

/// A document: the state of a live registry, or an export.
///
/// # Panics
///
/// If what is imported is another state after an export, or a refusal has no reason.
pub fn json(data: &[u8]) {
    let options = ImportOptions {
        as_of: Some(Timestamp::from_millis(NOW)),
        collaborators: Some(Start::default().collaborators()),
        ..ImportOptions::default()
    };
    match import(data, &options) {
        Ok(imported) => {
            imported.findings.iter().for_each(|finding| drop(finding.to_string()));
            let (root, trees) = imported.image.store();
            let loaded = Image::load(&root, &trees);
            assert_eq!(loaded.as_ref(), Ok(&imported.image), "imported states can be loaded");
            survives_json(&imported.image);
        }
        Err(ImportFailure::Unreadable(error)) => panic!("bytes can be read: {error}"),
        Err(ImportFailure::Refused(errors)) => {
            assert!(!errors.is_empty(), "a reason is given");
            errors.iter().for_each(|error| drop(error.to_string()));
        }
    }
}

/// A scenario file, played on the contract if it is short.
///
/// # Panics
///
/// If it is read otherwise once it was printed, a problem lies outside the text, or the contract
/// breaks down.
pub fn scenario(data: &[u8]) {
    /// Steps that are played.
    const SHORT: usize = 60;
    match Scenario::parse(data) {
        Err(problems) => drop(problems.to_string()),
        Ok(scenario) => {
            let printed = scenario.to_string();
            let again = Scenario::parse(printed.as_bytes());
            let again = again.unwrap_or_else(|problems| panic!("{problems}\n{printed}"));
            assert_eq!(again.to_string(), printed, "what is printed is read as the same");
            if scenario.steps().count() > SHORT {
                return;
            }
            let engine = Box::new(NativeEngine::of("zk_node_registry"));
            let Ok(replay) = Replay::start(&scenario, engine) else { return };
            for played in replay {
                let shown = format!("{played:?}");
                assert!(!shown.contains("Trap {"), "the contract broke down: {shown}");
            }
        }
    }
}

/// A whole history; see [`History::of_bytes`].
///
/// # Panics
///
/// If a property breaks, or contract and model do not answer alike.
pub fn history(data: &[u8]) {
    let history = History::of_bytes(data);
    let broken = |broken: zkreg_strategies::Broken| -> ! { panic!("{broken}") };
    let mut ours = Run::begin(linked(&history.start), NOW).unwrap_or_else(|it| broken(it));
    let mut theirs = Run::begin(Another::of(&history.start), NOW).unwrap_or_else(|it| broken(it));
    for choices in &history.moves {
        let a = ours.step(&mut choices.chooser()).unwrap_or_else(|it| broken(it));
        let b = theirs.step(&mut choices.chooser()).unwrap_or_else(|it| broken(it));
        let code = |failure: Failure| failure.code().map(str::to_owned);
        let story = || ours.lines().join("\n");
        assert_eq!(a.answer.map_err(code), b.answer.map_err(code), "after\n{}", story());
        assert_eq!(ours.facts(), theirs.facts(), "after\n{}", story());
    }
    ours.finish().unwrap_or_else(|it| broken(it));
}
