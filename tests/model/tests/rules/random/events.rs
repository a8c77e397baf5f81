//! Random events: calls by those who may make them, mostly, with arguments that mostly fit.

use proptest::collection::vec;
use proptest::prelude::*;
use reference_model::{Address, Call, CreateArguments, EngineStatus, SemanticVersion, Status};

use crate::support::{
    C, C2, DAY, DEPLOY, N1, N2, N3, N4, N5, PUBLIC, STRANGER, TOKEN, VOTING, plain_settings,
};

pub(super) const NODES: [Address; 5] = [N1, N2, N3, N4, N5];
pub(super) const CONTRACTS: [Address; 3] = [C, C2, PUBLIC];

/// One thing that happens.
#[derive(Clone, Debug)]
pub(super) enum Event {
    /// Somebody calls.
    Call(Address, Call),
    /// The contract ends its computation (12), or asks again (1b) as the call says, with these
    /// verdicts on its engines.
    Judge { contract: Address, failures: Vec<bool>, again: Option<Call> },
    /// A call in flight ends, with this answer if it was to a contract.
    Deliver { which: usize, success: bool, answer: i64 },
    /// Time passes, or steps back.
    Wait(i64),
}

fn amount() -> BoxedStrategy<i64> {
    prop_oneof![
        20 => 1i64..=200,
        4 => 200i64..=2_000,
        1 => prop_oneof![Just(0), Just(-1), Just(i64::MAX), Just(i64::MIN), Just(1i64 << 62)],
    ]
    .boxed()
}

/// Total stakes in units.
fn stakes() -> BoxedStrategy<i64> {
    prop_oneof![20 => 15i64..=120, 2 => amount()].boxed()
}

pub(super) fn node() -> BoxedStrategy<Address> {
    prop_oneof![20 => prop::sample::select(&NODES[..]), 1 => Just(STRANGER), 1 => Just(C)].boxed()
}

fn contract() -> BoxedStrategy<Address> {
    prop_oneof![20 => prop::sample::select(&CONTRACTS[..]), 1 => Just(N1), 1 => Just(DEPLOY)]
        .boxed()
}

fn nodes() -> BoxedStrategy<Vec<Address>> {
    prop_oneof![
        8 => prop::sample::subsequence(NODES.to_vec(), 1..=4).prop_shuffle(),
        2 => vec(node(), 0..=5),
        1 => vec(node(), 0..=70),
    ]
    .boxed()
}

fn version() -> BoxedStrategy<SemanticVersion> {
    let number = || prop_oneof![30 => 0i32..=2, 1 => Just(-1)];
    let major = prop_oneof![8 => Just(1), 1 => Just(0), 1 => Just(2)];
    (major, number(), number())
        .prop_map(|(major, minor, patch)| SemanticVersion { major, minor, patch })
        .boxed()
}

fn ee_version() -> BoxedStrategy<i32> {
    prop_oneof![30 => 0i32..=2, 1 => Just(-1)].boxed()
}

fn number_of_nodes() -> BoxedStrategy<i32> {
    prop_oneof![12 => 1i32..=4, 1 => -1i32..=20].boxed()
}

fn lists() -> BoxedStrategy<Vec<Vec<i32>>> {
    let code = || prop_oneof![20 => 1i32..=3, 1 => Just(0), 1 => Just(1_000)];
    prop_oneof![
        4 => Just(Vec::new()),
        2 => vec(vec(1i32..=3, 0..=2), 1),
        1 => vec(vec(code(), 0..=3), 0..=5),
    ]
    .boxed()
}

/// How many nodes, and lists that mostly fit that number.
fn slots() -> BoxedStrategy<(i32, Vec<Vec<i32>>)> {
    let fitting = (1i32..=4).prop_flat_map(|k| {
        let length = usize::try_from(k).expect("positive");
        (Just(k), vec(vec(1i32..=3, 0..=2), length))
    });
    prop_oneof![1 => fitting, 2 => (number_of_nodes(), lists())].boxed()
}

fn time() -> BoxedStrategy<i64> {
    prop_oneof![8 => (90i64..180).prop_map(|days| days * DAY), 1 => any::<i64>()].boxed()
}

fn endpoint() -> BoxedStrategy<String> {
    prop_oneof![6 => Just("https://zk.example.org".to_owned()), 1 => ".{0,12}"].boxed()
}

/// Who sends a call: mostly whoever may.
fn sent_by(
    who: impl Strategy<Value = Address> + 'static,
    call: impl Strategy<Value = Call> + 'static,
) -> BoxedStrategy<Event> {
    let anyone = prop_oneof![node(), contract(), Just(DEPLOY), Just(VOTING), Just(TOKEN)];
    let sender = prop_oneof![12 => who, 1 => anyone];
    (sender, call).prop_map(|(sender, call)| Event::Call(sender, call)).boxed()
}

fn of_a_node() -> BoxedStrategy<Call> {
    prop_oneof![
        8 => endpoint().prop_map(|rest_endpoint| Call::RegisterAsZkNode { rest_endpoint }),
        1 => endpoint().prop_map(|rest_endpoint| Call::UpdateNodeRestEndpoint { rest_endpoint }),
        4 => version().prop_map(|supported_protocol_version| {
            Call::UpdateNodeProtocolVersion { supported_protocol_version }
        }),
        4 => (-1i32..=4).prop_map(|jurisdiction| Call::UpdateServerJurisdiction { jurisdiction }),
        4 => ee_version().prop_map(|supported_ee_version| {
            Call::UpdateNodeEeVersion { supported_ee_version }
        }),
        2 => Just(Call::ResignAsZkNode),
    ]
    .boxed()
}

