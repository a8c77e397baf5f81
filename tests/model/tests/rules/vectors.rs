//! The golden vectors of section 15, both ways.

use reference_model::{
    Address, Call, Collaborators, CreateArguments, EngineStatus, Model, SemanticVersion, Settings,
    Status,
};

use crate::support::{
    C, N1, N2, N3, N4, ORCHESTRATION, Registry, bytes, context, mpc, plain_settings, statuses,
    token_outcome,
};

const V4_9_0: SemanticVersion = SemanticVersion { major: 4, minor: 9, patch: 0 };
const V4_10_0: SemanticVersion = SemanticVersion { major: 4, minor: 10, patch: 0 };
const S: Status = Status::Success;
const F: Status = Status::Failure;

fn judged(of: &[(Address, Status)]) -> Vec<EngineStatus> {
    statuses(of)
}

fn mainnet() -> CreateArguments {
    let address = |hex| bytes(hex).try_into().expect("21 bytes");
    CreateArguments {
        collaborators: Collaborators {
            bp_orchestration: address("04203b77743ad0ca831df9430a6be515195733ad91"),
            voting: address("04c5f00d7c6d70c3d0919fd7f81c7b9bfe16063620"),
            zk_contract_deploy: address("018bc1ccbb672b87710327713c97d43204905082cb"),
        },
        settings: Settings {
            stake_token: address("01615beb1c2bf57e45fcd1c4e67ef35b8735a685b1"),
            require_block_producer: true,
            min_node_stake: mpc(75_000),
            min_total_stakes: mpc(2_000),
        },
    }
}

/// The 24 actions, some of them twice.
pub(crate) fn actions() -> Vec<(Call, Vec<u8>)> {
    let endpoint = |text: &str| text.to_owned();
    let n1_n2 = "0000000200a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1\
                 00b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2";
    vec![
        (
            Call::RegisterAsZkNode { rest_endpoint: endpoint("https://zk.example.org") },
            bytes("000000001668747470733a2f2f7a6b2e6578616d706c652e6f7267"),
        ),
        (
            Call::UpdateNodeRestEndpoint { rest_endpoint: endpoint("https://a.example") },
            bytes("010000001168747470733a2f2f612e6578616d706c65"),
        ),
        (
            Call::RequestZkComputationNodesV1 {
                zk_contract: C,
                number_of_nodes: 4,
                total_stakes: mpc(2_000),
            },
            bytes("04031111111111111111111111111111111111111111000000040000000001312d00"),
        ),
        (Call::NotifyZkComputationDoneV1, bytes("05")),
        (Call::UnlockExpiredStakes, bytes("06")),
        (Call::ResignAsZkNode, bytes("11")),
        (
            Call::CheckContractStatus { zk_contract: C },
            bytes("07031111111111111111111111111111111111111111"),
        ),
        (
            Call::RequestZkComputationNodesV2 {
                zk_contract: C,
                number_of_nodes: 4,
                total_stakes: mpc(2_000),
                jurisdictions: vec![vec![208, 276]],
                required_protocol_version: V4_9_0,
            },
            bytes(
                "08031111111111111111111111111111111111111111000000040000000001312d00\
                 0000000100000002000000d000000114000000040000000900000000",
            ),
        ),
        (Call::AssociateTokens { token_amount: mpc(75_000) }, bytes("0a000000002cb41780")),
        (Call::DisassociateTokens { token_amount: mpc(25_000) }, bytes("0b000000000ee6b280")),
        (
            Call::UpdateNodeProtocolVersion { supported_protocol_version: V4_10_0 },
            bytes("0c000000040000000a00000000"),
        ),
        (Call::UpdateServerJurisdiction { jurisdiction: 208 }, bytes("0d000000d0")),
        (
            Call::ExtendZkComputationDeadline { contract_address: C },
            bytes("0e031111111111111111111111111111111111111111"),
        ),
        (
            Call::DisableZkNode { address: N4 },
            bytes("1000d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4"),
        ),
        (
            Call::NotifyZkComputationDoneV2 {
                engines_status: judged(&[(N1, S), (N2, S), (N3, S), (N4, F)]),
            },
            bytes(
                "120000000400a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a101\
                 00b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b201\
                 00c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c301\
                 00d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d400",
            ),
        ),
        (Call::SetReservedTokens { new_reserved: mpc(50_000) }, bytes("13000000001dcd6500")),
        (
            Call::RequestSpecificNodesWithProtocolVersion {
                zk_contract: C,
                total_stakes: mpc(1_000),
                required_protocol_version: V4_9_0,
                zk_nodes: vec![N1, N2],
            },
            bytes(&format!(
                "140311111111111111111111111111111111111111110000000000989680\
                 000000040000000900000000{n1_n2}",
            )),
        ),
        (
            Call::AssociateTokensWithExpiration {
                token_amount: mpc(75_000),
                expiration_timestamp: 1_767_225_600_000,
            },
            bytes("15000000002cb417800000019b76daa800"),
        ),
        (
            Call::DisassociateAllExpiredStakesFromContract { account: N1 },
            bytes("1600a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"),
        ),
        (
            Call::SetExpirationForAssociation { expiration_timestamp: Some(1_767_225_600_000) },
            bytes("17010000019b76daa800"),
        ),
        (Call::SetExpirationForAssociation { expiration_timestamp: None }, bytes("1700")),
        (
            Call::RequestSpecificNodesWithEeVersion {
                total_stakes: mpc(2_000),
                required_ee_version: 3,
                zk_nodes: vec![N1, N2],
            },
            bytes(&format!("180000000001312d0000000003{n1_n2}")),
        ),
        (
            Call::RequestZkComputationNodesWithEeVersion {
                number_of_nodes: 4,
                total_stakes: mpc(2_000),
                jurisdictions: Vec::new(),
                required_ee_version: 3,
            },
            bytes("19000000040000000001312d000000000000000003"),
        ),
        (Call::UpdateNodeEeVersion { supported_ee_version: 3 }, bytes("1a00000003")),
        (
            Call::ReRequestZkComputationNodes {
                engines_status: judged(&[(N1, S), (N2, F)]),
                number_of_nodes: 2,
                total_stakes: mpc(2_000),
                jurisdictions: Vec::new(),
                required_ee_version: 3,
                specific_nodes: Vec::new(),
            },
            bytes(
                "1b0000000200a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a101\
                 00b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b200\
                 000000020000000001312d00000000000000000300000000",
            ),
        ),
        (
            Call::NotifyContractDeleted { zk_contract: C },
            bytes("20031111111111111111111111111111111111111111"),
        ),
    ]
}

