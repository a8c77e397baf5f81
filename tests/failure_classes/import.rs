//! States from outside, as bytes and as JSON: what a loader and an import do with them.
//!
//! Of these classes H08 is in `failure_classes_state_memory.rs`, F14 in `lifecycle`.

use std::fs;
use std::path::Path;

use pbc_contract_common::address::Address;
use pbc_contract_common::sorted_vec_map::SortedVecMap;
use pbc_lib::{Failure, Trees};
use pbc_traits::ReadWriteState;
use registry_tests::calls::*;
use registry_tests::*;
use zk_node_registry::rules::leave::leave;
use zk_node_registry::rules::units::Timestamp;
use zk_node_registry::{Computation, Pending, ZkNode, ZkNodeTokens};
use zkreg::engine::NativeEngine;
use zkreg::image::{Image, LoadError, ROOT_BYTES};
use zkreg::json::{
    ImportOptions, Imported, InFlight, Layout, export_to_string, import, parse_address,
};
use zkreg::json_lines;
use zkreg::name::Name;
use zkreg::replay::Replay;
use zkreg::scenario::Scenario;
use zkreg::status::{Status, Style};
use zkreg::transcript::{Counts, Palette, Transcript};

/// The tree of token records, of node records, and so on.
const TOKENS: i32 = 0;
const NODES: i32 = 1;
const COMPUTATIONS: i32 = 2;
const ROSTER: i32 = 3;

/// A registry in the middle of its life: nodes that work, wait, have resigned and are banned, and
/// every optional field once there and once not.
fn busy() -> Registry {
    let mut registry = Registry::with_nodes(4, 1_000);
    registry.take(zk(1), 40, &[node(3), node(1)]);
    registry.take(public(2), 7, &[node(2)]);
    registry.take(zk(3), 9, &[node(1)]);
    registry.accept(zk(3), done_v1());
    registry.now += DAY;
    registry.accept(node(2), expire(Some(registry.now + DAY)));
    registry.accept(node(1), reserve(500));
    registry.accept(node(4), resign());
    registry.accept(voting(), disable(node(3)));
    let register_only = register("https://n5.example");
    registry.accept(node(5), register_only);
    registry.accept(node(2), disassociate(100));
    registry.accept(node(6), associate(77));
    registry
}

fn load(registry: &Registry) -> Result<Image, Vec<LoadError>> {
    Image::load(&registry.state, &registry.trees)
}

/// The invariants that the state breaks, and where.
#[track_caller]
fn broken(registry: &Registry) -> Vec<String> {
    let errors = load(registry).expect_err("the state is impossible");
    let shown = |error: &LoadError| match error {
        LoadError::Invariant { id, path, .. } => format!("{id} {path}"),
        LoadError::Malformed { .. } => panic!("it can be decoded: {error}"),
    };
    errors.iter().map(shown).collect()
}

fn bytes(value: &impl ReadWriteState) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.state_write_to(&mut bytes).expect("writing to a vector succeeds");
    bytes
}

/// Sends a call that must break down, and checks that nothing has changed.
#[track_caller]
fn trap(registry: &mut Registry, sender: Address, call: Rpc) {
    let before = registry.clone();
    let outcome = registry.call(sender, &call);
    assert!(matches!(outcome, Err(Failure::Trap { .. })), "{outcome:?}");
    assert_eq!(registry.state, before.state);
    assert!(registry.trees == before.trees);
}

fn document(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    fs::read_to_string(folder.join(name)).expect("the document is there")
}

/// Read at 2025-06-15T12:00:00Z.
fn options() -> ImportOptions {
    let as_of = Some(Timestamp::from_millis(1_749_988_800_000));
    ImportOptions { as_of, ..ImportOptions::default() }
}

#[track_caller]
fn imported(text: &str) -> Imported {
    match import(text.as_bytes(), &options()) {
        Ok(imported) => imported,
        Err(failure) => panic!("{failure}"),
    }
}

/// The registry on which `image` is.
fn resumed(image: &Image) -> Registry {
    let (state, trees) = image.store();
    let mut registry = Registry::new();
    (registry.state, registry.trees) = (state, trees);
    registry
}

