//! How histories begin: on an empty registry in which people settle in, or in a state that would
//! take long to come to.
//!
//! Such a state is one that a registry can be in: it breaks no invariant, as a test shows.

use std::collections::VecDeque;

use pbc_contract_common::PublicKey;
use pbc_contract_common::address::Address;
use pbc_contract_common::sorted_vec_map::SortedVecMap;
use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand_chacha::ChaCha8Rng;
use zk_node_registry::rules::stake::MAX_RECORD_ENTRIES;
use zk_node_registry::{
    Computation, Jurisdiction, Pending, RestEndpoint, SemanticVersion, Settings, ZkNode,
    ZkNodeScore, ZkNodeTokens,
};

use super::numbers::DAY;
use super::results::home;
use super::{Planned, register};
use crate::call::Call;
use crate::fuzz::cast::{self, Cast};
use crate::fuzz::history::{Origin, Start};
use crate::image::Image;
use crate::step;
use crate::world::calls;

/// What a history begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nobody is there yet: so many operators and contracts.
    Empty(usize, usize),
    /// A registry with a past.
    Past,
    /// A node that has as many entries as a node can have, or hardly fewer.
    Full,
}

/// The kind of a history, and how many steps it has.
pub(super) fn kind(chance: &mut ChaCha8Rng) -> (Kind, usize) {
    match chance.random_range(0..200) {
        0..128 => {
            let kind = Kind::Empty(chance.random_range(2..=6), chance.random_range(1..=3));
            (kind, chance.random_range(150..=400))
        }
        128..176 => {
            let kind = Kind::Empty(chance.random_range(5..=10), chance.random_range(2..=5));
            (kind, chance.random_range(300..=600))
        }
        176..180 => {
            let kind = Kind::Empty(chance.random_range(18..=40), chance.random_range(6..=12));
            (kind, chance.random_range(400..=800))
        }
        180..198 => (Kind::Past, chance.random_range(100..=300)),
        _ => (Kind::Full, chance.random_range(30..=60)),
    }
}

/// The start of a history of this kind, who appears in it, and what is decided already.
pub(super) fn start(kind: Kind, chance: &mut ChaCha8Rng) -> (Start, Cast, VecDeque<Planned>) {
    let settings = settings(chance);
    let now = step::Origin::DEFAULT.millis();
    match kind {
        Kind::Empty(operators, contracts) => {
            let cast = Cast::of(operators, contracts);
            let plan = settle_in(&cast, &settings, chance);
            let origin = Origin::Created(creations(&settings, chance));
            (Start { now, origin }, cast, plan)
        }
        Kind::Past => {
            let cast = Cast::of(chance.random_range(3..=6), chance.random_range(2..=4));
            let image = past(&cast, settings, now, chance);
            (Start::stored(now, image), cast, VecDeque::new())
        }
        Kind::Full => {
            let cast = Cast::of(chance.random_range(2..=4), 2);
            let mut image = past(&cast, settings, now, chance);
            fill(&mut image, &cast, now, chance);
            (Start::stored(now, image), cast, VecDeque::new())
        }
    }
}

fn settings(chance: &mut ChaCha8Rng) -> Settings {
    let of = |list: &[i64], chance: &mut ChaCha8Rng| *list.choose(chance).expect("not empty");
    let require_block_producer = chance.random_ratio(1, 3);
    let least = of(&[0, 0, 1, 100, 500], chance);
    let least_total = of(&[0, 1, 40, 40, 2_000], chance);
    cast::settings(require_block_producer, least, least_total)
}

