//! The status as a table for spreadsheets: one row for each account. Amounts in MPC, times in UTC;
//! what there is not is empty.

use zk_node_registry::rules::units::{Timestamp, TokenAmount};

use super::{AccountStatus, Status, TokensStatus, date, mpc, table::standing};

type Cell = (&'static str, fn(&AccountStatus) -> String);

const CELLS: [Cell; 19] = [
    ("account", |it| format!("{:x}", it.account)),
    ("standing", |it| standing(it.node.as_ref())),
    ("free_mpc", |it| amount(it, |tokens| tokens.buckets.free)),
    ("reserved_mpc", |it| amount(it, |tokens| tokens.reserved)),
    ("allocated_mpc", |it| amount(it, |tokens| tokens.buckets.allocated)),
    ("pending_mpc", |it| amount(it, |tokens| tokens.buckets.pending)),
    ("total_mpc", |it| amount(it, |tokens| tokens.total)),
    ("incoming_mpc", |it| amount(it, |tokens| tokens.incoming)),
    ("outgoing_mpc", |it| amount(it, |tokens| tokens.outgoing)),
    ("next_unlock_utc", |it| time(it, |tokens| tokens.pending.first()?.unlocks_at)),
    ("last_unlock_utc", |it| time(it, |tokens| tokens.pending.last()?.unlocks_at)),
    ("next_end_utc", |it| time(it, |tokens| ends(tokens).min())),
    ("last_end_utc", |it| time(it, |tokens| ends(tokens).max())),
    ("expires_utc", |it| time(it, |tokens| tokens.expiration)),
    ("allocated_score", |it| score(it, |node| node.score.allocated_score)),
    ("success_score", |it| score(it, |node| node.score.success_score)),
    ("failure_score", |it| score(it, |node| node.score.failure_score)),
    ("running", |it| it.running().to_string()),
    ("roster_position", |it| {
        it.roster_position.map(|position| position.to_string()).unwrap_or_default()
    }),
];

impl Status {
    /// The status as CSV with a header line.
    pub fn csv(&self) -> String {
        let mut csv = csv::Writer::from_writer(Vec::new());
        let written = csv.write_record(CELLS.map(|(name, _)| name));
        written.expect("invariant: a vector takes all bytes");
        for account in &self.accounts {
            let written = csv.write_record(CELLS.map(|(_, cell)| cell(account)));
            written.expect("invariant: all rows have as many cells");
        }
        let bytes = csv.into_inner().expect("invariant: a vector takes all bytes");
        String::from_utf8(bytes).expect("invariant: the cells are text")
    }
}

fn amount(account: &AccountStatus, part: fn(&TokensStatus) -> TokenAmount) -> String {
    let tokens = account.tokens.as_ref();
    tokens.map(|tokens| mpc(part(tokens)).replace('_', "")).unwrap_or_default()
}

fn time(account: &AccountStatus, time: fn(&TokensStatus) -> Option<Timestamp>) -> String {
    account.tokens.as_ref().and_then(time).map(date).unwrap_or_default()
}

fn ends(tokens: &TokensStatus) -> impl Iterator<Item = Timestamp> + '_ {
    tokens.allocations.iter().filter_map(|allocation| allocation.planned_end)
}

fn score(account: &AccountStatus, counter: fn(&super::ZkNode) -> i32) -> String {
    account.node.as_ref().map(|node| counter(node).to_string()).unwrap_or_default()
}