#[test]
fn h10_map_keys_that_do_not_ascend_are_refused() {
    let mut registry = Registry::with_nodes(1, 1_000);
    registry.take(zk(1), 10, &[node(1)]);
    registry.take(zk(2), 20, &[node(1)]);
    let key = bytes(&node(1));
    let record = registry.trees.get(TOKENS, &key).expect("there is a record").to_vec();
    // The count, then two entries of an address and an amount.
    let (count, rest) = record.split_at(4);
    assert_eq!(count, [2, 0, 0, 0]);
    let (first, rest) = rest.split_at(29);
    let (second, rest) = rest.split_at(29);
    assert!(load(&registry).is_ok());

    for (case, entries) in [("swapped", [second, first]), ("repeated", [first, first])] {
        let record = [count, &entries.concat(), rest].concat();
        registry.trees.insert(TOKENS, &key, &record);
        let errors = load(&registry).expect_err("keys must ascend");
        let [LoadError::Malformed { path, cause }] = errors.as_slice() else {
            panic!("{case}: {errors:?}");
        };
        assert!(path.starts_with(&format!("staked_tokens[{:x}].allocated_tokens", node(1))));
        assert!(cause.contains("is not larger than the one before it"), "{case}: {cause}");
        assert_eq!(errors[0].code(), "state_malformed");
    }
}

#[test]
fn h11_impossible_values_are_not_loaded_and_odd_ones_are_found() {
    // Free tokens below 0.
    let mut registry = Registry::with_nodes(2, 1_000);
    registry.edit_tokens(node(1), |tokens| tokens.free_tokens = -1);
    assert_eq!(broken(&registry), [format!("INV-01 staked_tokens[{:x}].free_tokens", node(1))]);
    for call in [unlock(), reserve(5), disassociate(1), associate(1)] {
        trap(&mut registry, node(1), call);
    }
    registry.accept(node(2), disassociate(1));

    // A pending amount of nothing.
    let mut registry = Registry::with_nodes(1, 1_000);
    registry.edit_tokens(node(1), |tokens| {
        tokens.pending_unlock.push(Pending { amount: 0, unlock_time: 5 });
    });
    let path = format!("staked_tokens[{:x}].pending_unlock[0].amount", node(1));
    assert_eq!(broken(&registry), [format!("INV-02 {path}")]);

    // An allocation without a node record.
    let mut registry = Registry::with_nodes(1, 1_000);
    registry.take(zk(1), 10, &[node(1)]);
    let mut image = load(&registry).expect("all is well");
    assert_eq!(image.findings(), []);
    image.zk_nodes.clear();
    image.roster.clear();
    let mut registry = resumed(&image);
    let found = load(&registry).expect("it is odd and no more").findings();
    let found: Vec<_> = found.iter().map(|finding| finding.code()).collect();
    assert_eq!(found, ["allocation_without_active_node"]);
    registry.accept(zk(1), done_v2(&[(node(1), F)]));
    assert_eq!(registry.pending(node(1)), 10);
    assert_eq!(registry.computation(zk(1)), None);
    assert_eq!(registry.records().node(&node(1)), None, "no score is moved");
}

