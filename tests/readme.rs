//! The tables that callers read say what the code does.

use std::collections::{BTreeMap, BTreeSet};

use pbc_contract_common::address::Shortname;
use pbc_host::{ContractAbi, Function};
use zk_node_registry as _; // links its entry points

const README: &str = include_str!("../contract/README.md");
const HOOKS: &str = include_str!("../contract/src/lib.rs");

/// A row of a table: shortname, function with arguments, codes in order.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    shortname: String,
    signature: String,
    codes: Vec<String>,
}

fn rows(section: &str) -> Vec<Row> {
    let (begin, end) = (format!("<!-- {section} -->"), format!("<!-- /{section} -->"));
    let (_, rest) = README.split_once(&begin).expect("the table is there");
    let (table, _) = rest.split_once(&end).expect("the table ends");
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    rows.map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let codes = cells.last().expect("a row has cells").trim_matches('|').trim();
        let unquoted = |cell: &str| cell.trim().trim_matches('`').to_owned();
        Row {
            shortname: unquoted(cells[0]),
            signature: unquoted(cells[1]),
            codes: codes.split(", ").map(unquoted).filter(|code| !code.is_empty()).collect(),
        }
    })
    .collect()
}

/// The codes that the documentation of each hook lists under *Rejections*, in order.
fn documented() -> BTreeMap<String, Vec<String>> {
    let mut documented = BTreeMap::new();
    let mut text = String::new();
    let mut is_hook = false;
    for line in HOOKS.lines() {
        if let Some(doc) = line.strip_prefix("///") {
            text.push_str(doc);
        } else if line.starts_with("#[") {
            is_hook |= ["#[init", "#[action", "#[callback"].iter().any(|a| line.starts_with(a));
        } else {
            if let (true, Some(rest)) = (is_hook, line.strip_prefix("pub fn ")) {
                let name = rest.split('(').next().expect("a name").to_owned();
                let codes = text.split_once("# Rejections").map_or("", |(_, codes)| codes);
                let quoted = codes.split('`').skip(1).step_by(2).map(str::to_owned);
                documented.insert(name, quoted.collect());
            }
            text.clear();
            is_hook = false;
        }
    }
    documented
}

fn abi() -> ContractAbi {
    ContractAbi::generate("zk_node_registry").expect("the contract describes itself")
}

fn shortname(function: &Function) -> String {
    let shortname = function.shortname.expect("public functions have shortnames");
    Shortname::from_u32(shortname).to_string()
}

fn signature(abi: &ContractAbi, function: &Function) -> String {
    let arguments = function.arguments.iter();
    let arguments =
        arguments.map(|named| format!("{}: {}", named.name, abi.type_name(&named.spec)));
    format!("{}({})", function.name, arguments.collect::<Vec<_>>().join(", "))
}

#[test]
fn the_tables_list_every_entry_point_with_its_arguments() {
    for (section, kinds) in [("actions", [1, 2].as_slice()), ("callbacks", [3].as_slice())] {
        let listed: BTreeSet<_> =
            rows(section).into_iter().map(|row| (row.shortname, row.signature)).collect();
        let abi = abi();
        let functions = abi.functions.iter().filter(|function| kinds.contains(&function.kind));
        let expected: BTreeSet<_> =
            functions.map(|function| (shortname(function), signature(&abi, function))).collect();
        assert_eq!(listed, expected, "{section}");
    }
}

#[test]
fn the_tables_list_every_answer_in_the_order_of_the_hooks_documentation() {
    let documented = documented();
    let listed: BTreeMap<String, Vec<String>> = ["actions", "callbacks"]
        .into_iter()
        .flat_map(rows)
        .map(|row| (row.signature.split('(').next().expect("a name").to_owned(), row.codes))
        .collect();
    assert_eq!(listed, documented);
}

#[test]
fn every_code_has_an_action_that_answers_with_it() {
    let listed: BTreeSet<String> =
        ["actions", "callbacks"].into_iter().flat_map(rows).flat_map(|row| row.codes).collect();
    let codes = include_str!("data/refusal-codes.txt").split_whitespace().map(str::to_owned);
    assert_eq!(listed, codes.collect());
}
