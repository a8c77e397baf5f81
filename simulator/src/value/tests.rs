//! Values: what is printed can be typed, and both codings are those of the SDK.

use pbc_host::{ContractAbi, Named, NamedType, Simple, TypeSpec, Variant, Version};
use pbc_lib::Trees;
use pbc_traits::ReadWriteState;

use super::*;

fn simple(simple: Simple) -> TypeSpec {
    TypeSpec::Simple(simple)
}

fn vec(part: TypeSpec) -> TypeSpec {
    TypeSpec::Vec(Box::new(part))
}

fn option(part: TypeSpec) -> TypeSpec {
    TypeSpec::Option(Box::new(part))
}

fn named(name: &str, fields: &[(&str, TypeSpec)]) -> NamedType {
    let field =
        |(name, spec): &(&str, TypeSpec)| Named { name: (*name).into(), spec: spec.clone() };
    NamedType::Struct { name: name.into(), fields: fields.iter().map(field).collect() }
}

/// State { n: u16, tree, map }, Point { x: i8, y: Option<Point> }, Status { Off {}, On { since } }.
fn abi() -> ContractAbi {
    let tree =
        TypeSpec::AvlTreeMap(Box::new(simple(Simple::U16)), Box::new(simple(Simple::String)));
    let map = TypeSpec::Map(Box::new(simple(Simple::U16)), Box::new(simple(Simple::Bool)));
    ContractAbi {
        binder: Version { major: 10, minor: 2, patch: 0 },
        client: Version { major: 5, minor: 4, patch: 0 },
        chain: None,
        types: vec![
            named("State", &[("n", simple(Simple::U16)), ("tree", tree), ("map", map)]),
            named("Point", &[("x", simple(Simple::I8)), ("y", option(TypeSpec::Named(1)))]),
            NamedType::Enum {
                name: "Status".into(),
                variants: vec![
                    Variant { discriminant: 3, index: 3 },
                    Variant { discriminant: 7, index: 4 },
                ],
            },
            named("Off", &[]),
            named("On", &[("since", simple(Simple::I64))]),
        ],
        functions: Vec::new(),
        state: 0,
    }
}

/// What `text` is in RPC, and how it is printed.
fn coded(spec: &TypeSpec, text: &str) -> Result<(String, String), TextError> {
    let abi = abi();
    let value = parse(&abi, spec, text)?;
    let mut rpc = Vec::new();
    encode_rpc(&abi, spec, &value, &mut rpc);
    let back = decode_all(&abi, [spec], &rpc, Coding::Rpc).expect("what was encoded");
    assert_eq!(back, std::slice::from_ref(&value));
    assert_eq!(parse(&abi, spec, &value.to_string()), Ok(value.clone()), "{value}");
    Ok((hex::encode(rpc), value.to_string()))
}

