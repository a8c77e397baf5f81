//! Every step of `vectors/calls.json` gives the bytes that the official SDK gave, natively.

#[path = "sdk/calls_contract.rs"]
mod contract;

use pbc_lib::Trees;

#[test]
fn smoke() {
    let name = concat!(module_path!(), "::contract");
    let entries = pbc_lib::entries(name);
    let names: Vec<_> = entries.iter().map(|e| e.export.to_string()).collect();
    assert_eq!(names, ["init", "action_01", "action_03", "action_05", "action_8001", "action_a6ced5840f", "callback_20"]);
    let mut trees = Trees::new();
    let r = pbc_lib::invoke(entries[0], &[0; 10], &mut trees);
    println!("{r:?}");
}
