//! What an exploration must come across somewhere: an `always` that holds because nothing happens
//! proves nothing.

use pbc_contract_common::address::Address;
use zk_node_registry::ZkNodeTokens;

use super::point::{Point, WAIT};
use super::small::{Size, SmallWorld};
use super::turns::{Reply, Turn};
use crate::call::Call;
use crate::invariants::{Answer, Delivery, Facts};
use pbc_lib::Failure;

/// Which of all sights: bit `i` for number `i` of [`all`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sights(u128);

impl Sights {
    pub(super) fn add(&mut self, others: Sights) {
        self.0 |= others.0;
    }

    /// The numbers of those that are in it.
    pub(super) fn numbers(self) -> impl Iterator<Item = usize> {
        (0..128).filter(move |number| self.0 >> number & 1 == 1)
    }

    fn see(&mut self, number: Option<usize>) {
        if let Some(number) = number {
            self.0 |= 1 << number;
        }
    }
}

/// Calls that are taken at some point: all actions.
const TAKEN: [u8; 25] = [
    0x00, 0x01, 0x0c, 0x0d, 0x1a, 0x11, 0x10, 0x0a, 0x15, 0x0b, 0x13, 0x06, 0x17, 0x16, 0x04, 0x08,
    0x14, 0x18, 0x19, 0x1b, 0x05, 0x12, 0x20, 0x07, 0x0e,
];

/// Callbacks that come with success, and with failure.
const CALLBACKS: [u8; 4] = [0x31, 0x32, 0x33, 0x34];

/// Every refusal code of an action, but those that no small world can meet: `stake_token_not_contract`
/// and `minimum_negative` are answers to the creation; `balance_overflow` needs more tokens than
/// there are, and `node_at_capacity` 1,000 entries; `callback_unexpected` needs a callback that was
/// not bought, and `callback_data_invalid` block producers. Bytes are always those of a call.
pub const CODES: [&str; 42] = [
    "caller_not_account",
    "not_registered",
    "not_zk_contract_deploy",
    "not_voting",
    "not_a_served_contract",
    "no_computation",
    "endpoint_empty",
    "endpoint_too_long",
    "endpoint_control_character",
    "endpoint_not_https",
    "amount_not_positive",
    "amount_negative",
    "expiration_in_past",
    "version_negative",
    "jurisdiction_out_of_range",
    "list_too_long",
    "node_count_out_of_range",
    "total_stakes_below_minimum",
    "jurisdiction_lists_mismatch",
    "node_count_mismatch",
    "duplicate_node",
    "already_registered",
    "open_allocations",
    "no_stake_entry",
    "expiration_mismatch",
    "insufficient_free",
    "no_expiration",
    "not_expired",
    "nothing_free",
    "computation_exists",
    "status_node_foreign",
    "status_node_repeated",
    "status_node_missing",
    "node_unknown",
    "node_resigned",
    "node_disabled",
    "node_version_too_low",
    "node_outside_jurisdiction",
    "node_understaked",
    "node_expired",
    "node_insufficient_free",
    "not_enough_nodes",
];

