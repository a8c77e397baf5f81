//! Calls that are meant to come to one place of the table: sensible ones with one thing spoilt.
//!
//! As all else in them is in order, the checks before the one that is meant are passed. Where the
//! state does not allow it, there is no such call now.

use std::sync::LazyLock;

use pbc_contract_common::address::Address;
use rand::Rng;
use rand::seq::IndexedRandom;
use zk_node_registry::rules::eligibility::{RequiredVersion, eligibility};
use zk_node_registry::{
    EngineStatus, Jurisdiction, Jurisdictions, NodeJurisdictions, RestEndpoint, SemanticVersion,
};

use self::parts::{amount, count, for_contract, listed_nodes, lists, spoil_version};
use super::calls::is_active;
use super::numbers::whole;
use super::{Draft, Pen, deploy};
use crate::call::{Call, FIRST_CALLBACK};
use crate::fuzz::table::{ACCEPTED, CREATE, OTHER, Place};

mod parts;
mod undecodable;

/// The most entries that a list may have, and an inner list of jurisdictions.
const MAX_LIST: usize = 64;
const MAX_JURISDICTIONS: usize = 256;

/// The places that a call can be aimed at: those of actions that somebody can reach.
pub(super) fn places() -> &'static [Place] {
    static PLACES: LazyLock<Vec<Place>> = LazyLock::new(|| {
        let is_call = |place: &Place| {
            let number = u8::from_str_radix(place.action(), 16);
            place.action() != CREATE && number.is_ok_and(|number| number < FIRST_CALLBACK)
                || place.action() == OTHER
        };
        Place::all().filter(|it| is_call(it) && it.unreachable().is_none()).collect()
    });
    &PLACES
}

/// The places to which only a node leads that has as many entries as a node can have.
pub(super) fn full() -> &'static [Place] {
    static PLACES: LazyLock<Vec<Place>> = LazyLock::new(|| {
        let is_capacity = |place: &&Place| place.outcome() == "node_at_capacity";
        places().iter().filter(is_capacity).copied().collect()
    });
    &PLACES
}

