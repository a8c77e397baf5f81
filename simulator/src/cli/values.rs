//! What the values of arguments are read as, for all commands alike.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PathBufValueParser, TypedValueParser};
use jiff::{Span, SpanRelativeTo};
use pbc_contract_common::address::Address;
use zk_node_registry::rules::units::Timestamp;
use zkreg::json::parse_address;
use zkreg::step::Origin;

/// An address: 42 hex digits of either case.
pub(super) fn address(text: &str) -> Result<Address, String> {
    parse_address(text)
        .ok_or_else(|| "an address has 42 hex digits, the first two 00 to 04".to_owned())
}

/// A UTC date, or milliseconds since 1970, as logs and documents have it.
pub(super) fn time(text: &str) -> Result<Timestamp, String> {
    clock(text).map(|time| Timestamp::from_millis(time.millis()))
}

/// A [`time`], for what counts from it.
pub(super) fn clock(text: &str) -> Result<Origin, String> {
    Origin::from_date_or_millis(text).ok_or_else(|| {
        "write a UTC date such as 2025-06-15T12:00:00Z, or milliseconds since 1970".to_owned()
    })
}

/// A number, in groups of digits if one likes, as scenarios have it: `20_000_000`.
pub(super) fn number(text: &str) -> Result<u64, String> {
    let digits = text.replace('_', "");
    digits.parse().map_err(|_| "write a number such as 20_000_000".to_owned())
}

/// How many, at least one.
pub(super) fn count(text: &str) -> Result<NonZeroUsize, String> {
    let number = number(text).ok().and_then(|number| usize::try_from(number).ok());
    number.and_then(NonZeroUsize::new).ok_or_else(|| "write a number from 1 on".to_owned())
}

/// A file to be written beside what is printed.
pub(super) fn file() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| match path.to_str() {
        Some("-") => Err("standard output has what is printed; name a file"),
        _ => Ok(path),
    })
}

/// A length of time, such as `3d`, `12h` or `1d 12h`; a day has 24 hours.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let remedy = |_| "write a time such as 3d, 12h or 30m".to_owned();
    let span: Span = text.parse().map_err(remedy)?;
    let length = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(remedy)?;
    Duration::try_from(length).map_err(|_| "a threshold is not negative".to_owned())
}
