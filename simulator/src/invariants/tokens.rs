//! What a step may do to tokens: the books, sweeps, allocations, releases, transfers.
//!
//! Source: `registry.md` 5 and 12; the swept view is the contract's own.

use pbc_contract_common::address::Address;
use pbc_host::Group;
use zk_node_registry::rules::stake::PENDING_PERIOD_MS;
use zk_node_registry::{Pending, ZkNode, ZkNodeScoreStatus, ZkNodeTokens};

use super::ghosts::Ghosts;
use super::state::{is_sound, total};
use super::step::Step;
use super::{Property, Violation};
use crate::call::Call;

fn broken(
    property: Property,
    account: &Address,
    found: impl ToString,
    expected: impl ToString,
) -> Violation {
    let place = format!("staked_tokens[{account:x}]");
    Violation { property, place, found: found.to_string(), expected: expected.to_string() }
}

/// The total of an account is credits less debits plus restores.
pub fn inv_05(step: &Step<'_>, ghosts: &Ghosts, found: &mut Vec<Violation>) {
    for (account, _, after) in step.written_tokens() {
        let is = after.map_or(0, total);
        let expected = ghosts.account(account).map_or(0, |ghost| ghost.total);
        if is != expected {
            found.push(broken(Property::INV_05, account, format!("{is} units in all"), expected));
        }
    }
}

/// What the registry has credited is what callbacks have moved to it, and each transfer is for what
/// its callback says.
pub fn inv_06(step: &Step<'_>, ghosts: &Ghosts, found: &mut Vec<Violation>) {
    let (balance, credited) = ghosts.books();
    if balance != credited {
        found.push(Violation {
            property: Property::INV_06,
            place: "staked_tokens".to_owned(),
            found: format!("{credited} units are credited or not yet gone"),
            expected: format!("{balance} units, which it owns"),
        });
    }
    for group in step.groups {
        if transfer_fits(group, step) == Some(false) {
            found.push(Violation {
                property: Property::INV_06,
                place: "events".to_owned(),
                found: format!("{group:02x?}"),
                expected: "a transfer for what its callback says".to_owned(),
            });
        }
    }
}

/// Whether the one call of a group moves what its callback will settle; `None` if its callback
/// settles nothing.
fn transfer_fits(group: &Group, step: &Step<'_>) -> Option<bool> {
    let callback = Call::decode(&group.callback.as_ref()?.payload)?;
    let expected = match callback {
        Call::OnAssociated { account, amount } => {
            [&[0x03], &bytes(&account)[..], &bytes(&step.delivery.registry), &wide(amount)].concat()
        }
        Call::OnDisassociated { account, amount, .. } => {
            [&[0x01], &bytes(&account)[..], &wide(amount)].concat()
        }
        _ => return None,
    };
    let token = step.after.settings.stake_token;
    Some(matches!(&group.interactions[..], [one] if one.dest == token && one.payload == expected))
}

fn bytes(address: &Address) -> [u8; 21] {
    crate::names::bytes_of(address)
}

fn wide(amount: i64) -> [u8; 16] {
    i128::from(amount).to_be_bytes()
}

/// Incoming and outgoing are what was sent and has not been answered.
pub fn inv_07(step: &Step<'_>, ghosts: &Ghosts, found: &mut Vec<Violation>) {
    for (account, _, after) in step.written_tokens() {
        let is = after.map_or((0, 0), |it| (it.incoming_tokens.into(), it.outgoing_tokens.into()));
        let expected = ghosts.account(account).map_or((0, 0), |it| (it.incoming, it.outgoing));
        if is != expected {
            let is = format!("{} incoming and {} outgoing", is.0, is.1);
            let expected = format!("{} and {}", expected.0, expected.1);
            found.push(broken(Property::INV_07, account, is, expected));
        }
    }
}

/// Each pending time is that of a release of this account (ghost; the state shows the rest).
pub fn inv_11(step: &Step<'_>, ghosts: &Ghosts, found: &mut Vec<Violation>) {
    for (account, _, after) in step.written_tokens() {
        let releases = ghosts.account(account).map(|ghost| &ghost.releases);
        let is_known =
            |it: &&Pending| releases.is_some_and(|known| known.contains(&it.unlock_time));
        let pending = after.map_or(&[][..], |tokens| &tokens.pending_unlock);
        if let Some(strange) = pending.iter().find(|it| !is_known(it)) {
            let is = format!("a pending amount of time {}", strange.unlock_time);
            found.push(broken(Property::INV_11, account, is, "the time of a release"));
        }
    }
}

