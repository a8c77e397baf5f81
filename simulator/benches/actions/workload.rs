//! The mix of actions, made once on a chain and then repeated.

use std::time::Duration;

use pbc_contract_common::Hash;
use pbc_contract_common::address::{Address, AddressType};
use pbc_contract_common::context::ContractContext;
use pbc_lib::Trees;
use zkreg::action::{Action, Jurisdictions, Verdict};
use zkreg::chain::{Chain, Delivery, EngineContract, Kind, Outcome};
use zkreg::engine::NativeEngine;
use zkreg::name::Name;
use zkreg::quantity::{Amount, Version};
use zkreg::world::{Start, World, calls};

use super::{time, wasm};

/// The actions of one round.
pub(super) const ACTIONS_PER_ROUND: u32 = 100;

const DAY: i64 = 24 * 60 * 60 * 1_000;
const VERSION: Version = Version { major: 4, minor: 9, patch: 0 };
/// What the registry may take of each node.
const HOLDINGS: u128 = 1 << 62;
const STAKE: Amount = Amount::from_units(1_000_000_000);

/// The same actions as the chain receives them and as the engine does, and what they start from.
pub(super) struct Workload {
    nodes: u32,
    sent: Vec<Sent>,
    executed: Vec<Delivery>,
    root: Vec<u8>,
    trees: Vec<u8>,
    registry: Address,
}

/// Something that happens to the chain from outside.
enum Sent {
    Clock(i64),
    Call {
        from: Address,
        rpc: Vec<u8>,
    },
    /// All mail is delivered.
    Run,
}

impl Workload {
    /// `rounds` rounds of actions on a registry with `nodes` nodes.
    pub(super) fn new(nodes: u32, rounds: u32) -> Workload {
        let mut world = staked(nodes);
        let registry = world.registry_address();
        let (root, trees) = world.registry();
        let (root, trees) = (root.to_vec(), trees.to_snapshot());
        world.chain_mut().keep_log(true);
        let sent = Director::new(&mut world, nodes).direct(rounds);
        let mut executed = world.chain_mut().drain_log();
        executed.retain(|delivery| delivery.event.to == registry);
        check(&executed, rounds);
        Workload { nodes, sent, executed, root, trees, registry }
    }

    /// The times that the engine takes for the actions of each round.
    pub(super) fn time_engine(&self) -> Vec<Duration> {
        self.time_registry(self.registry())
    }

    /// As [`Workload::time_engine`], by the engine for the deployed module.
    pub(super) fn time_wasm(&self) -> Vec<Duration> {
        let trees = Trees::from_snapshot(&self.trees).expect("a snapshot of this process");
        let engine = Box::new(wasm::engine().clone());
        self.time_registry(EngineContract::restore(self.root.clone(), trees, engine))
    }

    fn time_registry(&self, mut registry: EngineContract) -> Vec<Duration> {
        let rounds = self.executed.chunks(ACTIONS_PER_ROUND as usize);
        rounds.map(|actions| time(|| run_engine(actions, &mut registry))).collect()
    }

    /// The registry as it is before the first action, sharing nothing with any other.
    pub(super) fn registry(&self) -> EngineContract {
        let trees = Trees::from_snapshot(&self.trees).expect("a snapshot of this process");
        EngineContract::restore(self.root.clone(), trees, engine())
    }

    /// Lets the engine carry out all actions.
    pub(super) fn run_engine(&self, registry: &mut EngineContract) {
        run_engine(&self.executed, registry);
    }

    /// The times that a chain takes for the actions of each round.
    pub(super) fn time_chain(&self) -> Vec<Duration> {
        let mut world = staked(self.nodes);
        world.chain_mut().keep_log(false);
        let chain = world.chain_mut();
        let mut rounds = self.sent.chunk_by(|_, next| !matches!(next, Sent::Clock(_)));
        // What comes before the first day is no round.
        rounds.next().into_iter().for_each(|sent| self.run_chain(sent, chain));
        rounds.map(|sent| time(|| self.run_chain(sent, chain))).collect()
    }

