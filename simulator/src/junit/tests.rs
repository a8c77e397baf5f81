//! The document, read again by another reader of JUnit.

use expect_test::expect;
use quick_junit::Report as Document;

use super::*;
use crate::problem::Problem;

fn problems(messages: &[&str]) -> Problems {
    let mut problems = Problems::default();
    for (line, message) in (3..).zip(messages) {
        problems.add(line, b"0d alice unlock", Problem::new(3..8, *message));
    }
    problems
}

fn document() -> Junit {
    let mut junit = Junit::default();
    junit.add("tests/a.scenario", 7, End::AsWritten);
    let otherwise = problems(&["alice <has> \u{1b}[31m0", "and & \"more\""]);
    junit.add("tests/b.scenario", 2, End::Otherwise(&otherwise));
    junit.add("other/c.scenario", 1, End::Broken(&problems(&["the contract broke down: x"])));
    junit.add("-", 0, End::Unreadable("error: nothing\nat all"));
    junit
}

#[test]
fn every_file_is_a_test_case_in_its_folder() {
    let xml = document().to_xml();

    expect![[r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="zkreg replay" tests="4" skipped="0" failures="1" errors="2">
            <testsuite name="." tests="1" skipped="0" errors="1" failures="0">
                <testcase name="-" classname="." assertions="0">
                    <error message="error: nothing" type="unreadable">error: nothing
        at all</error>
                </testcase>
            </testsuite>
            <testsuite name="other" tests="1" skipped="0" errors="1" failures="0">
                <testcase name="c.scenario" classname="other" assertions="1">
                    <error message="other/c.scenario:3: the contract broke down: x" type="contract_broke_down">error: the contract broke down: x
         --&gt; other/c.scenario:3:4
          |
        3 | 0d alice unlock
          |    ^^^^^</error>
                </testcase>
            </testsuite>
            <testsuite name="tests" tests="2" skipped="0" errors="0" failures="1">
                <testcase name="a.scenario" classname="tests" assertions="7"/>
                <testcase name="b.scenario" classname="tests" assertions="2">
                    <failure message="tests/b.scenario:3: alice &lt;has&gt;  [31m0; and 1 more" type="otherwise">error: alice &lt;has&gt; ␛[31m0
         --&gt; tests/b.scenario:3:4
          |
        3 | 0d alice unlock
          |    ^^^^^

        error: and &amp; &quot;more&quot;
         --&gt; tests/b.scenario:4:4
          |
        4 | 0d alice unlock
          |    ^^^^^</failure>
                </testcase>
            </testsuite>
        </testsuites>
    "#]].assert_eq(&xml);
}

#[test]
fn another_reader_finds_what_was_written() {
    let document = Document::deserialize_from_str(&document().to_xml()).expect("it is JUnit");

    assert_eq!((document.tests, document.failures, document.errors), (4, 1, 2));
    let suites: Vec<&str> = document.test_suites.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(suites, [".", "other", "tests"]);
    let counted = document.test_suites.iter().map(|it| it.test_cases.len()).sum::<usize>();
    assert_eq!(counted, document.tests);
}
