//! Every state of a small world: all that can happen with two or three nodes and two contracts, to
//! a certain depth, on the real contract.
//!
//! The search is breadth first. At every point each call that anybody may want to send is sent, each
//! callback under way comes with success and with failure, in any order, and the clock goes to the
//! millisecond before, of, and after the next date that matters. After each step every invariant is
//! checked; at each point what only trying shows is tried, and every node must be able to get out
//! with all its tokens. What proves nothing if it never happens, must happen somewhere: the
//! *sights*. A violation is the shortest way to one, as a scenario, which is replayed to see whether it
//! shows it.
//!
//! # What counts as one state
//!
//! States that differ only in which node or contract is which, in the time as a whole, or in what no
//! rule reads, are one. Of each only a hash of 128 bits is kept, and how it was
//! reached first.
//!
//! # Bounds
//!
//! A node has 3 MPC, here or in its purse; 2 transfers and 1 question to a ZK contract are under way
//! at most; calls that lead nowhere, by what the state shows, are sent up to 3 turns deep only; the
//! clock never steps back; nobody has to produce blocks; bytes are those of calls. Draws
//! are complete: each order in which the roster can be drawn is tried, by one transaction hash each.
//!
//! Not here: what must hold ([`crate::invariants`]); rules of the registry.

mod draws;
mod exits;
mod point;
mod report;
mod search;
mod sights;
mod small;
mod story;
mod turns;
mod visit;

use pbc_contract_common::address::Address;

use crate::call::Call;
use crate::engine::Engine;
use crate::replay::Replay;
use crate::scenario::Scenario;

use self::exits::Stuck;
use self::point::Point;
use self::search::{Found, Search};
use self::small::{SmallWorld, node_name};
use self::story::Story;
use self::turns::Turn;
use self::visit::{Fault, Visit};

pub use self::sights::CODES;
pub use self::small::Size;

/// Makes the engine that runs the contract: one for every thread, and every branch.
pub type EngineFactory<'a> = &'a (dyn Fn() -> Box<dyn Engine> + Sync);

/// How far a search goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many turns at most lead to a state.
    pub depth: usize,
    /// Once this many states are known, no more turns are taken.
    pub states: usize,
    /// How many threads search; the result is the same for any number.
    pub jobs: usize,
}

/// What a search has done so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The number of turns that lead to the states that are looked at.
    pub depth: usize,
    /// How many of them were looked at.
    pub looked_at: usize,
    /// How many there are.
    pub of: usize,
    /// States known in all.
    pub states: usize,
}

/// The states that are reached by a certain number of turns and no fewer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Level {
    /// How many there are.
    pub points: usize,
    /// At how many of them all turns were taken.
    pub expanded: usize,
    /// How many turns were taken there.
    pub transitions: u64,
    /// How many of these the registry refused.
    pub refused: u64,
}

/// What must happen somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// What it is.
    pub name: String,
    /// After how many turns it was first seen; none if never.
    pub first_seen: Option<usize>,
}

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// How many turns lead there.
    pub turns: usize,
    /// What is wrong, line by line.
    pub what: Vec<String>,
    /// The way there.
    pub scenario: Scenario,
    /// Whether a replay of the scenario shows it. It does not if it hangs on the hash of a
    /// transaction, which a scenario cannot choose.
    pub scenario_fails: bool,
}

/// What an exploration has found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explored {
    /// Of which world.
    pub size: Size,
    /// The states by the number of turns that lead to them, from 0.
    pub levels: Vec<Level>,
    /// What must happen somewhere.
    pub sights: Vec<Sight>,
    /// Whether there is nothing that was not tried: no further state exists within the bounds.
    pub is_complete: bool,
    /// The shortest way to something that must not be.
    pub broken: Option<Broken>,
}

impl Explored {
    /// How many states are known. Each was looked at.
    pub fn states(&self) -> usize {
        self.levels.iter().map(|level| level.points).sum()
    }

    /// How many turns were taken. Each was checked.
    pub fn transitions(&self) -> u64 {
        self.levels.iter().map(|level| level.transitions).sum()
    }

    /// What should have happened somewhere, and did not.
    pub fn never_seen(&self) -> impl Iterator<Item = &str> {
        let never = self.sights.iter().filter(|sight| sight.first_seen.is_none());
        never.map(|sight| sight.name.as_str())
    }
}

