//! What would become of a request on a state: who is eligible, why the others are not, and what the
//! registry would answer.
//!
//! The answer is that of the real contract, called on the state; the hash of the transaction, if it
//! is known, decides the draw as it would on the chain. The reasons are those of the contract's own
//! view [`ineligibilities`]. Nothing here repeats a rule.
//!
//! Source: `registry.md` 7 and 8.

mod json;
mod request;
mod text;
mod words;

use std::fmt;

use pbc_contract_common::address::Address;
use pbc_traits::{Decoder, ReadRPC};
use zk_node_registry::EngineInformation;
use zk_node_registry::rules::eligibility::{Demand, Ineligibility, ineligibilities};
use zk_node_registry::rules::units::Timestamp;

use crate::chain::{Outcome, TransactionHash};
use crate::engine::NativeEngine;
use crate::image::Image;
use crate::names::bytes_of;
use crate::world::{Start, World};

pub use self::request::Request;
pub use self::words::{Asked, served_name};

/// What would become of a request.
#[derive(Clone, Debug)]
pub struct WhyNot {
    /// The moment.
    pub now: Timestamp,
    /// Who sends it.
    pub sender: Address,
    /// What is sent.
    pub rpc: Vec<u8>,
    /// What it asks for; `None` if the arguments are refused before any node is looked at.
    pub request: Option<Request>,
    /// What the registry answers.
    pub answer: Answer,
    /// The hash of the transaction, if it is known.
    pub transaction: Option<TransactionHash>,
    /// The listed nodes in their order, or every account of the registry, ascending.
    pub nodes: Vec<NodeAnswer>,
    /// What the request demands of each node.
    pub demand: Option<Demand>,
}

/// What the registry answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The request succeeds.
    Accepted {
        /// The nodes in engine order; `None` if the draw depends on a hash that is not known.
        engines: Option<Vec<Address>>,
    },
    /// It is refused.
    Refused {
        /// The stable code.
        code: String,
        /// The reason in words.
        message: String,
    },
    /// The contract broke down: a bug of it.
    Broken {
        /// What it said.
        message: String,
    },
}

/// What the request means for one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeAnswer {
    /// The account.
    pub account: Address,
    /// The slots for which it is eligible, ascending.
    pub slots: Vec<u8>,
    /// Every reason why it is not eligible for any slot, the one that the registry reports first;
    /// of several slots, for the one with the fewest.
    pub reasons: Vec<Ineligibility>,
    /// Which engine it becomes, if that is known.
    pub engine: Option<usize>,
}

impl NodeAnswer {
    /// Whether it is eligible for some slot.
    pub fn is_eligible(&self) -> bool {
        !self.slots.is_empty()
    }
}

/// The request cannot be tried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CannotTry {
    /// The bytes are those of another call.
    NotARequest {
        /// The bytes.
        rpc: Vec<u8>,
    },
    /// The contracts around the registry of this state cannot be told apart.
    ContractsNotDistinct,
}

impl fmt::Display for CannotTry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CannotTry::NotARequest { rpc } => {
                let start = hex::encode(rpc.get(..1).unwrap_or_default());
                write!(f, "`{start}…` is no request: those are 04, 08, 14, 18, 19 and 1b")
            }
            CannotTry::ContractsNotDistinct => f.write_str(
                "two of registry, token, producers, deploy and voting have the same address",
            ),
        }
    }
}

impl std::error::Error for CannotTry {}

/// The world around `image` at `now`.
fn world(image: &Image, now: Timestamp) -> World {
    let mut start = Start { origin: now.millis(), ..Start::default() };
    start.addresses.extend(image.contracts_around());
    let (root, trees) = image.store();
    World::resume(&start, root, trees, Box::new(NativeEngine::of("zk_node_registry")))
}

