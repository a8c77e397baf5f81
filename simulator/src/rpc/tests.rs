//! Bytes to words and back.

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::engine::NativeEngine;
use crate::step::{Call, Step, arbitrary};
use crate::world::{Start, World, calls};

/// The golden vectors of `registry.md` 15: a name and its bytes.
fn golden() -> Vec<(&'static str, Vec<u8>)> {
    let lines = include_str!("../../../tests/data/golden-rpc.txt").lines();
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let parts = lines.map(|line| line.split_once(' ').expect("a name and its bytes"));
    parts.map(|(name, digits)| (name, hex::decode(digits).expect("hex"))).collect()
}

/// Names of the golden vectors that are no calls to the registry.
const ELSEWHERE: [&str; 7] = [
    "transfer_from",
    "transfer",
    "approve",
    "getProducerInfo",
    "getComputationDeadline",
    "call-extendZkComputationDeadline",
    "return-data",
];

fn of(rpc: &[u8]) -> Result<Decoded, DecodeFailure> {
    decode(rpc, &Names::default(), Origin::DEFAULT)
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn every_golden_call_has_its_name_and_its_words_give_the_same_bytes() {
    let mut seen = 0;
    for (name, rpc) in golden().into_iter().filter(|(name, _)| !ELSEWHERE.contains(name)) {
        let decoded = of(&rpc).unwrap_or_else(|failure| panic!("{name}: {failure}"));
        let known = decoded.live.as_deref().unwrap_or(&decoded.function);
        let said = name.trim_end_matches("-none");
        assert!(known == said || camel_case(known) == said, "{name}: {known}");

        if let Some(action) = &decoded.words {
            let again = encode(&words(&action.to_string()), &Start::default());
            assert_eq!(again.map(|it| hex::encode(it.rpc)), Ok(hex::encode(&rpc)), "{name}");
            seen += 1;
        }
        let texts = decoded.arguments.iter().map(|(_, value)| value.to_string());
        let said: Vec<String> = [decoded.function.clone()].into_iter().chain(texts).collect();
        let again = encode(&said, &Start::default());
        assert_eq!(again.map(|it| hex::encode(it.rpc)), Ok(hex::encode(&rpc)), "{name}");
    }
    assert_eq!(seen, 26, "all actions have words");
}

#[test]
fn a_call_is_encoded_by_its_live_name_too() {
    let by = |text: &str| encode(&words(text), &Start::default()).map(|it| hex::encode(it.rpc));
    assert_eq!(by("associateTokens 750_000_000"), Ok("0a000000002cb41780".to_owned()));
    assert_eq!(by("associate_tokens 750000000"), Ok("0a000000002cb41780".to_owned()));
    assert_eq!(by("associate 75_000"), Ok("0a000000002cb41780".to_owned()));
}

#[test]
fn names_without_an_address_are_told() {
    let encoded = encode(&words("disable alice"), &Start::default()).expect("it can be said");
    let told: Vec<String> = encoded.made_up.iter().map(|(name, _)| name.to_string()).collect();
    assert_eq!(told, ["alice"]);

    let mut start = Start::default();
    let address = *encoded.made_up.first().map(|(_, address)| address).expect("one");
    start.addresses.insert("alice".parse().expect("a name"), address);
    let encoded = encode(&words("disable alice"), &start).expect("it can be said");
    assert_eq!(encoded.made_up, []);
}

#[track_caller]
fn refused(digits: &str, expected: Expect) {
    let failure = of(&hex::decode(digits).expect("hex")).expect_err("it is no call");
    let problem = failure.problem();
    expected.assert_eq(&format!("{:?} {problem}", problem.span));
}

#[test]
fn bytes_that_are_no_call_are_refused_with_their_place() {
    refused("", expect!["0..0 there are no bytes: a call that only brings gas"]);
    refused(
        "80",
        expect![
            "0..2 malformed_shortname: the call does not begin with a shortname: unfinished, bytes 80"
        ],
    );
    refused("0f", expect!["0..2 unknown_action: the registry has no action or callback 0f"]);
    refused(
        "0a00002c",
        expect![
            "2..8 truncated: `token_amount` of associate_tokens: the input ends at byte 1, 8 bytes wanted"
        ],
    );
    refused(
        "0500ff",
        expect![
            "2..6 trailing_bytes: after the arguments of notify_zk_computation_done_v1: the input goes on at byte 1, 2 bytes left"
        ],
    );
    refused(
        "1007d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4",
        expect!["2..4 invalid_address_type: `address` of disable_zk_node: byte 0x07 at byte 1"],
    );
    refused(
        "01ffffffff61",
        expect![
            "2..10 invalid_length: `rest_endpoint` of update_node_rest_endpoint: count 4294967295 at byte 1, 1 bytes left"
        ],
    );
    // As the registry judges: a list by the length of its elements, an address by its type.
    refused(
        "120000000400a1a1a1a1a11300",
        expect![
            "2..10 invalid_length: `engines_status` of notify_zk_computation_done_v2: count 4 at byte 1, 8 bytes left"
        ],
    );
    refused(
        "1007",
        expect!["2..4 invalid_address_type: `address` of disable_zk_node: byte 0x07 at byte 1"],
    );
}

#[test]
fn a_second_spelling_of_an_option_has_no_words() {
    let rpc = hex::decode("17020000019b76daa800").expect("hex");
    let decoded = of(&rpc).expect("any byte but 0 says that there is a value");
    assert_eq!(decoded.words, None);
}

#[test]
fn a_time_before_the_start_has_no_words() {
    let rpc = hex::decode("17010000000000000001").expect("hex");
    assert_eq!(of(&rpc).expect("a call").words, None);
}

fn registry_call() -> impl Strategy<Value = Call> {
    arbitrary::step().prop_filter_map("a call to the registry", |step| match step {
        Step::Call(call) => {
            use Action::{Approve, Raw, Transfer};
            (!matches!(call.action, Approve(_) | Transfer { .. } | Raw { .. })).then_some(call)
        }
        _ => None,
    })
}

proptest! {
    #[test]
    fn every_action_comes_back_from_its_bytes(call in registry_call()) {
        let engine = Box::new(NativeEngine::of("zk_node_registry"));
        let mut world = World::start(&Start::default(), engine).expect("valid settings");
        if let Ok(sent) = calls::encode(&call.action, &mut world) {
            let decoded = of(&sent.rpc).expect("what the world writes is a call");
            let words = decoded.words.expect("the start is the default one").to_string();
            let step = format!("0d a {words}").parse::<Step>().expect("words can be read");
            let Step::Call(again) = step else { panic!("{words} is a call") };
            let again = calls::encode(&again.action, &mut world).expect("as before");
            prop_assert_eq!(hex::encode(again.rpc), hex::encode(sent.rpc));
        }
    }

    #[test]
    fn any_bytes_are_a_call_or_a_failure_within_them(
        rpc in proptest::collection::vec(any::<u8>(), 0..80)
    ) {
        if let Err(failure) = of(&rpc) {
            prop_assert!(failure.problem().span.end <= 2 * rpc.len());
        }
    }
}
