//! Pieces of JSON that several outputs share: amounts in units as decimal strings, times in
//! milliseconds and in UTC.

use serde::Serialize;
use zk_node_registry::rules::units::{Timestamp, TokenAmount};

use crate::status::date;

/// A time, both ways.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct TimeView {
    millis: String,
    utc: String,
}

impl From<Timestamp> for TimeView {
    fn from(time: Timestamp) -> TimeView {
        TimeView { millis: time.millis().to_string(), utc: date(time) }
    }
}

/// The units of `amount`.
pub(crate) fn units(amount: TokenAmount) -> String {
    amount.units().to_string()
}

/// `view` as one indented object and a line break.
pub(crate) fn pretty(view: &impl Serialize) -> String {
    let json = serde_json::to_string_pretty(view);
    json.expect("invariant: a view has no keys but strings") + "\n"
}
