//! What can happen at a point: every call that anybody may want to send, every callback with
//! success and with failure, and time up to the next moment that matters. A contract that is asked
//! for the end of its work may also name an earlier one than before, whatever it has become of it.
//!
//! Time goes to the last millisecond before the next date, to the date, and to the first millisecond
//! after it; dates are those at which tokens are free, a stake expires, or work should end. Between
//! two dates nothing changes by itself, so no other time is needed, but one: a millisecond after a
//! release, so that two releases have different times.
//!
//! Calls of which the state shows that they lead nowhere, because they are refused or change nothing,
//! are *vain*. They are sent, too, but only at points few turns deep: they cost more than all others,
//! and what they show is the same everywhere.

use pbc_contract_common::address::Address;
use zk_node_registry::rules::units::Timestamp;
use zk_node_registry::rules::work::EXTENSION_MS_PER_GAS_NUMERATOR;
use zk_node_registry::{
    Computation, EngineStatus, Jurisdiction, Jurisdictions, NodeJurisdictions, RestEndpoint,
    SemanticVersion, ZkNode, ZkNodeScoreStatus,
};

use super::point::{Point, UnderWay, WAIT};
use super::small::{
    EE_VERSION, EXTENSION_GAS, MOST_QUESTIONS, MOST_TRANSFERS, PURSE, SmallWorld, UNIT,
};
use crate::call::Call;
use crate::chain::{CallResult, Results, TransactionHash};
use crate::invariants::Facts;
use crate::invariants::state::whole;

/// For how long stake is lent when it is lent for a time, in milliseconds.
const LENT: i64 = 24 * 60 * 60 * 1_000;
/// A country, of the two in which nodes may be: the other is unknown.
const COUNTRY: Jurisdiction = Jurisdiction { value: 208 };
const VERSION: SemanticVersion = SemanticVersion { major: 4, minor: 10, patch: 0 };
const OLDER: SemanticVersion = SemanticVersion { major: 4, minor: 9, patch: 0 };

/// One thing that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Somebody calls the registry.
    Call { sender: Address, rpc: Vec<u8>, hash: TransactionHash },
    /// The call at this place of those under way is answered, and its callback comes.
    Answer { place: usize, reply: Reply },
    /// The clock is put forward.
    Clock(i64),
}

/// How a call under way is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// It is carried out.
    Success,
    /// It fails.
    Failure,
    /// A contract that was asked for the end of its work names this one, before the one it named.
    Earlier(i64),
}

impl Reply {
    /// It is carried out, or fails.
    pub(super) fn of(success: bool) -> Reply {
        if success { Reply::Success } else { Reply::Failure }
    }
}

/// At points so many turns deep, and less, vain calls are sent.
pub(super) const VAIN_DEPTH: usize = 3;

/// The turns at `point`, always in the same order; vain calls come last, if at all.
pub(super) fn turns(world: &SmallWorld, point: &Point, with_vain: bool) -> Vec<Turn> {
    let mut menu = Menu { world, point, facts: point.checker.facts(), turns: Vec::new() };
    menu.time();
    menu.answers();
    for node in &world.nodes {
        menu.node(node);
        menu.tokens(node);
    }
    for contract in &world.contracts {
        match menu.facts.computations.get(contract) {
            Some(work) => menu.work(contract, work),
            None => menu.requests(contract),
        }
    }
    if with_vain {
        world.nodes.iter().for_each(|node| menu.vain_of_node(node));
        for contract in &world.contracts {
            match menu.facts.computations.get(contract) {
                Some(work) => menu.vain_at_work(contract, work),
                None => menu.vain_without_work(contract),
            }
        }
        menu.mistakes();
    }
    menu.turns
}

/// What the callback of a call is told; `None` if the contract cannot carry it out now.
pub(super) fn results(point: &Point, under_way: &UnderWay, reply: Reply) -> Option<Results> {
    match reply {
        Reply::Success => success(point, under_way),
        Reply::Failure => Some(failure()),
        Reply::Earlier(end) => Some(returned(end.to_be_bytes().to_vec())),
    }
}

