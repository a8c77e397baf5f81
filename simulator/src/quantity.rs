//! The quantities a scenario writes: how many tokens, which time, which version.
//!
//! Each parses and prints, both ways. They are what a caller *sends*: an [`Amount`] may be
//! negative, because sending a negative amount to the registry is a story too.

use std::fmt;
use std::str::FromStr;

use winnow::Parser;
use winnow::combinator::{opt, preceded};
use winnow::error::ContextError;
use winnow::token::take_while;

use crate::problem::{Problem, quote};

/// Units in one MPC.
const UNITS_PER_MPC: i64 = 10_000;
/// Decimals of an MPC amount.
const DECIMALS: usize = 4;
/// Milliseconds in a day, an hour, a minute and a second.
const DAY: u64 = 24 * HOUR;
const HOUR: u64 = 60 * MINUTE;
const MINUTE: u64 = 60 * SECOND;
const SECOND: u64 = 1_000;

/// An amount of MPC in units of 1/10,000: any `i64`, as the wire carries it.
///
/// Text: MPC with underscores and up to four decimals, `75_000` or `-0.0001`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(i64);

impl Amount {
    /// Nothing.
    pub const ZERO: Amount = Amount(0);

    /// The amount of `units`.
    pub const fn from_units(units: i64) -> Amount {
        Amount(units)
    }

    /// The amount in units.
    pub const fn units(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = self.0.unsigned_abs();
        let per_mpc = UNITS_PER_MPC.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        let whole = grouped(units / per_mpc);
        let fraction = format!("{:0DECIMALS$}", units % per_mpc);
        match fraction.trim_end_matches('0') {
            "" => f.pad(&format!("{sign}{whole}")),
            decimals => f.pad(&format!("{sign}{whole}.{decimals}")),
        }
    }
}

impl FromStr for Amount {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Amount, Problem> {
        let whole_text = 0..text.len();
        let mut shape = (opt('-'), digits, opt(preceded('.', digits)));
        let Ok((minus, whole, decimals)) = shape.parse(text) else {
            return Err(Problem::new(whole_text, format!("{} is not an amount", quote(text)))
                .with_remedy("write MPC with up to four decimals, such as `75_000` or `0.0001`"));
        };
        let decimals = without_underscores(decimals.unwrap_or(""));
        if decimals.len() > DECIMALS {
            let message = format!("{} has more than four decimals", quote(text));
            return Err(
                Problem::new(whole_text, message).with_remedy("the smallest unit is `0.0001` MPC")
            );
        }
        let units = format!("{}{decimals:0<DECIMALS$}", without_underscores(whole));
        let sign = if minus.is_some() { "-" } else { "" };
        format!("{sign}{units}").parse().map(Amount).map_err(|_| {
            Problem::new(whole_text, format!("{} does not fit in 64 bits", quote(text)))
                .with_remedy(format!(
                    "amounts go from `{}` to `{}`",
                    Amount(i64::MIN),
                    Amount(i64::MAX)
                ))
        })
    }
}

/// A time of a scenario, in milliseconds since its start.
///
/// Text: days, then optionally the time of day, `43d` or `43d23:59:59.999`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(u64);

impl Moment {
    /// When the scenario starts.
    pub const START: Moment = Moment(0);
    /// The last moment that can be written.
    pub const MAX: Moment = Moment(i64::MAX.unsigned_abs());

    /// The moment `millis` after the start; `None` before the start.
    pub const fn from_millis(millis: i64) -> Option<Moment> {
        if millis < 0 { None } else { Some(Moment(millis.unsigned_abs())) }
    }

    /// Milliseconds since the start; never negative.
    pub const fn millis(self) -> i64 {
        self.0.cast_signed()
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, hours, minutes) = (self.0 / DAY, self.0 / HOUR % 24, self.0 / MINUTE % 60);
        let (seconds, millis) = (self.0 / SECOND % 60, self.0 % SECOND);
        f.pad(&if millis > 0 {
            format!("{days}d{hours:02}:{minutes:02}:{seconds:02}.{millis:03}")
        } else if seconds > 0 {
            format!("{days}d{hours:02}:{minutes:02}:{seconds:02}")
        } else if hours > 0 || minutes > 0 {
            format!("{days}d{hours:02}:{minutes:02}")
        } else {
            format!("{days}d")
        })
    }
}