    fn run_chain(&self, sent: &[Sent], chain: &mut Chain) {
        for sent in sent {
            match sent {
                Sent::Clock(now) => chain.set_clock(*now),
                Sent::Call { from, rpc } => {
                    call(chain, self.registry, *from, rpc.clone());
                }
                Sent::Run => chain.run().expect("the registry's events come to an end"),
            }
        }
    }
}

/// Lets the engine carry out these actions. Not inlined, so that profilers find it.
#[inline(never)]
fn run_engine(actions: &[Delivery], registry: &mut EngineContract) {
    for Delivery { event, at, block, .. } in actions {
        let context = ContractContext {
            contract_address: event.to,
            sender: event.from,
            block_time: *block,
            block_production_time: *at,
            current_transaction: Hash { bytes: event.hash },
            original_transaction: Hash { bytes: event.original },
        };
        // Four in a hundred are refused, as they were at first.
        let _ = match &event.kind {
            Kind::Callback(results) => registry.call_back(&context, results, &event.rpc),
            _ => registry.call(&context, &event.rpc),
        };
    }
}

fn engine() -> Box<NativeEngine> {
    Box::new(NativeEngine::of("zk_node_registry"))
}

fn call(chain: &mut Chain, registry: Address, from: Address, rpc: Vec<u8>) -> Outcome {
    match from.address_type {
        AddressType::Account => chain.submit(from, registry, rpc, None),
        _ => chain.act(from, registry, rpc, None, None),
    }
}

/// The mix is the one that this benchmark states.
fn check(executed: &[Delivery], rounds: u32) {
    let count = |shortname: u8, callback: bool| {
        let fits = |delivery: &&Delivery| {
            matches!(delivery.event.kind, Kind::Callback(_)) == callback
                && delivery.event.rpc.first() == Some(&shortname)
                && delivery.outcome.is_accepted()
        };
        executed.iter().filter(fits).count() / rounds as usize
    };
    let actions = [0x0a, 0x0b, 0x13, 0x06, 0x08, 0x12].map(|shortname| count(shortname, false));
    assert_eq!(actions, [20, 10, 10, 10, 8, 8], "accepted actions of each round");
    assert_eq!([0x31, 0x32].map(|shortname| count(shortname, true)), [20, 10]);
    assert_eq!(executed.len(), (rounds * ACTIONS_PER_ROUND) as usize);
}

/// A world in which `nodes` nodes are registered, have reported their version and have staked.
fn staked(nodes: u32) -> World {
    let start = Start { require_block_producer: false, ..Start::default() };
    let mut world = World::start(&start, engine()).expect("the settings of deployments");
    let registry = world.registry_address();
    world.chain_mut().keep_log(false);
    for node in (0..nodes).map(node) {
        let account = world.address(&node);
        world.token_mut().set_balance(&account, HOLDINGS);
        world.token_mut().approve(&account, &registry, HOLDINGS);
        let endpoint = format!("https://{node}.example");
        for action in [
            Action::Register { endpoint },
            Action::SetVersion(VERSION),
            Action::Associate { amount: STAKE, expires: None },
        ] {
            let outcome = world.perform(&node, &action).expect("a good step");
            assert!(outcome.is_accepted(), "{action}: {outcome:?}");
        }
    }
    world
}

fn node(number: u32) -> Name {
    format!("n{number}").parse().expect("a name")
}

fn served(number: u32) -> Name {
    format!("zk-{number}").parse().expect("a name")
}

/// Makes up the actions and carries them out once.
struct Director<'a> {
    world: &'a mut World,
    nodes: u32,
    chance: u64,
    sent: Vec<Sent>,
    /// How many contracts have been served so far.
    served: u32,
    /// The computations to be done in the next round.
    open: Vec<Name>,
}

/// One kind of action of the mix.
#[derive(Clone, Copy)]
enum Part {
    Associate,
    Disassociate,
    Reserve,
    Unlock,
    Request,
    Done,
    Refused(u32),
}

