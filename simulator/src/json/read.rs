//! Reads JSON value by value, strictly, and notes everything that is wrong on the way.
//!
//! A value of the wrong kind is noted with its path and place, and skipped: reading goes on, and one
//! pass finds all that is wrong. Only text that is no JSON ends it.
//!
//! A document has at most [`MAX_DOCUMENT_BYTES`], and values are at most [`MAX_DEPTH`] deep.
//! Nothing is kept of a value but what its reader makes of it, and of errors and findings no more
//! than [`MAX_ERRORS`] and [`MAX_FINDINGS`].
//!
//! Source: `registry.md` 11.1 and 11.2, row *spelling*.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, Read};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pbc_contract_common::PublicKey;
use pbc_contract_common::address::Address;
use pbc_traits::{Decoder, ReadRPC};
use struson::reader::{
    JsonReader, JsonReaderPosition, JsonStreamReader, ReaderError, ReaderSettings, SyntaxErrorKind,
    ValueType,
};

use super::error::{ImportCode, ImportError, ImportFailure, Place};
use crate::image::{Finding, Oddity};
use crate::printable::printable;

/// The longest document that is imported: 256 MiB.
///
/// A live state of 100,000 nodes takes about a quarter of it.
pub const MAX_DOCUMENT_BYTES: u64 = 256 << 20;

/// How deep values may be nested in each other. The live shape needs 10 with its envelope.
pub const MAX_DEPTH: u32 = 128;

/// How many errors are listed before the rest is only counted.
pub const MAX_ERRORS: usize = 10_000;

/// How many findings are listed before the rest is only counted.
pub const MAX_FINDINGS: usize = 100_000;

/// How many unknown keys of one object are told apart.
const MAX_UNKNOWN_KEYS: usize = 100;

/// How much of a value a message shows, in characters.
const LONGEST_SHOWN: usize = 60;

/// Reading cannot go on; why has been noted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stop;

/// What was read. An inner `None` stands for something wrong that has been noted.
pub(super) type Outcome<T> = Result<T, Stop>;

/// What was noted while reading.
#[derive(Debug, Default)]
pub(super) struct Notes {
    errors: Vec<ImportError>,
    more_errors: u64,
    findings: Vec<Finding>,
    more_findings: u64,
    /// Whether the text could not be read to its end.
    stopped: bool,
    /// The reader failed, which is nothing that the document could be blamed for.
    unreadable: Option<io::Error>,
}

impl Notes {
    /// Notes an error that is not in one place of the text.
    pub(super) fn error(&mut self, code: ImportCode, path: String, message: impl Into<String>) {
        self.push_error(ImportError { code, path, message: message.into(), place: None });
    }

    pub(super) fn finding(&mut self, finding: Finding) {
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(finding);
        } else {
            self.more_findings = self.more_findings.saturating_add(1);
        }
    }

    pub(super) fn findings(&mut self, findings: impl IntoIterator<Item = Finding>) {
        findings.into_iter().for_each(|finding| self.finding(finding));
    }

    pub(super) fn absorb(&mut self, other: Notes) {
        other.errors.into_iter().for_each(|error| self.push_error(error));
        self.findings(other.findings);
        self.more_errors = self.more_errors.saturating_add(other.more_errors);
        self.more_findings = self.more_findings.saturating_add(other.more_findings);
        self.stopped |= other.stopped;
        self.unreadable = self.unreadable.take().or(other.unreadable);
    }

    /// Takes out the errors that are no second use of a key.
    pub(super) fn take_errors_of_shape(&mut self) -> Vec<ImportError> {
        let (repeated, shape) = std::mem::take(&mut self.errors)
            .into_iter()
            .partition(|error| error.code == ImportCode::DuplicateKey);
        self.errors = repeated;
        shape
    }

    /// What was found, when there is no error.
    pub(super) fn into_findings(mut self) -> Vec<Finding> {
        if self.more_findings > 0 {
            self.findings.push(Oddity::More { left_out: self.more_findings }.at(""));
        }
        self.findings
    }

    /// What is wrong, when there is an error.
    pub(super) fn into_failure(mut self) -> ImportFailure {
        if let Some(error) = self.unreadable {
            return ImportFailure::Unreadable(error);
        }
        if self.more_errors > 0 {
            let message = format!("{} more errors are not listed", self.more_errors);
            let (code, path) = (ImportCode::Malformed, String::new());
            self.errors.push(ImportError { code, path, message, place: None });
        }
        ImportFailure::Refused(self.errors)
    }

    pub(super) fn take_findings(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.findings)
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped
    }

    pub(super) fn has_errors(&self) -> bool {
        !self.errors.is_empty() || self.unreadable.is_some()
    }

    fn push_error(&mut self, error: ImportError) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(error);
        } else {
            self.more_errors = self.more_errors.saturating_add(1);
        }
    }
}

