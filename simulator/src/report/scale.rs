//! Ticks and labels of axes: UTC dates, and amounts in MPC.

use std::iter;

use jiff::Timestamp as Utc;
use jiff::tz::TimeZone;

use crate::step::Origin;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Distances between dates that read well, in milliseconds.
const STEPS: [i64; 18] = [
    MINUTE,
    5 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    5 * DAY,
    7 * DAY,
    14 * DAY,
    28 * DAY,
    56 * DAY,
    91 * DAY,
    182 * DAY,
    365 * DAY,
];

/// At most `most` dates between `begin` and `end`, in milliseconds since 1970: whole minutes, hours or
/// days.
pub(super) fn dates(begin: i64, end: i64, most: i64) -> Vec<i64> {
    let span = end.saturating_sub(begin).max(1);
    // Labels of longer axes have no time of day.
    let fits = |step: &i64| span / step < most && (*step >= DAY || span <= 2 * DAY);
    let step = STEPS.into_iter().find(fits).unwrap_or_else(|| (span / most.max(1)).max(1));
    let first = begin.div_euclid(step).saturating_mul(step);
    let tick = |index: i64| first.checked_add(index.checked_mul(step)?);
    let ticks = (0..=most + 1).filter_map(tick);
    ticks.filter(|tick| (begin..=end).contains(tick)).collect()
}

/// A date on an axis that is `span` milliseconds long.
pub(super) fn date_label(millis: i64, span: i64) -> String {
    let format = match span {
        ..DAY => "%H:%M",
        DAY..=172_800_000 => "%-d %b %H:%M",
        172_800_001..=31_536_000_000 => "%-d %b",
        _ => "%b %Y",
    };
    shown(millis, format)
}

/// A date in full: `27 Jun 2025 10:57 UTC`; midnight has no time.
pub(super) fn date(millis: i64) -> String {
    match (millis.rem_euclid(DAY), millis.rem_euclid(MINUTE)) {
        (0, _) => shown(millis, "%-d %b %Y"),
        (_, 0) => shown(millis, "%-d %b %Y %H:%M UTC"),
        _ => shown(millis, "%-d %b %Y %H:%M:%S UTC"),
    }
}

/// How many characters the labels between `begin` and `end` have at most.
pub(super) fn widest_date_label(begin: i64, end: i64) -> u32 {
    let span = end.saturating_sub(begin);
    // A day of two digits may lie between two of one.
    let widths = [begin, end, 9 * DAY].map(|at| date_label(at, span).chars().count());
    widths.into_iter().max().and_then(|width| u32::try_from(width).ok()).unwrap_or(10)
}

fn shown(millis: i64, format: &str) -> String {
    Utc::from_millisecond(millis).map_or_else(
        |_| Origin::shown(millis),
        |time| time.to_zoned(TimeZone::UTC).strftime(format).to_string(),
    )
}

/// Amounts from 0 to `largest` that read well, in units: at most about `most`.
pub(super) fn amounts(largest: i64, most: i64) -> Vec<i64> {
    let rough = largest / most.max(1) + 1;
    let powers = iter::successors(Some(1_i64), |power| power.checked_mul(10));
    let steps = powers.flat_map(|power| [1, 2, 5].map(|it| power.saturating_mul(it)));
    let step = steps.into_iter().find(|step| *step >= rough).unwrap_or(i64::MAX);
    let tick = |index: i64| index.checked_mul(step);
    (0..=most).map_while(tick).filter(|tick| *tick <= largest).collect()
}

/// An amount of units in MPC: `75,000`, `-0.0001`.
pub(super) fn mpc(units: i64) -> String {
    crate::quantity::Amount::from_units(units).to_string().replace('_', ",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_on_an_axis_are_few_and_round() {
        let day = 86_400_000;
        assert_eq!(dates(0, 10 * day, 6), [0, 2 * day, 4 * day, 6 * day, 8 * day, 10 * day]);
        assert_eq!(dates(day / 2, 3 * day, 6), [day, 2 * day, 3 * day]);
        let halves = [0, 1, 2, 3, 4].map(|half| half * day / 2);
        assert_eq!(dates(0, 2 * day, 6), halves);
        for (begin, end) in [(0, 0), (0, i64::MAX), (i64::MIN, i64::MAX), (5, 6)] {
            assert!(dates(begin, end, 6).len() <= 8, "{begin} {end}");
        }
    }

    #[test]
    fn amounts_on_an_axis_are_few_and_round() {
        let mpc = 10_000;
        let expected = [0, 20_000 * mpc, 40_000 * mpc, 60_000 * mpc];
        assert_eq!(amounts(75_000 * mpc, 5), expected);
        assert_eq!(amounts(1, 5), [0, 1]);
        for largest in [0, 7, 123_456, i64::MAX] {
            let ticks = amounts(largest, 5);
            assert!((1..=6).contains(&ticks.len()), "{largest}: {ticks:?}");
        }
    }

    #[test]
    fn amounts_and_dates_are_shown_as_people_write_them() {
        assert_eq!(mpc(750_000_000), "75,000");
        assert_eq!(date(1_749_988_800_000), "15 Jun 2025 12:00 UTC");
        assert_eq!(date(1_749_945_600_000), "15 Jun 2025");
        assert_eq!(date(i64::MAX), "9223372036854775807 ms after 1970");
    }
}
