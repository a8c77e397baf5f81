//! The draw of 7.3, over positions: which position of the roster fills which slot.
//!
//! It knows no nodes. Whoever calls it says for each position which slots accept it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use sha2::{Digest, Sha256};

use crate::constants::DRAWS_PER_NODE;
use crate::state::Address;

/// What a draw did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draw {
    /// The positions drawn, repetitions and rejected ones included.
    pub drawn: Vec<usize>,
    /// The positions that the complete scan then offered, in order; empty without a scan.
    pub scanned: Vec<usize>,
    /// The position in each slot; `None` if the slot stayed empty.
    pub slots: Vec<Option<usize>>,
}

/// Draws for `k` slots. `accepts[p][s]` says whether slot `s` accepts roster position `p`.
pub fn draw(transaction: &[u8; 32], contract: &Address, k: usize, accepts: &[Vec<bool>]) -> Draw {
    let n = accepts.len();
    let mut words = Words::new(transaction, contract);
    let mut slots = Slots { accepts, taken_by: vec![None; k] };
    let mut seen = vec![false; n];
    let mut drawn = Vec::new();
    let mut scanned = Vec::new();

    // Drawing.
    for _ in 0..DRAWS_PER_NODE * k {
        if !slots.one_is_empty() || n == 0 {
            break;
        }
        let p = words.uniform(n);
        drawn.push(p);
        if !seen[p] {
            seen[p] = true;
            if slots.some_slot_accepts(p) {
                slots.offer(p);
            }
        }
    }

    // Complete scan.
    if slots.one_is_empty() {
        let mut rest: Vec<usize> =
            (0..n).filter(|p| !seen[*p] && slots.some_slot_accepts(*p)).collect();
        while slots.one_is_empty() && !rest.is_empty() {
            let j = words.uniform(rest.len());
            let p = rest[j];
            rest[j] = rest[rest.len() - 1];
            rest.pop();
            scanned.push(p);
            slots.offer(p);
        }
    }

    Draw { drawn, scanned, slots: slots.taken_by }
}

/// The stream of big-endian words out of the hash.
struct Words {
    key: [u8; 32],
    next_block: u32,
    left: VecDeque<u32>,
}

impl Words {
    fn new(transaction: &[u8; 32], contract: &Address) -> Words {
        let mut seed = transaction.to_vec();
        seed.extend(contract);
        Words { key: sha256(&seed), next_block: 0, left: VecDeque::new() }
    }

    fn next(&mut self) -> u32 {
        if self.left.is_empty() {
            let mut input = self.key.to_vec();
            input.extend(self.next_block.to_be_bytes());
            for word in sha256(&input).chunks_exact(4) {
                self.left.push_back(u32::from_be_bytes(word.try_into().expect("4 bytes")));
            }
            self.next_block += 1;
        }
        self.left.pop_front().expect("a block has eight words")
    }

    /// `uniform(n)`: words at or above the last multiple of `n` are thrown away.
    fn uniform(&mut self, n: usize) -> usize {
        let n = u64::try_from(n).expect("a roster has fewer than 2^32 members");
        let all = 1u64 << 32;
        let limit = all - all % n;
        loop {
            let word = u64::from(self.next());
            if word < limit {
                return usize::try_from(word % n).expect("below n");
            }
        }
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The slots while they fill.
struct Slots<'a> {
    accepts: &'a [Vec<bool>],
    taken_by: Vec<Option<usize>>,
}

impl Slots<'_> {
    fn one_is_empty(&self) -> bool {
        self.taken_by.iter().any(Option::is_none)
    }

    fn some_slot_accepts(&self, p: usize) -> bool {
        !self.slots_that_accept(p).is_empty()
    }

    /// Ascending.
    fn slots_that_accept(&self, p: usize) -> Vec<usize> {
        (0..self.taken_by.len()).filter(|slot| self.accepts[p][*slot]).collect()
    }

    /// `offer(node)` of 7.3.
    fn offer(&mut self, p: usize) {
        // 1. The lowest empty slot that accepts it.
        for slot in self.slots_that_accept(p) {
            if self.taken_by[slot].is_none() {
                self.taken_by[slot] = Some(p);
                return;
            }
        }
        // 2. The shortest way to an empty slot; 3. without one the node is left out for good.
        let Some(path) = self.path_to_an_empty_slot(p) else { return };
        for step in (1..path.len()).rev() {
            self.taken_by[path[step]] = self.taken_by[path[step - 1]];
        }
        self.taken_by[path[0]] = Some(p);
    }

    /// Breadth-first from the slots that accept `p`, always ascending. The slots on the path,
    /// from the one that `p` takes to the empty one.
    fn path_to_an_empty_slot(&self, p: usize) -> Option<Vec<usize>> {
        let mut visited: BTreeSet<usize> = self.slots_that_accept(p).into_iter().collect();
        let mut queue: VecDeque<usize> = visited.iter().copied().collect();
        let mut came_from: BTreeMap<usize, usize> = BTreeMap::new();
        while let Some(slot) = queue.pop_front() {
            let Some(occupant) = self.taken_by[slot] else {
                let mut path = vec![slot];
                while let Some(before) = came_from.get(&path[0]) {
                    path.insert(0, *before);
                }
                return Some(path);
            };
            for next in self.slots_that_accept(occupant) {
                if visited.insert(next) {
                    came_from.insert(next, slot);
                    queue.push_back(next);
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Such words are too rare to meet them by hash.
    #[test]
    fn words_above_the_last_multiple_are_thrown_away() {
        let uniform = |n, words: &[u32]| {
            let left = words.iter().copied().collect();
            let mut words = Words { key: [0; 32], next_block: 0, left };
            (words.uniform(n), words.left.len())
        };
        let last = u32::MAX;
        assert_eq!(uniform(3, &[last, 7, 9]), (1, 1), "2^32 mod 3 = 1: one word is thrown away");
        assert_eq!(uniform(3, &[last - 1, 7, 9]), (2, 2));
        assert_eq!(uniform(5, &[last, 7]), (2, 0), "2^32 mod 5 = 1");
        assert_eq!(uniform(7, &[last - 3, last - 4, 7]), (6, 1), "2^32 mod 7 = 4");
        assert_eq!(uniform(4, &[last, 7]), (3, 1), "a power of two throws none away");
        assert_eq!(uniform(1, &[last, 7]), (0, 1), "one word for one choice, too");
    }
}