/// Right after a write none of the pending amounts is matured.
pub fn inv_12(step: &Step<'_>, _: &Ghosts, found: &mut Vec<Violation>) {
    let now = step.now();
    for (account, _, after) in step.written_tokens() {
        let pending = after.map_or(&[][..], |tokens| &tokens.pending_unlock);
        if let Some(matured) = pending.iter().find(|it| it.has_matured(now)) {
            let is =
                format!("{} units released at {} at {now}", matured.amount, matured.unlock_time);
            found.push(broken(Property::INV_12, account, is, "they are swept"));
        }
    }
}

/// An allocation moves one share from free to allocated; no call moves anything else between
/// computations.
pub fn inv_26(step: &Step<'_>, _: &Ghosts, found: &mut Vec<Violation>) {
    let requested = step.requested();
    let ended = step.ended().map(|(contract, _)| contract);
    for (account, before, after) in step.written_tokens() {
        let (Some(before), Some(after)) = (before, after) else { continue };
        let engine_of =
            requested.filter(|(_, it)| it.nodes.contains(account)).map(|(contract, _)| contract);
        let moved = |contract: &Address| Some(*contract) == engine_of || Some(*contract) == ended;
        let others = |tokens: &ZkNodeTokens| -> Vec<(Address, i64)> {
            let all = tokens.allocated_tokens.iter().filter(|(contract, _)| !moved(contract));
            all.map(|(contract, amount)| (*contract, *amount)).collect()
        };
        if others(before) != others(after) {
            let is = "allocations to other computations changed";
            found.push(broken(Property::INV_26, account, is, "the same allocations"));
        }
        let Some(contract) = engine_of else { continue };
        let share = requested.map_or(0, |(_, computation)| computation.share);
        let amount = after.allocated_tokens.get(&contract).copied();
        if amount != Some(share) {
            let is = format!("{amount:?} units for {contract:x}");
            found.push(broken(Property::INV_26, account, is, share));
        }
        if is_sound(before) {
            let free = i128::from(before.free(step.now()).units()) - i128::from(share);
            if i128::from(after.free_tokens) != free {
                let is = format!("{} free units", after.free_tokens);
                found.push(broken(Property::INV_26, account, is, free));
            }
        }
    }
    // An engine whose record was not written was given nothing.
    for node in requested.iter().flat_map(|(_, it)| &it.nodes) {
        if step.written_tokens().all(|(account, _, _)| account != node) {
            found.push(broken(Property::INV_26, node, "nothing moved", "the share"));
        }
    }
}

/// A release moves each share to pending, now, and counts each allocation once.
pub fn inv_27(step: &Step<'_>, _: &Ghosts, found: &mut Vec<Violation>) {
    let Some((contract, ended)) = step.ended() else { return };
    for node in &ended.nodes {
        let share = step.tokens_before(node).and_then(|it| it.allocated_tokens.get(&contract));
        if let Some(share) = share {
            let at_now = |tokens: Option<&ZkNodeTokens>| -> i128 {
                let pending = tokens.map_or(&[][..], |tokens| &tokens.pending_unlock);
                let now = pending.iter().filter(|it| it.unlock_time == step.delivery.now);
                now.map(|it| i128::from(it.amount)).sum()
            };
            let rise =
                at_now(step.after.staked_tokens.get(node)) - at_now(step.tokens_before(node));
            if rise != i128::from(*share) {
                let is = format!("{rise} units released");
                found.push(broken(Property::INV_27, node, is, format!("{share} units, now")));
            }
        }
        let score = |node: &ZkNode| (node.score.allocated_score, node.score.success_score);
        let counted = step.node_before(node).map(score);
        let expected = counted.map(|(allocated, success)| match allocated.checked_add(1) {
            Some(allocated) => (allocated, success + i32::from(succeeds(step.call, node))),
            None => (allocated, success),
        });
        let counts = step.after.zk_nodes.get(node).map(score);
        if counts != expected {
            found.push(Violation {
                property: Property::INV_27,
                place: format!("zk_nodes[{node:x}].score"),
                found: format!("allocated and success {counts:?}"),
                expected: format!("{expected:?}"),
            });
        }
    }
    let still_works = step.call.and_then(|call| call.request_for(step.delivery.sender));
    if still_works != Some(contract) && step.after.computations.contains_key(&contract) {
        found.push(Violation {
            property: Property::INV_27,
            place: format!("computations[{contract:x}]"),
            found: "it is still there".to_owned(),
            expected: "it is gone with its release".to_owned(),
        });
    }
}

