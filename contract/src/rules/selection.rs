//! Which nodes serve a request: the draw and the assignment of nodes to slots.
//!
//! Invariants:
//! - The draw depends on the roster, the request and the hash of the transaction, on nothing else.
//! - Placed nodes stay placed, though they may change slots; a node once left out is never needed.
//!   So a feasible request never fails.
//! - With no list or one list every sequence of eligible nodes is equally likely.
//! - While most members are eligible, the expected number of records read does not grow with the
//!   roster: the complete scan comes only after [`DRAWS_PER_NODE`] draws for each node.
//!
//! Not here: what makes a node eligible (`eligibility`), who is in the roster (`roster`).
//!
//! Source: registry.md 7.3 (D-26).

use std::collections::VecDeque;

use pbc_contract_common::Hash;
use sha2::{Digest, Sha256};

use super::units::{NodeCount, ServedContract};
use crate::wire;

/// How many positions are drawn for each node of a request before the roster is scanned.
///
/// Source: registry.md 2 (D-26).
pub const DRAWS_PER_NODE: u32 = 16;

/// The slots that accept a node, one bit each, slot 0 lowest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slots(u16);

impl Slots {
    /// No slot: the node is not eligible.
    pub const NONE: Slots = Slots(0);

    /// All slots of a request for `nodes` nodes.
    pub fn all(nodes: NodeCount) -> Slots {
        (0..nodes.get()).fold(Slots::NONE, Slots::with)
    }

    /// These slots and `slot` (0 to 15).
    pub fn with(self, slot: u8) -> Slots {
        Slots(self.0 | 1_u16.checked_shl(u32::from(slot)).unwrap_or(0))
    }

    /// Whether `slot` is one of them.
    pub fn contains(self, slot: u8) -> bool {
        self == self.with(slot)
    }

    /// Whether there is no slot.
    pub fn is_empty(self) -> bool {
        self == Slots::NONE
    }
}

/// The nodes placed so far, each in one of its slots.
#[derive(Clone, Debug)]
pub struct Assignment<T> {
    slots: Vec<Option<(T, Slots)>>,
}

impl<T> Assignment<T> {
    /// An assignment for `nodes` nodes in which every slot is empty.
    pub fn of(nodes: NodeCount) -> Assignment<T> {
        Assignment { slots: (0..nodes.get()).map(|_| None).collect() }
    }

    /// Whether every slot has its node.
    pub fn is_complete(&self) -> bool {
        self.slots.iter().all(Option::is_some)
    }

    /// How many slots have a node.
    pub fn placed(&self) -> usize {
        self.slots.iter().flatten().count()
    }

    /// Offers a node that the slots in `accepting` accept. It takes the lowest empty one of them;
    /// if none is empty, placed nodes move along the shortest path that frees one. Returns whether
    /// the node was placed; if not, it is never needed.
    pub fn offer(&mut self, node: T, accepting: Slots) -> bool {
        match self.path_to_an_empty_slot(accepting) {
            None => false,
            Some(path) => {
                self.place_along(path, (node, accepting));
                true
            }
        }
    }

    /// The nodes in slot order; `None` while a slot is empty.
    pub fn complete(self) -> Option<Vec<T>> {
        self.slots.into_iter().map(|slot| slot.map(|(node, _)| node)).collect()
    }

    /// Breadth-first over slots, ascending: the slots that the new node must pass, the empty one
    /// last.
    fn path_to_an_empty_slot(&self, accepting: Slots) -> Option<Vec<u8>> {
        let slots = || (0_u8..).zip(&self.slots);
        let mut reached_from: Vec<Option<Option<u8>>> = vec![None; self.slots.len()];
        let mut queue = VecDeque::new();
        let mut at = (None, accepting);
        loop {
            let (from, accepting) = at;
            // An empty slot beats every detour, so the first step looks for one before all else.
            for (slot, place) in slots().filter(|(slot, _)| accepting.contains(*slot)) {
                let reached = reached_from.get_mut(usize::from(slot))?;
                if reached.is_none() {
                    *reached = Some(from);
                    match place {
                        None => return Some(path_back(&reached_from, slot)),
                        Some((_, accepting)) => queue.push_back((Some(slot), *accepting)),
                    }
                }
            }
            at = queue.pop_front()?;
        }
    }

    fn place_along(&mut self, path: Vec<u8>, newcomer: (T, Slots)) {
        let mut moving = Some(newcomer);
        for slot in path {
            if let Some(place) = self.slots.get_mut(usize::from(slot)) {
                moving = core::mem::replace(place, moving);
            }
        }
    }
}

