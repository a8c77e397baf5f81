//! The table of registry.md 11.2, row by row: keys, types, spelling, nodes, roster.

use zk_node_registry::SemanticVersion;
use zkreg::json::Imported;

use super::{address, failure, found, imported, options, refused};

/// N1 has tokens and a node, and works for C.
pub(super) const N1: &str = "00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1";
pub(super) const N2: &str = "00b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2";
pub(super) const C: &str = "031111111111111111111111111111111111111111";

/// The export of registry.md 11.1.
pub(super) const EXPORT: &str = include_str!("../data/export.json");

/// What is replaced in a document.
pub(super) type Edit = (&'static str, &'static str);

/// The export with some of its text replaced.
#[track_caller]
pub(super) fn edited(edits: &[Edit]) -> String {
    edits.iter().fold(EXPORT.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from} is not in the document");
        text.replace(from, to)
    })
}

/// A case of a row: what is replaced, and `code path` of each finding that it makes.
pub(super) type Kept = (&'static str, &'static [Edit], &'static [&'static str]);

/// Imports each case, and compares the findings.
#[track_caller]
pub(super) fn check_kept(cases: &[Kept], mut check: impl FnMut(&str, &Imported)) {
    for (row, edits, expected) in cases {
        let imported = imported(&edited(edits), &options());
        assert_eq!(found(&imported), *expected, "{row}");
        check(row, &imported);
    }
}

/// A case of a row that is refused: what is replaced, and `code path` of each error.
#[track_caller]
pub(super) fn check_refused(cases: &[Kept]) {
    for (row, edits, expected) in cases {
        let failure = failure(&edited(edits), &options());
        assert_eq!(refused(&failure), *expected, "{row}");
    }
}

#[test]
fn the_export_of_the_specification_is_imported_without_findings() {
    check_kept(&[("as it is", &[], &[])], |_, imported| {
        let image = &imported.image;
        let tokens = &image.staked_tokens[&address(N1)];
        assert_eq!(tokens.free_tokens, 725_000_000);
        assert_eq!(tokens.pending_unlock[0].unlock_time, 1_735_689_600_000);
        assert_eq!(image.computations[&address(C)].allocation_end, Some(1_738_108_800_000));
        assert_eq!(image.roster, [address(N1)]);
        assert_eq!(image.zk_nodes[&address(N1)].score.allocated_score, 12);
        assert_eq!(imported.readings, None);
    });
}

