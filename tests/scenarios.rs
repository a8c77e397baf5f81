//! Every `*.scenario` below `scenarios/` goes as it is written, and gives the `*.transcript` beside
//! it, byte for byte.
//!
//! `UPDATE_EXPECT=1 cargo test --test scenarios` writes the transcripts anew, and the columns of the
//! scenarios; the difference is then to be read like any other change.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use expect_test::expect_file;
use pbc_lib::Export;
use zkreg::engine::NativeEngine;
use zkreg::neighbours::{Status, WorkKind};
use zkreg::replay::{Played, Replay};
use zkreg::scenario::{Line, Scenario};
use zkreg::step::{Step, Turn};
use zkreg::transcript::{Palette, Transcript};
use zkreg::world::World;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

/// All files of the families with this extension, in order.
fn files(extension: &str) -> Vec<PathBuf> {
    let list = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).expect("the folder of scenarios is there");
        entries.map(|entry| entry.expect("the folder can be read").path()).collect()
    };
    let families = list(&folder()).into_iter().filter(|path| path.is_dir());
    let mut files: Vec<PathBuf> = families
        .flat_map(|family| list(&family))
        .filter(|path| path.extension() == Some(OsStr::new(extension)))
        .collect();
    files.sort();
    files
}

fn scenario(path: &Path) -> Scenario {
    let bytes = fs::read(path).expect("the scenario can be read");
    let shown = path.display().to_string();
    Scenario::parse(&bytes).unwrap_or_else(|problems| panic!("{}", problems.render(&shown, false)))
}

/// The transcript of `scenario`, and every step that went otherwise than written.
fn replay(scenario: &Scenario) -> (String, Vec<String>) {
    let engine = Box::new(NativeEngine::of("zk_node_registry"));
    let mut replay = Replay::start(scenario, engine).expect("the registry can be created");
    let mut transcript = Transcript::new(scenario, Palette::default());
    let mut text = transcript.header(scenario);
    let mut wrong = Vec::new();
    while let Some(played) = replay.next() {
        text += &transcript.rows(&played, replay.world());
        if let Err(mismatch) = &played.verdict {
            wrong.push(format!("line {}: {mismatch}", played.line));
        }
    }
    text += &transcript.footer(replay.world());
    (text, wrong)
}

#[test]
fn every_scenario_goes_as_written_and_gives_its_transcript() {
    let scenarios = files("scenario");
    assert!(scenarios.len() >= 100, "only {} scenarios were found", scenarios.len());

    for path in scenarios {
        let (transcript, wrong) = replay(&scenario(&path));

        assert_eq!(wrong, [""; 0], "{}", path.display());
        expect_file![path.with_extension("transcript")].assert_eq(&transcript);
    }
}

#[test]
fn the_same_scenario_gives_the_same_transcript_again() {
    for path in files("scenario") {
        let scenario = scenario(&path);

        assert_eq!(replay(&scenario), replay(&scenario), "{}", path.display());
    }
}

#[test]
fn every_scenario_stands_in_columns() {
    for path in files("scenario") {
        expect_file![&path].assert_eq(&scenario(&path).to_string());
    }
}

#[test]
fn what_is_said_in_bytes_or_by_its_place_in_the_queue_has_a_word_beside_it() {
    for path in files("scenario") {
        let scenario = scenario(&path);
        let mut is_blank = false;
        for (index, line) in scenario.lines.iter().enumerate() {
            let place = format!("{}:{}", path.display(), index + 1);
            let what = line.step.as_ref().map(Step::what).unwrap_or_default();
            let is_nth = matches!(line.step, Some(Step::Mail(_)))
                && what.split(' ').next_back().is_some_and(|word| word.parse::<u32>().is_ok());
            let is_raw = what.starts_with("sends ");

            assert!(line.comment.is_some() || !(is_nth || is_raw), "{place}: {what}");
            let was_blank = std::mem::replace(&mut is_blank, *line == Line::default());
            assert!(!(was_blank && is_blank), "{place}: one empty line is enough");
        }
    }
}

/// The headings of `run-a-zk-node.md` from which scenarios come.
const HEADINGS: [&str; 12] = [
    "Requirements of a ZK node",
    "Set up a reverse proxy",
    "Register as a ZK node",
    "ZK Node Scoring",
    "Calculating the score",
    "Deregister as a ZK node",
    "How to check if your tokens are allocated to ZK work",
    "How to check if your tokens are pending unlock",
    "How to reserve tokens for disassociation",
    "How long does it take for allocated tokens to become released?",
    "How long does it take for pending tokens to become unlocked?",
    "How to disassociate tokens",
];