/// A key that an object of some kind can have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) required: bool,
}

/// A key that must be there.
pub(super) const fn required(name: &'static str) -> Key {
    Key { name, required: true }
}

/// A key that may be absent, or `null`, which is the same.
pub(super) const fn optional(name: &'static str) -> Key {
    Key { name, required: false }
}

/// An entry of a map, and the position in the document at which it stood.
#[derive(Clone, Debug)]
pub(super) struct Entry<V> {
    pub(super) index: usize,
    pub(super) value: V,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Key(&'static str),
    Index(usize),
}

/// Reads one document.
pub(super) struct DocumentReader<R: Read> {
    json: JsonStreamReader<Bounded<R>>,
    path: Vec<Step>,
    pub(super) notes: Notes,
}

impl<R: Read> DocumentReader<R> {
    pub(super) fn new(document: R) -> DocumentReader<R> {
        DocumentReader::within(MAX_DOCUMENT_BYTES, document)
    }

    fn within(limit: u64, document: R) -> DocumentReader<R> {
        let settings = ReaderSettings {
            max_nesting_depth: Some(MAX_DEPTH),
            restrict_number_values: false,
            track_path: false,
            ..ReaderSettings::default()
        };
        let bounded = Bounded { document, left: limit };
        let json = JsonStreamReader::new_custom(bounded, settings);
        DocumentReader { json, path: Vec::new(), notes: Notes::default() }
    }

    /// Checks that nothing follows the value that was read, and returns what was noted.
    pub(super) fn finish(mut self) -> Notes {
        let trailing = self.json.consume_trailing_whitespace();
        if let Err(error) = trailing {
            self.notes.absorb(why_stopped(String::new(), error));
        }
        self.notes
    }

    /// What was noted, after a [`Stop`].
    pub(super) fn stopped(self) -> Notes {
        self.notes
    }

