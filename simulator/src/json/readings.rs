//! What a live document means by its times and scores, which nobody has written down.
//!
//! An export is taken at its word and has no readings.
//!
//! Source: `registry.md` 11.2, readings 1 and 2; `run-a-zk-node.md`, *How to check if your tokens
//! are pending unlock*.

use std::fmt;

use zk_node_registry::ZkNodeScore;
use zk_node_registry::rules::stake::PENDING_PERIOD_MS;
use zk_node_registry::rules::units::Timestamp;

/// How far the clock of whoever read the document may be off: 10 minutes, in milliseconds.
const TOLERANCE_MS: i128 = 10 * 60 * 1_000;

/// What `unlockTime` is the time of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The release, as the operators' guide says.
    Release,
    /// The end of the 14 days, as the name says.
    Unlock,
}

/// What `allocatedScore` counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScoreMeaning {
    /// Completed allocations.
    Completed,
    /// Started allocations: completed and running ones.
    Started,
    /// Neither throughout.
    Mixed,
}

/// One way to read a document, and whether the document leaves no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading<T> {
    /// What the document was taken to mean.
    pub meaning: T,
    /// Whether it shows that it means this.
    pub proven: bool,
}

/// The two readings of a live document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Readings {
    /// The meaning of `unlockTime`.
    pub unlock_time: Reading<Clock>,
    /// What the allocated score counts.
    pub allocated_score: Reading<ScoreMeaning>,
}

impl fmt::Display for Reading<Clock> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let meaning = match self.meaning {
            Clock::Release => "unlockTime is the time of the release",
            Clock::Unlock => "unlockTime is 14 days after the release",
        };
        write!(f, "{meaning}{}", proof(self.proven))
    }
}

impl fmt::Display for Reading<ScoreMeaning> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let meaning = match self.meaning {
            ScoreMeaning::Completed => "allocatedScore counts completed allocations",
            ScoreMeaning::Started => "allocatedScore counts started allocations",
            ScoreMeaning::Mixed => "allocatedScore is mixed",
        };
        write!(f, "{meaning}{}", proof(self.proven))
    }
}

fn proof(proven: bool) -> &'static str {
    if proven { "" } else { " (not proven)" }
}

/// Whether a pending time is later than any that belongs to a state of `as_of`: it has no say in
/// what times mean.
pub(super) fn is_beyond(time: i64, as_of: Timestamp) -> bool {
    i128::from(time) > i128::from(as_of.millis()) + pending_period() + TOLERANCE_MS
}

/// Whether a pending time is too late for a release in a state of `as_of`.
pub(super) fn is_future_release(time: i64, as_of: Timestamp) -> bool {
    i128::from(time) > i128::from(as_of.millis()) + TOLERANCE_MS
}

/// Reading 1, over all pending times of a document.
pub(super) fn read_clock(times: impl Iterator<Item = i64>, as_of: Timestamp) -> Reading<Clock> {
    let latest = times.filter(|time| !is_beyond(*time, as_of)).max();
    match latest {
        Some(time) if is_future_release(time, as_of) => {
            Reading { meaning: Clock::Unlock, proven: true }
        }
        // An unlock time in the past belongs to tokens that nobody has swept yet; so only one that
        // is younger than 14 days must be a release.
        latest => {
            let young = i128::from(as_of.millis()) - pending_period();
            let proven = latest.is_some_and(|time| i128::from(time) > young);
            Reading { meaning: Clock::Release, proven }
        }
    }
}

/// The time of the release, by what `time` means; `None` beyond the range of `i64`.
pub(super) fn released_at(time: i64, clock: Clock) -> Option<i64> {
    match clock {
        Clock::Release => Some(time),
        Clock::Unlock => i64::try_from(i128::from(time) - pending_period()).ok(),
    }
}

