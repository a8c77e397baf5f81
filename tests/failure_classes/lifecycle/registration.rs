//! Registering: the endpoint, the answer of the block producer orchestration, and the key.

use pbc_contract_common::PublicKey;
use pbc_host::Group;
use registry_tests::calls::*;
use registry_tests::registry::producer_info;
use registry_tests::*;
use zk_node_registry::rules::node::MAX_ENDPOINT_BYTES;
use zkreg::json::{ImportOptions, import};

/// N1 asks a registry that requires block producers to be registered; what it emits.
fn asked(registry: &mut Registry, endpoint: &str) -> Group {
    let events = registry.accept(node(1), register(endpoint));
    let [group] = events.try_into().expect("one question");
    group
}

/// The block producer orchestration answers that N1 has the key of 33 bytes `key`.
#[track_caller]
fn answer(registry: &mut Registry, question: &Group, key: u8) {
    let record = producer_info(node(1), key, 208);
    let outcome = registry.callback(question, true, &[(true, record)]);
    assert_eq!(outcome, Ok(vec![]));
}

fn endpoint_of_n1(registry: &Registry) -> String {
    registry.node(node(1)).rest_endpoint.rest_endpoint
}

#[test]
fn f06_a_registered_node_cannot_register_again_and_keeps_its_endpoint() {
    let mut registry = Registry::new();
    registry.accept(node(1), register("https://first.example"));

    let again = register("https://second.example");
    let message = registry.refuse(node(1), again.clone(), "already_registered");

    assert!(message.contains("https://first.example"), "{message}");
    assert_eq!(endpoint_of_n1(&registry), "https://first.example");

    // The same where block producers are required: nobody is asked a second time.
    let mut registry = Registry::deployed();
    let question = asked(&mut registry, "https://first.example");
    answer(&mut registry, &question, 2);
    registry.refuse(node(1), again, "already_registered");
    assert_eq!(endpoint_of_n1(&registry), "https://first.example");
}

#[test]
fn f07_of_two_registrations_in_flight_the_first_answer_counts_and_the_second_is_harmless() {
    for first_answered in [0, 1] {
        let mut registry = Registry::deployed();
        let endpoints = ["https://first.example", "https://second.example"];
        let questions = endpoints.map(|endpoint| asked(&mut registry, endpoint));
        assert_eq!(registry.records().all_nodes().count(), 0);

        answer(&mut registry, &questions[first_answered], 2);
        let record = registry.node(node(1));
        assert_eq!(record.rest_endpoint.rest_endpoint, endpoints[first_answered]);

        // The second answer changes nothing, whatever it says.
        for key in [2, 3] {
            let mut registry = registry.clone();
            answer(&mut registry, &questions[1 - first_answered], key);
            assert_eq!(registry.node(node(1)), record);
            assert_eq!(registry.records().all_nodes().count(), 1);
        }
        let trees = registry.trees.clone();
        registry.settle(&[questions[1 - first_answered].clone()], false);
        assert_eq!(registry.trees, trees);
    }

    // If the first question fails, the second still registers.
    let mut registry = Registry::deployed();
    let first = asked(&mut registry, "https://first.example");
    let second = asked(&mut registry, "https://second.example");
    registry.settle(&[first], false);
    assert_eq!(registry.records().all_nodes().count(), 0);
    answer(&mut registry, &second, 2);
    assert_eq!(endpoint_of_n1(&registry), "https://second.example");
}

#[test]
fn f08_nobody_resigns_before_the_answer_and_the_answer_then_makes_the_whole_record() {
    let mut registry = Registry::deployed();
    let question = asked(&mut registry, "https://n1.example");

    registry.refuse(node(1), resign(), "not_registered");
    answer(&mut registry, &question, 2);

    let record = registry.node(node(1));
    assert_eq!(record.identity, node(1));
    assert_eq!(record.public_key, Some(PublicKey { bytes: [2; 33] }));
    assert_eq!(record.rest_endpoint.rest_endpoint, "https://n1.example");
    assert_eq!(record.server_jurisdiction.value, 208);
    assert_eq!(record.supported_ee_version, 0);
    assert_eq!(record.supported_protocol_version, None);
    assert!(!record.is_resigned && !record.is_disabled);
    assert_eq!(registry.score(node(1)), (0, 0, 0));
    registry.accept(node(1), resign());
}

