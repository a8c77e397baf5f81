#![doc = include_str!("../README.md")]

#[macro_use]
extern crate pbc_contract_codegen;
extern crate pbc_lib as _;

pub mod effects;
#[cfg(test)]
mod fixtures;
pub mod rules;
pub mod wire;

use pbc_contract_common::address::Address;
use pbc_contract_common::avl_tree_map::AvlTreeMap;
use pbc_contract_common::context::{CallbackContext, ContractContext};
use pbc_contract_common::events::EventGroup;

use rules::eligibility::RequiredVersion;
pub use rules::node::{Jurisdiction, RestEndpoint, SemanticVersion, ZkNode};
pub use rules::rejection::Rejection;
use rules::requests::{DrawnNodes, ListedNodes, ReRequest, RequestFacts};
pub use rules::requests::{Jurisdictions, NodeJurisdictions};
pub use rules::score::{ZkNodeScore, ZkNodeScoreStatus};
pub use rules::settings::{Collaborators, Settings};
pub use rules::stake::{Pending, ZkNodeTokens};
use rules::units::Timestamp;
pub use rules::work::{Computation, EngineInformation, EngineStatus};

/// All that the registry knows, as stored: 121 bytes, with the records in five trees.
///
/// Invariants:
/// - Trees are made in this order and so have the ids 0 to 4; none is ever made later.
/// - Collaborators and settings never change.
///
/// Source: registry.md 3.1.
#[state]
pub struct RegistryState {
    /// The contracts around the registry.
    pub collaborators: Collaborators,
    /// What the deployer chose.
    pub settings: Settings,
    /// The tokens of each account.
    pub staked_tokens: AvlTreeMap<Address, ZkNodeTokens>,
    /// The node of each account.
    pub zk_nodes: AvlTreeMap<Address, ZkNode>,
    /// The work of each served contract.
    pub computations: AvlTreeMap<Address, Computation>,
    /// The nodes that may be drawn, by position.
    pub roster: AvlTreeMap<u32, Address>,
    /// The position of each of them.
    pub roster_position: AvlTreeMap<Address, u32>,
}

/// Creates an empty registry. Minimums are in units of 1/10,000 MPC; 0 switches one off.
///
/// # Rejections
///
/// `stake_token_not_contract`, `minimum_negative`.
#[init]
#[allow(clippy::too_many_arguments)]
pub fn create(
    _context: ContractContext,
    bp_orchestration: Address,
    zk_contract_deploy: Address,
    voting: Address,
    stake_token: Address,
    require_block_producer: bool,
    min_node_stake: i64,
    min_total_stakes: i64,
) -> RegistryState {
    let settings =
        Settings { stake_token, require_block_producer, min_node_stake, min_total_stakes };
    accept(settings.check());
    let collaborators = Collaborators { bp_orchestration, voting, zk_contract_deploy };
    let staked_tokens = AvlTreeMap::new();
    let zk_nodes = AvlTreeMap::new();
    let computations = AvlTreeMap::new();
    let roster = AvlTreeMap::new();
    let roster_position = AvlTreeMap::new();
    RegistryState {
        collaborators,
        settings,
        staked_tokens,
        zk_nodes,
        computations,
        roster,
        roster_position,
    }
}

// ---- Nodes ----

/// Registers the sender's node. Stake is not needed. Where block producers are required, the
/// registration waits for the answer of the block producer orchestration.
///
/// # Rejections
///
/// `caller_not_account`, `endpoint_empty`, `endpoint_too_long`, `endpoint_control_character`,
/// `endpoint_not_https`, `already_registered`.
#[action(shortname = 0x00)]
pub fn register_as_zk_node(
    context: ContractContext,
    mut state: RegistryState,
    rest_endpoint: RestEndpoint,
) -> (RegistryState, Vec<EventGroup>) {
    let registration = accept(state.register(context.sender, rest_endpoint.rest_endpoint));
    (state, effects::register(registration))
}

