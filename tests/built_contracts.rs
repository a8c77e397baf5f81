//! Contracts of this repository as modules, beside the registry: what was built is what their
//! sources say, and the contract of the conformance vectors gives their bytes as WASM too.
//!
//! `cargo xtask wasm --package NAME --out tests/data` builds them.

#[path = "sdk/calls_contract.rs"]
mod contract;

use pbc_contract_common::address::Address;
use pbc_contract_common::context::ContractContext;
use pbc_host::{ContractAbi, NamedType, PbcFile, ResultBuffer, TypeSpec, split_rpc};
use pbc_lib::{Export, Failure};
use registry_tests::registry::{address, stranger};
use serde_json::{Value as Json, json};
use stand_in as _; // links its entry points
use token as _;
use vectors::{bytes, hex, list, text, trees_of, unhex, vectors};
use wasmparser::{ExternalKind, Parser, Payload};
use zkreg::chain::{Call, EngineContract, Neighbour};
use zkreg::engine::{Code, Engine, MeteredEngine, NativeEngine, WasmEngine};
use zkreg::host;
use zkreg::neighbours::Token;
use zkreg::value::{Coding, Value, decode_all};

const CALLS: &[u8] = include_bytes!("data/calls_contract.pbc");
const STAND_IN: &[u8] = include_bytes!("data/stand_in.pbc");
const TOKEN: &[u8] = include_bytes!("data/token.pbc");

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
    for (name, pbc) in [("stand_in", STAND_IN), ("token", TOKEN)] {
        let source = ContractAbi::generate(name).expect("it describes itself");
        assert_eq!(hex(&abi(pbc)), hex(&source.encode()), "{name}");
    }
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

/// A value as the npm client shows it.
fn shown(abi: &ContractAbi, spec: &TypeSpec, value: &Value) -> Json {
    let numbers = |bytes: &[u8]| bytes.iter().map(|it| json!(it.to_string())).collect::<Json>();
    let entries = |entries: &[(Value, Value)], key, value| -> Json {
        entries.iter().map(|(k, v)| json!([shown(abi, key, k), shown(abi, value, v)])).collect()
    };
    match (value, spec) {
        (Value::Unsigned(it), _) => json!(it.to_string()),
        (Value::Signed(it), _) => json!(it.to_string()),
        (Value::Bool(it), _) => json!(it),
        (Value::Text(it), _) => json!(it),
        (Value::Bytes(it), TypeSpec::Simple(_)) => json!(hex(it)),
        (Value::Bytes(it) | Value::Blob(it), _) => numbers(it),
        (Value::List(list), TypeSpec::Set(part)) => {
            json!({"set": list.iter().map(|it| shown(abi, part, it)).collect::<Json>()})
        }
        (Value::List(list), _) => list.iter().map(|it| shown(abi, spec.parts()[0], it)).collect(),
        (Value::Option(None), _) => Json::Null,
        (Value::Option(Some(it)), _) => json!({"some": shown(abi, spec.parts()[0], it)}),
        (Value::Map(map), TypeSpec::Map(key, value)) => json!({"map": entries(map, key, value)}),
        (Value::Tree { id, entries: tree }, TypeSpec::AvlTreeMap(key, value)) => {
            json!({"avlTreeId": id, "entries": entries(tree, key, value)})
        }
        (Value::Struct { name, discriminant, fields }, _) => {
            let specs = abi.types.iter().find_map(|named| match named {
                NamedType::Struct { name: it, fields } if it == name => Some(fields),
                _ => None,
            });
            let specs = specs.expect("a struct of the ABI");
            let shown: serde_json::Map<String, Json> = fields
                .iter()
                .zip(specs)
                .map(|((name, value), named)| (name.clone(), shown(abi, &named.spec, value)))
                .collect();
            if discriminant.is_some() {
                json!({"variant": name, "fields": shown})
            } else {
                json!(shown)
            }
        }
        _ => panic!("{value:?} is no {spec:?}"),
    }
}

