//! The strategy below all others: lists of bytes, in groups, that shrink together.
//!
//! A history has a group of moves, one of accounts, and so on. Shrinking goes over all of it again
//! and again, until nothing can be left out and no byte can be smaller: what is superfluous often
//! shows only when something else has become simple.

use std::ops::RangeInclusive;

use proptest::prelude::*;
use proptest::strategy::{NewTree, ValueTree};
use proptest::test_runner::TestRunner;

use crate::choices::Choices;

/// Things of one kind.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// How many there are.
    pub(crate) count: RangeInclusive<usize>,
    /// The bytes that each uses at most.
    pub(crate) bytes: usize,
}

/// Bytes for all things of these groups, those of the first group first.
pub(crate) fn parts<const N: usize>(
    groups: [Group; N],
) -> impl Strategy<Value = [Vec<Choices>; N]> {
    Parts { groups }
}

#[derive(Debug)]
struct Parts<const N: usize> {
    groups: [Group; N],
}

impl<const N: usize> Strategy for Parts<N> {
    type Tree = Tree<N>;
    type Value = [Vec<Choices>; N];

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let mut pieces = Vec::new();
        for (group, Group { count, bytes }) in self.groups.iter().enumerate() {
            let span = count.end() - count.start() + 1;
            let more = usize::try_from(runner.rng().next_u32()).unwrap_or_default() % span;
            for _ in 0..count.start() + more {
                let mut bytes = vec![0; *bytes];
                runner.rng().fill_bytes(&mut bytes);
                pieces.push(Piece { group, bytes });
            }
        }
        let next = Cut::Drop { at: 0, size: (pieces.len() / 2).max(1) };
        let least = std::array::from_fn(|group| *self.groups[group].count.start());
        Ok(Tree { pieces, least, before: None, next, has_progressed: false })
    }
}

/// The bytes of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    group: usize,
    bytes: Vec<u8>,
}

/// What is tried next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// Leave out so many pieces from here on.
    Drop { at: usize, size: usize },
    /// Drop the second half of a piece, or at last its last byte.
    Shorten { piece: usize, to_half: bool },
    /// Make a byte of a piece smaller: to 0, to a half, by 1.
    Byte { piece: usize, at: usize, how: How },
    /// Nothing more in this round.
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Zero,
    Half,
    Less,
}

/// Pieces on their way to the simplest ones.
#[derive(Debug)]
struct Tree<const N: usize> {
    pieces: Vec<Piece>,
    /// How many pieces each group keeps.
    least: [usize; N],
    /// What they were before the last cut.
    before: Option<Vec<Piece>>,
    next: Cut,
    /// Whether a cut of this round was good.
    has_progressed: bool,
}

impl<const N: usize> Tree<N> {
    /// The cut that comes after `cut`, which cannot be made, or not any more.
    fn after(&self, cut: Cut) -> Cut {
        match cut {
            Cut::Drop { at, size } if at + size < self.pieces.len() => {
                Cut::Drop { at: at + size, size }
            }
            Cut::Drop { size, .. } if size > 1 => Cut::Drop { at: 0, size: size / 2 },
            Cut::Drop { .. } => self.piece(0),
            Cut::Shorten { piece, to_half: true } => Cut::Shorten { piece, to_half: false },
            Cut::Shorten { piece, .. } => self.byte(piece, 0),
            Cut::Byte { piece, at, how: How::Zero } => Cut::Byte { piece, at, how: How::Half },
            Cut::Byte { piece, at, how: How::Half } => Cut::Byte { piece, at, how: How::Less },
            Cut::Byte { piece, at, .. } => self.byte(piece, at + 1),
            Cut::End => Cut::End,
        }
    }

    fn piece(&self, piece: usize) -> Cut {
        match piece < self.pieces.len() {
            true => Cut::Shorten { piece, to_half: true },
            false => Cut::End,
        }
    }

    fn byte(&self, piece: usize, at: usize) -> Cut {
        match self.pieces.get(piece).is_some_and(|it| at < it.bytes.len()) {
            true => Cut::Byte { piece, at, how: How::Zero },
            false => self.piece(piece + 1),
        }
    }

    /// The pieces after a cut; `None` if it changes nothing, or leaves too little.
    fn cut(&self, cut: Cut) -> Option<Vec<Piece>> {
        let mut pieces = self.pieces.clone();
        match cut {
            Cut::Drop { at, size } => {
                let end = (at + size).min(pieces.len());
                pieces.drain(at.min(end)..end);
                let count = |group| pieces.iter().filter(|it| it.group == group).count();
                if (0..N).any(|group| count(group) < self.least[group]) {
                    return None;
                }
            }
            Cut::Shorten { piece, to_half } => {
                let bytes = &mut pieces.get_mut(piece)?.bytes;
                let length = if to_half { bytes.len() / 2 } else { bytes.len().saturating_sub(1) };
                bytes.truncate(length);
            }
            Cut::Byte { piece, at, how } => {
                let byte = pieces.get_mut(piece)?.bytes.get_mut(at)?;
                *byte = match how {
                    How::Zero => 0,
                    How::Half => *byte / 2,
                    How::Less => byte.saturating_sub(1),
                };
            }
            Cut::End => return None,
        }
        (pieces != self.pieces).then_some(pieces)
    }

    /// Makes the next cut that changes something; false if there is none.
    fn cut_next(&mut self) -> bool {
        loop {
            if let Some(pieces) = self.cut(self.next) {
                self.before = Some(std::mem::replace(&mut self.pieces, pieces));
                return true;
            }
            self.next = self.after(self.next);
            if self.next == Cut::End {
                if !self.has_progressed {
                    return false;
                }
                self.has_progressed = false;
                self.next = Cut::Drop { at: 0, size: 1 };
            }
        }
    }
}

impl<const N: usize> ValueTree for Tree<N> {
    type Value = [Vec<Choices>; N];

    fn current(&self) -> [Vec<Choices>; N] {
        std::array::from_fn(|group| {
            let pieces = self.pieces.iter().filter(|it| it.group == group);
            pieces.map(|it| Choices::new(it.bytes.clone())).collect()
        })
    }

    fn simplify(&mut self) -> bool {
        self.has_progressed |= self.before.take().is_some();
        self.cut_next()
    }

    /// Takes the last cut back, and goes on with the next: what was there before is known to fail.
    fn complicate(&mut self) -> bool {
        let Some(before) = self.before.take() else { return false };
        self.pieces = before;
        self.next = self.after(self.next);
        self.cut_next();
        true
    }
}
