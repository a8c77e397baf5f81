//! A history as a scenario that `zkreg replay` can run.
//!
//! All mail is held, so that nothing happens but what the history says. A callback that comes with
//! what really happened is delivered; one that comes with something else is told so first. Whether
//! the scenario fails where the history did is tried by [`Story::replay`].

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use pbc_contract_common::address::Address;
use pbc_traits::{Decoder, ReadRPC};
use zk_node_registry::rules::units::Timestamp;

use super::Failure;
use super::cast::{self, Cast, name_of};
use super::history::{Deed, History, Origin};
use super::table::ACCEPTED;
use super::witness::Breach;
use crate::action::Action;
use crate::call::Call;
use crate::chain::{CallResult, Kind, MailId, Outcome, Results};
use crate::engine::Engine;
use crate::image::Image;
use crate::name::Name;
use crate::names::Names;
use crate::quantity::{Amount, Moment};
use crate::replay::{Mismatch, Replay};
use crate::rpc;
use crate::scenario::Scenario;
use crate::step::{
    self, Call as CallStep, Check, Code, Expectation, Fact, Handling, Item, ItemKind, Pick, Post,
    Scope, Step,
};
use crate::world::World;

/// A history as a scenario.
#[derive(Clone, Debug)]
pub struct Story {
    /// The scenario.
    pub scenario: Scenario,
    /// The state from which it starts, and its time, if it is no fresh registry.
    pub state: Option<(Image, Timestamp)>,
}

impl Story {
    /// The story of `history`, told by a registry that `engine` runs, under these lines of comment.
    /// Where a witness would have had another answer, or the action cannot give the one that came,
    /// the scenario asks for another.
    ///
    /// # Errors
    ///
    /// A sentence: why no scenario can say it. No registry was created, a time is beyond what
    /// scenarios can say, or the registry does not go along.
    pub fn of(
        history: &History,
        failure: Option<&Failure>,
        header: &[String],
        engine: &dyn Fn() -> Box<dyn Engine>,
    ) -> Result<Story, String> {
        let mut facts = Facts::of(history)?;
        let state = match &history.start.origin {
            Origin::Created(_) => None,
            Origin::Stored(image) => {
                Some((Image::clone(image), Timestamp::from_millis(history.start.now)))
            }
        };
        let facts: Vec<Step> = facts.steps(state.is_none());
        let header = || header.iter().map(String::as_str);
        let start = Scenario::of_steps(header(), facts.iter().cloned());
        let world = begin(&start, state.as_ref(), engine())?.into_world();
        let mut teller = Teller {
            world,
            origin: history.start.now,
            steps: facts,
            under_way: Vec::new(),
            names: names(),
        };
        let hold = Handling::Hold(Scope::Everything);
        teller.post(Moment::START, hold)?;
        for (index, step) in history.steps.iter().enumerate() {
            let expected = failure.filter(|failure| failure.step == Some(index));
            let expected = expected.and_then(|failure| {
                failure.breaches.iter().find_map(|breach| match breach {
                    Breach::Objection(objection) => objection.answer.clone(),
                    Breach::Outcome { outcome, .. } if outcome == ACCEPTED => {
                        Some(Some("unknown_action".to_owned()))
                    }
                    Breach::Outcome { .. } => Some(None),
                    Breach::Property(_) => None,
                })
            });
            teller.tell(step, expected)?;
        }
        let objections = failure.into_iter().flat_map(|failure| &failure.breaches);
        for breach in objections {
            if let (Breach::Objection(objection), Some(last)) = (breach, history.steps.last()) {
                let at = teller.moment(last.at)?;
                teller.expect(at, &objection.expect);
            }
        }
        let scenario = Scenario::of_steps(header(), teller.steps);
        Ok(Story { scenario, state })
    }

    /// How a replay with this engine goes first otherwise than written, if it does, as that of the
    /// registry that failed must.
    ///
    /// # Errors
    ///
    /// It cannot begin.
    pub fn replay(&self, engine: Box<dyn Engine>) -> Result<Option<Mismatch>, String> {
        let mut replay = begin(&self.scenario, self.state.as_ref(), engine)?;
        Ok(replay.find_map(|played| played.verdict.err()))
    }
}

