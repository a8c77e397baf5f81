//! What an audit says of states: of the samples in `data/`, of sound ones, and of states that are
//! wrong in one way each, for every rule.

mod broken;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use expect_test::expect_file;
use pbc_contract_common::address::Address;
use serde_json::Value;
use zk_node_registry::rules::units::Timestamp;
use zkreg::alerts::Thresholds;
use zkreg::audit::{Audit, Level, Options, Rule};
use zkreg::json::{ContractEnds, ImportOptions, Imported, import, parse_address};
use zkreg::status::Style;

/// When the live documents were read: 2025-06-15T12:00:00Z.
pub(crate) const AS_OF: i64 = 1_749_988_800_000;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name)
}

pub(crate) fn document(name: &str) -> Value {
    let text = fs::read_to_string(data(name)).expect("the document is there");
    serde_json::from_str(&text).expect("it is JSON")
}

pub(crate) fn address(hex: &str) -> Address {
    parse_address(hex).expect("a valid address")
}

pub(crate) fn imported(document: &Value) -> Imported {
    let options =
        ImportOptions { as_of: Some(Timestamp::from_millis(AS_OF)), ..ImportOptions::default() };
    import(document.to_string().as_bytes(), &options).expect("it can be imported")
}

/// Everything, at [`AS_OF`].
pub(crate) fn options() -> Options<'static> {
    let now = Timestamp::from_millis(AS_OF);
    Options { now, thresholds: Thresholds::default(), nodes: &[], missing: None }
}

pub(crate) fn audit(imported: &Imported, options: &Options<'_>) -> Audit {
    Audit::of(imported, options).expect("the nodes are known")
}

#[test]
fn a_live_state_is_told_in_words_in_json_and_as_sarif() {
    let mut imported = imported(&document("live.json"));
    let contracts = fs::File::open(data("contracts.json")).expect("the file is there");
    ContractEnds::read(contracts).expect("it can be read").tell(&mut imported.image);
    let audit = audit(&imported, &options());
    expect_file![data("live.audit.txt")].assert_eq(&audit.text("live.json", Style::Plain));
    expect_file![data("live.audit.json")].assert_eq(&audit.json("live.json"));
    expect_file![data("live.audit.sarif")].assert_eq(&audit.sarif("live.json"));
}

#[test]
fn an_odd_state_is_told_in_words() {
    let audit = audit(&imported(&document("odd.json")), &options());
    expect_file![data("odd.audit.txt")].assert_eq(&audit.text("odd.json", Style::Plain));
}

#[test]
fn nothing_odd_is_left_out_and_nothing_is_said_twice() {
    for name in ["live.json", "odd.json", "live.export.json", "export.json"] {
        let imported = imported(&document(name));
        let audit = audit(&imported, &options());
        let places: BTreeSet<_> =
            audit.issues.iter().map(|issue| (issue.rule, &issue.place, &issue.found)).collect();
        assert_eq!(places.len(), audit.issues.len(), "{name}");
        for finding in &imported.findings {
            let same_code = audit.issues.iter().filter(|it| it.code == finding.code());
            let said = same_code.filter(|issue| issue.place == finding.path).count();
            // The others are said by the invariant that is broken at the same record.
            let key = finding.path.split(['[', ']']).nth(1).unwrap_or(&finding.path);
            let by_invariant = audit.issues.iter().filter(|issue| {
                issue.code == "state_invariant"
                    && (issue.place.contains(key) || issue.found.contains(key))
            });
            assert!(said == 1 || (said == 0 && by_invariant.count() > 0), "{name}: {finding}");
        }
    }
}

#[test]
fn levels_hide_what_is_less_and_say_how_much() {
    let audit = audit(&imported(&document("odd.json")), &options());
    let all = audit.issues.len();
    let errors = audit.clone().at_least(Level::Error);
    assert!(!errors.issues.is_empty() && errors.issues.len() < all);
    assert!(errors.issues.iter().all(|issue| issue.rule.level() == Level::Error));
    assert_eq!(errors.issues.len() + errors.below, all);
    let warnings = audit.clone().at_least(Level::Warning);
    assert!(errors.issues.len() < warnings.issues.len() && warnings.issues.len() < all);
    assert_eq!(audit.clone().at_least(Level::Note), audit);
}

#[test]
fn fingerprints_stay_while_values_change() {
    let mut document = document("live.export.json");
    let prints = |document: &Value| -> Vec<String> {
        let audit = audit(&imported(document), &options());
        let json: Value = serde_json::from_str(&audit.json("x")).expect("it is JSON");
        let findings = json["findings"].as_array().expect("an array").iter();
        findings.map(|finding| finding["fingerprint"].to_string()).collect()
    };
    document["stakedTokens"][0]["value"]["incomingTokens"] = "5".into();
    let before = prints(&document);
    document["stakedTokens"][0]["value"]["incomingTokens"] = "6".into();
    assert_eq!(prints(&document), before);
    assert_eq!(before.iter().collect::<BTreeSet<_>>().len(), before.len());
    document["stakedTokens"][1]["value"]["incomingTokens"] = "6".into();
    assert_eq!(prints(&document).len(), before.len() + 1);
}

#[test]
fn every_rule_is_checked_of_everything_and_of_one_node() {
    let imported = imported(&document("live.json"));
    let whole = audit(&imported, &options());
    let checked: Vec<Rule> = whole.checks.iter().map(|check| check.rule).collect();
    assert_eq!(checked, Rule::always());
    let nodes = [address("00CA12F31B8CBF5F29E268EA64C20A37F3D50B539D")];
    let one = audit(&imported, &Options { nodes: &nodes, ..options() });
    assert_eq!(one.nodes, nodes);
    let looked_at = |audit: &Audit, id: &str| {
        let check = audit.checks.iter().find(|check| check.rule.id() == id);
        check.map(|check| check.looked_at())
    };
    for (id, all, alone) in [
        ("INV-02", "12 allocations, 4 pending amounts", Some("2 allocations, 2 pending amounts")),
        ("INV-13", "8 nodes", Some("1 node")),
        ("ORPHAN", "3 computations", Some("2 computations")),
        ("DOCUMENT", "1 document", None),
    ] {
        assert_eq!(looked_at(&whole, id).as_deref(), Some(all), "{id}");
        assert_eq!(looked_at(&one, id).as_deref(), alone, "{id}");
    }
}
