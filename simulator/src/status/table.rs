//! The status as text: a table of all accounts, or everything about one.

use std::fmt::Write as _;
use std::iter;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use zk_node_registry::ZkNode;
use zk_node_registry::rules::units::{Timestamp, TokenAmount};

use super::{AccountStatus, AllocationStatus, PendingStatus, Status, TokensStatus, date};
use crate::printable::printable;
use crate::quantity::Amount;
use crate::transcript::words::count;

/// How a table is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Aligned by spaces, without lines: for files and other programs.
    Plain,
    /// With lines, for people.
    Lined,
}

/// A column of the table.
struct Column {
    name: &'static str,
    alignment: CellAlignment,
    cell: fn(&AccountStatus) -> String,
    /// Whether it is there when all its cells are empty.
    always: bool,
}

const fn column(
    name: &'static str,
    alignment: CellAlignment,
    cell: fn(&AccountStatus) -> String,
) -> Column {
    Column { name, alignment, cell, always: true }
}

const fn if_any(
    name: &'static str,
    alignment: CellAlignment,
    cell: fn(&AccountStatus) -> String,
) -> Column {
    Column { name, alignment, cell, always: false }
}

const COLUMNS: [Column; 12] = [
    column("NODE", CellAlignment::Left, |account| format!("{:x}", account.account)),
    column("STANDING", CellAlignment::Left, |account| standing(account.node.as_ref())),
    column("FREE", CellAlignment::Right, |account| amount(account, |tokens| tokens.buckets.free)),
    column("RESERVED", CellAlignment::Right, |account| amount(account, |tokens| tokens.reserved)),
    column("ALLOCATED", CellAlignment::Right, |account| {
        amount(account, |tokens| tokens.buckets.allocated)
    }),
    column("PENDING", CellAlignment::Right, |account| {
        match lines(account, |pending| Amount::from_units(pending.units).to_string()) {
            none if none.is_empty() => amount(account, |tokens| tokens.buckets.pending),
            lines => lines,
        }
    }),
    column("UNLOCKS", CellAlignment::Left, |account| {
        lines(account, |pending| maybe(pending.unlocks_at))
    }),
    if_any("INCOMING", CellAlignment::Right, |account| {
        something(account, |tokens| tokens.incoming)
    }),
    if_any("OUTGOING", CellAlignment::Right, |account| {
        something(account, |tokens| tokens.outgoing)
    }),
    if_any("EXPIRES", CellAlignment::Left, |account| {
        account.tokens.as_ref().and_then(expiration).unwrap_or_default()
    }),
    column("SCORE", CellAlignment::Left, score),
    column("ROSTER", CellAlignment::Left, |account| {
        account.roster_position.map_or("-".to_owned(), |position| position.to_string())
    }),
];

impl Status {
    /// The table of all accounts, amounts in MPC, times in UTC. Ends with a line break.
    pub fn table(&self, style: Style) -> String {
        let is_there = |column: &&Column| {
            column.always || self.accounts.iter().any(|it| !(column.cell)(it).is_empty())
        };
        let columns: Vec<&Column> = COLUMNS.iter().filter(is_there).collect();
        let heads: Vec<Head> = columns.iter().map(|it| (it.name, it.alignment)).collect();
        let mut text = format!(
            "{} at {}, {} in the roster; amounts in MPC\n",
            count(self.accounts.len(), "account"),
            date(self.now),
            self.roster_length
        );
        rows(&mut text, style, &heads, &self.accounts, |account| {
            columns.iter().map(|column| (column.cell)(account)).collect()
        });
        text
    }

    /// Everything about each account, amounts in MPC, times in UTC. Ends with a line break.
    pub fn details(&self, style: Style) -> String {
        let mut text = String::new();
        for account in &self.accounts {
            writeln!(text, "{:x} at {}; amounts in MPC", account.account, date(self.now))
                .expect("invariant: writing to a string succeeds");
            let mut table = table(style);
            for (name, value) in details(account, self.roster_length) {
                table.add_row([name, &value]);
            }
            draw(&mut text, &table);
        }
        text
    }
}

