//! What should happen outside, as event groups: the only file that knows gas and other contracts'
//! shortnames.
//!
//! Each call that the registry makes is one group of one interaction and one callback; nothing is
//! paid by the contract. Requests return their engines in a group without interaction.
//!
//! Source: registry.md 10.2 (D-03).

use pbc_contract_common::address::{Address, Shortname, ShortnameCallback};
use pbc_contract_common::events::{EventGroup, EventGroupBuilder, GasCost};

use crate::rules::ends::ExtensionOrder;
use crate::rules::nodes::Registration;
use crate::rules::tokens::{Deposit, Payout};
use crate::rules::units::TokenAmount;
use crate::rules::work::{
    EngineInformation, EXTENSION_MAX_MS, EXTENSION_MIN_MS, EXTENSION_MS_PER_GAS_NUMERATOR,
};

/// Gas of a `transfer` at the stake token.
pub const GAS_TRANSFER: GasCost = 15_500;
/// Gas of a `transfer_from` at the stake token.
pub const GAS_TRANSFER_FROM: GasCost = 15_500;
/// Gas of a question to the block producer orchestration.
pub const GAS_PRODUCER_INFO: GasCost = 20_000;
/// Gas of each callback, bought with the call.
pub const GAS_CALLBACK: GasCost = 10_000;

const MPC20_TRANSFER: Shortname = Shortname::from_u32(0x01);
const MPC20_TRANSFER_FROM: Shortname = Shortname::from_u32(0x03);
const GET_PRODUCER_INFO: Shortname = Shortname::from_u32(0x09);
const GET_COMPUTATION_DEADLINE: Shortname = Shortname::from_u32(0x0b);
const EXTEND_COMPUTATION_DEADLINE: Shortname = Shortname::from_u32(0x13);

const ON_PRODUCER_INFO: ShortnameCallback = ShortnameCallback::from_u32(0x30);
const ON_ASSOCIATED: ShortnameCallback = ShortnameCallback::from_u32(0x31);
const ON_DISASSOCIATED: ShortnameCallback = ShortnameCallback::from_u32(0x32);
const ON_CONTRACT_STATUS: ShortnameCallback = ShortnameCallback::from_u32(0x33);
const ON_DEADLINE_EXTENDED: ShortnameCallback = ShortnameCallback::from_u32(0x34);

/// Asks about a producer, if the registration is not done yet.
pub(crate) fn register(registration: Registration) -> Vec<EventGroup> {
    match registration {
        Registration::Done => Vec::new(),
        Registration::AskForProducer { bp_orchestration, account, rest_endpoint } => {
            let mut group = EventGroup::builder();
            group
                .call(bp_orchestration, GET_PRODUCER_INFO)
                .argument(account)
                .with_cost(GAS_PRODUCER_INFO)
                .done();
            group
                .with_callback(ON_PRODUCER_INFO)
                .argument(account)
                .argument(rest_endpoint)
                .with_cost(GAS_CALLBACK)
                .done();
            vec![group.build()]
        }
    }
}

/// Fetches tokens for the registry.
pub(crate) fn deposit(deposit: Deposit, registry: Address) -> Vec<EventGroup> {
    let Deposit { stake_token, from, amount } = deposit;
    let mut group = EventGroup::builder();
    group
        .call(stake_token, MPC20_TRANSFER_FROM)
        .argument(from)
        .argument(registry)
        .argument(mpc20_amount(amount))
        .with_cost(GAS_TRANSFER_FROM)
        .done();
    group
        .with_callback(ON_ASSOCIATED)
        .argument(from)
        .argument(amount.units())
        .with_cost(GAS_CALLBACK)
        .done();
    vec![group.build()]
}

/// Sends tokens home.
pub(crate) fn pay_out(payout: Payout) -> Vec<EventGroup> {
    let Payout { stake_token, to, amount, cut } = payout;
    let mut group = EventGroup::builder();
    group
        .call(stake_token, MPC20_TRANSFER)
        .argument(to)
        .argument(mpc20_amount(amount))
        .with_cost(GAS_TRANSFER)
        .done();
    group
        .with_callback(ON_DISASSOCIATED)
        .argument(to)
        .argument(amount.units())
        .argument(cut.units())
        .with_cost(GAS_CALLBACK)
        .done();
    vec![group.build()]
}

/// Returns the engines to the caller, in engine order.
pub(crate) fn engines(engines: Vec<EngineInformation>) -> Vec<EventGroup> {
    let mut group = EventGroup::builder();
    group.return_data(engines);
    vec![group.build()]
}

/// Asks a served contract for its deadline, with the caller's remaining gas.
pub(crate) fn ask_for_deadline(contract: Address) -> Vec<EventGroup> {
    let mut group = EventGroup::builder();
    group.call(contract, GET_COMPUTATION_DEADLINE).done();
    end_report(group, contract, ON_CONTRACT_STATUS)
}

/// Forwards the caller's remaining gas to a served contract, to buy time with.
pub(crate) fn extend_deadline(order: ExtensionOrder) -> Vec<EventGroup> {
    let ExtensionOrder { contract, total_stakes } = order;
    let mut group = EventGroup::builder();
    group
        .call(contract, EXTEND_COMPUTATION_DEADLINE)
        .argument(EXTENSION_MS_PER_GAS_NUMERATOR)
        .argument(total_stakes.units())
        .argument(EXTENSION_MIN_MS)
        .argument(EXTENSION_MAX_MS)
        .done();
    end_report(group, contract, ON_DEADLINE_EXTENDED)
}

fn end_report(
    mut group: EventGroupBuilder,
    contract: Address,
    callback: ShortnameCallback,
) -> Vec<EventGroup> {
    group.with_callback(callback).argument(contract).with_cost(GAS_CALLBACK).done();
    vec![group.build()]
}

fn mpc20_amount(amount: TokenAmount) -> u128 {
    u128::try_from(amount.units()).expect("invariant: an amount is not negative")
}
