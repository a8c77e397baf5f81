//! Sensible calls: as far as the state tells, they are accepted.
//!
//! Who is eligible, free or expired is asked of the contract crate; nothing here decides it.

use pbc_contract_common::address::Address;
use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};
use zk_node_registry::rules::eligibility::{Demand, RequiredVersion, eligibility};
use zk_node_registry::rules::units::TokenAmount;
use zk_node_registry::{
    Computation, EngineStatus, Jurisdictions, NodeJurisdictions, RestEndpoint, SemanticVersion,
    ZkNode, ZkNodeScoreStatus, ZkNodeTokens,
};

use super::numbers::whole;
use super::{Draft, Pen, deploy};
use crate::call::Call;

/// What a request asks for: shares that some nodes can spare.
pub(super) struct Wish {
    pub(super) nodes: Vec<Address>,
    pub(super) total: i64,
    pub(super) protocol: SemanticVersion,
    pub(super) ee: i32,
}

impl<'a> Pen<'a> {
    /// A call of `action` that should be accepted; `None` if nobody can make one now.
    pub(super) fn sensible(&mut self, action: u8) -> Option<Draft> {
        let facts = self.facts;
        Some(match action {
            0x00 => {
                let cast = self.cast;
                let people = cast.operators.iter().copied().chain([cast.stranger]);
                let sender = self.any(people.filter(|it| !is_active(facts.zk_nodes.get(it))))?;
                let rest_endpoint = RestEndpoint { rest_endpoint: self.endpoint() };
                (sender, Call::RegisterAsZkNode { rest_endpoint })
            }
            0x01 => {
                let rest_endpoint = self.endpoint();
                (self.active()?, Call::UpdateNodeRestEndpoint { rest_endpoint })
            }
            0x0c => {
                let supported_protocol_version = self.version();
                (self.active()?, Call::UpdateNodeProtocolVersion { supported_protocol_version })
            }
            0x0d => {
                let jurisdiction = self.jurisdiction();
                (self.active()?, Call::UpdateServerJurisdiction { jurisdiction })
            }
            0x1a => {
                let supported_ee_version = self.ee_version();
                (self.active()?, Call::UpdateNodeEeVersion { supported_ee_version })
            }
            0x11 => {
                let idle = self.facts.zk_nodes.iter().filter(|(account, node)| {
                    let tokens = facts.staked_tokens.get(account);
                    node.is_active() && tokens.is_none_or(|it| it.allocated_tokens.is_empty())
                });
                (self.any(idle.map(|(account, _)| *account))?, Call::ResignAsZkNode {})
            }
            0x10 => {
                // A ban is for ever, so most of the time somebody is banned who is already.
                let banned = facts.zk_nodes.iter().filter(|(_, node)| node.is_disabled);
                let again = self.any(banned.map(|(account, _)| *account));
                let few = again.is_none() || self.lot(1, 6);
                let address = match again {
                    Some(again) if !few => again,
                    _ => self.any(facts.zk_nodes.keys().copied())?,
                };
                (facts.collaborators.voting, Call::DisableZkNode { address })
            }
            0x0a => {
                let (sender, token_amount) = self.bringing();
                (sender, Call::AssociateTokens { token_amount })
            }
            0x15 => {
                let (sender, token_amount) = self.bringing();
                let expiration_timestamp = match self.tokens(&sender) {
                    Some(tokens) => tokens.expiration_timestamp.filter(|at| *at > self.now)?,
                    None => self.expiration(),
                };
                (sender, Call::AssociateTokensWithExpiration { token_amount, expiration_timestamp })
            }
            0x0b => {
                let now = self.timestamp();
                let rich = facts.staked_tokens.iter().filter(|(_, it)| it.free(now).units() > 0);
                let (sender, tokens) = self.any(rich)?;
                (*sender, Call::DisassociateTokens { token_amount: self.part_of(tokens) })
            }
            0x13 => {
                let (sender, tokens) = self.owner()?;
                (sender, Call::SetReservedTokens { new_reserved: self.reserve(tokens) })
            }
            0x06 => (self.owner()?.0, Call::UnlockExpiredStakes {}),
            0x17 => {
                let set = self.lot(2, 3);
                let expiration_timestamp = set.then(|| self.expiration());
                (self.owner()?.0, Call::SetExpirationForAssociation { expiration_timestamp })
            }
            0x16 => {
                let now = self.timestamp();
                let expired = facts.staked_tokens.iter();
                let expired =
                    expired.filter(|(_, it)| it.has_expired(now) && it.free(now).units() > 0);
                let account = self.any(expired.map(|(account, _)| *account))?;
                let sender = if self.lot(1, 5) { self.contract() } else { self.account() };
                (sender, Call::DisassociateAllExpiredStakes { account })
            }
            0x04 | 0x08 | 0x14 | 0x18 | 0x19 => {
                let served = self.idle()?;
                self.request(action, served)?
            }
            0x1b => {
                let (holder, computation) = self.holder()?;
                self.re_request(holder, computation)?
            }
            0x05 => (self.holder()?.0, Call::DoneV1 {}),
            0x12 => {
                let (holder, computation) = self.holder()?;
                (holder, Call::DoneV2 { engines_status: self.statuses(computation) })
            }
            0x20 => (deploy(), Call::ContractDeleted { zk_contract: self.holder()?.0 }),
            0x07 => (self.account(), Call::CheckContractStatus { zk_contract: self.holder()?.0 }),
            0x0e => (self.account(), Call::ExtendDeadline { contract_address: self.holder()?.0 }),
            _ => return None,
        })
    }