impl WhyNot {
    /// Tries out what is `asked` on `image` at `now`. With `transaction` the draw is that of this
    /// hash.
    ///
    /// # Errors
    ///
    /// [`CannotTry::NotARequest`], [`CannotTry::ContractsNotDistinct`].
    pub fn of(
        image: &Image,
        asked: &Asked,
        now: Timestamp,
        transaction: Option<TransactionHash>,
    ) -> Result<WhyNot, CannotTry> {
        let mut world = world(image, now);
        let registry = world.registry_address();
        let (sender, rpc) = asked.bytes(&mut world, image)?;
        if !world.chain().has_contract(&sender) || sender == registry {
            return Err(CannotTry::ContractsNotDistinct);
        }
        let request = Request::decode(sender, &rpc);

        let later;
        let seen = match request.as_ref().and_then(|request| request.ends(&rpc)) {
            None => Some(image),
            Some(end) => {
                later = after(world.clone(), sender, end);
                later.as_ref()
            }
        };
        let demand = request.as_ref().map(|request| request.demand(&image.settings, now));
        let mut nodes = match (&request, &demand, seen) {
            (Some(request), Some(demand), Some(image)) => request.look_at(image, demand),
            _ => Vec::new(),
        };

        if let Some(hash) = transaction {
            world.chain_mut().pin_hash(hash);
        }
        let outcome = world.send(sender, registry, rpc.clone(), None);
        let is_drawn = request.as_ref().is_some_and(Request::is_drawn);
        let answer = Answer::of(outcome, transaction.is_some() || !is_drawn);
        if let Answer::Accepted { engines: Some(engines) } = &answer {
            for node in &mut nodes {
                node.engine = engines.iter().position(|engine| *engine == node.account);
            }
        }
        Ok(WhyNot { now, sender, rpc, request, answer, transaction, nodes, demand })
    }

    /// How many accounts are eligible for some slot.
    pub fn eligible(&self) -> usize {
        self.nodes.iter().filter(|node| node.is_eligible()).count()
    }
}

/// The registry after the computation of `sender` has been released by `end`; `None` if that is
/// refused.
///
/// Source: registry.md 8.2, and 12.2, M-12.
fn after(mut world: World, sender: Address, end: Vec<u8>) -> Option<Image> {
    let registry = world.registry_address();
    let outcome = world.send(sender, registry, end, None);
    let (root, trees) = world.registry();
    outcome.is_accepted().then(|| Image::load(root, trees).ok())?
}

impl Answer {
    fn of(outcome: Outcome, is_known: bool) -> Answer {
        match outcome {
            Outcome::Accepted { return_data, .. } => {
                let engines = Vec::<EngineInformation>::rpc_decode(&mut Decoder::new(&return_data))
                    .expect("invariant: a request returns its engines");
                let engines = engines.into_iter().map(|engine| engine.identity).collect();
                Answer::Accepted { engines: is_known.then_some(engines) }
            }
            Outcome::Refused { code, message } => Answer::Refused { code, message },
            Outcome::Trap { message } => Answer::Broken { message },
            Outcome::OutOfGas => Answer::Broken { message: "the call ran out of gas".to_owned() },
            Outcome::Failed { reason } => Answer::Broken { message: reason.to_owned() },
        }
    }
}

impl Request {
    /// What the request means for the accounts of `image`.
    fn look_at(&self, image: &Image, demand: &Demand) -> Vec<NodeAnswer> {
        if !self.listed.is_empty() {
            let slots = (0_u8..).zip(&self.listed);
            let look =
                |(slot, account): (u8, &Address)| self.judge(image, *account, demand, &[slot]);
            return slots.map(look).collect();
        }
        let mut accounts: Vec<Address> =
            image.zk_nodes.keys().chain(image.staked_tokens.keys()).copied().collect();
        accounts.sort_unstable_by_key(bytes_of);
        accounts.dedup();
        let slots: Vec<u8> = (0..self.nodes.get()).collect();
        accounts.into_iter().map(|account| self.judge(image, account, demand, &slots)).collect()
    }

    fn judge(&self, image: &Image, account: Address, demand: &Demand, slots: &[u8]) -> NodeAnswer {
        let (node, tokens) = (image.zk_nodes.get(&account), image.staked_tokens.get(&account));
        let reasons = |slot: &u8| -> Vec<Ineligibility> {
            let list = self.jurisdictions.of_slot(*slot);
            ineligibilities(node, tokens, demand, list).collect()
        };
        let judged: Vec<(u8, Vec<Ineligibility>)> =
            slots.iter().map(|slot| (*slot, reasons(slot))).collect();
        let eligible = judged.iter().filter(|(_, reasons)| reasons.is_empty());
        let slots = eligible.map(|(slot, _)| *slot).collect();
        let fewest = judged.into_iter().map(|(_, reasons)| reasons).min_by_key(Vec::len);
        NodeAnswer { account, slots, reasons: fewest.unwrap_or_default(), engine: None }
    }
}