fn of_an_owner() -> BoxedStrategy<Call> {
    prop_oneof![
        8 => amount().prop_map(|token_amount| Call::AssociateTokens { token_amount }),
        3 => (amount(), time()).prop_map(|(token_amount, expiration_timestamp)| {
            Call::AssociateTokensWithExpiration { token_amount, expiration_timestamp }
        }),
        4 => amount().prop_map(|token_amount| Call::DisassociateTokens { token_amount }),
        2 => amount().prop_map(|new_reserved| Call::SetReservedTokens { new_reserved }),
        1 => Just(Call::SetReservedTokens { new_reserved: 0 }),
        2 => Just(Call::UnlockExpiredStakes),
        2 => prop::option::of(time()).prop_map(|expiration_timestamp| {
            Call::SetExpirationForAssociation { expiration_timestamp }
        }),
        6 => node().prop_map(|account| Call::DisassociateAllExpiredStakesFromContract { account }),
        2 => contract().prop_map(|zk_contract| Call::CheckContractStatus { zk_contract }),
        1 => contract().prop_map(|contract_address| {
            Call::ExtendZkComputationDeadline { contract_address }
        }),
    ]
    .boxed()
}

fn of_the_deploy_contract() -> BoxedStrategy<Call> {
    prop_oneof![
        4 => (contract(), number_of_nodes(), stakes()).prop_map(
            |(zk_contract, number_of_nodes, total_stakes)| Call::RequestZkComputationNodesV1 {
                zk_contract, number_of_nodes, total_stakes,
            }
        ),
        4 => (contract(), slots(), stakes(), version()).prop_map(
            |(zk_contract, (number_of_nodes, jurisdictions), total_stakes, version)| {
                Call::RequestZkComputationNodesV2 {
                    zk_contract, number_of_nodes, total_stakes, jurisdictions,
                    required_protocol_version: version,
                }
            }
        ),
        3 => (contract(), stakes(), version(), nodes()).prop_map(
            |(zk_contract, total_stakes, required_protocol_version, zk_nodes)| {
                Call::RequestSpecificNodesWithProtocolVersion {
                    zk_contract, total_stakes, required_protocol_version, zk_nodes,
                }
            }
        ),
        2 => contract().prop_map(|zk_contract| Call::NotifyContractDeleted { zk_contract }),
    ]
    .boxed()
}

fn of_a_contract() -> BoxedStrategy<Call> {
    prop_oneof![
        4 => (stakes(), ee_version(), nodes()).prop_map(
            |(total_stakes, required_ee_version, zk_nodes)| {
                Call::RequestSpecificNodesWithEeVersion {
                    total_stakes, required_ee_version, zk_nodes,
                }
            }
        ),
        4 => (slots(), stakes(), ee_version()).prop_map(
            |((number_of_nodes, jurisdictions), total_stakes, required_ee_version)| {
                Call::RequestZkComputationNodesWithEeVersion {
                    number_of_nodes, total_stakes, jurisdictions, required_ee_version,
                }
            }
        ),
        2 => Just(Call::NotifyZkComputationDoneV1),
        1 => (vec((node(), any::<bool>()), 0..=70)).prop_map(|list| {
            let entry = |(engine, failed)| EngineStatus {
                engine,
                status: if failed { Status::Failure } else { Status::Success },
            };
            let engines_status = list.into_iter().map(entry).collect();
            Call::NotifyZkComputationDoneV2 { engines_status }
        }),
    ]
    .boxed()
}

/// The part of 1b that does not depend on the state.
fn again() -> BoxedStrategy<Call> {
    let listed = prop_oneof![2 => Just(Vec::new()), 1 => nodes()];
    (slots(), stakes(), ee_version(), listed, any::<bool>())
        .prop_map(
            |((k, jurisdictions), total_stakes, required_ee_version, specific_nodes, fitting)| {
                let as_listed = fitting && !specific_nodes.is_empty();
                let listed = i32::try_from(specific_nodes.len()).expect("a short list");
                Call::ReRequestZkComputationNodes {
                    engines_status: Vec::new(),
                    number_of_nodes: if as_listed { listed } else { k },
                    total_stakes,
                    jurisdictions,
                    required_ee_version,
                    specific_nodes,
                }
            },
        )
        .boxed()
}

pub(super) fn event() -> BoxedStrategy<Event> {
    let judge = (contract(), vec(any::<bool>(), 1..=4), prop::option::of(again()));
    let deliver = (any::<prop::sample::Index>(), prop::bool::weighted(0.8), time());
    prop_oneof![
        8 => sent_by(node(), of_a_node()),
        12 => sent_by(node(), of_an_owner()),
        6 => sent_by(Just(DEPLOY), of_the_deploy_contract()),
        1 => sent_by(Just(VOTING), node().prop_map(|address| Call::DisableZkNode { address })),
        6 => sent_by(contract(), of_a_contract()),
        6 => judge.prop_map(|(contract, failures, again)| {
            Event::Judge { contract, failures, again }
        }),
        14 => deliver.prop_map(|(which, success, answer)| {
            Event::Deliver { which: which.index(1_000), success, answer }
        }),
        6 => prop_oneof![
            (0i64..=20).prop_map(|days| Event::Wait(days * DAY)),
            (-5i64..=5).prop_map(Event::Wait),
        ],
    ]
    .boxed()
}

pub(super) fn settings() -> BoxedStrategy<CreateArguments> {
    (any::<bool>(), 0i64..=150, 0i64..=20)
        .prop_map(|(check, node_stake, total_stakes)| {
            let mut arguments = plain_settings();
            arguments.settings.require_block_producer = check;
            arguments.settings.min_node_stake = node_stake;
            arguments.settings.min_total_stakes = total_stakes;
            arguments
        })
        .boxed()
}
