//! The plan as a calendar (RFC 5545): an event for each call and each return that has a date.
//!
//! Calendars know no milliseconds: a time is rounded up to the second, so that nobody is called too
//! early. The same plan gives the same bytes: an event is stamped with the moment of the plan, and
//! its identifier names account, call or source, so that a later plan moves the event.

use icalendar::{Calendar, Component, Event, Property};
use jiff::Timestamp as Utc;
use zk_node_registry::rules::leave::ReturnFrom;
use zk_node_registry::rules::units::Timestamp;

use super::{ExitPlan, PlannedCall, PlannedReturn};
use crate::status::{date, mpc};

/// How many characters of an address a headline shows.
const SHORT: usize = 10;

impl ExitPlan {
    /// The calendar. A plan without dates gives one without events.
    pub fn calendar(&self) -> String {
        let mut calendar = Calendar::empty();
        calendar.append_property(Property::new("VERSION", "2.0"));
        calendar.append_property(Property::new("PRODID", "-//zkreg//exit plan//EN"));
        calendar.append_property(Property::new("CALSCALE", "GREGORIAN"));
        calendar.name(&format!("Exit of ZK node {:x}", self.account));
        let calls = self.calls.iter().filter_map(|planned| self.call_event(planned));
        let returns = self.returns.iter().filter_map(|back| self.return_event(back));
        calendar.extend(calls.chain(returns).chain(self.transferable_event()));
        calendar.to_string()
    }

    fn call_event(&self, planned: &PlannedCall) -> Option<Event> {
        let call = planned.call;
        let headline = format!("ZK node {}: send {call}", self.short());
        let text = format!(
            "Send to the ZK node registry, from {:x}:\n{}\nMake the plan again before.",
            self.account,
            hex::encode(call.rpc())
        );
        self.event(planned.at?, call.name(), &headline, &text)
    }

    fn return_event(&self, back: &PlannedReturn) -> Option<Event> {
        let headline = format!("ZK node {}: {} MPC free again", self.short(), mpc(back.amount));
        let (source, text) = match back.from {
            ReturnFrom::Computation { contract, planned_end } => {
                let end = planned_end.map(date).unwrap_or_default();
                let text = format!("If {contract:x} ends as planned on {end}.");
                (format!("{contract:x}"), text)
            }
            ReturnFrom::Pending { released_at } => {
                let source = format!("released-{}", released_at.millis());
                (source, format!("Released on {}.", date(released_at)))
            }
        };
        self.event(back.at?, &source, &headline, &text)
    }

    fn transferable_event(&self) -> Option<Event> {
        let at = self.transferable().filter(|_| !self.calls.is_empty())?;
        let total = mpc(self.tokens.total);
        let headline = format!("ZK node {}: {total} MPC can be transferred", self.short());
        let text = "If they left the registry on the day of the plan: they have been unstaked.";
        self.event(at, "transferable", &headline, text)
    }

    /// `None` beyond the end of the calendar.
    fn event(&self, at: Timestamp, source: &str, headline: &str, text: &str) -> Option<Event> {
        let (starts, stamp) = (second_from(at)?, second_from(self.now)?);
        let mut event = Event::new();
        event
            .uid(&format!("{source}.{:x}@zkreg", self.account))
            .add_property("DTSTAMP", &stamp)
            .add_property("DTSTART", &starts)
            .summary(headline)
            .description(text);
        Some(event.done())
    }

    fn short(&self) -> String {
        format!("{:x}", self.account).chars().take(SHORT).collect()
    }
}

/// The first whole second at or after `time`.
fn second_from(time: Timestamp) -> Option<String> {
    let seconds = time.millis().div_euclid(1_000);
    let rest = time.millis().rem_euclid(1_000);
    let utc = Utc::from_second(if rest > 0 { seconds.checked_add(1)? } else { seconds }).ok()?;
    Some(utc.strftime("%Y%m%dT%H%M%SZ").to_string())
}
