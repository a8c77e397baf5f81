//! The documents in `data/`.

use expect_test::expect_file;
use zkreg::image::Image;
use zkreg::json::{
    Clock, ImportOptions, Layout, ScoreMeaning, export_to_string, read_collaborators, read_settings,
};

use super::{address, data, document, failure, findings, found, imported, options};

#[test]
fn the_live_document_gives_a_state_and_one_finding() {
    let imported = imported(&document("live.json"), &options());

    assert_eq!(imported.image.zk_nodes.len(), 8);
    assert_eq!(imported.image.computations.len(), 3);
    assert_eq!(imported.image.roster.len(), 6, "one is disabled, one has too little stake");
    let readings = imported.readings.expect("a live document has readings");
    assert_eq!((readings.unlock_time.meaning, readings.unlock_time.proven), (Clock::Release, true));
    assert_eq!(readings.allocated_score.meaning, ScoreMeaning::Started);
    assert_eq!(imported.scores_read.len(), 8, "all of them work");
    let codes: Vec<_> = imported.findings.iter().map(|finding| finding.code()).collect();
    assert_eq!(codes, ["endpoint_refused"]);
}

#[test]
fn a_state_with_findings_is_used_only_if_they_are_accepted() {
    let live = imported(&document("live.json"), &options());
    assert_eq!(live.clone().accept(false), Err(live.findings.clone()));
    assert_eq!(live.clone().accept(true), Ok(live.image));
}

#[test]
fn the_sparse_document_gives_a_state_with_the_collaborators_that_are_given() {
    let imported = imported(&document("live_sparse.json"), &options());

    assert_eq!(found(&imported), ["keys_unsorted stakedTokens"]);
    assert_eq!(Some(&imported.image.collaborators), options().collaborators.as_ref());
    assert_eq!(imported.image.roster.len(), 1);
    let readings = imported.readings.expect("a live document has readings");
    assert_eq!(readings.unlock_time.meaning, Clock::Unlock);
    assert!(!readings.allocated_score.proven);
}

#[test]
fn the_export_of_the_live_document_is_as_checked_in() {
    let imported = imported(&document("live.json"), &options());
    let text = export_to_string(&imported.image, Layout::Pretty) + "\n";
    expect_file![data("live.export.json")].assert_eq(&text);
}

#[test]
fn the_odd_document_is_imported_with_every_finding() {
    let text = findings(&imported(&document("odd.json"), &options())).join("\n") + "\n";
    expect_file![data("odd.findings")].assert_eq(&text);
}

#[test]
fn the_broken_document_is_refused_with_every_error() {
    let none_given = ImportOptions { collaborators: None, ..options() };
    let text = failure(&document("broken.json"), &none_given).to_string() + "\n";
    expect_file![data("broken.errors")].assert_eq(&text);
}

#[test]
fn each_document_that_can_be_imported_can_be_stored_and_loaded() {
    for name in ["live.json", "live_sparse.json", "live.export.json", "odd.json"] {
        let image = imported(&document(name), &options()).image;
        let (state, trees) = image.store();
        assert_eq!(state.len(), zkreg::image::ROOT_BYTES, "{name}");
        assert_eq!(Image::load(&state, &trees), Ok(image), "{name}");
    }
}

#[test]
fn the_envelope_makes_no_difference() {
    let live = document("live.json");
    let bare = serde_json::from_str::<serde_json::Value>(&live).expect("it is JSON");
    let bare = bare["serializedContract"].to_string();
    assert_eq!(imported(&bare, &options()), imported(&live, &options()));
}

#[test]
fn keys_beside_the_content_of_an_envelope_are_unknown() {
    let live = document("live.json");
    let text = live.replacen('{', "{ \"zkNodes\": 7, \"stranger\": null,", 1);
    let imported = imported(&text, &options());
    assert_eq!(found(&imported)[..2], ["unknown_key stranger", "unknown_key zkNodes"]);
    assert_eq!(imported.image.zk_nodes.len(), 8);

    let export = document("live.export.json").replacen('{', "{ \"jarHash\": \"00\",", 1);
    assert_eq!(found(&self::imported(&export, &options()))[..1], ["unknown_key jarHash"]);
}

#[test]
fn settings_and_collaborators_can_stand_alone() {
    let settings = r#"{ "minNodeStake": 0, "minTotalStakes": "5", "requireBlockProducer": false,
                        "stakeToken": "01615beb1c2bf57e45fcd1c4e67ef35b8735a685b1" }"#;
    let read = read_settings(settings.as_bytes()).expect("they are well-formed");
    assert_eq!((read.min_node_stake, read.min_total_stakes), (0, 5));

    let collaborators = r#"{ "bpOrchestration": "04203b77743ad0ca831df9430a6be515195733ad91",
        "voting": "04C5F00D7C6D70C3D0919FD7F81C7B9BFE16063620",
        "zkContractDeploy": "018bc1ccbb672b87710327713c97d43204905082cb" }"#;
    let read = read_collaborators(collaborators.as_bytes()).expect("they are well-formed");
    assert_eq!(read.voting, address("04c5f00d7c6d70c3d0919fd7f81c7b9bfe16063620"));

    for (text, expected) in [
        ("{}", "import_malformed: minNodeStake: the key is missing (line 1, column 2)"),
        (
            &settings.replace("\"5\"", "-5"),
            "import_out_of_range: minTotalStakes: -5 is negative (line 1, column 40)",
        ),
        (&settings.replacen('{', "{ \"x\": 1,", 1), "import_malformed: x: an unknown key"),
        ("null", "import_malformed: null is not an object (line 1, column 1)"),
        ("", "import_malformed: this is no JSON: the text ends too early (line 1, column 1)"),
    ] {
        let failure = read_settings(text.as_bytes()).expect_err("it is not well-formed");
        assert_eq!(failure.errors()[0].to_string(), expected);
    }
}