    /// An account with an active node record.
    pub(super) fn active(&mut self) -> Option<Address> {
        let active = self.facts.zk_nodes.iter().filter(|(_, node)| node.is_active());
        self.any(active.map(|(account, _)| *account))
    }

    /// An account with a token record.
    pub(super) fn owner(&mut self) -> Option<(Address, &'a ZkNodeTokens)> {
        let facts = self.facts;
        self.any(facts.staked_tokens.iter()).map(|(account, tokens)| (*account, tokens))
    }

    /// A contract with a computation.
    pub(super) fn holder(&mut self) -> Option<(Address, &'a Computation)> {
        let facts = self.facts;
        self.any(facts.computations.iter()).map(|(contract, it)| (*contract, it))
    }

    /// A contract without a computation that may have one.
    pub(super) fn idle(&mut self) -> Option<Address> {
        let (facts, cast) = (self.facts, self.cast);
        let served = cast.contracts.iter().copied().chain([cast.public]);
        self.any(served.filter(|it| !facts.computations.contains_key(it)))
    }

    /// Somebody who brings tokens, and how many, up to the last that fits.
    fn bringing(&mut self) -> (Address, i64) {
        let sender = self.account();
        let stake = self.stake();
        let room = self.tokens(&sender).map_or(i64::MAX, |tokens| i64::MAX - whole(tokens));
        let least = self.facts.settings.min_node_stake;
        let total = self.tokens(&sender).map_or(0, |tokens| tokens.total().units());
        // Just enough to be drawn.
        let missing = least.saturating_sub(total);
        let amount = if missing > 0 && self.lot(1, 3) { missing } else { stake };
        (sender, amount.clamp(1, room.max(1)))
    }

    /// The nodes that could take `share` now.
    pub(super) fn eligible(&self, share: i64, version: RequiredVersion) -> Vec<Address> {
        let demand = self.demand(share, version);
        let nodes = self.facts.zk_nodes.iter().filter(|(account, node)| {
            let tokens = self.tokens(account);
            eligibility(Some(node), tokens, &demand, &[]).is_ok()
        });
        nodes.map(|(account, _)| *account).collect()
    }

    pub(super) fn demand(&self, share: i64, version: RequiredVersion) -> Demand {
        Demand {
            share: TokenAmount::from_units(share.max(0)).unwrap_or_default(),
            version,
            least_stake: self.facts.settings.least_stake(),
            now: self.timestamp(),
        }
    }

    /// Something that can be asked for: a share that one node can just spare, or less.
    pub(super) fn wish(&mut self) -> Option<Wish> {
        let willing = self.eligible(1, RequiredVersion::Any);
        let pivot = *willing.choose(self.chance)?;
        let (tokens, node) = (self.tokens(&pivot)?, self.facts.zk_nodes.get(&pivot)?);
        let spare = tokens.free(self.timestamp()).units().saturating_sub(tokens.reserved_tokens);
        let (node_version, ee) = (node.supported_protocol_version, node.supported_ee_version);
        let share = match self.chance.random_range(0..6) {
            0 => spare,
            1 => spare / 2 + 1,
            2..5 => self.chance.random_range(1..=spare.clamp(1, 40)),
            _ => self.chance.random_range(1..=spare.max(1)),
        }
        .max(1);
        let protocol = match node_version {
            Some(version) if self.lot(3, 4) => version,
            _ => SemanticVersion { major: 4, minor: 9, patch: 0 },
        };
        let ee = if self.lot(1, 2) { ee } else { 0 };

        let mut nodes = self.eligible(share, RequiredVersion::Any);
        nodes.shuffle(self.chance);
        let most = nodes.len().clamp(1, 16);
        let few = most.min(4);
        let count = if self.lot(1, 8) { most } else { self.chance.random_range(1..=few) };
        if let Some(place) = nodes.iter().position(|it| *it == pivot) {
            nodes.swap(0, place);
        }
        nodes.truncate(count);
        nodes.shuffle(self.chance);
        let total = self.total(share, count);
        Some(Wish { nodes, total, protocol, ee })
    }