#[test]
fn h12_optional_values_that_are_absent_are_no_obstacle() {
    let mut registry = Registry::with_nodes(2, 1_000);
    registry.take(zk(1), 10, &[node(1)]);
    let mut image = load(&registry).expect("all is well");
    for node in image.zk_nodes.values_mut() {
        node.public_key = None;
        node.supported_protocol_version = None;
    }
    for tokens in image.staked_tokens.values_mut() {
        tokens.expiration_timestamp = None;
    }
    for computation in image.computations.values_mut() {
        computation.allocation_end = None;
    }

    (registry.state, registry.trees) = image.store();
    assert_eq!(load(&registry).as_ref(), Ok(&image));
    assert_eq!(image.findings(), []);
    let listed = request_listed_protocol(zk(2), 10, (4, 0, 0), &[node(1)]);
    registry.refuse(deploy(), listed, "node_version_too_low");
    let drawn = request_v2(zk(2), 1, 10, &[], (4, 0, 0));
    registry.refuse(deploy(), drawn, "not_enough_nodes");
    registry.refuse(stranger(), send_expired_home(node(1)), "no_expiration");
    let until = associate_until(5, registry.now + DAY);
    registry.refuse(node(1), until, "expiration_mismatch");
    registry.take(zk(2), 10, &[node(1)]);

    let now = Timestamp::from_millis(registry.now);
    let records = registry.records();
    let plan = leave(records.tokens(&node(1)).as_ref(), |zk| records.computation(zk), now);
    assert_eq!(plan.exit(now), None, "no end is known");
    let status = Status::of_all(&image, now);
    assert!(status.details(Style::Plain).contains("no end known"));

    // The answer of the contract sets the end that was not known.
    let asked = registry.accept(stranger(), check_status(zk(1)));
    let [question] = asked.as_slice() else { panic!("one group") };
    let answer = [(true, 12_345_i64.to_be_bytes().to_vec())];
    registry.callback(question, true, &answer).expect("the answer is welcome");
    assert_eq!(registry.planned_end(zk(1)), Some(12_345));
    registry.accept(zk(1), done_v1());
}

#[test]
fn h14_a_flipped_bit_gives_an_error_or_another_state_with_those_bytes() {
    let registry = busy();
    let image = load(&registry).expect("all is well");
    let (state, trees) = image.store();
    assert_eq!(state, registry.state);
    assert!(trees == registry.trees);

    let (mut refused, mut taken) = (0_u32, 0_u32);
    let mut check = |case: &dyn Fn() -> String, state: &[u8], trees: &Trees| {
        match Image::load(state, trees) {
            Err(errors) => {
                assert!(!errors.is_empty(), "{}", case());
                refused += 1;
            }
            Ok(image) => {
                let (state_again, trees_again) = image.store();
                assert_eq!(state_again, state, "{}", case());
                assert!(trees_again == *trees, "{}", case());
                // Whatever is loaded can be looked at.
                let status = Status::of_all(&image, Timestamp::from_millis(registry.now));
                assert_eq!(status.roster_length, image.roster.len());
                image.findings();
                taken += 1;
            }
        }
    };
    for (flipped, case) in flips(&state) {
        check(&|| format!("root, {case}"), &flipped, &trees);
    }
    for tree in trees.ids() {
        for (key, value) in trees.iter(tree) {
            for (flipped, case) in flips(value) {
                let mut trees = trees.clone();
                trees.insert(tree, key, &flipped);
                check(&|| format!("tree {tree}, value, {case}"), &state, &trees);
            }
            for (flipped, case) in flips(key) {
                let mut trees = trees.clone();
                trees.remove(tree, key);
                trees.insert(tree, &flipped, value);
                check(&|| format!("tree {tree}, key, {case}"), &state, &trees);
            }
        }
    }
    assert!(refused > 1_000 && taken > 1_000, "{refused} refused, {taken} taken");
}

/// `bytes` with each of its bits flipped in turn.
fn flips(bytes: &[u8]) -> impl Iterator<Item = (Vec<u8>, String)> {
    (0..bytes.len() * 8).map(move |bit| {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        (flipped, format!("bit {bit}"))
    })
}

