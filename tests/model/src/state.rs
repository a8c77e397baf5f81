//! The state of section 3.1 as plain maps, and what is derived from it (section 2).

use std::collections::BTreeMap;

use crate::constants::PENDING_PERIOD_MS;

/// An address: the type byte, then 20 bytes. Its order is the order of its bytes.
pub type Address = [u8; 21];

/// A public key as the block producer orchestration reports it.
pub type PublicKey = [u8; 33];

/// The whole state of the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// The contracts with a role (10.1).
    pub collaborators: Collaborators,
    /// The settings of section 3.1.
    pub settings: Settings,
    /// The token records, by account.
    pub staked_tokens: BTreeMap<Address, TokenRecord>,
    /// The node records, by account.
    pub zk_nodes: BTreeMap<Address, NodeRecord>,
    /// The computations, by served contract.
    pub computations: BTreeMap<Address, Computation>,
    /// The roster of 7.2, in position order.
    pub roster: Vec<Address>,
}

/// The contracts that the registry trusts in one role each (10.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collaborators {
    /// Knows the block producers' keys and jurisdictions.
    pub bp_orchestration: Address,
    /// Bans nodes.
    pub voting: Address,
    /// Asks for nodes for what it deploys, and reports deletions.
    pub zk_contract_deploy: Address,
}

/// What is chosen at creation; a minimum of 0 is switched off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The MPC-20 contract that holds the tokens.
    pub stake_token: Address,
    /// Whether registering asks the block producer orchestration.
    pub require_block_producer: bool,
    /// The least `W` of a node that is drawn, in units.
    pub min_node_stake: i64,
    /// The least total stakes of a request, in units.
    pub min_total_stakes: i64,
}

/// The token record of an account, in units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenRecord {
    /// `A`: the share for each served contract.
    pub allocated: BTreeMap<Address, i64>,
    /// From this time on the stake is not offered to new work.
    pub expiration: Option<i64>,
    /// `F`.
    pub free: i64,
    /// `P`, in the order of storage.
    pub pending: Vec<Pending>,
    /// `R`.
    pub reserved: i64,
    /// `I`.
    pub incoming: i64,
    /// `O`.
    pub outgoing: i64,
}

/// Released tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending {
    /// How many, in units.
    pub amount: i64,
    /// When they were RELEASED (D-05); free 14 days later.
    pub unlock_time: i64,
}

/// The node record of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRecord {
    /// The account itself.
    pub identity: Address,
    /// Whether it is banned.
    pub is_disabled: bool,
    /// Its key, if a producer check brought one.
    pub public_key: Option<PublicKey>,
    /// Its endpoint.
    pub rest_endpoint: String,
    /// Its score.
    pub score: Score,
    /// ISO 3166-1 numeric; 0 is unknown.
    pub server_jurisdiction: i32,
    /// The version of its execution engine.
    pub supported_ee_version: i32,
    /// The protocol version that it reported, if any.
    pub supported_protocol_version: Option<SemanticVersion>,
    /// Whether it has resigned.
    pub is_resigned: bool,
}

/// The three counters of 6.2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Completed allocations.
    pub allocated: i32,
    /// Those that ended in failure.
    pub failure: i32,
    /// Those that ended in success.
    pub success: i32,
}

/// A protocol version; its order is that of the three numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SemanticVersion {
    /// Changes with a break.
    pub major: i32,
    /// Changes with a feature.
    pub minor: i32,
    /// Changes with a repair.
    pub patch: i32,
}

/// What is kept for a served contract from request to release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Computation {
    /// The engines, in engine order.
    pub nodes: Vec<Address>,
    /// The stake of each, in units.
    pub share: i64,
    /// What was asked for, in units.
    pub total_stakes: i64,
    /// The best knowledge of the end; read by no rule.
    pub allocation_end: Option<i64>,
}

/// Whether an address is an account (type 00).
pub(crate) fn is_account(address: &Address) -> bool {
    address[0] == 0
}

