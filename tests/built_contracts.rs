//! Contracts of this repository as modules, beside the registry: what was built is what their
//! sources say, and the contract of the conformance vectors gives their bytes as WASM too.
//!
//! `cargo xtask wasm --package NAME --out tests/data` builds them.

#[path = "sdk/calls_contract.rs"]
mod contract;

use pbc_contract_common::address::Address;
use pbc_contract_common::context::ContractContext;
use pbc_host::{ContractAbi, PbcFile, ResultBuffer};
use pbc_lib::{Export, Failure};
use registry_tests::registry::{address, stranger};
use stand_in as _; // links its entry points
use vectors::{bytes, hex, list, text, trees_of, unhex, vectors};
use zkreg::chain::EngineContract;
use zkreg::engine::{Code, Engine, MeteredEngine, NativeEngine, WasmEngine};

const CALLS: &[u8] = include_bytes!("data/calls_contract.pbc");
const STAND_IN: &[u8] = include_bytes!("data/stand_in.pbc");

fn code(pbc: &[u8]) -> Code {
    Code::of_file(pbc).expect("a module of this repository")
}

fn abi(pbc: &[u8]) -> Vec<u8> {
    PbcFile::decode(pbc).expect("a .pbc file").abi
}

#[test]
fn the_modules_describe_what_their_sources_say() {
    let calls = ContractAbi::generate(concat!(module_path!(), "::contract"));
    assert_eq!(hex(&abi(CALLS)), hex(&calls.expect("it describes itself").encode()));
    let stand_in = ContractAbi::generate("stand_in").expect("it describes itself");
    assert_eq!(hex(&abi(STAND_IN)), hex(&stand_in.encode()));
}

#[test]
fn every_step_of_the_vectors_gives_the_same_bytes_and_trees_as_wasm() {
    let code = code(CALLS);
    let engines: [Box<dyn Engine>; 2] = [
        Box::new(WasmEngine::new(&code).expect("it compiles")),
        Box::new(MeteredEngine::new(&code).expect("it is taken in")),
    ];
    for mut engine in engines {
        let mut succeeded = 0;
        for step in list(&vectors("calls.json"), "steps") {
            let name = format!("step {}: {}", step["step"], text(step, "description"));
            let mut trees = trees_of(&step["avl_before"]);
            let before = trees.clone();
            let export: Export = text(step, "export").parse().expect("an export");

            let outcome = engine.invoke(export, &bytes(step, "wasm_input"), &mut trees);

            if step["trap"] == true {
                let failure = outcome.expect_err(&name);
                if step["step"] == 4 {
                    let message = "Amount must be positive".to_owned();
                    assert_eq!(failure, Failure::Trap { message }, "{name}");
                }
                assert_eq!(trees, before, "{name}");
                continue;
            }
            succeeded += 1;
            let sections = outcome.unwrap_or_else(|failure| panic!("{name}: {failure}"));
            let result = ResultBuffer::decode_sections(&sections).expect(&name);
            assert_eq!(hex(&result.encode()), text(step, "result_buffer"), "{name}");
            assert_eq!(hex(&trees.to_snapshot()), text(step, "avl_after_serialized"), "{name}");
        }
        assert_eq!(succeeded, 7);
    }
}

fn context(sender: Address) -> ContractContext {
    let hash = pbc_contract_common::Hash { bytes: [7; 32] };
    ContractContext {
        contract_address: address(0x02, 0x5d),
        sender,
        block_time: 1,
        block_production_time: 2,
        current_transaction: hash.clone(),
        original_transaction: hash,
    }
}

#[test]
fn the_stand_in_reports_for_its_owner_and_for_nobody_else() {
    let owner = address(0x00, 0xa1);
    let report = unhex(&format!("01{:x}00000001{owner:x}01", address(0x02, 0xaa)));
    let wasm = WasmEngine::new(&code(STAND_IN)).expect("it compiles");
    let engines: [Box<dyn Engine>; 2] = [Box::new(wasm), Box::new(NativeEngine::of("stand_in"))];
    for engine in engines {
        let init = unhex("ffffffff0f");
        let created = EngineContract::create(&context(owner), &init, engine);
        let (mut contract, groups) = created.expect("it can be created");
        assert_eq!((hex(contract.state()), groups.len()), (format!("{owner:x}"), 0));

        let groups = contract.call(&context(owner), &report).expect("the owner may");
        assert_eq!(groups.len(), 1);
        let [call] = groups[0].interactions.as_slice() else { panic!("{groups:?}") };
        assert_eq!(call.dest, address(0x02, 0xaa));
        assert_eq!(hex(&call.payload), format!("1200000001{owner:x}01"));

        let refused = contract.call(&context(stranger()), &report);
        assert_eq!(refused, Err(Failure::Trap { message: "not_owner".to_owned() }));
    }
}