/// What the callback of a call is told that is carried out, if it can be.
fn success(point: &Point, under_way: &UnderWay) -> Option<Results> {
    let return_data = match Call::decode(&under_way.callback)? {
        Call::OnContractStatus { zk_contract } => {
            running(point, &zk_contract, |_, end| end)?.to_be_bytes().to_vec()
        }
        Call::OnDeadlineExtended { zk_contract } => running(point, &zk_contract, |work, end| {
            end + EXTENSION_GAS * EXTENSION_MS_PER_GAS_NUMERATOR / work.total_stakes.max(1)
        })?
        .to_be_bytes()
        .to_vec(),
        _ => Vec::new(),
    };
    Some(returned(return_data))
}

/// What the callback of a call is told that returned this.
pub(super) fn returned(return_data: Vec<u8>) -> Results {
    Results { success: true, results: vec![CallResult { succeeded: true, return_data }] }
}

/// What the callback of a call is told that failed.
pub(super) fn failure() -> Results {
    Results { success: false, results: vec![CallResult::default()] }
}

/// What a contract says whose work has not reached its end: at it, a ZK contract ends its work
/// instead. Whose work is over says anything.
fn running(
    point: &Point,
    contract: &Address,
    says: impl Fn(&Computation, i64) -> i64,
) -> Option<i64> {
    let Some(work) = point.checker.facts().computations.get(contract) else {
        return Some(point.now);
    };
    let end = work.allocation_end.filter(|end| point.now < *end)?;
    Some(says(work, end))
}

/// A millisecond before the end that is known of the work that a question under way is about.
fn earlier(point: &Point, under_way: &UnderWay) -> Option<i64> {
    match Call::decode(&under_way.callback)? {
        Call::OnContractStatus { zk_contract } | Call::OnDeadlineExtended { zk_contract } => {
            let work = point.checker.facts().computations.get(&zk_contract)?;
            work.allocation_end.map(|end| end - 1)
        }
        _ => None,
    }
}

struct Menu<'a> {
    world: &'a SmallWorld,
    point: &'a Point,
    facts: &'a Facts,
    turns: Vec<Turn>,
}