/// Reading 2, over the scores of all nodes and the number of their running allocations.
pub(super) fn read_score(
    nodes: impl Iterator<Item = (ZkNodeScore, usize)> + Clone,
) -> Reading<ScoreMeaning> {
    let all = |fits: fn(i64, usize) -> bool| {
        nodes.clone().all(|(score, running)| fits(not_ended(&score), running))
    };
    if all(|difference, _| difference == 0) {
        let proven = nodes.clone().any(|(_, running)| running > 0);
        Reading { meaning: ScoreMeaning::Completed, proven }
    } else if all(|difference, running| usize::try_from(difference) == Ok(running)) {
        Reading { meaning: ScoreMeaning::Started, proven: true }
    } else {
        Reading { meaning: ScoreMeaning::Mixed, proven: true }
    }
}

/// How many allocations the score counts as allocated and not as ended.
pub(super) fn not_ended(score: &ZkNodeScore) -> i64 {
    let [allocated, failure, success] =
        [score.allocated_score, score.failure_score, score.success_score].map(i64::from);
    allocated - success - failure
}

fn pending_period() -> i128 {
    i128::from(PENDING_PERIOD_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AS_OF: i64 = 1_750_000_000_000;
    const H: i64 = 14 * 24 * 60 * 60 * 1_000;
    const TEN_MINUTES: i64 = 600_000;

    fn clock(times: &[i64]) -> Reading<Clock> {
        read_clock(times.iter().copied(), Timestamp::from_millis(AS_OF))
    }

    #[test]
    fn one_time_in_the_future_shows_that_all_are_unlock_times() {
        let release = |proven| Reading { meaning: Clock::Release, proven };
        let unlock = Reading { meaning: Clock::Unlock, proven: true };
        let table: [(&str, &[i64], Reading<Clock>); 10] = [
            ("no entry", &[], release(false)),
            ("14 days old", &[AS_OF - H], release(false)),
            ("a millisecond younger", &[AS_OF - H + 1], release(true)),
            ("just read", &[AS_OF], release(true)),
            ("within the tolerance", &[AS_OF + TEN_MINUTES], release(true)),
            ("beyond the tolerance", &[AS_OF + TEN_MINUTES + 1], unlock),
            ("one of several", &[AS_OF - H, AS_OF + H, AS_OF], unlock),
            ("the latest with a say", &[AS_OF + H + TEN_MINUTES], unlock),
            ("too late for a say", &[AS_OF + H + TEN_MINUTES + 1], release(false)),
            ("the ends of i64", &[i64::MIN, i64::MAX], release(false)),
        ];
        for (case, times, expected) in table {
            assert_eq!(clock(times), expected, "{case}");
        }
    }

    #[test]
    fn unlock_times_lie_14_days_after_the_release() {
        assert_eq!(released_at(AS_OF, Clock::Release), Some(AS_OF));
        assert_eq!(released_at(AS_OF, Clock::Unlock), Some(AS_OF - H));
        assert_eq!(released_at(i64::MIN + H, Clock::Unlock), Some(i64::MIN));
        assert_eq!(released_at(i64::MIN + H - 1, Clock::Unlock), None);
    }

    #[test]
    fn the_score_counts_what_the_difference_shows() {
        let node = |allocated_score, running| {
            (ZkNodeScore { allocated_score, failure_score: 1, success_score: 2 }, running)
        };
        let reading = |meaning, proven| Reading { meaning, proven };
        let table = [
            ("no node", vec![], reading(ScoreMeaning::Completed, false)),
            ("nobody runs", vec![node(3, 0)], reading(ScoreMeaning::Completed, false)),
            ("one runs", vec![node(3, 0), node(3, 2)], reading(ScoreMeaning::Completed, true)),
            (
                "running ones count",
                vec![node(3, 0), node(5, 2)],
                reading(ScoreMeaning::Started, true),
            ),
            ("some count", vec![node(3, 1), node(5, 2)], reading(ScoreMeaning::Mixed, true)),
            ("one too few", vec![node(2, 0)], reading(ScoreMeaning::Mixed, true)),
            ("the ends of i32", vec![node(i32::MAX, 1)], reading(ScoreMeaning::Mixed, true)),
        ];
        for (case, nodes, expected) in table {
            assert_eq!(read_score(nodes.into_iter()), expected, "{case}");
        }
    }
}
