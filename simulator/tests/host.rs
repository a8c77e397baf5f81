//! `zkreg host` as the shell sees it: our own contract, and one that has nothing to do with it.

mod shell;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use expect_test::{Expect, expect};
use pbc_host::{ContractAbi, Function, Named, NamedType, PbcFile, Simple, TypeSpec, Version};

use shell::folder;

/// Runs `zkreg host CONTRACT` with each line of arguments, and tells status and output of each.
fn check(folder: &Path, contract: &str, lines: &[&str], expected: Expect) {
    let mut told = String::new();
    for line in lines {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zkreg"));
        command.current_dir(folder).args(["host", contract]).stdin(Stdio::null());
        // Arguments with spaces stand between `'`.
        for (index, part) in line.split('\'').enumerate() {
            match index % 2 {
                0 => command.args(part.split_whitespace()),
                _ => command.arg(part),
            };
        }
        let output = command.output().expect("zkreg can be started");
        let status = output.status.code().expect("zkreg was not killed");
        let text = [output.stdout, output.stderr].concat();
        told += &format!("> {line}\n{}", String::from_utf8(text).expect("the output is text"));
        if status != 0 {
            told += &format!("status {status}\n");
        }
    }
    expected.assert_eq(&told);
}

/// A contract whose state is a u32. `init(value)` and action 01, `set(value)`, take it over;
/// callback 20, `on_set(value)`, too, behind a context without results; action 02, `fail()`, breaks
/// down with a message.
const COUNTER: &str = r#"(module
  (import "pbc" "exit" (func $exit (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "src/lib.rs:7: it was bound to happen")
  ;; 0x100: length 9, section 01 of length 4, the value with its bytes turned around.
  (func $give (param $value i32) (result i64)
    (i32.store (i32.const 0x100) (i32.const 0x09000000))
    (i32.store8 (i32.const 0x104) (i32.const 1))
    (i32.store (i32.const 0x105) (i32.const 0x04000000))
    (i32.store8 (i32.const 0x109) (i32.load8_u offset=3 (local.get $value)))
    (i32.store8 (i32.const 0x10a) (i32.load8_u offset=2 (local.get $value)))
    (i32.store8 (i32.const 0x10b) (i32.load8_u offset=1 (local.get $value)))
    (i32.store8 (i32.const 0x10c) (i32.load8_u offset=0 (local.get $value)))
    (i64.const 0x100))
  ;; The last four bytes of the input.
  (func $last (param i32 i32) (result i64)
    (call $give (i32.sub (i32.add (local.get 0) (local.get 1)) (i32.const 4))))
  (func (export "action_02") (param i32 i32) (result i64)
    (call $exit (i32.const 0) (i32.const 36))
    unreachable)
  (export "init" (func $last))
  (export "action_01" (func $last))
  (export "callback_20" (func $last)))"#;

fn counter_abi() -> ContractAbi {
    let value = || Named { name: "value".into(), spec: TypeSpec::Simple(Simple::U32) };
    let function = |kind, name: &str, shortname, arguments| Function {
        kind,
        name: name.into(),
        shortname: Some(shortname),
        arguments,
        secret: None,
    };
    ContractAbi {
        binder: Version { major: 10, minor: 2, patch: 0 },
        client: Version { major: 5, minor: 4, patch: 0 },
        chain: None,
        types: vec![NamedType::Struct { name: "Counter".into(), fields: vec![value()] }],
        functions: vec![
            function(1, "initialize", u32::MAX, vec![value()]),
            function(2, "set", 1, vec![value()]),
            function(2, "fail", 2, Vec::new()),
            function(3, "on_set", 0x20, vec![value()]),
        ],
        state: 0,
    }
}

#[test]
fn a_foreign_contract_is_created_called_and_shown() {
    let folder = folder("host_foreign");
    let wasm = wat::parse_str(COUNTER).expect("a module of this file");
    let abi = counter_abi().encode();
    fs::write(folder.join("counter.wasm"), &wasm).expect("a file can be written");
    fs::write(folder.join("counter.abi"), &abi).expect("a file can be written");
    let pbc = PbcFile { abi, wasm, zk_bytecode: None }.encode();
    fs::write(folder.join("counter.pbc"), pbc).expect("a file can be written");

    check(
        &folder,
        "counter.pbc",
        &[
            "show",
            "init 7",
            "show",
            "call set 66_000",
            "call fail",
            "show",
            "callback on_set 5",
            "show",
            "call set 5_000_000_000",
            "call set",
            "call on_set 5",
            "call unheard_of",
        ],
        expect![[r#"
            > show
            error: cannot read contract-state.json: No such file or directory (os error 2)
            status 2
            > init 7
            accepted
            > show
            Counter { value: 7 }
            > call set 66_000
            accepted
            > call fail
            failed: it was bound to happen
            status 1
            > show
            Counter { value: 66000 }
            > callback on_set 5
            accepted
            > show
            Counter { value: 5 }
            > call set 5_000_000_000
            error: argument `value` at byte 0: expected a number of type u32; write such as `5`
            status 2
            > call set
            error: the function takes 1 argument (value), not 0
            status 2
            > call on_set 5
            error: `on_set` is the entry point callback_20, of another kind
            status 2
            > call unheard_of
            error: there is no `unheard_of`; there are initialize, set, fail, on_set
            status 2
        "#]],
    );
    check(
        &folder,
        "counter.wasm",
        &["show", "--abi counter.abi show", "--abi counter.abi --state other.json init 9"],
        expect![[r#"
            > show
            error: counter.wasm: a module alone does not say its interface
            status 2
            > --abi counter.abi show
            Counter { value: 5 }
            > --abi counter.abi --state other.json init 9
            accepted
        "#]],
    );
}

#[test]
fn our_own_contract_is_called_by_hand() {
    let folder = folder("host_registry");
    fs::write(folder.join("registry.pbc"), zkreg::deployment::PBC).expect("a file can be written");

    check(
        &folder,
        "registry.pbc",
        &[
            "init 04203b77743ad0ca831df9430a6be515195733ad91 \
             018bc1ccbb672b87710327713c97d43204905082cb \
             04c5f00d7c6d70c3d0919fd7f81c7b9bfe16063620 \
             01615beb1c2bf57e45fcd1c4e67ef35b8735a685b1 false 100 40",
            "call register_as_zk_node '{ rest_endpoint: \"https://a.example\" }'",
            "call associate_tokens 75_000",
            "callback on_associated 00a11ce00000000000000000000000000000000000 75_000",
            "call disassociate_tokens 80_000",
            "--sender 0000 show",
            "show",
        ],
        expect![[r#"
            > init 04203b77743ad0ca831df9430a6be515195733ad91 018bc1ccbb672b87710327713c97d43204905082cb 04c5f00d7c6d70c3d0919fd7f81c7b9bfe16063620 01615beb1c2bf57e45fcd1c4e67ef35b8735a685b1 false 100 40
            accepted
            > call register_as_zk_node '{ rest_endpoint: "https://a.example" }'
            accepted
            > call associate_tokens 75_000
            accepted
            group 0
              call 01615beb1c2bf57e45fcd1c4e67ef35b8735a685b1: 03 with 0x00a11ce0000000000000000000000000000000000002c0ffee00000000000000000000000000000000ff000000000000000000000000000124f8, 15500 gas
              then on_associated(account: 00a11ce00000000000000000000000000000000000, amount: 75000), 10000 gas
            > callback on_associated 00a11ce00000000000000000000000000000000000 75_000
            accepted
            > call disassociate_tokens 80_000
            refused: insufficient_free: asked 80000 units, 75000 are free, 0 allocated, 0 pending
            status 1
            > --sender 0000 show
            error: invalid value '0000' for '--sender <ADDRESS>': an address has 42 hex digits, the first two 00 to 04

            For more information, try '--help'.
            status 2
            > show
            RegistryState {
                collaborators: Collaborators {
                    bp_orchestration: 04203b77743ad0ca831df9430a6be515195733ad91,
                    voting: 04c5f00d7c6d70c3d0919fd7f81c7b9bfe16063620,
                    zk_contract_deploy: 018bc1ccbb672b87710327713c97d43204905082cb,
                },
                settings: Settings {
                    stake_token: 01615beb1c2bf57e45fcd1c4e67ef35b8735a685b1,
                    require_block_producer: false,
                    min_node_stake: 100,
                    min_total_stakes: 40,
                },
                staked_tokens: tree 0 {
                    00a11ce00000000000000000000000000000000000: ZkNodeTokens {
                        allocated_tokens: {},
                        expiration_timestamp: None,
                        free_tokens: 75000,
                        pending_unlock: [],
                        reserved_tokens: 0,
                        incoming_tokens: 0,
                        outgoing_tokens: 0,
                    },
                },
                zk_nodes: tree 1 {
                    00a11ce00000000000000000000000000000000000: ZkNode {
                        identity: 00a11ce00000000000000000000000000000000000,
                        is_disabled: false,
                        public_key: None,
                        rest_endpoint: RestEndpoint { rest_endpoint: "https://a.example" },
                        score: ZkNodeScore { allocated_score: 0, failure_score: 0, success_score: 0 },
                        server_jurisdiction: Jurisdiction { value: 0 },
                        supported_ee_version: 0,
                        supported_protocol_version: None,
                        is_resigned: false,
                    },
                },
                computations: tree 2 {},
                roster: tree 3 { 0: 00a11ce00000000000000000000000000000000000 },
                roster_position: tree 4 { 00a11ce00000000000000000000000000000000000: 0 },
            }
        "#]],
    );
}

#[test]
fn a_function_is_called_by_its_shortname_too() {
    let folder = folder("host_shortname");
    let wasm = wat::parse_str(COUNTER).expect("a module of this file");
    let pbc = PbcFile { abi: counter_abi().encode(), wasm, zk_bytecode: None }.encode();
    fs::write(folder.join("counter.pbc"), pbc).expect("a file can be written");

    check(
        &folder,
        "counter.pbc",
        &["init 7", "call 01 8", "show", "callback 20 9", "show", "call 20 1", "call 0100 1"],
        expect![[r#"
            > init 7
            accepted
            > call 01 8
            accepted
            > show
            Counter { value: 8 }
            > callback 20 9
            accepted
            > show
            Counter { value: 9 }
            > call 20 1
            error: there is no `20`; there are initialize, set, fail, on_set
            status 2
            > call 0100 1
            error: there is no `0100`; there are initialize, set, fail, on_set
            status 2
        "#]],
    );
}

#[test]
fn a_contract_that_needs_more_than_the_mvp_runs_under_a_note() {
    let folder = folder("host_beyond_mvp");
    let text = COUNTER.replace(
        "(i64.const 0x100))",
        "(memory.copy (i32.const 0x200) (i32.const 0x100) (i32.const 13)) (i64.const 0x200))",
    );
    let wasm = wat::parse_str(text).expect("a module of this file");
    let pbc = PbcFile { abi: counter_abi().encode(), wasm, zk_bytecode: None }.encode();
    fs::write(folder.join("counter.pbc"), pbc).expect("a file can be written");

    check(
        &folder,
        "counter.pbc",
        &["init 7", "show"],
        expect![[r#"
        > init 7
        accepted
        note: counter.pbc needs more than MVP WebAssembly, which the chain may not take: bulk memory support is not enabled (at offset 0xc5)
        > show
        Counter { value: 7 }
        note: counter.pbc needs more than MVP WebAssembly, which the chain may not take: bulk memory support is not enabled (at offset 0xc5)
    "#]],
    );
}

/// The contract of the conformance vectors, `tests/vectors/calls.json`.
const CALLS: &[u8] = include_bytes!("../../tests/data/calls_contract.pbc");

#[test]
fn a_foreign_contract_with_values_of_each_kind_takes_and_shows_them_as_text() {
    let folder = folder("host_calls");
    fs::write(folder.join("calls.pbc"), CALLS).expect("a file can be written");
    let sender = "--sender 002222222222222222222222222222222222222222";
    let (key, bls) = ("02".repeat(33), "0c".repeat(96));
    let node = format!(
        "{{ owner: 002222222222222222222222222222222222222222, key: {key}, bls: {bls}, \
         endpoint: \"https://n1\", status: Active {{ since: -5, stake: {{ amount: 1_000, since: -1 }} \
         }}, region: Some(7) }}"
    );
    let lines = [
        format!("{sender} init 'Hi \u{e6}' 41"),
        format!("{sender} --block 100 call register '{node}' 1_000"),
        format!("{sender} call register '{node}' 0"),
        "call call_out 033333333333333333333333333333333333333333 9".to_owned(),
        "call touch".to_owned(),
        "callback on_done --result 0x0000000000000005 9".to_owned(),
        "show".to_owned(),
        "call drop_node 002222222222222222222222222222222222222222".to_owned(),
        "call drop_node 002222222222222222222222222222222222222222".to_owned(),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();

    check(
        &folder,
        "calls.pbc",
        &lines,
        expect![[r#"
        > --sender 002222222222222222222222222222222222222222 init 'Hi æ' 41
        accepted
        > --sender 002222222222222222222222222222222222222222 --block 100 call register '{ owner: 002222222222222222222222222222222222222222, key: 020202020202020202020202020202020202020202020202020202020202020202, bls: 0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c, endpoint: "https://n1", status: Active { since: -5, stake: { amount: 1_000, since: -1 } }, region: Some(7) }' 1_000
        accepted
        > --sender 002222222222222222222222222222222222222222 call register '{ owner: 002222222222222222222222222222222222222222, key: 020202020202020202020202020202020202020202020202020202020202020202, bls: 0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c, endpoint: "https://n1", status: Active { since: -5, stake: { amount: 1_000, since: -1 } }, region: Some(7) }' 0
        failed: Amount must be positive
        status 1
        > call call_out 033333333333333333333333333333333333333333 9
        accepted
        group 0
          call 033333333333333333333333333333333333333333: 42 with 0x00a11ce000000000000000000000000000000000000000000000000009, 1000 gas
          call 033333333333333333333333333333333333333333: 01 with 0x000000020102, 500 gas, paid by the contract
          call 033333333333333333333333333333333333333333: ac02 with 0x, an even share of the gas
          call 033333333333333333333333333333333333333333: nothing but gas, 5 gas
          call 033333333333333333333333333333333333333333: nothing but gas, an even share of the gas
          then on_done(amount: 9), 777 gas
        group 1
          return 0x0000000000000009
        > call touch
        accepted
        > callback on_done --result 0x0000000000000005 9
        accepted
        > show
        RegistryState {
            admin: 002222222222222222222222222222222222222222,
            counter: 14,
            signed: 1735689600000,
            maybe: None,
            maybe_addr: Some(02c0ffee00000000000000000000000000000000ff),
            blob: 0x010203,
            nums: [1, 256],
            balances: { 002222222222222222222222222222222222222222: 1000 },
            names: { 3: "https://n1" },
            flags: [513],
            nodes: tree 0 {
                002222222222222222222222222222222222222222: NodeInfo {
                    owner: 002222222222222222222222222222222222222222,
                    key: 020202020202020202020202020202020202020202020202020202020202020202,
                    bls: 0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c,
                    endpoint: "https://n1",
                    status: Active { since: -5, stake: Stake { amount: 1000, since: -1 } },
                    region: Some(7),
                },
            },
            index: tree 1 { 41: Stake { amount: 1000, since: 100 } },
            stake: Stake { amount: 7, since: -2 },
            status: Pending {},
            digest: 0000000000000000000000000000000000000000000000000000000000000001,
            raw20: abababababababababababababababababababab,
            on: true,
            title: "Hi \u00e6",
            big: 1,
            bigs: -1,
        }
        > call drop_node 002222222222222222222222222222222222222222
        accepted
        > call drop_node 002222222222222222222222222222222222222222
        failed: a known node
        status 1
    "#]],
    );
}
