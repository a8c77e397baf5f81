//! The chain, seen by small contracts.

mod puppet;

use std::cell::RefCell;
use std::rc::Rc;

use pbc_contract_common::address::{Address, AddressType};
use pbc_host::{Callback, Group};
use pbc_lib::{Export, Failure, Trees};
use pbc_traits::{Decoder, ReadWriteState, WriteRPC};

use self::puppet::{Calling, Note, Sending, State};
use super::*;
use crate::engine::NativeEngine;

/// 2025-01-01T00:00:00Z.
const START: i64 = 1_735_689_600_000;

const INIT: [u8; 5] = [0xff, 0xff, 0xff, 0xff, 0x0f];

const USER: Address = at(AddressType::Account, 0x01);
const A: Address = at(AddressType::PublicContract, 0xaa);
const B: Address = at(AddressType::PublicContract, 0xbb);
const C: Address = at(AddressType::PublicContract, 0xcc);
const NOWHERE: Address = at(AddressType::PublicContract, 0xdd);

const fn at(address_type: AddressType, byte: u8) -> Address {
    Address { address_type, identifier: [byte; 20] }
}

fn engine() -> Box<dyn Engine> {
    Box::new(NativeEngine::of("zkreg::chain::tests::puppet"))
}

/// A chain with puppets at A, B and C, and an empty log.
fn puppets() -> Chain {
    let mut chain = Chain::new(START);
    for address in [A, B, C] {
        chain.deploy(USER, address, INIT.to_vec(), engine()).expect("a puppet has no conditions");
    }
    chain.drain_log();
    chain
}

fn notes(chain: &Chain, address: Address) -> Vec<Note> {
    let contract = chain.contract(&address).expect("a puppet");
    State::state_decode(&mut Decoder::new(contract.state())).expect("the state of a puppet").notes
}

/// What the puppet at `address` noted, without the circumstances.
fn marks(chain: &Chain, address: Address) -> Vec<u8> {
    notes(chain, address).iter().map(|note| note.mark).collect()
}

fn rpc(shortname: u8, argument: &impl WriteRPC) -> Vec<u8> {
    let mut rpc = vec![shortname];
    argument.rpc_write_to(&mut rpc).expect("a vector takes all bytes");
    rpc
}

/// The call that makes a puppet send `groups`.
fn send(groups: Vec<Sending>) -> Vec<u8> {
    rpc(puppet::SEND, &groups)
}

fn group(calls: Vec<Calling>) -> Sending {
    Sending { calls, callback: None, returns: None }
}

impl Sending {
    fn with_callback(self, mark: u8) -> Sending {
        self.with_callback_that_sends(mark, Vec::new())
    }

    fn with_callback_that_sends(self, mark: u8, groups: Vec<Sending>) -> Sending {
        Sending { callback: Some(puppet::Back { mark, groups, cost: None }), ..self }
    }
}

fn returning(number: u64) -> Sending {
    Sending { calls: Vec::new(), callback: None, returns: Some(number) }
}

fn tell(dest: Address, mark: u8) -> Calling {
    Calling { dest, shortname: puppet::NOTE.into(), mark, groups: Vec::new(), cost: None }
}

fn refuse(dest: Address) -> Calling {
    Calling { shortname: puppet::REFUSE.into(), ..tell(dest, 0) }
}

fn make(dest: Address, groups: Vec<Sending>) -> Calling {
    Calling { shortname: puppet::SEND.into(), groups, ..tell(dest, 0) }
}

fn submit(chain: &mut Chain, to: Address, groups: Vec<Sending>) {
    let outcome = chain.submit(USER, to, send(groups), None);
    assert!(outcome.is_accepted(), "{outcome:?}");
}

fn run(chain: &mut Chain) {
    chain.run().expect("these contracts come to an end");
}

