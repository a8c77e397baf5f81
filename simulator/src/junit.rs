//! Replays as JUnit XML, for CI: one test case a file.
//!
//! A step that goes otherwise than written is a failure, a file that cannot be read is an error, and
//! so is a contract that breaks down. Nothing in it depends on when or where it was made.

use std::collections::BTreeMap;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::diagnostics::Problems;
use crate::transcript::words;

/// What came of several files.
#[derive(Clone, Debug, Default)]
pub struct Junit {
    /// Test cases by their folder, in the order in which they came.
    suites: BTreeMap<String, Vec<TestCase>>,
}

/// What came of one file.
#[derive(Clone, Copy, Debug)]
pub enum End<'a> {
    /// All went as written.
    AsWritten,
    /// These went otherwise.
    Otherwise(&'a Problems),
    /// The contract broke down; these are all that went otherwise.
    Broken(&'a Problems),
    /// It cannot be read, for these reasons.
    Unreadable(&'a str),
}

impl Junit {
    /// Adds the file `name` with so many steps.
    pub fn add(&mut self, name: &str, steps: usize, end: End<'_>) {
        let (folder, file) = name.rsplit_once('/').unwrap_or((".", name));
        let mut status = match end {
            End::AsWritten => TestCaseStatus::success(),
            End::Otherwise(_) => TestCaseStatus::non_success(NonSuccessKind::Failure),
            End::Broken(_) | End::Unreadable(_) => {
                TestCaseStatus::non_success(NonSuccessKind::Error)
            }
        };
        match end {
            End::AsWritten => {}
            End::Otherwise(problems) | End::Broken(problems) => {
                let broken = matches!(end, End::Broken(_));
                status.set_type(if broken { "contract_broke_down" } else { "otherwise" });
                status.set_message(summary(name, problems));
                status.set_description(problems.render(name, false));
            }
            End::Unreadable(reason) => {
                status.set_type("unreadable");
                status.set_message(reason.lines().next().unwrap_or_default());
                status.set_description(reason);
            }
        }
        let mut case = TestCase::new(file, status);
        case.set_classname(folder).set_assertions(steps);
        self.suites.entry(folder.to_owned()).or_default().push(case);
    }

    /// The document.
    pub fn to_xml(&self) -> String {
        let mut report = Report::new("zkreg replay");
        for (folder, cases) in &self.suites {
            let mut suite = TestSuite::new(folder.as_str());
            suite.add_test_cases(cases.iter().cloned());
            report.add_test_suite(suite);
        }
        report.to_string().expect("invariant: writing to a text succeeds")
    }
}

/// `story.scenario:3: the step was refused …; and 2 more`
fn summary(name: &str, problems: &Problems) -> String {
    let Some(first) = problems.iter().next() else { return String::new() };
    let message = words::line(&first.problem.message);
    match problems.total() {
        1 => format!("{name}:{}: {message}", first.line),
        more => format!("{name}:{}: {message}; and {} more", first.line, more - 1),
    }
}

#[cfg(test)]
mod tests;
