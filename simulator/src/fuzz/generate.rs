//! Makes histories from seeds: states are looked at, so that calls are sensible where that matters
//! and wrong by a hair where that matters.
//!
//! Of three calls one goes its natural way, so that the world lives; one is aimed at an outcome of
//! the table, as a sensible call with one thing spoilt; few are wild. The clock moves to the very
//! millisecond at which something becomes free or expires, to one before, and back. Callbacks come
//! late, in any order, with failure, with odd data, twice, or never.
//!
//! The same seed gives the same history on every machine: ChaCha8, and nothing is iterated that has
//! no order.

mod aim;
mod calls;
mod clock;
mod numbers;
mod results;
mod states;
mod wild;

use std::collections::VecDeque;

use pbc_contract_common::address::Address;
use rand::seq::{IndexedRandom, IteratorRandom};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use zk_node_registry::{Jurisdiction, RestEndpoint, SemanticVersion};

use super::cast::{self, Cast};
use super::driver::{Driver, UnderWay};
use super::history::{Deed, Start, Step};
use super::table::Place;
use crate::call::Call;
use crate::invariants::{Facts, Registry};

/// A sender and what it calls.
type Draft = (Address, Call);

/// Makes the steps of one history, each from the state that those before have led to.
#[derive(Clone, Debug)]
pub struct Generator {
    chance: ChaCha8Rng,
    cast: Cast,
    /// What is decided already.
    plan: VecDeque<Planned>,
    /// How many steps there are to be in all.
    length: usize,
    /// Whether a node is full: calls are about that, and the clock stands still more often.
    is_full: bool,
}

#[derive(Clone, Debug)]
enum Planned {
    Call(Address, Call),
    /// The oldest callback comes, with success.
    Settle,
}

impl Generator {
    /// Begins the history of `seed`.
    pub fn of(seed: u64) -> (Start, Generator) {
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        let (kind, length) = states::kind(&mut chance);
        let (start, cast, plan) = states::start(kind, &mut chance);
        let is_full = kind == states::Kind::Full;
        (start, Generator { chance, cast, plan, length, is_full })
    }

    /// How many steps the history of `seed` has.
    pub fn length_of(seed: u64) -> usize {
        states::kind(&mut ChaCha8Rng::seed_from_u64(seed)).1
    }

    /// How many steps the history has.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Who appears in it.
    pub fn cast(&self) -> &Cast {
        &self.cast
    }

    /// The next step, as if there were no end.
    pub fn next<R: Registry>(&mut self, driver: &Driver<R>) -> Step {
        let (facts, under_way, start) = (driver.facts(), driver.under_way(), driver.start());
        let (is_full, now) = (self.is_full, driver.now());
        let mut pen = Pen { chance: &mut self.chance, cast: &self.cast, facts, now, is_full };
        match self.plan.pop_front() {
            Some(Planned::Call(sender, call)) => {
                let deed = Deed::Call { sender, rpc: call.encode() };
                return Step { at: pen.now, deed };
            }
            Some(Planned::Settle) => {
                if let Some(callback) = under_way.first() {
                    let deed = pen.answer(callback, true);
                    return Step { at: pen.now, deed };
                }
            }
            None => {}
        }
        if !is_full || pen.lot(1, 4) {
            pen.move_clock(start);
        }
        let deed = pen.deed(under_way);
        Step { at: pen.now, deed }
    }
}

/// Writes calls for one moment of a history.
struct Pen<'a> {
    chance: &'a mut ChaCha8Rng,
    cast: &'a Cast,
    facts: &'a Facts,
    now: i64,
    is_full: bool,
}

