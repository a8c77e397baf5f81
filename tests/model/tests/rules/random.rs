//! Random histories: nothing panics, refused calls change nothing, the invariants hold, the
//! tokens are all accounted for, and a refused draw was not feasible.

mod events;

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use reference_model::{
    Address, Call, CallbackOutcome, Context, CreateArguments, Effects, EmittedCall, EngineStatus,
    Model, SemanticVersion, Status,
};

use crate::random::events::{CONTRACTS, Event, NODES, event, node, settings};
use crate::support::{C, DAY, REGISTRY, STRANGER, TOKEN, plain_settings};

/// A chain around the model: a clock, calls in flight, and the stake token's side of the books.
struct World {
    model: Model,
    now: i64,
    transaction: [u8; 32],
    in_flight: Vec<EmittedCall>,
    /// What the registry owns at the stake token.
    balance: i128,
    /// How often each call got each answer.
    seen: BTreeMap<(u8, &'static str), usize>,
}

impl World {
    /// Four nodes at work already: registered, with tokens, versions and jurisdictions.
    fn new(arguments: &CreateArguments) -> World {
        let mut world = World::empty(arguments);
        for (node, jurisdiction) in NODES.into_iter().zip([1, 2, 3, 1]) {
            let rest_endpoint = "https://zk.example.org".to_owned();
            world.call(node, &Call::RegisterAsZkNode { rest_endpoint });
            world.call(node, &Call::AssociateTokens { token_amount: 300 });
            for emitted in std::mem::take(&mut world.in_flight) {
                world.deliver(&emitted, true, 0);
            }
            let version = SemanticVersion { major: 1, minor: 1, patch: 1 };
            for call in [
                Call::UpdateServerJurisdiction { jurisdiction },
                Call::UpdateNodeEeVersion { supported_ee_version: 2 },
                Call::UpdateNodeProtocolVersion { supported_protocol_version: version },
            ] {
                world.call(node, &call);
            }
        }
        world
    }

    fn empty(arguments: &CreateArguments) -> World {
        World {
            model: Model::create(arguments).expect("settings that create accepts"),
            now: 100 * DAY,
            transaction: [0; 32],
            in_flight: Vec::new(),
            balance: 0,
            seen: BTreeMap::new(),
        }
    }

    fn happens(&mut self, event: &Event) {
        match event {
            Event::Call(sender, call) => self.call(*sender, call),
            Event::Judge { contract, failures, again } => self.judge(*contract, failures, again),
            Event::Deliver { which, success, answer } => {
                if !self.in_flight.is_empty() {
                    let which = which % self.in_flight.len();
                    let emitted = self.in_flight.remove(which);
                    self.deliver(&emitted, *success, *answer);
                }
            }
            Event::Wait(time) => self.now += time,
        }
    }

    fn call(&mut self, sender: Address, call: &Call) {
        for byte in &mut self.transaction {
            *byte = byte.wrapping_mul(5).wrapping_add(101); // another one for each call
            if *byte != 0 {
                break;
            }
        }
        self.apply(sender, call, None);
    }

    fn judge(&mut self, contract: Address, failures: &[bool], again: &Option<Call>) {
        let engines =
            self.model.computations.get(&contract).map(|old| old.nodes.clone()).unwrap_or_default();
        let judged: Vec<EngineStatus> = engines
            .iter()
            .zip(failures.iter().cycle())
            .map(|(engine, failed)| {
                let status = if *failed { Status::Failure } else { Status::Success };
                EngineStatus { engine: *engine, status }
            })
            .collect();
        let call = match again.clone() {
            Some(Call::ReRequestZkComputationNodes {
                number_of_nodes,
                total_stakes,
                jurisdictions,
                required_ee_version,
                specific_nodes,
                ..
            }) => Call::ReRequestZkComputationNodes {
                engines_status: judged,
                number_of_nodes,
                total_stakes,
                jurisdictions,
                required_ee_version,
                specific_nodes,
            },
            _ => Call::NotifyZkComputationDoneV2 { engines_status: judged },
        };
        self.call(contract, &call);
    }