/// Sets where the sender's node answers. Running computations keep the old endpoint.
///
/// # Rejections
///
/// `not_registered`, `endpoint_empty`, `endpoint_too_long`, `endpoint_control_character`,
/// `endpoint_not_https`.
#[action(shortname = 0x01)]
pub fn update_node_rest_endpoint(
    context: ContractContext,
    mut state: RegistryState,
    rest_endpoint: String,
) -> RegistryState {
    accept(state.update_endpoint(context.sender, rest_endpoint));
    state
}

/// Sets the version of the sender's node software. Lower than before is allowed.
///
/// # Rejections
///
/// `not_registered`, `version_negative`.
#[action(shortname = 0x0c)]
pub fn update_node_protocol_version(
    context: ContractContext,
    mut state: RegistryState,
    supported_protocol_version: SemanticVersion,
) -> RegistryState {
    accept(state.update_protocol_version(context.sender, supported_protocol_version));
    state
}

/// Sets the country of the sender's server: an ISO 3166-1 numeric code, 0 to 999 (inclusive).
///
/// # Rejections
///
/// `not_registered`, `jurisdiction_out_of_range`.
#[action(shortname = 0x0d)]
pub fn update_server_jurisdiction(
    context: ContractContext,
    mut state: RegistryState,
    jurisdiction: Jurisdiction,
) -> RegistryState {
    accept(state.update_jurisdiction(context.sender, jurisdiction));
    state
}

/// Sets the version of the sender's execution engine. Lower than before is allowed.
///
/// # Rejections
///
/// `not_registered`, `version_negative`.
#[action(shortname = 0x1a)]
pub fn update_node_ee_version(
    context: ContractContext,
    mut state: RegistryState,
    supported_ee_version: i32,
) -> RegistryState {
    accept(state.update_ee_version(context.sender, supported_ee_version));
    state
}

/// Ends the sender's part in new work. Score and ban stay; free and pending tokens stay
/// withdrawable.
///
/// # Rejections
///
/// `not_registered`, `open_allocations`.
#[action(shortname = 0x11)]
pub fn resign_as_zk_node(context: ContractContext, mut state: RegistryState) -> RegistryState {
    accept(state.resign(context.sender));
    state
}

/// Bans a node for good; only the voting contract may. Running work and withdrawal go on.
///
/// # Rejections
///
/// `not_voting`, `node_unknown`.
#[action(shortname = 0x10)]
pub fn disable_zk_node(
    context: ContractContext,
    mut state: RegistryState,
    address: Address,
) -> RegistryState {
    accept(state.disable(context.sender, address));
    state
}

// ---- Tokens ----

/// Fetches `token_amount` units from the sender, who has approved the registry for them before.
/// They are free once their transfer has succeeded. Registration is not needed.
///
/// # Rejections
///
/// `caller_not_account`, `amount_not_positive`, `balance_overflow`.
#[action(shortname = 0x0a)]
pub fn associate_tokens(
    context: ContractContext,
    mut state: RegistryState,
    token_amount: i64,
) -> (RegistryState, Vec<EventGroup>) {
    let deposit = accept(state.associate(context.sender, token_amount, None, now(&context)));
    (state, effects::deposit(deposit, context.contract_address))
}

/// As `associate_tokens`, for stake that is not offered to new work from `expiration_timestamp`
/// (ms, inclusive) on. A record that is there already must have the same expiration.
///
/// # Rejections
///
/// `caller_not_account`, `amount_not_positive`, `expiration_in_past`, `expiration_mismatch`,
/// `balance_overflow`.
#[action(shortname = 0x15)]
pub fn associate_tokens_with_expiration(
    context: ContractContext,
    mut state: RegistryState,
    token_amount: i64,
    expiration_timestamp: i64,
) -> (RegistryState, Vec<EventGroup>) {
    let expiration = Some(Timestamp::from_millis(expiration_timestamp));
    let deposit = accept(state.associate(context.sender, token_amount, expiration, now(&context)));
    (state, effects::deposit(deposit, context.contract_address))
}

