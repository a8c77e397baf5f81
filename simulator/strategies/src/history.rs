//! Whole histories: a state to begin with, and moves of a clock, callers and mail.

use std::fmt;

use proptest::prelude::*;
use zkreg::chain::EngineContract;
use zkreg::engine::NativeEngine;
use zkreg::image::Image;
use zkreg::invariants::Registry;

use crate::calls::CALL_BYTES;
use crate::choices::Choices;
use crate::parts::{Group, parts};
use crate::run::{Broken, Run};
use crate::states::{GROUPS, NOW, build, state_of};
use crate::story;

/// The most bytes that a move can use.
const MOVE_BYTES: usize = CALL_BYTES + 4;
/// The bytes of a move in [`History::of_bytes`].
const CHUNK: usize = 24;
/// The most moves in a history of [`histories`].
const MOST_MOVES: usize = 60;

/// A state, and what happens to it.
///
/// A move is about the state that it meets: it says "a tenth of what is free", not "7 units", and
/// "the second callback under way", not its bytes. So a history can be played on any
/// implementation, and makes sense still when moves are taken out of it.
#[derive(Clone, PartialEq, Eq)]
pub struct History {
    /// How it begins, at [`NOW`].
    pub start: Image,
    /// What happens, one after the other.
    pub moves: Vec<Choices>,
}

/// Histories of up to 60 moves: calls, now and then damaged bytes; callbacks that succeed, fail,
/// come late, out of order or twice; time that passes, to the millisecond before something becomes
/// free say, and steps back.
///
/// They shrink by losing moves, accounts and work, and by making what is left simpler, until nothing
/// more can go.
pub fn histories() -> impl Strategy<Value = History> {
    let [accounts, work, settings] = GROUPS;
    let moves = Group { count: 0..=MOST_MOVES, bytes: MOVE_BYTES };
    parts([moves, accounts, work, settings]).prop_map(|[moves, accounts, work, settings]| History {
        start: build(&settings[0], &accounts, &work),
        moves,
    })
}

impl History {
    /// The history that any bytes are, for fuzzers.
    pub fn of_bytes(bytes: &[u8]) -> History {
        let (start, rest) = state_of(bytes);
        let moves = rest.chunks(CHUNK).take(200).map(Choices::new).collect();
        History { start, moves }
    }

    /// Plays it on the registry that `begin` makes from the start, and checks every property after
    /// each step; at the end also those that have to be tried.
    ///
    /// # Errors
    ///
    /// The properties that were broken first, and the story that led there.
    pub fn check<R: Registry>(&self, begin: impl FnOnce(&Image) -> R) -> Result<Run<R>, Broken> {
        let mut run = Run::begin(begin(&self.start), NOW)?;
        for choices in &self.moves {
            run.step(&mut choices.chooser())?;
        }
        run.finish()?;
        Ok(run)
    }
}

/// The registry of this workspace in a state: its linked contract.
pub fn linked(start: &Image) -> EngineContract {
    let (root, trees) = start.store();
    EngineContract::restore(root, trees, Box::new(NativeEngine::of("zk_node_registry")))
}

/// The start, then a line for each move, as the linked contract goes through it.
impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = match self.check(linked) {
            Ok(run) => run.lines().to_vec(),
            Err(broken) => broken.lines,
        };
        writeln!(f, "{} moves", self.moves.len())?;
        for line in story::state(&self.start, NOW).iter().chain(&lines) {
            writeln!(f, "{line}")?;
        }
        Ok(())
    }
}
