//! How one account gets all its tokens out: what to send and when, what comes back when, and what
//! can move the date.
//!
//! The plan itself is the contract's own view ([`leave`]); here are the bytes of its calls, the
//! schedule in the order of dates, and everything around it that an operator must know. A test
//! plays thousands of plans on the simulated chain: the tokens are out at the date, and not a
//! millisecond before.
//!
//! Source: `registry.md` 13; `run-a-zk-node.md`, "Deregister as a ZK node" (flowchart).

mod calendar;
mod csv;
mod json;
mod text;

use std::fmt;
use std::time::Duration;

use pbc_contract_common::address::{Address, AddressType};
use pbc_traits::WriteRPC;
use zk_node_registry::ZkNodeTokens;
use zk_node_registry::rules::leave::{LeavePlan, LeaveStep, Return, ReturnFrom, leave};
use zk_node_registry::rules::roster::belongs_in_roster;
use zk_node_registry::rules::units::{Timestamp, TokenAmount};

use crate::image::Image;
use crate::quantity::Amount;
use crate::status::{date, mpc};

/// For how long tokens are unstaked on the live chain before they can be transferred: 7 days.
///
/// Source: registry.md 13.
pub const UNSTAKING_PERIOD: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How an account gets all its tokens out, as far as is known at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExitPlan {
    /// The account.
    pub account: Address,
    /// The moment.
    pub now: Timestamp,
    /// Where it stands in the flowchart.
    pub stage: Stage,
    /// Its tokens at the moment.
    pub tokens: Tokens,
    /// What to send, in order.
    pub calls: Vec<PlannedCall>,
    /// What comes back, by date; what has no date stands last.
    pub returns: Vec<PlannedReturn>,
    /// When everything can be out (inclusive): the earliest date if nothing ends before its time.
    /// `None` if some date is unknown.
    pub exit: Option<Timestamp>,
    /// What can move the date.
    pub limits: Vec<Limit>,
    /// What may be sent besides.
    pub options: Vec<Choice>,
}

/// The tokens of an account; matured ones are free.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // the words of the glossary
pub struct Tokens {
    pub free: TokenAmount,
    pub allocated: TokenAmount,
    /// In how many computations.
    pub running: usize,
    pub pending: TokenAmount,
    pub reserved: TokenAmount,
    /// Free, allocated and pending together.
    pub total: TokenAmount,
    pub incoming: TokenAmount,
    pub outgoing: TokenAmount,
}

/// The boxes of the flowchart: what comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Something is allocated or pending, and not all is reserved.
    Reserve,
    /// Something is allocated.
    AwaitEnd,
    /// Nothing is allocated, something is pending.
    AwaitUnlock,
    /// All is free.
    Disassociate,
    /// There is nothing to take out.
    Out,
}

/// A call, and when to send it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlannedCall {
    /// From when on (inclusive); `None` if that is unknown.
    pub at: Option<Timestamp>,
    /// The call.
    pub call: Call,
}

/// A call that the operator sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// 13
    SetReserved(TokenAmount),
    /// 0b
    Disassociate(TokenAmount),
    /// 07, for this contract.
    CheckStatus(Address),
    /// 11
    Resign,
}

/// Tokens that become free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlannedReturn {
    /// When (inclusive); `None` if that is unknown.
    pub at: Option<Timestamp>,
    /// How many.
    pub amount: TokenAmount,
    /// Where they are now.
    pub from: ReturnFrom,
    /// How many are free then, those that returned before included.
    pub free_then: TokenAmount,
}

/// What can move the date, or make the plan another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Nobody knows when the work for this contract ends.
    NoEndKnown {
        /// The contract.
        contract: Address,
    },
    /// The work for this contract should have ended, and no end was reported; counted from now.
    Overdue {
        /// The contract.
        contract: Address,
        /// When it should have ended.
        planned_end: Timestamp,
    },
    /// A contract of type 02 has no binder: it may never release.
    MayNeverRelease {
        /// The contract.
        contract: Address,
    },
    /// Anyone may buy extensions of a running computation.
    Extension,
    /// The 14 days start when the end is reported.
    LateReport,
    /// The work may end before its time, which makes everything earlier.
    EarlyEnd,
    /// Transfers are under way: the plan is made again when they have landed.
    InFlight {
        /// Associations.
        incoming: TokenAmount,
        /// Disassociations.
        outgoing: TokenAmount,
    },
    /// Anyone may send the free tokens home from the expiration on, so the last call is made anew.
    Expiration {
        /// From when on (inclusive).
        expiration: Timestamp,
    },
}