    fn deliver(&mut self, emitted: &EmittedCall, success: bool, answer: i64) {
        let callback = Call::decode_callback(&emitted.callback).expect("the registry's own bytes");
        let mut return_data = answer.to_be_bytes().to_vec();
        match &callback {
            Call::OnAssociated { amount, .. } if success => self.balance += i128::from(*amount),
            Call::OnDisassociated { amount, .. } if success => self.balance -= i128::from(*amount),
            Call::OnProducerInfo { account, .. } => return_data = producer(account),
            _ => {}
        }
        let outcome = CallbackOutcome { success, results: vec![(success, return_data)] };
        let refused = self.apply(STRANGER, &callback, Some(outcome));
        assert_eq!(refused, None, "no callback of a call that the registry made can fail (D-03)");
    }

    fn apply(
        &mut self,
        sender: Address,
        call: &Call,
        callback: Option<CallbackOutcome>,
    ) -> Option<&'static str> {
        let context = Context {
            sender,
            contract_address: REGISTRY,
            now_ms: self.now,
            transaction: self.transaction,
            callback,
        };
        let bytes = call.encode();
        let read =
            if call.is_callback() { Call::decode_callback(&bytes) } else { Call::decode(&bytes) };
        assert_eq!(read.as_ref(), Ok(call), "the wire carries every call");

        let before = self.model.clone();
        let feasible = before.draw_is_feasible(call, &context);
        let outcome = self.model.apply(call, &context);

        let code = outcome.as_ref().err().map(|refusal| refusal.code);
        let number = bytes.first().copied().unwrap_or_default();
        *self.seen.entry((number, code.unwrap_or("accepted"))).or_default() += 1;
        match &outcome {
            Err(_) => assert_eq!(self.model, before, "INV-24"),
            Ok(effects) => self.judge_effects(call, effects),
        }
        if let Some(feasible) = feasible {
            assert_eq!(code.is_none(), feasible, "INV-32: {call:?}");
        }
        assert_eq!(self.model.check(), Vec::<String>::new(), "after {call:?}");
        assert_eq!(self.model.check_step(&before), Vec::<String>::new(), "after {call:?}");
        self.judge_books(&before);
        code
    }

    fn judge_effects(&mut self, call: &Call, effects: &Effects) {
        assert!(effects.calls.len() <= 1);
        assert_eq!(effects.return_data.is_some(), is_request(call), "10.2: {call:?}");
        for emitted in &effects.calls {
            let to_token = emitted.destination == TOKEN;
            assert_eq!(emitted.cost.is_none(), CONTRACTS.contains(&emitted.destination));
            assert!(!to_token || emitted.cost == Some(15_500));
        }
        self.in_flight.extend(effects.calls.iter().cloned());
    }

    /// INV-05 and 06: every unit is in a record, or on its way; `O` stands for what is debited.
    fn judge_books(&self, before: &Model) {
        let totals = |model: &Model| -> i128 {
            model
                .staked_tokens
                .values()
                .map(|record| record.total() + i128::from(record.outgoing))
                .sum()
        };
        assert_eq!(totals(&self.model), self.balance, "INV-06");
        for (account, record) in &self.model.staked_tokens {
            let stayed = before.staked_tokens.get(account);
            let is_written = stayed != Some(record);
            let is_swept = record.pending.iter().all(|pending| !pending.has_matured(self.now));
            assert!(!is_written || is_swept, "INV-12");
        }
    }

    /// INV-07 and 33: in the end nothing is in flight.
    fn end(&mut self) {
        while let Some(emitted) = self.in_flight.pop() {
            self.deliver(&emitted, self.in_flight.len().is_multiple_of(2), 0);
        }
        for record in self.model.staked_tokens.values() {
            assert_eq!((record.incoming, record.outgoing), (0, 0), "INV-07");
        }
    }
}