#[test]
fn h15_endpoints_have_no_control_characters_and_every_output_escapes_the_rest() {
    let mut registry = Registry::new();
    registry.accept(node(2), register("https://n2.example"));
    for character in ('\0'..='\u{1f}').chain('\u{7f}'..='\u{9f}') {
        let endpoint = format!("https://a{character}b");
        let code = "endpoint_control_character";
        let messages = [
            registry.refuse(node(1), register(&endpoint), code),
            registry.refuse(node(2), update_endpoint(&endpoint), code),
        ];
        for message in messages {
            assert!(is_printable(&message), "{message:?}");
            let code_point = format!("U+{:04X}", u32::from(character));
            assert!(message.contains(&code_point), "{message}");
        }
    }
    let turned = "https://moc.elpmaxe\u{202e}//:sptth";
    registry.accept(node(1), register(turned));
    registry.accept(node(2), update_endpoint(turned));
    let already = registry.refuse(node(1), register(turned), "already_registered");
    assert!(is_printable(&already), "{already}");

    // The endpoints of an imported state may hold anything.
    let mut image = load(&registry).expect("all is well");
    let vile = "http://\0\u{7}\u{1b}[2J\u{7f}\u{85}\u{202e}\u{2066}\u{feff}é\u{1f4a9}\n\"\\";
    for node in image.zk_nodes.values_mut() {
        node.rest_endpoint.rest_endpoint.push_str(vile);
    }
    let now = Timestamp::from_millis(registry.now);
    let status = Status::of_all(&image, now);
    let mut json = Vec::new();
    status.write_json(&mut json, Layout::Compact).expect("writing to a vector succeeds");
    let export = export_to_string(&image, Layout::Compact);
    let findings = imported(&export).findings;
    assert_eq!(findings.len(), 2, "{findings:?}");
    let mut outputs = vec![
        String::from_utf8(json).expect("it is text"),
        export.clone(),
        findings.iter().map(ToString::to_string).collect(),
    ];
    let tables = [status.table(Style::Plain), status.details(Style::Plain)];
    outputs.extend(tables.iter().map(|table| table.replace('\n', "")));
    // What is wrong about a document quotes it.
    let broken =
        export.replace("\"restEndpoint\":{", "\"\u{202e}\u{7}\":{").replace('\u{7}', "\\u0007");
    let failure = import(broken.as_bytes(), &options()).expect_err("endpoints are missing");
    outputs.push(failure.to_string().replace('\n', ""));
    outputs.extend(replayed(turned).map(|text| text.replace('\n', "")));
    for output in &outputs {
        assert!(is_printable(output), "{output:?}");
    }
    let json = outputs[0].to_lowercase();
    assert!(json.contains("\\u202e") && json.contains("\\u007f"));
    assert!(tables[1].contains("\\u{202e}") && tables[1].contains("\\u{7f}"));
    assert_eq!(imported(&export).image, image, "and nothing is lost");
}

/// What replaying a registration shows: the transcript, and JSON Lines.
fn replayed(endpoint: &str) -> [String; 2] {
    let scenario = format!(
        "# {endpoint}\ngiven alice produces blocks\n0d alice register \"{endpoint}\"\n\
         1d alice register \"{endpoint}\" => already_registered\n"
    );
    let scenario = Scenario::parse(scenario.as_bytes()).expect("it is well-formed");
    let engine = Box::new(NativeEngine::of("zk_node_registry"));
    let Ok(mut replay) = Replay::start(&scenario, engine) else { panic!("it begins") };
    let mut transcript = Transcript::new(&scenario, Palette::default());
    let (mut text, mut lines) = (transcript.header(&scenario), String::new());
    let mut counts = Counts::default();
    while let Some(played) = replay.next() {
        assert!(played.verdict.is_ok(), "{:?}", played.verdict);
        counts.add(&played);
        text.push_str(&transcript.rows(&played, replay.world()));
        lines.push_str(&json_lines::step(endpoint, &played, replay.world()));
    }
    text.push_str(&transcript.footer(replay.world()));
    lines.push_str(&json_lines::summary(endpoint, counts, replay.world()));
    [text, lines]
}

