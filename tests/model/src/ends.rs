//! The rows *Ends and deadlines* of 4.3, callbacks 33 and 34, and the verb *release*.

use crate::call::{CallbackOutcome, Context, EngineStatus};
use crate::checks;
use crate::effects::{self, Effects};
use crate::refusal::Refusal;
use crate::state::{Address, Model, NodeRecord, Pending, TokenRecord, units};
use crate::verdict::Status;

impl Model {
    /// `05`
    pub(crate) fn done_v1(&mut self, context: &Context) -> Result<Effects, Refusal> {
        let all_successful = self.success_for_all(&context.sender)?;

        self.release(&context.sender, &all_successful, context.now_ms);
        Ok(Effects::default())
    }

    /// `12`
    pub(crate) fn done_v2(
        &mut self,
        context: &Context,
        statuses: &[EngineStatus],
    ) -> Result<Effects, Refusal> {
        let computation = self.computation_of(&context.sender)?;
        checks::list_length(statuses)?;
        checks::statuses(statuses, computation)?;

        self.release(&context.sender, statuses, context.now_ms);
        Ok(Effects::default())
    }

    /// `20`
    pub(crate) fn deleted(
        &mut self,
        context: &Context,
        zk_contract: &Address,
    ) -> Result<Effects, Refusal> {
        self.sender_is_deploy(&context.sender)?;
        let all_successful = self.success_for_all(zk_contract)?;

        self.release(zk_contract, &all_successful, context.now_ms);
        Ok(Effects::default())
    }

    /// `no_computation`, or the status list that 05 and 20 stand for.
    fn success_for_all(&self, contract: &Address) -> Result<Vec<EngineStatus>, Refusal> {
        let computation = self.computation_of(contract)?;
        let success = |node: &Address| EngineStatus { engine: *node, status: Status::Success };
        Ok(computation.nodes.iter().map(success).collect())
    }

    /// *Release* (4.2): each share becomes pending at `now`, each score is booked, and the
    /// computation is gone. Statuses name each engine once.
    pub(crate) fn release(&mut self, contract: &Address, statuses: &[EngineStatus], now: i64) {
        for EngineStatus { engine, status } in statuses {
            if let Some(mut record) = self.touched(engine, now) {
                if let Some(share) = record.allocated.remove(contract) {
                    record.make_pending(share, now);
                }
                self.store(engine, record);
            }
            if let Some(node) = self.zk_nodes.get_mut(engine) {
                node.book(*status);
            }
        }
        self.computations.remove(contract);
    }

    /// `07`
    pub(crate) fn check_status(&self, zk_contract: &Address) -> Result<Effects, Refusal> {
        self.computation_of(zk_contract)?;

        Ok(effects::ask_deadline(*zk_contract))
    }

    /// `0e`
    pub(crate) fn extend(&self, contract: &Address) -> Result<Effects, Refusal> {
        let computation = self.computation_of(contract)?;

        Ok(effects::extend_deadline(*contract, computation.total_stakes))
    }

    /// *End report* (4.4): exactly one result, of exactly 8 bytes, for a contract that has a
    /// computation; the date only moves forward. Anything else changes nothing.
    pub(crate) fn end_report(&mut self, contract: &Address, outcome: &CallbackOutcome) {
        if !outcome.success {
            return;
        }
        let [(_, return_data)] = outcome.results.as_slice() else { return };
        let Ok(bytes) = <[u8; 8]>::try_from(return_data.as_slice()) else { return };
        let Some(computation) = self.computations.get_mut(contract) else { return };
        let told = i64::from_be_bytes(bytes);
        computation.allocation_end =
            Some(computation.allocation_end.map_or(told, |end| end.max(told)));
    }
}

impl TokenRecord {
    /// 5.2: added to the entry of the same time if there is one, else appended.
    fn make_pending(&mut self, amount: i64, now: i64) {
        for pending in &mut self.pending {
            if pending.unlock_time == now {
                pending.amount = units(i128::from(pending.amount) + i128::from(amount));
                return;
            }
        }
        self.pending.push(Pending { amount, unlock_time: now });
    }
}

impl NodeRecord {
    /// Booking (6.2): a full score stands still as a whole.
    fn book(&mut self, status: Status) {
        if self.score.allocated == i32::MAX {
            return;
        }
        self.score.allocated += 1;
        match status {
            Status::Failure => self.score.failure += 1,
            Status::Success => self.score.success += 1,
        }
    }
}
