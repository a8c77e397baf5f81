use super::*;

fn code(endpoint: &str) -> &'static str {
    check_endpoint(endpoint).map_or_else(|rejection| rejection.code(), |()| "accepted")
}

#[test]
fn an_endpoint_is_https_and_a_host() {
    let cases = [
        ("", "endpoint_empty"),
        ("https://", "endpoint_not_https"),
        ("https://a", "accepted"),
        ("http://a", "endpoint_not_https"),
        ("HTTPS://a", "endpoint_not_https"),
        ("ftp", "endpoint_not_https"),
        ("\u{0}", "endpoint_control_character"),
        ("https://a\u{7f}", "endpoint_control_character"),
        ("https://a\u{85}", "endpoint_control_character"),
        ("https://a\u{202e}", "accepted"),
    ];
    for (endpoint, expected) in cases {
        assert_eq!(code(endpoint), expected, "{endpoint:?}");
    }
}

#[test]
fn an_endpoint_has_at_most_512_bytes_of_utf8() {
    let of_length = |bytes: usize| format!("https://{}", "a".repeat(bytes - 8));
    assert_eq!(code(&of_length(512)), "accepted");
    assert_eq!(code(&of_length(513)), "endpoint_too_long");

    let in_two_bytes = format!("https://{}", "æ".repeat(253));
    assert_eq!(code(&in_two_bytes), "endpoint_too_long", "bytes count, not characters");
}

#[test]
fn a_refused_endpoint_is_named_in_printable_ascii() {
    let message = |endpoint: &str| check_endpoint(endpoint).unwrap_err().message();
    assert_eq!(
        message("ht\u{e9}p://\u{202e}"),
        "the endpoint starts with ht\\xc3\\xa9p://, not with https:// and a host"
    );
    assert_eq!(message("https://a\u{1b}"), "control character U+001B at byte 9 of the endpoint");
}

#[test]
fn versions_compare_as_numbers_within_one_major_version() {
    let version = |major, minor, patch| SemanticVersion { major, minor, patch };
    assert!(version(4, 10, 0).satisfies(version(4, 9, 0)));
    assert!(version(4, 9, 1).satisfies(version(4, 9, 1)));
    assert!(!version(4, 9, 0).satisfies(version(4, 9, 1)));
    assert!(!version(4, 0, 0).satisfies(version(3, 9, 9)));
    assert!(!version(3, 9, 9).satisfies(version(4, 0, 0)));
}

#[test]
fn jurisdictions_have_their_bounds() {
    let accepted = |value: i32, check: fn(Jurisdiction) -> Result<(), Rejection>| {
        check(Jurisdiction { value }).is_ok()
    };
    for (value, of_node, of_request) in [
        (-1, false, false),
        (0, true, false),
        (1, true, true),
        (999, true, true),
        (1000, false, false),
    ] {
        assert_eq!(accepted(value, Jurisdiction::check_of_node), of_node, "{value}");
        assert_eq!(accepted(value, Jurisdiction::check_of_request), of_request, "{value}");
    }
}

#[test]
fn each_number_of_a_version_may_be_zero_and_not_less() {
    let version = |major, minor, patch| SemanticVersion { major, minor, patch }.check();
    let negative = |major, minor, patch| {
        let version = Version::Protocol(SemanticVersion { major, minor, patch });
        Err(Rejection::VersionNegative { version })
    };

    assert_eq!(version(0, 0, 0), Ok(()));
    assert_eq!(version(i32::MAX, i32::MAX, i32::MAX), Ok(()));
    assert_eq!(version(-1, 0, 0), negative(-1, 0, 0));
    assert_eq!(version(0, -1, 0), negative(0, -1, 0));
    assert_eq!(version(0, 0, -1), negative(0, 0, -1));
}
