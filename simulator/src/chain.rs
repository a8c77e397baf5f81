//! The chain: a clock, senders, transactions, and mail between contracts.
//!
//! A transaction runs at once. What it sends becomes mail, is delivered one event at a time, and
//! each event is atomic on its own: a failed one leaves state and trees as they were and sends
//! nothing. Contracts are reached through their entry points only, with bytes; what stands behind
//! an address is either a contract run by an [`Engine`] or a modelled [`Neighbour`].
//!
//! Nothing here happens by chance: time and block height come from the caller, hashes from what
//! is sent, and mail is delivered in the order in which it was sent unless the caller says
//! otherwise. Time is Unix milliseconds.
//!
//! Not here: rules of any contract, names, what bytes mean.
//!
//! # Assumptions
//!
//! What this chain (CH), the models of ZK contracts (ZK) and that of their deployment (DE) take for
//! granted where the public documents say nothing, or are not sure:
//!
//! | id | assumption |
//! |---|---|
//! | CH-1 | A transaction runs when it is sent, and mail arrives in the order in which it was sent. The real chain runs shards side by side, so any order is possible; callers hold and reorder mail to see the others. |
//! | CH-2 | The interactions of a group run one after the other; when all have ended, the callback follows as an event of its own. |
//! | CH-3 | An interaction has ended when its event was executed and every group with a callback that this event sent, or a callback of it in turn, has had its callback. Groups without a callback are not waited for. |
//! | CH-4 | The result of an interaction is that of the last event executed for it: of itself, or of the last callback. Its return data is what the last event group of that event carries; without any it is empty. A failed result has empty return data. |
//! | CH-5 | The sender that a callback sees is the sender of the transaction or interaction whose execution sent the group; where nothing is nested, that is whoever started the chain of events. |
//! | CH-6 | `original_transaction` is the hash of the transaction that started the chain of events, for callbacks too. In that transaction it equals `current_transaction`. |
//! | CH-7 | Hashes are stand-ins for those of the real chain: SHA-256 over what identifies a transaction or event, as the module `hashes` says. An equal call in the same millisecond gets another hash by its number; one in a millisecond to which the clock has stepped back gets the first hash again. |
//! | CH-8 | Each move of the clock is one block. Everything between two moves is in the same block. The height never falls, also when the time steps back. |
//! | CH-9 | Gas is carried and never spent: a transaction states what it sends, an event with a cost has that cost, and those without share evenly what is left of their sender's, callbacks included. Costs that the contract pays are not taken from it. Nothing fails for want of gas unless the caller starves it. |
//! | CH-10 | An event to an address without a contract fails, and so does its callback's result. |
//! | CH-11 | An empty call is accepted by every contract and does not reach it. |
//! | CH-12 | A group with a callback and no interaction, which the SDK never builds, has its callback at once, with success and no results. A group with both callback and return data keeps both. |
//! | CH-13 | A callback that runs out of gas is lost: nothing changes, nobody is told; who waits for the contract gets a failed result. |
//! | CH-14 | A callback that comes a second time runs like the first, in a chain of events of its own that nobody waits for. |
//! | CH-15 | A contract that acts of its own accord stands for one whose users made it act: the event has the contract as sender and its own hash as that of the original transaction. |
//! | CH-16 | A contract exists from its accepted deployment on; a refused one leaves nothing. Deploying is one event, sent by an account. |
//! | CH-17 | A result buffer that does not follow the format is a trap, and the call is rolled back; a tree that it made stays, empty. |
//! | CH-18 | Trees have the ids 0, 1, 2, … in the order in which they are made, and list their keys in the order of the bytes. |
//! | CH-19 | Calls, states, results and groups may be of any size, and a chain of events of any length. |
//! | ZK-1 | The calculation status of a ZK contract is Waiting until a computation starts, Calculating until it ends; Malicious and Done end the work. What its users do, and what it computes, is not modelled. |
//! | ZK-2 | When its work ends (Done, Malicious, deadline, or a deletion that it lives to see), the contract sends one 12: a verdict on every engine, in engine order, with what each owes at that moment. |
//! | ZK-3 | An item of work appears for all engines of the contract at once; parts that are missing are counted for each engine and kind. Opening and rejecting an input, committing a result and reporting that there is none are the same. Off-chain inputs never count, so there are none. |
//! | ZK-4 | A deadline does nothing by itself. An overdue contract settles when it is touched: by a line that says so, or when it is asked for its deadline (A-3 of the specification). It reports its end first and answers then. |
//! | ZK-5 | New engines owe nothing. Their deadline is 28 days on, or the old one if that is later and the work has not ended in between. |
//! | ZK-6 | An extension adds what the gas buys to the deadline; it is refused in the order in which the model lists its reasons. Neither the deadline nor an extension of it depends on what is owed. |
//! | ZK-7 | A contract whose gas is used up is gone: it answers no call and reports nothing. |
//! | ZK-8 | A public contract has no binder: no status, no deadline, nothing owed. It reports what its own code sends. |
//! | DE-1 | A deployment asks for the nodes first and creates the contract when they are there. If the creation fails, nobody is told: the nodes stay allocated until a deletion notice (20). |
//! | DE-2 | A deletion notice is sent when somebody makes the deploy contract send it; it does not find out by itself. |

