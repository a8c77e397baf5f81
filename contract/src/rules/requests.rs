//! Requests for nodes: what a caller may ask for, and the computation that comes of it.
//!
//! All or nothing: the nodes are found now and each is charged its share, or nothing changes. The
//! engines are returned in slot order, which the served contract relies on.
//!
//! Not here: how nodes are drawn (`selection`), what makes one eligible (`eligibility`), how work
//! ends (`ends`).
//!
//! Source: `run-a-zk-node.md`, "ZK Node Scoring"; registry.md 4.3, rows of requests, and 8.

use create_type_spec_derive::CreateTypeSpec;
use pbc_contract_common::address::Address;
use pbc_contract_common::Hash;
use read_write_rpc_derive::ReadWriteRPC;
use read_write_state_derive::ReadWriteState;

use super::eligibility::{admits, eligibility, Demand, RequiredVersion};
use super::ends::Release;
use super::node::{check_ee_version, Jurisdiction, SemanticVersion, ZkNode};
use super::rejection::Rejection;
use super::selection::{draw, Chance, Shortage, Slots};
use super::stake::ZkNodeTokens;
use super::tokens::positive;
use super::units::{NodeCount, ServedContract, Timestamp, TokenAmount};
use super::work::{first_planned_end, Computation, EngineInformation, EngineStatus};
use crate::RegistryState;

/// The most entries of a list in a call.
///
/// Source: registry.md 2 (D-34).
pub const MAX_LIST: usize = 64;

/// The most entries of an inner jurisdiction list.
///
/// Source: registry.md 2 (D-34).
pub const MAX_JURISDICTIONS: usize = 256;

/// Where the nodes of a request may be: no list for no restriction, one list for every slot, or
/// one list for each slot.
#[derive(ReadWriteRPC, ReadWriteState, CreateTypeSpec, Clone, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct NodeJurisdictions {
    /// The lists, in slot order.
    pub node_jurisdictions: Vec<Jurisdictions>,
}

/// Where one node may be; empty for no restriction.
#[derive(ReadWriteRPC, ReadWriteState, CreateTypeSpec, Clone, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Jurisdictions {
    /// The countries.
    pub list: Vec<Jurisdiction>,
}

impl NodeJurisdictions {
    /// No restriction.
    pub fn anywhere() -> NodeJurisdictions {
        NodeJurisdictions { node_jurisdictions: Vec::new() }
    }

    /// The list of `slot`, empty for no restriction.
    pub fn of_slot(&self, slot: u8) -> &[Jurisdiction] {
        let list = match self.node_jurisdictions.as_slice() {
            [one] => Some(one),
            lists => lists.get(usize::from(slot)),
        };
        list.map_or(&[], |jurisdictions| jurisdictions.list.as_slice())
    }

    /// The slots of a request for `nodes` nodes whose list admits nodes of this jurisdiction.
    pub fn slots_for(&self, jurisdiction: Jurisdiction, nodes: NodeCount) -> Slots {
        let admitting = (0..nodes.get()).filter(|slot| admits(self.of_slot(*slot), jurisdiction));
        admitting.fold(Slots::NONE, Slots::with)
    }

    /// # Errors
    ///
    /// [`Rejection::JurisdictionListsMismatch`] unless there are no, one or `nodes` lists, then
    /// [`Rejection::JurisdictionOutOfRange`] for the first code outside 1 to 999.
    fn check(&self, nodes: NodeCount) -> Result<(), Rejection> {
        let lists = self.node_jurisdictions.len();
        if lists > 1 && lists != usize::from(nodes.get()) {
            return Err(Rejection::JurisdictionListsMismatch { lists, nodes: nodes.get() });
        }
        let mut codes = self.node_jurisdictions.iter().flat_map(|one| &one.list);
        codes.try_for_each(|code| code.check_of_request())
    }

    /// # Errors
    ///
    /// [`Rejection::ListTooLong`] for the outer list, then for the first inner one.
    fn check_lengths(&self) -> Result<(), Rejection> {
        check_length("jurisdictions", self.node_jurisdictions.len(), MAX_LIST)?;
        let mut lengths = self.node_jurisdictions.iter().map(|one| one.list.len());
        lengths.try_for_each(|length| check_length("jurisdictions", length, MAX_JURISDICTIONS))
    }
}

/// The facts of a call on which a request depends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequestFacts {
    pub(crate) sender: Address,
    pub(crate) now: Timestamp,
    /// The hash of the transaction, from which the draw takes its chance.
    pub(crate) transaction: Hash,
}

