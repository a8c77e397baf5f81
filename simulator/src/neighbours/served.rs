//! A contract for which nodes work: its engines, its status, what they owe, its deadline, its end.
//!
//! Calls that a ZK contract (type 03) answers: `getComputationDeadline` (0b), with the deadline as
//! an `i64`, and `extendZkComputationDeadline` (13). A public contract (type 02) has no binder and
//! answers neither. Requests of its own have the callback [`ON_ENGINES`]; of the deploy contract
//! it learns its engines by a call that only the models know.
//!
//! When its work ends, the contract asks the contract crate for the verdict on each engine and
//! sends them to the registry (12). A deadline that passes ends nothing by itself: the contract
//! has to be touched, by a scenario or by the question for its deadline (ZK-4 of
//! [`crate::chain`]).
//!
//! Not here: the verdict itself, which the contract crate decides.
//!
//! Source: `registry.md` 6.1, 9 and 10.2; `run-a-zk-node.md`, "Calculating the score".

use std::rc::Rc;

use pbc_contract_common::address::{Address, AddressType};
use pbc_host::{Group, Interaction};
use pbc_lib::{Export, Failure};
use pbc_traits::WriteRPC;
use zk_node_registry::rules::score::{Ending, verdict};
use zk_node_registry::rules::work::COMPUTATION_PERIOD_MS;
use zk_node_registry::{EngineInformation, EngineStatus};

use super::work::{Owed, WorkError, WorkKind};
use super::{Arguments, ON_ENGINES, TAKE_ENGINES, engines, refused, unknown};
use crate::chain::{Call, Neighbour, Results};
use crate::engine::unknown_action;

const GET_COMPUTATION_DEADLINE: u32 = 0x0b;
const EXTEND_DEADLINE: u32 = 0x13;
const TAKE: u32 = TAKE_ENGINES as u32;
const DONE_WITH_VERDICTS: u8 = 0x12;

/// A contract for which nodes work, or will.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServedContract {
    /// Whom it tells of its end; without one it tells nobody.
    registry: Option<Address>,
    status: Status,
    /// None until it has engines.
    deadline: Option<i64>,
    engines: Vec<EngineInformation>,
    owed: Owed,
    life: Life,
}

/// How far the contract has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Life {
    /// Its engines work, or it has none yet.
    #[default]
    Working,
    /// It has reported its end, and may ask for engines again.
    Ended,
    /// It is gone.
    Deleted,
}

/// The calculation status of a ZK contract.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// Nothing is being computed.
    #[default]
    Waiting,
    /// A computation is running.
    Calculating,
    /// Somebody cheated: nothing is computed any more.
    Malicious,
    /// The work is over.
    Done,
}

impl Status {
    /// All of them.
    pub const ALL: [Status; 4] =
        [Status::Waiting, Status::Calculating, Status::Malicious, Status::Done];

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Status::Waiting => "waiting",
            Status::Calculating => "calculating",
            Status::Malicious => "malicious",
            Status::Done => "done",
        }
    }
}

/// What can be seen, and set from outside.
impl ServedContract {
    /// A contract without engines that tells `registry` of its end.
    pub fn reporting_to(registry: Address) -> ServedContract {
        ServedContract { registry: Some(registry), ..ServedContract::default() }
    }

    /// Its status.
    pub fn status(&self) -> Status {
        self.status
    }

    /// Sets the status from outside.
    pub fn set_status(&mut self, status: Status) {
        self.status = status;
    }

    /// Until when its engines work, in milliseconds since 1970; reached when `now >= deadline`.
    pub fn deadline(&self) -> Option<i64> {
        self.deadline
    }

    /// Sets the deadline from outside.
    pub fn set_deadline(&mut self, deadline: Option<i64>) {
        self.deadline = deadline;
    }

    /// Its engines, in engine order.
    pub fn engines(&self) -> &[EngineInformation] {
        &self.engines
    }

    /// Sets the engines from outside, in engine order.
    pub fn set_engines(&mut self, engines: Vec<EngineInformation>) {
        self.engines = engines;
    }

    /// What its engines owe.
    pub fn owed(&self) -> &Owed {
        &self.owed
    }

    /// Whether it is gone.
    pub fn is_deleted(&self) -> bool {
        self.life == Life::Deleted
    }

    /// It has told the registry by itself, whatever it said, that its work has ended.
    pub fn note_reported_end(&mut self) {
        if self.life == Life::Working {
            self.life = Life::Ended;
        }
    }
}

/// What happens there.
impl ServedContract {
    /// Starts a computation (Calculating), or ends the one that was running (Waiting).
    ///
    /// # Errors
    ///
    /// In this order: [`WorkError::Deleted`], [`WorkError::NoEngines`], [`WorkError::Over`].
    pub fn compute(&mut self, calculating: bool) -> Result<(), WorkError> {
        self.check_working()?;
        self.status = if calculating { Status::Calculating } else { Status::Waiting };
        Ok(())
    }

