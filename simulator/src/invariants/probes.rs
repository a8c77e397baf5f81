//! What only trying shows: real calls on a branch of the registry, of which nothing stays.
//!
//! "From release + 14 d on one 0b takes the tokens out" is about every future; a probe goes into the
//! one in which the owner tries at the first moment, with everybody else silent. That others cannot
//! change the answer in between is what the step properties show (T-01, T-03, T-04, INV-25, INV-29).
//!
//! Source: `registry.md` 12.2 and 13; dates are those of the contract's own plan.

use pbc_contract_common::address::Address;
use zk_node_registry::ZkNodeTokens;
use zk_node_registry::rules::leave::{LeaveStep, ReturnFrom, leave};
use zk_node_registry::rules::stake::PENDING_PERIOD_MS;
use zk_node_registry::rules::units::Timestamp;

use super::checker::Checker;
use super::facts::Facts;
use super::ghosts::Ghosts;
use super::state::{is_sound, whole};
use super::step::{Answer, Delivery};
use super::watch::Registry;
use super::{Property, Violation};
use crate::call::Call;
use crate::world::Records;

/// Tries one property about one account or contract.
pub type Try<R> = fn(&Probe<'_, R>, &Address, &mut Vec<Violation>);

/// The properties that are shown by trying.
pub const PROBED: [Property; 8] = [
    Property::T_02,
    Property::T_05,
    Property::T_06,
    Property::T_07,
    Property::T_08,
    Property::T_09,
    Property::T_11,
    Property::T_14,
];

/// A registry at the end of a step, to branch from.
#[derive(Debug)]
pub struct Probe<'a, R> {
    registry: &'a R,
    facts: &'a Facts,
    ghosts: &'a Ghosts,
    last: &'a Delivery,
}

impl<'a, R: Registry> Probe<'a, R> {
    /// To branch from `registry`, whose last delivery was `last`.
    pub fn new(registry: &'a R, checker: &'a Checker, last: &'a Delivery) -> Probe<'a, R> {
        Probe { registry, facts: checker.facts(), ghosts: checker.ghosts(), last }
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.last.now)
    }

    fn branch(&self) -> Branch<R> {
        Branch { registry: self.registry.clone(), last: self.last.clone() }
    }

    /// The tokens of an account, if they are such as the contract's views can look at.
    fn tokens(&self, account: &Address) -> Option<&'a ZkNodeTokens> {
        self.facts.staked_tokens.get(account).filter(|tokens| is_sound(tokens))
    }
}

/// A branch, with its own clock.
struct Branch<R> {
    registry: R,
    last: Delivery,
}

impl<R: Registry> Branch<R> {
    fn send(&mut self, now: i64, sender: Address, call: &Call) -> Answer {
        let last = self.last.clone();
        self.last = Delivery {
            sender,
            now,
            height: last.height.saturating_add(1),
            callback: None,
            rpc: call.encode(),
            ..last
        };
        self.registry.deliver(&self.last)
    }
}

/// Notes what a call that must be taken was answered instead.
fn must_be_taken(
    property: Property,
    account: &Address,
    call: &Call,
    now: i64,
    answer: &Answer,
    found: &mut Vec<Violation>,
) {
    if let Err(failure) = answer {
        found.push(Violation {
            property,
            place: format!("{:02x} of {account:x} at {now}", call.shortname()),
            found: failure.to_string(),
            expected: "acceptance".to_owned(),
        });
    }
}

fn is_free_at(release: i64) -> Option<i64> {
    release.checked_add(i64::try_from(PENDING_PERIOD_MS).ok()?)
}

