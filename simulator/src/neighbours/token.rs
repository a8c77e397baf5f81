//! The contract of the staked tokens: MPC-20, as far as stake moves.
//!
//! Calls: `transfer` (01), `transfer_from` (03), `approve` (05). Success means that the tokens
//! moved, failure that they did not (assumption A-4). Minting happens from outside only.
//!
//! Source: Partisia docs, `smart-contracts/integration/mpc-20-token-contract.md`; `registry.md`
//! 10.2.

use std::fmt;
use std::rc::Rc;

use pbc_contract_common::address::Address;
use pbc_host::Group;
use pbc_lib::{Failure, Trees};

use super::{Arguments, refused, unknown};
use crate::chain::{Call, Neighbour};
use crate::names::bytes_of;

const TRANSFER: u32 = 0x01;
const TRANSFER_FROM: u32 = 0x03;
const APPROVE: u32 = 0x05;

/// Balances and allowances, in units. What is absent is 0.
#[derive(Clone, Debug)]
pub struct Token {
    ledger: Trees,
    balances: i32,
    /// By owner, then spender.
    allowances: i32,
}

/// Why tokens do not move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// The owner has less.
    InsufficientBalance {
        /// What was to move.
        amount: u128,
        /// What the owner has.
        balance: u128,
    },
    /// The owner has allowed the spender less.
    InsufficientAllowance {
        /// What was to move.
        amount: u128,
        /// What the spender may take.
        allowance: u128,
    },
    /// The receiver would have more than 128 bits can hold.
    BalanceOverflow,
}

impl Token {
    /// A token that nobody has.
    pub fn new() -> Token {
        let mut ledger = Trees::new();
        let (balances, allowances) = (ledger.create(), ledger.create());
        Token { ledger, balances, allowances }
    }

    /// What `owner` has.
    pub fn balance(&self, owner: &Address) -> u128 {
        self.amount(self.balances, &bytes_of(owner))
    }

    /// What `spender` may take of the tokens of `owner`.
    pub fn allowance(&self, owner: &Address, spender: &Address) -> u128 {
        self.amount(self.allowances, &pair(owner, spender))
    }

    /// Everybody who has tokens, ascending by address bytes.
    pub fn balances(&self) -> impl Iterator<Item = (&[u8], u128)> {
        self.ledger.iter(self.balances).map(|(owner, amount)| (owner, read(amount)))
    }

    /// Sets what `owner` has, out of nothing.
    pub fn set_balance(&mut self, owner: &Address, amount: u128) {
        self.set(self.balances, &bytes_of(owner), amount);
    }

    /// Sets what `spender` may take of the tokens of `owner`, whatever it was.
    pub fn approve(&mut self, owner: &Address, spender: &Address, amount: u128) {
        self.set(self.allowances, &pair(owner, spender), amount);
    }

    /// Moves tokens of `from` to `to`.
    ///
    /// # Errors
    ///
    /// [`TokenError::InsufficientBalance`], [`TokenError::BalanceOverflow`].
    pub fn transfer(
        &mut self,
        from: &Address,
        to: &Address,
        amount: u128,
    ) -> Result<(), TokenError> {
        let balance = self.balance(from);
        let left = balance
            .checked_sub(amount)
            .ok_or(TokenError::InsufficientBalance { amount, balance })?;
        if from == to {
            return Ok(());
        }
        let grown = self.balance(to).checked_add(amount).ok_or(TokenError::BalanceOverflow)?;
        self.set_balance(from, left);
        self.set_balance(to, grown);
        Ok(())
    }

    /// Moves tokens of `from` to `to` as far as `from` has allowed `spender` to.
    ///
    /// # Errors
    ///
    /// [`TokenError::InsufficientAllowance`], then those of [`Token::transfer`].
    pub fn transfer_from(
        &mut self,
        spender: &Address,
        from: &Address,
        to: &Address,
        amount: u128,
    ) -> Result<(), TokenError> {
        let allowance = self.allowance(from, spender);
        let left = allowance
            .checked_sub(amount)
            .ok_or(TokenError::InsufficientAllowance { amount, allowance })?;
        self.transfer(from, to, amount)?;
        self.approve(from, spender, left);
        Ok(())
    }

    fn amount(&self, tree: i32, key: &[u8]) -> u128 {
        self.ledger.get(tree, key).map_or(0, read)
    }

    fn set(&mut self, tree: i32, key: &[u8], amount: u128) {
        if amount == 0 {
            self.ledger.remove(tree, key);
        } else {
            self.ledger.insert(tree, key, &amount.to_le_bytes());
        }
    }
}

impl Default for Token {
    fn default() -> Token {
        Token::new()
    }
}

fn read(amount: &[u8]) -> u128 {
    u128::from_le_bytes(amount.try_into().expect("invariant: an amount has 16 bytes"))
}

fn pair(owner: &Address, spender: &Address) -> [u8; 42] {
    let mut key = [0; 42];
    key[..21].copy_from_slice(&bytes_of(owner));
    key[21..].copy_from_slice(&bytes_of(spender));
    key
}

impl Neighbour for Token {
    fn call(&mut self, call: &Call<'_>) -> Result<Vec<Group>, Failure> {
        let (shortname, mut arguments) = Arguments::of(call)?;
        match shortname {
            TRANSFER => {
                let (to, amount) = (arguments.next()?, arguments.next()?);
                arguments.end()?;
                self.transfer(&call.sender, &to, amount)?;
            }
            TRANSFER_FROM => {
                let (from, to, amount) = (arguments.next()?, arguments.next()?, arguments.next()?);
                arguments.end()?;
                self.transfer_from(&call.sender, &from, &to, amount)?;
            }
            APPROVE => {
                let (spender, amount) = (arguments.next()?, arguments.next()?);
                arguments.end()?;
                self.approve(&call.sender, &spender, amount);
            }
            other => return Err(unknown(other)),
        }
        Ok(Vec::new())
    }

