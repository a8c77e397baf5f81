//! Mail: events and callbacks under way, and what the caller wants done with them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use pbc_contract_common::address::Address;
use pbc_host::split_rpc;

use super::waiting::Errand;
use super::{Event, Kind};

/// The number of a piece of mail: the first on a chain is 1, and none is used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MailId(pub u64);

impl fmt::Display for MailId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)
    }
}

/// One event or callback under way.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Its number.
    pub id: MailId,
    /// The call that it will be.
    pub event: Event,
    /// Whether it stays until it is delivered by its number or let go.
    pub held: bool,
    /// What becomes of it when it is delivered.
    pub fate: Fate,
    pub(super) errand: Errand,
}

/// What becomes of mail when its turn comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fate {
    /// It is executed.
    #[default]
    Execute,
    /// An interaction fails without reaching its contract. A callback is executed, and told that
    /// every call of its group failed.
    Fail,
    /// It runs out of gas: nothing is executed.
    Starve,
    /// It is executed, and once more as mail of its own.
    Twice,
}

/// Which mail is meant: that which has all the features given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pattern {
    /// Whether it is a callback.
    pub callback: Option<bool>,
    /// The sender that the contract sees.
    pub from: Option<Address>,
    /// The contract that is called.
    pub to: Option<Address>,
    /// Who sent the transaction at the start.
    pub starter: Option<Address>,
    /// The shortname of the call.
    pub shortname: Option<u32>,
}

impl Pattern {
    /// Whether `event` has all the features given.
    pub fn fits(&self, event: &Event) -> bool {
        let is = |wanted: Option<Address>, address| wanted.is_none_or(|wanted| wanted == address);
        let is_callback = matches!(event.kind, Kind::Callback(_));
        self.callback.is_none_or(|callback| callback == is_callback)
            && is(self.from, event.from)
            && is(self.to, event.to)
            && is(self.starter, event.starter)
            && self.shortname.is_none_or(|wanted| {
                split_rpc(&event.rpc).is_ok_and(|(shortname, _)| shortname == wanted)
            })
    }
}

/// What to do with mail that does not exist yet. It is obeyed when the mail is sent; of several
/// orders that fit, by the oldest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The mail that is meant.
    pub pattern: Pattern,
    /// Whether it is held.
    pub hold: bool,
    /// What becomes of it when it is delivered.
    pub fate: Fate,
    /// Whether the order stands after its first use.
    pub standing: bool,
}

/// All mail of a chain.
#[derive(Clone, Debug, Default)]
pub(super) struct Post {
    last: u64,
    mail: BTreeMap<MailId, Mail>,
    /// Mail that is not held.
    ready: BTreeSet<MailId>,
    orders: Vec<Order>,
}

impl Post {
    pub(super) fn send(&mut self, event: Event, errand: Errand) {
        self.last += 1;
        let id = MailId(self.last);
        let (held, fate) = self.ordered(&event);
        if !held {
            self.ready.insert(id);
        }
        self.mail.insert(id, Mail { id, event, held, fate, errand });
    }

    /// What the orders say about `event`. An order for once is used up.
    fn ordered(&mut self, event: &Event) -> (bool, Fate) {
        let Some(place) = self.orders.iter().position(|order| order.pattern.fits(event)) else {
            return (false, Fate::Execute);
        };
        let Order { hold, fate, standing, .. } = self.orders[place];
        if !standing {
            self.orders.remove(place);
        }
        (hold, fate)
    }

    pub(super) fn order(&mut self, order: Order) {
        self.orders.push(order);
    }

    pub(super) fn cancel_orders(&mut self) {
        self.orders.clear();
    }

    pub(super) fn orders(&self) -> &[Order] {
        &self.orders
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Mail> {
        self.mail.values()
    }

    pub(super) fn hold(&mut self, id: MailId, held: bool) -> bool {
        let Some(mail) = self.mail.get_mut(&id) else { return false };
        mail.held = held;
        if held {
            self.ready.remove(&id);
        } else {
            self.ready.insert(id);
        }
        true
    }

    pub(super) fn get_mut(&mut self, id: MailId) -> Option<&mut Mail> {
        self.mail.get_mut(&id)
    }

    pub(super) fn take(&mut self, id: MailId) -> Option<Mail> {
        self.ready.remove(&id);
        self.mail.remove(&id)
    }

    pub(super) fn take_next(&mut self) -> Option<Mail> {
        let id = self.ready.pop_first()?;
        self.mail.remove(&id)
    }
}
