//! The rows *Tokens* of 4.3, callbacks 31 and 32, and the verbs *touch* and *debit*.

use crate::call::Context;
use crate::checks;
use crate::effects::Effects;
use crate::refusal::{Refusal, refuse, require};
use crate::state::{Address, Model, TokenRecord, units};

impl Model {
    /// *Touch* (4.2): the record, swept, to be written. Stored back by [`Model::store`].
    pub(crate) fn touched(&self, account: &Address, now: i64) -> Option<TokenRecord> {
        self.staked_tokens.get(account).map(|record| record.swept(now))
    }

    /// Writes a record; one that is empty is deleted (D-11).
    pub(crate) fn store(&mut self, account: &Address, record: TokenRecord) {
        if record.is_empty() {
            self.staked_tokens.remove(account);
        } else {
            self.staked_tokens.insert(*account, record);
        }
    }

    /// `no_stake_entry`, or the touched record of the account.
    fn record_of(&self, account: &Address, now: i64) -> Result<TokenRecord, Refusal> {
        match self.touched(account, now) {
            Some(record) => Ok(record),
            None => refuse("no_stake_entry"),
        }
    }

    /// `0a`
    pub(crate) fn associate(&mut self, context: &Context, amount: i64) -> Result<Effects, Refusal> {
        checks::caller_is_account(&context.sender)?;
        require(amount >= 1, "amount_not_positive")?;
        let record = self.touched(&context.sender, context.now_ms).unwrap_or_default();
        self.take_in(context, record, amount)
    }

    /// `15`
    pub(crate) fn associate_with_expiration(
        &mut self,
        context: &Context,
        amount: i64,
        expiration: i64,
    ) -> Result<Effects, Refusal> {
        checks::caller_is_account(&context.sender)?;
        require(amount >= 1, "amount_not_positive")?;
        require(expiration > context.now_ms, "expiration_in_past")?;
        let record = match self.touched(&context.sender, context.now_ms) {
            None => TokenRecord { expiration: Some(expiration), ..TokenRecord::default() },
            Some(record) => {
                require(record.expiration == Some(expiration), "expiration_mismatch")?;
                record
            }
        };
        self.take_in(context, record, amount)
    }

    /// The common end of 0a and 15: `balance_overflow`, `I += amount`, `transfer_from`.
    fn take_in(
        &mut self,
        context: &Context,
        mut record: TokenRecord,
        amount: i64,
    ) -> Result<Effects, Refusal> {
        let sum = record.total_with_in_flight() + i128::from(amount);
        require(sum <= i128::from(i64::MAX), "balance_overflow")?;

        record.incoming = units(i128::from(record.incoming) + i128::from(amount));
        self.store(&context.sender, record);
        Ok(self.pull_tokens(context.sender, context.contract_address, amount))
    }

    /// `0b`
    pub(crate) fn disassociate(
        &mut self,
        context: &Context,
        amount: i64,
    ) -> Result<Effects, Refusal> {
        require(amount >= 1, "amount_not_positive")?;
        let record = self.record_of(&context.sender, context.now_ms)?;
        require(amount <= record.free, "insufficient_free")?;

        Ok(self.debit(&context.sender, record, amount))
    }

    /// `16`
    pub(crate) fn disassociate_expired(
        &mut self,
        context: &Context,
        account: &Address,
    ) -> Result<Effects, Refusal> {
        let record = self.record_of(account, context.now_ms)?;
        let Some(expiration) = record.expiration else { return refuse("no_expiration") };
        require(expiration <= context.now_ms, "not_expired")?;
        require(record.free > 0, "nothing_free")?;

        let amount = record.free;
        Ok(self.debit(account, record, amount))
    }

    /// *Debit* (4.2), then `transfer` to the owner of the record.
    fn debit(&mut self, account: &Address, mut record: TokenRecord, amount: i64) -> Effects {
        let cut = record.reserved.min(amount);
        record.free = units(i128::from(record.free) - i128::from(amount));
        record.reserved = units(i128::from(record.reserved) - i128::from(cut));
        record.outgoing = units(i128::from(record.outgoing) + i128::from(amount));
        self.store(account, record);
        self.update_roster(account);
        self.send_tokens(*account, amount, cut)
    }

    /// `13`
    pub(crate) fn set_reserved(
        &mut self,
        context: &Context,
        reserved: i64,
    ) -> Result<Effects, Refusal> {
        require(reserved >= 0, "amount_negative")?;
        let mut record = self.record_of(&context.sender, context.now_ms)?;

        record.reserved = reserved;
        self.store(&context.sender, record);
        Ok(Effects::default())
    }

    /// `06`
    pub(crate) fn unlock(&mut self, context: &Context) -> Result<Effects, Refusal> {
        let record = self.record_of(&context.sender, context.now_ms)?;

        self.store(&context.sender, record);
        Ok(Effects::default())
    }

    /// `17`
    pub(crate) fn set_expiration(
        &mut self,
        context: &Context,
        expiration: Option<i64>,
    ) -> Result<Effects, Refusal> {
        let in_future = expiration.is_none_or(|time| time > context.now_ms);
        require(in_future, "expiration_in_past")?;
        let mut record = self.record_of(&context.sender, context.now_ms)?;

        record.expiration = expiration;
        self.store(&context.sender, record);
        Ok(Effects::default())
    }

    /// Callback `31`. The amount leaves `I` either way, and is credited on success.
    pub(crate) fn on_associated(
        &mut self,
        account: &Address,
        amount: i64,
        success: bool,
        now: i64,
    ) -> Result<(), Refusal> {
        let mut record = self.settled_record(account, now)?;
        require(amount >= 0 && record.incoming >= amount, "callback_unexpected")?;

        record.incoming = units(i128::from(record.incoming) - i128::from(amount));
        if success {
            record.free = units(i128::from(record.free) + i128::from(amount));
        }
        self.store(account, record);
        if success {
            self.update_roster(account);
        }
        Ok(())
    }

    /// Callback `32`. The amount leaves `O` either way, and is restored on failure, the reserve
    /// with it.
    pub(crate) fn on_disassociated(
        &mut self,
        account: &Address,
        amount: i64,
        cut: i64,
        success: bool,
        now: i64,
    ) -> Result<(), Refusal> {
        let mut record = self.settled_record(account, now)?;
        let in_flight = amount >= 0 && cut >= 0 && record.outgoing >= amount;
        require(in_flight, "callback_unexpected")?;

        record.outgoing = units(i128::from(record.outgoing) - i128::from(amount));
        if !success {
            record.free = units(i128::from(record.free) + i128::from(amount));
            record.reserved = record.reserved.saturating_add(cut);
        }
        self.store(account, record);
        if !success {
            self.update_roster(account);
        }
        Ok(())
    }

    /// `callback_unexpected`, or the touched record of the account.
    fn settled_record(&self, account: &Address, now: i64) -> Result<TokenRecord, Refusal> {
        match self.touched(account, now) {
            Some(record) => Ok(record),
            None => refuse("callback_unexpected"),
        }
    }
}
