//! One state of a small world: the registry, what is under way, and the time.
//!
//! A [`Point`] can be called. To be kept, it is packed into bytes, from which it is made again; and
//! it has a [`Point::key`], which all points share that differ only in who is who, in when all of it
//! happens, and in what no rule reads.

use pbc_contract_common::address::Address;
use pbc_host::Group;
use pbc_lib::Trees;
use sha2::{Digest, Sha256};
use zk_node_registry::rules::stake::PENDING_PERIOD_MS;

use super::EngineFactory;
use super::small::SmallWorld;
use crate::call::Call;
use crate::chain::EngineContract;
use crate::invariants::{Checker, Past, Violation};
use crate::names::bytes_of;

/// The time for which released tokens wait, in milliseconds.
pub(super) const WAIT: i64 = PENDING_PERIOD_MS as i64;

/// A call of the registry to another contract, and the callback that it bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UnderWay {
    /// Whose call it began with.
    pub(super) starter: Address,
    /// Shortname and arguments of the callback.
    pub(super) callback: Vec<u8>,
}

/// One state of a small world.
#[derive(Clone, Debug)]
pub(super) struct Point {
    pub(super) registry: EngineContract,
    pub(super) checker: Checker,
    pub(super) now: i64,
    /// In the order in which they were sent.
    pub(super) under_way: Vec<UnderWay>,
}

/// Points that have it are the same but for names and times.
pub(super) type Key = u128;

impl Point {
    /// Where `world` begins, and what is broken there already.
    pub(super) fn first(world: &SmallWorld, engine: EngineFactory<'_>) -> (Point, Vec<Violation>) {
        let (root, trees) = (world.root.clone(), world.trees.clone());
        Point::of(root, trees, world.now, Vec::new(), &[], engine)
    }

    fn of(
        root: Vec<u8>,
        trees: Trees,
        now: i64,
        under_way: Vec<UnderWay>,
        reserved_all: &[Address],
        engine: EngineFactory<'_>,
    ) -> (Point, Vec<Violation>) {
        let past = Past {
            in_flight: under_way.iter().map(|it| it.callback.as_slice()).collect(),
            reserved_all,
        };
        let (checker, found) = Checker::resume(&root, &trees, &past)
            .expect("invariant: a root state that cannot be read is no point");
        let registry = EngineContract::restore(root, trees, engine());
        (Point { registry, checker, now, under_way }, found)
    }

    /// Notes what an accepted call of `starter` has sent.
    pub(super) fn remember(&mut self, starter: Address, groups: &[Group]) {
        let callbacks = groups.iter().filter_map(|group| group.callback.as_ref());
        self.under_way
            .extend(callbacks.map(|it| UnderWay { starter, callback: it.payload.clone() }));
    }

    /// The nodes that have reserved everything: the one thing that the checker remembers, and no
    /// state shows.
    fn reserved_all<'w>(&self, world: &'w SmallWorld) -> impl Iterator<Item = &'w Address> {
        let ghosts = self.checker.ghosts();
        let reserved: Vec<bool> = world
            .nodes
            .iter()
            .map(|node| ghosts.account(node).is_some_and(|it| it.has_reserved_all))
            .collect();
        world.nodes.iter().zip(reserved).filter(|(_, reserved)| *reserved).map(|(node, _)| node)
    }
}

/// Packed points.
impl Point {
    /// Everything of it but the root state, which never changes.
    pub(super) fn pack(&self, world: &SmallWorld) -> Box<[u8]> {
        let mut bytes = Vec::with_capacity(640);
        bytes.extend_from_slice(&self.now.to_le_bytes());
        bytes.push(small(self.under_way.len()));
        for UnderWay { starter, callback } in &self.under_way {
            bytes.extend_from_slice(&bytes_of(starter));
            put(&mut bytes, callback);
        }
        let mut reserved = 0;
        for node in self.reserved_all(world) {
            reserved |= 1 << world.node(node).expect("invariant: it is one of them");
        }
        bytes.push(reserved);
        let trees = self.registry.trees();
        for tree in trees.ids() {
            bytes.push(small(trees.len(tree)));
            for (key, value) in trees.iter(tree) {
                put(&mut bytes, key);
                put(&mut bytes, value);
            }
        }
        bytes.into_boxed_slice()
    }

