//! What is odd about an image that a registry can run on.
//!
//! Limits and rules are the contract's own: this module asks, it does not know.
//!
//! Source: `registry.md` 11.2; 12.1 (INV-09, 10, 16, 17 and 20).

use pbc_contract_common::address::{Address, AddressType};
use zk_node_registry::rules::node::{check_ee_version, check_endpoint};
use zk_node_registry::rules::stake::MAX_RECORD_ENTRIES;
use zk_node_registry::rules::units::{MAX_NODES, ServedContract};
use zk_node_registry::{Computation, ZkNode, ZkNodeTokens};

use super::{Finding, Image, Oddity};
use crate::invariants::state::total_fits;

impl Image {
    /// What is odd about this state and kept: settings, then token records, nodes and computations,
    /// each ascending by key.
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        self.each_finding(&mut |finding| findings.push(finding));
        findings
    }

    /// Tells each of the [`findings`](Image::findings), so that nobody has to keep all of them.
    pub(crate) fn each_finding(&self, found: &mut dyn FnMut(Finding)) {
        let stake_token = self.settings.stake_token;
        if is_account(&stake_token) {
            let oddity = Oddity::StakeTokenNotContract { address: stake_token };
            found(oddity.at("settings.stakeToken"));
        }
        for (account, tokens) in &self.staked_tokens {
            self.of_tokens(account, tokens, found);
        }
        for (account, node) in &self.zk_nodes {
            of_node(account, node, found);
        }
        for (contract, computation) in &self.computations {
            self.of_computation(contract, computation, found);
        }
    }

    fn of_tokens(&self, account: &Address, tokens: &ZkNodeTokens, found: &mut dyn FnMut(Finding)) {
        let path = format!("stakedTokens[{account:x}]");
        if !is_account(account) {
            found(Oddity::KeyNotAccount.at(&path));
        }
        let entries = tokens.running() + tokens.pending_unlock.len();
        if entries > MAX_RECORD_ENTRIES {
            let oddity = Oddity::TooManyEntries { entries, limit: MAX_RECORD_ENTRIES };
            found(oddity.at(&path));
        }
        if !self.zk_nodes.get(account).is_some_and(ZkNode::is_active) {
            for contract in tokens.allocated_tokens.keys() {
                let oddity = Oddity::AllocationWithoutActiveNode { contract: *contract };
                found(oddity.at(format!("{path}.allocatedTokens[{contract:x}]")));
            }
        }
    }

    fn of_computation(
        &self,
        contract: &Address,
        computation: &Computation,
        found: &mut dyn FnMut(Finding),
    ) {
        let path = format!("computations[{contract:x}]");
        let nodes = computation.nodes.len();
        if ServedContract::at(*contract).is_err() {
            found(Oddity::NotServed.at(&path));
        }
        let limit = usize::from(MAX_NODES);
        if nodes > limit {
            found(Oddity::TooManyNodes { nodes, limit }.at(format!("{path}.nodes")));
        }
        let share = computation.share;
        let amount = |node| self.staked_tokens.get(node)?.allocated_tokens.get(contract).copied();
        let amounts = || computation.nodes.iter().filter_map(amount);
        let (smallest, largest) = (amounts().min(), amounts().max());
        if let (Some(smallest), Some(largest)) = (smallest, largest)
            && (smallest != share || largest != share)
        {
            found(Oddity::SharesUnequal { smallest, largest, share }.at(&path));
        } else if !total_fits(computation.total_stakes, share, nodes) {
            let total = computation.total_stakes;
            let oddity = Oddity::TotalStakesUnfitting { total, share, nodes };
            found(oddity.at(format!("{path}.totalStakes")));
        }
    }
}

fn of_node(account: &Address, node: &ZkNode, found: &mut dyn FnMut(Finding)) {
    let path = format!("zkNodes[{account:x}]");
    if !is_account(account) {
        found(Oddity::KeyNotAccount.at(&path));
    }
    if node.identity != *account {
        let oddity = Oddity::IdentityNotKey { identity: node.identity };
        found(oddity.at(format!("{path}.identity")));
    }
    if let Err(rejection) = check_endpoint(&node.rest_endpoint.rest_endpoint) {
        let (code, message) = (rejection.code(), rejection.message());
        found(Oddity::EndpointRefused { code, message }.at(format!("{path}.restEndpoint")));
    }
    if node.server_jurisdiction.check_of_node().is_err() {
        let oddity = Oddity::JurisdictionOutOfRange { code: node.server_jurisdiction.value };
        found(oddity.at(format!("{path}.serverJurisdiction")));
    }
    if check_ee_version(node.supported_ee_version).is_err() {
        let oddity = Oddity::VersionNegative { version: node.supported_ee_version };
        found(oddity.at(format!("{path}.supportedEeVersion")));
    }
    if let Some(version) = node.supported_protocol_version
        && version.check().is_err()
    {
        let least = version.major.min(version.minor).min(version.patch);
        let oddity = Oddity::VersionNegative { version: least };
        found(oddity.at(format!("{path}.supportedProtocolVersion")));
    }
}

fn is_account(address: &Address) -> bool {
    address.address_type == AddressType::Account
}