impl Director<'_> {
    fn new(world: &mut World, nodes: u32) -> Director<'_> {
        Director { world, nodes, chance: 1, sent: Vec::new(), served: 0, open: Vec::new() }
    }

    fn direct(mut self, rounds: u32) -> Vec<Sent> {
        // Done reports on requests of the round before, so there is a round before the first.
        for _ in 0..8 {
            self.request();
        }
        self.world.run().expect("the registry's events come to an end");
        self.world.chain_mut().drain_log();
        for _ in 0..rounds {
            self.round();
        }
        self.sent
    }

    fn round(&mut self) {
        let now = self.world.now() + DAY;
        self.world.chain_mut().set_clock(now);
        self.sent.push(Sent::Clock(now));
        let mut parts = [
            vec![Part::Associate; 20],
            vec![Part::Disassociate; 10],
            vec![Part::Reserve; 10],
            vec![Part::Unlock; 10],
            vec![Part::Request; 8],
            vec![Part::Done; 8],
            (0..4).map(Part::Refused).collect(),
        ]
        .concat();
        for last in (1..parts.len()).rev() {
            let other = self.chance(last as u32 + 1) as usize;
            parts.swap(last, other);
        }
        let mut to_do = std::mem::take(&mut self.open);
        for batch in parts.chunks(8) {
            for part in batch {
                self.play(*part, &mut to_do);
            }
            self.world.run().expect("the registry's events come to an end");
            self.sent.push(Sent::Run);
        }
    }

    fn play(&mut self, part: Part, to_do: &mut Vec<Name>) {
        let mpc = |amount: u32| Amount::from_units(i64::from(amount) * 10_000);
        let somebody = node(self.chance(self.nodes));
        match part {
            Part::Associate => {
                self.send(&somebody, &Action::Associate { amount: mpc(2), expires: None });
            }
            Part::Disassociate => self.send(&somebody, &Action::Disassociate(mpc(4))),
            Part::Reserve => {
                let reserved = mpc(self.chance(100));
                self.send(&somebody, &Action::Reserve(reserved));
            }
            Part::Unlock => self.send(&somebody, &Action::Unlock),
            Part::Request => self.request(),
            Part::Done => {
                let contract = to_do.pop().expect("as many done as requests");
                let engines = self.engines(&contract);
                let statuses = engines.into_iter().map(|node| (node, Verdict::Success)).collect();
                self.send(&contract, &Action::DoneV2(statuses));
            }
            Part::Refused(0) => self.send(&somebody, &Action::Disassociate(mpc(90_000_000))),
            Part::Refused(1) => {
                self.send(&somebody, &Action::Associate { amount: mpc(0), expires: None });
            }
            Part::Refused(2) => self.send(&served(u32::MAX), &Action::DoneV1),
            Part::Refused(_) => self.send(&somebody, &Action::Reserve(Amount::from_units(-1))),
        }
    }

    fn request(&mut self) {
        self.served += 1;
        let contract = served(self.served);
        let deploy = "deploy".parse().expect("a name");
        self.send(
            &deploy,
            &Action::RequestDrawnV2 {
                contract: contract.clone(),
                nodes: 4,
                stake: Amount::from_units(20_000_000),
                version: VERSION,
                jurisdictions: Jurisdictions::default(),
            },
        );
        self.open.push(contract);
    }

    fn engines(&mut self, contract: &Name) -> Vec<Name> {
        let address = self.world.address(contract);
        let computation = self.world.records().computation(&address).expect("it was requested");
        let name = |node: &Address| format!("{node:x}").parse().expect("an address");
        computation.nodes.iter().map(name).collect()
    }

    fn send(&mut self, from: &Name, action: &Action) {
        let from = self.world.address(from);
        let rpc = calls::encode(action, self.world).expect("a good step").rpc;
        let registry = self.world.registry_address();
        call(self.world.chain_mut(), registry, from, rpc.clone());
        self.sent.push(Sent::Call { from, rpc });
    }

    /// A number below `limit`, always the same ones: SplitMix64.
    fn chance(&mut self, limit: u32) -> u32 {
        self.chance = self.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.chance;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % u64::from(limit)) as u32
    }
}