#[test]
fn every_scenario_opens_with_what_it_shows_and_the_heading_it_comes_from() {
    for path in files("scenario") {
        let scenario = scenario(&path);
        let header: Vec<&str> = scenario.header().collect();
        let source = header.iter().position(|line| line.starts_with("Source: "));
        let source = source.filter(|line| *line > 0);
        let source = source.unwrap_or_else(|| panic!("{}: {header:?}", path.display()));

        // The headings stand in quotes, up to the next source.
        let cited = header[source..].join(" ");
        let (_, guide) = cited
            .split_once("run-a-zk-node.md, ")
            .unwrap_or_else(|| panic!("{}: {cited}", path.display()));
        let guide = guide.split(';').next().unwrap_or_default();
        let headings: Vec<&str> = guide.split('"').skip(1).step_by(2).collect();

        assert!(!headings.is_empty(), "{}: {guide}", path.display());
        for heading in headings {
            assert!(HEADINGS.contains(&heading), "{}: {heading}", path.display());
        }
    }
}

/// Replays all scenarios; `look` sees each step, the world before it, and what came of it.
fn watch(mut look: impl FnMut(&Step, &World, &Played<'_>)) {
    for path in files("scenario") {
        let scenario = scenario(&path);
        let engine = Box::new(NativeEngine::of("zk_node_registry"));
        let mut replay = Replay::start(&scenario, engine).expect("the registry can be created");
        for (_, step) in scenario.steps() {
            let before = replay.world().clone();
            let played = replay.next().expect("each step is played");
            look(step, &before, &played);
        }
    }
}

/// `registry.md` 6.1: an ending, and what one node owed then.
fn row_of(turn: &Turn, status: Status, owed: &[WorkKind]) -> Option<String> {
    let mut kinds: Vec<&str> = owed.iter().map(|kind| kind.word()).collect();
    kinds.dedup();
    let owing = if kinds.is_empty() { "nothing" } else { "something" };
    match turn {
        Turn::Becomes(Status::Done) => Some(format!("done, {owing}")),
        Turn::Becomes(Status::Malicious) => Some(format!("malicious, {owing}")),
        Turn::DeletesItself => Some(format!("deleted, {owing}")),
        Turn::ReachesDeadline if status == Status::Calculating => {
            Some(format!("deadline while computing, {owing}"))
        }
        Turn::ReachesDeadline if kinds.is_empty() => Some("deadline, nothing".to_owned()),
        Turn::ReachesDeadline => Some(format!("deadline, {}", kinds.join(" "))),
        _ => None,
    }
}

#[test]
fn every_row_of_the_scoring_table_occurs_and_every_kind_of_work_alone_and_in_pairs() {
    let mut seen = BTreeSet::new();
    watch(|step, before, played| {
        let Step::Work(work) = step else { return };
        let counts = work.refused.is_none() && played.verdict.is_ok();
        let place = work.turn.place(&work.actor).filter(|_| counts);
        let Some(served) = place.and_then(|place| before.served(place)) else { return };
        seen.extend(served.engines().iter().filter_map(|engine| {
            row_of(&work.turn, served.status(), &served.owed().items(&engine.identity))
        }));
    });

    let mut wanted: BTreeSet<String> = BTreeSet::new();
    for ending in ["done", "malicious", "deleted"] {
        wanted.extend([format!("{ending}, nothing"), format!("{ending}, something")]);
    }
    wanted.extend(["deadline while computing, nothing", "deadline, nothing"].map(str::to_owned));
    for (index, kind) in WorkKind::ALL.iter().enumerate() {
        wanted.insert(format!("deadline, {kind}"));
        let pairs = WorkKind::ALL[index + 1..].iter();
        wanted.extend(pairs.map(|other| format!("deadline, {kind} {other}")));
    }
    let missing: Vec<&String> = wanted.difference(&seen).collect();
    assert!(missing.is_empty(), "no scenario has {missing:?}");
}

#[test]
fn every_action_and_callback_of_the_registry_is_accepted_in_some_scenario() {
    let mut seen = BTreeSet::new();
    watch(|_, before, played| {
        let registry = before.registry_address();
        let executed = played
            .deliveries
            .iter()
            .filter(|it| it.event.to == registry && it.outcome.is_accepted());
        seen.extend(executed.filter_map(|it| it.event.rpc.first().copied()));
    });

    let entries = pbc_lib::entries("zk_node_registry");
    let shortname = |export| match export {
        Export::Action(number) | Export::Callback(number) => u8::try_from(number).ok(),
        _ => None,
    };
    let missing: Vec<&str> = entries
        .iter()
        .filter(|entry| shortname(entry.export).is_some_and(|number| !seen.contains(&number)))
        .map(|entry| entry.function)
        .collect();
    assert_eq!(missing, [""; 0], "no scenario has these accepted");
}

#[test]
fn no_transcript_has_lost_its_scenario() {
    let stem = |path: PathBuf| path.with_extension("");
    let scenarios: BTreeSet<PathBuf> = files("scenario").into_iter().map(stem).collect();
    let transcripts: BTreeSet<PathBuf> = files("transcript").into_iter().map(stem).collect();

    assert_eq!(transcripts, scenarios);
}