/// Tries everything about those whom a delivery was about.
pub fn after<R: Registry>(probe: &Probe<'_, R>, delivery: &Delivery, found: &mut Vec<Violation>) {
    let Some(call) = Call::decode(&delivery.rpc) else { return };
    let account = match &call {
        Call::DisableZkNode { address: account }
        | Call::DisassociateAllExpiredStakes { account }
        | Call::OnProducerInfo { account, .. }
        | Call::OnAssociated { account, .. }
        | Call::OnDisassociated { account, .. } => Some(*account),
        _ => None,
    };
    let mut accounts = vec![account.unwrap_or(delivery.sender)];
    if let Call::DoneV2 { engines_status } | Call::ReRequest { engines_status, .. } = &call {
        accounts.extend(engines_status.iter().map(|it| it.engine));
    }
    if let Some(served) = call.request_for(delivery.sender) {
        t_07(probe, &served, found);
        let engines = probe.facts.computations.get(&served).map(|it| &it.nodes[..]);
        accounts.extend(engines.unwrap_or_default());
    }
    for account in &accounts {
        about(probe, account, found);
    }
}

/// Tries everything about everybody.
pub fn everywhere<R: Registry>(probe: &Probe<'_, R>, found: &mut Vec<Violation>) {
    for account in probe.facts.staked_tokens.keys() {
        about(probe, account, found);
    }
    for contract in probe.facts.computations.keys() {
        t_07(probe, contract, found);
    }
}

fn about<R: Registry>(probe: &Probe<'_, R>, account: &Address, found: &mut Vec<Violation>) {
    let all: [Try<R>; 7] = [t_02, t_05, t_06, t_08, t_09, t_11, t_14];
    for property in all {
        property(probe, account, found);
    }
}

/// 14 days after the release of each pending amount one 0b takes it out.
pub fn t_02<R: Registry>(probe: &Probe<'_, R>, account: &Address, found: &mut Vec<Violation>) {
    let Some(tokens) = probe.tokens(account) else { return };
    for pending in &tokens.pending_unlock {
        let Some(at) = is_free_at(pending.unlock_time) else { continue };
        let at = at.max(probe.last.now);
        let call = Call::DisassociateTokens { token_amount: pending.amount };
        let answer = probe.branch().send(at, *account, &call);
        must_be_taken(Property::T_02, account, &call, at, &answer, found);
    }
}

/// Whoever has reserved everything has it out by one call, 14 days after the latest release; here
/// all work ends now.
pub fn t_05<R: Registry>(probe: &Probe<'_, R>, account: &Address, found: &mut Vec<Violation>) {
    let Some(tokens) = probe.tokens(account) else { return };
    if !probe.ghosts.account(account).is_some_and(|ghost| ghost.has_reserved_all) {
        return;
    }
    let now = probe.last.now;
    let mut branch = probe.branch();
    for contract in tokens.allocated_tokens.keys() {
        let done = Call::DoneV1 {};
        let answer = branch.send(now, *contract, &done);
        must_be_taken(Property::T_05, contract, &done, now, &answer, found);
    }
    let releases = tokens.pending_unlock.iter().map(|it| it.unlock_time);
    let releases = releases.chain(tokens.allocated_tokens.keys().map(|_| now));
    let latest = releases.max().map_or(Some(now), is_free_at);
    let (Some(at), total) = (latest, tokens.total().units()) else { return };
    if total > 0 {
        let call = Call::DisassociateTokens { token_amount: total };
        let answer = branch.send(at.max(now), *account, &call);
        must_be_taken(Property::T_05, account, &call, at, &answer, found);
    }
}