/// The log in short: who was called by whom, in which way, and what came of it.
fn story(chain: &Chain) -> Vec<String> {
    let name = |address: Address| match address.identifier[0] {
        0x01 => "user",
        0xaa => "A",
        0xbb => "B",
        0xcc => "C",
        _ => "nowhere",
    };
    let line = |delivery: &Delivery| {
        let Event { kind, from, to, .. } = &delivery.event;
        let kind = match kind {
            Kind::Deployment => "deploys",
            Kind::Transaction | Kind::Interaction => "calls",
            Kind::Callback(Results { success: true, .. }) => "has success in",
            Kind::Callback(Results { success: false, .. }) => "has failed in",
        };
        let outcome = match &delivery.outcome {
            Outcome::Accepted { .. } => "",
            Outcome::Refused { code, .. } => &format!(": {code}"),
            Outcome::Trap { .. } => ": trap",
            Outcome::OutOfGas => ": out of gas",
            Outcome::Failed { reason } => &format!(": {reason}"),
        };
        format!("{} {kind} {}{outcome}", name(*from), name(*to))
    };
    chain.log().iter().map(line).collect()
}

fn the_mail(chain: &Chain) -> Vec<MailId> {
    chain.mail().map(|mail| mail.id).collect()
}

#[test]
fn a_transaction_runs_at_once_and_what_it_sends_waits() {
    let mut chain = puppets();

    submit(&mut chain, A, vec![group(vec![tell(B, 1), tell(C, 2)])]);

    assert_eq!(the_mail(&chain).len(), 2);
    assert_eq!(marks(&chain, B), [0u8; 0]);
    run(&mut chain);
    assert_eq!(the_mail(&chain), []);
    assert_eq!((marks(&chain, B), marks(&chain, C)), (vec![1], vec![2]));
}

#[test]
fn a_callback_comes_when_all_calls_of_its_group_have_ended() {
    let mut chain = puppets();
    let calls = vec![tell(B, 1), tell(C, 2), make(B, vec![returning(7)])];

    submit(&mut chain, A, vec![group(calls).with_callback(9)]);
    run(&mut chain);

    assert_eq!(
        story(&chain),
        ["user calls A", "A calls B", "A calls C", "A calls B", "user has success in A"]
    );
    let [back] = notes(&chain, A).try_into().expect("one note");
    assert!(back.success);
    assert_eq!(back.results.iter().map(|result| result.len()).collect::<Vec<_>>(), [0, 0, 8]);
    assert_eq!(back.results[2], 7_u64.to_be_bytes());
}

#[test]
fn a_failing_call_fails_its_group_and_leaves_the_others_alone() {
    let mut chain = puppets();
    let calls = vec![tell(B, 1), refuse(C), tell(B, 2)];

    submit(&mut chain, A, vec![group(calls).with_callback(9)]);
    run(&mut chain);

    assert_eq!(
        story(&chain),
        ["user calls A", "A calls B", "A calls C: told_to", "A calls B", "user has failed in A"]
    );
    assert_eq!(marks(&chain, B), [1, 2]);
    let Kind::Callback(results) = &chain.log()[4].event.kind else { panic!("a callback") };
    let succeeded: Vec<bool> = results.results.iter().map(|result| result.succeeded).collect();
    assert_eq!(succeeded, [true, false, true]);
}

#[test]
fn a_refused_call_leaves_state_and_trees_as_they_were_and_sends_nothing() {
    let mut chain = puppets();
    let before = chain.contract(&A).expect("a puppet").clone();

    let outcome = chain.submit(USER, A, vec![puppet::REFUSE], None);

    assert_eq!(outcome.refusal(), Some("told_to"));
    let after = chain.contract(&A).expect("a puppet");
    assert_eq!((before.state(), before.trees()), (after.state(), after.trees()));
    assert_eq!(the_mail(&chain), []);
    assert!(chain.log().iter().all(|delivery| delivery.changes.is_empty()));
}

#[test]
fn a_panic_is_a_trap_and_changes_nothing() {
    let mut chain = puppets();

    let outcome = chain.submit(USER, A, vec![puppet::PANIC], None);

    assert!(matches!(&outcome, Outcome::Trap { message } if message == "a bug"), "{outcome:?}");
    assert_eq!(marks(&chain, A), [0u8; 0]);
}

