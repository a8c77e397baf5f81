//! A chain with the registry on it, the contracts around it, and actors with names.
//!
//! A step of a scenario becomes bytes here and goes to the chain; what the bytes do there is the
//! registry's affair. Accounts send transactions. A contract sends of its own accord, which stands
//! for whatever made it do so (CH-15 of [`crate::chain`]); a request that it sends has a callback
//! to itself, so that it learns its engines as a real one does.
//!
//! A contract appears when its name is first used: those of type 02 and 03 as contracts to be
//! served, all others as contracts that only send.
//!
//! Not here: rules of the registry, expectations, text.

pub mod calls;
mod start;
mod work;

use std::fmt;
use std::rc::Rc;

use pbc_contract_common::address::{Address, AddressType};
use pbc_host::Callback;
use pbc_lib::{Failure, Trees};
use zk_node_registry::EngineInformation;

use crate::action::Action;
use crate::chain::{
    Chain, Delivery, EngineContract, Fate, Kind, Mail, MailId, Order, Outcome, Pattern,
};
use crate::engine::Engine;
use crate::name::Name;
use crate::names::Names;
use crate::neighbours::{Deploy, Producers, ServedContract, Silent, Token, on_engines};
use crate::quantity::Moment;
use crate::step::{Handling, Item, ItemKind, Pick, Scope};

pub use self::start::{Producing, Start};
pub use zkreg_engine::Records;

/// The gas that a call sends along unless it says otherwise: what extends a computation of 2,000
/// MPC by 28 days, and the cost of the callback.
pub const USUAL_GAS: u64 = 810_000;

/// The registry and the world around it. A clone is a branch, as cheap as one of [`Chain`].
#[derive(Clone, Debug)]
pub struct World {
    chain: Chain,
    /// Shared by branches until one of them meets a new name.
    names: Rc<Names>,
    /// What the moment 0 is, in milliseconds since 1970.
    origin: i64,
    /// Whether times are shown as dates rather than counted from the origin.
    dates: bool,
    registry: Address,
    token: Address,
    producers: Address,
    deploy: Address,
}

/// A step that cannot be carried out: a mistake in the scenario, not a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadStep {
    /// The time does not fit in 64 bits once the origin is added.
    TimeTooLate(Moment),
    /// An amount of tokens below 0, which the token contract has no way to say.
    NegativeTokens(i64),
    /// Nothing of the kind is under way.
    NoSuchMail(String),
    /// Something cannot happen at a contract around the registry.
    Work(String),
    /// Contracts call each other without end.
    Endless,
}

impl fmt::Display for BadStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadStep::TimeTooLate(at) => write!(f, "the time {at} is too late for the chain"),
            BadStep::NegativeTokens(units) => {
                write!(f, "the token contract has no negative amounts, such as {units} units")
            }
            BadStep::NoSuchMail(item) => write!(f, "there is no {item} under way"),
            BadStep::Work(reason) => f.write_str(reason),
            BadStep::Endless => f.write_str("contracts call each other without end"),
        }
    }
}

impl std::error::Error for BadStep {}

impl World {
    /// Deploys the registry on a fresh chain, by its `init` and with bytes, and puts the contracts
    /// around it.
    ///
    /// # Errors
    ///
    /// The failure of `init`.
    pub fn start(start: &Start, engine: Box<dyn Engine>) -> Result<World, Failure> {
        let mut world = World::around(start);
        let rpc = calls::create(&start.collaborators(), &start.settings());
        world.chain.deploy(start.deployer(), world.registry, rpc, engine)?;
        Ok(world)
    }

    /// The world around a registry that has the state `root` and `trees` already, taken at its
    /// word. `start` says the rest: addresses, holdings, producers, and the time.
    pub fn resume(start: &Start, root: Vec<u8>, trees: Trees, engine: Box<dyn Engine>) -> World {
        let mut world = World::around(start);
        world.chain.restore(world.registry, EngineContract::restore(root, trees, engine));
        world
    }

    /// Everything but the registry.
    fn around(start: &Start) -> World {
        let names = start.names();
        let [registry, token, producers, deploy, voting] = start.contracts();
        let mut chain = Chain::new(start.origin);
        chain.add(token, start.tokens(&names, &registry));
        chain.add(producers, start.producers(&names));
        chain.add(deploy, Deploy::default());
        chain.add(voting, Silent);
        let names = Rc::new(names);
        World {
            chain,
            names,
            origin: start.origin,
            dates: false,
            registry,
            token,
            producers,
            deploy,
        }
    }
}

/// Steps.
impl World {
    /// Moves the clock, forwards or back, never before the origin.
    ///
    /// # Errors
    ///
    /// [`BadStep::TimeTooLate`].
    pub fn set_clock(&mut self, at: Moment) -> Result<(), BadStep> {
        let now = self.time_of(at)?;
        self.chain.set_clock(now);
        Ok(())
    }

