//! Why a document cannot be imported.

use std::fmt;
use std::io;

/// One of the four reasons for which an import fails. All else is a finding.
///
/// Source: registry.md 4.5 and 11.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ImportCode {
    /// No JSON, a wrong type, bad hex or base64, or a missing key.
    Malformed,
    /// A negative amount, counter or version, or a number or sum outside its type.
    OutOfRange,
    /// A key twice in one map or one object.
    DuplicateKey,
    /// The collaborators are neither in the document nor given.
    Collaborators,
}

impl ImportCode {
    /// The stable code.
    pub const fn as_str(self) -> &'static str {
        match self {
            ImportCode::Malformed => "import_malformed",
            ImportCode::OutOfRange => "import_out_of_range",
            ImportCode::DuplicateKey => "import_duplicate_key",
            ImportCode::Collaborators => "import_collaborators",
        }
    }
}

/// A place in the text of a document, both counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: u64,
    /// The character in it.
    pub column: u64,
}

/// One place for which a document cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportError {
    /// The reason.
    pub code: ImportCode,
    /// The part of the document, such as `stakedTokens[3].value.freeTokens`; empty for the whole.
    pub path: String,
    /// The value and what is wrong with it.
    pub message: String,
    /// Where it is, if it is in one place.
    pub place: Option<Place>,
}

/// `code: path: message (line 1, column 2)`
impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.code.as_str())?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)?;
        match self.place {
            Some(Place { line, column }) => write!(f, " (line {line}, column {column})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ImportError {}

/// Why there is no image.
#[derive(Debug)]
pub enum ImportFailure {
    /// The document could not be read at all.
    Unreadable(io::Error),
    /// It cannot be imported, for each of these places; at least one.
    Refused(Vec<ImportError>),
}

impl ImportFailure {
    /// The places; none if the document could not be read.
    pub fn errors(&self) -> &[ImportError] {
        match self {
            ImportFailure::Unreadable(_) => &[],
            ImportFailure::Refused(errors) => errors,
        }
    }
}

/// One line for each place.
impl fmt::Display for ImportFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ImportFailure::Unreadable(error) => write!(f, "the document cannot be read: {error}"),
            ImportFailure::Refused(errors) => {
                let lines: Vec<String> = errors.iter().map(ImportError::to_string).collect();
                f.write_str(&lines.join("\n"))
            }
        }
    }
}

impl std::error::Error for ImportFailure {}
