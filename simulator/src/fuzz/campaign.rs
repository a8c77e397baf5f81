//! Many histories, one for each seed, on all cores, with a result that does not depend on how many
//! those are.
//!
//! Histories are handed out by their number and counted in that order; what runs beyond a failure
//! is forgotten. So the same seed and the same number of actions give the same report on any
//! machine.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::driver::{Driver, Maker, Rigour};
use super::generate::Generator;
use super::history::History;
use super::table::Place;
use super::tally::Tally;
use super::witness::Witness;
use super::{Failure, Ran};

/// What is to be done.
#[derive(Clone, Copy, Debug)]
pub struct Campaign {
    /// The seed of the first history; the next one has the next number.
    pub seed: u64,
    /// How many steps all histories have together; the last is cut short.
    pub actions: u64,
    /// How many histories run at a time.
    pub jobs: NonZeroUsize,
    /// How much is tried besides.
    pub rigour: Rigour,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// How many histories were run, up to the failure.
    pub histories: u64,
    /// What was called and answered in them.
    pub tally: Tally,
    /// The seed of the first history that came to each place.
    pub firsts: BTreeMap<Place, u64>,
    /// The first history that went wrong.
    pub failure: Option<Failed>,
}

/// A history that went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// Its seed.
    pub seed: u64,
    /// What happened, up to what went wrong.
    pub history: History,
    /// What went wrong.
    pub failure: Failure,
}

/// Whoever looks on while histories run, and may end it.
pub trait Onlooker: Sync {
    /// Some more histories have been counted.
    fn progress(&self, account: &Account) {
        let _ = account;
    }

    /// Whether no further history is to begin. What has begun is counted.
    fn is_enough(&self) -> bool {
        false
    }
}

impl Onlooker for () {}

/// Runs a campaign. Each job has a witness of its own.
pub fn run<M: Maker + Sync, W: Witness>(
    campaign: &Campaign,
    maker: &M,
    witness: impl Fn() -> W + Sync,
    onlooker: &dyn Onlooker,
) -> Account {
    let plan = Mutex::new(Plan { next: 0, left: campaign.actions, seed: campaign.seed });
    let count = Mutex::new(Count::default());
    let last = AtomicU64::new(u64::MAX);
    thread::scope(|scope| {
        for _ in 0..campaign.jobs.get() {
            scope.spawn(|| {
                let mut witness = witness();
                while let Some(Lot { number, seed, length }) = next(&plan, &last, onlooker) {
                    let told = play(seed, length, maker, campaign.rigour, &mut witness);
                    if told.0.failure.is_some() {
                        last.fetch_min(number, Ordering::Relaxed);
                    }
                    let mut count = count.lock().unwrap_or_else(PoisonError::into_inner);
                    count.take(number, seed, told, onlooker);
                }
            });
        }
    });
    count.into_inner().unwrap_or_else(PoisonError::into_inner).account
}

/// What is handed out next.
struct Plan {
    next: u64,
    left: u64,
    seed: u64,
}

struct Lot {
    number: u64,
    seed: u64,
    length: usize,
}

fn next(plan: &Mutex<Plan>, last: &AtomicU64, onlooker: &dyn Onlooker) -> Option<Lot> {
    let mut plan = plan.lock().unwrap_or_else(PoisonError::into_inner);
    let over = plan.left == 0 || plan.next > last.load(Ordering::Relaxed) || onlooker.is_enough();
    if over {
        return None;
    }
    let (number, seed) = (plan.next, plan.seed.wrapping_add(plan.next));
    let length = Generator::length_of(seed).min(usize::try_from(plan.left).unwrap_or(usize::MAX));
    plan.next += 1;
    plan.left -= length as u64;
    Some(Lot { number, seed, length })
}

/// What has been counted, and what came before its turn.
#[derive(Default)]
struct Count {
    account: Account,
    early: BTreeMap<u64, (u64, (Ran, History))>,
    next: u64,
}

impl Count {
    fn take(&mut self, number: u64, seed: u64, told: (Ran, History), onlooker: &dyn Onlooker) {
        self.early.insert(number, (seed, told));
        while let Some((seed, (ran, history))) = self.early.remove(&self.next) {
            self.next += 1;
            let account = &mut self.account;
            if account.failure.is_some() {
                continue;
            }
            account.histories += 1;
            for place in Place::all().filter(|it| ran.tally.hits(*it) > 0) {
                account.firsts.entry(place).or_insert(seed);
            }
            account.tally.add(&ran.tally);
            account.failure = ran.failure.map(|failure| Failed { seed, history, failure });
            onlooker.progress(account);
        }
    }
}

/// Makes and delivers the history of a seed at once. The steps are kept only if it goes wrong.
fn play<M: Maker>(
    seed: u64,
    length: usize,
    maker: &M,
    rigour: Rigour,
    witness: &mut dyn Witness,
) -> (Ran, History) {
    let (start, mut generator) = Generator::of(seed);
    let mut ran = Ran::default();
    let mut history = History { start, steps: Vec::with_capacity(length) };
    let begun = Driver::begin(maker, &history.start, rigour, witness);
    begun.places.iter().for_each(|place| ran.tally.count(*place));
    let mut failure =
        (!begun.breaches.is_empty()).then_some(Failure { step: None, breaches: begun.breaches });
    if let (None, Some(mut driver)) = (&failure, begun.driver) {
        for index in 0..length {
            let step = generator.next(&driver);
            let told = driver.step(&step, witness);
            history.steps.push(step);
            let Some(told) = told else { continue };
            if let Some(place) = told.place {
                ran.tally.count(place);
            }
            if !told.breaches.is_empty() {
                failure = Some(Failure { step: Some(index), breaches: told.breaches });
                break;
            }
        }
        if failure.is_none() {
            let breaches = driver.end(witness);
            failure = (!breaches.is_empty()).then_some(Failure { step: Some(length), breaches });
        }
    }
    ran.failure = failure;
    if ran.failure.is_none() {
        history.steps = Vec::new();
    }
    (ran, history)
}
