//! A signed transaction, as the official client builds it: its parts, its hashes, its sender, and how
//! it is replayed from a log.
//!
//! Source: `pbc-formats.md` 4.4.

use std::process::{Command, Stdio};

use expect_test::expect_file;
use k256::ecdsa::SigningKey;
use serde_json::Value;
use zkreg::chain::Outcome;
use zkreg::engine::NativeEngine;
use zkreg::log::{Log, Recorded, Story, Terms};
use zkreg::replay::Replay;
use zkreg::signed::{MAINNET, SignedTransaction};

fn vector() -> Value {
    let text = include_str!("../../tests/vectors/signed-transaction.json");
    serde_json::from_str(text).expect("the vector is JSON")
}

fn text<'a>(vector: &'a Value, key: &str) -> &'a str {
    vector[key].as_str().unwrap_or_else(|| panic!("`{key}` is text"))
}

fn bytes(vector: &Value, key: &str) -> Vec<u8> {
    hex::decode(text(vector, key)).unwrap_or_else(|error| panic!("{key}: {error}"))
}

fn hex(bytes: &[u8]) -> String {
    hex::encode(bytes)
}

fn number(vector: &Value, key: &str) -> i64 {
    vector[key].as_i64().unwrap_or_else(|| panic!("`{key}` is a number"))
}

/// The terms on which the vector was signed: its target is the registry.
fn terms(vector: &Value) -> Terms {
    let transaction = SignedTransaction::decode(&bytes(vector, "serialized")).expect("it is one");
    Terms {
        registry: transaction.contract,
        chain: text(vector, "chain_id").to_owned(),
        names: Default::default(),
        since: None,
    }
}

#[test]
fn a_signed_transaction_has_the_parts_hashes_and_sender_of_the_vector() {
    let vector = vector();
    let transaction = SignedTransaction::decode(&bytes(&vector, "serialized")).expect("it is one");
    let chain = text(&vector, "chain_id");

    assert_eq!(transaction.nonce, number(&vector, "nonce"));
    assert_eq!(transaction.valid_to, number(&vector, "valid_to_time"));
    assert_eq!(transaction.gas, number(&vector, "gas_cost"));
    assert_eq!(format!("{:x}", transaction.contract), text(&vector, "target"));
    assert_eq!(hex(&transaction.rpc), text(&vector, "rpc"));
    assert_eq!(hex(&transaction.hash(chain)), text(&vector, "hash"));
    assert_eq!(hex(&transaction.identifier(chain)), text(&vector, "identifier"));
    let sender = transaction.sender(chain).expect("it is signed");
    assert_eq!(format!("{sender:x}"), text(&vector, "account_address"));
    let deployed = format!("02{}", hex(&transaction.identifier(chain)[12..]));
    let said = text(&vector, "deployed_public_contract_address_if_this_were_a_deploy");
    assert_eq!(deployed, said);
}

#[test]
fn the_name_of_the_chain_and_every_signed_byte_decide_who_the_sender_is() {
    let vector = vector();
    let serialized = bytes(&vector, "serialized");
    let chain = text(&vector, "chain_id");
    let sender = |bytes: &[u8], chain: &str| {
        SignedTransaction::decode(bytes).ok().and_then(|it| it.sender(chain))
    };
    let genuine = sender(&serialized, chain);
    assert!(genuine.is_some());

    assert_ne!(sender(&serialized, MAINNET), genuine);
    for at in 0..serialized.len() {
        let mut forged = serialized.clone();
        forged[at] ^= 1;
        assert_ne!(sender(&forged, chain), genuine, "byte {at}");
    }
}

#[test]
fn a_log_of_signed_transactions_is_replayed_as_who_signed_them() {
    let vector = vector();
    let signed = text(&vector, "serialized");
    let log = format!("time,signed,outcome\n1699999999999,{signed},truncated\n");
    let terms = terms(&vector);

    let log = Log::parse(log.as_bytes(), &terms).expect("it can be read");
    assert_eq!(format!("{:x}", log.rows[0].sender), text(&vector, "account_address"));
    assert_eq!(log.rows[0].record.hash.map(hex::encode).as_deref(), vector["identifier"].as_str());
    assert_eq!(log.rows[0].gas, Some(10_000));
    assert!(matches!(log.rows[0].record.outcome, Some(Recorded::RefusedWith(_))));

    let story = Story::of(&log, &terms, None);
    let engine = Box::new(NativeEngine::of("zk_node_registry"));
    let mut replay = Replay::recorded(&story, None, None, engine).expect("it can begin");
    let played = replay.next().expect("there is one call");
    assert_eq!(played.verdict, Ok(()));
    let sent = &played.deliveries[0];
    assert_eq!(hex(&sent.event.hash), text(&vector, "identifier"));
    assert!(matches!(&sent.outcome, Outcome::Refused { code, .. } if code == "truncated"));
}