/// Takes `token_amount` free units out of the registry.
///
/// The caller owns the record. Reserved tokens may be taken; tokens that are allocated, or pending
/// for less than 14 days, are not free.
///
/// # Rejections
///
/// `amount_not_positive`, `no_stake_entry`, `insufficient_free`.
#[action(shortname = 0x0b)]
pub fn disassociate_tokens(
    context: ContractContext,
    mut state: RegistryState,
    token_amount: i64,
) -> (RegistryState, Vec<EventGroup>) {
    let payout = accept(state.disassociate(context.sender, token_amount, now(&context)));
    (state, effects::pay_out(payout))
}

/// Sets how many free units new allocations must leave alone. It may be more than there are.
///
/// # Rejections
///
/// `amount_negative`, `no_stake_entry`.
#[action(shortname = 0x13)]
pub fn set_reserved_tokens(
    context: ContractContext,
    mut state: RegistryState,
    new_reserved: i64,
) -> RegistryState {
    accept(state.set_reserved(context.sender, new_reserved, now(&context)));
    state
}

/// Makes the sender's pending tokens free whose 14 days are over. With nothing due it succeeds
/// without effect. "Expired" means the 14 days.
///
/// # Rejections
///
/// `no_stake_entry`.
#[action(shortname = 0x06)]
pub fn unlock_expired_stakes(context: ContractContext, mut state: RegistryState) -> RegistryState {
    accept(state.unlock(context.sender, now(&context)));
    state
}

/// Sets or clears the time (ms, inclusive) from which on the sender's stake is not offered to new
/// work. Allocations are not touched.
///
/// # Rejections
///
/// `expiration_in_past`, `no_stake_entry`.
#[action(shortname = 0x17)]
pub fn set_expiration_for_association(
    context: ContractContext,
    mut state: RegistryState,
    expiration_timestamp: Option<i64>,
) -> RegistryState {
    let expiration = expiration_timestamp.map(Timestamp::from_millis);
    accept(state.set_expiration(context.sender, expiration, now(&context)));
    state
}

/// Sends the free part of an account's expired stake home to that account, whoever calls.
///
/// # Rejections
///
/// `no_stake_entry`, `no_expiration`, `not_expired`, `nothing_free`.
#[action(shortname = 0x16)]
pub fn disassociate_all_expired_stakes_from_contract(
    context: ContractContext,
    mut state: RegistryState,
    account: Address,
) -> (RegistryState, Vec<EventGroup>) {
    let payout = accept(state.send_expired_home(account, now(&context)));
    (state, effects::pay_out(payout))
}

// ---- Requests ----

/// Draws nodes for a contract that the deploy contract names.
///
/// # Rejections
///
/// `not_zk_contract_deploy`, `not_a_served_contract`, `node_count_out_of_range`,
/// `amount_not_positive`, `total_stakes_below_minimum`, `computation_exists`, `not_enough_nodes`.
#[action(shortname = 0x04)]
pub fn request_zk_computation_nodes_v1(
    context: ContractContext,
    mut state: RegistryState,
    zk_contract: Address,
    number_of_nodes: i32,
    total_stakes: i64,
) -> (RegistryState, Vec<EventGroup>) {
    let asked = DrawnNodes {
        number_of_nodes,
        total_stakes,
        jurisdictions: NodeJurisdictions::anywhere(),
        version: RequiredVersion::Any,
    };
    let engines = accept(state.request_for_deploy(&facts(context), zk_contract, &asked));
    (state, effects::engines(engines))
}