/// A call that is not part of the plan, and what it is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// From when on.
    pub from: ChoiceFrom,
    /// The call.
    pub call: Call,
    /// What it is good for.
    pub purpose: Purpose,
}

/// When a call that is not part of the plan makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChoiceFrom {
    /// At once.
    Now,
    /// Once nothing is allocated any more.
    NothingAllocated,
}

/// What a call that is not part of the plan is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The overdue contract may settle when it is touched.
    SettleOverdue,
    /// The registry learns the end from the contract.
    LearnEnd,
    /// The free tokens leave before the others.
    FreeFirst {
        /// Whether the node then has less than the minimum stake and leaves the roster.
        leaves_roster: bool,
    },
    /// The operator's node record ends too.
    Resign,
}

impl ExitPlan {
    /// The plan for `account` of `image` at `now`. The image was loaded or imported: no amount is
    /// negative.
    pub fn of(image: &Image, account: Address, now: Timestamp) -> ExitPlan {
        let record = image.staked_tokens.get(&account);
        let plan = leave(record, |contract| image.computations.get(contract).cloned(), now);
        let tokens = record.map(|record| Tokens::of(record, now)).unwrap_or_default();
        let exit = plan.exit(now);
        let calls = plan.steps.iter().filter_map(|step| match step {
            LeaveStep::SetReserved { amount } => {
                Some(PlannedCall { at: Some(now), call: Call::SetReserved(*amount) })
            }
            LeaveStep::WaitUntil { .. } => None,
            LeaveStep::Disassociate { amount } => {
                Some(PlannedCall { at: exit, call: Call::Disassociate(*amount) })
            }
        });
        ExitPlan {
            account,
            now,
            stage: Stage::of(&plan),
            tokens,
            calls: calls.collect(),
            returns: by_date(&plan.schedule, tokens.free),
            exit,
            limits: limits(&plan, record, now),
            options: options(&plan, image, account, now),
        }
    }

    /// When tokens that leave at the exit can be transferred on the live chain.
    pub fn transferable(&self) -> Option<Timestamp> {
        self.exit.and_then(|exit| exit.checked_add(UNSTAKING_PERIOD))
    }
}

impl Tokens {
    fn of(record: &ZkNodeTokens, now: Timestamp) -> Tokens {
        let buckets = record.buckets(now);
        Tokens {
            free: buckets.free,
            allocated: buckets.allocated,
            running: record.running(),
            pending: buckets.pending,
            reserved: record.reserved(),
            total: record.total(),
            incoming: record.incoming(),
            outgoing: record.outgoing(),
        }
    }
}

impl Stage {
    fn of(plan: &LeavePlan) -> Stage {
        let is_allocated = |back: &Return| matches!(back.from, ReturnFrom::Computation { .. });
        match plan.steps.first() {
            None => Stage::Out,
            Some(LeaveStep::SetReserved { .. }) => Stage::Reserve,
            Some(LeaveStep::WaitUntil { .. }) if plan.schedule.iter().any(is_allocated) => {
                Stage::AwaitEnd
            }
            Some(LeaveStep::WaitUntil { .. }) => Stage::AwaitUnlock,
            Some(LeaveStep::Disassociate { .. }) => Stage::Disassociate,
        }
    }

    /// The text of the box.
    ///
    /// Source: `run-a-zk-node.md`, "Deregister as a ZK node" (flowchart).
    pub const fn title(self) -> &'static str {
        match self {
            Stage::Reserve => "Reserve tokens for disassociation",
            Stage::AwaitEnd => "Wait for the node allocation end date",
            Stage::AwaitUnlock => "Wait for pending tokens being unlocked",
            Stage::Disassociate => "Disassociate tokens",
            Stage::Out => "nothing: no tokens are here",
        }
    }
}