impl FromStr for Moment {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Moment, Problem> {
        let whole_text = 0..text.len();
        if text.starts_with('-') {
            let message = format!("{} lies before the start", quote(text));
            return Err(Problem::new(whole_text, message).with_remedy(
                "times count from the start, `0d`; they may step back, not below it",
            ));
        }
        let seconds = (preceded(':', two_digits), opt(preceded('.', digits_of(3))));
        let time_of_day = (two_digits, preceded(':', two_digits), opt(seconds));
        let mut shape = (take_while(1.., '0'..='9'), preceded('d', opt(time_of_day)));
        let Ok((days, time_of_day)) = shape.parse(text) else {
            return Err(Problem::new(whole_text, format!("{} is not a time", quote(text)))
                .with_remedy(
                    "write the days since the start, such as `43d` or `43d23:59:59.999`",
                ));
        };
        let (hours, minutes, seconds) = time_of_day.unwrap_or(("00", "00", None));
        let (seconds, millis) = seconds.unwrap_or(("00", None));
        if hours >= "24" || minutes >= "60" || seconds >= "60" {
            let message = format!("{} is not a time of day", quote(text));
            return Err(Problem::new(whole_text, message)
                .with_remedy("after the days come `00:00` to `23:59:59.999`"));
        }
        [
            (days, DAY),
            (hours, HOUR),
            (minutes, MINUTE),
            (seconds, SECOND),
            (millis.unwrap_or("0"), 1),
        ]
        .into_iter()
        .try_fold(0u64, |sum, (count, unit)| {
            sum.checked_add(count.parse::<u64>().ok()?.checked_mul(unit)?)
        })
        .filter(|millis| *millis <= Moment::MAX.0)
        .map(Moment)
        .ok_or_else(|| {
            Problem::new(whole_text, format!("{} does not fit in 64 bits", quote(text)))
                .with_remedy(format!("the last time is `{}`", Moment::MAX))
        })
    }
}

/// A protocol version as the wire carries it: three numbers, each any `i32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// The first number.
    pub major: i32,
    /// The second number.
    pub minor: i32,
    /// The third number.
    pub patch: i32,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl FromStr for Version {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Version, Problem> {
        let problem = || {
            Problem::new(0..text.len(), format!("{} is not a version", quote(text)))
                .with_remedy("write three numbers of at most 32 bits, such as `4.10.0`")
        };
        let mut numbers = text.split('.').map(number::<i32>);
        match [numbers.next(), numbers.next(), numbers.next(), numbers.next()] {
            [Some(Some(major)), Some(Some(minor)), Some(Some(patch)), None] => {
                Ok(Version { major, minor, patch })
            }
            _ => Err(problem()),
        }
    }
}

/// A plain decimal number, `-` allowed, no `+`; `None` if `text` is not one or does not fit.
pub(crate) fn number<T: FromStr>(text: &str) -> Option<T> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// `number` in groups of three digits: `75_000`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut groups: Vec<&str> = Vec::new();
    let mut rest = digits.as_str();
    while rest.len() > 3 {
        let (front, group) = rest.split_at(rest.len() - 3);
        groups.push(group);
        rest = front;
    }
    groups.push(rest);
    groups.reverse();
    groups.join("_")
}

fn without_underscores(digits: &str) -> String {
    digits.chars().filter(|digit| *digit != '_').collect()
}

/// Digits, with single underscores between them.
fn digits<'t>(input: &mut &'t str) -> Result<&'t str, ContextError> {
    take_while(1.., ('0'..='9', '_'))
        .verify(|text: &str| !text.starts_with('_') && !text.ends_with('_') && !text.contains("__"))
        .parse_next(input)
}

fn two_digits<'t>(input: &mut &'t str) -> Result<&'t str, ContextError> {
    digits_of(2).parse_next(input)
}

