//! What no source may say, and the one set of switches for all builds.

use std::fmt;
use std::fs;
use std::hint::black_box;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use registry_tests::calls::*;
use registry_tests::registry::only_call;
use registry_tests::*;

/// The workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All Rust sources below these folders of the workspace.
fn sources(folders: &[&str]) -> Vec<PathBuf> {
    let mut sources = Vec::new();
    let mut folders: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder can be listed") {
            let path = entry.expect("the entry can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                sources.push(path);
            }
        }
    }
    assert!(!sources.is_empty(), "there is something to search");
    sources
}

/// A word or number in a source.
pub(super) struct Found {
    /// Where.
    pub(super) path: PathBuf,
    /// As written.
    pub(super) word: String,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.word)
    }
}

/// Every place in the code of these folders, comments and texts left out, with one of these words.
pub(super) fn mentions(folders: &[&str], words: &[&str]) -> Vec<Found> {
    found(folders, |tokens| identifiers(tokens, words))
}

fn found(folders: &[&str], search: impl Fn(&[TokenTree]) -> Vec<String>) -> Vec<Found> {
    let mut found = Vec::new();
    for path in sources(folders) {
        let source = fs::read_to_string(&path).expect("the source is text");
        let words = search(&tokens(&source));
        found.extend(words.into_iter().map(|word| Found { path: path.clone(), word }));
    }
    found
}

/// The tokens of a source from front to back, without brackets.
fn tokens(source: &str) -> Vec<TokenTree> {
    fn flatten(stream: TokenStream, tokens: &mut Vec<TokenTree>) {
        for token in stream {
            match token {
                TokenTree::Group(group) => flatten(group.stream(), tokens),
                other => tokens.push(other),
            }
        }
    }
    let mut tokens = Vec::new();
    flatten(source.parse().expect("the source is Rust"), &mut tokens);
    tokens
}

fn identifiers(tokens: &[TokenTree], words: &[&str]) -> Vec<String> {
    let names = tokens.iter().filter_map(|token| match token {
        TokenTree::Ident(name) => Some(name.to_string()),
        _ => None,
    });
    names.filter(|name| words.contains(&name.as_str())).collect()
}

/// Types and numbers with a floating point. The fields of `pair.0.1` are none.
fn floats(tokens: &[TokenTree]) -> Vec<String> {
    let mut floats = identifiers(tokens, &["f16", "f32", "f64", "f128"]);
    let mut after_dot = false;
    for token in tokens {
        if let TokenTree::Literal(literal) = token {
            let number = literal.to_string();
            let is_decimal = number.starts_with(|first: char| first.is_ascii_digit())
                && !number.starts_with("0x")
                && number.contains(['.', 'e', 'f']);
            if is_decimal && !after_dot && !number.ends_with("size") {
                floats.push(number);
            }
        }
        after_dot = matches!(token, TokenTree::Punct(dot) if dot.as_char() == '.');
    }
    floats
}

/// Casts to `usize`: the two or three tokens that lead to each.
fn casts_to_usize(tokens: &[TokenTree]) -> Vec<String> {
    let is = |token: &TokenTree, word: &str| token.to_string() == word;
    let casts = tokens.windows(3).filter(|three| is(&three[1], "as") && is(&three[2], "usize"));
    casts.map(|three| format!("{} as usize", three[0])).collect()
}

#[test]
fn j02_contract_and_simulator_have_no_floating_point() {
    // The search finds what it is for, and nothing else.
    let example = r#"
        /// 0.5 of f64
        fn share(pair: ((i64, i64), f32)) -> i64 {
            let _ = ("1.5", 1.5, 2e3, 1_f64, 0xef, 0usize, 0..1);
            pair.0.1 // 2.5
        }
    "#;
    assert_eq!(floats(&tokens(example)), ["f32", "1.5", "2e3", "1_f64"]);

    let found = found(&["contract/src", "simulator/src"], floats);

    let shown: Vec<String> = found.iter().map(Found::to_string).collect();
    assert!(shown.is_empty(), "floating point:\n{}", shown.join("\n"));
}