fn begin<'s>(
    scenario: &'s Scenario,
    state: Option<&(Image, Timestamp)>,
    engine: Box<dyn Engine>,
) -> Result<Replay<'s>, String> {
    let replay = match state {
        None => Replay::start(scenario, engine),
        Some((image, as_of)) => Replay::resume(scenario, image, Some(*as_of), engine),
    };
    replay.map_err(|error| error.to_string())
}

/// The names of everybody who can appear.
fn names() -> Names {
    /// As many as no history has.
    const MANY: usize = 64;
    let mut names = Names::default();
    for (name, address) in Cast::of(MANY, MANY).names() {
        names.bind(name, address);
    }
    let around = cast::collaborators();
    for (name, address) in [
        ("registry", cast::registry()),
        ("deploy", around.zk_contract_deploy),
        ("voting", around.voting),
        ("producers", around.bp_orchestration),
        ("token", cast::settings(false, 0, 0).stake_token),
    ] {
        names.bind(name_of(name), address);
    }
    names
}

fn name_for(names: &Names, address: &Address) -> Name {
    names
        .name(address)
        .cloned()
        .unwrap_or_else(|| format!("{address:x}").parse().expect("invariant: an address is a name"))
}

/// What must be given for the history to happen.
struct Facts {
    clock: step::Origin,
    settings: Option<[Fact; 3]>,
    /// What each account will bring, in units.
    holdings: BTreeMap<Name, i64>,
    producers: BTreeMap<Name, i32>,
}

impl Facts {
    fn of(history: &History) -> Result<Facts, String> {
        let names = names();
        let settings = match &history.start.origin {
            Origin::Stored(_) => None,
            Origin::Created(calls) => {
                Some(settings(calls.last().map_or(&[][..], |rpc| rpc.as_slice()))?)
            }
        };
        let clock = step::Origin::from_millis(history.start.now);
        let clock = clock.ok_or("the history begins before 1970")?;
        let mut facts =
            Facts { clock, settings, holdings: BTreeMap::new(), producers: BTreeMap::new() };
        for step in &history.steps {
            let Deed::Callback { rpc, success: true, results, .. } = &step.deed else { continue };
            match Call::decode(rpc) {
                Some(Call::OnAssociated { account, amount }) => {
                    let held = facts.holdings.entry(name_for(&names, &account)).or_default();
                    *held = held.saturating_add(amount.max(0));
                }
                Some(Call::OnProducerInfo { account, .. }) => {
                    if let [(_, record)] = results.as_slice() {
                        let who = name_for(&names, &account);
                        facts.producers.entry(who).or_insert_with(|| where_it_is(record));
                    }
                }
                _ => {}
            }
        }
        Ok(facts)
    }

    fn steps(&mut self, fresh: bool) -> Vec<Step> {
        let mut facts = Vec::new();
        if fresh && self.clock != step::Origin::DEFAULT {
            facts.push(Fact::Clock(self.clock));
        }
        facts.extend(self.settings.take().into_iter().flatten());
        for (who, units) in std::mem::take(&mut self.holdings) {
            facts.push(Fact::Holds { who, amount: Amount::from_units(units), approved: true });
        }
        for (who, jurisdiction) in std::mem::take(&mut self.producers) {
            let jurisdiction = (jurisdiction != 0).then_some(jurisdiction);
            facts.push(Fact::Produces { who, jurisdiction });
        }
        facts.into_iter().map(Step::Given).collect()
    }
}

/// The settings in a call of `create`.
fn settings(rpc: &[u8]) -> Result<[Fact; 3], String> {
    /// The shortname, three addresses of 21 bytes, and that of the token.
    const BEFORE: usize = 5 + 4 * 21;
    let mut source = Decoder::new(rpc.get(BEFORE..).ok_or("the registry is not created")?);
    let read = |error: pbc_traits::DecodeError| format!("the registry is not created: {error}");
    let required = bool::rpc_decode(&mut source).map_err(read)?;
    let [node, total] =
        [i64::rpc_decode(&mut source).map_err(read)?, i64::rpc_decode(&mut source).map_err(read)?];
    Ok([
        Fact::BlockProducers { required },
        Fact::MinNodeStake(Amount::from_units(node)),
        Fact::MinTotalStakes(Amount::from_units(total)),
    ])
}

/// The country code at the end of a record of a producer; 0 if there is none.
fn where_it_is(record: &[u8]) -> i32 {
    record.last_chunk().map_or(0, |bytes| i32::from_be_bytes(*bytes))
}

