//! The table of registry.md 11.2: amounts, times, transfers under way, scores.

use zkreg::json::{Clock, ImportOptions, InFlight, ScoreMeaning};

use super::rows::{C, EXPORT, N1, N2, check_kept, check_refused, edited};
use super::{AS_OF, DAY, address, failure, found, imported, options, refused};

#[test]
fn row_negative_and_too_large_numbers_are_refused() {
    const FREE: &[&str] = &["import_out_of_range stakedTokens[0].value.freeTokens"];
    check_refused(&[
        ("a negative amount", &[("\"725000000\"", "\"-1\"")], FREE),
        ("one unit beyond i64", &[("\"725000000\"", "\"9223372036854775808\"")], FREE),
        ("a huge number", &[("\"725000000\"", "99999999999999999999999999999999")], FREE),
        (
            "a negative counter",
            &[("\"failureScore\": 1", "\"failureScore\": -1")],
            &["import_out_of_range zkNodes[0].value.score.failureScore"],
        ),
        (
            "a negative version",
            &[("\"supportedEeVersion\": 0", "\"supportedEeVersion\": -1")],
            &["import_out_of_range zkNodes[0].value.supportedEeVersion"],
        ),
        (
            "a negative part of a version",
            &[("\"minor\": 9", "\"minor\": -9")],
            &["import_out_of_range zkNodes[0].value.supportedProtocolVersion.minor"],
        ),
        (
            "one beyond i32",
            &[("\"value\": 208", "\"value\": 2147483648")],
            &["import_out_of_range zkNodes[0].value.serverJurisdiction.value"],
        ),
        (
            "a negative minimum",
            &[("\"minNodeStake\": \"750000000\"", "\"minNodeStake\": \"-1\"")],
            &["import_out_of_range settings.minNodeStake"],
        ),
        (
            "a time beyond i64",
            &[("\"1735689600000\"", "\"-9223372036854775809\"")],
            &["import_out_of_range stakedTokens[0].value.pendingUnlock[0].unlockTime"],
        ),
        (
            "the sum of a score",
            &[("\"successScore\": 11", "\"successScore\": 2147483647")],
            &["import_out_of_range zkNodes[0].value.score"],
        ),
        (
            "all tokens together, those in flight included",
            &[("\"incomingTokens\": \"0\"", "\"incomingTokens\": \"9223372036104775808\"")],
            &["import_out_of_range stakedTokens[0].value"],
        ),
    ]);
    check_kept(
        &[
            ("a time before 1970", &[("\"1735689600000\"", "\"-5\"")], &[]),
            (
                "all tokens together, one unit less",
                &[("\"incomingTokens\": \"0\"", "\"incomingTokens\": \"9223372036104775807\"")],
                &["transfer_under_way stakedTokens[00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1]"],
            ),
        ],
        |row, imported| assert!(imported.image.staked_tokens.contains_key(&address(N1)), "{row}"),
    );
}

#[test]
fn row_every_place_is_reported_at_once() {
    check_refused(&[(
        "five errors",
        &[
            ("\"725000000\"", "\"-1\""),
            ("\"isDisabled\": false", "\"isDisabled\": 3, \"isDisabled\": true"),
            ("\"failureScore\": 1", "\"failureScore\": 1.5"),
            ("\"share\": \"20000000\"", "\"share\": []"),
        ],
        &[
            "import_malformed computations[0].value.share",
            "import_out_of_range stakedTokens[0].value.freeTokens",
            "import_malformed zkNodes[0].value.isDisabled",
            "import_duplicate_key zkNodes[0].value.isDisabled",
            "import_malformed zkNodes[0].value.score.failureScore",
        ],
    )]);
}

