//! Stories on the simulated chain, in the words of scenarios, for tests that need mail and the
//! contracts around the registry.

use pbc_contract_common::address::Address;
use zkreg::chain::Outcome;
use zkreg::engine::NativeEngine;
use zkreg::name::Name;
use zkreg::step::Step;
use zkreg::world::{Start, World};

/// The world that these facts describe, one a line.
#[track_caller]
pub fn given(facts: &str) -> World {
    let fact = |line: &str| match format!("given {}", line.trim()).parse() {
        Ok(Step::Given(fact)) => fact,
        other => panic!("{line}: {other:?}"),
    };
    let facts: Vec<_> = facts.lines().map(fact).collect();
    let engine = Box::new(NativeEngine::of("zk_node_registry"));
    World::start(&Start::of(&facts), engine).expect("the settings are valid")
}

/// Carries out steps, one a line: calls that must be accepted, and what happens to mail.
#[track_caller]
pub fn tell(world: &mut World, steps: &str) {
    for line in steps.lines().map(str::trim) {
        match line.parse() {
            Ok(Step::Call(_)) => {
                let outcome = call(world, line);
                assert!(outcome.is_accepted(), "{line}: {outcome:?}");
            }
            Ok(Step::Mail(post)) => {
                world.set_clock(post.at).expect("a time that fits");
                world.handle(&post.handling).unwrap_or_else(|bad| panic!("{line}: {bad}"));
            }
            other => panic!("{line}: {other:?}"),
        }
    }
}

/// Carries out one call and returns what came of it.
#[track_caller]
pub fn call(world: &mut World, line: &str) -> Outcome {
    let step = line.parse().unwrap_or_else(|problem| panic!("{line}: {problem}"));
    let Step::Call(call) = step else { panic!("{line} is no call") };
    world.set_clock(call.at).expect("a time that fits");
    world.perform(&call.actor, &call.action).unwrap_or_else(|bad| panic!("{line}: {bad}"))
}

/// A name, as scenarios write it.
#[track_caller]
pub fn name(text: &str) -> Name {
    text.parse().unwrap_or_else(|problem| panic!("{text}: {problem}"))
}

/// Free, allocated, pending, incoming and outgoing units of somebody.
pub fn units(world: &mut World, who: &str) -> [i64; 5] {
    let account: Address = world.address(&name(who));
    let now = zk_node_registry::rules::units::Timestamp::from_millis(world.now());
    world.records().tokens(&account).map_or([0; 5], |tokens| {
        let in_registry = [tokens.free(now), tokens.allocated(), tokens.pending(now)];
        let [free, allocated, pending] = in_registry.map(|amount| amount.units());
        [free, allocated, pending, tokens.incoming_tokens, tokens.outgoing_tokens]
    })
}
