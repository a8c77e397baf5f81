//! The search: level by level, each point once, on several threads, and always with the same result.
//!
//! The points of a level are looked at in batches. Threads take chunks of a batch, in whatever
//! order; what they find is put together in the order of the chunks. So numbers of points, counts,
//! and the first violation do not depend on the number of threads. Of a point that has been seen,
//! only its key is kept, and the turn that led there first: the rest is made again by going there.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::point::{Key, Point};
use super::sights::Sights;
use super::small::SmallWorld;
use super::turns;
use super::visit::{Fault, Visit, inspect};
use super::{EngineFactory, Level, Limits, Progress};
use crate::invariants::Violation;

/// How many points a thread takes at a time.
const CHUNK: usize = 64;
/// How many chunks are looked at before what they found is put together.
const CHUNKS_PER_BATCH: usize = 32;

/// The number of a point, in the order in which points were found.
pub(super) type PointId = u32;

/// The way to a point: the point before, and the number of the turn there.
#[derive(Clone, Copy, Debug)]
struct Origin {
    from: PointId,
    turn: u16,
}

/// What is wrong, and where.
#[derive(Clone, Debug)]
pub(super) enum Found {
    /// At this point.
    At(PointId, Fault),
    /// When this turn is taken at this point.
    Taking(PointId, u16, Vec<Violation>),
}

/// All that a search has found out.
pub(super) struct Search<'a> {
    world: &'a SmallWorld,
    engine: EngineFactory<'a>,
    known: HashSet<Key>,
    origins: Vec<Origin>,
    pub(super) levels: Vec<Level>,
    /// For each sight the level in which it was first seen: the number of turns it takes.
    pub(super) first_seen: Vec<Option<usize>>,
    pub(super) found: Option<Found>,
    /// Whether there was nothing left to be done.
    pub(super) is_complete: bool,
}

/// Points that have yet to be looked at: the number of the first, and all of them, packed.
struct Frontier {
    first: PointId,
    points: Vec<Box<[u8]>>,
}

/// What came of one chunk.
#[derive(Default)]
struct Chunk {
    transitions: u64,
    refused: u64,
    sights: Sights,
    fault: Option<Found>,
    broken: Option<Found>,
    /// Points that were not known when the chunk was looked at.
    reached: Vec<(Key, Origin, Box<[u8]>)>,
}

