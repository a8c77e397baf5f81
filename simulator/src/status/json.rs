//! The status as JSON: printable ASCII, keys ascending, amounts in units as decimal strings, times
//! in milliseconds and in UTC.

use std::io::{self, Write};

use struson::writer::{JsonStreamWriter, JsonWriter};
use zk_node_registry::ZkNode;
use zk_node_registry::rules::units::{Timestamp, TokenAmount};

use super::{AccountStatus, Status, TokensStatus, date};
use crate::alerts::Alert;
use crate::json::{Layout, writer_settings};

impl Status {
    /// Writes the status as one object. No line break follows it.
    ///
    /// # Errors
    ///
    /// Those of `document`.
    pub fn write_json(&self, document: impl Write, layout: Layout) -> io::Result<()> {
        self.write_json_with(None, document, layout)
    }

    /// As [`Status::write_json`], with the alerts of a watcher under `alerts`, if there is one.
    ///
    /// # Errors
    ///
    /// Those of `document`.
    pub fn write_json_with(
        &self,
        alerts: Option<&[Alert]>,
        document: impl Write,
        layout: Layout,
    ) -> io::Result<()> {
        let mut json = JsonStreamWriter::new_custom(document, writer_settings(layout));
        json.begin_object()?;
        json.name("accounts")?;
        json.begin_array()?;
        for account in &self.accounts {
            write_account(&mut json, account)?;
        }
        json.end_array()?;
        if let Some(alerts) = alerts {
            json.name("alerts")?;
            json.begin_array()?;
            for alert in alerts {
                write_alert(&mut json, alert)?;
            }
            json.end_array()?;
        }
        time(&mut json, "now", Some(self.now))?;
        json.name("rosterLength")?;
        json.string_value(&self.roster_length.to_string())?;
        json.end_object()?;
        json.finish_document()?;
        Ok(())
    }
}

fn write_alert(json: &mut impl JsonWriter, alert: &Alert) -> io::Result<()> {
    json.begin_object()?;
    json.name("account")?;
    json.string_value(&format!("{:x}", alert.account))?;
    json.name("code")?;
    json.string_value(alert.event.code())?;
    json.name("message")?;
    json.string_value(&alert.to_string())?;
    json.end_object()
}

fn write_account(json: &mut impl JsonWriter, account: &AccountStatus) -> io::Result<()> {
    json.begin_object()?;
    json.name("account")?;
    json.string_value(&format!("{:x}", account.account))?;
    if let Some(node) = &account.node {
        json.name("node")?;
        write_node(json, node)?;
    }
    if let Some(position) = account.roster_position {
        json.name("rosterPosition")?;
        json.number_value(u64::try_from(position).unwrap_or(u64::MAX))?;
    }
    json.name("running")?;
    json.number_value(u64::try_from(account.running()).unwrap_or(u64::MAX))?;
    if let Some(tokens) = &account.tokens {
        json.name("tokens")?;
        write_tokens(json, tokens)?;
    }
    json.end_object()
}

fn write_node(json: &mut impl JsonWriter, node: &ZkNode) -> io::Result<()> {
    json.begin_object()?;
    json.name("endpoint")?;
    json.string_value(&node.rest_endpoint.rest_endpoint)?;
    json.name("isDisabled")?;
    json.bool_value(node.is_disabled)?;
    json.name("isResigned")?;
    json.bool_value(node.is_resigned)?;
    json.name("score")?;
    json.begin_object()?;
    let score = &node.score;
    let counters = [
        ("allocated", score.allocated_score),
        ("failure", score.failure_score),
        ("success", score.success_score),
    ];
    for (name, counter) in counters {
        json.name(name)?;
        json.number_value(counter)?;
    }
    json.end_object()?;
    json.end_object()
}

fn write_tokens(json: &mut impl JsonWriter, tokens: &TokensStatus) -> io::Result<()> {
    json.begin_object()?;
    amount(json, "allocated", tokens.buckets.allocated)?;
    json.name("allocations")?;
    json.begin_array()?;
    for allocation in &tokens.allocations {
        json.begin_object()?;
        units(json, "amount", allocation.units)?;
        json.name("contract")?;
        json.string_value(&format!("{:x}", allocation.contract))?;
        time(json, "plannedEnd", allocation.planned_end)?;
        json.end_object()?;
    }
    json.end_array()?;
    time(json, "expiration", tokens.expiration)?;
    amount(json, "free", tokens.buckets.free)?;
    json.name("hasExpired")?;
    json.bool_value(tokens.has_expired)?;
    amount(json, "incoming", tokens.incoming)?;
    amount(json, "outgoing", tokens.outgoing)?;
    amount(json, "pending", tokens.buckets.pending)?;
    json.name("pendingUnlock")?;
    json.begin_array()?;
    for pending in &tokens.pending {
        json.begin_object()?;
        units(json, "amount", pending.units)?;
        time(json, "released", Some(pending.released_at))?;
        time(json, "unlocks", pending.unlocks_at)?;
        json.end_object()?;
    }
    json.end_array()?;
    amount(json, "reserved", tokens.reserved)?;
    amount(json, "total", tokens.total)?;
    json.end_object()
}

fn amount(json: &mut impl JsonWriter, name: &str, amount: TokenAmount) -> io::Result<()> {
    units(json, name, amount.units())
}

fn units(json: &mut impl JsonWriter, name: &str, units: i64) -> io::Result<()> {
    json.name(name)?;
    json.string_value(&units.to_string())
}

/// Leaves the key out if there is no time.
fn time(json: &mut impl JsonWriter, name: &str, time: Option<Timestamp>) -> io::Result<()> {
    let Some(time) = time else { return Ok(()) };
    json.name(name)?;
    json.begin_object()?;
    json.name("millis")?;
    json.string_value(&time.millis().to_string())?;
    json.name("utc")?;
    json.string_value(&date(time))?;
    json.end_object()
}