#[test]
fn row_transfers_under_way_are_kept_unless_they_are_settled() {
    // 750,000,000 are the minimum; 735,000,000 are there, 20,000,000 come and 15,000,000 go.
    let text = edited(&[
        ("\"725000000\"", "\"710000000\""),
        ("\"incomingTokens\": \"0\"", "\"incomingTokens\": \"20000000\""),
        ("\"outgoingTokens\": \"0\"", "\"outgoingTokens\": \"15000000\""),
        ("\"reservedTokens\": \"0\"", "\"reservedTokens\": \"9\""),
        ("\"roster\": [ \"00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1\" ]", "\"roster\": [ ]"),
    ]);
    let tokens = |settle_in_flight| {
        let imported = imported(&text, &ImportOptions { settle_in_flight, ..options() });
        let found = found(&imported);
        let tokens = imported.image.staked_tokens[&address(N1)].clone();
        let amounts = (tokens.free_tokens, tokens.incoming_tokens, tokens.outgoing_tokens);
        assert_eq!(tokens.reserved_tokens, 9, "the reserve stands");
        (amounts, imported.image.roster, found)
    };

    let (kept, roster, found) = tokens(None);
    assert_eq!(kept, (710_000_000, 20_000_000, 15_000_000));
    assert_eq!(roster, []);
    assert_eq!(found, [format!("transfer_under_way stakedTokens[{N1}]")]);

    let (settled, roster, found) = tokens(Some(InFlight::Ok));
    assert_eq!(settled, (730_000_000, 0, 0));
    assert_eq!(roster, [address(N1)], "the arrived tokens make it a member");
    assert!(found.is_empty(), "{found:?}");

    let (settled, roster, found) = tokens(Some(InFlight::Failed));
    assert_eq!(settled, (725_000_000, 0, 0));
    assert_eq!(roster, [address(N1)], "the returned tokens make it a member");
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn row_settling_appends_to_the_roster_of_the_document_and_forgets_what_it_empties() {
    let record = |key: &str, free: i64, incoming: i64, outgoing: i64| {
        format!(
            "{{ \"key\": \"{key}\", \"value\": {{ \"freeTokens\": {free}, \"reservedTokens\": 5, \
             \"incomingTokens\": {incoming}, \"outgoingTokens\": {outgoing} }} }}"
        )
    };
    let node = |key: &str| {
        let nodes = &EXPORT[EXPORT.find("\"zkNodes\": [").expect("there are nodes") + 12..];
        nodes[..nodes.rfind(']').expect("they end")].replace(N1, key)
    };
    const N0: &str = "000000000000000000000000000000000000000001";
    const N3: &str = "00c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3";
    const N4: &str = "00d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4";
    let text = format!(
        "{{ \"roster\": [\"{N3}\", \"{N1}\"], \"stakedTokens\": [{}, {}, {}, {}, {}], \"zkNodes\": [{}, {}, {}, {}] }}",
        record(N0, 0, 750_000_000, 0),
        record(N1, 750_000_000, 0, 0),
        record(N2, 0, 800_000_000, 1),
        record(N3, 760_000_000, 1, 0),
        record(N4, 0, 0, 9),
        node(N0),
        node(N1),
        node(N2),
        node(N3),
    );
    let settled = |in_flight| {
        let imported =
            imported(&text, &ImportOptions { settle_in_flight: Some(in_flight), ..options() });
        assert_eq!(found(&imported), [""; 0]);
        imported.image
    };

    let ok = settled(InFlight::Ok);
    assert_eq!(ok.roster, [N3, N1, N0, N2].map(address), "appended, ascending");
    let accounts: Vec<_> = ok.staked_tokens.keys().copied().collect();
    assert_eq!(accounts, [N0, N1, N2, N3].map(address), "what has left leaves no record");

    let failed = settled(InFlight::Failed);
    assert_eq!(failed.roster, [N3, N1].map(address));
    let accounts: Vec<_> = failed.staked_tokens.keys().copied().collect();
    assert_eq!(accounts, [N1, N2, N3, N4].map(address), "what never arrived leaves no record");
}

#[test]
fn row_amounts_of_nothing_and_empty_records_are_dropped() {
    let path = |rest: &str| format!("stakedTokens[{N1}]{rest}");
    let text = edited(&[
        (
            "\"allocatedTokens\": [",
            "\"allocatedTokens\": [ { \"key\": \"020000000000000000000000000000000000000000\", \"value\": 0 },",
        ),
        ("\"pendingUnlock\": [", "\"pendingUnlock\": [ { \"amount\": 0, \"unlockTime\": 3 },"),
        (
            "\"stakedTokens\": [",
            "\"stakedTokens\": [ { \"key\": \"000000000000000000000000000000000000000000\", \"value\": \
          { \"freeTokens\": \"0\", \"reservedTokens\": \"12\", \"expirationTimestamp\": 3, \
            \"pendingUnlock\": [ { \"amount\": \"0\", \"unlockTime\": \"3\" } ] } },",
        ),
    ]);
    let imported = imported(&text, &options());
    let expected = [
        "zero_pending_dropped stakedTokens[000000000000000000000000000000000000000000].pendingUnlock[0]".to_owned(),
        "empty_record_dropped stakedTokens[000000000000000000000000000000000000000000]".to_owned(),
        format!("zero_allocation_dropped {}", path(".allocatedTokens[020000000000000000000000000000000000000000]")),
        format!("zero_pending_dropped {}", path(".pendingUnlock[0]")),
    ];
    assert_eq!(found(&imported), expected);
    let accounts: Vec<_> = imported.image.staked_tokens.keys().copied().collect();
    assert_eq!(accounts, [address(N1)]);
    let tokens = &imported.image.staked_tokens[&address(N1)];
    assert_eq!(tokens.allocated_tokens.len(), 1);
    assert_eq!(tokens.pending_unlock.len(), 1);
}

#[test]
fn row_allocations_and_pending_entries_that_are_absent_are_empty() {
    for absent in ["", "\"allocatedTokens\": null, \"pendingUnlock\": null, "] {
        let text = format!(
            "{{ \"zkNodes\": [], \"stakedTokens\": [ {{ \"key\": \"{N1}\", \"value\": \
             {{ {absent}\"freeTokens\": \"7\", \"reservedTokens\": \"0\" }} }} ] }}"
        );
        let imported = imported(&text, &options());
        assert_eq!(found(&imported), [""; 0]);
        let tokens = &imported.image.staked_tokens[&address(N1)];
        assert!(tokens.allocated_tokens.is_empty() && tokens.pending_unlock.is_empty());
    }
}

#[test]
fn row_pending_entries_of_equal_time_are_merged_where_the_first_stands() {
    check_kept(
        &[(
            "three entries, two times",
            &[(
                "\"pendingUnlock\": [",
                "\"pendingUnlock\": [ { \"amount\": 1, \"unlockTime\": 50 }, { \"amount\": 2, \"unlockTime\": 40 }, \
                 { \"amount\": 3, \"unlockTime\": 50 },",
            )],
            &[],
        )],
        |row, imported| {
            let pending = &imported.image.staked_tokens[&address(N1)].pending_unlock;
            let entries: Vec<_> = pending.iter().map(|one| (one.amount, one.unlock_time)).collect();
            assert_eq!(entries, [(4, 50), (2, 40), (5_000_000, 1_735_689_600_000)], "{row}");
        },
    );
}

#[test]
fn row_records_beyond_the_limit_of_entries_are_kept() {
    let entries = |count: i64| {
        let entry = |time| format!("{{ \"amount\": 1, \"unlockTime\": {time} }}");
        let entries: Vec<String> = (0..count).map(entry).collect();
        EXPORT.replace(
            "\"pendingUnlock\": [",
            &format!("\"pendingUnlock\": [ {},", entries.join(",")),
        )
    };
    // One allocation and one pending entry are there already.
    assert_eq!(found(&imported(&entries(998), &options())), [""; 0]);
    let beyond = imported(&entries(999), &options());
    assert_eq!(found(&beyond), [format!("too_many_entries stakedTokens[{N1}]")]);
    assert_eq!(beyond.image.staked_tokens[&address(N1)].pending_unlock.len(), 1_000);
}

#[test]
fn an_export_with_a_release_in_the_future_has_a_finding() {
    const TEN_MINUTES: i64 = 600_000;
    let at = |time: i64| EXPORT.replace("1735689600000", &time.to_string());
    let late = format!("pending_in_future stakedTokens[{N1}].pendingUnlock[0]");
    assert_eq!(found(&imported(&at(AS_OF + TEN_MINUTES), &options())), [""; 0]);
    assert_eq!(found(&imported(&at(AS_OF + TEN_MINUTES + 1), &options())), [late]);
    let unknown = ImportOptions { as_of: None, ..options() };
    assert_eq!(found(&imported(&at(i64::MAX), &unknown)), [""; 0], "not checked");
}

#[test]
fn an_export_whose_score_is_no_sum_has_a_finding_and_gets_the_sum() {
    let imported =
        imported(&EXPORT.replace("\"allocatedScore\": 12", "\"allocatedScore\": 13"), &options());
    assert_eq!(found(&imported), [format!("score_not_sum zkNodes[{N1}].score")]);
    assert_eq!(imported.image.zk_nodes[&address(N1)].score.allocated_score, 12);
    assert_eq!(imported.scores_read[&address(N1)], 13);
}

/// A live document with these pending times and this allocated score of N1, which ended 12
/// allocations and has one.
fn live(times: &[i64], allocated: i32) -> String {
    let entry = |time| format!("{{ \"amount\": \"1\", \"unlockTime\": \"{time}\" }}");
    let entries: Vec<String> = times.iter().map(entry).collect();
    let pending =
        "\"pendingUnlock\": [ { \"amount\": \"5000000\", \"unlockTime\": \"1735689600000\" } ]";
    let roster = "\"roster\": [ \"00a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1\" ],";
    edited(&[
        (pending, "\"pendingUnlock\": [@]"),
        (roster, ""),
        ("\"allocatedScore\": 12", "\"allocatedScore\": @@"),
    ])
    .replace("\"settings\": {", "\"settings\": null, \"abc\": {")
    .replace("\"computations\": [", "\"computations\": null, \"abd\": [")
    .replace("@@", &allocated.to_string())
    .replace('@', &entries.join(","))
}

#[test]
fn reading_1_one_future_time_makes_all_times_unlock_times() {
    let times = [AS_OF + 3 * DAY, AS_OF - 2 * DAY];
    let imported = imported(&live(&times, 12), &options());
    let readings = imported.readings.expect("a live document has readings");
    assert_eq!((readings.unlock_time.meaning, readings.unlock_time.proven), (Clock::Unlock, true));
    let pending = &imported.image.staked_tokens[&address(N1)].pending_unlock;
    let released: Vec<_> = pending.iter().map(|one| one.unlock_time).collect();
    assert_eq!(released, times.map(|time| time - 14 * DAY));
}

#[test]
fn reading_1_past_times_are_releases_and_a_recent_one_proves_it() {
    for (time, proven) in [(AS_OF - 14 * DAY, false), (AS_OF - 14 * DAY + 1, true)] {
        let imported = imported(&live(&[time], 12), &options());
        let readings = imported.readings.expect("a live document has readings");
        assert_eq!(readings.unlock_time.meaning, Clock::Release, "{time}");
        assert_eq!(readings.unlock_time.proven, proven, "{time}");
        let pending = &imported.image.staked_tokens[&address(N1)].pending_unlock;
        assert_eq!(pending[0].unlock_time, time);
    }
}

#[test]
fn reading_1_a_time_beyond_all_others_has_no_say_and_is_found() {
    let late = AS_OF + 14 * DAY + 600_001;
    let of = |times: &[i64]| imported(&live(times, 12), &options());
    let first = |imported: &zkreg::json::Imported| {
        imported.image.staked_tokens[&address(N1)].pending_unlock[0].unlock_time
    };
    let finding = format!("pending_in_future stakedTokens[{N1}].pendingUnlock[0]");

    let alone = of(&[late]);
    assert!(found(&alone).contains(&finding));
    assert_eq!(first(&alone), late, "the others are releases");
    let with_unlock = of(&[late, AS_OF + DAY]);
    assert!(found(&with_unlock).contains(&finding));
    assert_eq!(first(&with_unlock), late - 14 * DAY, "what is decided applies to it too");
}

#[test]
fn reading_1_entries_of_nothing_have_their_say() {
    let text =
        live(&[AS_OF + DAY, AS_OF], 12).replacen("\"amount\": \"1\"", "\"amount\": \"0\"", 1);
    let imported = imported(&text, &options());
    let pending = &imported.image.staked_tokens[&address(N1)].pending_unlock;
    assert_eq!(pending.len(), 1);
    assert_eq!(pending[0].unlock_time, AS_OF - 14 * DAY);
}

#[test]
fn reading_1_a_time_that_has_no_release_is_out_of_range() {
    let failure = failure(&live(&[AS_OF + DAY, i64::MIN], 12), &options());
    let path = "import_out_of_range stakedTokens[0].value.pendingUnlock[1].unlockTime";
    assert_eq!(refused(&failure), [path]);
}

#[test]
fn reading_1_needs_the_time_of_a_live_document() {
    let text = live(&[], 12);
    let unknown = ImportOptions { as_of: None, ..options() };
    assert_eq!(refused(&failure(&text, &unknown)), ["import_malformed --as-of"]);
}

#[test]
fn reading_2_the_score_is_completed_started_or_mixed() {
    let table = [
        (12, ScoreMeaning::Completed, vec![]),
        (13, ScoreMeaning::Started, vec![]),
        (
            14,
            ScoreMeaning::Mixed,
            vec!["score_mixed zkNodes".to_owned(), format!("score_strange zkNodes[{N1}].score")],
        ),
        (
            11,
            ScoreMeaning::Mixed,
            vec!["score_mixed zkNodes".to_owned(), format!("score_strange zkNodes[{N1}].score")],
        ),
    ];
    for (allocated, meaning, expected) in table {
        let imported = imported(&live(&[], allocated), &options());
        let readings = imported.readings.expect("a live document has readings");
        assert_eq!(readings.allocated_score.meaning, meaning, "{allocated}");
        assert!(readings.allocated_score.proven, "{allocated}");
        let found: Vec<_> =
            found(&imported).into_iter().filter(|one| !one.starts_with("unknown_key")).collect();
        assert_eq!(found, expected, "{allocated}");
        assert_eq!(imported.image.zk_nodes[&address(N1)].score.allocated_score, 12);
        assert_eq!(
            imported.scores_read.get(&address(N1)),
            Some(&allocated).filter(|one| **one != 12)
        );
    }
}

#[test]
fn reading_2_is_not_proven_when_nobody_works() {
    let text =
        live(&[], 12).replace(&format!("{{ \"key\": \"{C}\", \"value\": \"20000000\" }}"), "");
    let readings = imported(&text, &options()).readings.expect("a live document has readings");
    assert_eq!(readings.allocated_score.meaning, ScoreMeaning::Completed);
    assert!(!readings.allocated_score.proven);
}