mod contract;
mod event;
pub(crate) mod hashes;
mod log;
mod mail;
mod waiting;

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use pbc_contract_common::Hash;
use pbc_contract_common::address::Address;
use pbc_contract_common::context::ContractContext;
use pbc_host::{Callback, Group, Interaction};
use pbc_lib::{Failure, TreeOperations};

use self::contract::Contract;
use self::hashes::Repeats;
use self::mail::Post;
use self::waiting::{Due, Errand, Slot, Task, Waiting};
use crate::engine::Engine;

pub use self::contract::{Call, EngineContract, Neighbour};
pub use self::event::{CallResult, Event, Kind, Outcome, Results};
pub use self::hashes::TransactionHash;
pub use self::log::Delivery;
pub use self::mail::{Fate, Mail, MailId, Order, Pattern};

/// How many events one [`Chain::run`] delivers before it gives up.
pub const MAX_EVENTS_PER_RUN: usize = 1_000_000;

/// A chain with its contracts.
///
/// A clone is a branch: contracts share what neither has changed since, so it costs a few words
/// for each contract, besides a copy of the log and of the mail under way.
#[derive(Clone, Debug)]
pub struct Chain {
    now: i64,
    height: i64,
    contracts: BTreeMap<Address, Contract>,
    post: Post,
    waiting: Waiting,
    repeats: Repeats,
    pinned: Option<TransactionHash>,
    /// `None` while nothing is kept.
    log: Option<Vec<Delivery>>,
}

/// The events of one run go on and on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endless;

impl fmt::Display for Endless {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "contracts call each other without end")
    }
}

impl std::error::Error for Endless {}

/// Contracts and time.
impl Chain {
    /// A chain without contracts whose clock stands at `now`, in block 1.
    pub fn new(now: i64) -> Chain {
        Chain {
            now,
            height: 1,
            contracts: BTreeMap::new(),
            post: Post::default(),
            waiting: Waiting::default(),
            repeats: Repeats::default(),
            pinned: None,
            log: Some(Vec::new()),
        }
    }

    /// The time of the clock, in milliseconds since 1970.
    pub fn now(&self) -> i64 {
        self.now
    }

    /// The number of the block.
    pub fn height(&self) -> i64 {
        self.height
    }

    /// Moves the clock, forwards or back, and starts a new block.
    pub fn set_clock(&mut self, now: i64) {
        if now != self.now {
            self.repeats.clear();
        }
        self.now = now;
        self.height += 1;
    }

    /// Puts a modelled contract at `address`, in place of what is there.
    pub fn add(&mut self, address: Address, neighbour: impl Neighbour) {
        self.contracts.insert(address, Contract::Modelled(Rc::new(neighbour)));
    }

    /// Puts a contract with the state that it has elsewhere at `address`, in place of what is
    /// there.
    pub fn restore(&mut self, address: Address, contract: EngineContract) {
        self.contracts.insert(address, Contract::Run(Box::new(contract)));
    }

    /// Whether there is a contract at `address`.
    pub fn has_contract(&self, address: &Address) -> bool {
        self.contracts.contains_key(address)
    }

