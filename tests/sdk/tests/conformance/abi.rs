//! The ABI vectors: parsed, listed and written back; and the ABI that the host generates from the
//! source of the same contract.

/// The contract of `vectors/abi-odd.json`, from its description there.
#[allow(unreachable_pub)]
mod odd {
    use std::collections::VecDeque;

    use create_type_spec_derive::{CreateTypeSpec, create_type_spec_for_generic};
    use pbc_contract_codegen::{action, init, state};
    use pbc_contract_common::address::Address;
    use pbc_contract_common::context::ContractContext;
    use pbc_contract_common::signature::Signature;
    use pbc_contract_common::sorted_vec_map::{SortedVec, SortedVecMap};
    use pbc_contract_common::{BlsSignature, U256};
    use pbc_traits::ReadRPC;
    use read_write_rpc_derive::ReadRPC;
    use read_write_state_derive::ReadWriteState;

    #[state]
    pub struct Zst {}

    #[derive(ReadRPC, CreateTypeSpec)]
    #[allow(non_snake_case)]
    pub struct Wrap<T> {
        pub inner: T,
        pub upperName: u8,
    }

    create_type_spec_for_generic! { Wrap<u32> }
    create_type_spec_for_generic! { Wrap<String> }

    /// No function uses it: the official generator lists it, ours lists what is reachable.
    #[derive(ReadWriteState, CreateTypeSpec)]
    pub struct NotRooted {
        pub m: SortedVecMap<u8, SortedVec<u16>>,
        pub d: VecDeque<u64>,
        pub a: [u8; 5],
    }

    #[init]
    pub fn init_it(_context: ContractContext) -> Zst {
        Zst {}
    }

    #[action(shortname = 0x01)]
    pub fn r#gen(_context: ContractContext, state: Zst, w: Wrap<u32>, s: Wrap<String>) -> Zst {
        let _ = (w.inner, s.inner, w.upperName);
        state
    }

    #[action(shortname = 0x02)]
    pub fn noop(
        _context: ContractContext,
        state: Zst,
        mut amount: u64,
        data: Vec<[u8; 32]>,
        _unused: String,
    ) -> Zst {
        amount += data.len() as u64;
        assert!(amount > 0);
        state
    }

    #[action(shortname = 0x03)]
    pub fn many_types(
        _context: ContractContext,
        state: Zst,
        u: U256,
        s: Signature,
        b: BlsSignature,
        o: Option<Vec<Address>>,
    ) -> Zst {
        let _ = (u, s, b, o);
        state
    }
}

/// A contract that reaches the type that the odd one does not.
#[allow(unreachable_pub)]
mod rooted {
    use super::odd::NotRooted;
    use pbc_contract_codegen::{init, state};
    use pbc_contract_common::context::ContractContext;
    use pbc_contract_common::sorted_vec_map::SortedVecMap;
    use std::collections::VecDeque;

    #[state]
    pub struct State {
        pub twice: Vec<NotRooted>,
        pub once: NotRooted,
    }

    #[init]
    pub fn create(_context: ContractContext) -> State {
        let (m, d, a) = (SortedVecMap::new(), VecDeque::new(), [0; 5]);
        State { twice: vec![], once: NotRooted { m, d, a } }
    }
}

use pbc_host::{
    AbiError, ContractAbi, Named, NamedType, PbcFile, PbcFileError, Simple, TypeSpec, Version,
};
use pbc_lib::Export;
use serde_json::{Value, json};
use vectors::{bytes, hex, list, text, vectors};

const CONTRACT: &str = concat!(env!("CARGO_CRATE_NAME"), "::contract");

/// The ABI bytes of all vectors, with a name for each.
fn all_abis() -> Vec<(String, Vec<u8>)> {
    let mut abis: Vec<_> = ["abi.json", "abi-odd.json"]
        .map(|name| (name.to_string(), bytes(&vectors(name), "abi_hex")))
        .into();
    for file in list(&vectors("abi-ordered.json"), "files") {
        abis.push((text(file, "format").to_string(), bytes(file, "abi_hex")));
    }
    abis
}