/// The call that creates the registry, now and then after some that are refused.
fn creations(settings: &Settings, chance: &mut ChaCha8Rng) -> Vec<Vec<u8>> {
    let good = calls::create(&cast::collaborators(), settings);
    let mut sent = Vec::new();
    if chance.random_ratio(1, 3) {
        let mut wrong = settings.clone();
        let mut rpc = good.clone();
        // Shortname, then three addresses, the token, a flag and two minimums.
        match chance.random_range(0..6) {
            0 => {
                wrong.stake_token = cast::known("n1");
                rpc = calls::create(&cast::collaborators(), &wrong);
            }
            1 => {
                wrong.min_node_stake = *[-1, i64::MIN].choose(chance).expect("not empty");
                rpc = calls::create(&cast::collaborators(), &wrong);
            }
            2 => {
                wrong.min_total_stakes = *[-1, i64::MIN].choose(chance).expect("not empty");
                rpc = calls::create(&cast::collaborators(), &wrong);
            }
            3 => rpc.truncate(chance.random_range(5..rpc.len())),
            4 => rpc.push(chance.random()),
            _ => rpc[5 + 21 * chance.random_range(0..4)] = chance.random_range(5..=255),
        }
        sent.push(rpc);
    }
    sent.push(good);
    sent
}

/// Most operators register, report what they run, and bring stake.
fn settle_in(cast: &Cast, settings: &Settings, chance: &mut ChaCha8Rng) -> VecDeque<Planned> {
    let mut plan = VecDeque::new();
    for operator in &cast.operators {
        if chance.random_ratio(1, 6) {
            continue;
        }
        let mut send = |call| plan.push_back(Planned::Call(*operator, call));
        send(register("https://a.example"));
        if settings.require_block_producer {
            plan.push_back(Planned::Settle);
        }
        let mut send = |call| plan.push_back(Planned::Call(*operator, call));
        let supported_protocol_version = SemanticVersion { major: 4, minor: 10, patch: 0 };
        send(Call::UpdateNodeProtocolVersion { supported_protocol_version });
        let value = *[208, 276, 1].choose(chance).expect("not empty");
        send(Call::UpdateServerJurisdiction { jurisdiction: Jurisdiction { value } });
        send(Call::UpdateNodeEeVersion { supported_ee_version: 1 });
        let token_amount = chance.random_range(settings.min_node_stake.max(100)..1_200);
        send(Call::AssociateTokens { token_amount });
        plan.push_back(Planned::Settle);
    }
    plan
}

/// A registry at which all have worked, and some do.
fn past(cast: &Cast, settings: Settings, now: i64, chance: &mut ChaCha8Rng) -> Image {
    let mut image = Image::empty(cast::collaborators(), settings);
    for (number, operator) in cast.operators.iter().enumerate() {
        if chance.random_ratio(9, 10) {
            image.zk_nodes.insert(*operator, node(*operator, number, &image.settings, chance));
        }
        if chance.random_ratio(9, 10) {
            image.staked_tokens.insert(*operator, tokens(now, chance));
        }
    }
    for contract in cast.contracts.iter().chain([&cast.public]) {
        if chance.random_ratio(1, 2) {
            employ(&mut image, *contract, now, chance);
        }
    }
    for (account, tokens) in &image.staked_tokens {
        if !tokens.allocated_tokens.is_empty()
            && let Some(node) = image.zk_nodes.get_mut(account)
        {
            node.is_resigned = false;
        }
    }
    image.roster = image.members();
    image.roster.shuffle(chance);
    image
}

fn node(account: Address, number: usize, settings: &Settings, chance: &mut ChaCha8Rng) -> ZkNode {
    let success_score = chance.random_range(0..40);
    let failure_score = match chance.random_range(0..8) {
        // Full, or one short of it.
        0 => i32::MAX - success_score - chance.random_range(0..2),
        _ => chance.random_range(0..9),
    };
    let mut key = [0; 33];
    chance.fill(&mut key);
    ZkNode {
        identity: account,
        is_disabled: chance.random_ratio(1, 8),
        public_key: settings.require_block_producer.then_some(PublicKey { bytes: key }),
        rest_endpoint: RestEndpoint { rest_endpoint: "https://a.example".to_owned() },
        score: ZkNodeScore {
            allocated_score: success_score + failure_score,
            failure_score,
            success_score,
        },
        server_jurisdiction: Jurisdiction { value: home(number) },
        supported_ee_version: *[0, 1, 1, i32::MAX].choose(chance).expect("not empty"),
        supported_protocol_version: chance.random_ratio(7, 8).then_some(SemanticVersion {
            major: 4,
            minor: 10,
            patch: 0,
        }),
        is_resigned: chance.random_ratio(1, 8),
    }
}

