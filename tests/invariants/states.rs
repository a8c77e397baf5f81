//! States that break one invariant each.

use pbc_contract_common::address::Address;
use registry_tests::{bpo, deploy, node, stranger, token, voting, zk};
use zk_node_registry::{
    Collaborators, Computation, Jurisdiction, Pending, RestEndpoint, Settings, ZkNode, ZkNodeScore,
    ZkNodeTokens,
};
use zkreg::image::Image;
use zkreg::invariants::{Property, Violation};

use crate::Case;

pub(crate) const CASES: &[Case] = &[
    (Property::INV_01, &[Property::INV_01], || broken(|it| tokens(it).reserved_tokens = -1)),
    (Property::INV_02, &[Property::INV_02], || {
        broken(|it| tokens(it).pending_unlock[0].amount = 0)
    }),
    (Property::INV_03, &[Property::INV_03], || broken(|it| tokens(it).incoming_tokens = i64::MAX)),
    (Property::INV_04, &[Property::INV_04], || {
        broken(|it| {
            it.staked_tokens.insert(stranger(), ZkNodeTokens::default());
        })
    }),
    (Property::INV_08, &[Property::INV_08], || {
        broken(|it| {
            let work = work(it);
            work.nodes.push(node(3));
            work.total_stakes = 300;
        })
    }),
    (Property::INV_08, &[Property::INV_08], || {
        broken(|it| {
            tokens(it).allocated_tokens.insert(zk(9), 100);
        })
    }),
    (Property::INV_09, &[Property::INV_09], || broken(|it| work(it).total_stakes = 1)),
    (Property::INV_09, &[Property::INV_09], || broken(|it| work(it).total_stakes = 201)),
    (Property::INV_10, &[Property::INV_10], || {
        broken(|it| {
            it.zk_nodes.remove(&node(1));
            it.roster.retain(|account| *account != node(1));
        })
    }),
    (Property::INV_11, &[Property::INV_11], || {
        broken(|it| {
            let pending = &mut tokens(it).pending_unlock;
            pending.push(pending[0].clone());
        })
    }),
    (Property::INV_13, &[Property::INV_13], || broken(|it| record(it).score.success_score += 1)),
    (Property::INV_13, &[Property::INV_13], || {
        broken(|it| {
            record(it).score =
                ZkNodeScore { allocated_score: 1, failure_score: -1, success_score: 2 }
        })
    }),
    (Property::INV_16, &[Property::INV_16], || broken(|it| record(it).identity = node(2))),
    (Property::INV_17, &[Property::INV_10, Property::INV_17], || {
        broken(|it| {
            record(it).is_resigned = true;
            it.roster.retain(|account| *account != node(1));
        })
    }),
    (Property::INV_18, &[Property::INV_18], || {
        broken(|it| {
            let tokens = ZkNodeTokens { free_tokens: 1, ..ZkNodeTokens::default() };
            it.staked_tokens.insert(zk(5), tokens);
        })
    }),
    (Property::INV_19, &[Property::INV_19], || broken(|it| it.roster.truncate(2))),
    (Property::INV_19, &[Property::INV_19], || broken(|it| it.roster.push(stranger()))),
    (Property::INV_20, &[Property::INV_20], || {
        broken(|it| record(it).rest_endpoint.rest_endpoint = "http://a.example".to_owned())
    }),
    (Property::INV_20, &[Property::INV_20], || {
        broken(|it| {
            let pending = |unlock_time| Pending { amount: 1, unlock_time };
            tokens(it).pending_unlock = (0..1_000).map(pending).collect();
        })
    }),
    (Property::INV_22, &[Property::INV_22], || broken(|it| it.settings.min_total_stakes = -1)),
    (Property::INV_22, &[Property::INV_22], || broken(|it| it.settings.min_node_stake = -1)),
];

/// What a state breaks that was made from a sound one.
fn broken(change: fn(&mut Image)) -> Vec<Violation> {
    let mut image = sound();
    assert_eq!(image.violations(), [], "the state is sound before");
    change(&mut image);
    image.violations()
}

/// Three nodes, of which N1 and N2 work for Z1.
fn sound() -> Image {
    let collaborators =
        Collaborators { bp_orchestration: bpo(), voting: voting(), zk_contract_deploy: deploy() };
    let settings = Settings {
        stake_token: token(),
        require_block_producer: false,
        min_node_stake: 0,
        min_total_stakes: 0,
    };
    let mut image = Image::empty(collaborators, settings);
    for n in 1..=3 {
        let mut tokens = ZkNodeTokens { free_tokens: 1_000, ..ZkNodeTokens::default() };
        tokens.pending_unlock.push(Pending { amount: 5, unlock_time: 1 });
        if n < 3 {
            tokens.allocated_tokens.insert(zk(1), 100);
        }
        image.staked_tokens.insert(node(n), tokens);
        image.zk_nodes.insert(node(n), registered(node(n)));
        image.roster.push(node(n));
    }
    let nodes = vec![node(1), node(2)];
    let computation = Computation { nodes, share: 100, total_stakes: 200, allocation_end: None };
    image.computations.insert(zk(1), computation);
    image
}

fn registered(identity: Address) -> ZkNode {
    ZkNode {
        identity,
        is_disabled: false,
        public_key: None,
        rest_endpoint: RestEndpoint { rest_endpoint: "https://a.example".to_owned() },
        score: ZkNodeScore { allocated_score: 1, failure_score: 0, success_score: 1 },
        server_jurisdiction: Jurisdiction { value: 0 },
        supported_ee_version: 0,
        supported_protocol_version: None,
        is_resigned: false,
    }
}

fn tokens(image: &mut Image) -> &mut ZkNodeTokens {
    image.staked_tokens.get_mut(&node(1)).expect("N1 has tokens")
}

fn record(image: &mut Image) -> &mut ZkNode {
    image.zk_nodes.get_mut(&node(1)).expect("N1 is registered")
}

fn work(image: &mut Image) -> &mut Computation {
    image.computations.get_mut(&zk(1)).expect("Z1 has engines")
}
