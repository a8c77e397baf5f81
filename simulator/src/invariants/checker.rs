//! Goes along with a registry and checks every property that states, steps and histories show.

use std::collections::BTreeSet;

use pbc_lib::{Failure, Trees};

use super::bytes;
use super::facts::{Before, Facts, TreeKey};
use super::ghosts::{Ghosts, Past};
use super::state::{STATE_CHECKS, Scope};
use super::step::{Answer, Delivery, Step};
use super::{Property, Violation, tokens, work};
use crate::call::Call;

/// A check of one property over a step.
pub type StepCheck = fn(&Step<'_>, &Ghosts, &mut Vec<Violation>);

/// Every property that accepted steps show, alone or with the ghosts, in the order of the
/// specification. INV-22 to 24, INV-32 and a part of INV-33 are about answers too: the checker has
/// them.
pub const STEP_CHECKS: [(Property, StepCheck); 25] = [
    (Property::INV_05, tokens::inv_05),
    (Property::INV_06, tokens::inv_06),
    (Property::INV_07, tokens::inv_07),
    (Property::INV_11, tokens::inv_11),
    (Property::INV_12, tokens::inv_12),
    (Property::INV_14, work::inv_14),
    (Property::INV_15, work::inv_15),
    (Property::INV_16, work::inv_16),
    (Property::INV_17, work::inv_17),
    (Property::INV_18, work::inv_18),
    (Property::INV_21, work::inv_21),
    (Property::INV_25, bytes::inv_25),
    (Property::INV_26, tokens::inv_26),
    (Property::INV_27, tokens::inv_27),
    (Property::INV_28, tokens::inv_28),
    (Property::INV_29, tokens::inv_29),
    (Property::INV_30, work::inv_30),
    (Property::INV_31, work::inv_31),
    (Property::INV_33, tokens::inv_33),
    (Property::T_01, tokens::t_01),
    (Property::T_03, tokens::t_03),
    (Property::T_04, work::t_04),
    (Property::T_10, work::t_10),
    (Property::T_12, work::t_12),
    (Property::T_13, work::t_13),
];

/// Goes along with one registry, step by step.
///
/// The checker has the state in decoded form and reads anew only what a step has written.
#[derive(Clone, Debug)]
pub struct Checker {
    root: Vec<u8>,
    facts: Facts,
    ghosts: Ghosts,
    /// What the state was loaded with and is kept: no violation of the registry.
    oddities: BTreeSet<(Property, String)>,
}

impl Checker {
    /// Begins with the state of a registry whose past is not known, and returns what that state
    /// breaks by itself. Oddities that it has are not told again while they last.
    ///
    /// # Errors
    ///
    /// The root state cannot be read.
    pub fn begin(root: &[u8], trees: &Trees) -> Result<(Checker, Vec<Violation>), Vec<Violation>> {
        let mut found = Vec::new();
        let Some(facts) = Facts::read(root, trees, &mut found) else { return Err(found) };
        bytes::inv_22(None, root, &mut found);
        let scope = Scope::whole(&facts);
        for (_, check) in STATE_CHECKS {
            check(&facts, &scope, &mut found);
        }
        let oddities = found.iter().map(|it| (it.property, it.place.clone())).collect();
        let ghosts = Ghosts::starting_from(&facts);
        Ok((Checker { root: root.to_vec(), facts, ghosts, oddities }, found))
    }

    /// As [`Checker::begin`], with a registry of whose past something is known.
    ///
    /// # Errors
    ///
    /// The root state cannot be read.
    pub fn resume(
        root: &[u8],
        trees: &Trees,
        past: &Past<'_>,
    ) -> Result<(Checker, Vec<Violation>), Vec<Violation>> {
        let (mut checker, found) = Checker::begin(root, trees)?;
        checker.ghosts.learn_of(past);
        Ok((checker, found))
    }

    /// The state as it is after the last step.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// What is remembered of the steps so far.
    pub fn ghosts(&self) -> &Ghosts {
        &self.ghosts
    }

    /// Checks one delivery. `root` and `trees` are the state after it, `written` the entries of
    /// trees that it wrote, a key once or more often; entries that it left alone may be among them.
    pub fn step(
        &mut self,
        delivery: &Delivery,
        answer: &Answer,
        root: &[u8],
        trees: &Trees,
        written: &[TreeKey],
    ) -> Vec<Violation> {
        let mut found = Vec::new();
        let call = Call::decode(&delivery.rpc);
        let is_due = delivery.callback.is_some() && self.ghosts.is_in_flight(&delivery.rpc);
        self.ghosts.has_come(delivery);
        let keys = written.iter().map(|(tree, key)| (*tree, key.as_slice()));
        let before = self.facts.update(trees, keys, &mut found);
        match answer {
            Ok(groups) => {
                bytes::inv_22(Some(&self.root), root, &mut found);
                let call = call.as_ref();
                let after = &self.facts;
                let step = Step { delivery, call, groups, before: &before, after };
                self.ghosts.advance(&step, is_due);
                for (_, check) in STEP_CHECKS {
                    check(&step, &self.ghosts, &mut found);
                }
                let scope = Scope::of_step(&before, after);
                for (_, check) in STATE_CHECKS {
                    check(after, &scope, &mut found);
                }
            }
            Err(failure) => self.refused(delivery, call.as_ref(), failure, is_due, &mut found),
        }
        if answer.is_err() {
            let mut changed = self.changed(&before);
            changed.extend((self.root != root).then(|| "root state".to_owned()));
            bytes::inv_24(&changed, &mut found);
        }
        found.retain(|it| !self.oddities.contains(&(it.property, it.place.clone())));
        found
    }

    /// Compares the state as a whole with what the steps have told of it.
    pub fn recheck(&self, root: &[u8], trees: &Trees) -> Vec<Violation> {
        let mut found = Vec::new();
        bytes::inv_22(Some(&self.root), root, &mut found);
        match Facts::read(root, trees, &mut found) {
            Some(facts) if facts != self.facts => found.push(Violation {
                property: Property::INV_24,
                place: "state".to_owned(),
                found: "records that no step has written are others".to_owned(),
                expected: "changes by steps only".to_owned(),
            }),
            _ => {}
        }
        let scope = Scope::whole(&self.facts);
        for (_, check) in STATE_CHECKS {
            check(&self.facts, &scope, &mut found);
        }
        found.retain(|it| !self.oddities.contains(&(it.property, it.place.clone())));
        found
    }

    /// Compares the books with the token contract (INV-06): `balance` is what the registry owns
    /// there, `taken` what transfers have brought whose callbacks are under way, `gone` what they
    /// have taken out, and `gifts` what came by plain transfers.
    pub fn custody(&self, balance: i128, taken: i128, gone: i128, gifts: i128) -> Vec<Violation> {
        let (_, credited) = self.ghosts.books();
        let expected = credited + taken - gone + gifts;
        if balance == expected {
            return Vec::new();
        }
        vec![Violation {
            property: Property::INV_06,
            place: "balance".to_owned(),
            found: format!("{balance} units at the token contract"),
            expected: format!("{expected} units"),
        }]
    }

    fn refused(
        &self,
        delivery: &Delivery,
        call: Option<&Call>,
        failure: &Failure,
        is_due: bool,
        found: &mut Vec<Violation>,
    ) {
        match failure {
            Failure::Trap { message } => found.push(Violation {
                property: Property::INV_24,
                place: hex::encode(&delivery.rpc),
                found: format!("the contract broke down: {message}"),
                expected: "acceptance, or a refusal with a code".to_owned(),
            }),
            Failure::Refused { code, message } => {
                let Some(call) = call else { return };
                if code == "not_enough_nodes" {
                    work::inv_32(&self.facts, delivery, call, found);
                }
                let is_excused = match call {
                    // Producer information comes from elsewhere, and can be unreadable.
                    Call::OnProducerInfo { .. } => true,
                    Call::OnAssociated { account, .. } | Call::OnDisassociated { account, .. } => {
                        self.ghosts.was_answered_twice(account)
                    }
                    _ => false,
                };
                if is_due && !is_excused {
                    found.push(Violation {
                        property: Property::INV_33,
                        place: hex::encode(&delivery.rpc),
                        found: format!("a callback refused with {code}: {message}"),
                        expected: "the end of a call in flight".to_owned(),
                    });
                }
            }
        }
    }

    /// What is not as it was before.
    fn changed(&self, before: &Before) -> Vec<String> {
        let facts = &self.facts;
        let tokens = before.tokens.iter();
        let tokens = tokens.filter(|(key, was)| was.as_ref() != facts.staked_tokens.get(key));
        let nodes = before.nodes.iter();
        let nodes = nodes.filter(|(key, was)| was.as_ref() != facts.zk_nodes.get(key));
        let work = before.computations.iter();
        let work = work.filter(|(key, was)| was.as_ref() != facts.computations.get(key));
        let roster = before.roster.iter();
        let roster = roster.filter(|(key, was)| was.as_ref() != facts.roster.get(key));
        let places = before.positions.iter();
        let places = places.filter(|(key, was)| was.as_ref() != facts.roster_position.get(key));
        tokens
            .map(|(key, _)| format!("staked_tokens[{key:x}]"))
            .chain(nodes.map(|(key, _)| format!("zk_nodes[{key:x}]")))
            .chain(work.map(|(key, _)| format!("computations[{key:x}]")))
            .chain(roster.map(|(key, _)| format!("roster[{key}]")))
            .chain(places.map(|(key, _)| format!("roster_position[{key:x}]")))
            .collect()
    }
}