impl Menu<'_> {
    /// Sends a call: once for each order in which nodes can be drawn, if it draws any.
    fn call(&mut self, sender: Address, call: &Call) {
        let Some(served) = draws_for(sender, call) else { return self.once(sender, call) };
        let members = self.facts.roster.len();
        for (_, hash) in self.world.draws.of(&served, members) {
            self.turns.push(Turn::Call { sender, rpc: call.encode(), hash: *hash });
        }
    }

    /// Sends a call that draws no nodes, or is refused whichever it draws.
    fn once(&mut self, sender: Address, call: &Call) {
        let hash = TransactionHash::default();
        self.turns.push(Turn::Call { sender, rpc: call.encode(), hash });
    }

    fn time(&mut self) {
        let now = self.point.now;
        let pending = || self.facts.staked_tokens.values().flat_map(|it| &it.pending_unlock);
        let free = pending().map(|it| it.unlock_time.saturating_add(WAIT));
        let expired = self.facts.staked_tokens.values().filter_map(|it| it.expiration_timestamp);
        let ends = self.facts.computations.values().filter_map(|it| it.allocation_end);
        let next = free.chain(expired).chain(ends).filter(|date| *date > now).min();
        let released_now = pending().any(|it| it.unlock_time == now);
        let mut times: Vec<i64> = next
            .into_iter()
            .flat_map(|date| [date - 1, date, date + 1])
            .chain(released_now.then_some(now + 1))
            .filter(|time| *time > now)
            .collect();
        times.sort_unstable();
        times.dedup();
        self.turns.extend(times.into_iter().map(Turn::Clock));
    }

    fn answers(&mut self) {
        let under_way = &self.point.under_way;
        for (place, it) in under_way.iter().enumerate() {
            // Of two that are equal, the older.
            if under_way[..place].iter().any(|older| older.callback == it.callback) {
                continue;
            }
            let success = success(self.point, it).map(|_| Reply::Success);
            let earlier = earlier(self.point, it).map(Reply::Earlier);
            let replies = [success, Some(Reply::Failure), earlier].into_iter().flatten();
            self.turns.extend(replies.map(|reply| Turn::Answer { place, reply }));
        }
    }

    fn is_under_way(&self, kinds: [u8; 2]) -> usize {
        let first = |it: &&UnderWay| it.callback.first().is_some_and(|it| kinds.contains(it));
        self.point.under_way.iter().filter(first).count()
    }

    fn node(&mut self, node: &Address) {
        let record = self.facts.zk_nodes.get(node);
        if record.is_none_or(|it| !it.is_disabled) {
            self.call(self.world.around.voting, &Call::DisableZkNode { address: *node });
        }
        let Some(record) = record.filter(|it| it.is_active()) else {
            return self.register(node);
        };
        if record.supported_protocol_version.is_none() {
            let supported_protocol_version = VERSION;
            self.call(*node, &Call::UpdateNodeProtocolVersion { supported_protocol_version });
        }
        if record.supported_ee_version == 0 {
            self.call(*node, &Call::UpdateNodeEeVersion { supported_ee_version: EE_VERSION });
        }
        let is_there = record.server_jurisdiction == COUNTRY;
        let jurisdiction = if is_there { Jurisdiction { value: 0 } } else { COUNTRY };
        self.call(*node, &Call::UpdateServerJurisdiction { jurisdiction });
        self.call(*node, &Call::ResignAsZkNode {});
    }

    fn register(&mut self, node: &Address) {
        let rest_endpoint = RestEndpoint { rest_endpoint: "https://a.example".to_owned() };
        self.call(*node, &Call::RegisterAsZkNode { rest_endpoint });
    }

    /// Everything that a node has here, and what is free of it.
    fn holdings(&self, node: &Address) -> (i64, i64) {
        let now = Timestamp::from_millis(self.point.now);
        self.facts.staked_tokens.get(node).map_or((0, 0), |tokens| {
            (i64::try_from(whole(tokens)).unwrap_or(i64::MAX), tokens.free(now).units())
        })
    }

    fn tokens(&mut self, node: &Address) {
        let now = self.point.now;
        let tokens = self.facts.staked_tokens.get(node);
        let (everything, free) = self.holdings(node);
        let may_send = self.is_under_way([0x31, 0x32]) < MOST_TRANSFERS;
        if may_send && everything + UNIT <= PURSE {
            self.call(*node, &Call::AssociateTokens { token_amount: UNIT });
            let expiration_timestamp = now + LENT;
            let lent =
                Call::AssociateTokensWithExpiration { token_amount: UNIT, expiration_timestamp };
            self.call(*node, &lent);
        }
        if may_send {
            self.call(*node, &Call::DisassociateTokens { token_amount: UNIT });
            if free > UNIT {
                self.call(*node, &Call::DisassociateTokens { token_amount: free });
            }
            let home = Call::DisassociateAllExpiredStakes { account: *node };
            self.call(self.world.stranger, &home);
        }
        let reserved = tokens.map_or(0, |it| it.reserved_tokens);
        for new_reserved in [0, UNIT, everything.max(2 * UNIT)] {
            if new_reserved != reserved {
                self.call(*node, &Call::SetReservedTokens { new_reserved });
            }
        }
        self.call(*node, &Call::UnlockExpiredStakes {});
        let expiration = tokens.and_then(|it| it.expiration_timestamp);
        for expiration_timestamp in [Some(now + LENT), None] {
            if expiration_timestamp != expiration {
                self.call(*node, &Call::SetExpirationForAssociation { expiration_timestamp });
            }
        }
    }

    fn vain_of_node(&mut self, node: &Address) {
        let is_active = self.facts.zk_nodes.get(node).is_some_and(ZkNode::is_active);
        if is_active {
            self.register(node);
        } else {
            self.call(*node, &Call::ResignAsZkNode {});
        }
        let rest_endpoint = "https://a.example".to_owned();
        self.call(*node, &Call::UpdateNodeRestEndpoint { rest_endpoint });
        let (_, free) = self.holdings(node);
        self.call(*node, &Call::DisassociateTokens { token_amount: free + 1 });
        let expiration_timestamp = Some(self.point.now);
        self.call(*node, &Call::SetExpirationForAssociation { expiration_timestamp });
    }

    /// A contract without work asks for it.
    fn requests(&mut self, contract: &Address) {
        let deploy = self.world.around.zk_contract_deploy;
        let nodes = self.count();
        self.call(deploy, &request_v1(contract, 1, UNIT));
        if nodes > 1 {
            // The second slot takes some nodes only: the first may have to give one up.
            let v2 = Call::RequestNodesV2 {
                zk_contract: *contract,
                number_of_nodes: 2,
                total_stakes: 2 * UNIT - 1,
                jurisdictions: lists([vec![], vec![COUNTRY]]),
                required_protocol_version: OLDER,
            };
            self.call(deploy, &v2);
        }
        self.call(*contract, &drawn_by_contract(nodes, lists([]), 0));
        self.call(*contract, &drawn_by_contract(1, lists([vec![COUNTRY]]), 0));
        for node in &self.world.nodes {
            let listed = Call::RequestListedFor {
                zk_contract: *contract,
                total_stakes: UNIT,
                required_protocol_version: OLDER,
                zk_nodes: vec![*node],
            };
            self.call(deploy, &listed);
            self.call(*contract, &listed_by_contract(2 * UNIT, 0, vec![*node]));
        }
    }

    /// What only a contract with work may say, and requests that no node can meet.
    fn vain_without_work(&mut self, contract: &Address) {
        let deploy = self.world.around.zk_contract_deploy;
        let too_many = self.count() + 1;
        self.once(deploy, &request_v1(contract, too_many, i64::from(too_many) * UNIT));
        self.once(*contract, &drawn_by_contract(1, lists([]), EE_VERSION + 1));
        let [first, ..] = self.world.nodes[..] else { return };
        self.call(*contract, &listed_by_contract(UNIT, EE_VERSION + 1, vec![first]));
        self.call(*contract, &Call::DoneV1 {});
        self.call(*contract, &Call::DoneV2 { engines_status: Vec::new() });
        self.once(*contract, &re_request(Vec::new(), 1, lists([]), Vec::new()));
        self.questions(contract);
    }

    fn work(&mut self, contract: &Address, work: &Computation) {
        let all = verdicts(work);
        self.call(*contract, &Call::DoneV1 {});
        self.call(*contract, &Call::DoneV2 { engines_status: all.clone() });
        self.call(*contract, &re_request(all.clone(), 1, lists([]), Vec::new()));
        if self.count() > 1 {
            self.call(*contract, &re_request(all.clone(), 2, lists([]), Vec::new()));
        }
        for node in &self.world.nodes {
            self.call(*contract, &re_request(all.clone(), 1, lists([]), vec![*node]));
        }
        let [first, ..] = self.world.nodes[..] else { return };
        let elsewhere = lists([vec![COUNTRY]]);
        self.call(*contract, &re_request(all, 1, elsewhere, vec![first]));
        self.questions(contract);
    }

    /// What contradicts the work that a contract has.
    fn vain_at_work(&mut self, contract: &Address, work: &Computation) {
        let deploy = self.world.around.zk_contract_deploy;
        self.once(deploy, &request_v1(contract, 1, UNIT));
        let all = verdicts(work);
        let ([judged, others @ ..], [first, ..]) = (&all[..], &self.world.nodes[..]) else {
            return;
        };
        self.call(*contract, &Call::DoneV2 { engines_status: others.to_vec() });
        let twice = all.iter().chain([judged]).cloned().collect();
        self.call(*contract, &Call::DoneV2 { engines_status: twice });
        let stranger = EngineStatus { engine: self.world.stranger, ..judged.clone() };
        self.call(*contract, &Call::DoneV2 { engines_status: vec![stranger] });
        self.call(*contract, &re_request(all.clone(), 2, lists([]), vec![*first]));
        let too_many = self.count() + 1;
        self.once(*contract, &re_request(all, too_many, lists([]), Vec::new()));
    }

    /// What anybody may ask, and the deploy contract may tell.
    fn questions(&mut self, contract: &Address) {
        let deploy = self.world.around.zk_contract_deploy;
        self.call(deploy, &Call::ContractDeleted { zk_contract: *contract });
        if self.is_under_way([0x33, 0x34]) < MOST_QUESTIONS {
            let check = Call::CheckContractStatus { zk_contract: *contract };
            self.call(self.world.stranger, &check);
            let extend = Call::ExtendDeadline { contract_address: *contract };
            self.call(self.world.stranger, &extend);
        }
    }

    /// What is refused whatever the state is, at least while the caller is active.
    fn mistakes(&mut self) {
        let SmallWorld { stranger, around, nodes, contracts, .. } = self.world;
        let ([node, ..], [contract, ..]) = (&nodes[..], &contracts[..]) else { return };
        let deploy = around.zk_contract_deploy;
        let many = |count: usize| NodeJurisdictions {
            node_jurisdictions: vec![Jurisdictions { list: Vec::new() }; count],
        };
        let by_lists = |jurisdictions: NodeJurisdictions| Call::RequestNodes {
            number_of_nodes: 1,
            total_stakes: UNIT,
            jurisdictions,
            required_ee_version: 0,
        };
        let long = format!("https://{}", "a".repeat(512));
        for endpoint in ["", &long, "https://a\u{1}", "http://a.example"] {
            let rest_endpoint = RestEndpoint { rest_endpoint: endpoint.to_owned() };
            self.call(*node, &Call::RegisterAsZkNode { rest_endpoint });
        }
        self.call(*contract, &Call::AssociateTokens { token_amount: UNIT });
        self.call(*node, &Call::AssociateTokens { token_amount: 0 });
        self.call(*node, &Call::SetReservedTokens { new_reserved: -1 });
        self.call(*node, &Call::UpdateNodeEeVersion { supported_ee_version: -1 });
        let nowhere = Jurisdiction { value: 1_000 };
        self.call(*node, &Call::UpdateServerJurisdiction { jurisdiction: nowhere });
        self.call(*stranger, &Call::SetReservedTokens { new_reserved: 0 });
        self.call(*stranger, &Call::DisableZkNode { address: *node });
        self.call(around.voting, &Call::DisableZkNode { address: *stranger });
        self.once(*stranger, &request_v1(contract, 1, UNIT));
        self.once(deploy, &request_v1(node, 1, UNIT));
        self.once(deploy, &request_v1(contract, 0, UNIT));
        self.once(deploy, &request_v1(contract, 1, UNIT - 1));
        self.once(*contract, &by_lists(many(2)));
        self.once(*contract, &by_lists(many(65)));
        self.call(*contract, &listed_by_contract(UNIT, 0, vec![*node, *node]));
        self.call(*contract, &listed_by_contract(UNIT, 0, vec![*stranger]));
    }

    fn count(&self) -> i32 {
        i32::try_from(self.world.nodes.len()).expect("invariant: a small world has few nodes")
    }
}

