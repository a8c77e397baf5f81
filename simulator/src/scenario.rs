//! A file of steps, with its comments: parse, check what concerns several lines, and print.
//!
//! Lines are kept as they come, blank ones and comments included, so printing changes nothing but
//! the columns, and a line's number is its index plus one. All lines with a problem are reported.

use std::fmt;
use std::str::FromStr;

use crate::diagnostics::Problems;
use crate::parse;
use crate::problem::Problem;
use crate::quantity::Moment;
use crate::step::{Fact, Origin, Step};

/// The most bytes that a scenario file may have.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;
/// The most bytes that a line may have.
const MAX_LINE_BYTES: usize = 256 * 1024;
/// How far columns are padded for the sake of a long cell.
const WIDEST_CELL: usize = 100;

/// A scenario: what a file says, line by line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scenario {
    /// All lines of the file.
    pub lines: Vec<Line>,
}

/// A line: a step, a comment, a step with a comment after it, or, with neither, a blank line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// What happens.
    pub step: Option<Step>,
    /// What is remarked.
    pub comment: Option<Comment>,
}

/// A comment: one line of any text, without blanks at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment(String);

impl Scenario {
    /// Reads a scenario file.
    ///
    /// # Errors
    ///
    /// Every line with a problem, in the order of the file, up to a limit; the rest is counted.
    pub fn parse(bytes: &[u8]) -> Result<Scenario, Problems> {
        let mut problems = Problems::default();
        if bytes.len() > MAX_BYTES {
            let message = format!("the file is longer than {MAX_BYTES} bytes");
            problems.add(1, b"", Problem::new(0..0, message));
            return Err(problems);
        }
        let mut scenario = Scenario::default();
        let mut order = Order::default();
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let lines = bytes.strip_suffix(b"\n").unwrap_or(bytes).split(|byte| *byte == b'\n');
        for (index, line) in lines.enumerate().take_while(|_| !bytes.is_empty()) {
            let parsed = read_line(line.strip_suffix(b"\r").unwrap_or(line)).and_then(|line| {
                order.check(line.step.as_ref())?;
                Ok(line)
            });
            match parsed {
                Ok(line) => scenario.lines.push(line),
                Err(problem) => {
                    let shown = line.get(..MAX_LINE_BYTES).unwrap_or(line);
                    problems.add(index + 1, shown, problem);
                }
            }
        }
        if problems.is_empty() { Ok(scenario) } else { Err(problems) }
    }

    /// A scenario of these steps, under a header of these comment lines and an empty line.
    pub fn of_steps<'h>(
        header: impl IntoIterator<Item = &'h str>,
        steps: impl IntoIterator<Item = Step>,
    ) -> Scenario {
        let comment = |text| Line { step: None, comment: Some(Comment::new(text)) };
        let step = |step| Line { step: Some(step), comment: None };
        let header = header.into_iter().map(comment);
        let lines = header.chain([Line::default()]).chain(steps.into_iter().map(step)).collect();
        Scenario { lines }
    }

    /// The comment with which the file opens: what it shows, and its source, line by line.
    pub fn header(&self) -> impl Iterator<Item = &str> {
        let remark = |line: &'_ Line| line.step.is_none() && line.comment.is_some();
        self.lines.iter().take_while(move |line| remark(line)).filter_map(Line::remark)
    }

    /// The steps, each with its line number, counted from 1.
    pub fn steps(&self) -> impl Iterator<Item = (usize, &Step)> {
        let numbered = self.lines.iter().enumerate();
        numbered.filter_map(|(index, line)| Some((index + 1, line.step.as_ref()?)))
    }

    /// What `0d` is: what the scenario says, or the default.
    pub fn origin(&self) -> Origin {
        let said = self.steps().find_map(|(_, step)| match step {
            Step::Given(Fact::Clock(origin)) => Some(*origin),
            _ => None,
        });
        said.unwrap_or_default()
    }
}

impl Line {
    fn remark(&self) -> Option<&str> {
        self.comment.as_ref().map(Comment::text)
    }
}

