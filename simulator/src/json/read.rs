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
use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pbc_contract_common::PublicKey;
use pbc_contract_common::address::Address;
use pbc_traits::{Decoder, ReadRPC};
use struson::reader::{JsonReader, JsonStreamReader, ReaderError, ReaderSettings, ValueType};

pub(super) use self::notes::Notes;
pub use self::notes::{MAX_ERRORS, MAX_FINDINGS};
use self::stopped::{Bounded, place, why_stopped};
use super::error::{ImportCode, ImportError, Place};
use crate::image::Oddity;
use crate::printable::printable;

mod notes;
mod stopped;

/// The longest document that is imported: 256 MiB.
///
/// A live state of 100,000 nodes takes about a quarter of it.
pub const MAX_DOCUMENT_BYTES: u64 = 256 << 20;

/// How deep values may be nested in each other. The live shape needs 10 with its envelope.
pub const MAX_DEPTH: u32 = 128;

/// How many unknown keys of one object are told apart.
const MAX_UNKNOWN_KEYS: usize = 100;

/// How much of a value a message shows, in characters.
const LONGEST_SHOWN: usize = 60;

/// Reading cannot go on; why has been noted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stop;

/// What was read. An inner `None` stands for something wrong that has been noted.
pub(super) type Outcome<T> = Result<T, Stop>;

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