#[test]
fn row_extension_keys_that_are_absent_are_0_0_and_false() {
    let cases: &[Kept] = &[
        ("incoming", &[(r#", "incomingTokens": "0""#, "")], &[]),
        ("outgoing", &[(r#""outgoingTokens": "0", "#, "")], &[]),
        ("resigned", &[(r#", "isResigned": false"#, "")], &[]),
        ("null", &[(r#""incomingTokens": "0""#, r#""incomingTokens": null"#)], &[]),
    ];
    check_kept(cases, |row, imported| {
        let tokens = &imported.image.staked_tokens[&address(N1)];
        assert_eq!((tokens.incoming_tokens, tokens.outgoing_tokens), (0, 0), "{row}");
        assert!(!imported.image.zk_nodes[&address(N1)].is_resigned, "{row}");
    });
}

#[test]
fn row_collaborators_of_another_shape_are_those_that_are_given() {
    let cases: &[Kept] = &[
        (
            "an array",
            &[("\"collaborators\": {", "\"collaborators\": [], \"x\": {")],
            &["unknown_key x"],
        ),
        (
            "two addresses",
            &[("\"voting\": \"04c5f00d7c6d70c3d0919fd7f81c7b9bfe16063620\",", "")],
            &[],
        ),
        ("a short one", &[("04c5f00d7c6d70c3d0919fd7f81c7b9bfe16063620", "04c5")], &[]),
        (
            "null",
            &[("\"collaborators\": {", "\"collaborators\": null, \"x\": {")],
            &["unknown_key x"],
        ),
        (
            "a number",
            &[("\"collaborators\": {", "\"collaborators\": 7, \"x\": {")],
            &["unknown_key x"],
        ),
    ];
    let given = options().collaborators.expect("there are some");
    check_kept(cases, |row, imported| assert_eq!(imported.image.collaborators, given, "{row}"));

    let mut none_given = options();
    none_given.collaborators = None;
    for (row, edits, _) in cases {
        let failure = failure(&edited(edits), &none_given);
        assert_eq!(refused(&failure), ["import_collaborators collaborators"], "{row}");
    }
}

#[test]
fn row_malformed_values_are_refused_with_their_path() {
    check_refused(&[
        (
            "a map as an object",
            &[("\"stakedTokens\": [", "\"stakedTokens\": {}, \"x\": [")],
            &["import_malformed stakedTokens"],
        ),
        (
            "an i32 as text",
            &[("\"supportedEeVersion\": 0", "\"supportedEeVersion\": \"0\"")],
            &["import_malformed zkNodes[0].value.supportedEeVersion"],
        ),
        (
            "an i64 as a bool",
            &[("\"freeTokens\": \"725000000\"", "\"freeTokens\": true")],
            &["import_malformed stakedTokens[0].value.freeTokens"],
        ),
        (
            "a bool as a number",
            &[("\"isDisabled\": false", "\"isDisabled\": 0")],
            &["import_malformed zkNodes[0].value.isDisabled"],
        ),
        (
            "bad hex",
            &[("\"identity\": \"00a1", "\"identity\": \"00g1")],
            &["import_malformed zkNodes[0].value.identity"],
        ),
        (
            "hex with a prefix",
            &[("\"identity\": \"00a1", "\"identity\": \"0x00a1")],
            &["import_malformed zkNodes[0].value.identity"],
        ),
        (
            "an address type above 04",
            &[("\"identity\": \"00a1", "\"identity\": \"05a1")],
            &["import_malformed zkNodes[0].value.identity"],
        ),
        (
            "bad base64",
            &[("\"AhERERER", "\"AhER*RER")],
            &["import_malformed zkNodes[0].value.publicKey"],
        ),
        (
            "base64 of 32 bytes without padding",
            &[(
                "AhERERERERERERERERERERERERERERERERERERERERER",
                "AhERERERERERERERERERERERERERERERERERERERERE",
            )],
            &["import_malformed zkNodes[0].value.publicKey"],
        ),
        (
            "a missing key",
            &[
                ("\"reservedTokens\": \"0\"", "\"allocatedTokens2\": 0"),
                (",\n                 \"allocatedTokens2\": 0", ""),
            ],
            &["import_malformed stakedTokens[0].value.reservedTokens"],
        ),
        (
            "null where nothing may be absent",
            &[("\"freeTokens\": \"725000000\"", "\"freeTokens\": null")],
            &["import_malformed stakedTokens[0].value.freeTokens"],
        ),
        (
            "missing keys of an inner object",
            &[("{ \"major\": 4, \"minor\": 9, \"patch\": 0 }", "{ \"minor\": 9 }")],
            &[
                "import_malformed zkNodes[0].value.supportedProtocolVersion.major",
                "import_malformed zkNodes[0].value.supportedProtocolVersion.patch",
            ],
        ),
        (
            "a map entry without key",
            &[("\"stakedTokens\": [ {", "\"stakedTokens\": [ { \"value\": {} }, {")],
            &[
                "import_malformed stakedTokens[0].value.freeTokens",
                "import_malformed stakedTokens[0].value.reservedTokens",
                "import_malformed stakedTokens[0].key",
            ],
        ),
        (
            "no records",
            &[("\"zkNodes\"", "\"nodes\""), ("\"stakedTokens\"", "\"tokens\"")],
            &["import_malformed stakedTokens", "import_malformed zkNodes"],
        ),
        (
            "an element that is null",
            &[("\"pendingUnlock\": [", "\"pendingUnlock\": [null,")],
            &["import_malformed stakedTokens[0].value.pendingUnlock[0]"],
        ),
        (
            "a roster of numbers",
            &[("\"roster\": [", "\"roster\": [7, ")],
            &["import_malformed roster[0]"],
        ),
    ]);
}

#[test]
fn row_a_key_twice_is_refused_in_maps_and_in_objects() {
    check_refused(&[
        (
            "an object",
            &[("\"isDisabled\": false", "\"isDisabled\": false, \"isDisabled\": false")],
            &["import_duplicate_key zkNodes[0].value.isDisabled"],
        ),
        (
            "null first",
            &[("\"isDisabled\": false", "\"isDisabled\": null, \"isDisabled\": false")],
            &[
                "import_duplicate_key zkNodes[0].value.isDisabled",
                "import_malformed zkNodes[0].value.isDisabled",
            ],
        ),
        (
            "an unknown key",
            &[("\"isDisabled\": false", "\"isDisabled\": false, \"x\": 1, \"x\": 2")],
            &["import_duplicate_key zkNodes[0].value.x"],
        ),
        (
            "the top",
            &[("\"roster\"", "\"zkNodes\": [], \"roster\"")],
            &["import_duplicate_key zkNodes"],
        ),
        (
            "a map, in another case",
            &[(
                "\"allocatedTokens\": [",
                "\"allocatedTokens\": [ { \"key\": \"02abababababababababababababababababababab\", \"value\": \"1\" }, \
                 { \"key\": \"02ABABABABABABABABABABABABABABABABABABABAB\", \"value\": \"1\" },",
            )],
            &["import_duplicate_key stakedTokens[0].value.allocatedTokens[1].key"],
        ),
        (
            "the collaborators, though they are given",
            &[("\"collaborators\": {", "\"collaborators\": { \"voting\": 7,")],
            &["import_duplicate_key collaborators.voting"],
        ),
    ]);
}

#[test]
fn row_map_keys_that_are_merely_unsorted_are_sorted() {
    const UNSORTED: &str = "\"allocatedTokens\": [ \
        { \"key\": \"041111111111111111111111111111111111111111\", \"value\": \"0\" },";
    let cases: &[Kept] = &[(
        "allocations",
        &[("\"allocatedTokens\": [", UNSORTED)],
        &[
            "keys_unsorted stakedTokens[0].value.allocatedTokens",
            "zero_allocation_dropped stakedTokens[00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1].allocatedTokens[041111111111111111111111111111111111111111]",
        ],
    )];
    check_kept(cases, |row, imported| {
        let tokens = &imported.image.staked_tokens[&address(N1)];
        assert_eq!(tokens.allocated_tokens.keys().collect::<Vec<_>>(), [&address(C)], "{row}");
    });
}

#[test]
fn row_spelling_of_integers_hex_and_null() {
    let cases: &[Kept] = &[
        ("leading zeros", &[("\"725000000\"", "\"000000000000000000000000725000000\"")], &[]),
        ("a number", &[("\"725000000\"", "725000000")], &[]),
        ("minus zero", &[("\"reservedTokens\": \"0\"", "\"reservedTokens\": \"-0\"")], &[]),
        ("minus zero, a number", &[("\"reservedTokens\": \"0\"", "\"reservedTokens\": -0")], &[]),
        ("upper case", &[("[ \"00a1a1a1a1", "[ \"00A1A1A1A1")], &[]),
    ];
    check_kept(cases, |row, imported| {
        let tokens = &imported.image.staked_tokens[&address(N1)];
        assert_eq!((tokens.free_tokens, tokens.reserved_tokens), (725_000_000, 0), "{row}");
    });

    const FREE: &[&str] = &["import_malformed stakedTokens[0].value.freeTokens"];
    check_refused(&[
        ("a fraction", &[("\"725000000\"", "725000000.0")], FREE),
        ("a fraction as text", &[("\"725000000\"", "\"725000000.0\"")], FREE),
        ("an exponent", &[("\"725000000\"", "7e8")], FREE),
        ("a plus", &[("\"725000000\"", "\"+725000000\"")], FREE),
        ("nothing", &[("\"725000000\"", "\"\"")], FREE),
        ("a minus alone", &[("\"725000000\"", "\"-\"")], FREE),
        ("a space", &[("\"725000000\"", "\" 725000000\"")], FREE),
        ("underscores", &[("\"725000000\"", "\"725_000_000\"")], FREE),
        ("other digits", &[("\"725000000\"", "\"\u{0663}\"")], FREE),
    ]);
}

#[test]
fn row_optional_values_that_are_absent_or_null_are_none() {
    let cases: &[Kept] = &[
        (
            "absent",
            &[
                ("\"publicKey\": \"AhERERERERERERERERERERERERERERERERERERERERER\",", ""),
                (
                    ",\n                 \"supportedProtocolVersion\": { \"major\": 4, \"minor\": 9, \"patch\": 0 }",
                    "",
                ),
                ("\"expirationTimestamp\": \"1767225600000\",", ""),
                ("\"allocationEnd\": \"1738108800000\",", ""),
            ],
            &[],
        ),
        (
            "null",
            &[
                ("\"AhERERERERERERERERERERERERERERERERERERERERER\"", "null"),
                ("{ \"major\": 4, \"minor\": 9, \"patch\": 0 }", "null"),
                ("\"1767225600000\"", "null"),
                ("\"1738108800000\"", "null"),
            ],
            &[],
        ),
    ];
    check_kept(cases, |row, imported| {
        let (node, tokens) =
            (&imported.image.zk_nodes[&address(N1)], &imported.image.staked_tokens[&address(N1)]);
        assert_eq!(node.public_key, None, "{row}");
        assert_eq!(node.supported_protocol_version, None, "{row}");
        assert_eq!(tokens.expiration_timestamp, None, "{row}");
        assert_eq!(imported.image.computations[&address(C)].allocation_end, None, "{row}");
    });
    check_kept(&[("there", &[], &[])], |row, imported| {
        let version = SemanticVersion { major: 4, minor: 9, patch: 0 };
        let node = &imported.image.zk_nodes[&address(N1)];
        assert_eq!(node.supported_protocol_version, Some(version), "{row}");
        assert!(node.public_key.is_some(), "{row}");
    });
}

#[test]
fn row_endpoints_that_registering_would_refuse_are_kept_byte_for_byte() {
    const FOUND: &[&str] =
        &["endpoint_refused zkNodes[00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1].restEndpoint"];
    let table = [
        ("http://zk.example.org", "http://zk.example.org"),
        ("", ""),
        ("https://", "https://"),
        ("https://a\\u0000b", "https://a\0b"),
    ];
    for (spelling, endpoint) in table {
        let text = EXPORT.replace("https://zk.example.org", spelling);
        let imported = imported(&text, &options());
        assert_eq!(found(&imported), FOUND, "{spelling}");
        let node = &imported.image.zk_nodes[&address(N1)];
        assert_eq!(node.rest_endpoint.rest_endpoint, endpoint);
    }
    // A direction character is no control character.
    let imported = imported(&EXPORT.replace("zk.example", "zk\\u202e.example"), &options());
    assert!(found(&imported).is_empty());
}

#[test]
fn row_oddities_of_nodes_are_kept() {
    check_kept(
        &[
            (
                "a jurisdiction above 999",
                &[("\"value\": 208", "\"value\": 1000")],
                &[
                    "jurisdiction_out_of_range zkNodes[00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1].serverJurisdiction",
                ],
            ),
            (
                "a jurisdiction below 0",
                &[("\"value\": 208", "\"value\": -1")],
                &[
                    "jurisdiction_out_of_range zkNodes[00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1].serverJurisdiction",
                ],
            ),
            ("the largest jurisdiction", &[("\"value\": 208", "\"value\": 999")], &[]),
            (
                "an identity that is not the key",
                &[("\"identity\": \"00a1a1", "\"identity\": \"00a1a2")],
                &["identity_not_key zkNodes[00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1].identity"],
            ),
            (
                "a stake token that is an account",
                &[("\"stakeToken\": \"01", "\"stakeToken\": \"00")],
                &["stake_token_not_contract settings.stakeToken"],
            ),
            (
                "an unknown key",
                &[(
                    "\"isDisabled\": false",
                    "\"isDisabled\": false, \"\u{202e}new\": {\"a\": [1, 2]}",
                )],
                &["unknown_key zkNodes[0].value.\\u{202e}new"],
            ),
        ],
        |_, imported| assert_eq!(imported.image.zk_nodes.len(), 1),
    );
}

#[test]
fn row_a_key_that_is_no_account_is_kept() {
    let (from, to) = (
        "00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
        "02a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
    );
    let imported = imported(&EXPORT.replace(from, to), &options());
    let expected =
        [format!("key_not_account stakedTokens[{to}]"), format!("key_not_account zkNodes[{to}]")];
    assert_eq!(found(&imported), expected);
    assert!(imported.image.staked_tokens.contains_key(&address(to)));
}

#[test]
fn row_the_roster_is_rebuilt_when_it_is_not_exactly_its_members() {
    const REBUILT: &[&str] = &["roster_rebuilt roster"];
    check_kept(
        &[
            (
                "a member is missing",
                &[(
                    "\"roster\": [ \"00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1\" ]",
                    "\"roster\": []",
                )],
                REBUILT,
            ),
            (
                "a member twice",
                &[(
                    "\"roster\": [",
                    "\"roster\": [ \"00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1\",",
                )],
                REBUILT,
            ),
            (
                "a stranger",
                &[(
                    "\"roster\": [",
                    "\"roster\": [ \"00b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2\",",
                )],
                REBUILT,
            ),
            (
                "absent",
                &[("\"roster\": [ \"00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1\" ],", "")],
                &[],
            ),
            (
                "null",
                &[
                    ("\"roster\": [", "\"roster\": null, \"computations2\": ["),
                    (", \"computations2\": [ \"00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1\" ]", ""),
                ],
                &[],
            ),
        ],
        |row, imported| assert_eq!(imported.image.roster, [address(N1)], "{row}"),
    );
    check_kept(
        &[("no longer a member", &[("\"isDisabled\": false", "\"isDisabled\": true")], REBUILT)],
        |row, imported| assert_eq!(imported.image.roster, [], "{row}"),
    );
}

#[test]
fn row_settings_are_those_of_the_document_then_the_given_ones_then_those_of_deployments() {
    let without = edited(&[("\"settings\": {", "\"settings\": null, \"x\": {")]);
    let mut given = options();
    let mut settings = zkreg::json::deployment_settings();
    settings.min_node_stake = 1;
    given.settings = Some(settings);

    let of = |text: &str, options| imported(text, options).image.settings.min_node_stake;
    assert_eq!(of(EXPORT, &given), 750_000_000, "the document prevails");
    assert_eq!(of(&without, &given), 1, "the given ones stand in");
    assert_eq!(of(&without, &options()), 750_000_000, "those of deployments");
    assert_eq!(imported(EXPORT, &options()).image.settings, zkreg::json::deployment_settings());
}

#[test]
fn settings_given_with_a_negative_minimum_are_refused() {
    let text = edited(&[("\"settings\": {", "\"settings\": null, \"x\": {")]);
    let mut given = options();
    let mut settings = zkreg::json::deployment_settings();
    settings.min_node_stake = -1;
    given.settings = Some(settings);
    assert_eq!(refused(&failure(&text, &given)), ["import_out_of_range settings.minNodeStake"]);
}
