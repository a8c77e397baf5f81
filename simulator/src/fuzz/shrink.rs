//! Makes a history shorter and plainer while something stays true of it.
//!
//! Steps are left out in ever smaller pieces (delta debugging). Each step says when it happens, so
//! leaving one out never moves the others in time, and what moved the clock stays with the steps
//! that need it; afterwards it is tried to let things happen at the same time, and
//! requests ask for less.

use std::sync::Arc;

use pbc_contract_common::address::Address;
use zk_node_registry::Jurisdictions;

use super::cast;
use super::history::{Deed, History, Origin, Start, Step};
use crate::call::Call;
use crate::image::Image;

/// How many histories are tried at most: enough for hundreds of steps.
const TRIES: usize = 20_000;

/// The shortest history found of which `holds` is true. It is true of `history`.
pub fn shrink(history: &History, holds: &mut dyn FnMut(&History) -> bool) -> History {
    shrink_within(TRIES, history, holds)
}

/// As [`shrink`], with at most so many tries.
pub fn shrink_within(
    most: usize,
    history: &History,
    holds: &mut dyn FnMut(&History) -> bool,
) -> History {
    let mut shrinking = Shrinking { best: history.clone(), holds, tries: 0, most };
    loop {
        let before = shrinking.best.clone();
        shrinking.leave_steps_out();
        shrinking.plainer_start();
        shrinking.plainer_steps();
        if shrinking.best == before || shrinking.tries >= most {
            return shrinking.best;
        }
    }
}

struct Shrinking<'a> {
    best: History,
    holds: &'a mut dyn FnMut(&History) -> bool,
    tries: usize,
    most: usize,
}

impl Shrinking<'_> {
    /// Takes `candidate` if it will do.
    fn attempt(&mut self, candidate: History) -> bool {
        if self.tries >= self.most || candidate == self.best {
            return false;
        }
        self.tries += 1;
        let will_do = (self.holds)(&candidate);
        if will_do {
            self.best = candidate;
        }
        will_do
    }

    fn leave_steps_out(&mut self) {
        let mut size = self.best.steps.len().div_ceil(2).max(1);
        loop {
            // From the end, where what follows from nothing is.
            let mut end = self.best.steps.len();
            while end > 0 {
                let begin = end.saturating_sub(size);
                let mut candidate = self.best.clone();
                candidate.steps.drain(begin..end);
                self.attempt(candidate);
                end = begin.min(self.best.steps.len());
            }
            if size == 1 {
                return;
            }
            size = size.div_ceil(2);
        }
    }

    /// Tries an empty registry in place of a state, and if it must be the state, one with less.
    fn plainer_start(&mut self) {
        let now = self.best.start.now;
        match self.best.start.origin.clone() {
            Origin::Created(calls) if calls.len() > 1 => {
                for n in 0..calls.len() {
                    let mut fewer = calls.clone();
                    fewer.remove(n);
                    self.attempt(self.starting(Origin::Created(fewer)));
                }
            }
            Origin::Created(_) => {}
            Origin::Stored(image) => {
                let fresh = Start::created(now, &cast::collaborators(), &image.settings);
                if !self.attempt(self.starting(fresh.origin)) {
                    self.smaller_state();
                }
            }
        }
    }

    fn smaller_state(&mut self) {
        let Origin::Stored(image) = self.best.start.origin.clone() else { return };
        for contract in image.computations.keys() {
            self.attempt_state(|image| {
                image.computations.remove(contract);
                for tokens in image.staked_tokens.values_mut() {
                    tokens.allocated_tokens.remove(contract);
                }
            });
        }
        for account in image.staked_tokens.keys() {
            self.attempt_state(|image| drop(image.staked_tokens.remove(account)));
            self.attempt_state(|image| {
                if let Some(tokens) = image.staked_tokens.get_mut(account) {
                    tokens.pending_unlock.clear();
                }
            });
        }
        for account in image.zk_nodes.keys() {
            self.attempt_state(|image| drop(image.zk_nodes.remove(account)));
        }
    }

    /// Tries a state with less in it, if a registry can have it.
    fn attempt_state(&mut self, change: impl FnOnce(&mut Image)) {
        let Origin::Stored(image) = &self.best.start.origin else { return };
        let mut image = Image::clone(image);
        change(&mut image);
        let members = image.members();
        image.roster.retain(|it| members.contains(it));
        if image.violations().is_empty() {
            self.attempt(self.starting(Origin::Stored(Arc::new(image))));
        }
    }

    fn starting(&self, origin: Origin) -> History {
        let start = Start { now: self.best.start.now, origin };
        History { start, steps: self.best.steps.clone() }
    }

    /// Tries plain callbacks, and one time in place of two.
    fn plainer_steps(&mut self) {
        for index in 0..self.best.steps.len() {
            let Step { at, deed } = self.best.steps[index].clone();
            if let Deed::Call { sender, rpc } = &deed {
                self.plainer_call(index, at, *sender, rpc);
            }
            if let Deed::Callback { rpc, success, results, again } = deed {
                let plain = vec![(success, Vec::new())];
                let once =
                    |results, again| Deed::Callback { rpc: rpc.clone(), success, results, again };
                if !self.attempt(self.with(index, Step { at, deed: once(plain.clone(), false) })) {
                    self.attempt(self.with(index, Step { at, deed: once(results, false) }));
                    self.attempt(self.with(index, Step { at, deed: once(plain, again) }));
                }
            }
            let earlier = match index.checked_sub(1) {
                Some(earlier) => self.best.steps[earlier].at,
                None => self.best.start.now,
            };
            self.all_earlier(index, earlier);
        }
    }

    /// Tries a call that asks for less, as long as one will do.
    fn plainer_call(&mut self, index: usize, at: i64, sender: Address, rpc: &[u8]) {
        let mut call = Call::decode(rpc).filter(|call| call.encode() == rpc);
        while let Some(now) = call.take() {
            call = plainer(&now).into_iter().find(|less| {
                let deed = Deed::Call { sender, rpc: less.encode() };
                self.attempt(self.with(index, Step { at, deed }))
            });
        }
    }

    /// Tries to let the step happen when the one before it does, and all later ones, which then
    /// keep their distance, or else this one alone.
    fn all_earlier(&mut self, index: usize, earlier: i64) {
        let at = self.best.steps[index].at;
        let Some(by) = at.checked_sub(earlier).filter(|by| *by != 0) else { return };
        let mut candidate = self.best.clone();
        let moved = candidate.steps[index..].iter_mut().try_for_each(|step| {
            step.at = step.at.checked_sub(by).filter(|at| *at >= candidate.start.now)?;
            Some(())
        });
        if moved.is_some() && self.attempt(candidate) {
            return;
        }
        let deed = self.best.steps[index].deed.clone();
        self.attempt(self.with(index, Step { at: earlier, deed }));
    }

    fn with(&self, index: usize, step: Step) -> History {
        let mut candidate = self.best.clone();
        candidate.steps[index] = step;
        candidate
    }
}