/// Whether a step shows something.
type Test = fn(&Seen<'_>, &Facts) -> bool;

/// What takes more than one call to come about.
const MOMENTS: [(&str, Test); 18] = [
    ("tokens taken out in the very millisecond in which they matured", |seen, _| {
        matches!(&seen.call, Some(Call::DisassociateTokens { token_amount }) if {
            seen.tokens_before(&seen.delivery.sender).is_some_and(|it| {
                it.free_tokens < *token_amount && it.pending_unlock.iter().any(|it| {
                    it.unlock_time.saturating_add(WAIT) == seen.delivery.now
                })
            })
        })
    }),
    ("two releases of a node in one millisecond, one pending amount", |seen, after| {
        seen.is_release()
            && seen.any_tokens(after, |before, after| {
                before.pending_unlock.len() == after.pending_unlock.len()
                    && before.pending_unlock != after.pending_unlock
            })
    }),
    ("two pending amounts of a node, each with its own clock", |_, after| {
        after.staked_tokens.values().any(|it| it.pending_unlock.len() > 1)
    }),
    ("a matured amount allocated again without being swept before", |seen, after| {
        seen.is_request()
            && seen.any_tokens(after, |before, after| {
                before.pending_unlock.len() > after.pending_unlock.len()
            })
    }),
    ("a failed transfer whose tokens and reserve came back", |seen, _| {
        !seen.is_success() && matches!(&seen.call, Some(Call::OnDisassociated { cut: 1.., .. }))
    }),
    ("a record emptied and deleted", |seen, after| {
        seen.before.checker.facts().staked_tokens.len() > after.staked_tokens.len()
    }),
    ("a failed transfer restored to a record that was used meanwhile", |seen, _| {
        !seen.is_success()
            && matches!(&seen.call, Some(Call::OnDisassociated { account, .. }) if {
                seen.tokens_before(account).is_some_and(|it| it.free_tokens > 0)
            })
    }),
    ("callbacks of one account in another order than their calls", |seen, _| match seen.turn {
        Turn::Answer { place, .. } => {
            let under_way = &seen.before.under_way;
            under_way[..*place].iter().any(|it| it.starter == under_way[*place].starter)
        }
        _ => false,
    }),
    ("tokens credited to a record that has expired", |seen, after| match &seen.call {
        Some(Call::OnAssociated { account, .. }) if seen.is_success() => after
            .staked_tokens
            .get(account)
            .is_some_and(|it| it.expiration_timestamp.is_some_and(|at| at <= seen.delivery.now)),
        _ => false,
    }),
    ("expired stake sent home in the very millisecond of its expiration", |seen, _| {
        matches!(&seen.call, Some(Call::DisassociateAllExpiredStakes { account }) if {
            seen.tokens_before(account).and_then(|it| it.expiration_timestamp)
                == Some(seen.delivery.now)
        })
    }),
    (
        "a node banned while it works",
        |seen, after| matches!(&seen.call, Some(Call::DisableZkNode { address }) if works(after, address)),
    ),
    ("a node that leaves the roster by 0b while it works", |seen, after| {
        matches!(&seen.call, Some(Call::DisassociateTokens { .. }))
            && works(after, &seen.delivery.sender)
            && seen.before.checker.facts().roster.len() > after.roster.len()
    }),
    ("a banned node that resigned and registered again", |seen, after| {
        matches!(&seen.call, Some(Call::RegisterAsZkNode { .. }))
            && after.zk_nodes.get(&seen.delivery.sender).is_some_and(|it| it.is_disabled)
    }),
    ("a re-request that keeps an engine", |seen, after| {
        seen.re_request(after).is_some_and(|(old, new)| new.iter().any(|it| old.contains(it)))
    }),
    ("a re-request with other engines only", |seen, after| {
        seen.re_request(after).is_some_and(|(old, new)| new.iter().all(|it| !old.contains(it)))
    }),
    ("a later end reported", |seen, after| {
        let before = seen.before.checker.facts();
        before.computations.iter().any(|(contract, work)| {
            let is_request = seen.is_request();
            !is_request
                && after
                    .computations
                    .get(contract)
                    .is_some_and(|it| it.allocation_end > work.allocation_end)
        })
    }),
    ("an end reported that is before the one known", |seen, _| {
        matches!(seen.turn, Turn::Answer { reply: Reply::Earlier(_), .. })
    }),
    ("a node that gave up its slot to one that fits no other", |seen, after| seen.moved(after)),
];

/// What takes a second node.
const OF_TWO_NODES: [&str; 3] = [
    "08 taken",
    "a re-request with other engines only",
    "a node that gave up its slot to one that fits no other",
];

/// Whether a sight can be seen in a world of this size.
pub(super) fn is_possible(name: &str, size: Size) -> bool {
    size.nodes > 1 || !OF_TWO_NODES.contains(&name)
}

fn works(facts: &Facts, account: &Address) -> bool {
    facts.staked_tokens.get(account).is_some_and(|it| it.running() > 0)
}

/// What all sights are called, in the order of their numbers.
pub(super) fn all() -> Vec<String> {
    let taken = TAKEN.iter().map(|shortname| format!("{shortname:02x} taken"));
    let callbacks = CALLBACKS.iter().flat_map(|shortname| {
        [format!("{shortname:02x} with success"), format!("{shortname:02x} with failure")]
    });
    let codes = CODES.iter().map(|code| format!("refused: {code}"));
    let moments = MOMENTS.iter().map(|(name, _)| (*name).to_owned());
    taken.chain(callbacks).chain(codes).chain(moments).collect()
}

/// A step, to be looked at.
pub(super) struct Seen<'a> {
    pub(super) world: &'a SmallWorld,
    pub(super) before: &'a Point,
    pub(super) turn: &'a Turn,
    pub(super) delivery: &'a Delivery,
    /// What was called; not looked at if it was refused.
    pub(super) call: Option<Call>,
    /// None if it was refused.
    pub(super) after: Option<&'a Point>,
}

