//! The judges judge: a state that breaks an invariant of 12.1 is found, by its id.

use reference_model::{Address, Model, Pending, Score};

use crate::support::{C, C2, N1, N2, Registry, account, address, mpc};

/// N1 and N2 serve C with 5 each, and N1 has pending tokens.
fn working() -> Model {
    let mut registry = Registry::new();
    registry.node(0, N1, mpc(10));
    registry.node(0, N2, mpc(10));
    registry.request(0, C2, mpc(1), &[N1]).expect("one MPC");
    registry.done(1, C2);
    registry.request(2, C, 10, &[N1, N2]).expect("5 units each");
    registry.model
}

fn found(change: impl FnOnce(&mut Model)) -> Vec<String> {
    let mut model = working();
    change(&mut model);
    model.check()
}

fn assert_found(id: &str, change: impl FnOnce(&mut Model)) {
    let findings = found(change);
    assert!(findings.iter().any(|finding| finding.starts_with(id)), "{id} in {findings:?}");
}

fn tokens(model: &mut Model, owner: Address) -> &mut reference_model::TokenRecord {
    model.staked_tokens.get_mut(&owner).expect("a token record")
}

fn node(model: &mut Model, owner: Address) -> &mut reference_model::NodeRecord {
    model.zk_nodes.get_mut(&owner).expect("a node record")
}

#[test]
fn a_good_state_has_no_findings() {
    assert_eq!(found(|_| {}), Vec::<String>::new());
}

#[test]
fn broken_token_records_are_found() {
    assert_found("INV-01", |model| tokens(model, N1).free = -1);
    assert_found("INV-01", |model| tokens(model, N1).reserved = -1);
    assert_found("INV-02", |model| tokens(model, N1).pending[0].amount = 0);
    assert_found("INV-02", |model| {
        tokens(model, N1).allocated.insert(C2, 0);
    });
    assert_found("INV-03", |model| tokens(model, N1).incoming = i64::MAX);
    assert_found("INV-04", |model| {
        model.staked_tokens.insert(account(9), Default::default());
    });
    assert_found("INV-11", |model| {
        tokens(model, N1).pending.push(Pending { amount: 1, unlock_time: 1 });
    });
    assert_found("INV-18", |model| {
        let record = tokens(model, N1).clone();
        model.staked_tokens.insert(address(2, 9), record);
    });
    assert_found("INV-20", |model| {
        let times = 100..1_100;
        tokens(model, N1)
            .pending
            .extend(times.map(|unlock_time| Pending { amount: 1, unlock_time }));
    });
}

#[test]
fn broken_node_records_are_found() {
    assert_found("INV-13", |model| node(model, N1).score.allocated += 1);
    assert_found("INV-13", |model| {
        node(model, N1).score = Score { allocated: 0, failure: -1, success: 1 };
    });
    assert_found("INV-16", |model| node(model, N1).identity = N2);
    assert_found("INV-16", |model| node(model, N1).public_key = Some([2; 33]));
    assert_found("INV-17", |model| node(model, N1).is_resigned = true);
    assert_found("INV-20", |model| node(model, N1).rest_endpoint = "http://a.example".to_owned());
}

#[test]
fn broken_computations_are_found() {
    let computation = |model: &mut Model| model.computations.remove(&C).expect("a computation");
    assert_found("INV-08", |model| {
        computation(model);
    });
    assert_found("INV-08", |model| {
        tokens(model, N1).allocated.remove(&C);
    });
    assert_found("INV-09", |model| {
        tokens(model, N1).allocated.insert(C, 4);
    });
    for total_stakes in [8, 11] {
        assert_found("INV-09", |model| {
            let changed = computation(model);
            let changed = reference_model::Computation { total_stakes, ..changed };
            model.computations.insert(C, changed);
        });
    }
    assert_found("INV-10", |model| {
        let mut changed = computation(model);
        changed.nodes.push(N1);
        model.computations.insert(C, changed);
    });
    assert_found("INV-10", |model| {
        let mut changed = computation(model);
        changed.nodes.clear();
        model.computations.insert(C, changed);
    });
    assert_found("INV-10", |model| node(model, N1).is_resigned = true);
}

#[test]
fn a_broken_roster_is_found() {
    assert_found("INV-19", |model| {
        model.roster.pop();
    });
    assert_found("INV-19", |model| model.roster.push(N1));
    assert_found("INV-19", |model| model.roster.push(account(9)));
    assert_found("INV-19", |model| node(model, N1).is_disabled = true);
}

#[test]
fn broken_steps_are_found() {
    let step = |change: fn(&mut Model)| {
        let before = working();
        let mut after = before.clone();
        change(&mut after);
        after.check_step(&before).first().map(|finding| finding[..6].to_owned())
    };
    let banned = |change: fn(&mut Model)| {
        let mut before = working();
        node(&mut before, N1).is_disabled = true;
        let mut after = before.clone();
        change(&mut after);
        after.check_step(&before).first().map(|finding| finding[..6].to_owned())
    };
    assert_eq!(step(|_| {}), None);
    assert_eq!(step(|model| node(model, N1).score.success -= 1), Some("INV-15".to_owned()));
    assert_eq!(step(|model| drop(model.zk_nodes.remove(&N1))), Some("INV-15".to_owned()));
    assert_eq!(step(|model| model.settings.min_node_stake = 1), Some("INV-22".to_owned()));
    assert_eq!(banned(|model| node(model, N1).is_disabled = false), Some("INV-17".to_owned()));
}