#[test]
fn states_are_read_as_the_npm_client_reads_them() {
    let abi = ContractAbi::decode(&abi(CALLS)).expect("an ABI");
    let mut read = 0;
    for step in list(&vectors("calls.json"), "steps") {
        let Some(state) = step["sections"]["0x01"].as_str() else { continue };
        let state = host::show_state(&abi, &unhex(state), &trees_of(&step["avl_after"]));
        let state = state.expect("the ABI describes it");
        let spec = TypeSpec::Named(abi.state);
        assert_eq!(shown(&abi, &spec, &state), step["npm_decoded_state"], "step {}", step["step"]);
        read += 1;
    }
    assert_eq!(read, 7);
}

#[test]
fn calls_are_read_as_the_npm_client_reads_them() {
    let abi = ContractAbi::decode(&abi(CALLS)).expect("an ABI");
    let mut read = 0;
    for step in list(&vectors("calls.json"), "steps") {
        let expected = &step["npm_decoded_rpc"];
        let Some(name) = expected["function"].as_str() else { continue };
        let (export, function) = host::function(&abi, name).expect("a function of the ABI");
        assert_eq!(export.to_string(), text(step, "export"));
        let rpc = bytes(step, "rpc_on_chain");
        let (_, arguments) = split_rpc(&rpc).expect("a shortname");
        let specs: Vec<&TypeSpec> = function.arguments.iter().map(|it| &it.spec).collect();

        let values = decode_all(&abi, specs.iter().copied(), arguments, Coding::Rpc);

        let values = values.expect("the ABI describes it");
        let args: Json =
            specs.iter().zip(&values).map(|(it, value)| shown(&abi, it, value)).collect();
        assert_eq!(json!({"function": name, "args": args}), *expected, "step {}", step["step"]);
        // What is printed can be typed, and gives the same bytes.
        let texts: Vec<String> = values.iter().map(ToString::to_string).collect();
        assert_eq!(host::call(&abi, function, &texts), Ok(rpc), "step {}", step["step"]);
        read += 1;
    }
    assert_eq!(read, 8);
}

#[test]
fn typed_calls_are_the_bytes_of_the_npm_client() {
    let abi = ContractAbi::decode(&abi(CALLS)).expect("an ABI");
    let node = format!(
        "NodeInfo {{ owner: 00{}, key: {}, bls: {}, endpoint: \"https://n1\", \
         status: Active {{ since: -5, stake: Stake {{ amount: 1000, since: -1 }} }}, \
         region: Some(7) }}",
        "22".repeat(20),
        "02".repeat(33),
        "0c".repeat(96)
    );
    let target = format!("03{}", "33".repeat(20));
    let typed: [(&str, &[&str]); 3] = [
        ("initialize", &["Hi æ", "41"]),
        ("register", &[&node, "1_000"]),
        ("call_out", &[&target, "9"]),
    ];
    let vectors = vectors("rpc.json");
    assert_eq!(list(&vectors, "vectors").len(), typed.len());
    for (vector, (name, texts)) in list(&vectors, "vectors").iter().zip(typed) {
        assert!(text(vector, "call").starts_with(&format!("{name}(")), "{vector}");
        let (_, function) = host::function(&abi, name).expect("a function of the ABI");
        let texts: Vec<String> = texts.iter().map(ToString::to_string).collect();
        let rpc = host::call(&abi, function, &texts).expect("values of its types");
        assert_eq!(hex(&rpc), text(vector, "rpc"), "{name}");
    }
}