/// The five callbacks.
pub(crate) fn callbacks() -> Vec<(Call, Vec<u8>)> {
    vec![
        (
            Call::OnProducerInfo {
                account: N1,
                rest_endpoint: "https://zk.example.org".to_owned(),
            },
            bytes(
                "3000a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1\
                 0000001668747470733a2f2f7a6b2e6578616d706c652e6f7267",
            ),
        ),
        (
            Call::OnAssociated { account: N1, amount: mpc(75_000) },
            bytes("3100a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1000000002cb41780"),
        ),
        (
            Call::OnDisassociated { account: N1, amount: mpc(25_000), cut: mpc(10_000) },
            bytes("3200a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1000000000ee6b2800000000005f5e100"),
        ),
        (
            Call::OnContractStatus { zk_contract: C },
            bytes("33031111111111111111111111111111111111111111"),
        ),
        (
            Call::OnDeadlineExtended { zk_contract: C },
            bytes("34031111111111111111111111111111111111111111"),
        ),
    ]
}

#[test]
fn every_action_is_written_and_read_as_the_vectors_say() {
    for (call, rpc) in actions() {
        assert_eq!(call.encode(), rpc, "{call:?}");
        assert_eq!(Call::decode(&rpc), Ok(call));
    }
}

#[test]
fn every_callback_is_written_and_read_as_the_vectors_say() {
    for (call, rpc) in callbacks() {
        assert_eq!(call.encode(), rpc, "{call:?}");
        assert_eq!(Call::decode_callback(&rpc), Ok(call));
    }
}

#[test]
fn create_is_written_and_read_as_the_vector_says() {
    let rpc = bytes(
        "ffffffff0f04203b77743ad0ca831df9430a6be515195733ad91\
         018bc1ccbb672b87710327713c97d43204905082cb04c5f00d7c6d70c3d0919fd7f81c7b9bfe16063620\
         01615beb1c2bf57e45fcd1c4e67ef35b8735a685b101000000002cb417800000000001312d00",
    );

    assert_eq!(mainnet().encode(), rpc);
    assert_eq!(CreateArguments::decode(&rpc), Ok(mainnet()));
    assert!(Model::create(&mainnet()).is_ok());
    assert_eq!(rpc.len(), 68 + 38, "the live call, and the settings");
}

#[test]
fn a_registration_asks_the_orchestration_as_the_vector_says() {
    let mut arguments = plain_settings();
    arguments.settings.require_block_producer = true;
    let mut registry = Registry::with(&arguments);
    let rest_endpoint = "https://zk.example.org".to_owned();

    let effects = registry.call(0, N1, Call::RegisterAsZkNode { rest_endpoint });

    let effects = effects.expect("a registration");
    let [asked] = effects.calls.as_slice() else { panic!("one call") };
    assert_eq!((asked.destination, asked.cost), (ORCHESTRATION, Some(20_000)));
    assert_eq!(asked.payload, bytes("0900a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"));
    assert_eq!(asked.callback, callbacks()[0].1);
    assert!(registry.model.zk_nodes.is_empty(), "no change");
}

