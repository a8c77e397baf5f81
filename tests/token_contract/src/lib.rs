//! An MPC-20 token with which a registry is tried out: the whole supply belongs to whoever deploys
//! it, and is as worthless as easy to have.
//!
//! Of the standard there is what the registry and its operators call: `transfer` (01),
//! `transfer_from` (03) and `approve` (05). Amounts are units; 10,000 are one token, as with MPC.
//!
//! Source: Partisia docs, `smart-contracts/integration/mpc-20-token-contract.md`; `registry.md` 10.2.

#[macro_use]
extern crate pbc_contract_codegen;
extern crate pbc_lib as _;

use create_type_spec_derive::CreateTypeSpec;
use pbc_contract_common::address::Address;
use pbc_contract_common::avl_tree_map::AvlTreeMap;
use pbc_contract_common::context::ContractContext;
use read_write_state_derive::ReadWriteState;

/// The token. Nobody mints: the balances add up to the supply.
#[state]
pub struct Token {
    /// Its name.
    pub name: String,
    /// What stands behind amounts.
    pub symbol: String,
    /// How many digits of an amount stand behind the point.
    pub decimals: u8,
    /// Who created it, and had all of it.
    pub owner: Address,
    /// All units.
    pub total_supply: u128,
    /// Who has how many units; who has none is not here.
    pub balances: AvlTreeMap<Address, u128>,
    /// How many units of an owner a spender may take; 0 is not here.
    pub allowed: AvlTreeMap<Allowance, u128>,
}

/// Who may take whose tokens.
#[derive(ReadWriteState, CreateTypeSpec, Clone, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Allowance {
    /// Whose tokens.
    pub owner: Address,
    /// Who may take them.
    pub spender: Address,
}

/// Creates a token of `total_supply` units, all of them the sender's.
#[init]
pub fn create(context: ContractContext, total_supply: u128) -> Token {
    let mut token = Token {
        name: "Test MPC".to_string(),
        symbol: "TMPC".to_string(),
        decimals: 4,
        owner: context.sender,
        total_supply,
        balances: AvlTreeMap::new(),
        allowed: AvlTreeMap::new(),
    };
    token.set_balance(context.sender, total_supply);
    token
}

/// Moves `amount` units of the sender to `to`.
///
/// # Panics
///
/// If the sender has less.
#[action(shortname = 0x01)]
pub fn transfer(context: ContractContext, mut state: Token, to: Address, amount: u128) -> Token {
    state.move_units(context.sender, to, amount);
    state
}

/// Moves `amount` units of `from` to `to`, as far as `from` has allowed the sender to.
///
/// # Panics
///
/// If the sender may take less, or `from` has less.
#[action(shortname = 0x03)]
pub fn transfer_from(
    context: ContractContext,
    mut state: Token,
    from: Address,
    to: Address,
    amount: u128,
) -> Token {
    let allowance = Allowance { owner: from, spender: context.sender };
    let allowed = state.allowed.get(&allowance).unwrap_or_default();
    let left = allowed.checked_sub(amount).expect("insufficient_allowance");
    state.set_allowed(allowance, left);
    state.move_units(from, to, amount);
    state
}

/// Lets `spender` take `amount` units of the sender, whatever it could take before.
#[action(shortname = 0x05)]
pub fn approve(
    context: ContractContext,
    mut state: Token,
    spender: Address,
    amount: u128,
) -> Token {
    state.set_allowed(Allowance { owner: context.sender, spender }, amount);
    state
}

impl Token {
    fn move_units(&mut self, from: Address, to: Address, amount: u128) {
        let balance = self.balances.get(&from).unwrap_or_default();
        let left = balance.checked_sub(amount).expect("insufficient_balance");
        self.set_balance(from, left);
        let grown = self.balances.get(&to).unwrap_or_default() + amount;
        self.set_balance(to, grown);
    }

    fn set_balance(&mut self, of: Address, amount: u128) {
        if amount == 0 {
            self.balances.remove(&of);
        } else {
            self.balances.insert(of, amount);
        }
    }

    fn set_allowed(&mut self, allowance: Allowance, amount: u128) {
        if amount == 0 {
            self.allowed.remove(&allowance);
        } else {
            self.allowed.insert(allowance, amount);
        }
    }
}