#[test]
fn the_module_of_the_vectors_offers_what_the_official_one_does() {
    let interface = vectors("wasm-interface.json");
    let official = interface["exports_contract_build"].as_object().expect("exports by name");
    let wasm = PbcFile::decode(CALLS).expect("a .pbc file").wasm;
    let mut exports = Vec::new();
    for payload in Parser::new(0).parse_all(&wasm) {
        let payload = payload.expect("a module");
        if let Payload::ExportSection(section) = &payload {
            for export in section.clone() {
                let export = export.expect("an export");
                let kind = text(&interface["exports_contract_build"], export.name);
                let fits = match export.kind {
                    ExternalKind::Memory => kind == "memory",
                    ExternalKind::Global => kind.starts_with("global"),
                    _ => kind.contains("->"),
                };
                assert!(fits, "{} is {:?}, not {kind}", export.name, export.kind);
                exports.push(export.name);
            }
        }
        if let Some((id, _)) = payload.as_section() {
            let ids = list(&interface, "section_ids_of_contract_build");
            assert!(ids.contains(&json!(id)) || id == 0, "section {id}");
        }
    }
    exports.sort_unstable();
    let mut expected: Vec<&str> = official.keys().map(String::as_str).collect();
    expected.sort_unstable();
    assert_eq!(exports, expected);
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

/// What an address has, in the tree of balances; nothing where nobody is.
fn balance(contract: &EngineContract, of: Address) -> u128 {
    let balance = contract.trees().get(0, &unhex(&format!("{of:x}")));
    balance.map_or(0, |it| u128::from_le_bytes(it.try_into().expect("16 bytes")))
}

#[test]
fn the_token_moves_what_the_token_of_the_simulator_moves() {
    let [owner, other, spender] = [0xa1, 0xa2, 0xa3].map(|byte| address(0x00, byte));
    let registry = address(0x02, 0x5e);
    let transfer = |to: Address, amount: u128| format!("01{to:x}{amount:032x}");
    let take = |from: Address, to: Address, amount: u128| format!("03{from:x}{to:x}{amount:032x}");
    let allow = |spender: Address, amount: u128| format!("05{spender:x}{amount:032x}");
    let calls = [
        (owner, transfer(other, 1_001), Err("insufficient_balance")),
        (owner, transfer(other, 400), Ok(())),
        (owner, transfer(owner, 600), Ok(())),
        (other, transfer(spender, 0), Ok(())),
        (registry, take(owner, registry, 1), Err("insufficient_allowance")),
        (owner, allow(registry, 500), Ok(())),
        (registry, take(owner, registry, 501), Err("insufficient_allowance")),
        (registry, take(owner, registry, 300), Ok(())),
        (registry, take(owner, spender, 200), Ok(())),
        (registry, take(owner, registry, 1), Err("insufficient_allowance")),
        (owner, allow(registry, 500), Ok(())),
        (registry, take(owner, registry, 101), Err("insufficient_balance")),
        (registry, transfer(owner, 300), Ok(())),
        (owner, transfer(other, 400), Ok(())),
    ];
    let wasm = WasmEngine::new(&code(TOKEN)).expect("it compiles");
    let engines: [Box<dyn Engine>; 2] = [Box::new(wasm), Box::new(NativeEngine::of("token"))];
    for engine in engines {
        let init = unhex(&format!("ffffffff0f{:032x}", 1_000));
        let (mut contract, _) =
            EngineContract::create(&context(owner), &init, engine).expect("it can be created");
        let mut model = Token::new();
        model.set_balance(&owner, 1_000);
        for (sender, rpc, expected) in &calls {
            let rpc = unhex(rpc);
            let contracts = contract.call(&context(*sender), &rpc).map(|groups| groups.len());
            let now = 0;
            let call = Call { contract: registry, sender: *sender, now, gas: None, rpc: &rpc };
            let models = model.call(&call).map(|groups| groups.len());

            let trap = |code: &str| Failure::Trap { message: code.to_owned() };
            assert_eq!(contracts, expected.map(|()| 0).map_err(trap), "{}", hex(&rpc));
            let refusal = models.as_ref().map_err(|failure| failure.code()).copied();
            assert_eq!(refusal, expected.map(|()| 0).map_err(Some), "{}", hex(&rpc));
            for who in [owner, other, spender, registry] {
                assert_eq!(balance(&contract, who), model.balance(&who), "{}", hex(&rpc));
            }
        }
        assert_eq!(contract.trees().len(0), 2, "who has nothing is not there");
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
