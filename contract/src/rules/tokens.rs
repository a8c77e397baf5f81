//! What happens to the tokens of one account: in, out, reserved, unlocked, expired.
//!
//! Tokens are credited in the callback of their transfer, and debited before it (D-03): in no order
//! of callbacks are they created or lost. Callbacks carry everything they need in their arguments.
//!
//! Not here: the record and its moves (`stake`), allocations (`requests`, `ends`).
//!
//! Source: `run-a-zk-node.md`, "Deregister as a ZK node"; registry.md 4.3, rows of tokens, and 5.

use pbc_contract_common::address::Address;

use super::rejection::Rejection;
use super::roster::has_enough_stake;
use super::stake::ZkNodeTokens;
use super::units::{Account, Timestamp, TokenAmount};
use crate::RegistryState;

/// Tokens to be fetched from their owner, who has approved it before.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deposit {
    /// The token contract.
    pub stake_token: Address,
    /// The owner.
    pub from: Address,
    /// How much.
    pub amount: TokenAmount,
}

/// Tokens to be sent home to their owner.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payout {
    /// The token contract.
    pub stake_token: Address,
    /// The owner, whoever asked for it.
    pub to: Address,
    /// How much.
    pub amount: TokenAmount,
    /// By how much taking them lowered the reserve.
    pub cut: TokenAmount,
}