/// Draws nodes for a contract that the deploy contract names, by country and protocol version.
///
/// # Rejections
///
/// `not_zk_contract_deploy`, `list_too_long`, `not_a_served_contract`, `node_count_out_of_range`,
/// `amount_not_positive`, `total_stakes_below_minimum`, `jurisdiction_lists_mismatch`,
/// `jurisdiction_out_of_range`, `version_negative`, `computation_exists`, `not_enough_nodes`.
#[action(shortname = 0x08)]
pub fn request_zk_computation_nodes_v2(
    context: ContractContext,
    mut state: RegistryState,
    zk_contract: Address,
    number_of_nodes: i32,
    total_stakes: i64,
    jurisdictions: NodeJurisdictions,
    required_protocol_version: SemanticVersion,
) -> (RegistryState, Vec<EventGroup>) {
    let version = RequiredVersion::Protocol(required_protocol_version);
    let asked = DrawnNodes { number_of_nodes, total_stakes, jurisdictions, version };
    let engines = accept(state.request_for_deploy(&facts(context), zk_contract, &asked));
    (state, effects::engines(engines))
}

/// Takes the listed nodes for a contract that the deploy contract names, by protocol version.
///
/// # Rejections
///
/// `not_zk_contract_deploy`, `list_too_long`, `not_a_served_contract`, `amount_not_positive`,
/// `total_stakes_below_minimum`, `version_negative`, `node_count_out_of_range`, `duplicate_node`,
/// `computation_exists`, `node_unknown`, `node_resigned`, `node_disabled`,
/// `node_version_too_low`, `node_outside_jurisdiction`, `node_understaked`, `node_expired`,
/// `node_at_capacity`, `node_insufficient_free`.
#[action(shortname = 0x14)]
pub fn request_specific_nodes_with_protocol_version(
    context: ContractContext,
    mut state: RegistryState,
    zk_contract: Address,
    total_stakes: i64,
    required_protocol_version: SemanticVersion,
    zk_nodes: Vec<Address>,
) -> (RegistryState, Vec<EventGroup>) {
    let version = RequiredVersion::Protocol(required_protocol_version);
    let asked = ListedNodes { total_stakes, version, zk_nodes };
    let engines = accept(state.request_listed_for_deploy(&facts(context), zk_contract, &asked));
    (state, effects::engines(engines))
}

/// Takes the listed nodes for the sender, by the version of their execution engine.
///
/// # Rejections
///
/// `not_a_served_contract`, `list_too_long`, `amount_not_positive`, `total_stakes_below_minimum`,
/// `version_negative`, `node_count_out_of_range`, `duplicate_node`, `computation_exists`,
/// `node_unknown`, `node_resigned`, `node_disabled`, `node_version_too_low`,
/// `node_outside_jurisdiction`, `node_understaked`, `node_expired`, `node_at_capacity`,
/// `node_insufficient_free`.
#[action(shortname = 0x18)]
pub fn request_specific_nodes_with_ee_version(
    context: ContractContext,
    mut state: RegistryState,
    total_stakes: i64,
    required_ee_version: i32,
    zk_nodes: Vec<Address>,
) -> (RegistryState, Vec<EventGroup>) {
    let version = RequiredVersion::ExecutionEngine(required_ee_version);
    let asked = ListedNodes { total_stakes, version, zk_nodes };
    let engines = accept(state.request_listed_for_sender(&facts(context), &asked));
    (state, effects::engines(engines))
}

/// Draws nodes for the sender, by country and the version of their execution engine.
///
/// # Rejections
///
/// `not_a_served_contract`, `list_too_long`, `node_count_out_of_range`, `amount_not_positive`,
/// `total_stakes_below_minimum`, `jurisdiction_lists_mismatch`, `jurisdiction_out_of_range`,
/// `version_negative`, `computation_exists`, `not_enough_nodes`.
#[action(shortname = 0x19)]
pub fn request_zk_computation_nodes_with_ee_version(
    context: ContractContext,
    mut state: RegistryState,
    number_of_nodes: i32,
    total_stakes: i64,
    jurisdictions: NodeJurisdictions,
    required_ee_version: i32,
) -> (RegistryState, Vec<EventGroup>) {
    let version = RequiredVersion::ExecutionEngine(required_ee_version);
    let asked = DrawnNodes { number_of_nodes, total_stakes, jurisdictions, version };
    let engines = accept(state.request_for_sender(&facts(context), &asked));
    (state, effects::engines(engines))
}