impl Pen<'_> {
    fn deed(&mut self, under_way: &[UnderWay]) -> Deed {
        if !under_way.is_empty() && self.lot(2, 5) {
            return self.callback(under_way);
        }
        let (sender, rpc) = match self.chance.random_range(0..20) {
            0..9 => self.natural(),
            9..19 => {
                let place = self.some_place();
                self.aimed(place).unwrap_or_else(|| self.natural())
            }
            _ => self.wild(),
        };
        Deed::Call { sender, rpc }
    }

    /// A sensible call.
    fn natural(&mut self) -> (Address, Vec<u8>) {
        // Where nobody can do what was thought of, something else is done.
        for _ in 0..4 {
            let action = self.natural_action();
            if let Some((sender, call)) = self.sensible(action) {
                return (sender, call.encode());
            }
        }
        let sender = self.operator();
        (sender, Call::AssociateTokens { token_amount: self.stake() }.encode())
    }

    fn natural_action(&mut self) -> u8 {
        /// Actions by how often they are natural.
        const WEIGHTS: [(u8, u32); 25] = [
            (0x00, 8),
            (0x01, 1),
            (0x0c, 6),
            (0x0d, 3),
            (0x1a, 5),
            (0x11, 2),
            (0x10, 1),
            (0x0a, 12),
            (0x15, 4),
            (0x0b, 7),
            (0x13, 5),
            (0x06, 2),
            (0x17, 5),
            (0x16, 4),
            (0x04, 4),
            (0x08, 5),
            (0x14, 5),
            (0x18, 5),
            (0x19, 5),
            (0x1b, 6),
            (0x05, 3),
            (0x12, 5),
            (0x20, 2),
            (0x07, 2),
            (0x0e, 2),
        ];
        const TOTAL: u32 = 109;
        let mut lot = self.chance.random_range(0..TOTAL);
        for (action, weight) in WEIGHTS {
            if lot < weight {
                return action;
            }
            lot -= weight;
        }
        0x0a
    }

    /// A place of the table that a call can come to.
    fn some_place(&mut self) -> Place {
        let places = if self.is_full && self.lot(1, 2) { aim::full() } else { aim::places() };
        *places.choose(self.chance).expect("invariant: there are places")
    }
}

/// Lots.
impl Pen<'_> {
    fn lot(&mut self, chances: u32, of: u32) -> bool {
        self.chance.random_ratio(chances, of)
    }

    fn one_of<T: Copy>(&mut self, list: &[T]) -> T {
        *list.choose(self.chance).expect("invariant: there is something to choose from")
    }

    fn any<T>(&mut self, candidates: impl Iterator<Item = T>) -> Option<T> {
        candidates.choose_stable(self.chance)
    }
}

/// What calls are made of.
impl Pen<'_> {
    fn operator(&mut self) -> Address {
        self.one_of(&self.cast.operators)
    }

    /// Somebody whose address is of another type than that of an account.
    fn contract(&mut self) -> Address {
        let cast = self.cast;
        match self.chance.random_range(0..6) {
            0 => cast.system,
            1 => self.facts.collaborators.voting,
            2 => cast.public,
            _ => self.one_of(&cast.contracts),
        }
    }

    fn account(&mut self) -> Address {
        if self.lot(1, 12) { self.cast.stranger } else { self.operator() }
    }

    fn endpoint(&mut self) -> String {
        match self.chance.random_range(0..12) {
            0 => format!("https://{}", "a".repeat(504)),
            1 => "https://x".to_owned(),
            2 => "https://\u{e6}\u{4e2d}\u{1f600}.example".to_owned(),
            n => format!("https://{n}.example"),
        }
    }

    fn version(&mut self) -> SemanticVersion {
        let major = self.one_of(&[4, 4, 4, 4, 5, 0]);
        let minor = self.one_of(&[9, 9, 10, 0]);
        SemanticVersion { major, minor, patch: self.chance.random_range(0..2) }
    }

    fn ee_version(&mut self) -> i32 {
        self.one_of(&[0, 1, 1, 2, 3, i32::MAX])
    }

    fn jurisdiction(&mut self) -> Jurisdiction {
        Jurisdiction { value: self.one_of(&[208, 208, 276, 276, 1, 999, 0]) }
    }
}

/// The first call of an operator that takes part.
fn register(endpoint: &str) -> Call {
    Call::RegisterAsZkNode { rest_endpoint: RestEndpoint { rest_endpoint: endpoint.to_owned() } }
}

/// Whoever asks for nodes on behalf of what it deploys.
fn deploy() -> Address {
    cast::collaborators().zk_contract_deploy
}

#[cfg(test)]
mod tests;
