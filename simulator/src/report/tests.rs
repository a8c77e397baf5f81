//! What the page says. How it looks is tested in a browser: `tests/browser`.

use expect_test::expect;

use super::*;
use crate::engine::NativeEngine;
use crate::replay::Replay;
use crate::scenario::Scenario;

const STORY: &str = "\
# A node leaves while a contract holds part of its stake. <b>
given settings block-producers not required
given alice holds 75_000 approved

0d alice register \"https://a.example/<script>alert(1)</script>\"
0d alice version 4.10.0
0d alice associate 75_000
1d deploy request zk-1 nodes 1 stake 2_000 version 4.9.0
2d alice reserve 50_000
3d alice disassociate 75_000 => insufficient_free
9d zk-1 done alice success
9d expect alice pending 2_000
";

/// The chapter of a scenario that is replayed on a fresh chain.
fn chapter(text: &str) -> Chapter {
    let scenario: Scenario = text.parse().expect("a scenario");
    let engine = Box::new(NativeEngine::of("zk_node_registry"));
    let mut replay = Replay::start(&scenario, engine).expect("it can begin");
    let header: Vec<String> = scenario.header().map(str::to_owned).collect();
    let mut recorder = Recorder::new("story.scenario", &header, replay.world());
    while let Some(played) = replay.next() {
        recorder.step(&played, replay.world());
    }
    recorder.finish(replay.world())
}

fn page(chapters: Vec<Chapter>) -> String {
    let title = "story".to_owned();
    Report { title, chapters, ..Report::default() }.to_html()
}

#[test]
fn the_end_of_a_story_is_told_in_numbers() {
    let chapter = chapter(STORY);

    let alice = chapter.nodes.iter().find(|node| node.name == "alice").expect("she is shown");
    let amounts: Vec<(&str, &str)> =
        alice.amounts.iter().map(|it| (it.label, it.text.as_str())).collect();
    let expected = [
        ("Total", "75,000"),
        ("Free", "73,000"),
        ("Reserved", "50,000"),
        ("Allocated", "0"),
        ("Pending", "2,000"),
    ];
    assert_eq!(amounts, expected);
    let releases: Vec<(&str, &str)> =
        alice.releases.iter().map(|it| (it.amount.as_str(), it.date.as_str())).collect();
    assert_eq!(releases, [("2,000", "24 Jan 2025")]);
    assert_eq!((alice.standing, alice.score, alice.running), ("registered", Some((1, 1, 0)), 0));
    let shares: Vec<&str> = alice.shares.iter().map(|(part, _)| *part).collect();
    assert_eq!(shares, ["reserved", "free", "pending"]);
    assert_eq!(chapter.counts, Counts { steps: 8, refused: 1, ..Counts::default() });
}

#[test]
fn the_page_says_what_happened_and_escapes_what_others_wrote() {
    let html = page(vec![chapter(STORY)]);

    for text in [
        "All went as written",
        "insufficient_free",
        "disassociate 75_000",
        "alice holds 75_000 approved",
        "https://a.example/&#60;script&#62;",
        "1 Jan 2025 to 10 Jan 2025",
    ] {
        assert!(html.contains(text), "{text}");
    }
    assert!(!html.contains("<script"));
    assert!(!html.contains("<b>\n"));
}

#[test]
fn the_page_loads_nothing() {
    let html = page(vec![chapter(STORY)]);

    for loading in [" src=", "<link", "@import", "url(", "<script", "<iframe", "<object"] {
        assert!(!html.contains(loading), "{loading}");
    }
    let elsewhere = html
        .match_indices("href=\"")
        .filter(|(at, _)| !html[at + "href=\"".len()..].starts_with('#'));
    assert_eq!(elsewhere.count(), 0);
}

#[test]
fn the_same_story_gives_the_same_page() {
    assert_eq!(page(vec![chapter(STORY)]), page(vec![chapter(STORY)]));
}

#[test]
fn what_went_otherwise_stands_on_top_with_its_place() {
    let wrong = chapter("0d alice unlock\n0d alice resign => not_registered\n");

    let misfit = wrong.mismatches.first().expect("one step went otherwise");
    assert_eq!(misfit.place, "story.scenario:1");
    assert!(misfit.message.contains("no_stake_entry"), "{}", misfit.message);
    let html = page(vec![wrong]);
    assert!(html.contains("1 step otherwise than written"));
    assert!(
        html.find("Otherwise than written <").unwrap_or(0) < html.find("<h3>Calls").unwrap_or(0)
    );
}

#[test]
fn the_words_of_a_story_are_broken_by_the_page_and_not_where_its_file_does() {
    let told =
        "# One sentence in\n#  two lines.\n#\n# Another one.\n# Source: nowhere,\n# really.\n\n";
    let html = page(vec![chapter(&format!("{told}0d alice unlock\n"))]);
    let story = "<p class=\"story\">One sentence in two lines.<br>Another one.<br>\
                 Source: nowhere, really.</p>";
    assert!(html.contains(story), "{html}");
}

#[test]
fn the_index_tells_each_story_in_its_first_sentence() {
    let told = "# Alice does what\n# nobody expects. Nothing more.\n# Source: nowhere.\n\n";
    let html = page(vec![chapter(&format!("{told}{STORY}")), chapter("0d alice unlock\n")]);
    let summary = "<span class=\"summary\">Alice does what nobody expects.</span>";
    assert!(html.contains(summary), "{html}");
}

