//! Text that is hardly a document: truncated, too deep, too long, not UTF-8, unreadable.

use std::io::{self, Read};

use zkreg::json::{ImportFailure, MAX_DEPTH, MAX_ERRORS, import};

use super::{document, failure, options};

#[test]
fn text_that_is_no_json_is_refused_with_line_and_column() {
    let table = [
        ("", "this is no JSON: the text ends too early (line 1, column 1)"),
        (
            "{\n  \"zkNodes\": [\n",
            "zkNodes: this is no JSON: the text ends too early (line 3, column 1)",
        ),
        ("{\"zkNodes\" 7}", "zkNodes: this is no JSON: a colon is missing (line 1, column 12)"),
        (
            "{\"stakedTokens\": [}",
            "stakedTokens: this is no JSON: an unexpected closing bracket (line 1, column 19)",
        ),
        (
            "{\"stakedTokens\": [],}",
            "this is no JSON: a comma with nothing behind it (line 1, column 20)",
        ),
        ("{\"a\": 01}", "this is no JSON: a malformed number (line 1, column 7)"),
        ("{\"a\": \"\\ud800\"}", "this is no JSON: half a surrogate pair (line 1, column 8)"),
        ("// {}", "this is no JSON: a comment (line 1, column 1)"),
        ("NaN", "this is no JSON: an unexpected character (line 1, column 1)"),
    ];
    for (text, expected) in table {
        let failure = failure(text, &options());
        let last = failure.errors().last().expect("a refusal has errors");
        assert_eq!(last.to_string(), format!("import_malformed: {expected}"), "{text}");
    }
}

#[test]
fn trailing_text_is_refused() {
    let failure = failure(&format!("{}{{}}", document("live.json")), &options());
    let [error] = failure.errors() else { panic!("one error, not {failure}") };
    assert_eq!(
        error.to_string(),
        "import_malformed: this is no JSON: the text goes on behind the document (line 364, column 1)"
    );
}

#[test]
fn every_truncated_document_is_refused() {
    let text = document("live_sparse.json");
    let text = text.trim_end();
    for end in 0..text.len() {
        assert!(import(&text.as_bytes()[..end], &options()).is_err(), "{end}");
    }
    assert!(import(text.as_bytes(), &options()).is_ok());
}

#[test]
fn text_that_is_not_utf_8_is_refused() {
    let failure = import(&b"{\"a\": \"\xff\"}"[..], &options()).expect_err("it is not UTF-8");
    let [error] = failure.errors() else { panic!("one error, not {failure}") };
    assert_eq!(error.message, "this is not UTF-8");
}

#[test]
fn values_may_be_so_deep_and_no_deeper() {
    let nested = |depth: u32| {
        let depth = usize::try_from(depth).expect("it is small");
        format!(
            "{{\"zkNodes\": [], \"stakedTokens\": [], \"x\": {}{}}}",
            "[".repeat(depth),
            "]".repeat(depth)
        )
    };
    assert!(import(nested(MAX_DEPTH - 1).as_bytes(), &options()).is_ok());
    for depth in [MAX_DEPTH, 1_000_000] {
        let failure = failure(&nested(depth), &options());
        assert_eq!(failure.errors()[0].message, format!("values are more than {MAX_DEPTH} deep"));
    }
}

#[test]
fn a_document_that_cannot_be_read_is_nobodys_mistake() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::ConnectionReset.into())
        }
    }
    let outcome = import("{\"zkNodes\": [7], ".as_bytes().chain(Broken), &options());
    assert!(matches!(outcome, Err(ImportFailure::Unreadable(_))), "{outcome:?}");
}

#[test]
fn no_more_errors_are_listed_than_anybody_reads() {
    let failure = failure(&format!("{{\"roster\": [{}7]}}", "7,".repeat(20_000)), &options());
    assert_eq!(failure.errors().len(), MAX_ERRORS + 1);
    let last = failure.errors().last().expect("there are many");
    // Two keys are missing besides.
    assert_eq!(last.message, "10003 more errors are not listed");
}

#[test]
fn an_object_of_many_unknown_keys_is_refused() {
    let keys = |count: u32| {
        let keys: String = (0..count).map(|n| format!("\"k{n}\": {n},")).collect();
        format!("{{{keys} \"zkNodes\": [], \"stakedTokens\": []}}")
    };
    let imported = super::imported(&keys(100), &options());
    assert_eq!(imported.findings.len(), 100);
    let failure = failure(&keys(300), &options());
    let [error] = failure.errors() else { panic!("one error, not {failure}") };
    assert_eq!(error.message, "more than 100 unknown keys in one object");
}

#[test]
fn what_errors_quote_is_short_and_printable() {
    let text =
        format!("{{\"zkNodes\": \"\\u202e\u{7f}{}\", \"stakedTokens\": []}}", "x".repeat(500));
    let error = failure(&text, &options()).to_string();
    assert!(error.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{error}");
    assert!(error.contains("\"\\u{202e}\\u{7f}xxx"), "{error}");
    assert!(error.len() < 200, "{error}");
}