fn is_printable(text: &str) -> bool {
    text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

#[test]
fn j07_another_layout_is_refused_and_an_older_export_has_the_same_sums() {
    let registry = busy();
    let image = load(&registry).expect("all is well");

    // A root state that is shorter or longer, whatever is in it.
    for length in [0, 1, ROOT_BYTES - 1, ROOT_BYTES + 1, 2 * ROOT_BYTES] {
        let mut state = registry.state.clone();
        state.resize(length, 0);
        let errors = Image::load(&state, &registry.trees).expect_err("another layout");
        let [error @ LoadError::Invariant { id: "INV-22", .. }] = errors.as_slice() else {
            panic!("{errors:?}");
        };
        assert!(error.to_string().contains(&length.to_string()));
    }
    // One with other trees, or trees that are not its own.
    let ids = ROOT_BYTES - 5 * 4;
    let mut other_ids = registry.state.clone();
    other_ids[ids] = 1;
    other_ids[ids + 4] = 0;
    let errors = Image::load(&other_ids, &registry.trees).expect_err("other trees");
    assert_eq!(errors[0].code(), "state_malformed");
    assert!(Image::load(&registry.state, &Trees::new()).is_err());
    let mut more_trees = registry.trees.clone();
    more_trees.create();
    assert!(Image::load(&registry.state, &more_trees).is_err());
    // Records of the live registry, without the fields that only this one has.
    for (tree, added) in [(TOKENS, 16), (NODES, 1)] {
        let mut registry = registry.clone();
        let key = bytes(&node(1));
        let record = registry.trees.get(tree, &key).expect("there is a record").to_vec();
        registry.trees.insert(tree, &key, &record[..record.len() - added]);
        let errors = load(&registry).expect_err("a shorter record");
        assert_eq!(errors[0].code(), "state_malformed");
        assert!(errors[0].to_string().contains("truncated"), "{}", errors[0]);
    }
    each_broken_invariant_is_named();

    // The export of a version that kept less.
    let full: serde_json::Value =
        serde_json::from_str(&export_to_string(&image, Layout::Compact)).expect("it is JSON");
    let mut older = full.clone();
    for key in ["computations", "roster", "settings"] {
        let parts = older.as_object_mut().expect("an object");
        assert!(parts.remove(key).is_some());
    }
    let settings = Some(image.settings.clone());
    let as_of = Some(Timestamp::from_millis(registry.now));
    let options = ImportOptions { as_of, settings, ..ImportOptions::default() };
    let older = import(older.to_string().as_bytes(), &options).expect("it is imported").image;
    assert_eq!(older.staked_tokens, image.staked_tokens);
    assert_eq!(older.zk_nodes, image.zk_nodes);
    assert_eq!(older.members(), image.members());
    let shares = |image: &Image| -> Vec<_> {
        image.computations.iter().map(|(zk, work)| (*zk, work.share, work.nodes.len())).collect()
    };
    assert_eq!(shares(&older), shares(&image));
}

/// Breaks one invariant at a time.
fn each_broken_invariant_is_named() {
    type Edit = fn(&mut Image);
    fn tokens(image: &mut Image, n: u16) -> &mut ZkNodeTokens {
        image.staked_tokens.get_mut(&node(n)).expect("it has tokens")
    }
    fn record(image: &mut Image, n: u16) -> &mut ZkNode {
        image.zk_nodes.get_mut(&node(n)).expect("it has a node")
    }
    fn work(image: &mut Image, served: Address) -> &mut Computation {
        image.computations.get_mut(&served).expect("it has work")
    }
    let cases: [(&str, &str, Edit); 26] = [
        ("free", "INV-01", |image| tokens(image, 1).free_tokens = -1),
        ("reserved", "INV-01", |image| tokens(image, 1).reserved_tokens = i64::MIN),
        ("incoming", "INV-01", |image| tokens(image, 1).incoming_tokens = -1),
        ("outgoing", "INV-01", |image| tokens(image, 1).outgoing_tokens = -1),
        ("an allocation", "INV-02", |image| {
            tokens(image, 1).allocated_tokens.insert(zk(1), 0);
        }),
        ("a pending amount", "INV-02", |image| tokens(image, 1).pending_unlock[0].amount = 0),
        ("the whole", "INV-03", |image| tokens(image, 1).free_tokens = i64::MAX),
        ("an empty record", "INV-04", |image| {
            image.staked_tokens.insert(node(9), ZkNodeTokens::default());
        }),
        ("a pending time twice", "INV-11", |image| {
            let again = tokens(image, 1).pending_unlock[0].clone();
            tokens(image, 1).pending_unlock.push(again);
        }),
        ("a score that is no sum", "INV-13", |image| record(image, 1).score.allocated_score += 1),
        ("a negative score", "INV-13", |image| {
            record(image, 1).score.success_score = -1;
            record(image, 1).score.allocated_score = -1;
        }),
        ("no node", "INV-10", |image| work(image, zk(1)).nodes.clear()),
        ("a node twice", "INV-10", |image| work(image, zk(1)).nodes.push(node(1))),
        ("a share of nothing", "INV-09", |image| work(image, zk(1)).share = 0),
        ("stakes of nothing", "INV-09", |image| work(image, zk(1)).total_stakes = 0),
        ("a node without allocation", "INV-08", |image| work(image, zk(1)).nodes.push(node(2))),
        ("an allocation without node", "INV-08", |image| {
            work(image, zk(1)).nodes.pop();
        }),
        ("an allocation without computation", "INV-08", |image| {
            image.computations.remove(&public(2));
        }),
        ("a member too few", "INV-19", |image| {
            image.roster.pop();
        }),
        ("a stranger", "INV-19", |image| image.roster.push(stranger())),
        ("a member twice", "INV-19", |image| image.roster.push(image.roster[0])),
        ("a banned member", "INV-19", |image| record(image, 1).is_disabled = true),
        ("a resigned member", "INV-19", |image| record(image, 2).is_resigned = true),
        ("a poor member", "INV-19", |image| image.settings.min_node_stake = i64::MAX),
        ("a negative minimum of nodes", "INV-22", |image| image.settings.min_node_stake = -1),
        ("a negative minimum of requests", "INV-22", |image| image.settings.min_total_stakes = -1),
    ];
    let image = load(&busy()).expect("all is well");
    for (case, expected, edit) in cases {
        let mut image = image.clone();
        edit(&mut image);
        let broken = broken(&resumed(&image));
        assert!(broken.iter().any(|broken| broken.starts_with(expected)), "{case}: {broken:?}");
    }

    // A roster with a gap, and one that is not inverse to its positions.
    let mut gap = resumed(&image);
    let last = u32::try_from(image.roster.len()).expect("it is short") - 1;
    gap.trees.remove(ROSTER, &bytes(&last));
    gap.trees.insert(ROSTER, &bytes(&(last + 1)), &bytes(&image.roster[image.roster.len() - 1]));
    assert!(broken(&gap)[0].starts_with("INV-19 roster["));
    let mut swapped = resumed(&image);
    swapped.trees.insert(ROSTER, &bytes(&0_u32), &bytes(&image.roster[1]));
    assert!(broken(&swapped).iter().all(|broken| broken.starts_with("INV-19")));
}

#[test]
fn j08_importing_what_an_import_exported_changes_nothing() {
    for name in ["live.json", "live_sparse.json", "live.export.json", "odd.json"] {
        for settle_in_flight in [None, Some(InFlight::Ok), Some(InFlight::Failed)] {
            let collaborators = Some(imported(&document("live.json")).image.collaborators);
            let options = ImportOptions { settle_in_flight, collaborators, ..options() };
            let import = |text: &str| match import(text.as_bytes(), &options) {
                Ok(imported) => imported,
                Err(failure) => panic!("{name}: {failure}"),
            };
            let first = import(&document(name));
            let export = export_to_string(&first.image, Layout::Pretty);
            let second = import(&export);

            assert_eq!(second.image.store().0, first.image.store().0, "{name}");
            assert!(second.image.store().1 == first.image.store().1, "{name}");
            assert_eq!(export_to_string(&second.image, Layout::Pretty), export, "{name}");
            for finding in &second.findings {
                assert!(first.findings.contains(finding), "{name}: {finding} is new");
            }
        }
    }

    // A registry of our own has no findings at all, transfers under way excepted.
    let image = load(&busy()).expect("all is well");
    let text = export_to_string(&image, Layout::Compact);
    let again = import(text.as_bytes(), &ImportOptions::default()).expect("it is imported");
    assert_eq!(again.image.store().0, image.store().0);
    assert!(again.image.store().1 == image.store().1);
    let codes: Vec<_> = again.findings.iter().map(|finding| finding.code()).collect();
    assert_eq!(codes, ["transfer_under_way", "transfer_under_way"]);
}

#[test]
fn j09_what_exceeds_a_limit_is_decodable_and_releasable() {
    let engines: Vec<Address> = (1..=17).map(node).collect();
    let mut image = load(&Registry::with_nodes(17, 5)).expect("all is well");
    // More nodes than a request can have; more entries than a record takes on; a longer endpoint.
    for engine in &engines {
        let tokens = image.staked_tokens.get_mut(engine).expect("it has tokens");
        tokens.allocated_tokens.insert(zk(1), 3);
    }
    let work = |nodes| Computation { nodes, share: 3, total_stakes: 50, allocation_end: None };
    image.computations.insert(zk(1), work(engines.clone()));
    let mut many = SortedVecMap::new();
    for n in 2..=1_100 {
        many.insert(zk(n), 3);
        let alone = Computation { total_stakes: 3, ..work(vec![node(1)]) };
        image.computations.insert(zk(n), alone);
    }
    many.insert(zk(1), 3);
    image.staked_tokens.get_mut(&node(1)).expect("it has tokens").allocated_tokens = many;
    let record = image.zk_nodes.get_mut(&node(1)).expect("it has a node");
    record.rest_endpoint.rest_endpoint = format!("https://{}", "a".repeat(600));
    record.server_jurisdiction.value = 1_000;

    let text = export_to_string(&image, Layout::Compact);
    let imported = import(text.as_bytes(), &ImportOptions::default()).expect("it is imported");
    assert_eq!(imported.image, image);
    let codes: Vec<_> = imported.findings.iter().map(|finding| finding.code()).collect();
    let expected =
        ["too_many_entries", "endpoint_refused", "jurisdiction_out_of_range", "too_many_nodes"];
    assert_eq!(codes, expected);

    let mut registry = resumed(&imported.image);
    assert_eq!(load(&registry).as_ref(), Ok(&image));
    let statuses: Vec<_> = engines.iter().map(|engine| (*engine, S)).collect();
    registry.accept(zk(1), done_v2(&statuses));
    for n in 2..=1_100 {
        registry.accept(zk(n), done_v1());
    }
    assert_eq!(registry.pending(node(1)), 3 * 1_100);
    assert_eq!(registry.score(node(1)), (1_100, 1_100, 0));
    registry.now += 14 * DAY;
    for engine in engines {
        let free = registry.free(engine);
        registry.accept(engine, disassociate(free));
        assert_eq!(registry.tokens(engine).total().units(), 0);
    }
    assert_eq!(registry.trees.len(COMPUTATIONS), 0);
}

#[test]
fn j10_addresses_are_compared_by_their_bytes() {
    let lower = "00ca12f31b8cbf5f29e268ea64c20a37f3d50b539d";
    let upper = lower.to_uppercase();
    assert_eq!(parse_address(&upper), parse_address(lower));
    assert!(parse_address(lower).is_some());

    // A document in upper case is the same state, without findings of its own.
    let text = document("live.json");
    let first = imported(&text);
    let mut shouted = text.clone();
    for account in first.image.zk_nodes.keys().chain(first.image.computations.keys()) {
        shouted = shouted.replace(&format!("{account:x}"), &format!("{account:X}"));
    }
    assert_ne!(shouted, text);
    assert_eq!(imported(&shouted), first);

    // Half in upper case: the roster and the computations still fit, a key twice is one.
    let export = document("live.export.json");
    let mixed = export.replacen(lower, &upper, 3);
    assert_eq!(imported(&mixed), imported(&export));
    let first_key = export.find("\"stakedTokens\"").expect("there are tokens");
    let repeated = format!(
        "{}{}",
        &export[..first_key],
        export[first_key..].replacen(
            '[',
            &format!("[{{\"key\": \"{upper}\", \"value\": {{\"freeTokens\": 1, \"reservedTokens\": 0}}}},"),
            1
        )
    );
    let failure = import(repeated.as_bytes(), &options()).expect_err("a key occurs twice");
    let codes: Vec<_> = failure.errors().iter().map(|error| error.code.as_str()).collect();
    assert_eq!(codes, ["import_duplicate_key"]);

    // A name in a scenario.
    let name = |text: &str| text.parse::<Name>().expect("an address is a name");
    assert_eq!(name(&upper), name(lower));

    // The status of one node.
    let now = Timestamp::from_millis(0);
    let node = parse_address(&upper).expect("an address");
    assert!(Status::of_one(&first.image, node, now).is_ok());
}
