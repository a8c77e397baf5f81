//! Every step of `vectors/calls.json`: the native contract gives the bytes, the tree content and
//! the host calls that the official SDK gave in wasm.

use pbc_host::ResultBuffer;
use pbc_lib::{Entry, Export, Failure, HostCall, Trees};
use serde_json::{Value, json};
use vectors::{bytes, hex, list, text, trees_of, unhex, vectors};

const CONTRACT: &str = concat!(env!("CARGO_CRATE_NAME"), "::contract");

fn entry(export: &str) -> &'static Entry {
    let export: Export = export.parse().expect("an export");
    let entries = pbc_lib::entries(CONTRACT);
    entries.into_iter().find(|entry| entry.export == export).expect("a hook of the contract")
}

/// A host call as the vectors write it.
fn told(call: &HostCall) -> Value {
    let text = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| hex(bytes));
    let (name, args, ret) = match call {
        HostCall::New { tree } => ("avl_new", json!({}), json!(tree)),
        HostCall::Get { tree, key, value } => (
            "avl_get",
            json!({"tree": tree, "key": hex(key), "value": text(value)}),
            json!(i32::from(value.is_some())),
        ),
        HostCall::GetSize { tree, key, size } => {
            ("avl_get_size", json!({"tree": tree, "key": hex(key)}), json!(size))
        }
        HostCall::Insert { tree, key, value } => {
            ("avl_insert", json!({"tree": tree, "key": hex(key), "value": hex(value)}), Value::Null)
        }
        HostCall::Remove { tree, key } => {
            ("avl_remove", json!({"tree": tree, "key": hex(key)}), Value::Null)
        }
        HostCall::Len { tree, entries } => ("avl_len", json!({"tree": tree}), json!(entries)),
        HostCall::GetNext { tree, after, entry } => (
            "avl_get_next",
            json!({"tree": tree, "prev": text(after), "entry": text(entry)}),
            json!(i32::from(entry.is_some())),
        ),
        HostCall::GetNextSize { tree, after, size } => {
            ("avl_get_next_size", json!({"tree": tree, "prev": text(after)}), json!(size))
        }
    };
    json!({"fn": name, "args": args, "ret": ret})
}

/// The bytes that the wrapper gets, put together from the parts of the step.
fn input_of(step: &Value) -> Vec<u8> {
    let parts = ["context", "callback_context", "state_in", "rpc_passed_to_wasm"];
    parts.iter().filter_map(|part| step[part].as_str()).flat_map(unhex).collect()
}

#[test]
#[cfg_attr(miri, ignore = "miri links no hooks")]
fn every_step_gives_the_bytes_trees_and_host_calls_of_the_official_sdk() {
    let mut succeeded = 0;
    for step in list(&vectors("calls.json"), "steps") {
        let name = format!("step {}: {}", step["step"], text(step, "description"));
        let mut trees = trees_of(&step["avl_before"]);
        let before = trees.clone();
        trees.start_trace();

        let input = bytes(step, "wasm_input");
        let outcome = pbc_lib::invoke(entry(text(step, "export")), &input, &mut trees);
        let calls: Vec<Value> = trees.take_trace().iter().map(told).collect();

        assert_eq!(calls, list(step, "host_calls"), "{name}");
        if step["trap"] == true {
            outcome.expect_err(&name);
            assert_eq!(trees, before, "{name}");
            continue;
        }
        succeeded += 1;
        let sections = outcome.unwrap_or_else(|failure| panic!("{name}: {failure}"));
        let result = ResultBuffer::decode_sections(&sections).expect(&name);
        assert_eq!(hex(&result.encode()), text(step, "result_buffer"), "{name}");
        assert_eq!(hex(&sections), text(step, "result_buffer")[8..], "{name}");
        let state = result.state.expect("a state");
        assert_eq!(hex(&state), text(&step["sections"], "0x01"), "{name}");
        assert_eq!(trees, trees_of(&step["avl_after"]), "{name}");
        assert_eq!(hex(&trees.to_snapshot()), text(step, "avl_after_serialized"), "{name}");
        assert_eq!(Trees::from_snapshot(&trees.to_snapshot()), Ok(trees), "{name}");
    }
    assert_eq!(succeeded, 7);
}

#[test]
fn the_input_of_a_step_is_its_parts_in_order() {
    let calls = vectors("calls.json");
    let steps = list(&calls, "steps");
    let complete = steps.iter().filter(|step| step["rpc_passed_to_wasm"].is_string());
    for step in complete {
        assert_eq!(hex(&input_of(step)), text(step, "wasm_input"), "step {}", step["step"]);
    }
}

#[test]
#[cfg_attr(miri, ignore = "miri links no hooks")]
fn the_rpc_on_chain_is_the_shortname_and_the_arguments() {
    for step in list(&vectors("calls.json"), "steps") {
        if step["rpc_on_chain"].is_null() {
            continue;
        }
        let rpc = bytes(step, "rpc_on_chain");
        let (shortname, arguments) = pbc_host::split_rpc(&rpc).expect("a shortname");
        let export = match entry(text(step, "export")).export {
            Export::Init => u32::MAX,
            Export::Action(number) | Export::Callback(number) => number,
        };
        assert_eq!(shortname, export, "step {}", step["step"]);
        assert_eq!(hex(arguments), text(step, "rpc_passed_to_wasm"), "step {}", step["step"]);
    }
}

#[test]
fn the_published_rpcs_are_those_of_the_calls() {
    let calls = vectors("calls.json");
    for (call, step) in list(&vectors("rpc.json"), "vectors").iter().zip([0, 1, 4]) {
        assert_eq!(call["rpc"], list(&calls, "steps")[step]["rpc_on_chain"], "{}", call["call"]);
    }
}

#[test]
#[cfg_attr(miri, ignore = "miri links no hooks")]
fn a_panic_of_the_contract_is_a_trap_with_its_message() {
    let calls = vectors("calls.json");
    let step = &list(&calls, "steps")[3];
    let mut trees = trees_of(&step["avl_before"]);

    let failure = pbc_lib::invoke(entry("action_01"), &bytes(step, "wasm_input"), &mut trees);

    let message = "Amount must be positive".to_string();
    assert_eq!(failure, Err(Failure::Trap { message }));
}

#[test]
#[cfg_attr(miri, ignore = "miri links no hooks")]
fn a_byte_after_the_arguments_refuses_the_call() {
    let calls = vectors("calls.json");
    let step = &list(&calls, "steps")[8];
    let mut trees = trees_of(&step["avl_before"]);

    let failure =
        pbc_lib::invoke(entry("action_a6ced5840f"), &bytes(step, "wasm_input"), &mut trees);

    let message = "the input goes on at byte 0, 1 bytes left";
    assert_eq!(failure, Err(Failure::refused("trailing_bytes", message)));
}
