//! Registration, endpoints, resigning and banning (4.2, 4.3).

use reference_model::{Call, Model, SemanticVersion, Status};

use crate::support::{C, N1, N2, Registry, VOTING, mpc, plain_settings, statuses};

fn register(rest_endpoint: &str) -> Call {
    Call::RegisterAsZkNode { rest_endpoint: rest_endpoint.to_owned() }
}

#[test]
fn an_endpoint_is_https_and_something_in_at_most_512_bytes() {
    let filled = |length: usize| "https://".to_owned() + &"x".repeat(length - 8);
    let cases = [
        ("".to_owned(), Err("endpoint_empty")),
        ("https://".to_owned(), Err("endpoint_not_https")),
        ("https://a".to_owned(), Ok(())),
        ("http://a.example".to_owned(), Err("endpoint_not_https")),
        ("HTTPS://a.example".to_owned(), Err("endpoint_not_https")),
        (" https://a.example".to_owned(), Err("endpoint_not_https")),
        ("https://a\0b".to_owned(), Err("endpoint_control_character")),
        ("https://a\u{7f}".to_owned(), Err("endpoint_control_character")),
        ("https://a\u{85}".to_owned(), Err("endpoint_control_character")),
        ("https://a\u{202e}b".to_owned(), Ok(())),
        (filled(512), Ok(())),
        (filled(513), Err("endpoint_too_long")),
        ("https://".to_owned() + &"é".repeat(252), Ok(())),
        ("https://x".to_owned() + &"é".repeat(252), Err("endpoint_too_long")),
    ];
    for (endpoint, expected) in cases {
        let mut registry = Registry::new();
        let registered = registry.call(0, N1, register(&endpoint)).map(|_| ());
        assert_eq!(registered, expected, "register {endpoint:?}");

        let mut registry = Registry::new();
        registry.call(0, N1, register("https://old.example")).expect("a registration");
        let update = Call::UpdateNodeRestEndpoint { rest_endpoint: endpoint.clone() };
        assert_eq!(registry.call(0, N1, update).map(|_| ()), expected, "update to {endpoint:?}");
    }
}

#[test]
fn score_and_ban_survive_resigning_and_versions_do_not() {
    let mut registry = Registry::new();
    registry.node(0, N1, mpc(10));
    let supported_protocol_version = SemanticVersion { major: 1, minor: 2, patch: 3 };
    let version = Call::UpdateNodeProtocolVersion { supported_protocol_version };
    registry.call(0, N1, version).expect("a version");
    registry.call(0, N1, Call::UpdateNodeEeVersion { supported_ee_version: 7 }).expect("7");
    registry.call(0, N1, Call::UpdateServerJurisdiction { jurisdiction: 208 }).expect("208");
    registry.request(0, C, 1, &[N1]).expect("one unit");
    assert_eq!(registry.call(0, N1, Call::ResignAsZkNode), Err("open_allocations"));
    let engines_status = statuses(&[(N1, Status::Failure)]);
    registry.call(0, C, Call::NotifyZkComputationDoneV2 { engines_status }).expect("a failure");
    registry.call(0, VOTING, Call::DisableZkNode { address: N1 }).expect("a ban");

    registry.call(0, N1, Call::ResignAsZkNode).expect("nothing is open");
    assert_eq!(registry.call(0, N1, Call::ResignAsZkNode), Err("not_registered"));
    registry.call(0, N1, register("https://new.example")).expect("back again");

    let node = &registry.model.zk_nodes[&N1];
    assert_eq!(registry.score(N1), [1, 1, 0]);
    assert!(node.is_disabled && !node.is_resigned);
    assert_eq!(node.rest_endpoint, "https://new.example");
    assert_eq!((node.supported_ee_version, node.supported_protocol_version), (0, None));
    assert_eq!(node.server_jurisdiction, 0);
    assert!(registry.model.roster.is_empty(), "banned for good");
}

#[test]
fn a_ban_reaches_a_resigned_node_and_may_be_repeated() {
    let mut registry = Registry::new();
    registry.node(0, N1, mpc(10));
    registry.call(0, N1, Call::ResignAsZkNode).expect("a resignation");

    for _ in 0..2 {
        registry.call(0, VOTING, Call::DisableZkNode { address: N1 }).expect("a ban");
    }
    let unknown = registry.call(0, VOTING, Call::DisableZkNode { address: N2 });

    assert_eq!(unknown, Err("node_unknown"));
    assert!(registry.model.zk_nodes[&N1].is_disabled && registry.model.zk_nodes[&N1].is_resigned);
}

#[test]
fn a_stake_token_that_is_an_account_is_refused_before_a_negative_minimum() {
    let create = |stake_token, min_node_stake, min_total_stakes| {
        let mut arguments = plain_settings();
        arguments.settings.stake_token = stake_token;
        arguments.settings.min_node_stake = min_node_stake;
        arguments.settings.min_total_stakes = min_total_stakes;
        Model::create(&arguments).map(|_| ()).map_err(|refusal| refusal.code)
    };
    assert_eq!(create(N1, -1, 0), Err("stake_token_not_contract"));
    assert_eq!(create(N1, 0, 0), Err("stake_token_not_contract"));
    assert_eq!(create(C, -1, 0), Err("minimum_negative"));
    assert_eq!(create(C, 0, -1), Err("minimum_negative"));
    assert_eq!(create(C, 0, 0), Ok(()));
}