    /// Total stakes of which each of `count` nodes has `share`, rounded up.
    pub(super) fn total(&mut self, share: i64, count: usize) -> i64 {
        let count = i64::try_from(count).unwrap_or(1).max(1);
        let exact = share.saturating_mul(count);
        let less = if self.lot(1, 2) { 0 } else { self.chance.random_range(0..count) };
        (exact - less).max(self.facts.settings.min_total_stakes).max(1)
    }

    fn request(&mut self, action: u8, served: Address) -> Option<Draft> {
        let Wish { nodes, total, protocol, ee, .. } = self.wish()?;
        let count = i32::try_from(nodes.len()).ok()?;
        Some(match action {
            0x04 => {
                let (zk_contract, number_of_nodes, total_stakes) = (served, count, total);
                (deploy(), Call::RequestNodesV1 { zk_contract, number_of_nodes, total_stakes })
            }
            0x08 => {
                let call = Call::RequestNodesV2 {
                    zk_contract: served,
                    number_of_nodes: count,
                    total_stakes: total,
                    jurisdictions: self.lists(&nodes),
                    required_protocol_version: protocol,
                };
                (deploy(), call)
            }
            0x14 => {
                let version = RequiredVersion::Protocol(protocol);
                let zk_nodes = self.those_of(nodes, version)?;
                let call = Call::RequestListedFor {
                    zk_contract: served,
                    total_stakes: total,
                    required_protocol_version: protocol,
                    zk_nodes,
                };
                (deploy(), call)
            }
            0x18 => {
                let zk_nodes = self.those_of(nodes, RequiredVersion::ExecutionEngine(ee))?;
                (
                    served,
                    Call::RequestListed { total_stakes: total, required_ee_version: ee, zk_nodes },
                )
            }
            _ => {
                let call = Call::RequestNodes {
                    number_of_nodes: count,
                    total_stakes: total,
                    jurisdictions: self.lists(&nodes),
                    required_ee_version: ee,
                };
                (served, call)
            }
        })
    }

    /// Those that have the version, if there are any.
    fn those_of(&self, mut nodes: Vec<Address>, version: RequiredVersion) -> Option<Vec<Address>> {
        let demand = self.demand(1, version);
        nodes.retain(|it| {
            eligibility(self.facts.zk_nodes.get(it), self.tokens(it), &demand, &[]).is_ok()
        });
        (!nodes.is_empty()).then_some(nodes)
    }

    fn re_request(&mut self, holder: Address, computation: &Computation) -> Option<Draft> {
        let engines_status = self.statuses(computation);
        let Wish { nodes, total, ee, .. } = self.wish()?;
        let listed = self.lot(1, 2);
        let nodes = match listed {
            true => self.those_of(nodes, RequiredVersion::ExecutionEngine(ee))?,
            false => nodes,
        };
        let jurisdictions = self.lists(&nodes);
        let call = Call::ReRequest {
            engines_status,
            number_of_nodes: i32::try_from(nodes.len()).ok()?,
            total_stakes: total,
            jurisdictions,
            required_ee_version: ee,
            specific_nodes: if listed { nodes } else { Vec::new() },
        };
        Some((holder, call))
    }

    /// A verdict on every engine, in any order.
    pub(super) fn statuses(&mut self, computation: &Computation) -> Vec<EngineStatus> {
        let mut engines = computation.nodes.clone();
        if self.lot(1, 2) {
            engines.shuffle(self.chance);
        }
        let judged =
            engines.into_iter().map(|engine| EngineStatus { engine, status: self.status() });
        judged.collect()
    }

    pub(super) fn status(&mut self) -> ZkNodeScoreStatus {
        if self.lot(2, 3) { ZkNodeScoreStatus::Success {} } else { ZkNodeScoreStatus::Failure {} }
    }

    /// Country codes that suit these nodes: no list, one, or one for each.
    fn lists(&mut self, nodes: &[Address]) -> NodeJurisdictions {
        let homes: Vec<i32> = nodes
            .iter()
            .filter_map(|it| self.facts.zk_nodes.get(it))
            .map(|node| node.server_jurisdiction.value)
            .collect();
        let list = |codes: &[i32]| {
            let jurisdiction = |code: &i32| zk_node_registry::Jurisdiction { value: *code };
            let codes = codes.iter().filter(|code| **code > 0);
            Jurisdictions { list: codes.map(jurisdiction).collect() }
        };
        let node_jurisdictions = match self.chance.random_range(0..6) {
            0..3 => Vec::new(),
            3 => vec![list(&homes)],
            4 => homes.iter().map(|home| list(&[*home])).collect(),
            _ => {
                let mut any =
                    |_: &i32| list(&[self.one_of(&[208, 276, 1]), self.one_of(&[208, 999])]);
                homes.iter().map(&mut any).collect()
            }
        };
        NodeJurisdictions { node_jurisdictions }
    }
}

pub(super) fn is_active(node: Option<&ZkNode>) -> bool {
    node.is_some_and(ZkNode::is_active)
}
