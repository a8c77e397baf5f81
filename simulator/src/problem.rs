//! What is wrong with a piece of scenario text, and where in it.
//!
//! One type for all parsers of the language, from a single number to a whole line. Not here: the
//! file and the line number ([`crate::diagnostics`]).

use std::fmt;
use std::ops::Range;

/// One mistake in one line (or in one word, when a word is parsed alone).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Bytes of the parsed text that are wrong; empty at the place where something is missing.
    pub span: Range<usize>,
    /// What is wrong, lower case, without a full stop.
    pub message: String,
    /// What to write instead.
    pub remedy: Option<String>,
}

impl Problem {
    /// A problem with the text at `span`.
    pub fn new(span: Range<usize>, message: impl Into<String>) -> Problem {
        Problem { span, message: message.into(), remedy: None }
    }

    /// The same problem, with advice.
    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Problem {
        self.remedy = Some(remedy.into());
        self
    }

    /// The same problem in a longer text, in which the parsed one begins at byte `start`.
    pub(crate) fn shifted(mut self, start: usize) -> Problem {
        self.span = self.span.start + start..self.span.end + start;
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.remedy {
            Some(remedy) => write!(f, "; {remedy}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Problem {}

/// `text` as messages quote it: in backticks, one line, printable ASCII, not too long.
pub(crate) fn quote(text: &str) -> String {
    const LONGEST: usize = 40;
    let mut shown: String = text.chars().take(LONGEST).flat_map(char::escape_default).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    format!("`{}`", shown.replace("\\'", "'").replace("\\\"", "\""))
}

/// The entry of `known` that `word` is most likely a misspelling of.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Words of the language are short: a long one is no misspelling, and comparing costs its square.
    if word.len() > 40 {
        return None;
    }
    // One slip in three letters, and at least one.
    let slips = word.chars().count().div_ceil(3);
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= slips)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The usual remedy for a misspelling.
pub(crate) fn did_you_mean(word: &str) -> String {
    format!("did you mean `{word}`?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_text_is_one_short_printable_line() {
        assert_eq!(quote("a\u{1b}[31m\nb"), "`a\\u{1b}[31m\\nb`");
        assert_eq!(quote("it's"), "`it's`");
        assert_eq!(quote(&"x".repeat(41)), format!("`{}…`", "x".repeat(40)));
    }

    #[test]
    fn a_misspelt_word_finds_its_neighbour_and_a_strange_one_finds_none() {
        let known = ["register", "reserve", "resign"];
        assert_eq!(nearest("regster", known), Some("register"));
        assert_eq!(nearest("qqqq", known), None);
        assert_eq!(nearest(&"register".repeat(10), known), None);
    }
}
