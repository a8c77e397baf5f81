//! When the next thing happens.

use rand::Rng;
use rand::seq::IteratorRandom;

use super::Pen;
use super::numbers::DAY;

/// How long released tokens stay pending, in milliseconds, as far as interesting moments go.
const PENDING: i64 = 14 * DAY;

impl Pen<'_> {
    /// Lets time pass, or step back, though never before `start`.
    pub(super) fn move_clock(&mut self, start: i64) {
        let now = self.now;
        let then = match self.chance.random_range(0..40) {
            0 | 1 => now.checked_add(1),
            2 => now.checked_add(DAY),
            3 => now.checked_add(PENDING - 1),
            4 => now.checked_add(PENDING),
            5 => now.checked_sub(1),
            6 => now.checked_sub(self.chance.random_range(0..DAY)),
            7 => now.checked_add(self.chance.random_range(0..3 * DAY)),
            8..11 => self.maturity(),
            11 | 12 => self.expiry(),
            13 if self.lot(1, 20) => Some(i64::MAX - self.chance.random_range(0..40 * DAY)),
            14 if self.lot(1, 4) => now.checked_add(self.chance.random_range(0..400 * DAY)),
            // Out of a time at which nothing can happen any more.
            15 if now > start.saturating_add(4_000 * DAY) => {
                start.checked_add(self.chance.random_range(0..1_000 * DAY))
            }
            _ => None,
        };
        self.now = then.unwrap_or(now).max(start);
    }

    /// Around the moment at which some pending tokens become free.
    fn maturity(&mut self) -> Option<i64> {
        let pending =
            self.facts.staked_tokens.values().flat_map(|it| it.pending_unlock.iter().take(8));
        let release = pending.choose_stable(self.chance)?.unlock_time;
        let around = self.chance.random_range(-1..=1);
        release.checked_add(PENDING)?.checked_add(around)
    }

    /// Around the moment at which some stake expires.
    fn expiry(&mut self) -> Option<i64> {
        let expirations =
            self.facts.staked_tokens.values().filter_map(|it| it.expiration_timestamp);
        let soon = expirations.filter(|at| *at < i64::MAX - DAY);
        soon.choose_stable(self.chance)?.checked_add(self.chance.random_range(-1..=1))
    }
}