    /// The contract at `address`, if an engine runs it.
    pub fn contract(&self, address: &Address) -> Option<&EngineContract> {
        match self.contracts.get(address)? {
            Contract::Run(contract) => Some(contract),
            Contract::Modelled(_) => None,
        }
    }

    /// The contract at `address`, if it is modelled by `N`.
    pub fn neighbour<N: Neighbour>(&self, address: &Address) -> Option<&N> {
        match self.contracts.get(address)? {
            Contract::Run(_) => None,
            Contract::Modelled(model) => (model.as_ref() as &dyn Any).downcast_ref(),
        }
    }

    /// The contract at `address`, if it is modelled by `N`, to be changed from outside.
    pub fn neighbour_mut<N: Neighbour>(&mut self, address: &Address) -> Option<&mut N> {
        (self.contracts.get_mut(address)?.modelled()? as &mut dyn Any).downcast_mut()
    }
}

/// What is sent from outside.
impl Chain {
    /// Deploys the contract that `engine` runs at `address`: `from` sends `rpc`, which starts with
    /// `ffffffff0f`. What the contract sends becomes mail.
    ///
    /// # Errors
    ///
    /// The failure of `init`; the chain is then as it was.
    pub fn deploy(
        &mut self,
        from: Address,
        address: Address,
        rpc: Vec<u8>,
        engine: Box<dyn Engine>,
    ) -> Result<(), Failure> {
        let event = self.started(Kind::Deployment, from, address, rpc, None);
        let (contract, groups) = EngineContract::create(&self.context(&event), &event.rpc, engine)?;
        let (operations, operators) = (contract.trees().operations(), contract.operators());
        self.contracts.insert(address, Contract::Run(Box::new(contract)));
        let task = self.waiting.take_up(Errand::Begin(None));
        self.conclude(None, event, task, groups.into(), operations, operators);
        Ok(())
    }

    /// Runs the transaction by which `from` sends `rpc` to `to`, with `gas` if that is known. What
    /// the contract sends becomes mail.
    pub fn submit(
        &mut self,
        from: Address,
        to: Address,
        rpc: Vec<u8>,
        gas: Option<u64>,
    ) -> Outcome {
        let event = self.started(Kind::Transaction, from, to, rpc, gas);
        self.execute(None, event, Errand::Begin(None))
    }

    /// Runs the call that the contract `from` sends of its own accord. The callback, if any,
    /// becomes mail when the call has ended.
    pub fn act(
        &mut self,
        from: Address,
        to: Address,
        rpc: Vec<u8>,
        gas: Option<u64>,
        callback: Option<&Callback>,
    ) -> Outcome {
        let event = self.started(Kind::Interaction, from, to, rpc, gas);
        let slot = callback.map(|callback| {
            let own = Event { from, to: from, ..event.clone() };
            let mut task = self.waiting.take_up(Errand::Begin(None));
            let cost = callback.cost.or(gas);
            let group = self.waiting.open_group(&mut task, &own, 0, callback, cost, 1);
            self.waiting.lay_down(task, CallResult::default());
            Slot { group, index: 0 }
        });
        self.execute(None, event, Errand::Begin(slot))
    }

    /// Gives the next call that is sent from outside this hash in place of its own.
    pub fn pin_hash(&mut self, hash: TransactionHash) {
        self.pinned = Some(hash);
    }

    fn started(
        &mut self,
        kind: Kind,
        from: Address,
        to: Address,
        rpc: Vec<u8>,
        gas: Option<u64>,
    ) -> Event {
        let hash = match self.pinned.take() {
            Some(hash) => hash,
            None => self.repeats.hash(&kind, self.now, &from, &to, &rpc),
        };
        Event { kind, from, to, starter: from, rpc, gas, hash, original: hash }
    }
}

/// Mail.
impl Chain {
    /// All mail under way, in the order in which it was sent.
    pub fn mail(&self) -> impl Iterator<Item = &Mail> {
        self.post.iter()
    }

    /// Delivers mail until nothing is left but what is held.
    ///
    /// # Errors
    ///
    /// [`Endless`] after [`MAX_EVENTS_PER_RUN`] events.
    pub fn run(&mut self) -> Result<(), Endless> {
        for _ in 0..MAX_EVENTS_PER_RUN {
            let Some(mail) = self.post.take_next() else { return Ok(()) };
            self.handle(mail);
        }
        Err(Endless)
    }

