//! Decoded calls: one variant for each action of 4.3 and each callback of 4.4.

use crate::state::{Address, Collaborators, SemanticVersion, Settings};
use crate::verdict::Status;

/// The arguments of `create` (3.3), shortname `ffffffff0f`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateArguments {
    /// On the wire: orchestration, deploy, voting; not the order of the state.
    pub collaborators: Collaborators,
    /// On the wire: in the order of the state.
    pub settings: Settings,
}

/// One entry of a status list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EngineStatus {
    /// The engine that is judged.
    pub engine: Address,
    /// The verdict on it.
    pub status: Status,
}

/// What a call knows about its surroundings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Who calls. In a callback, whoever started the chain of events; never used there (4.4).
    pub sender: Address,
    /// The registry itself.
    pub contract_address: Address,
    /// `block_production_time`.
    pub now_ms: i64,
    /// `current_transaction`.
    pub transaction: [u8; 32],
    /// The callback context, for callbacks; `None` for calls.
    pub callback: Option<CallbackOutcome>,
}

/// The callback context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallbackOutcome {
    /// The flag that decides.
    pub success: bool,
    /// For each interaction its own flag, which is ignored, and its return data.
    pub results: Vec<(bool, Vec<u8>)>,
}

/// A decoded call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// The empty call: tops up gas and never reaches the contract (4.1).
    TopUpGas,
    /// `00`
    RegisterAsZkNode {
        /// Where the node is reached.
        rest_endpoint: String,
    },
    /// `01`
    UpdateNodeRestEndpoint {
        /// Where the node is reached from now on.
        rest_endpoint: String,
    },
    /// `04`
    RequestZkComputationNodesV1 {
        /// The contract to serve.
        zk_contract: Address,
        /// `k`
        number_of_nodes: i32,
        /// `T`
        total_stakes: i64,
    },
    /// `05`
    NotifyZkComputationDoneV1,
    /// `06`
    UnlockExpiredStakes,
    /// `07`
    CheckContractStatus {
        /// The contract to ask.
        zk_contract: Address,
    },
    /// `08`
    RequestZkComputationNodesV2 {
        /// The contract to serve.
        zk_contract: Address,
        /// `k`
        number_of_nodes: i32,
        /// `T`
        total_stakes: i64,
        /// None, one for all slots, or one for each slot.
        jurisdictions: Vec<Vec<i32>>,
        /// Same major, not lower.
        required_protocol_version: SemanticVersion,
    },
    /// `0a`
    AssociateTokens {
        /// In units.
        token_amount: i64,
    },
    /// `0b`
    DisassociateTokens {
        /// In units.
        token_amount: i64,
    },
    /// `0c`
    UpdateNodeProtocolVersion {
        /// What the node supports from now on.
        supported_protocol_version: SemanticVersion,
    },
    /// `0d`
    UpdateServerJurisdiction {
        /// ISO 3166-1 numeric, or 0.
        jurisdiction: i32,
    },
    /// `0e`
    ExtendZkComputationDeadline {
        /// The contract whose deadline is extended.
        contract_address: Address,
    },
    /// `10`
    DisableZkNode {
        /// The node that is banned.
        address: Address,
    },
    /// `11`
    ResignAsZkNode,
    /// `12`
    NotifyZkComputationDoneV2 {
        /// One status for each engine.
        engines_status: Vec<EngineStatus>,
    },
    /// `13`
    SetReservedTokens {
        /// In units.
        new_reserved: i64,
    },
    /// `14`
    RequestSpecificNodesWithProtocolVersion {
        /// The contract to serve.
        zk_contract: Address,
        /// `T`
        total_stakes: i64,
        /// Same major, not lower.
        required_protocol_version: SemanticVersion,
        /// Node `i` becomes engine `i`.
        zk_nodes: Vec<Address>,
    },
    /// `15`
    AssociateTokensWithExpiration {
        /// In units.
        token_amount: i64,
        /// When the stake stops being offered.
        expiration_timestamp: i64,
    },
    /// `16`
    DisassociateAllExpiredStakesFromContract {
        /// Whose stake is sent home.
        account: Address,
    },
    /// `17`
    SetExpirationForAssociation {
        /// When the stake stops being offered; `None` is never.
        expiration_timestamp: Option<i64>,
    },
    /// `18`
    RequestSpecificNodesWithEeVersion {
        /// `T`
        total_stakes: i64,
        /// Not lower.
        required_ee_version: i32,
        /// Node `i` becomes engine `i`.
        zk_nodes: Vec<Address>,
    },
    /// `19`
    RequestZkComputationNodesWithEeVersion {
        /// `k`
        number_of_nodes: i32,
        /// `T`
        total_stakes: i64,
        /// None, one for all slots, or one for each slot.
        jurisdictions: Vec<Vec<i32>>,
        /// Not lower.
        required_ee_version: i32,
    },
    /// `1a`
    UpdateNodeEeVersion {
        /// What the node supports from now on.
        supported_ee_version: i32,
    },
    /// `1b`
    ReRequestZkComputationNodes {
        /// One status for each engine of the old computation.
        engines_status: Vec<EngineStatus>,
        /// `k`
        number_of_nodes: i32,
        /// `T`
        total_stakes: i64,
        /// None, one for all slots, or one for each slot.
        jurisdictions: Vec<Vec<i32>>,
        /// Not lower.
        required_ee_version: i32,
        /// Empty for a draw; otherwise node `i` becomes engine `i`.
        specific_nodes: Vec<Address>,
    },
    /// `20`
    NotifyContractDeleted {
        /// The contract that is gone.
        zk_contract: Address,
    },
    /// Callback `30`
    OnProducerInfo {
        /// Who asked to be registered.
        account: Address,
        /// With which endpoint.
        rest_endpoint: String,
    },
    /// Callback `31`
    OnAssociated {
        /// Whose tokens.
        account: Address,
        /// In units.
        amount: i64,
    },
    /// Callback `32`
    OnDisassociated {
        /// Whose tokens.
        account: Address,
        /// In units.
        amount: i64,
        /// By how much the debit lowered the reserve, in units.
        cut: i64,
    },
    /// Callback `33`
    OnContractStatus {
        /// Which contract was asked.
        zk_contract: Address,
    },
    /// Callback `34`
    OnDeadlineExtended {
        /// Whose deadline was extended.
        zk_contract: Address,
    },
}

impl Call {
    /// Whether this is one of the callbacks 30 to 34.
    pub fn is_callback(&self) -> bool {
        matches!(
            self,
            Call::OnProducerInfo { .. }
                | Call::OnAssociated { .. }
                | Call::OnDisassociated { .. }
                | Call::OnContractStatus { .. }
                | Call::OnDeadlineExtended { .. }
        )
    }
}