/// Ends the sender's computation with the statuses given and requests anew, in one step: drawn
/// nodes, or `specific_nodes` if there are any.
///
/// # Rejections
///
/// `no_computation`, `list_too_long`, `node_count_out_of_range`, `amount_not_positive`,
/// `total_stakes_below_minimum`, `jurisdiction_lists_mismatch`, `jurisdiction_out_of_range`,
/// `version_negative`, `node_count_mismatch`, `duplicate_node`, `status_node_foreign`,
/// `status_node_repeated`, `status_node_missing`, `node_unknown`, `node_resigned`,
/// `node_disabled`, `node_version_too_low`, `node_outside_jurisdiction`, `node_understaked`,
/// `node_expired`, `node_at_capacity`, `node_insufficient_free`, `not_enough_nodes`.
#[action(shortname = 0x1b)]
#[allow(clippy::too_many_arguments)]
pub fn re_request_zk_computation_nodes(
    context: ContractContext,
    mut state: RegistryState,
    engines_status: Vec<EngineStatus>,
    number_of_nodes: i32,
    total_stakes: i64,
    jurisdictions: NodeJurisdictions,
    required_ee_version: i32,
    specific_nodes: Vec<Address>,
) -> (RegistryState, Vec<EventGroup>) {
    let version = RequiredVersion::ExecutionEngine(required_ee_version);
    let nodes = DrawnNodes { number_of_nodes, total_stakes, jurisdictions, version };
    let asked = ReRequest { engines_status, nodes, specific_nodes };
    let engines = accept(state.re_request(&facts(context), &asked));
    (state, effects::engines(engines))
}

// ---- Ends and deadlines ----

/// Ends the sender's computation with success for all its nodes.
///
/// # Rejections
///
/// `no_computation`.
#[action(shortname = 0x05)]
pub fn notify_zk_computation_done_v1(
    context: ContractContext,
    mut state: RegistryState,
) -> RegistryState {
    accept(state.end_with_success(context.sender, now(&context)));
    state
}

/// Ends the sender's computation with a status for each of its nodes, in any order.
///
/// # Rejections
///
/// `no_computation`, `list_too_long`, `status_node_foreign`, `status_node_repeated`,
/// `status_node_missing`.
#[action(shortname = 0x12)]
pub fn notify_zk_computation_done_v2(
    context: ContractContext,
    mut state: RegistryState,
    engines_status: Vec<EngineStatus>,
) -> RegistryState {
    accept(state.end_with_statuses(context.sender, &engines_status, now(&context)));
    state
}

/// Reports that a contract was deleted, or never came to be: its computation ends with success for
/// all its nodes. Only the deploy contract may.
///
/// # Rejections
///
/// `not_zk_contract_deploy`, `no_computation`.
#[action(shortname = 0x20)]
pub fn notify_contract_deleted(
    context: ContractContext,
    mut state: RegistryState,
    zk_contract: Address,
) -> RegistryState {
    accept(state.end_of_deleted(context.sender, zk_contract, now(&context)));
    state
}

/// Asks a served contract for its deadline. The answer can only move the planned end forward; an
/// overdue contract may settle when it is touched.
///
/// # Rejections
///
/// `no_computation`.
#[action(shortname = 0x07)]
pub fn check_contract_status(
    _context: ContractContext,
    state: RegistryState,
    zk_contract: Address,
) -> (RegistryState, Vec<EventGroup>) {
    let contract = accept(state.deadline_question(zk_contract));
    (state, effects::ask_for_deadline(contract))
}

/// Forwards the sender's gas to a served contract, which moves its deadline by what the gas buys.
/// Nodes have no say.
///
/// # Rejections
///
/// `no_computation`.
#[action(shortname = 0x0e)]
pub fn extend_zk_computation_deadline(
    _context: ContractContext,
    state: RegistryState,
    contract_address: Address,
) -> (RegistryState, Vec<EventGroup>) {
    let order = accept(state.extension_order(contract_address));
    (state, effects::extend_deadline(order))
}