/// The contract for which a call of `sender` draws nodes, if it is a request that lists none.
pub(super) fn draws_for(sender: Address, call: &Call) -> Option<Address> {
    let is_listed = match call {
        Call::RequestListedFor { .. } | Call::RequestListed { .. } => true,
        Call::ReRequest { specific_nodes, .. } => !specific_nodes.is_empty(),
        _ => false,
    };
    call.request_for(sender).filter(|_| !is_listed)
}

fn lists<const N: usize>(lists: [Vec<Jurisdiction>; N]) -> NodeJurisdictions {
    let node_jurisdictions = lists.into_iter().map(|list| Jurisdictions { list }).collect();
    NodeJurisdictions { node_jurisdictions }
}

/// A verdict on every engine. Verdicts count for scores only: one failure stands for any others.
fn verdicts(work: &Computation) -> Vec<EngineStatus> {
    let status = |place: usize| match place {
        0 => ZkNodeScoreStatus::Failure {},
        _ => ZkNodeScoreStatus::Success {},
    };
    let engines = work.nodes.iter().enumerate();
    engines.map(|(place, engine)| EngineStatus { engine: *engine, status: status(place) }).collect()
}

fn request_v1(contract: &Address, number_of_nodes: i32, total_stakes: i64) -> Call {
    Call::RequestNodesV1 { zk_contract: *contract, number_of_nodes, total_stakes }
}

fn drawn_by_contract(
    number_of_nodes: i32,
    jurisdictions: NodeJurisdictions,
    required_ee_version: i32,
) -> Call {
    let total_stakes = i64::from(number_of_nodes) * UNIT;
    Call::RequestNodes { number_of_nodes, total_stakes, jurisdictions, required_ee_version }
}

fn listed_by_contract(total_stakes: i64, ee_version: i32, zk_nodes: Vec<Address>) -> Call {
    Call::RequestListed { total_stakes, required_ee_version: ee_version, zk_nodes }
}

fn re_request(
    engines_status: Vec<EngineStatus>,
    number_of_nodes: i32,
    jurisdictions: NodeJurisdictions,
    specific_nodes: Vec<Address>,
) -> Call {
    Call::ReRequest {
        engines_status,
        number_of_nodes,
        total_stakes: i64::from(number_of_nodes) * UNIT,
        jurisdictions,
        required_ee_version: 0,
        specific_nodes,
    }
}
