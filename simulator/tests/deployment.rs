//! *Deploy to testnet* in the README: its bytes, answers and gas are those of the module in `abi/`.

mod shell;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::rc::Rc;
use std::sync::OnceLock;

use expect_test::{Expect, expect};
use pbc_contract_common::address::Address;
use pbc_lib::{Export, Failure, Trees};
use zkreg::chain::{Chain, Delivery, EngineContract, Outcome};
use zkreg::deployment::PBC;
use zkreg::engine::{Code, Engine, NativeEngine, WasmEngine};
use zkreg::gas;
use zkreg::host::{self, Deployable};
use zkreg::image::Image;
use zkreg::json::{Layout, export_to_string, parse_address};

use shell::folder;

const README: &str = include_str!("../../README.md");
const PROFILE: &str = include_str!("../../abi/testnet.json");

/// Who deploys, which is the account of the golden vectors.
const ACCOUNT: &str = "00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1";
const TOKEN: &str = "0270c370c370c370c370c370c370c370c370c370c3";
const REGISTRY: &str = "02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const WORK: &str = "0203030303030303030303030303030303030303ff";

/// What stands in for a ZK contract.
const STAND_IN: &[u8] = include_bytes!("../../tests/data/stand_in.pbc");

/// The token of the smoke run.
const TOKEN_PBC: &[u8] = include_bytes!("../../tests/data/token.pbc");

/// What the account has of it at first.
const BALANCE: u128 = 1_000_000_000;

fn address(text: &str) -> Address {
    parse_address(text).expect("an address of this file")
}

fn zkreg(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zkreg"));
    command.current_dir(folder).args(arguments).stdin(Stdio::null());
    command.output().expect("zkreg can be started")
}

fn check(folder: &Path, arguments: &[&str], expected: Expect) {
    let output = zkreg(folder, arguments);
    let status = output.status.code().expect("zkreg was not killed");
    let [out, err] = [output.stdout, output.stderr].map(|it| String::from_utf8(it).expect("text"));
    expected.assert_eq(&format!("status {status}\n--- out\n{out}--- err\n{err}"));
}

