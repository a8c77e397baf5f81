//! How histories begin that random calls seldom or never begin: at an exact time or amount, at a
//! limit, or with a creation that is refused.

use pbc_contract_common::Hash;
use pbc_contract_common::address::Address;
use pbc_contract_common::context::ContractContext;
use pbc_lib::Failure;
use reference_model as model;
use registry_tests::mirror::bytes;
use registry_tests::{DAY, History, Registry, bpo, deploy, node, stranger, token, voting, zk};
use zkreg::chain::EngineContract;
use zkreg::engine::{Engine, NativeEngine};
use zkreg::invariants::Findings;

use crate::hunt::MUTATED;

/// Every opening by its name, with what it is.
pub(crate) const ALL: &[(&str, &str)] = &[
    ("at-the-expiration", "the clock stands at an expiration, and the node is asked for"),
    ("exactly-the-minimum", "stakes of nodes and of a request are exactly the minimum"),
    ("a-thousand-entries", "1,000 releases at different times, then a request; 14 days; another"),
    ("a-full-score", "a node with a full score, as an import can have it, works once more"),
    ("longest-lists", "a request whose lists are as long as they may be"),
    ("a-matching-trap", "only one assignment exists, and drawing the wrong node first hides it"),
    (
        "few-among-many",
        "of 67 members few are eligible, so draws do not suffice and a scan follows",
    ),
    ("odd-creations", "creations with settings that are refused"),
];

/// Plays an opening. Answers do not matter: whether they are right is for those who watch.
pub(crate) fn play<E: Engine + Clone>(
    opening: &str,
    history: &mut History<E>,
    findings: &Findings,
) {
    match opening {
        "at-the-expiration" => at_the_expiration(history),
        "exactly-the-minimum" => exactly_the_minimum(history),
        "a-thousand-entries" => a_thousand_entries(history),
        "a-full-score" => a_full_score(history, findings),
        "longest-lists" => longest_lists(history),
        "a-matching-trap" => a_matching_trap(history),
        "few-among-many" => few_among_many(history),
        "odd-creations" => {}
        _ => panic!("no opening is called {opening}"),
    }
}

fn at_the_expiration<E: Engine + Clone>(history: &mut History<E>) {
    let expiration = history.registry().now + DAY;
    let expire =
        model::Call::SetExpirationForAssociation { expiration_timestamp: Some(expiration) };
    send(history, node(1), &expire);
    history.edit(|registry| registry.now = expiration);
    send(history, zk(1), &listed(1, least_total(history)));
    let account = bytes(&node(1));
    let home = model::Call::DisassociateAllExpiredStakesFromContract { account };
    send(history, stranger(), &home);
}

fn exactly_the_minimum<E: Engine + Clone>(history: &mut History<E>) {
    let minimum = history.model().settings.min_node_stake.max(1);
    let total = history.model().total_of(&bytes(&node(1)));
    let above = i64::try_from(total).unwrap_or(i64::MAX) - minimum;
    let call = if above > 0 {
        model::Call::DisassociateTokens { token_amount: above }
    } else {
        model::Call::AssociateTokens { token_amount: -above }
    };
    send(history, node(1), &call);
    send(history, zk(1), &listed(1, least_total(history)));
}

fn a_thousand_entries<E: Engine + Clone>(history: &mut History<E>) {
    send(history, node(1), &model::Call::AssociateTokens { token_amount: 1_000_000 });
    let request = listed(1, least_total(history));
    for _ in 0..1_000 {
        send(history, zk(1), &request);
        send(history, zk(1), &model::Call::NotifyZkComputationDoneV1);
        history.edit(|registry| registry.now += 1);
    }
    send(history, zk(1), &request);
    history.edit(|registry| registry.now += 14 * DAY);
    send(history, zk(2), &request);
}

fn a_full_score<E: Engine + Clone>(history: &mut History<E>, findings: &Findings) {
    if !history.model().zk_nodes.contains_key(&bytes(&node(1))) {
        return;
    }
    history.edit(|registry| {
        registry.edit_node(node(1), |node| {
            node.score.allocated_score = i32::MAX;
            node.score.success_score = i32::MAX - 1;
            node.score.failure_score = 1;
        });
    });
    findings.begin_anew();
    send(history, zk(1), &listed(1, least_total(history)));
    send(history, zk(1), &model::Call::NotifyZkComputationDoneV1);
}