#[test]
fn a_callback_that_is_refused_changes_nothing_and_its_chain_ends() {
    let mut chain = puppets();

    submit(&mut chain, A, vec![group(vec![tell(B, 1)]).with_callback(puppet::REFUSED_MARK)]);
    run(&mut chain);

    assert_eq!(story(&chain), ["user calls A", "A calls B", "user has success in A: told_to"]);
    assert_eq!(marks(&chain, A), [0u8; 0]);
    assert_eq!(the_mail(&chain), []);
}

#[test]
fn the_callback_of_a_callback_belongs_to_the_same_call() {
    let mut chain = puppets();
    let inner = group(vec![tell(C, 1)]).with_callback_that_sends(2, vec![returning(5)]);

    submit(&mut chain, A, vec![group(vec![make(B, vec![inner])]).with_callback(9)]);
    run(&mut chain);

    assert_eq!(
        story(&chain),
        ["user calls A", "A calls B", "B calls C", "A has success in B", "user has success in A"]
    );
    let [back] = notes(&chain, A).try_into().expect("one note");
    assert_eq!(back.results, [5_u64.to_be_bytes().to_vec()]);
}

#[test]
fn a_failed_callback_of_the_called_contract_is_a_failed_call() {
    let mut chain = puppets();
    let inner = group(vec![tell(C, 1)]).with_callback(puppet::REFUSED_MARK);

    submit(&mut chain, A, vec![group(vec![make(B, vec![inner])]).with_callback(9)]);
    run(&mut chain);

    let [back] = notes(&chain, A).try_into().expect("one note");
    assert!(!back.success);
    assert_eq!(back.results, [Vec::<u8>::new()]);
}

#[test]
fn a_group_without_a_callback_is_not_waited_for() {
    let mut chain = puppets();
    let inner = group(vec![refuse(C)]);

    submit(&mut chain, A, vec![group(vec![make(B, vec![inner])]).with_callback(9)]);
    run(&mut chain);

    let [back] = notes(&chain, A).try_into().expect("one note");
    assert!(back.success);
}

#[test]
fn return_data_is_that_of_the_last_group() {
    let mut chain = puppets();
    let returns = |groups| vec![group(vec![make(B, groups)]).with_callback(9)];

    submit(&mut chain, A, returns(vec![returning(1), returning(2)]));
    submit(&mut chain, A, returns(vec![returning(1), group(Vec::new())]));
    run(&mut chain);

    let [last, none] = notes(&chain, A).try_into().expect("two notes");
    assert_eq!(last.results, [2_u64.to_be_bytes().to_vec()]);
    assert_eq!(none.results, [Vec::<u8>::new()]);
}

#[test]
fn two_contracts_that_call_each_other_in_turn_come_to_an_end() {
    let mut chain = puppets();
    let mut rally = vec![group(vec![tell(A, 9)])];
    for turn in 0..6 {
        rally = vec![group(vec![make(if turn % 2 == 0 { B } else { A }, rally)])];
    }

    submit(&mut chain, B, rally);
    run(&mut chain);

    assert_eq!(chain.log().len(), 8);
    assert_eq!(marks(&chain, A), [9]);
}

#[test]
fn a_call_to_nobody_fails() {
    let mut chain = puppets();

    submit(&mut chain, A, vec![group(vec![tell(NOWHERE, 1)]).with_callback(9)]);
    run(&mut chain);

    assert_eq!(
        story(&chain),
        ["user calls A", "A calls nowhere: no such contract", "user has failed in A"]
    );
}

#[test]
fn an_empty_call_is_accepted_and_never_reaches_the_contract() {
    let mut chain = puppets();
    submit(&mut chain, A, vec![group(vec![tell(B, 1)])]);
    run(&mut chain);
    let before = chain.contract(&A).expect("a puppet").state().to_vec();
    let calls = chain.log().len();

    let outcome = chain.submit(USER, A, Vec::new(), Some(1_000));

    assert_eq!(outcome, Outcome::from(Vec::new()));
    assert_eq!(chain.contract(&A).expect("a puppet").state(), before);
    assert_eq!(chain.log()[calls].changes.len(), 0);
}

