//! Why a document is not read to its end: too long, too deep, no JSON.

use std::fmt;
use std::io::{self, Read};

use struson::reader::{JsonReaderPosition, ReaderError, SyntaxErrorKind};

use super::{MAX_DEPTH, MAX_DOCUMENT_BYTES, Notes};
use crate::json::error::{ImportCode, ImportError, Place};

/// The place as people count.
pub(super) fn place(position: &JsonReaderPosition) -> Option<Place> {
    let position = position.line_pos.as_ref()?;
    Some(Place { line: position.line + 1, column: position.column + 1 })
}

/// Why nothing more can be read.
pub(super) fn why_stopped(path: String, error: ReaderError) -> Notes {
    let mut notes = Notes::default();
    notes.stopped = true;
    let (message, location) = match error {
        ReaderError::SyntaxError(error) => {
            (format!("this is no JSON: {}", prose(error.kind)), Some(error.location))
        }
        ReaderError::MaxNestingDepthExceeded { location, .. } => {
            (format!("values are more than {MAX_DEPTH} deep"), Some(location))
        }
        ReaderError::IoError { error, .. } if is_too_long(&error) => {
            (format!("the document has more than {MAX_DOCUMENT_BYTES} bytes"), None)
        }
        ReaderError::IoError { error, location } if is_text_error(&error) => {
            ("this is not UTF-8".to_owned(), Some(location))
        }
        ReaderError::IoError { error, .. } => {
            notes.unreadable = Some(error);
            return notes;
        }
        other => (other.to_string(), None),
    };
    let place = location.as_ref().and_then(place);
    notes.push_error(ImportError { code: ImportCode::Malformed, path, message, place });
    notes
}

/// What is wrong with the text.
fn prose(kind: SyntaxErrorKind) -> &'static str {
    match kind {
        SyntaxErrorKind::IncompleteDocument => "the text ends too early",
        SyntaxErrorKind::TrailingData => "the text goes on behind the document",
        SyntaxErrorKind::UnexpectedClosingBracket => "an unexpected closing bracket",
        SyntaxErrorKind::UnexpectedComma => "an unexpected comma",
        SyntaxErrorKind::TrailingCommaNotEnabled => "a comma with nothing behind it",
        SyntaxErrorKind::MissingComma => "a comma is missing",
        SyntaxErrorKind::UnexpectedColon => "an unexpected colon",
        SyntaxErrorKind::MissingColon => "a colon is missing",
        SyntaxErrorKind::ExpectingMemberNameOrObjectEnd => {
            "a key or the end of the object is missing"
        }
        SyntaxErrorKind::MalformedNumber | SyntaxErrorKind::TrailingDataAfterNumber => {
            "a malformed number"
        }
        SyntaxErrorKind::NotEscapedControlCharacter => "a control character within a string",
        SyntaxErrorKind::UnknownEscapeSequence | SyntaxErrorKind::MalformedEscapeSequence => {
            "a malformed escape sequence"
        }
        SyntaxErrorKind::UnpairedSurrogatePairEscapeSequence => "half a surrogate pair",
        SyntaxErrorKind::CommentsNotEnabled => "a comment",
        _ => "an unexpected character",
    }
}

/// Gives an error instead of more than `left` bytes.
pub(super) struct Bounded<R> {
    pub(super) document: R,
    pub(super) left: u64,
}

#[derive(Debug)]
struct TooLong;

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("too long")
    }
}

impl std::error::Error for TooLong {}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.document.read(buffer)?;
        match self.left.checked_sub(u64::try_from(read).unwrap_or(u64::MAX)) {
            Some(left) => {
                self.left = left;
                Ok(read)
            }
            None => Err(io::Error::other(TooLong)),
        }
    }
}

fn is_too_long(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|source| source.is::<TooLong>())
}

/// The JSON reader says so of text that is not UTF-8; files do not.
fn is_text_error(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidData
}