    /// Delivers one piece of mail, held or not. What it leads to waits for the next
    /// [`Chain::run`]. `None` if there is no such mail.
    pub fn deliver(&mut self, id: MailId) -> Option<Outcome> {
        let mail = self.post.take(id)?;
        Some(self.handle(mail))
    }

    /// Holds mail until it is delivered by its number or let go. False if there is no such mail.
    pub fn hold(&mut self, id: MailId) -> bool {
        self.post.hold(id, true)
    }

    /// Lets held mail go with the next [`Chain::run`]. False if there is no such mail.
    pub fn let_go(&mut self, id: MailId) -> bool {
        self.post.hold(id, false)
    }

    /// Says what becomes of mail when it is delivered. False if there is no such mail.
    pub fn set_fate(&mut self, id: MailId, fate: Fate) -> bool {
        self.post.get_mut(id).map(|mail| mail.fate = fate).is_some()
    }

    /// Makes a callback under way tell the contract these results, whatever they were. False if
    /// there is no such callback.
    pub fn set_results(&mut self, id: MailId, results: Results) -> bool {
        match self.post.get_mut(id).map(|mail| &mut mail.event.kind) {
            Some(Kind::Callback(told)) => {
                *told = results;
                true
            }
            _ => false,
        }
    }

    /// Says what to do with mail that does not exist yet.
    pub fn order(&mut self, order: Order) {
        self.post.order(order);
    }

    /// The orders that have not been used up, the oldest first.
    pub fn orders(&self) -> &[Order] {
        self.post.orders()
    }

    /// Takes all orders back. Mail that was sent under them keeps its fate.
    pub fn cancel_orders(&mut self) {
        self.post.cancel_orders();
    }

    fn handle(&mut self, mail: Mail) -> Outcome {
        let Mail { id, mut event, fate, errand, .. } = mail;
        match (fate, &mut event.kind) {
            (Fate::Execute, _) => self.execute(Some(id), event, errand),
            (Fate::Fail, Kind::Callback(told)) => {
                *told = Results::failed(told.results.len());
                self.execute(Some(id), event, errand)
            }
            (Fate::Fail, _) => {
                self.lose(id, event, errand, Outcome::Failed { reason: "made to fail" })
            }
            (Fate::Starve, _) => self.lose(id, event, errand, Outcome::OutOfGas),
            (Fate::Twice, _) => {
                let again = event.clone();
                let outcome = self.execute(Some(id), event, errand);
                self.post.send(again, Errand::Begin(None));
                outcome
            }
        }
    }

    fn lose(&mut self, id: MailId, event: Event, errand: Errand, outcome: Outcome) -> Outcome {
        let task = self.waiting.take_up(errand);
        self.conclude(Some(id), event, task, outcome, TreeOperations::default(), None)
    }
}

/// The log.
impl Chain {
    /// Every event since the start or since the log was last drained, in order.
    pub fn log(&self) -> &[Delivery] {
        self.log.as_deref().unwrap_or_default()
    }

    /// Empties the log and returns what was in it.
    pub fn drain_log(&mut self) -> Vec<Delivery> {
        self.log.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Starts or stops keeping a log. Stopping drops what is in it.
    pub fn keep_log(&mut self, keep: bool) {
        if !keep {
            self.log = None;
        } else if self.log.is_none() {
            self.log = Some(Vec::new());
        }
    }
}

/// Execution.
impl Chain {
    fn context(&self, event: &Event) -> ContractContext {
        ContractContext {
            contract_address: event.to,
            sender: event.from,
            block_time: self.height,
            block_production_time: self.now,
            current_transaction: Hash { bytes: event.hash },
            original_transaction: Hash { bytes: event.original },
        }
    }