#[test]
fn shortnames_are_strict_and_only_actions_can_be_called() {
    let mut chain = puppets();
    for (rpc, code) in [
        (vec![0x7e], "unknown_action"),
        (vec![puppet::BACK], "unknown_action"),
        (INIT.to_vec(), "unknown_action"),
        (vec![0x83, 0x00], "malformed_shortname"),
        (vec![0x80], "malformed_shortname"),
        (vec![0xff, 0xff, 0xff, 0xff, 0x1f], "malformed_shortname"),
        (vec![0x80, 0x80, 0x80, 0x80, 0x80, 0x01], "malformed_shortname"),
        (vec![puppet::NOTE], "truncated"),
        (vec![puppet::NOTE, 1, 0, 0, 0, 0, 9], "trailing_bytes"),
    ] {
        let outcome = chain.submit(USER, A, rpc.clone(), None);
        assert_eq!(outcome.refusal(), Some(code), "{rpc:02x?}");
    }
}

#[test]
fn a_contract_is_there_only_after_its_init() {
    let mut chain = Chain::new(START);

    let refused = chain.deploy(USER, A, vec![puppet::NOTE], engine());
    assert_eq!(refused.expect_err("not init").code(), Some("unknown_action"));
    let refused = chain.deploy(USER, A, [INIT.as_slice(), &[1]].concat(), engine());
    assert_eq!(refused.expect_err("arguments").code(), Some("trailing_bytes"));
    assert!(!chain.has_contract(&A));

    chain.deploy(USER, A, INIT.to_vec(), engine()).expect("init");
    assert!(chain.has_contract(&A));
}

#[test]
fn contracts_see_who_calls_and_from_where_the_call_comes() {
    let mut chain = puppets();
    chain.set_clock(START + 5);

    submit(&mut chain, A, vec![group(vec![tell(B, 1)]).with_callback(9)]);
    run(&mut chain);

    let [call] = notes(&chain, B).try_into().expect("one note");
    let [back] = notes(&chain, A).try_into().expect("one note");
    assert_eq!((call.sender, back.sender), (A, USER));
    assert_eq!((call.height, call.time), (2, START + 5));
    let transaction = chain.log()[0].event.hash;
    assert_eq!((call.original.bytes, back.original.bytes), (transaction, transaction));
    assert_ne!(call.current, call.original);
    assert_ne!(call.current, back.current);
}

#[test]
fn a_nested_callback_sees_the_sender_of_its_own_call() {
    let mut chain = puppets();
    let inner = group(vec![tell(C, 1)]).with_callback(2);

    submit(&mut chain, A, vec![group(vec![make(B, vec![inner])]).with_callback(9)]);
    run(&mut chain);

    let [back] = notes(&chain, B).try_into().expect("one note");
    assert_eq!(back.sender, A);
    assert_eq!(chain.log()[3].event.starter, USER);
}

#[test]
fn the_height_rises_with_each_move_of_the_clock_also_backwards() {
    let mut chain = puppets();
    for at in [START + 10, START + 3, START + 3] {
        chain.set_clock(at);
        chain.submit(USER, A, rpc(puppet::NOTE, &puppet::Noting::plain(1)), None);
    }

    let blocks: Vec<_> = notes(&chain, A).iter().map(|note| (note.height, note.time)).collect();
    assert_eq!(blocks, [(2, START + 10), (3, START + 3), (4, START + 3)]);
}

#[test]
fn hashes_do_not_depend_on_what_else_happens() {
    let call = || send(vec![group(vec![tell(B, 1)])]);
    let mut alone = puppets();
    alone.submit(USER, A, call(), None);
    run(&mut alone);

    let mut crowded = puppets();
    crowded.submit(USER, C, vec![puppet::REFUSE], None);
    crowded.submit(USER, A, call(), None);
    run(&mut crowded);

    assert_eq!(alone.log()[0].event.hash, crowded.log()[1].event.hash);
    assert_eq!(alone.log()[1].event.hash, crowded.log()[2].event.hash);
}