fn longest_lists<E: Engine + Clone>(history: &mut History<E>) {
    let request = model::Call::RequestZkComputationNodesWithEeVersion {
        number_of_nodes: 1,
        total_stakes: least_total(history),
        jurisdictions: vec![vec![1; 256]],
        required_ee_version: 0,
    };
    send(history, zk(1), &request);
    let jurisdictions = vec![Vec::new(); 64];
    let request = model::Call::RequestZkComputationNodesWithEeVersion {
        number_of_nodes: 1,
        total_stakes: 1,
        jurisdictions,
        required_ee_version: 0,
    };
    send(history, zk(1), &request);
}

/// N1 fits both slots, N2 the first only, nobody else any. Each request has another transaction.
fn a_matching_trap<E: Engine + Clone>(history: &mut History<E>) {
    for (n, jurisdiction) in [(1, 1), (2, 2), (3, 3), (4, 3), (5, 3), (6, 3), (7, 3)] {
        send(history, node(n), &model::Call::UpdateServerJurisdiction { jurisdiction });
    }
    let request = model::Call::RequestZkComputationNodesWithEeVersion {
        number_of_nodes: 2,
        total_stakes: least_total(history),
        jurisdictions: vec![vec![1, 2], vec![1]],
        required_ee_version: 0,
    };
    for _ in 0..8 {
        send(history, zk(1), &request);
        send(history, zk(1), &model::Call::NotifyZkComputationDoneV1);
    }
}

/// The many have never reported an EE version.
fn few_among_many<E: Engine + Clone>(history: &mut History<E>) {
    if history.model().settings.require_block_producer {
        return;
    }
    let rest_endpoint = "https://b.example".to_owned();
    for n in 100..160 {
        let register = model::Call::RegisterAsZkNode { rest_endpoint: rest_endpoint.clone() };
        send(history, node(n), &register);
        send(history, node(n), &model::Call::AssociateTokens { token_amount: 600 });
    }
    for number_of_nodes in [1, 2, 3, 2, 1, 2, 3, 2] {
        let request = model::Call::RequestZkComputationNodesWithEeVersion {
            number_of_nodes,
            total_stakes: least_total(history),
            jurisdictions: Vec::new(),
            required_ee_version: 1,
        };
        send(history, zk(1), &request);
        send(history, zk(1), &model::Call::NotifyZkComputationDoneV1);
    }
}

fn send<E: Engine + Clone>(history: &mut History<E>, sender: Address, call: &model::Call) {
    // What a doubtful history cannot go on after shows at its next step as well.
    let _ = history.play(sender, call);
}

/// A request for node `n` alone, of any version.
fn listed(n: u16, total_stakes: i64) -> model::Call {
    let zk_nodes = vec![bytes(&node(n))];
    model::Call::RequestSpecificNodesWithEeVersion {
        total_stakes,
        required_ee_version: 0,
        zk_nodes,
    }
}

fn least_total<E: Engine + Clone>(history: &History<E>) -> i64 {
    history.model().settings.min_total_stakes.max(1)
}

/// How creations differ from the model's, if the opening is about them.
pub(crate) fn at_creation(opening: &str) -> Option<String> {
    if opening != "odd-creations" {
        return None;
    }
    let settings = [
        (token(), 0, 0),
        (stranger(), 0, 0),
        (token(), -1, 0),
        (token(), 0, -1),
        (stranger(), -1, -1),
    ];
    settings.into_iter().find_map(|(stake_token, min_node_stake, min_total_stakes)| {
        let arguments = model::CreateArguments {
            collaborators: model::Collaborators {
                bp_orchestration: bytes(&bpo()),
                voting: bytes(&voting()),
                zk_contract_deploy: bytes(&deploy()),
            },
            settings: model::Settings {
                stake_token: bytes(&stake_token),
                require_block_producer: false,
                min_node_stake,
                min_total_stakes,
            },
        };
        let hash = || Hash { bytes: [0; 32] };
        let context = ContractContext {
            contract_address: Registry::own_address(),
            sender: stranger(),
            block_time: 1,
            block_production_time: 1,
            current_transaction: hash(),
            original_transaction: hash(),
        };
        let engine = Box::new(NativeEngine::of(MUTATED));
        let ours = match EngineContract::create(&context, &arguments.encode(), engine) {
            Ok(_) => "accepted".to_owned(),
            Err(Failure::Refused { code, .. }) => code.to_string(),
            Err(Failure::Trap { message }) => message,
        };
        let theirs = match model::Model::create(&arguments) {
            Ok(_) => "accepted",
            Err(refusal) => refusal.code,
        };
        (ours != theirs).then(|| "model: answer".to_owned())
    })
}
