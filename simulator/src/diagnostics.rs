//! Problems of a file, shown with file, line, column, the text and a caret under it.

use std::fmt;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use crate::problem::Problem;

/// How many problems of a file are kept; the rest is counted.
const KEPT: usize = 50;

/// All problems of one file, in its order; the first ones are kept, the others counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    kept: Vec<Located>,
    total: usize,
}

/// A problem and its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The number of the line, counted from 1.
    pub line: usize,
    /// The text of the line; what is not UTF-8 is replaced.
    pub text: String,
    /// What is wrong; the span is one of `text`.
    pub problem: Problem,
}

impl Problems {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// How many there are, kept or not.
    pub fn total(&self) -> usize {
        self.total
    }

    /// Those that are kept.
    pub fn iter(&self) -> impl Iterator<Item = &Located> {
        self.kept.iter()
    }

    /// Adds a problem of line `number`, which reads `text`.
    pub fn add(&mut self, number: usize, text: &[u8], problem: Problem) {
        self.total += 1;
        if self.kept.len() < KEPT {
            self.kept.push(Located::new(number, text, problem));
        }
    }

    /// The problems as they are shown for the file `path`, with colours or without.
    pub fn render(&self, path: &str, colours: bool) -> String {
        let renderer = if colours { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.decor_style(DecorStyle::Ascii);
        let mut shown: Vec<String> =
            self.kept.iter().map(|located| located.render(path, &renderer)).collect();
        let more = self.total - self.kept.len();
        if more > 0 {
            shown.push(format!("{path}: and {more} more lines with errors"));
        }
        shown.join("\n\n")
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render("scenario", false))
    }
}

impl std::error::Error for Problems {}

impl Located {
    fn new(line: usize, text: &[u8], problem: Problem) -> Located {
        let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let end = problem.span.end.min(text.len());
        let (before, rest) = text.split_at(problem.span.start.min(end));
        let (wrong, after) = rest.split_at(end - before.len());
        let (before, wrong) = (lossy(before), lossy(wrong));
        let span = before.len()..before.len() + wrong.len();
        let text = before + &wrong + &lossy(after);
        Located { line, text, problem: Problem { span, ..problem } }
    }

    /// Characters before the problem in its line, plus one.
    pub fn column(&self) -> usize {
        self.text.get(..self.problem.span.start).map_or(1, |before| before.chars().count() + 1)
    }

    fn render(&self, path: &str, renderer: &Renderer) -> String {
        let caret = AnnotationKind::Primary.span(self.problem.span.clone());
        let snippet =
            Snippet::source(self.text.as_str()).line_start(self.line).path(path).annotation(caret);
        let report = Level::ERROR.primary_title(self.problem.message.as_str()).element(snippet);
        renderer.render(&[match &self.problem.remedy {
            Some(remedy) => report.element(Level::HELP.message(remedy.as_str())),
            None => report,
        }])
    }
}
