//! What the macros and derives say about misuse: each message names the cause and the remedy.
//!
//! `TRYBUILD=overwrite cargo test -p pbc_contract_codegen` writes the messages anew.

#[test]
fn misuse_is_refused_by_a_message_that_names_cause_and_remedy() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/portable.rs");
    cases.compile_fail("tests/ui/misuse_*.rs");
}