/// The profile with the addresses that the README's `sed` puts into it.
fn profile() -> String {
    let (account, token) = (format!("00{}", "d".repeat(40)), format!("02{}", "e".repeat(40)));
    assert!(
        README.contains(r#"sed "s/00d\{40\}/$ACCOUNT/; s/02e\{40\}/$TOKEN/" abi/testnet.json"#)
    );
    assert_eq!((PROFILE.matches(&account).count(), PROFILE.matches(&token).count()), (3, 1));
    PROFILE.replace(&account, ACCOUNT).replace(&token, TOKEN)
}

#[test]
fn init_args_prints_text_for_the_official_tool_bytes_and_json() {
    let folder = folder("init_args");
    fs::write(folder.join("registry.json"), profile()).expect("a file can be written");

    check(
        &folder,
        &["init-args", "registry.json"],
        expect![[r#"
        status 0
        --- out
        00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1 00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1 00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1 0270c370c370c370c370c370c370c370c370c370c3 false 1000000 10000
        --- err
    "#]],
    );
    check(
        &folder,
        &["init-args", "registry.json", "--format", "hex"],
        expect![[r#"
        status 0
        --- out
        ffffffff0f00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a100a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a100a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a10270c370c370c370c370c370c370c370c370c370c30000000000000f42400000000000002710
        --- err
    "#]],
    );
    check(
        &folder,
        &["init-args", "registry.json", "--format", "json"],
        expect![[r#"
        status 0
        --- out
        {
          "arguments": [
            {
              "name": "bp_orchestration",
              "type": "Address",
              "value": "00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"
            },
            {
              "name": "zk_contract_deploy",
              "type": "Address",
              "value": "00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"
            },
            {
              "name": "voting",
              "type": "Address",
              "value": "00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"
            },
            {
              "name": "stake_token",
              "type": "Address",
              "value": "0270c370c370c370c370c370c370c370c370c370c3"
            },
            {
              "name": "require_block_producer",
              "type": "bool",
              "value": "false"
            },
            {
              "name": "min_node_stake",
              "type": "i64",
              "value": "1000000"
            },
            {
              "name": "min_total_stakes",
              "type": "i64",
              "value": "10000"
            }
          ],
          "rpc": "ffffffff0f00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a100a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a100a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a10270c370c370c370c370c370c370c370c370c370c30000000000000f42400000000000002710"
        }
        --- err
    "#]],
    );
}

#[test]
fn init_args_tells_what_is_wrong_and_where() {
    let folder = folder("init_args_wrong");
    let write = |name: &str, from: &str, to: &str| {
        fs::write(folder.join(name), profile().replace(from, to)).expect("a file can be written");
    };
    write("account.json", TOKEN, ACCOUNT);
    write("negative.json", "\"10000\"", "\"-1\"");
    write("unknown.json", "minNodeStake", "minNodeStakes");

    check(
        &folder,
        &["init-args", "account.json"],
        expect![[r#"
        status 1
        --- out
        --- err
        error: account.json: the registry cannot be created: stake_token_not_contract: stake token 00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1 is not a contract
    "#]],
    );
    check(
        &folder,
        &["init-args", "negative.json"],
        expect![[r#"
        status 2
        --- out
        --- err
        error: negative.json: import_out_of_range: settings.minTotalStakes: -1 is negative (line 9, column 23)
    "#]],
    );
    check(
        &folder,
        &["init-args", "unknown.json"],
        expect![[r#"
        status 2
        --- out
        --- err
        error: unknown.json: import_malformed: settings.minNodeStake: the key is missing (line 12, column 3)
        error: unknown.json: import_malformed: settings.minNodeStakes: an unknown key
    "#]],
    );
    check(
        &folder,
        &["init-args", "missing.json"],
        expect![[r#"
        status 2
        --- out
        --- err
        error: cannot read missing.json: No such file or directory (os error 2)
    "#]],
    );
}

/// Two lines of the README: `# WHAT: ANSWER, N gas`, and `call GAS $TO BYTES`.
#[derive(Debug)]
struct Call {
    comment: &'static str,
    gas: u64,
    to: Address,
    rpc: Vec<u8>,
}

fn calls() -> Vec<Call> {
    let values = [("ACCOUNT", ACCOUNT), ("TOKEN", TOKEN), ("REGISTRY", REGISTRY), ("WORK", WORK)];
    let values = BTreeMap::from(values);
    let call = |(comment, line): (&'static str, &'static str)| {
        let mut words = line.strip_prefix("call ")?.split_whitespace();
        let mut word = || words.next().expect("gas, receiver and bytes");
        let gas = word().parse().expect("a number");
        let to = address(values[word().strip_prefix('$').expect("a variable")]);
        let with_value = |hex: String, (name, value): (&&str, &&str)| {
            hex.replace(&format!("${{{name}}}"), value)
        };
        let rpc = values.iter().fold(word().to_owned(), with_value);
        Some(Call { comment, gas, to, rpc: hex::decode(rpc).expect("bytes in hex") })
    };
    README.lines().zip(README.lines().skip(1)).filter_map(call).collect()
}

/// The deployed module, with the operators of each call.
#[derive(Clone)]
struct Counting(WasmEngine, Rc<RefCell<Vec<u64>>>);

impl Engine for Counting {
    fn invoke(
        &mut self,
        export: Export,
        input: &[u8],
        trees: &mut Trees,
    ) -> Result<Vec<u8>, Failure> {
        let result = self.0.invoke(export, input, trees);
        self.1.borrow_mut().push(self.0.operators());
        result
    }
}

/// A chain with the token, the registry as `init-args` says, and what nodes work for.
fn deployed(engine: Box<dyn Engine>) -> Chain {
    static INIT: OnceLock<Vec<u8>> = OnceLock::new();
    let init = INIT.get_or_init(|| {
        let folder = folder("smoke_run");
        fs::write(folder.join("registry.json"), profile()).expect("a file can be written");
        let printed = zkreg(&folder, &["init-args", "registry.json", "--format", "hex"]);
        let init = String::from_utf8(printed.stdout).expect("text");
        hex::decode(init.trim_end()).expect("bytes in hex")
    });

    let mut chain = Chain::new(1_767_225_600_000);
    let account = address(ACCOUNT);
    chain.deploy(account, address(REGISTRY), init.clone(), engine).expect("it can be created");
    for (at, file, pbc) in [(TOKEN, "token", TOKEN_PBC), (WORK, "stand_in", STAND_IN)] {
        let Deployable { abi, code } = Deployable::of_files(pbc, None).expect("a .pbc file");
        let (_, create) = host::function(&abi, "init").expect("it has an init");
        let init = host::call(&abi, create, &arguments_of(file)).expect("what it takes");
        let engine = Box::new(WasmEngine::new(&code).expect("it compiles"));
        chain.deploy(account, address(at), init, engine).expect("it can be created");
    }
    assert_eq!(balance(&chain), BALANCE);
    chain.drain_log();
    chain
}

/// What the README gives along when it deploys `tests/data/FILE.pbc`.
fn arguments_of(file: &str) -> Vec<String> {
    let (_, rest) = README.split_once(&format!("tests/data/{file}.pbc")).expect("it is deployed");
    let line = rest.lines().next().expect("the rest of the line");
    let arguments = line.split('#').next().expect("what is before a comment");
    arguments.split_whitespace().map(str::to_owned).collect()
}

/// What the account has of the token.
fn balance(chain: &Chain) -> u128 {
    let token = chain.contract(&address(TOKEN)).expect("it was deployed");
    let account = hex::decode(ACCOUNT).expect("hex");
    let balance = token.trees().get(0, &account).map(|it| it.try_into().expect("16 bytes"));
    balance.map_or(0, u128::from_le_bytes)
}

/// Sends `call` and delivers what comes of it.
fn send(chain: &mut Chain, call: &Call) -> Vec<Delivery> {
    let accounts = (address(ACCOUNT), call.to);
    chain.submit(accounts.0, accounts.1, call.rpc.clone(), Some(call.gas));
    chain.run().expect("the calls end");
    chain.drain_log()
}

/// The gas that a call states for what it sends.
fn stated(outcome: &Outcome) -> u64 {
    let Outcome::Accepted { groups, .. } = outcome else { return 0 };
    let calls = groups.iter().flat_map(|group| &group.interactions).filter_map(|it| it.cost);
    let callbacks = groups.iter().filter_map(|group| group.callback.as_ref()?.cost);
    calls.chain(callbacks).sum()
}

fn image(chain: &Chain) -> Image {
    let registry = chain.contract(&address(REGISTRY)).expect("it was deployed");
    Image::load(registry.state(), registry.trees()).expect("a state of the registry")
}

#[test]
fn the_smoke_run_goes_as_the_readme_says_and_costs_what_it_says() {
    let code = Code::of_file(PBC).expect("the module in abi/");
    let wasm = WasmEngine::new(&code).expect("it compiles");
    let operators: Rc<RefCell<Vec<u64>>> = Rc::default();
    let mut chain = deployed(Box::new(Counting(wasm, operators.clone())));
    let mut native = deployed(Box::new(NativeEngine::of("zk_node_registry")));
    let registry = address(REGISTRY);
    let calls = calls();
    let mut shortnames = Vec::new();
    let (mut said, mut is) = (String::new(), String::new());
    for call in calls {
        operators.borrow_mut().clear();
        let deliveries = send(&mut chain, &call);
        let of_registry: Vec<_> = deliveries.iter().filter(|it| it.event.to == registry).collect();
        shortnames.extend(of_registry.first().map(|it| it.event.rpc[0]));
        let outcome = &of_registry.first().copied().unwrap_or(&deliveries[0]).outcome;
        let answer = match outcome.refusal() {
            Some(code) => format!("refused {code}"),
            None if outcome.is_accepted() => "accepted".to_owned(),
            None => panic!("{}: {outcome:?}", call.comment),
        };
        let counted = operators.borrow();
        let costs = of_registry.iter().zip(&*counted).map(|(delivery, operators)| {
            let bytes = delivery.event.rpc.len() as u64;
            gas::estimate(bytes, *operators, delivery.operations.total())
        });
        let costs: Vec<u64> = costs.collect();
        let gas: u64 = costs.iter().sum();
        let answer = if costs.is_empty() { answer } else { format!("{answer}, {gas} gas") };
        let (begin, _) = call.comment.rsplit_once(": ").expect("the answer stands behind a colon");
        is += &format!("{begin}: {answer}\n");
        said += &format!("{}\n", call.comment);
        assert!(call.gas >= gas + stated(outcome), "{}: too little gas", call.comment);
        let outcomes =
            |log: &[Delivery]| log.iter().map(|it| it.outcome.clone()).collect::<Vec<_>>();
        assert_eq!(outcomes(&send(&mut native, &call)), outcomes(&deliveries), "{}", call.comment);
    }

    assert_eq!(shortnames, [0x00, 0x0a, 0x0c, 0x08, 0x12, 0x13, 0x0b, 0x0b]);
    assert_eq!(said, is, "what the README says is not what is");

    let image = image(&chain);
    assert_eq!(export_to_string(&image, Layout::Compact), {
        let native = self::image(&native);
        export_to_string(&native, Layout::Compact)
    });
    let tokens = &image.staked_tokens[&address(ACCOUNT)];
    assert_eq!(tokens.free_tokens, 0);
    assert_eq!(tokens.pending_unlock.iter().map(|it| it.amount).collect::<Vec<_>>(), [1_000_000]);
    assert_eq!(balance(&chain), BALANCE - 1_000_000);
}

#[test]
fn the_last_tokens_come_out_14_days_after_the_smoke_run_and_not_before() {
    let mut chain = deployed(Box::new(NativeEngine::of("zk_node_registry")));
    calls().iter().for_each(|call| drop(send(&mut chain, call)));
    let last = calls().pop().expect("there are calls");
    let free = chain.now() + 14 * 86_400_000;

    chain.set_clock(free - 1);
    assert_eq!(send(&mut chain, &last)[0].outcome.refusal(), Some("insufficient_free"));
    chain.set_clock(free);
    assert!(send(&mut chain, &last)[0].outcome.is_accepted());
    assert_eq!(balance(&chain), BALANCE);
}

#[test]
fn the_transfers_of_the_token_cost_less_than_the_registry_sends_along() {
    let operators: Rc<RefCell<Vec<u64>>> = Rc::default();
    let code = Code::of_file(TOKEN_PBC).expect("a module of this repository");
    let token = Counting(WasmEngine::new(&code).expect("it compiles"), operators.clone());
    let mut chain = deployed(Box::new(NativeEngine::of("zk_node_registry")));
    let contract = chain.contract(&address(TOKEN)).expect("it was deployed");
    let (state, trees) = (contract.state().to_vec(), contract.trees().clone());
    chain.restore(address(TOKEN), EngineContract::restore(state, trees, Box::new(token)));
    let mut transfers = 0;
    for call in calls() {
        operators.borrow_mut().clear();
        let deliveries = send(&mut chain, &call);
        let of_token = deliveries.iter().filter(|it| it.event.to == address(TOKEN));
        for (delivery, operators) in of_token.zip(&*operators.borrow()) {
            let bytes = delivery.event.rpc.len() as u64;
            let gas = gas::estimate(bytes, *operators, delivery.operations.total());
            let along = delivery.event.gas.expect("it is known");
            assert!(gas < along, "{}: {gas} of {along}", call.comment);
            transfers += 1;
        }
    }
    assert_eq!(transfers, 3, "approve, and a transfer each way");
}

#[test]
fn all_that_is_sent_along_is_what_the_readme_says_it_takes() {
    let deployments = README.split("transaction deploy --net=testnet").skip(1);
    let gas =
        |rest: &str| rest.split_once("--gas=")?.1.split_whitespace().next()?.parse::<u64>().ok();
    let deploying: u64 = deployments.map(|it| gas(it).expect("gas")).sum();
    let all: u64 = deploying + calls().iter().map(|call| call.gas).sum::<u64>();
    let said = README.split_once("all of this takes ").expect("it says so").1;
    let said = said.lines().next().expect("a number").replace(',', "").parse::<u64>();
    assert_eq!(said.expect("a number"), all.next_multiple_of(100_000));
    let before = |what: &str| README.find(what).expect(what);
    assert!(before("account mintgas") < before("transaction deploy"));
    assert!(README.contains("None of this has been run on a chain"));
}

#[test]
fn the_gas_to_deploy_with_pays_for_the_bytes_of_the_module() {
    let bytes = PBC.len() as u64;
    let fee = gas::estimate(bytes, 0, 0);
    let about = fee.next_multiple_of(10_000);
    let notes = include_str!("../../abi/README.md");
    assert!(notes.contains(&format!("about {},000", about / 1_000)), "{fee}");
    let fee_of = |pbc: &[u8]| gas::estimate(pbc.len() as u64, 0, 0);
    for (file, fee) in [
        ("abi/zk_node_registry.pbc", fee),
        ("tests/data/token.pbc", fee_of(TOKEN_PBC)),
        ("tests/data/stand_in.pbc", fee_of(STAND_IN)),
    ] {
        let (before, _) = README.split_once(&format!(" \\\n    {file}")).expect(file);
        let (_, sent) = before.rsplit_once("--gas=").expect("the gas of the command");
        assert!(sent.parse::<u64>().expect("a number") > 2 * fee, "{file}");
    }
}
