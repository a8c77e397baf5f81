//! What a line of a log says, by name, and where in the line it stands.

use std::ops::Range;

use super::NAMES;
use crate::problem::{Problem, did_you_mean, nearest, quote};

/// The cells of one line that hold something.
pub(super) struct Cells<'t> {
    text: &'t str,
    cells: Vec<(&'static str, String)>,
}

impl<'t> Cells<'t> {
    /// The cells of the line `text`. Empty ones are left out.
    pub(super) fn new(
        text: &'t str,
        cells: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Cells<'t> {
        let cells = cells.into_iter().filter(|(_, cell)| !cell.is_empty()).collect();
        Cells { text, cells }
    }

    /// What stands under this name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.cells.iter().find(|(it, _)| *it == name).map(|(_, cell)| cell.as_str())
    }

    /// What stands under this name, which must be there.
    pub(super) fn need(&self, name: &str) -> Result<&str, Problem> {
        self.get(name).ok_or_else(|| {
            let end = self.text.len();
            Problem::new(end..end, format!("there is no `{name}` in this line"))
        })
    }

    /// A problem with what stands under this name.
    pub(super) fn problem(&self, name: &str, message: impl Into<String>) -> Problem {
        Problem::new(self.span(name), message)
    }

    /// A problem of the cell under this name as one of the line.
    pub(super) fn within(&self, name: &str, problem: Problem) -> Problem {
        let span = self.span(name);
        if span.len() == self.get(name).map_or(0, str::len) {
            problem.shifted(span.start)
        } else {
            Problem { span, ..problem }
        }
    }

    /// Where a cell stands; the whole line if it is written in another way than it reads.
    fn span(&self, name: &str) -> Range<usize> {
        // Cells of CSV stand in the order of their columns, those of JSON behind their names.
        let mut from = self.text.find(&format!("\"{name}\"")).map_or(0, |at| at + name.len() + 2);
        for (it, cell) in &self.cells {
            let Some(at) = self.text.get(from..).and_then(|rest| rest.find(cell.as_str())) else {
                break;
            };
            let span = from + at..from + at + cell.len();
            if *it == name {
                return span;
            }
            if !self.text.starts_with('{') {
                from = span.end;
            }
        }
        0..self.text.len()
    }
}

/// One of the names that a log can have, whatever its case.
pub(super) fn known(word: &str, span: Range<usize>) -> Result<&'static str, Problem> {
    let lower = word.trim().to_ascii_lowercase();
    NAMES.into_iter().find(|name| *name == lower).ok_or_else(|| {
        let remedy = match nearest(&lower, NAMES) {
            Some(name) => did_you_mean(name),
            None => format!("a log can have {}", NAMES.join(", ")),
        };
        Problem::new(span, format!("unknown column {}", quote(word.trim()))).with_remedy(remedy)
    })
}