/// Explores the small world of this size on the registry that `engine` runs.
pub fn explore(
    size: Size,
    limits: &Limits,
    engine: EngineFactory<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Explored {
    let world = SmallWorld::new(size, engine);
    let names = sights::all();
    let search = Search::run(&world, limits, engine, names.len(), progress);
    let broken = search.found.as_ref().map(|found| broken(&world, &search, found, engine));
    let sights = names.into_iter().zip(&search.first_seen);
    let sights = sights.filter(|(name, _)| sights::is_possible(name, size));
    let sights = sights.map(|(name, first_seen)| Sight { name, first_seen: *first_seen });
    Explored {
        size,
        levels: search.levels.clone(),
        sights: sights.collect(),
        is_complete: search.is_complete,
        broken,
    }
}

/// What was found, with the way there.
fn broken(
    world: &SmallWorld,
    search: &Search<'_>,
    found: &Found,
    engine: EngineFactory<'_>,
) -> Broken {
    let (point, last) = match found {
        Found::At(point, _) => (*point, None),
        Found::Taking(point, turn, _) => (*point, Some(*turn)),
    };
    let mut way = search.way_to(point);
    way.extend(last);
    let what: Vec<String> = match found {
        Found::At(_, Fault::Broken(violations)) | Found::Taking(_, _, violations) => {
            violations.iter().map(ToString::to_string).collect()
        }
        Found::At(_, Fault::Stuck(stuck)) => {
            let node = node_name(stuck.node);
            vec![format!("{node} does not get all its tokens out: {}", stuck.what)]
        }
    };
    let turns = way.len();
    let mut header = vec![format!("zkreg explore --world {}: after {turns} turns", world.size)];
    header.extend(what.iter().cloned());

    let told = |keep| {
        let mut story = Story::begin(world, engine);
        tell(world, &way, keep, engine, &mut story);
        let end_of_way = story.length();
        if let Found::At(_, Fault::Stuck(stuck)) = found {
            tell_way_out(stuck, &mut story);
        }
        let scenario = story.scenario(&header);
        let shows = shows(&scenario, end_of_way, engine);
        (scenario, shows)
    };
    let (scenario, shows) = told(Keep::Nodes);
    // A request may go wrong only as it was sent, whichever nodes it draws.
    let as_sent = if shows { None } else { Some(told(Keep::Request)).filter(|(_, shows)| *shows) };
    let (scenario, scenario_fails) = as_sent.unwrap_or((scenario, shows));
    Broken { turns, what, scenario, scenario_fails }
}

/// Whether a replay of `scenario` shows a bug of the registry, or goes as written up to its step
/// number `end_of_way`, and not in the way out that follows.
fn shows(scenario: &Scenario, end_of_way: usize, engine: EngineFactory<'_>) -> bool {
    let Ok(replay) = Replay::start(scenario, engine()) else { return false };
    let mut verdicts = replay.map(|played| played.verdict).enumerate();
    let first = verdicts.find_map(|(step, verdict)| Some((step, verdict.err()?)));
    first.is_some_and(|(step, mismatch)| mismatch.is_bug() || step >= end_of_way)
}

/// What a scenario keeps of requests that draw nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keep {
    /// The nodes, though it may take another request to draw them.
    Nodes,
    /// The request, though it may draw other nodes.
    Request,
}

/// Tells of a way, and returns the point to which it leads.
fn tell(
    world: &SmallWorld,
    way: &[u16],
    keep: Keep,
    engine: EngineFactory<'_>,
    story: &mut Story,
) -> Point {
    let (mut point, _) = Point::first(world, engine);
    for number in way {
        let turn = turns::turns(world, &point, true)[usize::from(*number)].clone();
        let taken = Visit::new(world, &point).take(&turn);
        let next = taken.next.unwrap_or_else(|| point.clone());
        match drawn(&turn, &next).filter(|_| taken.refused.is_none()) {
            Some((contract, engines)) if keep == Keep::Nodes => {
                story.tell_draw(&turn, &contract, &engines);
            }
            _ => story.tell(&turn, taken.refused.as_deref()),
        }
        story.sent(&next.under_way);
        point = next;
    }
    point
}

/// Tells of a way out, up to what went wrong.
fn tell_way_out(stuck: &Stuck, story: &mut Story) {
    for turn in &stuck.turns {
        story.tell(turn, None);
        if let Turn::Call { sender, rpc, .. } = turn
            && rpc.first() == Some(&0x0b)
        {
            story.sends(*sender);
        }
    }
    if matches!(stuck.turns.last(), Some(Turn::Answer { .. })) {
        let (at, node) = (story.at(), node_name(stuck.node));
        story.line(format!("{at} expect {node} no record"));
    }
}

/// The contract and its engines, if this turn was a request that leaves it with some.
fn drawn(turn: &Turn, after: &Point) -> Option<(Address, Vec<Address>)> {
    let Turn::Call { sender, rpc, .. } = turn else { return None };
    let served = Call::decode(rpc)?.request_for(*sender)?;
    let work = after.checker.facts().computations.get(&served)?;
    Some((served, work.nodes.clone()))
}

#[cfg(test)]
mod tests;
