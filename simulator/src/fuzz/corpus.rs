//! Histories worth keeping: short ones that come to places where few histories come.
//!
//! A corpus is a folder of files, one history each, named after its place. It is run before
//! anything else, so that a rare outcome is seen in every run.

use super::campaign::Account;
use super::driver::{Maker, Rigour};
use super::generate::Generator;
use super::history::History;
use super::table::Place;
use super::{make, run, shrink_within};

/// A place that was hit less often than this is rare.
pub const RARE: u64 = 100;

/// How many tries make a history short enough to be kept.
const ENOUGH: usize = 400;

/// The ending of the names of files with histories.
pub const EXTENSION: &str = "history";

/// The name of the file for a place, such as `1b-node_at_capacity.history`.
pub fn file_name(place: Place) -> String {
    format!("{}-{}.{EXTENSION}", place.action(), place.outcome())
}

/// The rare places that a campaign has come to, in the order of the table.
pub fn rare(account: &Account) -> impl Iterator<Item = Place> {
    Place::all().filter(|place| (1..RARE).contains(&account.tally.hits(*place)))
}

/// A short history that comes to `place`, made from the one of `seed`, which does.
pub fn keep<M: Maker>(place: Place, seed: u64, maker: &M) -> History {
    let mut comes_to = |history: &History| {
        let ran = run(maker, history, Rigour::STEPS, &mut ());
        ran.failure.is_none() && ran.tally.hits(place) > 0
    };
    let history = make(seed, maker, Generator::length_of(seed));
    shrink_within(ENOUGH, &history, &mut comes_to)
}