#[test]
fn equal_calls_have_hashes_of_their_own() {
    let mut chain = puppets();
    for _ in 0..3 {
        chain.submit(USER, A, vec![puppet::REFUSE], None);
    }
    chain.set_clock(START + 1);
    chain.submit(USER, A, vec![puppet::REFUSE], None);

    let mut hashes: Vec<_> = chain.log().iter().map(|delivery| delivery.event.hash).collect();
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), 4);
}

#[test]
fn a_pinned_hash_holds_for_one_call() {
    let mut chain = puppets();
    chain.pin_hash([7; 32]);

    chain.submit(USER, A, vec![puppet::REFUSE], None);
    chain.submit(USER, A, vec![puppet::REFUSE], None);

    assert_eq!(chain.log()[0].event.hash, [7; 32]);
    assert_ne!(chain.log()[1].event.hash, [7; 32]);
}

#[test]
fn held_mail_is_delivered_in_any_order() {
    let mut chain = puppets();
    submit(&mut chain, A, vec![group(vec![tell(B, 1), tell(B, 2), tell(B, 3)]).with_callback(9)]);
    let [first, second, third] = the_mail(&chain).try_into().expect("three calls");
    assert!(chain.hold(first));

    assert!(chain.deliver(third).is_some_and(|outcome| outcome.is_accepted()));
    run(&mut chain);
    assert_eq!(marks(&chain, B), [3, 2]);
    assert_eq!(marks(&chain, A), [0u8; 0]);

    assert!(chain.let_go(first));
    run(&mut chain);
    assert_eq!(marks(&chain, B), [3, 2, 1]);
    assert_eq!(marks(&chain, A), [9]);
    assert_eq!(chain.deliver(second), None);
}

#[test]
fn a_call_that_is_made_to_fail_never_reaches_its_contract() {
    let mut chain = puppets();
    submit(&mut chain, A, vec![group(vec![tell(B, 1)]).with_callback(9)]);

    assert!(chain.set_fate(the_mail(&chain)[0], Fate::Fail));
    run(&mut chain);

    assert_eq!(story(&chain), ["user calls A", "A calls B: made to fail", "user has failed in A"]);
    assert_eq!(marks(&chain, B), [0u8; 0]);
}

#[test]
fn a_callback_that_is_made_to_fail_tells_of_failure_although_the_call_took_place() {
    let mut chain = puppets();
    chain.order(Order {
        pattern: Pattern { callback: Some(true), ..Pattern::default() },
        hold: false,
        fate: Fate::Fail,
        standing: false,
    });

    submit(&mut chain, A, vec![group(vec![tell(B, 1)]).with_callback(9)]);
    run(&mut chain);

    assert_eq!(marks(&chain, B), [1]);
    let [back] = notes(&chain, A).try_into().expect("one note");
    assert_eq!((back.success, back.results), (false, vec![vec![]]));
}

#[test]
fn a_starved_callback_is_lost_and_whoever_waits_is_told_of_failure() {
    let mut chain = puppets();
    chain.order(Order {
        pattern: Pattern { callback: Some(true), to: Some(B), ..Pattern::default() },
        hold: false,
        fate: Fate::Starve,
        standing: false,
    });
    let inner = group(vec![tell(C, 1)]).with_callback(2);

    submit(&mut chain, A, vec![group(vec![make(B, vec![inner])]).with_callback(9)]);
    run(&mut chain);

    assert_eq!(story(&chain)[3..], ["A has success in B: out of gas", "user has failed in A"]);
    assert_eq!(marks(&chain, B), [0u8; 0]);
    assert_eq!(the_mail(&chain), []);
}

#[test]
fn a_repeated_callback_runs_twice_and_reports_once() {
    let mut chain = puppets();
    chain.order(Order {
        pattern: Pattern { callback: Some(true), to: Some(B), ..Pattern::default() },
        hold: false,
        fate: Fate::Twice,
        standing: false,
    });
    let inner = group(vec![tell(C, 1)]).with_callback(2);

    submit(&mut chain, A, vec![group(vec![make(B, vec![inner])]).with_callback(9)]);
    run(&mut chain);

    assert_eq!(marks(&chain, B), [2, 2]);
    assert_eq!(marks(&chain, A), [9]);
    assert_eq!(chain.log()[3].event, chain.log()[5].event);
}