impl Pen<'_> {
    /// A call that should come to `place`; `None` if the state does not allow it.
    pub(super) fn aimed(&mut self, place: Place) -> Option<(Address, Vec<u8>)> {
        if place.action() == OTHER {
            return Some(self.unknown(place.outcome()));
        }
        let action = u8::from_str_radix(place.action(), 16).ok()?;
        match place.outcome() {
            ACCEPTED => {
                let (sender, call) = self.sensible(action)?;
                Some((sender, call.encode()))
            }
            code @ ("truncated"
            | "trailing_bytes"
            | "invalid_length"
            | "invalid_utf8"
            | "invalid_address_type"
            | "invalid_discriminant") => self.undecodable(action, code),
            code => {
                let (sender, call) = self.spoilt(action, code)?;
                Some((sender, call.encode()))
            }
        }
    }

    /// A call of `action` by somebody, sensible or not: its form is all that matters.
    fn anything(&mut self, action: u8) -> Option<Draft> {
        let (account, contract) = (self.account(), self.one_of(&self.cast.contracts));
        let statuses = |engine| {
            vec![EngineStatus { engine, status: zk_node_registry::ZkNodeScoreStatus::Success {} }]
        };
        Some(match action {
            0x00 => (account, super::register("https://x")),
            0x01 => {
                let rest_endpoint = "https://x".to_owned();
                (account, Call::UpdateNodeRestEndpoint { rest_endpoint })
            }
            0x0c => {
                let supported_protocol_version = self.version();
                (account, Call::UpdateNodeProtocolVersion { supported_protocol_version })
            }
            0x0d => {
                let jurisdiction = self.jurisdiction();
                (account, Call::UpdateServerJurisdiction { jurisdiction })
            }
            0x1a => (account, Call::UpdateNodeEeVersion { supported_ee_version: 1 }),
            0x11 => (account, Call::ResignAsZkNode {}),
            0x10 => (self.facts.collaborators.voting, Call::DisableZkNode { address: account }),
            0x0a => (account, Call::AssociateTokens { token_amount: 1 }),
            0x15 => {
                let expiration_timestamp = self.expiration();
                let token_amount = self.stake();
                (
                    account,
                    Call::AssociateTokensWithExpiration { token_amount, expiration_timestamp },
                )
            }
            0x0b => (account, Call::DisassociateTokens { token_amount: 1 }),
            0x13 => (account, Call::SetReservedTokens { new_reserved: 1 }),
            0x06 => (account, Call::UnlockExpiredStakes {}),
            0x17 => {
                let expiration_timestamp = Some(self.expiration());
                (account, Call::SetExpirationForAssociation { expiration_timestamp })
            }
            0x16 => (account, Call::DisassociateAllExpiredStakes { account: self.operator() }),
            0x04 => {
                let (zk_contract, number_of_nodes, total_stakes) = (contract, 1, self.some_total());
                (deploy(), Call::RequestNodesV1 { zk_contract, number_of_nodes, total_stakes })
            }
            0x08 => {
                let call = Call::RequestNodesV2 {
                    zk_contract: contract,
                    number_of_nodes: 1,
                    total_stakes: self.some_total(),
                    jurisdictions: NodeJurisdictions { node_jurisdictions: Vec::new() },
                    required_protocol_version: self.version(),
                };
                (deploy(), call)
            }
            0x14 => {
                let call = Call::RequestListedFor {
                    zk_contract: contract,
                    total_stakes: self.some_total(),
                    required_protocol_version: self.version(),
                    zk_nodes: vec![account],
                };
                (deploy(), call)
            }
            0x18 => {
                let call = Call::RequestListed {
                    total_stakes: self.some_total(),
                    required_ee_version: 0,
                    zk_nodes: vec![account],
                };
                (contract, call)
            }
            0x19 => {
                let call = Call::RequestNodes {
                    number_of_nodes: 1,
                    total_stakes: self.some_total(),
                    jurisdictions: NodeJurisdictions { node_jurisdictions: Vec::new() },
                    required_ee_version: 0,
                };
                (contract, call)
            }
            0x1b => {
                let call = Call::ReRequest {
                    engines_status: statuses(account),
                    number_of_nodes: 1,
                    total_stakes: self.some_total(),
                    jurisdictions: NodeJurisdictions { node_jurisdictions: Vec::new() },
                    required_ee_version: 0,
                    specific_nodes: Vec::new(),
                };
                (contract, call)
            }
            0x05 => (contract, Call::DoneV1 {}),
            0x12 => (contract, Call::DoneV2 { engines_status: statuses(account) }),
            0x20 => (deploy(), Call::ContractDeleted { zk_contract: contract }),
            0x07 => (account, Call::CheckContractStatus { zk_contract: contract }),
            0x0e => (account, Call::ExtendDeadline { contract_address: contract }),
            _ => return None,
        })
    }

    fn some_total(&mut self) -> i64 {
        let share = self.chance.random_range(1..100);
        self.total(share, 1)
    }

    /// A call that should be refused with `code`.
    fn spoilt(&mut self, action: u8, code: &str) -> Option<Draft> {
        let facts = self.facts;
        // Those for which a special state is looked for.
        match code {
            "already_registered" => {
                return Some((self.active()?, super::register(&self.endpoint())));
            }
            "open_allocations" => {
                let busy = facts.staked_tokens.iter().filter(|(account, tokens)| {
                    !tokens.allocated_tokens.is_empty() && is_active(facts.zk_nodes.get(account))
                });
                return Some((*self.any(busy)?.0, Call::ResignAsZkNode {}));
            }
            "balance_overflow" => return self.overflowing(action),
            "expiration_mismatch" => {
                let (account, tokens) = self.owner()?;
                let stored = tokens.expiration_timestamp;
                let other = self.expiration();
                let expiration_timestamp =
                    if stored == Some(other) { other.saturating_sub(1) } else { other };
                let token_amount = self.stake();
                let call =
                    Call::AssociateTokensWithExpiration { token_amount, expiration_timestamp };
                return (expiration_timestamp > self.now).then_some((account, call));
            }
            "insufficient_free" => {
                let now = self.timestamp();
                let (account, tokens) = self.owner()?;
                let (free, whole) = (tokens.free(now).units(), whole(tokens));
                let more = self.one_of(&[free.checked_add(1)?, whole.max(free + 1), i64::MAX]);
                return (more > free)
                    .then_some((account, Call::DisassociateTokens { token_amount: more }));
            }
            "no_expiration" | "not_expired" | "nothing_free" => {
                let (now, millis) = (self.timestamp(), self.now);
                let fits = facts.staked_tokens.iter().filter(|(_, tokens)| match code {
                    "no_expiration" => tokens.expiration_timestamp.is_none(),
                    "not_expired" => tokens.expiration_timestamp.is_some_and(|at| at > millis),
                    _ => tokens.has_expired(now) && tokens.free(now).units() == 0,
                });
                let account = *self.any(fits)?.0;
                let call = Call::DisassociateAllExpiredStakes { account };
                return Some((self.account(), call));
            }
            "computation_exists" => {
                let holder = self.holder()?.0;
                let (sender, call) = self.sensible(action).or_else(|| self.anything(action))?;
                return Some(for_contract(sender, call, holder));
            }
            code if code.starts_with("node_") && listed(action) && is_eligibility(code) => {
                return self.ineligible(action, code);
            }
            _ => {}
        }
        let (sender, call) = self.sensible(action).or_else(|| self.anything(action))?;
        self.spoil(sender, call, code)
    }

    /// Spoils one thing of a call.
    fn spoil(&mut self, mut sender: Address, mut call: Call, code: &str) -> Option<Draft> {
        match code {
            "caller_not_account" => sender = self.contract(),
            "not_registered" => {
                let facts = self.facts;
                let people = self.cast.operators.iter().copied().chain([self.cast.stranger]);
                sender = self.any(people.filter(|it| !is_active(facts.zk_nodes.get(it))))?;
            }
            "not_zk_contract_deploy" | "not_voting" => {
                let others = [self.operator(), self.contract(), self.facts.settings.stake_token];
                sender = self.one_of(&others);
            }
            "not_a_served_contract" => {
                let nobody = self.one_of(&[self.cast.operators[0], self.cast.system]);
                (sender, call) = for_contract(sender, call, nobody);
            }
            "no_computation" => {
                let idle = self.idle().unwrap_or(self.cast.stranger);
                (sender, call) = for_contract(sender, call, idle);
            }
            "no_stake_entry" => {
                let facts = self.facts;
                let people = self.cast.operators.iter().copied().chain([self.cast.stranger]);
                let poor = self.any(people.filter(|it| !facts.staked_tokens.contains_key(it)))?;
                match &mut call {
                    Call::DisassociateAllExpiredStakes { account } => *account = poor,
                    _ => sender = poor,
                }
            }
            "node_unknown" => {
                let Call::DisableZkNode { address } = &mut call else { return None };
                let facts = self.facts;
                let people = self.cast.operators.iter().copied().chain([self.cast.stranger]);
                *address = self.any(people.filter(|it| !facts.zk_nodes.contains_key(it)))?;
            }
            code if code.starts_with("endpoint_") => {
                let text = self.bad_endpoint(code);
                match &mut call {
                    Call::RegisterAsZkNode { rest_endpoint } => {
                        *rest_endpoint = RestEndpoint { rest_endpoint: text };
                    }
                    Call::UpdateNodeRestEndpoint { rest_endpoint } => *rest_endpoint = text,
                    _ => return None,
                }
            }
            _ => self.spoil_argument(&mut call, code)?,
        }
        Some((sender, call))
    }

    fn spoil_argument(&mut self, call: &mut Call, code: &str) -> Option<()> {
        let too_small = self.one_of(&[0, -1, i64::MIN, -750_000_000]);
        let negative = self.one_of(&[-1, i64::MIN]);
        match code {
            "amount_not_positive" => *amount(call)? = too_small,
            "amount_negative" => *amount(call)? = negative,
            "total_stakes_below_minimum" => {
                let least = self.facts.settings.min_total_stakes;
                if least < 2 {
                    return None;
                }
                *amount(call)? = if self.lot(1, 2) { least - 1 } else { 1 };
            }
            "expiration_in_past" => {
                let past = self.one_of(&[self.now, self.now.saturating_sub(1), i64::MIN, 0]);
                match call {
                    Call::AssociateTokensWithExpiration { expiration_timestamp, .. } => {
                        *expiration_timestamp = past;
                    }
                    Call::SetExpirationForAssociation { expiration_timestamp } => {
                        *expiration_timestamp = Some(past);
                    }
                    _ => return None,
                }
            }
            "version_negative" => {
                let minus = self.one_of(&[-1, i32::MIN]);
                let which = self.chance.random_range(0..3);
                spoil_version(call, minus, which)?;
            }
            "jurisdiction_out_of_range" => {
                let of_node = self.one_of(&[-1, 1_000, i32::MIN, i32::MAX]);
                let of_request = self.one_of(&[0, -1, 1_000, i32::MAX]);
                if let Call::UpdateServerJurisdiction { jurisdiction } = call {
                    jurisdiction.value = of_node;
                } else {
                    let lists = lists(call)?;
                    if lists.is_empty() {
                        lists.push(Jurisdictions { list: Vec::new() });
                    }
                    let list = &mut lists.last_mut()?.list;
                    list.push(Jurisdiction { value: of_request });
                }
            }
            "list_too_long" => self.lengthen(call)?,
            "node_count_out_of_range" => {
                let wrong = self.one_of(&[0, -1, 17, i32::MAX, i32::MIN]);
                match call {
                    Call::RequestListed { zk_nodes, .. }
                    | Call::RequestListedFor { zk_nodes, .. } => {
                        let node = zk_nodes.first().copied().unwrap_or(self.cast.stranger);
                        *zk_nodes = if wrong == 0 { Vec::new() } else { vec![node; 17] };
                    }
                    _ => *count(call)? = wrong,
                }
            }
            "jurisdiction_lists_mismatch" => {
                let nodes = usize::try_from(*count(call)?).ok()?;
                let many = if self.lot(1, 2) { nodes + 1 } else { self.chance.random_range(2..20) };
                let many = if many == nodes || many < 2 { nodes + 2 } else { many };
                *lists(call)? = vec![Jurisdictions { list: Vec::new() }; many];
            }
            "node_count_mismatch" => {
                let Call::ReRequest { number_of_nodes, specific_nodes, jurisdictions, .. } = call
                else {
                    return None;
                };
                if specific_nodes.is_empty() {
                    specific_nodes.push(self.cast.operators[0]);
                }
                let listed = i32::try_from(specific_nodes.len()).ok()?;
                *number_of_nodes =
                    if self.lot(1, 2) && listed > 1 { listed - 1 } else { listed + 1 };
                jurisdictions.node_jurisdictions.clear();
            }
            "duplicate_node" => {
                let nodes = listed_nodes(call)?;
                if nodes.is_empty() || nodes.len() > 15 {
                    *nodes = vec![self.cast.operators[0]];
                }
                nodes.push(nodes[0]);
                let listed = i32::try_from(nodes.len()).ok()?;
                if let Call::ReRequest { number_of_nodes, jurisdictions, .. } = call {
                    *number_of_nodes = listed;
                    jurisdictions.node_jurisdictions.clear();
                }
            }
            "status_node_foreign" | "status_node_repeated" | "status_node_missing" => {
                let stranger = self.cast.stranger;
                let place = self.chance.random_range(0..2);
                let (Call::DoneV2 { engines_status } | Call::ReRequest { engines_status, .. }) =
                    call
                else {
                    return None;
                };
                let first = engines_status.first().cloned()?;
                match code {
                    "status_node_foreign" => {
                        let foreign = EngineStatus { engine: stranger, ..first };
                        engines_status.insert(place.min(engines_status.len()), foreign);
                    }
                    "status_node_repeated" => engines_status.push(first),
                    _ => drop(engines_status.pop()),
                }
            }
            "not_enough_nodes" => {
                // More than there are, or dearer than anyone can be.
                if let Call::ReRequest { specific_nodes, .. } = call {
                    specific_nodes.clear();
                }
                if let Some(lists) = lists(call) {
                    lists.clear();
                }
                if self.lot(1, 2) {
                    *count(call)? = 16;
                } else {
                    *amount(call)? = i64::MAX;
                }
            }
            _ => return None,
        }
        Some(())
    }

    /// Makes one of the lists too long.
    fn lengthen(&mut self, call: &mut Call) -> Option<()> {
        let more = self.one_of(&[1, 1, 10]);
        let node = self.cast.operators[0];
        let which = self.chance.random_range(0..4);
        let status = self.status();
        match call {
            Call::ReRequest { engines_status, .. } if which == 0 => {
                *engines_status = vec![EngineStatus { engine: node, status }; MAX_LIST + more];
            }
            Call::DoneV2 { engines_status } => {
                *engines_status = vec![EngineStatus { engine: node, status }; MAX_LIST + more];
            }
            Call::ReRequest { specific_nodes, .. } if which == 1 => {
                *specific_nodes = vec![node; MAX_LIST + more];
            }
            Call::RequestListed { zk_nodes, .. } | Call::RequestListedFor { zk_nodes, .. } => {
                *zk_nodes = vec![node; MAX_LIST + more];
            }
            call => {
                let lists = lists(call)?;
                *lists = if which == 2 {
                    vec![Jurisdictions { list: Vec::new() }; MAX_LIST + more]
                } else {
                    let list = vec![Jurisdiction { value: 208 }; MAX_JURISDICTIONS + more];
                    vec![Jurisdictions { list }]
                };
            }
        }
        Some(())
    }

    fn bad_endpoint(&mut self, code: &str) -> String {
        match code {
            "endpoint_empty" => String::new(),
            "endpoint_too_long" => {
                let length = self.one_of(&[513, 514, 1_000]);
                format!("https://{}", "a".repeat(length - 8))
            }
            "endpoint_control_character" => {
                let control = self.one_of(&['\u{0}', '\n', '\u{1b}', '\u{7f}', '\u{9f}']);
                format!("https://a{control}b")
            }
            _ => self.one_of(&["http://a", "https://", "HTTPS://a", "a", " https://a"]).to_owned(),
        }
    }

    /// Brings one token more than fits.
    fn overflowing(&mut self, action: u8) -> Option<Draft> {
        let now = self.now;
        let rich = self.facts.staked_tokens.iter().filter(|(_, tokens)| {
            let fits = tokens.expiration_timestamp.is_some_and(|at| at > now);
            whole(tokens) > 0 && (action == 0x0a || fits)
        });
        let (account, tokens) = self.any(rich)?;
        let least = (i64::MAX - whole(tokens)).checked_add(1)?;
        let token_amount = if self.lot(1, 2) { least } else { i64::MAX };
        let call = match (action, tokens.expiration_timestamp) {
            (0x15, Some(expiration_timestamp)) => {
                Call::AssociateTokensWithExpiration { token_amount, expiration_timestamp }
            }
            _ => Call::AssociateTokens { token_amount },
        };
        Some((*account, call))
    }

    /// A list with a node on it that is not eligible for this reason.
    fn ineligible(&mut self, action: u8, code: &str) -> Option<Draft> {
        let (mut sender, mut call) = self.sensible(action).or_else(|| self.anything(action))?;
        if action == 0x1b && !self.facts.computations.contains_key(&sender) {
            return None;
        }
        if action != 0x1b {
            let served = self.idle()?;
            (sender, call) = for_contract(sender, call, served);
        }
        let mut required = RequiredVersion::Any;
        match &mut call {
            Call::RequestListedFor { required_protocol_version: version, .. } => {
                if code == "node_version_too_low" {
                    *version = self.one_of(&[
                        SemanticVersion { major: 4, minor: 11, patch: 0 },
                        SemanticVersion { major: 5, minor: 0, patch: 0 },
                        SemanticVersion { major: 4, minor: 10, patch: 1 },
                    ]);
                }
                required = RequiredVersion::Protocol(*version);
            }
            Call::RequestListed { required_ee_version: version, .. }
            | Call::ReRequest { required_ee_version: version, .. } => {
                *version = if code == "node_version_too_low" { 2 } else { 0 };
                required = RequiredVersion::ExecutionEngine(*version);
            }
            _ => {}
        }
        let list = match (&mut call, code) {
            (Call::ReRequest { jurisdictions, .. }, "node_outside_jurisdiction") => {
                let list = vec![Jurisdiction { value: self.one_of(&[208, 276, 999]) }];
                jurisdictions.node_jurisdictions = vec![Jurisdictions { list: list.clone() }];
                list
            }
            (Call::ReRequest { jurisdictions, .. }, _) => {
                jurisdictions.node_jurisdictions.clear();
                Vec::new()
            }
            _ => Vec::new(),
        };
        let poor = code == "node_insufficient_free";
        let share = if poor { self.dear_share() } else { 1 };
        let demand = self.demand(share, required);
        let facts = self.facts;
        let people = self.cast.operators.iter().copied().chain([self.cast.stranger]);
        let fits = |it: &Address| {
            let found =
                eligibility(facts.zk_nodes.get(it), facts.staked_tokens.get(it), &demand, &list);
            found.err().is_some_and(|reason| reason.code() == code)
        };
        let node = self.any(people.filter(fits))?;
        let mut others = self.eligible(share, required);
        others.retain(|it| *it != node);
        let mut nodes: Vec<Address> = if self.lot(1, 2) || list.len() == 1 {
            Vec::new()
        } else {
            others.choose(self.chance).copied().into_iter().collect()
        };
        nodes.push(node);
        let count = nodes.len();
        let total = self.total(share, count);
        *amount(&mut call)? = total;
        *listed_nodes(&mut call)? = nodes;
        if let Call::ReRequest { number_of_nodes, .. } = &mut call {
            *number_of_nodes = i32::try_from(count).ok()?;
        }
        Some((sender, call))
    }

    /// One unit more than some node can spare.
    fn dear_share(&mut self) -> i64 {
        let now = self.timestamp();
        let owner = self.owner().map(|(_, tokens)| {
            tokens.free(now).units().saturating_sub(tokens.reserved_tokens).saturating_add(1)
        });
        owner.unwrap_or(1).max(1)
    }
}

fn listed(action: u8) -> bool {
    matches!(action, 0x14 | 0x18 | 0x1b)
}

fn is_eligibility(code: &str) -> bool {
    !matches!(code, "node_count_mismatch" | "node_count_out_of_range")
}