fn path_back(reached_from: &[Option<Option<u8>>], last: u8) -> Vec<u8> {
    let before = |slot: &u8| reached_from.get(usize::from(*slot)).copied().flatten().flatten();
    let mut path: Vec<u8> = core::iter::successors(Some(last), before).collect();
    path.reverse();
    path
}

/// Why a draw came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortage {
    /// How many slots were filled.
    pub placed: usize,
    /// How many members of the roster are eligible for some slot, drawn or not.
    pub eligible: usize,
}

/// Draws `nodes` nodes from a roster of `members` positions. `candidate` tells who stands at a
/// position and which slots accept it; it is asked at most once for each position.
///
/// # Errors
///
/// [`Shortage`] exactly if no complete assignment of eligible members to slots exists.
pub fn draw<T>(
    members: u32,
    nodes: NodeCount,
    chance: &mut Chance,
    mut candidate: impl FnMut(u32) -> (T, Slots),
) -> Result<Vec<T>, Shortage> {
    let mut assignment = Assignment::of(nodes);
    let mut seen = Vec::new();
    let mut eligible: usize = 0;
    let mut look_up = |position| Some(candidate(position)).filter(|(_, slots)| !slots.is_empty());

    for _ in 0..DRAWS_PER_NODE.saturating_mul(u32::from(nodes.get())) {
        if members == 0 || assignment.is_complete() {
            break;
        }
        let position = chance.uniform(members);
        if let Err(place) = seen.binary_search(&position) {
            seen.insert(place, position);
            if let Some((node, slots)) = look_up(position) {
                eligible = eligible.saturating_add(1);
                assignment.offer(node, slots);
            }
        }
    }

    if !assignment.is_complete() {
        let unseen = (0..members).filter(|position| seen.binary_search(position).is_err());
        let mut rest: Vec<(T, Slots)> = unseen.filter_map(look_up).collect();
        eligible = eligible.saturating_add(rest.len());
        while !assignment.is_complete() && !rest.is_empty() {
            let (node, slots) = rest.swap_remove(chance.index(rest.len()));
            assignment.offer(node, slots);
        }
    }

    let placed = assignment.placed();
    assignment.complete().ok_or(Shortage { placed, eligible })
}

/// The random numbers of one draw, made from hashes: all the chance that a contract has.
///
/// A deployer can try transactions until the hash suits it; registry.md 7.3 says what that takes.
#[derive(Clone, Debug)]
pub struct Chance {
    key: [u8; 32],
    block: [u8; 32],
    next_block: u32,
    used: usize,
}

impl Chance {
    /// The numbers that `transaction` gives to a request for `served`.
    pub fn of(transaction: &Hash, served: ServedContract) -> Chance {
        let mut key = Sha256::new();
        key.update(wire::hash_bytes(transaction));
        key.update(wire::address_bytes(&served.address()));
        Chance { key: key.finalize().into(), block: [0; 32], next_block: 0, used: 32 }
    }

    /// A number from 0 (inclusive) to `bound` (exclusive), each equally likely. Takes at least one
    /// word, also for a bound of 1, which is the smallest.
    pub fn uniform(&mut self, bound: u32) -> u32 {
        let words = 1_u64 << 32;
        let bound = u64::from(bound.max(1));
        let fair = words.saturating_sub(words.checked_rem(bound).unwrap_or(0));
        loop {
            let word = u64::from(self.word());
            if word < fair {
                let number = word.checked_rem(bound).unwrap_or(0);
                return u32::try_from(number).expect("invariant: below a bound that fits");
            }
        }
    }

    fn index(&mut self, length: usize) -> usize {
        let bound = u32::try_from(length).expect("invariant: a roster has less than 2^32 members");
        usize::try_from(self.uniform(bound)).expect("invariant: an index fits")
    }

    fn word(&mut self) -> u32 {
        let rest = self.block.get(self.used..).filter(|rest| !rest.is_empty());
        let Some((word, _)) = rest.and_then(<[u8]>::split_first_chunk) else {
            self.refill();
            return self.word();
        };
        self.used = self.used.saturating_add(word.len());
        u32::from_be_bytes(*word)
    }

    fn refill(&mut self) {
        let mut block = Sha256::new();
        block.update(self.key);
        block.update(self.next_block.to_be_bytes());
        self.block = block.finalize().into();
        self.next_block = self.next_block.wrapping_add(1);
        self.used = 0;
    }
}

#[cfg(test)]
mod tests;