#[test]
fn a_callback_can_be_told_anything() {
    let mut chain = puppets();
    chain.order(Order {
        pattern: Pattern { callback: Some(true), ..Pattern::default() },
        hold: true,
        fate: Fate::Execute,
        standing: true,
    });
    submit(&mut chain, A, vec![group(vec![tell(B, 1)]).with_callback(9)]);
    run(&mut chain);
    let [callback] = the_mail(&chain).try_into().expect("one callback");

    let told = Results { success: true, results: vec![CallResult::default()] };
    assert!(chain.set_results(callback, told));
    chain.deliver(callback);

    let [back] = notes(&chain, A).try_into().expect("one note");
    assert_eq!((back.success, back.results), (true, vec![vec![]]));
}

#[test]
fn an_order_for_once_is_used_up_and_a_standing_one_stays() {
    let mut chain = puppets();
    let order = |standing| Order {
        pattern: Pattern { shortname: Some(puppet::NOTE.into()), ..Pattern::default() },
        hold: false,
        fate: Fate::Fail,
        standing,
    };
    chain.order(order(false));
    submit(&mut chain, A, vec![group(vec![tell(B, 1), tell(B, 2)])]);
    run(&mut chain);
    assert_eq!(marks(&chain, B), [2]);

    chain.order(order(true));
    submit(&mut chain, A, vec![group(vec![tell(B, 3), tell(B, 4)])]);
    run(&mut chain);
    assert_eq!(marks(&chain, B), [2]);
    assert_eq!(chain.orders().len(), 1);

    chain.cancel_orders();
    submit(&mut chain, A, vec![group(vec![tell(B, 5)])]);
    run(&mut chain);
    assert_eq!(marks(&chain, B), [2, 5]);
}

#[test]
fn a_contract_that_acts_of_its_own_accord_has_its_callback() {
    let mut chain = puppets();
    let callback = Callback { payload: rpc(puppet::BACK, &puppet::Back::plain(9)), cost: None };

    let outcome = chain.act(A, B, send(vec![returning(3)]), None, Some(&callback));
    run(&mut chain);

    assert!(outcome.is_accepted());
    let [back] = notes(&chain, A).try_into().expect("one note");
    assert_eq!((back.sender, back.success), (A, true));
    assert_eq!(back.results, [3_u64.to_be_bytes().to_vec()]);
    assert_eq!(chain.log()[0].event.hash, chain.log()[0].event.original);
    assert_eq!(chain.log()[1].event.original, chain.log()[0].event.hash);
}

#[test]
fn gas_without_a_stated_cost_is_shared_evenly() {
    let mut chain = puppets();
    let priced = Calling { cost: Some(300), ..tell(B, 1) };
    let mut sending = group(vec![priced, tell(B, 2), tell(C, 3)]).with_callback(9);
    sending.callback = sending.callback.map(|back| puppet::Back { cost: Some(100), ..back });

    chain.submit(USER, A, send(vec![sending]), Some(1_001));

    let gas: Vec<Option<u64>> = chain.mail().map(|mail| mail.event.gas).collect();
    assert_eq!(gas, [Some(300), Some(300), Some(300)]);
    run(&mut chain);
    assert_eq!(chain.log().last().and_then(|delivery| delivery.event.gas), Some(100));
}

#[test]
fn two_equal_histories_have_equal_logs_and_states() {
    let history = || {
        let mut chain = puppets();
        let inner = group(vec![tell(C, 1), refuse(A)]).with_callback(2);
        submit(&mut chain, A, vec![group(vec![make(B, vec![inner]), tell(C, 4)]).with_callback(9)]);
        run(&mut chain);
        chain.set_clock(START - 7);
        submit(&mut chain, B, vec![group(vec![tell(A, 5)])]);
        run(&mut chain);
        chain
    };

    let (one, other) = (history(), history());

    assert_eq!(format!("{:?}", one.log()), format!("{:?}", other.log()));
    for address in [A, B, C] {
        let contract = |chain: &Chain| {
            let contract = chain.contract(&address).expect("a puppet");
            (contract.state().to_vec(), contract.trees().to_snapshot())
        };
        assert_eq!(contract(&one), contract(&other));
    }
}