/// The plan of the flowchart, carried out: everything is out at its date, and not before.
pub fn t_06<R: Registry>(probe: &Probe<'_, R>, account: &Address, found: &mut Vec<Violation>) {
    let now = probe.now();
    let Some(tokens) = probe.tokens(account) else { return };
    let plan = leave(Some(tokens), |contract| probe.facts.computations.get(contract).cloned(), now);
    let Some(exit) = plan.exit(now).filter(|_| !plan.steps.is_empty()) else { return };
    let mut branch = probe.branch();
    if let Some(LeaveStep::SetReserved { amount }) = plan.steps.first() {
        let call = Call::SetReservedTokens { new_reserved: amount.units() };
        let answer = branch.send(now.millis(), *account, &call);
        must_be_taken(Property::T_06, account, &call, now.millis(), &answer, found);
    }
    let mut ends: Vec<(i64, Address)> = plan
        .schedule
        .iter()
        .filter_map(|back| match back.from {
            ReturnFrom::Computation { contract, planned_end } => {
                planned_end.map(|end| (end.max(now).millis(), contract))
            }
            ReturnFrom::Pending { .. } => None,
        })
        .collect();
    ends.sort_unstable();
    for (end, contract) in ends {
        let done = Call::DoneV1 {};
        let answer = branch.send(end, contract, &done);
        must_be_taken(Property::T_06, &contract, &done, end, &answer, found);
    }
    let call = Call::DisassociateTokens { token_amount: tokens.total().units() };
    let exit = exit.millis();
    if exit > now.millis() {
        let mut early = Branch { registry: branch.registry.clone(), last: branch.last.clone() };
        if early.send(exit - 1, *account, &call).is_ok() {
            found.push(Violation {
                property: Property::T_06,
                place: format!("0b of {account:x} at {}", exit - 1),
                found: "everything is out".to_owned(),
                expected: format!("not before {exit}"),
            });
        }
    }
    let answer = branch.send(exit, *account, &call);
    must_be_taken(Property::T_06, account, &call, exit, &answer, found);
}

/// One 20 releases the nodes of a deleted contract; before it comes, their owners' calls are taken.
pub fn t_07<R: Registry>(probe: &Probe<'_, R>, contract: &Address, found: &mut Vec<Violation>) {
    let Some(computation) = probe.facts.computations.get(contract) else { return };
    let mut branch = probe.branch();
    for node in &computation.nodes {
        if let Some(tokens) = probe.tokens(node) {
            owner_goes_on(Property::T_07, probe, node, tokens, found);
        }
    }
    let call = Call::ContractDeleted { zk_contract: *contract };
    let deploy = probe.facts.collaborators.zk_contract_deploy;
    let answer = branch.send(probe.last.now, deploy, &call);
    must_be_taken(Property::T_07, &deploy, &call, probe.last.now, &answer, found);
    let records = Records::new(branch.registry.root(), branch.registry.trees());
    let still_works = |node: &Address| {
        records.tokens(node).is_some_and(|it| it.allocated_tokens.contains_key(contract))
    };
    if answer.is_ok() && computation.nodes.iter().any(still_works) {
        found.push(Violation {
            property: Property::T_07,
            place: format!("computations[{contract:x}]"),
            found: "a node is still allocated after 20".to_owned(),
            expected: "all are released".to_owned(),
        });
    }
}

/// A ban, a resignation and an expiration do not keep back what will be free.
pub fn t_08<R: Registry>(probe: &Probe<'_, R>, account: &Address, found: &mut Vec<Violation>) {
    let Some(tokens) = probe.tokens(account) else { return };
    let latest = tokens.pending_unlock.iter().map(|it| it.unlock_time).max();
    let Some(at) = latest.and_then(is_free_at) else { return };
    let now = probe.last.now;
    let mut branch = probe.branch();
    let node = probe.facts.zk_nodes.get(account);
    if node.is_some_and(|node| !node.is_resigned) && tokens.allocated_tokens.is_empty() {
        let resign = Call::ResignAsZkNode {};
        let answer = branch.send(now, *account, &resign);
        must_be_taken(Property::T_08, account, &resign, now, &answer, found);
    }
    if node.is_some() {
        let ban = Call::DisableZkNode { address: *account };
        let voting = probe.facts.collaborators.voting;
        let answer = branch.send(now, voting, &ban);
        must_be_taken(Property::T_08, &voting, &ban, now, &answer, found);
    }
    if let Some(soon) = now.checked_add(1) {
        let expire = Call::SetExpirationForAssociation { expiration_timestamp: Some(soon) };
        let answer = branch.send(now, *account, &expire);
        must_be_taken(Property::T_08, account, &expire, now, &answer, found);
    }
    let at = at.max(now);
    let amount = tokens.free(Timestamp::from_millis(at)).units();
    let call = Call::DisassociateTokens { token_amount: amount };
    let answer = branch.send(at, *account, &call);
    must_be_taken(Property::T_08, account, &call, at, &answer, found);
}

