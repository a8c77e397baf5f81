//! The ZK contract by itself: what it says at its end, and what cannot happen there.

use pbc_traits::ReadRPC;
use zk_node_registry::ZkNodeScoreStatus;

use super::*;
use crate::names::address_of;

const DAY: i64 = 24 * 60 * 60 * 1_000;

fn address(name: &str) -> Address {
    address_of(&name.parse().expect("a name"))
}

/// zk-1 with the engines n1, n2 and n3 since the moment 0; its deadline is day 28.
fn working() -> ServedContract {
    let engine = |name| EngineInformation {
        identity: address(name),
        public_key: None,
        rest_endpoint: format!("https://{name}.example"),
    };
    let mut contract = ServedContract::reporting_to(address("registry"));
    contract.take(["n1", "n2", "n3"].map(engine).into(), 0);
    contract
}

/// Who failed, of the engines that `message` judges; all of them are judged, in engine order.
fn failed(message: &[u8]) -> Vec<&'static str> {
    let (shortname, arguments) = message.split_first().expect("a message");
    assert_eq!(*shortname, 0x12);
    let mut decoder = pbc_traits::Decoder::new(arguments);
    let statuses = Vec::<EngineStatus>::rpc_decode(&mut decoder).expect("statuses");
    decoder.finish().expect("nothing after them");
    let names = ["n1", "n2", "n3"];
    let judged: Vec<Address> = statuses.iter().map(|it| it.engine).collect();
    assert_eq!(judged, names.map(address));
    let verdicts = names.into_iter().zip(&statuses);
    verdicts
        .filter(|(_, it)| it.status == ZkNodeScoreStatus::Failure {})
        .map(|(name, _)| name)
        .collect()
}

fn call<'a>(now: i64, rpc: &'a [u8]) -> Call<'a> {
    let (contract, sender) = (address("zk-1"), address("registry"));
    Call { contract, sender, now, gas: Some(800_000), rpc }
}

#[test]
fn one_item_of_any_kind_is_enough_to_fail_at_the_deadline() {
    for kind in WorkKind::ALL {
        let mut contract = working();
        contract.await_all(kind).expect("it works");
        contract.settle(address("n1"), kind).expect("it owes one");
        contract.settle(address("n3"), kind).expect("it owes one");

        let message = contract.reach_deadline(28 * DAY).expect("the deadline is there");

        assert_eq!(failed(&message), ["n2"], "{kind}");
    }
}

#[test]
fn at_the_other_ends_what_is_owed_makes_no_difference() {
    let owing = || {
        let mut contract = working();
        contract.await_one(address("n2"), WorkKind::Open).expect("n2 works there");
        contract
    };

    assert_eq!(failed(&owing().finish(false).expect("it works")), [""; 0]);
    assert_eq!(failed(&owing().finish(true).expect("it works")), ["n1", "n2", "n3"]);
    assert_eq!(failed(&owing().delete().expect("it works")), [""; 0]);
    let mut computing = owing();
    computing.compute(true).expect("it works");
    let message = computing.reach_deadline(28 * DAY).expect("the deadline is there");
    assert_eq!(failed(&message), ["n1", "n2", "n3"]);
}

#[test]
fn a_deadline_is_reached_at_the_very_millisecond() {
    let early = working().reach_deadline(28 * DAY - 1);

    assert_eq!(early, Err(WorkError::BeforeDeadline(28 * DAY)));
    assert!(working().reach_deadline(28 * DAY).is_ok());
}

#[test]
fn an_overdue_contract_that_is_asked_for_its_deadline_reports_its_end_once() {
    let mut contract = working();
    contract.await_one(address("n1"), WorkKind::Input).expect("n1 works there");
    assert_eq!(contract.call(&call(28 * DAY - 1, &[0x0b])).map(|groups| groups.len()), Ok(1));

    let groups = contract.call(&call(28 * DAY, &[0x0b])).expect("an answer");

    let told = &groups[0].interactions[0];
    assert_eq!(told.dest, address("registry"));
    assert_eq!(failed(&told.payload), ["n1"]);
    assert_eq!(groups[1].return_data, Some((28 * DAY).to_be_bytes().to_vec()));
    assert_eq!(contract.call(&call(29 * DAY, &[0x0b])).map(|groups| groups.len()), Ok(1));
}

#[test]
fn work_that_is_over_has_nothing_more_to_do() {
    let mut contract = working();
    contract.finish(false).expect("it works");

    assert_eq!(contract.compute(true), Err(WorkError::Over));
    assert_eq!(contract.await_all(WorkKind::Open), Err(WorkError::Over));
    assert_eq!(contract.await_one(address("n1"), WorkKind::Open), Err(WorkError::Over));
    assert_eq!(contract.settle(address("n1"), WorkKind::Open), Err(WorkError::Over));
    assert!(contract.finish(true).is_ok(), "a second message is for the registry to refuse");
}

#[test]
fn only_engines_owe_and_only_what_there_is() {
    let mut contract = working();
    let stranger = address("n9");

    let foreign = contract.await_one(stranger, WorkKind::Open);
    assert_eq!(foreign, Err(WorkError::NotAnEngine(stranger)));
    contract.await_all(WorkKind::Open).expect("it works");
    contract.settle(address("n1"), WorkKind::Open).expect("it owes one");
    let twice = contract.settle(address("n1"), WorkKind::Open);
    assert_eq!(twice, Err(WorkError::OwesNone(address("n1"), WorkKind::Open)));
    let other = contract.settle(address("n2"), WorkKind::Input);
    assert_eq!(other, Err(WorkError::OwesNone(address("n2"), WorkKind::Input)));
}

#[test]
fn without_engines_there_is_no_work_and_no_end() {
    let mut contract = ServedContract::default();

    assert_eq!(contract.await_all(WorkKind::Open), Err(WorkError::NoEngines));
    assert_eq!(contract.finish(false), Err(WorkError::NoEngines));
    assert_eq!(contract.reach_deadline(i64::MAX), Err(WorkError::NoEngines));
    assert_eq!(contract.delete(), Err(WorkError::NoEngines));
}

#[test]
fn a_contract_that_is_gone_answers_nothing() {
    let mut contract = working();
    contract.starve().expect("it is there");

    assert_eq!(contract.starve(), Err(WorkError::Deleted));
    assert_eq!(contract.delete(), Err(WorkError::Deleted));
    assert_eq!(contract.finish(false), Err(WorkError::Deleted));
    for rpc in [&[0x0b][..], &[0x7e, 0, 0, 0, 0]] {
        let refused = contract.call(&call(DAY, rpc)).expect_err("it is gone");
        assert_eq!(refused.code(), Some("contract_deleted"));
    }
}

#[test]
fn new_engines_start_afresh_and_an_old_deadline_binds_while_work_goes_on() {
    let mut contract = working();
    contract.set_deadline(Some(100 * DAY));
    contract.await_all(WorkKind::Open).expect("it works");
    let engines = contract.engines().to_vec();

    contract.take(engines.clone(), DAY);
    assert_eq!(contract.deadline(), Some(100 * DAY));
    assert!(contract.owed().items(&address("n1")).is_empty());

    contract.finish(true).expect("it works");
    contract.take(engines, 2 * DAY);
    assert_eq!(contract.deadline(), Some(30 * DAY));
    assert_eq!(contract.status(), Status::Waiting);
}
