//! The table of registry.md 11.2: what the allocations show, against what the document says.

use pbc_contract_common::address::Address;
use zk_node_registry::Computation;
use zkreg::json::ImportOptions;

use super::{address, failure, found, imported, options, refused};

fn node(n: u8) -> String {
    format!("00{n:040x}")
}

fn zk(n: u8) -> String {
    format!("03{n:040x}")
}

/// A document in which nodes 1, 2, … have these allocations, as contract and amount, and with
/// these computations.
fn document(allocations: &[&[(u8, i64)]], computations: Option<&str>) -> String {
    let records: Vec<String> = (1_u8..)
        .zip(allocations)
        .map(|(n, allocations)| {
            let entry = |(contract, amount): &(u8, i64)| {
                format!("{{\"key\": \"{}\", \"value\": \"{amount}\"}}", zk(*contract))
            };
            let entries: Vec<String> = allocations.iter().map(entry).collect();
            format!(
                "{{\"key\": \"{}\", \"value\": {{\"freeTokens\": 0, \"reservedTokens\": 0, \
                 \"allocatedTokens\": [{}]}}}}",
                node(n),
                entries.join(", ")
            )
        })
        .collect();
    let nodes: Vec<String> = (1_u8..)
        .zip(allocations)
        .map(|(n, _)| {
            format!(
                "{{\"key\": \"{0}\", \"value\": {{\"identity\": \"{0}\", \"isDisabled\": false, \
                 \"restEndpoint\": {{\"restEndpoint\": \"https://a.example\"}}, \
                 \"score\": {{\"allocatedScore\": 0, \"failureScore\": 0, \"successScore\": 0}}, \
                 \"serverJurisdiction\": {{\"value\": 0}}, \"supportedEeVersion\": 0}}}}",
                node(n)
            )
        })
        .collect();
    let computations =
        computations.map_or(String::new(), |text| format!("\"computations\": [{text}], "));
    format!(
        "{{{computations}\"stakedTokens\": [{}], \"zkNodes\": [{}]}}",
        records.join(", "),
        nodes.join(", ")
    )
}

/// A computation of contract 1 as a document says it.
fn said(nodes: &[u8], share: i64, total: i64) -> String {
    let nodes: Vec<String> = nodes.iter().map(|n| format!("\"{}\"", node(*n))).collect();
    format!(
        "{{\"key\": \"{}\", \"value\": {{\"allocationEnd\": 77, \"nodes\": [{}], \
         \"share\": {share}, \"totalStakes\": {total}}}}}",
        zk(1),
        nodes.join(", ")
    )
}

fn made(nodes: &[u8], share: i64, total_stakes: i64) -> Computation {
    let nodes: Vec<Address> = nodes.iter().map(|n| address(&node(*n))).collect();
    Computation { nodes, share, total_stakes, allocation_end: None }
}

/// The rules about computations speak of minimums of nodes in no place.
fn without_minimum() -> ImportOptions {
    let mut settings = zkreg::json::deployment_settings();
    settings.min_node_stake = 0;
    ImportOptions { settings: Some(settings), ..options() }
}

/// The code of each finding about contract 1, and the computation that it gets.
#[track_caller]
fn of(text: &str) -> (Vec<String>, Option<Computation>) {
    let imported = imported(text, &without_minimum());
    let codes = imported.findings.iter().map(|one| one.code().to_owned()).collect();
    (codes, imported.image.computations.get(&address(&zk(1))).cloned())
}

#[test]
fn row_absent_computations_are_made_from_the_allocations() {
    type Case<'a> = (&'a str, &'a [&'a [(u8, i64)]], &'a [&'a str], Option<Computation>);
    let cases: [Case; 4] = [
        ("nobody works", &[&[]], &["empty_record_dropped"], None),
        ("equal amounts", &[&[(1, 5)], &[(1, 5)], &[(1, 5)]], &[], Some(made(&[1, 2, 3], 5, 15))),
        ("one of two works for it", &[&[(2, 9)], &[(1, 5), (2, 9)]], &[], Some(made(&[2], 5, 5))),
        (
            "unequal amounts",
            &[&[(1, 5)], &[(1, 2)]],
            &["shares_unequal"],
            Some(made(&[1, 2], 5, 7)),
        ),
    ];
    for (case, allocations, codes, computation) in cases {
        let expected = (codes.iter().map(ToString::to_string).collect(), computation);
        assert_eq!(of(&document(allocations, None)), expected, "{case}");
    }
}

#[test]
fn row_a_sum_of_allocations_beyond_i64_is_out_of_range() {
    let text = document(&[&[(1, i64::MAX)], &[(1, i64::MAX)]], None);
    let failure = failure(&text, &without_minimum());
    assert_eq!(
        refused(&failure),
        [format!("import_out_of_range computations[{}].totalStakes", zk(1))]
    );
}