/// The arguments of a request for drawn nodes, as they came.
pub(crate) struct DrawnNodes {
    pub(crate) number_of_nodes: i32,
    pub(crate) total_stakes: i64,
    pub(crate) jurisdictions: NodeJurisdictions,
    pub(crate) version: RequiredVersion,
}

/// The arguments of a request for listed nodes, as they came.
pub(crate) struct ListedNodes {
    pub(crate) total_stakes: i64,
    pub(crate) version: RequiredVersion,
    pub(crate) zk_nodes: Vec<Address>,
}

/// The arguments of a re-request, as they came. Without `specific_nodes` the nodes are drawn.
pub(crate) struct ReRequest {
    pub(crate) engines_status: Vec<EngineStatus>,
    pub(crate) nodes: DrawnNodes,
    pub(crate) specific_nodes: Vec<Address>,
}

/// A request whose arguments are in order.
struct Request<'a> {
    served: ServedContract,
    nodes: NodeCount,
    total: TokenAmount,
    jurisdictions: &'a NodeJurisdictions,
    version: RequiredVersion,
}

/// A chosen node: its records as they were before it was charged.
struct Engine {
    account: Address,
    node: ZkNode,
    tokens: ZkNodeTokens,
}

impl RegistryState {
    /// Draws nodes for the contract that the deploy contract names.
    ///
    /// # Errors
    ///
    /// [`Rejection::NotZkContractDeploy`], [`Rejection::ListTooLong`],
    /// [`Rejection::NotAServedContract`], those of the arguments (node count, stakes,
    /// jurisdictions, version), [`Rejection::ComputationExists`], [`Rejection::NotEnoughNodes`].
    pub(crate) fn request_for_deploy(
        &mut self,
        facts: &RequestFacts,
        zk_contract: Address,
        asked: &DrawnNodes,
    ) -> Result<Vec<EngineInformation>, Rejection> {
        self.check_is_deploy(facts.sender)?;
        asked.jurisdictions.check_lengths()?;
        let served = ServedContract::at(zk_contract)?;
        self.request_drawn(facts, served, asked)
    }

    /// Draws nodes for the sender.
    ///
    /// # Errors
    ///
    /// [`Rejection::NotAServedContract`], [`Rejection::ListTooLong`], those of the arguments (node
    /// count, stakes, jurisdictions, version), [`Rejection::ComputationExists`],
    /// [`Rejection::NotEnoughNodes`].
    pub(crate) fn request_for_sender(
        &mut self,
        facts: &RequestFacts,
        asked: &DrawnNodes,
    ) -> Result<Vec<EngineInformation>, Rejection> {
        let served = ServedContract::at(facts.sender)?;
        asked.jurisdictions.check_lengths()?;
        self.request_drawn(facts, served, asked)
    }

    fn request_drawn(
        &mut self,
        facts: &RequestFacts,
        served: ServedContract,
        asked: &DrawnNodes,
    ) -> Result<Vec<EngineInformation>, Rejection> {
        let request = self.check_drawn(served, asked)?;
        self.check_has_no_computation(served)?;
        let engines = self.draw_engines(&request, facts, &Release::nothing())?;
        Ok(self.charge(&request, engines, first_planned_end(facts.now), facts.now))
    }

    /// Takes the listed nodes for the contract that the deploy contract names.
    ///
    /// # Errors
    ///
    /// [`Rejection::NotZkContractDeploy`], [`Rejection::ListTooLong`],
    /// [`Rejection::NotAServedContract`], those of the arguments (stakes, version, node count),
    /// [`Rejection::DuplicateNode`], [`Rejection::ComputationExists`], [`Rejection::Ineligible`].
    pub(crate) fn request_listed_for_deploy(
        &mut self,
        facts: &RequestFacts,
        zk_contract: Address,
        asked: &ListedNodes,
    ) -> Result<Vec<EngineInformation>, Rejection> {
        self.check_is_deploy(facts.sender)?;
        check_length("zk_nodes", asked.zk_nodes.len(), MAX_LIST)?;
        let served = ServedContract::at(zk_contract)?;
        self.request_listed(facts, served, asked)
    }

    /// Takes the listed nodes for the sender.
    ///
    /// # Errors
    ///
    /// [`Rejection::NotAServedContract`], [`Rejection::ListTooLong`], those of the arguments
    /// (stakes, version, node count), [`Rejection::DuplicateNode`],
    /// [`Rejection::ComputationExists`], [`Rejection::Ineligible`].
    pub(crate) fn request_listed_for_sender(
        &mut self,
        facts: &RequestFacts,
        asked: &ListedNodes,
    ) -> Result<Vec<EngineInformation>, Rejection> {
        let served = ServedContract::at(facts.sender)?;
        check_length("zk_nodes", asked.zk_nodes.len(), MAX_LIST)?;
        self.request_listed(facts, served, asked)
    }