    fn execute(&mut self, id: Option<MailId>, event: Event, errand: Errand) -> Outcome {
        let task = self.waiting.take_up(errand);
        let context = self.context(&event);
        let is_callback = matches!(event.kind, Kind::Callback(_));
        let idle = TreeOperations::default();
        let (outcome, operations, operators) = match self.contracts.get_mut(&event.to) {
            None => (Outcome::Failed { reason: "no such contract" }, idle, None),
            Some(_) if event.rpc.is_empty() && !is_callback => (Vec::new().into(), idle, None),
            Some(Contract::Run(contract)) => {
                let answer = match &event.kind {
                    Kind::Callback(results) => contract.call_back(&context, results, &event.rpc),
                    _ => contract.call(&context, &event.rpc),
                };
                (outcome(answer), contract.trees().operations(), contract.operators())
            }
            Some(contract) => {
                let call = Call {
                    contract: event.to,
                    sender: event.from,
                    now: self.now,
                    gas: event.gas,
                    rpc: &event.rpc,
                };
                let model = contract.modelled().expect("invariant: no engine runs it");
                let answer = match &event.kind {
                    Kind::Callback(results) => model.call_back(&call, results),
                    _ => model.call(&call),
                };
                (outcome(answer), idle, None)
            }
        };
        self.conclude(id, event, task, outcome, operations, operators)
    }

    /// Sends what an executed event gave out, tells those who wait for it, and logs it.
    fn conclude(
        &mut self,
        id: Option<MailId>,
        event: Event,
        mut task: Task,
        outcome: Outcome,
        operations: TreeOperations,
        operators: Option<u64>,
    ) -> Outcome {
        if let Outcome::Accepted { groups, .. } = &outcome {
            self.send(&event, &mut task, groups);
        }
        let due = self.waiting.lay_down(task, outcome.result());
        self.send_due(due);
        if self.log.is_some() {
            let changes = match (self.contract(&event.to), outcome.is_accepted()) {
                (Some(contract), true) if !event.rpc.is_empty() => {
                    contract.trees().last_changes().to_vec()
                }
                _ => Vec::new(),
            };
            let delivery = Delivery {
                at: self.now,
                block: self.height,
                mail: id,
                event,
                outcome: outcome.clone(),
                changes,
                operations,
                operators,
            };
            self.log.get_or_insert_default().push(delivery);
        }
        outcome
    }

    fn send(&mut self, event: &Event, task: &mut Task, groups: &[Group]) {
        let share = share_of_gas(event.gas, groups);
        for (number, group) in groups.iter().enumerate() {
            let calls = group.interactions.len();
            let awaiting = group.callback.as_ref().map(|callback| {
                let gas = callback.cost.or(share);
                self.waiting.open_group(task, event, number, callback, gas, calls)
            });
            let due = awaiting.and_then(|group| self.waiting.due(group));
            self.send_due(due);
            for (index, Interaction { dest, payload, cost, .. }) in
                group.interactions.iter().enumerate()
            {
                let interaction = Event {
                    kind: Kind::Interaction,
                    from: event.to,
                    to: *dest,
                    starter: event.starter,
                    rpc: payload.clone(),
                    gas: cost.or(share),
                    hash: hashes::event(&event.hash, number, Some(index)),
                    original: event.original,
                };
                let slot = awaiting.map(|group| Slot { group, index });
                self.post.send(interaction, Errand::Begin(slot));
            }
        }
    }

    fn send_due(&mut self, due: Option<Due>) {
        if let Some(Due { event, task }) = due {
            self.post.send(event, Errand::Continue(task));
        }
    }
}

fn outcome(answer: Result<Vec<Group>, Failure>) -> Outcome {
    match answer {
        Ok(groups) => groups.into(),
        Err(failure) => failure.into(),
    }
}

/// What each event without a stated cost gets of the gas of its sender's event (CH-9).
fn share_of_gas(gas: Option<u64>, groups: &[Group]) -> Option<u64> {
    let gas = gas?;
    let callbacks = groups.iter().filter_map(|group| group.callback.as_ref());
    let interactions = groups.iter().flat_map(|group| &group.interactions);
    let costs: Vec<Option<u64>> = callbacks
        .map(|callback| callback.cost)
        .chain(interactions.map(|call| call.cost.map(|cost| paid_by_sender(call, cost))))
        .collect();
    let stated = costs.iter().flatten().fold(0, |sum: u64, cost| sum.saturating_add(*cost));
    let unstated = costs.iter().filter(|cost| cost.is_none()).count();
    gas.saturating_sub(stated).checked_div(u64::try_from(unstated).ok()?)
}

fn paid_by_sender(call: &Interaction, cost: u64) -> u64 {
    if call.cost_from_contract { 0 } else { cost }
}

#[cfg(test)]
mod tests;
