//! Plans for random states, played: all tokens are out at the date, and not a millisecond before.
//!
//! The states are those of random histories, at random moments. A plan is played on the simulated
//! chain: its calls are sent with the bytes that it shows, contracts release at the ends that it
//! names, and nobody extends. It is played alone, and with the rest of the network going on.
//!
//! Source: registry.md 12.2, T-04, T-05, T-06, T-08.

use std::collections::BTreeMap;

use pbc_contract_common::address::Address;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use registry_tests::{History, calls, deploy, node};
use zk_node_registry::rules::leave::ReturnFrom;
use zk_node_registry::rules::units::TokenAmount;
use zkreg::exit_plan::{Call, ExitPlan, Stage as Box_};
use zkreg::image::Image;

use super::at;
use super::stage::{Stage, somebody_acts, time_between};

/// How often something happened that the proof would be empty without.
type Seen = BTreeMap<&'static str, u64>;

/// What happens between the first call and the last.
#[derive(Clone, Copy)]
enum Event {
    /// The contract ends its work: its computation is released.
    End(Address),
    /// Somebody else sends something.
    Noise,
}

/// Plays `plan`, made for `image`; `noise` calls of others happen in between.
fn play(image: &Image, plan: &ExitPlan, noise: u32, chance: &mut ChaCha8Rng, seen: &mut Seen) {
    let (Some(exit), Some((last, first))) = (plan.exit, plan.calls.split_last()) else {
        assert!(plan.exit.is_none() || plan.tokens.total.units() == 0, "{plan:#?}");
        *seen.entry("without a date").or_default() += 1;
        return;
    };
    let (now, exit, account) = (plan.now.millis(), exit.millis(), plan.account);
    let mut stage = Stage::set(image, now);
    for planned in first {
        assert_eq!(planned.at, Some(plan.now));
        assert!(stage.send(account, planned.call.rpc()).is_accepted(), "{plan:#?}");
    }

    let mut events = Vec::new();
    for back in &plan.returns {
        if let ReturnFrom::Computation { contract, planned_end } = back.from {
            let end = planned_end.expect("there is a date").millis().max(now);
            events.push((end, Event::End(contract)));
        }
    }
    for _ in 0..noise {
        events.push((time_between(now, exit, chance), Event::Noise));
    }
    events.sort_by_key(|(time, _)| *time);
    let mut home_already = 0;
    for (time, event) in events.into_iter().filter(|(time, _)| *time < exit) {
        stage.set_clock(time);
        match event {
            Event::End(contract) if chance.random_ratio(1, 5) => {
                let deleted = stage.send(deploy(), calls::deleted(contract).0);
                assert!(deleted.is_accepted(), "{deleted:?} {plan:#?}");
            }
            Event::End(contract) => {
                let done = stage.send(contract, calls::done_v1().0);
                assert!(done.is_accepted(), "{done:?} {plan:#?}");
            }
            Event::Noise => {
                let before = stage.balance(account);
                let accepted = somebody_acts(&mut stage, account, chance);
                *seen.entry(if accepted { "noise" } else { "refused noise" }).or_default() += 1;
                home_already += stage.balance(account) - before;
            }
        }
        if noise == 0 {
            check_schedule(&stage, plan);
        }
    }

    if exit > now {
        stage.set_clock(exit - 1);
        let early = ExitPlan::of(&stage.image(), account, at(exit - 1));
        assert_eq!(early.exit, Some(at(exit)), "planned {plan:#?}\nbefore {early:#?}");
        let [.., early] = early.calls.as_slice() else { panic!("something is locked: {plan:#?}") };
        let refused = stage.send(account, early.call.rpc());
        assert_eq!(refused.refusal(), Some("insufficient_free"), "{plan:#?}");
    }
    stage.set_clock(exit);
    let late = ExitPlan::of(&stage.image(), account, at(exit));
    assert_eq!(late.exit, Some(at(exit)));
    let [anew] = late.calls.as_slice() else { panic!("one call is left: {late:#?}") };
    if home_already == 0 {
        assert_eq!(anew.call, last.call, "the call that was planned");
    } else {
        *seen.entry("some sent home by others").or_default() += 1;
    }
    let Call::Disassociate(amount) = anew.call else { panic!("{anew:?}") };
    let before = stage.balance(account);
    let out = stage.send(account, anew.call.rpc());
    assert!(out.is_accepted(), "{out:?} {plan:#?}");
    let paid = stage.balance(account) - before;
    assert_eq!(paid, u128::try_from(amount.units()).expect("not negative"));
    let all = u128::try_from(plan.tokens.total.units()).expect("not negative");
    assert_eq!(paid + home_already, all, "every token that was there is home: {plan:#?}");
    let left = stage.tokens(account).map_or(0, |tokens| tokens.total().units());
    assert_eq!(left, 0, "{plan:#?}");
}

