//! The public interface of the crates that others build on is as in `listings`.
//!
//! What changes there changes for everybody who uses it: a review sees it as a change of these
//! files, which `UPDATE_EXPECT=1 cargo test -p public_api` writes anew.

use std::path::Path;

use expect_test::{ExpectFile, expect_file};
use public_api::Crate;

fn check(name: &str, folder: &str, expected: ExpectFile) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let lines = Crate::read(name, &root.join("src/lib.rs")).listing();
    assert!(lines.len() > 20, "{name} has only {} public names", lines.len());
    expected.assert_eq(&(lines.join("\n") + "\n"));
}

#[test]
fn what_is_public_in_zkreg_is_listed() {
    check("zkreg", "simulator", expect_file!["../listings/zkreg.txt"]);
}

#[test]
fn what_is_public_in_zkreg_engine_is_listed() {
    check("zkreg_engine", "simulator/engine", expect_file!["../listings/zkreg_engine.txt"]);
}

#[test]
fn what_is_public_in_zkreg_strategies_is_listed() {
    check(
        "zkreg_strategies",
        "simulator/strategies",
        expect_file!["../listings/zkreg_strategies.txt"],
    );
}

#[test]
fn what_is_public_in_the_contract_is_listed() {
    check("zk_node_registry", "contract", expect_file!["../listings/zk_node_registry.txt"]);
}

#[test]
fn what_is_public_in_the_reference_model_is_listed() {
    check("reference_model", "tests/model", expect_file!["../listings/reference_model.txt"]);
}

/// Those whose types stand in the signatures of the others.
#[test]
fn what_is_public_in_the_sdk_is_listed() {
    check("pbc_lib", "sdk/pbc_lib", expect_file!["../listings/pbc_lib.txt"]);
    check("pbc_host", "sdk/pbc_host", expect_file!["../listings/pbc_host.txt"]);
    check("pbc_traits", "sdk/pbc_traits", expect_file!["../listings/pbc_traits.txt"]);
    check(
        "pbc_contract_common",
        "sdk/pbc_contract_common",
        expect_file!["../listings/pbc_contract_common.txt"],
    );
}

/// The listing of a crate that stands in one file.
fn listing(source: &str) -> Vec<String> {
    Crate::parse("it", source).listing()
}

#[test]
fn a_changed_signature_is_seen() {
    let before = listing("pub fn f(a: u8) -> u8 { a }");
    let after = listing("pub fn f(a: u16) -> u8 { 0 }");

    assert_eq!(before, ["it::f: pub fn f(a: u8) -> u8"]);
    assert_eq!(after, ["it::f: pub fn f(a: u16) -> u8"]);
    assert_eq!(listing("pub fn f(a: u8) -> u8 { 1 + a - 1 }"), before, "a body is no interface");
}

#[test]
fn what_an_implementation_chooses_is_seen() {
    let source = |error: &str| {
        format!(
            "pub struct S; impl FromStr for S {{ type Err = {error}; const N: u8 = 1; \
             fn from_str(text: &str) -> Result<S, {error}> {{ Ok(S) }} }}"
        )
    };
    assert_eq!(
        listing(&source("u8")),
        ["it::S: impl FromStr for S { type Err = u8; const N: u8 = 1; }", "it::S: pub struct S;"]
    );
    assert_ne!(listing(&source("u8")), listing(&source("u16")));
}

#[test]
fn only_what_can_be_reached_is_listed() {
    let source =
        "mod hidden { pub fn f() {} pub struct S; impl S { pub fn g(&self) {} fn h() {} } }
        pub mod shown { pub const C: u8 = 1; pub(crate) const D: u8 = 2; }
        #[cfg(test)] pub mod tests { pub fn t() {} }
        pub use hidden::S;";

    assert_eq!(
        listing(source),
        ["it::S: pub struct S;", "it::S::g: pub fn g(&self)", "it::shown::C: pub const C: u8 = 1;",]
    );
}

#[test]
fn fields_variants_and_traits_are_listed() {
    let source = "#[derive(Clone)] pub struct S { pub a: u8, b: u16 }
        pub enum E { A, B { c: u8 } }
        pub trait T { const N: u8; fn f(&self); }
        impl T for S { const N: u8 = 1; fn f(&self) {} }
        make! { /// one
            some thing /// two
            other; third }";

    assert_eq!(
        listing(source),
        [
            "it::E: pub enum E",
            "it::E::A: A",
            "it::E::B: B { c: u8 }",
            "it::S: #[derive(Clone)] pub struct S { some fields are private }",
            "it::S: impl T for S { const N: u8 = 1; }",
            "it::S::a: pub a: u8",
            "it::T: pub trait T",
            "it::T::N: const N: u8;",
            "it::T::f: fn f(&self);",
            "it::make!: other;",
            "it::make!: some thing",
            "it::make!: third",
        ]
    );
}

#[test]
fn names_that_meet_again_are_told_apart() {
    let source = "pub mod a { pub struct S; impl S { pub fn of_a() {} } }
        pub mod b { pub struct S; }
        pub mod c { use super::b::S; impl S { pub fn of_b() {} } pub use super::a::S as Other; }";

    assert_eq!(
        listing(source),
        [
            "it::a::S: pub struct S;",
            "it::a::S::of_a: pub fn of_a()",
            "it::b::S: pub struct S;",
            "it::b::S::of_b: pub fn of_b()",
            "it::c::Other: pub use super::a::S as Other;",
        ]
    );
}