    /// Reads an object: `member` reads the value of each key that is there, not `null`, for the
    /// first time. `None` if it is no object; missing keys are noted.
    pub(super) fn object(
        &mut self,
        keys: &'static [Key],
        mut member: impl FnMut(&mut Self, &'static str) -> Outcome<()>,
    ) -> Outcome<Option<()>> {
        if !self.expect(ValueType::Object, "an object")? {
            return Ok(None);
        }
        let begun = self.json.begin_object();
        self.go_on(begun)?;
        // One bit for each key: those that were there, and those that had a value.
        let (mut seen, mut present) = (0_u64, 0_u64);
        let mut unknown = Vec::new();
        loop {
            let more = self.json.has_next();
            if !self.go_on(more)? {
                break;
            }
            let place = self.place();
            let name = self.json.next_name_owned();
            let name = self.go_on(name)?;
            let Some(index) = keys.iter().position(|key| key.name == name) else {
                self.unknown_key(&mut unknown, name, place)?;
                continue;
            };
            let bit = 1 << index;
            self.path.push(Step::Key(keys[index].name));
            if seen & bit != 0 {
                self.note(ImportCode::DuplicateKey, "the key occurs twice", place);
                self.skip()?;
            } else if self.peek()? == ValueType::Null {
                self.skip()?;
            } else {
                present |= bit;
                member(self, keys[index].name)?;
            }
            seen |= bit;
            self.path.pop();
        }
        let place = self.place();
        let ended = self.json.end_object();
        self.go_on(ended)?;
        for (index, key) in keys.iter().enumerate() {
            if key.required && present & (1 << index) == 0 {
                self.path.push(Step::Key(key.name));
                self.note(ImportCode::Malformed, "the key is missing", place);
                self.path.pop();
            }
        }
        Ok(Some(()))
    }

    fn unknown_key(
        &mut self,
        unknown: &mut Vec<String>,
        name: String,
        place: Option<Place>,
    ) -> Outcome<()> {
        let path = || self.path_to(&shown(&name));
        if unknown.contains(&name) {
            let (code, message) = (ImportCode::DuplicateKey, "the key occurs twice".to_owned());
            let error = ImportError { code, path: path(), message, place };
            self.notes.push_error(error);
        } else if unknown.len() < MAX_UNKNOWN_KEYS {
            let finding = Oddity::UnknownKey.at(path());
            self.notes.finding(finding);
            unknown.push(name);
        } else if unknown.len() == MAX_UNKNOWN_KEYS {
            let message = format!("more than {MAX_UNKNOWN_KEYS} unknown keys in one object");
            self.note(ImportCode::Malformed, message, place);
            unknown.push(String::new());
        }
        self.skip()
    }

    /// Reads an array, element by element. `None` if it is no array.
    pub(super) fn array(
        &mut self,
        mut element: impl FnMut(&mut Self, usize) -> Outcome<()>,
    ) -> Outcome<Option<()>> {
        if !self.expect(ValueType::Array, "an array")? {
            return Ok(None);
        }
        let begun = self.json.begin_array();
        self.go_on(begun)?;
        for index in 0.. {
            let more = self.json.has_next();
            if !self.go_on(more)? {
                break;
            }
            self.path.push(Step::Index(index));
            element(self, index)?;
            self.path.pop();
        }
        let ended = self.json.end_array();
        self.go_on(ended)?;
        Ok(Some(()))
    }

    /// Reads a map: an array of objects with `key` and `value`. Entries with something wrong are
    /// left out; keys that do not ascend are a finding.
    pub(super) fn map<V>(
        &mut self,
        mut value: impl FnMut(&mut Self) -> Outcome<Option<V>>,
    ) -> Outcome<BTreeMap<Address, Entry<V>>> {
        const KEYS: &[Key] = &[required("key"), required("value")];
        let (mut seen, mut map) = (BTreeSet::new(), BTreeMap::new());
        let mut last: Option<Address> = None;
        let mut unsorted = false;
        self.array(|reader, index| {
            let (mut key, mut content) = (None, None);
            let place = reader.place();
            reader.object(KEYS, |reader, name| {
                match name {
                    "key" => key = reader.address()?,
                    _ => content = value(reader)?,
                }
                Ok(())
            })?;
            let Some(key) = key else { return Ok(()) };
            if !seen.insert(key) {
                reader.path.push(Step::Key("key"));
                let message = format!("the key {key:x} occurs twice");
                reader.note(ImportCode::DuplicateKey, message, place);
                reader.path.pop();
                return Ok(());
            }
            unsorted |= last.is_some_and(|last| last > key);
            last = Some(key);
            map.extend(content.map(|value| (key, Entry { index, value })));
            Ok(())
        })?;
        if unsorted {
            let finding = Oddity::KeysUnsorted.at(self.path());
            self.notes.finding(finding);
        }
        Ok(map)
    }

    /// An address, in hex of either case.
    pub(super) fn address(&mut self) -> Outcome<Option<Address>> {
        self.text("an address", |text| {
            parse_address(text).ok_or("42 hex digits, the first two 00 to 04")
        })
    }

    pub(super) fn public_key(&mut self) -> Outcome<Option<PublicKey>> {
        self.text("a public key", |text| {
            let bytes = STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
            bytes.map(|bytes| PublicKey { bytes }).ok_or("base64 of 33 bytes")
        })
    }

    pub(super) fn string(&mut self) -> Outcome<Option<String>> {
        self.text("a string", |text| Ok(text.to_owned()))
    }

    pub(super) fn bool(&mut self) -> Outcome<Option<bool>> {
        if !self.expect(ValueType::Boolean, "true or false")? {
            return Ok(None);
        }
        let flag = self.json.next_bool();
        self.go_on(flag).map(Some)
    }

    /// An `i64`: a decimal string, or an integer number.
    pub(super) fn long(&mut self) -> Outcome<Option<i64>> {
        let number = match self.peek()? {
            ValueType::String => self.integer_text()?,
            _ => self.integer_number("a decimal string or an integer number")?,
        };
        Ok(number.and_then(|(number, place)| self.in_range(number, place, "64")))
    }

    /// An `i64` that is not negative.
    pub(super) fn amount(&mut self) -> Outcome<Option<i64>> {
        self.peek()?;
        let place = self.place();
        let number = self.long()?;
        Ok(number.and_then(|number| self.not_negative(number, place)))
    }

    /// An `i32`: an integer number.
    pub(super) fn int(&mut self) -> Outcome<Option<i32>> {
        let number = self.integer_number("an integer number")?;
        Ok(number.and_then(|(number, place)| self.in_range(number, place, "32")))
    }

    /// An `i32` that is not negative.
    pub(super) fn count(&mut self) -> Outcome<Option<i32>> {
        self.peek()?;
        let place = self.place();
        let number = self.int()?;
        Ok(number.and_then(|number| self.not_negative(number, place)))
    }

    fn integer_text(&mut self) -> Outcome<Option<(String, Option<Place>)>> {
        let place = self.place();
        let number = self.text("an integer", |text| {
            if is_integer(text) { Ok(text.to_owned()) } else { Err("an optional - and digits") }
        })?;
        Ok(number.map(|number| (number, place)))
    }

    fn integer_number(&mut self, expected: &str) -> Outcome<Option<(String, Option<Place>)>> {
        if !self.expect(ValueType::Number, expected)? {
            return Ok(None);
        }
        let place = self.place();
        let number = self.json.next_number_as_string();
        let number = self.go_on(number)?;
        if is_integer(&number) {
            return Ok(Some((number, place)));
        }
        let message = format!("{} is not an integer without fraction and exponent", shown(&number));
        self.note(ImportCode::Malformed, message, place);
        Ok(None)
    }

    fn in_range<T: std::str::FromStr>(
        &mut self,
        number: String,
        place: Option<Place>,
        bits: &str,
    ) -> Option<T> {
        let parsed = number.parse().ok();
        if parsed.is_none() {
            let message = format!("{} does not fit in {bits} bits", shown(&number));
            self.note(ImportCode::OutOfRange, message, place);
        }
        parsed
    }

    fn not_negative<T: Default + PartialOrd + std::fmt::Display>(
        &mut self,
        number: T,
        place: Option<Place>,
    ) -> Option<T> {
        if number >= T::default() {
            return Some(number);
        }
        self.note(ImportCode::OutOfRange, format!("{number} is negative"), place);
        None
    }

    pub(super) fn text<T>(
        &mut self,
        kind: &str,
        parse: impl FnOnce(&str) -> Result<T, &'static str>,
    ) -> Outcome<Option<T>> {
        if !self.expect(ValueType::String, "a string")? {
            return Ok(None);
        }
        let place = self.place();
        let problem = match self.json.next_str() {
            Ok(text) => match parse(text) {
                Ok(value) => return Ok(Some(value)),
                Err(form) => format!("\"{}\" is not {kind}: {form}", shown(text)),
            },
            Err(error) => return self.stop(error),
        };
        self.note(ImportCode::Malformed, problem, place);
        Ok(None)
    }

    /// Whether the next value is of this type; if not, it is noted and skipped.
    fn expect(&mut self, value_type: ValueType, expected: &str) -> Outcome<bool> {
        let found = self.peek()?;
        if found == value_type {
            return Ok(true);
        }
        let place = self.place();
        let found = match found {
            ValueType::Array => "an array".to_owned(),
            ValueType::Object => "an object".to_owned(),
            ValueType::Null => "null".to_owned(),
            ValueType::Boolean => {
                let flag = self.json.next_bool();
                self.go_on(flag)?.to_string()
            }
            ValueType::Number => {
                let number = self.json.next_number_as_string();
                shown(&self.go_on(number)?)
            }
            ValueType::String => {
                let text = self.json.next_string();
                format!("\"{}\"", shown(&self.go_on(text)?))
            }
        };
        self.note(ImportCode::Malformed, format!("{found} is not {expected}"), place);
        if ["an array", "an object", "null"].contains(&found.as_str()) {
            self.skip()?;
        }
        Ok(false)
    }

    pub(super) fn peek(&mut self) -> Outcome<ValueType> {
        let next = self.json.peek();
        self.go_on(next)
    }

    pub(super) fn skip(&mut self) -> Outcome<()> {
        let skipped = self.json.skip_value();
        self.go_on(skipped)
    }

    fn go_on<T>(&mut self, step: Result<T, ReaderError>) -> Outcome<T> {
        match step {
            Ok(value) => Ok(value),
            Err(error) => self.stop(error),
        }
    }

    fn stop<T>(&mut self, error: ReaderError) -> Outcome<T> {
        self.notes.absorb(why_stopped(self.path(), error));
        Err(Stop)
    }

    pub(super) fn note(
        &mut self,
        code: ImportCode,
        message: impl Into<String>,
        place: Option<Place>,
    ) {
        let error = ImportError { code, path: self.path(), message: message.into(), place };
        self.notes.push_error(error);
    }

    pub(super) fn place(&self) -> Option<Place> {
        place(&self.json.current_position(false))
    }

    /// The path to the value that is being read.
    fn path(&self) -> String {
        let mut path = String::new();
        for step in &self.path {
            match step {
                Step::Key(name) if path.is_empty() => path.push_str(name),
                Step::Key(name) => path.extend([".", name]),
                Step::Index(index) => {
                    write!(path, "[{index}]").expect("invariant: writing to a string succeeds");
                }
            }
        }
        path
    }

    fn path_to(&self, name: &str) -> String {
        match self.path() {
            path if path.is_empty() => name.to_owned(),
            path => format!("{path}.{name}"),
        }
    }
}

/// The address that 42 hex digits of either case spell; `None` for anything else, or a type above
/// 04.
pub fn parse_address(text: &str) -> Option<Address> {
    let mut bytes = [0; 21];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Address::rpc_decode(&mut Decoder::new(&bytes)).ok()
}

/// An optional `-`, then digits.
fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// A piece of the document as messages show it: printable, and not too long.
fn shown(text: &str) -> String {
    match text.char_indices().nth(LONGEST_SHOWN) {
        None => printable(text),
        Some((end, _)) => format!("{}...", printable(&text[..end])),
    }
}

fn place(position: &JsonReaderPosition) -> Option<Place> {
    let position = position.line_pos.as_ref()?;
    Some(Place { line: position.line + 1, column: position.column + 1 })
}

/// Why nothing more can be read.
fn why_stopped(path: String, error: ReaderError) -> Notes {
    let mut notes = Notes { stopped: true, ..Notes::default() };
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
struct Bounded<R> {
    document: R,
    left: u64,
}

#[derive(Debug)]
struct TooLong;

impl std::fmt::Display for TooLong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_read_up_to_the_limit_and_no_further() {
        let text = format!("[{}7]", " ".repeat(5_000));
        let length = u64::try_from(text.len()).expect("it is short");
        let read = |limit| {
            let mut reader = DocumentReader::within(limit, text.as_bytes());
            match reader.array(|reader, _| reader.skip()) {
                Ok(_) => reader.finish(),
                Err(Stop) => reader.stopped(),
            }
        };

        assert!(!read(length).has_errors());
        let failure = read(length - 1).into_failure();
        let expected = format!("the document has more than {MAX_DOCUMENT_BYTES} bytes");
        assert_eq!(failure.errors()[0].message, expected);
    }
}