#[test]
fn a_transaction_of_another_chain_or_past_its_time_is_no_row_of_a_log() {
    let vector = vector();
    let (signed, account) = (text(&vector, "serialized"), text(&vector, "account_address"));
    let terms = terms(&vector);
    let problem = |row: &str, terms: &Terms| {
        let log = format!("time,sender,signed\n{row}\n");
        Log::parse(log.as_bytes(), terms).expect_err("it is wrong").to_string()
    };

    let late = problem(&format!("1700000000001,,{signed}"), &terms);
    assert!(late.contains("valid until 2023-11-14T22:13:20Z only"), "{late}");
    let elsewhere = Terms { chain: MAINNET.to_owned(), ..terms.clone() };
    let forged = problem(&format!("1699999999999,{account},{signed}"), &elsewhere);
    assert!(forged.contains("another sender"), "{forged}");
    assert!(forged.contains("signed for the chain `Partisia Blockchain`"), "{forged}");
    let cut = problem(&format!("1699999999999,,{}", &signed[..signed.len() - 4]), &terms);
    assert!(cut.contains("no signed transaction"), "{cut}");
}

/// The private key of the vector, and of nobody else.
const KEY: [u8; 32] = [1; 32];

/// A transaction to `contract` as a wallet signs it: the same bytes each time.
fn signed(nonce: i64, valid_to: i64, contract: &str, rpc: &str) -> String {
    let rpc = hex::decode(rpc).expect("hex");
    let length = u32::try_from(rpc.len()).expect("a short call");
    let content = [
        &nonce.to_be_bytes()[..],
        &valid_to.to_be_bytes(),
        &50_000_i64.to_be_bytes(),
        &hex::decode(contract).expect("hex"),
        &length.to_be_bytes(),
        &rpc,
    ]
    .concat();
    let unsigned = [&[0; 65], &content[..]].concat();
    let hash = SignedTransaction::decode(&unsigned).expect("it is whole").hash(MAINNET);
    let key = SigningKey::from_slice(&KEY).expect("a key");
    let (signature, recovery) = key.sign_prehash_recoverable(&hash).expect("it can be signed");
    let signature = [&[recovery.to_byte()], &signature.to_bytes()[..]].concat();
    hex::encode([signature, content].concat())
}

#[test]
fn the_sample_log_is_signed_and_is_replayed_on_the_sample_state() {
    let registry = "01a2020bb33ef9e0323c7a3210d5cb7fd492aa0d65";
    // Each is valid for an hour.
    let mut log = String::from(
        "# Transactions as a wallet signed them, with the key of tests/vectors/signed-transaction.json\n\
         # for the chain `Partisia Blockchain`: an operator joins the registry of live.json.\n\
         time,signed,outcome\n",
    );
    for (nonce, date, millis, rpc, outcome) in [
        (
            1,
            "2025-06-17T08:00:00Z",
            1_750_147_200_000,
            "000000001968747470733a2f2f7a6b2e7369676e65642e6578616d706c65",
            "accepted",
        ),
        (2, "2025-06-17T08:10:00Z", 1_750_147_800_000, "0a000000002cb41780", "accepted"),
        (3, "2025-06-17T08:20:00Z", 1_750_148_400_000, "0c000000040000000b00000000", "accepted"),
        (4, "2025-06-17T08:30:00Z", 1_750_149_000_000, "0b000000002cb41781", "insufficient_free"),
        (5, "2025-06-17T08:40:00Z", 1_750_149_600_000, "13000000002cb41780", ""),
    ] {
        let bytes = signed(nonce, millis + 3_600_000, registry, rpc);
        log.push_str(&format!("{date},{bytes},{outcome}\n"));
    }
    expect_file!["../../tests/data/signed.csv"].assert_eq(&log);

    let sample = |name: &str| format!("{}/../tests/data/{name}", env!("CARGO_MANIFEST_DIR"));
    let mut zkreg = Command::new(env!("CARGO_BIN_EXE_zkreg"));
    zkreg.args(["replay", "--log", &sample("signed.csv"), "--state", &sample("live.json")]);
    zkreg.args(["--accept-findings", "--as-of", "2025-06-15T12:00:00Z"]).stdin(Stdio::null());
    let output = zkreg.output().expect("zkreg can be started");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    let sender = "000dae76a79114a2968caeb691e91fec7277e99be5";
    assert!(text.contains(&format!("{sender}: 75_000 = 75_000 free")), "{text}");
    let last =
        "1 log, 5 steps, 1 refused; 1 call without a recorded outcome; the rest as written.\n";
    assert!(text.ends_with(last), "{text}");
}