#[test]
fn what_nobody_has_recorded_is_not_said_to_be_as_written() {
    let mut silent = chapter(STORY);
    silent.counts.unsaid = silent.counts.steps;
    let html = page(vec![silent.clone()]);
    assert!(html.contains("Replayed, with no recorded outcome to compare with"));
    assert!(html.contains("<dt>Without recorded outcome</dt><dd>8</dd>"));
    silent.counts.unsaid = 2;
    let html = page(vec![silent]);
    assert!(html.contains("All that was recorded went as written"));
    assert!(!html.contains("as expected"));
}

#[test]
fn several_stories_have_an_index() {
    let html = page(vec![chapter(STORY), chapter("0d alice unlock\n")]);

    assert!(html.contains("href=\"#c1\"") && html.contains("id=\"c1\""));
    assert!(html.contains("href=\"#c2\"") && html.contains("id=\"c2\""));
    assert!(html.contains("1 scenario otherwise than written"));
}

#[test]
fn what_time_changed_stands_before_the_call_in_a_row_of_its_own() {
    let chapter = chapter(&format!("{STORY}23d alice disassociate 75_000\n"));

    let rows = chapter.calls.iter().rev().take(2).rev();
    let told: Vec<_> =
        rows.map(|row| (row.when.as_str(), row.who.as_str(), &row.changes)).collect();
    expect![[r#"
        [
            (
                "23d",
                "time",
                [
                    "alice: 75_000 = 75_000 free (+2_000) + 0 pending (-2_000); 50_000 reserved",
                ],
            ),
            (
                "23d",
                "alice",
                [
                    "alice: no token record any more",
                    "roster: alice leaves, 0 in all",
                    "token: alice holds 75_000 (+75_000), registry holds 0 (-75_000)",
                ],
            ),
        ]
    "#]]
    .assert_debug_eq(&told);
    assert!(page(vec![chapter]).contains("<code>passes</code>"));
}

#[test]
fn plots_have_steps_and_release_dates() {
    let chapter = chapter(STORY);
    let figure = chapter.figures.first().expect("alice has tokens");

    let titles: Vec<&str> = figure.plots.iter().map(|plot| plot.title).collect();
    assert_eq!(titles, ["All tokens, in MPC", "Allocated and pending, enlarged, in MPC"]);
    for plot in &figure.plots {
        for svg in [&plot.wide, &plot.narrow] {
            assert!(svg.starts_with("<svg role=\"img\" aria-label=\"T"), "{}", &svg[..90]);
            assert!(svg.contains("#A64D79"), "pending is drawn");
        }
    }
    assert_eq!(figure.releases.len(), 1);
    assert!(figure.caption.contains("50,000 reserved, 23,000 free above it"));
}

/// The dates of a plot: from where to where each goes, in the units of its picture.
fn dates(svg: &str) -> Vec<(&str, i64, i64)> {
    let date = |text: &'_ str| {
        let (tag, rest) = text.split_once('>')?;
        let (label, _) = rest.split_once('<')?;
        let value = |name: &str| -> Option<i64> {
            tag.split_once(name)?.1.split(['"', '.']).next()?.parse().ok()
        };
        let (middle, font) = (value(" x=\"")?, value("font-size=\"")?);
        // Digits and letters of usual fonts are no wider than this on average.
        let characters = i64::try_from(label.trim().len()).ok()?;
        let half = (font + 1) * 6 * characters / 10 / 2;
        tag.contains("\"middle\"").then_some((middle - half, middle + half))
    };
    let texts = svg.split("<text").skip(1);
    texts
        .filter_map(|text| {
            let (from, to) = date(text)?;
            let label = text.split_once('>')?.1.split('<').next()?.trim();
            Some((label, from, to))
        })
        .collect()
}

#[test]
fn dates_of_plots_are_whole_and_apart_however_long_the_story_is() {
    for last in ["0d12:00", "1d", "1d20:00", "2d", "9d", "300d", "2000d", "106000000000d"] {
        let chapter = chapter(&format!(
            "given settings block-producers not required\ngiven alice holds 5 approved\n\
             0d alice associate 1\n{last} alice associate 1\n"
        ));
        let plots = chapter.figures.iter().flat_map(|figure| &figure.plots);
        let pictures = plots.flat_map(|plot| [(&plot.wide, 1000), (&plot.narrow, 400)]);

        for (svg, width) in pictures {
            let dates = dates(svg);
            assert!(!dates.is_empty(), "{last}");
            let mut end = 0;
            for (label, from, to) in dates {
                assert!(from >= end && to <= width, "{last}: `{label}` from {from} to {to}");
                end = to;
            }
        }
    }
}

#[test]
fn a_clock_that_steps_back_and_times_without_end_are_drawn() {
    let far = "given settings block-producers not required\ngiven alice holds 5 approved\n\
               0d alice associate 1\n100000d alice associate 1\n0d alice associate 1\n\
               106000000000d alice associate 1\n";

    let chapter = chapter(far);

    assert_eq!(chapter.figures.len(), 1);
    assert_eq!(chapter.counts.mismatches, 0);
}

#[test]
fn the_style_sheet_knows_every_colour_that_is_drawn() {
    let css = include_str!("../../templates/report.css");
    let chapter = chapter(STORY);
    let figure = chapter.figures.first().expect("alice has tokens");

    for plot in &figure.plots {
        for attribute in ["fill=\"#", "stroke=\"#"] {
            for (at, _) in plot.wide.match_indices(attribute) {
                let name = &plot.wide[at..at + attribute.len() + 6];
                assert!(css.contains(&format!("[{name}\"]")), "{name}");
            }
        }
    }
}