    fn copy(&self) -> Rc<dyn Neighbour> {
        Rc::new(self.clone())
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TokenError::InsufficientBalance { amount, balance } => {
                write!(formatter, "{amount} units asked, the owner has {balance}")
            }
            TokenError::InsufficientAllowance { amount, allowance } => {
                write!(formatter, "{amount} units asked, the spender may take {allowance}")
            }
            TokenError::BalanceOverflow => {
                write!(formatter, "the receiver would have more than 2^128 - 1 units")
            }
        }
    }
}

impl std::error::Error for TokenError {}

impl From<TokenError> for Failure {
    fn from(error: TokenError) -> Failure {
        let code = match error {
            TokenError::InsufficientBalance { .. } => "insufficient_balance",
            TokenError::InsufficientAllowance { .. } => "insufficient_allowance",
            TokenError::BalanceOverflow => "token_balance_overflow",
        };
        refused(code, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::address_of;

    fn address(name: &str) -> Address {
        address_of(&name.parse().expect("a name"))
    }

    fn n1_holds(amount: u128) -> Token {
        let mut token = Token::new();
        token.set_balance(&address("n1"), amount);
        token
    }

    fn send(token: &mut Token, sender: &str, hex: &str) -> Result<Vec<Group>, Failure> {
        let rpc = hex::decode(hex).expect("hex");
        token.call(&Call {
            contract: address("token"),
            sender: address(sender),
            now: 0,
            gas: None,
            rpc: &rpc,
        })
    }

    #[test]
    fn a_transfer_moves_all_that_the_owner_has_and_not_one_unit_more() {
        let mut token = n1_holds(100);
        let (n1, n2) = (address("n1"), address("n2"));

        let refused = token.transfer(&n1, &n2, 101);
        assert_eq!(refused, Err(TokenError::InsufficientBalance { amount: 101, balance: 100 }));
        assert_eq!((token.balance(&n1), token.balance(&n2)), (100, 0));

        assert_eq!(token.transfer(&n1, &n2, 100), Ok(()));
        assert_eq!((token.balance(&n1), token.balance(&n2)), (0, 100));
    }

    #[test]
    fn a_transfer_to_oneself_changes_nothing() {
        let mut token = n1_holds(100);
        let n1 = address("n1");

        assert_eq!(token.transfer(&n1, &n1, 100), Ok(()));

        assert_eq!(token.balance(&n1), 100);
    }

    #[test]
    fn a_spender_takes_what_was_allowed_and_the_allowance_falls_by_it() {
        let mut token = n1_holds(100);
        let (n1, n2, spender) = (address("n1"), address("n2"), address("registry"));
        token.approve(&n1, &spender, 60);

        let refused = token.transfer_from(&spender, &n1, &n2, 61);
        assert_eq!(refused, Err(TokenError::InsufficientAllowance { amount: 61, allowance: 60 }));

        assert_eq!(token.transfer_from(&spender, &n1, &n2, 50), Ok(()));
        assert_eq!(token.allowance(&n1, &spender), 10);
        assert_eq!(token.balance(&n2), 50);
    }

    #[test]
    fn an_allowance_beyond_the_balance_moves_nothing_and_stays() {
        let mut token = n1_holds(10);
        let (n1, spender) = (address("n1"), address("registry"));
        token.approve(&n1, &spender, 60);

        let refused = token.transfer_from(&spender, &n1, &address("n2"), 11);

        assert_eq!(refused, Err(TokenError::InsufficientBalance { amount: 11, balance: 10 }));
        assert_eq!(token.allowance(&n1, &spender), 60);
    }

    #[test]
    fn a_balance_beyond_128_bits_is_refused() {
        let mut token = n1_holds(1);
        token.set_balance(&address("n2"), u128::MAX);

        let refused = token.transfer(&address("n1"), &address("n2"), 1);

        assert_eq!(refused, Err(TokenError::BalanceOverflow));
        assert_eq!(token.balance(&address("n1")), 1);
    }

    #[test]
    fn the_bytes_of_a_call_are_read_to_their_end() {
        let to = format!("{:x}", address("n2"));
        let transfer = format!("01{to}{:032x}", 5);

        for (hex, code) in [
            (transfer[..transfer.len() - 2].to_owned(), "truncated"),
            (format!("{transfer}00"), "trailing_bytes"),
            ("02".to_owned(), "unknown_action"),
            (format!("0107{}", &transfer[4..]), "invalid_address_type"),
        ] {
            let mut token = n1_holds(100);
            let refused = send(&mut token, "n1", &hex);
            assert!(
                matches!(&refused, Err(Failure::Refused { code: got, .. }) if got == code),
                "{hex}: {refused:?}"
            );
            assert_eq!(token.balance(&address("n1")), 100, "{hex}");
        }

        let mut token = n1_holds(100);
        assert!(send(&mut token, "n1", &transfer).is_ok());
        assert_eq!(token.balance(&address("n2")), 5);
    }

    #[test]
    fn who_has_nothing_is_not_in_the_ledger() {
        let mut token = n1_holds(5);

        token.set_balance(&address("n1"), 0);

        assert_eq!(token.balances().count(), 0);
    }
}
