//! The world in which a plan is played: the simulated chain around a state, and other people.

use pbc_contract_common::address::Address;
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use registry_tests::calls::{self, Rpc, successes};
use registry_tests::{DAY, deploy, node, public, stranger, voting, zk};
use zk_node_registry::ZkNodeTokens;
use zkreg::chain::Outcome;
use zkreg::engine::NativeEngine;
use zkreg::image::Image;
use zkreg::world::{Start, World};

/// A chain with one registry, told by addresses.
pub(crate) struct Stage {
    world: World,
}

impl Stage {
    /// The chain around `image` at `now`. The registry holds what it has credited.
    pub(crate) fn set(image: &Image, now: i64) -> Stage {
        let mut start = Start { origin: now, ..Start::default() };
        for (name, address) in [
            ("token", image.settings.stake_token),
            ("producers", image.collaborators.bp_orchestration),
            ("deploy", image.collaborators.zk_contract_deploy),
            ("voting", image.collaborators.voting),
        ] {
            start.addresses.insert(name.parse().expect("a name"), address);
        }
        let (root, trees) = image.store();
        let engine = Box::new(NativeEngine::of("zk_node_registry"));
        let mut world = World::resume(&start, root, trees, engine);
        let credited = image.staked_tokens.values().map(|it| it.total().units());
        let credited = credited.map(|units| u128::try_from(units).expect("not negative")).sum();
        let registry = world.registry_address();
        world.token_mut().set_balance(&registry, credited);
        Stage { world }
    }

    /// Moves the clock.
    pub(crate) fn set_clock(&mut self, now: i64) {
        self.world.chain_mut().set_clock(now);
    }

    pub(crate) fn now(&self) -> i64 {
        self.world.now()
    }

    /// Sends a call to the registry, and delivers all that comes of it.
    pub(crate) fn send(&mut self, from: Address, rpc: Vec<u8>) -> Outcome {
        // A contract appears on the chain when it is named.
        self.world.address(&format!("{from:x}").parse().expect("an address is a name"));
        let registry = self.world.registry_address();
        let outcome = self.world.send(from, registry, rpc, None);
        self.world.run().expect("contracts do not call each other without end");
        outcome
    }

    pub(crate) fn tokens(&self, account: Address) -> Option<ZkNodeTokens> {
        self.world.records().tokens(&account)
    }

    /// The registry as it is, for the next plan.
    pub(crate) fn image(&self) -> Image {
        let (root, trees) = self.world.registry();
        Image::load(root, trees).expect("the registry writes what can be loaded")
    }

    pub(crate) fn balance(&self, account: Address) -> u128 {
        self.world.token().balance(&account)
    }
}

/// The others: calls of everybody but the node that leaves and the contracts that it works for,
/// extensions left out. Returns whether the call was accepted.
pub(crate) fn somebody_acts(stage: &mut Stage, leaver: Address, chance: &mut ChaCha8Rng) -> bool {
    let others: Vec<Address> = (1..=9).map(node).filter(|other| *other != leaver).collect();
    let other = *others.choose(chance).expect("there are others");
    let fresh = if chance.random() { zk(chance.random_range(10..14)) } else { public(12) };
    let amount = chance.random_range(1..400);
    let listed: &[Address] = &[leaver, other][chance.random_range(0..2)..];
    let nodes = chance.random_range(1..3);
    let (from, Rpc(call)) = match chance.random_range(0..14) {
        0 => (other, calls::register("https://other.example")),
        1 => {
            let registry = stage.world.registry_address();
            let token = stage.world.token_mut();
            token.set_balance(&other, 1_000);
            token.approve(&other, &registry, 1_000);
            (other, calls::associate(amount))
        }
        2 => (other, calls::disassociate(amount)),
        3 => (other, calls::reserve(amount)),
        4 => (leaver, calls::unlock()),
        5 => (leaver, calls::protocol_version((4, chance.random_range(0..20), 0))),
        6 => (fresh, calls::request_ee(nodes, amount, &[], 0)),
        7 => (fresh, calls::request_listed_ee(amount, 0, listed)),
        8 => (deploy(), calls::request_v1(fresh, nodes, amount)),
        9 => (deploy(), calls::request_listed_protocol(fresh, amount, (4, 0, 0), listed)),
        10 => (fresh, calls::done_v1()),
        11 => (voting(), calls::disable(if chance.random() { leaver } else { other })),
        12 => (stranger(), calls::send_expired_home(leaver)),
        _ => {
            let image = stage.image();
            let computations: Vec<_> = image.computations.iter().collect();
            match computations.choose(chance) {
                Some((holder, work)) if !work.nodes.contains(&leaver) => {
                    (**holder, calls::done_v2(&successes(&work.nodes)))
                }
                Some((holder, _)) => (stranger(), calls::check_status(**holder)),
                None => (other, calls::unlock()),
            }
        }
    };
    stage.send(from, call).is_accepted()
}

/// A time between `from` and `to`, or at most a day from the one or the other.
pub(crate) fn time_between(from: i64, to: i64, chance: &mut ChaCha8Rng) -> i64 {
    let near = chance.random_range(0..=DAY);
    let time = match chance.random_range(0..4) {
        0 => from.saturating_add(near),
        1 => to.saturating_sub(near),
        _ => chance.random_range(from..=to),
    };
    time.clamp(from, to)
}