fn ordered(format: &str) -> Vec<u8> {
    let (_, bytes) = all_abis().into_iter().find(|(name, _)| name == format).expect(format);
    bytes
}

/// A type as the npm parser shows it.
fn shown_type(spec: &TypeSpec) -> Value {
    match spec {
        TypeSpec::Named(index) => json!({"typeIndex": 0, "index": index}),
        TypeSpec::Simple(simple) => json!({"typeIndex": simple.code()}),
        TypeSpec::Vec(part) => json!({"typeIndex": 14, "valueType": shown_type(part)}),
        TypeSpec::Set(part) => json!({"typeIndex": 16, "valueType": shown_type(part)}),
        TypeSpec::Option(part) => json!({"typeIndex": 18, "valueType": shown_type(part)}),
        TypeSpec::ByteArray(length) => {
            json!({"typeIndex": 26, "valueType": {"typeIndex": 1}, "length": length})
        }
        TypeSpec::Array(part, length) => {
            json!({"typeIndex": 26, "valueType": shown_type(part), "length": length})
        }
        TypeSpec::Map(key, value) => json!({
            "typeIndex": 15, "keyType": shown_type(key), "valueType": shown_type(value),
        }),
        TypeSpec::AvlTreeMap(key, value) => json!({
            "typeIndex": 25, "keyType": shown_type(key), "valueType": shown_type(value),
        }),
    }
}

fn shown_names(named: &[Named]) -> Value {
    named.iter().map(|named| json!([named.name, shown_type(&named.spec)])).collect()
}

/// An ABI as the npm parser shows it: functions by kind.
fn shown(abi: &ContractAbi) -> Value {
    let types = abi.types.iter().map(|named| match named {
        NamedType::Struct { name, fields } => json!({"name": name, "fields": shown_names(fields)}),
        NamedType::Enum { name, variants } => {
            let variants = variants.iter().map(|variant| {
                let def = json!({"typeIndex": 0, "index": variant.index});
                json!({"discriminant": variant.discriminant, "def": def})
            });
            json!({"name": name, "variants": variants.collect::<Vec<_>>()})
        }
    });
    let mut functions: Vec<_> = abi.functions.iter().collect();
    functions.sort_by_key(|function| function.kind);
    let functions = functions.into_iter().map(|function| {
        let export = Export::Action(function.shortname.expect("a shortname")).to_string();
        json!({
            "kind": function.kind,
            "name": function.name,
            "shortname": export.strip_prefix("action_"),
            "args": shown_names(&function.arguments),
        })
    });
    json!({
        "versionBinder": abi.binder.to_string(),
        "versionClient": abi.client.to_string(),
        "stateType": {"typeIndex": 0, "index": abi.state},
        "namedTypes": types.collect::<Vec<_>>(),
        "functions": functions.collect::<Vec<_>>(),
    })
}

/// Our listing as npm's: without what trees map.
fn without_tree_types(listing: &str) -> String {
    let lines = listing.lines().map(|line| match line.split_once("AvlTreeMap<") {
        Some((start, _)) => format!("{start}AvlTreeMap,\n"),
        None => format!("{line}\n"),
    });
    lines.collect()
}

/// npm's listing without what it adds to the file: what the chain calls of every public contract.
fn without_binder(pretty: &str) -> String {
    let (start, rest) = pretty.split_once("#[binder_init").expect("what the chain calls");
    let (_, end) = rest.split_once("pub fn topUpGas ()\n\n").expect("its end");
    format!("{start}{end}")
}