// ---- Callbacks ----

/// Enrols the account if the block producer orchestration knows it, and it is not active by now.
///
/// # Rejections
///
/// `callback_data_invalid`.
#[callback(shortname = 0x30)]
pub fn on_producer_info(
    _context: ContractContext,
    callback_context: CallbackContext,
    mut state: RegistryState,
    account: Address,
    rest_endpoint: String,
) -> RegistryState {
    let results = return_data(&callback_context);
    let answer = callback_context.success.then_some(results.as_slice());
    accept(state.producer_answered(account, rest_endpoint, answer));
    state
}

/// Credits an association whose transfer has succeeded, or forgets it.
///
/// # Rejections
///
/// `callback_unexpected`.
#[callback(shortname = 0x31)]
pub fn on_associated(
    context: ContractContext,
    callback_context: CallbackContext,
    mut state: RegistryState,
    account: Address,
    amount: i64,
) -> RegistryState {
    accept(state.associated(account, amount, callback_context.success, now(&context)));
    state
}

/// Forgets a disassociation whose transfer has succeeded, or takes tokens and `cut` back.
///
/// # Rejections
///
/// `callback_unexpected`.
#[callback(shortname = 0x32)]
pub fn on_disassociated(
    context: ContractContext,
    callback_context: CallbackContext,
    mut state: RegistryState,
    account: Address,
    amount: i64,
    cut: i64,
) -> RegistryState {
    accept(state.disassociated(account, amount, cut, callback_context.success, now(&context)));
    state
}

/// Notes the deadline that a served contract reported. A failed question changes nothing.
#[callback(shortname = 0x33)]
pub fn on_contract_status(
    _context: ContractContext,
    callback_context: CallbackContext,
    mut state: RegistryState,
    zk_contract: Address,
) -> RegistryState {
    let results = return_data(&callback_context);
    state.end_reported(zk_contract, callback_context.success.then_some(results.as_slice()));
    state
}

/// Notes the deadline after an extension. A failed one changes nothing.
#[callback(shortname = 0x34)]
pub fn on_deadline_extended(
    _context: ContractContext,
    callback_context: CallbackContext,
    mut state: RegistryState,
    zk_contract: Address,
) -> RegistryState {
    let results = return_data(&callback_context);
    state.end_reported(zk_contract, callback_context.success.then_some(results.as_slice()));
    state
}

// ---- From the chain to facts, and from rejections to refusals ----

fn now(context: &ContractContext) -> Timestamp {
    Timestamp::from_millis(context.block_production_time)
}

fn facts(context: ContractContext) -> RequestFacts {
    let now = now(&context);
    RequestFacts { sender: context.sender, now, transaction: context.current_transaction }
}

/// What the called contracts returned. The success flag of the callback decides; the flags inside
/// the results are ignored.
fn return_data(callback_context: &CallbackContext) -> Vec<&[u8]> {
    callback_context.results.iter().map(|result| result.return_data.as_slice()).collect()
}

/// Unwraps a rule's verdict. A rejection aborts the call, which is how this chain rolls back.
fn accept<T>(verdict: Result<T, Rejection>) -> T {
    match verdict {
        Ok(value) => value,
        Err(rejection) => refuse(rejection),
    }
}

#[cold]
#[cfg(target_arch = "wasm32")]
fn refuse(rejection: Rejection) -> ! {
    panic!("{rejection}")
}

/// Unwinds with code and message, which the SDK's native entry turns into a value: no panic hook,
/// no backtrace, and nothing left to drop on the way.
#[cold]
#[cfg(not(target_arch = "wasm32"))]
fn refuse(rejection: Rejection) -> ! {
    let refusal = Box::new((rejection.code(), rejection.message()));
    drop(rejection);
    std::panic::resume_unwind(refusal)
}