#[test]
fn branches_go_their_own_ways_with_mail_under_way() {
    let mut trunk = puppets();
    submit(&mut trunk, A, vec![group(vec![tell(B, 1)]).with_callback(9)]);

    let mut branch = trunk.clone();
    branch.set_fate(the_mail(&branch)[0], Fate::Fail);
    run(&mut branch);
    run(&mut trunk);

    assert_eq!((marks(&trunk, B), marks(&branch, B)), (vec![1], vec![]));
    assert!(notes(&trunk, A)[0].success);
    assert!(!notes(&branch, A)[0].success);
    let trees = |chain: &Chain| chain.contract(&B).expect("a puppet").trees().clone();
    assert_ne!(trees(&trunk), trees(&branch));
}

#[test]
fn the_log_is_kept_drained_or_not_kept() {
    let mut chain = puppets();
    let call = |chain: &mut Chain| {
        chain.submit(USER, A, rpc(puppet::NOTE, &puppet::Noting::plain(1)), None);
    };

    call(&mut chain);
    let [delivery] = chain.drain_log().try_into().expect("one delivery");
    assert_eq!((delivery.at, delivery.block, delivery.mail), (START, 1, None));
    assert_eq!(delivery.changes.len(), 1);
    assert_eq!((delivery.operations.insert, delivery.operations.total() > 0), (1, true));

    chain.keep_log(false);
    call(&mut chain);
    assert!(chain.log().is_empty());

    chain.keep_log(true);
    call(&mut chain);
    assert_eq!(chain.log().len(), 1);
    assert_eq!(marks(&chain, A), [1, 1, 1]);
}

/// Writes into a tree and answers with bytes that are no result.
struct Babbling(Rc<RefCell<bool>>);

impl Engine for Babbling {
    fn invoke(
        &mut self,
        _export: Export,
        input: &[u8],
        trees: &mut Trees,
    ) -> Result<Vec<u8>, Failure> {
        if *self.0.borrow() {
            trees.begin_call();
            trees.insert(0, b"key", input);
            trees.commit_call();
            return Ok(vec![0x01, 0xff]);
        }
        let _ = trees.create();
        Ok(Vec::new())
    }
}

#[test]
fn a_malformed_result_is_a_trap_and_is_rolled_back() {
    let babbles = Rc::new(RefCell::new(false));
    let mut chain = Chain::new(START);
    chain
        .deploy(USER, A, INIT.to_vec(), Box::new(Babbling(Rc::clone(&babbles))))
        .expect("an empty result");
    let before = chain.contract(&A).expect("it was deployed").trees().clone();
    *babbles.borrow_mut() = true;

    let outcome = chain.submit(USER, A, vec![0x01], None);

    assert!(matches!(outcome, Outcome::Trap { .. }), "{outcome:?}");
    assert_eq!(chain.contract(&A).expect("it was deployed").trees(), &before);
}

#[test]
fn a_group_with_a_callback_and_no_calls_has_its_callback_at_once() {
    /// Sends such a group, which the builder of the SDK refuses to make.
    #[derive(Clone, Debug)]
    struct Odd(Vec<Results>);

    impl Neighbour for Odd {
        fn call(&mut self, _call: &Call<'_>) -> Result<Vec<Group>, Failure> {
            let callback = Callback { payload: vec![0x01], cost: None };
            Ok(vec![Group { callback: Some(callback), ..Group::default() }])
        }

        fn call_back(&mut self, _: &Call<'_>, results: &Results) -> Result<Vec<Group>, Failure> {
            self.0.push(results.clone());
            Ok(Vec::new())
        }

        fn copy(&self) -> Rc<dyn Neighbour> {
            Rc::new(self.clone())
        }
    }

    let mut chain = Chain::new(START);
    chain.add(A, Odd(Vec::new()));
    chain.submit(USER, A, vec![0x01], None);
    run(&mut chain);

    let odd = chain.neighbour::<Odd>(&A).expect("it was put there");
    assert_eq!(odd.0, [Results { success: true, results: Vec::new() }]);
}