/// Exactly `count` digits.
fn digits_of<'t>(count: usize) -> impl Parser<&'t str, &'t str, ContextError> {
    take_while(count..=count, '0'..='9')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_mpc_with_four_decimals() {
        let table = [
            ("0", 0),
            ("1", 10_000),
            ("75_000", 750_000_000),
            ("0.0001", 1),
            ("-0.0001", -1),
            ("73_999.9999", 739_999_999),
            ("922_337_203_685_477.5807", i64::MAX),
            ("-922_337_203_685_477.5808", i64::MIN),
        ];
        for (text, units) in table {
            assert_eq!(text.parse(), Ok(Amount(units)), "{text}");
            assert_eq!(Amount(units).to_string(), text);
        }
    }

    #[test]
    fn amounts_can_be_written_in_other_ways_and_are_printed_in_one() {
        for (text, printed) in [("75000", "75_000"), ("007.50", "7.5"), ("-0", "0"), ("1_0", "10")]
        {
            assert_eq!(text.parse::<Amount>().unwrap().to_string(), printed, "{text}");
        }
    }

    #[test]
    fn an_amount_is_refused_one_unit_beyond_64_bits() {
        for text in ["922_337_203_685_477.5808", "-922_337_203_685_477.5809", &"9".repeat(10_000)] {
            let problem = text.parse::<Amount>().unwrap_err();
            assert!(problem.message.ends_with("does not fit in 64 bits"), "{problem}");
        }
    }

    #[test]
    fn malformed_amounts_are_refused() {
        for text in
            ["", "-", "_", "1_", "_1", "1__0", "1.", ".5", "+1", "1.00001", "1e3", "0x1", "1,000"]
        {
            assert!(text.parse::<Amount>().is_err(), "{text}");
        }
    }

    #[test]
    fn times_count_days_from_the_start() {
        let table = [
            ("0d", 0),
            ("1d", 86_400_000),
            ("0d00:01", 60_000),
            ("43d23:59:59", 43 * 86_400_000 + 86_399_000),
            ("43d23:59:59.999", 44 * 86_400_000 - 1),
            ("106751991167d07:12:55.807", i64::MAX),
        ];
        for (text, millis) in table {
            assert_eq!(text.parse(), Ok(Moment::from_millis(millis).unwrap()), "{text}");
            assert_eq!(Moment::from_millis(millis).unwrap().to_string(), text);
        }
    }

    #[test]
    fn malformed_times_are_refused() {
        let table = [
            ("-1d", "lies before the start"),
            ("1", "is not a time"),
            ("d", "is not a time"),
            ("1d1:00", "is not a time"),
            ("1d01", "is not a time"),
            ("1d01:00:00.5", "is not a time"),
            ("1d24:00", "is not a time of day"),
            ("1d23:60", "is not a time of day"),
            ("1d23:59:60", "is not a time of day"),
            ("106751991167d07:12:55.808", "does not fit in 64 bits"),
            ("99999999999999999999d", "does not fit in 64 bits"),
        ];
        for (text, reason) in table {
            let problem = text.parse::<Moment>().unwrap_err();
            assert!(problem.message.ends_with(reason), "{text}: {problem}");
        }
    }

    #[test]
    fn versions_are_three_numbers_of_32_bits() {
        let version = Version { major: 4, minor: -1, patch: i32::MAX };
        assert_eq!("4.-1.2147483647".parse(), Ok(version));
        for text in
            ["", "4", "4.9", "4.9.0.0", "4.9.x", "4.9.2147483648", "+4.9.0", "4..0", "4.-.0"]
        {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn quantities_print_and_parse_to_themselves(
            units: i64,
            millis in 0..=i64::MAX,
            major: i32,
            minor: i32,
            patch: i32,
        ) {
            prop_assert_eq!(Amount(units).to_string().parse(), Ok(Amount(units)));
            let moment = Moment::from_millis(millis).unwrap();
            prop_assert_eq!(moment.to_string().parse(), Ok(moment));
            let version = Version { major, minor, patch };
            prop_assert_eq!(version.to_string().parse(), Ok(version));
        }

        #[test]
        fn any_text_gives_a_quantity_or_a_problem_within_it(text: String) {
            let results = [
                text.parse::<Amount>().err(),
                text.parse::<Moment>().err(),
                text.parse::<Version>().err(),
            ];
            for problem in results.into_iter().flatten() {
                prop_assert!(problem.span.end <= text.len());
            }
        }
    }
}