#[test]
fn row_computations_that_do_not_fit_the_allocations_are_corrected() {
    let three: &[&[(u8, i64)]] = &[&[(1, 5)], &[(1, 5)], &[(1, 5)]];
    let listed = |nodes: &[u8], share, total| {
        Some(Computation { allocation_end: Some(77), ..made(nodes, share, total) })
    };
    type Case<'a> = (&'a str, &'a [&'a [(u8, i64)]], String, &'a [&'a str], Option<Computation>);
    let cases: Vec<Case> = vec![
        ("it fits", three, said(&[3, 1, 2], 5, 13), &[], listed(&[3, 1, 2], 5, 13)),
        (
            "a node is missing",
            three,
            said(&[3, 1], 5, 13),
            &["nodes_corrected"],
            listed(&[3, 1, 2], 5, 13),
        ),
        (
            "two are missing",
            three,
            said(&[3], 5, 13),
            &["nodes_corrected"],
            listed(&[3, 1, 2], 5, 13),
        ),
        (
            "a stranger",
            three,
            said(&[3, 9, 1, 2], 5, 13),
            &["nodes_corrected"],
            listed(&[3, 1, 2], 5, 13),
        ),
        (
            "a node twice",
            three,
            said(&[3, 1, 3, 2], 5, 13),
            &["nodes_corrected"],
            listed(&[3, 1, 2], 5, 13),
        ),
        (
            "another share",
            three,
            said(&[1, 2, 3], 4, 13),
            &["share_corrected"],
            listed(&[1, 2, 3], 5, 13),
        ),
        (
            "another share, and stakes that do not fit the right one",
            three,
            said(&[1, 2, 3], 4, 12),
            &["share_corrected", "total_stakes_corrected"],
            listed(&[1, 2, 3], 5, 15),
        ),
        (
            "stakes too low",
            three,
            said(&[1, 2, 3], 5, 12),
            &["total_stakes_corrected"],
            listed(&[1, 2, 3], 5, 15),
        ),
        ("the highest stakes", three, said(&[1, 2, 3], 5, 15), &[], listed(&[1, 2, 3], 5, 15)),
        (
            "stakes too high",
            three,
            said(&[1, 2, 3], 5, 16),
            &["total_stakes_corrected"],
            listed(&[1, 2, 3], 5, 15),
        ),
        (
            "nothing",
            three,
            said(&[1, 2, 3], 0, 0),
            &["share_corrected", "total_stakes_corrected"],
            listed(&[1, 2, 3], 5, 15),
        ),
        (
            "unequal amounts",
            &[&[(1, 5)], &[(1, 2)]],
            said(&[1, 2], 2, 4),
            &["share_corrected", "total_stakes_corrected", "shares_unequal"],
            listed(&[1, 2], 5, 7),
        ),
        (
            "nobody works for it",
            &[&[(2, 5)]],
            said(&[1], 5, 5),
            &["computation_made", "computation_dropped"],
            None,
        ),
        (
            "it is missing",
            three,
            String::new(),
            &["computation_made"],
            Some(made(&[1, 2, 3], 5, 15)),
        ),
    ];
    for (case, allocations, said, codes, computation) in cases {
        let expected = (codes.iter().map(ToString::to_string).collect(), computation);
        assert_eq!(of(&document(allocations, Some(&said))), expected, "{case}");
    }
}

#[test]
fn row_more_nodes_than_a_request_can_ask_for_are_kept() {
    let works: &[(u8, i64)] = &[(1, 5)];
    let (codes, computation) = of(&document(&[works; 16], None));
    assert_eq!(codes, [""; 0]);
    assert_eq!(computation.map(|one| one.nodes.len()), Some(16));
    let (codes, computation) = of(&document(&[works; 17], None));
    assert_eq!(codes, ["too_many_nodes"]);
    assert_eq!(computation.map(|one| one.nodes.len()), Some(17));
}

#[test]
fn row_allocations_without_an_active_node_are_kept() {
    let text = document(&[&[(1, 5)]], None);
    let resigned =
        text.replace("\"isDisabled\": false", "\"isDisabled\": false, \"isResigned\": true");
    let nodes = text.find("\"zkNodes\": [").expect("there are nodes");
    let unknown = format!("{}\"zkNodes\": []}}", &text[..nodes]);
    let path = format!("stakedTokens[{}].allocatedTokens[{}]", node(1), zk(1));
    for text in [resigned, unknown] {
        let imported = imported(&text, &without_minimum());
        assert_eq!(found(&imported), [format!("allocation_without_active_node {path}")]);
        assert_eq!(imported.image.computations[&address(&zk(1))], made(&[1], 5, 5));
    }
}

#[test]
fn a_computation_of_something_that_is_not_served_is_kept() {
    let account = format!("00{:040x}", 1);
    let text = document(&[&[(1, 5)]], None).replace(&zk(1), &account);
    let imported = imported(&text, &without_minimum());
    assert_eq!(found(&imported), [format!("not_served computations[{account}]")]);
}