/// Writes a scenario and plays it at the same time.
struct Teller {
    world: World,
    /// What the moment 0 is, in milliseconds since 1970.
    origin: i64,
    steps: Vec<Step>,
    /// Callbacks that the registry has asked for: their bytes, and the mail that leads to each.
    under_way: Vec<(Vec<u8>, MailId)>,
    names: Names,
}

impl Teller {
    fn tell(&mut self, step: &super::Step, expected: Option<Option<String>>) -> Result<(), String> {
        let at = self.moment(step.at)?;
        match &step.deed {
            Deed::Call { sender, rpc } => self.call(at, sender, rpc, expected),
            Deed::Callback { rpc, success, results, again } => {
                let result = |(succeeded, data): &(bool, Vec<u8>)| CallResult {
                    succeeded: *succeeded,
                    return_data: data.clone(),
                };
                let results = results.iter().map(result).collect();
                let told = Results { success: *success, results };
                self.callback(at, rpc, &told, *again, expected)
            }
        }
    }

    fn moment(&self, at: i64) -> Result<Moment, String> {
        let since = at.checked_sub(self.origin).and_then(Moment::from_millis);
        Ok(since.ok_or("a step is before the start")?)
    }

    fn expect(&mut self, at: Moment, expectations: &[Expectation]) {
        let checks = expectations.iter().cloned();
        self.steps.extend(checks.map(|expectation| Step::Expect(Check { at, expectation })));
    }

    fn call(
        &mut self,
        at: Moment,
        sender: &Address,
        rpc: &[u8],
        expected: Option<Option<String>>,
    ) -> Result<(), String> {
        let origin = step::Origin::from_millis(self.origin).unwrap_or_default();
        let words = rpc::decode(rpc, &self.names, origin).ok().and_then(|decoded| decoded.words);
        let raw = || Action::Raw { rpc: rpc.to_vec(), to: name_of("registry") };
        let action = words.unwrap_or_else(raw);
        let actor = name_for(&self.names, sender);
        let last = self.last_mail();
        self.move_clock(at)?;
        let outcome = self.world.perform(&actor, &action).map_err(|error| error.to_string())?;
        if let Outcome::Accepted { groups, .. } = &outcome {
            let asked = groups.iter().filter_map(|group| group.callback.as_ref());
            let registry = cast::registry();
            let sent = self.world.mail().filter(|mail| Some(mail.id) > last);
            let sent = sent.filter(|mail| mail.event.from == registry).map(|mail| mail.id);
            self.under_way.extend(asked.map(|callback| callback.payload.clone()).zip(sent));
        }
        let refused = code(expected, Some(&outcome))?;
        self.steps.push(Step::Call(CallStep { at, actor, action, refused }));
        Ok(())
    }

    fn callback(
        &mut self,
        at: Moment,
        rpc: &[u8],
        told: &Results,
        again: bool,
        expected: Option<Option<String>>,
    ) -> Result<(), String> {
        // A callback that came once and comes again is there already.
        let mut mail = self.callback_mail(rpc);
        if mail.is_none() {
            let Some(place) = self.under_way.iter().position(|(payload, _)| payload == rpc) else {
                return Ok(());
            };
            let (_, id) = self.under_way.remove(place);
            self.answer(at, id, rpc, told)?;
            mail = self.callback_mail(rpc);
        }
        let id = mail.ok_or("a callback does not come")?;
        let said = self.world.mail().find(|mail| mail.id == id).map(|mail| &mail.event.kind);
        let says_so = matches!(said, Some(Kind::Callback(results)) if results == told);
        if !says_so {
            let item = self.item(id, ItemKind::Callback)?;
            self.post(at, Handling::Tell(item, told.clone()))?;
        }
        let item = self.item(id, ItemKind::Callback)?;
        let handling =
            if again { Handling::Repeat(item) } else { Handling::Deliver(Pick::Item(item)) };
        self.deliver(at, handling, expected)
    }