    /// A new item of work: every engine owes its part.
    ///
    /// # Errors
    ///
    /// As [`ServedContract::compute`].
    pub fn await_all(&mut self, kind: WorkKind) -> Result<(), WorkError> {
        self.check_working()?;
        self.engines.iter().for_each(|engine| self.owed.add(engine.identity, kind));
        Ok(())
    }

    /// A new item of work for which only the part of `node` is missing.
    ///
    /// # Errors
    ///
    /// As [`ServedContract::compute`], then [`WorkError::NotAnEngine`].
    pub fn await_one(&mut self, node: Address, kind: WorkKind) -> Result<(), WorkError> {
        self.check_working()?;
        self.check_engine(node)?;
        self.owed.add(node, kind);
        Ok(())
    }

    /// `node` does its part of one item.
    ///
    /// # Errors
    ///
    /// As [`ServedContract::await_one`], then [`WorkError::OwesNone`].
    pub fn settle(&mut self, node: Address, kind: WorkKind) -> Result<(), WorkError> {
        self.check_working()?;
        self.check_engine(node)?;
        if self.owed.settle(&node, kind) { Ok(()) } else { Err(WorkError::OwesNone(node, kind)) }
    }

    /// The calculation status becomes Done or Malicious. Returns the message to the registry.
    ///
    /// A contract whose work has ended already sends its message all the same: what that is worth,
    /// the registry says.
    ///
    /// # Errors
    ///
    /// In this order: [`WorkError::Deleted`], [`WorkError::NoEngines`].
    pub fn finish(&mut self, malicious: bool) -> Result<Vec<u8>, WorkError> {
        self.check_engines()?;
        self.status = if malicious { Status::Malicious } else { Status::Done };
        Ok(self.end(if malicious { Ending::Malicious } else { Ending::Done }))
    }

    /// The contract notices that its deadline has been reached (`now >= deadline`). Returns the
    /// message to the registry.
    ///
    /// # Errors
    ///
    /// As [`ServedContract::finish`], then [`WorkError::BeforeDeadline`].
    pub fn reach_deadline(&mut self, now: i64) -> Result<Vec<u8>, WorkError> {
        self.check_engines()?;
        match self.deadline {
            Some(deadline) if now < deadline => Err(WorkError::BeforeDeadline(deadline)),
            _ => Ok(self.end_overdue()),
        }
    }

    /// The contract is deleted, and this is its last message.
    ///
    /// # Errors
    ///
    /// As [`ServedContract::finish`].
    pub fn delete(&mut self) -> Result<Vec<u8>, WorkError> {
        self.check_engines()?;
        let message = self.end(Ending::Deleted);
        self.life = Life::Deleted;
        Ok(message)
    }

    /// The contract runs out of gas and is gone, without a message.
    ///
    /// # Errors
    ///
    /// [`WorkError::Deleted`].
    pub fn starve(&mut self) -> Result<(), WorkError> {
        self.check_exists()?;
        self.life = Life::Deleted;
        Ok(())
    }

    fn check_exists(&self) -> Result<(), WorkError> {
        if self.life == Life::Deleted { Err(WorkError::Deleted) } else { Ok(()) }
    }

    fn check_engines(&self) -> Result<(), WorkError> {
        self.check_exists()?;
        if self.engines.is_empty() { Err(WorkError::NoEngines) } else { Ok(()) }
    }

    fn check_working(&self) -> Result<(), WorkError> {
        self.check_engines()?;
        if self.life == Life::Working { Ok(()) } else { Err(WorkError::Over) }
    }

    fn check_engine(&self, node: Address) -> Result<(), WorkError> {
        let works = self.engines.iter().any(|engine| engine.identity == node);
        if works { Ok(()) } else { Err(WorkError::NotAnEngine(node)) }
    }

    fn end_overdue(&mut self) -> Vec<u8> {
        let computation_ongoing = self.status == Status::Calculating;
        self.end(Ending::DeadlineReached { computation_ongoing })
    }

    /// The message with the verdict on each engine, in engine order.
    fn end(&mut self, ending: Ending) -> Vec<u8> {
        self.life = Life::Ended;
        let judged = |engine: &EngineInformation| EngineStatus {
            engine: engine.identity,
            status: verdict(ending, self.owed.of(&engine.identity)),
        };
        let statuses: Vec<EngineStatus> = self.engines.iter().map(judged).collect();
        let mut message = vec![DONE_WITH_VERDICTS];
        statuses.rpc_write_to(&mut message).expect("invariant: a vector takes all bytes");
        message
    }