    /// Sends the call of `actor`, and delivers all that comes of it but what is held. Returns what
    /// came of the call itself.
    ///
    /// # Errors
    ///
    /// [`BadStep::TimeTooLate`], [`BadStep::NegativeTokens`]; then nothing was sent.
    /// [`BadStep::Endless`].
    pub fn perform(&mut self, actor: &Name, action: &Action) -> Result<Outcome, BadStep> {
        let from = self.address(actor);
        let calls::Sent { to, rpc, gas } = calls::encode(action, self)?;
        let outcome = self.send(from, to, rpc, gas);
        self.run()?;
        Ok(outcome)
    }

    /// Sends `rpc` from `from` to `to`, and leaves what comes of it under way.
    pub fn send(&mut self, from: Address, to: Address, rpc: Vec<u8>, gas: Option<u64>) -> Outcome {
        let gas = gas.or(Some(USUAL_GAS));
        if from.address_type == AddressType::Account {
            return self.chain.submit(from, to, rpc, gas);
        }
        let served = if to == self.registry { calls::served_by_request(&from, &rpc) } else { None };
        let callback = served.map(|served| Callback { payload: on_engines(&served), cost: None });
        let ends = to == self.registry && calls::is_end(&rpc);
        let outcome = self.chain.act(from, to, rpc, gas, callback.as_ref());
        if let (true, Some(served)) =
            (ends && outcome.is_accepted(), self.chain.neighbour_mut::<ServedContract>(&from))
        {
            served.note_reported_end();
        }
        outcome
    }

    /// Delivers all mail but what is held.
    ///
    /// # Errors
    ///
    /// [`BadStep::Endless`].
    pub fn run(&mut self) -> Result<(), BadStep> {
        self.chain.run().map_err(|_| BadStep::Endless)
    }

    /// Does with the mail under way, and with what will be sent, what the scenario says.
    ///
    /// # Errors
    ///
    /// [`BadStep::NoSuchMail`], [`BadStep::Endless`].
    pub fn handle(&mut self, handling: &Handling) -> Result<(), BadStep> {
        match handling {
            Handling::Hold(scope) => {
                let pattern = self.pattern(scope);
                self.chain.order(Order {
                    pattern,
                    hold: true,
                    fate: Fate::Execute,
                    standing: true,
                });
                Ok(())
            }
            Handling::Release => {
                self.chain.cancel_orders();
                let held: Vec<MailId> = self.chain.mail().map(|mail| mail.id).collect();
                for id in held {
                    self.chain.let_go(id);
                }
                self.run()
            }
            Handling::Deliver(Pick::Next) => {
                let next = self.chain.mail().next().map(|mail| mail.id);
                let next = next.ok_or_else(|| BadStep::NoSuchMail("mail".to_owned()))?;
                self.deliver(next, Fate::Execute)
            }
            Handling::Deliver(Pick::All) => self.deliver_all(),
            Handling::Deliver(Pick::Item(item)) => self.deliver_item(item, Fate::Execute),
            Handling::Fail(item) => self.deliver_item(item, Fate::Fail),
            Handling::Starve(item) => self.deliver_item(item, Fate::Starve),
            Handling::Repeat(item) => self.deliver_item(item, Fate::Twice),
            Handling::Tell(item, results) => {
                let id = self.find(item).ok_or_else(|| BadStep::NoSuchMail(item.to_string()))?;
                self.chain.set_results(id, results.clone());
                Ok(())
            }
        }
    }

    fn pattern(&mut self, scope: &Scope) -> Pattern {
        match scope {
            Scope::Everything => Pattern::default(),
            Scope::Callbacks => Pattern { callback: Some(true), ..Pattern::default() },
            Scope::Calls => Pattern { callback: Some(false), ..Pattern::default() },
            Scope::To(name) => Pattern { to: Some(self.address(name)), ..Pattern::default() },
            Scope::Of(name) => Pattern { starter: Some(self.address(name)), ..Pattern::default() },
        }
    }

    fn deliver_item(&mut self, item: &Item, fate: Fate) -> Result<(), BadStep> {
        let id = self.find(item).ok_or_else(|| BadStep::NoSuchMail(item.to_string()))?;
        self.deliver(id, fate)
    }

    fn find(&mut self, item: &Item) -> Option<MailId> {
        let of = self.address(&item.of);
        let fits = |mail: &&Mail| {
            let is_callback = matches!(mail.event.kind, Kind::Callback(_));
            mail.event.starter == of
                && match item.kind {
                    ItemKind::Transfer => !is_callback && mail.event.to == self.token,
                    ItemKind::Call => !is_callback,
                    ItemKind::Callback => is_callback,
                }
        };
        let earlier = usize::try_from(item.nth.get() - 1).ok()?;
        self.chain.mail().filter(fits).nth(earlier).map(|mail| mail.id)
    }

    fn deliver(&mut self, id: MailId, fate: Fate) -> Result<(), BadStep> {
        self.chain.set_fate(id, fate);
        self.chain.deliver(id);
        self.run()
    }

