//! The plan as a table for spreadsheets: one row for each call and each return, by date; what is
//! unknown is empty. Amounts in MPC, times in milliseconds and in UTC.

use zk_node_registry::rules::leave::ReturnFrom;
use zk_node_registry::rules::units::Timestamp;

use super::{ExitPlan, plain};
use crate::status::date;

const HEADER: [&str; 10] = [
    "account",
    "at_ms",
    "at_utc",
    "what",
    "amount_mpc",
    "free_then_mpc",
    "rpc",
    "contract",
    "planned_end_utc",
    "released_utc",
];

impl ExitPlan {
    /// The plan as CSV with a header line.
    pub fn csv(&self) -> String {
        let mut csv = ::csv::Writer::from_writer(Vec::new());
        let mut write = |row: [String; 10]| {
            csv.write_record(row).expect("invariant: all rows have ten cells");
        };
        write(HEADER.map(str::to_owned));
        let (last, first) = self.calls.split_last().map_or((None, &[][..]), |(l, f)| (Some(l), f));
        let account = || format!("{:x}", self.account);
        let call = |planned: &super::PlannedCall| {
            let [ms, utc] = both(planned.at);
            let amount = planned.call.amount().map(plain).unwrap_or_default();
            let rpc = hex::encode(planned.call.rpc());
            let nothing = String::new;
            let what = planned.call.name().to_owned();
            [account(), ms, utc, what, amount, nothing(), rpc, nothing(), nothing(), nothing()]
        };
        first.iter().for_each(|planned| write(call(planned)));
        for back in &self.returns {
            let [ms, utc] = both(back.at);
            let (contract, end, released) = match back.from {
                ReturnFrom::Computation { contract, planned_end } => {
                    (format!("{contract:x}"), utc_of(planned_end), String::new())
                }
                ReturnFrom::Pending { released_at } => {
                    (String::new(), String::new(), date(released_at))
                }
            };
            let (amount, free) = (plain(back.amount), plain(back.free_then));
            let what = "free again".to_owned();
            write([account(), ms, utc, what, amount, free, String::new(), contract, end, released]);
        }
        last.into_iter().for_each(|planned| write(call(planned)));
        let bytes = csv.into_inner().expect("invariant: a vector takes all bytes");
        String::from_utf8(bytes).expect("invariant: the cells are text")
    }
}

fn both(at: Option<Timestamp>) -> [String; 2] {
    [at.map(|at| at.millis().to_string()).unwrap_or_default(), utc_of(at)]
}

fn utc_of(at: Option<Timestamp>) -> String {
    at.map(date).unwrap_or_default()
}
