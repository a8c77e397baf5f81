//! A contract for which nodes work: its engines, its status, its deadline.
//!
//! Calls that a ZK contract (type 03) answers: `getComputationDeadline` (0b), with the deadline as
//! an `i64`, and `extendZkComputationDeadline` (13). A public contract (type 02) has no binder and
//! answers neither. Requests of its own have the callback [`ON_ENGINES`]; of the deploy contract
//! it learns its engines by a call that only the models know.
//!
//! Not here: the verdict on a node, which the contract crate decides.
//!
//! Source: `registry.md` 9.3 and 10.2; `run-a-zk-node.md`, "Calculating the score".

use std::rc::Rc;

use pbc_contract_common::address::{Address, AddressType};
use pbc_host::Group;
use pbc_lib::{Export, Failure};
use zk_node_registry::EngineInformation;
use zk_node_registry::rules::work::COMPUTATION_PERIOD_MS;

use super::{Arguments, ON_ENGINES, TAKE_ENGINES, engines, refused, unknown};
use crate::chain::{Call, Neighbour, Results};
use crate::engine::unknown_action;

const GET_COMPUTATION_DEADLINE: u32 = 0x0b;
const EXTEND_DEADLINE: u32 = 0x13;
const TAKE: u32 = TAKE_ENGINES as u32;

/// A contract for which nodes work, or will.
#[derive(Clone, Debug, Default)]
pub struct ServedContract {
    status: Status,
    /// None until it has engines.
    deadline: Option<i64>,
    engines: Vec<EngineInformation>,
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

impl ServedContract {
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

    /// New engines: the deadline is 28 days on, or stays where it is if that is later.
    fn take(&mut self, engines: Vec<EngineInformation>, now: i64) {
        let period = i64::try_from(COMPUTATION_PERIOD_MS).expect("invariant: 28 days fit");
        self.engines = engines;
        self.deadline = self.deadline.max(Some(now.saturating_add(period)));
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
        match shortname {
            TAKE => {
                let engines = arguments.next()?;
                arguments.end()?;
                self.take(engines, call.now);
                Ok(Vec::new())
            }
            GET_COMPUTATION_DEADLINE if has_binder => {
                arguments.end()?;
                self.known_deadline().map(returned)
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
        if let Some(engines) = engines(results)? {
            self.take(engines, call.now);
        }
        Ok(Vec::new())
    }

    fn copy(&self) -> Rc<dyn Neighbour> {
        Rc::new(self.clone())
    }
}

fn returned(deadline: i64) -> Vec<Group> {
    vec![Group { return_data: Some(deadline.to_be_bytes().to_vec()), ..Group::default() }]
}