/// Whether a call that ends a computation tells of success for this node: those without a list do.
fn succeeds(call: Option<&Call>, node: &Address) -> bool {
    match call {
        Some(Call::DoneV2 { engines_status } | Call::ReRequest { engines_status, .. }) => {
            let of_node = engines_status.iter().find(|it| it.engine == *node);
            of_node.is_some_and(|it| matches!(it.status, ZkNodeScoreStatus::Success {}))
        }
        _ => true,
    }
}

/// All matured amounts and no others leave pending, and where nothing else moves they become free.
pub fn inv_28(step: &Step<'_>, _: &Ghosts, found: &mut Vec<Violation>) {
    let now = step.now();
    let ended = step.ended();
    for (account, before, after) in step.written_tokens() {
        let Some(before) = before.filter(|before| is_sound(before)) else { continue };
        let released = ended.filter(|(_, it)| it.nodes.contains(account));
        let share = released.and_then(|(contract, _)| before.allocated_tokens.get(&contract));
        let mut expected: Vec<(i64, i128)> = Vec::new();
        let immature = before.pending_unlock.iter().filter(|it| !it.has_matured(now));
        for (time, amount) in immature
            .map(|it| (it.unlock_time, it.amount))
            .chain(share.map(|share| (step.delivery.now, *share)))
        {
            match expected.iter_mut().find(|(known, _)| *known == time) {
                Some((_, sum)) => *sum += i128::from(amount),
                None => expected.push((time, amount.into())),
            }
        }
        let pending = after.map_or(&[][..], |tokens| &tokens.pending_unlock);
        // What has matured and is still there is for INV-12.
        let mut is: Vec<(i64, i128)> = pending
            .iter()
            .filter(|it| !it.has_matured(now))
            .map(|it| (it.unlock_time, it.amount.into()))
            .collect();
        is.sort_unstable();
        expected.sort_unstable();
        if is != expected {
            let is = format!("pending {is:?}");
            found.push(broken(Property::INV_28, account, is, format!("{expected:?}")));
        }
        let only_swept = matches!(
            step.call,
            Some(
                Call::UnlockExpiredStakes {}
                    | Call::SetReservedTokens { .. }
                    | Call::SetExpirationForAssociation { .. }
                    | Call::AssociateTokens { .. }
                    | Call::AssociateTokensWithExpiration { .. }
            )
        );
        let free = after.map_or(0, |tokens| tokens.free_tokens);
        let expected = before.free(now).units();
        let kept = pending.iter().any(|it| it.has_matured(now));
        if only_swept && free != expected && !kept {
            let is = format!("{free} free units");
            found.push(broken(Property::INV_28, account, is, expected));
        }
    }
}

/// The total of an account changes only by credit, debit and restore.
pub fn inv_29(step: &Step<'_>, _: &Ghosts, found: &mut Vec<Violation>) {
    let owner = match step.call {
        Some(Call::OnAssociated { account, .. }) if step.success() => Some(account),
        Some(Call::OnDisassociated { account, .. }) if !step.success() => Some(account),
        Some(Call::DisassociateTokens { .. }) => Some(&step.delivery.sender),
        Some(Call::DisassociateAllExpiredStakes { account }) => Some(account),
        _ => None,
    };
    for (account, before, after) in step.written_tokens() {
        let (was, is) = (before.map_or(0, total), after.map_or(0, total));
        if was != is && owner != Some(account) {
            found.push(broken(Property::INV_29, account, format!("{is} units in all"), was));
        }
    }
}