impl Seen<'_> {
    /// What the step shows.
    pub(super) fn sights(&self, answer: &Answer) -> Sights {
        let mut sights = Sights::default();
        let shortname = self.delivery.rpc.first().copied().unwrap_or_default();
        let callbacks = TAKEN.len();
        let codes = callbacks + 2 * CALLBACKS.len();
        let moments = codes + CODES.len();
        match answer {
            Ok(_) => {
                sights.see(TAKEN.iter().position(|it| *it == shortname));
                let callback = CALLBACKS.iter().position(|it| *it == shortname);
                let failed = usize::from(!self.is_success());
                sights.see(callback.map(|number| callbacks + 2 * number + failed));
                if let Some(after) = self.after {
                    for (number, (_, test)) in MOMENTS.iter().enumerate() {
                        let is_so = test(self, after.checker.facts());
                        sights.see(is_so.then_some(moments + number));
                    }
                }
            }
            Err(Failure::Refused { code, .. }) => {
                let number = CODES.iter().position(|it| it == code);
                sights.see(number.map(|number| codes + number));
            }
            Err(Failure::Trap { .. }) => {}
        }
        sights
    }

    fn is_success(&self) -> bool {
        self.delivery.callback.as_ref().is_some_and(|it| it.success)
    }

    fn is_request(&self) -> bool {
        self.call.as_ref().is_some_and(|it| it.request_for(self.delivery.sender).is_some())
    }

    fn is_release(&self) -> bool {
        self.call.as_ref().is_some_and(|it| it.ends(self.delivery.sender).is_some())
    }

    fn tokens_before(&self, account: &Address) -> Option<&ZkNodeTokens> {
        self.before.checker.facts().staked_tokens.get(account)
    }

    fn any_tokens(&self, after: &Facts, test: fn(&ZkNodeTokens, &ZkNodeTokens) -> bool) -> bool {
        let before = &self.before.checker.facts().staked_tokens;
        before.iter().any(|(account, before)| {
            after.staked_tokens.get(account).is_some_and(|after| test(before, after))
        })
    }

    /// The engines before and after a re-request.
    fn re_request<'f>(&'f self, after: &'f Facts) -> Option<(&'f [Address], &'f [Address])> {
        let contract = &self.delivery.sender;
        matches!(&self.call, Some(Call::ReRequest { .. })).then_some(())?;
        let old = self.before.checker.facts().computations.get(contract)?;
        Some((&old.nodes, &after.computations.get(contract)?.nodes))
    }

    /// Whether the first node that was drawn had to leave the first slot, which takes any.
    fn moved(&self, after: &Facts) -> bool {
        let Some(Call::RequestNodesV2 { zk_contract, .. }) = &self.call else { return false };
        let Some(work) = after.computations.get(zk_contract) else { return false };
        let roster = &self.before.checker.facts().roster;
        let hashes = self.world.draws.of(zk_contract, roster.len());
        let order = hashes.iter().find(|(_, hash)| *hash == self.delivery.transaction);
        let drawn = order.into_iter().flat_map(|(order, _)| order).filter_map(|position| {
            roster.get(&u32::try_from(*position).ok()?).filter(|it| work.nodes.contains(it))
        });
        drawn.into_iter().next().is_some_and(|first| work.nodes.first() != Some(first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::FIRST_CALLBACK;
    use crate::engine::CALL_CODES;

    /// Codes with which no call of a small world is refused, as [`CODES`] says.
    const OTHERS: [&str; 6] = [
        "balance_overflow",
        "callback_data_invalid",
        "callback_unexpected",
        "minimum_negative",
        "node_at_capacity",
        "stake_token_not_contract",
    ];
    /// Codes of bytes that are no call.
    const DECODING: [&str; 8] = [
        "invalid_address_type",
        "invalid_discriminant",
        "invalid_length",
        "invalid_utf8",
        "malformed_shortname",
        "trailing_bytes",
        "truncated",
        "unknown_action",
    ];

    #[test]
    fn every_code_of_a_call_is_a_sight_or_has_its_reason() {
        let mut codes = [&CODES[..], &OTHERS, &DECODING].concat();
        codes.sort_unstable();
        assert_eq!(codes, CALL_CODES);
    }

    #[test]
    fn every_action_is_a_sight() {
        let mut taken = TAKEN.map(u32::from);
        taken.sort_unstable();
        let mut actions: Vec<u32> = Call::ALL.iter().map(|(shortname, _)| *shortname).collect();
        actions.retain(|shortname| *shortname < FIRST_CALLBACK.into());
        actions.sort_unstable();
        assert_eq!(actions, taken);
    }

    #[test]
    fn what_takes_two_nodes_is_a_sight() {
        let all = all();
        assert!(OF_TWO_NODES.iter().all(|name| all.iter().any(|it| it == name)));
    }
}