impl<'a> Search<'a> {
    /// Searches `world` as far as `limits` allow, and tells `progress` of each batch.
    pub(super) fn run(
        world: &'a SmallWorld,
        limits: &Limits,
        engine: EngineFactory<'a>,
        sights: usize,
        progress: &mut dyn FnMut(Progress),
    ) -> Search<'a> {
        let mut search = Search {
            world,
            engine,
            known: HashSet::new(),
            origins: Vec::new(),
            levels: Vec::new(),
            first_seen: vec![None; sights],
            found: None,
            is_complete: false,
        };
        let (first, _) = Point::first(world, engine);
        search.known.insert(first.key(world));
        search.origins.push(Origin { from: 0, turn: 0 });
        let mut frontier = Frontier { first: 0, points: vec![first.pack(world)] };
        while !frontier.points.is_empty() && search.found.is_none() {
            frontier = search.level(frontier, limits, progress);
        }
        search.is_complete = search.found.is_none()
            && search.levels.iter().all(|level| level.expanded == level.points);
        search
    }

    /// Points known.
    pub(super) fn points(&self) -> usize {
        self.origins.len()
    }

    /// The numbers of the turns that lead from the beginning to a point.
    pub(super) fn way_to(&self, mut point: PointId) -> Vec<u16> {
        let mut way = Vec::new();
        while point != 0 {
            let Origin { from, turn } =
                self.origins[usize::try_from(point).expect("invariant: 32 bits are a place")];
            way.push(turn);
            point = from;
        }
        way.reverse();
        way
    }

    /// Looks at all points of a level, and takes their turns while that is allowed. Returns the
    /// next level.
    fn level(
        &mut self,
        mut frontier: Frontier,
        limits: &Limits,
        progress: &mut dyn FnMut(Progress),
    ) -> Frontier {
        let depth = self.levels.len();
        let mut next = Frontier { first: self.next_id(), points: Vec::new() };
        let mut level = Level { points: frontier.points.len(), ..Level::default() };
        let mut goes_on = depth < limits.depth;
        let mut place = 0;
        while place < frontier.points.len() {
            // Once enough points are known, or one is broken, points are only looked at.
            goes_on &= self.points() < limits.states && self.found.is_none();
            let end = frontier.points.len().min(place + CHUNK * CHUNKS_PER_BATCH);
            let batch = &frontier.points[place..end];
            let first = frontier.first + id(place);
            let chunks = self.batch(batch, first, goes_on, limits.jobs);
            for (number, chunk) in chunks.into_iter().enumerate() {
                let is_counted = goes_on && self.points() < limits.states && self.found.is_none();
                if is_counted {
                    level.expanded += batch.len().min((number + 1) * CHUNK) - number * CHUNK;
                }
                self.merge(chunk, is_counted, &mut level, &mut next);
            }
            frontier.points[place..end].fill(Box::default());
            place = end;
            let [looked_at, of] = [place, frontier.points.len()];
            progress(Progress { depth, looked_at, of, states: self.points() });
        }
        self.levels.push(level);
        next
    }

    fn merge(&mut self, chunk: Chunk, is_counted: bool, level: &mut Level, next: &mut Frontier) {
        // A point that is broken by itself is nearer than one that the next turn breaks.
        if let Some(fault) = chunk.fault
            && !matches!(self.found, Some(Found::At(..)))
        {
            self.found = Some(fault);
        }
        if !is_counted {
            return;
        }
        level.transitions += chunk.transitions;
        level.refused += chunk.refused;
        for number in chunk.sights.numbers() {
            self.first_seen[number].get_or_insert(self.levels.len() + 1);
        }
        for (key, origin, packed) in chunk.reached {
            if self.known.insert(key) {
                self.origins.push(origin);
                next.points.push(packed);
            }
        }
        self.found = self.found.take().or(chunk.broken);
    }

    /// What comes of the chunks of a batch, in their order.
    fn batch(
        &self,
        points: &[Box<[u8]>],
        first: PointId,
        goes_on: bool,
        jobs: usize,
    ) -> Vec<Chunk> {
        let chunks: Vec<&[Box<[u8]>]> = points.chunks(CHUNK).collect();
        let results: Vec<Mutex<Chunk>> = chunks.iter().map(|_| Mutex::default()).collect();
        let taken = AtomicUsize::new(0);
        let work = || {
            loop {
                let number = taken.fetch_add(1, Ordering::Relaxed);
                let Some(chunk) = chunks.get(number) else { return };
                let result = self.chunk(chunk, first + id(number * CHUNK), goes_on);
                *results[number].lock().expect("invariant: no thread fails") = result;
            }
        };
        match jobs {
            0 | 1 => work(),
            _ => thread::scope(|scope| (0..jobs).for_each(|_| drop(scope.spawn(work)))),
        }
        let finished = |it: Mutex<Chunk>| it.into_inner().expect("invariant: no thread fails");
        results.into_iter().map(finished).collect()
    }

    fn chunk(&self, points: &[Box<[u8]>], first: PointId, goes_on: bool) -> Chunk {
        let mut chunk = Chunk::default();
        let mut reached_here = HashSet::new();
        let with_vain = self.levels.len() <= turns::VAIN_DEPTH;
        for (place, packed) in points.iter().enumerate() {
            let from = first + id(place);
            let (point, found) = Point::unpack(packed, self.world, self.engine);
            if let Some(fault) = inspect(self.world, &point, found) {
                chunk.fault = chunk.fault.or(Some(Found::At(from, fault)));
                return chunk;
            }
            if !goes_on || chunk.broken.is_some() {
                continue;
            }
            let mut visit = Visit::new(self.world, &point);
            for (turn, it) in turns::turns(self.world, &point, with_vain).iter().enumerate() {
                let turn = u16::try_from(turn).expect("invariant: a point has few turns");
                let taken = visit.take(it);
                chunk.transitions += 1;
                chunk.refused += u64::from(taken.refused.is_some());
                chunk.sights.add(taken.sights);
                if !taken.broken.is_empty() {
                    chunk.broken = Some(Found::Taking(from, turn, taken.broken));
                    break;
                }
                let Some(next) = taken.next else { continue };
                let key = next.key(self.world);
                if !self.known.contains(&key) && reached_here.insert(key) {
                    let origin = Origin { from, turn };
                    chunk.reached.push((key, origin, next.pack(self.world)));
                }
            }
        }
        chunk
    }

    fn next_id(&self) -> PointId {
        id(self.origins.len())
    }
}

fn id(place: usize) -> PointId {
    PointId::try_from(place).expect("invariant: there are fewer points than 32 bits can number")
}