fn is_request(call: &Call) -> bool {
    matches!(
        call,
        Call::RequestZkComputationNodesV1 { .. }
            | Call::RequestZkComputationNodesV2 { .. }
            | Call::RequestSpecificNodesWithProtocolVersion { .. }
            | Call::RequestSpecificNodesWithEeVersion { .. }
            | Call::RequestZkComputationNodesWithEeVersion { .. }
            | Call::ReRequestZkComputationNodes { .. }
    )
}

/// Producer information as 10.3 lays it out: three empty texts, keys, jurisdictions 1 and 2.
fn producer(account: &Address) -> Vec<u8> {
    let mut out = account.to_vec();
    out.extend([0; 12]);
    out.extend([2; 33]);
    out.extend([7; 96]);
    out.extend([0, 0, 0, 1, 0, 0, 0, 2]);
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn random_histories_keep_the_invariants(
        arguments in settings(),
        events in vec(event(), 1..150),
    ) {
        let mut world = World::new(&arguments);
        for event in &events {
            world.happens(event);
        }
        world.end();
    }

    /// Callbacks that the registry never asked for: anything may be refused, nothing panics.
    #[test]
    fn callbacks_out_of_nowhere_change_nothing_when_refused(
        events in vec(event(), 1..60),
        account in node(),
        numbers in (any::<i64>(), any::<i64>()),
        success in any::<bool>(),
        results in vec((any::<bool>(), vec(any::<u8>(), 0..200)), 0..3),
    ) {
        let mut world = World::new(&plain_settings());
        for event in &events {
            world.happens(event);
        }
        let (amount, cut) = numbers;
        let rest_endpoint = String::new();
        for callback in [
            Call::OnAssociated { account, amount },
            Call::OnDisassociated { account, amount, cut },
            Call::OnProducerInfo { account, rest_endpoint },
            Call::OnContractStatus { zk_contract: C },
        ] {
            let before = world.model.clone();
            let context = Context {
                sender: STRANGER,
                contract_address: REGISTRY,
                now_ms: amount,
                transaction: [0; 32],
                callback: Some(CallbackOutcome { success, results: results.clone() }),
            };
            if world.model.apply(&callback, &context).is_err() {
                prop_assert_eq!(&world.model, &before);
            }
        }
    }
}

/// The random histories reach what they are meant to judge: every action and callback is
/// accepted at some time, and nearly every refusal happens.
#[test]
fn random_histories_reach_every_action_and_its_refusals() {
    let mut runner = TestRunner::deterministic();
    let mut seen: BTreeMap<(u8, &'static str), usize> = BTreeMap::new();
    for _ in 0..150 {
        let history = (settings(), vec(event(), 150)).new_tree(&mut runner).expect("a history");
        let (arguments, events) = history.current();
        let mut world = World::new(&arguments);
        for event in &events {
            world.happens(event);
        }
        world.end();
        for (answer, times) in world.seen {
            *seen.entry(answer).or_default() += times;
        }
    }

    let accepted: BTreeSet<u8> =
        seen.keys().filter(|(_, code)| *code == "accepted").map(|(number, _)| *number).collect();
    let numbers = [
        0x00, 0x01, 0x04, 0x05, 0x06, 0x07, 0x08, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x10, 0x11, 0x12,
        0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x20, 0x30, 0x31, 0x32, 0x33, 0x34,
    ];
    assert_eq!(accepted, BTreeSet::from(numbers), "{seen:?}");

    let codes: BTreeSet<&str> = seen.keys().map(|(_, code)| *code).collect();
    for code in [
        "not_enough_nodes",
        "node_insufficient_free",
        "node_understaked",
        "node_expired",
        "node_disabled",
        "node_resigned",
        "node_version_too_low",
        "node_outside_jurisdiction",
        "open_allocations",
        "balance_overflow",
        "expiration_mismatch",
        "insufficient_free",
        "not_expired",
        "computation_exists",
        "status_node_missing",
        "list_too_long",
    ] {
        assert!(codes.contains(code), "{code} was never seen");
    }
}