/// Whether an address can be served: a public contract (02) or a ZK contract (03).
pub(crate) fn can_be_served(address: &Address) -> bool {
    address[0] == 2 || address[0] == 3
}

/// Back to the stored type. Every caller has bounded the sum before (INV-03).
pub(crate) fn units(sum: i128) -> i64 {
    i64::try_from(sum).expect("invariant: the parts of a token record fit in i64 together")
}

impl Pending {
    /// Section 2, *matured*: released at `t` with `t + 14 d <= now`.
    pub fn has_matured(&self, now: i64) -> bool {
        i128::from(self.unlock_time) + i128::from(PENDING_PERIOD_MS) <= i128::from(now)
    }
}

impl TokenRecord {
    /// The sum of `A`.
    pub fn allocated_sum(&self) -> i128 {
        self.allocated.values().map(|share| i128::from(*share)).sum()
    }

    /// The sum of `P`.
    pub fn pending_sum(&self) -> i128 {
        self.pending.iter().map(|pending| i128::from(pending.amount)).sum()
    }

    /// `W = F + A + P`.
    pub fn total(&self) -> i128 {
        i128::from(self.free) + self.allocated_sum() + self.pending_sum()
    }

    /// `W + I + O`.
    pub fn total_with_in_flight(&self) -> i128 {
        self.total() + i128::from(self.incoming) + i128::from(self.outgoing)
    }

    /// The entries that `MAX_RECORD_ENTRIES` counts.
    pub fn entries(&self) -> usize {
        self.allocated.len() + self.pending.len()
    }

    /// Section 3.1: `F = I = O = 0`, and neither allocations nor pending amounts.
    pub fn is_empty(&self) -> bool {
        self.free == 0
            && self.incoming == 0
            && self.outgoing == 0
            && self.allocated.is_empty()
            && self.pending.is_empty()
    }

    /// The swept view: the record as a sweep at `now` would leave it. Every entry is looked at,
    /// because entries need not be in time order (5.2).
    pub fn swept(&self, now: i64) -> TokenRecord {
        let mut swept = self.clone();
        let mut free = i128::from(self.free);
        swept.pending = Vec::new();
        for pending in &self.pending {
            if pending.has_matured(now) {
                free += i128::from(pending.amount);
            } else {
                swept.pending.push(*pending);
            }
        }
        swept.free = units(free);
        swept
    }
}

impl NodeRecord {
    /// Section 2: a record that is present is active unless it has resigned.
    pub fn is_active(&self) -> bool {
        !self.is_resigned
    }
}

impl Model {
    /// Whether the account has an active node record.
    pub fn is_active(&self, account: &Address) -> bool {
        self.zk_nodes.get(account).is_some_and(NodeRecord::is_active)
    }

    /// `W` of an account; 0 without a token record (7.1, condition 6).
    pub fn total_of(&self, account: &Address) -> i128 {
        self.staked_tokens.get(account).map_or(0, TokenRecord::total)
    }

    /// The least `W` that condition 6 and the roster ask for.
    pub(crate) fn least_stake(&self) -> i128 {
        i128::from(self.settings.min_node_stake).max(1)
    }

    /// Section 7.2: active, not disabled, and `W >= max(1, min_node_stake)`.
    pub fn belongs_to_roster(&self, account: &Address) -> bool {
        self.zk_nodes.get(account).is_some_and(|node| {
            node.is_active() && !node.is_disabled && self.total_of(account) >= self.least_stake()
        })
    }

    /// *Update the roster* (7.2): append, or let the last entry take the place of the leaver.
    pub(crate) fn update_roster(&mut self, account: &Address) {
        let position = self.roster.iter().position(|member| member == account);
        match (position, self.belongs_to_roster(account)) {
            (None, true) => self.roster.push(*account),
            (Some(position), false) => {
                let last = self.roster.len() - 1;
                self.roster[position] = self.roster[last];
                self.roster.pop();
            }
            _ => {}
        }
    }
}