impl Comment {
    /// A comment that says `text`; line breaks become blanks.
    pub fn new(text: &str) -> Comment {
        let line: String =
            text.chars().map(|it| if matches!(it, '\n' | '\r') { ' ' } else { it }).collect();
        let blank = if line.trim_end().is_empty() { "" } else { " " };
        Comment(format!("#{blank}{}", line.trim_end()))
    }

    /// What it says, without the `#` and the blank after it.
    pub fn text(&self) -> &str {
        let text = self.0.trim_start_matches('#');
        text.strip_prefix(' ').unwrap_or(text)
    }
}

impl FromStr for Scenario {
    type Err = Problems;

    fn from_str(text: &str) -> Result<Scenario, Problems> {
        Scenario::parse(text.as_bytes())
    }
}

fn read_line(bytes: &[u8]) -> Result<Line, Problem> {
    if bytes.len() > MAX_LINE_BYTES {
        let message = format!("the line is longer than {MAX_LINE_BYTES} bytes");
        return Err(Problem::new(0..0, message));
    }
    let text = str::from_utf8(bytes).map_err(|error| {
        let start = error.valid_up_to();
        let byte = bytes.get(start).copied().unwrap_or_default();
        Problem::new(start..start + 1, format!("byte {byte:#04x} is not UTF-8 text"))
            .with_remedy("save the file as UTF-8")
    })?;
    let (step, comment) = parse::line(text)?;
    Ok(Line { step, comment: comment.map(|text| Comment(text.to_owned())) })
}

/// What has been read so far, as far as later lines depend on it.
#[derive(Default)]
struct Order {
    clock_given: bool,
    begun: bool,
    origin: Origin,
}

impl Order {
    fn check(&mut self, step: Option<&Step>) -> Result<(), Problem> {
        let problem = |step: &Step, message: &str| Problem::new(0..step.when().len(), message);
        match step {
            Some(step @ Step::Given(_)) if self.begun => {
                Err(problem(step, "the start cannot change once time runs")
                    .with_remedy("move the `given` lines before all others"))
            }
            Some(step @ Step::Given(Fact::Clock(_))) if self.clock_given => {
                Err(problem(step, "the clock is given twice"))
            }
            Some(Step::Given(fact)) => {
                if let Fact::Clock(origin) = fact {
                    (self.clock_given, self.origin) = (true, *origin);
                }
                Ok(())
            }
            Some(step) => {
                self.begun = true;
                let representable = step.at().is_none_or(|at| self.origin.plus(at).is_some());
                if representable {
                    return Ok(());
                }
                let last = Moment::from_millis(i64::MAX - self.origin.millis());
                Err(problem(step, "the block time does not fit in 64 bits").with_remedy(format!(
                    "the last time of this scenario is `{}`",
                    last.unwrap_or(Moment::MAX)
                )))
            }
            None => Ok(()),
        }
    }
}

/// Prints in columns: when, who, what, and the refusal codes below each other.
impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |cell: &dyn Fn(&Step) -> Option<usize>| {
            let widths = self.lines.iter().filter_map(|line| cell(line.step.as_ref()?));
            widths.filter(|width| *width <= WIDEST_CELL).max().unwrap_or(0)
        };
        let when = width(&|step| Some(step.when().len()));
        let who = width(&|step| Some(step.who().len()));
        let what = width(&|step| step.refused().map(|_| step.what().len()));
        for line in &self.lines {
            if let Some(step) = &line.step {
                write!(f, "{:when$}  {:who$}  ", step.when(), step.who())?;
                match step.refused() {
                    Some(code) => write!(f, "{:what$}  => {code}", step.what())?,
                    None => write!(f, "{}", step.what())?,
                }
            }
            match (&line.step, &line.comment) {
                (Some(_), Some(comment)) => writeln!(f, "  {}", comment.0)?,
                (None, Some(comment)) => writeln!(f, "{}", comment.0)?,
                (_, None) => writeln!(f)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