fn tokens(now: i64, chance: &mut ChaCha8Rng) -> ZkNodeTokens {
    let mut times: Vec<i64> = Vec::new();
    for _ in 0..chance.random_range(0..4) {
        times.push(
            now - *[0, 1, DAY, 14 * DAY - 1, 14 * DAY, 20 * DAY].choose(chance).expect("some"),
        );
    }
    times.sort_unstable();
    times.dedup();
    // Times need not ascend, as blocks may step back.
    times.shuffle(chance);
    let pending = |unlock_time| Pending { amount: chance.random_range(1..300), unlock_time };
    let pending_unlock: Vec<Pending> = times.into_iter().map(pending).collect();
    let most = match chance.random_range(0..12) {
        // Together with the rest just below what fits.
        0 => i64::MAX - 1_000_000,
        _ => 1_200,
    };
    ZkNodeTokens {
        allocated_tokens: SortedVecMap::new(),
        expiration_timestamp: chance
            .random_ratio(1, 4)
            .then(|| now + *[-1, 0, 1, DAY, 30 * DAY].choose(chance).expect("not empty")),
        free_tokens: chance.random_range(1..=most),
        pending_unlock,
        reserved_tokens: *[0, 0, 0, 100, 5_000].choose(chance).expect("not empty"),
        incoming_tokens: 0,
        outgoing_tokens: 0,
    }
}

/// Gives a contract a computation on some of the nodes.
fn employ(image: &mut Image, contract: Address, now: i64, chance: &mut ChaCha8Rng) {
    let mut nodes: Vec<Address> =
        image.zk_nodes.keys().filter(|it| image.staked_tokens.contains_key(it)).copied().collect();
    nodes.shuffle(chance);
    nodes.truncate(chance.random_range(1..=4));
    let Ok(count) = i64::try_from(nodes.len()) else { return };
    if count == 0 {
        return;
    }
    let share = chance.random_range(1..400);
    let total_stakes = share * count - chance.random_range(0..count);
    for node in &nodes {
        if let Some(tokens) = image.staked_tokens.get_mut(node) {
            tokens.allocated_tokens.insert(contract, share);
        }
    }
    let allocation_end =
        chance.random_ratio(4, 5).then(|| now + chance.random_range(-DAY..28 * DAY));
    image.computations.insert(contract, Computation { nodes, share, total_stakes, allocation_end });
}

/// Makes one node full, or leaves it room for one or two more entries.
fn fill(image: &mut Image, cast: &Cast, now: i64, chance: &mut ChaCha8Rng) {
    let operator = cast.operators[0];
    let mut node = node(operator, 0, &image.settings, chance);
    (node.is_disabled, node.is_resigned, node.supported_ee_version) = (false, false, 1);
    node.supported_protocol_version = Some(SemanticVersion { major: 4, minor: 10, patch: 0 });
    image.zk_nodes.insert(operator, node);
    let allocated = image.staked_tokens.get(&operator).map(|it| it.allocated_tokens.clone());
    let allocated = allocated.unwrap_or_default();
    let room = *[0, 0, 0, 1, 2].choose(chance).expect("not empty");
    let entries = MAX_RECORD_ENTRIES - room - allocated.len();
    // The oldest of them become free soon.
    let oldest = now - 14 * DAY + *[1, DAY].choose(chance).expect("not empty");
    let pending = (0..).map(|n| Pending { amount: 1 + n % 3, unlock_time: oldest + n });
    image.staked_tokens.insert(
        operator,
        ZkNodeTokens {
            allocated_tokens: allocated,
            expiration_timestamp: None,
            free_tokens: 5_000,
            pending_unlock: pending.take(entries).collect(),
            reserved_tokens: 0,
            incoming_tokens: 0,
            outgoing_tokens: 0,
        },
    );
    image.roster = image.members();
}