/// What is free now is what the schedule says, and a millisecond before the next date no more.
fn check_schedule(stage: &Stage, plan: &ExitPlan) {
    let now = at(stage.now());
    let free_at = |now| {
        let mut returned = plan.returns.iter().filter(|back| back.at.is_some_and(|at| at <= now));
        returned.next_back().map_or(plan.tokens.free, |back| back.free_then)
    };
    let tokens = stage.tokens(plan.account).expect("not everything is out");
    assert_eq!(tokens.free(now), free_at(now), "{plan:#?}");
    for back in &plan.returns {
        // What is released already has a clock that nobody moves.
        let date = back.at.expect("there is a date");
        let is_pending = tokens.pending_unlock.iter().any(|it| it.unlocks_at() == Some(date));
        let has_started = !plan.returns.iter().any(|other| {
            other.at.is_some_and(|at| at <= date)
                && matches!(other.from, ReturnFrom::Computation { contract, .. }
                    if tokens.allocated_tokens.get(&contract).is_some())
        });
        if is_pending && has_started {
            assert_eq!(tokens.free(date), free_at(date), "{plan:#?}");
            let before = at(date.millis() - 1);
            assert_eq!(tokens.free(before), free_at(before), "{plan:#?}");
        }
    }
}

fn note(plan: &ExitPlan, seen: &mut Seen) {
    let mut count = |what| *seen.entry(what).or_default() += 1;
    count("plans");
    count(match plan.stage {
        Box_::Reserve => "reserve",
        Box_::AwaitEnd => "await end",
        Box_::AwaitUnlock => "await unlock",
        Box_::Disassociate => "disassociate",
        Box_::Out => "out",
    });
    for limit in &plan.limits {
        count(limit.code());
    }
}

/// Plans for all operators at the present moment of `history`.
fn leave_all(history: &History, chance: &mut ChaCha8Rng, seen: &mut Seen) {
    let registry = history.registry();
    let mut image = Image::load(&registry.state, &registry.trees).expect("it can be loaded");
    if chance.random_ratio(1, 10) {
        // As a live state, which does not say when work ends.
        let works = image.computations.values_mut().filter(|_| chance.random_ratio(1, 3));
        works.for_each(|work| work.allocation_end = None);
    }
    for tokens in image.staked_tokens.values_mut() {
        if chance.random_ratio(1, 4) {
            // As of an operator who began to leave before.
            let whole = [tokens.total(), tokens.incoming(), tokens.outgoing()];
            tokens.reserved_tokens = whole.into_iter().sum::<TokenAmount>().units();
        }
    }
    for account in (1..=7).map(node) {
        let plan = ExitPlan::of(&image, account, at(registry.now));
        note(&plan, seen);
        play(&image, &plan, 0, chance, seen);
        let noise = chance.random_range(5..20);
        play(&image, &plan, noise, chance, seen);
    }
}

#[test]
fn everything_is_out_at_the_planned_date_and_not_a_millisecond_before() {
    let mut seen = Seen::new();
    for seed in 0..60 {
        let mut history = History::begin(seed);
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        for _ in 0..8 {
            for _ in 0..chance.random_range(10..40) {
                history.step().expect("contract and model agree");
            }
            leave_all(&history, &mut chance, &mut seen);
        }
    }

    for (what, count) in &seen {
        println!("{what}: {count}");
    }
    let often = |what: &str, least: u64| {
        let count = seen.get(what).copied().unwrap_or_default();
        assert!(count >= least, "{what}: {count}, at least {least} wanted");
    };
    often("plans", 3_000);
    for what in ["reserve", "await end", "await unlock", "disassociate", "out"] {
        often(what, 20);
    }
    for what in ["overdue", "in_flight", "expiration", "no_end_known", "may_never_release"] {
        often(what, 20);
    }
    often("noise", 3_000);
    often("some sent home by others", 10);
}