    /// New engines, who owe nothing. The deadline is 28 days on; while the work goes on it stays
    /// where it is if that is later.
    fn take(&mut self, engines: Vec<EngineInformation>, now: i64) {
        let period = i64::try_from(COMPUTATION_PERIOD_MS).expect("invariant: 28 days fit");
        let running = self.deadline.filter(|_| self.life == Life::Working);
        self.engines = engines;
        self.deadline = running.max(Some(now.saturating_add(period)));
        self.status = Status::Waiting;
        self.owed = Owed::default();
        self.life = Life::Working;
    }

    /// Answers the question for the deadline. If that is reached, and no end has been reported,
    /// this is the end.
    fn answer_deadline(&mut self, now: i64) -> Result<Vec<Group>, Failure> {
        let deadline = self.known_deadline()?;
        let overdue = now >= deadline && self.check_working().is_ok();
        let mut groups = Vec::new();
        if let (true, Some(dest)) = (overdue, self.registry) {
            let payload = self.end_overdue();
            let told = Interaction { dest, payload, cost: None, cost_from_contract: false };
            groups.push(Group { interactions: vec![told], ..Group::default() });
        }
        groups.extend(returned(deadline));
        Ok(groups)
    }

    /// Moves the deadline by what `gas` buys. Returns the new one.
    ///
    /// # Errors
    ///
    /// In this order: `no_deadline`, `calculation_ended` (Malicious or Done), `deadline_passed`
    /// (from the very millisecond on), `extension_price_invalid` (a denominator of 0 or a negative
    /// number), `extension_too_short`, `extension_too_long`.
    fn extend(
        &mut self,
        gas: u64,
        numerator: i64,
        denominator: i64,
        limits: [i64; 2],
        now: i64,
    ) -> Result<i64, Failure> {
        let deadline = self.known_deadline()?;
        if matches!(self.status, Status::Malicious | Status::Done) {
            return Err(refused("calculation_ended", format!("status {:?}", self.status)));
        }
        if now >= deadline {
            return Err(refused("deadline_passed", format!("deadline {deadline}, now {now}")));
        }
        let bought = i128::from(gas)
            .checked_mul(i128::from(numerator))
            .and_then(|product| product.checked_div(i128::from(denominator)))
            .filter(|bought| *bought >= 0)
            .ok_or_else(|| {
                refused("extension_price_invalid", format!("{numerator} ÷ {denominator} ms"))
            })?;
        let [least, most] = limits.map(i128::from);
        if bought < least {
            return Err(refused("extension_too_short", format!("{bought} ms, at least {least}")));
        }
        if bought > most {
            return Err(refused("extension_too_long", format!("{bought} ms, at most {most}")));
        }
        let bought = i64::try_from(bought).expect("invariant: at most the limit");
        let extended = deadline.saturating_add(bought);
        self.deadline = Some(extended);
        Ok(extended)
    }

    fn known_deadline(&self) -> Result<i64, Failure> {
        self.deadline.ok_or_else(|| refused("no_deadline", "the contract has had no engines yet"))
    }
}

impl Neighbour for ServedContract {
    fn call(&mut self, call: &Call<'_>) -> Result<Vec<Group>, Failure> {
        let (shortname, mut arguments) = Arguments::of(call)?;
        let has_binder = call.contract.address_type == AddressType::ZkContract;
        if self.is_deleted() {
            return Err(gone());
        }
        match shortname {
            TAKE => {
                let engines = arguments.next()?;
                arguments.end()?;
                self.take(engines, call.now);
                Ok(Vec::new())
            }
            GET_COMPUTATION_DEADLINE if has_binder => {
                arguments.end()?;
                self.answer_deadline(call.now)
            }
            EXTEND_DEADLINE if has_binder => {
                let (numerator, denominator) = (arguments.next()?, arguments.next()?);
                let limits = [arguments.next()?, arguments.next()?];
                arguments.end()?;
                let gas = call.gas.unwrap_or_default();
                self.extend(gas, numerator, denominator, limits, call.now).map(returned)
            }
            other => Err(unknown(other)),
        }
    }

    fn call_back(&mut self, call: &Call<'_>, results: &Results) -> Result<Vec<Group>, Failure> {
        let (shortname, mut arguments) = Arguments::of(call)?;
        if shortname != u32::from(ON_ENGINES) {
            return Err(unknown_action(Export::Callback(shortname)));
        }
        arguments.next::<Address>()?;
        arguments.end()?;
        if self.is_deleted() {
            return Err(gone());
        }
        if let Some(engines) = engines(results)? {
            self.take(engines, call.now);
        }
        Ok(Vec::new())
    }

    fn copy(&self) -> Rc<dyn Neighbour> {
        Rc::new(self.clone())
    }
}

fn gone() -> Failure {
    refused("contract_deleted", "the contract is gone")
}

fn returned(deadline: i64) -> Vec<Group> {
    vec![Group { return_data: Some(deadline.to_be_bytes().to_vec()), ..Group::default() }]
}

#[cfg(test)]
mod tests;