    /// The point that was packed, and what its state breaks by itself.
    pub(super) fn unpack(
        packed: &[u8],
        world: &SmallWorld,
        engine: EngineFactory<'_>,
    ) -> (Point, Vec<Violation>) {
        let mut packed = Packed(packed);
        let now = i64::from_le_bytes(packed.take(8).try_into().expect("invariant: 8 bytes"));
        let under_way = (0..packed.byte())
            .map(|_| {
                let starter = world.anybody(packed.take(21));
                UnderWay { starter, callback: packed.part().to_vec() }
            })
            .collect();
        let flags = packed.byte();
        let reserved_all: Vec<Address> = world
            .nodes
            .iter()
            .enumerate()
            .filter(|(index, _)| flags & 1 << index != 0)
            .map(|(_, node)| *node)
            .collect();
        let mut trees = Trees::new();
        while !packed.0.is_empty() {
            let tree = trees.create();
            for _ in 0..packed.byte() {
                let key = packed.part();
                let value = packed.part();
                trees.insert(tree, key, value);
            }
        }
        Point::of(world.root.clone(), trees, now, under_way, &reserved_all, engine)
    }
}

/// What is left of a packed point. It was packed here, so nothing can be missing.
struct Packed<'a>(&'a [u8]);

impl<'a> Packed<'a> {
    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken
    }

    fn byte(&mut self) -> u8 {
        self.take(1)[0]
    }

    fn part(&mut self) -> &'a [u8] {
        let length = u16::from_le_bytes([self.byte(), self.byte()]);
        self.take(length.into())
    }
}

fn put(bytes: &mut Vec<u8>, part: &[u8]) {
    let length = u16::try_from(part.len()).expect("invariant: records of small worlds are short");
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(part);
}

fn small(count: usize) -> u8 {
    u8::try_from(count).expect("invariant: a small world has few of everything")
}

/// What points have in common.
impl Point {
    /// The same for all points that differ only
    /// - in which node and which contract is which,
    /// - in the time, if everything has the same distance from now: until tokens are free, stakes
    ///   expire, work should end; what is past is past,
    /// - in scores, engine order, and whose call began what is under way, which no rule reads,
    /// - in the order of the roster: every draw is tried, so every order has the same outcomes.
    pub(super) fn key(&self, world: &SmallWorld) -> Key {
        let nodes: Vec<Vec<u8>> = world.nodes.iter().map(|node| self.about_node(node)).collect();
        let contracts: Vec<Vec<u8>> =
            world.contracts.iter().map(|contract| self.about_contract(contract)).collect();
        let links = self.links(world);
        let mut least: Option<Vec<u8>> = None;
        for node_order in sorted_orders(&nodes) {
            for contract_order in sorted_orders(&contracts) {
                let linked = links.written(&node_order, &contract_order);
                if least.as_ref().is_none_or(|least| linked < *least) {
                    least = Some(linked);
                }
            }
        }
        let mut hash = Sha256::new();
        for parts in [nodes, contracts] {
            let mut parts = parts;
            parts.sort_unstable();
            for part in parts {
                hash.update([small(part.len())]);
                hash.update(part);
            }
        }
        hash.update(least.unwrap_or_default());
        let digest: [u8; 32] = hash.finalize().into();
        Key::from_le_bytes(digest[..16].try_into().expect("invariant: 16 of 32 bytes"))
    }

    /// How far ahead `time` is, 0 if it is past.
    fn ahead(&self, time: i64) -> i64 {
        time.saturating_sub(self.now).max(0)
    }

    /// What a node has by itself.
    fn about_node(&self, account: &Address) -> Vec<u8> {
        let facts = self.checker.facts();
        let mut about = Vec::with_capacity(96);
        let mut number = |number: i64| about.extend_from_slice(&number.to_be_bytes());
        if let Some(node) = facts.zk_nodes.get(account) {
            let version = node.supported_protocol_version.map_or(-1, |it| it.minor.into());
            let flags = i64::from(node.is_disabled) + 2 * i64::from(node.is_resigned);
            number(flags);
            number(version);
            number(node.supported_ee_version.into());
            number(node.server_jurisdiction.value.into());
        }
        number(-2);
        if let Some(tokens) = facts.staked_tokens.get(account) {
            number(tokens.free_tokens);
            number(tokens.reserved_tokens);
            number(tokens.incoming_tokens);
            number(tokens.outgoing_tokens);
            number(tokens.expiration_timestamp.map_or(-1, |at| self.ahead(at)));
            let mut pending: Vec<(i64, i64)> = tokens
                .pending_unlock
                .iter()
                .map(|it| (self.ahead(it.unlock_time.saturating_add(WAIT)), it.amount))
                .collect();
            pending.sort_unstable();
            for (ahead, amount) in pending {
                number(ahead);
                number(amount);
            }
        }
        number(-3);
        number(facts.roster_position.contains_key(account).into());
        let ghost = self.checker.ghosts().account(account);
        number(ghost.is_some_and(|it| it.has_reserved_all).into());
        about
    }