    /// Delivers the call that a callback waits for, so that it ends as told if that can be had.
    fn answer(&mut self, at: Moment, id: MailId, rpc: &[u8], told: &Results) -> Result<(), String> {
        let mail = self.world.mail().find(|mail| mail.id == id).ok_or("a call is not under way")?;
        let is_transfer = mail.event.to == cast::settings(false, 0, 0).stake_token;
        let kind = if is_transfer { ItemKind::Transfer } else { ItemKind::Call };
        let deliver = Handling::Deliver(Pick::Item(self.item(id, kind)?));
        let fail = Handling::Fail(self.item(id, kind)?);
        let comes_out = |teller: &Teller, handling: &Handling| {
            let mut branch = Teller { world: teller.world.clone(), ..teller.blank() };
            branch.move_clock(at).ok()?;
            branch.world.handle(handling).ok()?;
            let id = branch.callback_mail(rpc)?;
            let said = branch.world.mail().find(|mail| mail.id == id)?;
            Some(matches!(&said.event.kind, Kind::Callback(results) if results == told))
        };
        let fails = comes_out(self, &deliver) != Some(true) && comes_out(self, &fail) == Some(true);
        self.post(at, if fails { fail } else { deliver })
    }

    /// A teller that is only good for trying.
    fn blank(&self) -> Teller {
        Teller {
            world: self.world.clone(),
            origin: self.origin,
            steps: Vec::new(),
            under_way: Vec::new(),
            names: Names::default(),
        }
    }

    fn callback_mail(&self, rpc: &[u8]) -> Option<MailId> {
        let registry = cast::registry();
        let fits = |mail: &&crate::chain::Mail| {
            matches!(mail.event.kind, Kind::Callback(_))
                && mail.event.to == registry
                && mail.event.rpc == rpc
        };
        self.world.mail().find(fits).map(|mail| mail.id)
    }

    /// How a scenario names this piece of mail.
    fn item(&self, id: MailId, kind: ItemKind) -> Result<Item, String> {
        let found = self.world.mail().find(|mail| mail.id == id).ok_or("there is no such mail")?;
        let starter = found.event.starter;
        let token = cast::settings(false, 0, 0).stake_token;
        let fits = |mail: &&crate::chain::Mail| {
            let is_callback = matches!(mail.event.kind, Kind::Callback(_));
            mail.event.starter == starter
                && match kind {
                    ItemKind::Transfer => !is_callback && mail.event.to == token,
                    ItemKind::Call => !is_callback,
                    ItemKind::Callback => is_callback,
                }
        };
        let earlier = self.world.mail().filter(fits).take_while(|mail| mail.id < id).count();
        let nth = u32::try_from(earlier + 1).ok().and_then(NonZeroU32::new);
        let nth = nth.ok_or("there is too much mail")?;
        Ok(Item { kind, of: name_for(&self.names, &starter), nth })
    }

    fn post(&mut self, at: Moment, handling: Handling) -> Result<(), String> {
        self.move_clock(at)?;
        self.world.handle(&handling).map_err(|error| error.to_string())?;
        self.steps.push(Step::Mail(Post { at, handling, refused: None }));
        Ok(())
    }

    /// Delivers a callback, and writes down how the registry answers.
    fn deliver(
        &mut self,
        at: Moment,
        handling: Handling,
        expected: Option<Option<String>>,
    ) -> Result<(), String> {
        self.move_clock(at)?;
        self.world.chain_mut().drain_log();
        self.world.handle(&handling).map_err(|error| error.to_string())?;
        let log = self.world.chain_mut().drain_log();
        let registry = cast::registry();
        let answered = log.iter().find(|delivery| delivery.event.to == registry);
        let refused = code(expected, answered.map(|delivery| &delivery.outcome))?;
        self.steps.push(Step::Mail(Post { at, handling, refused }));
        Ok(())
    }

    fn move_clock(&mut self, at: Moment) -> Result<(), String> {
        let time = self.world.time_of(at).map_err(|error| error.to_string())?;
        if time != self.world.now() {
            self.world.set_clock(at).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    fn last_mail(&self) -> Option<MailId> {
        self.world.mail().map(|mail| mail.id).max()
    }
}

/// The code behind the arrow: what is expected, or else what came.
fn code(
    expected: Option<Option<String>>,
    outcome: Option<&Outcome>,
) -> Result<Option<Code>, String> {
    let code = match expected {
        Some(expected) => expected,
        None => outcome.and_then(Outcome::refusal).map(str::to_owned),
    };
    code.map(|code| code.parse::<Code>().map_err(|problem| problem.message)).transpose()
}
