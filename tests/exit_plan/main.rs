//! How a node leaves, as `zkreg exit-plan` says it: the worked example, every way to print it, and
//! the proof that the date is right: plans for random states, played on the simulated chain.

mod example;
mod played;
mod stage;

use pbc_contract_common::address::Address;
use registry_tests::{DAY, bpo, deploy, node, token, voting};
use zk_node_registry::rules::units::Timestamp;
use zk_node_registry::{
    Collaborators, Computation, Pending, RestEndpoint, Settings, ZkNode, ZkNodeTokens,
};
use zkreg::image::Image;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

/// A registry with the settings of deployments and without records.
fn empty() -> Image {
    let collaborators =
        Collaborators { bp_orchestration: bpo(), voting: voting(), zk_contract_deploy: deploy() };
    let settings = Settings {
        stake_token: token(),
        require_block_producer: true,
        min_node_stake: 750_000_000,
        min_total_stakes: 20_000_000,
    };
    Image::empty(collaborators, settings)
}

/// N1 with its node record, and `free` units.
fn with_node(free: i64) -> Image {
    let mut image = empty();
    let record = ZkNode {
        identity: node(1),
        is_disabled: false,
        public_key: None,
        rest_endpoint: RestEndpoint { rest_endpoint: "https://n1.example".to_owned() },
        score: zk_node_registry::ZkNodeScore {
            allocated_score: 0,
            failure_score: 0,
            success_score: 0,
        },
        server_jurisdiction: zk_node_registry::Jurisdiction { value: 208 },
        supported_ee_version: 3,
        supported_protocol_version: None,
        is_resigned: false,
    };
    image.zk_nodes.insert(node(1), record);
    image
        .staked_tokens
        .insert(node(1), ZkNodeTokens { free_tokens: free, ..ZkNodeTokens::default() });
    image.roster = image.members();
    image
}

/// Gives 500 MPC of N1 to `contract`, until `end`.
fn allocate(image: &mut Image, contract: Address, end: Option<i64>) {
    let share = 5_000_000;
    let tokens = image.staked_tokens.get_mut(&node(1)).expect("N1 has tokens");
    tokens.allocated_tokens.insert(contract, share);
    let work =
        Computation { nodes: vec![node(1)], share, total_stakes: share, allocation_end: end };
    image.computations.insert(contract, work);
}

/// 500 MPC of N1 were released at `time`.
fn release(image: &mut Image, time: i64) {
    let tokens = image.staked_tokens.get_mut(&node(1)).expect("N1 has tokens");
    tokens.pending_unlock.push(Pending { amount: 5_000_000, unlock_time: time });
}

/// Day `n` of the examples, which begin with the year 2025.
const fn day(n: i64) -> i64 {
    1_735_689_600_000 + n * DAY
}