    /// What a contract has by itself.
    fn about_contract(&self, contract: &Address) -> Vec<u8> {
        let Some(work) = self.checker.facts().computations.get(contract) else { return Vec::new() };
        let end = work.allocation_end.map_or(-1, |end| self.ahead(end));
        [work.share, work.total_stakes, end].map(i64::to_be_bytes).concat()
    }

    /// Who works for whom, and what is under way for whom.
    fn links(&self, world: &SmallWorld) -> Links {
        let mut works = Vec::new();
        for (contract, work) in &self.checker.facts().computations {
            for node in &work.nodes {
                if let (Some(node), Some(contract)) = (world.node(node), world.contract(contract)) {
                    works.push((node, contract));
                }
            }
        }
        let under_way = self
            .under_way
            .iter()
            .filter_map(|it| Call::decode(&it.callback))
            .map(|call| match call {
                Call::OnAssociated { account, amount } => {
                    (0x31, world.node(&account), None, [amount, 0])
                }
                Call::OnDisassociated { account, amount, cut } => {
                    (0x32, world.node(&account), None, [amount, cut])
                }
                Call::OnContractStatus { zk_contract } => {
                    (0x33, None, world.contract(&zk_contract), [0, 0])
                }
                Call::OnDeadlineExtended { zk_contract } => {
                    (0x34, None, world.contract(&zk_contract), [0, 0])
                }
                _ => (call.shortname(), None, None, [0, 0]),
            })
            .collect();
        Links { works, under_way }
    }
}

/// What is under way: shortname of the callback, whose node or which contract it is about, amounts.
type About = (u8, Option<usize>, Option<usize>, [i64; 2]);

/// What holds nodes and contracts together, by their numbers.
struct Links {
    works: Vec<(usize, usize)>,
    under_way: Vec<About>,
}

impl Links {
    /// As bytes, if node `i` were called `nodes[i]`, and so on.
    fn written(&self, nodes: &[usize], contracts: &[usize]) -> Vec<u8> {
        let mut works: Vec<[u8; 2]> = self
            .works
            .iter()
            .map(|(node, contract)| [small(nodes[*node]), small(contracts[*contract])])
            .collect();
        works.sort_unstable();
        let mut under_way: Vec<_> = self
            .under_way
            .iter()
            .map(|(kind, node, contract, amounts)| {
                let node = node.map_or(u8::MAX, |node| small(nodes[node]));
                let contract = contract.map_or(u8::MAX, |contract| small(contracts[contract]));
                (*kind, node, contract, *amounts)
            })
            .collect();
        under_way.sort_unstable();
        let mut bytes = works.concat();
        bytes.push(u8::MAX);
        for (kind, node, contract, amounts) in under_way {
            bytes.extend([kind, node, contract]);
            bytes.extend(amounts.map(i64::to_be_bytes).concat());
        }
        bytes
    }
}

/// Every way of numbering `parts` so that they ascend: part `i` gets the number at place `i`.
fn sorted_orders(parts: &[Vec<u8>]) -> Vec<Vec<usize>> {
    fn go(
        number: usize,
        sorted: &[&Vec<u8>],
        parts: &[Vec<u8>],
        given: &mut Vec<Option<usize>>,
        orders: &mut Vec<Vec<usize>>,
    ) {
        if number == parts.len() {
            orders.push(given.iter().flatten().copied().collect());
            return;
        }
        for place in 0..parts.len() {
            if given[place].is_none() && parts[place] == *sorted[number] {
                given[place] = Some(number);
                go(number + 1, sorted, parts, given, orders);
                given[place] = None;
            }
        }
    }
    let mut sorted: Vec<&Vec<u8>> = parts.iter().collect();
    sorted.sort_unstable();
    let mut orders = Vec::new();
    go(0, &sorted, parts, &mut vec![None; parts.len()], &mut orders);
    orders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_numbered_so_that_they_ascend() {
        let orders = |parts: &[&[u8]]| {
            sorted_orders(&parts.iter().map(|part| part.to_vec()).collect::<Vec<_>>())
        };
        assert_eq!(orders(&[b"b", b"a"]), [[1, 0]]);
        assert_eq!(orders(&[b"a", b"a"]), [[0, 1], [1, 0]]);
        assert_eq!(orders(&[b"b", b"a", b"b"]), [[1, 0, 2], [2, 0, 1]]);
    }
}