/// The name of a column, and the side on which its cells are.
pub(crate) type Head = (&'static str, CellAlignment);

/// The most rows that are drawn with lines: each cell of such a table is kept.
const MOST_LINED: usize = 10_000;

/// Adds a table with a row for each of `all`. Without lines no row is kept, but each is made twice.
pub(crate) fn rows<T>(
    text: &mut String,
    style: Style,
    heads: &[Head],
    all: &[T],
    cells: impl Fn(&T) -> Vec<String>,
) {
    if style == Style::Lined && all.len() <= MOST_LINED {
        let mut table = table(style);
        table.set_header(heads.iter().map(|(name, _)| name));
        table.add_rows(all.iter().map(&cells));
        for (column, (_, alignment)) in table.column_iter_mut().zip(heads) {
            column.set_cell_alignment(*alignment);
        }
        draw(text, &table);
        return;
    }
    let names: Vec<String> = heads.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut widths = vec![0; heads.len()];
    for row in iter::once(names.clone()).chain(all.iter().map(&cells)) {
        for (width, cell) in widths.iter_mut().zip(&row) {
            *width = cell.lines().map(|line| line.chars().count()).max().unwrap_or(0).max(*width);
        }
    }
    for row in iter::once(names).chain(all.iter().map(&cells)) {
        let height = row.iter().map(|cell| cell.lines().count()).max().unwrap_or(0);
        for number in 0..height {
            let begin = text.len();
            for ((cell, width), (_, alignment)) in row.iter().zip(&widths).zip(heads) {
                let line = cell.lines().nth(number).unwrap_or_default();
                let written = match alignment {
                    CellAlignment::Right => write!(text, " {line:>width$} "),
                    _ => write!(text, " {line:width$} "),
                };
                written.expect("invariant: writing to a string succeeds");
            }
            let end = begin + text.get(begin..).unwrap_or_default().trim_end().len();
            text.truncate(end);
            text.push('\n');
        }
    }
}

/// An empty table.
pub(crate) fn table(style: Style) -> Table {
    let mut table = Table::new();
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.load_style(match style {
        Style::Plain => presets::NOTHING,
        Style::Lined => presets::UTF8_HORIZONTAL_ONLY,
    });
    table
}

/// Adds the table without spaces at the ends of lines.
pub(crate) fn draw(text: &mut String, table: &Table) {
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

/// `-` without tokens.
fn amount(account: &AccountStatus, part: fn(&TokensStatus) -> TokenAmount) -> String {
    account.tokens.as_ref().map_or_else(|| "-".to_owned(), |tokens| mpc(part(tokens)))
}

/// Empty unless it is something.
fn something(account: &AccountStatus, part: fn(&TokensStatus) -> TokenAmount) -> String {
    let part = account.tokens.as_ref().map(part);
    part.filter(|part| *part > TokenAmount::ZERO).map_or(String::new(), mpc)
}

/// One line for each pending amount.
fn lines(account: &AccountStatus, line: fn(&PendingStatus) -> String) -> String {
    let pending = account.tokens.as_ref().map_or(&[][..], |tokens| &tokens.pending);
    let lines: Vec<String> = pending.iter().map(line).collect();
    lines.join("\n")
}

fn expiration(tokens: &TokensStatus) -> Option<String> {
    let state = if tokens.has_expired { " (expired)" } else { "" };
    tokens.expiration.map(|expiration| format!("{}{state}", date(expiration)))
}

fn details(account: &AccountStatus, roster_length: usize) -> Vec<(&'static str, String)> {
    let mut lines = vec![("standing", standing(account.node.as_ref()))];
    if let Some(node) = &account.node {
        lines.push(("endpoint", printable(&node.rest_endpoint.rest_endpoint)));
        lines.push(("jurisdiction", node.server_jurisdiction.value.to_string()));
        let version = node.supported_protocol_version;
        let version = version.map_or("unknown".to_owned(), |version| version.to_string());
        lines.push(("protocol version", version));
        lines.push(("EE version", node.supported_ee_version.to_string()));
        if let Some(key) = &node.public_key {
            lines.push(("public key", hex::encode(key.bytes)));
        }
    }
    lines.push(("score", score(account)));
    lines.push(match account.roster_position {
        Some(position) => ("roster", format!("position {position} of {roster_length}")),
        None => ("roster", "not a member".to_owned()),
    });
    let Some(tokens) = &account.tokens else {
        lines.push(("tokens", "none".to_owned()));
        return lines;
    };
    lines.extend([
        ("free", mpc(tokens.buckets.free)),
        ("reserved", mpc(tokens.reserved)),
        ("allocated", mpc(tokens.buckets.allocated)),
    ]);
    for AllocationStatus { contract, units, planned_end } in &tokens.allocations {
        let end = planned_end
            .map_or("no end known".to_owned(), |end| format!("planned to {}", date(end)));
        lines.push(("", format!("{} to {contract:x}, {end}", Amount::from_units(*units))));
    }
    lines.push(("pending", mpc(tokens.buckets.pending)));
    for PendingStatus { units, released_at, unlocks_at } in &tokens.pending {
        let (amount, released) = (Amount::from_units(*units), date(*released_at));
        let line = format!("{amount} released {released}, free {}", maybe(*unlocks_at));
        lines.push(("", line));
    }
    lines.push(("total", mpc(tokens.total)));
    if tokens.incoming > TokenAmount::ZERO || tokens.outgoing > TokenAmount::ZERO {
        lines.push(("incoming", mpc(tokens.incoming)));
        lines.push(("outgoing", mpc(tokens.outgoing)));
    }
    lines.extend(expiration(tokens).map(|expiration| ("expiration", expiration)));
    lines
}

pub(super) fn standing(node: Option<&ZkNode>) -> String {
    let Some(node) = node else { return "not registered".to_owned() };
    let standing = if node.is_active() { "active" } else { "resigned" };
    if node.is_disabled { format!("{standing}, disabled") } else { standing.to_owned() }
}

/// `12: 11 success, 1 failure; 2 running`
fn score(account: &AccountStatus) -> String {
    let running = account.running();
    match &account.node {
        None => format!("-; {running} running"),
        Some(node) => {
            let score = &node.score;
            let (whole, success, failure) =
                (score.allocated_score, score.success_score, score.failure_score);
            format!("{whole}: {success} success, {failure} failure; {running} running")
        }
    }
}

pub(crate) fn mpc(amount: TokenAmount) -> String {
    Amount::from_units(amount.units()).to_string()
}

fn maybe(time: Option<Timestamp>) -> String {
    time.map_or("never".to_owned(), date)
}
