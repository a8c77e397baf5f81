//! What changed between two moments, record by record.

use std::collections::BTreeSet;

use pbc_contract_common::address::Address;
use pbc_lib::Trees;
use pbc_traits::{Decoder, ReadRPC};
use zk_node_registry::rules::units::Timestamp;
use zk_node_registry::{Computation, ZkNode, ZkNodeTokens};

use crate::chain::Delivery;
use crate::neighbours::{ServedContract, Token};
use crate::step::{Bucket, Step};
use crate::world::{Records, World};
use zkreg_engine::trees;

/// One record before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Where the tokens of an account are.
    Tokens {
        /// The account.
        who: Address,
        /// Before; `None` without a record.
        before: Option<Holding>,
        /// After; `None` without a record.
        after: Option<Holding>,
    },
    /// A node.
    Node {
        /// Its account.
        who: Address,
        /// Before; `None` if it had never registered.
        before: Option<ZkNode>,
        /// After.
        after: Option<ZkNode>,
    },
    /// The work of a contract.
    Computation {
        /// The contract.
        contract: Address,
        /// Before; `None` if it had none.
        before: Option<Computation>,
        /// After.
        after: Option<Computation>,
    },
    /// A ZK contract, which the registry does not see.
    Work {
        /// The contract.
        contract: Address,
        /// After.
        after: ServedContract,
    },
    /// Who may be drawn.
    Roster {
        /// Who is new.
        joined: Vec<Address>,
        /// Who is gone.
        left: Vec<Address>,
        /// How many there are now.
        members: usize,
    },
    /// Who has how much at the stake token.
    Balances(Vec<Balance>),
}

/// What somebody has at the stake token, in units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    /// The account, or the registry.
    pub who: Address,
    /// Before.
    pub before: u128,
    /// After.
    pub after: u128,
}

/// The tokens of one account at one moment, as the registry counts them, in units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holding {
    /// In the order of [`Bucket::ALL`].
    amounts: [i64; 7],
    /// What is pending, and when it becomes free (ms since 1970), the first first.
    pub unlocks: Vec<(i64, i64)>,
    /// From when on it is not offered to new work, in milliseconds since 1970.
    pub expires: Option<i64>,
}

impl Holding {
    /// The record `tokens` as it is at `now`, matured tokens counted as free.
    pub fn of(tokens: &ZkNodeTokens, now: i64) -> Holding {
        let now = Timestamp::from_millis(now);
        let amounts = Bucket::ALL.map(|bucket| match bucket {
            Bucket::Total => tokens.total(),
            Bucket::Free => tokens.free(now),
            Bucket::Allocated => tokens.allocated(),
            Bucket::Pending => tokens.pending(now),
            Bucket::Reserved => tokens.reserved(),
            Bucket::Incoming => tokens.incoming(),
            Bucket::Outgoing => tokens.outgoing(),
        });
        let pending = tokens.swept(now).pending_unlock;
        let mut unlocks: Vec<(i64, i64)> = pending
            .iter()
            .map(|part| (part.amount, part.unlocks_at().map_or(i64::MAX, Timestamp::millis)))
            .collect();
        unlocks.sort_unstable_by_key(|(amount, at)| (*at, *amount));
        let expires = tokens.expiration_timestamp;
        Holding { amounts: amounts.map(|amount| amount.units()), unlocks, expires }
    }

    /// What is in `bucket`, in units.
    pub fn amount(&self, bucket: Bucket) -> i64 {
        let listed = Bucket::ALL.iter().zip(self.amounts);
        listed.filter(|(it, _)| **it == bucket).map(|(_, units)| units).sum()
    }
}

impl Change {
    /// Whose record changed: an account or a served contract.
    pub fn subject(&self) -> Option<Address> {
        match self {
            Change::Tokens { who, .. } | Change::Node { who, .. } => Some(*who),
            Change::Computation { contract, .. } => Some(*contract),
            Change::Work { .. } | Change::Roster { .. } | Change::Balances(_) => None,
        }
    }

    /// The account whose token record changed.
    pub fn holder(&self) -> Option<Address> {
        match self {
            Change::Tokens { who, .. } => Some(*who),
            _ => None,
        }
    }
}

/// What of a world can change, as it is at one moment. Costs a few words.
pub(super) struct Glance {
    root: Vec<u8>,
    trees: Trees,
    token: Token,
    now: i64,
}

impl Glance {
    pub(super) fn at(world: &World) -> Glance {
        let (root, trees) = world.registry();
        let (root, trees) = (root.to_vec(), trees.clone());
        Glance { root, trees, token: world.token().clone(), now: world.now() }
    }

    pub(super) fn now(&self) -> i64 {
        self.now
    }

