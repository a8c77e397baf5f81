//! Nobody is stuck: from any point every node gets out with all its tokens.
//!
//! The node waits for its transfers, which all succeed, or all fail; reserves everything; the
//! contracts that it serves end their work; 14 days after the latest release one call takes
//! everything out, and then nothing is left here. What it gets is all that it had.

use pbc_contract_common::address::Address;
use zk_node_registry::ZkNodeTokens;
use zk_node_registry::rules::units::Timestamp;

use super::point::{Point, WAIT};
use super::small::SmallWorld;
use super::turns::{self, Reply, Turn};
use crate::call::Call;
use crate::chain::{EngineContract, Results};
use crate::invariants::state::total;
use crate::invariants::{Delivery, Registry};
use crate::world::Records;

/// A way out that ends inside.
#[derive(Clone, Debug)]
pub(super) struct Stuck {
    /// The node, by its number.
    pub(super) node: usize,
    /// What was done; the last of it is what went wrong, unless something is left at the end.
    pub(super) turns: Vec<Turn>,
    /// What went wrong, in words.
    pub(super) what: String,
}

/// The first way out of `point` that ends inside.
pub(super) fn stuck(world: &SmallWorld, point: &Point) -> Option<Stuck> {
    (0..world.nodes.len()).find_map(|node| {
        let account = world.nodes[node];
        let is_busy = point.under_way.iter().any(|it| is_of(&it.callback, &account));
        let answers = if is_busy { &[true, false][..] } else { &[true] };
        answers.iter().find_map(|success| {
            let mut way =
                Way { world, registry: point.registry.clone(), now: point.now, turns: Vec::new() };
            let what = way.go(point, &account, *success).err()?;
            Some(Stuck { node, turns: way.turns, what })
        })
    })
}

/// Whether a callback moves tokens of `account`.
fn is_of(callback: &[u8], account: &Address) -> bool {
    match Call::decode(callback) {
        Some(
            Call::OnAssociated { account: of, .. } | Call::OnDisassociated { account: of, .. },
        ) => of == *account,
        _ => false,
    }
}

struct Way<'a> {
    world: &'a SmallWorld,
    registry: EngineContract,
    now: i64,
    turns: Vec<Turn>,
}

impl Way<'_> {
    /// # Errors
    ///
    /// What went wrong.
    fn go(&mut self, point: &Point, account: &Address, success: bool) -> Result<(), String> {
        let mut under_way = point.under_way.clone();
        while let Some(place) = under_way.iter().position(|it| is_of(&it.callback, account)) {
            self.turns.push(Turn::Answer { place, reply: Reply::of(success) });
            let it = under_way.remove(place);
            self.answer(it.starter, it.callback, success)?;
        }
        let Some(tokens) = self.tokens(account) else { return Ok(()) };
        let all = i64::try_from(total(&tokens)).map_err(|error| error.to_string())?;
        self.send(*account, &Call::SetReservedTokens { new_reserved: all })?;
        for contract in tokens.allocated_tokens.keys() {
            self.send(*contract, &Call::DoneV1 {})?;
        }
        let tokens = self.tokens(account).ok_or("the record is gone before its tokens")?;
        let latest = tokens.swept(Timestamp::from_millis(self.now)).pending_unlock;
        if let Some(latest) = latest.iter().map(|it| it.unlock_time).max() {
            self.now = self.now.max(latest.saturating_add(WAIT));
            self.turns.push(Turn::Clock(self.now));
        }
        let out = Call::DisassociateTokens { token_amount: all };
        let callback = self.send(*account, &out)?.ok_or("no transfer was sent")?;
        self.turns.push(Turn::Answer { place: under_way.len(), reply: Reply::Success });
        self.answer(*account, callback, true)?;
        match self.tokens(account) {
            None => Ok(()),
            Some(left) => Err(format!("this is left: {left:?}")),
        }
    }

    fn tokens(&self, account: &Address) -> Option<ZkNodeTokens> {
        Records::new(self.registry.root(), Registry::trees(&self.registry)).tokens(account)
    }

    /// Sends a call that must be taken, and returns the callback that it bought.
    fn send(&mut self, sender: Address, call: &Call) -> Result<Option<Vec<u8>>, String> {
        let rpc = call.encode();
        self.turns.push(Turn::Call { sender, rpc: rpc.clone(), hash: [0; 32] });
        self.deliver(sender, rpc, None)
    }

    fn answer(&mut self, starter: Address, rpc: Vec<u8>, success: bool) -> Result<(), String> {
        let results =
            if success { Results { success, ..Results::default() } } else { turns::failure() };
        self.deliver(starter, rpc, Some(results)).map(|_| ())
    }

    fn deliver(
        &mut self,
        sender: Address,
        rpc: Vec<u8>,
        callback: Option<Results>,
    ) -> Result<Option<Vec<u8>>, String> {
        let shortname = rpc.first().copied().unwrap_or_default();
        let delivery = Delivery {
            registry: self.world.registry,
            sender,
            now: self.now,
            height: 1,
            transaction: [0; 32],
            callback,
            rpc,
        };
        match self.registry.deliver(&delivery) {
            Ok(groups) => {
                Ok(groups.into_iter().find_map(|group| group.callback).map(|it| it.payload))
            }
            Err(failure) => Err(format!("{shortname:02x} was not taken: {failure}")),
        }
    }
}
