//! How often histories came to each place of the table.

use super::table::{ACCEPTED, Place};

/// How often each action had each outcome.
#[derive(Clone, PartialEq, Eq)]
pub struct Tally {
    hits: Vec<u64>,
}

impl Default for Tally {
    fn default() -> Tally {
        Tally { hits: vec![0; Place::COUNT] }
    }
}

impl std::fmt::Debug for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let hit = Place::all().filter(|place| self.hits(*place) > 0);
        f.debug_map().entries(hit.map(|place| (place.to_string(), self.hits(place)))).finish()
    }
}

impl Tally {
    /// Counts one hit.
    pub fn count(&mut self, place: Place) {
        self.hits[place.index()] += 1;
    }

    /// Adds what another tally has.
    pub fn add(&mut self, other: &Tally) {
        self.hits.iter_mut().zip(&other.hits).for_each(|(ours, theirs)| *ours += theirs);
    }

    /// How often a place was hit.
    pub fn hits(&self, place: Place) -> u64 {
        self.hits[place.index()]
    }

    /// How many calls, callbacks and creations there were.
    pub fn actions(&self) -> u64 {
        self.hits.iter().sum()
    }

    /// How many of them were accepted.
    pub fn accepted(&self) -> u64 {
        let accepted = Place::all().filter(|place| place.outcome() == ACCEPTED);
        accepted.map(|place| self.hits(place)).sum()
    }

    /// The places that can be reached and were hit fewer than `least` times, in the order of the
    /// table.
    pub fn missed(&self, least: u64) -> impl Iterator<Item = Place> {
        Place::all().filter(move |it| it.unreachable().is_none() && self.hits(*it) < least)
    }
}