    fn records(&self) -> Records<'_> {
        Records::new(&self.root, &self.trees)
    }

    /// What the move of the clock to `now` changes of the tokens of `holders`; the glance is one at
    /// `now` afterwards.
    pub(super) fn pass_to(&mut self, now: i64, holders: &BTreeSet<Address>) -> Vec<Change> {
        let earlier = std::mem::replace(&mut self.now, now);
        if earlier == now {
            return Vec::new();
        }
        let records = self.records();
        let change = |who: &Address| tokens(*who, (&records, earlier), (&records, now));
        holders.iter().filter_map(change).collect()
    }
}

/// What `deliveries` have changed since `before`.
pub(super) fn between(before: &Glance, after: &World, deliveries: &[Delivery]) -> Vec<Change> {
    let registry = after.registry_address();
    let written = Written::by(deliveries, &registry);
    let (old, new) = (before.records(), after.records());

    let mut changes = Vec::new();
    changes.extend(written.nodes.iter().filter_map(|who| {
        let (before, after) = (old.node(who), new.node(who));
        (before != after).then_some(Change::Node { who: *who, before, after })
    }));
    changes.extend(
        written
            .tokens
            .iter()
            .filter_map(|who| tokens(*who, (&old, before.now), (&new, after.now()))),
    );
    changes.extend(written.computations.iter().filter_map(|contract| {
        let (before, after) = (old.computation(contract), new.computation(contract));
        let contract = *contract;
        (before != after).then_some(Change::Computation { contract, before, after })
    }));
    if written.roster {
        changes.extend(roster(&old, &new));
    }
    let token = new.terms().1.stake_token;
    let moved = |it: &Delivery| it.event.to == token && it.outcome.is_accepted();
    if deliveries.iter().any(moved) {
        changes.extend(balances(&before.token, after.token()));
    }
    changes
}

/// The ZK contract at which `step` happens, as it is.
pub(super) fn work_at(step: &Step, world: &World) -> Option<ServedContract> {
    let Step::Work(work) = step else { return None };
    world.served(work.turn.place(&work.actor)?).cloned()
}

/// What `step` has changed at the ZK contract that was as `before`.
pub(super) fn of_work(
    step: &Step,
    before: Option<ServedContract>,
    world: &World,
) -> Option<Change> {
    let Step::Work(work) = step else { return None };
    let place = work.turn.place(&work.actor)?;
    let after = world.served(place)?.clone();
    let contract = world.known_address(place);
    (before.as_ref() != Some(&after)).then_some(Change::Work { contract, after })
}

fn tokens(who: Address, before: (&Records<'_>, i64), after: (&Records<'_>, i64)) -> Option<Change> {
    let at = |(records, now): (&Records<'_>, i64)| {
        records.tokens(&who).map(|tokens| Holding::of(&tokens, now))
    };
    let (before, after) = (at(before), at(after));
    (before != after).then_some(Change::Tokens { who, before, after })
}

fn roster(before: &Records<'_>, after: &Records<'_>) -> Option<Change> {
    let (before, after) = (before.roster(), after.roster());
    let (old, new): (BTreeSet<_>, BTreeSet<_>) = (before.iter().collect(), after.iter().collect());
    let joined: Vec<Address> = after.iter().filter(|it| !old.contains(it)).copied().collect();
    let left: Vec<Address> = before.iter().filter(|it| !new.contains(it)).copied().collect();
    let same = joined.is_empty() && left.is_empty();
    (!same).then_some(Change::Roster { joined, left, members: after.len() })
}

fn balances(old: &Token, new: &Token) -> Option<Change> {
    let holders: BTreeSet<&[u8]> =
        old.balances().chain(new.balances()).map(|(owner, _)| owner).collect();
    let balance = |owner: &[u8]| {
        let who = address(owner)?;
        Some(Balance { who, before: old.balance(&who), after: new.balance(&who) })
    };
    let moved: Vec<Balance> = holders
        .into_iter()
        .filter_map(balance)
        .filter(|balance| balance.before != balance.after)
        .collect();
    (!moved.is_empty()).then_some(Change::Balances(moved))
}

/// The records of the registry that were written.
#[derive(Default)]
struct Written {
    tokens: BTreeSet<Address>,
    nodes: BTreeSet<Address>,
    computations: BTreeSet<Address>,
    roster: bool,
}

impl Written {
    fn by(deliveries: &[Delivery], registry: &Address) -> Written {
        let mut written = Written::default();
        let changes = deliveries
            .iter()
            .filter(|delivery| delivery.event.to == *registry)
            .flat_map(|delivery| &delivery.changes);
        for change in changes {
            let key = address(change.key());
            match change.tree() {
                trees::STAKED_TOKENS => written.tokens.extend(key),
                trees::ZK_NODES => written.nodes.extend(key),
                trees::COMPUTATIONS => written.computations.extend(key),
                _ => written.roster = true,
            }
        }
        written
    }
}

fn address(bytes: &[u8]) -> Option<Address> {
    Address::rpc_decode(&mut Decoder::new(bytes)).ok()
}