#[test]
fn text_becomes_rpc_and_is_printed_as_it_can_be_typed() {
    let address = "00".to_owned() + &"a1".repeat(20);
    let (least, most) = (i128::MIN.to_string(), u128::MAX.to_string());
    let table: [(TypeSpec, &str, &str, &str); 24] = [
        (simple(Simple::U8), "255", "ff", "255"),
        (simple(Simple::I8), "-128", "80", "-128"),
        (simple(Simple::U32), "75_000", "000124f8", "75000"),
        (simple(Simple::I64), "-1", "ffffffffffffffff", "-1"),
        (simple(Simple::U128), &most, "ffffffffffffffffffffffffffffffff", &most),
        (simple(Simple::I128), &least, "80000000000000000000000000000000", &least),
        (simple(Simple::Bool), " true ", "01", "true"),
        (simple(Simple::String), r#""Hi æ\n""#, "00000006486920c3a60a", r#""Hi \u00e6\u000a""#),
        (simple(Simple::Address), &address, &address, &address),
        (TypeSpec::ByteArray(2), "0x0102", "0102", "0102"),
        (vec(simple(Simple::U8)), "0x0102", "000000020102", "0x0102"),
        (vec(simple(Simple::U8)), "[1, 2]", "000000020102", "0x0102"),
        (vec(simple(Simple::U8)), "[]", "00000000", "0x"),
        (vec(simple(Simple::U16)), "[1,2,]", "0000000200010002", "[1, 2]"),
        (vec(vec(simple(Simple::I8))), "[[], [1]]", "00000002000000000000000101", "[[], [1]]"),
        (option(simple(Simple::U8)), "None", "00", "None"),
        (option(simple(Simple::U8)), "Some( 7 )", "0107", "Some(7)"),
        (TypeSpec::Array(Box::new(simple(Simple::U16)), 2), "[1, 2]", "00010002", "[1, 2]"),
        (TypeSpec::Named(1), "Point { x: 1, y: None }", "0100", "Point { x: 1, y: None }"),
        (
            TypeSpec::Named(1),
            "{x:1,y:Some({x:2,y:None})}",
            "01010200",
            "Point { x: 1, y: Some(Point { x: 2, y: None }) }",
        ),
        (TypeSpec::Named(2), "Off", "03", "Off {}"),
        (TypeSpec::Named(2), "Off {}", "03", "Off {}"),
        (TypeSpec::Named(2), "On { since: 5 }", "070000000000000005", "On { since: 5 }"),
        (vec(TypeSpec::Named(2)), "[Off, Off]", "000000020303", "[Off {}, Off {}]"),
    ];
    for (spec, text, rpc, printed) in table {
        let expected = (rpc.to_owned(), printed.to_owned());
        assert_eq!(coded(&spec, text), Ok(expected), "{text}");
    }
}

#[test]
fn text_that_does_not_fit_is_told_where_and_what_would() {
    let table = [
        (simple(Simple::U8), "256", 0, "a number of type u8"),
        (simple(Simple::U8), "-1", 0, "a number of type u8"),
        (simple(Simple::I8), "128", 0, "a number of type i8"),
        (simple(Simple::U8), "", 0, "a number of type u8"),
        (simple(Simple::U8), "1 2", 2, "the end"),
        (simple(Simple::Bool), "yes", 0, "`true` or `false`"),
        (simple(Simple::String), "x", 0, "a text between `\"`"),
        (simple(Simple::Address), "00a1", 0, "42 hex digits, not 4"),
        (simple(Simple::Address), "00a", 0, "hex digits"),
        (vec(simple(Simple::U8)), "[1, 300]", 4, "a number of type u8"),
        (vec(simple(Simple::U8)), "[1", 2, "`]`"),
        (option(simple(Simple::U8)), "7", 0, "`None` or `Some(…)`"),
        (TypeSpec::Named(1), "Point { x: 1 }", 13, "`, y: …`"),
        (TypeSpec::Named(1), "Point { y: 1 }", 8, "`x`"),
        (TypeSpec::Named(1), "Point", 5, "`{`"),
        (TypeSpec::Named(2), "Away", 0, "a Status: Off, On"),
        (TypeSpec::Named(2), "On", 2, "`{`"),
        (
            TypeSpec::Named(0),
            "{ n: 1, tree: 0",
            13,
            "nothing: no argument is of type AvlTreeMap<u16, String>",
        ),
        (TypeSpec::Array(Box::new(simple(Simple::U16)), 2), "[1]", 0, "2 elements, not 1"),
    ];
    for (spec, text, at, wanted) in table {
        let error = coded(&spec, text).expect_err(text);
        assert_eq!((error.at, error.message), (at, format!("expected {wanted}")), "{text}");
    }
}

#[test]
fn a_value_without_end_is_refused_from_text_and_from_bytes() {
    let deep = "{x:1,y:Some(".repeat(1_000);
    assert!(parse(&abi(), &TypeSpec::Named(1), &deep).is_err());
    let bytes = [1, 1].repeat(100_000);
    assert!(decode_all(&abi(), [&TypeSpec::Named(1)], &bytes, Coding::Rpc).is_err());
}

#[test]
fn state_is_printed_with_what_its_trees_hold() {
    let mut trees = Trees::new();
    let tree = trees.create();
    for (key, value) in [(256_u16, "a"), (1, "b")] {
        let (mut k, mut v) = (Vec::new(), Vec::new());
        key.state_write_to(&mut k).expect("writing to a vector succeeds");
        value.to_owned().state_write_to(&mut v).expect("writing to a vector succeeds");
        trees.insert(tree, &k, &v);
    }
    let state = [&[0x2c, 1][..], &[0; 4], &[1, 0, 0, 0, 5, 0, 1]].concat();
    let read =
        |state: &[u8]| decode_all(&abi(), [&TypeSpec::Named(0)], state, Coding::State(&trees));

    let values = read(&state).expect("a state of this type");

    assert_eq!(
        values[0].to_string(),
        r#"State { n: 300, tree: tree 0 { 256: "a", 1: "b" }, map: { 5: true } }"#
    );
    assert!(read(&state[1..]).is_err());
    assert!(read(&[&state[..], &[0]].concat()).is_err());
}

#[test]
fn what_is_longer_than_a_line_is_printed_a_part_a_line() {
    let long = (1..40_u128).map(Value::Unsigned).collect();
    let value = Value::Struct {
        name: "Lists".into(),
        discriminant: None,
        fields: vec![("short".into(), Value::List(Vec::new())), ("long".into(), Value::List(long))],
    };

    let text = format!("{value:#}");

    assert!(text.starts_with("Lists {\n    short: [],\n    long: [\n        1,\n        2,\n"));
    assert!(text.ends_with("        39,\n    ],\n}"));
}