impl RegistryState {
    /// Begins to associate tokens of the sender. With an expiration, the record must have the same
    /// one or be new.
    ///
    /// # Errors
    ///
    /// [`Rejection::CallerNotAccount`], [`Rejection::AmountNotPositive`],
    /// [`Rejection::ExpirationInPast`], [`Rejection::ExpirationMismatch`],
    /// [`Rejection::BalanceOverflow`].
    pub(crate) fn associate(
        &mut self,
        sender: Address,
        token_amount: i64,
        expiration: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Deposit, Rejection> {
        let account = Account::calling(sender)?.address();
        let amount = positive(token_amount)?;
        if let Some(expiration) = expiration {
            check_in_future(expiration, now)?;
        }
        let mut tokens = match (self.staked_tokens.get(&account), expiration) {
            (Some(tokens), Some(asked)) if tokens.expiration() != Some(asked) => {
                let stored = tokens.expiration();
                return Err(Rejection::ExpirationMismatch { asked, stored });
            }
            (Some(tokens), _) => tokens,
            (None, expiration) => ZkNodeTokens {
                expiration_timestamp: expiration.map(Timestamp::millis),
                ..ZkNodeTokens::default()
            },
        };
        tokens.expect_incoming(amount, now)?;

        self.staked_tokens.insert(account, tokens);
        Ok(Deposit { stake_token: self.settings.stake_token, from: account, amount })
    }

    /// Credits an association whose transfer has `arrived`, or forgets it.
    ///
    /// # Errors
    ///
    /// [`Rejection::CallbackUnexpected`]
    pub(crate) fn associated(
        &mut self,
        account: Address,
        amount: i64,
        arrived: bool,
        now: Timestamp,
    ) -> Result<(), Rejection> {
        self.settle(account, amount, ZkNodeTokens::incoming, |tokens, units| {
            tokens.settle_incoming(units, arrived, now)
        })
    }

    /// Takes free tokens of the sender out, reserved ones too.
    ///
    /// # Errors
    ///
    /// [`Rejection::AmountNotPositive`], [`Rejection::NoStakeEntry`],
    /// [`Rejection::InsufficientFree`].
    pub(crate) fn disassociate(
        &mut self,
        sender: Address,
        token_amount: i64,
        now: Timestamp,
    ) -> Result<Payout, Rejection> {
        let amount = positive(token_amount)?;
        let tokens = self.tokens_of(sender)?;
        self.pay_out(sender, tokens, amount, now)
    }

    /// Sends the free part of expired stake home to its owner, whoever asks.
    ///
    /// # Errors
    ///
    /// [`Rejection::NoStakeEntry`], [`Rejection::NoExpiration`], [`Rejection::NotExpired`],
    /// [`Rejection::NothingFree`].
    pub(crate) fn send_expired_home(
        &mut self,
        account: Address,
        now: Timestamp,
    ) -> Result<Payout, Rejection> {
        let tokens = self.tokens_of(account)?;
        let expiration = tokens.expiration().ok_or(Rejection::NoExpiration { account })?;
        if !tokens.has_expired(now) {
            return Err(Rejection::NotExpired { expiration, now });
        }
        let free = tokens.free(now);
        if free == TokenAmount::ZERO {
            return Err(Rejection::NothingFree { buckets: tokens.buckets(now) });
        }

        self.pay_out(account, tokens, free, now)
    }

    /// Forgets a disassociation whose tokens have `left`, or takes them back.
    ///
    /// # Errors
    ///
    /// [`Rejection::CallbackUnexpected`]
    pub(crate) fn disassociated(
        &mut self,
        account: Address,
        amount: i64,
        cut: i64,
        left: bool,
        now: Timestamp,
    ) -> Result<(), Rejection> {
        self.settle(account, amount, ZkNodeTokens::outgoing, |tokens, units| {
            tokens.settle_outgoing(units, TokenAmount::from_units(cut)?, left, now)
        })
    }

    /// Sets how many free tokens of the sender new allocations must leave alone; it may be more
    /// than there are.
    ///
    /// # Errors
    ///
    /// [`Rejection::AmountNegative`], [`Rejection::NoStakeEntry`].
    pub(crate) fn set_reserved(
        &mut self,
        sender: Address,
        new_reserved: i64,
        now: Timestamp,
    ) -> Result<(), Rejection> {
        let floor = TokenAmount::from_units(new_reserved)
            .ok_or(Rejection::AmountNegative { amount: new_reserved })?;
        let mut tokens = self.tokens_of(sender)?;

        tokens.reserve(floor, now);
        self.staked_tokens.insert(sender, tokens);
        Ok(())
    }

    /// Makes the sender's matured tokens free. Optional, as whatever writes a record does it.
    ///
    /// # Errors
    ///
    /// [`Rejection::NoStakeEntry`]
    pub(crate) fn unlock(&mut self, sender: Address, now: Timestamp) -> Result<(), Rejection> {
        let mut tokens = self.tokens_of(sender)?;

        tokens.sweep(now);
        self.staked_tokens.insert(sender, tokens);
        Ok(())
    }

    /// Sets or clears the time from which on the sender's stake is not offered to new work.
    ///
    /// # Errors
    ///
    /// [`Rejection::ExpirationInPast`], [`Rejection::NoStakeEntry`].
    pub(crate) fn set_expiration(
        &mut self,
        sender: Address,
        expiration: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), Rejection> {
        if let Some(expiration) = expiration {
            check_in_future(expiration, now)?;
        }
        let mut tokens = self.tokens_of(sender)?;

        tokens.expire_at(expiration, now);
        self.staked_tokens.insert(sender, tokens);
        Ok(())
    }

    fn tokens_of(&self, account: Address) -> Result<ZkNodeTokens, Rejection> {
        self.staked_tokens.get(&account).ok_or(Rejection::NoStakeEntry { account })
    }

    fn pay_out(
        &mut self,
        to: Address,
        mut tokens: ZkNodeTokens,
        amount: TokenAmount,
        now: Timestamp,
    ) -> Result<Payout, Rejection> {
        let had_enough = has_enough_stake(Some(&tokens), &self.settings);
        let cut = tokens.debit(amount, now)?;

        self.put_tokens_and_update_roster(to, tokens, had_enough);
        Ok(Payout { stake_token: self.settings.stake_token, to, amount, cut })
    }

    /// Settles `amount` of what is `in_flight`.
    fn settle(
        &mut self,
        account: Address,
        amount: i64,
        in_flight: fn(&ZkNodeTokens) -> TokenAmount,
        settle: impl FnOnce(&mut ZkNodeTokens, TokenAmount) -> Option<()>,
    ) -> Result<(), Rejection> {
        let unexpected = |in_flight: TokenAmount| {
            let in_flight = in_flight.units();
            Rejection::CallbackUnexpected { account, amount, in_flight }
        };
        let tokens = self.staked_tokens.get(&account);
        let mut tokens = tokens.ok_or_else(|| unexpected(TokenAmount::ZERO))?;
        let had_enough = has_enough_stake(Some(&tokens), &self.settings);
        TokenAmount::from_units(amount)
            .and_then(|units| settle(&mut tokens, units))
            .ok_or_else(|| unexpected(in_flight(&tokens)))?;

        self.put_tokens_and_update_roster(account, tokens, had_enough);
        Ok(())
    }

    /// Stores a record that has changed, and looks at the roster if its stake now is enough or no
    /// longer is. Nothing else that happens to tokens can change who belongs there.
    fn put_tokens_and_update_roster(
        &mut self,
        account: Address,
        tokens: ZkNodeTokens,
        had_enough: bool,
    ) {
        if has_enough_stake(Some(&tokens), &self.settings) != had_enough {
            let node = self.zk_nodes.get(&account);
            self.update_roster(account, node.as_ref(), Some(&tokens));
        }
        self.put_tokens(account, tokens);
    }

    /// Stores a record, unless it is empty: then nothing of it is left.
    pub(crate) fn put_tokens(&mut self, account: Address, tokens: ZkNodeTokens) {
        if tokens.is_empty() {
            self.staked_tokens.remove(&account);
        } else {
            self.staked_tokens.insert(account, tokens);
        }
    }
}

/// An amount from the wire that must be something.
pub(crate) fn positive(units: i64) -> Result<TokenAmount, Rejection> {
    TokenAmount::from_units(units)
        .filter(|amount| *amount > TokenAmount::ZERO)
        .ok_or(Rejection::AmountNotPositive { amount: units })
}

fn check_in_future(expiration: Timestamp, now: Timestamp) -> Result<(), Rejection> {
    if expiration > now {
        Ok(())
    } else {
        Err(Rejection::ExpirationInPast { expiration, now })
    }
}