/// A call in flight is credited, restored, or without effect, once; what comes back is what was
/// taken.
pub fn inv_33(step: &Step<'_>, _: &Ghosts, found: &mut Vec<Violation>) {
    let now = step.now();
    let mut settle = |account: &Address, amount: i64, cut: i64, comes_in: bool, comes: bool| {
        let Some(before) = step.tokens_before(account).filter(|it| is_sound(it)) else { return };
        let after = step.after.staked_tokens.get(account).cloned().unwrap_or_default();
        let way = |tokens: &ZkNodeTokens| {
            i128::from(if comes_in { tokens.incoming_tokens } else { tokens.outgoing_tokens })
        };
        let amount = i128::from(amount);
        let was = i128::from(before.free(now).units());
        let reserve = before.reserved_tokens.saturating_add(if comes { cut } else { 0 });
        let expected = (way(before) - amount, was + if comes { amount } else { 0 }, reserve);
        // Matured tokens that were not swept are for INV-12.
        let is = (way(&after), after.free(now).units().into(), after.reserved_tokens);
        if is_sound(&after) && is != expected && !(after.is_empty() && expected.0 + expected.1 == 0)
        {
            let [is, expected] = [is, expected].map(|(way, free, reserve)| {
                format!("{way} under way, {free} free, {reserve} reserved")
            });
            found.push(broken(Property::INV_33, account, is, expected));
        }
    };
    match step.call {
        Some(Call::OnAssociated { account, amount }) => {
            settle(account, *amount, 0, true, step.success());
        }
        Some(Call::OnDisassociated { account, amount, cut }) => {
            settle(account, *amount, *cut, false, !step.success());
        }
        _ => {}
    }
    for group in step.groups {
        let Some(asked) = &group.callback else { continue };
        let callback = Call::decode(&asked.payload);
        if !callback.as_ref().is_some_and(Call::is_callback) {
            found.push(Violation {
                property: Property::INV_33,
                place: "events".to_owned(),
                found: format!("the callback {}", hex::encode(&asked.payload)),
                expected: "a callback that the registry has".to_owned(),
            });
        }
        if let Some(Call::OnDisassociated { account, cut, .. }) = callback {
            let reserve = |it: Option<&ZkNodeTokens>| it.map_or(0, |it| it.reserved_tokens);
            let before = reserve(step.tokens_before(&account));
            let after = reserve(step.after.staked_tokens.get(&account));
            if before.saturating_sub(after) != cut {
                let is = format!("a reserve of {after} after a cut of {cut}");
                found.push(broken(Property::INV_33, &account, is, before.saturating_sub(cut)));
            }
        }
    }
}

/// No unit leaves pending before 14 days have passed since its release.
pub fn t_01(step: &Step<'_>, _: &Ghosts, found: &mut Vec<Violation>) {
    let now = step.delivery.now;
    for (account, before, after) in step.written_tokens() {
        for was in before.map_or(&[][..], |tokens| &tokens.pending_unlock) {
            let pending = after.map_or(&[][..], |tokens| &tokens.pending_unlock);
            let same = pending.iter().find(|it| it.unlock_time == was.unlock_time);
            let left = same.map_or(0, |it| it.amount);
            let age = i128::from(now) - i128::from(was.unlock_time);
            if left < was.amount && age < i128::from(PENDING_PERIOD_MS) {
                let is = format!("{left} of {} units left after {age} ms", was.amount);
                found.push(broken(Property::T_01, account, is, "all, for 14 days"));
            }
        }
    }
}

/// The 14 days start at the release, and nothing moves a clock that has started.
pub fn t_03(step: &Step<'_>, _: &Ghosts, found: &mut Vec<Violation>) {
    let now = step.delivery.now;
    for (account, before, after) in step.written_tokens() {
        let known = before.map_or(&[][..], |tokens| &tokens.pending_unlock);
        let pending = after.map_or(&[][..], |tokens| &tokens.pending_unlock);
        let is_new = |it: &&Pending| known.iter().all(|was| was.unlock_time != it.unlock_time);
        if let Some(moved) = pending.iter().filter(is_new).find(|it| it.unlock_time != now) {
            let is = format!("{} units wait since {}", moved.amount, moved.unlock_time);
            found.push(broken(Property::T_03, account, is, format!("since {now}, or as before")));
        }
    }
}
