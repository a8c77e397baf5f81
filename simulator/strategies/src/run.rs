//! Plays moves on any registry, and checks every answer.

use std::fmt;

use zkreg::invariants::{Answer, Delivery, Facts, Registry, Violation, Watched};
use zkreg::names::Names;

use crate::calls::call;
use crate::cast;
use crate::choices::Chooser;
use crate::mail;
use crate::stage::Stage;
use crate::story::{self, line};

const DAY: i64 = 86_400_000;

/// Mail that is not kept any longer: the oldest is then lost.
const MOST_UNDER_WAY: usize = 40;

/// A registry, as far as a history has come.
#[derive(Clone, Debug)]
pub struct Run<R> {
    watched: Watched<R>,
    names: Names,
    /// What `0d` is in the story, in milliseconds since 1970.
    origin: i64,
    now: i64,
    height: i64,
    deliveries: u64,
    /// The callbacks that the registry has bought and that have not come.
    under_way: Vec<Vec<u8>>,
    lines: Vec<String>,
}

/// What one move did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Played {
    /// What the registry was called with.
    pub delivery: Delivery,
    /// What it answered.
    pub answer: Answer,
}

/// Properties that were broken, and the story that led there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// A line for each step, the last one broke them.
    pub lines: Vec<String>,
    /// What was broken.
    pub violations: Vec<Violation>,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for violation in &self.violations {
            let property = violation.property;
            writeln!(f, "broken: {} {}", property.name(), violation)?;
            writeln!(f, "        {}", property.statement())?;
        }
        writeln!(f, "after:")?;
        self.lines.iter().try_for_each(|line| writeln!(f, "  {line}"))
    }
}

impl std::error::Error for Broken {}

impl<R: Registry> Run<R> {
    /// Begins with `registry` at the time `now`, in milliseconds since 1970.
    ///
    /// # Errors
    ///
    /// What its state breaks by itself.
    pub fn begin(registry: R, now: i64) -> Result<Run<R>, Broken> {
        let (watched, violations) = match Watched::new(registry) {
            Ok((watched, violations)) if violations.is_empty() => (watched, violations),
            Ok((_, violations)) | Err(violations) => {
                return Err(Broken { lines: Vec::new(), violations });
            }
        };
        drop(violations);
        let facts = watched.checker().facts();
        let names = cast::names(&facts.collaborators, facts.settings.stake_token);
        let lines = story::records(&Stage::of_facts(facts, now), &names);
        Ok(Run {
            watched,
            names,
            origin: now,
            now,
            height: 1,
            deliveries: 0,
            under_way: Vec::new(),
            lines,
        })
    }

    /// The registry.
    pub fn registry(&self) -> &R {
        self.watched.registry()
    }

    /// Its state, as far as its steps have told.
    pub fn facts(&self) -> &Facts {
        self.watched.checker().facts()
    }

    /// The start and the steps so far, a line each.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Does one thing: moves the clock, then delivers a call or a callback. Says what it did.
    ///
    /// # Errors
    ///
    /// The properties that it broke.
    pub fn step(&mut self, chooser: &mut Chooser<'_>) -> Result<Played, Broken> {
        let what = chooser.byte();
        self.move_clock(chooser);
        let delivery = match what {
            246.. => self.damaged(chooser),
            150..246 if !self.under_way.is_empty() => self.callback(chooser),
            _ => self.call(chooser),
        };
        self.deliver(delivery)
    }

    /// Delivers this.
    ///
    /// # Errors
    ///
    /// The properties that it broke.
    pub fn deliver(&mut self, delivery: Delivery) -> Result<Played, Broken> {
        self.deliveries += 1;
        self.height += 1;
        let (answer, violations) = self.watched.deliver(&delivery);
        self.lines.push(line(&delivery, &answer, &self.names, self.origin));
        self.judge(violations)?;
        let groups = answer.iter().flatten();
        let callbacks = groups.filter_map(|group| group.callback.as_ref());
        self.under_way.extend(callbacks.map(|callback| callback.payload.clone()));
        if self.under_way.len() > MOST_UNDER_WAY {
            self.under_way.remove(0);
        }
        Ok(Played { delivery, answer })
    }

    /// Looks at the whole state once more, and tries on branches what only trying shows.
    ///
    /// # Errors
    ///
    /// The properties that are broken.
    pub fn finish(&self) -> Result<(), Broken> {
        self.judge(self.watched.recheck())?;
        let last = self.delivery(cast::address(cast::STRANGER), Vec::new());
        self.judge(self.watched.probe_all(&last))
    }

    fn judge(&self, violations: Vec<Violation>) -> Result<(), Broken> {
        match violations.is_empty() {
            true => Ok(()),
            false => Err(Broken { lines: self.lines.clone(), violations }),
        }
    }

    fn stage(&self) -> Stage<'_> {
        Stage::of_facts(self.watched.checker().facts(), self.now)
    }

    fn delivery(&self, sender: pbc_contract_common::address::Address, rpc: Vec<u8>) -> Delivery {
        let mut transaction = [0; 32];
        transaction[24..].copy_from_slice(&self.deliveries.to_be_bytes());
        Delivery {
            registry: cast::registry(),
            sender,
            now: self.now,
            height: self.height,
            transaction,
            callback: None,
            rpc,
        }
    }

    fn move_clock(&mut self, chooser: &mut Chooser<'_>) {
        let by = match chooser.below(40) {
            20 => 1,
            21..24 => DAY,
            24 => 14 * DAY - 1,
            25 => 14 * DAY,
            26 => -1,
            27 => -DAY * i64::from(chooser.byte()) / 256,
            28..31 => DAY * i64::from(chooser.byte()) / 64,
            // To the moment at which something becomes free, or just before.
            31..38 => self.until_unlock(chooser),
            38 => 28 * DAY,
            _ => 0,
        };
        self.now = self.now.saturating_add(by);
    }

    fn until_unlock(&self, chooser: &mut Chooser<'_>) -> i64 {
        let unlocks = self.stage().unlocks();
        let ahead: Vec<i64> = unlocks.into_iter().filter(|time| *time > self.now).collect();
        match ahead.len() {
            0 => 0,
            count => {
                let time = ahead[chooser.below(count.min(256))];
                time.saturating_sub(self.now).saturating_sub(chooser.one_of(&[0, 1, 0]))
            }
        }
    }

    fn call(&self, chooser: &mut Chooser<'_>) -> Delivery {
        let sent = call(chooser, &self.stage());
        self.delivery(sent.sender, sent.call.encode())
    }

    /// A call whose bytes are not quite those of a call.
    fn damaged(&self, chooser: &mut Chooser<'_>) -> Delivery {
        let (how, place) = (chooser.below(4), chooser.number());
        let byte = chooser.byte();
        let sent = call(chooser, &self.stage());
        let mut rpc = sent.call.encode();
        let place = usize::from(place) % rpc.len().max(1);
        match how {
            0 => rpc.truncate(place.max(1)),
            1 => rpc.push(byte),
            2 => rpc[place] ^= 1 << (byte % 8),
            _ => rpc[place] = byte,
        }
        self.delivery(sent.sender, rpc)
    }

    /// A callback under way, seldom one that stays under way.
    fn callback(&mut self, chooser: &mut Chooser<'_>) -> Delivery {
        let place = chooser.below(self.under_way.len());
        let payload = match chooser.seldom(40) {
            true => self.under_way[place].clone(),
            false => self.under_way.remove(place),
        };
        let results = mail::results(chooser, &self.stage(), &payload);
        let sender = cast::address(cast::STRANGER);
        Delivery { callback: Some(results), ..self.delivery(sender, payload) }
    }
}