impl Call {
    /// The name of the action.
    pub const fn name(self) -> &'static str {
        match self {
            Call::SetReserved(_) => "set_reserved_tokens",
            Call::Disassociate(_) => "disassociate_tokens",
            Call::CheckStatus(_) => "check_contract_status",
            Call::Resign => "resign_as_zk_node",
        }
    }

    /// The amount that is its argument.
    pub const fn amount(self) -> Option<TokenAmount> {
        match self {
            Call::SetReserved(amount) | Call::Disassociate(amount) => Some(amount),
            Call::CheckStatus(_) | Call::Resign => None,
        }
    }

    /// The bytes to send to the registry: shortname and arguments.
    ///
    /// Source: registry.md 4.3 and 15.
    pub fn rpc(self) -> Vec<u8> {
        let call = |shortname, argument: &dyn Fn(&mut Vec<u8>) -> std::io::Result<()>| {
            let mut rpc = vec![shortname];
            argument(&mut rpc).expect("invariant: a vector takes all bytes");
            rpc
        };
        match self {
            Call::SetReserved(amount) => call(0x13, &|rpc| amount.units().rpc_write_to(rpc)),
            Call::Disassociate(amount) => call(0x0b, &|rpc| amount.units().rpc_write_to(rpc)),
            Call::CheckStatus(contract) => call(0x07, &|rpc| contract.rpc_write_to(rpc)),
            Call::Resign => vec![0x11],
        }
    }
}

/// `set_reserved_tokens 75_000`
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Call::SetReserved(amount) | Call::Disassociate(amount) => {
                write!(f, " {}", mpc(*amount))
            }
            Call::CheckStatus(contract) => write!(f, " {contract:x}"),
            Call::Resign => Ok(()),
        }
    }
}

impl Limit {
    /// A stable code, for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Limit::NoEndKnown { .. } => "no_end_known",
            Limit::Overdue { .. } => "overdue",
            Limit::MayNeverRelease { .. } => "may_never_release",
            Limit::Extension => "extension",
            Limit::LateReport => "late_report",
            Limit::EarlyEnd => "early_end",
            Limit::InFlight { .. } => "in_flight",
            Limit::Expiration { .. } => "expiration",
        }
    }

    /// The contract that it is about.
    pub const fn contract(&self) -> Option<Address> {
        match self {
            Limit::NoEndKnown { contract }
            | Limit::Overdue { contract, .. }
            | Limit::MayNeverRelease { contract } => Some(*contract),
            _ => None,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Limit::NoEndKnown { contract } => write!(
                f,
                "nobody knows here when the work for {contract:x} ends; `--contracts FILE` says it"
            ),
            Limit::Overdue { contract, planned_end } => write!(
                f,
                "the work for {contract:x} should have ended on {} and no end was reported; \
                 the plan counts from now",
                date(*planned_end)
            ),
            Limit::MayNeverRelease { contract } => write!(
                f,
                "{contract:x} is a public contract: nothing makes it release, its allocation is \
                 open without a known end"
            ),
            Limit::Extension => f.write_str(
                "anyone may extend running work by 1 to 182 days at a time, as often as they pay",
            ),
            Limit::LateReport => {
                f.write_str("an end that is reported late starts its 14 days late")
            }
            Limit::EarlyEnd => f.write_str("work that ends before its time gives back earlier"),
            Limit::InFlight { incoming, outgoing } => write!(
                f,
                "transfers are under way, {} in and {} out: make the plan again when they have \
                 landed",
                mpc(*incoming),
                mpc(*outgoing)
            ),
            Limit::Expiration { expiration } => write!(
                f,
                "from {} on anyone may send the free tokens home (16): make the last call anew \
                 when the day comes",
                date(*expiration)
            ),
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Purpose::SettleOverdue => "an overdue contract may settle when it is touched",
            Purpose::LearnEnd => "the registry asks the contract when its work ends",
            Purpose::FreeFirst { leaves_roster: false } => "the free tokens may leave at once",
            Purpose::FreeFirst { leaves_roster: true } => {
                "the free tokens may leave at once; below the minimum stake the node leaves the \
                 roster"
            }
            Purpose::Resign => "the node record ends too; the tokens can leave without it",
        })
    }
}