    fn request_listed(
        &mut self,
        facts: &RequestFacts,
        served: ServedContract,
        asked: &ListedNodes,
    ) -> Result<Vec<EngineInformation>, Rejection> {
        let total = self.check_stakes(asked.total_stakes)?;
        asked.version.check()?;
        let nodes = node_count(asked.zk_nodes.len())?;
        check_distinct(&asked.zk_nodes)?;
        self.check_has_no_computation(served)?;
        let anywhere = NodeJurisdictions::anywhere();
        let version = asked.version;
        let request = Request { served, nodes, total, jurisdictions: &anywhere, version };
        let engines =
            self.listed_engines(&request, &asked.zk_nodes, facts.now, &Release::nothing())?;
        Ok(self.charge(&request, engines, first_planned_end(facts.now), facts.now))
    }

    /// Ends the sender's computation with the statuses carried and requests anew on what results,
    /// in one step: if the new nodes cannot be had, the old computation stands (D-28).
    ///
    /// # Errors
    ///
    /// [`Rejection::NoComputation`], [`Rejection::ListTooLong`], those of the arguments (node
    /// count, stakes, jurisdictions, version), [`Rejection::NodeCountMismatch`],
    /// [`Rejection::DuplicateNode`], those of the statuses, then [`Rejection::Ineligible`] if nodes
    /// are listed, else [`Rejection::NotEnoughNodes`].
    pub(crate) fn re_request(
        &mut self,
        facts: &RequestFacts,
        asked: &ReRequest,
    ) -> Result<Vec<EngineInformation>, Rejection> {
        let ReRequest { engines_status, nodes: drawn, specific_nodes } = asked;
        let now = facts.now;
        let (served, old) = self.computation_of(facts.sender)?;
        check_length("engines_status", engines_status.len(), MAX_LIST)?;
        drawn.jurisdictions.check_lengths()?;
        check_length("specific_nodes", specific_nodes.len(), MAX_LIST)?;
        let request = self.check_drawn(served, drawn)?;
        let nodes = request.nodes.get();
        let listed = specific_nodes.len();
        if listed > 0 && listed != usize::from(nodes) {
            return Err(Rejection::NodeCountMismatch { nodes, listed });
        }
        check_distinct(specific_nodes)?;
        let release = self.release_with_statuses(served, &old, engines_status, now)?;
        let engines = if specific_nodes.is_empty() {
            self.draw_engines(&request, facts, &release)?
        } else {
            self.listed_engines(&request, specific_nodes, now, &release)?
        };

        self.apply(release);
        let planned_end = old.planned_end().max(Some(first_planned_end(now)));
        Ok(self.charge(&request, engines, planned_end.unwrap_or(now), now))
    }