/// That wasm, where a `usize` has 32 bits, gives the same bytes is for the scenarios to show, which
/// run on both engines. Here: numbers from outside are never cut to the width of a pointer.
#[test]
fn j05_numbers_from_outside_keep_their_width() {
    // What becomes a `usize` was a `u32`, which fits on either side.
    let lengths = ["count as usize", "? as usize", "length as usize", "size as usize"];
    assert_eq!(casts_to_usize(&tokens("count as u32 as usize")), ["u32 as usize"]);
    let found = found(
        &["contract/src", "sdk/pbc_traits/src", "sdk/pbc_host/src", "sdk/pbc_contract_common/src"],
        casts_to_usize,
    );
    for cast in found {
        let of_tests = cast.path.ends_with("tests.rs");
        let in_contract = cast.path.starts_with(root().join("contract"));
        let is_length = !in_contract && lengths.contains(&cast.word.as_str());
        assert!(of_tests || is_length, "{cast}");
    }

    // Counts that 32 bits as a pointer could not hold, or that would be small if cut or signed.
    let mut registry = Registry::with_nodes(2, 100);
    for count in [1_u32 << 31, (1 << 31) + 1, u32::MAX, u32::MAX - 1] {
        for call in [
            rpc(0x18).arg(10_i64).arg(0_i32).arg(count),
            rpc(0x19).arg(1_i32).arg(10_i64).arg(count),
            rpc(0x12).arg(count),
        ] {
            let Rpc(mut bytes) = call;
            bytes.resize(bytes.len() + 100, 0);
            let message = registry.refuse(zk(1), Rpc(bytes), "invalid_length");
            assert!(message.contains(&count.to_string()), "{message}");
        }
    }
    let beyond = Rpc(vec![0x80, 0x80, 0x80, 0x80, 0x10]);
    registry.refuse(stranger(), beyond, "malformed_shortname");

    // Amounts and times beyond 32 bits are themselves, not what is left of them.
    let large = (1 << 32) + 5;
    let events = registry.accept(node(1), associate(large));
    let fetched = token_transfer_from(node(1), Registry::own_address(), 4_294_967_301);
    assert_eq!(only_call(&events), (token(), fetched));
    registry.settle(&events, true);
    assert_eq!(registry.free(node(1)), 100 + large);
    registry.take(zk(1), large, &[node(1)]);
    assert_eq!(registry.allocated(node(1)), large);
    registry.refuse(node(1), disassociate(101), "insufficient_free");
    registry.refuse(node(1), expire(Some(large)), "expiration_in_past");
}

#[test]
fn j06_every_profile_checks_overflow_and_no_boundary_needs_it() {
    // Builds for debugging check unless told otherwise, releases if told so; others inherit.
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the manifest is text");
    let lines = || manifest.lines().map(|line| line.split('#').next().unwrap_or("").trim());
    let switches: Vec<&str> = lines().filter(|line| line.starts_with("overflow-checks")).collect();
    assert!(switches.iter().all(|line| *line == "overflow-checks = true"), "{switches:?}");
    let mut section = "";
    let mut profiles = Vec::new();
    for line in lines() {
        if line.starts_with('[') {
            section = line;
        }
        if section.starts_with("[profile.")
            && (line == "overflow-checks = true" || line.starts_with("inherits"))
        {
            profiles.push(format!("{section} {line}"));
        }
    }
    assert!(profiles.contains(&"[profile.release] overflow-checks = true".to_owned()));
    assert!(profiles.contains(&"[profile.wasm] inherits = \"release\"".to_owned()));

    // So does the profile of this very build, whichever it is.
    let wraps = catch_unwind(|| black_box(i64::MAX) + black_box(1));
    assert!(wraps.is_err(), "this build wraps");

    // At the ends of every range the answer is a value or a refusal, and no arithmetic traps.
    let mut registry = Registry::with_nodes(1, 1);
    registry.refuse(node(1), associate(i64::MAX), "balance_overflow");
    registry.stake(node(1), i64::MAX - 1);
    assert_eq!(registry.free(node(1)), i64::MAX);
    registry.refuse(node(1), associate(1), "balance_overflow");
    registry.refuse(zk(1), request_ee(16, i64::MAX, &[], 0), "not_enough_nodes");
    registry.accept(node(1), reserve(i64::MAX));
    let message = registry.refuse(
        zk(1),
        request_listed_ee(i64::MAX, 0, &[node(1)]),
        "node_insufficient_free",
    );
    assert!(message.contains(&i64::MAX.to_string()), "{message}");
    registry.accept(node(1), reserve(0));
    registry.now = i64::MAX;
    registry.take(zk(1), i64::MAX, &[node(1)]);
    assert_eq!(registry.planned_end(zk(1)), Some(i64::MAX));
    registry.accept(zk(1), done_v1());
    registry.refuse(node(1), disassociate(1), "insufficient_free");
    registry.now = i64::MIN;
    registry.accept(node(1), unlock());
    assert_eq!(registry.pending(node(1)), i64::MAX);
}
