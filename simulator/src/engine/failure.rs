//! Tells refusal from trap by what a module says before it stops.
//!
//! A contract refuses by a panic with `code: message`; the SDK's panic hook hands
//! `<file>:<line>: code: message` to the import `exit`, and then the module traps. What is no code of
//! the registry and no decoding code is a bug's panic.
//!
//! Source: `registry.md` 4.5, `pbc-formats.md` 2.4 *Failure*.

use std::borrow::Cow;

use pbc_lib::{Failure, Trees};

/// Every code with which a call can be refused, sorted.
///
/// Source: `registry.md` 4.5; the codes of loading and import are not among them.
pub const CALL_CODES: [&str; 56] = [
    "already_registered",
    "amount_negative",
    "amount_not_positive",
    "balance_overflow",
    "callback_data_invalid",
    "callback_unexpected",
    "caller_not_account",
    "computation_exists",
    "duplicate_node",
    "endpoint_control_character",
    "endpoint_empty",
    "endpoint_not_https",
    "endpoint_too_long",
    "expiration_in_past",
    "expiration_mismatch",
    "insufficient_free",
    "invalid_address_type",
    "invalid_discriminant",
    "invalid_length",
    "invalid_utf8",
    "jurisdiction_lists_mismatch",
    "jurisdiction_out_of_range",
    "list_too_long",
    "malformed_shortname",
    "minimum_negative",
    "no_computation",
    "no_expiration",
    "no_stake_entry",
    "node_at_capacity",
    "node_count_mismatch",
    "node_count_out_of_range",
    "node_disabled",
    "node_expired",
    "node_insufficient_free",
    "node_outside_jurisdiction",
    "node_resigned",
    "node_understaked",
    "node_unknown",
    "node_version_too_low",
    "not_a_served_contract",
    "not_enough_nodes",
    "not_expired",
    "not_registered",
    "not_voting",
    "not_zk_contract_deploy",
    "nothing_free",
    "open_allocations",
    "stake_token_not_contract",
    "status_node_foreign",
    "status_node_missing",
    "status_node_repeated",
    "total_stakes_below_minimum",
    "trailing_bytes",
    "truncated",
    "unknown_action",
    "version_negative",
];

/// What is said of a call that does not end.
pub(super) const TOO_LONG: &str = "the call carries out too many instructions";

/// How a call ended that began with `trees.begin_call()`: what it wrote is kept or taken back.
///
/// `said` is what it gave the import `exit`, which counts if it then ran into `unreachable`: the
/// last word. `ran_into_unreachable` tells that from an error,
/// `trap` what any other error means.
pub(super) fn end_of_call<E>(
    result: Result<Vec<u8>, E>,
    said: Option<String>,
    trees: &mut Trees,
    ran_into_unreachable: impl FnOnce(&E) -> bool,
    trap: impl FnOnce(&E) -> Failure,
) -> Result<Vec<u8>, Failure> {
    match result {
        Ok(sections) => {
            trees.commit_call();
            Ok(sections)
        }
        Err(error) => {
            trees.roll_back();
            Err(match said.filter(|_| ran_into_unreachable(&error)) {
                Some(text) => of_exit(&text),
                None => trap(&error),
            })
        }
    }
}

/// What a panic whose hook has said `text` means.
fn of_exit(text: &str) -> Failure {
    let said = behind_location(text);
    let code = said.split_once(": ").and_then(|(code, message)| {
        let place = CALL_CODES.binary_search(&code).ok()?;
        Some((CALL_CODES[place], message))
    });
    match code {
        Some((code, message)) => {
            Failure::Refused { code: Cow::Borrowed(code), message: message.to_owned() }
        }
        None => trap(if said.is_empty() { "a panic without a message" } else { said }),
    }
}

/// A failure that is a bug's.
pub(super) fn trap(message: impl Into<String>) -> Failure {
    Failure::Trap { message: message.into() }
}

/// What stands behind `<file>:<line>: `; the whole if it does not start like that.
fn behind_location(text: &str) -> &str {
    let mut from = 0;
    while let Some(colon) = text[from..].find(':').map(|at| from + at) {
        let line = &text[colon + 1..];
        let digits = line.bytes().take_while(u8::is_ascii_digit).count();
        if let Some(said) = line[digits..].strip_prefix(": ").filter(|_| digits > 0) {
            return said;
        }
        from = colon + 1;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_code_behind_file_and_line_is_a_refusal() {
        for text in ["lib.rs:7: no_computation: 03…", "C:\\a b\\lib.rs:1234: no_computation: 03…"]
        {
            assert_eq!(of_exit(text), Failure::refused("no_computation", "03…"));
        }
        assert_eq!(
            of_exit("src/a.rs:9: truncated: 3: 4: wanted"),
            Failure::refused("truncated", "3: 4: wanted")
        );
    }

    #[test]
    fn anything_else_is_a_trap() {
        for (text, message) in [
            ("lib.rs:7: invariant: a sum fits", "invariant: a sum fits"),
            ("lib.rs:7: no_such_code: x", "no_such_code: x"),
            ("lib.rs:7: no_computation", "no_computation"),
            ("lib.rs:7: malformed state: truncated: at 3", "malformed state: truncated: at 3"),
            ("lib.rs:7: ", "a panic without a message"),
            ("", "a panic without a message"),
            ("without a place", "without a place"),
        ] {
            assert_eq!(of_exit(text), trap(message));
        }
    }

    #[test]
    fn codes_are_sorted_and_each_is_there_once() {
        assert!(CALL_CODES.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