/// With transfers under way whose callbacks do not come, the account goes on as usual.
pub fn t_09<R: Registry>(probe: &Probe<'_, R>, account: &Address, found: &mut Vec<Violation>) {
    let Some(tokens) = probe.tokens(account) else { return };
    if tokens.incoming_tokens + tokens.outgoing_tokens == 0 {
        return;
    }
    let mut calls = owners_calls(tokens, probe.now());
    if whole(tokens) < i128::from(i64::MAX) {
        calls.insert(0, Call::AssociateTokens { token_amount: 1 });
    }
    let mut branch = probe.branch();
    for call in calls {
        let answer = branch.send(probe.last.now, *account, &call);
        must_be_taken(Property::T_09, account, &call, probe.last.now, &answer, found);
    }
}

/// Expired stake of which nothing works or waits goes home by one call of a stranger.
pub fn t_11<R: Registry>(probe: &Probe<'_, R>, account: &Address, found: &mut Vec<Violation>) {
    let Some(tokens) = probe.tokens(account) else { return };
    let swept = tokens.swept(probe.now());
    let in_flight = swept.incoming_tokens + swept.outgoing_tokens > 0;
    let rests = swept.allocated_tokens.is_empty() && swept.pending_unlock.is_empty();
    if !rests || in_flight || !swept.has_expired(probe.now()) {
        return;
    }
    let call = Call::DisassociateAllExpiredStakes { account: *account };
    let anyone = probe.facts.collaborators.voting;
    let mut branch = probe.branch();
    let answer = branch.send(probe.last.now, anyone, &call);
    must_be_taken(Property::T_11, &anyone, &call, probe.last.now, &answer, found);
    let was_taken = answer.is_ok();
    let callback = answer.ok().and_then(|groups| groups.into_iter().next()?.callback);
    let sent = match callback.and_then(|callback| Call::decode(&callback.payload)) {
        Some(Call::OnDisassociated { amount, .. }) => amount,
        _ if was_taken => 0,
        _ => return,
    };
    if sent != swept.free_tokens {
        found.push(Violation {
            property: Property::T_11,
            place: format!("staked_tokens[{account:x}]"),
            found: format!("{sent} units go home"),
            expected: format!("all {}", swept.free_tokens),
        });
    }
}

/// Each of the owner's own calls is taken, whatever others have done.
pub fn t_14<R: Registry>(probe: &Probe<'_, R>, account: &Address, found: &mut Vec<Violation>) {
    let Some(tokens) = probe.tokens(account) else { return };
    if tokens.incoming_tokens + tokens.outgoing_tokens > 0 {
        return; // T-09
    }
    owner_goes_on(Property::T_14, probe, account, tokens, found);
}

/// Each of the owner's own calls is taken now, by itself.
fn owner_goes_on<R: Registry>(
    property: Property,
    probe: &Probe<'_, R>,
    account: &Address,
    tokens: &ZkNodeTokens,
    found: &mut Vec<Violation>,
) {
    for call in owners_calls(tokens, probe.now()) {
        let answer = probe.branch().send(probe.last.now, *account, &call);
        must_be_taken(property, account, &call, probe.last.now, &answer, found);
    }
}

/// 06, 13, 17, and 0b of what is free.
fn owners_calls(tokens: &ZkNodeTokens, now: Timestamp) -> Vec<Call> {
    let mut calls = vec![
        Call::UnlockExpiredStakes {},
        Call::SetReservedTokens { new_reserved: tokens.reserved_tokens },
        Call::SetExpirationForAssociation { expiration_timestamp: None },
    ];
    let token_amount = tokens.free(now).units();
    if token_amount > 0 {
        calls.push(Call::DisassociateTokens { token_amount });
    }
    calls
}
