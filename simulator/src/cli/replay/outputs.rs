//! What a run leaves behind in files: JUnit XML, and the page.

use std::fs;
use std::path::{Path, PathBuf};

use anstream::adapter::strip_str;
use clap::Args;
use zkreg::diagnostics::Problems;
use zkreg::junit::{End, Junit};
use zkreg::report::{Recorder, Report};
use zkreg::world::World;

use crate::cli::sources;
use crate::cli::values::file;

#[derive(Debug, Args)]
pub(crate) struct OutputArguments {
    /// Write the results as JUnit XML, a test case a file
    #[arg(long, value_name = "FILE", value_parser = file())]
    junit: Option<PathBuf>,
    /// Write one HTML page with the tokens over time, the calls, the scores and what went otherwise
    #[arg(long, value_name = "FILE", value_parser = file())]
    report: Option<PathBuf>,
}

impl OutputArguments {
    /// # Errors
    ///
    /// What to say if one file would be written over the other.
    pub(super) fn check(&self) -> Result<(), String> {
        match (&self.junit, &self.report) {
            (Some(junit), Some(report)) if junit == report => {
                let shown = sources::shown(junit);
                Err(format!("error: `--junit` and `--report` both name {shown}"))
            }
            _ => Ok(()),
        }
    }
}

/// What is collected for the files that are asked for.
pub(super) struct Outputs<'a> {
    arguments: &'a OutputArguments,
    junit: Junit,
    report: Report,
}

/// How the replay of a file ended.
pub(super) struct Ending<'a> {
    pub(super) steps: usize,
    pub(super) problems: &'a Problems,
    pub(super) broken: bool,
}

impl<'a> Outputs<'a> {
    /// Nothing yet. `ground` says what everything starts from, `findings` what is odd about it.
    pub(super) fn new(
        arguments: &'a OutputArguments,
        ground: Vec<String>,
        findings: Vec<String>,
    ) -> Outputs<'a> {
        let report = Report { ground, findings, ..Report::default() };
        Outputs { arguments, junit: Junit::default(), report }
    }

    /// Looks on at the file `name`, if there is to be a page.
    pub(super) fn recorder(
        &self,
        name: &str,
        header: &[String],
        world: &World,
    ) -> Option<Recorder> {
        self.arguments.report.as_ref().map(|_| Recorder::new(name, header, world))
    }

    /// The file `name` cannot be read.
    pub(super) fn unreadable(&mut self, name: &str, complaint: &str) {
        let complaint = strip_str(complaint).to_string();
        self.junit.add(name, 0, End::Unreadable(&complaint));
        self.report.unreadable.push(complaint);
    }

    /// The file `name` was replayed. `world` is as its last step has left it.
    pub(super) fn done(
        &mut self,
        name: &str,
        ending: &Ending<'_>,
        recorder: Option<Recorder>,
        world: &World,
    ) {
        let end = match (ending.broken, ending.problems.is_empty()) {
            (true, _) => End::Broken(ending.problems),
            (false, false) => End::Otherwise(ending.problems),
            (false, true) => End::AsWritten,
        };
        self.junit.add(name, ending.steps, end);
        self.report.chapters.extend(recorder.map(|recorder| recorder.finish(world)));
    }

    /// Writes the files.
    ///
    /// # Errors
    ///
    /// A sentence for each that cannot be written.
    pub(super) fn write(mut self) -> Result<(), Vec<String>> {
        let OutputArguments { junit, report } = self.arguments;
        let mut errors = Vec::new();
        let mut put = |path: &Path, text: String| {
            if let Err(error) = fs::write(path, text) {
                errors.push(format!("error: cannot write {}: {error}", sources::shown(path)));
            }
        };
        if let Some(path) = junit {
            put(path, self.junit.to_xml());
        }
        if let Some(path) = report {
            self.report.title = match self.report.chapters.as_slice() {
                [one] => one.name.clone(),
                more => format!("{} scenarios", more.len()),
            };
            put(path, self.report.to_html());
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}