fn by_date(schedule: &[Return], free_now: TokenAmount) -> Vec<PlannedReturn> {
    let mut schedule: Vec<&Return> = schedule.iter().collect();
    schedule.sort_by_key(|back| (back.free_at.is_none(), back.free_at));
    let mut free_then = free_now;
    let planned = schedule.into_iter().map(|back| {
        free_then = [free_then, back.amount].into_iter().sum();
        PlannedReturn { at: back.free_at, amount: back.amount, from: back.from, free_then }
    });
    planned.collect()
}

/// Those of single contracts first.
fn limits(plan: &LeavePlan, record: Option<&ZkNodeTokens>, now: Timestamp) -> Vec<Limit> {
    let mut limits = Vec::new();
    for back in &plan.schedule {
        let ReturnFrom::Computation { contract, planned_end } = back.from else { continue };
        match planned_end {
            None => limits.push(Limit::NoEndKnown { contract }),
            Some(planned_end) if planned_end < now => {
                limits.push(Limit::Overdue { contract, planned_end });
            }
            Some(_) => {}
        }
        if contract.address_type != AddressType::ZkContract {
            limits.push(Limit::MayNeverRelease { contract });
        }
    }
    let is_allocated = |back: &Return| matches!(back.from, ReturnFrom::Computation { .. });
    if plan.schedule.iter().any(is_allocated) {
        limits.extend([Limit::Extension, Limit::LateReport, Limit::EarlyEnd]);
    }
    if let Some(record) = record {
        let (incoming, outgoing) = (record.incoming(), record.outgoing());
        if incoming > TokenAmount::ZERO || outgoing > TokenAmount::ZERO {
            limits.push(Limit::InFlight { incoming, outgoing });
        }
        if !plan.steps.is_empty() {
            let expiration = record.expiration();
            limits.extend(expiration.map(|expiration| Limit::Expiration { expiration }));
        }
    }
    limits
}

fn options(plan: &LeavePlan, image: &Image, account: Address, now: Timestamp) -> Vec<Choice> {
    let mut options = Vec::new();
    let mut is_allocated = false;
    for back in &plan.schedule {
        let ReturnFrom::Computation { contract, planned_end } = back.from else { continue };
        is_allocated = true;
        let call = Call::CheckStatus(contract);
        // A public contract has no binder and answers no 07.
        if contract.address_type != AddressType::ZkContract {
            continue;
        }
        let purpose = match planned_end {
            None => Purpose::LearnEnd,
            Some(end) if end < now => Purpose::SettleOverdue,
            Some(_) => continue,
        };
        options.push(Choice { from: ChoiceFrom::Now, call, purpose });
    }
    let node = image.zk_nodes.get(&account);
    let record = image.staked_tokens.get(&account);
    if let Some(record) = record.filter(|_| !plan.schedule.is_empty()) {
        let free = record.free(now);
        if free > TokenAmount::ZERO {
            let rest = ZkNodeTokens { free_tokens: 0, ..record.swept(now) };
            let belongs = |tokens| belongs_in_roster(node, Some(tokens), &image.settings);
            let leaves_roster = belongs(record) && !belongs(&rest);
            let purpose = Purpose::FreeFirst { leaves_roster };
            let call = Call::Disassociate(free);
            options.push(Choice { from: ChoiceFrom::Now, call, purpose });
        }
    }
    if node.is_some_and(|node| node.is_active()) {
        let from = if is_allocated { ChoiceFrom::NothingAllocated } else { ChoiceFrom::Now };
        options.push(Choice { from, call: Call::Resign, purpose: Purpose::Resign });
    }
    options
}

/// `amount` as texts show it.
fn plain(amount: TokenAmount) -> String {
    Amount::from_units(amount.units()).to_string().replace('_', "")
}
