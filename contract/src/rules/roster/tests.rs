use pbc_contract_common::avl_tree_map::AvlTreeMap;

use super::*;
use crate::fixtures::{address, mpc, operator};
use crate::rules::node::{Jurisdiction, Particulars};
use crate::Collaborators;

fn empty() -> RegistryState {
    RegistryState {
        collaborators: Collaborators {
            bp_orchestration: address(0x01, 1),
            voting: address(0x01, 2),
            zk_contract_deploy: address(0x01, 3),
        },
        settings: Settings {
            stake_token: address(0x01, 4),
            require_block_producer: false,
            min_node_stake: mpc(100).units(),
            min_total_stakes: 0,
        },
        staked_tokens: AvlTreeMap::new(),
        zk_nodes: AvlTreeMap::new(),
        computations: AvlTreeMap::new(),
        roster: AvlTreeMap::new(),
        roster_position: AvlTreeMap::new(),
    }
}

fn node(account: Address) -> ZkNode {
    let particulars = Particulars {
        rest_endpoint: "https://node.example".to_string(),
        public_key: None,
        server_jurisdiction: Jurisdiction { value: 0 },
    };
    ZkNode::enrolled(account, particulars)
}

#[test]
fn a_member_that_still_belongs_keeps_its_position() {
    let mut state = empty();
    let tokens = ZkNodeTokens { free_tokens: mpc(100).units(), ..ZkNodeTokens::default() };
    for n in 1..=2 {
        state.update_roster(operator(n), Some(&node(operator(n))), Some(&tokens));
    }
    let members = |state: &RegistryState| state.roster.iter().collect::<Vec<_>>();
    assert_eq!(members(&state), [(0, operator(1)), (1, operator(2))]);

    state.update_roster(operator(1), Some(&node(operator(1))), Some(&tokens));
    assert_eq!(members(&state), [(0, operator(1)), (1, operator(2))]);

    state.update_roster(operator(1), Some(&node(operator(1))), None);
    assert_eq!(members(&state), [(0, operator(2))]);
    assert_eq!(state.roster_position.get(&operator(2)), Some(0));
}