    fn check_drawn<'a>(
        &self,
        served: ServedContract,
        asked: &'a DrawnNodes,
    ) -> Result<Request<'a>, Rejection> {
        let nodes = NodeCount::from_wire(i64::from(asked.number_of_nodes))?;
        let total = self.check_stakes(asked.total_stakes)?;
        asked.jurisdictions.check(nodes)?;
        asked.version.check()?;
        let (jurisdictions, version) = (&asked.jurisdictions, asked.version);
        Ok(Request { served, nodes, total, jurisdictions, version })
    }

    fn check_stakes(&self, total_stakes: i64) -> Result<TokenAmount, Rejection> {
        let total = positive(total_stakes)?;
        let minimum = self.settings.min_total_stakes();
        if total < minimum {
            return Err(Rejection::TotalStakesBelowMinimum { total, minimum });
        }
        Ok(total)
    }

    pub(crate) fn check_is_deploy(&self, sender: Address) -> Result<(), Rejection> {
        let expected = self.collaborators.zk_contract_deploy;
        if sender != expected {
            return Err(Rejection::NotZkContractDeploy { sender, expected });
        }
        Ok(())
    }

    fn check_has_no_computation(&self, served: ServedContract) -> Result<(), Rejection> {
        match self.computations.get(&served.address()) {
            None => Ok(()),
            Some(computation) => Err(Rejection::ComputationExists {
                nodes: computation.nodes.len(),
                share: computation.share(),
            }),
        }
    }

    /// Draws engines from the roster on the state that `release` would leave.
    fn draw_engines(
        &self,
        request: &Request<'_>,
        facts: &RequestFacts,
        release: &Release,
    ) -> Result<Vec<Engine>, Rejection> {
        let demand = request.demand(self, facts.now);
        let members = self.roster_length();
        let mut chance = Chance::of(&facts.transaction, request.served);
        let candidate = |position| {
            let account = self.roster.get(&position).expect("invariant: the roster has no gaps");
            let node = self.zk_nodes.get(&account).expect("invariant: members are nodes");
            let tokens = self.tokens_after(release, account);
            let tokens = tokens.expect("invariant: members have stake");
            let slots = request.slots_for(&node, &tokens, &demand);
            (Engine { account, node, tokens }, slots)
        };
        draw(members, request.nodes, &mut chance, candidate).map_err(|shortage| {
            let Shortage { placed, eligible } = shortage;
            let nodes = usize::from(request.nodes.get());
            let (roster, share) = (members, demand.share);
            Rejection::NotEnoughNodes { nodes, placed, eligible, roster, share }
        })
    }

    /// The listed engines, node `i` for slot `i`, on the state that `release` would leave.
    fn listed_engines(
        &self,
        request: &Request<'_>,
        listed: &[Address],
        now: Timestamp,
        release: &Release,
    ) -> Result<Vec<Engine>, Rejection> {
        let demand = request.demand(self, now);
        let engine = |(slot, account): (u8, &Address)| {
            let account = *account;
            let node = self.zk_nodes.get(&account);
            let tokens = self.tokens_after(release, account);
            let list = request.jurisdictions.of_slot(slot);
            eligibility(node.as_ref(), tokens.as_ref(), &demand, list)
                .map_err(|reason| Rejection::Ineligible { node: account, reason })?;
            let node = node.expect("invariant: an eligible node is known");
            let tokens = tokens.expect("invariant: an eligible node has stake");
            Ok(Engine { account, node, tokens })
        };
        (0..).zip(listed).map(engine).collect()
    }

    /// Locks the share of every engine and stores the computation.
    fn charge(
        &mut self,
        request: &Request<'_>,
        engines: Vec<Engine>,
        planned_end: Timestamp,
        now: Timestamp,
    ) -> Vec<EngineInformation> {
        let share = request.share();
        let computation = Computation {
            nodes: engines.iter().map(|engine| engine.account).collect(),
            share: share.units(),
            total_stakes: request.total.units(),
            allocation_end: Some(planned_end.millis()),
        };
        self.computations.insert(request.served.address(), computation);
        let charged = engines.into_iter().map(|Engine { account, node, mut tokens }| {
            tokens.allocate(request.served, share, now);
            self.staked_tokens.insert(account, tokens);
            EngineInformation {
                identity: account,
                public_key: node.public_key,
                rest_endpoint: node.rest_endpoint.rest_endpoint,
            }
        });
        charged.collect()
    }
}

impl Request<'_> {
    fn share(&self) -> TokenAmount {
        self.total.share_of(self.nodes)
    }

    fn demand(&self, state: &RegistryState, now: Timestamp) -> Demand {
        Demand {
            share: self.share(),
            version: self.version,
            least_stake: state.settings.least_stake(),
            now,
        }
    }

    /// The slots for which a node is eligible.
    fn slots_for(&self, node: &ZkNode, tokens: &ZkNodeTokens, demand: &Demand) -> Slots {
        let fits = eligibility(Some(node), Some(tokens), demand, &[]).is_ok();
        if fits {
            self.jurisdictions.slots_for(node.server_jurisdiction, self.nodes)
        } else {
            Slots::NONE
        }
    }
}

impl RequiredVersion {
    /// # Errors
    ///
    /// [`Rejection::VersionNegative`]
    fn check(self) -> Result<(), Rejection> {
        match self {
            RequiredVersion::Any => Ok(()),
            RequiredVersion::Protocol(version) => SemanticVersion::check(version),
            RequiredVersion::ExecutionEngine(version) => check_ee_version(version),
        }
    }
}

pub(crate) fn check_length(
    list: &'static str,
    length: usize,
    limit: usize,
) -> Result<(), Rejection> {
    if length > limit {
        return Err(Rejection::ListTooLong { list, length, limit });
    }
    Ok(())
}

fn node_count(listed: usize) -> Result<NodeCount, Rejection> {
    NodeCount::from_wire(i64::try_from(listed).unwrap_or(i64::MAX))
}

/// # Errors
///
/// [`Rejection::DuplicateNode`] for the first node that stands in the list a second time.
fn check_distinct(nodes: &[Address]) -> Result<(), Rejection> {
    for (place, node) in nodes.iter().enumerate() {
        if nodes.iter().take(place).any(|earlier| earlier == node) {
            return Err(Rejection::DuplicateNode { node: *node });
        }
    }
    Ok(())
}