#[test]
fn tokens_are_pulled_and_sent_as_the_vectors_say() {
    let mut registry = Registry::new();
    let pulled = registry.call(0, N1, Call::AssociateTokens { token_amount: mpc(75_000) });
    let pulled = pulled.expect("an association");
    assert_eq!(
        pulled.calls[0].payload,
        bytes(
            "0300a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1\
             02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa0000000000000000000000002cb41780",
        )
    );
    assert_eq!(pulled.calls[0].callback, callbacks()[1].1);
    registry.settle(0, &pulled, token_outcome(true)).expect("a credit");
    registry.reserve(0, N1, mpc(10_000));

    let sent = registry.disassociate(0, N1, mpc(25_000)).expect("25,000 are free");

    assert_eq!(
        sent.calls[0].payload,
        bytes("0100a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a10000000000000000000000000ee6b280")
    );
    assert_eq!((sent.calls[0].cost, &sent.calls[0].callback), (Some(15_500), &callbacks()[2].1));
}

#[test]
fn a_served_contract_is_asked_and_extended_as_the_vectors_say() {
    let mut registry = Registry::new();
    registry.node(0, N1, mpc(75_000));
    registry.request(0, C, mpc(2_000), &[N1]).expect("2,000 MPC");

    let asked = registry.call(0, N2, Call::CheckContractStatus { zk_contract: C }).expect("07");
    assert_eq!((asked.calls[0].destination, asked.calls[0].cost), (C, None));
    assert_eq!(asked.calls[0].payload, bytes("0b"));
    assert_eq!(asked.calls[0].callback, callbacks()[3].1);

    let extended = registry.call(0, N2, Call::ExtendZkComputationDeadline { contract_address: C });
    let extended = extended.expect("0e");
    assert_eq!((extended.calls[0].destination, extended.calls[0].cost), (C, None));
    assert_eq!(
        extended.calls[0].payload,
        bytes("130000000e14e390000000000001312d000000000005265c0000000003a9456800")
    );
    assert_eq!(extended.calls[0].callback, callbacks()[4].1);
}

#[test]
fn the_engines_of_a_request_are_returned_as_the_vector_says() {
    let mut registry = Registry::new();
    registry.node(0, N1, mpc(1));
    registry.node(0, N2, mpc(1));
    for (node, rest_endpoint) in [(N1, "https://a.example"), (N2, "https://b.example")] {
        let rest_endpoint = rest_endpoint.to_owned();
        registry.call(0, node, Call::UpdateNodeRestEndpoint { rest_endpoint }).expect("a new one");
    }
    // A key beside an account without one: both ways of enrolling in one return value.
    registry.model.zk_nodes.get_mut(&N1).expect("registered").public_key = Some([2; 33]);

    let call = Call::RequestSpecificNodesWithEeVersion {
        total_stakes: 2,
        required_ee_version: 0,
        zk_nodes: vec![N1, N2],
    };
    let effects = registry.apply(&call, &context(0, C)).expect("two nodes");

    let expected = bytes(
        "0000000200a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a101\
         020202020202020202020202020202020202020202020202020202020202020202\
         0000001168747470733a2f2f612e6578616d706c65\
         00b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2\
         000000001168747470733a2f2f622e6578616d706c65",
    );
    assert_eq!(effects.return_data, Some(expected.clone()));
    assert!(effects.calls.is_empty());
    let head = bytes("00000001" /* groups */).into_iter().chain(bytes("000000000000"));
    let group: Vec<u8> = head.chain(bytes("010000007b")).chain(expected).collect();
    assert_eq!(effects.event_groups(), group);
}

#[test]
fn event_groups_have_the_bytes_of_the_interface() {
    let mut registry = Registry::new();
    registry.node(0, N1, mpc(75_000));
    registry.request(0, C, mpc(2_000), &[N1]).expect("2,000 MPC");
    let asked = registry.call(0, N2, Call::CheckContractStatus { zk_contract: C }).expect("07");

    let callback = "01".to_owned() + "00000016" + "33031111111111111111111111111111111111111111";
    let callback_cost = "010000000000002710";
    let interaction = "00000001".to_owned()
        + "031111111111111111111111111111111111111111"
        + "000000010b"
        + "000000";
    let group = "00000001".to_owned() + &callback + callback_cost + &interaction + "00";
    assert_eq!(asked.event_groups(), bytes(&group));

    registry.done(0, C);
    let nothing = registry.call(0, N1, Call::UnlockExpiredStakes).expect("06");
    assert_eq!(nothing.event_groups(), bytes(""));
}