/// Requests that ask for less, the least first.
fn plainer(call: &Call) -> Vec<Call> {
    let mut found = Vec::new();
    let mut add = |change: &dyn Fn(&mut Request<'_>)| {
        let mut less = call.clone();
        if let Some(mut request) = Request::of(&mut less) {
            change(&mut request);
        }
        if less != *call {
            found.push(less);
        }
    };
    add(&|it| it.count.iter_mut().for_each(|count| **count = 1));
    add(&|it| it.count.iter_mut().for_each(|count| **count -= i32::from(**count > 1)));
    add(&|it| it.lists.iter_mut().for_each(|lists| lists.clear()));
    add(&|it| it.ee_version.iter_mut().for_each(|version| **version = 0));
    add(&|it| *it.total = 1);
    let listed = Request::of(&mut call.clone()).and_then(|it| it.nodes.map(|nodes| nodes.len()));
    for place in 0..listed.unwrap_or(0) {
        add(&|it| {
            if let Some(nodes) = &mut it.nodes {
                nodes.remove(place);
            }
            it.count.iter_mut().for_each(|count| **count -= 1);
        });
    }
    found
}

/// What a request asks for.
struct Request<'a> {
    count: Option<&'a mut i32>,
    total: &'a mut i64,
    lists: Option<&'a mut Vec<Jurisdictions>>,
    ee_version: Option<&'a mut i32>,
    nodes: Option<&'a mut Vec<Address>>,
}

impl Request<'_> {
    fn of(call: &mut Call) -> Option<Request<'_>> {
        let (mut count, mut lists, mut ee_version, mut nodes) = (None, None, None, None);
        let total = match call {
            Call::RequestNodesV1 { number_of_nodes, total_stakes, .. } => {
                count = Some(number_of_nodes);
                total_stakes
            }
            Call::RequestNodesV2 { number_of_nodes, total_stakes, jurisdictions, .. } => {
                count = Some(number_of_nodes);
                lists = Some(&mut jurisdictions.node_jurisdictions);
                total_stakes
            }
            Call::RequestListedFor { total_stakes, zk_nodes, .. } => {
                nodes = Some(zk_nodes);
                total_stakes
            }
            Call::RequestListed { total_stakes, required_ee_version, zk_nodes } => {
                (ee_version, nodes) = (Some(required_ee_version), Some(zk_nodes));
                total_stakes
            }
            Call::RequestNodes {
                number_of_nodes,
                total_stakes,
                jurisdictions,
                required_ee_version,
            } => {
                (count, ee_version) = (Some(number_of_nodes), Some(required_ee_version));
                lists = Some(&mut jurisdictions.node_jurisdictions);
                total_stakes
            }
            Call::ReRequest {
                number_of_nodes,
                total_stakes,
                jurisdictions,
                required_ee_version,
                specific_nodes,
                ..
            } => {
                (count, ee_version) = (Some(number_of_nodes), Some(required_ee_version));
                lists = Some(&mut jurisdictions.node_jurisdictions);
                nodes = Some(specific_nodes);
                total_stakes
            }
            _ => return None,
        };
        Some(Request { count, total, lists, ee_version, nodes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz::{make, native};

    #[test]
    fn only_what_is_needed_stays() {
        let history = make(3, &native(), 120);
        let needed = [history.steps[17].deed.clone(), history.steps[90].deed.clone()];
        let mut has_both = |candidate: &History| {
            let deeds: Vec<&Deed> = candidate.steps.iter().map(|step| &step.deed).collect();
            needed.iter().all(|deed| deeds.contains(&deed))
        };

        let shrunk = shrink(&history, &mut has_both);

        assert_eq!(shrunk.steps.len(), 2, "{shrunk:#?}");
        assert!(shrunk.steps.iter().all(|step| step.at == history.start.now));
    }
}