#[test]
fn f13_the_stored_key_changes_only_by_registering_again_after_resigning() {
    let mut registry = Registry::deployed();
    let question = asked(&mut registry, "https://n1.example");
    answer(&mut registry, &question, 2);
    let key_of_n1 = |registry: &Registry| registry.node(node(1)).public_key.map(|key| key.bytes);

    // From now on the block producer orchestration has another key. No action asks for it.
    registry.stake(node(1), mpc(75_000));
    let actions = [
        update_endpoint("https://other.example"),
        protocol_version((4, 10, 0)),
        jurisdiction(578),
        ee_version(3),
        reserve(1),
        unlock(),
        expire(None),
    ];
    for action in actions {
        assert_eq!(registry.accept(node(1), action), []);
        assert_eq!(key_of_n1(&registry), Some([2; 33]));
    }
    registry.refuse(node(1), register("https://n1.example"), "already_registered");
    registry.accept(voting(), disable(node(1)));
    assert_eq!(key_of_n1(&registry), Some([2; 33]));

    // Resigning keeps it too, and so does a registration that fails.
    registry.accept(node(1), resign());
    assert_eq!(key_of_n1(&registry), Some([2; 33]));
    let question = asked(&mut registry, "https://n1.example");
    assert_eq!(key_of_n1(&registry), Some([2; 33]));
    registry.settle(std::slice::from_ref(&question), false);
    assert_eq!(key_of_n1(&registry), Some([2; 33]));

    let question = asked(&mut registry, "https://n1.example");
    answer(&mut registry, &question, 3);
    assert_eq!(key_of_n1(&registry), Some([3; 33]));
}

#[test]
fn f14_new_endpoints_must_be_https_and_imported_ones_are_kept() {
    let mut registry = Registry::new();
    registry.accept(node(2), register("https://n2.example"));
    let refused = [
        ("", "endpoint_empty"),
        ("http://n1.example", "endpoint_not_https"),
        ("HTTPS://n1.example", "endpoint_not_https"),
        ("https:/n1.example", "endpoint_not_https"),
        ("https://", "endpoint_not_https"),
        ("n1.example", "endpoint_not_https"),
        (" https://n1.example", "endpoint_not_https"),
        ("https://n1.example\n", "endpoint_control_character"),
    ];
    let longest = format!("https://{}", "a".repeat(MAX_ENDPOINT_BYTES - 8));
    let too_long = format!("{longest}a");
    for (endpoint, code) in refused.into_iter().chain([(&*too_long, "endpoint_too_long")]) {
        registry.refuse(node(1), register(endpoint), code);
        registry.refuse(node(2), update_endpoint(endpoint), code);
    }

    // The URL of another node is as good as any.
    for endpoint in ["https://n2.example", "https://x", &longest] {
        registry.clone().accept(node(1), register(endpoint));
        registry.clone().accept(node(2), update_endpoint(endpoint));
    }
    registry.accept(node(1), register("https://n2.example"));
    assert_eq!(endpoint_of_n1(&registry), "https://n2.example");

    // A live state may have endpoints that are refused today.
    let (n1, n2) = (format!("{:x}", node(1)), format!("{:x}", node(2)));
    let record = |account: &str, endpoint: &str| {
        format!(
            r#"{{"key": "{account}", "value": {{
                "identity": "{account}", "isDisabled": false,
                "restEndpoint": {{"restEndpoint": "{endpoint}"}},
                "score": {{"allocatedScore": 0, "failureScore": 0, "successScore": 0}},
                "serverJurisdiction": {{"value": 208}}, "supportedEeVersion": 3}}}}"#
        )
    };
    let live = format!(
        r#"{{"collaborators": {{"bpOrchestration": "{:x}", "voting": "{:x}",
            "zkContractDeploy": "{:x}"}}, "stakedTokens": [], "zkNodes": [{}, {}]}}"#,
        bpo(),
        voting(),
        deploy(),
        record(&n1, "http://n1.example:8080"),
        record(&n2, ""),
    );
    let as_of = Some(zk_node_registry::rules::units::Timestamp::from_millis(registry.now));
    let options = ImportOptions { as_of, ..ImportOptions::default() };
    let imported = import(live.as_bytes(), &options).expect("endpoints are no obstacle");
    let image = imported.accept(true).expect("the findings are accepted");
    (registry.state, registry.trees) = image.store();
    assert_eq!(endpoint_of_n1(&registry), "http://n1.example:8080");
    assert_eq!(registry.node(node(2)).rest_endpoint.rest_endpoint, "");

    // They stay until their owner sets a valid one; other updates do not mind.
    registry.accept(node(1), ee_version(4));
    registry.refuse(node(1), update_endpoint("http://n1.example:8080"), "endpoint_not_https");
    assert_eq!(endpoint_of_n1(&registry), "http://n1.example:8080");
    registry.accept(node(1), update_endpoint("https://n1.example"));
    assert_eq!(endpoint_of_n1(&registry), "https://n1.example");
}