    /// Delivers what is held too, and what comes of it.
    fn deliver_all(&mut self) -> Result<(), BadStep> {
        for _ in 0..crate::chain::MAX_EVENTS_PER_RUN {
            let Some(id) = self.chain.mail().next().map(|mail| mail.id) else { return Ok(()) };
            self.chain.deliver(id);
        }
        Err(BadStep::Endless)
    }
}

/// What can be seen, and who is who.
impl World {
    /// The address of `name`. A contract that is new appears on the chain.
    pub fn address(&mut self, name: &Name) -> Address {
        let address = self.names.address(name);
        if self.names.name(&address).is_none() {
            Rc::make_mut(&mut self.names).resolve(name);
        }
        if !self.chain.has_contract(&address) {
            match address.address_type {
                AddressType::Account => {}
                AddressType::PublicContract | AddressType::ZkContract => {
                    self.chain.add(address, ServedContract::reporting_to(self.registry));
                }
                AddressType::SystemContract | AddressType::GoveranceContract => {
                    self.chain.add(address, Silent);
                }
            }
        }
        address
    }

    /// The address of `name`, whether or not anything has appeared there.
    pub fn known_address(&self, name: &Name) -> Address {
        self.names.address(name)
    }

    /// The name by which `address` is known, if any.
    pub fn name(&self, address: &Address) -> Option<&Name> {
        self.names.name(address)
    }

    /// The chain time of `at`, in milliseconds since 1970.
    ///
    /// # Errors
    ///
    /// [`BadStep::TimeTooLate`].
    pub fn time_of(&self, at: Moment) -> Result<i64, BadStep> {
        self.origin.checked_add(at.millis()).ok_or(BadStep::TimeTooLate(at))
    }

    /// What the moment 0 is, in milliseconds since 1970.
    pub fn origin(&self) -> i64 {
        self.origin
    }

    /// Shows times as dates from now on.
    pub fn show_dates(&mut self) {
        self.dates = true;
    }

    /// Whether times are shown as dates rather than counted from the origin.
    pub fn shows_dates(&self) -> bool {
        self.dates
    }

    /// The time of the clock, in milliseconds since 1970.
    pub fn now(&self) -> i64 {
        self.chain.now()
    }

    /// The chain below.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// The chain below, for what a scenario has no words for.
    pub fn chain_mut(&mut self) -> &mut Chain {
        &mut self.chain
    }

    /// All mail under way, in the order in which it was sent.
    pub fn mail(&self) -> impl Iterator<Item = &Mail> {
        self.chain.mail()
    }

    /// Every event that was executed or lost, in order.
    pub fn log(&self) -> &[Delivery] {
        self.chain.log()
    }

    /// The address of the registry.
    pub fn registry_address(&self) -> Address {
        self.registry
    }

    /// The registry's root state and trees.
    pub fn registry(&self) -> (&[u8], &Trees) {
        let registry = self.chain.contract(&self.registry).expect("invariant: it was deployed");
        (registry.state(), registry.trees())
    }

    /// The registry's records, decoded one by one as they are asked for.
    pub fn records(&self) -> Records<'_> {
        let (root, trees) = self.registry();
        Records::new(root, trees)
    }

    /// The address of the stake token.
    pub fn token_address(&self) -> Address {
        self.token
    }

    /// The stake token.
    pub fn token(&self) -> &Token {
        self.chain.neighbour(&self.token).expect("invariant: it was put there")
    }

    /// The stake token, to give and take out of nothing.
    pub fn token_mut(&mut self) -> &mut Token {
        self.chain.neighbour_mut(&self.token).expect("invariant: it was put there")
    }

    /// The block producers.
    pub fn producers_mut(&mut self) -> &mut Producers {
        self.chain.neighbour_mut(&self.producers).expect("invariant: it was put there")
    }

    /// The deploy contract.
    pub fn deploy_mut(&mut self) -> &mut Deploy {
        self.chain.neighbour_mut(&self.deploy).expect("invariant: it was put there")
    }

    /// The tokens that `name` has at the stake token, in units.
    pub fn balance(&self, name: &Name) -> u128 {
        self.token().balance(&self.names.address(name))
    }

    /// What the registry may take of the tokens of `name`, in units.
    pub fn allowance(&self, name: &Name) -> u128 {
        self.token().allowance(&self.names.address(name), &self.registry)
    }

    /// The contract `name` that nodes serve, if it has been named.
    pub fn served(&self, name: &Name) -> Option<&ServedContract> {
        self.chain.neighbour(&self.names.address(name))
    }

    /// The contract `name` that nodes serve, to be changed from outside.
    pub fn served_mut(&mut self, name: &Name) -> Option<&mut ServedContract> {
        let address = self.address(name);
        self.chain.neighbour_mut(&address)
    }

    /// The engines that the contract `name` was given, in engine order.
    pub fn engines(&self, name: &Name) -> &[EngineInformation] {
        self.served(name).map_or(&[], ServedContract::engines)
    }
}

#[cfg(test)]
mod tests;