#[test]
fn every_abi_is_written_back_byte_for_byte() {
    for (name, bytes) in all_abis() {
        let abi = ContractAbi::decode(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(hex(&abi.encode()), hex(&bytes), "{name}");
    }
}

#[test]
fn an_abi_is_parsed_as_the_npm_client_parses_it() {
    let vector = vectors("abi.json");
    let abi = ContractAbi::decode(&bytes(&vector, "abi_hex")).expect("an ABI");
    assert_eq!(shown(&abi), vector["parsed"]);
}

#[test]
fn an_abi_is_listed_as_the_npm_client_lists_it() {
    for name in ["abi.json", "abi-odd.json"] {
        let vector = vectors(name);
        let abi = ContractAbi::decode(&bytes(&vector, "abi_hex")).expect("an ABI");
        let listing = without_tree_types(&abi.to_string());
        assert_eq!(listing, without_binder(text(&vector, "pretty")), "{name}");
    }
}

#[test]
fn the_ordered_forms_list_types_and_functions_in_the_published_order() {
    for file in list(&vectors("abi-ordered.json"), "files") {
        let abi = ContractAbi::decode(&bytes(file, "abi_hex")).expect("an ABI");
        let types: Vec<_> = abi.types.iter().map(NamedType::name).collect();
        assert_eq!(json!(types), file["type_order"], "{}", file["format"]);
        let functions = abi.functions.iter().map(|function| {
            let export = Export::Action(function.shortname.expect("a shortname")).to_string();
            format!("{}:{}:{}", function.kind, &export["action_".len()..], function.name)
        });
        assert_eq!(json!(functions.collect::<Vec<_>>()), file["function_order"]);
    }
}

#[test]
fn an_abi_out_of_order_is_refused_where_the_client_version_wants_the_order() {
    assert!(text(&vectors("abi-ordered.json"), "rejected").contains("relabelled as client 5.7.0"));
    let abi = bytes(&vectors("abi.json"), "abi_hex");
    let relabelled = |minor| {
        let mut file = abi.clone();
        file[10] = minor;
        ContractAbi::decode(&file)
    };
    relabelled(6).expect("client 5.6 takes any order");
    // Its types are not in order either: the state stands behind what it is made of.
    assert_eq!(relabelled(7), Err(AbiError::TypeOrder { index: 0 }));
    let unordered = ContractAbi::decode(&abi).expect("client 5.4 takes any order");
    let refused = unordered.with_client(Version::new(5, 7, 0));
    assert_eq!(refused, Err(AbiError::TypeOrder { index: 0 }));

    for format in ["client 5.7.0", "client 6.0.0"] {
        let good = ContractAbi::decode(&ordered(format)).expect("in order");
        let refused = |change: &dyn Fn(&mut ContractAbi)| {
            let mut abi = good.clone();
            change(&mut abi);
            ContractAbi::decode(&abi.encode()).expect_err("out of order")
        };
        let early = refused(&|abi| abi.functions.swap(0, 1));
        assert_eq!(early, AbiError::FunctionOrder { name: good.functions[0].name.clone() });
        let twice = refused(&|abi| abi.functions.insert(2, abi.functions[1].clone()));
        assert_eq!(twice, AbiError::FunctionOrder { name: good.functions[1].name.clone() });
        let unreachable = NamedType::Struct { name: "Nobody".into(), fields: Vec::new() };
        let more = refused(&|abi| abi.types.push(unreachable.clone()));
        assert_eq!(more, AbiError::TypeOrder { index: good.types.len() });
    }
}

#[test]
fn types_have_the_codes_and_names_of_the_npm_client() {
    let vector = vectors("abi.json");
    let names = vector["type_index_names"].as_object().expect("names by code");
    let part = || Box::new(TypeSpec::Simple(Simple::Bool));
    let of_parts = [
        ("Named", TypeSpec::Named(0)),
        ("Vec", TypeSpec::Vec(part())),
        ("Map", TypeSpec::Map(part(), part())),
        ("Set", TypeSpec::Set(part())),
        ("SizedByteArray", TypeSpec::ByteArray(1)),
        ("Option", TypeSpec::Option(part())),
        ("AvlTreeMap", TypeSpec::AvlTreeMap(part(), part())),
        ("SizedArray", TypeSpec::Array(part(), 1)),
    ];
    let mut found = 0;
    for (code, name) in names {
        let code: u8 = code.parse().expect("a code");
        let name = name.as_str().expect("a name");
        let ours = match Simple::from_code(code) {
            Some(simple) => simple.name(),
            None => of_parts.iter().find(|(_, spec)| code_of(spec) == code).expect(name).0,
        };
        assert_eq!(ours, name, "code {code}");
        found += 1;
    }
    let simple = (0..=u8::MAX).filter(|code| Simple::from_code(*code).is_some()).count();
    assert_eq!(found, simple + of_parts.len());
}

/// The byte that a type starts with, where it is the type of the only field of the only struct.
fn code_of(spec: &TypeSpec) -> u8 {
    let fields = vec![Named { name: "f".into(), spec: spec.clone() }];
    let abi = ContractAbi {
        binder: Version::BINDER,
        client: Version::CLIENT,
        chain: None,
        types: vec![NamedType::Struct { name: "S".into(), fields }],
        functions: Vec::new(),
        state: 0,
    };
    /// Header and versions, one type, its code and name, one field and its name.
    const BEFORE: usize = 12 + 4 + 1 + 5 + 4 + 5;
    abi.encode()[BEFORE]
}

#[test]
#[cfg_attr(miri, ignore = "miri links no hooks")]
fn the_host_generates_the_ordered_form_from_the_source() {
    let abi = ContractAbi::generate(CONTRACT).expect("a linked contract");
    for (format, client) in [
        ("client 5.6.0", Version::new(5, 6, 0)),
        ("client 5.7.0", Version::new(5, 7, 0)),
        ("client 6.0.0", Version::new(6, 0, 0)),
    ] {
        let converted = abi.with_client(client).expect(format);
        assert_eq!(hex(&converted.encode()), hex(&ordered(format)), "{format}");
        assert_eq!(converted.with_client(Version::CLIENT), Ok(abi.clone()), "{format}, back");
    }
}

/// The types and functions of a listing.
fn items(listing: &str) -> Vec<&str> {
    listing.split("\n\n").filter(|item| item.contains("pub ")).collect()
}

#[test]
#[cfg_attr(miri, ignore = "miri links no hooks")]
fn generics_odd_names_and_rare_types_are_listed_as_the_official_generator_lists_them() {
    let vector = vectors("abi-odd.json");
    let theirs = without_binder(text(&vector, "pretty"));
    let mut theirs = items(&theirs);
    // The official generator also lists what nothing reaches, and three types of ZK contracts.
    let unreachable = ["NotRooted", "EventSubscriptionId", "ExternalEventId", "SecretVarId"];
    let is_reachable = |item: &&str| {
        !unreachable.iter().any(|name| item.starts_with(&format!("pub struct {name} ")))
    };
    let not_rooted = *theirs.iter().find(|item| !is_reachable(item)).expect("an unreachable type");
    theirs.retain(is_reachable);

    let ours = ContractAbi::generate(&format!("{}::odd", module_path!())).expect("a contract");
    let ours = ours.to_string();
    let mut ours = items(&ours);
    ours.sort_unstable();
    theirs.sort_unstable();
    assert_eq!(ours, theirs);

    let rooted = ContractAbi::generate(&format!("{}::rooted", module_path!())).expect("a contract");
    assert_eq!(rooted.types.len(), 2, "a type is listed once");
    assert_eq!(items(&rooted.to_string())[1], not_rooted);
}

#[test]
#[cfg_attr(miri, ignore = "miri links no hooks")]
fn the_generated_abi_has_the_marked_versions_and_byte_arrays() {
    let abi = ContractAbi::generate(CONTRACT).expect("a linked contract");
    assert_eq!((abi.binder, abi.client), (Version::BINDER, Version::CLIENT));
    assert_eq!(hex(&abi.encode())[..24], *"5042434142490a0200050400");
    let NamedType::Struct { fields, .. } = &abi.types[0] else {
        panic!("the state is a struct");
    };
    let raw = fields.iter().find(|field| field.name == "raw20").expect("a field");
    assert_eq!(raw.spec, TypeSpec::ByteArray(20));
}

#[test]
#[cfg_attr(miri, ignore = "miri links no hooks")]
fn the_linked_hooks_are_those_of_the_abi() {
    let abi = ContractAbi::decode(&ordered("client 5.7.0")).expect("an ABI");
    let listed: Vec<_> = abi
        .functions
        .iter()
        .map(|function| {
            let number = function.shortname.expect("a shortname");
            let export = match function.kind {
                1 => Export::Init,
                2 => Export::Action(number),
                _ => Export::Callback(number),
            };
            (export.to_string(), function.name.as_str())
        })
        .collect();
    let mut linked: Vec<_> = pbc_lib::entries(CONTRACT)
        .into_iter()
        .map(|entry| (entry.export.to_string(), entry.function))
        .collect();
    assert_eq!(linked.len(), listed.len());
    linked.retain(|hook| !listed.contains(hook));
    assert_eq!(linked, []);
}

#[test]
#[cfg_attr(miri, ignore = "miri links no hooks")]
fn a_contract_that_is_not_linked_has_no_abi() {
    let contract = "nowhere".to_string();
    assert_eq!(ContractAbi::generate("nowhere"), Err(AbiError::NotLinked { contract }));
}

#[test]
fn every_proper_prefix_of_an_abi_is_refused() {
    for (name, bytes) in all_abis() {
        for end in (0..bytes.len()).step_by(if cfg!(miri) { 31 } else { 1 }) {
            ContractAbi::decode(&bytes[..end]).expect_err(&format!("{name} up to byte {end}"));
        }
        let longer = [&bytes[..], &[0]].concat();
        ContractAbi::decode(&longer).expect_err("a byte too many");
    }
}

#[test]
fn a_flipped_bit_of_an_abi_is_an_error_or_another_abi() {
    let mut refused = 0;
    for (name, bytes) in all_abis() {
        for bit in (0..8 * bytes.len()).step_by(if cfg!(miri) { 101 } else { 1 }) {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            match ContractAbi::decode(&flipped) {
                Ok(abi) => {
                    assert_eq!(abi.encode(), flipped, "{name}, bit {bit}");
                    if bit % 16 == 0 {
                        assert!(!abi.to_string().is_empty());
                    }
                }
                Err(_) => refused += 1,
            }
        }
    }
    assert!(refused > 0);
}

#[test]
fn types_that_go_too_deep_or_lead_nowhere_are_refused() {
    let mut deep =
        b"PBCABI\x0a\x02\x00\x05\x04\x00\0\0\0\x01\x01\0\0\0\x01S\0\0\0\x01\0\0\0\x01f".to_vec();
    deep.extend([0x0e; 10_000]);
    assert!(matches!(ContractAbi::decode(&deep), Err(AbiError::TooDeep { .. })));

    let nowhere = b"PBCABI\x0a\x02\x00\x05\x04\x00\0\0\0\0\0\0\0\0\x00\x00";
    assert_eq!(ContractAbi::decode(nowhere), Err(AbiError::UnknownType { index: 0 }));

    let future = b"PBCABI\x0a\x02\x00\x05\x08\x00\0\0\0\0\0\0\0\0\x00\x00";
    let version = Version::new(5, 8, 0);
    assert_eq!(ContractAbi::decode(future), Err(AbiError::ClientVersion(version)));
}

#[test]
fn a_pbc_file_is_read_and_written_back() {
    let vector = vectors("pbc-file.json");
    let abi = bytes(&vectors("abi.json"), "abi_hex");
    let file = [bytes(&vector, "prefix_hex"), abi.clone(), bytes(&vector, "suffix_after_abi_hex")];
    let file = file.concat();

    let parsed = PbcFile::decode(&file).expect("a file");

    assert_eq!(parsed.abi, abi);
    assert_eq!(hex(&parsed.wasm), text(&vector, "wasm_section"));
    assert_eq!(parsed.zk_bytecode, None);
    assert_eq!(parsed.encode(), file);
}

#[test]
fn a_pbc_file_without_code_or_with_a_broken_section_is_refused() {
    let file = PbcFile { abi: vec![1], wasm: vec![2], zk_bytecode: Some(vec![3]) }.encode();
    assert_eq!(PbcFile::decode(b"PBSX"), Err(PbcFileError::Header));
    assert_eq!(PbcFile::decode(&file[..10]), Err(PbcFileError::Missing(2)));
    assert!(matches!(PbcFile::decode(&file[..9]), Err(PbcFileError::Malformed(_))));
    let twice = [&file[..], &file[4..]].concat();
    assert_eq!(PbcFile::decode(&twice), Err(PbcFileError::Section(1)));
}
